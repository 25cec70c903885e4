//! Groth16's prover, with commit rounds (Mirage, eprint 2020/278).

use std::ops::Range;

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, PrimeField, UniformRand};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use zkml_groth16::{write_g1, write_g2, G1};
use zkml_primitives::Proof;

use crate::{
	keys::ProvingKey,
	msm::msm,
	qap,
	r1cs::{R1cs, Wire},
};

/// A commitment to the wires of a round, and what hides them.
#[derive(Clone, Copy, Debug)]
pub struct Commitment {
	/// `sum w_i (beta A_i + alpha B_i + C_i) / delta_round + blind * delta`.
	pub point: G1Affine,
	/// Random, and taken back in C.
	pub blind: Fr,
}

impl Commitment {
	/// As it is in the proof.
	pub fn wire(&self) -> G1 {
		write_g1(&self.point)
	}
}

/// Commits to a round's wires, which are there already; those behind need not be.
pub fn commit(
	system: &R1cs,
	key: &ProvingKey,
	round: usize,
	wires: &[Fr],
	rng: &mut (impl RngCore + CryptoRng),
) -> Commitment {
	let blind = Fr::rand(rng);
	let sum = msm(&key.rounds[round].query, &integers(&wires[system.round(round)]));
	let point = (sum + key.delta_g1.into_group() * blind).into_affine();
	Commitment { point, blind }
}

fn integers(wires: &[Fr]) -> Vec<BigInt<4>> {
	wires.par_iter().with_min_len(1024).map(|w| w.into_bigint()).collect()
}

/// Values of the wires on one side of products.
fn pick(values: &[BigInt<4>], wires: &[Wire]) -> Vec<BigInt<4>> {
	wires.iter().map(|wire| values[*wire as usize]).collect()
}

/// Groth16's prover for any system, assignment, and commitments to its rounds; nothing if the system
/// is too large. An assignment that breaks a constraint gives a proof that does not verify.
pub fn prove(
	system: &R1cs,
	key: &ProvingKey,
	wires: &[Fr],
	commitments: &[Commitment],
	rng: &mut (impl RngCore + CryptoRng),
) -> Option<Proof> {
	let domain = qap::domain(system.len())?;
	let (r, s) = (Fr::rand(rng), Fr::rand(rng));
	let small = integers(wires);
	let in_last: Range<usize> = system.last();
	let in_b = pick(&small, &system.b_wires);
	// The product takes most of the time and uses all cores; the others fill its gaps.
	let (h, ((a, b_g1), (b_g2, last))) = rayon::join(
		|| {
			let product = qap::product(system, &domain, wires);
			msm(&key.h, &product)
		},
		|| {
			rayon::join(
				|| {
					rayon::join(
						|| msm(&key.a, &pick(&small, &system.a_wires)),
						|| msm(&key.b_g1, &in_b),
					)
				},
				|| rayon::join(|| msm(&key.b_g2, &in_b), || msm(&key.last, &small[in_last])),
			)
		},
	);
	let delta = key.delta_g1.into_group();
	let a = a + key.verifying.alpha + delta * r;
	let b_g1 = b_g1 + key.beta_g1 + delta * s;
	let b = b_g2 + key.verifying.beta + key.verifying.delta.into_group() * s;
	let mut c = h + last + a * s + b_g1 * r - delta * (r * s);
	for (round, commitment) in key.rounds.iter().zip(commitments) {
		c -= round.delta_g1.into_group() * commitment.blind;
	}
	let commitments: Vec<_> = commitments.iter().map(Commitment::wire).collect();
	Some(Proof {
		a: write_g1(&a.into_affine()),
		b: write_g2(&b.into_affine()),
		c: write_g1(&c.into_affine()),
		commitments: commitments.try_into().ok()?,
	})
}
