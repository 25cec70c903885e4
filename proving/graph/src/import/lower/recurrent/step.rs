//! One step of a direction.

use super::super::{
	compose::{Compose, Made},
	Variable,
};
use super::activation::Activation;
use crate::import::{
	function::Elementary,
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
	/// Whether as much of a cell is forgotten as enters it.
	pub coupled: bool,
}

/// What is carried from step to step, each of shape `[batch, hidden]`; `None` is 0.
#[derive(Clone)]
pub struct State {
	pub hidden: Option<Variable>,
	pub cell: Option<Variable>,
}

/// What gates see: the input, and beside it the state if there is one.
struct Seen<'a> {
	x: &'a Variable,
	both: Option<Variable>,
}

impl Direction<'_> {
	/// A function of a sum, which is clipped before.
	fn function(&self, compose: &mut Compose, index: usize, x: &Variable) -> Made {
		match self.clip > 0.0 {
			true => {
				let clipped = compose.clamp(x, -self.clip, self.clip)?;
				self.functions[index].of(compose, &clipped)
			}
			false => self.functions[index].of(compose, x),
		}
	}

	/// A block's weights of the input, of the state, or of both side by side, and the sum of those of its
	/// biases that are named.
	fn part(
		&self,
		compose: &mut Compose,
		x: &Variable,
		gate: usize,
		[input, state]: [bool; 2],
		biases: [bool; 2],
	) -> Made {
		let (gates, hidden) = (self.kind.gates(), self.hidden);
		let mut weights = Vec::new();
		for row in gate * hidden..(gate + 1) * hidden {
			for (all, given) in [(&self.weights, input), (&self.recurrent, state)] {
				let size = all.len() / (gates * hidden);
				weights.extend(
					given.then(|| &all[row * size..(row + 1) * size]).into_iter().flatten(),
				);
			}
		}
		let bias = self.biases(gate, biases);
		let name = format!("weights of {}", compose.node.name);
		compose.matrix(x, hidden, weights, Some(bias), &name)
	}

	/// A block's biases for the input, for the state, or their sum.
	fn biases(&self, gate: usize, which: [bool; 2]) -> Vec<f32> {
		let mut sum = vec![0.0; self.hidden];
		for second in (0..2).filter(|second| which[*second]) {
			let start = (second * self.kind.gates() + gate) * self.hidden;
			sum.iter_mut().zip(&self.bias[start..]).for_each(|(sum, bias)| *sum += bias);
		}
		sum
	}

	/// `W x + R h + b` for a block. A matrix of both side by side rounds nothing before the sum.
	fn gate(&self, compose: &mut Compose, seen: &Seen, gate: usize) -> Made {
		match &seen.both {
			Some(both) => self.part(compose, both, gate, [true; 2], [true; 2]),
			None => self.part(compose, seen.x, gate, [true, false], [true; 2]),
		}
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
		let beside =
			|compose: &mut Compose, h: &Variable| compose.joined(&[x.clone(), h.clone()], 1);
		let both = hidden.map(|hidden| beside(compose, hidden)).transpose()?;
		let seen = &Seen { x, both };
		match self.kind {
			Kind::Rnn => {
				let sum = self.gate(compose, seen, 0)?;
				let hidden = self.function(compose, 0, &sum)?;
				Ok(State { hidden: Some(hidden), cell: None })
			}
			Kind::Gru => {
				let update = self.gate(compose, seen, 0)?;
				let update = self.function(compose, 0, &update)?;
				let sum = match hidden {
					Some(hidden) => {
						let reset = self.gate(compose, seen, 1)?;
						let reset = self.function(compose, 0, &reset)?;
						if self.before {
							let own = self.part(compose, x, 2, [true, false], [true, false])?;
							let state = [false, true];
							let whole = self.part(compose, hidden, 2, state, state)?;
							let other = compose.product(&reset, &whole)?;
							compose.sum((1.0, &own), (1.0, &other))?
						} else {
							let kept = compose.product(&reset, hidden)?;
							let both = Some(beside(compose, &kept)?);
							self.gate(compose, &Seen { x, both }, 2)?
						}
					}
					None if self.before => {
						let reset = self.gate(compose, seen, 1)?;
						let reset = self.function(compose, 0, &reset)?;
						let own = self.part(compose, x, 2, [true, false], [true, false])?;
						let bias = Values::Float(self.biases(2, [false, true]));
						let bias = Tensor::new("B", vec![self.hidden], bias);
						let other = compose.scaled(&reset, Some(&bias), None)?;
						compose.sum((1.0, &own), (1.0, &other))?
					}
					None => self.gate(compose, seen, 2)?,
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
				let enter = self.gate(compose, seen, 0)?;
				let enter = self.peep(compose, enter, cell, 0)?;
				let enter = self.function(compose, 0, &enter)?;
				let new = self.gate(compose, seen, 3)?;
				let new = self.function(compose, 1, &new)?;
				let next = match cell {
					None => compose.product(&enter, &new)?,
					Some(cell) if self.coupled => {
						// cell + enter * (new - cell)
						let apart = compose.sum((1.0, &new), (-1.0, cell))?;
						let part = compose.product(&enter, &apart)?;
						compose.sum((1.0, cell), (1.0, &part))?
					}
					Some(cell) => {
						let entered = compose.product(&enter, &new)?;
						let forget = self.gate(compose, seen, 2)?;
						let forget = self.peep(compose, forget, Some(cell), 2)?;
						let forget = self.function(compose, 0, &forget)?;
						let kept = compose.product(&forget, cell)?;
						compose.sum((1.0, &kept), (1.0, &entered))?
					}
				};
				let leave = self.gate(compose, seen, 1)?;
				let leave = self.peep(compose, leave, Some(&next), 1)?;
				let leave = self.function(compose, 0, &leave)?;
				let shown = self.functions[2].of(compose, &next)?;
				let hidden = compose.product(&leave, &shown)?;
				Ok(State { hidden: Some(hidden), cell: Some(next) })
			}
		}
	}
}
