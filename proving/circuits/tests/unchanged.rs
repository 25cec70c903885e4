//! Circuits, witnesses, keys and proofs of models stay what they are, byte for byte: keys are made for a
//! circuit as it is, and models are known by hashes.
//!
//! `unchanged.txt` has a line for each model. If one is meant to change, this test says what it is now.

use std::path::Path;

use crate::common::{input, rng};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use codec::Encode;
use zkml_circuits::{
	circuit::{Evaluated, Secrets},
	compile, random_salt, setup, Binding, CompileOptions, CompiledModel, InputRange, Prover, Salts,
};
use zkml_poseidon::to_field;
use zkml_primitives::{blake2_256, Scalar, Visibility};

const DIGITS: (&str, f32) = ("digits", 16.0);

/// Folder and largest input, visibility, and kind.
const MODELS: [((&str, f32), Visibility, &str); 8] = [
	(DIGITS, Visibility::Public, "plain"),
	(DIGITS, Visibility::Public, "rounds"),
	(DIGITS, Visibility::Private, "rounds"),
	(DIGITS, Visibility::Private, "committed"),
	(("credit", 24.0), Visibility::Public, "plain"),
	(("credit", 24.0), Visibility::Public, "rounds"),
	(("forest", 24.0), Visibility::Public, "plain"),
	(("forest", 24.0), Visibility::Public, "rounds"),
];

fn short(hash: [u8; 32]) -> String {
	hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// All wires, at a challenge that nobody drew.
fn witness(model: &CompiledModel, input: &[Vec<i32>], evaluated: &Evaluated) -> Vec<Fr> {
	let rng = &mut rng(5);
	let mut drawn = || to_field(&random_salt(rng)).unwrap();
	let trace = model.trace(input).unwrap();
	let words = model.describe().words(model.parameters(), 3.into());
	let secrets = Secrets {
		trace: &trace,
		words: &words,
		parameters: model.parameters(),
		params_salt: to_field(&model.params_salt()).unwrap(),
		input_salts: &[drawn()],
		output_salts: &[drawn()],
		ctx: drawn(),
	};
	let circuit = model.describe();
	circuit.assign(secrets).complete(&circuit, evaluated, drawn()).unwrap()
}

/// What a model is and gives.
fn line((name, max): (&str, f32), visibility: Visibility, kind: &str) -> String {
	let onnx = Path::new(env!("CARGO_MANIFEST_DIR"))
		.join("../../models")
		.join(name)
		.join(format!("{name}.onnx"));
	let input_range = vec![InputRange { min: 0.0, max }];
	let options = CompileOptions {
		visibility,
		lookups: kind != "plain",
		opened_params: kind != "committed",
		input: input_range,
		..Default::default()
	};
	let model = compile(&onnx, &options, &mut rng(1)).unwrap();
	let values = input(&model, 3);

	let system = model.circuit();
	let mut wires = Vec::new();
	for input in [false, true] {
		let whole =
			witness(&model, &values, &Evaluated { inputs: vec![input], outputs: vec![true] });
		assert_eq!(system.first_broken(&whole), None);
		wires.extend(whole.into_iter().flat_map(|wire| wire.into_bigint().to_bytes_le()));
	}

	let rng = &mut rng(2);
	let key = setup(&model, rng, &|_, _, _| ()).unwrap().proving;
	let (circuit, key_file) = (key.circuit_hash().0, key.content_hash());
	let salts = Salts { inputs: vec![random_salt(rng)], outputs: vec![Scalar::ZERO] };
	let prover = Prover::new(model, key).unwrap();
	let proved = prover.prove(&values, salts, Binding::bare(Scalar::ZERO), rng).unwrap();
	let digests = [
		("settings", prover.model().settings_hash()),
		("constraints", system.digest()),
		("wires", blake2_256(&wires)),
		("circuit", circuit),
		("key", key_file),
		("proof", blake2_256(&proved.proof.encode())),
	];
	let start = format!("{name} {visibility:?} {kind} {}", system.len());
	let ranges = prover.model().range_circuit().map(|circuit| circuit.build().digest());
	let digests = digests.into_iter().chain(ranges.map(|digest| ("ranges", digest)));
	digests.fold(start, |line, (what, hash)| format!("{line} {what} {}", short(hash)))
}

#[test]
fn models_have_the_circuits_keys_and_proofs_that_they_always_had() {
	let all = MODELS.map(|(model, visibility, kind)| line(model, visibility, kind));
	assert_eq!(all.join("\n") + "\n", include_str!("unchanged.txt"));
}
