//! The verification equation.

use alloc::vec::Vec;

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::PrimeField;
use zkml_primitives::{Proof, Scalar};

use crate::{
	convert::{read_g1, read_g2, read_g2_unchecked},
	Element, PreparedKey, VerifyError,
};

/// Whether `proof` shows the statement with these public inputs under this key:
/// `e(A, B) = e(alpha, beta) * e(IC_0 + sum x_i IC_i, gamma) * prod e(D_i, delta_i) * e(C, delta)`,
/// where `D_i` are the round commitments. Without rounds that is Groth16 (section 3.2); with them it
/// is Mirage's form (eprint 2020/278). The challenges among the inputs are the caller's to derive,
/// see `Statement::round_inputs`.
///
/// One Miller loop of three pairs and one for each round, and one final exponentiation; about 1.4 ms
/// on one core, and 0.25 ms for a round with its challenge.
pub fn verify(key: &PreparedKey, inputs: &[Scalar], proof: &Proof) -> Result<(), VerifyError> {
	let points = key.key.points();
	// Cheap refusals first: no group operation is spent on what cannot be read.
	let count = |n: usize| n.min(usize::from(u8::MAX)) as u8;
	if proof.commitments.len() != points.rounds.len() {
		let (expected, got) = (count(points.rounds.len()), count(proof.commitments.len()));
		return Err(VerifyError::CommitmentCount { expected, got });
	}
	if inputs.len() + 1 != points.ic.len() {
		let (expected, got) = (count(points.ic.len().saturating_sub(1)), count(inputs.len()));
		return Err(VerifyError::InputCount { expected, got });
	}
	let mut scalars = Vec::with_capacity(inputs.len());
	for (index, input) in inputs.iter().enumerate() {
		input.check().map_err(|_| VerifyError::InputNotCanonical(count(index)))?;
		scalars.push(Fr::from_be_bytes_mod_order(&input.0).into_bigint());
	}
	let point = |element| move |error| VerifyError::Point(element, error);
	let a = read_g1(&proof.a).map_err(point(Element::A))?;
	let c = read_g1(&proof.c).map_err(point(Element::C))?;
	let mut g1: Vec<G1Affine> = Vec::with_capacity(3 + points.rounds.len());
	for (index, commitment) in proof.commitments.iter().enumerate() {
		g1.push(-read_g1(commitment).map_err(point(Element::Commitment(count(index))))?);
	}
	let b = read_g2(&proof.b).map_err(point(Element::B))?;

	let corrupt = |_| VerifyError::Key;
	let mut g2: Vec<G2Affine> = Vec::with_capacity(3 + points.rounds.len());
	for delta in points.rounds {
		g2.push(read_g2_unchecked(delta).map_err(corrupt)?);
	}
	g2.push(read_g2_unchecked(points.gamma).map_err(corrupt)?);
	g2.push(read_g2_unchecked(points.delta).map_err(corrupt)?);
	g2.push(b);
	let alpha_beta = key.alpha_beta.read().ok_or(VerifyError::Key)?;
	let [one, ic @ ..] = points.ic else { return Err(VerifyError::Key) };
	let mut statement: G1Projective = read_g1(one).map_err(corrupt)?.into_group();
	for (scalar, point) in scalars.iter().zip(ic) {
		statement += read_g1(point).map_err(corrupt)?.into_group().mul_bigint(scalar);
	}
	g1.extend([(-statement).into_affine(), -c, a]);

	match Bn254::final_exponentiation(Bn254::multi_miller_loop(g1, g2)) {
		Some(result) if result.0 == alpha_beta => Ok(()),
		_ => Err(VerifyError::Equation),
	}
}
