//! Numbers times constants, rounded, shifted and clamped.

use codec::{Decode, Encode};

use crate::{
	graph::{GraphError, MAX_BITS},
	interval::{bounded, Interval},
};

/// Multiplies, rounds, shifts and clamps.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Requantize {
	/// Smallest result; what would be below becomes it.
	pub min: i64,
	/// Largest result; what would be above becomes it.
	pub max: i64,
	/// One for all elements, or one for each.
	pub channels: Vec<Channel>,
}

/// The constants of one element of a [`Requantize`].
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Channel {
	/// What the element is multiplied by, at least 1.
	pub multiplier: u32,
	/// Bits dropped after rounding to the nearest.
	pub shift: u8,
	/// Added to the product.
	pub offset: i64,
	/// Where a half goes.
	pub ties: Ties,
}

/// Which of its two neighbours a number takes that lies half way between them.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Ties {
	/// The upper one: the cheapest.
	#[codec(index = 0)]
	Up,
	/// The even one, as IEEE 754 and ONNX have it.
	#[codec(index = 1)]
	Even,
	/// The odd one: the even one of a result that an odd zero point is added to.
	#[codec(index = 2)]
	Odd,
}

impl Ties {
	/// The last bit that the result of a tie has, if it has a rule.
	pub fn parity(self) -> Option<i64> {
		match self {
			Self::Up => None,
			Self::Even => Some(0),
			Self::Odd => Some(1),
		}
	}
}

impl Channel {
	/// The scale of 1, which changes nothing.
	pub const ONE: Self = Self::new(1, 0);

	/// `x * multiplier / 2^shift`, halves upwards.
	pub const fn new(multiplier: u32, shift: u8) -> Self {
		Self { multiplier, shift, offset: 0, ties: Ties::Up }
	}

	/// What is added before the shift, so that it rounds.
	pub fn half(&self) -> i64 {
		if self.shift == 0 {
			0
		} else {
			1 << (self.shift - 1)
		}
	}

	/// `x * multiplier + offset + half`, whose quotient by `2^shift` is the result but for ties.
	pub fn sum(&self, x: i64) -> i64 {
		x * i64::from(self.multiplier) + self.offset + self.half()
	}

	/// `(x * multiplier + offset) / 2^shift`, rounded. It never falls as `x` grows.
	pub fn quotient(&self, x: i64) -> i64 {
		let sum = self.sum(x);
		let quotient = sum >> self.shift;
		let tie = self.shift > 0 && sum & ((1 << self.shift) - 1) == 0;
		match self.ties.parity() {
			Some(parity) if tie => quotient - ((quotient ^ parity) & 1),
			_ => quotient,
		}
	}

	/// Whether a number of `min..=max` can lie half way between two results.
	pub fn can_tie(&self, min: i64, max: i64) -> bool {
		// x * multiplier = want modulo 2^shift.
		let modulus = 1u64 << self.shift;
		let want = (self.offset.wrapping_add(self.half()) as u64).wrapping_neg() & (modulus - 1);
		let twos = self.multiplier.trailing_zeros().min(self.shift.into());
		if self.shift == 0 || want & ((1 << twos) - 1) != 0 {
			return false;
		}
		// Newton's iteration doubles the right bits of an odd number's inverse: from one to 64.
		let odd = u64::from(self.multiplier >> self.multiplier.trailing_zeros());
		let mut inverse = 1u64;
		for _ in 0..6 {
			inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
		}
		let period = modulus >> twos;
		let first = (want >> twos).wrapping_mul(inverse) & (period - 1);
		let away = first.wrapping_sub(min as u64) & (period - 1);
		i128::from(min) + i128::from(away) <= i128::from(max)
	}
}

impl Requantize {
	/// The constants of an element.
	pub fn channel(&self, index: usize) -> Channel {
		self.channels[if self.channels.len() == 1 { 0 } else { index }]
	}

	/// The range of each element of the result.
	pub(crate) fn ranges(
		&self,
		name: &str,
		input: &[Interval],
	) -> Result<Vec<Interval>, GraphError> {
		let error = |expected: String, got: String| {
			Err(GraphError::Node { node: name.into(), expected, got })
		};
		let Self { min, max, channels } = self;
		let limit = 1i64 << (MAX_BITS - 2);
		if min >= max || *min < -limit || *max >= limit {
			let got = format!("{min}..={max}");
			return error("a range of results, the lower end first".into(), got);
		}
		if channels.len() != 1 && channels.len() != input.len() {
			return error(format!("1 or {} channels", input.len()), channels.len().to_string());
		}
		let bad = |c: &&Channel| {
			c.multiplier == 0 || c.shift > 60 || !(-limit..limit).contains(&c.offset)
		};
		if let Some(channel) = channels.iter().find(bad) {
			let most = MAX_BITS - 2;
			let expected =
				format!("a multiplier above 0, a shift up to 60, an offset below 2^{most}");
			return error(expected, format!("{channel:?}"));
		}
		let element = |(index, range): (usize, &Interval)| {
			let channel = self.channel(index);
			scaled_range(name, channel, *range)?;
			let clamped = |x: i64| channel.quotient(x).clamp(*min, *max);
			Ok(Interval { min: clamped(range.min), max: clamped(range.max) })
		};
		input.iter().enumerate().map(element).collect()
	}

	/// The results: multiplied, rounded, clamped, element by element.
	pub(super) fn evaluate(&self, x: &[i64]) -> Vec<i64> {
		let clamped =
			|(i, x): (usize, &i64)| self.channel(i).quotient(*x).clamp(self.min, self.max);
		x.iter().enumerate().map(clamped).collect()
	}
}

/// The range of [`Channel::sum`], which the gadget takes apart.
fn scaled_range(name: &str, channel: Channel, input: Interval) -> Result<Interval, GraphError> {
	let added = i128::from(channel.offset) + i128::from(channel.half());
	let scale = |x: i64| i128::from(x) * i128::from(channel.multiplier) + added;
	bounded(name, scale(input.min), scale(input.max))
}
