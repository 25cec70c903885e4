//! A function of one number by its values.
//!
//! - **Tables**: `y` is a wire, `y - low` loosely in `[0, 2^B)`, and `(x - first) 2^B + y - low` one of
//!   the numbers `(t - first) 2^B + f(t) - low` by lookup. Cost: the range, and one constraint and wire;
//!   once for all elements a row of the table for each number that `x` can be.
//! - **Bits**: a boolean selector for each number that `x` can be; they sum up to 1, select `x`, and `y`
//!   is what they select. Cost: as many constraints as numbers, and three.
//!
//! Soundness: `x` is an integer of the plan's range. By tables: with `y - low` and every `f(t) - low` in
//! `[0, 2^B)` the sum has one spelling, so `x = t` and `y = f(t)` for some `t`. By bits: one selector
//! is 1, that of `x`.

use super::{
	logup::Rows,
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::{graph::Lookup, plan::Interval};

/// The part of a table that elements in a range can meet.
#[derive(Clone, Debug)]
pub struct Part {
	/// The number whose value is first.
	first: i64,
	/// The values of the numbers from `first` up, one by one.
	values: Vec<i64>,
	/// The smallest of `values`, which a row has less.
	low: i64,
	/// Width of a value above it.
	bits: u32,
	/// B of the relation: bits that a row keeps for the value.
	slot: u32,
	/// The rows of the lookup table, number and value packed.
	rows: Rows,
}

impl Part {
	/// For elements in `range`, which is inside the table.
	pub fn new(checks: &Checks, table: &Lookup, range: Interval) -> Self {
		Self::listed(checks, range.min, (range.min..=range.max).map(|x| table.at(x)).collect())
	}

	/// Of these values, the first of `first`.
	pub fn listed(checks: &Checks, first: i64, values: Vec<i64>) -> Self {
		let low = values.iter().copied().min().unwrap_or(0);
		let high = values.iter().copied().max().unwrap_or(0);
		let bits = 64 - (high - low).leading_zeros();
		let slot = checks.loose_width(bits);
		let packed = values.iter().enumerate().map(|(t, value)| ((t as i64) << slot) + value - low);
		let rows = Rows::Listed(packed.collect());
		Self { first, values, low, bits, slot, rows }
	}

	/// The one value, if there is but one.
	fn constant(&self) -> Option<i64> {
		(self.bits == 0).then_some(self.low)
	}
}

/// The value at `x`.
pub fn value<B: Backend>(b: &mut B, checks: &Checks, part: &Part, x: &B::Int) -> B::Int {
	if let Some(value) = part.constant() {
		return B::Int::constant(value);
	}
	let at = b.know(|of| of.int(x) - part.first);
	let y = b.wire(|of| part.values[*of.known(&at) as usize]);
	if *checks == Checks::Bits {
		let select = |t| b.wire(|of| i64::from(t == *of.known(&at)));
		let selectors: Vec<B::Int> = (0..part.values.len() as i64).map(select).collect();
		let selected = |of: &dyn Fn(usize) -> i64| {
			B::Int::sum(selectors.iter().enumerate().map(|(t, s)| (of(t), s)))
		};
		b.group("table.selector", |g| selectors.iter().for_each(|s| g.boolean(s.clone())));
		b.group("table.one", |g| g.equal(selected(&|_| 1), B::Int::constant(1)));
		b.group("table.input", |g| g.equal(selected(&|t| t as i64 + part.first), x.clone()));
		b.group("table.output", |g| g.equal(selected(&|t| part.values[t]), y.clone()));
		return y;
	}
	let above = y.offset(-part.low);
	range::loose(b, checks, &above, part.bits);
	let packed = x.offset(-part.first).shifted(part.slot).plus(&above);
	// Rows are in the order of the numbers.
	b.look_up(&part.rows, packed, |packed| (packed >> part.slot) as u32);
	y
}
