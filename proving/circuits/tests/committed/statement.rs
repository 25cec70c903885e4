//! W is in what the challenge hashes, and a proof is for one W.

use ark_bn254::Fr;
use ark_ff::{Field, UniformRand};
use zkml_groth16::verify;
use zkml_primitives::{CircuitHash, ModelId, Scalar, Statement};

use super::keyed::{challenge, digest, inputs, one_row, two_rows, Keyed, CTX, REFUSED};
use crate::common::rng;

/// Two rows are equal and their results are not, which no weights do. Whoever knows z before the weights
/// solves one linear equation for the bias. Nothing but W in the hash stands against that.
#[test]
fn weights_cannot_be_made_to_fit_a_challenge() {
	let mut keyed = Keyed::new(two_rows());
	let mut words = keyed.words();
	let mut lie = keyed.trace(3);
	lie.values[1][1] += 1;
	let assigned = keyed.assign(&words, &lie, CTX);
	let commitment = keyed.commit(&assigned);
	let fit = |keyed: &Keyed, words: &mut [Fr], z: Fr| {
		let (x, y) = (&lie.values[0], &lie.values[1]);
		let column = |k: usize| Fr::from(x[k]) + z * Fr::from(x[2 + k]);
		let result = Fr::from(y[0]) + z * Fr::from(y[1]);
		let products = words[1] * column(0) + words[2] * column(1);
		words[3] = (result - products) / (Fr::ONE + z);
		keyed.point(words)
	};

	// Without W in the hash.
	let without = keyed.statement(&assigned, Scalar::ZERO);
	let z = challenge(&without, commitment.wire());
	let mut point = fit(&keyed, &mut words, z);
	let wires = keyed.complete(keyed.assign(&words, &lie, CTX), z);
	assert_eq!(keyed.system.first_broken(&wires), None);
	let mut proof = keyed.prove(&wires, commitment);
	assert_eq!(verify(&keyed.under(point), &inputs(&without, &proof), &proof), Ok(()));

	// With it, z is another as soon as the weights fit.
	for _ in 0..3 {
		let with = Statement { params: digest(point), ..without.clone() };
		assert_eq!(keyed.verify(point, &with, &proof), REFUSED);
		let z = challenge(&with, commitment.wire());
		let wires = keyed.complete(keyed.assign(&words, &lie, CTX), z);
		assert_eq!(keyed.system.first_broken(&wires), Some("polynomial.identity"));
		let broken = keyed.prove(&wires, commitment);
		assert_eq!(keyed.verify(point, &with, &broken), REFUSED);
		point = fit(&keyed, &mut words, z);
		let wires = keyed.complete(keyed.assign(&words, &lie, CTX), z);
		assert_eq!(keyed.system.first_broken(&wires), None);
		proof = keyed.prove(&wires, commitment);
	}
}

#[test]
fn a_proof_is_for_one_version_one_model_and_one_circuit() {
	let mut keyed = Keyed::new(one_row());
	let words = keyed.words();
	let (point, statement, proof) = keyed.honest(&words);
	// The same words behind another salt.
	let again = keyed.words();
	assert_eq!(words[1..], again[1..]);
	let (other, ..) = keyed.honest(&again);
	let with = Statement { params: digest(other), ..statement.clone() };
	assert_eq!(keyed.verify(other, &with, &proof), REFUSED);
	// Even if the challenge did not tell: the equation does.
	assert_eq!(keyed.verify(other, &statement, &proof), REFUSED);
	// And the challenge does, where the equation could not.
	for changed in [
		Statement { version: 2, ..statement.clone() },
		Statement { model: ModelId([2; 32]), ..statement.clone() },
		Statement { circuit: CircuitHash([2; 32]), ..statement.clone() },
		with,
	] {
		assert_eq!(verify(&keyed.under(point), &inputs(&statement, &proof), &proof), Ok(()));
		assert_eq!(keyed.verify(point, &changed, &proof), REFUSED);
	}
	// Who knows all words of one version proves with them under another version's W.
	let mut newer = words.clone();
	newer[1] += Fr::ONE;
	let trace = keyed.trace(3);
	let mut changed = trace.clone();
	changed.values[1][0] += 3;
	let newest = keyed.point(&newer);
	let (statement, proof) = keyed.proof(&newer, &changed, newest);
	assert_eq!(keyed.verify(newest, &statement, &proof), Ok(()));
	let (statement, proof) = keyed.proof(&newer, &changed, point);
	assert_eq!(keyed.verify(point, &statement, &proof), REFUSED);

	// A point is one under any key, but not to the same words.
	let secret = Fr::rand(&mut rng(3));
	let mut same = Keyed::with(one_row(), |waste| waste.inference.committed = secret);
	assert_ne!(same.circuit_key().hash(), keyed.circuit_key().hash());
	let (statement, proof) = same.proof(&words, &trace, point);
	assert_eq!(same.verify(point, &statement, &proof), REFUSED);
	let own = same.point(&words);
	let (statement, proof) = same.proof(&words, &trace, own);
	assert_eq!(same.verify(own, &statement, &proof), Ok(()));
}
