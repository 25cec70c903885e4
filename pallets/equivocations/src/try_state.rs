//! What always holds of what is stored.

use frame_support::{
	ensure,
	traits::{GetStorageVersion, StorageVersion},
};
use sp_runtime::TryRuntimeError;

use crate::{Config, Pallet, Reported};

impl<T: Config> Pallet<T> {
	/// Checks that the storage is of this version, and that nothing was reported in a block to come.
	///
	/// # Errors
	///
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let version: StorageVersion = Self::on_chain_storage_version();
		ensure!(
			version == Self::in_code_storage_version(),
			"equivocations: storage of another version"
		);
		let now = frame_system::Pallet::<T>::block_number();
		ensure!(
			Reported::<T>::iter_values().all(|one| one.reported <= now),
			"equivocations: reported in a block to come"
		);
		Ok(())
	}
}
