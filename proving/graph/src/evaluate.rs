//! The integer interpreter: the meaning of a graph, and the circuit's witness.

use thiserror::Error;
use zkml_primitives::TensorSpec;

use crate::graph::IntGraph;

pub use crate::ops::argmax;

/// Why an input is refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum InputError {
	/// Wrong number of values.
	#[error("input: expected {expected} values, got {got}")]
	Length {
		/// Elements of the input tensor.
		expected: usize,
		/// Number of values that were given.
		got: usize,
	},
	/// An integer outside the declared range.
	#[error("input value {index}: expected {min} to {max}, got {got}")]
	Range {
		/// Index of the first such value.
		index: usize,
		/// Smallest value that is allowed.
		min: i32,
		/// Largest value that is allowed.
		max: i32,
		/// The value that was given.
		got: i32,
	},
	/// A real number outside the declared range, or none at all.
	#[error("input value {index}: expected a number from {min} to {max}, got {got}")]
	Real {
		/// Index of the first such value.
		index: usize,
		/// Smallest number that is allowed.
		min: f64,
		/// Largest number that is allowed.
		max: f64,
		/// The number that was given.
		got: f32,
	},
}

/// All values of one evaluation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trace {
	/// The input first, then each node's result.
	pub values: Vec<Vec<i64>>,
}

impl Trace {
	/// The input tensor's values, row-major.
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
///
/// # Errors
///
/// If the input is of another length or out of its range.
pub fn evaluate(
	graph: &IntGraph,
	parameters: &[Vec<i32>],
	input: &[i32],
) -> Result<Trace, InputError> {
	check_input(&graph.input, input)?;
	let mut values: Vec<Vec<i64>> = vec![input.iter().map(|v| i64::from(*v)).collect()];
	let mut parameters = graph.parameters_of_nodes(parameters);
	for node in &graph.nodes {
		let inputs: Vec<_> = node.inputs.iter().map(|i| values[*i as usize].as_slice()).collect();
		let next = node.evaluate(&inputs, parameters.next().flatten());
		values.push(next);
	}
	Ok(Trace { values })
}
