//! Proofs that are made once: one sum after another, piece by piece, with no more of the key in memory than the
//! piece's points.
//!
//! What [`crate::prove`] makes, for the same randomness, in less than half of the memory: most of that is not the
//! key, but what sums have of each point and scalar while they run.

use std::ops::Range;

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
	let values = integers(&wires[system.round(round)]);
	let sum = sum(&key.rounds[round].query, |points, range| msm(points, &values[range]))?;
	Ok(Commitment::new(sum, key.delta_g1, rng))
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
	let h = sum(&key.h, |points, range| msm(points, &product[range]))?;
	drop(product);
	let last = sum(&key.last, |points, range| msm(points, &small[in_last.clone()][range]))?;
	let a = sum(&key.a, |points, range| msm_at(points, &small, &a_wires[range]))?;
	let b_g1 = sum(&key.b_g1, |points, range| msm_at(points, &small, &b_wires[range]))?;
	let b_g2 = sum(&key.b_g2, |points, range| msm_at(points, &small, &b_wires[range]))?;
	Ok(Sums { a, b_g1, b_g2, h, last }.proof(key, commitments, blinds))
}

/// Points that are in memory at a time.
pub(crate) const PIECE: usize = 1 << 16;

/// Reads a query and sums it, piece by piece.
fn sum<P: Curve>(
	query: &impl Query<Affine<P>>,
	sum: impl Fn(&[Affine<P>], Range<usize>) -> Projective<P>,
) -> Result<Projective<P>, FileError> {
	let mut total = Projective::default();
	for start in (0..query.count()).step_by(PIECE) {
		let range = start..query.count().min(start + PIECE);
		total += sum(&query.points(range.clone())?, range);
	}
	Ok(total)
}
