//! Integer constants whose rounded line is a given function of integers.
//!
//! A requantisation takes few values and never falls, so it is known by the numbers at which it rises.
//! A digital line `(x * multiplier + offset) / 2^shift`, rounded, is that function if it rises at the
//! same numbers: for every level `k` that is reached from `t` on, `quotient(t) >= k > quotient(t - 1)`.
//! With multiplier and shift given these are bounds on the offset; how far the tightest are apart is a
//! concave function of the multiplier, so the best multiplier of a shift is found by bisection, and the
//! smallest shift is the cheapest circuit.

use crate::{
	graph::{Channel, Ties},
	plan::Interval,
};

/// Bits of a product and of a level times `2^shift`.
const BITS: u32 = 58;
/// Most numbers at which a line may be wrong, each mended on its own.
const CORRECTIONS: usize = 8;

/// Most numbers at which a function may rise: whole numbers that an input may hold. More take minutes.
pub(super) const RISES: usize = 1 << 24;

/// Levels that a function reaches together.
#[derive(Clone, Copy, Debug)]
struct Rise {
	/// The number they are reached at.
	from: i64,
	/// The lowest and the highest of them.
	low: i64,
	high: i64,
}

/// A function of the numbers of a range that never falls, clamped to its ends.
#[derive(Clone, Debug)]
pub(super) struct Steps {
	range: Interval,
	ends: Interval,
	/// The levels above the first, and where they begin.
	rises: Vec<Rise>,
	/// The values at the ends of the range.
	first: i64,
	last: i64,
}

/// Constants for a function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Fit {
	/// The line, as a rescaling.
	pub channel: Channel,
	/// Numbers that the line is wrong at, and what has to be added to them for it to be right.
	pub corrections: Vec<(i64, i64)>,
}

impl Steps {
	/// Of a function that never falls; nothing if it rises at more than [`RISES`] numbers.
	pub fn new(range: Interval, ends: Interval, function: impl Fn(i64) -> i64) -> Option<Self> {
		let function = |x| function(x).clamp(ends.min, ends.max);
		let (first, last) = (function(range.min), function(range.max));
		let mut rises: Vec<Rise> = Vec::new();
		let mut from = range.min;
		let mut below = first;
		while below < last {
			if rises.len() == RISES {
				return None;
			}
			let level = below + 1;
			// Below `from` the function is below the level; at the end it is not.
			let mut reached = range.max;
			while from < reached {
				let middle = from + (reached - from) / 2;
				match function(middle) >= level {
					true => reached = middle,
					false => from = middle + 1,
				}
			}
			below = function(reached);
			rises.push(Rise { from: reached, low: level, high: below });
		}
		Some(Self { range, ends, rises, first, last })
	}

	/// The value at a number of the range.
	fn at(&self, x: i64) -> i64 {
		let passed = self.rises.partition_point(|rise| rise.from <= x);
		passed.checked_sub(1).map_or(self.first, |last| self.rises[last].high)
	}

	/// The conditions `quotient(x) >= level`, as pairs of level and `x`.
	fn least(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
		let own = (self.first > self.ends.min).then_some((self.first, self.range.min));
		self.rises.iter().map(|rise| (rise.high, rise.from)).chain(own)
	}

	/// The conditions `quotient(x) < level`, as pairs of level and `x`.
	fn most(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
		let own = (self.last < self.ends.max).then_some((self.last + 1, self.range.max));
		self.rises.iter().map(|rise| (rise.low, rise.from - 1)).chain(own)
	}

	/// Whether the channel's quotient, clamped, is the function.
	fn is(&self, channel: &Channel) -> bool {
		self.least().all(|(level, x)| channel.quotient(x) >= level)
			&& self.most().all(|(level, x)| channel.quotient(x) < level)
	}

	/// Whether products of the range and levels have room.
	fn has_room(&self, multiplier: i64, shift: u32) -> bool {
		let room = 1i128 << BITS;
		let size = i128::from(self.range.size()) + 1;
		let level = i128::from(self.first.abs().max(self.last.abs())) + 2;
		size * i128::from(multiplier) < room && level << shift < room
	}

	/// The bounds of `offset + half` with this multiplier and shift, and where each comes from.
	fn bounds(&self, multiplier: i64, shift: u32) -> [(i64, i64); 2] {
		let one = 1i64 << shift;
		let least = self.least().map(|(level, x)| (level * one - x * multiplier, x)).max();
		let most = self.most().map(|(level, x)| (level * one - 1 - x * multiplier, x)).min();
		// Without a condition any offset will do; the other's is taken.
		match (least, most) {
			(Some(least), Some(most)) => [least, most],
			(Some(least), None) => [least, least],
			(None, Some(most)) => [most, most],
			(None, None) => [(0, 0); 2],
		}
	}

	/// The widest bounds of an offset with this shift: multiplier, lower and upper.
	fn widest(&self, ratio: f64, shift: u32) -> Option<(i64, i64, i64)> {
		let about = (ratio * f64::from(shift).exp2()).round();
		if !(0.0..4e9).contains(&about) {
			return None;
		}
		let about = about as i64;
		let spread = 2 + (about >> 10);
		let (mut low, mut high) = ((about - spread).max(1), (about + spread).min(u32::MAX.into()));
		if low > high || !self.has_room(high, shift) {
			return None;
		}
		let width = |multiplier: i64| {
			let [(least, x), (most, y)] = self.bounds(multiplier, shift);
			(most - least, x - y, least, most)
		};
		while low < high {
			let middle = low + (high - low) / 2;
			// The derivative, from the two conditions that bind.
			let (room, slope, ..) = width(middle);
			match () {
				() if room >= 0 => (low, high) = (middle, middle),
				() if slope > 0 => low = middle + 1,
				() => high = middle,
			}
		}
		let (_, _, least, most) = width(low);
		Some((low, least, most))
	}

	fn line(multiplier: i64, shift: u32, sum: i64) -> Channel {
		let plain = Channel::new(multiplier as u32, shift as u8);
		Channel { offset: sum - plain.half(), ..plain }
	}

	/// The line of the smallest shift that is the function.
	fn shortest(&self, ratio: f64) -> Option<Channel> {
		(0..=46).find_map(|shift| {
			let (multiplier, least, most) = self.widest(ratio, shift)?;
			let half = Channel::new(1, shift as u8).half();
			let sum =
				if (least..=most).contains(&half) { half } else { least + (most - least) / 2 };
			(least <= most).then(|| Self::line(multiplier, shift, sum))
		})
	}

	/// The line through the ratio itself with this rule for halves, if its constants are few bits.
	fn exact(&self, ratio: f64, intercept: f64, ties: Ties) -> Option<Channel> {
		let (odd, shift) = dyadic(ratio)?;
		(shift.max(1)..=shift.max(1) + 12).find_map(|s| {
			let multiplier = u32::try_from(odd.checked_shl(s - shift)?).ok()?;
			let offset = intercept * f64::from(s).exp2();
			let fits = offset.fract() == 0.0 && offset.abs() < f64::from(BITS).exp2();
			let channel = Channel { multiplier, shift: s as u8, offset: offset as i64, ties };
			(fits && self.has_room(multiplier.into(), s)).then_some(channel)
		})
	}

	/// The numbers at which a channel is wrong, with what mends them; nothing if they are many.
	fn mended(&self, channel: Channel) -> Option<Fit> {
		let clamped = |x: i64| channel.quotient(x).clamp(self.ends.min, self.ends.max);
		let own = Self::new(self.range, self.ends, |x| channel.quotient(x))?;
		if own.first != self.first || own.last != self.last {
			return None;
		}
		let mut corrections = Vec::new();
		// Both have the same levels, which not both need to reach together.
		let (mut at, mut own_at) = (0, 0);
		while let (Some(mine), Some(rise)) = (own.rises.get(own_at), self.rises.get(at)) {
			for x in mine.from.min(rise.from)..mine.from.max(rise.from) {
				let want = self.at(x);
				let by = [-1, 1, -2, 2].into_iter().find(|by| clamped(x + by) == want)?;
				if clamped(x) != want && !corrections.contains(&(x, by)) {
					corrections.push((x, by));
				}
				if corrections.len() > CORRECTIONS {
					return None;
				}
			}
			own_at += usize::from(mine.high <= rise.high);
			at += usize::from(rise.high <= mine.high);
		}
		Some(Fit { channel, corrections })
	}

	/// Constants for the function, which is about `x * ratio + intercept` with halves to `ties`.
	pub fn fit(&self, ratio: f64, intercept: f64, ties: Ties) -> Option<Fit> {
		let right = |channel| Fit { channel, corrections: Vec::new() };
		if self.rises.is_empty() {
			return Some(right(self.constant()));
		}
		let line = self.shortest(ratio);
		let exact = self.exact(ratio, intercept, ties);
		let tied = exact.filter(|channel| self.is(channel));
		match (line, tied) {
			// The rule for ties costs two constraints.
			(Some(line), Some(tied)) if tied.shift + 2 < line.shift => return Some(right(tied)),
			(Some(line), _) => return Some(right(line)),
			(None, Some(tied)) => return Some(right(tied)),
			(None, None) => {}
		}
		let near = (0..=46).rev().find_map(|shift| {
			let (multiplier, least, most) = self.widest(ratio, shift)?;
			Some(Self::line(multiplier, shift, least + (most - least) / 2))
		});
		let all = [exact, near].into_iter().flatten().filter_map(|channel| self.mended(channel));
		all.min_by_key(|fit| (fit.corrections.len(), fit.channel.shift))
	}

	/// For a function of one value.
	fn constant(&self) -> Channel {
		if self.first == self.ends.min {
			return Channel { offset: self.first - self.range.max, ..Channel::ONE };
		}
		if self.first == self.ends.max {
			return Channel { offset: self.first - self.range.min, ..Channel::ONE };
		}
		let shift = 64 - (self.range.max - self.range.min).leading_zeros();
		Self::line(1, shift, (self.first << shift) - self.range.min)
	}
}

/// A number above 0 as an odd one and the power of two that divides it.
fn dyadic(number: f64) -> Option<(u64, u32)> {
	if !(number.is_finite() && number > 0.0) {
		return None;
	}
	let mut shift = 0;
	let mut whole = number;
	while whole.fract() != 0.0 {
		whole *= 2.0;
		shift += 1;
		if shift > 60 {
			return None;
		}
	}
	(whole < 4_294_967_296.0).then_some((whole as u64, shift))
}
