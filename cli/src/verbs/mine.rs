//! `zkml mine`: answers requests of the chain's own queue.
//!
//! All that matters is on chain: what is open is read there, and an answered request is gone. So a
//! miner may be killed at any point and started anew, and many may share a queue.

use std::{
	cmp::Reverse,
	collections::{BTreeMap, BTreeSet},
	fmt::Display,
	sync::Arc,
	time::Duration,
};

use serde_json::json;
use subxt_signer::sr25519::Keypair;
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use zkml_primitives::{
	prover_api::{turn, JobState, ProveJob, ProveReply},
	Answer, Request, RequestId, MAX_BATCH,
};

use crate::{
	args::Mine,
	chain::{number, AccountId, At, Balance, Call, Chain, ChainError, Sent},
	error::CliError,
	keys,
	output::{self, Output},
	parse::{self, Amount},
	serve::{self, Queue, Refused},
};

/// Between two looks at the chain.
const REST: Duration = Duration::from_millis(500);
/// Between two attempts to reach a node that went away.
const RETRY: Duration = Duration::from_secs(3);
/// How long a transaction that is on its way may hold up the end.
const FAREWELL: Duration = Duration::from_secs(15);
/// Blocks after which what could not be answered is tried once more.
const SET_ASIDE: u32 = 50;

/// Mines until told to stop.
pub async fn run(args: Mine, out: &Output) -> Result<(), CliError> {
	let key = args.key.load()?;
	let mut chain = Arc::new(Chain::connect(&args.node.url).await?);
	let mut stop = serve::stop_signal(false)?;
	let mut miner = Miner {
		queue: serve::open(&args.workshop, out)?,
		account: keys::account(&key),
		key,
		out,
		least: args.min_price.0,
		provers: args.provers,
		jobs: BTreeMap::new(),
		aside: BTreeMap::new(),
		sending: None,
		not_before: 0,
		tally: Tally::default(),
	};
	out.say(format_args!("answering for {} at {}", miner.account, args.node.url));
	while args.answers.is_none_or(|most| miner.tally.answers < most) {
		let rest = match miner.round(&chain).await {
			Ok(()) => REST,
			Err(error) => {
				output::warn(error);
				RETRY
			}
		};
		if stopped_within(&mut stop, rest).await {
			break;
		}
		if rest == RETRY {
			if let Ok(again) = Chain::connect(&args.node.url).await {
				chain = Arc::new(again);
			}
		}
	}
	if let Some(sending) = miner.sending.take() {
		if let Ok(sent) = timeout(FAREWELL, sending).await {
			miner.sent(sent.unwrap_or_else(|error| Err(ChainError::other(error))), 0);
		}
	}
	out.finish(miner.tally.json());
	Ok(())
}

/// Waits; whether the wait ended because everything should.
async fn stopped_within(stop: &mut watch::Receiver<bool>, rest: Duration) -> bool {
	timeout(rest, stop.wait_for(|stop| *stop)).await.is_ok()
}

struct Miner<'a> {
	queue: Queue,
	key: Keypair,
	account: AccountId,
	out: &'a Output,
	/// Least that an answer must be worth to the prover.
	least: Balance,
	/// How many share the chain's queue.
	provers: u32,
	/// What was handed to our own queue.
	jobs: BTreeMap<RequestId, ProveJob>,
	/// Requests to be left alone, and up to which block.
	aside: BTreeMap<RequestId, u32>,
	/// The transaction on its way. One at a time: the next answers wait for it, and go together.
	sending: Option<JoinHandle<Result<Sent, ChainError>>>,
	/// No transaction before this block, the last one having failed.
	not_before: u32,
	tally: Tally,
}

type Open = Request<AccountId, Balance>;

impl Miner<'_> {
	/// One look at the chain: takes jobs on, sends what is ready.
	async fn round(&mut self, chain: &Arc<Chain>) -> Result<(), ChainError> {
		let at = chain.best().await?;
		let now = number(at.block_number());
		if self.sending.as_ref().is_some_and(JoinHandle::is_finished) {
			if let Some(sending) = self.sending.take() {
				let sent = sending.await.unwrap_or_else(|error| Err(ChainError::other(error)));
				self.sent(sent, now);
			}
		}
		let mut open = chain.open_requests(&at).await?;
		open.sort_by_key(|(id, request)| (Reverse(worth(request)), *id));
		let ids: BTreeSet<RequestId> = open.iter().map(|(id, _)| *id).collect();
		self.jobs.retain(|id, _| ids.contains(id));
		self.aside.retain(|id, until| ids.contains(id) && now < *until);
		let mut ready = Vec::new();
		let mut room = true;
		for (id, request) in &open {
			let Some(job) = self.jobs.get(id) else {
				if room && self.wants(*id, request, now) {
					room = self.take_on(chain, &at, *id, now).await?;
				}
				continue;
			};
			match self.queue.state(&job.id()) {
				Some(JobState::Pending) => {}
				Some(JobState::Done(reply)) => ready.push(self.answer(job, reply)),
				Some(JobState::Failed(reason)) => self.leave(*id, now, reason),
				// So many others were proved since that this one was forgotten.
				None => drop(self.jobs.remove(id)),
			}
		}
		if self.sending.is_none() && now >= self.not_before {
			self.send(chain, ready, now).await?;
		}
		Ok(())
	}

	fn wants(&self, id: RequestId, request: &Open, now: u32) -> bool {
		now < request.deadline
			&& worth(request) >= self.least
			&& now >= request.opened.block.saturating_add(turn(id, &self.account, self.provers))
			&& !self.aside.contains_key(&id)
			&& self.queue.service().library.find(request.circuit, request.params).is_some()
	}

	/// Hands a job to our own queue; whether there is room for more.
	async fn take_on(
		&mut self,
		chain: &Chain,
		at: &At,
		id: RequestId,
		now: u32,
	) -> Result<bool, ChainError> {
		let Some(job) = chain.job(at, id, &self.account).await? else { return Ok(true) };
		match self.queue.submit(job.clone()) {
			Ok(_) => drop(self.jobs.insert(id, job)),
			Err(Refused::Full(_)) => return Ok(false),
			Err(Refused::Impossible(error)) => self.leave(id, now, error),
		}
		Ok(true)
	}

	/// What cannot be answered must not stand in the way of what can.
	fn leave(&mut self, id: RequestId, now: u32, why: impl Display) {
		output::warn(format_args!("request {id}: {why}"));
		self.jobs.remove(&id);
		self.aside.insert(id, now.saturating_add(SET_ASIDE));
	}

	fn answer(&self, job: &ProveJob, reply: ProveReply) -> Answer<AccountId> {
		Answer {
			request: job.request,
			beneficiary: self.account,
			output: reply.output,
			ctx: job.ctx,
			proof: reply.proof,
		}
	}

	/// Sends what is ready, if the chain would take it, in one transaction: several proofs cost less
	/// together.
	async fn send(
		&mut self,
		chain: &Arc<Chain>,
		mut ready: Vec<Answer<AccountId>>,
		now: u32,
	) -> Result<(), ChainError> {
		ready.truncate(MAX_BATCH as usize);
		let mut good = Vec::with_capacity(ready.len());
		for answer in ready {
			match chain.check_answer(&answer).await {
				Ok(_) => good.push(answer),
				Err(error @ ChainError::Refused { .. }) => self.leave(answer.request, now, error),
				Err(error) => return Err(error),
			}
		}
		let call = match &good[..] {
			[] => return Ok(()),
			[answer] => Call::new("Inference", "answer", answer),
			_ => Call::new("Inference", "answer_batch", &good),
		};
		let (chain, key) = (chain.clone(), self.key.clone());
		self.sending = Some(tokio::spawn(async move {
			let prepared = chain.prepare(&call, &key).await?;
			chain.send(prepared, false).await
		}));
		Ok(())
	}

	/// What became of a transaction.
	fn sent(&mut self, sent: Result<Sent, ChainError>, now: u32) {
		let sent = match sent {
			Ok(sent) => sent,
			Err(error) => {
				output::warn(error);
				self.not_before = now.saturating_add(1);
				return;
			}
		};
		let paid = sent.numbers("Inference.Paid", "request");
		let earned = sent.numbers("Inference.Paid", "prover_amount").iter().sum();
		let requests: Vec<String> = paid.iter().map(u128::to_string).collect();
		self.out.say(format_args!(
			"block {}: answered {}, earned {}, fee {}",
			sent.block,
			requests.join(", "),
			Amount(earned),
			Amount(sent.fee)
		));
		for request in sent.numbers("Inference.AnswerRefused", "request") {
			self.leave(request as RequestId, now, "the answer was refused");
		}
		self.tally.answers += paid.len() as u64;
		self.tally.transactions += 1;
		self.tally.earned = self.tally.earned.saturating_add(earned);
		self.tally.fees = self.tally.fees.saturating_add(sent.fee);
	}
}

/// What an answer is worth to the prover.
fn worth(request: &Open) -> Balance {
	parse::rest(request.owner_share, request.price)
}

/// What was achieved.
#[derive(Default)]
struct Tally {
	answers: u64,
	transactions: u64,
	earned: Balance,
	fees: Balance,
}

impl Tally {
	fn json(&self) -> serde_json::Value {
		json!({
			"answers": self.answers,
			"transactions": self.transactions,
			"earned": self.earned.to_string(),
			"fees": self.fees.to_string(),
		})
	}
}
