//! The integer interpreter: the meaning of a graph, and the circuit's witness.

use thiserror::Error;
use zkml_primitives::{TensorSpec, ValueInfo};

use crate::graph::IntGraph;

pub use crate::ops::argmax;

/// Why an input is refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum InputError {
	/// Wrong number of inputs.
	#[error("inputs: expected {}, got {got}", expected.join(", "))]
	Count {
		/// Names of the inputs.
		expected: Vec<String>,
		/// Number of inputs that were given.
		got: usize,
	},
	/// Wrong number of values.
	#[error("input {input}: expected {expected} values, got {got}")]
	Length {
		/// The name of the input in the model.
		input: String,
		/// Elements of the input tensor.
		expected: usize,
		/// Number of values that were given.
		got: usize,
	},
	/// An integer outside the declared range.
	#[error("input {input}, value {index}: expected {min} to {max}, got {got}")]
	Range {
		/// The name of the input in the model.
		input: String,
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
	#[error("input {input}, value {index}: expected a number from {min} to {max}, got {got}")]
	Real {
		/// The name of the input in the model.
		input: String,
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
	/// All inputs end to end first, then each node's result.
	pub values: Vec<Vec<i64>>,
}

impl Trace {
	/// The values of each input of its graph, row-major.
	pub fn inputs(&self, graph: &IntGraph) -> Vec<Vec<i32>> {
		let mut all = self.values.first().into_iter().flatten();
		let mut take =
			|spec: &TensorSpec| all.by_ref().take(spec.len() as usize).map(|v| *v as i32).collect();
		graph.inputs.iter().map(|input| take(&input.tensor)).collect()
	}

	/// The values of each output of its graph, row-major. They fit 32 bits: the plan holds them to the
	/// outputs' specifications.
	pub fn outputs(&self, graph: &IntGraph) -> Vec<Vec<i32>> {
		let values = |value: u32| self.values.get(value as usize).into_iter().flatten();
		let outputs = graph.outputs.iter();
		outputs.map(|output| values(output.value).map(|v| *v as i32).collect()).collect()
	}
}

/// Refuses another number of inputs than there are.
pub(crate) fn check_count<T>(infos: &[ValueInfo], given: &[T]) -> Result<(), InputError> {
	match infos.len() == given.len() {
		true => Ok(()),
		false => Err(InputError::Count {
			expected: infos.iter().map(ValueInfo::title).collect(),
			got: given.len(),
		}),
	}
}

/// Refuses an input of wrong length or out of range.
///
/// # Errors
///
/// If there are more or fewer values than elements, or one is out of the range.
pub fn check_input(info: &ValueInfo, values: &[i32]) -> Result<(), InputError> {
	let spec = &info.tensor;
	let expected = spec.len() as usize;
	if values.len() != expected {
		return Err(InputError::Length { input: info.title(), expected, got: values.len() });
	}
	match values.iter().position(|v| !(spec.min..=spec.max).contains(v)) {
		None => Ok(()),
		Some(index) => {
			let (min, max) = (spec.min, spec.max);
			Err(InputError::Range { input: info.title(), index, min, max, got: values[index] })
		}
	}
}

/// Evaluates a graph that has a plan, with parameters that were checked, on a list of values for each
/// input. For such a graph all inputs in range have a result, and no step can overflow.
///
/// # Errors
///
/// If there are more or fewer inputs, or one is of another length or out of its range.
pub fn evaluate(
	graph: &IntGraph,
	parameters: &[Vec<i32>],
	inputs: &[Vec<i32>],
) -> Result<Trace, InputError> {
	check_count(&graph.inputs, inputs)?;
	graph.inputs.iter().zip(inputs).try_for_each(|(info, values)| check_input(info, values))?;
	let mut values: Vec<Vec<i64>> = vec![inputs.iter().flatten().map(|v| i64::from(*v)).collect()];
	let mut parameters = graph.parameters_of_nodes(parameters);
	for node in &graph.nodes {
		let inputs: Vec<_> = node.inputs.iter().map(|i| values[*i as usize].as_slice()).collect();
		let next = node.evaluate(&inputs, parameters.next().flatten());
		values.push(next);
	}
	Ok(Trace { values })
}
