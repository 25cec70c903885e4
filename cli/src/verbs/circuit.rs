//! `zkml circuit`

use std::path::{Path, PathBuf};

use serde_json::{json, Value};
use zkml_circuits::ceremony::Ceremony;
use zkml_client::{
	chain::{AccountId, ChainError},
	hex,
};
use zkml_primitives::{CircuitHash, CircuitKey, SetupClaim, SetupLevel};

use super::node;
use crate::{
	args::{Circuit, CircuitShow},
	error::CliError,
	output::{self, Output},
};

/// Shows a circuit of the chain if a hash is given, else that of a file.
pub async fn run(args: Circuit, out: &Output) -> Result<(), CliError> {
	let Circuit::Show(args) = args;
	match &args.hash {
		Some(text) => on_chain(&args, CircuitHash(hex::read("a circuit hash", text)?), out).await,
		None => in_file(&args, out),
	}
}

fn in_file(args: &CircuitShow, out: &Output) -> Result<(), CliError> {
	let key = zkml_circuits::load_verifying_key(&args.verifying_key)?;
	zkml_groth16::prepare(&key)?;
	let hash = hex::show(&key.hash().0);
	out.say(format_args!("circuit {hash}"));
	let (kind, words) = kind(&key);
	out.field("kind", words);
	out.field("key", format_args!("{}, points checked", args.verifying_key.display()));
	out.finish(json!({ "circuit": hash, "kind": kind, "registered": Value::Null }));
	Ok(())
}

async fn on_chain(args: &CircuitShow, hash: CircuitHash, out: &Output) -> Result<(), CliError> {
	let chain = node::connect(&args.node.url).await?;
	let shown = hex::show(&hash.0);
	let info = chain
		.circuit(hash)
		.await?
		.ok_or_else(|| ChainError::missing(format!("the circuit {shown}")))?;
	out.say(format_args!("circuit {shown}"));
	let (kind, words) = kind(&info.key);
	out.field("kind", words);
	out.field("registered by", info.registrant);
	out.field("used by", format_args!("{} versions", info.users));
	out.finish(json!({
		"circuit": shown,
		"kind": kind,
		"registered": true,
		"registrant": info.registrant.to_string(),
		"users": info.users,
	}));
	Ok(())
}

/// The kind of a circuit, for programs and in words.
fn kind(key: &CircuitKey) -> (&'static str, String) {
	match key {
		CircuitKey::Plain(_) => {
			("plain", "plain Groth16 over BN254, four public inputs".to_owned())
		}
		CircuitKey::Rounds(key) => {
			let words = format!("Groth16 over BN254 with {} commit round(s)", key.rounds.len());
			("rounds", words)
		}
		CircuitKey::Committed(_) => {
			let words = "Groth16 over BN254 with one commit round and parameters committed to once";
			("committed", words.to_owned())
		}
		CircuitKey::Program(key) => {
			let inputs = key.ic.len().saturating_sub(1);
			let words =
				format!("Groth16 over BN254 of a program that is no model, {inputs} input(s)");
			("program", words)
		}
	}
}

/// A ceremony that the user has: what is said on chain is compared with it.
pub struct AtHand {
	path: PathBuf,
	ceremony: Ceremony,
}

impl AtHand {
	/// Reads the file, if one is named. One that could vouch for no key is refused.
	pub fn load(path: Option<&Path>) -> Result<Option<Self>, CliError> {
		let Some(path) = path else { return Ok(None) };
		let ceremony = Ceremony::load(path)?;
		ceremony.check_people()?;
		Ok(Some(Self { path: path.to_owned(), ceremony }))
	}

	/// Says whether the ceremony made a key and is what a claim names, and warns where not.
	pub fn compare(&self, key: &CircuitKey, claim: &SetupClaim<AccountId>, out: &Output) -> Value {
		let path = self.path.display();
		let transcript = self.ceremony.transcript();
		let made = self.ceremony.ends_in(key);
		let claimed = claim.level == SetupLevel::Ceremony(transcript);
		let (shown, by) = (hex::show(&transcript), &claim.by);
		match (made, claimed) {
			(true, true) => out.field(
				"ceremony",
				format_args!("{path} made this key, if it holds: zkml ceremony verify checks that"),
			),
			(true, false) => output::warn(format_args!(
				"the claim of {by}: expected the ceremony {shown}, which made the key, got {}",
				setup_claim(claim).0
			)),
			(false, true) => output::warn(format_args!(
				"the claim of {by}: expected a ceremony that made the key, got that of {path}, which \
				 ends in another"
			)),
			(false, false) => {
				output::warn(format_args!("the key: expected that of {path}, got another"));
			}
		}
		json!({ "transcript": shown, "made_this_key": made, "claimed": claimed })
	}
}

/// Who could forge, in words and for programs: the word of whoever published or registered.
pub fn setup_claim(setup: &SetupClaim<AccountId>) -> (String, Value) {
	let by = setup.by.to_string();
	match &setup.level {
		SetupLevel::SingleParty => (
			format!("by one party, which can forge every output: {by}, or whom {by} trusts"),
			json!({ "level": "single-party", "by": by }),
		),
		SetupLevel::Ceremony(transcript) => {
			let transcript = hex::show(transcript);
			(
				format!("by a ceremony with transcript {transcript}, as {by} says"),
				json!({ "level": "ceremony", "transcript": transcript, "by": by }),
			)
		}
	}
}
