//! Clamps, roundings and functions that make no difference to what follows.

use super::{consumers, op, same};
use crate::import::{Cut, FloatGraph, FloatOp, Quantize, Threshold};

/// Smallest and largest result of a clamp or a rounding.
fn bounds(op: &FloatOp) -> Option<(f32, f32)> {
	match op {
		FloatOp::Clip { min, max } => Some((*min, *max)),
		FloatOp::Quantize(to) => Some((to.scale * to.min as f32, to.scale * to.max as f32)),
		_ => None,
	}
}

/// Drops clamps behind tighter ones, clamps before tighter ones, and second roundings.
pub fn merge(graph: &mut FloatGraph) -> bool {
	let users = consumers(graph);
	let mut changed = false;
	for index in 0..graph.ops.len() {
		let input = match graph.ops[index].inputs[..] {
			[input] => input,
			_ => continue,
		};
		let Some(inner) = op(graph, input) else { continue };
		let outer = &graph.ops[index].op;
		let (Some((low, high)), Some((min, max))) = (bounds(outer), bounds(inner)) else {
			continue;
		};
		let within = low <= min && max <= high;
		let idle = match (outer, inner) {
			(FloatOp::Clip { .. }, _) => within,
			(FloatOp::Quantize(outer), FloatOp::Quantize(inner)) => {
				outer.scale == inner.scale && within
			}
			_ => false,
		};
		if idle {
			same(input, &mut graph.ops[index]);
			changed = true;
		} else if let (FloatOp::Quantize(to), FloatOp::Clip { .. }) = (outer, inner) {
			// Rounding never falls: what is clamped first ends where the ends are rounded to.
			let end = |end: f32| {
				let quotient = (end / to.scale).clamp(-1e9, 1e9);
				match to.cut {
					Some(Cut::Down) => quotient.floor() as i32,
					Some(Cut::Toward) => quotient.trunc() as i32,
					_ => quotient.round_ties_even() as i32,
				}
			};
			let to = Quantize { min: to.min.max(end(min)), max: to.max.min(end(max)), ..*to };
			if to.min < to.max {
				graph.ops[index].inputs = graph.ops[input - 1].inputs.clone();
				graph.ops[index].op = FloatOp::Quantize(to);
				changed = true;
			}
		} else if matches!(inner, FloatOp::Clip { .. }) && min <= low && high <= max {
			// The inner one moves nothing that the outer one would not.
			graph.ops[index].inputs = graph.ops[input - 1].inputs.clone();
			changed = true;
		} else if let (FloatOp::Clip { .. }, FloatOp::Clip { .. }, [_]) =
			(outer, inner, users[input].as_slice())
		{
			// One after the other, for bounds that overlap or not.
			let both = |bound: f32| bound.max(min).min(max).max(low).min(high);
			let op = FloatOp::Clip { min: both(f32::NEG_INFINITY), max: both(f32::INFINITY) };
			graph.ops[index].inputs = graph.ops[input - 1].inputs.clone();
			graph.ops[index].op = op;
			changed = true;
		}
	}
	changed
}

/// The place of the largest is the same before a function that grows everywhere. Of `1 - p` and `p`
/// it says whether `p` is above a half, and `p = sigmoid(x)` is that where `x` is above 0: so does
/// scikit-learn's exporter write a classifier of two classes.
pub fn argument(graph: &mut FloatGraph) -> bool {
	let mut changed = false;
	for index in 0..graph.ops.len() {
		let FloatOp::ArgMax = graph.ops[index].op else { continue };
		let input = graph.ops[index].inputs[0];
		let grows = match op(graph, input) {
			Some(FloatOp::Unary(function)) => function.grows(),
			Some(FloatOp::Sum { factors, offset }) => {
				matches!(factors[..], [factor] if factor > 0.0) && offset.len() == 1
			}
			_ => false,
		};
		if grows {
			graph.ops[index].inputs = graph.ops[input - 1].inputs.clone();
			changed = true;
		} else if let Some(x) = halves(graph, input) {
			graph.ops[index].op = FloatOp::Greater(vec![Threshold::over(0.0)]);
			graph.ops[index].inputs = vec![x];
			changed = true;
		}
	}
	changed
}

/// The value `x` of one element, if a value is `1 - sigmoid(x)` and `sigmoid(x)`.
fn halves(graph: &FloatGraph, value: usize) -> Option<usize> {
	let FloatOp::Gather(picks) = op(graph, value)? else { return None };
	let [Some((first, 0)), Some((second, 0))] = picks[..] else { return None };
	let inputs = &graph.ops[value - 1].inputs;
	let (rest, p) = (inputs[first as usize], inputs[second as usize]);
	let FloatOp::Unary(function) = op(graph, p)? else { return None };
	let FloatOp::Sum { factors, offset } = op(graph, rest)? else { return None };
	let complement =
		factors[..] == [-1.0] && offset[..] == [1.0] && graph.ops[rest - 1].inputs[..] == [p];
	(complement && function.is_sigmoid() && graph.len(p) == 1).then(|| graph.ops[p - 1].inputs[0])
}
