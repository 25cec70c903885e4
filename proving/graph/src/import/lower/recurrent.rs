//! `RNN`, `GRU` and `LSTM`: one step after the other, with constant weights.

mod activation;
mod rows;
mod step;

use super::{
	compose::{shaped, Compose},
	signature::{
		free, input, int, optional, word, words, Attribute, Form, Input, Operator, Output, Version,
	},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, ImportError};
use activation::Activation;
use rows::Pass;
use step::{Direction, Kind, State};

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
		|l, n, i| recurrent(l, n, i, &Kind::Gru),
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
		|l, n, i| recurrent(l, n, i, &Kind::Lstm),
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
		|l, n, i| recurrent(l, n, i, &Kind::Rnn),
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

/// What to do about weights that are computed.
const WEIGHTS: &str =
	"fold what depends on no input; what does needs a cell of MatMul, Sigmoid and Tanh";

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
	rows::known(node, inputs, index, WEIGHTS)?;
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
	rows::known(node, inputs, 2, WEIGHTS)?;
	let hidden = match inputs.constant(node, 2)?.dims[..] {
		[_, _, hidden] if hidden > 0 => hidden,
		ref other => {
			return Err(node.error("recurrent weights of 3 dimensions", format!("{other:?}")))
		}
	};
	if node.attribute("hidden_size").is_some_and(|a| a.i != hidden as i64) {
		return Err(node.error(format!("hidden_size {hidden}"), "another"));
	}
	let lengths = rows::lengths(node, inputs, length, batch)?;
	let (each, gates) = (kind.functions().len(), kind.gates());
	let functions = Activation::all(node, kind, directions)?;
	let clip = node.attribute("clip").map_or(0.0, |a| a.f);
	if clip.is_nan() || clip < 0.0 {
		return Err(node.error("a clip of 0 or more", clip.to_string()));
	}
	let before =
		*kind == Kind::Gru && node.version.oldest() >= 3 && node.int("linear_before_reset", 0) != 0;
	let coupled = *kind == Kind::Lstm && node.int("input_forget", 0) != 0;
	let mut passes = Vec::with_capacity(directions);
	for (index, reverse) in reversed.iter().enumerate() {
		let which = (index, directions);
		let missing = |name: &str| node.error(format!("an input {name}"), "none");
		let weights = share(node, inputs, 1, which, gates * hidden * width)?;
		let own = share(node, inputs, 2, which, gates * hidden * hidden)?;
		let bias = share(node, inputs, 3, which, 2 * gates * hidden)?;
		let peepholes = match kind {
			Kind::Lstm => share(node, inputs, 7, which, 3 * hidden)?,
			Kind::Rnn | Kind::Gru => None,
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
			coupled,
		};
		let sizes = [batch, directions, hidden];
		let state = State {
			hidden: start(compose, inputs, 5, index, sizes, batch_first)?,
			cell: match kind {
				Kind::Lstm => start(compose, inputs, 6, index, sizes, batch_first)?,
				Kind::Rnn | Kind::Gru => None,
			},
		};
		passes.push(Pass::new(compose, &direction, &x, state, (&lengths, *reverse))?);
	}
	let whole = rows::all(compose, &passes, length, hidden)?;
	let whole = if batch_first { compose.turned(&whole, &[2, 0, 1, 3])? } else { whole };
	let mut results = vec![Operand::Variable(whole)];
	let ends: [fn(&State) -> Option<&Variable>; 2] =
		[|state| state.hidden.as_ref(), |state| state.cell.as_ref()];
	for part in &ends[..if *kind == Kind::Lstm { 2 } else { 1 }] {
		let joined = rows::ends(compose, &passes, *part, hidden)?;
		let joined = if batch_first { compose.turned(&joined, &[1, 0, 2])? } else { joined };
		results.push(Operand::Variable(joined));
	}
	Ok(results)
}
