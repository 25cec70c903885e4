//! Keys and programs: registering, removing, counting users.

use frame_support::{dispatch::DispatchResult, ensure, traits::Consideration};
use pallet_verifier::Verify;
use sp_runtime::DispatchError;
use zkml_primitives::{CircuitHash, CircuitKey, ProgramKey, SetupLevel};
use zkml_programs::{ClaimError, ContextPlace, Family, ProgramId, ProgramKind, MAX_PUBLIC_BYTES};

use crate::{
	deposits::{key_footprint, program_footprint},
	Config, Error, Event, ForKey, ForProgram, KeyDetails, Keys, Pallet, ProgramDetails, Programs,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register_key(who: T::AccountId, key: ProgramKey) -> DispatchResult {
		let footprint = key_footprint(&key);
		let hash = T::Verifier::insert(&CircuitKey::Program(key))?;
		let deposit = Self::hold::<ForKey<T>>(&who, footprint)?;
		Keys::<T>::insert(hash, KeyDetails { users: 0, registrant: who.clone(), deposit });
		Self::deposit_event(Event::KeyRegistered { key: hash, by: who });
		Ok(())
	}

	pub(crate) fn do_remove_key(who: T::AccountId, key: CircuitHash) -> DispatchResult {
		let details = Keys::<T>::get(key).ok_or(Error::<T>::KeyNotFound)?;
		ensure!(details.registrant == who, Error::<T>::NotRegistrant);
		ensure!(details.users == 0, Error::<T>::KeyInUse);
		T::Verifier::remove(key)?;
		Keys::<T>::remove(key);
		details.deposit.drop(&who)?;
		Self::deposit_event(Event::KeyRemoved { key });
		Ok(())
	}

	pub(crate) fn do_register(
		who: T::AccountId,
		hash: CircuitHash,
		kind: ProgramKind,
		context: Option<ContextPlace>,
		setup: SetupLevel,
	) -> DispatchResult {
		let key = Self::key(hash)?;
		kind.check(&key).map_err(Error::<T>::from)?;
		let inputs = key.ic.len().saturating_sub(1);
		let fits = match (context, kind.family()) {
			(None, _) => true,
			(Some(ContextPlace::Input(index)), Family::Groth16) => usize::from(index) < inputs,
			(Some(ContextPlace::Bytes(start)), family) => {
				family != Family::Groth16 && start <= MAX_PUBLIC_BYTES - 32
			}
			_ => false,
		};
		ensure!(fits, Error::<T>::NoPlaceForContext);
		let program = ProgramId::derive(&who, hash, &kind, &context);
		ensure!(!Programs::<T>::contains_key(program), Error::<T>::ProgramAlreadyExists);
		Keys::<T>::try_mutate(hash, |details| {
			let details = details.as_mut().ok_or(Error::<T>::KeyNotFound)?;
			details.users = details.users.saturating_add(1);
			Ok::<_, DispatchError>(())
		})?;
		let deposit =
			Self::hold::<ForProgram<T>>(&who, program_footprint(&kind, &context, &setup))?;
		let (key, registrant) = (hash, who.clone());
		let details = ProgramDetails { key, kind, context, setup, records: 0, registrant, deposit };
		Programs::<T>::insert(program, details);
		Self::deposit_event(Event::Registered { program, key: hash, by: who });
		Ok(())
	}

	pub(crate) fn do_remove(who: T::AccountId, program: ProgramId) -> DispatchResult {
		let details = Programs::<T>::get(program).ok_or(Error::<T>::ProgramNotFound)?;
		ensure!(details.registrant == who, Error::<T>::NotRegistrant);
		ensure!(details.records == 0, Error::<T>::ProgramInUse);
		Programs::<T>::remove(program);
		Keys::<T>::mutate_extant(details.key, |key| key.users = key.users.saturating_sub(1));
		details.deposit.drop(&who)?;
		Self::deposit_event(Event::Removed { program });
		Ok(())
	}

	/// A key that is registered here.
	pub(crate) fn key(hash: CircuitHash) -> Result<ProgramKey, DispatchError> {
		ensure!(Keys::<T>::contains_key(hash), Error::<T>::KeyNotFound);
		match T::Verifier::key(hash) {
			Some(CircuitKey::Program(key)) => Ok(key),
			_ => Err(Error::<T>::KeyNotFound.into()),
		}
	}
}

impl<T> From<ClaimError> for Error<T> {
	fn from(error: ClaimError) -> Self {
		match error {
			ClaimError::Family { .. } => Self::ClaimOfAnotherTool,
			ClaimError::InputCount { .. } => Self::InputCount,
			ClaimError::NotCanonical { .. } => Self::NotCanonical,
			ClaimError::Selector { .. } => Self::SelectorMismatch,
			ClaimError::ExitCode { .. } => Self::ExitCodeNotZero,
			ClaimError::VkRoot { .. } => Self::VkRootMismatch,
		}
	}
}
