//! The float graph: what an ONNX file computes, in a few kinds of operation.

use std::{collections::BTreeSet, sync::Arc};

use super::{
	function::{Elementary, Step},
	FloatPick, FloatTable, Function, Limited, NodeInfo, Places,
};
use crate::graph::{Product, Windows};

/// What an ONNX file computes.
///
/// Values are numbered: 0 is all inputs, end to end, `i + 1` the result of `ops[i]`. An operation uses
/// only values of smaller numbers; one of several inputs is picked by a [`FloatOp::Gather`]. Tensors are
/// flat, row-major, in ONNX's order.
#[derive(Clone, Debug)]
pub struct FloatGraph {
	/// The inputs, at least one.
	pub inputs: Vec<FloatInput>,
	/// What is computed, in order.
	pub ops: Vec<FloatNode>,
	/// The outputs, at least one.
	pub outputs: Vec<FloatOutput>,
	/// All nodes of the file.
	pub nodes: Vec<NodeInfo>,
	/// Names of the nodes that ask whether numbers are equal, those in bodies among them.
	pub equated: BTreeSet<String>,
	/// Where values of the file have to be for its types to hold them, if that depends on the inputs' ranges.
	pub limited: Option<Arc<Limited>>,
}

/// An input of a float graph.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FloatInput {
	/// Its name in the file, in one plain line.
	pub name: String,
	/// Its shape; the batch, if any, is 1.
	pub dims: Vec<usize>,
	/// What its elements are, by its type in the file.
	pub elements: Elements,
}

/// What an input holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Elements {
	/// Real numbers, which the range and its step make integers of.
	Numbers,
	/// Integers, which stand for themselves.
	Integers,
	/// 1 for true and 0 for false.
	Truths,
}

/// An output of a float graph.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FloatOutput {
	/// Its name in the file, in one plain line.
	pub name: String,
	/// Its dimensions, of which there may be none.
	pub dims: Vec<usize>,
	/// The value that it is.
	pub value: usize,
}

impl FloatInput {
	/// How many elements the input has.
	pub fn len(&self) -> usize {
		self.dims.iter().product()
	}

	/// Whether there is no element at all.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}
}

/// An operation of a float graph.
#[derive(Clone, Debug)]
pub struct FloatNode {
	/// Name of the ONNX node it came from.
	pub name: String,
	/// The values it uses.
	pub inputs: Vec<usize>,
	/// Elements of its result.
	pub len: usize,
	/// The operation and its constants.
	pub op: FloatOp,
}

/// What an operation does.
#[derive(Clone, Debug)]
pub enum FloatOp {
	/// A product with a constant matrix for each group, and a bias.
	MatMul(FloatMatMul),
	/// Picks elements: which input, and which element of it; `None` is 0.
	Gather(Vec<Option<(u32, u32)>>),
	/// `sum_k factors[k] * x_k + offset`, element by element.
	Sum {
		/// One for each input.
		factors: Vec<f32>,
		/// One value for all elements, or one for each.
		offset: Vec<f32>,
	},
	/// `x_0 * x_1`, element by element.
	Mul,
	/// `x_0 / x_1`, element by element.
	Div(Divisor),
	/// Bits of two integers together, element by element.
	Bitwise(Bitwise),
	/// Products of the matrices in `x_0` and `x_1`.
	Product(Product),
	/// Indices as places in a flat tensor.
	Places(Places),
	/// Rows of a table at the places in `x_0`.
	Pick(FloatPick),
	/// The largest of each so many consecutive elements.
	ReduceMax(usize),
	/// The sum of each so many consecutive elements.
	ReduceSum(usize),
	/// Clamps into `min..=max`; ReLU is `0..=inf`.
	Clip {
		/// The smallest result that it gives.
		min: f32,
		/// The largest result that it gives.
		max: f32,
	},
	/// A function of one number, element by element.
	Unary(Function),
	/// 1 if `x` is above its threshold, else 0; a threshold for each element.
	Greater(Vec<Threshold>),
	/// `x` as a whole multiple of a unit, clamped.
	Quantize(Quantize),
	/// The index of the largest of all elements, the lowest of several.
	ArgMax,
	/// The largest of each so many consecutive elements, in order, or their places.
	TopK(TopK),
}

/// What is known of a divisor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Divisor {
	/// Nothing: where it is 0 there is no quotient.
	Any,
	/// It is not negative, the quotient is never larger than this, and 0 where both are 0: how large those are
	/// that are divided by it.
	Norm(f32),
	/// It and what is divided are whole numbers, and so is the quotient: the largest that is not above it.
	Floored,
	/// The same without what is behind its point.
	Truncated,
}

impl Divisor {
	/// Whether the quotient is a whole number of whole numbers.
	pub fn is_whole(self) -> bool {
		matches!(self, Self::Floored | Self::Truncated)
	}

	/// The quotient `x / y` of 32-bit floats; by a norm 0 where both are 0.
	pub fn quotient(self, x: f32, y: f32) -> f32 {
		match self {
			Self::Norm(_) if x == 0.0 && y == 0.0 => 0.0,
			// Of integers of 24 bits no quotient of 64-bit floats is rounded to a whole number that it is not.
			Self::Floored => (f64::from(x) / f64::from(y)).floor() as f32,
			Self::Truncated => (f64::from(x) / f64::from(y)).trunc() as f32,
			Self::Any | Self::Norm(_) => x / y,
		}
	}
}

/// What becomes of the bits of two integers, of which negative ones have those of their two's complement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Bitwise {
	/// Those that both have.
	And,
	/// Those that one of them has.
	Or,
	/// Those that one of them alone has.
	Xor,
}

impl Bitwise {
	/// The bits of two integers, taken together.
	pub fn of(self, a: i64, b: i64) -> i64 {
		match self {
			Self::And => a & b,
			Self::Or => a | b,
			Self::Xor => a ^ b,
		}
	}
}

/// The largest of consecutive elements.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TopK {
	/// Elements of a group.
	pub size: usize,
	/// How many of them are kept, the largest first, and of equal ones the first first.
	pub count: usize,
	/// Whether the result is where they stand, from 0, or what they are.
	pub places: bool,
}

impl TopK {
	/// The places of a group's elements that are kept.
	pub fn order(&self, group: &[f32]) -> Vec<usize> {
		let mut places: Vec<usize> = (0..group.len()).collect();
		// Of equal ones the order stays.
		places.sort_by(|a, b| group[*b].total_cmp(&group[*a]));
		places.truncate(self.count);
		places
	}
}

/// What a number is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
	/// The number that values are compared with.
	pub at: f32,
	/// Whether that number is above: the comparison is `x >= at`, else `x > at`.
	pub met: bool,
}

impl Threshold {
	/// Of `x > at`.
	pub fn over(at: f32) -> Self {
		Self { at, met: false }
	}

	/// Whether a number is above.
	pub fn is_below(&self, x: f32) -> bool {
		x > self.at || self.met && x == self.at
	}
}

/// What `QuantizeLinear` and the operators on quantised tensors make of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantize {
	/// What a multiple of 1 is worth.
	pub scale: f32,
	/// Smallest multiple, at most 0 if 0 can be represented.
	pub min: i32,
	/// Largest multiple that is kept.
	pub max: i32,
	/// The integer that stands for 0 in the file.
	pub zero: i32,
	/// Whether ONNX Runtime adds it before it rounds, so that of a tie the sum is even, not the multiple.
	pub adds: bool,
	/// For operators that make whole numbers of others, such as `Floor`: a multiple that is off by one is
	/// an error then, not a step of a quantised tensor.
	pub cut: Option<Cut>,
}

/// How an operator makes a whole number of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
	/// The largest that is not above it.
	Down,
	/// The nearest, of two the even one.
	Near,
	/// What is left without what is behind its point.
	Toward,
}

impl Quantize {
	/// The largest multiple of operators that give whole numbers of any size.
	pub const FAR: i32 = i32::MAX / 2;

	/// Rounds a quotient to a multiple, unclamped.
	pub fn whole(&self, quotient: f32) -> i64 {
		match self.adds {
			_ if self.cut == Some(Cut::Down) => quotient.floor() as i64,
			_ if self.cut == Some(Cut::Toward) => quotient.trunc() as i64,
			true => {
				let zero = self.zero as f32;
				(quotient + zero).round_ties_even() as i64 - i64::from(self.zero)
			}
			false => quotient.round_ties_even() as i64,
		}
	}

	/// What it makes of one number, for arguments that no integers stand for exactly.
	pub(crate) fn function(&self) -> Function {
		let (name, round) = match self.cut {
			Some(Cut::Down) => ("Floor", Elementary::Floor),
			Some(Cut::Toward) => ("Cast", Elementary::Truncate),
			Some(Cut::Near) | None => ("Round", Elementary::Round),
		};
		let steps = vec![
			Step::Sum(vec![(1.0 / f64::from(self.scale), 0)], 0.0),
			Step::Call(round, 1),
			Step::Clamp(2, self.min.into(), self.max.into()),
			Step::Sum(vec![(self.scale.into(), 3)], 0.0),
		];
		Function::program(name.into(), steps)
	}
}

/// Of what the numbers of a matrix are whole multiples: it was quantised before.
#[derive(Clone, Debug, PartialEq)]
pub struct Units {
	/// The weights' unit for each output, shape `[groups, outputs]`.
	pub weights: Vec<f32>,
	/// The bias in units of the product of input and weights, shape `[groups, outputs]`, if the file
	/// has it as integers.
	pub bias: Option<Vec<i64>>,
}

/// `y[r, g, o] = sum_i weights[g, o, i] * x[r, g, i] + bias[g, o]`.
#[derive(Clone, Debug)]
pub struct FloatMatMul {
	/// How often the matrices are used: positions of a convolution, rows of a matrix product.
	pub rows: usize,
	/// Independent matrices in a row.
	pub groups: usize,
	/// Inputs of a group.
	pub inputs: usize,
	/// Outputs of a group.
	pub outputs: usize,
	/// Shape `[groups, outputs, inputs]`.
	pub weights: Vec<f32>,
	/// One bias for each output, shape `[groups, outputs]`.
	pub bias: Vec<f32>,
	/// Units of which the weights are whole multiples, if the file says so.
	pub units: Option<Units>,
	/// Names of the tensors, for messages.
	pub tensors: [String; 2],
	/// The convolution whose windows the input was when it was read.
	pub windows: Option<Windows>,
}

impl FloatGraph {
	/// Elements of a value.
	///
	/// # Panics
	///
	/// If there is no such value.
	pub fn len(&self, value: usize) -> usize {
		match value {
			0 => self.inputs.iter().map(FloatInput::len).sum(),
			_ => self.ops[value - 1].len,
		}
	}

	/// Whether nothing is computed: outputs are inputs.
	pub fn is_empty(&self) -> bool {
		self.ops.is_empty()
	}

	/// Whether a value is an output, whoever else uses it.
	pub fn is_output(&self, value: usize) -> bool {
		self.outputs.iter().any(|output| output.value == value)
	}
}

impl FloatOp {
	/// Numbers among its constants that count as elements of the graph. Weights are counted apart; picks, tables
	/// and thresholds are made by then, and count with the result.
	pub(super) fn parts(&self) -> usize {
		match self {
			Self::Sum { offset, .. } => offset.len(),
			Self::MatMul(_)
			| Self::Gather(_)
			| Self::Mul
			| Self::Div(_)
			| Self::Bitwise(_)
			| Self::Product(_)
			| Self::Places(_)
			| Self::Pick(_)
			| Self::ReduceMax(_)
			| Self::ReduceSum(_)
			| Self::Clip { .. }
			| Self::Unary(_)
			| Self::Greater(_)
			| Self::Quantize(_)
			| Self::ArgMax
			| Self::TopK(_) => 0,
		}
	}
}

impl FloatNode {
	/// Why the node does not fit inputs of these lengths or holds numbers that are not finite.
	pub(super) fn fault(&self, lens: &[usize]) -> Option<String> {
		let inputs: Option<Vec<usize>> =
			self.inputs.iter().map(|input| lens.get(*input).copied()).collect();
		let Some(inputs) = inputs else { return Some("a value before it is computed".into()) };
		let sound = match (&self.op, inputs.as_slice()) {
			(FloatOp::MatMul(dense), [input]) => {
				let FloatMatMul { rows, groups, inputs, outputs, weights, bias, units, .. } = dense;
				let product =
					|dims: &[usize]| dims.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
				product(&[*rows, *groups, *inputs]) == Some(*input)
					&& product(&[*rows, *groups, *outputs]) == Some(self.len)
					&& product(&[*groups, *inputs, *outputs]) == Some(weights.len())
					&& bias.len() == groups * outputs
					&& units.as_ref().is_none_or(|units| {
						let whole = units.bias.as_ref().is_none_or(|b| b.len() == bias.len());
						whole && units.weights.len() == bias.len()
					})
			}
			(FloatOp::Gather(picks), inputs) => {
				picks.len() == self.len
					&& picks.iter().flatten().all(|(input, element)| {
						inputs.get(*input as usize).is_some_and(|len| (*element as usize) < *len)
					})
			}
			(FloatOp::Sum { factors, offset }, inputs) => {
				!inputs.is_empty()
					&& factors.len() == inputs.len()
					&& inputs.iter().all(|len| *len == self.len)
					&& (offset.len() == 1 || offset.len() == self.len)
			}
			(FloatOp::Mul | FloatOp::Div(_) | FloatOp::Bitwise(_), [a, b]) => {
				*a == self.len && *b == self.len
			}
			(FloatOp::TopK(TopK { size, count, .. }), [input]) => {
				(1..=*size).contains(count)
					&& input.is_multiple_of(*size)
					&& self.len == input / size * count
			}
			(FloatOp::Product(product), [a, b]) => {
				product.lens() == [*a, *b, self.len].map(|len| len as u64)
			}
			(FloatOp::Places(places), inputs) => places.fits(inputs, self.len),
			(FloatOp::Pick(pick), inputs) => pick.fits(inputs, self.len),
			(FloatOp::ReduceMax(n) | FloatOp::ReduceSum(n), [input]) => {
				self.len.checked_mul(*n) == Some(*input)
			}
			(FloatOp::Clip { min, max }, [input]) => *input == self.len && min <= max,
			(FloatOp::Unary(_), [input]) => *input == self.len,
			(FloatOp::Greater(thresholds), [input]) => {
				*input == self.len && thresholds.len() == self.len
			}
			(FloatOp::Quantize(to), [input]) => *input == self.len && to.min <= to.max,
			(FloatOp::ArgMax, [input]) => *input > 0 && self.len == 1,
			_ => false,
		};
		if !sound || self.len == 0 {
			return Some(format!("inputs of {inputs:?} elements for {}", self.len));
		}
		let bad = |values: &[f32]| values.iter().find(|value| !value.is_finite()).copied();
		let bad = match &self.op {
			FloatOp::MatMul(dense) => bad(&dense.weights).or_else(|| bad(&dense.bias)),
			FloatOp::Sum { factors, offset } => bad(factors).or_else(|| bad(offset)),
			FloatOp::Greater(thresholds) => {
				thresholds.iter().map(|threshold| threshold.at).find(|at| !at.is_finite())
			}
			FloatOp::Pick(FloatPick { table: FloatTable::Constant(values), .. }) => bad(values),
			FloatOp::Quantize(to) if to.scale > 0.0 => bad(&[to.scale]),
			FloatOp::Quantize(to) => Some(to.scale),
			FloatOp::Unary(function) => function.unsound().map(|parameter| parameter as f32),
			_ => None,
		};
		bad.map(|value| value.to_string())
	}
}
