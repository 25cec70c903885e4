//! The sum of each so many consecutive elements.

use super::groups;
use crate::{
	graph::GraphError,
	interval::{bounded, Interval},
};

/// The range of each group's sum.
pub fn ranges(name: &str, size: u32, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	let total = |group: &[Interval]| {
		let min = group.iter().map(|r| i128::from(r.min)).sum();
		bounded(name, min, group.iter().map(|r| i128::from(r.max)).sum())
	};
	groups(name, size, x)?.map(total).collect()
}

/// The sum of each group, modulo 2^64 on the way.
pub fn evaluate(size: u32, x: &[i64]) -> Vec<i64> {
	let sum = |group: &[i64]| group.iter().copied().fold(0, i64::wrapping_add);
	x.chunks_exact(size as usize).map(sum).collect()
}
