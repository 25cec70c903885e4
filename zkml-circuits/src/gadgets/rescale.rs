//! Requantisation with or without ReLU: `y = clamp((x * multiplier + 2^(s-1)) >> s)`.
//!
//! Let `v = x * multiplier + 2^(s-1)`, within `[-2^(W-1), 2^(W-1))` by the plan. `v + 2^(W-1)` is
//! decomposed into `W` bits; the top bit says `v >= 0`, and where it is set, the bits from `s` up to
//! it are the quotient `v >> s`, rounded down.
//!
//! - Without ReLU the result is the top bits' combination itself: `W + 1` constraints.
//! - With ReLU it is `sign * quotient`: `W + 2` constraints and one more wire.
//! - If the quotient may exceed `2^k - 1`: with `t` the sum of its bits from `k` up (a few dozen
//!   boolean values, so it cannot wrap to zero), `t * i = f` and `t * (1 - f) = 0` make `f` 1
//!   exactly if `t` is not 0; a single such bit is `f` itself. `p = f * (2^k - 1 - low)` then lifts
//!   the low `k` bits to the ceiling: `W + 3` or `W + 5` constraints.
//!
//! Soundness: `W <= 62` boolean bits spell each number of the range in one way and no other field
//! element, so sign and quotient follow from `v`; each further wire is determined by a constraint
//! linear in it, except `i`, which is a hint.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{push_bits, Witness};
use crate::{
	graph::{Channel, Interval, Rescale},
	r1cs::{field, Builder, Lc, Wire},
};

/// The widths of one element's gadget.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Widths {
	channel: Channel,
	rectify: bool,
	/// Width k of the result.
	bits: u32,
	total: u32,
}

impl Widths {
	/// For an element whose `x` is in `input`; the plan has checked that nothing overflows.
	pub fn new(rescale: &Rescale, index: usize, input: Interval) -> Self {
		let channel = rescale.channel(index);
		let scale = |x: i64| x * i64::from(channel.multiplier) + channel.half();
		let scaled = Interval { min: scale(input.min), max: scale(input.max) };
		let total = scaled.signed_bits().max(u32::from(channel.shift) + 1);
		Self { channel, rectify: rescale.rectify, bits: u32::from(rescale.bits), total }
	}

	/// Width W of what is decomposed.
	pub fn total(&self) -> u32 {
		self.total
	}

	/// Bits of the quotient above the result's width.
	pub fn excess(&self) -> u32 {
		let quotient = self.total - 1 - u32::from(self.channel.shift);
		if self.rectify {
			quotient.saturating_sub(self.bits)
		} else {
			0
		}
	}

	/// Constraints.
	pub fn cost(&self) -> u64 {
		let clamp = match self.excess() {
			0 => 0,
			1 => 1,
			_ => 3,
		};
		u64::from(self.total) + 1 + u64::from(self.rectify) + clamp
	}

	/// Wires.
	pub fn wires(&self) -> u64 {
		let clamp = match self.excess() {
			0 => 0,
			1 => 1,
			_ => 3,
		};
		u64::from(self.total) + u64::from(self.rectify) + clamp
	}
}

/// What the constraining half gives.
pub struct Rescaled {
	/// The result.
	pub y: Lc,
	/// The first of its bits.
	pub bits: Wire,
}

/// Constrains the result to follow from `x`.
pub fn constrain(builder: &mut Builder, widths: &Widths, x: &Lc) -> Rescaled {
	let Widths { channel, rectify, bits, total } = *widths;
	let shift = u32::from(channel.shift);
	let first = builder.wires(total);
	builder.group("rescale.bit");
	for i in 0..total {
		builder.boolean(first + i);
	}
	builder.group("rescale.recompose");
	let v = x.times(Fr::from(channel.multiplier)).offset(channel.half());
	builder.equal(&Lc::bits(first, total), &v.offset(1 << (total - 1)));

	if !rectify {
		let quotient = Lc::bits(first + shift, total - shift);
		return Rescaled { y: quotient.offset(-(1 << (total - 1 - shift))), bits: first };
	}
	let sign = Lc::wire(first + total - 1);
	let excess = widths.excess();
	let low = Lc::bits(first + shift, total - 1 - shift - excess);
	let quotient = if excess == 0 {
		low
	} else {
		let high: Vec<Lc> = (first + shift + bits..).take(excess as usize).map(Lc::wire).collect();
		let flag = if let [only] = high.as_slice() {
			only.clone()
		} else {
			let sum = Lc::sum(high.iter().map(|lc| (Fr::ONE, lc)));
			let (inverse, flag) = (Lc::wire(builder.wire()), Lc::wire(builder.wire()));
			builder.group("rescale.excess");
			builder.enforce(&sum, &inverse, &flag);
			builder.group("rescale.no-excess");
			builder.enforce(&sum, &Lc::integer(1).minus(&flag), &Lc::default());
			flag
		};
		let lift = Lc::wire(builder.wire());
		builder.group("rescale.clamp");
		builder.enforce(&flag, &Lc::integer((1 << bits) - 1).minus(&low), &lift);
		low.plus(&lift)
	};
	let y = Lc::wire(builder.wire());
	builder.group("rescale.rectify");
	builder.enforce(&sign, &quotient, &y);
	Rescaled { y, bits: first }
}

/// Pushes the bits and hints for a value, and gives the result.
pub fn assign(witness: &mut Witness, widths: &Widths, x: i64) -> i64 {
	let Widths { channel, rectify, bits, total } = *widths;
	let v = x * i64::from(channel.multiplier) + channel.half();
	let offset = v + (1 << (total - 1));
	push_bits(witness, offset, total);
	if !rectify {
		return v >> channel.shift;
	}
	let positive = v >= 0;
	let excess = widths.excess();
	// As the constraints read it: for a negative number, the bits below the sign's.
	let quotient = (offset & ((1 << (total - 1)) - 1)) >> channel.shift;
	let mut clamped = quotient;
	if excess > 0 {
		let low = quotient & ((1 << bits) - 1);
		let high = (quotient >> bits).count_ones();
		let flag = high > 0;
		if excess > 1 {
			witness.push(Fr::from(high).inverse().unwrap_or(Fr::ZERO));
			witness.push(Fr::from(flag));
		}
		let lift = if flag { (1 << bits) - 1 - low } else { 0 };
		witness.push(field(lift));
		clamped = low + lift;
	}
	let y = if positive { clamped } else { 0 };
	witness.push(field(y));
	y
}
