//! Quotients and roots in the walk: values of which small ones are as exact as large ones.
//!
//! A table has one step for all of its arguments. A quotient, and a root, are integers made of integers, and
//! exact to the last one: where an argument is small there are as many steps in it as its own integers have.
//! So what roots and divisors are made of keeps the integers that it has (*fine* ones) instead of the few that
//! other values are rounded to, and what is divided is exact where its mean was taken away.

use super::{
	bounds::Span,
	fine::{away_from_zero, least, Fine, ROOM, WIDE},
	table::AWAY,
	walk::{Value, Walk, FAR},
};
use crate::{
	error::CompileError,
	graph::{GraphError, Op, Sum},
	import::{Divisor, FloatGraph, FloatOp, Function, Link},
	plan::Interval,
};

/// Bits up to which a result is used as it is.
const NARROW: u32 = 28;
/// Fewest bits of the smallest results beside larger ones.
const RELATIVE: i32 = 9;
/// Arguments of which a table has each, whatever it is of.
const LISTED: i64 = 256;
/// How far the quotient of two steps may be from a whole number that was rounded to 32 bits.
const NEAR: f64 = 1e-6;
/// By how much rounding may make a share of a norm larger than it can be.
const NORM_ROOM: f64 = 1.0;
/// The largest factor with which a sum is exact.
const FACTOR: f64 = 65536.0;

/// What roots and divisors are made of, by value.
#[derive(Clone, Debug)]
pub(super) struct Feeds {
	/// Whether any is made of it, and of sums of how many of its elements: the binary logarithm of that.
	roots: Vec<Option<u32>>,
	/// Whether it is divided, or squared for what it is divided by.
	divided: Vec<bool>,
	/// Whether it is a part of a sum that is to be exact.
	summed: Vec<bool>,
}

impl Feeds {
	/// Of a graph whose values have these users, which come after them.
	pub fn new(float: &FloatGraph, users: &[Vec<usize>]) -> Self {
		let (mut roots, mut divided) = (vec![None; users.len()], vec![false; users.len()]);
		let mut summed = divided.clone();
		for (value, users) in users.iter().enumerate().rev() {
			for user in users {
				let node = &float.ops[*user];
				let made = roots[user + 1];
				let (root, is_divided) = match &node.op {
					FloatOp::Div(_) => ((node.inputs[1] == value).then_some(0), true),
					FloatOp::Unary(function) => (function.is_chained().then_some(0), false),
					FloatOp::Sum { factors, .. } => {
						let one = factors.len() == 1 && summed[user + 1];
						summed[value] |= one || divided[user + 1] || made.is_some();
						(made, false)
					}
					FloatOp::Gather(_) => {
						summed[value] |= summed[user + 1];
						(made, divided[user + 1])
					}
					FloatOp::Clip { .. } | FloatOp::ReduceMax(_) => (made, false),
					FloatOp::ReduceSum(n) => {
						(made.map(|bits: u32| bits + n.next_power_of_two().ilog2()), false)
					}
					FloatOp::Mul => (None, made.is_some()),
					_ => (None, false),
				};
				roots[value] = roots[value].max(root);
				divided[value] |= is_divided;
			}
		}
		Self { roots, divided, summed }
	}

	/// Whether a value's integers are to stay what they are.
	pub fn keeps(&self, value: usize) -> bool {
		self.roots[value].is_some() || self.divided[value] || self.summed[value]
	}
}

impl Walk<'_> {
	/// A value's finest integers of at most so many bits, with one scale.
	fn fine(&mut self, value: usize, bits: u32) -> Result<(u32, f64), CompileError> {
		let made = self.value(value)?;
		let (id, scale) = match made.shared() {
			Some(scale) => (made.id, scale),
			None => self.uniform(value)?,
		};
		Ok(self.narrowed(self.name(value), id, scale, bits)?)
	}

	/// A product of which roots or divisors are made, if it is one.
	pub(super) fn fine_product(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
	) -> Result<Option<Value>, CompileError> {
		let Some(summed) = self.feeds.roots[value] else { return Ok(None) };
		let bits = (ROOM.saturating_sub(summed) / 2).clamp(8, 26);
		let mut ids = Vec::with_capacity(2);
		let mut scale = 1.0;
		for (index, input) in inputs.iter().enumerate() {
			let (id, of) = match index {
				1 if inputs[0] == *input => (ids[0], scale),
				_ => self.fine(*input, bits)?,
			};
			ids.push(id);
			scale *= of;
		}
		let id = self.emit(name, ids, Op::Mul, None)?;
		Ok(Some(Value { id, scales: vec![scale], targets: self.aim(value, id, scale) }))
	}

	/// A clamp of what roots or divisors are made of, if it is one.
	pub(super) fn fine_clamp(
		&mut self,
		value: usize,
		name: &str,
		input: usize,
		(min, max): (f32, f32),
	) -> Result<Option<Value>, CompileError> {
		if self.feeds.roots[value].is_none() {
			return Ok(None);
		}
		let (id, scale) = self.fine(input, WIDE)?;
		let id = self.clamped_to(name, id, scale, (min.into(), max.into()))?;
		Ok(Some(Value { id, scales: vec![scale], targets: self.aim(value, id, scale) }))
	}

	/// Clamped to real numbers. What is above 0 is not rounded to it.
	fn clamped_to(
		&mut self,
		name: &str,
		id: u32,
		scale: f64,
		(min, max): (f64, f64),
	) -> Result<u32, GraphError> {
		let end = |end: f64, far: i64| {
			let whole = (end / scale).round();
			match whole.abs() < FAR as f64 {
				true if whole == 0.0 && end > 0.0 => 1,
				true => whole as i64,
				false => far,
			}
		};
		self.clamped(name, id, end(min, -FAR), end(max, FAR))
	}

	/// The value that an integer value's elements are picked from or sums of, as far as it is one.
	fn picked_from(&self, mut id: u32) -> u32 {
		while let Some(node) = self.giver(id) {
			match (&node.op, node.inputs.as_slice()) {
				(Op::Gather(_) | Op::ReduceSum(_), [input]) => id = *input,
				_ => break,
			}
		}
		id
	}

	/// A sum of what is divided, or that roots or divisors are made of, if it is one: of one value and a
	/// constant, or of two that are whole multiples of one number, which is exact.
	pub(super) fn fine_sum(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
		factors: &[f32],
		offset: &[f32],
	) -> Result<Option<Value>, CompileError> {
		let roots = self.feeds.roots[value].is_some();
		if let ([input], [factor], [offset], true) = (inputs, factors, offset, roots) {
			let (id, scale) = self.fine(*input, WIDE)?;
			let (could, was) =
				(Span::hull(&self.known.bounds[*input]), self.known.observed.hull(*input));
			let x = Fine { id, scale, could, was, least: scale };
			let (factor, offset) = (f64::from(*factor), f64::from(*offset));
			if factor == 0.0 {
				return Ok(None);
			}
			let steps = self.parts_of(value, scale * factor.abs());
			let want = self.smallest(value, self.known.observed.hull(value)).max(steps);
			let (id, scale) = self.affine(name, x, (factor, offset), want)?;
			return Ok(Some(Value {
				id,
				scales: vec![scale],
				targets: self.aim(value, id, scale),
			}));
		}
		let plain = inputs.len() == 2 && offset.iter().all(|o| *o == 0.0);
		if !plain || !(self.feeds.divided[value] || roots) {
			return Ok(None);
		}
		// As they were before they were rounded, if their sums were made of that.
		let mut parts = Vec::with_capacity(2);
		for (index, input) in inputs.iter().enumerate() {
			let (own, other) = (self.value(*input)?, self.value(inputs[1 - index])?);
			let raw = self.raw[*input].clone().filter(|raw| {
				self.picked_from(raw.id) == self.picked_from(other.id) && raw.id != own.id
			});
			parts.push(raw.unwrap_or(own));
		}
		let worth =
			|part: &Value, factor: f32| part.shared().map(|scale| scale * f64::from(factor));
		let (Some(a), Some(b)) = (worth(&parts[0], factors[0]), worth(&parts[1], factors[1]))
		else {
			return Ok(None);
		};
		let unit = a.abs().min(b.abs());
		let whole = |worth: f64| {
			let times = worth / unit;
			let near = (times - times.round()).abs() <= NEAR * times.abs();
			(near && times.abs() <= FACTOR).then_some(times.round() as i32)
		};
		let (Some(p), Some(q)) = (whole(a), whole(b)) else { return Ok(None) };
		let size =
			|part: &Value, factor: i32| f64::from(factor).abs() * self.hull(part.id).size() as f64;
		if size(&parts[0], p) + size(&parts[1], q) >= f64::from(ROOM).exp2() {
			return Ok(None);
		}
		let ids = parts.iter().map(|part| part.id).collect();
		let id =
			self.emit(name, ids, Op::Sum(Sum { factors: vec![p, q], offset: vec![0] }), None)?;
		Ok(Some(Value { id, scales: vec![unit], targets: self.aim(value, id, unit) }))
	}

	/// A quotient.
	pub(super) fn divided(
		&mut self,
		value: usize,
		name: &str,
		inputs: &[usize],
		divisor: Divisor,
	) -> Result<Value, CompileError> {
		let known = |walk: &Self, value: usize| {
			(Span::hull(&walk.known.bounds[value]), walk.known.observed.hull(value))
		};
		let (id, scale) = self.fine(inputs[0], WIDE)?;
		let (could, was) = known(self, inputs[0]);
		let x = Fine { id, scale, could, was, least: scale };
		let (id, scale) = self.fine(inputs[1], WIDE)?;
		let (could, was) = known(self, inputs[1]);
		let d = Fine { id, scale, could, was, least: scale };
		let (x, d) = match divisor {
			Divisor::Any => self.signed(inputs[1], name, x, d)?,
			// Where it is 0 so is what is divided.
			Divisor::Norm(_) => {
				let id = self.clamped(name, d.id, 1, FAR)?;
				(x, Fine { id, ..d })
			}
		};
		let (id, scale) = self.quotient(name, x, d, self.unit(value, known(self, value).1))?;
		let made = match divisor {
			// Bounds of the divisor do not know that it grows with what is divided.
			Divisor::Norm(most) if self.hull(id).signed_bits() > NARROW => {
				let end = (f64::from(most) / scale * (1.0 + NORM_ROOM)).ceil() as i64 + 1;
				(self.clamped(name, id, -end, end)?, scale)
			}
			_ => (id, scale),
		};
		Ok(self.result(value, name, made)?)
	}

	/// A function that is a chain of roots and quotients, unless a table of it has all its arguments.
	pub(super) fn chain(
		&mut self,
		value: usize,
		name: &str,
		input: usize,
		function: &Function,
	) -> Result<Option<Value>, CompileError> {
		let links = function.links().filter(|_| function.is_chained());
		let Some(links) = links else { return Ok(None) };
		let made = self.value(input)?;
		let Interval { min, max } = self.hull(made.id);
		if made.targets.is_none() && max - min < LISTED {
			return Ok(None);
		}
		let (id, scale) = self.fine(input, WIDE)?;
		let (could, was) = (Span::hull(&self.known.bounds[input]), self.known.observed.hull(input));
		let mut at = Fine { id, scale, could, was, least: scale };
		for (index, link) in links.iter().enumerate() {
			let rest = &links[index..];
			let seen = at;
			let next = |span: Span| {
				let ends = [link.at(span.low), link.at(span.high)];
				Span { low: ends[0].min(ends[1]), high: ends[0].max(ends[1]) }
			};
			// What a root is to have that a divisor is made of is what the root of its argument has.
			let unit = |walk: &Self, was: Span| match rest.len() {
				1 => walk.unit(value, was),
				_ => walk.smallest(value, was),
			};
			(at.id, at.scale) = match *link {
				Link::Affine { factor, offset } => {
					at.least = at.least * factor.abs() + offset.max(0.0);
					let steps = self.parts_of(value, at.scale * factor.abs());
					let want = self.smallest(value, next(at.was)).max(steps);
					self.affine(name, at, (factor, offset), want)?
				}
				Link::Clamp { min, max } => {
					(self.clamped_to(name, at.id, at.scale, (min, max))?, at.scale)
				}
				Link::Sqrt => {
					let (low, high) = (at.was.low.max(0.0), at.was.high.max(0.0));
					if at.was.low < 0.0 {
						return Err(self.without_value(name, function, at.was));
					}
					at.could.low = at.could.low.max(0.0);
					at.id = self.guarded(input, name, at, 0, seen.could.low < 0.0)?;
					at.least = at.least.sqrt();
					let bits = f64::from(self.widths(value).activation_bits);
					let unit = unit(self, Span { low: low.sqrt(), high: high.sqrt() });
					self.root(name, at, unit.max(at.least / bits.exp2()))?
				}
				Link::Reciprocal => {
					let one = Fine {
						scale: 1.0,
						could: Span::only(1.0),
						was: Span::only(1.0),
						least: 1.0,
						id: self.ones(name, at.id)?,
					};
					let (one, d) = self.signed(input, name, one, at)?;
					at.could = away_from_zero(seen);
					self.quotient(name, one, d, unit(self, next(seen.was)))?
				}
				Link::Exp => self.exponential(value, name, input, at)?,
				Link::Log => {
					let (_, x) = self.signed(input, name, at, at)?;
					at.could = away_from_zero(seen);
					self.logarithm(value, name, x)?
				}
			};
			(at.could, at.was) = (next(at.could), next(seen.was));
		}
		Ok(Some(self.result(value, name, (at.id, at.scale))?))
	}

	/// As many ones as a value has elements.
	fn ones(&mut self, name: &str, id: u32) -> Result<u32, GraphError> {
		let ones = Sum { factors: vec![0], offset: vec![1] };
		self.emit(name, vec![id], Op::Sum(ones), None)
	}

	fn without_value(&self, name: &str, function: &Function, was: Span) -> CompileError {
		CompileError::Graph(GraphError::Node {
			node: name.into(),
			expected: format!("a finite value of {} everywhere ({AWAY})", function.name()),
			got: format!("arguments of {} to {}", was.low, was.high),
		})
	}

	/// How small a step of a value is to be.
	fn unit(&self, value: usize, was: Span) -> f64 {
		let bits = f64::from(self.widths(value).activation_bits);
		let absolute = self.peaks[value] / bits.exp2();
		match self.feeds.roots[value] {
			Some(_) => absolute.min(self.smallest(value, was)),
			None => match least(was) {
				Some(least) => absolute.min(least / f64::from(RELATIVE).exp2()),
				None => absolute,
			},
		}
	}

	/// The step of what is to be as exact where it is smallest.
	fn smallest(&self, value: usize, was: Span) -> f64 {
		let bits = f64::from(self.widths(value).activation_bits);
		least(was).unwrap_or(was.size() / bits.exp2()) / bits.exp2()
	}

	/// The finest parts of a step that make a difference beside it.
	fn parts_of(&self, value: usize, step: f64) -> f64 {
		step / f64::from(self.widths(value).activation_bits).exp2()
	}

	/// A result as others use it: as it is where it is divided or divides; else as it is if it is narrow, and no
	/// wider than an output may be.
	fn result(
		&mut self,
		value: usize,
		name: &str,
		(id, scale): (u32, f64),
	) -> Result<Value, GraphError> {
		let multiplied = self.users[value]
			.iter()
			.any(|user| matches!(self.float.ops[*user].op, FloatOp::Mul | FloatOp::Product(_)));
		if multiplied || self.feeds.keeps(value) {
			return Ok(Value { id, scales: vec![scale], targets: self.aim(value, id, scale) });
		}
		let bits = if self.users[value].is_empty() { 32 } else { NARROW };
		let (id, scale) = self.narrowed(name, id, scale, bits)?;
		Ok(Value::settled(id, scale))
	}
}
