//! Models of floats and ONNX Runtime's answers: `float-corpus/make.py` says how they were made and what the
//! fields of the file are.
#![allow(dead_code)]

use std::path::Path;

use zkml_graph::import::{import_bytes, FloatGraph, ImportError};

/// What is left of a file.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
	pub fn take(&mut self, count: usize) -> &'a [u8] {
		let (first, rest) = self.0.split_at(count);
		self.0 = rest;
		first
	}

	fn word(&mut self) -> [u8; 4] {
		self.take(4).try_into().unwrap()
	}

	pub fn count(&mut self) -> usize {
		u32::from_le_bytes(self.word()) as usize
	}

	pub fn float(&mut self) -> f32 {
		f32::from_le_bytes(self.word())
	}

	pub fn bytes(&mut self) -> Vec<u8> {
		let count = self.count();
		self.take(count).to_vec()
	}

	pub fn text(&mut self) -> String {
		String::from_utf8(self.bytes()).unwrap()
	}

	fn floats(&mut self) -> Vec<f32> {
		(0..self.count()).map(|_| self.float()).collect()
	}

	/// Inputs with answers.
	pub fn answers(&mut self) -> Vec<(Vec<f32>, Vec<f32>)> {
		(0..self.count()).map(|_| (self.floats(), self.floats())).collect()
	}
}

/// A model with inputs and answers; one without must be refused.
pub struct Case {
	pub family: String,
	pub name: String,
	pub model: Vec<u8>,
	pub answers: Vec<(Vec<f32>, Vec<f32>)>,
}

/// All models.
pub fn corpus() -> Vec<Case> {
	read(include_bytes!("../float-corpus/corpus.bin"))
}

/// All models of `recurrent-corpus`, whose answers are those of ONNX Runtime too.
pub fn recurrences() -> Vec<Case> {
	read(include_bytes!("../recurrent-corpus/corpus.bin"))
}

/// All models of `classes-corpus`, whose answers are those of ONNX Runtime too.
pub fn classes() -> Vec<Case> {
	read(include_bytes!("../classes-corpus/corpus.bin"))
}

fn read(bytes: &[u8]) -> Vec<Case> {
	let mut reader = Reader(bytes);
	let mut cases = Vec::new();
	while !reader.0.is_empty() {
		let (family, name, model) = (reader.text(), reader.text(), reader.bytes());
		cases.push(Case { family, name, model, answers: reader.answers() });
	}
	cases
}

/// The model of that family and name.
#[track_caller]
pub fn case(family: &str, name: &str) -> Case {
	let found = corpus().into_iter().find(|case| case.family == family && case.name == name);
	found.unwrap_or_else(|| panic!("no {name} among {family}"))
}

impl Case {
	/// What is imported of it.
	pub fn graph(&self) -> Result<FloatGraph, ImportError> {
		import_bytes(Path::new(&self.name), &self.model, None)
	}

	/// What is wrong about what is imported, or about what is not.
	pub fn wrong(&self) -> Option<String> {
		self.wrong_by(1e-4)
	}

	/// The same where an answer may be off by that, or by that share of itself.
	pub fn wrong_by(&self, allowed: f32) -> Option<String> {
		let graph = match self.graph() {
			Ok(graph) => graph,
			Err(_) if self.answers.is_empty() => return None,
			Err(error) => return Some(error.to_string()),
		};
		if self.answers.is_empty() {
			return Some(format!("what must be refused is imported as {:?}", graph.outputs));
		}
		for (input, answer) in &self.answers {
			let got = &graph.evaluate(input)[graph.outputs[0].value];
			let elements = graph.outputs[0].dims.iter().product::<usize>();
			if got.len() != answer.len() || got.len() != elements {
				return Some(format!("{} elements for {}", got.len(), answer.len()));
			}
			let near = |(got, expected): &(&f32, &f32)| {
				(*got - *expected).abs() <= allowed * expected.abs().max(1.0)
			};
			if let Some((got, expected)) = got.iter().zip(answer).find(|pair| !near(pair)) {
				return Some(format!("{got} for {expected}: {:?}", graph.ops));
			}
		}
		None
	}
}
