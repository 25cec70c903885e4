//! What others read: the inference pallet through [`Models`], clients through the runtime API.

use alloc::vec::Vec;

use pallet_verifier::Verify;
use zkml_primitives::{
	CircuitHash, CircuitInfo, Model, ModelId, ModelVersion, ParamsRange, SetupClaim, Share, Status,
	VersionInfo, MAX_PAGE,
};

use crate::{Circuits, Config, Pallet, Versions};

/// A version as the inference pallet needs it.
pub struct VersionView<AccountId> {
	/// All that its publisher says of it, as it was published.
	pub description: ModelVersion,
	/// [`ModelVersion::hash`] of the description.
	pub hash: [u8; 32],
	/// Whether new work is taken.
	pub status: Status,
	/// Who could forge its proofs, as whoever published it says.
	pub setup: SetupClaim<AccountId>,
	/// Whether its parameters are known to be within their widths.
	pub params_range: ParamsRange,
	/// Commit rounds of its circuit's key; none if it is plain.
	pub rounds: u32,
	/// The account that owns the model.
	pub owner: AccountId,
	/// The owner's part of each price, in millionths.
	pub owner_share: Share,
}

/// Reads versions of models from the registry, for other pallets.
pub trait Models<AccountId> {
	/// A version and what the model says of all versions; three reads.
	fn version(model: ModelId, number: u32) -> Option<VersionView<AccountId>>;

	/// The hash of the chain's block 0.
	fn genesis() -> [u8; 32];

	/// Registers a model on a trapdoor key, for the benchmarks of other pallets, with as many scales
	/// as there may be.
	#[cfg(feature = "runtime-benchmarks")]
	fn register_for_benchmark(
		owner: AccountId,
		trapdoor: &zkml_trapdoor::Trapdoor,
		version: ModelVersion,
	) -> ModelId;
}

impl<T: Config> Models<T::AccountId> for Pallet<T> {
	fn version(model: ModelId, number: u32) -> Option<VersionView<T::AccountId>> {
		let details = crate::Models::<T>::get(model)?;
		let version = Versions::<T>::get(model, number)?;
		let circuit = Circuits::<T>::get(version.description.circuit)?;
		Some(VersionView {
			setup: version.setup(),
			description: version.description,
			hash: version.hash,
			status: version.status,
			params_range: version.params_range,
			rounds: circuit.rounds,
			owner: details.owner,
			owner_share: details.owner_share,
		})
	}

	fn genesis() -> [u8; 32] {
		Self::genesis()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn register_for_benchmark(
		owner: T::AccountId,
		trapdoor: &zkml_trapdoor::Trapdoor,
		version: ModelVersion,
	) -> ModelId {
		crate::benchmarking::register_largest::<T>(owner, trapdoor, version)
	}
}

impl<T: Config> Pallet<T> {
	/// A circuit's key, who brought it and how many versions use it: `ModelRegistryApi::circuit`.
	pub fn circuit_info(circuit: CircuitHash) -> Option<CircuitInfo<T::AccountId>> {
		let details = Circuits::<T>::get(circuit)?;
		let key = T::Verifier::key(circuit)?;
		Some(CircuitInfo { key, registrant: details.registrant, users: details.users })
	}

	/// A model with all its versions: `ModelRegistryApi::model`.
	pub fn model_info(id: ModelId) -> Option<Model<T::AccountId>> {
		let details = crate::Models::<T>::get(id)?;
		let versions = (1..=details.latest)
			.filter_map(|number| {
				let version = Versions::<T>::get(id, number)?;
				Some(VersionInfo {
					number,
					setup: version.setup(),
					description: version.description,
					status: version.status,
					params_range: version.params_range,
				})
			})
			.collect();
		Some(Model { id, owner: details.owner, owner_share: details.owner_share, versions })
	}

	/// Up to `limit` ids of models after `start`, in storage order: `ModelRegistryApi::models`.
	pub fn model_ids(start: Option<ModelId>, limit: u32) -> Vec<ModelId> {
		let keys = match start {
			Some(start) => {
				crate::Models::<T>::iter_keys_from(crate::Models::<T>::hashed_key_for(start))
			}
			None => crate::Models::<T>::iter_keys(),
		};
		keys.take(limit.min(MAX_PAGE) as usize).collect()
	}
}
