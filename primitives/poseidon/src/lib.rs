//! circomlib's Poseidon over the scalar field of BN254, for 2 and 16 inputs (x^5, 8 full rounds).
//!
//! The permutation is the Poseidon paper's (eprint 2019/458) with one sparse matrix per partial
//! round, so that a hash of 16 inputs costs about 6,000 multiplications instead of 22,000. Results
//! equal circomlib's `Poseidon(2)` and `Poseidon(16)`, and poseidon-lite's in JavaScript.
//! [`Parameters`] is public because the circuit walks through the same rounds.
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(clippy::missing_errors_doc)]

extern crate alloc;

#[rustfmt::skip]
mod constants;

use alloc::vec::Vec;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use constants::*;
use zkml_primitives::{Evaluate, NotCanonical, Poseidon, Scalar, STRIDE_BITS};

/// The constants of one width, rows flattened. Lane 0 is the capacity going in and the hash coming
/// out.
pub struct Parameters {
	/// Number of lanes t.
	pub width: usize,
	/// Four full rounds: t constants each, added before the S-boxes.
	pub first: &'static [Fr],
	/// The t x t matrix of a full round.
	pub mds: &'static [Fr],
	/// The matrix that takes its place in the last full round before the partial ones.
	pub before_partial: &'static [Fr],
	/// t constants, added after that matrix.
	pub entry: &'static [Fr],
	/// One constant per partial round, added behind its S-box on lane 0.
	pub after_sbox: &'static [Fr],
	/// 2t - 1 per partial round: the new lane 0 as a row of t, then what lane 0 adds to each other
	/// lane.
	pub sparse: &'static [Fr],
	/// Constants of the last three full rounds; the fourth from the end has none left.
	pub last: &'static [Fr],
}

/// Constants of the permutation of 3 lanes, which hashes 2 inputs.
pub static WIDTH_3: Parameters = Parameters {
	width: 3,
	first: &FIRST_3,
	mds: &MDS_3,
	before_partial: &BEFORE_PARTIAL_3,
	entry: &ENTRY_3,
	after_sbox: &AFTER_SBOX_3,
	sparse: &SPARSE_3,
	last: &LAST_3,
};

/// Constants of the permutation of 17 lanes, which hashes 16 inputs.
pub static WIDTH_17: Parameters = Parameters {
	width: 17,
	first: &FIRST_17,
	mds: &MDS_17,
	before_partial: &BEFORE_PARTIAL_17,
	entry: &ENTRY_17,
	after_sbox: &AFTER_SBOX_17,
	sparse: &SPARSE_17,
	last: &LAST_17,
};

fn sbox(x: Fr) -> Fr {
	x.square().square() * x
}

fn full_round<const T: usize>(state: &mut [Fr; T], constants: Option<&[Fr]>, matrix: &[Fr]) {
	for (i, lane) in state.iter_mut().enumerate() {
		if let Some(constants) = constants {
			*lane += constants[i];
		}
		*lane = sbox(*lane);
	}
	let mut mixed = [Fr::ZERO; T];
	for (to, row) in mixed.iter_mut().zip(matrix.chunks_exact(T)) {
		*to = row.iter().zip(state.iter()).map(|(m, s)| *m * s).sum();
	}
	*state = mixed;
}

fn permute<const T: usize>(state: &mut [Fr; T], p: &Parameters) {
	let rounds = p.first.chunks_exact(T);
	let before = rounds.len() - 1;
	for (i, constants) in rounds.enumerate() {
		full_round(state, Some(constants), if i < before { p.mds } else { p.before_partial });
	}
	for (lane, constant) in state.iter_mut().zip(p.entry) {
		*lane += constant;
	}
	for (constant, line) in p.after_sbox.iter().zip(p.sparse.chunks_exact(2 * T - 1)) {
		let head = sbox(state[0]) + constant;
		let (row, column) = line.split_at(T);
		let mut sum = row[0] * head;
		for i in 1..T {
			sum += row[i] * state[i];
			state[i] += column[i - 1] * head;
		}
		state[0] = sum;
	}
	full_round(state, None, p.mds);
	for constants in p.last.chunks_exact(T) {
		full_round(state, Some(constants), p.mds);
	}
}

/// The hash of two field elements, circomlib's `Poseidon(2)`.
pub fn hash2(inputs: [Fr; 2]) -> Fr {
	let mut state = [Fr::ZERO, inputs[0], inputs[1]];
	permute(&mut state, &WIDTH_3);
	state[0]
}

/// The hash of sixteen field elements, circomlib's `Poseidon(16)`.
pub fn hash16(inputs: &[Fr; 16]) -> Fr {
	let mut state = [Fr::ZERO; 17];
	state[1..].copy_from_slice(inputs);
	permute(&mut state, &WIDTH_17);
	state[0]
}

/// Reads a scalar, refusing what is not below the modulus.
///
/// # Errors
///
/// If the scalar is at or above the modulus.
pub fn to_field(scalar: &Scalar) -> Result<Fr, NotCanonical> {
	scalar.check()?;
	Ok(Fr::from_be_bytes_mod_order(&scalar.0))
}

/// Writes a field element.
pub fn from_field(value: Fr) -> Scalar {
	let mut out = [0; 32];
	for (to, limb) in out.rchunks_exact_mut(8).zip(value.into_bigint().0) {
		to.copy_from_slice(&limb.to_be_bytes());
	}
	Scalar(out)
}

/// Poseidon and evaluation computed here, without a host function.
pub struct Direct;

/// Inputs above the modulus cannot come from a tensor or a checked salt; they are reduced rather
/// than turned into a panic.
fn reduced(scalar: &Scalar) -> Fr {
	Fr::from_be_bytes_mod_order(&scalar.0)
}

impl Evaluate for Direct {
	fn evaluate(polynomials: &[Vec<Scalar>], point: Scalar) -> Scalar {
		let point = reduced(&point);
		let step = (0..STRIDE_BITS).fold(point, |power, _| power.square());
		let at = |polynomial: &Vec<Scalar>| {
			polynomial.iter().fold(Fr::ZERO, |acc, next| acc * point + reduced(next))
		};
		from_field(polynomials.iter().fold(Fr::ZERO, |acc, next| acc * step + at(next)))
	}
}

impl Poseidon for Direct {
	fn hash2(inputs: &[Scalar; 2]) -> Scalar {
		from_field(hash2([reduced(&inputs[0]), reduced(&inputs[1])]))
	}

	fn hash16(inputs: &[Scalar; 16]) -> Scalar {
		let mut fields = [Fr::ZERO; 16];
		for (to, from) in fields.iter_mut().zip(inputs) {
			*to = reduced(from);
		}
		from_field(hash16(&fields))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use ark_ff::MontFp;

	/// The textbook form would need the unrewritten constants; the generator checks the rewritten
	/// ones against it. Here circomlib's published results stand for both.
	#[test]
	fn two_inputs_hash_as_in_circomlib() {
		let expected: Fr =
			MontFp!("7853200120776062878684798364095072458815029376092732009249414926327459813530");
		assert_eq!(hash2([Fr::from(1), Fr::from(2)]), expected);
	}

	#[test]
	fn sixteen_inputs_hash_as_in_circomlib() {
		let expected: Fr =
			MontFp!("9989051620750914585850546081941653841776809718687451684622678807385399211877");
		let inputs: [Fr; 16] = core::array::from_fn(|i| Fr::from(i as u64 + 1));
		assert_eq!(hash16(&inputs), expected);
	}

	#[test]
	fn polynomials_are_combined_by_the_power_that_is_the_stride() {
		let scalar = |n: u64| from_field(Fr::from(n));
		let (z, y) = (Fr::from(3), Fr::from(3).pow([u64::from(zkml_primitives::STRIDE)]));
		let first = vec![scalar(1), scalar(5), scalar(7)];
		let at = Fr::from(9 + 15 + 7);
		assert_eq!(Direct::evaluate(std::slice::from_ref(&first), from_field(z)), from_field(at));
		let all = [first, vec![scalar(11)], vec![scalar(2), scalar(0)]];
		let expected = (at * y + Fr::from(11)) * y + Fr::from(6);
		assert_eq!(Direct::evaluate(&all, from_field(z)), from_field(expected));
	}

	#[test]
	fn scalars_survive_the_way_there_and_back() {
		let value = -Fr::from(7);
		assert_eq!(to_field(&from_field(value)), Ok(value));
		assert_eq!(to_field(&Scalar(Scalar::MODULUS)), Err(NotCanonical));
	}
}
