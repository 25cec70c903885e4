//! What always holds of what is stored.

use alloc::collections::BTreeMap;

use frame_support::{ensure, traits::GetStorageVersion};
use pallet_verifier::broken;
use sp_runtime::TryRuntimeError;
use zkml_primitives::CircuitHash;
use zkml_programs::ProgramId;

use crate::{Config, Keys, Pallet, Programs, Records};

impl<T: Config> Pallet<T> {
	/// Checks that the storage is of this version, that each key is a program's and has as many users as
	/// there are programs on it, and that each program is named by what it is and has as many records
	/// as there are.
	///
	/// # Errors
	///
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let version = Self::on_chain_storage_version();
		ensure!(version == Self::in_code_storage_version(), "programs: storage of another version");

		let mut users = BTreeMap::<CircuitHash, u32>::new();
		let mut records = BTreeMap::<ProgramId, u32>::new();
		for record in Records::<T>::iter_values() {
			let count = records.entry(record.program).or_default();
			*count = count.saturating_add(1);
		}
		for (id, program) in Programs::<T>::iter() {
			let own = ProgramId::derive(
				&program.registrant,
				program.key,
				&program.kind,
				&program.context,
			);
			ensure!(own == id, broken("programs: a program under another name than its own", &id));
			let count = records.remove(&id).unwrap_or_default();
			let words = "programs: a program with another number of records";
			ensure!(count == program.records, broken(words, &id));
			let users = users.entry(program.key).or_default();
			*users = users.saturating_add(1);
		}
		ensure!(records.is_empty(), broken("programs: records of no program", &records));
		for (hash, details) in Keys::<T>::iter() {
			Self::key(hash)
				.map_err(|_| broken("programs: a key that the verifier has not", &hash))?;
			let count = users.remove(&hash).unwrap_or_default();
			let words = "programs: a key with another number of users";
			ensure!(count == details.users, broken(words, &hash));
		}
		ensure!(users.is_empty(), broken("programs: programs on no key", &users));
		Ok(())
	}
}
