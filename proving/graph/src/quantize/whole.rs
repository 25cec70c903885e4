//! Whole numbers that have to be exact.
//!
//! Truth values, indices, and sums and products of these with whole constants are whole numbers in the floats, too.
//! What compares them or takes them for an index jumps from one to the next, so that none of them may be rounded to
//! some step that is convenient: they are integers with step 1 from end to end, as wide as they get.

use super::{
	dense::{Quantized, BIAS_BITS, WIDEST},
	grid::Grid,
	walk::{Value, Walk},
};
use crate::{
	error::CompileError,
	graph::{GraphError, Op, Sum},
	import::{whole_ends, Elements, FloatGraph, FloatMatMul, FloatNode, FloatOp, FloatTable},
	interval::Interval,
};

/// Largest size of a number that is kept exact: what is wider leaves no room for what follows.
const LARGEST: i64 = 1 << 44;

/// Where values are of which it is known that they hold whole numbers alone, and no larger ones than are kept exact.
/// `ends` are those of each input element.
pub(super) fn wholes(
	float: &FloatGraph,
	ends: impl IntoIterator<Item = Option<Interval>>,
	rounds: bool,
) -> Vec<Option<Interval>> {
	let whole = |elements: Elements| elements != Elements::Numbers;
	let each = float.inputs.iter().flat_map(|x| std::iter::repeat_n(whole(x.elements), x.len()));
	let given: Vec<Option<Interval>> =
		each.zip(ends).map(|(whole, ends)| ends.filter(|_| whole)).collect();
	let all = |given: &mut dyn Iterator<Item = Option<Interval>>| -> Option<Interval> {
		given.collect::<Option<Vec<_>>>().map(|ranges| Interval::hull(&ranges))
	};
	let mut ends = vec![all(&mut given.iter().copied())];
	for node in &float.ops {
		let mut known: Vec<_> = node.inputs.iter().map(|value| ends[*value]).collect();
		let own = match &node.op {
			// The integers of a model that was quantised before are its own affair.
			FloatOp::Quantize(to) if rounds && to.cut.is_none() => None,
			FloatOp::Gather(picks) => {
				let own = picks.iter().flatten();
				let own = own.filter(|(input, _)| node.inputs[*input as usize] == 0);
				let mut own = own.map(|(_, element)| given[*element as usize]).peekable();
				// Of an input of which nothing is picked there is nothing to know.
				let own = match own.peek() {
					Some(_) => all(&mut own),
					None => Some(Interval::only(0)),
				};
				for (known, value) in known.iter_mut().zip(&node.inputs) {
					*known = if *value == 0 { own } else { *known };
				}
				whole_ends(&node.op, 0, &known)
			}
			op => whole_ends(op, node.inputs.first().map_or(0, |value| float.len(*value)), &known),
		};
		ends.push(own.filter(|own| own.size() <= LARGEST));
	}
	ends
}

/// For each value whether it holds whole numbers alone that something needs exactly, of inputs on this grid.
pub(super) fn exact(
	float: &FloatGraph,
	users: &[Vec<usize>],
	grid: &Grid,
	rounds: bool,
) -> Vec<bool> {
	let each = grid.ranges().iter().zip(grid.steps());
	let ends = wholes(float, each.map(|(range, step)| (*step == 1.0).then_some(*range)), rounds);
	let mut exact = vec![false; ends.len()];
	for value in (0..ends.len()).rev() {
		let needs = |user: &usize| {
			let node = &float.ops[*user];
			match &node.op {
				FloatOp::Greater(_)
				| FloatOp::ArgMax
				| FloatOp::TopK(_)
				| FloatOp::Places(_)
				| FloatOp::Bitwise(_) => true,
				FloatOp::Div(divisor) => divisor.is_whole() || exact[*user + 1],
				FloatOp::Quantize(to) => to.cut.is_some(),
				FloatOp::Pick(_) => node.inputs[0] == value || exact[*user + 1],
				FloatOp::MatMul(_)
				| FloatOp::Gather(_)
				| FloatOp::Sum { .. }
				| FloatOp::Mul
				| FloatOp::Product(_)
				| FloatOp::ReduceMax(_)
				| FloatOp::ReduceSum(_)
				| FloatOp::Clip { .. }
				| FloatOp::Unary(_) => exact[*user + 1],
			}
		};
		exact[value] =
			ends[value].is_some() && (float.is_output(value) || users[value].iter().any(needs));
	}
	exact
}

impl Walk<'_> {
	/// What a node made, which is to be whole numbers: with step 1, or as not exact.
	pub(super) fn settled_whole(
		&mut self,
		value: usize,
		node: &FloatNode,
		made: Value,
	) -> Result<Value, CompileError> {
		let exact = |input: &usize| self.exact[*input];
		let sound = match &node.op {
			FloatOp::Greater(_) | FloatOp::ArgMax | FloatOp::Places(_) | FloatOp::Quantize(_) => {
				true
			}
			FloatOp::TopK(top) if top.places => true,
			// Of anything but integers there is no such value.
			FloatOp::Bitwise(_) => true,
			FloatOp::Div(divisor) => divisor.is_whole(),
			FloatOp::Pick(pick) => match pick.table {
				FloatTable::OneHot | FloatTable::Constant(_) | FloatTable::Fixed(_) => true,
				FloatTable::Computed => exact(&node.inputs[1]),
			},
			FloatOp::Gather(picks) => {
				picks.iter().all(Option::is_none)
					|| node.inputs.iter().all(|input| {
						// Of the inputs those of a type of integers stand for themselves.
						*input == 0 || exact(input)
					})
			}
			// Of constants it is known that they are whole.
			FloatOp::TopK(_)
			| FloatOp::MatMul(_)
			| FloatOp::Sum { .. }
			| FloatOp::Mul
			| FloatOp::Product(_)
			| FloatOp::ReduceMax(_)
			| FloatOp::ReduceSum(_)
			| FloatOp::Clip { .. } => node.inputs.iter().all(exact),
			// No function is known to give whole numbers.
			FloatOp::Unary(_) => false,
		};
		let step = made.shared().filter(|_| sound && made.targets.is_none());
		match step {
			Some(1.0) => Ok(made),
			Some(step) if step.fract() == 0.0 && step <= f64::from(1 << 24) => {
				let op = Op::Sum(Sum { factors: vec![step as i32], offset: vec![0] });
				Ok(Value::settled(self.emit(&node.name, vec![made.id], op, None)?, 1.0))
			}
			// Zeros are multiples of anything.
			Some(_) if self.hull(made.id) == Interval::only(0) => Ok(Value::settled(made.id, 1.0)),
			_ => {
				self.exact[value] = false;
				Ok(made)
			}
		}
	}

	/// Whether all that a node is made of is exact, and it is to be so.
	pub(super) fn is_exact(&self, value: usize, inputs: &[usize]) -> bool {
		self.exact[value] && inputs.iter().all(|input| self.exact[*input])
	}

	/// A matrix of whole numbers on whole numbers, as it is; nothing if it is none or has no room.
	pub(super) fn dense_whole(&self, value: usize, float: &FloatMatMul) -> Option<Quantized> {
		let size = |values: &[f32]| values.iter().fold(0f32, |most, v| most.max(v.abs()));
		let limit = |bits: u8| ((1i64 << (bits - 1)) - 2) as f32;
		let fits = float.units.is_none()
			&& size(&float.weights) <= limit(WIDEST)
			&& size(&float.bias) <= limit(BIAS_BITS);
		if !self.exact[value] || !fits {
			return None;
		}
		let whole = |values: &[f32]| values.iter().map(|v| *v as i32).collect::<Vec<_>>();
		let tensors = [whole(&float.weights), whole(&float.bias)];
		let scales = vec![1.0; float.bias.len()];
		Some(self.assemble(float, [WIDEST, BIAS_BITS], tensors, scales))
	}

	/// Refuses to compare for equality what was rounded on its way: the answer would be about the rounding.
	pub(super) fn check_equal(&self, name: &str, value: usize) -> Result<(), CompileError> {
		if !self.float.equated.contains(name) || self.unrounded[value] {
			return Ok(());
		}
		Err(CompileError::Graph(GraphError::Node {
			node: name.into(),
			expected:
				"whole numbers (indices, truth values, sums of these, or behind Round) or inputs \
			           to compare for equality (Greater and Less compare others)"
					.into(),
			got: "numbers that are rounded on their way".into(),
		}))
	}

	/// Whether a node rounds nothing: it picks, or adds what has one step, and is made of nothing that was rounded.
	pub(super) fn rounds_nothing(&self, node: &FloatNode) -> bool {
		let all = node.inputs.iter().all(|input| self.unrounded[*input]);
		let step = |input: &usize| {
			self.raw[*input].as_ref().filter(|x| x.targets.is_none()).and_then(Value::shared)
		};
		match &node.op {
			FloatOp::Gather(_) | FloatOp::ReduceMax(_) => all,
			FloatOp::Sum { factors, offset } => {
				let plain =
					factors.iter().all(|f| f.abs() == 1.0) && offset.iter().all(|o| *o == 0.0);
				let first = step(&node.inputs[0]);
				let alike = first.is_some() && node.inputs.iter().all(|input| step(input) == first);
				plain && all && (node.inputs.len() == 1 || alike)
			}
			_ => false,
		}
	}
}
