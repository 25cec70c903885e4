//! Signing and submitting, one transaction per key at a time.

use alloc::vec::Vec;
use core::fmt;

use frame_support::traits::{
	fungible::Inspect,
	tokens::{Fortitude, Preservation},
};
use frame_system::offchain::{Account as SigningAccount, ForAny, SendSignedTransaction, Signer};
use zkml_primitives::{prover_policy::LATE_AFTER, Answer};

use super::{
	show,
	state::{with_tip, Flight, StateOf},
};
use crate::{BalanceOf, Call, Config};

/// The worker's account: the first `zkml` key in the keystore.
pub(super) struct Account<T: Config> {
	signer: Signer<T, T::WorkerId, ForAny>,
	account: SigningAccount<T>,
}

/// A nonce that was just used.
pub(super) struct Used<Nonce>(Nonce);

impl<Nonce> Used<Nonce> {
	/// The transaction that used it, sent at this block and `before` so many times.
	pub(super) fn since(self, block: u32, before: u32) -> Flight<Nonce> {
		Flight { nonce: self.0, since: block, times: before.saturating_add(1) }
	}
}

impl<T: Config> Account<T> {
	/// The account, if the node holds a key.
	pub(super) fn first() -> Option<Self> {
		let account = Signer::<T, T::WorkerId>::keystore_accounts().next()?;
		let signer = Signer::<T, T::WorkerId>::any_account()
			.with_filter(alloc::vec![account.public.clone()]);
		Some(Self { signer, account })
	}

	pub(super) fn id(&self) -> T::AccountId {
		self.account.id.clone()
	}

	/// What it can spend.
	pub(super) fn free(&self) -> BalanceOf<T> {
		T::Currency::reducible_balance(&self.account.id, Preservation::Preserve, Fortitude::Polite)
	}

	fn nonce(&self) -> T::Nonce {
		frame_system::Account::<T>::get(&self.account.id).nonce
	}

	/// How often a transaction with the next nonce was sent before, without a trace.
	pub(super) fn sent_before(&self, state: &StateOf<T>) -> u32 {
		let last = state.flight.as_ref().filter(|flight| flight.nonce == self.nonce());
		last.map_or(0, |flight| flight.times)
	}

	/// Whether a transaction of this key is still on its way. The nonce is read from state, so a
	/// second one now would only replace the first.
	pub(super) fn is_busy(&self, state: &StateOf<T>, now: u32) -> bool {
		// Heights may go down as well: at a fork, or when a chain begins anew.
		let fresh = |flight: &Flight<T::Nonce>| now.abs_diff(flight.since) < LATE_AFTER;
		let last = state.flight.as_ref().filter(|flight| fresh(flight));
		last.is_some_and(|flight| flight.nonce == self.nonce())
	}

	/// Signs answers and hands them to the pool, several as one batch.
	pub(super) fn submit(
		&self,
		answers: Vec<Answer<T::AccountId>>,
		tip: u128,
	) -> Result<Used<T::Nonce>, ()> {
		let nonce = self.nonce();
		let call = match <[_; 1]>::try_from(answers) {
			Ok([answer]) => Call::answer { answer },
			Err(answers) => Call::answer_batch { answers: answers.try_into().map_err(|_| ())? },
		};
		match with_tip(tip, || self.signer.send_signed_transaction(|_| call.clone())) {
			Some((_, Ok(()))) => Ok(Used(nonce)),
			_ => Err(()),
		}
	}
}

impl<T: Config> fmt::Display for Account<T> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "account {}, which can spend {:?},", show(&self.account.id), self.free())
	}
}
