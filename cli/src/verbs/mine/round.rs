//! One look at the chain after the other: what is open, what is ours to prove, what is ready.

use std::{collections::BTreeMap, fmt::Display, sync::Arc};

use subxt_signer::sr25519::Keypair;
use zkml_client::chain::{number, Account, AccountId, At, Balance, Chain, ChainError};
use zkml_primitives::{
	prover_api::{JobId, JobState, Now, Taken},
	prover_policy::{self, precedence, room, Aside, Candidates, Means, Ready},
	Rank, RequestId,
};
use zkml_prover_service::{Job, Queue};

use super::{flight::Flight, Tally};
use crate::output::{self, Output};

/// For how long our own queue is given work, in milliseconds: what was handed out is proved, although
/// somebody may pay more.
pub const SPAN: u32 = 4_000;

pub struct Miner<'a> {
	pub queue: Queue,
	/// Most jobs that our own queue holds.
	pub room: usize,
	pub key: Keypair,
	pub account: AccountId,
	/// Block 0 of the chain that is worked for, as it was at the start. Every proof is bound to it, so
	/// that no node can have proofs made for another chain.
	pub genesis: [u8; 32],
	pub out: &'a Output,
	/// Least that an answer must be worth to the prover.
	pub least: Balance,
	/// How many share the chain's queue.
	pub provers: u32,
	/// Hash of the best block, and what time it is there.
	pub best: ([u8; 32], Now),
	/// Requests to be taken on.
	pub wanted: Candidates<Held>,
	/// What was handed to our own queue.
	pub jobs: BTreeMap<RequestId, Held>,
	/// Requests to be left alone.
	pub aside: Aside,
	/// How far long queues were looked at, by kind of work.
	pub places: BTreeMap<[u8; 32], Rank>,
	/// The number of the kind of work to begin with at the next look.
	pub turn: usize,
	/// The last kind of work that was named as missing.
	pub missing: Option<[u8; 32]>,
	/// The transaction on its way. One at a time: the next answers wait for it, and go together.
	pub flight: Option<Flight>,
	/// The one before it.
	pub last: Option<prover_policy::Flight<u32>>,
	/// No transaction before this block, the last one having failed.
	pub not_before: u32,
	/// What the account had when it could pay for nothing.
	pub short: Option<Means<Balance>>,
	/// What the last proof took.
	pub prove_ms: Option<u32>,
	pub tally: Tally,
}

/// A job, and where its request stands.
#[derive(Clone)]
pub struct Held {
	pub job: Job,
	/// The job's name, which takes some hashing.
	pub id: JobId,
	/// Hash of the request as it is listed.
	pub asked: [u8; 32],
	/// The queue that its request is in, and its place there.
	pub place: ([u8; 32], Rank),
}

impl Held {
	/// What comes first, see [`precedence`].
	pub fn precedence(&self, now: Now) -> impl Ord {
		precedence(self.job.worth, &self.job.deadline, now, self.job.request)
	}
}

impl Miner<'_> {
	/// One look: sends what is ready, takes jobs on.
	pub async fn round(&mut self, chain: &Arc<Chain>) -> Result<(), ChainError> {
		let (at, now, account) = self.look(chain).await?;
		if self.best.0 != at.block_hash().0 {
			let now = Now { block: now, moment: chain.moment().await? };
			self.queue.tell(self.genesis, now);
			self.best = (at.block_hash().0, now);
			self.look_at_queues(chain, &at).await?;
		}
		let ready = self.ready();
		// Before anything is sent: the prover must not wait for the chain.
		self.take_on();
		if self.flight.is_none() && now >= self.not_before && !ready.is_empty() {
			self.send(chain, ready, account).await?;
		}
		Ok(())
	}

	/// Where the chain is, and what became of the transaction on its way.
	pub async fn look(&mut self, chain: &Chain) -> Result<(At, u32, Account), ChainError> {
		let at = chain.best().await?;
		let now = number(at.block_number());
		let account = chain.account(&self.account).await?;
		self.land(chain, now, account.nonce).await?;
		Ok((at, now, account))
	}

	/// The node was away, and may have lost what it was sent.
	pub fn reconnected(&mut self) {
		if let Some(flight) = &self.flight {
			flight.abandon();
		}
		self.best = Default::default();
		self.not_before = 0;
	}

	/// What is proved, what comes first first.
	fn ready(&mut self) -> Vec<Ready<AccountId>> {
		let now = self.best.1;
		let (mut ready, mut failed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
		for (request, held) in &self.jobs {
			match self.queue.state(&held.id) {
				Some(JobState::Pending) => {}
				Some(JobState::Done(reply)) => {
					self.prove_ms = Some(reply.prove_ms);
					ready.push((held.precedence(now), Ready::new(held.job.clone(), reply, now)));
				}
				Some(JobState::Failed(reason)) => failed.push((*request, reason)),
				// Late, or so many others were proved since that this one was forgotten.
				None => gone.push(*request),
			}
		}
		failed.into_iter().for_each(|(id, reason)| self.leave(id, reason));
		gone.iter().for_each(|id| drop(self.jobs.remove(id)));
		ready.sort_by(|(one, _), (other, _)| one.cmp(other));
		ready.into_iter().map(|(_, ready)| ready).collect()
	}

	/// Hands jobs to our own queue, as many as are soon proved.
	fn take_on(&mut self) {
		let now = self.best.1;
		let is_waiting =
			|held: &&Held| matches!(self.queue.state(&held.id), Some(JobState::Pending));
		let waiting = self.jobs.values().filter(is_waiting).count();
		let mut room = room(SPAN, self.prove_ms, self.room, waiting, self.jobs.len());
		while room > 0 {
			let forgetful = self.aside.is_full();
			let mut taken =
				self.wanted.take(room, forgetful, |held| held.precedence(now)).into_iter();
			if taken.len() == 0 {
				return;
			}
			while let Some(held) = taken.next() {
				let request = held.job.request;
				if self.jobs.contains_key(&request) || now.is_past(&held.job.deadline) {
					continue;
				}
				match self.queue.submit(held.job.clone()) {
					Taken::Yes => {
						self.jobs.insert(request, held);
						room -= 1;
					}
					Taken::Full => {
						self.wanted.best.push(held);
						return self.wanted.best.extend(taken);
					}
					Taken::Refused(reason) => self.leave(request, reason),
				}
			}
		}
	}

	/// What cannot be answered must not stand in the way of what can.
	pub fn leave(&mut self, request: RequestId, why: impl Display) {
		output::warn(format_args!("request {request}: {why}"));
		self.jobs.remove(&request);
		self.aside.put(request, self.best.1.block);
	}
}
