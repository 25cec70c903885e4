//! Ranges of integers.

use zkml_primitives::TensorSpec;

use crate::graph::{GraphError, MAX_BITS};

/// The values a number can take, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interval {
	/// The lower end of the interval, included.
	pub min: i64,
	/// The upper end of the interval, included.
	pub max: i64,
}

impl Interval {
	/// The range a specification declares.
	pub fn of(spec: &TensorSpec) -> Self {
		Self { min: i64::from(spec.min), max: i64::from(spec.max) }
	}

	/// The interval of one number.
	pub fn only(value: i64) -> Self {
		Self { min: value, max: value }
	}

	/// Width in two's complement.
	pub fn signed_bits(&self) -> u32 {
		let bits = |n: i64| 65 - if n < 0 { (!n).leading_zeros() } else { n.leading_zeros() };
		bits(self.min).max(bits(self.max))
	}

	/// The largest size of a number.
	pub fn size(&self) -> i64 {
		self.max.max(-self.min)
	}

	/// What holds all of these; of none, 0.
	pub fn hull<'a>(all: impl IntoIterator<Item = &'a Interval>) -> Self {
		let join = |a: Self, b: Self| Self { min: a.min.min(b.min), max: a.max.max(b.max) };
		all.into_iter().copied().reduce(join).unwrap_or(Self::only(0))
	}
}

/// The interval as 64-bit numbers, if it is within [`MAX_BITS`].
pub(crate) fn bounded(node: &str, min: i128, max: i128) -> Result<Interval, GraphError> {
	let limit = 1i128 << (MAX_BITS - 1);
	if min < -limit || max >= limit {
		let bits = |n: i128| 129 - if n < 0 { (!n).leading_zeros() } else { n.leading_zeros() };
		let bits = bits(min).max(bits(max));
		return Err(GraphError::Overflow { node: node.into(), bits });
	}
	Ok(Interval { min: min as i64, max: max as i64 })
}

/// The smallest and the largest product.
pub(crate) fn corners(x: Interval, y: Interval) -> (i128, i128) {
	let corner = |x: i64, y: i64| i128::from(x) * i128::from(y);
	let all =
		[corner(x.min, y.min), corner(x.min, y.max), corner(x.max, y.min), corner(x.max, y.max)];
	let (mut min, mut max) = (all[0], all[0]);
	for corner in all {
		min = min.min(corner);
		max = max.max(corner);
	}
	(min, max)
}
