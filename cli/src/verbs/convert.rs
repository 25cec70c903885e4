//! `zkml convert`: a key, a proof or public inputs in the format of another tool.

use std::path::Path;

use serde_json::json;
use zkml_client::{
	files::{self, Readers},
	formats::{self, Format},
	hex,
};
use zkml_primitives::{CircuitKey, Scalar};

use crate::{
	args::Convert,
	error::CliError,
	output::{self, Output},
};

/// Reads the one and writes the other.
pub fn run(args: Convert, out: &Output) -> Result<(), CliError> {
	let Convert { from, to, verifying_key, proof, inputs, output } = &args;
	let (what, bytes) = match (verifying_key, proof, inputs) {
		(Some(path), _, _) => ("verifying key", key(&args, path)?),
		(_, Some(path), _) => {
			("proof", formats::write_proof(*to, &formats::read_proof(*from, path)?)?)
		}
		(_, _, Some(path)) => {
			let inputs = read_inputs(*from, path)?;
			// Names carry the order, which only whoever made the file can vouch for.
			if let Some(names) = formats::signal_names(*from, path)? {
				out.field("order, as in the file", names.join(", "));
			}
			("public inputs", formats::write_inputs(*to, &inputs)?)
		}
		_ => {
			let expected = "expected --verifying-key, --proof or --inputs, got none";
			return Err(CliError::Usage(expected.into()));
		}
	};
	files::write(output, &bytes, Readers::Everybody)?;
	let (from, to) = (from.name(), to.name());
	let checked = match inputs {
		Some(_) => "all below the group order",
		None => "all points on the curve and in the subgroup",
	};
	out.say(format_args!("{what}: {from} to {to}, {checked}"));
	out.field("file", format_args!("{}, {}", output.display(), output::bytes(bytes.len() as u64)));
	out.finish(json!({
		"what": what,
		"from": from,
		"to": to,
		"file": output.display().to_string(),
		"bytes": bytes.len(),
	}));
	Ok(())
}

/// Public inputs in a file. Of one whose bytes may be in the other order a warning is given.
pub fn read_inputs(format: Format, path: &Path) -> Result<Vec<Scalar>, CliError> {
	let inputs = formats::read_inputs(format, path)?;
	for (index, input) in inputs.iter().enumerate() {
		if formats::looks_reversed(input) {
			output::warn(format_args!(
				"{}: public input {index} ends in zeros, {}: if a small number was meant, its bytes are \
				 in the other order",
				path.display(),
				hex::show(&input.0)
			));
		}
	}
	Ok(inputs)
}

/// The other form of a key. A key under which anybody can forge is as easily written as any other,
/// so that it is said.
fn key(args: &Convert, path: &Path) -> Result<Vec<u8>, CliError> {
	let key = formats::read_key(args.from, path)?;
	let bytes = formats::write_key(args.to, &key)?;
	if let Err(error) = zkml_groth16::prepare(&CircuitKey::Program(key)) {
		output::warn(format_args!("no verifier should accept this key: {error}"));
	}
	Ok(bytes)
}
