//! Requantisation, ReLU and clamps: `y = clamp((x * multiplier + 2^(s-1)) >> s)` to `[min, max]`.
//!
//! Let `v = x * multiplier + 2^(s-1)` and `h = v >> s`, rounded down. `h` is a wire and `v - 2^s h` a
//! remainder ([`range::remainder`]); for `s = 0` it is `v` itself. What else there is depends on the
//! values that `h` can take by the plan:
//!
//! - **All beyond one end**: `y` is that end; no constraint at all.
//! - **None beyond an end**: `y = h`, and `h` is loosely in its range.
//! - **Some below `min`**, none above `max` (ReLU): `(y - min) (y - h) = 0`, and `2 y - h - min`, which
//!   is the distance of `h` from `min`, is loosely in its range. **Some above `max`**: the same,
//!   mirrored.
//! - **Some beyond either end**: `h = y + over - under` with `over (max - y) = 0`,
//!   `under (y - min) = 0`, `y - min` exactly in `[0, max - min]`, `over + under` loosely in its
//!   range; `h` is no wire.
//!
//! Cost: the ranges; with one end one more constraint, with both two.
//!
//! Soundness: `h` and the remainder are integers in bounds that leave the field no room to wrap, so
//! there is one such pair. One end: `y` is `min` or `h`; `h - min` or `min - h` is then not negative, so
//! it is the larger of the two. Both ends: below `max`, `over` is 0; above `min`, `under` is 0; at least
//! one is 0 since the ends differ, and the other is their sum, not negative. So `y = min` with
//! `h <= min`, or `y = h`, or `y = max` with `h >= max`.

use ark_bn254::Fr;

use super::{
	range::{self, Checks},
	Witness,
};
use crate::{
	graph::{Channel, Rescale},
	plan::Interval,
	r1cs::{Builder, Lc},
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
		Self { channel, form, min, max, quotient }
	}

	fn shift(&self) -> u32 {
		self.channel.shift.into()
	}

	/// Width of what [`range::loose`] checks besides the remainder.
	fn width(&self) -> u32 {
		let Self { min, max, quotient: h, .. } = self;
		bits(match self.form {
			Form::End(_) => 0,
			Form::Same => h.max - h.min,
			Form::Lower => (h.max - min).max(min - h.min),
			Form::Upper => (h.max - max).max(max - h.min),
			Form::Both => (h.max - max).max(min - h.min),
		})
	}

	/// Results of [`Form::Both`].
	fn results(&self) -> u64 {
		(self.max - self.min) as u64 + 1
	}
}

/// Constrains the result to follow from `x`.
pub fn constrain(b: &mut Builder, checks: &Checks, element: &Element, x: &Lc) -> Lc {
	let shift = element.shift();
	let (min, max) = (Lc::integer(element.min), Lc::integer(element.max));
	if let Form::End(end) = element.form {
		return Lc::integer(end);
	}
	let v = x.times(Fr::from(element.channel.multiplier)).offset(element.channel.half());
	let divide = |b: &mut Builder, h: &Lc| {
		let left = v.minus(&h.times(Fr::from(1u64 << shift)));
		range::remainder(b, checks, &left, shift);
	};
	if element.form == Form::Both {
		let [y, over, under] = [(); 3].map(|()| Lc::wire(b.wire()));
		divide(b, &y.plus(&over).minus(&under));
		b.group("rescale.over");
		b.enforce(&over, &max.minus(&y), &Lc::default());
		b.group("rescale.under");
		b.enforce(&under, &y.minus(&min), &Lc::default());
		range::exact(b, checks, &y.minus(&min), element.results());
		range::loose(b, checks, &over.plus(&under), element.width());
		return y;
	}
	let h = if shift == 0 { v.clone() } else { Lc::wire(b.wire()) };
	if shift > 0 {
		divide(b, &h);
	}
	let end = match element.form {
		Form::Lower => min,
		Form::Upper => max,
		_ => {
			if shift > 0 {
				let from = h.offset(-element.quotient.min);
				range::loose(b, checks, &from, element.width());
			}
			return h;
		}
	};
	let y = Lc::wire(b.wire());
	b.group("rescale.clamp");
	b.enforce(&y.minus(&end), &y.minus(&h), &Lc::default());
	let twice = y.plus(&y).minus(&h).minus(&end);
	let distance = if element.form == Form::Lower { twice } else { twice.times(-Fr::from(1)) };
	range::loose(b, checks, &distance, element.width());
	y
}

/// Pushes the wires for a value, and gives the result.
pub fn assign(w: &mut Witness, checks: &Checks, element: &Element, x: i64) -> i64 {
	let Element { channel, form, min, max, quotient } = *element;
	let shift = element.shift();
	let v = x * i64::from(channel.multiplier) + channel.half();
	let h = v >> shift;
	let left = v - (h << shift);
	let y = h.clamp(min, max);
	let width = element.width();
	match form {
		Form::End(_) => {}
		Form::Both => {
			let (over, under) = ((h - y).max(0), (y - h).max(0));
			[y, over, under].into_iter().for_each(|n| w.push_integer(n));
			range::assign_remainder(w, checks, left, shift);
			range::assign_exact(w, checks, y - min, element.results());
			range::assign_loose(w, checks, i128::from(over + under), width);
		}
		Form::Same | Form::Lower | Form::Upper => {
			if shift > 0 {
				w.push_integer(h);
				range::assign_remainder(w, checks, left, shift);
			}
			let end = match form {
				Form::Lower => min,
				Form::Upper => max,
				_ => {
					if shift > 0 {
						range::assign_loose(w, checks, i128::from(h - quotient.min), width);
					}
					return y;
				}
			};
			w.push_integer(y);
			range::assign_loose(w, checks, i128::from((h - end).abs()), width);
		}
	}
	y
}
