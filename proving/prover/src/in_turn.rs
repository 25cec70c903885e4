//! Proofs that are made once: one sum after another, with no more of the key in memory than the sum's points.
//!
//! What [`crate::prove`] makes, for the same randomness. Sums that run beside each other would fill each other's
//! gaps, but a proof of ranges, made once for each version, had more memory than all others.

use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{
	short_weierstrass::{Affine, Projective},
	CurveGroup,
};
use ark_ff::UniformRand;
use rand::{CryptoRng, RngCore};
use zkml_primitives::Proof;

use crate::{
	files::FileError,
	keys::ProvingKey,
	msm::{msm, msm_at, Curve},
	prove::{integers, Commitment, Sums},
	qap,
	queries::Query,
	r1cs::R1cs,
};

/// Commits to these values of the wires that are committed to once.
pub fn commit_once<InG1, InG2>(key: &ProvingKey<InG1, InG2>, values: &[Fr]) -> G1Affine {
	msm(&key.committed, &integers(values)).into_affine()
}

/// Commits to a round's wires, which are there already; those behind need not be.
///
/// # Errors
///
/// If the key's file cannot be read any more.
pub fn commit<InG1: Query<G1Affine>, InG2>(
	system: &R1cs,
	key: &ProvingKey<InG1, InG2>,
	round: usize,
	wires: &[Fr],
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<Commitment, FileError> {
	let points = key.rounds[round].query.points()?;
	Ok(Commitment::new(&points, key.delta_g1, &wires[system.round(round)], rng))
}

/// Groth16's prover for any system, assignment, and commitments to its rounds; nothing if the system is too
/// large. System and assignment go as soon as they were used. An assignment that breaks a constraint gives
/// a proof that does not verify.
///
/// # Errors
///
/// If the key's file cannot be read any more.
pub fn prove<InG1: Query<G1Affine>, InG2: Query<G2Affine>>(
	system: R1cs,
	key: &ProvingKey<InG1, InG2>,
	wires: Vec<Fr>,
	commitments: &[Commitment],
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<Option<Proof>, FileError> {
	let Some(domain) = qap::domain(system.len()) else { return Ok(None) };
	let blinds = [Fr::rand(rng), Fr::rand(rng)];
	let product = qap::product(&system, &domain, &wires);
	let in_last = system.last();
	let [a_wires, b_wires] = system.into_sides();
	let small = integers(&wires);
	drop(wires);
	let h = sum(&key.h, |points| msm(points, &product))?;
	drop(product);
	let last = sum(&key.last, |points| msm(points, &small[in_last]))?;
	let a = sum(&key.a, |points| msm_at(points, &small, &a_wires))?;
	let b_g1 = sum(&key.b_g1, |points| msm_at(points, &small, &b_wires))?;
	let b_g2 = sum(&key.b_g2, |points| msm_at(points, &small, &b_wires))?;
	Ok(Sums { a, b_g1, b_g2, h, last }.proof(key, commitments, blinds))
}

/// Reads a query and sums it.
fn sum<P: Curve>(
	query: &impl Query<Affine<P>>,
	sum: impl FnOnce(&[Affine<P>]) -> Projective<P>,
) -> Result<Projective<P>, FileError> {
	Ok(sum(&query.points()?))
}
