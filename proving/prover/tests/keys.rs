//! Keys: the rows that bind public inputs, and agreement with arkworks' verifier.

mod common;

use ark_bn254::{Bn254, Fr};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use ark_groth16::{prepare_verifying_key, Groth16, Proof as ArkProof, VerifyingKey};
use common::rng;
use zeroize::{Zeroize, ZeroizeOnDrop};
use zkml_groth16::{prepare, read_g1, read_g2, verify, write_g1, KeyError};
use zkml_poseidon::from_field;
use zkml_primitives::{CircuitKey, Proof, Scalar};
use zkml_prover::{
	ceremony::PowersSecrets,
	prove::{commit, prove},
	r1cs::{Builder, Lc, R1cs},
	setup::{generate, generate_from, ToxicWaste},
	ProvingKey,
};

/// Says that the third public input is the square of the second, that the first is a square, and
/// nothing of the fourth.
fn system() -> R1cs {
	let mut builder = Builder::new(4);
	builder.group("square");
	builder.enforce(&Lc::wire(2), &Lc::wire(2), &Lc::wire(3));
	let secret = builder.wire();
	builder.enforce(&Lc::wire(secret), &Lc::wire(secret), &Lc::wire(1));
	builder.finish().0
}

/// A key, and whether a proof for `wires` verifies for `public`, as arkworks sees it.
fn verifies(system: &R1cs, wires: &[Fr], public: &[Fr]) -> (ProvingKey, bool) {
	let rng = &mut rng(11);
	let key = generate(system, rng, &|_, _, _| ()).unwrap();
	let proof = prove(system, &key, wires, None, &[], rng).unwrap();
	let proof = ArkProof {
		a: read_g1(&proof.a).unwrap(),
		b: read_g2(&proof.b).unwrap(),
		c: read_g1(&proof.c).unwrap(),
	};
	let points = &key.verifying;
	let prepared = prepare_verifying_key(&VerifyingKey::<Bn254> {
		alpha_g1: points.alpha,
		beta_g2: points.beta,
		gamma_g2: points.gamma,
		delta_g2: points.delta,
		gamma_abc_g1: points.ic.clone(),
	});
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
	assert!(key.verifying.ic.iter().all(|point| !point.is_zero()));

	let unbound = whole.without("public.binding");
	let (key, verified) = verifies(&unbound, &wires, &changed);
	assert!(verified, "the rows are not what binds the input");
	assert!(key.verifying.ic[4].is_zero());
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

/// Two commit rounds: `x` in the first, `y` in the second; the first challenge is a public input and
/// so is the second. Says `x * z_0 = y` and `y * z_1 = w` with `w` in no round.
fn two_rounds() -> R1cs {
	let mut builder = Builder::new(6);
	builder.group("first");
	let x = builder.wire();
	builder.close_round();
	let y = builder.wire();
	builder.enforce(&Lc::wire(x), &Lc::wire(5), &Lc::wire(y));
	builder.close_round();
	let w = builder.wire();
	builder.group("second");
	builder.enforce(&Lc::wire(y), &Lc::wire(6), &Lc::wire(w));
	builder.finish().0
}

/// Why no two deltas may be equal: a wire of a round could be taken out of its commitment and put
/// into C, where it is chosen after the challenge.
#[test]
fn a_committed_wire_can_be_changed_late_if_deltas_are_equal_and_not_otherwise() {
	let rng = &mut rng(13);
	let system = two_rounds();
	let mut honest = [1, 11, 12, 13, 14, 1000, 2000, 7].map(Fr::from).to_vec();
	honest.push(honest[7] * honest[5]);
	honest.push(honest[8] * honest[6]);
	let mut late = honest.clone();
	late[7] = Fr::from(8);
	late[8] = late[7] * late[5];
	late[9] = late[8] * late[6];
	let inputs: Vec<Scalar> = honest[1..7].iter().map(|w| from_field(*w)).collect();
	for equal in [true, false] {
		let mut waste = ToxicWaste::draw(&system, rng).unwrap();
		let apart = generate_from(&system, &waste, &|_, _, _| ()).unwrap();
		let mut prepared = prepare(&apart.circuit_key(None).unwrap()).unwrap();
		let mut key = apart;
		if equal {
			waste.rounds[0] = waste.delta;
			key = generate_from(&system, &waste, &|_, _, _| ()).unwrap();
			let equal_deltas = key.circuit_key(None).unwrap();
			assert_eq!(prepare(&equal_deltas), Err(KeyError::DeltasEqual));
			// alpha and beta are the same.
			prepared.key = equal_deltas;
		}
		let first = commit(&system, &key, 0, &honest, rng);
		let second = commit(&system, &key, 1, &late, rng);
		let mut proof = prove(&system, &key, &late, None, &[first, second], rng).unwrap();
		assert!(verify(&prepared, &inputs, &proof).is_err());
		// What the first commitment lacks goes into C.
		let missing = key.rounds[0].query[0] * (late[7] - honest[7]);
		proof.c = write_g1(&(read_g1(&proof.c).unwrap() + missing).into_affine());
		assert_eq!(verify(&prepared, &inputs, &proof).is_ok(), equal);
	}
}

#[test]
fn the_verifier_takes_any_number_of_rounds() {
	let rng = &mut rng(12);
	let system = two_rounds();
	let key = generate(&system, rng, &|_, _, _| ()).unwrap();
	let CircuitKey::Rounds(_) = key.circuit_key(None).unwrap() else { panic!("a key with rounds") };
	let prepared = prepare(&key.circuit_key(None).unwrap()).unwrap();
	let mut wires = [1, 11, 12, 13, 14, 0, 0, 7].map(Fr::from).to_vec();
	let first = commit(&system, &key, 0, &wires, rng);
	wires[5] = Fr::from(1000);
	wires.push(wires[7] * wires[5]);
	let second = commit(&system, &key, 1, &wires, rng);
	wires[6] = Fr::from(2000);
	wires.push(wires[8] * wires[6]);
	assert_eq!(system.first_broken(&wires), None);
	let proof = prove(&system, &key, &wires, None, &[first, second], rng).unwrap();
	let inputs: Vec<Scalar> = wires[1..7].iter().map(|w| from_field(*w)).collect();
	assert_eq!(verify(&prepared, &inputs, &proof), Ok(()));

	// The order of the rounds is part of the equation.
	let mut swapped = proof.clone();
	swapped.commitments = vec![proof.commitments[1], proof.commitments[0]].try_into().unwrap();
	assert!(verify(&prepared, &inputs, &swapped).is_err());
	// Each challenge is.
	for at in 0..6 {
		let mut other = inputs.clone();
		other[at] = from_field(wires[at + 1] + Fr::ONE);
		assert!(verify(&prepared, &other, &proof).is_err(), "input {at}");
	}
	// So is each commitment, and their number.
	for at in 0..2 {
		let mut other = proof.clone();
		other.commitments[at] = proof.a;
		assert!(verify(&prepared, &inputs, &other).is_err());
		let mut fewer = proof.commitments.to_vec();
		fewer.remove(at);
		let fewer = Proof { commitments: fewer.try_into().unwrap(), ..proof.clone() };
		assert!(verify(&prepared, &inputs, &fewer).is_err());
	}
	assert!(verify(&prepared, &inputs[..5], &proof).is_err());
}

#[test]
fn what_could_forge_is_overwritten() {
	/// That dropping a value overwrites it.
	fn forgets<T: ZeroizeOnDrop>() {}
	forgets::<ToxicWaste>();
	forgets::<PowersSecrets>();
	let system = two_rounds();
	let mut waste = ToxicWaste::draw(&system, &mut rng(13)).unwrap();
	let drawn = waste.clone();
	waste.zeroize();
	let secrets = |w: &ToxicWaste| [&[w.point, w.alpha, w.beta, w.delta][..], &w.rounds].concat();
	assert!(secrets(&drawn).iter().all(|secret| *secret != Fr::from(0)));
	assert!(secrets(&waste).iter().all(|secret| *secret == Fr::from(0)));
}
