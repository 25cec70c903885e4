//! Circuits: registering, removing, counting users.

use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{Consideration, Footprint},
};
use pallet_verifier::Verify;
use sp_runtime::DispatchError;
use zkml_primitives::{CircuitHash, CircuitKey, ParamsKind};

use crate::{Circuit, Circuits, Config, Error, Event, ForCircuit, Pallet};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register_circuit(who: T::AccountId, key: CircuitKey) -> DispatchResult {
		// A model's statement has inputs that such a key knows nothing of.
		ensure!(!matches!(key, CircuitKey::Program(_)), Error::<T>::KeyKind);
		let circuit = T::Verifier::insert(&key)?;
		let deposit = Self::hold::<ForCircuit<T>>(&who, Footprint::from_encodable(&key))?;
		// No more than `MAX_ROUNDS`.
		let rounds = key.points().rounds.len() as u32;
		let (params, registrant) = (key.params(), who.clone());
		Circuits::<T>::insert(circuit, Circuit { rounds, params, users: 0, registrant, deposit });
		Self::deposit_event(Event::CircuitRegistered { circuit, by: who });
		Ok(())
	}

	pub(crate) fn do_remove_circuit(who: T::AccountId, circuit: CircuitHash) -> DispatchResult {
		let details = Circuits::<T>::get(circuit).ok_or(Error::<T>::CircuitNotFound)?;
		ensure!(details.registrant == who, Error::<T>::NotRegistrant);
		ensure!(details.users == 0, Error::<T>::CircuitInUse);
		T::Verifier::remove(circuit)?;
		Circuits::<T>::remove(circuit);
		details.deposit.drop(&who)?;
		Self::deposit_event(Event::CircuitRemoved { circuit });
		Ok(())
	}

	/// Counts one more version that uses the circuit, and says how its parameters enter a proof.
	pub(crate) fn use_circuit(circuit: CircuitHash) -> Result<ParamsKind, DispatchError> {
		Circuits::<T>::try_mutate(circuit, |details| {
			let details = details.as_mut().ok_or(Error::<T>::CircuitNotFound)?;
			details.users = details.users.saturating_add(1);
			Ok(details.params)
		})
	}

	/// Counts one version less.
	pub(crate) fn leave_circuit(circuit: CircuitHash) {
		Circuits::<T>::mutate_extant(circuit, |details| {
			details.users = details.users.saturating_sub(1);
		});
	}
}
