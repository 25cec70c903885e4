//! Softmaxes, attention and encoders whose mask is an input: floats, integers and circuit answer as ONNX Runtime does,
//! and what is no mask is refused.
//!
//! `masks-corpus/corpus.bin` holds the models and the answers; `masks-corpus/make.py` says how it was made and what its
//! fields are.

use std::{collections::BTreeMap, path::Path};

use crate::{
	common::{agrees, rng, Single},
	corpus::Reader,
};
use zkml_circuits::{
	compile_float, import_bytes, CompileOptions, CompiledModel, InputOptions, InputRange,
};

/// A model with inputs and answers.
struct Case {
	name: String,
	model: Vec<u8>,
	/// What inputs are declared to hold, where something is.
	ranges: BTreeMap<String, InputOptions>,
	answers: Vec<(Vec<f32>, Vec<f32>)>,
}

fn corpus() -> Vec<Case> {
	let mut reader = Reader(include_bytes!("masks-corpus/corpus.bin"));
	let mut cases = Vec::new();
	while !reader.0.is_empty() {
		let (name, model) = (reader.text(), reader.bytes());
		let mut ranges = BTreeMap::new();
		for _ in 0..reader.count() {
			let (input, min, max) = (reader.text(), reader.float(), reader.float());
			if !min.is_nan() {
				let ranges_of = vec![InputRange { min, max }];
				ranges.insert(input, InputOptions { ranges: ranges_of, step: None });
			}
		}
		cases.push(Case { name, model, ranges, answers: reader.answers() });
	}
	cases
}

/// The files of all models.
pub fn files() -> Vec<Vec<u8>> {
	corpus().into_iter().map(|case| case.model).collect()
}

fn named(name: &str) -> Case {
	corpus().into_iter().find(|case| case.name == name).unwrap()
}

/// The furthest that results are from answers, as a share of the largest if that is not 0.
fn distance(got: &[f32], expected: &[f32]) -> f32 {
	assert_eq!(got.len(), expected.len());
	let largest = expected.iter().fold(0f32, |most, value| value.abs().max(most));
	let each = got.iter().zip(expected).map(|(got, expected)| (got - expected).abs());
	each.fold(0f32, f32::max) / if largest == 0.0 { 1.0 } else { largest }
}

/// Parts of all inputs end to end.
fn parts(model: &CompiledModel, input: &[f32]) -> Vec<Vec<f32>> {
	let mut rest = input;
	let part = |len: usize| {
		let (own, others) = rest.split_at(len);
		rest = others;
		own.to_vec()
	};
	let lens =
		model.inputs().iter().map(|info| info.tensor.dims.iter().map(|d| *d as usize).product());
	lens.map(part).collect()
}

impl Case {
	fn compiled(&self, ranges: BTreeMap<String, InputOptions>) -> Result<CompiledModel, String> {
		let float = import_bytes(Path::new(&self.name), &self.model, None);
		let float = float.map_err(|error| error.to_string())?;
		for (input, answer) in &self.answers {
			let got = &float.evaluate(input)[float.outputs[0].value];
			let distance = distance(got, answer);
			// Numbers of -10,000 leave floats three digits of a score.
			assert!(distance < 1e-3, "{}: floats {distance}", self.name);
		}
		let options = CompileOptions { inputs: ranges, lookups: true, ..CompileOptions::default() };
		compile_float(&float, &options, &mut rng(1)).map_err(|error| error.to_string())
	}

	/// What a model is refused with where an input has a range.
	fn refused(&self, input: &str, min: f32, max: f32) -> String {
		let mut ranges = self.ranges.clone();
		let own = InputOptions { ranges: vec![InputRange { min, max }], step: None };
		ranges.insert(input.into(), own);
		match self.compiled(ranges) {
			Ok(_) => panic!("{}: taken", self.name),
			Err(words) => words,
		}
	}
}

#[test]
fn masks_that_are_inputs_hide_what_they_hide_in_onnx_runtime() {
	let mut wrong = Vec::new();
	for case in corpus() {
		let model = match case.compiled(case.ranges.clone()) {
			Ok(model) => model,
			Err(words) => {
				wrong.push(format!("{}: {words}", case.name));
				continue;
			}
		};
		let scale = model.output().scale(0).unwrap();
		let unit = scale.mantissa as f32 * (-f32::from(scale.shift)).exp2();
		let mut furthest = 0f32;
		for (input, answer) in &case.answers {
			let integers = model.quantize_inputs(&parts(&model, input)).unwrap();
			let got = model.evaluate(&integers).unwrap().remove(0);
			let got: Vec<_> = got.iter().map(|integer| *integer as f32 * unit).collect();
			furthest = furthest.max(distance(&got, answer));
			// Weights that are hidden are 0, to the last bit.
			for (got, answer) in got.iter().zip(answer) {
				if *answer == 0.0 && *got != 0.0 {
					wrong.push(format!("{}: {got} for 0", case.name));
				}
			}
		}
		println!("{}: {furthest}", case.name);
		if furthest > 0.03 {
			wrong.push(format!("{}: {furthest}", case.name));
		}
		let last = &case.answers[case.answers.len() - 1].0;
		agrees(&model, &model.quantize_inputs(&parts(&model, last)).unwrap(), 3);
	}
	assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_mask_of_other_integers_is_refused_with_the_range_that_it_needs() {
	for name in ["added-least", "added-ten-thousand", "bert", "attention-added-far"] {
		let input = if name == "bert" { "attention_mask" } else { "m" };
		let words = named(name).refused(input, 0.0, 9.0);
		assert!(words.contains("values from 0 to 1, of which the mask is made"), "{words}");
		assert!(words.contains(&format!("--input-range {input}=0:1")), "{words}");
		assert!(words.contains("got values from 0 to 9"), "{words}");
	}
}
