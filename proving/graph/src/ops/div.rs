//! Quotients of two values, element by element.

use crate::{
	graph::{GraphError, MAX_BITS},
	interval::{bounded, Interval},
};

/// `x * 2^shift / y`, halves upwards; `y` is above 0.
///
/// It is `(2^(shift+1) x + y) / 2 y`, rounded down.
pub fn quotient(x: i64, y: i64, shift: u8) -> i64 {
	((x << (shift + 1)) + y).div_euclid(2 * y)
}

/// The range of each quotient, whose numerators and divisors leave no room to wrap.
pub fn ranges(
	name: &str,
	shift: u8,
	x: &[Interval],
	y: &[Interval],
) -> Result<Vec<Interval>, GraphError> {
	let error =
		|expected: String, got: String| GraphError::Node { node: name.into(), expected, got };
	if u32::from(shift) > MAX_BITS - 2 {
		return Err(error(format!("a shift of at most {}", MAX_BITS - 2), shift.to_string()));
	}
	let each = x.iter().zip(y).map(|(x, y)| {
		if y.min < 1 {
			return Err(error("a divisor above 0".into(), format!("{}..={}", y.min, y.max)));
		}
		let twice = |x: i64| i128::from(x) << (shift + 1);
		// What the gadget takes apart, and a remainder below twice the divisor.
		bounded(name, twice(x.min).min(0), (twice(x.max) + i128::from(y.max)).max(0))?;
		bounded(name, 0, 2 * i128::from(y.max))?;
		// Of one sign the smallest divisor gives the largest quotient, of the other the smallest.
		let corner = |x: i64| [quotient(x, y.min, shift), quotient(x, y.max, shift)];
		let (low, high) = (corner(x.min), corner(x.max));
		Ok(Interval { min: low[0].min(low[1]), max: high[0].max(high[1]) })
	});
	each.collect()
}

/// The quotients `x * 2^shift / y`, element by element, rounded, halves upwards.
pub fn evaluate(shift: u8, x: &[i64], y: &[i64]) -> Vec<i64> {
	x.iter().zip(y).map(|(x, y)| quotient(*x, *y, shift)).collect()
}
