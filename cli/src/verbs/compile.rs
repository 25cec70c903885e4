//! `zkml compile`

use rand::rngs::OsRng;
use serde_json::json;
use zkml_circuits::CompiledModel;
use zkml_client::{
	files::{self, Over},
	hex,
	tensors::{self, ValueFile},
};
use zkml_primitives::{Role, Visibility};

use super::{accuracy, given, integers, params};
use crate::{
	args::{Compile, Kind},
	error::CliError,
	output::{self, Output, Progress},
};

/// Writes the integer model of an ONNX file, and reports its errors against the floats.
pub fn run(args: Compile, out: &Output) -> Result<(), CliError> {
	let (float, options) = integers::read(&args.onnx, &args.integers)?;
	let earlier = args.like.as_deref().map(CompiledModel::load).transpose()?;
	files::check_places(&[(&args.output, Over::Models.forced(args.force))])?;
	let progress = Progress::start("compiling");
	let model = match &earlier {
		None => zkml_circuits::compile_float(&float, &options, &mut OsRng),
		Some(earlier) => zkml_circuits::compile_float_like(&float, earlier, &options, &mut OsRng),
	};
	let took = progress.finish();
	let model = model.map_err(|error| integers::advise(error, out))?;
	Over::Models.forced(args.force).check(&args.output)?;
	model.save(&args.output)?;

	let private = model.visibility() == Visibility::Private;
	let kind = if model.checks().rounds() > 0 { Kind::Rounds } else { Kind::Plain };
	let (kind, kind_words) = match model.range_circuit() {
		Some(_) => (
			"committed",
			"Groth16 with a commit round and parameters committed to once, ranges by lookups",
		),
		None => (kind.name(), kind.words()),
	};
	let estimate = model.estimate();
	let once = model.range_estimate();
	let commitment = model.params_commitment().map(|commitment| hex::show(&commitment.0));
	let params_kind = model.params_kind();
	out.say(format_args!("{}", args.output.display()));
	out.field("parameters", if private { "private" } else { "public" });
	match &commitment {
		Some(commitment) => out.field("commitment", commitment),
		None => out.field(
			"commitment",
			format_args!("{}: zkml setup tells it", params::kind_words(params_kind)),
		),
	}
	out.field("kind", kind_words);
	if let Some(shifts @ [_, ..]) = model.weight_shifts() {
		let shifts: Vec<_> = shifts.iter().map(ToString::to_string).collect();
		let words = "weights of each dense node are multiples of 2^-N (--weight-shift)";
		out.field("weight shifts", format_args!("{}: {words}", shifts.join(",")));
	}
	if let Some(path) = &args.like {
		out.field(
			"circuit",
			format_args!("that of {}: its keys are this model's too", path.display()),
		);
	}
	for (role, infos) in [(Role::Input, model.inputs()), (Role::Output, &model.outputs())] {
		for (index, info) in infos.iter().enumerate() {
			let heading = given::heading(role, infos, index);
			out.field(&heading, tensors::describe(&info.tensor));
			if !info.tensor.can_be_public() {
				out.field(&heading, "too long to be public: it can only be hidden");
			}
		}
	}
	if !model.labels().is_empty() {
		out.field("labels", model.labels().join(", "));
	}
	if let Some(report) = model.report() {
		accuracy::say(report, out);
	}
	for line in estimate.to_string().lines() {
		out.say(format_args!("  {line}"));
	}
	if let Some(once) = &once {
		params::say_once(once, out);
	}
	if private {
		out.field("keep it", "the file holds the weights and the salt of their commitment");
	}
	let cost = output::cost(out, took);
	out.finish(json!({
		"model": args.output.display().to_string(),
		"visibility": if private { "private" } else { "public" },
		"kind": kind,
		"weight_shifts": model.weight_shifts(),
		"params": commitment,
		"params_kind": params::kind(params_kind),
		"like": args.like.map(|path| path.display().to_string()),
		"content_hash": hex::show(&model.content_hash()),
		"inputs": ValueFile::all(model.inputs()),
		"outputs": ValueFile::all(&model.outputs()),
		"labels": model.labels(),
		"accuracy": model.report(),
		"claim": model.accuracy_claim(),
		"estimate": estimate,
		"range_estimate": once,
		"cost": cost,
	}));
	Ok(())
}
