//! Private parameters that are opened in the circuit: signed numbers that fill a width of `b` bits.
//!
//! Cost: that of a range of `2^b` values a parameter: `b` bits, or a wire and a lookup.
//!
//! Soundness: the range's, shifted.

use super::{
	range::{self, Checks},
	Backend, Integer, Reader,
};

/// New parameters, whose values the prover knows.
pub fn fresh<B: Backend>(
	b: &mut B,
	checks: &Checks,
	count: u32,
	bits: u8,
	values: &B::Known<&[i32]>,
) -> Vec<B::Int> {
	let half = 1i64 << (bits - 1);
	let parameter = |i: usize| {
		let number = |of: &B::Reader| i64::from(of.known(values)[i]) + half;
		range::fresh(b, checks, 1 << bits, number).offset(-half)
	};
	(0..count as usize).map(parameter).collect()
}
