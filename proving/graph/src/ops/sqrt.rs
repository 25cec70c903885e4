//! Square roots, rounded down.

use crate::{
	graph::{GraphError, MAX_BITS},
	interval::{bounded, Interval},
};

/// The root of `x * 2^shift`, rounded down; `x` is not negative.
pub fn root(x: i64, shift: u8) -> i64 {
	(x << shift).isqrt()
}

/// The range of each root.
pub fn ranges(name: &str, shift: u8, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	let error =
		|expected: String, got: String| GraphError::Node { node: name.into(), expected, got };
	if u32::from(shift) > MAX_BITS - 1 {
		return Err(error(format!("a shift of at most {}", MAX_BITS - 1), shift.to_string()));
	}
	let each = x.iter().map(|x| {
		if x.min < 0 {
			return Err(error(
				"an argument that is not negative".into(),
				format!("{}..={}", x.min, x.max),
			));
		}
		bounded(name, 0, i128::from(x.max) << shift)?;
		Ok(Interval { min: root(x.min, shift), max: root(x.max, shift) })
	});
	each.collect()
}

/// The roots of `x * 2^shift`, element by element, rounded down.
pub fn evaluate(shift: u8, x: &[i64]) -> Vec<i64> {
	x.iter().map(|x| root(*x, shift)).collect()
}
