//! Commitments to private inputs.

use frame_support::{dispatch::DispatchResult, ensure, traits::Consideration};
use zkml_primitives::Scalar;

use crate::{deposits::input_footprint, Config, Error, Event, ForInput, Inputs, Pallet};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_commit_input(who: T::AccountId, commitment: Scalar) -> DispatchResult {
		commitment.check().map_err(|_| Error::<T>::InputNotCanonical)?;
		ensure!(!Inputs::<T>::contains_key(&who, commitment), Error::<T>::InputAlreadyCommitted);
		let deposit = Self::hold::<ForInput<T>>(&who, input_footprint::<T>())?;
		Inputs::<T>::insert(&who, commitment, deposit);
		Self::deposit_event(Event::InputCommitted { who, commitment });
		Ok(())
	}

	pub(crate) fn do_withdraw_input(who: T::AccountId, commitment: Scalar) -> DispatchResult {
		let deposit = Inputs::<T>::take(&who, commitment).ok_or(Error::<T>::InputNotCommitted)?;
		deposit.drop(&who)?;
		Self::deposit_event(Event::InputWithdrawn { who, commitment });
		Ok(())
	}
}
