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
//!   range; `h` is no wire. With halves to the even or the odd: one end after the other.
//!
//! Cost: the ranges; with one end one more constraint, with both two. Halves to the even or the odd:
//! two more, and with both ends another range in place of that of `y`.
//!
//! Soundness: `h` and the remainder are integers in bounds that leave the field no room to wrap, so
//! there is one such pair. One end: `y` is `min` or `h`; `h - min` or `min - h` is then not negative, so
//! it is the larger of the two. Both ends: below `max`, `over` is 0; above `min`, `under` is 0; at least
//! one is 0 since the ends differ, and the other is their sum, not negative. So `y = min` with
//! `h <= min`, or `y = h`, or `y = max` with `h >= max`.
//!
//! Of halves to the even or the odd: `t` is 1 if `d` is 0 and else 0. If it is 1, `e` is all ones, which
//! the remainder alone cannot make, so `b` is 1 too: `p` is 0 or 1 whatever the prover does. Then the
//! range says that `h`'s distance from an integer is an integer whose last bit is `p`; so `h - o - p` is
//! even, and with it `h - o - b - t`, and `g` is an integer. `g`, `b` and the remainder are the digits of
//! one integer, which has one such triple, and `d` and with it `t` follow.

use ark_bn254::Fr;
use ark_ff::Field;

use super::{
	range::{self, Checks},
	Witness,
};
use crate::{
	graph::{Channel, Rescale},
	plan::Interval,
	r1cs::{field, Builder, Lc},
};

/// What one element's gadget has to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
	/// Always that end.
	End(i64),
	Same,
	/// Clamped at the lower end,
	Lower,
	/// at the upper,
	Upper,
	/// at both.
	Both,
}

/// One element's gadget.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Element {
	channel: Channel,
	form: Form,
	/// The ends.
	min: i64,
	max: i64,
	/// The values of `h`.
	quotient: Interval,
	/// The last bit that a tie's result has, if there are ties and they have a rule.
	parity: Option<i64>,
}

/// Bits of a number that is not negative.
fn bits(n: i64) -> u32 {
	64 - n.leading_zeros()
}

impl Element {
	/// For an element whose `x` is in `input`; the plan has checked that nothing overflows.
	pub fn new(rescale: &Rescale, index: usize, input: Interval) -> Self {
		let channel = rescale.channel(index);
		let Rescale { min, max, .. } = *rescale;
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
		Self { channel, form, min, max, quotient, parity }
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

	/// Results of [`Form::Both`].
	fn results(&self) -> u64 {
		(self.max - self.min) as u64 + 1
	}
}

/// A rounded quotient: itself, and the last bit of its distance from `o` if that is known.
struct Rounded {
	h: Lc,
	odd: Option<(Lc, i64)>,
}

impl Rounded {
	/// That `distance`, which is that of `h` from `end`, is not negative and loosely below `2^width`.
	fn within(&self, b: &mut Builder, checks: &Checks, distance: &Lc, end: i64, width: u32) {
		let Some((odd, o)) = &self.odd else {
			return range::loose(b, checks, distance, width);
		};
		let last = match (end ^ o) & 1 {
			0 => odd.clone(),
			_ => Lc::integer(1).minus(odd),
		};
		let half = distance.minus(&last).times(half());
		range::loose(b, checks, &half, width.saturating_sub(1));
	}
}

/// The inverse of 2.
fn half() -> Fr {
	Fr::from(2).inverse().unwrap_or_default()
}

/// Constrains the wires of a quotient whose ties go to the last bit `o`.
fn tied(b: &mut Builder, checks: &Checks, element: &Element, v: &Lc, o: i64) -> Rounded {
	let shift = element.shift();
	let [one, two] = [shift, shift + 1].map(|bits| Fr::from(1u64 << bits));
	let quotient = Lc::wire(b.wire());
	let bit = b.wire();
	b.group("rescale.bit");
	b.boolean(bit);
	let bit = Lc::wire(bit);
	let e = v.offset(-1).minus(&Lc::integer(o).times(one)).minus(&quotient.times(two));
	range::remainder(b, checks, &e.minus(&bit.times(one)), shift);
	let (inverse, tie) = (Lc::wire(b.wire()), Lc::wire(b.wire()));
	let d = Lc::constant(two - Fr::from(1)).minus(&e);
	b.group("rescale.tie");
	b.enforce(&d, &inverse, &Lc::integer(1).minus(&tie));
	b.group("rescale.no-tie");
	b.enforce(&d, &tie, &Lc::default());
	let h = quotient.plus(&quotient).plus(&bit).plus(&tie).offset(o);
	Rounded { h, odd: Some((bit.minus(&tie), o)) }
}

/// The larger of `h` and `end`, or the smaller.
fn clamp(
	b: &mut Builder,
	checks: &Checks,
	from: &Rounded,
	end: i64,
	upper: bool,
	width: u32,
) -> Lc {
	let y = Lc::wire(b.wire());
	let limit = Lc::integer(end);
	b.group("rescale.clamp");
	b.enforce(&y.minus(&limit), &y.minus(&from.h), &Lc::default());
	let twice = y.plus(&y).minus(&from.h).minus(&limit);
	let distance = if upper { twice.times(-Fr::from(1)) } else { twice };
	from.within(b, checks, &distance, end, width);
	y
}

/// Constrains the result to follow from `x`.
pub fn constrain(b: &mut Builder, checks: &Checks, element: &Element, x: &Lc) -> Lc {
	let shift = element.shift();
	let Element { min, max, channel, quotient, .. } = *element;
	if let Form::End(end) = element.form {
		return Lc::integer(end);
	}
	let v = x.times(Fr::from(channel.multiplier)).offset(channel.offset).offset(channel.half());
	let divide = |b: &mut Builder, h: &Lc| {
		let left = v.minus(&h.times(Fr::from(1u64 << shift)));
		range::remainder(b, checks, &left, shift);
	};
	if element.form == Form::Both && element.parity.is_none() {
		let [y, over, under] = [(); 3].map(|()| Lc::wire(b.wire()));
		divide(b, &y.plus(&over).minus(&under));
		b.group("rescale.over");
		b.enforce(&over, &Lc::integer(max).minus(&y), &Lc::default());
		b.group("rescale.under");
		b.enforce(&under, &y.offset(-min), &Lc::default());
		range::exact(b, checks, &y.offset(-min), element.results());
		range::loose(b, checks, &over.plus(&under), element.width());
		return y;
	}
	let rounded = match element.parity {
		Some(o) => tied(b, checks, element, &v, o),
		None if shift == 0 => Rounded { h: v.clone(), odd: None },
		None => {
			let h = Lc::wire(b.wire());
			divide(b, &h);
			Rounded { h, odd: None }
		}
	};
	match element.form {
		Form::Lower => clamp(b, checks, &rounded, min, false, element.width()),
		Form::Upper => clamp(b, checks, &rounded, max, true, element.width()),
		Form::Both => {
			let h = clamp(b, checks, &rounded, min, false, element.below());
			let above = Rounded { h, odd: None };
			clamp(b, checks, &above, max, true, element.above(min))
		}
		_ => {
			if shift > 0 {
				let distance = rounded.h.offset(-quotient.min);
				rounded.within(b, checks, &distance, quotient.min, element.width());
			}
			rounded.h
		}
	}
}

/// Pushes what [`Rounded::within`] allocates.
fn assign_within(w: &mut Witness, checks: &Checks, element: &Element, distance: i64, width: u32) {
	match element.parity {
		Some(_) => {
			range::assign_loose(w, checks, i128::from(distance >> 1), width.saturating_sub(1));
		}
		None => range::assign_loose(w, checks, i128::from(distance), width),
	}
}

/// Pushes the wires for a value, and gives the result.
pub fn assign(w: &mut Witness, checks: &Checks, element: &Element, x: i64) -> i64 {
	let Element { channel, form, min, max, quotient, parity } = *element;
	let shift = element.shift();
	let v = channel.sum(x);
	let h = channel.quotient(x);
	let y = h.clamp(min, max);
	let width = element.width();
	if let Form::End(_) = form {
		return y;
	}
	if let Some(o) = parity {
		let e = v - 1 - (o << shift);
		let (g, bit) = (e >> (shift + 1), e >> shift & 1);
		w.push_integer(g);
		w.push_integer(bit);
		range::assign_remainder(w, checks, e & ((1 << shift) - 1), shift);
		let d = (2i64 << shift) - 1 - (e - (g << (shift + 1)));
		// 0 for want of an inverse.
		w.push(field(d).inverse().unwrap_or_default());
		w.push_integer(i64::from(d == 0));
		if form == Form::Both {
			let lower = h.max(min);
			w.push_integer(lower);
			assign_within(w, checks, element, (h - min).abs(), element.below());
			w.push_integer(y);
			range::assign_loose(w, checks, i128::from((lower - max).abs()), element.above(min));
			return y;
		}
	} else if form == Form::Both {
		let (over, under) = ((h - y).max(0), (y - h).max(0));
		[y, over, under].into_iter().for_each(|n| w.push_integer(n));
		range::assign_remainder(w, checks, v - (h << shift), shift);
		range::assign_exact(w, checks, y - min, element.results());
		range::assign_loose(w, checks, i128::from(over + under), width);
		return y;
	} else if shift > 0 {
		w.push_integer(h);
		range::assign_remainder(w, checks, v - (h << shift), shift);
	}
	match form {
		Form::Lower | Form::Upper => {
			let end = if form == Form::Lower { min } else { max };
			w.push_integer(y);
			assign_within(w, checks, element, (h - end).abs(), width);
		}
		_ if shift > 0 => assign_within(w, checks, element, h - quotient.min, width),
		_ => {}
	}
	y
}
