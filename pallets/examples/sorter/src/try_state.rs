//! What always holds of what is stored.

use alloc::{collections::BTreeMap, vec::Vec};

use frame_support::{
	ensure,
	traits::{GetStorageVersion, StorageVersion},
};
use sp_runtime::TryRuntimeError;
use zkml_primitives::{Scalar, Tensors};

use crate::{Bins, Config, Counted, Pallet, Shift};

impl<T: Config> Pallet<T> {
	/// Checks that the storage is of this version, that each label in the bins is that of one input, and
	/// that nothing was counted in a shift to come.
	///
	/// # Errors
	///
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let version: StorageVersion = Self::on_chain_storage_version();
		ensure!(version == Self::in_code_storage_version(), "sorter: storage of another version");
		let now = Shift::<T>::get();
		let mut inputs = BTreeMap::<u32, Vec<Tensors<Scalar>>>::new();
		for (shift, input) in Counted::<T>::iter_keys() {
			inputs.entry(shift).or_default().push(input);
		}
		ensure!(inputs.keys().all(|shift| *shift <= now), "sorter: counted in a shift to come");
		let counted = inputs.get(&now).map_or(0, Vec::len) as u64;
		let in_bins = Bins::<T>::iter_values().fold(0u64, u64::saturating_add);
		ensure!(
			counted == in_bins,
			"sorter: the bins hold another number than inputs were counted"
		);
		Ok(())
	}
}
