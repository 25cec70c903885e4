//! `zkml program show` and `zkml program record`

use serde_json::{json, Value};
use zkml_client::{
	chain::ChainError,
	formats, hex,
	parse::{self, Amount},
};
use zkml_programs::Claim;

use super::{super::node, context_place, fixed, kind_json, vouched};
use crate::{
	args::{ProgramRecordOf, ProgramShow},
	error::CliError,
	output::Output,
	verbs::circuit::setup_claim,
};

/// Most bytes of public data that are shown in a line.
const LINE: usize = 96;

/// Shows what is registered of a program, its key and what is said of that.
pub async fn program(args: ProgramShow, out: &Output) -> Result<(), CliError> {
	let id = parse::program(&args.program)?;
	let chain = node::connect(&args.node.url).await?;
	let details = chain.known_program(id).await?;
	let key = chain.verifying_key(details.key).await?;
	let known = chain.program_key(details.key).await?.ok_or_else(|| {
		ChainError::missing(format!("the key {} of the program", hex::show(&details.key.0)))
	})?;
	let inputs = key.points().ic.len().saturating_sub(1);
	out.say(format_args!("program {}", hex::show(&id.0)));
	out.field("tool", details.kind.family());
	for (label, value) in fixed(&details.kind) {
		out.field(label, value);
	}
	out.field("key", format_args!("{}, {inputs} public input(s)", hex::show(&details.key.0)));
	out.field("setup", vouched(&details.setup()));
	let (words, place) = context_place(&details.context);
	out.field("context", words);
	out.field("records", details.records);
	out.field("deposit", format_args!("{} by {}", Amount(details.deposit), details.registrant));
	out.finish(json!({
		"program": hex::show(&id.0),
		"kind": kind_json(&details.kind),
		"key": hex::show(&details.key.0),
		"key_users": known.users,
		"key_deposit": known.deposit.to_string(),
		"inputs": inputs,
		"setup": setup_claim(&details.setup()).1,
		"context": place,
		"records": details.records,
		"depositor": details.registrant.to_string(),
		"deposit": details.deposit.to_string(),
	}));
	Ok(())
}

/// Shows what a proof put on record, its public data and who it is for.
pub async fn record(args: ProgramRecordOf, out: &Output) -> Result<(), CliError> {
	let statement = parse::statement(&args.statement)?;
	let shown = hex::show(&statement.0);
	let chain = node::connect(&args.node.url).await?;
	let missing = || ChainError::missing(format!("a record of statement {shown}"));
	let record = chain.program_record(statement).await?.ok_or_else(missing)?;
	out.say(format_args!("statement {shown}"));
	out.field("program", hex::show(&record.program.0));
	out.field("tool", record.claim.family());
	let public = public(&record.claim, out);
	out.field("setup", vouched(&record.setup));
	out.field("block", record.block);
	let bound = match &record.bound {
		None => {
			out.field("for", "nobody in particular: the claim is not bound");
			out.field("prunable", "never: the same claim could come again");
			Value::Null
		}
		Some(bound) => {
			out.field("for", format_args!("{}, nonce {}", bound.beneficiary, bound.nonce));
			out.field("prunable", format_args!("after block {}", bound.expiry));
			json!({
				"beneficiary": bound.beneficiary.to_string(),
				"nonce": bound.nonce.to_string(),
				"expiry": bound.expiry,
			})
		}
	};
	out.field("deposit", format_args!("{} by {}", Amount(record.deposit), record.depositor));
	out.finish(json!({
		"statement": shown,
		"program": hex::show(&record.program.0),
		"claim": public,
		"bound": bound,
		"setup": setup_claim(&record.setup).1,
		"block": record.block,
		"depositor": record.depositor.to_string(),
		"deposit": record.deposit.to_string(),
	}));
	Ok(())
}

/// What everybody may know, and how it stands in JSON.
fn public(claim: &Claim, out: &Output) -> Value {
	match claim {
		Claim::Inputs(inputs) => {
			let inputs: Vec<String> = inputs.iter().map(formats::decimal).collect();
			for (index, input) in inputs.iter().enumerate() {
				out.field(&format!("input {index}"), input);
			}
			json!({ "inputs": inputs })
		}
		Claim::Risc0 { journal, .. } => {
			out.field("journal", bytes(journal));
			json!({ "journal": hex::show(journal) })
		}
		Claim::Sp1V5 { public_values, .. } => {
			out.field("public values", bytes(public_values));
			json!({ "public_values": hex::show(public_values) })
		}
		Claim::Sp1V6 { public_values, nonce, .. } => {
			out.field("public values", bytes(public_values));
			json!({ "public_values": hex::show(public_values), "nonce": hex::show(nonce) })
		}
	}
}

/// Bytes for people: in hex, and as text if they are some.
fn bytes(all: &[u8]) -> String {
	let (first, more) = match all.get(..LINE) {
		Some(first) if all.len() > LINE => (first, format!(" and {} more", all.len() - LINE)),
		_ => (all, String::new()),
	};
	let plain = |text: &&str| !text.is_empty() && !text.chars().any(char::is_control);
	match std::str::from_utf8(first).ok().filter(plain) {
		Some(text) => format!("{}{more} ({text:?})", hex::show(first)),
		None => format!("{}{more}", hex::show(first)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn public_bytes_are_shown_as_text_too_where_they_are_some() {
		assert_eq!(bytes(b"just"), "0x6a757374 (\"just\")");
		assert_eq!(bytes(&[0, 1]), "0x0001");
		assert_eq!(bytes(&[]), "0x");
		assert!(bytes(&[0; 100]).ends_with("00 and 4 more"));
	}
}
