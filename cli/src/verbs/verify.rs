//! `zkml verify`

use serde_json::json;
use zkml_primitives::CircuitKey;

use super::shared;
use crate::{
	args::Verify,
	error::CliError,
	hex,
	output::{self, Output, Progress},
	proof_file::ProofFile,
};

/// Checks a proof.
pub fn run(args: Verify, out: &Output) -> Result<(), CliError> {
	let file = ProofFile::load(&args.proof)?;
	let key: CircuitKey = zkml_circuits::load_verifying_key(&args.verifying_key)?;
	let progress = Progress::start("verifying");
	file.verify(&key)?;
	let took = progress.finish();

	out.say("the proof is valid");
	out.field("circuit", hex::show(&file.circuit));
	out.field("parameters", hex::show(&file.digests.params));
	let words = |values: &Option<Vec<i32>>, label: Option<&str>| match values {
		Some(values) => shared::output_words(values, label),
		None => "private".into(),
	};
	out.field("input", words(&file.input.values, None));
	out.field("output", words(&file.output.values, file.label.as_deref()));
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
	out.finish(json!({
		"valid": true,
		"circuit": hex::show(&file.circuit),
		"digests": file.digests,
		"input": file.input.values,
		"output": file.output.values,
		"label": file.label,
		"context": file.context,
		"statement": statement,
		"cost": cost,
	}));
	Ok(())
}
