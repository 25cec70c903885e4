//! The largest of each so many consecutive elements.

use super::groups;
use crate::{graph::GraphError, interval::Interval};

/// The range of each group's largest.
pub fn ranges(name: &str, size: u32, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	let largest = |group: &[Interval]| Interval {
		min: group.iter().map(|r| r.min).max().unwrap_or(0),
		max: group.iter().map(|r| r.max).max().unwrap_or(0),
	};
	Ok(groups(name, size, x)?.map(largest).collect())
}

/// The largest of each group.
pub fn evaluate(size: u32, x: &[i64]) -> Vec<i64> {
	let largest = |group: &[i64]| group.iter().copied().max().unwrap_or(0);
	x.chunks_exact(size as usize).map(largest).collect()
}
