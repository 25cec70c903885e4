//! What is said to be shown, out of a tool's files.

use zkml_foreign::{Claim, ProgramKind};
use zkml_interop::{risc0, sp1};
use zkml_primitives::{Proof, Scalar, MAX_FOREIGN_INPUTS};

use crate::{
	args::{ProgramSubmit, Tool},
	error::CliError,
	formats::{self, Format},
};

/// Bytes of a seal, and of SP1's proofs up to version 5: a selector and eight words.
const SEAL: usize = 4 + 8 * 32;
/// Bytes of SP1's proofs of version 6: three words more.
const SP1_V6: usize = SEAL + 3 * 32;

/// Claim and proof in the files that the options name.
pub fn read(args: &ProgramSubmit) -> Result<(Claim, Proof), CliError> {
	let format = match args.tool {
		Tool::Risc0 => {
			let seal = need("--seal", args.seal.as_deref())?;
			let journal = need("--journal", args.journal.as_deref())?;
			let seal = risc0::read_seal(&formats::bytes_of_proof("--seal", seal, &[SEAL])?)?;
			let claim = seal.claim(&formats::public_bytes("--journal", journal)?)?;
			return Ok((claim, seal.proof));
		}
		Tool::Sp1 => return sp1(args),
		Tool::Snarkjs => Format::Snarkjs,
		Tool::Gnark => Format::Gnark,
		Tool::Arkworks => Format::Arkworks,
	};
	let proof = std::path::Path::new(need("--proof", args.proof.as_deref())?);
	let public = args.public.as_deref();
	let public = public.ok_or_else(|| CliError::Usage("expected --public, got none".into()))?;
	let format = if format == Format::Gnark { formats::gnark_format(proof)? } else { format };
	let proof = formats::read_proof(format, proof)?;
	Ok((inputs(formats::read_inputs(format, public)?)?, proof))
}

fn inputs(inputs: Vec<Scalar>) -> Result<Claim, CliError> {
	let got = inputs.len();
	let many =
		|_| CliError::mismatch("public inputs", format!("at most {MAX_FOREIGN_INPUTS}"), got);
	Ok(Claim::Inputs(inputs.try_into().map_err(many)?))
}

/// The two versions are told apart by the length.
fn sp1(args: &ProgramSubmit) -> Result<(Claim, Proof), CliError> {
	let given = need("--proof", args.proof.as_deref())?;
	let values = need("--public-values", args.public_values.as_deref())?;
	let bytes = formats::bytes_of_proof("--proof", given, &[SEAL, SP1_V6])?;
	let values = formats::public_bytes("--public-values", values)?;
	if bytes.len() == SEAL {
		let proof = sp1::read_v5(&bytes)?;
		return Ok((proof.claim(&values)?, proof.proof));
	}
	let proof = sp1::read_v6(&bytes)?;
	Ok((proof.claim(&values)?, proof.proof))
}

fn need<'a>(name: &str, given: Option<&'a str>) -> Result<&'a str, CliError> {
	given.ok_or_else(|| CliError::Usage(format!("expected {name} for this tool, got none")))
}

/// The tool whose proofs a program takes, where it is not any circuit's.
pub fn check_tool(kind: &ProgramKind, tool: Tool) -> Result<(), CliError> {
	let fits = match kind {
		ProgramKind::Groth16 => !matches!(tool, Tool::Risc0 | Tool::Sp1),
		ProgramKind::Risc0 { .. } => tool == Tool::Risc0,
		ProgramKind::Sp1V5 { .. } | ProgramKind::Sp1V6 { .. } => tool == Tool::Sp1,
	};
	if fits {
		return Ok(());
	}
	let expected = format!("the tool of a program of {}", kind.family());
	Err(CliError::mismatch("--tool", expected, "another"))
}
