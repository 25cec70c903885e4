//! The float graph: what an ONNX file computes, in a few kinds of operation.

use super::{Function, NodeInfo};
use crate::graph::Windows;

/// What an ONNX file computes.
///
/// Values are numbered: 0 is the input, `i + 1` the result of `ops[i]`. An operation uses only values
/// of smaller numbers. Tensors are flat, row-major, in ONNX's order.
#[derive(Clone, Debug)]
pub struct FloatGraph {
	/// Shape of the input; the batch, if any, is 1.
	pub input: Vec<usize>,
	/// Whether the input is made of integers, by its type in the file.
	pub whole: bool,
	/// Shape of the output.
	pub output: Vec<usize>,
	/// What is computed, in order.
	pub ops: Vec<FloatNode>,
	/// The value that is the output.
	pub result: usize,
	/// All nodes of the file.
	pub nodes: Vec<NodeInfo>,
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
	/// 1 if `x > threshold`, else 0; a threshold for each element.
	Greater(Vec<f32>),
	/// `x` as a whole multiple of a unit, clamped.
	Quantize(Quantize),
	/// The index of the largest of all elements, the lowest of several.
	ArgMax,
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
}

impl Quantize {
	/// Rounds a quotient to a multiple, unclamped.
	pub fn whole(&self, quotient: f32) -> i64 {
		match self.adds {
			true => {
				let zero = self.zero as f32;
				(quotient + zero).round_ties_even() as i64 - i64::from(self.zero)
			}
			false => quotient.round_ties_even() as i64,
		}
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
			0 => self.input.iter().product(),
			_ => self.ops[value - 1].len,
		}
	}

	/// Whether nothing is computed: the output is the input.
	pub fn is_empty(&self) -> bool {
		self.ops.is_empty()
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
			(FloatOp::Mul, [a, b]) => *a == self.len && *b == self.len,
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
			FloatOp::Greater(thresholds) => bad(thresholds),
			FloatOp::Quantize(to) if to.scale > 0.0 => bad(&[to.scale]),
			FloatOp::Quantize(to) => Some(to.scale),
			_ => None,
		};
		bad.map(|value| value.to_string())
	}
}
