//! Every file gives its known answer, at the stage that it names.

use std::collections::BTreeMap;

use zkml_groth16::{prepare, verify, KeyError, VerifyError};
use zkml_primitives::CircuitKey;
use zkml_program_files::FormatError;
use zkml_programs::{public_inputs, ClaimError};

use crate::vector::{all, Vector};

/// The files of each kind, so that none is left out without notice.
const FILES: [(&str, usize); 10] = [
	("arkworks", 7),
	("bare", 2),
	("gnark-binary", 9),
	("gnark-binary-key", 2),
	("gnark-json", 4),
	("plain-hex", 2),
	("risc0", 20),
	("snarkjs", 13),
	("solidity-uint256", 7),
	("sp1", 16),
];

/// The stage at which something was refused, and why.
type Refusal = (&'static str, String);

fn reading(error: FormatError) -> Refusal {
	let stage = match error {
		FormatError::Commitments { what: "a key", .. } => "key",
		// A selector that no release has is dev mode's.
		FormatError::DevMode { .. } => "envelope",
		_ => "decode",
	};
	(stage, error.to_string())
}

fn claiming(error: ClaimError) -> Refusal {
	let stage = match error {
		ClaimError::NotCanonical { .. } | ClaimError::InputCount { .. } => "decode",
		_ => "envelope",
	};
	(stage, error.to_string())
}

fn checking(error: KeyError) -> Refusal {
	let stage = match error {
		KeyError::Point(..) | KeyError::IcLength { .. } => "decode",
		_ => "key",
	};
	(stage, error.to_string())
}

fn verifying(error: VerifyError) -> Refusal {
	let stage = if error == VerifyError::Equation { "pairing" } else { "decode" };
	(stage, error.to_string())
}

/// From the published bytes to the answer, as a chain would go about it.
fn answer(vector: &Vector) -> Result<(), Refusal> {
	if vector.kind == "bare" {
		return plain_answer(vector);
	}
	let parts = vector.read().map_err(reading)?;
	parts.program.check(&parts.key).map_err(claiming)?;
	let prepared = prepare(&CircuitKey::Program(parts.key.clone())).map_err(checking)?;
	let Some((claim, proof)) = &parts.shown else { return Ok(()) };
	let inputs = public_inputs(&parts.program, &parts.key, claim).map_err(claiming)?;
	verify(&prepared, &inputs, proof).map_err(verifying)
}

/// The same for the block of plain numbers alone.
fn plain_answer(vector: &Vector) -> Result<(), Refusal> {
	let (key, proof, inputs) = vector.plain().expect("a block of plain numbers");
	let prepared = prepare(&CircuitKey::Program(key)).map_err(checking)?;
	let Some(proof) = proof else { return Ok(()) };
	verify(&prepared, &inputs, &proof).map_err(verifying)
}

#[test]
fn every_file_is_accepted_or_refused_at_the_stage_it_names() {
	let mut files: BTreeMap<String, usize> = BTreeMap::new();
	for vector in all() {
		let (name, answer) = (&vector.name, answer(&vector));
		if vector.file["key_policy"] == "unsafe" {
			// It decodes, and no key that anybody can forge under gets any further.
			assert!(vector.read().is_ok(), "{name}");
			assert_eq!(answer.map_err(|(stage, _)| stage), Err("key"), "{name}");
		} else if vector.file["expect"] == "accept" {
			assert_eq!(answer, Ok(()), "{name}");
		} else {
			let stage = vector.file["reject_at"].as_str().expect("a stage");
			let (refused_at, why) = answer.expect_err(name);
			assert_eq!(refused_at, stage, "{name}: {why}");
		}
		*files.entry(vector.kind).or_default() += 1;
	}
	let expected = FILES.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
	assert_eq!(files, expected);
}

#[test]
fn every_block_of_plain_numbers_gives_its_answer_too() {
	let mut blocks = 0;
	for vector in all() {
		if vector.plain().is_none() || vector.file["key_policy"] != "ok" {
			continue;
		}
		let expected = vector.file.get("groth16_alone").unwrap_or(&vector.file["expect"]);
		let answer = plain_answer(&vector);
		let told = if answer.is_ok() { "accept" } else { "reject" };
		assert_eq!(expected, told, "{}: {answer:?}", vector.name);
		blocks += 1;
	}
	// Two files have no block, two an unsafe key, one a key to refuse.
	assert_eq!(blocks, 77);
}

#[test]
fn what_an_envelope_says_is_what_its_numbers_say() {
	let mut compared = 0;
	for vector in all() {
		let (Some((key, proof, inputs)), "accept") =
			(vector.plain(), vector.file["expect"].as_str().expect("accept or reject"))
		else {
			continue;
		};
		let parts = vector.read().expect("an accepted one can be read");
		assert_eq!(parts.key, key, "{}", vector.name);
		let Some((claim, read)) = parts.shown else { continue };
		assert_eq!(Some(read), proof, "{}", vector.name);
		let derived = public_inputs(&parts.program, &parts.key, &claim);
		assert_eq!(derived, Ok(inputs), "{}", vector.name);
		compared += 1;
	}
	assert_eq!(compared, 26);
}
