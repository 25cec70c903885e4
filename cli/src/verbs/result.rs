//! `zkml result`

use std::time::{Duration, Instant};

use serde_json::{json, Value};
use zkml_primitives::{Record, RequestId, StatementId};

use super::{circuit::setup_claim, model, shared};
use crate::{
	args::ResultOf,
	chain::{AccountId, Balance, Chain, ChainError},
	error::CliError,
	hex,
	output::{Output, Progress},
	parse::{self, Amount},
	proof_file::show_action,
};

/// How often the chain is asked.
const PAUSE: Duration = Duration::from_millis(500);

type Found = (StatementId, Record<AccountId, Balance>);

/// Shows a record, waiting for it if asked to.
pub async fn run(args: ResultOf, out: &Output) -> Result<(), CliError> {
	let wanted = match (&args.statement, args.request) {
		(Some(text), _) => Wanted::Statement(parse::statement(text)?),
		(None, Some(number)) => Wanted::Request(number),
		(None, None) => {
			return Err(CliError::Usage("expected a request or a statement, got neither".into()))
		}
	};
	let chain = Chain::connect(&args.node.url).await?;
	let started = Instant::now();
	let found = match args.wait {
		None => wanted.look(&chain).await?.ok_or_else(|| wanted.missing())?,
		Some(seconds) => wait(&chain, &wanted, Duration::from_secs(seconds)).await?,
	};
	let waited = started.elapsed().as_millis() as u64;
	let mut report = show(&chain, &found, out).await?;
	report["request"] = json!(args.request);
	report["waited_ms"] = json!(waited);
	out.finish(report);
	Ok(())
}

enum Wanted {
	Request(RequestId),
	Statement(StatementId),
}

impl Wanted {
	async fn look(&self, chain: &Chain) -> Result<Option<Found>, ChainError> {
		match self {
			Self::Request(number) => chain.result(*number).await,
			Self::Statement(id) => Ok(chain.record(*id).await?.map(|record| (*id, record))),
		}
	}

	fn missing(&self) -> ChainError {
		ChainError::missing(match self {
			Self::Request(number) => format!("a result of request {number}"),
			Self::Statement(id) => format!("a record of statement {}", hex::show(&id.0)),
		})
	}

	/// Whether waiting is in vain.
	async fn hopeless(&self, chain: &Chain) -> Result<(), ChainError> {
		let Self::Request(number) = self else { return Ok(()) };
		match chain.request(*number).await? {
			// It may have been answered since it was looked for.
			None => match chain.result(*number).await? {
				Some(_) => Ok(()),
				None => Err(ChainError::missing(format!("the open request {number}"))),
			},
			Some(request) => {
				let height = chain.height().await?;
				if height <= request.expiry {
					return Ok(());
				}
				Err(ChainError::Late(format!(
					"request {number}: expected an answer by block {}, got none at block {height}: \
					 zkml refund {number} takes the price back",
					request.expiry
				)))
			}
		}
	}
}

async fn wait(chain: &Chain, wanted: &Wanted, limit: Duration) -> Result<Found, CliError> {
	let started = Instant::now();
	let _progress = Progress::start("waiting for the result");
	loop {
		if let Some(found) = wanted.look(chain).await? {
			return Ok(found);
		}
		wanted.hopeless(chain).await?;
		if started.elapsed() > limit {
			let seconds = limit.as_secs();
			let error = format!("{} in {seconds} s", wanted.missing());
			return Err(ChainError::Late(error).into());
		}
		tokio::time::sleep(PAUSE).await;
	}
}

/// Says what a record holds.
pub async fn show(
	chain: &Chain,
	(statement, record): &Found,
	out: &Output,
) -> Result<Value, CliError> {
	// A record outlives its model, and the words of a version that another took the number of.
	let version = model::version(chain, record.model, Some(record.version)).await.ok();
	let version = version.filter(|v| v.description.hash() == record.description);
	let spec = version.as_ref().map(|version| &version.description.output);
	let labels = version.as_ref().map(|v| model::labels(&v.description)).unwrap_or_default();
	let (words, output) = shared::tensor_json(&record.output, spec, &labels);
	let (setup_words, setup) = setup_claim(&record.setup);
	out.say(format_args!("statement {}", hex::show(&statement.0)));
	out.field("output", words);
	let model_words = format!("{} version {}", hex::show(&record.model.0), record.version);
	out.field("model", model_words);
	out.field("for", show_action(record.action));
	out.field("prover", record.beneficiary);
	out.field("setup", setup_words);
	out.field(
		"proof",
		format_args!("block {}, extrinsic {}", record.proved.block, record.proved.extrinsic),
	);
	out.field("deposit", format_args!("{} by {}", Amount(record.deposit), record.depositor));
	Ok(json!({
		"statement": hex::show(&statement.0),
		"model": hex::show(&record.model.0),
		"version": record.version,
		"params": hex::show(&record.params.0),
		"input": hex::show(&record.input.0),
		"output": output,
		"ctx": hex::show(&record.ctx.0),
		"action": show_action(record.action),
		"beneficiary": record.beneficiary.to_string(),
		"setup": setup,
		"block": record.proved.block,
		"extrinsic": record.proved.extrinsic,
		"expiry": record.expiry,
		"depositor": record.depositor.to_string(),
		"deposit": record.deposit.to_string(),
	}))
}
