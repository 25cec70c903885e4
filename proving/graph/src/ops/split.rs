//! Quotients by a constant, rounded down, and what they leave.

use crate::{graph::GraphError, interval::Interval};

/// The ranges of all quotients, then of all remainders.
pub fn ranges(name: &str, divisor: u32, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	if divisor == 0 {
		let (expected, got) = ("a divisor above 0".into(), divisor.to_string());
		return Err(GraphError::Node { node: name.into(), expected, got });
	}
	let n = i64::from(divisor);
	let quotient = |x: &Interval| Interval { min: x.min.div_euclid(n), max: x.max.div_euclid(n) };
	let remainder = |x: &Interval| match quotient(x) {
		Interval { min, max } if min == max => {
			Interval { min: x.min - n * min, max: x.max - n * min }
		}
		_ => Interval { min: 0, max: n - 1 },
	};
	Ok(x.iter().map(quotient).chain(x.iter().map(remainder)).collect())
}

/// All quotients, then all remainders.
pub fn evaluate(divisor: u32, x: &[i64]) -> Vec<i64> {
	let n = i64::from(divisor);
	let quotients = x.iter().map(|x| x.div_euclid(n));
	quotients.chain(x.iter().map(|x| x.rem_euclid(n))).collect()
}
