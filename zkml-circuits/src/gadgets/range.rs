//! Range check: `min <= x <= max` for constants `min` and `max`.
//!
//! With `n` the bits of `max - min`: `x - min` is decomposed into `n` bits, and unless
//! `max - min + 1` is a power of two, so is `max - x`.
//!
//! Cost: `n + 1` constraints, or `2 (n + 1)`; as many wires, with `x` itself.
//!
//! Soundness: `n` boolean wires sum up to a number of `[0, 2^n)`, which is `x - min` as a field
//! element, `n <= 32`. So `x` lies in `[min, min + 2^n)`, and by the second half in
//! `(max - 2^n, max]`. Both intervals together span less than the modulus, so their intersection is
//! `[min, max]`.

use super::{push_bits, Witness};
use crate::{
	graph::Interval,
	r1cs::{field, Builder, Lc, Wire},
};

fn width(range: Interval) -> u32 {
	64 - (range.max - range.min).leading_zeros()
}

fn needs_upper(range: Interval) -> bool {
	(range.max - range.min + 1).count_ones() != 1
}

/// Constraints of one check.
pub fn cost(range: Interval) -> u64 {
	u64::from(width(range) + 1) * if needs_upper(range) { 2 } else { 1 }
}

/// Wires of one check.
pub fn wires(range: Interval) -> u64 {
	1 + u64::from(width(range)) * if needs_upper(range) { 2 } else { 1 }
}

/// A wire for the value, then its bits. Gives the wire.
pub fn constrain(builder: &mut Builder, range: Interval) -> Wire {
	let x = builder.wire();
	let value = Lc::wire(x);
	let count = width(range);
	half(builder, ["range.bit", "range.recompose"], &value.offset(-range.min), count);
	if needs_upper(range) {
		let distance = Lc::integer(range.max).minus(&value);
		half(builder, ["range.upper-bit", "range.upper-recompose"], &distance, count);
	}
	x
}

fn half(builder: &mut Builder, groups: [&'static str; 2], value: &Lc, count: u32) {
	let first = builder.wires(count);
	builder.group(groups[0]);
	for i in 0..count {
		builder.boolean(first + i);
	}
	builder.group(groups[1]);
	builder.equal(&Lc::bits(first, count), value);
}

/// Pushes the value and its bits.
pub fn assign(witness: &mut Witness, range: Interval, value: i64) {
	witness.push(field(value));
	push_bits(witness, value - range.min, width(range));
	if needs_upper(range) {
		push_bits(witness, range.max - value, width(range));
	}
}
