//! Deposits, and who gets the price.

use frame_support::{
	storage::with_storage_layer,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
		Get,
	},
};
use sp_runtime::{
	traits::{Saturating, UniqueSaturatedInto, Zero},
	DispatchError, Permill,
};
use zkml_primitives::RequestId;

use crate::{BalanceOf, Config, Error, Event, HoldReason, Pallet, RequestOf};

impl<T: Config> Pallet<T> {
	/// The deposit for an item of this many bytes.
	pub(crate) fn deposit_for(bytes: usize) -> BalanceOf<T> {
		let bytes: u32 = bytes.unique_saturated_into();
		T::DepositPerByte::get().saturating_mul(bytes.into()).saturating_add(T::DepositBase::get())
	}

	pub(crate) fn hold(
		reason: HoldReason,
		who: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<(), DispatchError> {
		T::Currency::hold(&reason.into(), who, amount).map_err(|_| Error::<T>::CannotAfford.into())
	}

	/// Returns what was held; whatever is no longer there is not missed.
	pub(crate) fn release(
		reason: HoldReason,
		who: &T::AccountId,
		amount: BalanceOf<T>,
	) -> Result<(), DispatchError> {
		T::Currency::release(&reason.into(), who, amount, Precision::BestEffort)?;
		Ok(())
	}

	/// Pays owner and prover out of the escrow. The two parts make up the whole price: the owner's
	/// is rounded down, the prover has the rest. An owner whose account cannot take a small amount
	/// forgoes it to the prover, so that nobody's empty account can block an answer.
	pub(crate) fn pay(
		id: RequestId,
		request: &RequestOf<T>,
		owner: T::AccountId,
		prover: T::AccountId,
	) -> Result<(), DispatchError> {
		let transfer = |to: &T::AccountId, amount: BalanceOf<T>| {
			if amount.is_zero() {
				return Ok(amount);
			}
			with_storage_layer(|| {
				T::Currency::transfer_on_hold(
					&HoldReason::Escrow.into(),
					&request.requester,
					to,
					amount,
					Precision::Exact,
					Restriction::Free,
					// What is held was promised: no lock or freeze of the requester's takes it back.
					Fortitude::Force,
				)
			})
		};
		let mut owner_amount = Permill::from_parts(request.owner_share.0).mul_floor(request.price);
		if transfer(&owner, owner_amount).is_err() {
			owner_amount = Default::default();
		}
		let prover_amount = request.price.saturating_sub(owner_amount);
		transfer(&prover, prover_amount).map_err(|_| Error::<T>::BeneficiaryCannotReceive)?;
		Self::deposit_event(Event::Paid {
			request: id,
			prover,
			prover_amount,
			owner,
			owner_amount,
		});
		Ok(())
	}
}
