//! Square roots: `y = floor(sqrt(v))` for `v = x * 2^s`, which is not negative.
//!
//! Wires are `y` and its square; `r = v - y^2` and `2 y - r` are loosely in their ranges. Where the plan
//! knows the result it is a constant.
//!
//! Cost: one constraint, two wires, two ranges of the width of `2 y`.
//!
//! Soundness: the two ranges say `y^2 <= v <= y^2 + 2 y`, which is `y^2 <= v < (y + 1)^2`, if `y` is an
//! integer that is not negative. It has no range of its own, but `t = 2 y`, which is the sum of the two, is an
//! integer of `[0, 2^81)`, and `4 (v - r) = t^2` as field elements. Both sides are integers below
//! `2^163`, so they are equal as such, `t^2` is a multiple of 4, and `t` is even. `-y`, which has the
//! same square, makes the sum negative.

use super::{
	div::bits,
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::plan::Interval;

/// The root for `x`; the plan's range of it is `result`.
pub fn root<B: Backend>(
	b: &mut B,
	checks: &Checks,
	shift: u8,
	result: Interval,
	x: &B::Int,
) -> B::Int {
	if result.min == result.max {
		return B::Int::constant(result.min);
	}
	let v = x.shifted(shift.into());
	let y = b.wire(|of| of.int(&v).isqrt());
	let square = b.wire(|of| of.int(&y) * of.int(&y));
	b.group("sqrt.square", |g| g.enforce(y.clone(), y.clone(), square.clone()));
	let rest = v.minus(&square);
	let width = bits(2 * result.max);
	range::loose(b, checks, &rest, width);
	range::loose(b, checks, &y.plus(&y).minus(&rest), width);
	y
}
