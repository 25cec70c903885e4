//! `zkml check`

use serde_json::json;
use zkml_client::{hex, parse, proof_file::ProofFile, Offer};

use super::{node, shared};
use crate::{args::Check, error::CliError, output::Output};

/// Has the chain check a proof without a transaction, and shows the reason if it would refuse. What the
/// file says beside what the chain is sent must be true too.
pub async fn run(args: Check, out: &Output) -> Result<(), CliError> {
	let file = ProofFile::load(&args.proof)?;
	let beneficiary = args.beneficiary.as_deref().map(parse::account).transpose()?;
	let offer = Offer::from_file(&file, beneficiary)?;
	let submitter = args.submitter.as_deref().map(parse::account).transpose()?;
	let submitter = submitter.unwrap_or(offer.beneficiary());
	let chain = node::connect(&args.node.url).await?;
	let statement = chain.check(&submitter, &offer).await?;
	shared::check_file(&chain, &file).await?;
	out.say("the chain would accept it now");
	out.field("statement", hex::show(&statement.0));
	out.finish(json!({ "accepted": true, "statement": hex::show(&statement.0) }));
	Ok(())
}
