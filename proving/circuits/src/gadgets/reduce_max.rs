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
	Backend, Integer, Reader,
};
use crate::plan::Interval;

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

/// The largest of `x`, which are in `ranges`. Of no value it is 0.
pub fn largest<B: Backend>(
	b: &mut B,
	checks: &Checks,
	ranges: &[Interval],
	x: &[B::Int],
) -> B::Int {
	let mut all = x.iter().zip(ranges);
	let Some((first, range)) = all.next() else { return B::Int::constant(0) };
	let (mut largest, mut of) = (first.clone(), *range);
	for (x, range) in all {
		largest = match larger(of, *range) {
			Larger::First => largest,
			Larger::Second => x.clone(),
			Larger::Unknown(width) => {
				let y = b.wire(|of| of.int(&largest).max(of.int(x)));
				b.group("max.either", |g| g.vanish(y.minus(&largest), y.minus(x)));
				let distance = y.plus(&y).minus(&largest).minus(x);
				range::loose(b, checks, &distance, width);
				y
			}
		};
		of = range_of(of, *range);
	}
	largest
}
