//! What always holds of what is stored.

use core::fmt::Debug;

use frame_support::{ensure, traits::GetStorageVersion};
use sp_runtime::TryRuntimeError;
use zkml_host::Groth16;
use zkml_primitives::ParamsCommitment;

use crate::{Config, Keys, Pallet, Params};

/// What does not hold, in words; of which item it does not, is in the log.
pub fn broken(words: &'static str, item: &impl Debug) -> TryRuntimeError {
	log::error!(target: "runtime::try-state", "{words}: {item:?}");
	TryRuntimeError::Other(words)
}

impl<T: Config> Pallet<T> {
	/// Checks that the storage is of this version, and that each key, and each commitment to parameters
	/// of a key that is there, is stored under its own hash as it would be prepared anew.
	///
	/// # Errors
	///
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let version = Self::on_chain_storage_version();
		ensure!(version == Self::in_code_storage_version(), "verifier: storage of another version");
		for (circuit, stored) in Keys::<T>::iter() {
			let own = stored.key.hash() == circuit;
			ensure!(own, broken("verifier: a key under another hash than its own", &circuit));
			let prepared = T::Crypto::prepare(&stored.key);
			let same = prepared.as_ref() == Ok(&stored);
			ensure!(same, broken("verifier: a key prepared otherwise", &circuit));
		}
		for (circuit, params, stored) in Params::<T>::iter() {
			let own = ParamsCommitment::Point(stored.point).scalar() == params;
			ensure!(own, broken("verifier: parameters under another hash than theirs", &circuit));
			let missing = || broken("verifier: parameters of no key", &circuit);
			let key = Keys::<T>::get(circuit).ok_or_else(missing)?;
			let prepared = T::Crypto::prepare_params(&key, &stored.point);
			let same = prepared.as_ref() == Ok(&stored);
			ensure!(same, broken("verifier: parameters prepared otherwise", &circuit));
		}
		Ok(())
	}
}
