//! Keys of models that several people make.

mod common;
#[path = "../../graph/tests/common/onnx.rs"]
mod onnx;

use common::{input, model, rng, Shape};
use onnx::Folder;
use zkml_circuits::{
	ceremony::{write_powers, Ceremony, CeremonyError, Origins, Powers, PowersSecrets},
	Binding, Prover, Salts,
};
use zkml_groth16::verify;
use zkml_primitives::{Scalar, Visibility};

fn quiet(_: &str, done: u64, total: u64) {
	assert!(done <= total);
}

#[test]
fn three_people_make_keys_that_prove_and_verify_in_both_kinds() {
	let folder = Folder::new();
	for lookups in [false, true] {
		let shape = Shape {
			sizes: vec![3, 4, 3],
			argmax: true,
			rectify: true,
			bits: 6,
			input: (0, 16),
			seed: 1,
		};
		let plain = model(&shape, Visibility::Public);
		let model = if lookups { plain.with_lookups() } else { plain };
		let system = model.circuit();
		let power = system.len().next_power_of_two().trailing_zeros() + 1;
		let [phase1, file] = ["powers.ptau", "ceremony.zkc"].map(|name| folder.file(name));
		let secrets = PowersSecrets::draw(&mut rng(6));
		write_powers(&phase1, power, &secrets, &quiet).unwrap();
		let powers = Powers::load(&phase1, &system, &mut rng(1), &quiet).unwrap();
		let origins = Origins { settings: model.settings_hash(), system: &system, powers: &powers };
		Ceremony::new(&origins, &quiet).unwrap().save(&file).unwrap();
		let mut hashes = Vec::new();
		for (seed, name) in [(1, "Ada"), (2, "Blaise"), (3, "")] {
			let mut ceremony = Ceremony::load(&file).unwrap();
			ceremony.contribute(name, &mut rng(seed), &quiet).unwrap();
			ceremony.save(&file).unwrap();
			hashes.push(ceremony.transcript());
		}
		let mut ceremony = Ceremony::load(&file).unwrap();
		ceremony.contribute_beacon("", [7; 32], 10, &quiet).unwrap();
		ceremony.save(&file).unwrap();
		let ceremony = Ceremony::load(&file).unwrap();
		hashes.push(ceremony.transcript());
		let listed: Vec<_> = ceremony.contributions().map(|(_, hash)| hash).collect();
		assert_eq!(listed, hashes);
		assert_eq!(ceremony.people(), 3);
		let verified = ceremony.verify(&origins, &mut rng(4), &quiet).unwrap();
		let key = verified.finish().unwrap();
		assert!(ceremony.is_rehearsal());
		assert!(matches!(ceremony.vouch(&key), Err(CeremonyError::Rehearsal { got: 0 })));

		let values = input(&model, 8);
		let prover = Prover::new(model, key).unwrap();
		let binding = Binding::bare(Scalar::from_hash([9; 32]));
		let proved = prover.prove(&values, Salts::default(), binding, &mut rng(5)).unwrap();
		assert_eq!(verify(prover.prepared_key(), &proved.inputs, &proved.proof), Ok(()));
		let mut other = proved.inputs.clone();
		other[2] = Scalar::from_hash([1; 32]);
		assert!(verify(prover.prepared_key(), &other, &proved.proof).is_err());
	}
}
