//! One look at the chain after the other: what is open, what is ours to prove, what is ready.

use std::{
	cmp::Reverse,
	collections::{BTreeMap, BTreeSet},
	fmt::Display,
	sync::Arc,
};

use subxt_signer::sr25519::Keypair;
use zkml_primitives::{
	prover_api::{turn, JobState, ProveJob, ProveReply},
	Answer, ModelId, Request, RequestId, MAX_BATCH,
};

use super::{flight::Flight, Tally};
use crate::{
	chain::{number, Account, AccountId, At, Balance, Chain, ChainError},
	hex,
	output::{self, Output},
	parse,
	serve::{Queue, Refused},
};

/// Most answers in one transaction.
pub const MOST: usize = MAX_BATCH as usize;
/// Requests taken on in one look: each asks the node for its job, and may look through openings.
const TAKEN_AT_ONCE: usize = 16;
/// Work that is handed out ahead, in milliseconds, but no fewer than two jobs: what was handed out is
/// proved, although somebody may pay more, or answer first.
const AHEAD: u64 = 2_000;
/// Blocks that a request must last to be taken on: one to prove, one to get there.
const LASTS: u32 = 2;
/// Blocks after which what could not be answered is tried once more.
const SET_ASIDE: u32 = 50;

pub type Open = Request<AccountId, Balance>;

pub struct Miner<'a> {
	pub queue: Queue,
	/// Most jobs that our own queue holds.
	pub room: usize,
	pub key: Keypair,
	pub account: AccountId,
	pub out: &'a Output,
	/// Least that an answer must be worth to the prover.
	pub least: Balance,
	/// How many share the chain's queue.
	pub provers: u32,
	/// What was open at the block of this hash.
	pub open: ([u8; 32], Vec<(RequestId, Open)>),
	/// What was handed to our own queue, and until which block an answer is taken.
	pub jobs: BTreeMap<RequestId, (ProveJob, u32)>,
	/// Requests to be left alone, and up to which block.
	pub aside: BTreeMap<RequestId, u32>,
	/// Versions of models that are asked for and not here. Each is named once.
	pub unknown: BTreeSet<(ModelId, u32)>,
	/// The transaction on its way. One at a time: the next answers wait for it, and go together.
	pub flight: Option<Flight>,
	/// Most answers in the next transaction; fewer after one that failed.
	pub most: usize,
	/// No transaction before this block, the last one having failed.
	pub not_before: u32,
	/// What the last proof took.
	pub prove_ms: Option<u32>,
	pub tally: Tally,
}

impl Miner<'_> {
	/// One look: sends what is ready, takes jobs on.
	pub async fn round(&mut self, chain: &Arc<Chain>) -> Result<(), ChainError> {
		let (at, now, account) = self.look(chain).await?;
		if self.open.0 != at.block_hash().0 {
			let mut open = chain.open_requests(&at).await?;
			let turn = |id: &RequestId| turn(*id, &self.account, self.provers);
			open.sort_by_cached_key(|(id, request)| (turn(id), Reverse(worth(request)), *id));
			self.open = (at.block_hash().0, open);
		}
		self.forget(now);
		let ready = self.ready(now);
		if self.flight.is_none() && now >= self.not_before {
			self.send(chain, ready, now, account).await?;
		}
		self.take_on(chain, &at, now).await
	}

	/// Where the chain is, and what became of the transaction on its way.
	pub async fn look(&mut self, chain: &Chain) -> Result<(At, u32, Account), ChainError> {
		let at = chain.best().await?;
		let now = number(at.block_number());
		let account = chain.account(&self.account).await?;
		self.land(chain, now, account.nonce).await?;
		Ok((at, now, account))
	}

	/// The node was away, and another may be in its place.
	pub fn reconnected(&mut self, same_chain: bool) {
		if let Some(flight) = &self.flight {
			flight.abandon();
		}
		self.open = Default::default();
		self.not_before = 0;
		if !same_chain {
			self.flight = None;
			self.jobs.clear();
			self.aside.clear();
			self.unknown.clear();
		}
	}

	/// Lets go of what is answered, late or, after a fork, another request of the same number.
	fn forget(&mut self, now: u32) {
		let open: BTreeMap<RequestId, &Open> =
			self.open.1.iter().map(|(id, request)| (*id, request)).collect();
		self.jobs.retain(|id, (job, deadline)| {
			now < *deadline
				&& open.get(id).is_some_and(|request| {
					(request.model, request.version) == (job.model, job.version)
						&& request.expiry == *deadline
						&& request.input == job.input
				})
		});
		let soon = now.saturating_add(SET_ASIDE);
		self.aside.retain(|id, until| open.contains_key(id) && (now..=soon).contains(until));
	}

	/// What is proved.
	fn ready(&mut self, now: u32) -> Vec<(Answer<AccountId>, Balance)> {
		let (mut ready, mut failed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
		for (id, request) in &self.open.1 {
			let Some((job, _)) = self.jobs.get(id) else { continue };
			match self.queue.state(&job.id()) {
				Some(JobState::Pending) => {}
				Some(JobState::Done(reply)) => {
					self.prove_ms = Some(reply.prove_ms);
					ready.push((answer(job, self.account, reply), worth(request)));
				}
				Some(JobState::Failed(reason)) => failed.push((*id, reason)),
				// So many others were proved since that this one was forgotten.
				None => gone.push(*id),
			}
		}
		failed.into_iter().for_each(|(id, reason)| self.leave(id, now, reason));
		gone.iter().for_each(|id| drop(self.jobs.remove(id)));
		ready
	}

	/// Hands jobs to our own queue, as many as are soon proved.
	async fn take_on(&mut self, chain: &Chain, at: &At, now: u32) -> Result<(), ChainError> {
		let waiting = self
			.jobs
			.values()
			.filter(|(job, _)| matches!(self.queue.state(&job.id()), Some(JobState::Pending)));
		let soon = self.prove_ms.map_or(0, |ms| AHEAD / u64::from(ms.max(1))) as usize;
		let room = soon.max(2).min(self.room).saturating_sub(waiting.count()).min(TAKEN_AT_ONCE);
		let open = std::mem::take(&mut self.open.1);
		let outcome = self.take_some(chain, at, now, &open, room).await;
		self.open.1 = open;
		outcome
	}

	async fn take_some(
		&mut self,
		chain: &Chain,
		at: &At,
		now: u32,
		open: &[(RequestId, Open)],
		room: usize,
	) -> Result<(), ChainError> {
		let mut tried = 0;
		for (id, request) in open {
			if tried == room {
				break;
			}
			if !self.wants(*id, request, now) {
				continue;
			}
			tried += 1;
			let Some(job) = chain.job(at, *id, &self.account).await? else { continue };
			match self.queue.submit(job.clone()) {
				Ok(_) => drop(self.jobs.insert(*id, (job, request.expiry))),
				Err(Refused::Full(_)) => break,
				Err(Refused::Impossible(error)) => self.leave(*id, now, error),
			}
		}
		Ok(())
	}

	fn wants(&mut self, id: RequestId, request: &Open, now: u32) -> bool {
		let mine = request.opened.block.saturating_add(turn(id, &self.account, self.provers));
		let wanted = now >= mine
			&& now.saturating_add(LASTS) <= request.expiry
			&& worth(request) >= self.least
			&& !self.jobs.contains_key(&id)
			&& !self.aside.contains_key(&id);
		if !wanted {
			return false;
		}
		let known = self.queue.service().library.find(request.circuit, request.params).is_some();
		if !known && self.unknown.insert((request.model, request.version)) {
			let model = hex::show(&request.model.0);
			output::warn(format_args!(
				"request {id}: version {} of model {model} is not among ours",
				request.version
			));
		}
		known
	}

	/// What cannot be answered must not stand in the way of what can.
	pub fn leave(&mut self, id: RequestId, now: u32, why: impl Display) {
		output::warn(format_args!("request {id}: {why}"));
		self.jobs.remove(&id);
		self.aside.insert(id, now.saturating_add(SET_ASIDE));
	}
}

/// What an answer is worth to the prover.
fn worth(request: &Open) -> Balance {
	parse::remainder(request.owner_share, request.price)
}

fn answer(job: &ProveJob, beneficiary: AccountId, reply: ProveReply) -> Answer<AccountId> {
	let (request, ctx) = (job.request, job.ctx);
	Answer { request, beneficiary, output: reply.output, ctx, proof: reply.proof }
}
