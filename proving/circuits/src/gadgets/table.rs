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

use ark_bn254::Fr;

use super::{
	range::{self, Checks},
	Witness,
};
use crate::{
	graph::Table,
	plan::Interval,
	r1cs::{field, Builder, Lc, Rows},
};

/// The part of a table that elements in a range can meet.
#[derive(Clone, Debug)]
pub struct Part {
	/// The number whose value is first.
	first: i64,
	/// From there.
	values: Vec<i64>,
	/// The smallest value.
	low: i64,
	/// Width of a value above it.
	bits: u32,
	/// B.
	slot: u32,
	/// The packed rows.
	rows: Rows,
}

impl Part {
	/// For elements in `range`, which is inside the table.
	pub fn new(checks: &Checks, table: &Table, range: Interval) -> Self {
		let values: Vec<i64> = (range.min..=range.max).map(|x| table.at(x)).collect();
		let low = values.iter().copied().min().unwrap_or(0);
		let high = values.iter().copied().max().unwrap_or(0);
		let bits = 64 - (high - low).leading_zeros();
		let slot = checks.loose_width(bits);
		let packed = values.iter().enumerate().map(|(t, value)| ((t as i64) << slot) + value - low);
		let rows = Rows::Listed(packed.collect());
		Self { first: range.min, values, low, bits, slot, rows }
	}

	/// The one value, if there is but one.
	fn constant(&self) -> Option<i64> {
		(self.bits == 0).then_some(self.low)
	}
}

/// Constrains the value at `x`.
pub fn constrain(b: &mut Builder, checks: &Checks, part: &Part, x: &Lc) -> Lc {
	if let Some(value) = part.constant() {
		return Lc::integer(value);
	}
	let y = Lc::wire(b.wire());
	if *checks == Checks::Bits {
		let count = part.values.len() as u32;
		let first = b.wires(count);
		b.group("table.selector");
		(0..count).for_each(|t| b.boolean(first + t));
		let selectors: Vec<Lc> = (first..).take(count as usize).map(Lc::wire).collect();
		let select = |of: &dyn Fn(usize) -> i64| {
			Lc::sum(selectors.iter().enumerate().map(|(t, s)| (field(of(t)), s)))
		};
		b.group("table.one");
		b.equal(&select(&|_| 1), &Lc::integer(1));
		b.group("table.input");
		b.equal(&select(&|t| t as i64 + part.first), x);
		b.group("table.output");
		b.equal(&select(&|t| part.values[t]), &y);
		return y;
	}
	let above = y.offset(-part.low);
	range::loose(b, checks, &above, part.bits);
	let at = x.offset(-part.first).times(Fr::from(1u64 << part.slot));
	b.look_up(&part.rows, at.plus(&above));
	y
}

/// Pushes the wires, and gives the value.
pub fn assign(w: &mut Witness, checks: &Checks, part: &Part, x: i64) -> i64 {
	let at = (x - part.first) as usize;
	let y = part.values[at];
	if part.constant().is_some() {
		return y;
	}
	w.push_integer(y);
	if *checks == Checks::Bits {
		(0..part.values.len()).for_each(|t| w.push_integer(i64::from(t == at)));
		return y;
	}
	range::assign_loose(w, checks, i128::from(y - part.low), part.bits);
	w.look_up(&part.rows, at as u32);
	y
}
