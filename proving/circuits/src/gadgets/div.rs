//! Division: `y = round(x * 2^s / d)`, halves upwards, for `d` above 0.
//!
//! With `v = 2^(s+1) x + d` that is `v / 2 d` rounded down. Wires are `y` and the product `p = y d`; the
//! remainder `r = v - 2 p` and what is left to the divisor, `2 d - 1 - r`, are loosely in their ranges,
//! and so is `y`. Where the plan knows the result it is a constant.
//!
//! Cost: one constraint, two wires, three ranges: two of the width of `2 d`, one of that of `y`.
//!
//! Soundness: `r` and `2 d - 1 - r` are integers that are not negative, so `0 <= r < 2 d`: a range of one
//! of them alone would leave it a multiple of the divisor too large, or negative. `y` is within `2^80` of the
//! plan's range and `d` is below `2^61`, so `v = 2 y d + r` is an equation of integers below `2^145`, which
//! the field has no room to wrap: a quotient `(v - r) / 2 d` modulo the field's characteristic for
//! another `r` is no small integer. A division of integers has one such pair.

use super::{
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::plan::Interval;

/// Bits of a number that is not negative.
pub(super) fn bits(n: i64) -> u32 {
	64 - n.leading_zeros()
}

/// The quotient of `x` by `d`, which is in `divisor`; the plan's range of it is `result`.
pub fn quotient<B: Backend>(
	b: &mut B,
	checks: &Checks,
	shift: u8,
	(divisor, result): (Interval, Interval),
	x: &B::Int,
	d: &B::Int,
) -> B::Int {
	if result.min == result.max {
		return B::Int::constant(result.min);
	}
	let v = x.shifted(u32::from(shift) + 1).plus(d);
	let twice = d.plus(d);
	let y = b.wire(|of| of.int(&v).div_euclid(of.int(&twice)));
	let product = b.wire(|of| of.int(&y) * of.int(d));
	b.group("div.product", |g| g.enforce(y.clone(), d.clone(), product.clone()));
	let remainder = v.minus(&product).minus(&product);
	let width = bits(2 * divisor.max - 1);
	range::loose(b, checks, &remainder, width);
	range::loose(b, checks, &twice.offset(-1).minus(&remainder), width);
	range::loose(b, checks, &y.offset(-result.min), bits(result.max - result.min));
	y
}
