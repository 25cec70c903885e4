//! Rewrites that keep what a graph computes and make it cheaper to prove.
//!
//! Picks of picks become one; factors and offsets go into the matrix before or behind them; clamps move
//! to the results they clamp, and behind a maximum that leaves fewer of them, and go where others do
//! their work; comparisons and
//! choices of picks become picks; what several nodes make of one number becomes one function.

mod affine;
mod clamps;
mod lookups;
mod moves;
mod unary;

use super::{FloatGraph, FloatOp, ImportError};

/// Rounds of rewrites; each round makes the graph smaller or its clamps fewer, so that few are made.
const ROUNDS: usize = 32;

/// Rewrites a graph, and checks the result.
pub fn rewrite(graph: &mut FloatGraph) -> Result<(), ImportError> {
	for _ in 0..ROUNDS {
		let mut changed = moves::compose(graph);
		// What is used no more must not count as a use of something else.
		moves::remove_unused(graph);
		changed |= lookups::picked(graph);
		changed |= affine::into_dense(graph);
		changed |= affine::into_sum(graph);
		changed |= moves::hoist(graph);
		changed |= moves::maximum_first(graph);
		changed |= clamps::merge(graph);
		changed |= clamps::argument(graph);
		changed |= unary::fuse(graph);
		moves::remove_unused(graph);
		if !changed {
			break;
		}
	}
	check(graph)
}

/// A value's operation; the inputs have none.
fn op(graph: &FloatGraph, value: usize) -> Option<&FloatOp> {
	value.checked_sub(1).map(|index| &graph.ops[index].op)
}

/// The values that each value's operations make of it, by index of the operation; the graph's own use
/// of its outputs counts as one of none.
fn consumers(graph: &FloatGraph) -> Vec<Vec<usize>> {
	let mut consumers = vec![Vec::new(); graph.ops.len() + 1];
	for (index, node) in graph.ops.iter().enumerate() {
		for input in &node.inputs {
			if consumers[*input].last() != Some(&index) {
				consumers[*input].push(index);
			}
		}
	}
	graph.outputs.iter().for_each(|output| consumers[output.value].push(usize::MAX));
	consumers
}

/// A pick of all elements in order: another name for a value.
fn same(value: usize, node: &mut super::FloatNode) {
	node.inputs = vec![value];
	// Lengths are within `u32`.
	node.op = FloatOp::Gather((0..node.len as u32).map(|i| Some((0, i))).collect());
}

/// Refuses numbers that folding made infinite.
fn check(graph: &FloatGraph) -> Result<(), ImportError> {
	let mut lens = vec![graph.len(0)];
	for node in &graph.ops {
		let error = |expected: &str, got: String| ImportError::Node {
			node: node.name.clone(),
			operator: match &node.op {
				FloatOp::Unary(function) => function.name().into(),
				_ => "rewritten".into(),
			},
			expected: expected.into(),
			got,
		};
		if let Some(fault) = node.fault(&lens) {
			return Err(error("shapes that fit and finite constants", fault));
		}
		lens.push(node.len);
	}
	Ok(())
}
