//! Keys of models that several people make.

use crate::{
	common::{input, model, rng, Shape},
	onnx::Folder,
};
use zkml_circuits::{
	ceremony::{write_powers, Ceremony, CeremonyError, Origins, Powers, PowersSecrets},
	Binding, CompiledModel, Prover, Salts,
};
use zkml_groth16::{verify, verify_range};
use zkml_primitives::{Scalar, Visibility};

fn quiet(_: &str, done: u64, total: u64) {
	assert!(done <= total);
}

#[test]
fn three_people_make_keys_that_prove_and_verify_in_all_kinds() {
	let folder = Folder::new();
	let shape = Shape {
		sizes: vec![3, 4, 3],
		argmax: true,
		rectify: true,
		bits: 6,
		input: (0, 16),
		seed: 1,
	};
	let plain = model(&shape, Visibility::Public);
	let committed = model(&shape, Visibility::Private).with_committed_params().unwrap();
	for model in [plain.clone(), plain.with_lookups(), committed] {
		let system = model.circuit();
		let range = model.range_circuit().map(|circuit| circuit.build());
		let systems = || [&system].into_iter().chain(&range);
		let largest = systems().map(|system| system.len()).max().unwrap();
		let power = largest.next_power_of_two().trailing_zeros() + 1;
		let [phase1, file] = ["powers.ptau", "ceremony.zkc"].map(|name| folder.file(name));
		let secrets = PowersSecrets::draw(&mut rng(6));
		write_powers(&phase1, power, &secrets, &quiet).unwrap();
		let powers = Powers::load(&phase1, systems(), &mut rng(1), &quiet).unwrap();
		let settings = model.settings_hash();
		let origins = Origins { settings, system: &system, range: range.as_ref(), powers: &powers };
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
		let (key, ranges) = verified.finish().unwrap();
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
		assert_eq!(ranges.is_some(), range.is_some());
		if let Some(ranges) = ranges {
			let proof = prover.prove_ranges(&ranges, &mut rng(6)).unwrap().unwrap();
			assert_eq!(verify_range(prover.prepared_key(), &proof), Ok(()));
		}
	}
}

/// So contributors and readers need no private weights.
#[test]
fn a_private_models_two_circuits_do_not_depend_on_its_weights() {
	let shape = Shape {
		sizes: vec![3, 4, 3],
		argmax: false,
		rectify: true,
		bits: 6,
		input: (0, 16),
		seed: 2,
	};
	let own = model(&shape, Visibility::Private);
	let zeros = own.parameters().iter().map(|values| vec![0; values.len()]).collect();
	let visibility = Visibility::Private;
	let graph = own.graph().clone();
	let other = CompiledModel::new(visibility, graph, zeros, vec![], own.params_salt()).unwrap();
	let [own, other] = [own, other].map(|model| model.with_committed_params().unwrap());
	assert_eq!(own.settings_hash(), other.settings_hash());
	assert_eq!(own.circuit().digest(), other.circuit().digest());
	let range = |model: &CompiledModel| model.range_circuit().unwrap().build().digest();
	assert_eq!(range(&own), range(&other));
}
