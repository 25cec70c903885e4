//! What an integer is worth, and the rescalings that keep integers narrow.

use super::{at, Value, Walk, FAR};
use crate::{
	error::CompileError,
	graph::{Channel, Op, Requantize},
	guard::Guard,
	plan::Interval,
	quantize::bounds::Span,
};

/// Room above what was observed, at least and at most: what could be decides between.
const MARGIN: [f64; 2] = [2.0, 4.0];
/// Bits by which integers of a public model may be beyond a value's width before they are clamped.
const SLACK: u32 = 8;
/// Bits beyond a value's width that such a clamp leaves.
const ROOM: u32 = 4;
/// The same for a private one, of which any weight may be the largest.
const PRIVATE_SLACK: u32 = 3;
const PRIVATE_ROOM: u32 = 1;
/// Least share of its size that a value is taken to vary by.
const STEADY: f64 = 1.0 / 64.0;
/// Bits that a channel may lose to a larger one of its node before it gets a scale of its own.
const LOST: i32 = 4;
/// Widest that integers become so that the small ones beside large ones are kept.
const APART: u32 = 30;
/// Most bits that an integer of an output has.
const OUTPUT: u32 = 32;

/// The ends of a rescaling that a node asks for.
#[derive(Clone, Copy, Debug)]
pub(in crate::quantize) struct Ends {
	pub low: i64,
	pub high: i64,
	/// Whether each is a part of what the node computes, rather than of how it does.
	pub meant: [bool; 2],
}

impl Ends {
	/// No ends: those that no integer of a value reaches.
	pub const OPEN: Self = Self::meant(-FAR, FAR);

	/// Those of a clamp or a rounding.
	pub const fn meant(low: i64, high: i64) -> Self {
		Self { low, high, meant: [true; 2] }
	}
}

/// Constants whose quotient is about `x * ratio`.
pub(in crate::quantize) fn channel(ratio: f64) -> Channel {
	let exponent = ratio.log2();
	if exponent.fract() == 0.0 && (-60.0..=31.0).contains(&exponent) {
		return match exponent <= 0.0 {
			true => Channel::new(1, -exponent as u8),
			false => Channel::new(1 << exponent as u32, 0),
		};
	}
	let shift = (15.0 - exponent.floor()).clamp(0.0, 46.0);
	let multiplier = (ratio * shift.exp2()).round().clamp(1.0, f64::from(u32::MAX)) as u32;
	Channel::new(multiplier, shift as u8)
}

/// How much of its size a value varies by: what is to be told apart, at least a small share.
pub(in crate::quantize) fn varied(was: Span) -> f64 {
	let size = was.size();
	if size > 0.0 {
		((was.high - was.low) / size).clamp(STEADY, 1.0)
	} else {
		1.0
	}
}

/// How large a value may become: what can be, if that is not far from what was seen.
pub(in crate::quantize) fn peak(could: Span, was: Span, private: bool) -> f64 {
	let [least, most] = MARGIN.map(|margin| was.size() * margin);
	let peak = could.size().clamp(least, most);
	// A little variation of large numbers is to be seen, too.
	let peak = match private {
		true => peak,
		false => peak * varied(was),
	};
	match private {
		// A power of two tells less of the weights, and is more often the same after retraining.
		true if peak > 0.0 => peak.log2().ceil().exp2(),
		_ => peak,
	}
}

impl Walk<'_> {
	/// A scale that leaves about as many bits of a value as it is to have, if it has many more.
	pub(in crate::quantize) fn aim(&self, value: usize, id: u32, scale: f64) -> Option<Vec<f64>> {
		let bits = u32::from(self.widths(value).activation_bits);
		let want = self.peaks[value] / f64::from(bits).exp2();
		let shift = (want / scale).log2().floor().clamp(0.0, 60.0);
		let wide = self.hull(id).signed_bits() > bits + SLACK + 2;
		(shift >= 3.0 || wide).then(|| vec![scale * shift.exp2()])
	}

	/// For each of several parts of a value, which have these elements, by how many bits its scale is to
	/// be finer than the value's: one that is much smaller than others would be lost beside them.
	pub(in crate::quantize) fn finer(
		&self,
		value: usize,
		part: impl Fn(usize) -> usize,
		parts: usize,
	) -> Vec<i32> {
		let mut peaks = vec![0.0f64; parts];
		let (could, was) = (&self.known.bounds[value], self.known.observed.elements(value));
		for (i, (could, was)) in could.iter().zip(was).enumerate() {
			let peak = peak(*could, *was, self.private);
			peaks[part(i)] = peaks[part(i)].max(peak);
		}
		let all = peaks.iter().copied().fold(0.0, f64::max);
		let bits = |peak: f64| match peak > 0.0 {
			true => ((all / peak).log2().floor() as i32 - LOST).clamp(0, APART as i32),
			false => 0,
		};
		peaks.into_iter().map(bits).collect()
	}

	/// The ends of a rescaling's results whose quotients are in `hull`.
	fn ends(&self, value: usize, hull: Interval, scales: &[f64]) -> (i64, i64) {
		let bits = u32::from(self.widths(value).activation_bits);
		let (slack, room) = match self.private {
			true => (PRIVATE_SLACK, PRIVATE_ROOM),
			false => (SLACK, ROOM),
		};
		let widest = 1i64 << (bits + slack);
		if hull.min > -widest && hull.max < widest {
			return (hull.min, hull.max.max(hull.min + 1));
		}
		let end = (1i64 << (bits + room)) - 1;
		// Of a value that varies little by its size an integer is worth little: what was seen fits all the same.
		let each = self.known.observed.elements(value).iter().enumerate();
		let seen = each.map(|(i, was)| was.size() / at(scales, i)).fold(0.0, f64::max);
		let end = end.max((seen * MARGIN[0]).min(widest as f64) as i64);
		(-end, end)
	}

	/// Rescales to scales, one or one for each, and clamps. Where integers are made narrower than they
	/// could be and than the node means, a guard says so.
	pub(in crate::quantize) fn rescaled(
		&mut self,
		of: usize,
		name: &str,
		value: &Value,
		targets: &[f64],
		given: Ends,
	) -> Result<u32, CompileError> {
		let Ends { low, high, meant } = given;
		let len = self.ranges[value.id as usize].len();
		let ratio = |i: usize| value.scale(i) / at(targets, i);
		let first = ratio(0);
		let count = if (0..len).all(|i| ratio(i) == first) { 1 } else { len };
		let channels: Vec<_> = (0..count).map(|i| channel(ratio(i))).collect();
		let range = &self.ranges[value.id as usize];
		let wide = Requantize { min: -FAR, max: FAR - 1, channels: channels.clone() };
		let hull = Interval::hull(&wide.ranges(name, range)?);
		let ends = self.ends(of, hull, targets);
		let min = ends.0.max(low).min(high - 1);
		let max = ends.1.min(high).max(low + 1);
		if channels.iter().all(|c| *c == Channel::ONE) && min <= hull.min && max >= hull.max {
			return Ok(value.id);
		}
		let below = hull.min >= min || low >= ends.0 && meant[0];
		let above = hull.max <= max || high <= ends.1 && meant[1];
		if !(below && above) {
			let guard = Guard {
				node: self.nodes.len() as u32,
				value: of as u32,
				min: if below { i64::MIN } else { min },
				max: if above { i64::MAX } else { max },
			};
			self.guards.push((guard, targets.iter().copied().fold(0.0, f64::max)));
		}
		let op = Op::Requantize(Requantize { min, max, channels });
		Ok(self.emit(name, vec![value.id], op, None)?)
	}

	/// A value of moderate width.
	pub(in crate::quantize) fn settle(&mut self, value: usize) -> Result<Value, CompileError> {
		let made = self.value(value)?;
		let Some(targets) = &made.targets else { return Ok(made) };
		let id = self.rescaled(value, self.name(value), &made, targets, Ends::OPEN)?;
		let settled = Value { id, scales: targets.clone(), targets: None };
		self.values[value] = Some(settled.clone());
		Ok(settled)
	}

	/// A value of moderate width and one scale: integer value and scale. Elements of finer scales keep
	/// them where the others have room for that.
	pub(in crate::quantize) fn uniform(
		&mut self,
		value: usize,
	) -> Result<(u32, f64), CompileError> {
		let made = self.settle(value)?;
		if let Some(scale) = made.shared() {
			return Ok((made.id, scale));
		}
		let finest = made.scales.iter().copied().fold(f64::INFINITY, f64::min);
		let finest = self.even(value, finest);
		let ranges = &self.ranges[made.id as usize];
		let largest = ranges
			.iter()
			.enumerate()
			.map(|(i, range)| range.size() as f64 * made.scale(i))
			.fold(0.0, f64::max);
		let room = f64::from(APART).exp2();
		let narrow = (largest / finest / room).log2().ceil().max(0.0);
		let target = finest * narrow.exp2();
		// No clamp: none of them is wider than the largest was.
		let id = self.rescale_all(value, &made, target)?;
		self.values[value] = Some(Value::settled(id, target));
		Ok((id, target))
	}

	/// An output: of one scale, and of no more bits than an output may have. One that could be wider is worth
	/// a coarser step while all the bits that it is to have are left; what is beyond then is clamped.
	pub(in crate::quantize) fn finished(
		&mut self,
		value: usize,
	) -> Result<(u32, f64), CompileError> {
		let (id, scale) = self.uniform(value)?;
		let hull = self.hull(id);
		let wide = hull.signed_bits().saturating_sub(OUTPUT);
		if wide == 0 {
			return Ok((id, scale));
		}
		let bits = u32::from(self.widths(value).activation_bits).min(OUTPUT - ROOM);
		let want = self.peaks[value] / f64::from(bits).exp2();
		let spare = (want / scale).log2().floor().clamp(0.0, f64::from(wide));
		// What was seen has to fit, whatever is lost.
		let seen = self.known.observed.hull(value).size() * MARGIN[0];
		let least = (seen / scale).log2().ceil() - f64::from(OUTPUT - 1);
		let target = scale * spare.max(least).exp2();
		let made = Value::settled(id, scale);
		let id = self.with_ends(value, &made, target)?;
		self.values[value] = Some(Value::settled(id, target));
		Ok((id, target))
	}

	/// Rescales to one scale, with ends where an output has them.
	fn with_ends(&mut self, of: usize, value: &Value, target: f64) -> Result<u32, CompileError> {
		let name = self.name(of);
		let channels = vec![channel(value.scale(0) / target)];
		let wide = Requantize { min: -FAR, max: FAR - 1, channels: channels.clone() };
		let hull = Interval::hull(&wide.ranges(name, &self.ranges[value.id as usize])?);
		let end = (1i64 << (OUTPUT - 1)) - 1;
		let (min, max) = (hull.min.max(-end), hull.max.min(end));
		let max = max.max(min + 1);
		if (min, max) != (hull.min, hull.max) {
			let guard = Guard {
				node: self.nodes.len() as u32,
				value: of as u32,
				min: if min == hull.min { i64::MIN } else { min },
				max: if max == hull.max { i64::MAX } else { max },
			};
			self.guards.push((guard, target));
		}
		let op = Op::Requantize(Requantize { min, max, channels });
		Ok(self.emit(name, vec![value.id], op, None)?)
	}

	/// Rescales to one scale without ends.
	fn rescale_all(&mut self, of: usize, value: &Value, target: f64) -> Result<u32, CompileError> {
		let name = self.name(of);
		let len = self.ranges[value.id as usize].len();
		let channels: Vec<_> = (0..len).map(|i| channel(value.scale(i) / target)).collect();
		let wide = Requantize { min: -FAR, max: FAR - 1, channels: channels.clone() };
		let hull = Interval::hull(&wide.ranges(name, &self.ranges[value.id as usize])?);
		let op =
			Op::Requantize(Requantize { min: hull.min, max: hull.max.max(hull.min + 1), channels });
		Ok(self.emit(name, vec![value.id], op, None)?)
	}

	/// A value as it is, with the one scale that it is to be rescaled to.
	pub(in crate::quantize) fn aimed(
		&mut self,
		value: usize,
	) -> Result<(Value, f64), CompileError> {
		let made = self.value(value)?;
		match made.targets.as_deref() {
			Some([target]) => {
				let target = *target;
				Ok((made, target))
			}
			_ => {
				let (id, scale) = self.uniform(value)?;
				Ok((Value::settled(id, scale), scale))
			}
		}
	}
}
