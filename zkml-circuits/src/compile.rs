//! From an ONNX file to a compiled model.

use std::path::Path;

use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_primitives::{Scalar, Visibility};

use crate::{
	graph::{GraphError, Layer, Op},
	import::{import, ImportError, Inspection},
	model::{random_salt, CompiledModel},
	quantize::{input_spec, quantize},
};

/// The real numbers an input may hold, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputRange {
	/// Smallest.
	pub min: f32,
	/// Largest.
	pub max: f32,
}

/// How to compile.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileOptions {
	/// Whether the parameters are public.
	pub visibility: Visibility,
	/// Whether ranges are proved by lookups, in a circuit with a commit round, or by bits in a plain
	/// one.
	pub lookups: bool,
	/// What the input may hold; 0 to 255 if nothing is said.
	pub input: Option<InputRange>,
	/// Width of an integer weight, 2 to 16.
	pub weight_bits: u8,
	/// Width of a hidden value, 4 to 20.
	pub activation_bits: u8,
	/// Names of the classes or scores; none, or one for each.
	pub labels: Vec<String>,
	/// Private weights are multiples of `2^-weight_shift`; the default makes room for numbers up to
	/// 2. It is part of the architecture and should leave room for retraining.
	pub weight_shift: Option<u8>,
}

impl Default for CompileOptions {
	fn default() -> Self {
		Self {
			visibility: Visibility::Public,
			lookups: false,
			input: None,
			weight_bits: 8,
			activation_bits: 12,
			labels: Vec::new(),
			weight_shift: None,
		}
	}
}

/// Most labels the chain stores, and most bytes of one.
const LABELS: usize = 64;
const LABEL_BYTES: usize = 32;

impl CompileOptions {
	/// Binary logarithm of a private weight's denominator.
	pub(crate) fn weight_shift(&self) -> u8 {
		self.weight_shift.unwrap_or(self.weight_bits - 2)
	}

	fn check(&self) -> Result<(), CompileError> {
		let shift = self.weight_shift.unwrap_or(0);
		for (option, value, min, max) in [
			("weight bits", self.weight_bits, 2, 16),
			("activation bits", self.activation_bits, 4, 20),
			("weight shift", shift, 0, 30),
		] {
			if !(min..=max).contains(&value) {
				let expected = format!("{min} to {max}");
				return Err(CompileError::Option { option, expected, got: value.to_string() });
			}
		}
		Ok(())
	}

	fn check_labels(&self, classes: usize) -> Result<(), CompileError> {
		let error = |expected: String, got: String| {
			Err(CompileError::Option { option: "labels", expected, got })
		};
		if self.labels.is_empty() {
			return Ok(());
		}
		if self.labels.len() != classes || classes > LABELS {
			let expected = format!("none, or one for each of {classes} classes, at most {LABELS}");
			return error(expected, self.labels.len().to_string());
		}
		match self.labels.iter().find(|label| label.len() > LABEL_BYTES) {
			Some(label) => error(format!("at most {LABEL_BYTES} bytes each"), format!("{label:?}")),
			None => Ok(()),
		}
	}
}

/// Why a model was not compiled.
#[derive(Debug, Error)]
pub enum CompileError {
	/// The file.
	#[error(transparent)]
	Import(#[from] ImportError),
	/// An option.
	#[error("{option}: expected {expected}, got {got}")]
	Option {
		/// Which.
		option: &'static str,
		/// What is allowed.
		expected: String,
		/// What it is.
		got: String,
	},
	/// A private parameter that the architecture has no room for.
	#[error("tensor {tensor}: expected values from -{limit} to {limit}, got {got} at {index} (weight shift or bits give more room)")]
	Weight {
		/// The tensor's name.
		tensor: String,
		/// Where in it.
		index: usize,
		/// Largest size.
		limit: f64,
		/// The value.
		got: f32,
	},
	/// The integer graph cannot be proved.
	#[error(transparent)]
	Graph(#[from] GraphError),
}

/// Compiles an ONNX file. `rng` makes the salt of a private model's commitment.
pub fn compile(
	onnx: &Path,
	options: &CompileOptions,
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<CompiledModel, CompileError> {
	options.check()?;
	let float = import(onnx)?;
	let range = options.input.unwrap_or(InputRange { min: 0.0, max: 255.0 });
	let input = input_spec(&float.input, range)?;
	let private = options.visibility == Visibility::Private;
	let (graph, parameters) = quantize(&float, input, private, options)?;
	let classes = match graph.layers.last() {
		Some(Layer { op: Op::ArgMax, .. }) => graph.output.max as usize + 1,
		_ => graph.output.len() as usize,
	};
	options.check_labels(classes)?;
	let salt = if private { random_salt(rng) } else { Scalar::ZERO };
	let labels = options.labels.clone();
	let model = CompiledModel::new(options.visibility, graph, parameters, labels, salt)?;
	Ok(if options.lookups { model.with_lookups() } else { model })
}

/// Describes an ONNX file: its nodes, and what each costs with default options.
pub fn inspect(onnx: &Path) -> Result<Inspection, ImportError> {
	let float = import(onnx)?;
	let options = CompileOptions::default();
	let range = InputRange { min: 0.0, max: 255.0 };
	let costs = input_spec(&float.input, range)
		.and_then(|input| quantize(&float, input, false, &options))
		.and_then(|(graph, parameters)| {
			let public = Visibility::Public;
			Ok(CompiledModel::new(public, graph, parameters, Vec::new(), Scalar::ZERO)?)
		})
		.map(|model| {
			let names = model.graph().layers.iter().map(|layer| layer.name.clone());
			names.zip(model.cost().layers).collect::<std::collections::BTreeMap<_, _>>()
		});
	let mut nodes = float.nodes;
	if let Ok(costs) = costs {
		for node in &mut nodes {
			// Nodes without a layer of their own, such as a change of shape, cost nothing.
			node.constraints = Some(costs.get(&node.name).copied().unwrap_or(0));
		}
	}
	let parameters = nodes.iter().map(|node| node.parameters).sum();
	Ok(Inspection { nodes, input: float.input, output: float.output, parameters })
}
