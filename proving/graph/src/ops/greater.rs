//! Whether elements are above their thresholds.

use crate::{
	graph::{GraphError, MAX_BITS},
	interval::Interval,
};

/// The range of each answer, 0 or 1.
pub fn ranges(name: &str, thresholds: &[i64], x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	if thresholds.len() != x.len() {
		let (expected, got) = (format!("{} thresholds", x.len()), thresholds.len().to_string());
		return Err(GraphError::Node { node: name.into(), expected, got });
	}
	let limit = 1i64 << (MAX_BITS - 1);
	if let Some(beyond) = thresholds.iter().find(|t| !(-limit..limit).contains(*t)) {
		let (expected, got) =
			(format!("thresholds of at most {MAX_BITS} bits"), beyond.to_string());
		return Err(GraphError::Node { node: name.into(), expected, got });
	}
	let above = |(range, threshold): (&Interval, &i64)| Interval {
		min: i64::from(range.min > *threshold),
		max: i64::from(range.max > *threshold),
	};
	Ok(x.iter().zip(thresholds).map(above).collect())
}

/// 1 where an element is above its threshold, else 0.
pub fn evaluate(thresholds: &[i64], x: &[i64]) -> Vec<i64> {
	x.iter().zip(thresholds).map(|(x, threshold)| i64::from(x > threshold)).collect()
}
