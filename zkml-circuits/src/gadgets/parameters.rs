//! Private parameters: signed numbers that fill a width of `b` bits.
//!
//! A parameter has no wire of its own, only its `b` bits in offset binary; its value is the
//! combination `sum 2^i bit_i - 2^(b-1)`.
//!
//! Cost: `b` constraints and wires a parameter.
//!
//! Soundness: boolean bits cannot make a number outside `[-2^(b-1), 2^(b-1))`, and each number there
//! has one spelling.

use super::{push_bits, Witness};
use crate::r1cs::{Builder, Lc};

/// Constraints of `count` parameters.
pub fn cost(count: u64, bits: u8) -> u64 {
	count * u64::from(bits)
}

/// The parameters' values as combinations of new bits.
pub fn constrain(builder: &mut Builder, count: u32, bits: u8) -> Vec<Lc> {
	builder.group("parameter.bit");
	let bits = u32::from(bits);
	(0..count)
		.map(|_| {
			let first = builder.wires(bits);
			for i in 0..bits {
				builder.boolean(first + i);
			}
			Lc::bits(first, bits).offset(-(1 << (bits - 1)))
		})
		.collect()
}

/// Pushes the parameters' bits.
pub fn assign(witness: &mut Witness, values: &[i32], bits: u8) {
	for value in values {
		push_bits(witness, i64::from(*value) + (1 << (bits - 1)), u32::from(bits));
	}
}
