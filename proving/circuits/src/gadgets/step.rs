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
	Witness,
};
use crate::{
	plan::Interval,
	r1cs::{Builder, Lc},
};

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

/// Constrains the answer for `x`, which is in `range`.
pub fn constrain(b: &mut Builder, checks: &Checks, range: Interval, t: i64, x: &Lc) -> Lc {
	let width = match known(range, t) {
		Ok(answer) => return Lc::integer(answer.into()),
		Err(width) => width,
	};
	let (wire, product) = (b.wire(), Lc::wire(b.wire()));
	let y = Lc::wire(wire);
	b.group("step.boolean");
	b.boolean(wire);
	let d = x.offset(-t).offset(-1);
	b.group("step.product");
	b.enforce(&d.plus(&d).offset(1), &y, &product);
	range::loose(b, checks, &product.minus(&d).offset(-1), width);
	y
}

/// Pushes the wires, and gives the answer.
pub fn assign(w: &mut Witness, checks: &Checks, range: Interval, t: i64, x: i64) -> i64 {
	let y = i64::from(x > t);
	if let Err(width) = known(range, t) {
		let d = x - t - 1;
		w.push_integer(y);
		w.push_integer(y * (2 * d + 1));
		range::assign_loose(w, checks, i128::from(if y == 1 { d } else { -d - 1 }), width);
	}
	y
}
