//! Bounds of sums whose terms depend on each other.
//!
//! Interval arithmetic takes each term of a sum to be anywhere, whatever the others are. Here a sum is
//! written out over what it is made of, and three things are seen that way: that equal terms cancel, that
//! nothing is above the largest of what it is among (`x - max(x) <= 0`, and with it the arguments of a
//! softmax), and that a square and a multiple of its root have a least value together (`|x|^2 - 2 x c + |c|^2`,
//! a squared distance, is not below 0).

use std::collections::{BTreeMap, BTreeSet};

use super::bounds::{origin, Span};
use crate::import::{FloatGraph, FloatNode, FloatOp};

/// Terms that a node's elements are written out into, all together, and one of them at most.
const TERMS: usize = 1 << 20;
const MOST: usize = 1024;
/// Share of its terms by which a sum of squares may be below 0 for the rounding of 32-bit constants.
const ROUNDING: f64 = 1e-6;

/// An element of a value.
type Atom = (usize, usize);

/// `constant + sum of factors * atoms + sum of factors * squares of atoms`.
#[derive(Default)]
struct Form {
	constant: f64,
	linear: BTreeMap<Atom, f64>,
	squares: BTreeMap<Atom, f64>,
}

/// Writes an element out as the sum that it is, as far as there is room for terms.
struct Writer<'a> {
	float: &'a FloatGraph,
	/// Atoms that are not written out further: what is squared, and what a largest is taken of.
	kept: BTreeSet<Atom>,
	left: usize,
}

/// Bounds of a sum's elements, no wider than `spans`, which hold for each.
pub(super) fn tighten(float: &FloatGraph, node: &FloatNode, all: &[Vec<Span>], spans: &mut [Span]) {
	if node.inputs.len() < 2 {
		return;
	}
	let room = (TERMS / node.len.max(1)).min(MOST);
	for (element, span) in spans.iter_mut().enumerate() {
		let mut writer = Writer { float, kept: BTreeSet::new(), left: room };
		// Once to see what is squared or compared, and once with that kept as it is.
		writer.sum(node, element, 1.0, &mut Form::default());
		writer.left = room;
		let mut form = Form::default();
		writer.sum(node, element, 1.0, &mut form);
		let own = form.bound(float, all);
		let (low, high) = (span.low.max(own.low), span.high.min(own.high));
		// Rounding may bring them past each other.
		if low <= high {
			*span = Span { low, high };
		}
	}
}

impl Writer<'_> {
	fn sum(&mut self, node: &FloatNode, element: usize, factor: f64, form: &mut Form) {
		let FloatOp::Sum { factors, offset } = &node.op else { return };
		form.constant += factor * f64::from(offset[element % offset.len()]);
		for (input, own) in node.inputs.iter().zip(factors) {
			self.write(*input, element, factor * f64::from(*own), form);
		}
	}

	fn write(&mut self, value: usize, element: usize, factor: f64, form: &mut Form) {
		let atom = origin(self.float, value, element);
		let (value, element) = atom;
		let plain = |form: &mut Form| *form.linear.entry(atom).or_default() += factor;
		let node = match value.checked_sub(1).map(|index| &self.float.ops[index]) {
			Some(node) if !self.kept.contains(&atom) => node,
			_ => return plain(form),
		};
		let terms = match &node.op {
			FloatOp::Sum { factors, .. } => factors.len(),
			FloatOp::ReduceSum(n) => *n,
			FloatOp::MatMul(dense) => dense.inputs,
			_ => 1,
		};
		if terms > self.left {
			return plain(form);
		}
		self.left -= terms;
		match &node.op {
			FloatOp::Sum { .. } => self.sum(node, element, factor, form),
			FloatOp::ReduceSum(n) => {
				for place in element * n..(element + 1) * n {
					self.write(node.inputs[0], place, factor, form);
				}
			}
			FloatOp::MatMul(dense) => {
				let row = element / dense.outputs;
				let output = element % (dense.groups * dense.outputs);
				form.constant += factor * f64::from(dense.bias[output]);
				for i in 0..dense.inputs {
					let weight = f64::from(dense.weights[output * dense.inputs + i]);
					if weight != 0.0 {
						let place = row * dense.inputs + i;
						self.write(node.inputs[0], place, factor * weight, form);
					}
				}
			}
			FloatOp::Mul => {
				let [a, b] = [0, 1].map(|i| origin(self.float, node.inputs[i], element));
				match a == b {
					true => {
						self.kept.insert(a);
						*form.squares.entry(a).or_default() += factor;
					}
					false => plain(form),
				}
			}
			FloatOp::ReduceMax(_) => {
				self.kept.extend(members(self.float, atom));
				plain(form);
			}
			_ => plain(form),
		}
	}
}

/// What a largest is taken of; nothing of another atom.
fn members(float: &FloatGraph, (value, element): Atom) -> Vec<Atom> {
	match value.checked_sub(1).map(|index| &float.ops[index]) {
		Some(FloatNode { op: FloatOp::ReduceMax(n), inputs, .. }) => {
			(element * n..(element + 1) * n).map(|place| origin(float, inputs[0], place)).collect()
		}
		_ => Vec::new(),
	}
}

impl Form {
	fn bound(mut self, float: &FloatGraph, all: &[Vec<Span>]) -> Span {
		let span = |(value, element): Atom| all[value][element];
		let mut bound = Span::only(self.constant);
		let mut size = self.constant.abs();
		for (atom, square) in &self.squares {
			let linear = self.linear.remove(atom).unwrap_or(0.0);
			let own = parabola(*square, linear, span(*atom));
			size += own.low.abs();
			bound = bound.plus(own);
		}
		if !self.squares.is_empty() && bound.low < 0.0 && -bound.low <= ROUNDING * size {
			bound.low = 0.0;
		}
		let largest: Vec<(Atom, f64)> =
			self.linear.iter().map(|(atom, factor)| (*atom, *factor)).collect();
		for (atom, mut factor) in largest {
			for member in members(float, atom) {
				let Some(own) = self.linear.get_mut(&member) else { continue };
				if *own * factor >= 0.0 {
					continue;
				}
				// So much of the difference of the two, which has one sign.
				let share = own.abs().min(factor.abs());
				let below = span(member).low - span(atom).high;
				let difference = Span { low: below.min(0.0), high: 0.0 };
				bound = bound.plus(difference.times(share * own.signum()));
				*own -= share * own.signum();
				factor -= share * factor.signum();
			}
			self.linear.insert(atom, factor);
		}
		self.linear.iter().fold(bound, |bound, (atom, f)| bound.plus(span(*atom).times(*f)))
	}
}

/// Where `square * x^2 + linear * x` is.
fn parabola(square: f64, linear: f64, x: Span) -> Span {
	if !(x.low.is_finite() && x.high.is_finite()) {
		return x.square().times(square).plus(x.times(linear));
	}
	let at = |x: f64| Span::only((square * x + linear) * x);
	let ends = at(x.low).join(at(x.high));
	let turn = -linear / (2.0 * square);
	match turn > x.low && turn < x.high {
		true => ends.join(at(turn)),
		false => ends,
	}
}
