//! Quotient and remainder by a constant: `x = n q + r` with `0 <= r < n`.
//!
//! `q` is a wire, loosely in its range, and `r` what it leaves: a remainder ([`range::remainder`]) for a
//! power of two, else exactly in `[0, n)`. Where the plan knows the quotient there is nothing to do.
//!
//! Cost: the ranges.
//!
//! Soundness: `q` and `r` are integers in bounds that leave the field no room to wrap, so there is one
//! such pair.

use super::{
	div::bits,
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::plan::Interval;

/// Quotient and remainder of `x`; the plan's range of the quotient is `result`.
pub fn parts<B: Backend>(
	b: &mut B,
	checks: &Checks,
	divisor: u32,
	result: Interval,
	x: &B::Int,
) -> [B::Int; 2] {
	let n = i64::from(divisor);
	let quotient = match result.min == result.max {
		true => B::Int::constant(result.min),
		false => b.wire(|of| of.int(x).div_euclid(n)),
	};
	let remainder = x.minus(&quotient.times(n));
	if result.min < result.max {
		match divisor.is_power_of_two() {
			true => range::remainder(b, checks, &remainder, divisor.trailing_zeros()),
			false => range::exact(b, checks, &remainder, divisor.into()),
		}
		range::loose(b, checks, &quotient.offset(-result.min), bits(result.max - result.min));
	}
	[quotient, remainder]
}
