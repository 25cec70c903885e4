//! What is proved is looked at as the chain will, and handed in together.

use alloc::vec::Vec;

use codec::Encode;
use frame_support::storage::{with_storage_layer, with_transaction, TransactionOutcome};
use sp_runtime::DispatchError;
use zkml_primitives::{
	prover_policy::{is_near, tip, MOST_BYTES},
	Answer, RequestId, MAX_BATCH,
};

use super::{funds::Shortage, words, Proved, Worker, LOG};
use crate::{Config, Error, Pallet};

/// An answer that is ready, and how much depends on it.
struct Ready<AccountId> {
	answer: Answer<AccountId>,
	worth: u128,
	near: bool,
}

impl<T: Config> Worker<T> {
	/// Hands in what is ready, in one transaction: the account's next nonce is known when it is in a
	/// block.
	pub(super) fn answer(&mut self, proved: Vec<Proved<T>>) {
		if proved.is_empty() || self.account.is_busy(&self.state, self.now.block) {
			return;
		}
		// Neither funds came, nor anything else that may cost less.
		let means = (self.account.free(), proved.len() as u32);
		if self.state.short.as_ref() == Some(&means) {
			return;
		}
		self.state.short = None;
		let ready = self.ready(proved);
		let (ready, shortage) = self.good(ready);
		if ready.is_empty() {
			self.state.short = (!shortage.is_none()).then_some(means);
			return;
		}
		let requests: Vec<RequestId> = ready.iter().map(|one| one.answer.request).collect();
		let sum = |near: bool| {
			let counted = ready.iter().filter(|one| one.near || !near);
			counted.fold(0u128, |sum, one| sum.saturating_add(one.worth))
		};
		let (worth, near) = (sum(false), sum(true));
		let before = self.account.sent_before(&self.state);
		let tip = tip(worth, near, before);
		let answers = ready.into_iter().map(|one| one.answer).collect();
		match self.account.submit(answers, tip) {
			Ok(flight) => {
				self.state.flight = Some(flight.since(self.now.block, before));
				// If this run dies, the next one must know.
				self.state.save();
				let tipped = if tip > 0 { " with a tip, being late" } else { "" };
				log::info!(target: LOG, "requests {requests:?}: answers submitted{tipped}");
			}
			Err(()) => log::warn!(
				target: LOG,
				"requests {requests:?}: the transaction pool did not take the answers. Is it full, or can \
				 {} not pay the fee?",
				self.account,
			),
		}
	}

	fn ready(&self, proved: Vec<Proved<T>>) -> Vec<Ready<T::AccountId>> {
		let (mut ready, mut bytes) = (Vec::new(), 0);
		for (job, reply) in proved {
			let near = is_near(&job.deadline, self.now);
			let worth = job.worth;
			let ctx = job.ctx();
			let (request, beneficiary) = (job.request, job.beneficiary);
			let answer =
				Answer { request, beneficiary, output: reply.output, ctx, proof: reply.proof };
			bytes += answer.encoded_size();
			if bytes > MOST_BYTES || ready.len() >= MAX_BATCH as usize {
				break;
			}
			ready.push(Ready { answer, worth, near });
		}
		ready
	}

	/// Does what the chain will do, one after the other, and takes all of it back: what is left are those
	/// that it would accept together, and what the account could not pay for.
	fn good(&mut self, ready: Vec<Ready<T::AccountId>>) -> (Vec<Ready<T::AccountId>>, Shortage) {
		let end = self.end;
		let who = self.account.id();
		let (mut good, mut refused) = (Vec::new(), Vec::new());
		let undone = with_transaction(|| {
			for one in ready {
				let answer = one.answer.clone();
				let done = with_storage_layer(|| Pallet::<T>::do_answer(who.clone(), answer));
				match done {
					Ok(_) => good.push(one),
					Err(error) => refused.push((one.answer, error)),
				}
				if sp_io::offchain::timestamp() > end {
					break;
				}
			}
			TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
		});
		if let Err(error) = undone {
			log::warn!(target: LOG, "answers cannot be looked at: {}", words::<T>(&error));
			return Default::default();
		}
		let short = DispatchError::from(Error::<T>::CannotAfford);
		let mut shortage = Shortage::default();
		for (answer, error) in refused {
			match error == short {
				true => shortage.add::<T>(&answer),
				false => {
					let why = words::<T>(&error);
					self.leave(answer.request, format_args!("the chain would refuse it: {why}"));
				}
			}
		}
		shortage.say(&self.account);
		(good, shortage)
	}
}
