//! # Model registry
//!
//! ## Overview
//! Who owns which model, in which versions. A version is a circuit (a verifying key) and a
//! commitment to the parameters; the registry also keeps what a user must know to ask and a prover
//! to answer: shapes, ranges, scales, labels, where the files are, and how accurate the owner
//! claims it is.
//!
//! ## Terminology
//! - **circuit**: a verifying key, named by its hash. Whoever ran its setup alone can forge any proof
//!   under it.
//! - **claim**: what the publisher of a version says of that setup ([`zkml_primitives::SetupClaim`]).
//!   It is said of this version alone, and it is somebody's word: a consumer trusts a *circuit* whose
//!   transcript it checked, never a claim.
//! - **range proof**: that parameters which are a point are within their widths. Without one a version says
//!   of itself that this is not proved.
//! - **possession**: a proof made for the registration itself. Its context names the registrant, so
//!   that nobody can register what they cannot prove.
//!
//! ## Life of a model
//! `register_circuit` -> `register` (version 1) -> `publish` (versions 2, 3, ...) -> `deprecate` each
//! -> `remove`. Deposits are held while an item exists and go back to whoever paid them.
//!
//! A circuit's registrant has no say over what others do with it: they say nothing of its setup, and
//! can remove it only while no version uses it. Who finds it gone registers it, in front of the version.
//!
//! ## Dependencies
//! A [`pallet_verifier::Verify`] for keys and proofs, a fungible currency with holds.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod circuits;
mod cost;
mod deposits;
mod models;
mod read;
mod try_state;
mod types;
pub mod weights;

pub use deposits::{Deposit, ForCircuit, ForModel, ForVersion};
pub use pallet::*;
pub use read::{Models as ReadModels, VersionView};
pub use types::{Circuit, ModelDetails, VersionDetails};
pub use weights::WeightInfo;

#[allow(clippy::large_enum_variant)] // calls are decoded one at a time
#[frame_support::pallet]
pub mod pallet {
	use super::{
		cost,
		deposits::{Deposit, ForCircuit, ForModel, ForVersion},
		types::*,
		WeightInfo,
	};
	use frame_support::{pallet_prelude::*, traits::fungible};
	use frame_system::pallet_prelude::*;
	use pallet_verifier::Verify;
	use zkml_primitives::{
		CircuitHash, CircuitKey, ModelId, ModelVersion, Possession, RangeProof, Share,
	};

	/// The balance type of the currency.
	pub type BalanceOf<T> = <<T as Config>::Currency as fungible::Inspect<
		<T as frame_system::Config>::AccountId,
	>>::Balance;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The token of which the deposits are held.
		type Currency: fungible::Mutate<Self::AccountId, Balance: From<u64>>
			+ fungible::hold::Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason>;
		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;
		/// Checks keys and proofs.
		type Verifier: Verify;
		/// Deposit for each item.
		#[pallet::constant]
		type DepositBase: Get<BalanceOf<Self>>;
		/// Deposit for each byte of an item.
		#[pallet::constant]
		type DepositPerByte: Get<BalanceOf<Self>>;
		/// Blocks between the last deprecation of a version and the removal of its model. With fewer than a request
		/// can be open an owner could take the model away from under an answer that is readable in the pool.
		#[pallet::constant]
		type RemovalDelay: Get<u32>;
		/// Most versions a model may have.
		#[pallet::constant]
		type MaxVersions: Get<u32>;
		/// The measured costs of this pallet's calls.
		type WeightInfo: WeightInfo;
	}

	/// Registered circuits; their keys are with the verifier.
	#[pallet::storage]
	pub type Circuits<T: Config> =
		StorageMap<_, Identity, CircuitHash, Circuit<T::AccountId, Deposit<T, ForCircuit<T>>>>;

	/// Registered models: their owners and what holds for all of their versions.
	#[pallet::storage]
	pub type Models<T: Config> =
		StorageMap<_, Identity, ModelId, ModelDetails<T::AccountId, Deposit<T, ForModel<T>>>>;

	/// Versions of models, by number from 1.
	#[pallet::storage]
	pub type Versions<T: Config> = StorageDoubleMap<
		_,
		Identity,
		ModelId,
		Twox64Concat,
		u32,
		VersionDetails<T::AccountId, Deposit<T, ForVersion<T>>>,
	>;

	/// Why funds are held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A circuit is stored.
		Circuit,
		/// A model is stored.
		Model,
		/// A version is stored.
		Version,
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A verifying key was accepted.
		CircuitRegistered {
			/// The circuit's name: the hash of the key.
			circuit: CircuitHash,
			/// The account that brought the key and paid its deposit.
			by: T::AccountId,
		},
		/// A verifying key was removed.
		CircuitRemoved {
			/// The circuit's name: the hash of the key.
			circuit: CircuitHash,
		},
		/// A model was registered, with version 1.
		Registered {
			/// The id of the new model.
			model: ModelId,
			/// The account that registered the model and owns it.
			owner: T::AccountId,
			/// The circuit of version 1.
			circuit: CircuitHash,
		},
		/// A further version was published.
		Published {
			/// The model of which it is a version.
			model: ModelId,
			/// The number of the version.
			version: u32,
			/// The circuit of the version.
			circuit: CircuitHash,
		},
		/// A version takes no new work.
		Deprecated {
			/// The model of which it is a version.
			model: ModelId,
			/// The number of the version.
			version: u32,
		},
		/// A model has another owner.
		Transferred {
			/// The model that was handed over.
			model: ModelId,
			/// The owner before, who handed it over.
			from: T::AccountId,
			/// The owner from now on.
			to: T::AccountId,
		},
		/// The owner's part of each price changed, for requests made from now on.
		ShareSet {
			/// The model whose share it is.
			model: ModelId,
			/// The owner's part of each price, in millionths.
			share: Share,
		},
		/// A model and all its versions are gone.
		Removed {
			/// The id that the model had.
			model: ModelId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The key is of a program that is no model.
		KeyKind,
		/// No circuit of this hash is registered.
		CircuitNotFound,
		/// A version still uses the circuit.
		CircuitInUse,
		/// Only whoever registered the circuit may remove it.
		NotRegistrant,
		/// No model of this id is registered.
		ModelNotFound,
		/// This owner registered the same circuit and parameters before.
		ModelAlreadyExists,
		/// Only the owner of the model may do this.
		NotOwner,
		/// The model has no version of this number.
		VersionNotFound,
		/// The version is deprecated already.
		VersionDeprecated,
		/// The model has as many versions as it may have.
		TooManyVersions,
		/// All versions must be deprecated before the model can be removed.
		VersionActive,
		/// A version was deprecated less than `RemovalDelay` blocks ago, and requests may be open.
		RemovalTooSoon,
		/// The owner's share is more than the whole, a million.
		ShareTooLarge,
		/// A tensor's width is not 1 to 32 bits.
		TensorWidth,
		/// A tensor has a zero dimension, or more elements than a tensor may have.
		TensorShape,
		/// A tensor's range is empty or does not fit its width.
		TensorRange,
		/// A tensor has scales along an axis that it does not have.
		TensorAxis,
		/// A tensor has another number of scales than the axis is long.
		TensorScales,
		/// A scale of a tensor is zero.
		TensorMantissa,
		/// The commitment to the parameters is at or above the group order.
		ParamsNotCanonical,
		/// The proof of possession has expired.
		PossessionExpired,
		/// A label, the URI, the accuracy claim or the name of a tensor is no plain text of one line: not
		/// UTF-8, or with characters that move a cursor or turn the direction of writing.
		TextNotPlain,
		/// The account cannot afford the deposit.
		CannotAfford,
		/// The version's parameters are a point and its circuit takes them otherwise, or the other way.
		ParamsKind,
		/// The version's parameters are a point and it says that they are public.
		ParamsNotPrivate,
		/// A proof of range came for parameters that are no point, whose ranges need none.
		RangeNotTaken,
		/// The version has no inputs, or no outputs.
		NoTensors,
		/// An input or output has no name.
		TensorUnnamed,
		/// Two inputs, or two outputs, have the same name.
		TensorNamedTwice,
		/// The proof of possession is of another number of inputs or outputs than the version has.
		PossessionCount,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = T::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Registers a verifying key. How its setup was run is for each version on it to say.
		#[pallet::call_index(0)]
		#[pallet::weight(cost::register_circuit::<T>(key))]
		pub fn register_circuit(origin: OriginFor<T>, key: CircuitKey) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register_circuit(who, key)
		}

		/// Removes a verifying key that no version uses, and returns its deposit.
		#[pallet::call_index(1)]
		pub fn remove_circuit(origin: OriginFor<T>, circuit: CircuitHash) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove_circuit(who, circuit)
		}

		/// Registers a model with its first version. `owner_share` is the owner's part of each
		/// price, in millionths; `possession` is a proof with context `Register`. `range` is for parameters
		/// that are a point: with it the chain knows that they are within their widths.
		#[pallet::call_index(2)]
		#[pallet::weight(cost::register::<T>(version, possession, range))]
		pub fn register(
			origin: OriginFor<T>,
			version: ModelVersion,
			owner_share: Share,
			possession: Possession,
			range: Option<RangeProof>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register(who, version, owner_share, possession, range)
		}

		/// Publishes the next version of a model; `possession` is a proof with context `Publish`, and
		/// `range` as of [`Pallet::register`].
		#[pallet::call_index(3)]
		#[pallet::weight(cost::publish::<T>(version, possession, range))]
		pub fn publish(
			origin: OriginFor<T>,
			model: ModelId,
			version: ModelVersion,
			possession: Possession,
			range: Option<RangeProof>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_publish(who, model, version, possession, range)
		}

		/// Closes a version to new work. Requests opened before can still be answered.
		#[pallet::call_index(4)]
		pub fn deprecate(origin: OriginFor<T>, model: ModelId, version: u32) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_deprecate(who, model, version)
		}

		/// Gives a model to another account. Deposits stay with whoever paid them.
		#[pallet::call_index(5)]
		pub fn transfer(origin: OriginFor<T>, model: ModelId, to: T::AccountId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_transfer(who, model, to)
		}

		/// Sets the owner's part of the price of requests made from now on, in millionths.
		#[pallet::call_index(6)]
		pub fn set_share(origin: OriginFor<T>, model: ModelId, share: Share) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_share(who, model, share)
		}

		/// Removes a model whose versions are all deprecated, the last of them at least `RemovalDelay` blocks ago, and
		/// returns the deposits. Requests that are still open can then only be refunded.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::remove(T::MaxVersions::get()))]
		pub fn remove(origin: OriginFor<T>, model: ModelId) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let versions = Self::do_remove(who, model)?;
			Ok(Some(T::WeightInfo::remove(versions)).into())
		}
	}
}
