//! Private parameters: signed numbers that fill a width of `b` bits.
//!
//! Cost: that of a range of `2^b` values a parameter: `b` bits, or a wire and a lookup.
//!
//! Soundness: the range's, shifted.

use super::{
	range::{self, Checks},
	Witness,
};
use crate::r1cs::{Builder, Lc};

/// New parameters' values.
pub fn constrain(b: &mut Builder, checks: &Checks, count: u32, bits: u8) -> Vec<Lc> {
	let half = 1i64 << (bits - 1);
	(0..count).map(|_| range::fresh(b, checks, 1 << bits).offset(-half)).collect()
}

/// Pushes what [`constrain`] allocates.
pub fn assign(w: &mut Witness, checks: &Checks, values: &[i32], bits: u8) {
	for value in values {
		range::assign_fresh(w, checks, i64::from(*value) + (1 << (bits - 1)), 1 << bits);
	}
}
