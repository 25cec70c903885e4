//! Where values have to be for the types of the file to hold them.
//!
//! Integers of a type begin again from the other end where they leave it, and narrow floats have no more than so
//! many digits: runtimes compute with these, proofs with numbers. Both are the same while values stay where their
//! types have them, which is known only when the ranges of the inputs are.

use std::{borrow::Cow, collections::BTreeSet};

use super::{FloatGraph, FloatInput, FloatNode};

/// Where a value has to be.
#[derive(Clone, Debug)]
pub struct Limit {
	/// The node that gives it.
	pub node: String,
	/// Its number in [`Limited::graph`].
	pub value: usize,
	/// The smallest and the largest number that it may be.
	pub ends: (i64, i64),
	/// Whether that is asked only if it holds whole numbers alone, of which none may become another.
	pub whole: bool,
	/// Whether it is asked of what inputs give alone, as bounds say too much of it.
	pub met: bool,
	/// Why, and what to do about values that are elsewhere, in words that follow the ends.
	pub advice: Cow<'static, str>,
}

/// Values that have to be somewhere, as the file makes them: rewrites leave some of them out.
#[derive(Clone, Debug)]
pub struct Limited {
	/// What they are made of, without outputs.
	pub graph: FloatGraph,
	/// Where they have to be, at least one.
	pub limits: Vec<Limit>,
}

impl Limited {
	/// What the limits need of a file's operations; nothing if there are none.
	pub fn new(inputs: &[FloatInput], ops: &[FloatNode], limits: Vec<Limit>) -> Option<Self> {
		if limits.is_empty() {
			return None;
		}
		let mut needed = vec![false; ops.len() + 1];
		limits.iter().for_each(|limit| needed[limit.value] = true);
		for (index, node) in ops.iter().enumerate().rev() {
			if needed[index + 1] {
				node.inputs.iter().for_each(|input| needed[*input] = true);
			}
		}
		let mut number = vec![0; ops.len() + 1];
		let mut kept: Vec<FloatNode> = Vec::new();
		for (index, node) in ops.iter().enumerate().filter(|(index, _)| needed[index + 1]) {
			let inputs = node.inputs.iter().map(|input| number[*input]).collect();
			kept.push(FloatNode { inputs, ..node.clone() });
			number[index + 1] = kept.len();
		}
		let limits = limits.into_iter().map(|limit| Limit { value: number[limit.value], ..limit });
		let (inputs, ops) = (inputs.to_vec(), kept);
		let (outputs, nodes, equated) = (Vec::new(), Vec::new(), BTreeSet::new());
		let graph = FloatGraph { inputs, ops, outputs, nodes, equated, limited: None };
		Some(Self { graph, limits: limits.collect() })
	}
}
