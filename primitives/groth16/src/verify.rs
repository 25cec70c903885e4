//! The verification equation.

use ark_bn254::{Bn254, Fr, G1Projective};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInt, PrimeField};
use zkml_primitives::{Proof, Scalar, PLAIN_INPUTS};

use crate::{
	convert::{read_g1, read_g2, read_g2_unchecked},
	Element, PreparedKey, VerifyError,
};

/// Whether `proof` shows the statement with these public inputs under this key:
/// `e(A, B) = e(alpha, beta) * e(IC_0 + sum x_i IC_i, gamma) * e(C, delta)` (Groth16, section 3.2).
///
/// One Miller loop of three pairs and one final exponentiation; about 1.6 ms on one core.
pub fn verify(
	key: &PreparedKey,
	inputs: &[Scalar; PLAIN_INPUTS],
	proof: &Proof,
) -> Result<(), VerifyError> {
	// Cheap refusals first: no group operation is spent on what cannot be read.
	let mut scalars = [BigInt::zero(); PLAIN_INPUTS];
	for (index, (to, input)) in scalars.iter_mut().zip(inputs).enumerate() {
		input.check().map_err(|_| VerifyError::InputNotCanonical(index as u8))?;
		*to = Fr::from_be_bytes_mod_order(&input.0).into_bigint();
	}
	let point = |element| move |error| VerifyError::Point(element, error);
	let a = read_g1(&proof.a).map_err(point(Element::A))?;
	let c = read_g1(&proof.c).map_err(point(Element::C))?;
	let b = read_g2(&proof.b).map_err(point(Element::B))?;

	let corrupt = |_| VerifyError::Key;
	let gamma = read_g2_unchecked(&key.key.gamma).map_err(corrupt)?;
	let delta = read_g2_unchecked(&key.key.delta).map_err(corrupt)?;
	let alpha_beta = key.alpha_beta.read().ok_or(VerifyError::Key)?;
	let mut statement: G1Projective = read_g1(&key.key.ic[0]).map_err(corrupt)?.into_group();
	for (scalar, point) in scalars.iter().zip(&key.key.ic[1..]) {
		statement += read_g1(point).map_err(corrupt)?.into_group().mul_bigint(scalar);
	}

	let product = Bn254::multi_miller_loop([a, (-statement).into_affine(), -c], [b, gamma, delta]);
	match Bn254::final_exponentiation(product) {
		Some(result) if result.0 == alpha_beta => Ok(()),
		_ => Err(VerifyError::Equation),
	}
}
