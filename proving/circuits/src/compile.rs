//! From an ONNX file to a compiled model.

use std::path::Path;

use rand::{CryptoRng, RngCore};
use zkml_graph::{quantize, quantize_like, CompileError, CompileOptions, InputRange, Quantized};
use zkml_primitives::{Scalar, Visibility};

use crate::{
	gadgets::range::Checks,
	import::{
		import_sized, survey, FloatGraph, FloatInput, FloatOutput, ImportError, Inspection, Shape,
	},
	lookup_tables,
	model::{random_salt, CompiledModel},
	nodes,
	ranges::Commitment,
};

/// Compiles an ONNX file. `rng` makes the salt of a private model's commitment.
///
/// # Errors
///
/// If the file is not imported, an option does not fit, the integer graph cannot be proved, or its
/// error is too large.
pub fn compile(
	onnx: &Path,
	options: &CompileOptions,
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<CompiledModel, CompileError> {
	let float = import_sized(onnx, options.outputs.iter().map(String::as_str), &options.sizes)?;
	compile_float(&float, options, rng)
}

/// Compiles a float graph.
///
/// # Errors
///
/// If an option does not fit, the integer graph cannot be proved, or its error is too large.
pub fn compile_float(
	float: &FloatGraph,
	options: &CompileOptions,
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<CompiledModel, CompileError> {
	let Quantized { graph, parameters, plan, guards, report, choices } = quantize(float, options)?;
	let salt = match options.visibility {
		Visibility::Public => Scalar::ZERO,
		Visibility::Private => random_salt(rng),
	};
	let labels = options.labels.clone();
	// By a point it is made with the key; a hash of all parameters would be for nothing.
	let by_point = options.visibility == Visibility::Private && options.lookups;
	let commitment = match by_point && !options.opened_params {
		true => Commitment::unchosen(),
		false => Commitment::Poseidon,
	};
	let kind = (options.visibility, commitment);
	let checks = match options.lookups {
		true => lookup_tables::unchosen(),
		false => Checks::Bits,
	};
	nodes::check_size(&graph, &plan, &checks)?;
	let model = CompiledModel::planned(kind, graph, parameters, plan, labels, salt)?;
	let model = model.with_guards(guards).with_choices(choices);
	let model = match (options.lookups, options.visibility, options.opened_params) {
		(false, ..) => model,
		(true, Visibility::Private, false) => model.with_committed_params()?,
		(true, ..) => model.with_lookups(),
	};
	let claim = report.claim();
	Ok(model.with_report(report).with_accuracy_claim(claim))
}

/// Compiles an ONNX file into the circuit of an earlier private model: a retrained one, whose keys are then the
/// earlier one's. Of the options those count that are no part of a circuit; without labels it has the earlier
/// one's. `rng` makes the salt of its commitment, which is its own.
///
/// # Errors
///
/// If the file is not imported, the earlier model is public, the two differ in more than parameters, a parameter
/// does not fit, or the error is too large.
pub fn compile_like(
	onnx: &Path,
	earlier: &CompiledModel,
	options: &CompileOptions,
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<CompiledModel, CompileError> {
	let float = import_sized(onnx, options.outputs.iter().map(String::as_str), &options.sizes)?;
	compile_float_like(&float, earlier, options, rng)
}

/// Compiles a float graph into the circuit of an earlier private model, as [`compile_like`] does.
///
/// # Errors
///
/// If the earlier model is public, the two differ in more than parameters, a parameter does not fit, or the error
/// is too large.
pub fn compile_float_like(
	float: &FloatGraph,
	earlier: &CompiledModel,
	options: &CompileOptions,
	rng: &mut (impl RngCore + CryptoRng),
) -> Result<CompiledModel, CompileError> {
	let choices = earlier.choices().ok_or_else(|| CompileError::Option {
		option: "the earlier model",
		expected: "a private one that zkml compile made".into(),
		got: "a public one, or one that was put together otherwise".into(),
	})?;
	let lookups = *earlier.checks() != Checks::Bits;
	let options = &CompileOptions { lookups, ..options.clone() };
	let made = quantize_like(float, (earlier.graph(), choices), options)?;
	let Quantized { parameters, guards, report, .. } = made;
	let labels = match options.labels.is_empty() {
		true => earlier.labels().to_vec(),
		false => options.labels.clone(),
	};
	let claim = report.claim();
	let model = earlier.retrained(parameters, guards, labels, random_salt(rng))?;
	Ok(model.with_report(report).with_accuracy_claim(claim))
}

/// Describes an ONNX file: its nodes, and what each costs with these options. Of a file of which some
/// nodes cannot be proved all are listed, those with the reason.
///
/// # Errors
///
/// If the file cannot be read, is no ONNX model, or not even its nodes can be listed.
pub fn inspect(onnx: &Path, options: &CompileOptions) -> Result<Inspection, ImportError> {
	let outputs = || options.outputs.iter().map(String::as_str);
	let float = match import_sized(onnx, outputs(), &options.sizes) {
		Ok(float) => float,
		Err(error) => {
			// Its nodes may be there all the same; if not, that error is the one to tell.
			let Ok((nodes, inputs)) = survey(onnx, outputs(), &options.sizes) else {
				return Err(error);
			};
			let parameters = nodes.iter().map(|node| node.parameters).sum();
			let refused = Some(error.to_string());
			return Ok(Inspection {
				nodes,
				inputs: shapes(inputs),
				outputs: None,
				parameters,
				refused,
				range_constraints: None,
			});
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
	if options.input.is_empty() && options.inputs.is_empty() && options.samples.is_empty() {
		options.input = vec![InputRange { min: 0.0, max: 255.0 }];
	}
	let costs = compile_float(&float, &options, rng).map(|model| {
		let names = model.graph().nodes.iter().map(|node| node.name.clone());
		let mut costs = std::collections::BTreeMap::<_, u64>::new();
		for (name, cost) in names.zip(model.cost().nodes) {
			*costs.entry(name).or_default() += cost;
		}
		let once = model.range_circuit().map(|ranges| ranges.cost().counts.constraints);
		(costs, once)
	});
	let mut nodes = float.nodes;
	let range_constraints = costs.as_ref().ok().and_then(|(_, once)| *once);
	if let Ok((costs, _)) = &costs {
		for node in &mut nodes {
			// Nodes without an operation of their own, such as a change of shape, cost nothing.
			node.constraints = Some(costs.get(&node.name).copied().unwrap_or(0));
		}
	}
	let parameters = nodes.iter().map(|node| node.parameters).sum();
	let refused = costs.err().map(|error| error.to_string());
	let shape = |output: FloatOutput| Shape { name: output.name, dims: output.dims };
	let outputs = Some(float.outputs.into_iter().map(shape).collect());
	let inputs = shapes(float.inputs);
	Ok(Inspection { nodes, inputs, outputs, parameters, refused, range_constraints })
}

fn shapes(inputs: Vec<FloatInput>) -> Vec<Shape> {
	inputs.into_iter().map(|input| Shape { name: input.name, dims: input.dims }).collect()
}
