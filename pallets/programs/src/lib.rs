//! # Programs
//!
//! ## Overview
//! Groth16 proofs of other tools: circom and snarkjs, gnark, arkworks, RISC Zero, SP1. A program is
//! registered with its key, its proofs are verified, and what they show is kept on record. None of
//! this is about a model: a program's key is no model's key, and its record is in this pallet alone.
//!
//! ## Terminology
//! - **program**: a verifying key, what the tool fixes beside it ([`zkml_programs::ProgramKind`]), and
//!   who registered it: a zkVM's key is the same for everybody, and what one says of its setup
//!   ([`zkml_primitives::SetupClaim`]) is not said for the next.
//! - **claim**: what a proof is said to show ([`zkml_programs::Claim`]).
//! - **bound**: a program may say where in its public data a context stands
//!   ([`zkml_programs::ProgramId::context`]).
//!   Then a claim counts for one chain, use and beneficiary, up to a block. A claim of a program
//!   that is not bound counts for whoever brings it first.
//!
//! ## Life of a program
//! `register_key` -> `register` -> any number of `submit` -> `remove`, when no record is left. A claim
//! is recorded once, however many proofs of it exist. The record of a bound claim can be pruned once
//! its context has expired, when it can no longer come; others stay, at their submitter's deposit.
//!
//! A key's registrant has no say over what others do with it, and can remove it only while no program
//! uses it. Who finds it gone registers it, in front of the program.
//!
//! ## Dependencies
//! A [`pallet_verifier::Verify`] for keys and proofs, a fungible currency with holds.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
pub mod cost;
mod deposits;
mod programs;
mod records;
mod try_state;
mod types;
pub mod weights;

pub use deposits::{Deposit, ForKey, ForProgram, ForRecord};
pub use pallet::*;
pub use types::{KeyDetails, ProgramDetails};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
	use super::{
		cost,
		deposits::{Deposit, ForKey, ForProgram, ForRecord},
		types::*,
		WeightInfo,
	};
	use frame_support::{pallet_prelude::*, traits::fungible};
	use frame_system::pallet_prelude::*;
	use pallet_verifier::Verify;
	use zkml_primitives::{CircuitHash, ProgramKey, SetupLevel, StatementId, MAX_BATCH};
	use zkml_programs::{ContextPlace, ProgramId, ProgramKind, ProgramRecord, ProgramSubmission};

	/// The balance type of the currency.
	pub type BalanceOf<T> = <<T as Config>::Currency as fungible::Inspect<
		<T as frame_system::Config>::AccountId,
	>>::Balance;
	/// A record as stored.
	pub type RecordOf<T> =
		ProgramRecord<<T as frame_system::Config>::AccountId, Deposit<T, ForRecord<T>>>;

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
		/// Most blocks that the expiry of a bound claim may lie ahead.
		#[pallet::constant]
		type MaxHorizon: Get<u32>;
		/// The measured costs of this pallet's calls.
		type WeightInfo: WeightInfo;
	}

	/// Registered keys; the keys themselves are with the verifier.
	#[pallet::storage]
	pub type Keys<T: Config> =
		StorageMap<_, Identity, CircuitHash, KeyDetails<T::AccountId, Deposit<T, ForKey<T>>>>;

	/// Registered programs: their keys and what is fixed beside them.
	#[pallet::storage]
	pub type Programs<T: Config> =
		StorageMap<_, Identity, ProgramId, ProgramDetails<T::AccountId, Deposit<T, ForProgram<T>>>>;

	/// Claims that were verified, by statement.
	#[pallet::storage]
	pub type Records<T: Config> = StorageMap<_, Identity, StatementId, RecordOf<T>>;

	/// Why funds are held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A key is stored.
		Key,
		/// A program is stored.
		Program,
		/// A record is stored.
		Record,
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A key was accepted.
		KeyRegistered {
			/// The name of the key: its hash.
			key: CircuitHash,
			/// The account that brought the key and paid its deposit.
			by: T::AccountId,
		},
		/// A key was removed.
		KeyRemoved {
			/// The name of the key: its hash.
			key: CircuitHash,
		},
		/// A program was registered.
		Registered {
			/// The id of the new program.
			program: ProgramId,
			/// The name of the key that its proofs are verified under.
			key: CircuitHash,
			/// The account that registered the program and paid its deposit.
			by: T::AccountId,
		},
		/// A program was removed.
		Removed {
			/// The id that the program had.
			program: ProgramId,
		},
		/// A claim was verified and recorded.
		Verified {
			/// The id of the statement that was proved, and the key of its record.
			statement: StatementId,
			/// The program that the claim is about.
			program: ProgramId,
			/// The account that brought the proof and pays for the record.
			submitter: T::AccountId,
		},
		/// One of several submissions was refused; the others stand.
		SubmissionRefused {
			/// Its place in the call, from 0.
			index: u32,
			/// The reason for which it was refused.
			error: DispatchError,
		},
		/// A record was removed and its deposit returned.
		Pruned {
			/// The id of the statement whose record is gone.
			statement: StatementId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// No key of this hash is registered here.
		KeyNotFound,
		/// A program still uses the key.
		KeyInUse,
		/// Only whoever registered the item may remove it.
		NotRegistrant,
		/// No program of this id is registered.
		ProgramNotFound,
		/// The same account registered the same program before.
		ProgramAlreadyExists,
		/// A record of the program is left.
		ProgramInUse,
		/// The key has another number of inputs than the tool's claims.
		InputCount,
		/// A public input, or a number that is fixed of a program, is at or above the group order.
		NotCanonical,
		/// The place of the context is not in the program's public data.
		NoPlaceForContext,
		/// The claim is of another tool than the program.
		ClaimOfAnotherTool,
		/// The selector is not of the program's release.
		SelectorMismatch,
		/// The program ended with an error.
		ExitCodeNotZero,
		/// The proof went through recursion programs of another release.
		VkRootMismatch,
		/// The program is bound and the submission says nothing of a context, or the other way.
		ContextMissing,
		/// The public data has another context: another chain, program, use, beneficiary or expiry.
		ContextMismatch,
		/// The expiry has passed already.
		Expired,
		/// The expiry lies further ahead than `MaxHorizon` blocks.
		TooFarAhead,
		/// The same claim is on record.
		AlreadyRecorded,
		/// No such statement is on record.
		RecordNotFound,
		/// The record's claim could still come again.
		RecordLive,
		/// The account cannot afford the deposit.
		CannotAfford,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = <T as Config>::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Registers a key. How its setup was run is for each program on it to say.
		#[pallet::call_index(0)]
		#[pallet::weight(<T as Config>::WeightInfo::register_key(key.ic.len() as u32))]
		pub fn register_key(origin: OriginFor<T>, key: ProgramKey) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register_key(who, key)
		}

		/// Removes a key that no program uses, and returns its deposit.
		#[pallet::call_index(1)]
		pub fn remove_key(origin: OriginFor<T>, key: CircuitHash) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove_key(who, key)
		}

		/// Registers a program on a key. `context` is where its public data has a context, if it has;
		/// `setup` is what the caller says of the key's setup, for this program and its records.
		#[pallet::call_index(2)]
		pub fn register(
			origin: OriginFor<T>,
			key: CircuitHash,
			kind: ProgramKind,
			context: Option<ContextPlace>,
			setup: SetupLevel,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register(who, key, kind, context, setup)
		}

		/// Removes a program without records, and returns its deposit.
		#[pallet::call_index(3)]
		pub fn remove(origin: OriginFor<T>, program: ProgramId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove(who, program)
		}

		/// Puts a claim on record that the proof shows.
		#[pallet::call_index(4)]
		#[pallet::weight(cost::submission::<T>(submission))]
		pub fn submit(
			origin: OriginFor<T>,
			submission: ProgramSubmission<T::AccountId>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_submit(who, submission)?;
			Ok(())
		}

		/// Puts several on record, whose proofs are checked together. Each stands or falls alone;
		/// refused ones leave an event.
		#[pallet::call_index(5)]
		#[pallet::weight(cost::submissions::<T>(submissions, None))]
		pub fn submit_batch(
			origin: OriginFor<T>,
			submissions: BoundedVec<ProgramSubmission<T::AccountId>, ConstU32<MAX_BATCH>>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			let work = Self::do_submit_batch(who, &submissions);
			Ok(Some(cost::submissions::<T>(&submissions, Some(work))).into())
		}

		/// Removes the record of a claim whose context has expired, and returns its deposit. Anyone may
		/// call.
		#[pallet::call_index(6)]
		pub fn prune(origin: OriginFor<T>, statement: StatementId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_prune(statement)
		}
	}
}
