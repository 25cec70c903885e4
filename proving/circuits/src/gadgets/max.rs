//! The larger of two values, and with it the largest of many.
//!
//! `(y - a) (y - b) = 0`, and `2 y - a - b`, which is the distance of the two, is loosely in its range.
//! Where the plan says that one is never above the other there is nothing to do.
//!
//! Cost: one constraint, one wire, a range; `n - 1` times that for the largest of `n`.
//!
//! Soundness: `y` is `a` or `b`; `a - b` or `b - a` is then not negative, so it is the larger.

use super::{
	range::{self, Checks},
	Witness,
};
use crate::{
	plan::Interval,
	r1cs::{Builder, Lc},
};

/// Which is larger, as far as ranges tell, and the width of the distance if they do not.
enum Larger {
	First,
	Second,
	Unknown(u32),
}

fn larger(a: Interval, b: Interval) -> Larger {
	if a.min >= b.max {
		return Larger::First;
	}
	if b.min >= a.max {
		return Larger::Second;
	}
	let distance = (a.max - b.min).max(b.max - a.min);
	Larger::Unknown(64 - distance.leading_zeros())
}

fn range_of(a: Interval, b: Interval) -> Interval {
	Interval { min: a.min.max(b.min), max: a.max.max(b.max) }
}

/// Constrains the largest of `x`, which are in `ranges`. Of no value it is 0.
pub fn constrain(b: &mut Builder, checks: &Checks, ranges: &[Interval], x: &[Lc]) -> Lc {
	let mut all = x.iter().zip(ranges);
	let Some((first, range)) = all.next() else { return Lc::default() };
	let (mut largest, mut of) = (first.clone(), *range);
	for (x, range) in all {
		largest = match larger(of, *range) {
			Larger::First => largest,
			Larger::Second => x.clone(),
			Larger::Unknown(width) => {
				let y = Lc::wire(b.wire());
				b.group("max.either");
				b.enforce(&y.minus(&largest), &y.minus(x), &Lc::default());
				let distance = y.plus(&y).minus(&largest).minus(x);
				range::loose(b, checks, &distance, width);
				y
			}
		};
		of = range_of(of, *range);
	}
	largest
}

/// Pushes the wires, and gives the largest.
pub fn assign(w: &mut Witness, checks: &Checks, ranges: &[Interval], x: &[i64]) -> i64 {
	let mut all = x.iter().zip(ranges);
	let Some((first, range)) = all.next() else { return 0 };
	let (mut largest, mut of) = (*first, *range);
	for (x, range) in all {
		let y = largest.max(*x);
		if let Larger::Unknown(width) = larger(of, *range) {
			w.push_integer(y);
			range::assign_loose(w, checks, i128::from((largest - x).abs()), width);
		}
		largest = y;
		of = range_of(of, *range);
	}
	largest
}
