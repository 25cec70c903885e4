//! `zkml compile`

use rand::rngs::OsRng;
use serde_json::json;
use zkml_client::{
	files::{self, Over},
	hex,
	tensors::{self, SpecFile},
};

use super::{accuracy, integers};
use crate::{
	args::{Compile, Integers},
	error::CliError,
	output::{self, Output, Progress},
};

/// Writes the integer model of an ONNX file, and reports its errors against the floats.
pub fn run(args: Compile, out: &Output) -> Result<(), CliError> {
	let options = integers::options(&args.integers)?;
	let Integers { private, kind, .. } = args.integers;
	files::check_places(&[(&args.output, Over::Models.forced(args.force))])?;
	let progress = Progress::start("compiling");
	let model = zkml_circuits::compile(&args.onnx, &options, &mut OsRng);
	let took = progress.finish();
	let model = model.map_err(|error| integers::advise(error, out))?;
	Over::Models.forced(args.force).check(&args.output)?;
	model.save(&args.output)?;

	let estimate = model.estimate();
	let commitment = hex::show(&model.params_commitment().0);
	out.say(format_args!("{}", args.output.display()));
	out.field("parameters", if private { "private" } else { "public" });
	out.field("commitment", &commitment);
	out.field("kind", kind.words());
	out.field("input", tensors::describe(model.input()));
	out.field("output", tensors::describe(model.output()));
	if !model.labels().is_empty() {
		out.field("labels", model.labels().join(", "));
	}
	if let Some(report) = model.report() {
		accuracy::say(report, out);
	}
	for line in estimate.to_string().lines() {
		out.say(format_args!("  {line}"));
	}
	if private {
		out.field("keep it", "the file holds the weights and the salt of their commitment");
	}
	let cost = output::cost(out, took);
	out.finish(json!({
		"model": args.output.display().to_string(),
		"visibility": if private { "private" } else { "public" },
		"kind": kind.name(),
		"params": commitment,
		"content_hash": hex::show(&model.content_hash()),
		"input": SpecFile::from(model.input()),
		"output": SpecFile::from(model.output()),
		"labels": model.labels(),
		"accuracy": model.report(),
		"claim": model.accuracy_claim(),
		"estimate": estimate,
		"cost": cost,
	}));
	Ok(())
}
