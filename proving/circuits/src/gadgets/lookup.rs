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
//!
//! Nodes that take the same function have its rows in common where their arguments meet ([`shared`]): elements pay for
//! queries, and rows are paid for once. That changes nothing for each of them: `x` is an integer in a range that the
//! rows cover, and the argument is about all queries of a table together ([`super::logup`]). Functions that differ
//! in one row have tables of their own. With `x` loosely in a range, an integer all the same, the packed sum has one
//! spelling as well, so that the rows say which numbers `x` may be: what is looked up in a shared table needs no
//! exact range ([`super::requantize`]).

use std::collections::BTreeMap;

use super::{
	logup::Rows,
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::{
	graph::{IntGraph, Lookup, Op, Requantize},
	plan::{Interval, Plan},
};

/// What a node has of tables that other nodes have, too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Shared {
	/// Of a function the arguments that its table has rows for: its own, and with lookups those of other nodes with the
	/// same function that meet them, directly or by way of others.
	pub span: Option<Interval>,
	/// Of a rescaling to `min..=max` whether each result is looked up in a table of several nodes that has rows for
	/// numbers of this range alone.
	pub looked_up: bool,
}

/// What each node has of shared tables.
pub fn shared(checks: &Checks, graph: &IntGraph, plan: &Plan) -> Vec<Shared> {
	let own = |index: usize| Interval::hull(&plan.ranges[graph.nodes[index].inputs[0] as usize]);
	let mut all = vec![Shared::default(); graph.nodes.len()];
	let mut alike = BTreeMap::<(i64, &[i32]), Vec<usize>>::new();
	for (index, node) in graph.nodes.iter().enumerate() {
		if let Op::Lookup(Lookup { min, values }) = &node.op {
			all[index].span = Some(own(index));
			alike.entry((*min, values.as_slice())).or_default().push(index);
		}
	}
	// By bits each element pays for a selector for each row.
	if *checks == Checks::Bits {
		return all;
	}
	for ((first, values), mut nodes) in alike {
		nodes.sort_by_key(|index| own(*index).min);
		// Each run of nodes of which every one meets what is before it.
		let mut runs: Vec<(Interval, Vec<usize>)> = Vec::new();
		for index in nodes {
			let next = own(index);
			match runs.last_mut() {
				Some((span, run)) if next.min <= span.max => {
					span.max = span.max.max(next.max);
					run.push(index);
				}
				_ => runs.push((next, vec![index])),
			}
		}
		for (span, run) in runs {
			let part = &values[(span.min - first) as usize..=(span.max - first) as usize];
			// What is always the same is not looked up.
			let varies = part.iter().any(|value| *value != part[0]);
			for index in &run {
				all[*index].span = Some(span);
				let input = graph.nodes[*index].inputs[0] as usize;
				let Some(giver) = input.checked_sub(1) else { continue };
				if let Op::Requantize(Requantize { min, max, .. }) = graph.nodes[giver].op {
					let inside = span.min >= min && span.max <= max;
					all[giver].looked_up |= run.len() > 1 && varies && inside;
				}
			}
		}
	}
	all
}

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
	/// For elements in `range`, which is inside the function's.
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
