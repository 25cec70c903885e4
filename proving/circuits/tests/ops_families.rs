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

/// The files of all cases.
pub fn files() -> Vec<Vec<u8>> {
	let all: Vec<Case> = serde_json::from_str(include_str!("operators/cases.json")).unwrap();
	all.iter().map(|case| bytes(&case.model)).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
	let pair = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
	(0..hex.len()).step_by(2).map(pair).collect()
}

fn size(values: &[f32]) -> f32 {
	values.iter().fold(0.0, |size, v| v.abs().max(size))
}

/// What is wrong where a result is further off than a share of the largest.
fn close(got: &[f32], expected: &[f32], share: f32, step: f32) -> Result<(), Fault> {
	if got.len() != expected.len() {
		return Err(Fault::Wrong(format!("{} results for {}", got.len(), expected.len())));
	}
	let allowed = share * size(expected) + step;
	let off = |got: &f32, expected: &f32| {
		let distance = (got - expected).abs();
		distance.is_nan() || distance > allowed
	};
	let mut pairs = got.iter().zip(expected).enumerate();
	match pairs.find(|(_, (got, expected))| off(got, expected)) {
		Some((i, (got, expected))) => Err(Fault::Wrong(format!("{i}: {got} for {expected}"))),
		None => Ok(()),
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

/// Share of the largest result that integers may be off, and steps.
const NEAR: (f32, f32) = (0.05, 1.0);

/// All cases of a family over their whole range.
fn agrees(family: &str) {
	compare(family, false, &[], NEAR);
}

/// The same, but for those that are refused.
fn agrees_but(family: &str, refused: &[&str]) {
	compare(family, false, refused, NEAR);
}

/// What became of a case that is not as it should be.
enum Fault {
	/// It was refused: by name, or for what is lost by rounding.
	Refused(String),
	/// It was taken and means something else.
	Wrong(String),
}

/// Floats agree with the reference, and integers with it, and the circuit with these.
fn tried(case: &Case, sampled: bool, (share, steps): (f32, f32)) -> Result<(), Fault> {
	let rng = &mut ChaCha20Rng::seed_from_u64(1);
	let refused = |error: &dyn std::fmt::Display| Fault::Refused(error.to_string());
	let float = import_bytes(Path::new(&case.name), &bytes(&case.model), None);
	let float = float.map_err(|error| refused(&error))?;
	if float.outputs[0].dims != case.dims {
		let words = format!("shape {:?} for {:?}", float.outputs[0].dims, case.dims);
		return Err(Fault::Wrong(words));
	}
	let values = float.evaluate(&case.input);
	close(&values[float.outputs[0].value], &case.expected, 1e-4, 1e-6)?;
	let options = CompileOptions {
		lookups: true,
		input: vec![InputRange { min: case.low, max: case.high }],
		samples: if sampled { samples(case) } else { Vec::new() },
		..CompileOptions::default()
	};
	let model = compile_float(&float, &options, rng).map_err(|error| refused(&error))?;
	let integers = model.quantize_inputs(std::slice::from_ref(&case.input)).unwrap();
	let (got, step) = reals(&model, &model.evaluate(&integers).unwrap()[0]);
	close(&got, &case.expected, share, steps * step)?;
	match mock(&model, &integers, rng).unwrap() {
		Some(broken) => Err(Fault::Wrong(format!("{broken:?} does not hold"))),
		None => Ok(()),
	}
}

/// All cases of a family but these, and no others, are taken, and are what the reference says.
fn compare(family: &str, sampled: bool, to_be_refused: &[&str], near: (f32, f32)) {
	let cases = cases(family);
	assert!(!cases.is_empty(), "{family}");
	let (mut refused, mut wrong) = (Vec::new(), Vec::new());
	for case in &cases {
		match tried(case, sampled, near) {
			Ok(()) => {}
			Err(Fault::Refused(words)) => {
				println!("{}: {words}", case.name);
				refused.push(case.name.as_str());
			}
			Err(Fault::Wrong(words)) => wrong.push(format!("{}: {words}", case.name)),
		}
	}
	assert!(wrong.is_empty(), "{family}: {wrong:#?}");
	assert_eq!(refused, to_be_refused, "{family}: what is refused");
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
	agrees("functions");
}

#[test]
fn comparisons_with_constants() {
	agrees("comparisons");
}

#[test]
fn truth_values_connected() {
	agrees("connectives");
}

#[test]
fn reductions_and_places_of_the_largest() {
	agrees("reductions");
}

#[test]
fn normalisations() {
	// Over the whole range a row may hardly vary, which 10 bits of a variance cannot tell.
	compare("normalisations", true, &[], NEAR);
}

#[test]
fn softmaxes_and_losses() {
	agrees("softmaxes");
}

#[test]
fn elements_taken_from_and_put_at_constant_places() {
	// Constants beside computed elements share their step, which small ones do not survive.
	agrees("indices");
}

#[test]
fn tensors_are_resized_in_every_mode() {
	agrees_but("resizing", &["Resize-2", "Resize-7", "Resize-12"]);
}

#[test]
fn samples_between_elements() {
	agrees_but("sampling", &["GridSample-7"]);
}

#[test]
fn transposed_convolutions_and_what_is_like_them() {
	agrees("spreading");
}

#[test]
fn fourier_transforms() {
	agrees("transforms");
}

#[test]
fn attention_with_masks_heads_and_a_past() {
	agrees("attention");
}

#[test]
fn recurrence_step_by_step() {
	agrees("recurrence");
}

#[test]
fn whole_numbers_of_others() {
	agrees("whole numbers");
}

#[test]
fn integers_as_they_are() {
	agrees("integers");
}

#[test]
fn sums_and_products_over_axes() {
	agrees("running");
}

#[test]
fn scores_that_a_mask_hides() {
	agrees("masks");
}

#[test]
fn bodies_as_often_as_constants_say() {
	agrees("bodies");
}

#[test]
fn encoders_and_support_vectors() {
	agrees("encoders");
}

#[test]
fn trees_in_every_form() {
	agrees("ensembles");
}

#[test]
fn integers_divided_and_put_together_bit_by_bit_are_exact() {
	compare("computed integers", false, &[], (0.0, 0.25));
}

/// Where several updates are meant for an element the last one stays.
#[test]
fn updates_at_computed_places() {
	agrees("scattered");
}

#[test]
fn functions_that_gate_and_what_they_are_made_of() {
	agrees("gates");
}

#[test]
fn tensors_of_other_sizes_in_every_form() {
	agrees("sizes");
}

#[test]
fn largest_elements_and_where_they_are() {
	agrees("places");
}

#[test]
fn axes_that_are_left_empty() {
	agrees("empty axes");
}

#[test]
fn what_constants_give() {
	agrees("constants");
}

#[test]
fn pipelines_of_features() {
	agrees("pipelines");
}

/// With a computed scale they are held to the float model.
#[test]
fn products_of_integers_are_those_of_the_numbers() {
	agrees_but("products of integers", &["MatMulInteger-fixed", "ConvInteger-fixed"]);
}

#[test]
fn attention_in_its_other_forms() {
	agrees_but("scores", &["Attention-shown-1", "Attention-shown-2"]);
}

#[test]
fn recurrence_backwards_both_ways_and_within_bounds() {
	agrees("directions");
}

/// To the number of a class there is none near.
#[test]
fn labels_are_the_numbers_of_their_classes() {
	compare("classes", false, &[], (0.0, 0.25));
}

#[test]
fn numbers_in_place_of_others_and_rows_by_their_largest() {
	agrees("encodings");
}
