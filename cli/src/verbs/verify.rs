//! `zkml verify`

use serde_json::{json, Value};
use zkml_client::{
	hex,
	proof_file::{ProofFile, TensorFile},
	tensors, text,
};
use zkml_primitives::{CircuitKey, Role};

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
	let inputs = shown(Role::Input, &file.inputs, None, out)?;
	let outputs = shown(Role::Output, &file.outputs, file.label.as_deref(), out)?;
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
		"inputs": inputs,
		"outputs": outputs,
		"label": file.label,
		"context": file.context,
		"statement": statement,
		"cost": cost,
	});
	params::describe(&mut report, &params);
	out.finish(report);
	Ok(())
}

/// Says tensors in words; in real numbers too if they are public. The label is that of the first output that
/// can have one.
fn shown(
	role: Role,
	files: &[TensorFile],
	label: Option<&str>,
	out: &Output,
) -> Result<Vec<Value>, CliError> {
	let mut label = label;
	let mut all = Vec::with_capacity(files.len());
	for file in files {
		let heading = match files {
			[_] => tensors::name(role).to_owned(),
			_ => format!("{} {}", tensors::name(role), text::quoted(&file.name)),
		};
		let real = match &file.values {
			None => {
				out.field(&heading, "private");
				None
			}
			Some(values) => {
				let spec = file.spec.read()?;
				// A class is one number from 0 up, and scores are several.
				let class = files.len() == 1 || values.len() > 1 || spec.min == 0;
				let own = if class { label.take() } else { None };
				out.field(&heading, tensors::output_words(&spec, values, own));
				Some(tensors::reals(&spec, values))
			}
		};
		all.push(json!({ "name": file.name, "values": file.values, "real": real }));
	}
	Ok(all)
}
