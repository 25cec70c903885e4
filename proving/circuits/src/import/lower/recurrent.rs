//! `RNN`, `GRU` and `LSTM`: one step after the other, with constant weights.

use super::{
	compose::{shaped, tensor, Compose, Made},
	signature::{
		free, input, int, optional, word, words, Attribute, Form, Input, Operator, Output, Version,
	},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::Elementary,
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

const ALPHA: Attribute = free("activation_alpha", Form::Floats);
const BETA: Attribute = free("activation_beta", Form::Floats);
const FUNCTIONS: Attribute = free("activations", Form::Strings);
const SIMPLE: Attribute = words("activations", &["Tanh", "Tanh"]);
const CLIP: Attribute = free("clip", Form::Float);
const DIRECTION: Attribute = word("direction", "forward");
const HIDDEN: Attribute = free("hidden_size", Form::Int);
const LAYOUT: Attribute = int("layout", 0);
const SEQUENCE: Attribute =
	int("output_sequence", 0).idle("the outputs that the node has say as much");
const BEFORE: Attribute = int("linear_before_reset", 0);
const COUPLED: Attribute = int("input_forget", 0);
const INPUTS: &[Input] = &[
	input("X"),
	input("W"),
	input("R"),
	optional("B"),
	optional("sequence_lens"),
	optional("initial_h"),
];
const OUTPUTS: &[Output] = &[optional("Y"), optional("Y_h")];
const CELL_INPUTS: &[Input] = &[
	input("X"),
	input("W"),
	input("R"),
	optional("B"),
	optional("sequence_lens"),
	optional("initial_h"),
	optional("initial_c"),
	optional("P"),
];
const CELL_OUTPUTS: &[Output] = &[optional("Y"), optional("Y_h"), optional("Y_c")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"GRU",
		|l, n, i| recurrent(l, n, i, &Kind::Gated),
		&[
			Version::new(
				&[1],
				&[ALPHA, BETA, FUNCTIONS, CLIP, word("direction", "foward"), HIDDEN, SEQUENCE],
				INPUTS,
				&[optional("Y"), input("Y_h")],
			),
			Version::new(
				&[3],
				&[ALPHA, BETA, FUNCTIONS, CLIP, DIRECTION, HIDDEN, BEFORE, SEQUENCE],
				INPUTS,
				OUTPUTS,
			),
			Version::new(
				&[7],
				&[ALPHA, BETA, FUNCTIONS, CLIP, DIRECTION, HIDDEN, BEFORE],
				INPUTS,
				OUTPUTS,
			),
			Version::new(
				&[14, 22],
				&[ALPHA, BETA, FUNCTIONS, CLIP, DIRECTION, HIDDEN, LAYOUT, BEFORE],
				INPUTS,
				OUTPUTS,
			),
		],
	),
	Operator::new(
		"LSTM",
		|l, n, i| recurrent(l, n, i, &Kind::Cell),
		&[
			Version::new(
				&[1],
				&[ALPHA, BETA, FUNCTIONS, CLIP, DIRECTION, HIDDEN, COUPLED, SEQUENCE],
				CELL_INPUTS,
				CELL_OUTPUTS,
			),
			Version::new(
				&[7],
				&[ALPHA, BETA, FUNCTIONS, CLIP, DIRECTION, HIDDEN, COUPLED],
				CELL_INPUTS,
				CELL_OUTPUTS,
			),
			Version::new(
				&[14, 22],
				&[ALPHA, BETA, FUNCTIONS, CLIP, DIRECTION, HIDDEN, COUPLED, LAYOUT],
				CELL_INPUTS,
				CELL_OUTPUTS,
			),
		],
	),
	Operator::new(
		"RNN",
		|l, n, i| recurrent(l, n, i, &Kind::Simple),
		&[
			Version::new(
				&[1],
				&[ALPHA, BETA, SIMPLE, CLIP, DIRECTION, HIDDEN, SEQUENCE],
				INPUTS,
				OUTPUTS,
			),
			Version::new(&[7], &[ALPHA, BETA, SIMPLE, CLIP, DIRECTION, HIDDEN], INPUTS, OUTPUTS),
			Version::new(
				&[14, 22],
				&[ALPHA, BETA, SIMPLE, CLIP, DIRECTION, HIDDEN, LAYOUT],
				INPUTS,
				OUTPUTS,
			),
		],
	),
];

#[derive(PartialEq)]
enum Kind {
	Simple,
	Gated,
	Cell,
}

impl Kind {
	/// Blocks of weights.
	fn gates(&self) -> usize {
		match self {
			Self::Simple => 1,
			Self::Gated => 3,
			Self::Cell => 4,
		}
	}

	/// The functions where the node names none.
	fn functions(&self) -> &'static [&'static str] {
		match self {
			Self::Simple => &["Tanh"],
			Self::Gated => &["Sigmoid", "Tanh"],
			Self::Cell => &["Sigmoid", "Tanh", "Tanh"],
		}
	}
}

/// One direction: its weights, and how a step is taken.
struct Direction<'a> {
	kind: &'a Kind,
	hidden: usize,
	/// Shape `[gates, hidden, inputs]`.
	weights: Vec<f32>,
	/// Shape `[gates, hidden, hidden]`.
	recurrent: Vec<f32>,
	/// Shape `[2, gates, hidden]`: for the input and for the state.
	bias: Vec<f32>,
	/// Shape `[3, hidden]` if there are any.
	peepholes: Vec<f32>,
	functions: Vec<String>,
	clip: f32,
	/// Whether the state is multiplied before it is reset.
	before: bool,
}

/// What is carried from step to step, each of shape `[batch, hidden]`; `None` is 0.
#[derive(Clone)]
struct State {
	hidden: Option<Variable>,
	cell: Option<Variable>,
}

impl Direction<'_> {
	/// A function of a sum, which is clipped before.
	fn function(&self, compose: &mut Compose, index: usize, x: &Variable) -> Made {
		match self.clip > 0.0 {
			true => {
				let clipped = compose.clamp(x, -self.clip, self.clip)?;
				self.plain(compose, index, &clipped)
			}
			false => self.plain(compose, index, x),
		}
	}

	fn plain(&self, compose: &mut Compose, index: usize, x: &Variable) -> Made {
		match self.functions[index].to_lowercase().as_str() {
			"sigmoid" => compose.unary(x, Elementary::Sigmoid),
			"tanh" => compose.unary(x, Elementary::Tanh),
			"relu" => compose.clamp(x, 0.0, f32::INFINITY),
			"softsign" => compose.unary(x, Elementary::Softsign),
			"softplus" => compose.unary(x, Elementary::Softplus),
			other => {
				let expected = "activations Sigmoid, Tanh, Relu, Softsign and Softplus";
				Err(compose.node.error(expected, other))
			}
		}
	}

	/// The weights of the input, or of the state, for a block of them, and its bias.
	fn part(
		&self,
		compose: &mut Compose,
		x: &Variable,
		gate: usize,
		state: bool,
		biased: bool,
	) -> Made {
		let size = x.dims[1];
		let all = if state { &self.recurrent } else { &self.weights };
		let block = gate * self.hidden * size..(gate + 1) * self.hidden * size;
		let own = |second: usize| {
			let start = (second * self.kind.gates() + gate) * self.hidden;
			&self.bias[start..start + self.hidden]
		};
		let bias = match (biased, state) {
			(false, _) => None,
			(true, true) => Some(own(1).to_vec()),
			(true, false) => Some(own(0).to_vec()),
		};
		let name = format!("weights of {}", compose.node.name);
		compose.matrix(x, self.hidden, all[block].to_vec(), bias, &name)
	}

	/// `W x + R h + b` for a block.
	fn gate(
		&self,
		compose: &mut Compose,
		x: &Variable,
		hidden: Option<&Variable>,
		gate: usize,
	) -> Made {
		let own = self.part(compose, x, gate, false, true)?;
		match hidden {
			Some(hidden) => {
				let other = self.part(compose, hidden, gate, true, true)?;
				compose.sum((1.0, &own), (1.0, &other))
			}
			None => self.offset(compose, &own, gate),
		}
	}

	/// The state's own bias, where there is no state to add it with.
	fn offset(&self, compose: &mut Compose, x: &Variable, gate: usize) -> Made {
		let start = (self.kind.gates() + gate) * self.hidden;
		let own = self.bias[start..start + self.hidden].iter().copied();
		let offsets: Vec<f32> = own.collect::<Vec<_>>().repeat(x.dims[0]);
		let value = compose.lowering.affine(compose.node, x.value, 1.0, offsets)?;
		Ok(tensor(value, x.dims.clone()))
	}

	/// With a share of the cell added.
	fn peep(&self, compose: &mut Compose, x: Variable, cell: Option<&Variable>, at: usize) -> Made {
		let (Some(cell), false) = (cell, self.peepholes.is_empty()) else { return Ok(x) };
		let own = &self.peepholes[at * self.hidden..(at + 1) * self.hidden];
		let shares = Values::Float(own.to_vec());
		let shares = Tensor::new("P", vec![self.hidden], shares);
		let part = compose.scaled(cell, Some(&shares), None)?;
		compose.sum((1.0, &x), (1.0, &part))
	}

	/// One step.
	fn step(
		&self,
		compose: &mut Compose,
		x: &Variable,
		state: &State,
	) -> Result<State, ImportError> {
		let hidden = state.hidden.as_ref();
		match self.kind {
			Kind::Simple => {
				let sum = self.gate(compose, x, hidden, 0)?;
				let hidden = self.function(compose, 0, &sum)?;
				Ok(State { hidden: Some(hidden), cell: None })
			}
			Kind::Gated => {
				let update = self.gate(compose, x, hidden, 0)?;
				let update = self.function(compose, 0, &update)?;
				let own = self.part(compose, x, 2, false, true)?;
				let sum = match hidden {
					Some(hidden) => {
						let reset = self.gate(compose, x, Some(hidden), 1)?;
						let reset = self.function(compose, 0, &reset)?;
						let other = if self.before {
							let whole = self.part(compose, hidden, 2, true, true)?;
							compose.product(&reset, &whole)?
						} else {
							let kept = compose.product(&reset, hidden)?;
							self.part(compose, &kept, 2, true, true)?
						};
						compose.sum((1.0, &own), (1.0, &other))?
					}
					None if self.before => {
						let reset = self.gate(compose, x, None, 1)?;
						let reset = self.function(compose, 0, &reset)?;
						let start = 5 * self.hidden;
						let bias = self.bias[start..start + self.hidden].to_vec();
						let bias = Tensor::new("B", vec![self.hidden], Values::Float(bias));
						let other = compose.scaled(&reset, Some(&bias), None)?;
						compose.sum((1.0, &own), (1.0, &other))?
					}
					None => self.offset(compose, &own, 2)?,
				};
				let new = self.function(compose, 1, &sum)?;
				// new + update * (old - new)
				let apart = match hidden {
					Some(hidden) => compose.sum((1.0, hidden), (-1.0, &new))?,
					None => compose.affine(&new, -1.0, 0.0)?,
				};
				let part = compose.product(&update, &apart)?;
				let hidden = compose.sum((1.0, &new), (1.0, &part))?;
				Ok(State { hidden: Some(hidden), cell: None })
			}
			Kind::Cell => {
				let cell = state.cell.as_ref();
				let enter = self.gate(compose, x, hidden, 0)?;
				let enter = self.peep(compose, enter, cell, 0)?;
				let enter = self.function(compose, 0, &enter)?;
				let new = self.gate(compose, x, hidden, 3)?;
				let new = self.function(compose, 1, &new)?;
				let mut next = compose.product(&enter, &new)?;
				if let Some(cell) = cell {
					let forget = self.gate(compose, x, hidden, 2)?;
					let forget = self.peep(compose, forget, Some(cell), 2)?;
					let forget = self.function(compose, 0, &forget)?;
					let kept = compose.product(&forget, cell)?;
					next = compose.sum((1.0, &kept), (1.0, &next))?;
				}
				let leave = self.gate(compose, x, hidden, 1)?;
				let leave = self.peep(compose, leave, Some(&next), 1)?;
				let leave = self.function(compose, 0, &leave)?;
				let shown = self.plain(compose, 2, &next)?;
				let hidden = compose.product(&leave, &shown)?;
				Ok(State { hidden: Some(hidden), cell: Some(next) })
			}
		}
	}
}

/// A constant's part for a direction: of that many elements, or none if it is left out.
fn share(
	node: &Node,
	inputs: &Inputs,
	index: usize,
	(direction, directions): (usize, usize),
	len: usize,
) -> Result<Option<Vec<f32>>, ImportError> {
	if !inputs.has(index) {
		return Ok(None);
	}
	let all = inputs.floats(node, index)?;
	match all.len() == directions * len {
		true => Ok(Some(all[direction * len..(direction + 1) * len].to_vec())),
		false => {
			let name = &node.proto.input[index];
			let expected = format!("{directions} times {len} numbers in {name}");
			Err(node.error(expected, all.len().to_string()))
		}
	}
}

/// A starting state of a direction.
fn start(
	compose: &mut Compose,
	inputs: &Inputs,
	index: usize,
	direction: usize,
	[batch, directions, hidden]: [usize; 3],
	batch_first: bool,
) -> Result<Option<Variable>, ImportError> {
	if !inputs.has(index) {
		return Ok(None);
	}
	let node = compose.node;
	let x = inputs.number(compose.lowering, node, index)?;
	let (shape, axis) = match batch_first {
		true => ([batch, directions, hidden], 1),
		false => ([directions, batch, hidden], 0),
	};
	if x.dims != shape {
		return Err(node.error(format!("a state of {shape:?}"), format!("{:?}", x.dims)));
	}
	let own = compose.part(&x, axis, direction, 1)?;
	Ok(Some(shaped(&own, vec![batch, hidden])))
}

fn recurrent(lowering: &mut Lowering, node: &Node, inputs: &Inputs, kind: &Kind) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let batch_first = node.version.oldest() >= 14 && node.int("layout", 0) != 0;
	let compose = &mut Compose { lowering, node };
	let [_, _, width] = x.dims[..] else {
		return Err(node.error("3 dimensions", format!("{:?}", x.dims)));
	};
	let x = if batch_first { compose.turned(&x, &[1, 0, 2])? } else { x };
	let (length, batch) = (x.dims[0], x.dims[1]);
	let reversed: &[bool] = match node.text("direction", "forward").as_str() {
		"forward" | "foward" => &[false],
		"reverse" => &[true],
		"bidirectional" => &[false, true],
		other => return Err(node.error("direction forward, reverse or bidirectional", other)),
	};
	let directions = reversed.len();
	let hidden = match inputs.constant(node, 2)?.dims[..] {
		[_, _, hidden] if hidden > 0 => hidden,
		ref other => {
			return Err(node.error("recurrent weights of 3 dimensions", format!("{other:?}")))
		}
	};
	if node.attribute("hidden_size").is_some_and(|a| a.i != hidden as i64) {
		return Err(node.error(format!("hidden_size {hidden}"), "another"));
	}
	if inputs.has(4) && inputs.integers(node, 4)?.iter().any(|l| *l != length as i64) {
		return Err(node.error(format!("sequences of {length} steps"), "shorter ones"));
	}
	if !node.floats("activation_alpha")?.is_empty() || !node.floats("activation_beta")?.is_empty() {
		return Err(node.error("activations without parameters", "activation_alpha or _beta"));
	}
	if *kind == Kind::Cell && node.int("input_forget", 0) != 0 {
		return Err(node.error("attribute input_forget 0", "1"));
	}
	let (each, gates) = (kind.functions().len(), kind.gates());
	let mut functions = node.texts("activations");
	if functions.is_empty() {
		let own = kind.functions().iter().cycle().take(each * directions);
		functions = own.map(|name| (*name).into()).collect();
	}
	if functions.len() != each * directions {
		return Err(
			node.error(format!("{} activations", each * directions), functions.len().to_string())
		);
	}
	let clip = node.attribute("clip").map_or(0.0, |a| a.f);
	let before = *kind == Kind::Gated
		&& node.version.oldest() >= 3
		&& node.int("linear_before_reset", 0) != 0;
	let mut shown: Vec<Vec<Variable>> = Vec::with_capacity(directions);
	let mut states = Vec::with_capacity(directions);
	for (index, reverse) in reversed.iter().enumerate() {
		let which = (index, directions);
		let missing = |name: &str| node.error(format!("an input {name}"), "none");
		let weights = share(node, inputs, 1, which, gates * hidden * width)?;
		let own = share(node, inputs, 2, which, gates * hidden * hidden)?;
		let bias = share(node, inputs, 3, which, 2 * gates * hidden)?;
		let peepholes = match kind {
			Kind::Cell => share(node, inputs, 7, which, 3 * hidden)?,
			_ => None,
		};
		let direction = Direction {
			kind,
			hidden,
			weights: weights.ok_or_else(|| missing("W"))?,
			recurrent: own.ok_or_else(|| missing("R"))?,
			bias: bias.unwrap_or_else(|| vec![0.0; 2 * gates * hidden]),
			peepholes: peepholes.unwrap_or_default(),
			functions: functions[index * each..(index + 1) * each].to_vec(),
			clip,
			before,
		};
		let sizes = [batch, directions, hidden];
		let mut state = State {
			hidden: start(compose, inputs, 5, index, sizes, batch_first)?,
			cell: match kind {
				Kind::Cell => start(compose, inputs, 6, index, sizes, batch_first)?,
				_ => None,
			},
		};
		let mut steps = vec![None; length];
		for step in 0..length {
			let at = if *reverse { length - 1 - step } else { step };
			let here = compose.part(&x, 0, at, 1)?;
			state = direction.step(compose, &shaped(&here, vec![batch, width]), &state)?;
			steps[at].clone_from(&state.hidden);
		}
		shown.push(steps.into_iter().flatten().collect());
		states.push(state);
	}
	// From steps of each direction to [length, directions, batch, hidden].
	let mut all = Vec::with_capacity(length * directions);
	for step in 0..length {
		let here = shown.iter().filter_map(|steps| steps.get(step));
		all.extend(here.map(|h| shaped(h, vec![1, batch, hidden])));
	}
	let whole = compose.joined(&all, 0)?;
	let whole = shaped(&whole, vec![length, directions, batch, hidden]);
	let whole = if batch_first { compose.turned(&whole, &[2, 0, 1, 3])? } else { whole };
	let mut results = vec![Operand::Variable(whole)];
	let ends: [fn(&State) -> Option<&Variable>; 2] =
		[|state| state.hidden.as_ref(), |state| state.cell.as_ref()];
	for end in &ends[..if *kind == Kind::Cell { 2 } else { 1 }] {
		let parts: Vec<_> = states
			.iter()
			.filter_map(|state| end(state).map(|x| shaped(x, vec![1, batch, hidden])))
			.collect();
		let joined = compose.joined(&parts, 0)?;
		let joined = if batch_first { compose.turned(&joined, &[1, 0, 2])? } else { joined };
		results.push(Operand::Variable(joined));
	}
	Ok(results)
}
