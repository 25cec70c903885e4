//! `zkml check`

use serde_json::json;
use zkml_primitives::StatementId;

use super::submit::{self, Offer};
use crate::{
	args::Check,
	chain::{AccountId, Chain},
	error::CliError,
	hex,
	output::Output,
	parse,
	proof_file::ProofFile,
};

/// Asks the chain.
pub async fn run(args: Check, out: &Output) -> Result<(), CliError> {
	let file = ProofFile::load(&args.proof)?;
	let beneficiary = args.beneficiary.as_deref().map(parse::account).transpose()?;
	let (offer, named) = submit::offer(&file, beneficiary)?;
	let submitter = args.submitter.as_deref().map(parse::account).transpose()?.unwrap_or(named);
	let chain = Chain::connect(&args.node.url).await?;
	let statement = ask(&chain, &submitter, &offer).await?;
	out.say("the chain would accept it now");
	out.field("statement", hex::show(&statement.0));
	out.finish(json!({ "accepted": true, "statement": hex::show(&statement.0) }));
	Ok(())
}

/// The dry run.
pub async fn ask(
	chain: &Chain,
	submitter: &AccountId,
	offer: &Offer,
) -> Result<StatementId, CliError> {
	Ok(match offer {
		Offer::Answer(answer) => chain.check_answer(answer).await?,
		Offer::Submission(submission) => chain.check_submission(submitter, submission).await?,
	})
}
