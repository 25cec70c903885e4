//! Fine integers, which roots and quotients are made of (`relative.rs` says which values have them), and the
//! operations that make them.

use super::{
	bounds::Span,
	walk::{Walk, FAR},
};
use crate::{
	error::CompileError,
	graph::{Channel, GraphError, Op, Requantize, Sum},
	guard::Guard,
	plan::Interval,
};

/// Bits of integers that a root or a quotient is made of.
pub(super) const WIDE: u32 = 44;
/// Bits that all may have that is taken apart by them: one less than the integer graph's.
pub(super) const ROOM: u32 = 59;

/// An argument on its way through a function: an integer value, what an integer is worth, where the numbers
/// that it stands for could be and where they were.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fine {
	pub id: u32,
	pub scale: f64,
	pub could: Span,
	pub was: Span,
	/// The smallest number above 0 that there is to be told apart.
	pub least: f64,
}

impl Walk<'_> {
	/// Rounded to at most so many bits, if it has more.
	pub(super) fn narrowed(
		&mut self,
		name: &str,
		id: u32,
		scale: f64,
		bits: u32,
	) -> Result<(u32, f64), GraphError> {
		let more = self.hull(id).signed_bits().saturating_sub(bits);
		if more == 0 {
			return Ok((id, scale));
		}
		let channels = vec![Channel::new(1, more as u8)];
		let (min, max) = self.quotients(id, channels[0]);
		let op = Op::Requantize(Requantize { min, max, channels });
		Ok((self.emit(name, vec![id], op, None)?, scale * f64::from(more).exp2()))
	}

	/// Ends that clamp nothing.
	fn quotients(&self, id: u32, channel: Channel) -> (i64, i64) {
		let Interval { min, max } = self.hull(id);
		let min = channel.quotient(min);
		(min, channel.quotient(max).max(min + 1))
	}

	/// Clamped into `low..=high`, where it could be beyond.
	pub(super) fn clamped(
		&mut self,
		name: &str,
		id: u32,
		low: i64,
		high: i64,
	) -> Result<u32, GraphError> {
		let hull = self.hull(id);
		if hull.min >= low && hull.max <= high {
			return Ok(id);
		}
		if low == high {
			// The ends of a rescaling differ.
			let end = Sum { factors: vec![0], offset: vec![low] };
			return self.emit(name, vec![id], Op::Sum(end), None);
		}
		let min = low.max(hull.min).min(high - 1);
		let max = high.min(hull.max).max(min + 1);
		let op = Op::Requantize(Requantize { min, max, channels: vec![Channel::ONE] });
		self.emit(name, vec![id], op, None)
	}

	/// `factor x + offset` with integers that are worth no more than `want`, if there is room for them.
	pub(super) fn affine(
		&mut self,
		name: &str,
		x: Fine,
		(factor, offset): (f64, f64),
		want: f64,
	) -> Result<(u32, f64), GraphError> {
		let scale = x.scale * factor.abs();
		if offset == 0.0 && factor > 0.0 {
			return Ok((x.id, scale));
		}
		// Coarser if the offset has no room.
		let far = (offset.abs() / scale).log2().ceil() - f64::from(WIDE);
		let bits = self.hull(x.id).signed_bits();
		let (id, coarse) = match far > 0.0 {
			true => self.narrowed(name, x.id, scale, bits.saturating_sub(far as u32).max(2))?,
			false => (x.id, scale),
		};
		let bits = self.hull(id).signed_bits();
		let size = f64::from(bits).max((offset.abs() / coarse).log2());
		let room = (f64::from(WIDE) - size).floor().clamp(0.0, 30.0);
		let finer = match offset == 0.0 {
			true => 0.0,
			false => (coarse / want).log2().ceil().clamp(0.0, room),
		};
		let scale = coarse / finer.exp2();
		let factors = vec![(finer.exp2() * factor.signum()) as i32];
		let offset = vec![(offset / scale).round() as i64];
		Ok((self.emit(name, vec![id], Op::Sum(Sum { factors, offset }), None)?, scale))
	}

	/// Clamped from below at an integer. If the numbers could be below it, that is a guard's.
	pub(super) fn guarded(
		&mut self,
		of: usize,
		name: &str,
		x: Fine,
		low: i64,
		could: bool,
	) -> Result<u32, CompileError> {
		if self.hull(x.id).min >= low {
			return Ok(x.id);
		}
		if !could {
			return Ok(self.clamped(name, x.id, low, FAR)?);
		}
		let guard =
			Guard { node: self.nodes.len() as u32, value: of as u32, min: low, max: i64::MAX };
		self.guards.push((guard, x.scale));
		Ok(self.clamped(name, x.id, low, FAR)?)
	}

	/// Numerator and divisor of a quotient, with a divisor above 0.
	pub(super) fn signed(
		&mut self,
		of: usize,
		name: &str,
		x: Fine,
		d: Fine,
	) -> Result<(Fine, Fine), CompileError> {
		let (x, d) = match d.could.high < 0.0 {
			true => {
				let turn = |span: Span| Span { low: -span.high, high: -span.low };
				let mut turned = |x: Fine| -> Result<Fine, GraphError> {
					let op = Op::Sum(Sum { factors: vec![-1], offset: vec![0] });
					let id = self.emit(name, vec![x.id], op, None)?;
					Ok(Fine { id, could: turn(x.could), was: turn(x.was), ..x })
				};
				(turned(x)?, turned(d)?)
			}
			false => (x, d),
		};
		let positive = d.could.low > 0.0;
		if !positive && d.was.low <= 0.0 {
			return Err(CompileError::Graph(GraphError::Node {
				node: name.into(),
				expected:
					"a divisor that is never 0 (a Clip, or a range of the input, that keeps it \
				           above 0 or below)"
						.into(),
				got: format!("one from {} to {}", d.could.low, d.could.high),
			}));
		}
		// What is known to be above 0 may have been rounded to it.
		let low = match positive {
			true => d.could.low,
			false => d.was.low / 2.0,
		};
		let least = ((low / d.scale).floor() as i64).max(1);
		let id = self.guarded(of, name, d, least, !positive)?;
		Ok((x, Fine { id, ..d }))
	}

	/// A quotient with steps of about that.
	pub(super) fn quotient(
		&mut self,
		name: &str,
		x: Fine,
		d: Fine,
		unit: f64,
	) -> Result<(u32, f64), GraphError> {
		let want = (x.scale / (d.scale * unit)).log2().ceil().clamp(0.0, 58.0) as u32;
		let bits = self.hull(x.id).signed_bits();
		let (id, scale) = self.narrowed(name, x.id, x.scale, ROOM - 2)?;
		let shift = want.min((ROOM - 1).saturating_sub(bits.min(ROOM - 2) + 1));
		let id = self.emit(name, vec![id, d.id], Op::Div(shift as u8), None)?;
		Ok((id, scale / (d.scale * f64::from(shift).exp2())))
	}

	/// A root with steps of about that.
	pub(super) fn root(
		&mut self,
		name: &str,
		x: Fine,
		unit: f64,
	) -> Result<(u32, f64), GraphError> {
		let bits = self.hull(x.id).signed_bits();
		let want = (x.scale / (unit * unit)).log2().ceil().clamp(0.0, 58.0) as u32;
		let mut shift = want.min(ROOM.saturating_sub(bits));
		// A power of two stays one.
		let exponent = x.scale.log2();
		if exponent.fract() == 0.0 && (exponent as i64 - i64::from(shift)) % 2 != 0 {
			shift = if shift > 0 { shift - 1 } else { shift };
		}
		let id = self.emit(name, vec![x.id], Op::Sqrt(shift as u8), None)?;
		Ok((id, (x.scale / f64::from(shift).exp2()).sqrt()))
	}
}

/// Where a divisor could be that is clamped as [`Walk::signed`] does.
pub(super) fn away_from_zero(d: Fine) -> Span {
	let Span { low, high } = d.could;
	let low = if low > 0.0 || high < 0.0 { low } else { d.was.low / 2.0 };
	Span { low, high }
}

/// The smallest size of numbers that are not 0, if they are all of one sign.
pub(super) fn least(span: Span) -> Option<f64> {
	match (span.low > 0.0, span.high < 0.0) {
		(true, _) => Some(span.low),
		(_, true) => Some(-span.high),
		_ => None,
	}
}
