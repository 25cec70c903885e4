//! `zkml result`

use std::time::{Duration, Instant};

use serde_json::{json, Value};
use zkml_client::{
	chain::{version_of, AccountId, Balance, Chain, ChainError, Fate},
	hex,
	parse::{self, Amount},
	proof_file::show_action,
	tensors,
};
use zkml_primitives::{Record, RequestId, Role, StatementId, TensorData, VersionInfo};

use super::{
	circuit::setup_claim,
	model, node,
	opened::{self, Opened},
	params, requests, shared,
};
use crate::{
	args::ResultOf,
	error::CliError,
	output::{Output, Progress},
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
	let source = opened::Source::of(&args)?;
	let chain = node::connect(&args.node.url).await?;
	let started = Instant::now();
	let found = match args.wait {
		None => wanted.find(&chain).await?,
		Some(seconds) => wait(&chain, &wanted, Duration::from_secs(seconds)).await?,
	};
	let waited = started.elapsed().as_millis() as u64;
	let record = &found.1;
	// A record outlives its model, and the words of a version that another took the number of.
	let version = chain.model(record.model).await?.and_then(|model| {
		let version = version_of(&model, Some(record.version));
		version.filter(|v| v.description.hash() == record.description).cloned()
	});
	let infos = version.as_ref().map_or(&[][..], |version| &version.description.outputs);
	let opened = opened::openings(&args, source.as_ref(), record, infos, out)?;
	let mut report = show(&found, version.as_ref(), &opened, out);
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
	/// The record, if it is there now.
	async fn look(&self, chain: &Chain) -> Result<Option<Found>, ChainError> {
		match self {
			Self::Request(number) => chain.result(*number).await,
			Self::Statement(id) => Ok(chain.record(*id).await?.map(|record| (*id, record))),
		}
	}

	/// The record, or why there is none.
	async fn find(&self, chain: &Chain) -> Result<Found, CliError> {
		match self {
			Self::Request(number) => match node::fate(chain, *number).await? {
				Fate::Answered(id, record) => Ok((id, *record)),
				other => Err(NoResult::new(chain, *number, other).await?.into()),
			},
			Self::Statement(_) => self.look(chain).await?.ok_or_else(|| self.missing().into()),
		}
	}

	fn missing(&self) -> ChainError {
		ChainError::missing(match self {
			Self::Request(number) => format!("a result of request {number}"),
			Self::Statement(id) => format!("a record of statement {}", hex::show(&id.0)),
		})
	}
}

/// Waits while there is something to wait for.
async fn wait(chain: &Chain, wanted: &Wanted, limit: Duration) -> Result<Found, CliError> {
	let started = Instant::now();
	let _progress = Progress::start("waiting for the result");
	loop {
		if let Some(found) = wanted.look(chain).await? {
			return Ok(found);
		}
		let late = started.elapsed() > limit;
		match wanted {
			Wanted::Request(_) => match wanted.find(chain).await {
				Err(CliError::NoResult(why)) if why.may_come() && !late => {}
				other => return other,
			},
			Wanted::Statement(_) if late => {
				let error = format!("{} in {} s", wanted.missing(), limit.as_secs());
				return Err(ChainError::Late(error).into());
			}
			Wanted::Statement(_) => {}
		}
		tokio::time::sleep(PAUSE).await;
	}
}

/// Why a request has no result, and how `zkml result` says so.
#[derive(Debug)]
pub struct NoResult {
	request: RequestId,
	fate: Fate,
	/// Until when it is open, and whether even the time is over in which late answers count.
	open: Option<(String, bool)>,
}

impl NoResult {
	async fn new(chain: &Chain, request: RequestId, fate: Fate) -> Result<Self, ChainError> {
		let open = match &fate {
			Fate::Open(open) => {
				let (now, grace) = (chain.now(&chain.best().await?).await?, chain.grace().await?);
				let closed = open.deadline.after(grace).has_passed(now.block, now.moment);
				Some((requests::left(open.deadline, now), closed))
			}
			_ => None,
		};
		Ok(Self { request, fate, open })
	}

	/// Whether waiting may help.
	fn may_come(&self) -> bool {
		matches!(self.open, Some((_, false)))
	}

	/// What `docs/json.md` calls it.
	pub fn kind(&self) -> &'static str {
		match &self.fate {
			Fate::Open(_) | Fate::Answered(..) => "open",
			Fate::Refunded { .. } => "refunded",
			Fate::Unmade { .. } => "unmade",
			Fate::Pruned { .. } => "record-pruned",
			Fate::Untold => "closed",
		}
	}

	/// The command's exit code: 3 to 7 for the reasons that `zkml result --help` names.
	pub fn code(&self) -> u8 {
		match &self.fate {
			Fate::Open(_) | Fate::Answered(..) => 3,
			Fate::Refunded { .. } => 4,
			Fate::Unmade { .. } => 5,
			Fate::Pruned { .. } => 6,
			Fate::Untold => 7,
		}
	}

	/// What programs may want to know.
	pub fn details(&self) -> Value {
		let mut object = match &self.fate {
			Fate::Open(open) => json!({
				"deadline": requests::deadline_json(open.deadline),
				"overdue": self.open.as_ref().is_some_and(|(_, closed)| *closed),
			}),
			Fate::Refunded { block, requester, price } => json!({
				"block": block,
				"requester": requester.to_string(),
				"price": price.to_string(),
			}),
			Fate::Unmade { next } => json!({ "next": next }),
			Fate::Pruned { block, prover, statement } => json!({
				"block": block,
				"beneficiary": prover.to_string(),
				"statement": hex::show(&statement.0),
			}),
			Fate::Answered(..) | Fate::Untold => json!({}),
		};
		object["request"] = self.request.into();
		object
	}
}

impl std::fmt::Display for NoResult {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let request = self.request;
		write!(f, "request {request}: expected a result, got ")?;
		match (&self.fate, &self.open) {
			(Fate::Open(_), Some((_, true))) => write!(
				f,
				"none, and it is closed: the chain returns the price by itself, \
				 zkml refund {request} does it now"
			),
			(Fate::Open(_), Some((left, false))) if left == "over" => {
				write!(
					f,
					"none yet: its deadline is over, but an answer that is a little late counts"
				)
			}
			(Fate::Open(_), Some((left, false))) => {
				write!(f, "none yet: it is open for another {left} (zkml result {request} --wait)")
			}
			(Fate::Open(_) | Fate::Answered(..), _) => write!(f, "none yet"),
			(Fate::Refunded { block, requester, price }, _) => write!(
				f,
				"a refund: nobody answered in time, and in block {block} {requester} got {} back",
				Amount(*price)
			),
			(Fate::Unmade { next }, _) => {
				write!(f, "no such request: the next one that is made will be {next}")
			}
			(Fate::Pruned { block, prover, statement }, _) => write!(
				f,
				"an answer whose record was removed: {prover} proved statement {} in block {block}, \
				 where the output still is",
				hex::show(&statement.0)
			),
			(Fate::Untold, _) => write!(
				f,
				"nothing: it was refunded, or answered and the record removed since; this node has the \
				 states no more that would tell, an archive node has them"
			),
		}
	}
}

impl std::error::Error for NoResult {}

/// Says what a record holds, and what it hides if it was opened.
fn show(
	(statement, record): &Found,
	version: Option<&VersionInfo<AccountId>>,
	opened: &[Option<Opened>],
	out: &Output,
) -> Value {
	let infos = version.map_or(&[][..], |version| &version.description.outputs);
	let labels = version.map(|v| model::labels(&v.description)).unwrap_or_default();
	let labelled = tensors::labelled(&labels, infos);
	let shown = shared::tensors_json(Role::Output, &record.outputs, infos, &labels);
	let (setup_words, setup) = setup_claim(&record.setup);
	out.say(format_args!("statement {}", hex::show(&statement.0)));
	let mut outputs = Vec::with_capacity(shown.len());
	for (index, (heading, words, mut value)) in shown.into_iter().enumerate() {
		out.field(&heading, words);
		if let Some(Some(opened)) = opened.get(index) {
			let labels = if labelled == Some(index) { &labels[..] } else { &[] };
			let (words, inside) = opened::words(opened, labels);
			out.field("opened", words);
			for name in ["values", "real", "label"] {
				value[name] = inside[name].clone();
			}
		}
		outputs.push(value);
		if let (Some(TensorData::Public(bytes)), Some(info)) =
			(record.outputs.get(index), infos.get(index))
		{
			let offset = 1u64 << info.tensor.bits.saturating_sub(1);
			let words = format!("{}, each value with {offset} added", shared::bytes(bytes));
			out.field("as bytes on chain", words);
		}
	}
	let model_words = format!("{} version {}", hex::show(&record.model.0), record.version);
	out.field("model", model_words);
	if let Some(version) = version {
		out.field("parameters", params::words(&version.description.params));
	}
	let ranges = match version {
		Some(version) => params::ranges_of(&version.description, record.params_range),
		None => params::range_words(record.params_range),
	};
	out.field("ranges", ranges);
	out.field("for", show_action(record.action));
	out.field("prover", record.beneficiary);
	out.field("setup", setup_words);
	out.field(
		"proof",
		format_args!("block {}, extrinsic {}", record.proved.block, record.proved.extrinsic),
	);
	out.field("deposit", format_args!("{} by {}", Amount(record.deposit), record.depositor));
	json!({
		"statement": hex::show(&statement.0),
		"model": hex::show(&record.model.0),
		"version": record.version,
		"params": hex::show(&record.params.0),
		"params_kind": version.map(|v| params::kind(v.description.params.kind())),
		"params_range": params::range(record.params_range),
		"inputs": record.inputs.iter().map(|input| hex::show(&input.0)).collect::<Vec<_>>(),
		"outputs": outputs,
		"ctx": hex::show(&record.ctx.0),
		"action": show_action(record.action),
		"beneficiary": record.beneficiary.to_string(),
		"setup": setup,
		"block": record.proved.block,
		"extrinsic": record.proved.extrinsic,
		"expiry": record.expiry,
		"depositor": record.depositor.to_string(),
		"deposit": record.deposit.to_string(),
	})
}
