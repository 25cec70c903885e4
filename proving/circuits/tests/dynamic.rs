//! Models whose scales are computed from the numbers themselves, as ONNX Runtime's `quantize_dynamic` writes them:
//! the answers are near ONNX Runtime's, which rounds to 8 bits on the way what is not rounded here.
//!
//! `dynamic-corpus/corpus.bin` holds the models and the answers; `dynamic-corpus/make.py` says how it was made and
//! what its fields are.

use std::path::Path;

use crate::{
	common::{agrees, rng, Single},
	corpus::Reader,
	covered::{operators_of, Names},
};
use zkml_circuits::{compile_float, import_bytes, CompileOptions, CompiledModel, InputRange};
use zkml_primitives::Visibility;

/// A model with inputs and answers.
struct Case {
	name: String,
	model: Vec<u8>,
	range: InputRange,
	answers: Vec<(Vec<f32>, Vec<f32>)>,
}

fn corpus() -> Vec<Case> {
	let mut reader = Reader(include_bytes!("dynamic-corpus/corpus.bin"));
	let mut cases = Vec::new();
	while !reader.0.is_empty() {
		let (name, model) = (reader.text(), reader.bytes());
		let range = InputRange { min: reader.float(), max: reader.float() };
		cases.push(Case { name, model, range, answers: reader.answers() });
	}
	cases
}

/// The files of all models.
pub fn files() -> Vec<Vec<u8>> {
	corpus().into_iter().map(|case| case.model).collect()
}

impl Case {
	fn compiled(&self, visibility: Visibility) -> CompiledModel {
		let name = &self.name;
		let float = import_bytes(Path::new(name), &self.model, None);
		let float = float.unwrap_or_else(|error| panic!("{name}: {error}"));
		let input = vec![self.range];
		let options =
			CompileOptions { visibility, input, lookups: true, ..CompileOptions::default() };
		compile_float(&float, &options, &mut rng(1))
			.unwrap_or_else(|error| panic!("{name}: {error}"))
	}

	/// How far results are from ONNX Runtime's at most, by the largest of these.
	fn distance(&self, model: &CompiledModel) -> f32 {
		let scale = model.output().scale(0).unwrap();
		let unit = scale.mantissa as f32 * (-f32::from(scale.shift)).exp2();
		let (mut furthest, mut largest) = (0.0f32, 0.0f32);
		for (input, answer) in &self.answers {
			let integers = model.quantize_input(input).unwrap();
			let got = model.evaluate(&integers).unwrap().remove(0);
			assert_eq!(got.len(), answer.len(), "{}", self.name);
			for (got, expected) in got.iter().zip(answer) {
				furthest = furthest.max((*got as f32 * unit - expected).abs());
				largest = largest.max(expected.abs());
			}
		}
		furthest / largest
	}
}

#[test]
fn files_of_quantize_dynamic_answer_within_three_hundredths_of_onnx_runtime() {
	for visibility in [Visibility::Public, Visibility::Private] {
		for case in corpus() {
			let model = case.compiled(visibility);
			let distance = case.distance(&model);
			assert!(distance <= 0.03, "{} {visibility:?}: {distance}", case.name);
			agrees(&model, &model.quantize_input(&case.answers[0].0).unwrap(), 3);
		}
	}
}

/// What the files are about is in them.
#[test]
fn files_of_quantize_dynamic_hold_products_of_integers_with_computed_scales() {
	let mut all = Names::new();
	files().iter().for_each(|file| operators_of(file, &mut all));
	for name in ["DynamicQuantizeLinear", "MatMulInteger", "ConvInteger"] {
		assert!(all.contains(&(String::new(), name.to_owned())), "{name} in {all:?}");
	}
}
