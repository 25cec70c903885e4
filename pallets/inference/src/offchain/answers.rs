//! What is proved is looked at as the chain will, and handed in together.

use alloc::vec::Vec;

use frame_support::storage::{with_storage_layer, with_transaction, TransactionOutcome};
use sp_runtime::DispatchError;
use zkml_primitives::{
	prover_policy::{fitting, input_bytes, tip_for, Attempt, Means, Ready},
	RequestId,
};

use super::{funds::Shortage, words, Proved, Worker, LOG};
use crate::{Config, Error, Pallet};

impl<T: Config> Worker<T> {
	/// Hands in what is ready, in one transaction.
	pub(super) fn answer(&mut self, proved: Vec<Proved<T>>) {
		let (nonce, now) = (self.account.nonce(), self.now.block);
		let last = self.state.flight.as_ref();
		if proved.is_empty() || last.is_some_and(|flight| flight.holds_up(&nonce, now)) {
			return;
		}
		let means = Means { free: self.account.free(), ready: proved.len() as u32 };
		if self.state.short.as_ref() == Some(&means) {
			return;
		}
		let attempt = Attempt::after(last, &nonce);
		self.state.short = None;
		let ready = proved.into_iter().map(|(job, reply)| Ready::new(job, *reply, self.now));
		let (ready, shortage) = self.good(fitting(ready, attempt.most));
		if ready.is_empty() {
			self.state.short = (!shortage.is_none()).then_some(means);
			return;
		}
		let requests: Vec<RequestId> = ready.iter().map(|one| one.answer.request).collect();
		let tip = tip_for(&ready, attempt.before);
		let input_bytes = input_bytes(&ready);
		let answers = ready.into_iter().map(|one| one.answer).collect();
		match self.account.submit(answers, input_bytes, tip) {
			Ok(()) => {
				self.state.flight = Some(attempt.sent(nonce, now, requests.len() as u32));
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

	/// Does what the chain will do, one after the other, and takes all of it back: what is left are those
	/// that it would accept together, and what the account could not pay for.
	fn good(&mut self, ready: Vec<Ready<T::AccountId>>) -> (Vec<Ready<T::AccountId>>, Shortage) {
		let end = self.end;
		let who = self.account.id();
		let (mut good, mut refused) = (Vec::new(), Vec::new());
		let undone = with_transaction(|| {
			for one in ready {
				let answer = one.answer.clone();
				let bytes = one.input_bytes;
				let done =
					with_storage_layer(|| Pallet::<T>::do_answer(who.clone(), answer, bytes));
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
