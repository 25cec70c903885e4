//! `zkml refund`

use serde_json::json;
use zkml_client::{
	chain::{calls::inference, ChainError},
	parse::Amount,
};

use super::shared::{Session, Takes};
use crate::{args::Refund, error::CliError, output::Output};

/// Takes the price back.
pub async fn run(args: Refund, out: &Output) -> Result<(), CliError> {
	let session = Session::open(&args.send).await?;
	let request = session
		.chain
		.request(args.request)
		.await?
		.ok_or_else(|| ChainError::missing(format!("the open request {}", args.request)))?;
	let call = inference::refund(args.request);
	let back = [Takes::note("back", Amount(request.price).to_string())];
	let (_, report) = session.act(&call, &back, out).await?;
	out.finish(json!({
		"request": args.request,
		"refunded": request.price.to_string(),
		"to": request.requester.to_string(),
		"transaction": report,
	}));
	Ok(())
}
