//! The integer interpreter: the meaning of a graph, and the circuit's witness.

use thiserror::Error;
use zkml_primitives::TensorSpec;

use crate::graph::{Dense, IntGraph, Node, Op, NONE};

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
	/// The input first, then each node's result.
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
	let mut values = vec![input.iter().map(|v| i64::from(*v)).collect()];
	let mut tensors = parameters.chunks_exact(2);
	for node in &graph.nodes {
		let known = match node.op {
			Op::Dense(_) => tensors.next().unwrap_or_default(),
			_ => &[],
		};
		let next = step(node, &values, known);
		values.push(next);
	}
	Ok(Trace { values })
}

/// A node's result. The plan has checked lengths and indices.
fn step(node: &Node, values: &[Vec<i64>], known: &[Vec<i32>]) -> Vec<i64> {
	let input = |index: usize| values[node.inputs[index] as usize].as_slice();
	let x = input(0);
	match &node.op {
		Op::Dense(dense) => match known {
			[weights, bias] => run_dense(dense, weights, bias, x),
			_ => Vec::new(),
		},
		Op::Rescale(rescale) => {
			let clamped = |(i, x): (usize, &i64)| {
				rescale.channel(i).quotient(*x).clamp(rescale.min, rescale.max)
			};
			x.iter().enumerate().map(clamped).collect()
		}
		Op::ArgMax => vec![argmax(x) as i64],
		Op::Gather(picks) => {
			let whole;
			let all = if node.inputs.len() == 1 {
				x
			} else {
				whole = (0..node.inputs.len()).map(input).collect::<Vec<_>>().concat();
				&whole
			};
			let pick = |pick: &u32| if *pick == NONE { 0 } else { all[*pick as usize] };
			picks.iter().map(pick).collect()
		}
		Op::Sum(sum) => {
			let element = |index: usize| {
				let terms = sum.factors.iter().enumerate();
				// See `run_dense` for the arithmetic.
				terms.fold(sum.offset(index), |acc, (k, factor)| {
					acc.wrapping_add(i64::from(*factor).wrapping_mul(input(k)[index]))
				})
			};
			(0..x.len()).map(element).collect()
		}
		Op::Product => x.iter().zip(input(1)).map(|(x, y)| x * y).collect(),
		Op::Max(n) => {
			let largest = |group: &[i64]| group.iter().copied().max().unwrap_or(0);
			x.chunks_exact(*n as usize).map(largest).collect()
		}
		Op::Total(n) => {
			// See `run_dense` for the arithmetic.
			let sum = |group: &[i64]| group.iter().copied().fold(0, i64::wrapping_add);
			x.chunks_exact(*n as usize).map(sum).collect()
		}
		Op::Table(table) => x.iter().map(|x| table.at(*x)).collect(),
		Op::Step(thresholds) => x.iter().zip(thresholds).map(|(x, t)| i64::from(x > t)).collect(),
	}
}

fn run_dense(dense: &Dense, weights: &[i32], bias: &[i32], input: &[i64]) -> Vec<i64> {
	let (inputs, outputs) = (dense.inputs(), dense.outputs());
	let mut results = Vec::with_capacity(dense.rows as usize * bias.len());
	for row in input.chunks_exact(inputs * dense.groups as usize) {
		for (group, x) in row.chunks_exact(inputs).enumerate() {
			let first = group * outputs;
			let rows = weights[first * inputs..].chunks_exact(inputs).take(outputs);
			// The result is within the plan's bounds; a partial sum of a strange graph may not be,
			// and arithmetic modulo 2^64 does not mind.
			results.extend(rows.zip(&bias[first..]).map(|(row, bias)| {
				let product = |(w, x): (&i32, &i64)| i64::from(*w).wrapping_mul(*x);
				row.iter().zip(x).map(product).fold(i64::from(*bias), i64::wrapping_add)
			}));
		}
	}
	results
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
