//! Signing and submitting, one transaction per key at a time.

use alloc::vec::Vec;

use frame_system::offchain::{Account as SigningAccount, ForAny, SendSignedTransaction, Signer};
use sp_runtime::offchain::storage::StorageValueRef;
use zkml_primitives::Answer;

use crate::{Call, Config};

/// Blocks after which a transaction that left no trace is taken for lost.
const LOST_AFTER: u32 = 8;

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

	fn nonce(&self) -> T::Nonce {
		frame_system::Account::<T>::get(&self.account.id).nonce
	}

	/// Whether a transaction of this key is still on its way. The nonce is read from state, so a
	/// second one now would only replace the first.
	pub(super) fn is_busy(&self, now: u32) -> bool {
		let last: Option<(T::Nonce, u32)> = in_flight().get().ok().flatten();
		last.is_some_and(|(nonce, block)| {
			nonce == self.nonce() && now < block.saturating_add(LOST_AFTER)
		})
	}

	/// Signs answers and hands them to the pool, several as one batch.
	pub(super) fn submit(&self, answers: Vec<Answer<T::AccountId>>, now: u32) -> Result<(), ()> {
		let nonce = self.nonce();
		let call = match <[_; 1]>::try_from(answers) {
			Ok([answer]) => Call::answer { answer },
			Err(answers) => Call::answer_batch { answers: answers.try_into().map_err(|_| ())? },
		};
		let sent = self.signer.send_signed_transaction(|_| call.clone());
		match sent {
			Some((_, Ok(()))) => {
				in_flight().set(&(nonce, now));
				Ok(())
			}
			_ => Err(()),
		}
	}
}

fn in_flight() -> StorageValueRef<'static> {
	StorageValueRef::persistent(b"zkml::worker::in-flight")
}
