//! Retrained private models: their circuit is the earlier model's, their parameters are their own.

use std::path::{Path, PathBuf};

use crate::common::{rng, Single};
use serde::Deserialize;
use zkml_circuits::{
	compile, compile_float, compile_float_like, compile_like,
	import::{import, import_bytes, FloatGraph, FloatOp},
	setup, Binding, CompileOptions, CompiledModel, InputRange, Keys, ProveError, Prover, Salts,
};
use zkml_primitives::{Scalar, Visibility};

fn models() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

fn private(input: InputRange) -> CompileOptions {
	CompileOptions {
		visibility: Visibility::Private,
		lookups: true,
		input: vec![input],
		..CompileOptions::default()
	}
}

const PIXELS: InputRange = InputRange { min: 0.0, max: 16.0 };

fn digits() -> [CompiledModel; 2] {
	let earlier = models().join("digits/digits.onnx");
	let earlier = compile(&earlier, &private(PIXELS), &mut rng(1)).unwrap();
	let later = models().join("digits/digits-retrained.onnx");
	// What is said of widths and ranges is the earlier model's.
	let options = CompileOptions::default();
	let later = compile_like(&later, &earlier, &options, &mut rng(2)).unwrap();
	[earlier, later]
}

/// The same graph with other numbers in its matrices, about as large.
fn retrained(float: &FloatGraph, factor: f32) -> FloatGraph {
	let mut float = float.clone();
	for node in &mut float.ops {
		if let FloatOp::MatMul(dense) = &mut node.op {
			let all = dense.weights.iter_mut().chain(&mut dense.bias);
			all.enumerate().for_each(|(i, w)| *w *= if i % 3 == 0 { factor } else { 1.0 });
		}
	}
	float
}

#[derive(Deserialize)]
struct Case {
	name: String,
	model: String,
	low: f32,
	high: f32,
}

#[test]
fn every_operator_of_a_private_model_lands_in_its_circuit_again() {
	let all: Vec<Case> = serde_json::from_str(include_str!("operators/cases.json")).unwrap();
	let (mut same, mut changed, mut elsewhere) = (0, 0, 0);
	for case in &all {
		let pair = |i: usize| u8::from_str_radix(&case.model[i..i + 2], 16).unwrap();
		let bytes: Vec<u8> = (0..case.model.len()).step_by(2).map(pair).collect();
		let Ok(float) = import_bytes(Path::new(&case.name), &bytes, None) else { continue };
		let options = CompileOptions {
			max_error: f64::INFINITY,
			min_agreement: 0.0,
			allow_saturation: true,
			..private(InputRange { min: case.low, max: case.high })
		};
		// Thresholds and the like are constants of the circuit; some have no parameters.
		let Ok(earlier) = compile_float(&float, &options, &mut rng(1)) else { continue };
		let again = compile_float_like(&float, &earlier, &options, &mut rng(2))
			.unwrap_or_else(|error| panic!("{}: {error}", case.name));
		assert_eq!(again.settings_hash(), earlier.settings_hash(), "{}", case.name);
		assert_eq!(again.parameters(), earlier.parameters(), "{}", case.name);
		assert_eq!(again.guards(), earlier.guards(), "{}", case.name);
		assert_ne!(again.params_salt(), earlier.params_salt(), "{}", case.name);
		same += 1;
		// Matrices are also where constants of the file were folded into; those that are not may differ.
		let float = retrained(&float, 0.5);
		if let Ok(later) = compile_float_like(&float, &earlier, &options, &mut rng(3)) {
			assert_eq!(later.settings_hash(), earlier.settings_hash(), "{}", case.name);
			changed += usize::from(later.parameters() != earlier.parameters());
			let alone = compile_float(&float, &options, &mut rng(4)).unwrap();
			elsewhere += usize::from(alone.settings_hash() != earlier.settings_hash());
		}
	}
	println!("{same} again, {changed} with other parameters, of which {elsewhere} need to be told");
	assert!(same > 50 && changed > 20 && elsewhere > 0, "{same} {changed} {elsewhere}");
}

#[test]
fn both_versions_prove_under_one_key_and_neither_under_the_others_point() {
	let [earlier, later] = digits();
	assert_eq!(earlier.settings_hash(), later.settings_hash());
	assert_ne!(earlier.parameters(), later.parameters());
	let keys = || setup(&earlier, &mut rng(3), &|_, _, _| ()).unwrap();
	let Keys { proving, ranges } = keys();
	let ranges = ranges.unwrap();
	let folder = tempdir();
	let path = folder.join("later.zkml");
	later.save(&path).unwrap();
	let later = CompiledModel::load(&path).unwrap();
	std::fs::remove_dir_all(&folder).unwrap();
	let provers =
		[earlier.clone(), later].map(|model| Prover::new(model, proving.clone()).unwrap());
	assert_eq!(provers[0].circuit_hash(), provers[1].circuit_hash());
	assert_ne!(provers[0].params(), provers[1].params());
	let input = provers[0].model().quantize_input(&[8.0; 64]).unwrap();
	for (prover, other) in [(&provers[0], &provers[1]), (&provers[1], &provers[0])] {
		let binding = Binding::bare(Scalar::ZERO);
		let proved = prover.prove(&input, Salts::default(), binding, &mut rng(4)).unwrap();
		zkml_groth16::verify(prover.prepared_key(), &proved.inputs, &proved.proof).unwrap();
		let refused = zkml_groth16::verify(other.prepared_key(), &proved.inputs, &proved.proof);
		assert!(refused.is_err());
		let range = prover.prove_ranges(&ranges, &mut rng(5)).unwrap().unwrap();
		zkml_groth16::verify_range(prover.prepared_key(), &range).unwrap();
		assert!(zkml_groth16::verify_range(other.prepared_key(), &range).is_err());
	}
	// The range key of another setup of the same model is none of this one's.
	let stranger = setup(&earlier, &mut rng(6), &|_, _, _| ()).unwrap().ranges.unwrap();
	let refused = provers[0].prove_ranges(&stranger, &mut rng(7));
	assert!(matches!(refused, Err(ProveError::RangeKey(_))), "{refused:?}");
}

fn tempdir() -> PathBuf {
	let folder = std::env::temp_dir().join(format!("zkml-like-{}", std::process::id()));
	std::fs::create_dir_all(&folder).unwrap();
	folder
}

#[test]
fn a_retrained_model_keeps_what_it_is_called_and_measured_by_itself() {
	let earlier = models().join("digits/digits.onnx");
	let labels: Vec<String> = (0..10).map(|digit| format!("digit {digit}")).collect();
	let options = CompileOptions { labels: labels.clone(), ..private(PIXELS) };
	let earlier = compile(&earlier, &options, &mut rng(1)).unwrap();
	let later = models().join("digits/digits-retrained.onnx");
	let options = CompileOptions::default();
	let later = compile_like(&later, &earlier, &options, &mut rng(2)).unwrap();
	assert_eq!(later.labels(), labels);
	assert!(!later.accuracy_claim().is_empty());
	assert!(later.report().is_some());
	// A third may be like the second.
	let third = models().join("digits/digits.onnx");
	let third = compile_like(&third, &later, &options, &mut rng(3)).unwrap();
	assert_eq!(third.settings_hash(), earlier.settings_hash());
	assert_eq!(third.parameters(), earlier.parameters());
}

#[test]
fn another_architecture_a_large_weight_and_a_public_model_are_refused_by_name() {
	let [earlier, _] = digits();
	let options = CompileOptions::default();
	let refused = |float: &FloatGraph, earlier: &CompiledModel| {
		compile_float_like(float, earlier, &options, &mut rng(1)).unwrap_err().to_string()
	};
	let other = import(&models().join("cnn-digits/cnn-digits.onnx"), None).unwrap();
	let error = refused(&other, &earlier);
	assert!(error.contains("expected ") && error.contains("as in the earlier model"), "{error}");
	let float = import(&models().join("digits/digits.onnx"), None).unwrap();
	let error = refused(&retrained(&float, 1.5), &earlier);
	assert!(error.contains("expected values from -") && error.contains(" got "), "{error}");
	let public = CompileOptions { visibility: Visibility::Public, ..private(PIXELS) };
	let public = compile_float(&float, &public, &mut rng(1)).unwrap();
	let error = refused(&float, &public);
	assert!(error.starts_with("the earlier model: expected a private one"), "{error}");
	// The same architecture with another constant in it.
	let mut clipped = float.clone();
	for node in &mut clipped.ops {
		if let FloatOp::Clip { max, .. } = &mut node.op {
			*max = 3.0;
		}
	}
	let error = refused(&clipped, &earlier);
	assert!(error.contains("as in the earlier model"), "{error}");
}
