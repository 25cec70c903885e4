//! The index of the largest of all elements.

use crate::interval::Interval;

/// The range of the index.
pub(super) fn ranges(x: &[Interval]) -> Vec<Interval> {
	vec![Interval { min: 0, max: x.len() as i64 - 1 }]
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
