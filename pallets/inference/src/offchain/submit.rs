//! Signing and submitting, one transaction per key at a time.

use alloc::vec::Vec;
use core::fmt;

use frame_support::traits::{
	fungible::Inspect,
	tokens::{Fortitude, Preservation},
};
use frame_system::offchain::{Account as SigningAccount, ForAny, SendSignedTransaction, Signer};
use zkml_primitives::Answer;

use super::{show, state::with_tip};
use crate::{BalanceOf, Call, Config};

/// The worker's account: the first `zkml` key in the keystore.
pub(super) struct Account<T: Config> {
	signer: Signer<T, T::WorkerId, ForAny>,
	account: SigningAccount<T>,
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

	/// The nonce of its next transaction by the state, so that a second one before the first is in a block
	/// would only replace it.
	pub(super) fn nonce(&self) -> T::Nonce {
		frame_system::Account::<T>::get(&self.account.id).nonce
	}

	/// Signs answers and hands them to the pool, several as one batch.
	pub(super) fn submit(
		&self,
		answers: Vec<Answer<T::AccountId>>,
		input_bytes: u32,
		tip: u128,
	) -> Result<(), ()> {
		let call = match <[_; 1]>::try_from(answers) {
			Ok([answer]) => Call::answer { answer, input_bytes },
			Err(answers) => {
				let answers = answers.try_into().map_err(|_| ())?;
				Call::answer_batch { answers, input_bytes }
			}
		};
		match with_tip(tip, || self.signer.send_signed_transaction(|_| call.clone())) {
			Some((_, Ok(()))) => Ok(()),
			_ => Err(()),
		}
	}
}

impl<T: Config> fmt::Display for Account<T> {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "account {}, which can spend {:?},", show(&self.account.id), self.free())
	}
}
