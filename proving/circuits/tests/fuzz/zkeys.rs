//! Keys as snarkjs writes them.

use std::{path::Path, sync::OnceLock};

use ark_bn254::Fr;
use zkml_circuits::{
	circom::read_zkey,
	r1cs::{Builder, Lc, R1cs},
};
use zkml_fuzz::check_refusal;
use zkml_groth16::{prepare, verify};
use zkml_poseidon::from_field;
use zkml_prover::prove::prove;

use super::{fuzz, with_file};
use crate::{
	common::rng,
	zkey::{waste, zkey},
};

/// Two rows, a wire in none, and the public inputs' own rows.
fn system() -> &'static R1cs {
	static SYSTEM: OnceLock<R1cs> = OnceLock::new();
	SYSTEM.get_or_init(|| {
		let mut builder = Builder::new(4);
		builder.group("rows");
		let first = builder.wires(3);
		builder.enforce(&Lc::wire(1), &Lc::wire(2), &Lc::wire(first));
		builder.enforce(&Lc::wire(first), &Lc::wire(3), &Lc::wire(first + 1));
		builder.finish().0
	})
}

/// A key that is accepted makes proofs, good or bad; those of the good one verify.
fn use_zkey(bytes: &[u8]) {
	let read = |path: &Path| read_zkey(path, system(), &mut rng(2), &|_, _, _| ());
	let key = match with_file(bytes, read) {
		Ok(zkey) => zkey.key,
		Err(error) => return check_refusal(&error),
	};
	let wires = [1, 2, 3, 4, 5, 6, 24, 9].map(Fr::from);
	let proof = prove(system(), &key, &wires, None, &[], &mut rng(3)).unwrap();
	let inputs: Vec<_> = wires[1..5].iter().map(|wire| from_field(*wire)).collect();
	let Ok(prepared) = prepare(&key.circuit_key(None).unwrap()) else { return };
	let verified = verify(&prepared, &inputs, &proof).is_ok();
	assert!(verified || bytes != good()[0]);
}

fn good() -> &'static [Vec<u8>] {
	static GOOD: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
	GOOD.get_or_init(|| {
		let of = |seed| zkey(system(), &waste(system(), &mut rng(seed))).0;
		vec![of(1), of(4)]
	})
}

#[test]
fn keys_of_snarkjs_are_refused_or_make_proofs() {
	use_zkey(&good()[0]);
	fuzz("zkeys", good().to_vec(), 400).run(use_zkey);
}
