//! Numbers as mantissas and powers of two.

use crate::{graph::GraphError, interval::Interval};

/// Bits of the largest argument.
pub const MAX_ARGUMENT: u32 = 44;
/// Most bits of a mantissa behind its first.
pub const MAX_MANTISSA: u8 = 24;

/// The exponent of a number above 0: the largest power of two that is in it.
pub fn exponent(x: i64) -> i64 {
	i64::from(x.max(1).ilog2())
}

/// `x * 2^bits / 2^exponent`, rounded down.
pub fn mantissa(x: i64, bits: u8) -> i64 {
	(x << bits) >> exponent(x)
}

/// The ranges of all mantissas, then of all exponents.
pub fn ranges(name: &str, bits: u8, x: &[Interval]) -> Result<Vec<Interval>, GraphError> {
	let error =
		|expected: String, got: String| GraphError::Node { node: name.into(), expected, got };
	if !(1..=MAX_MANTISSA).contains(&bits) {
		let expected = format!("a mantissa of 1 to {MAX_MANTISSA} bits");
		return Err(error(expected, bits.to_string()));
	}
	if let Some(x) = x.iter().find(|x| x.min < 1 || x.max >= 1 << MAX_ARGUMENT) {
		let expected = format!("an argument above 0 and below 2^{MAX_ARGUMENT}");
		return Err(error(expected, format!("{}..={}", x.min, x.max)));
	}
	let one = 1i64 << bits;
	let mantissa = |x: &Interval| match exponent(x.min) == exponent(x.max) {
		true => Interval { min: mantissa(x.min, bits), max: mantissa(x.max, bits) },
		false => Interval { min: one, max: 2 * one - 1 },
	};
	let exponent = |x: &Interval| Interval { min: exponent(x.min), max: exponent(x.max) };
	Ok(x.iter().map(mantissa).chain(x.iter().map(exponent)).collect())
}

/// All mantissas, then all exponents.
pub fn evaluate(bits: u8, x: &[i64]) -> Vec<i64> {
	let mantissas = x.iter().map(|x| mantissa(*x, bits));
	mantissas.chain(x.iter().map(|x| exponent(*x))).collect()
}
