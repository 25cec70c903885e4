//! # Equivocations
//!
//! An authority that signs two different votes in one round of GRANDPA can help to make two chains final.
//! Every node that sees both votes has the proof in hand, and an authority among them puts it into its
//! next block, by the call `Grandpa.report_equivocation_unsigned`; anybody else can by
//! `report_equivocation`, which is free if the proof is right. This pallet checks such proofs and keeps, for each
//! authority, the first one: for all to see, and for those who decide about the authorities to act on.
//! Nobody is slashed, since nobody has a stake here.
//!
//! There are no sessions: the authorities are those in the state. So it is there that the key of who is
//! accused must stand, and nothing else is needed to prove whose it is ([`InState`]). The storage holds
//! no more entries than there are authorities.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod proof;
mod report;
mod try_state;

pub use pallet::*;
pub use proof::InState;

#[frame_support::pallet]
pub mod pallet {
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use sp_consensus_grandpa::{AuthorityId, RoundNumber, SetId};

	use super::InState;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// When an authority voted twice, and since when everybody knows.
	#[derive(
		Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
	)]
	pub struct Equivocation<BlockNumber> {
		/// The set of authorities that voted.
		pub set: SetId,
		/// The round of GRANDPA in which it voted twice, within its set.
		pub round: RoundNumber,
		/// The block with the report.
		pub reported: BlockNumber,
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config:
		frame_system::Config<RuntimeEvent: From<Event<Self>>>
		+ pallet_grandpa::Config<KeyOwnerProof = InState>
		+ frame_system::offchain::CreateBare<pallet_grandpa::Call<Self>>
	{
	}

	/// The first equivocation of each authority that was reported.
	#[pallet::storage]
	pub type Reported<T: Config> =
		StorageMap<_, Twox64Concat, AuthorityId, Equivocation<BlockNumberFor<T>>>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An authority voted twice in one round.
		Equivocated {
			/// The GRANDPA key of the authority.
			authority: AuthorityId,
			/// The set of authorities that voted.
			set: SetId,
			/// The round of GRANDPA in which it voted twice, within its set.
			round: RoundNumber,
		},
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
