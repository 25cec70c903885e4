//! `zkml verify`

use serde_json::json;
use zkml_client::{
	hex,
	proof_file::{ProofFile, TensorFile},
	tensors,
};
use zkml_primitives::CircuitKey;

use super::params;
use crate::{
	args::Verify,
	error::CliError,
	output::{self, Output, Progress},
};

/// Checks a proof by its file and the verifying key alone, and shows what it says.
pub fn run(args: Verify, out: &Output) -> Result<(), CliError> {
	let file = ProofFile::load(&args.proof)?;
	let key: CircuitKey = zkml_circuits::load_verifying_key(&args.verifying_key)?;
	let progress = Progress::start("verifying");
	file.verify(&key)?;
	let took = progress.finish();

	out.say("the proof is valid");
	out.field("circuit", hex::show(&file.circuit));
	let params = file.params();
	out.field("parameters", params::words(&params));
	if params.point().is_some() {
		out.field(
			"which are",
			"those of the version on chain that has this commitment (zkml model show): the proof is of \
			 one point, and says nothing of who chose it",
		);
	}
	// What integers mean, and what a class is called, is the file's word: no proof knows.
	let (input_words, input_real) = shown(&file.input, None)?;
	let (output_words, output_real) = shown(&file.output, file.label.as_deref())?;
	out.field("input", input_words);
	out.field("output", output_words);
	let statement = match file.context {
		Some(_) => Some(hex::show(&file.statement()?.id().0)),
		None => None,
	};
	if let Some(statement) = &statement {
		out.field("statement", statement);
	}
	match &file.context {
		Some(context) => out.field(
			"good for",
			format_args!(
				"{} of model {} version {}, by {}, until block {}",
				context.action,
				hex::show(&context.model),
				context.version,
				context.beneficiary,
				context.expiry
			),
		),
		None => out.field("good for", "nothing on chain: it is bound to a bare ctx"),
	}
	let cost = output::cost(out, took);
	let mut report = json!({
		"valid": true,
		"circuit": hex::show(&file.circuit),
		"digests": file.digests,
		"input": file.input.values,
		"input_real": input_real,
		"output": file.output.values,
		"output_real": output_real,
		"label": file.label,
		"context": file.context,
		"statement": statement,
		"cost": cost,
	});
	params::describe(&mut report, &params);
	out.finish(report);
	Ok(())
}

/// A tensor in words, and in real numbers if it is public.
fn shown(file: &TensorFile, label: Option<&str>) -> Result<(String, Option<Vec<f64>>), CliError> {
	let Some(values) = &file.values else { return Ok(("private".into(), None)) };
	let spec = file.spec.read()?;
	Ok((tensors::output_words(&spec, values, label), Some(tensors::reals(&spec, values))))
}
