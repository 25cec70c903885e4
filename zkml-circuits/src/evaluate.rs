//! The integer interpreter: the meaning of a graph, and the circuit's witness.

use thiserror::Error;
use zkml_primitives::TensorSpec;

use crate::graph::{Dense, IntGraph, Op, Rescale};

/// Why an input is refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum InputError {
	/// Wrong number of values.
	#[error("input: expected {expected} values, got {got}")]
	Length {
		/// Elements of the input tensor.
		expected: usize,
		/// Values there were.
		got: usize,
	},
	/// An integer outside the declared range.
	#[error("input value {index}: expected {min} to {max}, got {got}")]
	Range {
		/// Index of the first such value.
		index: usize,
		/// Smallest allowed.
		min: i32,
		/// Largest allowed.
		max: i32,
		/// The value.
		got: i32,
	},
	/// A real number outside the declared range, or none at all.
	#[error("input value {index}: expected a number from {min} to {max}, got {got}")]
	Real {
		/// Index of the first such value.
		index: usize,
		/// Smallest allowed.
		min: f64,
		/// Largest allowed.
		max: f64,
		/// The value.
		got: f32,
	},
}

/// All values of one evaluation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trace {
	/// The input first, then each layer's result.
	pub values: Vec<Vec<i64>>,
}

impl Trace {
	/// The input tensor.
	pub fn input(&self) -> Vec<i32> {
		self.values.first().into_iter().flatten().map(|v| *v as i32).collect()
	}

	/// The output tensor. It fits 32 bits: the plan holds it to the output's specification.
	pub fn output(&self) -> Vec<i32> {
		self.values.last().into_iter().flatten().map(|v| *v as i32).collect()
	}
}

/// Refuses an input of wrong length or out of range.
pub fn check_input(spec: &TensorSpec, input: &[i32]) -> Result<(), InputError> {
	let expected = spec.len() as usize;
	if input.len() != expected {
		return Err(InputError::Length { expected, got: input.len() });
	}
	match input.iter().position(|v| !(spec.min..=spec.max).contains(v)) {
		None => Ok(()),
		Some(index) => {
			let (min, max) = (spec.min, spec.max);
			Err(InputError::Range { index, min, max, got: input[index] })
		}
	}
}

/// Evaluates a graph that has a plan, with parameters that were checked. For such a graph every
/// input in range has a result, and no step can overflow.
pub fn evaluate(
	graph: &IntGraph,
	parameters: &[Vec<i32>],
	input: &[i32],
) -> Result<Trace, InputError> {
	check_input(&graph.input, input)?;
	Ok(run(graph, parameters, input.iter().map(|v| i64::from(*v)).collect()))
}

fn run(graph: &IntGraph, parameters: &[Vec<i32>], input: Vec<i64>) -> Trace {
	let mut values = vec![input];
	let mut tensors = parameters.chunks_exact(2);
	for layer in &graph.layers {
		let last = &values[values.len() - 1];
		let next = match &layer.op {
			Op::Dense(dense) => {
				let [weights, bias] = tensors.next().unwrap_or_default() else { break };
				run_dense(dense, weights, bias, last)
			}
			Op::Rescale(rescale) => run_rescale(rescale, last),
			Op::ArgMax => vec![argmax(last) as i64],
		};
		values.push(next);
	}
	Trace { values }
}

fn run_dense(dense: &Dense, weights: &[i32], bias: &[i32], input: &[i64]) -> Vec<i64> {
	let inputs = (dense.weights.len() / dense.bias.len()) as usize;
	// The result is within the plan's bounds; a partial sum of a strange graph may not be, and
	// arithmetic modulo 2^64 does not mind.
	let row = |(row, bias): (&[i32], &i32)| {
		let product = |(w, x): (&i32, &i64)| i64::from(*w).wrapping_mul(*x);
		row.iter().zip(input).map(product).fold(i64::from(*bias), i64::wrapping_add)
	};
	weights.chunks_exact(inputs).zip(bias).map(row).collect()
}

fn run_rescale(rescale: &Rescale, input: &[i64]) -> Vec<i64> {
	let element = |(index, x): (usize, &i64)| {
		let channel = rescale.channel(index);
		let shifted = (x * i64::from(channel.multiplier) + channel.half()) >> channel.shift;
		if rescale.rectify {
			shifted.clamp(0, rescale.ceiling())
		} else {
			shifted
		}
	};
	input.iter().enumerate().map(element).collect()
}

/// The index of the largest element, the lowest of several.
pub fn argmax(values: &[i64]) -> usize {
	let mut best = 0;
	for (index, value) in values.iter().enumerate() {
		if *value > values[best] {
			best = index;
		}
	}
	best
}
