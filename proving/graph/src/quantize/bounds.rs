//! Where the values of a float graph can be, for all inputs of the declared range.
//!
//! Interval arithmetic in real numbers: what a bound says holds but for the rounding of floats, and but
//! for functions of one number, whose ends are sought on a grid. Scales are chosen by these bounds;
//! that a circuit is sound rests on [`crate::plan`] alone, which derives its own of the integers.

use std::collections::BTreeMap;

use super::{picked, relations};
use crate::import::{Bitwise, Cut, Divisor, FloatGraph, FloatMatMul, FloatNode, FloatOp, Function};

/// Points of a function's argument at which its ends are sought.
const POINTS: usize = 64;

/// The real numbers that an element can be, both ends included; infinite where nothing is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
	/// The smallest real number that the element can be.
	pub low: f64,
	/// The largest real number that the element can be, no less than `low`.
	pub high: f64,
}

impl Span {
	/// Of an element that is always this number.
	pub fn only(value: f64) -> Self {
		Self { low: value, high: value }
	}

	/// Of an element of which nothing is known.
	const ALL: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

	/// The largest size of a number.
	pub fn size(&self) -> f64 {
		self.high.abs().max(self.low.abs())
	}

	/// The smallest span that holds both.
	pub fn join(self, other: Self) -> Self {
		Self { low: self.low.min(other.low), high: self.high.max(other.high) }
	}

	/// What holds all of these; of none, 0.
	pub fn hull<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
		all.into_iter().copied().reduce(Self::join).unwrap_or(Self::only(0.0))
	}

	/// From any two ends; all numbers if one is none.
	fn of(a: f64, b: f64) -> Self {
		if a.is_nan() || b.is_nan() {
			return Self::ALL;
		}
		Self { low: a.min(b), high: a.max(b) }
	}

	fn map(self, f: impl Fn(f64) -> f64) -> Self {
		Self::of(f(self.low), f(self.high))
	}

	/// The sum of both.
	pub fn plus(self, other: Self) -> Self {
		Self::of(self.low + other.low, self.high + other.high)
	}

	/// Of the element times a constant factor, whose sign may turn the ends.
	pub fn times(self, factor: f64) -> Self {
		// No number of times nothing is nothing, an infinite one too.
		if factor == 0.0 {
			Self::only(0.0)
		} else {
			self.map(|x| x * factor)
		}
	}

	fn product(self, other: Self) -> Self {
		self.times(other.low).join(self.times(other.high))
	}

	/// The product with itself.
	pub fn square(self) -> Self {
		let high = self.size().powi(2);
		let low = if self.low <= 0.0 && self.high >= 0.0 {
			0.0
		} else {
			self.low.abs().min(self.high.abs()).powi(2)
		};
		Self { low, high }
	}
}

/// The bounds of all values of a graph, an interval for each element; `input` are the input's.
pub(crate) fn bounds(float: &FloatGraph, input: Vec<Span>) -> Vec<Vec<Span>> {
	let mut all = Vec::with_capacity(float.ops.len() + 1);
	all.push(input);
	for node in &float.ops {
		let next = step(float, node, &all);
		all.push(next);
	}
	all
}

fn step(float: &FloatGraph, node: &FloatNode, all: &[Vec<Span>]) -> Vec<Span> {
	let inputs: Vec<&[Span]> = node.inputs.iter().map(|input| all[*input].as_slice()).collect();
	let x = inputs[0];
	match &node.op {
		FloatOp::MatMul(dense) => rows(dense, x),
		FloatOp::Gather(picks) => picks
			.iter()
			.map(|pick| pick.map_or(Span::only(0.0), |(k, i)| inputs[k as usize][i as usize]))
			.collect(),
		FloatOp::Sum { factors, offset } => {
			let each = (0..node.len).map(|i| {
				let start = Span::only(offset[i % offset.len()].into());
				let terms = factors.iter().zip(&inputs);
				terms.fold(start, |sum, (f, x)| sum.plus(x[i].times(f64::from(*f))))
			});
			let mut each: Vec<Span> = each.collect();
			relations::tighten(float, node, all, &mut each);
			each
		}
		FloatOp::Mul => (0..node.len)
			.map(|i| match origin(float, node.inputs[0], i) == origin(float, node.inputs[1], i) {
				true => x[i].square(),
				false => x[i].product(inputs[1][i]),
			})
			.collect(),
		FloatOp::Div(divisor) => {
			x.iter().zip(inputs[1]).map(|(x, y)| quotient(*x, *y, *divisor)).collect()
		}
		FloatOp::Bitwise(of) => x.iter().zip(inputs[1]).map(|(x, y)| bits(*of, *x, *y)).collect(),
		FloatOp::TopK(top) if top.places => {
			vec![Span { low: 0.0, high: top.size as f64 - 1.0 }; node.len]
		}
		FloatOp::TopK(top) => x
			.chunks(top.size)
			.flat_map(|group| {
				// The k-th largest is between the k-th largest of lower and of upper ends.
				let ends = |end: fn(&Span) -> f64| {
					let mut ends: Vec<f64> = group.iter().map(end).collect();
					ends.sort_by(|a, b| b.total_cmp(a));
					ends
				};
				let both = ends(|s| s.low).into_iter().zip(ends(|s| s.high));
				both.take(top.count).map(|(low, high)| Span { low, high }).collect::<Vec<_>>()
			})
			.collect(),
		FloatOp::Product(product) => product
			.terms()
			.map(|terms| {
				let term = |(i, j): (usize, usize)| x[i].product(inputs[1][j]);
				terms.map(term).fold(Span::only(0.0), Span::plus)
			})
			.collect(),
		FloatOp::Places(places) => picked::places(places, &inputs, node.len),
		FloatOp::Pick(pick) => picked::rows(pick, &inputs),
		FloatOp::ReduceMax(n) => x
			.chunks(*n)
			.map(|group| Span {
				low: group.iter().map(|s| s.low).fold(f64::NEG_INFINITY, f64::max),
				high: group.iter().map(|s| s.high).fold(f64::NEG_INFINITY, f64::max),
			})
			.collect(),
		FloatOp::ReduceSum(n) => x
			.chunks(*n)
			.map(|group| group.iter().fold(Span::only(0.0), |sum, s| sum.plus(*s)))
			.collect(),
		FloatOp::Clip { min, max } => {
			let (min, max) = (f64::from(*min), f64::from(*max));
			x.iter().map(|s| s.map(|v| v.max(min).min(max))).collect()
		}
		FloatOp::Unary(function) => {
			// Elements mostly have the same few ranges.
			let mut seen = BTreeMap::new();
			let each = x.iter().map(|span| {
				let key = (span.low.to_bits(), span.high.to_bits());
				*seen.entry(key).or_insert_with(|| image(function, *span))
			});
			each.collect()
		}
		FloatOp::Greater(thresholds) => x
			.iter()
			.zip(thresholds)
			.map(|(s, t)| s.map(|v| f64::from(u8::from(t.is_below(v as f32)))))
			.collect(),
		FloatOp::Quantize(to) => {
			let scale = f64::from(to.scale);
			let (min, max) = (f64::from(to.min) * scale, f64::from(to.max) * scale);
			let whole = |v: f64| match to.cut {
				Some(Cut::Down) => v.floor(),
				Some(Cut::Toward) => v.trunc(),
				Some(Cut::Near) | None => v.round(),
			};
			x.iter()
				.map(|s| s.map(|v| whole(v / scale) * scale).map(|v| v.clamp(min, max)))
				.collect()
		}
		FloatOp::ArgMax => vec![Span { low: 0.0, high: x.len() as f64 - 1.0 }],
	}
}

/// The quotients of two spans.
fn quotient(x: Span, y: Span, divisor: Divisor) -> Span {
	let all = match y.low <= 0.0 && y.high >= 0.0 {
		true => Span::ALL,
		false => x.map(|x| x / y.low).join(x.map(|x| x / y.high)),
	};
	match divisor {
		Divisor::Any => all,
		Divisor::Norm(most) => all.map(|v| v.clamp(-f64::from(most), f64::from(most))),
		Divisor::Floored => all.map(f64::floor),
		Divisor::Truncated => all.map(f64::trunc),
	}
}

/// Bits of two integers: those of two that are not negative are not negative, and none has more than both.
fn bits(bits: Bitwise, x: Span, y: Span) -> Span {
	let size = |span: Span| span.high.max(-1.0 - span.low).max(0.0);
	let above = size(x).max(size(y)).log2().floor() + 1.0;
	let most = above.max(0.0).exp2();
	let negative = match bits {
		Bitwise::And => x.low < 0.0 && y.low < 0.0,
		Bitwise::Or | Bitwise::Xor => x.low < 0.0 || y.low < 0.0,
	};
	Span { low: if negative { -most } else { 0.0 }, high: most - 1.0 }
}

fn rows(dense: &FloatMatMul, x: &[Span]) -> Vec<Span> {
	let mut spans = Vec::with_capacity(dense.rows * dense.bias.len());
	for (place, x) in x.chunks(dense.inputs).enumerate() {
		let group = place % dense.groups;
		for output in group * dense.outputs..(group + 1) * dense.outputs {
			let weights = &dense.weights[output * dense.inputs..(output + 1) * dense.inputs];
			let start = Span::only(dense.bias[output].into());
			let terms = weights.iter().zip(x);
			spans.push(terms.fold(start, |sum, (w, x)| sum.plus(x.times(f64::from(*w)))));
		}
	}
	spans
}

/// The element of another value that this one only picks, if it does.
pub(super) fn origin(float: &FloatGraph, mut value: usize, mut element: usize) -> (usize, usize) {
	while let Some(node) = value.checked_sub(1).map(|index| &float.ops[index]) {
		let FloatOp::Gather(picks) = &node.op else { break };
		let Some((input, place)) = picks[element] else { break };
		(value, element) = (node.inputs[input as usize], place as usize);
	}
	(value, element)
}

/// What a function makes of a span.
pub(crate) fn image(function: &Function, span: Span) -> Span {
	let Span { low, high } = span;
	if !(low.is_finite() && high.is_finite()) {
		return Span::ALL;
	}
	let at = |i: usize| low + (high - low) * i as f64 / POINTS as f64;
	let mut points: Vec<f64> = (0..=POINTS).map(at).collect();
	if low < 0.0 && high > 0.0 {
		points.push(0.0);
	}
	let each = points.into_iter().map(|x| function.at(x)).map(|y| Span::of(y, y));
	each.reduce(Span::join).unwrap_or(Span::ALL)
}
