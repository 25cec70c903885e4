//! What is said to be shown, out of a tool's files.

use std::path::Path;

use zkml_client::{
	formats::{self, Format, Given},
	hex,
};
use zkml_primitives::{Proof, Scalar, MAX_PROGRAM_INPUTS};
use zkml_program_files::{guess::Kind, risc0, sp1};
use zkml_programs::{Claim, ProgramKind};

use super::super::convert;
use crate::{
	args::{ProgramSubmit, Tool},
	error::CliError,
};

/// Bytes of a seal, and of SP1's proofs up to version 5: a selector and eight words.
const SEAL: usize = 4 + 8 * 32;
/// Bytes of SP1's proofs of version 6: three words more.
const SP1_V6: usize = SEAL + 3 * 32;

/// What the files that the options name say together.
pub struct Shown {
	/// What the proof is said to show.
	pub claim: Claim,
	/// The proof, with points that are on their curves.
	pub proof: Proof,
	/// The guest that a file of JSON is about: image id or vkey.
	pub guest: Option<[u8; 32]>,
}

/// Claim and proof in the files that the options name.
pub fn read(args: &ProgramSubmit) -> Result<Shown, CliError> {
	let format = match args.tool {
		Tool::Risc0 => return risc0(args),
		Tool::Sp1 => return sp1(args),
		Tool::Snarkjs => Format::Snarkjs,
		Tool::Gnark => Format::Gnark,
		Tool::Arkworks => Format::Arkworks,
		Tool::Garaga => Format::Garaga,
	};
	let file = Path::new(need("--proof", args.proof.as_deref())?);
	let public = match args.public.as_deref() {
		Some(public) => public,
		None if formats::has_inputs(file)? => file,
		None => {
			let expected = "expected --public FILE, or --proof FILE with the public inputs in it";
			return Err(CliError::Usage(format!("{expected}, got neither")));
		}
	};
	let proof = formats::read_proof(format, file)?;
	let claim = inputs(convert::read_inputs(format, public)?)?;
	Ok(Shown { claim, proof, guest: None })
}

fn inputs(inputs: Vec<Scalar>) -> Result<Claim, CliError> {
	let got = inputs.len();
	let many =
		|_| CliError::mismatch("public inputs", format!("at most {MAX_PROGRAM_INPUTS}"), got);
	Ok(Claim::Inputs(inputs.try_into().map_err(many)?))
}

fn risc0(args: &ProgramSubmit) -> Result<Shown, CliError> {
	let given = need("--seal", args.seal.as_deref().or(args.proof.as_deref()))?;
	let Given { from, bytes, json } = formats::bytes_of_proof("--seal", given, &[SEAL])?;
	let at = formats::at(&from);
	let file = match json {
		true => {
			let whose = formats::whose(Kind::Risc0, "a seal, or JSON of one", "seal", &bytes);
			risc0::read_file(&bytes).map_err(whose).map_err(&at)?
		}
		false => risc0::Published { seal: bytes, journal: None, image_id: None },
	};
	let journal = public("--journal", args.journal.as_deref(), file.journal, &from)?;
	let seal = risc0::read_seal(&file.seal).map_err(&at)?;
	let claim = seal.claim(&journal)?;
	Ok(Shown { claim, proof: seal.proof, guest: file.image_id })
}

/// The two versions are told apart by the length.
fn sp1(args: &ProgramSubmit) -> Result<Shown, CliError> {
	let given = need("--proof", args.proof.as_deref())?;
	let Given { from, bytes, json } = formats::bytes_of_proof("--proof", given, &[SEAL, SP1_V6])?;
	let at = formats::at(&from);
	let file = match json {
		true => {
			let whose = formats::whose(Kind::Sp1, "proof bytes, or a fixture", "proof", &bytes);
			sp1::read_file(&bytes).map_err(whose).map_err(&at)?
		}
		false => sp1::Published { proof: bytes, public_values: None, vkey: None },
	};
	let values =
		public("--public-values", args.public_values.as_deref(), file.public_values, &from)?;
	let (claim, proof) = match sp1::read_proof(&file.proof).map_err(&at)? {
		sp1::ProofBytes::V5(proof) => (proof.claim(&values)?, proof.proof),
		sp1::ProofBytes::V6(proof) => (proof.claim(&values)?, proof.proof),
	};
	Ok(Shown { claim, proof, guest: file.vkey })
}

/// Public bytes by an option or in the file of the proof; if by both, the same.
fn public(
	option: &str,
	given: Option<&str>,
	filed: Option<Vec<u8>>,
	file: &Path,
) -> Result<Vec<u8>, CliError> {
	match (given, filed) {
		(None, Some(filed)) => Ok(filed),
		(given, filed) => {
			let given = formats::public_bytes(option, need(option, given)?)?;
			match filed {
				Some(filed) if filed != given => {
					let expected = format!("those in {}, {}", file.display(), hex::show(&filed));
					Err(CliError::mismatch(option, expected, hex::show(&given)))
				}
				_ => Ok(given),
			}
		}
	}
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

/// A file that says which guest it is about must be about the program's.
pub fn check_guest(kind: &ProgramKind, guest: Option<[u8; 32]>) -> Result<(), CliError> {
	let (what, expected) = match kind {
		ProgramKind::Groth16 => return Ok(()),
		ProgramKind::Risc0 { image_id, .. } => ("the file's image id", image_id),
		ProgramKind::Sp1V5 { vkey, .. } | ProgramKind::Sp1V6 { vkey, .. } => {
			("the file's vkey", vkey)
		}
	};
	match guest {
		Some(got) if got != *expected => {
			Err(CliError::mismatch(what, hex::show(expected), hex::show(&got)))
		}
		_ => Ok(()),
	}
}
