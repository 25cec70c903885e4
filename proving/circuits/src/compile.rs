//! From an ONNX file to a compiled model.

use std::{collections::BTreeMap, path::Path};

use rand::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zkml_primitives::{Scalar, Visibility, MAX_CHANNELS, MAX_TENSOR_BYTES};

use crate::{
	graph::GraphError,
	import::{import, survey, FloatGraph, ImportError, Inspection},
	model::{random_salt, CompiledModel},
	quantize::{input_spec, measure, quantize},
	report::Report,
};

/// The real numbers an input may hold, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputRange {
	/// Smallest.
	pub min: f32,
	/// Largest.
	pub max: f32,
}

/// Widths of a node in bits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Widths {
	/// Of an integer weight, 2 to 16.
	pub weight_bits: u8,
	/// Of a hidden value, 4 to 20.
	pub activation_bits: u8,
	/// Of the argument of a table, 4 to 16: binary logarithm of its rows.
	pub table_bits: u8,
}

/// How to compile.
#[derive(Clone, Debug, PartialEq)]
pub struct CompileOptions {
	/// Whether the parameters are public.
	pub visibility: Visibility,
	/// Whether ranges are proved by lookups, in a circuit with a commit round, or by bits in a plain
	/// one.
	pub lookups: bool,
	/// What the input may hold: one range, or one for each index of the last axis, which then have
	/// scales of their own. With none, what the samples hold.
	pub input: Vec<InputRange>,
	/// Distance of the numbers that an input can have; if nothing is said, 1 for ranges of whole numbers
	/// and a power of two for others.
	pub input_step: Option<f32>,
	/// Widths of nodes that have none of their own.
	pub widths: Widths,
	/// Widths of nodes, by their names.
	pub node_widths: BTreeMap<String, Widths>,
	/// Names of the classes or scores; none, or one for each.
	pub labels: Vec<String>,
	/// Private weights are multiples of `2^-shift`: one shift for all dense nodes, or one for each.
	/// They are part of the public architecture and should leave room for retraining. With none, each
	/// node gets the largest that its weights fit, which tells their size to a power of two.
	pub weight_shifts: Vec<u8>,
	/// The ONNX tensor that is the output; needed only if there are several.
	pub output: Option<String>,
	/// Inputs as they will be asked about: scales are chosen with them in view, and errors measured on
	/// them. Without any, inputs are drawn that cover the corners of the range.
	pub samples: Vec<Vec<f32>>,
	/// Largest error of an output, as a share of its own range, with which a model compiles,
	pub max_error: f64,
	/// and the least share of inputs with the float model's label, if the output is one.
	pub min_agreement: f64,
	/// Whether a model compiles though an input in its range is known that is clamped inside and whose
	/// error is larger than that.
	pub allow_saturation: bool,
}

impl Default for CompileOptions {
	fn default() -> Self {
		Self {
			visibility: Visibility::Public,
			lookups: false,
			input: Vec::new(),
			input_step: None,
			widths: Widths { weight_bits: 8, activation_bits: 12, table_bits: 10 },
			node_widths: BTreeMap::new(),
			labels: Vec::new(),
			weight_shifts: Vec::new(),
			output: None,
			samples: Vec::new(),
			max_error: 0.05,
			min_agreement: 0.95,
			allow_saturation: false,
		}
	}
}

/// By how much the largest feature of samples is larger than another that gets a scale of its own.
const APART: f32 = 16.0;
/// Most labels the chain stores, and most bytes of one.
const LABELS: usize = 64;
const LABEL_BYTES: usize = 32;

impl CompileOptions {
	/// The widths of a node.
	pub fn widths(&self, node: &str) -> Widths {
		self.node_widths.get(node).copied().unwrap_or(self.widths)
	}

	/// What the input may hold: one range, or one for each index of the last axis of `dims`.
	fn ranges(&self, dims: &[usize]) -> Result<Vec<InputRange>, CompileError> {
		if !self.input.is_empty() {
			return Ok(self.input.clone());
		}
		let features = dims.last().copied().unwrap_or(1).max(1);
		let mut each: Vec<Option<InputRange>> = vec![None; features];
		for sample in &self.samples {
			for (i, v) in sample.iter().enumerate() {
				let own = &mut each[i % features];
				let InputRange { min, max } = own.unwrap_or(InputRange { min: *v, max: *v });
				*own = Some(InputRange { min: min.min(*v), max: max.max(*v) });
			}
		}
		let each: Vec<InputRange> = each.into_iter().flatten().collect();
		let join = |a: InputRange, b: InputRange| InputRange {
			min: a.min.min(b.min),
			max: a.max.max(b.max),
		};
		let Some(all) = each.iter().copied().reduce(join) else {
			return Err(CompileError::Option {
				option: "input range",
				expected: "--input-min and --input-max, --input-ranges FILE or --samples FILE"
					.into(),
				got: "none".into(),
			});
		};
		// Features of about one size, such as pixels, share a range.
		let size = |range: &InputRange| range.min.abs().max(range.max.abs());
		let apart = |range: &InputRange| size(range) > 0.0 && size(range) * APART < size(&all);
		let own = each.len() == features && features <= MAX_CHANNELS as usize;
		Ok(if own && each.iter().any(apart) { each } else { vec![all] })
	}

	fn check(&self) -> Result<(), CompileError> {
		let shift = self.weight_shifts.iter().copied().max().unwrap_or(0);
		let within = |option, value: u8, min, max| match (min..=max).contains(&value) {
			true => Ok(()),
			false => {
				let expected = format!("{min} to {max}");
				Err(CompileError::Option { option, expected, got: value.to_string() })
			}
		};
		within("weight shift", shift, 0, 40)?;
		if self.max_error.is_nan() || self.max_error < 0.0 {
			let got = format!("{} %", self.max_error * 100.0);
			let expected = "0 % or more".into();
			return Err(CompileError::Option { option: "max error", expected, got });
		}
		if !(0.0..=1.0).contains(&self.min_agreement) {
			let got = format!("{} %", self.min_agreement * 100.0);
			let expected = "0 to 100 %".into();
			return Err(CompileError::Option { option: "min agreement", expected, got });
		}
		for widths in self.node_widths.values().chain([&self.widths]) {
			within("weight bits", widths.weight_bits, 2, 16)?;
			within("activation bits", widths.activation_bits, 4, 20)?;
			within("table bits", widths.table_bits, 4, 16)?;
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
	/// The integers are not close enough to the floats.
	#[error(
		"expected an error of at most {allowed} % of each output's range, got {error:.2} %{agreement} \
		 on {inputs} inputs: node {node} loses most (more bits give less error; samples of real inputs \
		 may ask for less than the whole range)"
	)]
	Inaccurate {
		/// Largest error in per cent.
		error: f64,
		/// What is allowed, in per cent.
		allowed: f64,
		/// How many labels are the same, in words.
		agreement: String,
		/// Inputs that both were run on.
		inputs: usize,
		/// The node that adds most to the error.
		node: String,
	},
	/// An input in the range is clamped inside, and its answer is another.
	#[error(
		"node {node}: expected values within its integers for every input in the declared range, got \
		 {times:.1} times their end on one, which changes an output by {error:.1} % of its range \
		 ({allowed} % is allowed; saturation can be allowed)"
	)]
	Saturates {
		/// Its name in the ONNX file.
		node: String,
		/// How far beyond: the value and the end it is clamped to.
		times: f64,
		/// Largest error of an output in per cent.
		error: f64,
		/// What is allowed, in per cent.
		allowed: f64,
	},
}

impl CompileError {
	/// For what was measured.
	pub(crate) fn inaccurate(report: &Report, options: &CompileOptions) -> Self {
		let agreement = report.agreement.filter(|_| report.labelled && report.given);
		Self::Inaccurate {
			error: report.max_error * 100.0,
			allowed: options.max_error * 100.0,
			agreement: agreement
				.map_or(String::new(), |share| format!(" and {:.1} % of labels", share * 100.0)),
			inputs: report.inputs,
			node: report.nodes.first().map_or("the input".into(), |node| match &node.operator {
				Some(operator) => format!("{} ({operator})", node.node),
				None => node.node.clone(),
			}),
		}
	}
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
	let names = |name: &String| float.nodes.iter().any(|node| node.name == *name);
	if let Some(name) = options.node_widths.keys().find(|name| !names(name)) {
		let (expected, got) = ("names of nodes of the file".into(), name.clone());
		return Err(CompileError::Option { option: "widths", expected, got });
	}
	let expected: usize = float.input.iter().product();
	if let Some(sample) = options.samples.iter().find(|sample| sample.len() != expected) {
		let (expected, got) = (format!("{expected} values each"), sample.len().to_string());
		return Err(CompileError::Option { option: "samples", expected, got });
	}
	let input = input_spec(float, &options.ranges(&float.input)?, options.input_step)?;
	if input.len() > MAX_TENSOR_BYTES {
		// No width makes it fit: said before any work for such a graph.
		input.check().map_err(|error| GraphError::Spec { tensor: "input", error })?;
	}
	let private = options.visibility == Visibility::Private;
	let made = quantize(float, input, private, options)?;
	let (graph, parameters) = (made.graph, made.parameters);
	let classes = graph.classes().unwrap_or(graph.output.len() as usize);
	options.check_labels(classes)?;
	let salt = if private { random_salt(rng) } else { Scalar::ZERO };
	let labels = options.labels.clone();
	let model = CompiledModel::new(options.visibility, graph, parameters, labels, salt)?;
	let model = model.with_guards(made.guards);
	let report = measure(&made.traced, &model, options)?;
	let model = if options.lookups { model.with_lookups() } else { model };
	let claim = report.claim();
	Ok(model.with_report(report).with_accuracy_claim(claim))
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
	// However close integers come to floats, for bytes as input if no range is given.
	let mut options = CompileOptions {
		max_error: f64::INFINITY,
		min_agreement: 0.0,
		allow_saturation: true,
		..options.clone()
	};
	if options.input.is_empty() && options.samples.is_empty() {
		options.input = vec![InputRange { min: 0.0, max: 255.0 }];
	}
	let costs = compile_float(&float, &options, rng).map(|model| {
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
