//! Steps of recurrences in the walk: a function has one table for all of them.
//!
//! What is computed step by step stands in the graph as often as there are steps, and each of its functions with it.
//! A table for each, over that step's own arguments, would cost a constraint a row for each. So all that one
//! function is taken of have one table, from the lowest argument that any step has to the highest; the circuit has its
//! rows once ([`crate::graph::Lookup`]s that are equal share them).
//!
//! Scales between steps are powers of two, so that integers are taken from one to another by shifts, which cost less
//! than multipliers, and sums of products need no rescaling before they are summed.

use std::collections::{BTreeMap, BTreeSet};

use super::walk::{Ends, Walk};
use crate::{
	error::CompileError,
	graph::Lookup,
	import::{FloatGraph, FloatOp, Function},
};

/// Widest integers that a sum of steps takes as they are.
const RAW: u32 = 36;

/// A table that several nodes share.
#[derive(Clone, Debug)]
pub(super) struct Table {
	/// What an integer of the argument is worth.
	pub scale: f64,
	/// The arguments that it has.
	pub ends: Ends,
	/// What an integer of the value is worth.
	pub unit: f64,
	pub lookup: Lookup,
}

/// Nodes whose function is one.
#[derive(Clone, Debug, Default)]
struct Family {
	members: Vec<usize>,
	table: Option<Table>,
}

/// The recurrences of a graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
	families: Vec<Family>,
	/// For each value which of them it is of.
	of: Vec<Option<usize>>,
	/// For each value whether it is a part of a recurrence.
	within: Vec<bool>,
}

/// For each value whether it is a function that its node of the file has more than once.
pub(super) fn repeated(float: &FloatGraph) -> Vec<bool> {
	let mut named = BTreeMap::<&str, Vec<(usize, &Function)>>::new();
	for (index, node) in float.ops.iter().enumerate() {
		if let FloatOp::Unary(function) = &node.op {
			named.entry(&node.name).or_default().push((index + 1, function));
		}
	}
	let mut repeated = vec![false; float.ops.len() + 1];
	for all in named.values() {
		for (value, function) in all {
			repeated[*value] = all.iter().any(|(other, same)| other != value && same == function);
		}
	}
	repeated
}

impl Steps {
	/// Of the graph of a walk. A function is taken step by step if a node of the file has it more than once, under
	/// its one name.
	pub fn new(walk: &Walk<'_>) -> Self {
		let float = walk.float;
		let count = float.ops.len() + 1;
		let mut steps =
			Self { of: vec![None; count], within: vec![false; count], ..Self::default() };
		// Models that were quantised say where integers are rounded, and to which.
		if walk.rounds {
			return steps;
		}
		let repeated = repeated(float);
		let mut known: Vec<(&str, &Function)> = Vec::new();
		for (index, node) in float.ops.iter().enumerate() {
			let value = index + 1;
			let FloatOp::Unary(function) = &node.op else { continue };
			let needed = !walk.users[value].is_empty() || float.is_output(value);
			let own = function.is_chained() || function.jumps() || walk.is_piece(value);
			if !(repeated[value] && needed) || own {
				continue;
			}
			// Functions that end in constants have about the same arguments wherever they are taken.
			let joins = |(name, same): &(&str, &Function)| {
				*same == function && (*name == node.name || function.ends_flat())
			};
			let family = known.iter().position(joins).unwrap_or_else(|| {
				known.push((node.name.as_str(), function));
				steps.families.push(Family::default());
				known.len() - 1
			});
			steps.families[family].members.push(value);
			steps.of[value] = Some(family);
		}
		steps.spread(walk);
		steps
	}

	/// Marks what is a part of a recurrence: by its node, or since a step is made of it that it is made of itself.
	fn spread(&mut self, walk: &Walk<'_>) {
		let float = walk.float;
		let named = |value: &usize| float.ops[value - 1].name.as_str();
		let names: BTreeSet<&str> =
			self.families.iter().flat_map(|family| &family.members).map(named).collect();
		let taken: Vec<bool> = self.of.iter().map(Option::is_some).collect();
		let (mut after, mut before) = (taken.clone(), taken);
		for (index, node) in float.ops.iter().enumerate() {
			after[index + 1] |= node.inputs.iter().any(|input| after[*input]);
		}
		for value in (0..before.len()).rev() {
			before[value] |= walk.users[value].iter().any(|user| before[user + 1]);
		}
		for value in 1..self.within.len() {
			self.within[value] = names.contains(named(&value)) || after[value] && before[value];
		}
	}

	/// Whether a value is a part of a recurrence.
	pub fn within(&self, value: usize) -> bool {
		self.within[value]
	}

	/// The values that have one table with this one, itself among them.
	pub fn members(&self, value: usize) -> Vec<usize> {
		self.of[value].map_or(vec![value], |family| self.families[family].members.clone())
	}

	/// The table that a value shares with others, once one of them has made it.
	pub fn table(&self, value: usize) -> Option<&Table> {
		self.of[value].and_then(|family| self.families[family].table.as_ref())
	}

	/// Keeps the table that one of them made.
	pub fn keep(&mut self, value: usize, table: Table) {
		if let Some(family) = self.of[value] {
			self.families[family].table = Some(table);
		}
	}
}

impl Walk<'_> {
	/// A scale that is not above this one, a power of two in recurrences.
	pub(super) fn even(&self, value: usize, scale: f64) -> f64 {
		match self.steps.within(value) && scale > 0.0 {
			true => scale.log2().floor().exp2(),
			false => scale,
		}
	}

	/// Whether a value is looked up in shared tables, and nothing else.
	pub(super) fn meets_shared_table(&self, value: usize) -> bool {
		let looks = |user: &usize| self.steps.members(user + 1).len() > 1;
		!self.users[value].is_empty() && self.users[value].iter().all(looks)
	}

	/// What a sum takes of an input: in a recurrence its integers as they are, since scales there are powers of two
	/// of each other.
	pub(super) fn summand(
		&mut self,
		value: usize,
		input: usize,
	) -> Result<(u32, f64), CompileError> {
		let made = self.value(input)?;
		let plain = self.steps.within(value)
			&& self.steps.within(input)
			&& self.hull(made.id).signed_bits() <= RAW;
		match made.shared().filter(|_| plain) {
			Some(scale) => Ok((made.id, scale)),
			None => self.uniform(input),
		}
	}
}
