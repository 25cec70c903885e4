//! Why no two deltas may be equal, nor any be the generator: what one divides by, another reaches.

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::Field;
use zkml_circuits::Trace;
use zkml_groth16::{prepare, read_g1, verify, write_g1, KeyError};
use zkml_poseidon::from_field;
use zkml_primitives::{Scalar, Statement};

use super::keyed::{challenge, digest, inputs, one_row, Keyed, Waste, CTX, REFUSED};

/// What has to be added to W for another weight, and the result with it. Both inputs are 3.
fn other_weight(keyed: &Keyed, words: &[Fr]) -> (Vec<Fr>, Trace, G1Affine) {
	let (mut changed, mut trace) = (words.to_vec(), keyed.trace(3));
	changed[1] += Fr::from(5);
	trace.values[1][0] += 15;
	(changed, trace, (keyed.key.committed[1] * Fr::from(5)).into_affine())
}

/// Whoever can move a weight out of W into something that is in the proof has other weights in each.
#[test]
fn weights_can_be_changed_for_each_proof_if_a_delta_is_that_of_w_and_not_otherwise() {
	let same_round = |waste: &mut Waste| waste.inference.rounds[0] = waste.inference.committed;
	let same_last = |waste: &mut Waste| waste.inference.delta = waste.inference.committed;
	for (in_round, equal) in [(true, true), (false, true), (true, false), (false, false)] {
		let mut keyed = Keyed::with(one_row(), |waste| match (in_round, equal) {
			(true, true) => same_round(waste),
			(false, true) => same_last(waste),
			_ => {}
		});
		let refused = prepare(keyed.circuit_key()).err();
		assert_eq!(refused, equal.then_some(KeyError::DeltasEqual));
		let words = keyed.words();
		let (point, ..) = keyed.honest(&words);
		let (changed, trace, missing) = other_weight(&keyed, &words);
		let assigned = keyed.assign(&changed, &trace, CTX);
		let statement = keyed.statement(&assigned, digest(point));
		let mut commitment = keyed.commit(&assigned);
		if in_round {
			commitment.point = (commitment.point + missing).into_affine();
		}
		let wires = keyed.complete(assigned, challenge(&statement, commitment.wire()));
		let mut proof = keyed.prove(&wires, commitment);
		if !in_round {
			proof.c = write_g1(&(read_g1(&proof.c).unwrap() + missing).into_affine());
		}
		let expected = if equal { Ok(()) } else { REFUSED };
		assert_eq!(keyed.verify(point, &statement, &proof), expected);
	}
}

/// W can hold what takes a public input back: who registers it shifts the context of all its proofs. The
/// same goes for a known `delta_0`, with the generator as gamma.
#[test]
fn contexts_can_be_shifted_if_the_delta_of_w_is_gamma_and_not_otherwise() {
	let (one, other) = (Fr::ONE, Fr::from(0x1234_5678_9abc_u64));
	for (gamma, delta, error) in [
		(other, Some(other), Some(KeyError::GammaEqualsDelta)),
		(one, Some(one), Some(KeyError::DeltaIsGenerator)),
		(other, None, None),
		(one, None, None),
	] {
		let mut keyed = Keyed::with(one_row(), |waste| {
			waste.inference.gamma = gamma;
			waste.inference.committed = delta.unwrap_or(waste.inference.committed);
		});
		assert_eq!(prepare(keyed.circuit_key()).err(), error);
		let words = keyed.words();
		let (honest, v) = (keyed.point(&words), Fr::from(99));
		let ctx = keyed.model.describe().public().ctx as usize;
		let shifted = (honest + keyed.key.verifying.ic[ctx] * v).into_affine();
		let trace = keyed.trace(3);
		// The circuit sees one context and the verifier another.
		let assigned = keyed.assign(&words, &trace, from_field(v));
		let mut statement = keyed.statement(&assigned, digest(shifted));
		statement.ctx = Scalar::ZERO;
		let commitment = keyed.commit(&assigned);
		let wires = keyed.complete(assigned, challenge(&statement, commitment.wire()));
		let proof = keyed.prove(&wires, commitment);
		let expected = if delta.is_some() { Ok(()) } else { REFUSED };
		assert_eq!(keyed.verify(shifted, &statement, &proof), expected);
	}
}

/// The statement's own digest of W is what a shifted one is derived from: nothing else was changed above.
#[test]
fn an_honest_proof_holds_for_its_own_context_alone() {
	let mut keyed = Keyed::new(one_row());
	let words = keyed.words();
	let (point, statement, proof) = keyed.honest(&words);
	let other = Statement { ctx: from_field(Fr::from(99)), ..statement.clone() };
	assert_eq!(keyed.verify(point, &other, &proof), REFUSED);
	let mut raw = inputs(&statement, &proof);
	raw[2] = other.ctx;
	assert_eq!(verify(&keyed.under(point), &raw, &proof), REFUSED);
}
