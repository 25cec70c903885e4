//! A comparison: `y = 1` if `x > t` for a constant `t`, else 0.
//!
//! `y` is boolean; with `d = x - t - 1`, a wire `p = y (2 d + 1)`, and `p - d - 1` is loosely in its
//! range. Where the plan knows the answer it is a constant.
//!
//! Cost: two constraints, two wires, a range.
//!
//! Soundness: with `y = 1` the range says `d >= 0`, which is `x > t`; with `y = 0` that `-d - 1 >= 0`,
//! which is `x <= t`.

use super::{
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::plan::Interval;

/// The answer if the range tells it, or the width of the distance.
fn known(range: Interval, threshold: i64) -> Result<bool, u32> {
	if range.min > threshold {
		return Ok(true);
	}
	if range.max <= threshold {
		return Ok(false);
	}
	let distance = (range.max - threshold - 1).max(threshold - range.min);
	Err(64 - distance.leading_zeros())
}

/// The answer for `x`, which is in `range`.
pub fn above<B: Backend>(
	b: &mut B,
	checks: &Checks,
	range: Interval,
	threshold: i64,
	x: &B::Int,
) -> B::Int {
	let width = match known(range, threshold) {
		Ok(answer) => return B::Int::constant(answer.into()),
		Err(width) => width,
	};
	let d = x.offset(-threshold).offset(-1);
	let y = b.wire(|of| i64::from(of.int(&d) >= 0));
	let product = b.wire(|of| of.int(&y) * (2 * of.int(&d) + 1));
	b.group("step.boolean", |g| g.boolean(y.clone()));
	b.group("step.product", |g| g.enforce(d.plus(&d).offset(1), y.clone(), product.clone()));
	range::loose(b, checks, &product.minus(&d).offset(-1), width);
	y
}
