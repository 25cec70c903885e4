//! The verification equation.

use alloc::vec::Vec;

use ark_bn254::G1Affine;
use ark_ec::CurveGroup;
use zkml_primitives::{Proof, Scalar};

use crate::{
	miller::{lines_of_key, Lines},
	pairing::product,
	read::{self, Read, ReadKey},
	straus::sum_of_products,
	PreparedKey, VerifyError,
};

/// Whether `proof` shows the statement with these public inputs under this key:
///
/// ```text
/// e(A, B) = e(alpha, beta) * e(W, delta_0) * e(IC_0 + sum x_i IC_i, gamma) * prod e(D_i, delta_i) * e(C, delta)
/// ```
///
/// where `D_i` are the round commitments. W is the commitment to the parameters that the key comes with,
/// and its pairing is in what was prepared; a key of a kind without such parameters has no such factor.
/// Without rounds and W that is Groth16 (section 3.2), with rounds it is Mirage's form (eprint
/// 2020/278). The challenges among the inputs are the caller's to derive, see
/// `Statement::round_inputs`.
///
/// One Miller loop of three pairs and one for each round, and one final exponentiation; about 1.4 ms
/// on one core, and 0.3 ms for a round.
///
/// # Errors
///
/// If inputs or proof are malformed, the equation does not hold, or the stored key cannot be read.
pub fn verify(key: &PreparedKey, inputs: &[Scalar], proof: &Proof) -> Result<(), VerifyError> {
	let proof = read::proof(key, inputs, proof)?;
	holds(&read::key(key)?, &proof)
}

/// Whether the equation holds.
pub(crate) fn holds(key: &ReadKey, proof: &Read) -> Result<(), VerifyError> {
	let [one, ic @ ..] = key.ic.as_slice() else { return Err(VerifyError::Key) };
	let statement = sum_of_products(ic, &proof.inputs) + one;
	let rounds = proof.commitments.iter().zip(&key.rounds);
	let mut pairs: Vec<(G1Affine, Lines)> =
		rounds.map(|(commitment, delta)| (-*commitment, lines_of_key(delta))).collect();
	pairs.push(((-statement).into_affine(), lines_of_key(&key.gamma)));
	pairs.push((-proof.c, lines_of_key(&key.delta)));
	pairs.push((proof.a, proof.b.clone()));
	match product(&pairs) {
		Some(result) if result == key.alpha_beta => Ok(()),
		_ => Err(VerifyError::Equation),
	}
}
