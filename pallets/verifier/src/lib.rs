//! # Verifier
//!
//! ## Overview
//! Keeps the verifying keys of circuits and checks Groth16 proofs and tensor commitments against
//! them. It has no calls: other pallets use it through [`Verify`] and weigh it with their own. A key is examined once, when it
//! enters; e(alpha, beta) is kept with it, so that a verification costs the same for all keys. So is a
//! point that commits to parameters, which is kept with its own pairing times that one.
//!
//! ## Terminology
//! - **circuit**: what a verifying key stands for; named by the hash of the key.
//! - **statement**: what a proof says, see [`zkml_primitives::Statement`].
//! - **instance**: what a verification is about: a statement with its tensors, or public inputs as they
//!   are, and the proof.
//!
//! ## Life of a key
//! `insert` (examined, stored) -> any number of `verify` -> `remove`. Who may do that, and for what
//! deposit, is the caller's business. Where parameters are a point they come and go likewise, under a key
//! that is there for as long: `insert_params` -> `verify_range` once, or never -> `verify` -> `remove_params`.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod batch;
mod keys;
mod try_state;
mod verify;

pub use batch::{settle_batch, Unverified, Work};
pub use pallet::*;
pub use try_state::broken;
pub use verify::{Instance, Verify};
// What is stored of a commitment to parameters, and paid for by whoever makes it.
pub use zkml_groth16::PreparedParams;

#[frame_support::pallet]
pub mod pallet {
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use zkml_groth16::PreparedKey;
	use zkml_host::Groth16;
	use zkml_primitives::{CircuitHash, Scalar};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// How proofs are checked: [`zkml_host::Default`] unless a test compares the two ways.
		type Crypto: Groth16;
	}

	/// Keys that were examined, by circuit.
	#[pallet::storage]
	pub type Keys<T: Config> = StorageMap<_, Identity, CircuitHash, PreparedKey>;

	/// Commitments to parameters that are points and were examined, by circuit and by what stands for them in
	/// a statement: [`zkml_primitives::ParamsCommitment::scalar`].
	#[pallet::storage]
	pub type Params<T: Config> =
		StorageDoubleMap<_, Identity, CircuitHash, Identity, Scalar, crate::PreparedParams>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The key is already stored.
		KeyAlreadyExists,
		/// No key is stored under this circuit hash.
		KeyNotFound,
		/// A point of the key has a coordinate at or above the field modulus.
		KeyPointNotCanonical,
		/// A point of the key is not on the curve.
		KeyPointNotOnCurve,
		/// A point of the key is outside the subgroup of prime order.
		KeyPointNotInSubgroup,
		/// A point of the key is the point at infinity.
		KeyPointIsIdentity,
		/// A delta is the generator: the setup is unfinished.
		KeyDeltaIsGenerator,
		/// gamma equals a delta up to sign: anyone could forge.
		KeyGammaEqualsDelta,
		/// The stored key cannot be read.
		KeyCorrupt,
		/// A point of the proof has a coordinate at or above the field modulus.
		ProofPointNotCanonical,
		/// A point of the proof is not on the curve.
		ProofPointNotOnCurve,
		/// A point of the proof is outside the subgroup of prime order.
		ProofPointNotInSubgroup,
		/// A point of the proof is the point at infinity.
		ProofPointIsIdentity,
		/// A public input is at or above the group order.
		InputNotCanonical,
		/// The pairing equation does not hold: the proof is not for this statement.
		ProofInvalid,
		/// Two deltas of the key are equal up to sign: a challenge could be evaded.
		KeyDeltasEqual,
		/// beta of the key is the generator, gamma or a delta up to sign: anyone could forge.
		KeyBetaNotItsOwn,
		/// The key has not one IC point for each input and the constant 1.
		KeyIcLength,
		/// The key is of the kind with rounds and has none.
		KeyWithoutRounds,
		/// The proof has not one commitment for each round of the key.
		ProofCommitmentCount,
		/// The key is of another kind than what is asked of it: a program's where a model's is expected,
		/// or the other way, or one that takes no parameters as a point.
		KeyKind,
		/// This point is stored already for the circuit.
		ParamsAlreadyExist,
		/// No commitment to these parameters is stored for the circuit.
		ParamsNotFound,
		/// The commitment to the parameters has a coordinate at or above the field modulus.
		ParamsNotCanonical,
		/// The commitment to the parameters is not on the curve.
		ParamsNotOnCurve,
		/// The commitment to the parameters is the point at infinity.
		ParamsAreIdentity,
		/// The proof that the parameters are in range is for other parameters, or for nothing.
		RangeInvalid,
	}
}
