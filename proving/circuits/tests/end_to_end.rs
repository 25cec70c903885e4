//! From the digits model's ONNX file to verified proofs, in all four modes.

use std::path::Path;

use crate::common::{rng, Single};
use zkml_circuits::{
	compile, random_salt, setup, Binding, CompileOptions, InputRange, Prover, Salts,
};
use zkml_groth16::{verify, VerifyError};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, CircuitHash, ModelId, Proof, Role, Scalar, Statement, Tensor, TensorSpec,
	Tensors, Visibility,
};

fn digits(visibility: Visibility, lookups: bool) -> Prover {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits/digits.onnx");
	let input = vec![InputRange { min: 0.0, max: 16.0 }];
	let options = CompileOptions { visibility, lookups, input, ..CompileOptions::default() };
	let rng = &mut rng(7);
	let model = compile(&path, &options, rng).unwrap();
	let key = setup(&model, rng, &|_, done, total| assert!(done <= total)).unwrap().proving;
	assert!(zkml_groth16::prepare(key.circuit_key()).is_ok());
	Prover::new(model, key).unwrap()
}

fn sample() -> Vec<Vec<i32>> {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits/input.json");
	let text = std::fs::read_to_string(path).unwrap();
	let file: serde_json::Value = serde_json::from_str(&text).unwrap();
	let pixels = file["input_data"][0].as_array().unwrap();
	vec![pixels.iter().map(|p| p.as_i64().unwrap() as i32).collect()]
}

fn one(digest: Scalar) -> Tensors<Scalar> {
	vec![digest].try_into().unwrap()
}

/// What stands for a tensor, as a verifier derives it.
fn tensor<'a>(lookups: bool, salt: Scalar, spec: &'a TensorSpec, values: &'a [i32]) -> Tensor<'a> {
	match lookups && salt == Scalar::ZERO {
		true => Tensor::Public(spec, values),
		false => Tensor::Committed,
	}
}

#[test]
fn a_proof_verifies_for_its_statement_and_for_no_other_in_all_modes_of_both_kinds() {
	for (visibility, lookups) in [
		(Visibility::Public, false),
		(Visibility::Private, false),
		(Visibility::Public, true),
		(Visibility::Private, true),
	] {
		let prover = digits(visibility, lookups);
		let (model, key, rng) = (prover.model(), prover.prepared_key(), &mut rng(8));
		let values = sample();
		let binding =
			Binding { model: ModelId([3; 32]), version: 2, ctx: Scalar::from_hash([9; 32]) };
		let public = Salts::default();
		let private = Salts { inputs: vec![random_salt(rng)], outputs: vec![random_salt(rng)] };
		let mixed = Salts { inputs: vec![random_salt(rng)], outputs: vec![Scalar::ZERO] };
		for salts in [public, private, mixed] {
			let own = |salts: &[Scalar]| salts.first().copied().unwrap_or_default();
			let (input_salt, output_salt) = (own(&salts.inputs), own(&salts.outputs));
			let proved = prover.prove(&values, salts, binding, rng).unwrap();
			assert_eq!(proved.outputs, [[2]]);
			assert_eq!(proved.outputs, model.evaluate(&values).unwrap());
			let (values, result) = (&values[0], &proved.outputs[0]);
			let (input, output) = (
				tensor(lookups, input_salt, model.input(), values),
				tensor(lookups, output_salt, model.output(), result),
			);
			let digest =
				|role, salt, spec: &TensorSpec, values: &[i32], tensor: Tensor<'_>| match tensor {
					Tensor::Committed => commit::<Direct>(role, spec, values, salt),
					Tensor::Public(spec, values) => {
						digest(role, spec, &spec.encode_values(values).unwrap())
					}
				};
			let statement = Statement {
				circuit: prover.circuit_hash(),
				model: binding.model,
				version: binding.version,
				params: prover.params().scalar(),
				inputs: one(digest(Role::Input, input_salt, model.input(), values, input)),
				outputs: one(digest(Role::Output, output_salt, model.output(), result, output)),
				ctx: binding.ctx,
			};
			assert_eq!(proved.statement, statement);
			let derive = |statement: &Statement, proof: &Proof| match lookups {
				false => statement.public_inputs::<Direct>().to_vec(),
				true => statement.round_inputs::<Direct>(
					model.params_kind(),
					&[input],
					&[output],
					&proof.commitments,
				),
			};
			let inputs = derive(&statement, &proved.proof);
			assert_eq!(verify(key, &inputs, &proved.proof), Ok(()));
			for i in 0..inputs.len() {
				let mut flipped = inputs.clone();
				flipped[i].0[31] ^= 1;
				assert_eq!(verify(key, &flipped, &proved.proof), Err(VerifyError::Equation));
			}
			let Proof { a, c, .. } = proved.proof;
			assert!(verify(key, &inputs, &Proof { a: c, c: a, ..proved.proof.clone() }).is_err());
			// The challenge is drawn from all of the statement.
			if lookups {
				let others = [
					Statement { version: 3, ..statement.clone() },
					Statement { model: ModelId([4; 32]), ..statement.clone() },
					Statement { circuit: CircuitHash([4; 32]), ..statement.clone() },
					Statement { inputs: one(Scalar::ZERO), ..statement.clone() },
				];
				for other in others {
					let inputs = derive(&other, &proved.proof);
					assert!(verify(key, &inputs, &proved.proof).is_err());
				}
			}
		}
	}
}

#[test]
fn two_proofs_of_one_statement_have_nothing_in_common() {
	for lookups in [false, true] {
		let prover = digits(Visibility::Public, lookups);
		let rng = &mut rng(9);
		let [one, two] = [(); 2].map(|()| {
			let binding = Binding::bare(Scalar::ZERO);
			prover.prove(&sample(), Salts::default(), binding, rng).unwrap()
		});
		assert_ne!(one.proof.a, two.proof.a);
		assert_ne!(one.proof.b, two.proof.b);
		assert_ne!(one.proof.c, two.proof.c);
		assert_eq!(one.proof.commitments.len(), usize::from(lookups));
		assert!(!lookups || one.proof.commitments != two.proof.commitments);
		assert_eq!(one.statement, two.statement);
	}
}
