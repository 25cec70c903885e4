//! Integer constants for a rounded sum of two integers.
//!
//! The function is tried on every pair of integers there can be: of 8 bits each, 65,536. Either the factors
//! are the ratios themselves, powers of two or few bits more, with a rule for halves; or each pair gives
//! bounds on the offset of `(a p + b q + offset) / 2^shift`, and the smallest shift is taken of which they
//! can all be met.

use super::{
	kernel::{self, Term},
	ties,
};
use crate::{graph::Channel, import::Quantize, plan::Interval};

/// Most pairs of integers that are tried.
const PAIRS: i64 = 1 << 18;
/// Most pairs at which the line may be wrong, each mended on its own.
const WRONG: usize = 8;
/// Binary logarithm of the largest denominator of the factors.
const SHIFT: u32 = 24;

/// Constants of a sum of two.
pub(super) struct Pair {
	/// What each of the two integers is multiplied by.
	pub factors: [i32; 2],
	/// What rescales the sum of both products.
	pub channel: Channel,
	/// Pairs for which the sum has to be another, and by how much.
	pub wrong: Vec<([i64; 2], i64)>,
}

impl Pair {
	/// Tried on every pair there can be.
	pub fn new(terms: [Term; 2], [a, b]: [Interval; 2], to: &Quantize) -> Option<Self> {
		let (rows, columns) = (a.max - a.min + 1, b.max - b.min + 1);
		if rows.checked_mul(columns).is_none_or(|pairs| pairs > PAIRS) {
			return None;
		}
		let ends = Interval { min: to.min.into(), max: to.max.into() };
		let pairs = || (a.min..=a.max).flat_map(|x| (b.min..=b.max).map(move |y| [x, y]));
		let levels: Vec<i64> =
			pairs().map(|pair| kernel::sum(pair, terms, to).clamp(ends.min, ends.max)).collect();
		let ratio =
			|term: Term| f64::from(term.scale) * f64::from(term.factor) / f64::from(to.scale);
		let ratios = terms.map(ratio);
		let at = |shift: u32| ratios.map(|ratio| ratio * f64::from(shift).exp2());
		let fits = |[x, y]: [f64; 2]| x.abs().max(y.abs()) < f64::from(1 << 30);
		// Factors that are the ratios themselves.
		for shift in 1..=SHIFT {
			let [x, y] = at(shift);
			if x.fract() == 0.0 && y.fract() == 0.0 && fits([x, y]) {
				let channel = Channel { ties: ties(to), ..Channel::new(1, shift as u8) };
				let right = |([a, b], level): ([i64; 2], &i64)| {
					channel.quotient(a * x as i64 + b * y as i64).clamp(ends.min, ends.max)
						== *level
				};
				if pairs().zip(&levels).all(right) {
					let factors = [x as i32, y as i32];
					return Some(Self { factors, channel, wrong: Vec::new() });
				}
				break;
			}
		}
		let bounds = |[x, y]: [i64; 2], shift: u32| {
			let (mut least, mut most) = (i64::MIN, i64::MAX);
			for ([a, b], level) in pairs().zip(&levels) {
				let sum = a * x + b * y;
				if *level > ends.min {
					least = least.max((level << shift) - sum);
				}
				if *level < ends.max {
					most = most.min(((level + 1) << shift) - 1 - sum);
				}
			}
			(least, most)
		};
		let line = |shift: u32, sum: i64| {
			let plain = Channel::new(1, shift as u8);
			Channel { offset: sum - plain.half(), ..plain }
		};
		let near = |shift: u32| at(shift).map(|x| x.round() as i64);
		let mut best: Option<(i64, [i32; 2], Channel)> = None;
		for shift in (0..=SHIFT).filter(|shift| fits(at(*shift))) {
			let spread: i64 = if shift < 12 { 0 } else { 1 };
			let [x, y] = near(shift);
			for (p, q) in (-spread..=spread).flat_map(|p| (-spread..=spread).map(move |q| (p, q))) {
				let factors = [x + p, y + q];
				let (least, most) = bounds(factors, shift);
				let middle = match (least, most) {
					(i64::MIN, i64::MAX) => 0,
					(i64::MIN, most) => most,
					(least, i64::MAX) => least,
					(least, most) => least + (most - least) / 2,
				};
				let channel = line(shift, middle);
				let factors = factors.map(|x| x as i32);
				if least <= most {
					return Some(Self { factors, channel, wrong: Vec::new() });
				}
				let room = most - least;
				if best.is_none_or(|(other, ..)| room > other) {
					best = Some((room, factors, channel));
				}
			}
		}
		// Almost right: a step's half is added or taken away where it is not.
		let (_, factors, channel) = best?;
		let half = channel.half().max(1);
		let mut wrong = Vec::new();
		for (pair, level) in pairs().zip(&levels) {
			let sum = pair[0] * i64::from(factors[0]) + pair[1] * i64::from(factors[1]);
			let got = |by: i64| channel.quotient(sum + by).clamp(ends.min, ends.max);
			if got(0) != *level {
				let by = [half, -half].into_iter().find(|by| got(*by) == *level)?;
				wrong.push((pair, by));
			}
			if wrong.len() > WRONG {
				return None;
			}
		}
		Some(Self { factors, channel, wrong })
	}
}
