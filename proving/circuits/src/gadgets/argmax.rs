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
	Witness,
};
use crate::{
	evaluate::argmax,
	plan::Interval,
	r1cs::{field, Builder, Lc},
};

/// Width of the largest difference between two values.
pub fn width(ranges: &[Interval]) -> u32 {
	let max = ranges.iter().map(|r| r.max).max().unwrap_or(0);
	let min = ranges.iter().map(|r| r.min).min().unwrap_or(0);
	64 - (max - min).leading_zeros()
}

/// Constrains an index to be that of the largest of `x`. The selectors come first, then the wire of
/// the largest value.
pub fn constrain(b: &mut Builder, checks: &Checks, ranges: &[Interval], x: &[Lc]) -> Lc {
	let selectors = b.wires(x.len() as u32);
	let largest = Lc::wire(b.wire());
	let selector: Vec<Lc> = (selectors..).take(x.len()).map(Lc::wire).collect();
	b.group("argmax.selector");
	for wire in (selectors..).take(x.len()) {
		b.boolean(wire);
	}
	b.group("argmax.one");
	let all = Lc::sum(selector.iter().map(|s| (field(1), s)));
	b.equal(&all, &Lc::integer(1));
	let width = width(ranges);
	for (j, (x, s)) in x.iter().zip(&selector).enumerate() {
		let difference = largest.minus(x);
		b.group("argmax.selected");
		b.enforce(s, &difference, &Lc::default());
		let after = Lc::sum(selector[j + 1..].iter().map(|s| (field(1), s)));
		range::loose(b, checks, &difference.minus(&after), width);
	}
	Lc::sum(selector.iter().enumerate().map(|(j, s)| (field(j as i64), s)))
}

/// Pushes the selectors and differences, and gives the index.
pub fn assign(w: &mut Witness, checks: &Checks, ranges: &[Interval], x: &[i64]) -> usize {
	let index = argmax(x);
	(0..x.len()).for_each(|j| w.push_integer(i64::from(j == index)));
	w.push_integer(x[index]);
	let width = width(ranges);
	for (j, value) in x.iter().enumerate() {
		let difference = x[index] - value - i64::from(j < index);
		range::assign_loose(w, checks, difference.into(), width);
	}
	index
}
