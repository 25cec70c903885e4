//! The one transaction of a miner that is on its way.
//!
//! What became of it is read from the state: whether its nonce was used, and whether the requests are
//! answered in our name. So a lost connection loses no more than the figure of the fee, and nothing is
//! sent twice: until the nonce is used or the transaction is given up, there is no other, and the
//! next one has the nonce of the state, so that it takes the place of one that is still about.

use std::sync::Arc;

use tokio::task::JoinHandle;
use zkml_primitives::{
	prover_policy::{tip, LATE_AFTER},
	RequestId,
};

use super::{
	super::submit::{record, Offer},
	round::{Miner, Ready, MOST},
};
use crate::{
	chain::{Account, Balance, Call, Chain, ChainError, Sent},
	output,
	parse::Amount,
};

/// A transaction on its way.
pub struct Flight {
	/// What it answers, and what each is worth to us.
	requests: Vec<(RequestId, Balance)>,
	nonce: u32,
	/// The newest block when it was sent.
	since: u32,
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
		mut ready: Vec<Ready>,
		account: Account,
	) -> Result<(), ChainError> {
		// Neither funds came, nor anything else that may cost less.
		let means = (account.free, ready.len());
		if self.short == Some(means) {
			return Ok(());
		}
		self.short = None;
		ready.truncate(self.most);
		let mut good = Vec::with_capacity(ready.len());
		let (mut worth, mut near, mut lacks) = (0, 0, None);
		let mut requests = Vec::with_capacity(ready.len());
		for one in ready {
			match chain.check_answer(&one.answer).await {
				Ok(_) => {
					requests.push((one.answer.request, one.worth));
					worth += one.worth;
					near += if one.near { one.worth } else { 0 };
					good.push(one.answer);
				}
				Err(ChainError::Refused { error, .. }) if error == "CannotAfford" => {
					lacks = Some(chain.deposit(&[record(&Offer::Answer(one.answer))]).await?);
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
		let call = match &good[..] {
			[] => {
				if let Some(deposit) = lacks {
					let least = chain.least_balance().await?;
					self.wait_for_funds(
						means,
						ChainError::NoFunds {
							account: self.account.to_string(),
							needed: Amount(deposit.saturating_add(least)).to_string(),
							has: Amount(account.free).to_string(),
						},
					);
				}
				return Ok(());
			}
			[answer] => Call::new("Inference", "answer", answer),
			_ => Call::new("Inference", "answer_batch", &good),
		};
		let before = self.vain.filter(|(nonce, _)| *nonce == account.nonce);
		let before = before.map_or(0, |(_, times)| times);
		let tip = tip(worth, near, before);
		let prepared = chain.prepare_with(&call, &self.key, account.nonce.into(), tip).await?;
		let records: Vec<_> =
			good.into_iter().map(|answer| record(&Offer::Answer(answer))).collect();
		let held = chain.deposit(&records).await?;
		match chain.afford(&prepared, held).await {
			Ok(()) => {}
			Err(error @ ChainError::NoFunds { .. }) if records.len() == 1 => {
				self.wait_for_funds(means, error);
				return Ok(());
			}
			Err(ChainError::NoFunds { .. }) => {
				self.most = records.len() / 2;
				return Ok(());
			}
			Err(error) => return Err(error),
		}
		let chain = chain.clone();
		let watch = tokio::spawn(async move { chain.send(prepared, false).await });
		let (nonce, since) = (account.nonce, self.best.1.block);
		self.vain = Some((nonce, before.saturating_add(1)));
		self.flight = Some(Flight { requests, nonce, since, watch, heard: None });
		Ok(())
	}

	/// Nothing is sent before the account's funds change: it is looked at each time.
	fn wait_for_funds(&mut self, means: (Balance, usize), why: impl std::fmt::Display) {
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
		let used = nonce > flight.nonce;
		let over = match &flight.heard {
			None => false,
			// A node that can be asked no more may have sent it on.
			Some(Ok(_) | Err(ChainError::Other(_))) => used,
			Some(Err(_)) => true,
		};
		// Heights may go down as well: at a fork, or when a chain begins anew.
		let lost = now.abs_diff(flight.since) >= LATE_AFTER;
		if !over && !lost {
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
		if unpaid.peek().is_none() {
			self.most = self.most.saturating_mul(2).min(MOST);
			return Ok(());
		}
		self.most = (flight.requests.len() / 2).max(1);
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
