//! `zkml program context`, and what a bound claim must have in its public data.

use rand::{rngs::OsRng, RngCore};
use serde_json::json;
use zkml_client::{chain::AccountId, formats, hex, keys, parse};
use zkml_primitives::Scalar;
use zkml_programs::{Bound, Claim, ContextPlace};

use super::super::node;
use crate::{args::ProgramContext, error::CliError, output::Output};

/// Blocks that a proof has by default, as for inferences.
const BLOCKS: u32 = 600;

/// Shows the context for a program's circuit or guest.
pub async fn run(args: ProgramContext, out: &Output) -> Result<(), CliError> {
	let program = parse::program(&args.program)?;
	let genesis = args.genesis.as_deref().map(|text| hex::read("--genesis", text)).transpose()?;
	let beneficiary = match &args.beneficiary {
		Some(text) => parse::account(text)?,
		None => keys::account(&args.key.load()?),
	};
	let (genesis, expiry) = match (genesis, args.expiry) {
		(Some(genesis), Some(expiry)) => (genesis, expiry),
		(genesis, expiry) => {
			let chain = node::connect(&args.node.url).await?;
			let expiry = match expiry {
				Some(expiry) => expiry,
				None => chain.height().await?.saturating_add(BLOCKS),
			};
			(genesis.unwrap_or_else(|| chain.genesis()), expiry)
		}
	};
	let nonce = args.nonce.unwrap_or_else(|| OsRng.next_u64());
	let bound = Bound { nonce, beneficiary, expiry };
	let context = program.context(genesis, &bound);
	let decimal = formats::decimal(&context);
	out.say(format_args!("context {}", hex::show(&context.0)));
	out.field("in decimal", &decimal);
	out.field("nonce", nonce);
	out.field("expiry", format_args!("block {expiry}"));
	out.field("beneficiary", beneficiary);
	out.finish(json!({
		"program": hex::show(&program.0),
		"genesis": hex::show(&genesis),
		"context": hex::show(&context.0),
		"decimal": decimal,
		"nonce": nonce.to_string(),
		"expiry": expiry,
		"beneficiary": beneficiary.to_string(),
	}));
	Ok(())
}

/// What stands where a claim's context should.
pub fn found(place: ContextPlace, claim: &Claim) -> Option<[u8; 32]> {
	match (place, claim) {
		(ContextPlace::Input(index), Claim::Inputs(inputs)) => {
			inputs.get(usize::from(index)).map(|input| input.0)
		}
		(
			ContextPlace::Bytes(start),
			Claim::Risc0 { journal: public, .. }
			| Claim::Sp1V5 { public_values: public, .. }
			| Claim::Sp1V6 { public_values: public, .. },
		) => {
			let start = start as usize;
			public.get(start..start.checked_add(32)?)?.try_into().ok()
		}
		_ => None,
	}
}

/// Refuses a claim with another context in it.
pub fn check(
	place: ContextPlace,
	claim: &Claim,
	expected: &Scalar,
	bound: &Bound<AccountId>,
) -> Result<(), CliError> {
	let found = found(place, claim);
	if found == Some(expected.0) {
		return Ok(());
	}
	let Bound { nonce, beneficiary, expiry } = bound;
	let what = format!("the context (nonce {nonce}, until block {expiry}, for {beneficiary})");
	let got = found.map_or("no such place in the public data".into(), |bytes| hex::show(&bytes));
	Err(CliError::mismatch(what, hex::show(&expected.0), got))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_context_is_found_where_the_program_says_or_nowhere() {
		let inputs = Claim::Inputs(vec![Scalar([1; 32]), Scalar([2; 32])].try_into().unwrap());
		assert_eq!(found(ContextPlace::Input(1), &inputs), Some([2; 32]));
		assert_eq!(found(ContextPlace::Input(2), &inputs), None);
		assert_eq!(found(ContextPlace::Bytes(0), &inputs), None);
		let journal = [&[9][..], &[3; 32]].concat().try_into().unwrap();
		let journal = Claim::Risc0 { selector: [0; 4], journal };
		assert_eq!(found(ContextPlace::Bytes(1), &journal), Some([3; 32]));
		assert_eq!(found(ContextPlace::Bytes(2), &journal), None);
		assert_eq!(found(ContextPlace::Bytes(u32::MAX), &journal), None);
		assert_eq!(found(ContextPlace::Input(0), &journal), None);
	}
}
