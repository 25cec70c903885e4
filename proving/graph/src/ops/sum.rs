//! Linear combinations of inputs of one length.

use codec::{Decode, Encode};

use crate::{
	graph::GraphError,
	interval::{bounded, corners, Interval},
};

/// A linear combination of inputs of one shape, element by element.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Sum {
	/// One factor for each input.
	pub factors: Vec<i32>,
	/// One for all elements, or one for each.
	pub offset: Vec<i64>,
}

impl Sum {
	/// What is added to an element.
	pub fn offset(&self, index: usize) -> i64 {
		self.offset[if self.offset.len() == 1 { 0 } else { index }]
	}

	/// The range of each element of the result.
	pub(super) fn ranges(
		&self,
		name: &str,
		inputs: &[&[Interval]],
	) -> Result<Vec<Interval>, GraphError> {
		let len = inputs[0].len();
		if self.offset.len() != 1 && self.offset.len() != len {
			let (expected, got) = (format!("1 or {len} offsets"), self.offset.len().to_string());
			return Err(GraphError::Node { node: name.into(), expected, got });
		}
		let element = |index: usize| {
			let offset = i128::from(self.offset(index));
			let (mut min, mut max) = (offset, offset);
			for (factor, x) in self.factors.iter().zip(inputs) {
				let ends = corners(Interval::only((*factor).into()), x[index]);
				min += ends.0;
				max += ends.1;
			}
			bounded(name, min, max)
		};
		(0..len).map(element).collect()
	}

	/// The result is within the plan's bounds; a partial sum of a strange graph may not be, and arithmetic
	/// modulo 2^64 does not mind.
	pub(super) fn evaluate(&self, inputs: &[&[i64]]) -> Vec<i64> {
		let element = |index: usize| {
			let terms = self.factors.iter().zip(inputs);
			terms.fold(self.offset(index), |sum, (factor, x)| {
				sum.wrapping_add(i64::from(*factor).wrapping_mul(x[index]))
			})
		};
		(0..inputs[0].len()).map(element).collect()
	}
}
