//! Deposits: a base for each item and a price for each of its bytes.

use codec::Encode;
use frame_support::traits::{fungible::MutateHold, tokens::Precision, Get};
use sp_runtime::{traits::Saturating, DispatchError};

use crate::{BalanceOf, Config, Deposit, Error, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
	/// Holds the deposit for an item of this encoding.
	pub(crate) fn hold(
		reason: HoldReason,
		who: &T::AccountId,
		item: &impl Encode,
	) -> Result<Deposit<T::AccountId, BalanceOf<T>>, DispatchError> {
		let bytes = BalanceOf::<T>::from(item.encoded_size() as u32);
		let amount =
			T::DepositPerByte::get().saturating_mul(bytes).saturating_add(T::DepositBase::get());
		T::Currency::hold(&reason.into(), who, amount).map_err(|_| Error::<T>::CannotAfford)?;
		Ok(Deposit { who: who.clone(), amount })
	}

	/// Returns a deposit; whatever of it is no longer held is not missed.
	pub(crate) fn release(
		reason: HoldReason,
		deposit: Deposit<T::AccountId, BalanceOf<T>>,
	) -> Result<(), DispatchError> {
		T::Currency::release(&reason.into(), &deposit.who, deposit.amount, Precision::BestEffort)?;
		Ok(())
	}
}
