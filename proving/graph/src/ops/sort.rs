//! Each so many consecutive elements in order, the largest first.

use super::groups;
use crate::{graph::GraphError, interval::Interval};

/// The range of each element of a group in order: the k-th largest is between the k-th largest of all
/// lower ends and that of all upper ends.
pub fn ranges(name: &str, size: u32, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	let sorted = |group: &[Interval]| {
		let in_order = |end: fn(&Interval) -> i64| {
			let mut ends: Vec<i64> = group.iter().map(end).collect();
			ends.sort_unstable_by(|a, b| b.cmp(a));
			ends
		};
		let ends = in_order(|x| x.min).into_iter().zip(in_order(|x| x.max));
		ends.map(|(min, max)| Interval { min, max }).collect::<Vec<_>>()
	};
	Ok(groups(name, size, x)?.flat_map(sorted).collect())
}

/// The elements of each group in order.
pub fn evaluate(size: u32, x: &[i64]) -> Vec<i64> {
	let mut all = x.to_vec();
	all.chunks_exact_mut(size as usize).for_each(|group| group.sort_unstable_by(|a, b| b.cmp(a)));
	all
}
