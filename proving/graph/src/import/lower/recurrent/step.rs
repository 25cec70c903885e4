//! One step of a direction.

use super::super::{
	compose::{tensor, Compose, Made},
	Variable,
};
use crate::import::{
	function::Elementary,
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

/// Which of the three operators.
#[derive(PartialEq)]
pub enum Kind {
	Rnn,
	Gru,
	Lstm,
}

impl Kind {
	/// Blocks of weights.
	pub fn gates(&self) -> usize {
		match self {
			Self::Rnn => 1,
			Self::Gru => 3,
			Self::Lstm => 4,
		}
	}

	/// The functions where the node names none.
	pub fn functions(&self) -> &'static [Elementary] {
		match self {
			Self::Rnn => &[Elementary::Tanh],
			Self::Gru => &[Elementary::Sigmoid, Elementary::Tanh],
			Self::Lstm => &[Elementary::Sigmoid, Elementary::Tanh, Elementary::Tanh],
		}
	}
}

/// What becomes of a sum.
#[derive(Clone, Copy)]
pub enum Activation {
	/// A function of it.
	Function(Elementary),
	/// It, or 0 if it is negative.
	Relu,
}

impl Activation {
	/// By its name, however that is spelt.
	pub fn of(node: &Node, name: &str) -> Result<Self, ImportError> {
		let function = match name.to_lowercase().as_str() {
			"sigmoid" => Elementary::Sigmoid,
			"tanh" => Elementary::Tanh,
			"relu" => return Ok(Self::Relu),
			"softsign" => Elementary::Softsign,
			"softplus" => Elementary::Softplus,
			other => {
				let expected = "activations Sigmoid, Tanh, Relu, Softsign and Softplus";
				return Err(node.error(expected, other));
			}
		};
		Ok(Self::Function(function))
	}
}

/// One direction: its weights, and how a step is taken.
pub struct Direction<'a> {
	pub kind: &'a Kind,
	pub hidden: usize,
	/// Shape `[gates, hidden, inputs]`.
	pub weights: Vec<f32>,
	/// Shape `[gates, hidden, hidden]`.
	pub recurrent: Vec<f32>,
	/// Shape `[2, gates, hidden]`: for the input and for the state.
	pub bias: Vec<f32>,
	/// Shape `[3, hidden]` if there are any.
	pub peepholes: Vec<f32>,
	pub functions: Vec<Activation>,
	pub clip: f32,
	/// Whether the state is multiplied before it is reset.
	pub before: bool,
}

/// What is carried from step to step, each of shape `[batch, hidden]`; `None` is 0.
#[derive(Clone)]
pub struct State {
	pub hidden: Option<Variable>,
	pub cell: Option<Variable>,
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
		match self.functions[index] {
			Activation::Function(function) => compose.unary(x, function),
			Activation::Relu => compose.clamp(x, 0.0, f32::INFINITY),
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
	pub fn step(
		&self,
		compose: &mut Compose,
		x: &Variable,
		state: &State,
	) -> Result<State, ImportError> {
		let hidden = state.hidden.as_ref();
		match self.kind {
			Kind::Rnn => {
				let sum = self.gate(compose, x, hidden, 0)?;
				let hidden = self.function(compose, 0, &sum)?;
				Ok(State { hidden: Some(hidden), cell: None })
			}
			Kind::Gru => {
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
			Kind::Lstm => {
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
