//! Models of the repository, from file to proof.

use std::{collections::BTreeSet, path::Path};

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use zkml_circuits::{
	compile, random_salt, setup, Binding, CompileOptions, CompiledModel, InputRange, Keys, Prover,
	Salts,
};
use zkml_groth16::{prepare, prepare_params, verify, verify_range};
use zkml_poseidon::Direct;
use zkml_primitives::{CircuitHash, ParamsKind, Scalar, Tensor, Visibility};

use crate::{
	common::layers::{axis, Convolution, Fill, Layers, Sizes},
	common::{agrees, input, rng, Single},
};

fn onnx(name: &str, seed: u64) -> CompiledModel {
	let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
	let options = CompileOptions {
		visibility: Visibility::Private,
		lookups: true,
		input: vec![InputRange { min: 0.0, max: 16.0 }],
		..Default::default()
	};
	compile(&models.join(name).join(format!("{name}.onnx")), &options, &mut rng(seed)).unwrap()
}

/// Two convolutions, of which one has a stride, and a matrix of several packs.
fn convolutions() -> CompiledModel {
	let same = || axis(4, 3, 1, 1, [1, 1]);
	let halved = || axis(4, 2, 2, 1, [0, 0]);
	let first = Convolution { groups: 1, channels: 1, outputs: 2, axes: vec![same(), same()] };
	let mut layers = Layers::new(first.source(), (0, 16), Fill::Random, 1);
	layers.convolution(&first, 8);
	layers.rescale();
	let second = Convolution { channels: 2, axes: vec![halved(), halved()], ..first };
	layers.convolution(&second, 8);
	layers.rescale();
	layers.matrix(Sizes::dense(20));
	layers.finish()
}

/// Everything as a verifier does it who has the key, the point and the statements.
#[test]
fn models_are_proved_under_their_commitment_and_within_their_widths() {
	for model in [onnx("digits", 1), convolutions()] {
		let values = input(&model, 3);
		agrees(&model, &values, 2);
		let rng = &mut rng(2);
		let Keys { proving, ranges } = setup(&model, rng, &|_, _, _| ()).unwrap();
		let prover = Prover::new(model, proving).unwrap();
		let key = prepare(prover.circuit_key()).unwrap();
		let point = prover.params().point().unwrap();
		let params = prepare_params(&key, &point).unwrap();
		let key = key.with_params(params);
		for output in [Scalar::ZERO, random_salt(rng)] {
			let salts = Salts { inputs: vec![Scalar::ZERO], outputs: vec![output] };
			let proved = prover.prove(&values, salts, Binding::bare(Scalar::ZERO), rng).unwrap();
			assert_eq!(proved.statement.params, prover.params().scalar());
			let model = prover.model();
			let input = Tensor::Public(model.input(), &values[0]);
			let output = match output == Scalar::ZERO {
				true => Tensor::Public(model.output(), &proved.outputs[0]),
				false => Tensor::Committed,
			};
			let commitments = &proved.proof.commitments;
			let (statement, kind) = (proved.statement, ParamsKind::Point);
			let inputs = statement.round_inputs::<Direct>(kind, &[input], &[output], commitments);
			assert_eq!(verify(&key, &inputs, &proved.proof), Ok(()));
		}
		let proof = prover.prove_ranges(&ranges.unwrap(), rng).unwrap().unwrap();
		assert_eq!(verify_range(&key, &proof), Ok(()));
	}
}

/// Otherwise the difference of two versions would be there for everybody to try; see `salts.rs`.
#[test]
fn each_compilation_draws_a_salt() {
	let [one, again, other] = [1, 1, 2].map(|seed| onnx("digits", seed).params_salt());
	assert_eq!(one, again);
	assert_ne!(one, other);
	assert_ne!(one, Scalar::ZERO);
}

/// Under two keys the same salt would do harm as well: the same words, and two points of them.
#[test]
fn a_point_s_salt_is_another_under_each_key_and_of_each_secret() {
	let [one, other] = [1, 2].map(|seed| onnx("digits", seed));
	let [first, second] = [3, 4].map(|byte| CircuitHash([byte; 32]));
	let salts = [&one, &other].map(|model| [first, second].map(|key| model.point_salt(key)));
	let all: BTreeSet<_> = salts.as_flattened().iter().collect();
	assert_eq!(all.len(), 4);
	assert!(!all.contains(&Fr::ZERO));
	assert_eq!(one.point_salt(first), salts[0][0]);
}
