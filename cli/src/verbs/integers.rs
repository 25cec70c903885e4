//! How a model becomes integers, as the command line says it.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use zkml_circuits::{
	import::{import_sized, FloatGraph, Sizes},
	CompileError, CompileOptions, InputOptions, InputRange, Widths,
};
use zkml_client::{
	files::{self, FileProblem},
	tensors, text,
};
use zkml_primitives::{is_plain_line, Visibility};

use crate::{
	args::{Integers, Kind, Params},
	error::CliError,
	output::Output,
};

/// `widths.json`: the widths of all nodes but some, and of these.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WidthsFile {
	/// Of nodes that are not named.
	pub default: Widths,
	/// By a node's name.
	pub nodes: BTreeMap<String, Widths>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RangesFile {
	min: Vec<f32>,
	max: Vec<f32>,
}

/// The file's float graph, and the options, which may speak of its inputs.
pub fn read(onnx: &Path, args: &Integers) -> Result<(FloatGraph, CompileOptions), CliError> {
	let mut options = options(args)?;
	let float = import_sized(onnx, options.outputs.iter().map(String::as_str), &options.sizes)
		.map_err(CompileError::Import)?;
	if let Some(path) = &args.samples {
		let inputs: Vec<_> =
			float.inputs.iter().map(|input| (input.name.as_str(), input.len())).collect();
		options.samples = tensors::read_samples(path, &inputs)?;
	}
	Ok((float, options))
}

/// The options, files read, but for samples.
pub fn options(args: &Integers) -> Result<CompileOptions, CliError> {
	let own = CompileOptions::default();
	if let Some(label) = args.labels.iter().find(|label| !is_plain_line(label.as_bytes())) {
		let expected =
			"labels without control characters or such that turn the direction of writing";
		return Err(CliError::mismatch("--labels", expected, text::quoted(label)));
	}
	let mut input = match &args.input_ranges {
		Some(path) => ranges(path)?,
		None => {
			let range = args.input_min.zip(args.input_max);
			range.map(|(min, max)| InputRange { min, max }).into_iter().collect()
		}
	};
	let mut inputs = BTreeMap::new();
	for text in &args.input_range {
		let (name, range) = named_range(text)?;
		let again = match name {
			None => !std::mem::replace(&mut input, vec![range]).is_empty(),
			Some(name) => {
				let own = InputOptions { ranges: vec![range], step: None };
				inputs.insert(name.to_owned(), own).is_some()
			}
		};
		if again {
			let expected = "one range for each input";
			return Err(CliError::mismatch("--input-range", expected, text::quoted(text)));
		}
	}
	let file = match &args.widths {
		Some(path) => files::read_json(path, "widths, as zkml calibrate writes them")?,
		None => WidthsFile { default: own.widths, nodes: BTreeMap::new() },
	};
	if args.params.is_some() && !args.private {
		let words = "--params: expected it with --private, got it without: public weights are constants of the \
			circuit";
		return Err(CliError::Usage(words.into()));
	}
	if (args.kind, args.params) == (Kind::Plain, Some(Params::Point)) {
		let words =
			"--params point: expected --kind rounds, got --kind plain, whose circuits have no \
			commitments beside a proof: theirs is --params poseidon";
		return Err(CliError::Usage(words.into()));
	}
	let sizes = Sizes { batch: args.batch, named: sizes(&args.dim)? };
	let Widths { weight_bits, activation_bits, table_bits } = file.default;
	Ok(CompileOptions {
		visibility: if args.private { Visibility::Private } else { Visibility::Public },
		lookups: args.kind == Kind::Rounds,
		opened_params: args.params == Some(Params::Poseidon),
		labels: args.labels.clone(),
		input,
		input_step: args.input_step,
		inputs,
		sizes,
		widths: Widths {
			weight_bits: args.weight_bits.unwrap_or(weight_bits),
			activation_bits: args.activation_bits.unwrap_or(activation_bits),
			table_bits: args.table_bits.unwrap_or(table_bits),
		},
		node_widths: file.nodes,
		search: args.widths.is_none()
			&& [args.weight_bits, args.activation_bits, args.table_bits]
				.iter()
				.all(Option::is_none),
		weight_shifts: args.weight_shift.clone(),
		outputs: args.output_tensor.clone(),
		samples: Vec::new(),
		max_error: args.max_error / 100.0,
		min_agreement: args.min_agreement / 100.0,
		allow_saturation: args.allow_saturation,
	})
}

/// Reads `[NAME=]MIN:MAX`: the range of the input of that name, or without one of all inputs.
fn named_range(text: &str) -> Result<(Option<&str>, InputRange), CliError> {
	let (name, ends) = match text.rsplit_once('=') {
		Some((name, ends)) => (Some(name), ends),
		None => (None, text),
	};
	let range = ends
		.split_once(':')
		.and_then(|(min, max)| Some(InputRange { min: min.parse().ok()?, max: max.parse().ok()? }));
	let range = range.ok_or_else(|| {
		let expected = "MIN:MAX or NAME=MIN:MAX, such as rate=0:0.5";
		CliError::mismatch("--input-range", expected, text::quoted(text))
	})?;
	Ok((name, range))
}

/// Sizes of dimensions by their names, as they are typed.
fn sizes(dims: &[String]) -> Result<BTreeMap<String, u32>, CliError> {
	let mut sizes = BTreeMap::new();
	for text in dims {
		let pair = text.rsplit_once('=').and_then(|(name, size)| Some((name, size.parse().ok()?)));
		let Some((name, size)) = pair else {
			return Err(CliError::mismatch("--dim", "NAME=N", text::quoted(text)));
		};
		if sizes.insert(name.to_owned(), size).is_some() {
			let expected = "one size for each dimension";
			return Err(CliError::mismatch("--dim", expected, text::quoted(text)));
		}
	}
	Ok(sizes)
}

fn ranges(path: &Path) -> Result<Vec<InputRange>, CliError> {
	let RangesFile { min, max } = files::read_json(path, r#"{"min": [..], "max": [..]}"#)?;
	if min.len() != max.len() || min.is_empty() {
		let got = format!("{} and {}", min.len(), max.len());
		return Err(FileProblem::content(path, "as many min as max, at least one", got).into());
	}
	Ok(min.into_iter().zip(max).map(|(min, max)| InputRange { min, max }).collect())
}

/// Why a model does not compile, with what to try on the command line.
pub fn advise(error: CompileError, out: &Output) -> CliError {
	match &error {
		CompileError::Inaccurate { .. } => out.say(
			"zkml calibrate searches bits for each node; --samples FILE measures on inputs as they will \
			 be asked about; --input-ranges FILE gives features of different size a scale each; --max-error \
			 PERCENT and --min-agreement PERCENT allow more",
		),
		CompileError::Saturates { .. } => out.say(
			"--samples FILE makes room for inputs as they will be asked about; --allow-saturation takes \
			 the model as it is, and proving tells of each input that saturates",
		),
		_ => {}
	}
	error.into()
}
