//! `zkml program`: proofs of other tools.

mod claims;
mod context;
mod register;
mod releases;
mod show;
mod submit;

use serde_json::{json, Value};
use zkml_client::{chain::AccountId, hex};
use zkml_primitives::{SetupClaim, SetupLevel};
use zkml_programs::{ContextPlace, ProgramKind};

use crate::{args::Program, error::CliError, output::Output};

/// Does what one of the verbs below `zkml program` says.
pub async fn run(args: Program, out: &Output) -> Result<(), CliError> {
	match args {
		Program::Register(args) => register::run(args, out).await,
		Program::Submit(args) => submit::run(args, out).await,
		Program::Context(args) => context::run(args, out).await,
		Program::Show(args) => show::program(args, out).await,
		Program::Record(args) => show::record(args, out).await,
	}
}

/// What is fixed of a program beside its key, as labelled values.
fn fixed(kind: &ProgramKind) -> Vec<(&'static str, String)> {
	let field = |name, bytes: &[u8; 32]| (name, hex::show(bytes));
	match kind {
		ProgramKind::Groth16 => vec![],
		ProgramKind::Risc0 { image_id, control_root, control_id } => vec![
			field("image id", image_id),
			field("control root", control_root),
			field("control id", control_id),
		],
		ProgramKind::Sp1V5 { vkey, verifier_hash } => {
			vec![field("vkey", vkey), field("verifier hash", verifier_hash)]
		}
		ProgramKind::Sp1V6 { vkey, vk_root, verifier_hash } => vec![
			field("vkey", vkey),
			field("vk root", vk_root),
			field("verifier hash", verifier_hash),
		],
	}
}

/// A program's kind for programs.
fn kind_json(kind: &ProgramKind) -> Value {
	let name = match kind {
		ProgramKind::Groth16 => "groth16",
		ProgramKind::Risc0 { .. } => "risc0",
		ProgramKind::Sp1V5 { .. } => "sp1-v5",
		ProgramKind::Sp1V6 { .. } => "sp1-v6",
	};
	let mut value = json!({ "name": name });
	for (label, bytes) in fixed(kind) {
		value[label.replace(' ', "_")] = json!(bytes);
	}
	value
}

/// Where the context is, in words and for programs.
fn context_place(context: &Option<ContextPlace>) -> (String, Value) {
	match context {
		None => ("none: a claim counts for whoever brings it first".into(), Value::Null),
		Some(ContextPlace::Input(index)) => {
			(format!("public input {index}"), json!({ "input": index }))
		}
		Some(ContextPlace::Bytes(start)) => {
			(format!("32 public bytes from byte {start}"), json!({ "bytes": start }))
		}
	}
}

/// Who could forge, as the program's registrant says: the chain has nobody else's word for it.
fn vouched(setup: &SetupClaim<AccountId>) -> String {
	let by = setup.by;
	match &setup.level {
		SetupLevel::SingleParty => {
			format!("no ceremony is named; {by} vouches for the key, and whoever made it can forge")
		}
		SetupLevel::Ceremony(transcript) => {
			format!("by a ceremony as {by} says, transcript {}", hex::show(transcript))
		}
	}
}
