//! How a model becomes integers, as the command line says it.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use zkml_circuits::{CompileError, CompileOptions, InputRange, Widths};
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

/// The options, files read.
pub fn options(args: &Integers) -> Result<CompileOptions, CliError> {
	let own = CompileOptions::default();
	if let Some(label) = args.labels.iter().find(|label| !is_plain_line(label.as_bytes())) {
		let expected =
			"labels without control characters or such that turn the direction of writing";
		return Err(CliError::mismatch("--labels", expected, text::quoted(label)));
	}
	let input = match &args.input_ranges {
		Some(path) => ranges(path)?,
		None => {
			let range = args.input_min.zip(args.input_max);
			range.map(|(min, max)| InputRange { min, max }).into_iter().collect()
		}
	};
	let samples = match &args.samples {
		Some(path) => tensors::read_inputs(path)?,
		None => Vec::new(),
	};
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
	let Widths { weight_bits, activation_bits, table_bits } = file.default;
	Ok(CompileOptions {
		visibility: if args.private { Visibility::Private } else { Visibility::Public },
		lookups: args.kind == Kind::Rounds,
		opened_params: args.params == Some(Params::Poseidon),
		labels: args.labels.clone(),
		input,
		input_step: args.input_step,
		widths: Widths {
			weight_bits: args.weight_bits.unwrap_or(weight_bits),
			activation_bits: args.activation_bits.unwrap_or(activation_bits),
			table_bits: args.table_bits.unwrap_or(table_bits),
		},
		node_widths: file.nodes,
		weight_shifts: args.weight_shift.clone(),
		output: args.output_tensor.clone(),
		samples,
		max_error: args.max_error / 100.0,
		min_agreement: args.min_agreement / 100.0,
		allow_saturation: args.allow_saturation,
	})
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
