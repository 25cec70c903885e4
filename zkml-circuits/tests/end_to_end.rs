//! From the digits model's ONNX file to verified proofs, in all four modes.

mod common;

use std::path::Path;

use common::rng;
use zkml_circuits::{
	compile, random_salt, setup, CompileOptions, InputRange, Prover, ProvingKeyFile, Salts,
};
use zkml_groth16::{verify, VerifyError};
use zkml_poseidon::Direct;
use zkml_primitives::{commit, Proof, Role, Scalar, Visibility};

fn digits(visibility: Visibility) -> Prover {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/digits/digits.onnx");
	let input = Some(InputRange { min: 0.0, max: 16.0 });
	let options = CompileOptions { visibility, input, ..CompileOptions::default() };
	let rng = &mut rng(7);
	let model = compile(&path, &options, rng).unwrap();
	let key: ProvingKeyFile = setup(&model, rng, &|_, done, total| assert!(done <= total)).unwrap();
	assert!(zkml_groth16::prepare(&key.verifying_key()).is_ok());
	Prover::new(model, key).unwrap()
}

fn sample() -> Vec<i32> {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/digits/input.json");
	let text = std::fs::read_to_string(path).unwrap();
	let file: serde_json::Value = serde_json::from_str(&text).unwrap();
	let pixels = file["input_data"][0].as_array().unwrap();
	pixels.iter().map(|p| p.as_i64().unwrap() as i32).collect()
}

#[test]
fn a_proof_verifies_for_its_statement_and_for_no_other_in_all_four_modes() {
	for visibility in [Visibility::Public, Visibility::Private] {
		let prover = digits(visibility);
		let (model, key, rng) = (prover.model(), prover.prepared_key(), &mut rng(8));
		let values = sample();
		let ctx = Scalar::from_hash([9; 32]);
		let public = Salts::default();
		let private = Salts { input: random_salt(rng), output: random_salt(rng) };
		for salts in [public, private] {
			let proved = prover.prove(&values, salts, ctx, rng).unwrap();
			assert_eq!(proved.output, [2]);
			assert_eq!(proved.output, model.evaluate(&values).unwrap());
			let inputs = [
				model.params_commitment(),
				commit::<Direct>(Role::Input, model.input(), &values, salts.input),
				commit::<Direct>(Role::Output, model.output(), &proved.output, salts.output),
				ctx,
			];
			let stated =
				[proved.params_commitment, proved.input_commitment, proved.output_commitment];
			assert_eq!(stated, inputs[..3]);
			assert_eq!(verify(key, &inputs, &proved.proof), Ok(()));
			for i in 0..4 {
				let mut flipped = inputs;
				flipped[i].0[31] ^= 1;
				assert_eq!(verify(key, &flipped, &proved.proof), Err(VerifyError::Equation));
			}
			let Proof { a, b, c } = proved.proof;
			assert!(verify(key, &inputs, &Proof { a: c, b, c: a }).is_err());
		}
	}
}

#[test]
fn two_proofs_of_one_statement_have_nothing_in_common() {
	let prover = digits(Visibility::Public);
	let rng = &mut rng(9);
	let [one, two] =
		[(); 2].map(|()| prover.prove(&sample(), Salts::default(), Scalar::ZERO, rng).unwrap());
	assert_ne!(one.proof.a, two.proof.a);
	assert_ne!(one.proof.b, two.proof.b);
	assert_ne!(one.proof.c, two.proof.c);
	assert_eq!(one.output_commitment, two.output_commitment);
}
