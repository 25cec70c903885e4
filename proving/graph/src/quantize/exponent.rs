//! Exponentials and logarithms in the walk, by whole powers of two and what is left.
//!
//! `e^x = 2^i 2^f` with `x / ln(2) = i + f`: two tables, one of fractions and one of powers, and a product. In kind plain, where an
//! element pays for each row, fractions are taken by two small tables in place of the large one. And
//! `ln(x) = ln(2) (e + log2(m))` for `x = 2^e m`: a table of mantissas. So either is as exact, beside its result or its
//! argument, wherever that is.

use std::f64::consts::{LN_2, LOG2_E};

use super::{
	fine::{Fine, WIDE},
	walk::{channel, Walk, FAR},
};
use crate::{
	error::CompileError,
	graph::{Channel, GraphError, Lookup, Op, Requantize, Sum},
	guard::Guard,
	plan::Interval,
};

/// Bits of fractions and mantissas, at least and at most.
const BITS: [u8; 2] = [8, 12];
/// Bits of a table's values beyond those of its rows.
const FINER: u8 = 2;
/// Bits of two such values beyond those of their product.
const SPARE: u8 = 3;
/// Powers of two beside each other: what is smaller than the largest by more is the smallest.
const POWERS: i64 = 30;
/// Octaves beyond what was seen that are kept if they are possible, and from how many on others are not.
const MORE: f64 = 2.0;
const FAR_BEYOND: f64 = 4.0;
/// Bits of an argument that is scaled by a factor of 16.
const ROOM: u32 = 40;

impl Walk<'_> {
	fn fraction_bits(&self, value: usize) -> u8 {
		self.widths(value).table_bits.clamp(BITS[0], BITS[1])
	}

	/// The two halves of a result that is two results.
	fn halves(&mut self, name: &str, id: u32) -> Result<[u32; 2], GraphError> {
		let half = self.ranges[id as usize].len() as u32 / 2;
		let first = self.emit(name, vec![id], Op::Gather((0..half).collect()), None)?;
		let second = self.emit(name, vec![id], Op::Gather((half..2 * half).collect()), None)?;
		Ok([first, second])
	}

	/// `e^x`: an integer value, and what an integer is worth.
	pub(super) fn exponential(
		&mut self,
		value: usize,
		name: &str,
		input: usize,
		x: Fine,
	) -> Result<(u32, f64), CompileError> {
		let bits = self.fraction_bits(value);
		let one = 1i64 << bits;
		let octaves = |x: f64| x * LOG2_E;
		let (could, was) = (octaves(x.could.high), octaves(x.was.high));
		let beyond = could > was + FAR_BEYOND;
		let high = if beyond { was + MORE } else { could };
		// All of them in 32 bits, as far as anybody asks.
		if high.abs() > 200.0 {
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected: "exponentials of numbers from -138 to 138 (a Clip keeps them there)"
					.into(),
				got: format!("up to {}", x.was.high),
			}));
		}
		let whole = |octaves: f64| (octaves * one as f64) as i64;
		let max = whole(high).saturating_add(1);
		let least = max - POWERS * one;
		let min = whole(octaves(x.could.low)).saturating_sub(1).clamp(least, max - 1);
		let (id, scale) = self.narrowed(name, x.id, x.scale, ROOM)?;
		if beyond {
			let guard =
				Guard { node: self.nodes.len() as u32, value: input as u32, min: i64::MIN, max };
			self.guards.push((guard, LN_2 / one as f64));
		}
		let channels = vec![channel(octaves(scale) * one as f64)];
		let op = Op::Requantize(Requantize { min, max, channels });
		let scaled = self.emit(name, vec![id], op, None)?;
		let parts = self.emit(name, vec![scaled], Op::Split(one as u32), None)?;
		let [power, fraction] = self.halves(name, parts)?;
		let fine = bits + FINER;
		let fraction = match self.known.lookups {
			true => self.power_of_fraction(name, fraction, [bits, fine])?,
			false => self.power_of_parts(name, fraction, [bits, fine])?,
		};
		let of = self.hull(power);
		// No more than there are powers, so that the largest has 30 bits.
		let lowest = of.max - POWERS;
		let at = |i: i64| 1i32 << (i - lowest.max(of.min)).max(0);
		let table = Lookup { min: of.min, values: (of.min..=of.max).map(at).collect() };
		let power = self.emit(name, vec![power], Op::Lookup(table), None)?;
		let id = self.emit(name, vec![fraction, power], Op::Mul, None)?;
		let exponent = lowest.max(of.min) - i64::from(fine);
		Ok((id, (exponent as f64).exp2()))
	}

	/// `2^fine 2^f` of fractions of so many bits, by a table.
	fn power_of_fraction(
		&mut self,
		name: &str,
		fraction: u32,
		[bits, fine]: [u8; 2],
	) -> Result<u32, GraphError> {
		let of = self.hull(fraction);
		let [one, unit] = [bits, fine].map(|bits| f64::from(bits).exp2());
		let at = |f: i64| ((f as f64 / one).exp2() * unit).round() as i32;
		let table = Lookup { min: of.min, values: (of.min..=of.max).map(at).collect() };
		self.emit(name, vec![fraction], Op::Lookup(table), None)
	}

	/// The same where each element pays for all rows of its table: the product of the powers of a fraction's higher
	/// and lower bits, of which there are few.
	fn power_of_parts(
		&mut self,
		name: &str,
		fraction: u32,
		[bits, fine]: [u8; 2],
	) -> Result<u32, GraphError> {
		let low = bits / 2;
		let parts = self.emit(name, vec![fraction], Op::Split(1 << low), None)?;
		let [high, rest] = self.halves(name, parts)?;
		let finer = fine + SPARE;
		let high = self.power_of_fraction(name, high, [bits - low, finer])?;
		let rest = self.power_of_fraction(name, rest, [bits, finer])?;
		let product = self.emit(name, vec![high, rest], Op::Mul, None)?;
		let channels = vec![Channel::new(1, 2 * finer - fine)];
		let wide = Requantize { min: -FAR, max: FAR - 1, channels: channels.clone() };
		let hull = Interval::hull(&wide.ranges(name, &self.ranges[product as usize])?);
		let op =
			Op::Requantize(Requantize { min: hull.min, max: hull.max.max(hull.min + 1), channels });
		self.emit(name, vec![product], op, None)
	}

	/// `ln(x)` of what is above 0: an integer value, and what an integer is worth.
	pub(super) fn logarithm(
		&mut self,
		value: usize,
		name: &str,
		x: Fine,
	) -> Result<(u32, f64), CompileError> {
		let bits = self.fraction_bits(value);
		let (id, scale) = self.narrowed(name, x.id, x.scale, WIDE)?;
		let id = self.clamped(name, id, 1, FAR)?;
		let cut = self.hull(id).max.max(1).ilog2() > u32::from(bits);
		let parts = self.emit(name, vec![id], Op::Normalize(bits), None)?;
		let [mantissa, exponent] = self.halves(name, parts)?;
		let fine = f64::from(bits + FINER).exp2();
		let of = self.hull(mantissa);
		// In the middle of the numbers that have this mantissa.
		let middle = if cut { 0.5 } else { 0.0 };
		let log = |m: i64| (m as f64 + middle).log2() - f64::from(bits);
		let values = (of.min..=of.max).map(|m| (log(m) * fine).round() as i32).collect();
		let table = Lookup { min: of.min, values };
		let fraction = self.emit(name, vec![mantissa], Op::Lookup(table), None)?;
		let sum = Sum {
			factors: vec![1, fine as i32],
			offset: vec![(scale.log2() * fine).round() as i64],
		};
		let id = self.emit(name, vec![fraction, exponent], Op::Sum(sum), None)?;
		Ok((id, LN_2 / fine))
	}
}
