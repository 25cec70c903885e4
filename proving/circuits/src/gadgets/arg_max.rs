//! Argmax: the index of the largest of `n` values, the lowest index of several.
//!
//! A selector `s_j` per value is boolean and they sum up to 1, so one index `i = sum j * s_j` is
//! selected. A wire `m` equals the selected value: `s_j * (m - x_j) = 0`. For each `j`,
//! `m - x_j - [j < i]` is not negative; `[j < i]` is the sum of the selectors after `j`.
//!
//! Cost: `2 n + 1` constraints, `n + 1` wires and `n` loose ranges.
//!
//! Soundness: `m` is the selected value, no value is above it, and those before the selected one
//! are strictly below: so it is the first of the largest.

use super::{
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::{evaluate::argmax, plan::Interval};

/// Width of the largest difference between two values.
pub fn width(ranges: &[Interval]) -> u32 {
	let max = ranges.iter().map(|r| r.max).max().unwrap_or(0);
	let min = ranges.iter().map(|r| r.min).min().unwrap_or(0);
	64 - (max - min).leading_zeros()
}

/// The index of the largest of `x`, which are in `ranges`. The selectors come first, then the wire of the
/// largest value.
pub fn index<B: Backend>(b: &mut B, checks: &Checks, ranges: &[Interval], x: &[B::Int]) -> B::Int {
	let best = b.know(|of| argmax(&x.iter().map(|x| of.int(x)).collect::<Vec<_>>()));
	let select = |j| b.wire(|of| i64::from(j == *of.known(&best)));
	let selectors: Vec<B::Int> = (0..x.len()).map(select).collect();
	let largest = b.wire(|of| of.int(&x[*of.known(&best)]));
	b.group("argmax.selector", |g| selectors.iter().for_each(|s| g.boolean(s.clone())));
	let mut after = B::Int::sum(selectors.iter().map(|s| (1, s)));
	b.group("argmax.one", |g| g.equal(after.clone(), B::Int::constant(1)));
	let width = width(ranges);
	for (x, s) in x.iter().zip(&selectors) {
		let difference = largest.minus(x);
		b.group("argmax.selected", |g| g.vanish(s.clone(), difference.clone()));
		after = after.minus(s);
		range::loose(b, checks, &difference.minus(&after), width);
	}
	B::Int::sum((0..).zip(&selectors))
}
