//! Groth16's prover, with commit rounds (Mirage, eprint 2020/278).

use std::ops::Range;

use ark_bn254::{Fr, G1Affine, G1Projective, G2Projective};
use ark_ec::{
	short_weierstrass::{Affine, Projective},
	AffineRepr, CurveGroup,
};
use ark_ff::{BigInt, PrimeField, UniformRand};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use zkml_groth16::{write_g1, write_g2, G1};
use zkml_primitives::Proof;

use crate::{
	keys::ProvingKey,
	msm::{msm, msm_at, Curve},
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
	/// Hides the sum of a round's wires.
	pub(crate) fn new(
		sum: G1Projective,
		delta: G1Affine,
		rng: &mut (impl RngCore + CryptoRng),
	) -> Self {
		let blind = Fr::rand(rng);
		Self { point: (sum + delta.into_group() * blind).into_affine(), blind }
	}

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
	let sum = msm(&key.rounds[round].query, &integers(&wires[system.round(round)]));
	Commitment::new(sum, key.delta_g1, rng)
}

/// A commitment to the wires that are committed to once, which serves any number of proofs.
#[derive(Clone, Copy, Debug)]
pub struct Committed {
	/// `sum w_i (beta A_i + alpha B_i + C_i) / delta_0`. What hides the wires is one of them.
	pub point: G1Affine,
	/// Their part of each proof's A, and of B in either group.
	sides: Sides,
}

/// The sums of the points on the left and on the right of products.
#[derive(Clone, Copy, Debug)]
struct Sides {
	a: G1Projective,
	b_g1: G1Projective,
	b_g2: G2Projective,
}

/// Commits to these values of the wires that are committed to once.
pub fn commit_once(system: &R1cs, key: &ProvingKey, values: &[Fr]) -> Committed {
	let values = integers(values);
	let own = |wires: &[Wire]| -> (Range<usize>, Vec<BigInt<4>>) {
		let range = among(wires, system.committed());
		let value = |wire: &Wire| values[*wire as usize - system.public];
		(range.clone(), wires[range].iter().map(value).collect())
	};
	let ((in_a, left), (in_b, right)) = (own(&system.a_wires), own(&system.b_wires));
	let (point, (a, (b_g1, b_g2))) = rayon::join(
		|| msm(&key.committed, &values),
		|| {
			rayon::join(
				|| msm(&key.a[in_a], &left),
				|| {
					rayon::join(
						|| msm(&key.b_g1[in_b.clone()], &right),
						|| msm(&key.b_g2[in_b.clone()], &right),
					)
				},
			)
		},
	);
	Committed { point: point.into_affine(), sides: Sides { a, b_g1, b_g2 } }
}

/// Which of some wires, in ascending order, are in a range.
fn among(wires: &[Wire], range: Range<usize>) -> Range<usize> {
	let below = |end: usize| wires.partition_point(|wire| (*wire as usize) < end);
	below(range.start)..below(range.end)
}

pub(crate) fn integers(wires: &[Fr]) -> Vec<BigInt<4>> {
	wires.par_iter().with_min_len(1024).map(|w| w.into_bigint()).collect()
}

/// The sum of the points of one side, for the wires on it; of those that are committed to once it is `known`, if
/// anything is.
fn side<P: Curve<ScalarField = Fr>>(
	system: &R1cs,
	points: &[Affine<P>],
	wires: &[Wire],
	values: &[BigInt<4>],
	known: Option<Projective<P>>,
) -> Projective<P> {
	let Some(known) = known else { return msm_at(points, values, wires) };
	let Range { start, end } = among(wires, system.committed());
	let sum = |range: Range<usize>| msm_at(&points[range.clone()], values, &wires[range]);
	sum(0..start) + known + sum(end..wires.len())
}

/// The sums that a proof is made of, nothing blinded yet.
pub(crate) struct Sums {
	pub a: G1Projective,
	pub b_g1: G1Projective,
	pub b_g2: G2Projective,
	pub h: G1Projective,
	pub last: G1Projective,
}

impl Sums {
	/// The proof that they make, blinded by `r` and `s`; nothing if there are more commitments than a proof has.
	pub fn proof<InG1, InG2>(
		self,
		key: &ProvingKey<InG1, InG2>,
		commitments: &[Commitment],
		[r, s]: [Fr; 2],
	) -> Option<Proof> {
		let delta = key.delta_g1.into_group();
		let a = self.a + key.verifying.alpha + delta * r;
		let b_g1 = self.b_g1 + key.beta_g1 + delta * s;
		let b = self.b_g2 + key.verifying.beta + key.verifying.delta.into_group() * s;
		let mut c = self.h + self.last + a * s + b_g1 * r - delta * (r * s);
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
}

/// Groth16's prover for any system, assignment, and commitments to its rounds; nothing if the system
/// is too large. `committed` is what [`commit_once`] made of the wires that are committed to once; without
/// it their part is worked out again. An assignment that breaks a constraint gives a proof that does not verify.
pub fn prove(
	system: &R1cs,
	key: &ProvingKey,
	wires: &[Fr],
	committed: Option<&Committed>,
	commitments: &[Commitment],
	rng: &mut (impl RngCore + CryptoRng),
) -> Option<Proof> {
	let domain = qap::domain(system.len())?;
	let (r, s) = (Fr::rand(rng), Fr::rand(rng));
	let small = integers(wires);
	let in_last: Range<usize> = system.last();
	let (a_wires, b_wires) = (&system.a_wires, &system.b_wires);
	let known = committed.map(|committed| committed.sides);
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
						|| side(system, &key.a, a_wires, &small, known.map(|sides| sides.a)),
						|| side(system, &key.b_g1, b_wires, &small, known.map(|s| s.b_g1)),
					)
				},
				|| {
					rayon::join(
						|| side(system, &key.b_g2, b_wires, &small, known.map(|s| s.b_g2)),
						|| msm(&key.last, &small[in_last]),
					)
				},
			)
		},
	);
	Sums { a, b_g1, b_g2, h, last }.proof(key, commitments, [r, s])
}
