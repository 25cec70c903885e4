//! Commitments to private inputs.

use frame_support::{dispatch::DispatchResult, ensure};
use zkml_primitives::Scalar;

use crate::{Config, Error, Event, HoldReason, Inputs, Pallet};

/// Bytes of an entry: account and commitment.
const ENTRY: usize = 64;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_commit_input(who: T::AccountId, commitment: Scalar) -> DispatchResult {
		commitment.check().map_err(|_| Error::<T>::InputNotCanonical)?;
		ensure!(!Inputs::<T>::contains_key(&who, commitment), Error::<T>::InputExists);
		let deposit = Self::deposit_for(ENTRY);
		Self::hold(HoldReason::Input, &who, deposit)?;
		Inputs::<T>::insert(&who, commitment, deposit);
		Self::deposit_event(Event::InputCommitted { who, commitment });
		Ok(())
	}

	pub(crate) fn do_withdraw_input(who: T::AccountId, commitment: Scalar) -> DispatchResult {
		let deposit = Inputs::<T>::take(&who, commitment).ok_or(Error::<T>::InputNotCommitted)?;
		Self::release(HoldReason::Input, &who, deposit)?;
		Self::deposit_event(Event::InputWithdrawn { who, commitment });
		Ok(())
	}
}
