//! Keys: the rows that bind public inputs, and agreement with arkworks' verifier.

mod common;

use ark_bn254::{Bn254, Fr};
use ark_ec::AffineRepr;
use ark_ff::Field;
use ark_groth16::{prepare_verifying_key, Groth16, ProvingKey};
use common::rng;
use zkml_circuits::{
	prove::prove,
	r1cs::{Builder, Lc, R1cs},
	setup::generate,
};

/// Says that the third public input is the square of the second, that the first is a square, and
/// nothing of the fourth.
fn system() -> R1cs {
	let mut builder = Builder::new(4);
	builder.group("square");
	builder.enforce(&Lc::wire(2), &Lc::wire(2), &Lc::wire(3));
	let secret = builder.wire();
	builder.enforce(&Lc::wire(secret), &Lc::wire(secret), &Lc::wire(1));
	builder.finish()
}

/// A key, and whether a proof for `wires` verifies for `public`.
fn verifies(system: &R1cs, wires: &[Fr], public: &[Fr]) -> (ProvingKey<Bn254>, bool) {
	let rng = &mut rng(11);
	let key = generate(system, rng, &|_, _, _| ()).unwrap();
	let proof = prove(system, &key, wires, rng).unwrap();
	let prepared = prepare_verifying_key(&key.vk);
	let verified = Groth16::<Bn254>::verify_proof(&prepared, &proof, public).unwrap();
	(key, verified)
}

#[test]
fn without_the_binding_rows_a_public_input_can_be_changed_and_with_them_it_cannot() {
	let wires = [1, 9, 5, 25, 7, 3].map(Fr::from);
	let changed = [9, 5, 25, 8].map(Fr::from);
	let whole = system();
	assert!(verifies(&whole, &wires, &wires[1..5]).1);
	let (key, verified) = verifies(&whole, &wires, &changed);
	assert!(!verified);
	assert!(key.vk.gamma_abc_g1.iter().all(|point| !point.is_zero()));

	let unbound = whole.without("public.binding");
	let (key, verified) = verifies(&unbound, &wires, &changed);
	assert!(verified, "the rows are not what binds the input");
	assert!(key.vk.gamma_abc_g1[4].is_zero());
}

#[test]
fn arkworks_accepts_our_proofs_and_refuses_broken_assignments() {
	let system = system();
	let wires = [1, 9, 5, 25, 7, 3].map(Fr::from);
	assert!(verifies(&system, &wires, &wires[1..5]).1);
	for i in 0..4 {
		let mut public = wires[1..5].to_vec();
		public[i] += Fr::ONE;
		assert!(!verifies(&system, &wires, &public).1);
	}
	let broken = [1, 9, 5, 26, 7, 3].map(Fr::from);
	assert!(!verifies(&system, &broken, &broken[1..5]).1);
}
