//! Operators by family, against ONNX's own reference (see `operators/make.py`): the floats agree, and
//! the integers with the floats, in the circuit too.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde::Deserialize;
use zkml_circuits::{
	calibrate::mock,
	compile_float,
	import::{import_bytes, supported},
	CompileOptions, CompiledModel, InputRange,
};

#[derive(Deserialize)]
struct Case {
	family: String,
	name: String,
	model: String,
	low: f32,
	high: f32,
	input: Vec<f32>,
	dims: Vec<usize>,
	expected: Vec<f32>,
}

fn cases(family: &str) -> Vec<Case> {
	let all: Vec<Case> = serde_json::from_str(include_str!("operators/cases.json")).unwrap();
	all.into_iter().filter(|case| case.family == family).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
	let pair = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
	(0..hex.len()).step_by(2).map(pair).collect()
}

fn size(values: &[f32]) -> f32 {
	values.iter().fold(0.0, |size, v| v.abs().max(size))
}

/// Panics if a result is further off than a share of the largest.
fn close(name: &str, got: &[f32], expected: &[f32], share: f32, step: f32) {
	assert_eq!(got.len(), expected.len(), "{name}");
	let allowed = share * size(expected) + step;
	for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
		assert!((got - expected).abs() <= allowed, "{name}, {i}: {got} for {expected}");
	}
}

/// Output integers as real numbers, and the largest step between them.
fn reals(model: &CompiledModel, integers: &[i32]) -> (Vec<f32>, f32) {
	let output = &model.graph().outputs[0].info.tensor;
	let step = |i: usize| {
		let scale = output.scale(i).unwrap();
		scale.mantissa as f32 * (-f32::from(scale.shift)).exp2()
	};
	let real = |(i, integer): (usize, &i32)| *integer as f32 * step(i);
	let largest = (0..integers.len()).map(step).fold(0.0, f32::max);
	(integers.iter().enumerate().map(real).collect(), largest)
}

/// Inputs as they are asked about: the case's, and others of its range.
fn samples(case: &Case) -> Vec<Vec<f32>> {
	let rng = &mut ChaCha20Rng::seed_from_u64(2);
	let mut drawn = || case.input.iter().map(|_| rng.gen_range(case.low..=case.high)).collect();
	let mut all: Vec<Vec<f32>> = (0..31).map(|_| drawn()).collect();
	all.push(case.input.clone());
	all
}

/// All cases of a family over their whole range.
fn agrees(family: &str, may_be_refused: usize) {
	compare(family, false, may_be_refused);
}

/// All cases of a family: floats agree with the reference, integers with it where they can be had.
/// At most so many are refused, by name or for what is lost by rounding.
fn compare(family: &str, sampled: bool, may_be_refused: usize) {
	let rng = &mut ChaCha20Rng::seed_from_u64(1);
	let cases = cases(family);
	assert!(!cases.is_empty(), "{family}");
	let mut refused = Vec::new();
	for case in &cases {
		let name = &case.name;
		let float = match import_bytes(Path::new(name), &bytes(&case.model), None) {
			Ok(float) => float,
			// Forms of which runtimes make different things.
			Err(error) => {
				refused.push(format!("{name}: {error}"));
				continue;
			}
		};
		assert_eq!(float.outputs[0].dims, case.dims, "{name}");
		let values = float.evaluate(&case.input);
		close(name, &values[float.outputs[0].value], &case.expected, 1e-4, 1e-6);
		let options = CompileOptions {
			lookups: true,
			input: vec![InputRange { min: case.low, max: case.high }],
			samples: if sampled { samples(case) } else { Vec::new() },
			..CompileOptions::default()
		};
		let model = match compile_float(&float, &options, rng) {
			Ok(model) => model,
			Err(error) => {
				refused.push(format!("{name}: {error}"));
				continue;
			}
		};
		let integers = model.quantize_inputs(std::slice::from_ref(&case.input)).unwrap();
		let (got, step) = reals(&model, &model.evaluate(&integers).unwrap()[0]);
		close(name, &got, &case.expected, 0.05, step);
		assert_eq!(mock(&model, &integers, rng).unwrap(), None, "{name}");
	}
	assert!(refused.len() <= may_be_refused, "{refused:#?}");
}

#[test]
fn every_operator_is_in_the_documents() {
	let page = include_str!("../../../docs/operators.md");
	let words: Vec<_> = page.split(|c: char| !c.is_ascii_alphanumeric()).collect();
	let missing: Vec<_> = supported().filter(|name| !words.contains(name)).collect();
	assert_eq!(missing, [""; 0]);
}

#[test]
fn functions_of_one_number() {
	agrees("functions", 0);
}

#[test]
fn comparisons_with_constants() {
	agrees("comparisons", 0);
}

#[test]
fn truth_values_connected() {
	agrees("connectives", 0);
}

#[test]
fn reductions_and_places_of_the_largest() {
	agrees("reductions", 0);
}

#[test]
fn normalisations() {
	// Over the whole range a row may hardly vary, which 10 bits of a variance cannot tell.
	compare("normalisations", true, 1);
}

#[test]
fn softmaxes_and_losses() {
	agrees("softmaxes", 0);
}

#[test]
fn elements_taken_from_and_put_at_constant_places() {
	// Constants beside computed elements share their step, which small ones do not survive.
	agrees("indices", 3);
}

#[test]
fn tensors_are_resized_in_every_mode() {
	agrees("resizing", 3);
}

#[test]
fn samples_between_elements() {
	agrees("sampling", 1);
}

#[test]
fn transposed_convolutions_and_what_is_like_them() {
	agrees("spreading", 1);
}

#[test]
fn fourier_transforms() {
	agrees("transforms", 0);
}

#[test]
fn attention_with_masks_heads_and_a_past() {
	agrees("attention", 1);
}

#[test]
fn recurrence_step_by_step() {
	agrees("recurrence", 0);
}

#[test]
fn whole_numbers_of_others() {
	agrees("whole numbers", 0);
}

#[test]
fn integers_as_they_are() {
	agrees("integers", 0);
}

#[test]
fn sums_and_products_over_axes() {
	agrees("running", 0);
}

#[test]
fn scores_that_a_mask_hides() {
	agrees("masks", 0);
}

#[test]
fn bodies_as_often_as_constants_say() {
	agrees("bodies", 0);
}

#[test]
fn encoders_and_support_vectors() {
	agrees("encoders", 0);
}

#[test]
fn trees_in_every_form() {
	agrees("ensembles", 0);
}
