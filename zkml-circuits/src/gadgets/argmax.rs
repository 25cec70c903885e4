//! Argmax: the index of the largest of `n` values, the lowest index of several.
//!
//! A selector `s_j` per value is boolean and they sum up to 1, so one index `i = sum j * s_j` is
//! selected. A wire `m` equals the selected value: `s_j * (m - x_j) = 0`. For each `j`,
//! `m - x_j - [j < i]` is decomposed into `W` bits, the width of the largest difference there can
//! be; `[j < i]` is the sum of the selectors after `j`.
//!
//! Cost: `n (W + 3) + 1` constraints, `n (W + 1) + 1` wires.
//!
//! Soundness: `m` is the selected value, no value is above it, and those before the selected one
//! are strictly below: so it is the first of the largest. `W <= 62`, so a negative difference has no
//! decomposition.

use super::{push_bits, Witness};
use crate::{
	evaluate::argmax,
	graph::Interval,
	r1cs::{field, Builder, Lc, Wire},
};

/// Width of the largest difference between two values.
pub fn width(ranges: &[Interval]) -> u32 {
	let max = ranges.iter().map(|r| r.max).max().unwrap_or(0);
	let min = ranges.iter().map(|r| r.min).min().unwrap_or(0);
	64 - (max - min).leading_zeros()
}

/// Constraints for values in these ranges.
pub fn cost(ranges: &[Interval]) -> u64 {
	ranges.len() as u64 * u64::from(width(ranges) + 3) + 1
}

/// Wires for values in these ranges.
pub fn wires(ranges: &[Interval]) -> u64 {
	ranges.len() as u64 * u64::from(width(ranges) + 1) + 1
}

/// What the constraining half gives.
pub struct Selected {
	/// The index of the largest.
	pub index: Lc,
	/// The first of the selectors; the wire of the largest value follows, then the differences'
	/// bits.
	pub selectors: Wire,
}

/// Constrains an index to be that of the largest of `x`.
pub fn constrain(builder: &mut Builder, ranges: &[Interval], x: &[Lc]) -> Selected {
	let selectors = builder.wires(x.len() as u32);
	let largest = Lc::wire(builder.wire());
	let selector: Vec<Lc> = (selectors..).take(x.len()).map(Lc::wire).collect();
	builder.group("argmax.selector");
	for wire in (selectors..).take(x.len()) {
		builder.boolean(wire);
	}
	builder.group("argmax.one");
	let all = Lc::sum(selector.iter().map(|s| (field(1), s)));
	builder.equal(&all, &Lc::integer(1));
	let count = width(ranges);
	for (j, (x, s)) in x.iter().zip(&selector).enumerate() {
		let difference = largest.minus(x);
		builder.group("argmax.selected");
		builder.enforce(s, &difference, &Lc::default());
		let after = Lc::sum(selector[j + 1..].iter().map(|s| (field(1), s)));
		let first = builder.wires(count);
		builder.group("argmax.bit");
		for i in 0..count {
			builder.boolean(first + i);
		}
		builder.group("argmax.recompose");
		builder.equal(&Lc::bits(first, count), &difference.minus(&after));
	}
	let index = Lc::sum(selector.iter().enumerate().map(|(j, s)| (field(j as i64), s)));
	Selected { index, selectors }
}

/// Pushes the selectors and differences, and gives the index.
pub fn assign(witness: &mut Witness, ranges: &[Interval], x: &[i64]) -> usize {
	let index = argmax(x);
	witness.extend((0..x.len()).map(|j| field(i64::from(j == index))));
	witness.push(field(x[index]));
	let count = width(ranges);
	for (j, value) in x.iter().enumerate() {
		push_bits(witness, x[index] - value - i64::from(j < index), count);
	}
	index
}
