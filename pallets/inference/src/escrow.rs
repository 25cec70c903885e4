//! The price of a request: held until it is paid or returned.

use frame_support::{
	storage::with_storage_layer,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
	},
};
use sp_runtime::{
	traits::{Saturating, Zero},
	DispatchError, Permill,
};
use zkml_primitives::{RequestId, Share};

use crate::{BalanceOf, Config, Error, Event, HoldReason, Pallet};

impl<T: Config> Pallet<T> {
	/// Holds the price of a request.
	pub(crate) fn hold_price(who: &T::AccountId, price: BalanceOf<T>) -> Result<(), DispatchError> {
		let held = T::Currency::hold(&HoldReason::Escrow.into(), who, price);
		held.map_err(|_| Error::<T>::CannotAfford.into())
	}

	/// Returns a price; whatever of it is no longer there is not missed.
	pub(crate) fn release_price(
		who: &T::AccountId,
		price: BalanceOf<T>,
	) -> Result<(), DispatchError> {
		T::Currency::release(&HoldReason::Escrow.into(), who, price, Precision::BestEffort)?;
		Ok(())
	}

	/// Pays owner and prover out of the escrow. The two parts make up the whole price: the owner's
	/// is rounded down, the prover has the rest. An owner whose account cannot take a small amount
	/// forgoes it to the prover, so that nobody's empty account can block an answer.
	pub(crate) fn pay(
		id: RequestId,
		(requester, price, owner_share): (&T::AccountId, BalanceOf<T>, Share),
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
					requester,
					to,
					amount,
					Precision::Exact,
					Restriction::Free,
					// What is held was promised: no lock or freeze of the requester's takes it back.
					Fortitude::Force,
				)
			})
		};
		let mut owner_amount = Permill::from_parts(owner_share.0).mul_floor(price);
		if transfer(&owner, owner_amount).is_err() {
			owner_amount = Default::default();
		}
		let prover_amount = price.saturating_sub(owner_amount);
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
