//! From an ONNX file to a compiled model.

use std::path::Path;

use rand::{CryptoRng, RngCore};
use zkml_graph::{quantize, CompileError, CompileOptions, InputRange, Quantized};
use zkml_primitives::{Scalar, Visibility};

use crate::{
	import::{import, survey, FloatGraph, ImportError, Inspection},
	model::{random_salt, CompiledModel},
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
	let float = import(onnx, options.output.as_deref())?;
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
	let Quantized { graph, parameters, plan, guards, report } = quantize(float, options)?;
	let salt = match options.visibility {
		Visibility::Public => Scalar::ZERO,
		Visibility::Private => random_salt(rng),
	};
	let labels = options.labels.clone();
	let model = CompiledModel::planned(options.visibility, graph, parameters, plan, labels, salt)?;
	let model = model.with_guards(guards);
	let model = if options.lookups { model.with_lookups() } else { model };
	let claim = report.claim();
	Ok(model.with_report(report).with_accuracy_claim(claim))
}

/// Describes an ONNX file: its nodes, and what each costs with these options. Of a file of which some
/// nodes cannot be proved all are listed, those with the reason.
///
/// # Errors
///
/// If the file cannot be read, is no ONNX model, or not even its nodes can be listed.
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
