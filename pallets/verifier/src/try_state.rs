//! What always holds of what is stored.

use frame_support::{ensure, traits::GetStorageVersion};
use sp_runtime::TryRuntimeError;
use zkml_host::Groth16;

use crate::{Config, Keys, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that the storage is of this version, and that each key is stored under its own hash as it
	/// would be prepared anew.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let version = Self::on_chain_storage_version();
		ensure!(version == Self::in_code_storage_version(), "verifier: storage of another version");
		for (circuit, stored) in Keys::<T>::iter() {
			ensure!(
				stored.key.hash() == circuit,
				"verifier: a key under another hash than its own"
			);
			let prepared = T::Crypto::prepare(&stored.key);
			ensure!(prepared.as_ref() == Ok(&stored), "verifier: a key prepared otherwise");
		}
		Ok(())
	}
}
