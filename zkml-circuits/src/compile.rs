//! From an ONNX file to a compiled model.

use std::path::Path;

use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_primitives::{Scalar, Visibility, MAX_TENSOR_BYTES};

use crate::{
	graph::GraphError,
	import::{import, survey, FloatGraph, ImportError, Inspection},
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
	/// Private weights are multiples of `2^-shift`: one shift for all dense nodes, or one for each.
	/// They are part of the public architecture and should leave room for retraining. With none, each
	/// node gets the largest that its weights fit, which tells their size to a power of two.
	pub weight_shifts: Vec<u8>,
	/// The ONNX tensor that is the output; needed only if there are several.
	pub output: Option<String>,
	/// Inputs as they will be asked about; a public model's scales are chosen with them in view.
	pub samples: Vec<Vec<f32>>,
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
			weight_shifts: Vec::new(),
			output: None,
			samples: Vec::new(),
		}
	}
}

/// Most labels the chain stores, and most bytes of one.
const LABELS: usize = 64;
const LABEL_BYTES: usize = 32;

impl CompileOptions {
	fn check(&self) -> Result<(), CompileError> {
		let shift = self.weight_shifts.iter().copied().max().unwrap_or(0);
		for (option, value, min, max) in [
			("weight bits", self.weight_bits, 2, 16),
			("activation bits", self.activation_bits, 4, 20),
			("weight shift", shift, 0, 40),
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
	let float = import(onnx, options.output.as_deref())?;
	compile_float(&float, options, rng)
}

/// Compiles a float graph.
pub fn compile_float(
	float: &FloatGraph,
	options: &CompileOptions,
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<CompiledModel, CompileError> {
	options.check()?;
	let range = options.input.unwrap_or(InputRange { min: 0.0, max: 255.0 });
	let input = input_spec(&float.input, range)?;
	if input.len() > MAX_TENSOR_BYTES {
		// No width makes it fit: said before any work for such a graph.
		input.check().map_err(|error| GraphError::Spec { tensor: "input", error })?;
	}
	let expected = input.len() as usize;
	if let Some(sample) = options.samples.iter().find(|sample| sample.len() != expected) {
		let (expected, got) = (format!("{expected} values each"), sample.len().to_string());
		return Err(CompileError::Option { option: "samples", expected, got });
	}
	let private = options.visibility == Visibility::Private;
	let (graph, parameters) = quantize(float, input, private, options)?;
	let classes = match graph.labels() {
		true => graph.output.max as usize + 1,
		false => graph.output.len() as usize,
	};
	options.check_labels(classes)?;
	let salt = if private { random_salt(rng) } else { Scalar::ZERO };
	let labels = options.labels.clone();
	let model = CompiledModel::new(options.visibility, graph, parameters, labels, salt)?;
	Ok(if options.lookups { model.with_lookups() } else { model })
}

/// Describes an ONNX file: its nodes, and what each costs with these options. Of a file of which some
/// nodes cannot be proved all are listed, those with the reason.
pub fn inspect(onnx: &Path, options: &CompileOptions) -> Result<Inspection, ImportError> {
	let output = options.output.as_deref();
	let float = match import(onnx, output) {
		Ok(float) => float,
		Err(error) => {
			// Its nodes may be there all the same; if not, that error is the one to tell.
			let Ok((nodes, input)) = survey(onnx, output) else { return Err(error) };
			let parameters = nodes.iter().map(|node| node.parameters).sum();
			let refused = Some(error.to_string());
			return Ok(Inspection { nodes, input, output: None, parameters, refused });
		}
	};
	let rng = &mut rand::rngs::OsRng;
	let costs = compile_float(&float, options, rng).map(|model| {
		let names = model.graph().nodes.iter().map(|node| node.name.clone());
		let mut costs = std::collections::BTreeMap::<_, u64>::new();
		for (name, cost) in names.zip(model.cost().nodes) {
			*costs.entry(name).or_default() += cost;
		}
		costs
	});
	let mut nodes = float.nodes;
	if let Ok(costs) = &costs {
		for node in &mut nodes {
			// Nodes without an operation of their own, such as a change of shape, cost nothing.
			node.constraints = Some(costs.get(&node.name).copied().unwrap_or(0));
		}
	}
	let parameters = nodes.iter().map(|node| node.parameters).sum();
	let refused = costs.err().map(|error| error.to_string());
	Ok(Inspection { nodes, input: float.input, output: Some(float.output), parameters, refused })
}
