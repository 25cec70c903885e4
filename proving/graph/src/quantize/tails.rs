//! Functions of one number that end in straight lines.
//!
//! A table is exact on the numbers it has. Beyond them a clamp of its argument is right only where the
//! function is constant, as the logistic function is far out. One that goes on along lines, as GELU and
//! Softplus do on the right, is split: with `v = max(x, a)`, where `a` is the end of the left line, it
//! is `left * x + (right - left) * v + g(v)` with `g(v) = f(v) - right * v`, which is constant beyond the
//! start of the right line. So no argument leaves its table, whatever the input.

use super::{bounds::Span, steps::repeated};
use crate::import::{Divisor, FloatGraph, FloatNode, FloatOp, Function, Link};

/// By how much what could be must be beyond what was observed for a split to be worth its cost.
const WIDE: f64 = 1.5;
/// Rows of a table, and the share of a function's range that one may be off.
const ROWS: f64 = 1024.0;
const COARSE: f64 = 1.0 / 256.0;
/// By how much pieces of a function differ in length, and how many are cut off.
const PIECE: f64 = 32.0;
const PIECES: i32 = 3;
/// Points on a grid over a span.
const POINTS: usize = 512;

/// Where and how a function ends on one side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tail {
	/// The argument from which on outwards the function is a line.
	pub from: f64,
	/// The slope of that line; 0 is a constant.
	pub slope: f64,
}

/// Both tails on a span: outside of `left.from..=right.from` the function is within `tolerance` of a
/// line. Without a line an end is the span's own.
pub(crate) fn tails(function: &Function, span: Span, near: Span, tolerance: f64) -> [Tail; 2] {
	let mut points: Vec<f64> = Vec::new();
	for s in [span, near] {
		let at = |i: usize| s.low + (s.high - s.low) * i as f64 / POINTS as f64;
		points.extend((0..=POINTS).map(at));
	}
	// Close to 0 functions bend most.
	let sizes = (-40..100).map(|quarter| (f64::from(quarter) / 4.0).exp2());
	points.extend(sizes.flat_map(|size| [-size, size]).chain([0.0]));
	points.retain(|x| (span.low..=span.high).contains(x));
	points.sort_by(f64::total_cmp);
	points.dedup();
	let left = tail(function, &points, tolerance);
	points.reverse();
	let right = tail(function, &points, tolerance);
	[left, right]
}

/// The tail at the first of these points, which are in order.
fn tail(function: &Function, points: &[f64], tolerance: f64) -> Tail {
	let (Some(end), Some(next)) = (points.first(), points.get(1)) else {
		return Tail { from: points.first().copied().unwrap_or(0.0), slope: 0.0 };
	};
	let last = points[points.len() - 1];
	let value = function.at(*end);
	let slope = (function.at(*next) - value) / (next - end);
	// What makes no difference on the whole span is none.
	let slope = if (slope * (last - end)).abs() <= tolerance { 0.0 } else { slope };
	let slope = if (slope.abs() - 1.0).abs() < 1e-6 { slope.signum() } else { slope };
	let on = |x: f64| (function.at(x) - value - slope * (x - end)).abs() <= tolerance;
	match points.iter().position(|x| !on(*x)) {
		None => Tail { from: last, slope },
		Some(0) => Tail { from: *end, slope: 0.0 },
		Some(i) => {
			let (mut good, mut bad) = (points[i - 1], points[i]);
			for _ in 0..32 {
				let middle = (good + bad) / 2.0;
				if on(middle) {
					good = middle;
				} else {
					bad = middle;
				}
			}
			Tail { from: good, slope }
		}
	}
}

/// Splits functions whose argument could be far beyond what was observed. `spans` are of each value:
/// where it could be, where it was.
pub(crate) fn split(float: &FloatGraph, spans: &[(Span, Span)], bits: u8) -> FloatGraph {
	let mut ops = Vec::with_capacity(float.ops.len());
	let mut places = vec![0];
	let (divides, repeated) = (divides(float, spans), repeated(float));
	for (index, node) in float.ops.iter().enumerate() {
		let mut node = node.clone();
		let argument = node.inputs[0];
		node.inputs.iter_mut().for_each(|input| *input = places[*input]);
		let ends = match &node.op {
			// Steps of a recurrence share a table, which has what is straight in one of them too.
			FloatOp::Unary(function) if repeated[index + 1] && function.ends_flat() => None,
			FloatOp::Unary(function)
				if !quantised(float, argument) && function.links().is_none() =>
			{
				let size = spans[index + 1].1.size();
				let (could, was) = spans[argument];
				ends(function, could, was, size / f64::from(bits).exp2() / 2.0)
			}
			_ => None,
		};
		match (ends, node.op) {
			(Some([left, right]), FloatOp::Unary(function)) => {
				let (input, name, len) = (node.inputs[0], node.name, node.len);
				let mut push = |inputs: Vec<usize>, op: FloatOp| {
					ops.push(FloatNode { name: name.clone(), inputs, len, op });
					ops.len()
				};
				let (min, max) = (left.from as f32, f32::INFINITY);
				let kept = push(vec![input], FloatOp::Clip { min, max });
				let rest = push(vec![kept], FloatOp::Unary(function.less(right.slope)));
				let terms = [(kept, right.slope - left.slope), (rest, 1.0), (input, left.slope)];
				let terms = terms.into_iter().filter(|(_, slope)| *slope != 0.0);
				let (inputs, factors) = terms.map(|(value, f)| (value, f as f32)).unzip();
				push(inputs, FloatOp::Sum { factors, offset: vec![0.0] });
			}
			(None, FloatOp::Unary(function)) => {
				let (could, was) = spans[argument];
				let input = node.inputs[0];
				let (name, len) = (node.name, node.len);
				let mut push = |inputs: Vec<usize>, op: FloatOp| {
					ops.push(FloatNode { name: name.clone(), inputs, len, op });
					ops.len()
				};
				let size = spans[index + 1].1.size();
				let tolerance = size / f64::from(bits).exp2() / 2.0;
				let quantised = quantised(float, argument);
				let pieces = match quantised || exact(&function) {
					true => Vec::new(),
					false => pieces(&function, could, was, tolerance),
				};
				let small = |function: &Function| {
					has_links(function, could, was) && (!pieces.is_empty() || divides[index + 1])
				};
				if !quantised && (exact(&function) || small(&function)) {
					push(vec![input], FloatOp::Unary(function.chained()));
				} else if pieces.is_empty() {
					push(vec![input], FloatOp::Unary(function));
				} else {
					let part = |piece| push(vec![input], FloatOp::Unary(piece));
					let parts: Vec<usize> = pieces.into_iter().map(part).collect();
					let factors = vec![1.0; parts.len()];
					push(parts, FloatOp::Sum { factors, offset: vec![0.0] });
				}
			}
			(_, op) => ops.push(FloatNode { op, ..node }),
		}
		places.push(ops.len());
	}
	let mut outputs = float.outputs.clone();
	outputs.iter_mut().for_each(|output| output.value = places[output.value]);
	FloatGraph {
		inputs: float.inputs.clone(),
		ops,
		outputs,
		nodes: float.nodes.clone(),
		equated: float.equated.clone(),
		limited: None,
	}
}

/// Whether a function is made of roots and quotients, which are exact wherever they are taken.
fn exact(function: &Function) -> bool {
	function.links().is_some_and(|links| !links.iter().any(|l| matches!(l, Link::Exp | Link::Log)))
}

/// Whether a function can be taken by its links, of which logarithms need arguments above 0.
fn has_links(function: &Function, could: Span, was: Span) -> bool {
	let Some(links) = function.links() else { return false };
	let (mut could, mut was) = (could, was);
	for link in links {
		if link == Link::Log && could.low <= 0.0 && was.low <= 0.0 {
			return false;
		}
		let next = |span: Span| Span::only(link.at(span.low)).join(Span::only(link.at(span.high)));
		(could, was) = (next(could), next(was));
	}
	true
}

/// Of each value, whether something that is made of it and not always of one size is a divisor.
fn divides(float: &FloatGraph, spans: &[(Span, Span)]) -> Vec<bool> {
	let mut divides = vec![false; float.ops.len() + 1];
	for (index, node) in float.ops.iter().enumerate().rev() {
		match &node.op {
			FloatOp::Div(Divisor::Any) => {
				let (_, divisor) = spans[node.inputs[1]];
				divides[node.inputs[1]] |= divisor.low * PIECE < divisor.high;
			}
			FloatOp::Gather(_) | FloatOp::ReduceSum(_) if divides[index + 1] => {
				node.inputs.iter().for_each(|input| divides[*input] = true);
			}
			_ => {}
		}
	}
	divides
}

/// Whether one table over these arguments would lose much.
fn coarse(function: &Function, arguments: Span) -> bool {
	let width = arguments.high - arguments.low;
	width > 0.0 && super::table::cell(function, arguments, width / ROWS) > COARSE
}

/// The pieces of a function of which one table would be too coarse where it bends most: cut at powers
/// of [`PIECE`] towards that end. Each is the function with its argument clamped, less what it is at
/// the far end, so that beyond it there is exactly nothing; the last has what is left.
fn pieces(function: &Function, could: Span, was: Span, tolerance: f64) -> Vec<Function> {
	let width = was.high - was.low;
	let low = was.low.max(could.low);
	let at = |x: f64| function.at(x);
	let [left, right] = tails(function, was, was, tolerance);
	let constant = |tail: Tail, end: f64| if tail.slope == 0.0 { tail.from } else { end };
	let core = Span { low: constant(left, was.low), high: constant(right, was.high) };
	let known = width > 0.0 && width.is_finite() && at(low).is_finite();
	if !known || function.jumps() || !coarse(function, core) {
		return Vec::new();
	}
	let rise = |a: f64, b: f64| (at(a) - at(b)).abs();
	let bends_low = rise(low, low + width / ROWS) >= rise(was.high, was.high - width / ROWS);
	// From the end at which it bends outwards.
	let cut = |power: i32| match bends_low {
		true => low + width / PIECE.powi(power),
		false => was.high - width / PIECE.powi(power),
	};
	let cuts: Vec<f64> = (1..=PIECES).rev().map(cut).collect();
	if cuts.iter().any(|cut| !at(*cut).is_finite()) {
		return Vec::new();
	}
	let (near, far) = match bends_low {
		true => (f64::NEG_INFINITY, f64::INFINITY),
		false => (f64::INFINITY, f64::NEG_INFINITY),
	};
	let ends = [&[near], &cuts[..], &[far]].concat();
	ends.windows(2)
		.map(|ends| {
			let less = if ends[1].is_finite() { at(ends[1]) } else { 0.0 };
			function.piece(ends[0].min(ends[1]), ends[0].max(ends[1]), less)
		})
		.collect()
}

/// Whether a value's elements were rounded to the integers of a quantised model: a table has them all.
pub(super) fn quantised(float: &FloatGraph, mut value: usize) -> bool {
	while let Some(node) = value.checked_sub(1).map(|index| &float.ops[index]) {
		match (&node.op, node.inputs.as_slice()) {
			(FloatOp::Quantize(_), _) => return true,
			(FloatOp::Gather(_), [input]) => value = *input,
			_ => break,
		}
	}
	false
}

/// Both tails, if one is a line that is no constant, and splitting them off is worth its cost.
fn ends(function: &Function, could: Span, was: Span, tolerance: f64) -> Option<[Tail; 2]> {
	let width = |span: Span| span.high - span.low;
	if !width(could).is_finite() || width(could) <= WIDE * width(was) || tolerance <= 0.0 {
		return None;
	}
	let [left, right] = tails(function, could, was, tolerance);
	let core = Span { low: left.from, high: right.from };
	if coarse(function, core) {
		return None;
	}
	let worth = (0.0..=width(could) / WIDE).contains(&width(core));
	(worth && (left.slope != 0.0 || right.slope != 0.0)).then_some([left, right])
}
