//! Requantisation with or without ReLU: `y = clamp((x * multiplier + 2^(s-1)) >> s)`.
//!
//! Let `v = x * multiplier + 2^(s-1)` and `h = v >> s`, rounded down. `h` is a wire and `v - 2^s h` a
//! remainder ([`range::remainder`]); for `s = 0` it is `v` itself. What else there is depends on the
//! values that `h` can take by the plan:
//!
//! - **Never above 0**, with ReLU: `y = 0`; no constraint at all.
//! - **Never to be changed**: `y = h`, and `h` is loosely in its range.
//! - **ReLU**: `y (y - h) = 0`, and `2 y - h`, which is the size of `h`, is loosely in its range.
//! - **ReLU that may saturate** at `c = 2^k - 1`: `h = y + over - under` with `over (c - y) = 0`,
//!   `under * y = 0`, `y` exactly in `[0, c]`, `over + under` loosely in its range; `h` is no wire.
//!
//! Cost: the ranges; with ReLU one more constraint, with saturation two.
//!
//! Soundness: `h` and the remainder are integers in bounds that leave the field no room to wrap, so
//! there is one such pair. ReLU: `y` is 0 or `h`; `-h` or `h` is then not negative, so it is the larger
//! of the two. Saturation: below `c`, `over` is 0; above 0, `under` is 0; at least one is 0 since `c`
//! is not 0, and the other is their sum, not negative. So `y = 0` with `h <= 0`, or `y = h`, or `y = c`
//! with `h >= c`.

use ark_bn254::Fr;

use super::{
	range::{self, Checks},
	Witness,
};
use crate::{
	graph::{Channel, Interval, Rescale},
	r1cs::{Builder, Lc},
};

/// What one element's gadget has to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
	Zero,
	Same,
	Relu,
	Saturate,
}

/// One element's gadget.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Element {
	channel: Channel,
	form: Form,
	/// Largest result c.
	ceiling: i64,
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
		let at = |x: i64| (x * i64::from(channel.multiplier) + channel.half()) >> channel.shift;
		let quotient = Interval { min: at(input.min), max: at(input.max) };
		let ceiling = rescale.ceiling();
		let form = match rescale.rectify {
			true if quotient.max <= 0 => Form::Zero,
			true if quotient.max > ceiling => Form::Saturate,
			true if quotient.min < 0 => Form::Relu,
			_ => Form::Same,
		};
		Self { channel, form, ceiling, quotient }
	}

	fn shift(&self) -> u32 {
		self.channel.shift.into()
	}

	/// Width of the size of `h`.
	fn size(&self) -> u32 {
		bits(self.quotient.max.max(-self.quotient.min))
	}

	/// Width of what saturation takes off or adds.
	fn excess(&self) -> u32 {
		bits((self.quotient.max - self.ceiling).max(-self.quotient.min))
	}
}

/// Constrains the result to follow from `x`.
pub fn constrain(b: &mut Builder, checks: &Checks, element: &Element, x: &Lc) -> Lc {
	let shift = element.shift();
	let v = x.times(Fr::from(element.channel.multiplier)).offset(element.channel.half());
	let divide = |b: &mut Builder, h: &Lc| {
		let left = v.minus(&h.times(Fr::from(1u64 << shift)));
		range::remainder(b, checks, &left, shift);
	};
	match element.form {
		Form::Zero => Lc::default(),
		Form::Same if shift == 0 => v,
		Form::Same => {
			let h = Lc::wire(b.wire());
			divide(b, &h);
			let Interval { min, max } = element.quotient;
			range::loose(b, checks, &h.offset(-min), bits(max - min));
			h
		}
		Form::Relu => {
			let h = if shift == 0 { v.clone() } else { Lc::wire(b.wire()) };
			let y = Lc::wire(b.wire());
			if shift > 0 {
				divide(b, &h);
			}
			b.group("rescale.rectify");
			b.enforce(&y, &y.minus(&h), &Lc::default());
			range::loose(b, checks, &y.plus(&y).minus(&h), element.size());
			y
		}
		Form::Saturate => {
			let [y, over, under] = [(); 3].map(|()| Lc::wire(b.wire()));
			let h = y.plus(&over).minus(&under);
			divide(b, &h);
			b.group("rescale.over");
			b.enforce(&over, &Lc::integer(element.ceiling).minus(&y), &Lc::default());
			b.group("rescale.under");
			b.enforce(&under, &y, &Lc::default());
			range::exact(b, checks, &y, element.ceiling as u64 + 1);
			range::loose(b, checks, &over.plus(&under), element.excess());
			y
		}
	}
}

/// Pushes the wires for a value, and gives the result.
pub fn assign(w: &mut Witness, checks: &Checks, element: &Element, x: i64) -> i64 {
	let shift = element.shift();
	let v = x * i64::from(element.channel.multiplier) + element.channel.half();
	let h = v >> shift;
	let left = v - (h << shift);
	match element.form {
		Form::Zero => 0,
		Form::Same if shift == 0 => v,
		Form::Same => {
			w.push_integer(h);
			range::assign_remainder(w, checks, left, shift);
			let Interval { min, max } = element.quotient;
			range::assign_loose(w, checks, i128::from(h - min), bits(max - min));
			h
		}
		Form::Relu => {
			let y = h.max(0);
			if shift > 0 {
				w.push_integer(h);
			}
			w.push_integer(y);
			if shift > 0 {
				range::assign_remainder(w, checks, left, shift);
			}
			range::assign_loose(w, checks, h.abs().into(), element.size());
			y
		}
		Form::Saturate => {
			let y = h.clamp(0, element.ceiling);
			let (over, under) = ((h - y).max(0), (y - h).max(0));
			[y, over, under].into_iter().for_each(|n| w.push_integer(n));
			range::assign_remainder(w, checks, left, shift);
			range::assign_exact(w, checks, y, element.ceiling as u64 + 1);
			range::assign_loose(w, checks, i128::from(over + under), element.excess());
			y
		}
	}
}
