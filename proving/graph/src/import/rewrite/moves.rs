//! Rewrites of picks: composition, and the order of picks, clamps and maxima.

use std::collections::BTreeMap;

use super::{consumers, op};
use crate::import::{FloatGraph, FloatNode, FloatOp};

/// Drops operations that the outputs do not need.
pub fn remove_unused(graph: &mut FloatGraph) {
	let mut used = vec![false; graph.ops.len() + 1];
	used[0] = true;
	graph.outputs.iter().for_each(|output| used[output.value] = true);
	for index in (0..graph.ops.len()).rev() {
		if used[index + 1] {
			graph.ops[index].inputs.iter().for_each(|input| used[*input] = true);
		}
	}
	let mut place = 0;
	let places: Vec<usize> = used
		.iter()
		.map(|used| {
			let own = place;
			place += usize::from(*used);
			own
		})
		.collect();
	let mut value = 0;
	graph.ops.retain_mut(|node| {
		value += 1;
		node.inputs.iter_mut().for_each(|input| *input = places[*input]);
		used[value]
	});
	graph.outputs.iter_mut().for_each(|output| output.value = places[output.value]);
}

/// A pick of picks becomes one; a pick of all elements in order is the value itself.
pub fn compose(graph: &mut FloatGraph) -> bool {
	let mut changed = false;
	let inputs = graph.len(0);
	// What each value is another name for.
	let mut names: Vec<usize> = (0..=graph.ops.len()).collect();
	for index in 0..graph.ops.len() {
		let (before, rest) = graph.ops.split_at_mut(index);
		let node = &mut rest[0];
		node.inputs.iter_mut().for_each(|input| *input = names[*input]);
		let FloatOp::Gather(picks) = &mut node.op else { continue };
		let inner = |value: usize| match value.checked_sub(1).map(|i| &before[i]) {
			Some(FloatNode { op: FloatOp::Gather(picks), inputs, .. }) => Some((picks, inputs)),
			_ => None,
		};
		let duplicates = (1..node.inputs.len()).any(|i| node.inputs[..i].contains(&node.inputs[i]));
		if duplicates || node.inputs.iter().any(|input| inner(*input).is_some()) {
			changed = true;
			let mut sources = BTreeMap::new();
			for pick in picks.iter_mut() {
				*pick = pick.and_then(|(input, element)| {
					let value = node.inputs[input as usize];
					let (value, element) = match inner(value) {
						Some((picks, inputs)) => {
							let (input, element) = picks[element as usize]?;
							(inputs[input as usize], element)
						}
						None => (value, element),
					};
					let place = sources.len() as u32;
					Some((*sources.entry(value).or_insert(place), element))
				});
			}
			let mut inputs = vec![0; sources.len()];
			sources.into_iter().for_each(|(value, place)| inputs[place as usize] = value);
			// Zeros alone are picks of anything.
			node.inputs = if inputs.is_empty() { vec![0] } else { inputs };
		}
		let len = match node.inputs[0].checked_sub(1) {
			Some(index) => before[index].len,
			None => inputs,
		};
		let identity = node.inputs.len() == 1
			&& len == node.len
			&& picks.iter().enumerate().all(|(i, pick)| *pick == Some((0, i as u32)));
		if identity {
			names[index + 1] = node.inputs[0];
		}
	}
	for output in &mut graph.outputs {
		changed |= names[output.value] != output.value;
		output.value = names[output.value];
	}
	changed
}

/// What an operation from element to element makes of 0, if it is one that moves.
fn of_zero(op: &FloatOp) -> Option<f64> {
	match op {
		FloatOp::Clip { min, max } => Some(f64::from(0f32.max(*min).min(*max))),
		FloatOp::Quantize(to) => Some(f64::from(0.max(to.min).min(to.max))),
		FloatOp::Unary(function) => Some(function.at(0.0)),
		_ => None,
	}
}

/// Exchanges what two operations do, with their names.
fn exchange(graph: &mut FloatGraph, first: usize, second: usize) {
	let (before, rest) = graph.ops.split_at_mut(second);
	let (a, b) = (&mut before[first], &mut rest[0]);
	std::mem::swap(&mut a.op, &mut b.op);
	std::mem::swap(&mut a.name, &mut b.name);
}

/// Clamps and functions of picks become picks of clamps, if that makes no more of them: directly
/// behind a matrix they are cheaper.
pub fn hoist(graph: &mut FloatGraph) -> bool {
	let consumers = consumers(graph);
	let mut changed = false;
	for index in 0..graph.ops.len() {
		let node = &graph.ops[index];
		let Some(zero) = of_zero(&node.op) else { continue };
		let picked = node.inputs[0];
		let Some(FloatOp::Gather(picks)) = op(graph, picked) else { continue };
		let [source] = graph.ops[picked - 1].inputs[..] else { continue };
		let alone = consumers[picked].len() == 1 && consumers[source].len() == 1;
		let sound = zero == 0.0 || picks.iter().all(|pick| pick.is_some());
		let len = graph.len(source);
		if !alone
			|| !sound || len > node.len
			|| matches!(op(graph, source), None | Some(FloatOp::Gather(_)))
		{
			continue;
		}
		exchange(graph, picked - 1, index);
		graph.ops[picked - 1].len = len;
		changed = true;
	}
	changed
}

/// Whether a value is picked from the results of a matrix.
fn of_matrix(graph: &FloatGraph, value: usize) -> bool {
	match op(graph, value) {
		Some(FloatOp::MatMul(_)) => true,
		Some(FloatOp::Gather(_)) => match graph.ops[value - 1].inputs[..] {
			[source] => of_matrix(graph, source),
			_ => false,
		},
		_ => false,
	}
}

/// The largest of clamped numbers is the clamp of the largest: of fewer.
pub fn maximum_first(graph: &mut FloatGraph) -> bool {
	let consumers = consumers(graph);
	let single = |value: usize| consumers[value].len() == 1;
	let mut changed = false;
	for index in 0..graph.ops.len() {
		let node = &graph.ops[index];
		let FloatOp::ReduceMax(_) = node.op else { continue };
		let len = node.len;
		let input = node.inputs[0];
		let gather = match op(graph, input) {
			Some(FloatOp::Gather(picks)) => match graph.ops[input - 1].inputs[..] {
				[source] => Some((source, picks.iter().any(|pick| pick.is_none()))),
				_ => continue,
			},
			_ => None,
		};
		let (clamp, zeros) = gather.unwrap_or((input, false));
		let monotone = match op(graph, clamp) {
			Some(FloatOp::Clip { .. }) => true,
			// Where a rounding's integers are those of a matrix they are so for the largest, too.
			Some(FloatOp::Quantize(_)) => of_matrix(graph, graph.ops[clamp - 1].inputs[0]),
			_ => false,
		};
		if !monotone || !single(input) || !single(clamp) || len >= graph.len(clamp) {
			continue;
		}
		if zeros && op(graph, clamp).and_then(of_zero) != Some(0.0) {
			continue;
		}
		// The clamp goes last, what was behind it one place to the front.
		if gather.is_some() {
			exchange(graph, clamp - 1, input - 1);
			graph.ops[clamp - 1].len = graph.ops[input - 1].len;
		}
		exchange(graph, input - 1, index);
		graph.ops[input - 1].len = len;
		changed = true;
	}
	changed
}
