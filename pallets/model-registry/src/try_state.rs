//! What always holds of what is stored.

use alloc::collections::BTreeMap;

use frame_support::{ensure, traits::GetStorageVersion};
use pallet_verifier::{broken, Verify};
use sp_runtime::TryRuntimeError;
use zkml_primitives::{CircuitHash, ParamsKind, ParamsRange};

use crate::{Circuits, Config, Models, Pallet, Versions};

impl<T: Config> Pallet<T> {
	/// Checks that the storage is of this version, that each circuit has its key and as many users as
	/// there are versions on it, that a model has all its versions and no other, and a version what the
	/// verifier keeps of its parameters.
	///
	/// # Errors
	///
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let version = Self::on_chain_storage_version();
		ensure!(version == Self::in_code_storage_version(), "registry: storage of another version");

		let mut users = BTreeMap::<CircuitHash, u32>::new();
		let mut numbers = BTreeMap::new();
		for (model, number, version) in Versions::<T>::iter() {
			let known = Models::<T>::contains_key(model);
			ensure!(known, broken("registry: a version of no model", &(model, number)));
			let circuit = version.description.circuit;
			let params = version.description.params;
			let kept = T::Verifier::params(circuit, params.scalar());
			let words = "registry: a version without its parameters";
			ensure!(kept == params.point(), broken(words, &(model, number)));
			let details = Circuits::<T>::get(circuit);
			let kind = details.is_some_and(|details| details.params == params.kind());
			let words = "registry: parameters of another kind than the circuit's";
			ensure!(kind, broken(words, &(model, number)));
			let known = match params.kind() {
				ParamsKind::Input => version.params_range == ParamsRange::Proved,
				ParamsKind::Point => true,
			};
			ensure!(known, broken("registry: parameters without ranges", &(model, number)));
			let users = users.entry(circuit).or_default();
			*users = users.saturating_add(1);
			let (count, latest) = numbers.entry(model).or_insert((0u32, 0u32));
			*count = count.saturating_add(1);
			*latest = number.max(*latest);
		}
		for (model, details) in Models::<T>::iter() {
			let all = numbers.get(&model) == Some(&(details.latest, details.latest));
			ensure!(all, broken("registry: a model without one of its versions", &model));
		}
		for (circuit, details) in Circuits::<T>::iter() {
			let count = users.remove(&circuit).unwrap_or_default();
			let words = "registry: a circuit with another number of users";
			ensure!(count == details.users, broken(words, &circuit));
			let missing = || broken("registry: a circuit without its key", &circuit);
			let key = T::Verifier::key(circuit).ok_or_else(missing)?;
			let rounds = key.points().rounds.len() as u32;
			let words = "registry: a circuit with another number of rounds";
			ensure!(rounds == details.rounds, broken(words, &circuit));
			let words = "registry: a circuit with another kind of parameters";
			ensure!(key.params() == details.params, broken(words, &circuit));
		}
		ensure!(users.is_empty(), broken("registry: versions on no circuit", &users));
		Ok(())
	}
}
