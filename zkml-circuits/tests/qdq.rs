//! Quantised models: the integers are ONNX Runtime's, bit for bit.
//!
//! `qdq-corpus/corpus.bin` holds random models and ONNX Runtime's answers; `qdq-corpus/make.py` says how it
//! was made and what its fields are.

mod common;

use std::path::Path;

use common::{agrees, rng};
use zkml_circuits::{
	compile_float, import::import_bytes, CompileOptions, CompiledModel, InputRange, Widths,
};
use zkml_primitives::Visibility;

/// A model with inputs and answers.
struct Case {
	name: String,
	model: Vec<u8>,
	range: InputRange,
	/// Whether ONNX Runtime has another answer if it does not fuse operators.
	otherwise_unfused: bool,
	answers: Vec<(Vec<f32>, Vec<f32>)>,
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
	fn take(&mut self, count: usize) -> &'a [u8] {
		let (first, rest) = self.0.split_at(count);
		self.0 = rest;
		first
	}

	fn word(&mut self) -> [u8; 4] {
		self.take(4).try_into().unwrap()
	}

	fn count(&mut self) -> usize {
		u32::from_le_bytes(self.word()) as usize
	}

	fn float(&mut self) -> f32 {
		f32::from_le_bytes(self.word())
	}

	fn bytes(&mut self) -> Vec<u8> {
		let count = self.count();
		self.take(count).to_vec()
	}

	fn floats(&mut self) -> Vec<f32> {
		(0..self.count()).map(|_| self.float()).collect()
	}

	fn case(&mut self) -> Case {
		let name = String::from_utf8(self.bytes()).unwrap();
		let model = self.bytes();
		let range = InputRange { min: self.float(), max: self.float() };
		let otherwise_unfused = self.take(1) == [1];
		let answers = (0..self.count()).map(|_| (self.floats(), self.floats())).collect();
		Case { name, model, range, otherwise_unfused, answers }
	}
}

fn corpus() -> Vec<Case> {
	let bytes = include_bytes!("qdq-corpus/corpus.bin");
	let mut reader = Reader(bytes);
	let mut cases = Vec::new();
	while !reader.0.is_empty() {
		cases.push(reader.case());
	}
	cases
}

impl Case {
	fn compiled(&self, options: CompileOptions) -> Result<CompiledModel, String> {
		let path = Path::new(&self.name);
		let float = import_bytes(path, &self.model, None).map_err(|error| error.to_string())?;
		let options = CompileOptions { input: vec![self.range], ..options };
		compile_float(&float, &options, &mut rng(1)).map_err(|error| error.to_string())
	}

	/// The first answer that is another.
	fn wrong(&self, model: &CompiledModel) -> Option<String> {
		for (input, answer) in &self.answers {
			let integers = model.quantize_input(input).unwrap();
			let output = model.evaluate(&integers).unwrap();
			let scale = model.output().scale(0).unwrap();
			let unit = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
			let got: Vec<f32> = output.iter().map(|q| (f64::from(*q) * unit) as f32).collect();
			if got != *answer {
				return Some(format!("expected {answer:?}, got {got:?}"));
			}
		}
		None
	}
}

fn private() -> CompileOptions {
	CompileOptions { visibility: Visibility::Private, ..CompileOptions::default() }
}

/// Every model of the corpus under these options; what is wrong or refused is told.
fn all_are_exact(options: &CompileOptions) {
	let (mut wrong, mut count) = (Vec::new(), 0);
	for case in corpus() {
		count += 1;
		let words = match case.compiled(options.clone()) {
			Ok(model) => case.wrong(&model),
			Err(error) => Some(error),
		};
		wrong.extend(words.map(|words| format!("{}: {words}", case.name)));
	}
	assert!(count >= 300, "{count} models");
	assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn public_models_answer_as_onnx_runtime_does() {
	all_are_exact(&CompileOptions::default());
}

#[test]
fn private_models_answer_as_onnx_runtime_does() {
	all_are_exact(&private());
}

/// Narrow activations are for models that are quantised here.
#[test]
fn options_for_floats_change_no_quantised_model() {
	all_are_exact(&CompileOptions {
		widths: Widths { weight_bits: 2, activation_bits: 4, table_bits: 10 },
		..CompileOptions::default()
	});
}

#[test]
fn circuits_of_quantised_models_hold() {
	for case in corpus().iter().step_by(23) {
		for (options, lookups) in [(CompileOptions::default(), false), (private(), true)] {
			let model = case.compiled(CompileOptions { lookups, ..options }).unwrap();
			if model.cost().counts.constraints > 40_000 {
				continue;
			}
			for (input, _) in case.answers.iter().take(2) {
				agrees(&model, &model.quantize_input(input).unwrap(), 3);
			}
		}
	}
}
