//! Whole numbers in the walk: quotients without what is behind their point, and bits.

use super::{
	bounds::Span,
	fine::Fine,
	walk::{Value, Walk, FAR},
};
use crate::{
	error::CompileError,
	graph::{GraphError, Op, Sum},
	import::Bitwise,
	plan::Interval,
};

/// Bits of integers that are taken apart: powers of two stay below the largest factor of a sum.
const BITS: u32 = 29;

/// Bits of a number that is not negative, or of the complement of one that is.
fn bits(range: Interval) -> u32 {
	range.signed_bits() - 1
}

impl Walk<'_> {
	/// `sum_k factors[k] * x_k + offset` of integers.
	fn total(
		&mut self,
		name: &str,
		ids: &[u32],
		factors: &[i32],
		offset: i64,
	) -> Result<u32, GraphError> {
		let sum = Sum { factors: factors.to_vec(), offset: vec![offset] };
		self.emit(name, ids.to_vec(), Op::Sum(sum), None)
	}

	/// A quotient of integers as an integer, for divisors of one sign: the largest that is not above it, or without
	/// what is behind its point.
	pub(super) fn whole_quotient(
		&mut self,
		name: &str,
		inputs: &[usize],
		truncated: bool,
	) -> Result<Value, CompileError> {
		let mut x = self.integers(name, inputs[0], "what is divided and divisors")?;
		let mut y = self.integers(name, inputs[1], "what is divided and divisors")?;
		let (could, was) =
			(Span::hull(&self.known.bounds[inputs[1]]), self.known.observed.hull(inputs[1]));
		// As of other quotients: a divisor that could be 0 and never was is clamped, with a guard.
		let (above, below) = (could.low > 0.0, could.high < 0.0);
		if !(above || below || was.low > 0.0 || was.high < 0.0) {
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: "a divisor that is never 0 and always of one sign (of an input: \
				           --input-min 1)"
					.into(),
				got: format!("one from {} to {}", was.low, was.high),
			}));
		}
		if below || was.high < 0.0 {
			(x, y) = (self.total(name, &[x], &[-1], 0)?, self.total(name, &[y], &[-1], 0)?);
		}
		let divisor = Fine { id: y, scale: 1.0, could, was, least: 1.0 };
		y = self.guarded(inputs[1], name, divisor, 1, !(above || below))?;
		let range = self.hull(x);
		if !truncated || range.min >= 0 {
			return Ok(Value::settled(self.down(name, x, y)?, 1.0));
		}
		// Below 0 the quotient of the size, with the sign turned.
		let turned = self.total(name, &[x], &[-1], 0)?;
		let below = self.clamped(name, turned, 0, FAR)?;
		let below = self.down(name, below, y)?;
		if range.max <= 0 {
			return Ok(Value::settled(self.total(name, &[below], &[-1], 0)?, 1.0));
		}
		let above = self.clamped(name, x, 0, FAR)?;
		let above = self.down(name, above, y)?;
		Ok(Value::settled(self.total(name, &[above, below], &[1, -1], 0)?, 1.0))
	}

	/// `floor(x / y)` for `y` above 0: `(2 x - y) / 2 y` to the nearest, halves upwards.
	fn down(&mut self, name: &str, x: u32, y: u32) -> Result<u32, GraphError> {
		let less = self.total(name, &[x, y], &[2, -1], 0)?;
		let twice = self.total(name, &[y], &[2], 0)?;
		self.emit(name, vec![less, twice], Op::Div(0), None)
	}

	/// Bits of two integers together.
	///
	/// Both are taken apart as often as the wider of them has bits; products of bits are the bits that both
	/// have, of which the others follow: `a + b = (a | b) + (a & b) = (a ^ b) + 2 (a & b)`, for negative
	/// numbers too.
	pub(super) fn bitwise(
		&mut self,
		name: &str,
		inputs: &[usize],
		of: Bitwise,
	) -> Result<Value, CompileError> {
		let a = self.integers(name, inputs[0], "numbers")?;
		let b = self.integers(name, inputs[1], "numbers")?;
		let (left, right) = (self.hull(a), self.hull(b));
		let count = bits(left).max(bits(right)).max(1);
		if count > BITS {
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: format!("integers of at most {BITS} bits"),
				got: format!("{count} bits"),
			}));
		}
		let signed = left.min < 0 || right.min < 0;
		let len = self.ranges[a as usize].len() as u32;
		let part = |from: u32| Op::Gather((from..from + len).collect());
		let half = |from: u32| Op::Gather((from..from + 2 * len).collect());
		let mut rest = self.emit(name, vec![a, b], half(0), None)?;
		if signed {
			// With this the sign is the topmost bit, 0 where it is negative.
			rest = self.total(name, &[rest], &[1], 1 << count)?;
		}
		let (mut ids, mut factors) = (Vec::new(), Vec::new());
		let top = if signed { count } else { count - 1 };
		for place in 0..=top {
			let mut own = rest;
			if place < top {
				let split = self.emit(name, vec![rest], Op::Split(2), None)?;
				rest = self.emit(name, vec![split], half(0), None)?;
				own = self.emit(name, vec![split], half(2 * len), None)?;
			}
			let is_sign = signed && place == top;
			if is_sign {
				own = self.total(name, &[own], &[-1], 1)?;
			}
			let first = self.emit(name, vec![own], part(0), None)?;
			let second = self.emit(name, vec![own], part(len), None)?;
			ids.push(self.emit(name, vec![first, second], Op::Mul, None)?);
			let worth = 1i32 << place;
			factors.push(if is_sign { -worth } else { worth });
		}
		let taken = match of {
			Bitwise::And => 1,
			Bitwise::Or => -1,
			Bitwise::Xor => -2,
		};
		factors.iter_mut().for_each(|factor| *factor *= taken);
		if of != Bitwise::And {
			ids.extend([a, b]);
			factors.extend([1, 1]);
		}
		Ok(Value::settled(self.total(name, &ids, &factors, 0)?, 1.0))
	}
}
