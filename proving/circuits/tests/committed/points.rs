//! Points that anybody can write down once they have seen W. They can be registered; what they need for a
//! proof is an opening.

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::AdditiveGroup;
use zkml_groth16::{
	prepare_params, read_g1, read_g2, verify, write_g1, write_g2, Element, PointError,
	PreparedParams, VerifyError,
};
use zkml_primitives::{CircuitKey, Proof, Statement};

use super::keyed::{challenge, digest, inputs, one_row, Keyed, CTX, REFUSED};

fn moved(point: &mut zkml_primitives::G1, by: G1Projective) {
	*point = write_g1(&(read_g1(point).unwrap() + by).into_affine());
}

/// `W + v delta` and `W + v delta_1`: a proof under W could be turned into one under them by who has `delta_0`
/// in G1, which no key has; and even then the challenge is another.
#[test]
fn another_s_point_with_a_delta_added_is_of_no_use() {
	let mut delta_0 = Fr::ZERO;
	let mut keyed = Keyed::with(one_row(), |waste| delta_0 = waste.inference.committed);
	let words = keyed.words();
	let (point, statement, proof) = keyed.honest(&words);
	let (v, secret) = (Fr::from(77), (G1Projective::generator() * delta_0).into_affine());
	let old = inputs(&statement, &proof);
	let ProvingPoints { delta, round, salt } = ProvingPoints::of(&keyed);
	for (added, of_round) in [(delta, false), (round, true)] {
		let to = (point + added * v).into_affine();
		let with = Statement { params: digest(to), ..statement.clone() };
		assert_eq!(verify(&keyed.under(to), &old, &proof), REFUSED);
		for taken in [delta, round, salt, secret] {
			let mut changed = proof.clone();
			let part = if of_round { &mut changed.commitments[0] } else { &mut changed.c };
			moved(part, taken * -v);
			let passes = verify(&keyed.under(to), &old, &changed);
			assert_eq!(passes, if taken == secret { Ok(()) } else { REFUSED });
			assert_eq!(keyed.verify(to, &with, &changed), REFUSED);
		}
	}
}

/// Points of a key that could be taken for `delta_0`.
struct ProvingPoints {
	delta: G1Affine,
	round: G1Affine,
	salt: G1Affine,
}

impl ProvingPoints {
	fn of(keyed: &Keyed) -> Self {
		let key = &keyed.key;
		Self { delta: key.delta_g1, round: key.rounds[0].delta_g1, salt: key.committed[0] }
	}
}

/// `W + v X_j` and `W_1 + W_2` are to the words plus v, and to sums of words: who has no opening of W has none
/// of these, and parts of the proofs that were seen do not make one.
#[test]
fn another_s_point_with_a_word_or_a_point_added_is_of_no_use() {
	let mut keyed = Keyed::new(one_row());
	let (words, others) = (keyed.words(), keyed.words());
	let (one, statement, proof) = keyed.honest(&words);
	let (two, second, other) = keyed.honest(&others);
	let v = Fr::from(3);
	let mut more = words.clone();
	more[1] += v;
	let sums: Vec<Fr> = words.iter().zip(&others).map(|(one, two)| *one + two).collect();
	let trace = keyed.trace(3);
	let result = |keyed: &Keyed, words: &[Fr]| {
		// Both inputs are 3.
		let y = (words[1] + words[2]) * Fr::from(3) + words[3];
		let mut trace = keyed.trace(3);
		trace.values[1][0] = (-40_000..40_000).find(|n| Fr::from(*n) == y).unwrap();
		trace
	};
	for (point, opening) in [
		((one + keyed.key.committed[1] * v).into_affine(), &more),
		((one + two).into_affine(), &sums),
	] {
		assert_eq!(keyed.point(opening), point);
		// What was seen.
		for (statement, proof) in [(&statement, &proof), (&second, &other)] {
			let with = Statement { params: digest(point), ..statement.clone() };
			assert_eq!(keyed.verify(point, &with, proof), REFUSED);
			assert_eq!(verify(&keyed.under(point), &inputs(statement, proof), proof), REFUSED);
		}
		for sums in 1..8u32 {
			let mut mixed = proof.clone();
			let add = |bit: u32, part: &mut zkml_primitives::G1, to: &zkml_primitives::G1| {
				if sums & (1 << bit) != 0 {
					moved(part, read_g1(to).unwrap().into_group());
				}
			};
			let Proof { a, c, commitments, .. } = &mut mixed;
			add(0, a, &other.a);
			add(1, c, &other.c);
			add(2, &mut commitments[0], &other.commitments[0]);
			let with = Statement { params: digest(point), ..statement.clone() };
			assert_eq!(keyed.verify(point, &with, &mixed), REFUSED);
			assert_eq!(verify(&keyed.under(point), &inputs(&statement, &proof), &mixed), REFUSED);
		}
		// Words that were guessed wrong, and the opening.
		let (with, guessed) = keyed.proof(&words, &trace, point);
		assert_eq!(keyed.verify(point, &with, &guessed), REFUSED);
		let (with, opened) = keyed.proof(opening, &result(&keyed, opening), point);
		assert_eq!(keyed.verify(point, &with, &opened), Ok(()));
	}
}

/// `W + v A` with `B + v delta_0`: it takes one A, and so one witness. Here not even that one, as A has a
/// challenge in it that follows from W.
#[test]
fn a_point_made_of_a_proof_proves_that_one_and_no_other() {
	let mut keyed = Keyed::new(one_row());
	let words = keyed.words();
	let (point, statement, proof) = keyed.honest(&words);
	let (v, a) = (Fr::from(5), read_g1(&proof.a).unwrap());
	let CircuitKey::Committed(key) = keyed.circuit_key() else { unreachable!() };
	let delta_0: G2Affine = read_g2(&key.params).unwrap();
	let made = (point + a * v).into_affine();
	let shift = |proof: &Proof| {
		let b = (read_g2(&proof.b).unwrap() + delta_0 * v).into_affine();
		Proof { b: write_g2(&b), ..proof.clone() }
	};
	let shifted = shift(&proof);
	assert_eq!(verify(&keyed.under(made), &inputs(&statement, &proof), &shifted), Ok(()));
	// As a verifier derives it.
	let with = Statement { params: digest(made), ..statement.clone() };
	assert_eq!(keyed.verify(made, &with, &shifted), REFUSED);
	assert_ne!(challenge(&with, proof.commitments[0]), challenge(&statement, proof.commitments[0]));
	// With the opening of W, for whatever challenge there is: another A.
	let assigned = keyed.assign(&words, &keyed.trace(4), CTX);
	let with = keyed.statement(&assigned, digest(made));
	let commitment = keyed.commit(&assigned);
	let wires = keyed.complete(assigned, challenge(&with, commitment.wire()));
	let next = keyed.prove(&wires, commitment);
	for proof in [shift(&next), next] {
		assert_eq!(keyed.verify(made, &with, &proof), REFUSED);
	}
}

/// Infinity is a commitment that everybody can open: to words that are 0.
#[test]
fn infinity_is_refused() {
	let mut keyed = Keyed::new(one_row());
	let infinity = G1Affine::identity();
	let error = VerifyError::Point(Element::Params, PointError::Identity);
	assert_eq!(prepare_params(&keyed.prepared, &write_g1(&infinity)), Err(error));
	let nothing = vec![Fr::ZERO; keyed.system.committed];
	assert_eq!(keyed.point(&nothing), infinity);
	let mut trace = keyed.trace(3);
	trace.values[1][0] = 0;
	let (statement, proof) = keyed.proof(&nothing, &trace, infinity);
	let target = keyed.prepared.alpha_beta;
	let params = PreparedParams { point: write_g1(&infinity), target };
	let taken = keyed.prepared.clone().with_params(params);
	assert_eq!(verify(&taken, &inputs(&statement, &proof), &proof), Ok(()));
}
