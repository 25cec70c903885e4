//! The one transaction of a miner that is on its way.
//!
//! What became of it is read from the state: whether its nonce was used, and whether the requests are
//! answered in our name. So a lost connection loses no more than the figure of the fee, and nothing is
//! sent twice: until the nonce is used or the transaction is given up, there is no other, and the
//! next one has the nonce of the state, so that it takes the place of one that is still about.

use std::sync::Arc;

use tokio::task::JoinHandle;
use zkml_client::{
	chain::{Account, AccountId, Balance, Chain, ChainError, Sent},
	parse::Amount,
	Offer,
};
use zkml_primitives::{
	prover_policy::{self, fitting, tip_for, Attempt, Means, Ready, LATE_AFTER},
	RequestId, MAX_TENSORS,
};

use super::round::Miner;
use crate::output;

/// A transaction on its way.
pub struct Flight {
	/// What it answers, and what each is worth to us.
	requests: Vec<(RequestId, Balance)>,
	sent: prover_policy::Flight<u32>,
	watch: JoinHandle<Result<Sent, ChainError>>,
	/// What was heard of it.
	heard: Option<Result<Sent, ChainError>>,
}

impl Flight {
	/// Watches it no more; the state will tell.
	pub fn abandon(&self) {
		self.watch.abort();
	}
}

impl Miner<'_> {
	/// Sends what is ready, if the chain would take it, in one transaction.
	pub(super) async fn send(
		&mut self,
		chain: &Arc<Chain>,
		ready: Vec<Ready<AccountId>>,
		account: Account,
	) -> Result<(), ChainError> {
		let means = Means { free: account.free, ready: ready.len() as u32 };
		if self.short == Some(means) {
			return Ok(());
		}
		self.short = None;
		let attempt = Attempt::after(self.last.as_ref(), &account.nonce);
		let (mut good, lacks) = self.good(chain, fitting(ready, attempt.most)).await?;
		if let (true, Some(deposit)) = (good.is_empty(), lacks) {
			let least = chain.least_balance().await?;
			let error = ChainError::NoFunds {
				account: self.account.to_string(),
				needed: Amount(deposit.saturating_add(least)).to_string(),
				has: Amount(account.free).to_string(),
			};
			self.wait_for_funds(means, error);
		}
		while !good.is_empty() {
			let offers: Vec<Offer> = good.iter().map(|one| self.offer(one)).collect();
			let Some(call) = Offer::call(&offers) else { break };
			let tip = tip_for(&good, attempt.before);
			let nonce = account.nonce.into();
			let prepared = chain.prepare_with(&call, &self.key, nonce, tip).await?;
			let records: Vec<_> = offers.iter().map(Offer::record).collect();
			let held = chain.deposit(&records).await?;
			match chain.afford(&prepared, held).await {
				Ok(()) => {
					let chain = chain.clone();
					let watch = tokio::spawn(async move { chain.send(prepared, false).await });
					let requests: Vec<_> =
						good.iter().map(|one| (one.answer.request, one.worth)).collect();
					let count = requests.len() as u32;
					let sent = attempt.sent(account.nonce, self.best.1.block, count);
					self.flight = Some(Flight { requests, sent, watch, heard: None });
					break;
				}
				Err(error @ ChainError::NoFunds { .. }) if good.len() == 1 => {
					self.wait_for_funds(means, error);
					break;
				}
				// It may have enough for some of them.
				Err(ChainError::NoFunds { .. }) => good.truncate(good.len() / 2),
				Err(error) => return Err(error),
			}
		}
		Ok(())
	}

	/// Those that the chain would take now, each by itself; and the deposit of one that the account cannot
	/// pay for, if there is any.
	async fn good(
		&mut self,
		chain: &Chain,
		ready: Vec<Ready<AccountId>>,
	) -> Result<(Vec<Ready<AccountId>>, Option<Balance>), ChainError> {
		let (mut good, mut lacks) = (Vec::with_capacity(ready.len()), None);
		for one in ready {
			match chain.check_answer(&one.answer).await {
				Ok(_) => good.push(one),
				Err(ChainError::Refused { error, .. }) if error == "CannotAfford" => {
					lacks = Some(chain.deposit(&[self.offer(&one).record()]).await?);
				}
				// Answered by others, or refunded.
				Err(ChainError::Refused { error, .. }) if error == "RequestNotFound" => {
					self.jobs.remove(&one.answer.request);
				}
				Err(error @ (ChainError::Refused { .. } | ChainError::Dispatch(_))) => {
					self.leave(one.answer.request, error);
				}
				Err(error) => return Err(error),
			}
		}
		Ok((good, lacks))
	}

	/// An answer as the chain is offered it.
	fn offer(&self, one: &Ready<AccountId>) -> Offer {
		let (answer, input_bytes) = (one.answer.clone(), one.input_bytes);
		// Of a request that is no longer in hand the most that it can have.
		let held = self.jobs.get(&answer.request);
		let inputs = held.map_or(MAX_TENSORS as usize, |held| held.job.inputs.len()) as u8;
		Offer::Answer { answer, inputs, input_bytes }
	}

	/// Nothing is sent before the account's funds change: it is looked at each time.
	fn wait_for_funds(&mut self, means: Means<Balance>, why: impl std::fmt::Display) {
		output::warn(format_args!("answers wait for funds: {why}"));
		self.short = Some(means);
	}

	/// Looks what became of the transaction on its way.
	pub(super) async fn land(
		&mut self,
		chain: &Chain,
		now: u32,
		nonce: u32,
	) -> Result<(), ChainError> {
		let Some(flight) = &mut self.flight else { return Ok(()) };
		if flight.heard.is_none() && flight.watch.is_finished() {
			let heard = (&mut flight.watch).await;
			flight.heard = Some(heard.unwrap_or_else(|error| Err(ChainError::other(error))));
		}
		let used = nonce > flight.sent.nonce;
		let over = match &flight.heard {
			None => false,
			// A node that can be asked no more may have sent it on.
			Some(Ok(_) | Err(ChainError::Other(_))) => used,
			Some(Err(_)) => true,
		};
		if !over && !flight.sent.is_lost(now) {
			return Ok(());
		}
		let mut paid = Vec::new();
		for (request, worth) in &flight.requests {
			let result = chain.result(*request).await?;
			if result.is_some_and(|(_, record)| record.beneficiary == self.account) {
				paid.push((*request, *worth));
			}
		}
		flight.abandon();
		let Some(flight) = self.flight.take() else { return Ok(()) };
		let over = paid.iter().filter_map(|(request, _)| self.jobs.remove(request));
		self.queue.forget(over.map(|held| held.id));
		let sent = flight.heard.as_ref().and_then(|heard| heard.as_ref().ok());
		self.tally(&paid, sent, now);
		let mut unpaid = flight.requests.iter().filter(|one| !paid.contains(one)).peekable();
		let failed = unpaid.peek().is_some();
		self.last = Some(prover_policy::Flight { failed, ..flight.sent });
		if !failed {
			return Ok(());
		}
		self.not_before = now.saturating_add(1);
		let why = match flight.heard {
			None => format!("no trace of the transaction in {LATE_AFTER} blocks"),
			Some(Ok(_)) => "refused, or answered by others".into(),
			Some(Err(error)) => error.to_string(),
		};
		output::warn(format_args!("not answered: {}: {why}", list(unpaid)));
		Ok(())
	}

	fn tally(&mut self, paid: &[(RequestId, Balance)], sent: Option<&Sent>, now: u32) {
		let earned = paid.iter().map(|(_, worth)| worth).sum();
		let fee = sent.map_or(0, |sent| sent.fee);
		self.tally.transactions += u64::from(sent.is_some() || !paid.is_empty());
		self.tally.answers += paid.len() as u64;
		self.tally.earned = self.tally.earned.saturating_add(earned);
		self.tally.fees = self.tally.fees.saturating_add(fee);
		if !paid.is_empty() {
			self.out.say(format_args!(
				"block {}: answered {}, earned {}, fee {}",
				sent.map_or(now, |sent| sent.block),
				list(paid.iter()),
				Amount(earned),
				Amount(fee)
			));
		}
	}
}

fn list<'a>(requests: impl Iterator<Item = &'a (RequestId, Balance)>) -> String {
	requests.map(|(request, _)| request.to_string()).collect::<Vec<_>>().join(", ")
}
