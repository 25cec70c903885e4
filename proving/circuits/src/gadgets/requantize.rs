//! Requantisation, ReLU and clamps: `y = clamp(round((x * multiplier + offset) / 2^s))` to `[min, max]`.
//!
//! Let `v = x * multiplier + offset + 2^(s-1)` and `h` the rounded quotient.
//!
//! **Halves upwards**: `h = v >> s`, rounded down. `h` is a wire and `v - 2^s h` a remainder
//! ([`range::remainder`]); for `s = 0` it is `v` itself.
//!
//! **Halves to the even or the odd**, where the plan's range of `x` has one, else they are rounded
//! upwards as well: let `o` be the last bit that a tie's result has, and `e = v - 1 - 2^s o` modulo
//! `2^(s+1)`. Wires are the quotient `g`, a boolean `b`, the inverse `i` of `d = 2^(s+1) - 1 - e` (or 0),
//! and `t`, with `v - 1 - 2^s o - 2^(s+1) g - 2^s b` a remainder of `s` bits (so that it and `2^s b` make
//! `e`), `d i = 1 - t` and `d t = 0`. The result is `h = 2 g + b + t + o`: of the `2^(s+1)` numbers from
//! half below one result with the last bit `o` to half below the next, the first `2^s` round to that
//! result, the one that is last is a tie with the next, and those between have the result between. The
//! last bit of `h - o` is `p = b - t`; what ranges are asked for below is then half of the number less
//! its last bit, with a bit less.
//!
//! What else there is depends on the values that `h` can take by the plan:
//!
//! - **All beyond one end**: `y` is that end; no constraint at all.
//! - **None beyond an end**: `y = h`, and `h` is loosely in its range.
//! - **Some below `min`**, none above `max` (ReLU): `(y - min) (y - h) = 0`, and `2 y - h - min`, which
//!   is the distance of `h` from `min`, is loosely in its range. **Some above `max`**: the same,
//!   mirrored.
//! - **Some beyond either end**: `h = y + over - under` with `over (max - y) = 0`,
//!   `under (y - min) = 0`, `y - min` exactly in `[0, max - min]`, `over + under` loosely in its
//!   range; `h` is no wire. Where `y` is looked up in a table whose rows are of `[min, max]` alone
//!   ([`super::lookup::Shared`]) `y - min` is loosely in its range, and the rows say the rest. With halves to the even or the odd: one end after the other.
//!
//! Cost: the ranges; with one end one more constraint, with both two. Halves to the even or the odd:
//! two more, and with both ends another range in place of that of `y`.
//!
//! Soundness: `h` and the remainder are integers in bounds that leave the field no room to wrap, so
//! there is one such pair. One end: `y` is `min` or `h`; `h - min` or `min - h` is then not negative, so
//! it is the larger of the two. Both ends: below `max`, `over` is 0; above `min`, `under` is 0; at least
//! one is 0 since the ends differ, and the other is their sum, not negative. So `y = min` with
//! `h <= min`, or `y = h`, or `y = max` with `h >= max`. That `min <= y <= max` is said by the exact range, or,
//! where `y - min` is loosely in a range, by the rows of the table.
//!
//! Of halves to the even or the odd: `t` is 1 if `d` is 0 and else 0. If it is 1, `e` is all ones, which
//! the remainder alone cannot make, so `b` is 1 too: `p` is 0 or 1 whatever the prover does. Then the
//! range says that `h`'s distance from an integer is an integer whose last bit is `p`; so `h - o - p` is
//! even, and with it `h - o - b - t`, and `g` is an integer. `g`, `b` and the remainder are the digits of
//! one integer, which has one such triple, and `d` and with it `t` follow.

use ark_ff::Field;

use super::{
	range::{self, Checks},
	Backend, Integer, Reader,
};
use crate::{
	graph::{Channel, Requantize},
	plan::Interval,
	r1cs::field,
};

/// What one element's gadget has to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
	/// The result is this end whatever the element is.
	End(i64),
	Same,
	/// Clamped at the lower end.
	Lower,
	/// Clamped at the upper end.
	Upper,
	/// Clamped at both ends.
	Both,
}

/// The gadget of one element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Element {
	channel: Channel,
	form: Form,
	/// The ends that the result is clamped to.
	min: i64,
	max: i64,
	/// The values of `h`.
	quotient: Interval,
	/// The last bit that a tie's result has, if there are ties and they have a rule.
	parity: Option<i64>,
	/// Whether the result is looked up in a table that has rows for numbers from end to end alone.
	looked_up: bool,
}

/// Bits of a number that is not negative.
fn bits(n: i64) -> u32 {
	64 - n.leading_zeros()
}

impl Element {
	/// For an element whose `x` is in `input`; the plan has checked that nothing overflows.
	pub fn new(rescale: &Requantize, index: usize, input: Interval) -> Self {
		let channel = rescale.channel(index);
		let Requantize { min, max, .. } = *rescale;
		let quotient =
			Interval { min: channel.quotient(input.min), max: channel.quotient(input.max) };
		let form = match (quotient.min < min, quotient.max > max) {
			_ if quotient.max <= min => Form::End(min),
			_ if quotient.min >= max => Form::End(max),
			(false, false) => Form::Same,
			(true, false) => Form::Lower,
			(false, true) => Form::Upper,
			(true, true) => Form::Both,
		};
		let parity = channel.ties.parity().filter(|_| channel.can_tie(input.min, input.max));
		Self { channel, form, min, max, quotient, parity, looked_up: false }
	}

	/// Says whether the result is looked up in a table that has rows for numbers from end to end alone.
	pub fn looked_up(self, looked_up: bool) -> Self {
		Self { looked_up, ..self }
	}

	fn shift(&self) -> u32 {
		self.channel.shift.into()
	}

	/// Width of the distance of `h` from the lower end, or from its smallest value.
	fn below(&self) -> u32 {
		let Self { min, quotient: h, .. } = self;
		bits((h.max - min).max(min - h.min))
	}

	/// Width of the distance of `h` from the upper end, if it is at least `least`.
	fn above(&self, least: i64) -> u32 {
		let Self { max, quotient: h, .. } = self;
		bits((h.max - max).max(max - least))
	}

	/// Width of what [`range::loose`] checks besides the remainder, with halves upwards.
	fn width(&self) -> u32 {
		let Self { min, max, quotient: h, .. } = self;
		match self.form {
			Form::End(_) => 0,
			Form::Same => bits(h.max - h.min),
			Form::Lower => self.below(),
			Form::Upper => self.above(h.min),
			Form::Both => bits((h.max - max).max(min - h.min)),
		}
	}

	/// How many results there can be of [`Form::Both`], its ends among them.
	fn results(&self) -> u64 {
		(self.max - self.min) as u64 + 1
	}
}

/// A rounded quotient: itself, and the last bit of its distance from `o` if that is known.
struct Rounded<N> {
	h: N,
	odd: Option<(N, i64)>,
}

impl<N: Integer> Rounded<N> {
	/// That `distance`, which is that of `h` from `end`, is not negative and loosely below `2^width`.
	fn within<B>(&self, b: &mut B, checks: &Checks, distance: &N, end: i64, width: u32)
	where
		B: Backend<Int = N>,
	{
		let Some((odd, o)) = &self.odd else {
			return range::loose(b, checks, distance, width);
		};
		let last = match (end ^ o) & 1 {
			0 => odd.clone(),
			_ => N::constant(1).minus(odd),
		};
		range::loose(b, checks, &distance.minus(&last).halved(), width.saturating_sub(1));
	}

	/// The larger of `h` and `end`, or the smaller.
	fn clamp<B>(&self, b: &mut B, checks: &Checks, end: i64, upper: bool, width: u32) -> N
	where
		B: Backend<Int = N>,
	{
		let h = &self.h;
		let y = b.wire(|of| if upper { of.int(h).min(end) } else { of.int(h).max(end) });
		b.group("rescale.clamp", |g| g.vanish(y.offset(-end), y.minus(h)));
		let twice = y.plus(&y).minus(h).offset(-end);
		let distance = if upper { twice.times(-1) } else { twice };
		self.within(b, checks, &distance, end, width);
		y
	}
}

/// That the remainder of `v` by `2^shift` is what the quotient `h` leaves.
fn divide<B: Backend>(b: &mut B, checks: &Checks, v: &B::Int, h: &B::Int, shift: u32) {
	range::remainder(b, checks, &v.minus(&h.shifted(shift)), shift);
}

/// The quotient of `v` with halves upwards.
fn upwards<B: Backend>(b: &mut B, checks: &Checks, v: B::Int, shift: u32) -> Rounded<B::Int> {
	if shift == 0 {
		return Rounded { h: v, odd: None };
	}
	let h = b.wire(|of| of.int(&v) >> shift);
	divide(b, checks, &v, &h, shift);
	Rounded { h, odd: None }
}

/// The quotient of `v` whose ties go to the last bit `o`.
fn tied<B: Backend>(b: &mut B, checks: &Checks, v: &B::Int, shift: u32, o: i64) -> Rounded<B::Int> {
	let whole = v.offset(-1).offset(-(o << shift));
	let quotient = b.wire(|of| of.int(&whole) >> (shift + 1));
	let bit = b.wire(|of| of.int(&whole) >> shift & 1);
	b.group("rescale.bit", |g| g.boolean(bit.clone()));
	let e = whole.minus(&quotient.shifted(shift + 1));
	divide(b, checks, &e, &bit, shift);
	let d = B::Int::constant((2 << shift) - 1).minus(&e);
	// 0 for want of an inverse.
	let inverse = b.field_wire(|of| field(of.int(&d)).inverse().unwrap_or_default());
	let tie = b.wire(|of| i64::from(of.int(&d) == 0));
	b.group("rescale.tie", |g| {
		g.enforce(d.clone(), inverse.clone(), B::Int::constant(1).minus(&tie));
	});
	b.group("rescale.no-tie", |g| g.vanish(d.clone(), tie.clone()));
	let h = quotient.plus(&quotient).plus(&bit).plus(&tie).offset(o);
	Rounded { h, odd: Some((bit.minus(&tie), o)) }
}

/// The quotient of `v` by halves upwards, clamped at both ends.
fn saturated<B: Backend>(b: &mut B, checks: &Checks, element: &Element, v: &B::Int) -> B::Int {
	let Element { min, max, .. } = *element;
	let shift = element.shift();
	let h = b.know(|of| of.int(v) >> shift);
	let y = b.wire(|of| (*of.known(&h)).clamp(min, max));
	let over = b.wire(|of| (of.known(&h) - max).max(0));
	let under = b.wire(|of| (min - of.known(&h)).max(0));
	divide(b, checks, v, &y.plus(&over).minus(&under), shift);
	b.group("rescale.over", |g| g.vanish(over.clone(), B::Int::constant(max).minus(&y)));
	b.group("rescale.under", |g| g.vanish(under.clone(), y.offset(-min)));
	match element.looked_up {
		true => range::loose(b, checks, &y.offset(-min), bits(max - min)),
		false => range::exact(b, checks, &y.offset(-min), element.results()),
	}
	range::loose(b, checks, &over.plus(&under), element.width());
	y
}

/// The result for `x`.
pub fn result<B: Backend>(b: &mut B, checks: &Checks, element: &Element, x: &B::Int) -> B::Int {
	let Element { min, max, channel, quotient, parity, form, .. } = *element;
	let shift = element.shift();
	let v = || x.times(channel.multiplier.into()).offset(channel.offset).offset(channel.half());
	let round = |b: &mut B| match parity {
		Some(o) => tied(b, checks, &v(), shift, o),
		None => upwards(b, checks, v(), shift),
	};
	match form {
		Form::End(end) => B::Int::constant(end),
		Form::Same => {
			let rounded = round(b);
			if shift > 0 {
				let distance = rounded.h.offset(-quotient.min);
				rounded.within(b, checks, &distance, quotient.min, element.width());
			}
			rounded.h
		}
		Form::Lower => round(b).clamp(b, checks, min, false, element.width()),
		Form::Upper => round(b).clamp(b, checks, max, true, element.width()),
		Form::Both if parity.is_none() => saturated(b, checks, element, &v()),
		Form::Both => {
			let h = round(b).clamp(b, checks, min, false, element.below());
			Rounded { h, odd: None }.clamp(b, checks, max, true, element.above(min))
		}
	}
}
