//! Functions of one number that are written as several nodes.

use std::collections::{BTreeMap, BTreeSet};

use super::{consumers, op};
use crate::import::{
	function::{Elementary, Function, Step},
	Divisor, FloatGraph, FloatOp,
};

/// Most operations of a function.
const OPERATIONS: usize = 64;

/// Makes one function of all that stands between a value and another that depends on no other, if
/// there is a function in it that is made of no straight lines.
pub fn fuse(graph: &mut FloatGraph) -> bool {
	let mut changed = false;
	let mut users = consumers(graph);
	for root in (1..=graph.ops.len()).rev() {
		if let Some((source, region)) = region(graph, &users, root) {
			let function = program(graph, source, &region);
			let node = &mut graph.ops[root - 1];
			node.inputs = vec![source];
			node.op = FloatOp::Unary(function);
			// The others are used no more; as names of the source they stay out of the way.
			for value in region.into_iter().filter(|value| *value != root) {
				super::same(source, &mut graph.ops[value - 1]);
			}
			users = consumers(graph);
			changed = true;
		}
	}
	changed
}

/// Whether an operation does the same to every element.
fn uniform(op: &FloatOp) -> bool {
	match op {
		FloatOp::Sum { offset, .. } => offset.len() == 1,
		// A table has no integers.
		FloatOp::Div(divisor) if divisor.is_whole() => false,
		FloatOp::Mul | FloatOp::Div(_) | FloatOp::Clip { .. } | FloatOp::Unary(_) => true,
		_ => false,
	}
}

/// The source and the operations of the largest function that ends in `root`.
fn region(
	graph: &FloatGraph,
	users: &[Vec<usize>],
	root: usize,
) -> Option<(usize, BTreeSet<usize>)> {
	let mut region = BTreeSet::new();
	let mut frontier = BTreeSet::from([root]);
	let mut best = None;
	while let Some(value) = frontier.pop_last() {
		let within = value == root
			|| users[value].iter().all(|user| *user != usize::MAX && region.contains(&(user + 1)));
		if !within || region.len() == OPERATIONS || !op(graph, value).is_some_and(uniform) {
			break;
		}
		region.insert(value);
		frontier.extend(&graph.ops[value - 1].inputs);
		if frontier.len() == 1 {
			best = frontier.first().map(|source| (*source, region.clone()));
		}
	}
	let (source, region) = best.filter(|(_, region)| region.len() > 1)?;
	let has =
		|wanted: fn(&FloatOp) -> bool| region.iter().any(|v| op(graph, *v).is_some_and(wanted));
	let curved = has(|op| matches!(op, FloatOp::Unary(_) | FloatOp::Div(_)))
		|| has(|op| matches!(op, FloatOp::Mul)) && has(|op| matches!(op, FloatOp::Clip { .. }));
	curved.then_some((source, region))
}

/// The operations of a region as one function of the source.
fn program(graph: &FloatGraph, source: usize, region: &BTreeSet<usize>) -> Function {
	let mut places = BTreeMap::from([(source, 0)]);
	let mut steps = Vec::new();
	let mut names = Vec::new();
	for value in region {
		let node = &graph.ops[value - 1];
		// All inputs are in the region or the source, and come first.
		let inputs: Vec<usize> = node.inputs.iter().map(|input| places[input]).collect();
		match &node.op {
			FloatOp::Sum { factors, offset } => {
				let terms = factors.iter().map(|f| f64::from(*f)).zip(inputs).collect();
				steps.push(Step::Sum(terms, f64::from(offset[0])));
			}
			FloatOp::Mul => {
				names.push("Mul".into());
				steps.push(Step::Product(inputs[0], inputs[1]));
			}
			FloatOp::Div(divisor) => {
				names.push("Div".into());
				let inverse = match divisor {
					Divisor::Norm(_) => Elementary::Inverse,
					Divisor::Any | Divisor::Floored | Divisor::Truncated => Elementary::Reciprocal,
				};
				steps.push(Step::Call(inverse, inputs[1]));
				steps.push(Step::Product(inputs[0], steps.len()));
			}
			FloatOp::Clip { min, max } => {
				names.push("Clip".into());
				steps.push(Step::Clamp(inputs[0], f64::from(*min), f64::from(*max)));
			}
			FloatOp::Unary(function) => {
				names.push(function.name().to_owned());
				let base = steps.len();
				let place = |own: usize| if own == 0 { inputs[0] } else { base + own };
				steps.extend(function.steps().iter().map(|step| step.moved(place)));
			}
			_ => {}
		}
		places.insert(*value, steps.len());
	}
	Function::program(names.join(" "), steps)
}
