//! Values that would leave the types that the file has for them.

use super::{
	bounds::{bounds, Span},
	observe::Observed,
	whole::wholes,
};
use crate::{
	error::CompileError,
	graph::GraphError,
	import::{FloatGraph, Limit, Quantize},
	interval::Interval,
};

/// Refuses a graph of which a value leaves its type for an input in the declared range.
pub(super) fn check_limits(float: &FloatGraph, range: &[Span]) -> Result<(), CompileError> {
	let Some(limited) = &float.limited else { return Ok(()) };
	let graph = &limited.graph;
	// Whole numbers leave their type whatever the step by which they are proved.
	let ends =
		|span: &Span| Interval { min: span.low.floor() as i64, max: span.high.ceil() as i64 };
	let wholes = wholes(graph, range.iter().map(|span| Some(ends(span))), false);
	let bounds = bounds(graph, range.to_vec());
	let asked = |limit: &&Limit| !limit.met && (!limit.whole || wholes[limit.value].is_some());
	for limit in limited.limits.iter().filter(asked) {
		check(limit, Span::hull(&bounds[limit.value]))?;
	}
	Ok(())
}

/// The same of values of which these inputs say where they are.
pub(super) fn check_met<'a, I: Iterator<Item = &'a Vec<f32>>>(
	float: &FloatGraph,
	range: &[Span],
	inputs: impl Fn() -> I,
) -> Result<(), CompileError> {
	let Some(limited) = &float.limited else { return Ok(()) };
	if limited.limits.iter().all(|limit| !limit.met) {
		return Ok(());
	}
	let bounds = bounds(&limited.graph, range.to_vec());
	let beyond =
		|limit: &&Limit| limit.met && check(limit, Span::hull(&bounds[limit.value])).is_err();
	let beyond: Vec<_> = limited.limits.iter().filter(beyond).collect();
	if beyond.is_empty() {
		return Ok(());
	}
	let met = Observed::on(&limited.graph, inputs());
	beyond.into_iter().try_for_each(|limit| check(limit, met.hull(limit.value)))
}

/// Refuses a value that is elsewhere than it has to be.
fn check(limit: &Limit, Span { low, high }: Span) -> Result<(), CompileError> {
	let (min, max) = limit.ends;
	if low >= min as f64 && high <= max as f64 {
		return Ok(());
	}
	Err(CompileError::Graph(GraphError::Node {
		node: limit.node.clone(),
		expected: match limit.ends {
			(0, i64::MAX) => format!("values of 0 or more, {}", limit.advice),
			(_, i64::MAX) => format!("values of {min} or more, {}", limit.advice),
			_ => format!("values from {min} to {max}, {}", limit.advice),
		},
		got: format!("values from {low} to {high} for inputs in the declared range"),
	}))
}

/// Refuses arguments that are beyond the whole numbers that are made of them; a `Clip` behind has ends of its own.
pub(super) fn check_whole(name: &str, x: &[Span], to: &Quantize) -> Result<(), CompileError> {
	let Span { low, high } = Span::hull(x);
	let end = f64::from(Quantize::FAR) * f64::from(to.scale);
	let below = to.min == -Quantize::FAR && low < -end;
	let above = to.max == Quantize::FAR && high > end;
	if !(below || above) {
		return Ok(());
	}
	Err(CompileError::Graph(GraphError::Node {
		node: name.into(),
		expected: format!(
			"values from -{end} to {end} to make whole numbers of (a narrower --input-range or a Clip before it \
			 keeps them there; powers of integers can be products)"
		),
		got: format!("values from {low} to {high} for inputs in the declared range"),
	}))
}
