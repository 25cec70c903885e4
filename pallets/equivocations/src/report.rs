//! Reports, from the proof in a node's hand to what is remembered.

use alloc::boxed::Box;

use frame_support::{ensure, traits::ConstU64};
use frame_system::{offchain::SubmitTransaction, pallet_prelude::BlockNumberFor};
use pallet_grandpa::Error as GrandpaError;
use sp_consensus_grandpa::{check_equivocation_proof, AuthorityId, EquivocationProof};
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};
use sp_staking::offence::OffenceReportSystem;

use crate::{Config, Equivocation, Event, InState, Pallet, Reported};

/// The target of what the node's log gets from here.
const LOG: &str = "runtime::equivocations";

/// What is claimed, and that it is about an authority.
type Evidence<T> =
	(EquivocationProof<<T as frame_system::Config>::Hash, BlockNumberFor<T>>, InState);

impl<T: Config> Pallet<T> {
	/// Whether the key is that of an authority of now.
	fn is_authority(key: &AuthorityId) -> bool {
		pallet_grandpa::Pallet::<T>::grandpa_authorities().iter().any(|(one, _)| one == key)
	}

	/// Whether the votes are of the set of authorities of now: of an earlier one nobody knows the keys.
	fn is_of_now(proof: &EquivocationProof<T::Hash, BlockNumberFor<T>>) -> bool {
		proof.set_id() == pallet_grandpa::Pallet::<T>::current_set_id()
	}
}

impl<T: Config> OffenceReportSystem<Option<T::AccountId>, Evidence<T>> for Pallet<T> {
	/// A report is good for a minute; the next block of whoever made it takes it.
	type Longevity = ConstU64<10>;

	fn publish_evidence((proof, key): Evidence<T>) -> Result<(), ()> {
		log::warn!(
			target: LOG,
			"Authority {:?} voted twice in round {}: reporting it",
			proof.offender(),
			proof.round()
		);
		let call = pallet_grandpa::Call::report_equivocation_unsigned {
			equivocation_proof: Box::new(proof),
			key_owner_proof: key,
		};
		SubmitTransaction::<T, pallet_grandpa::Call<T>>::submit_transaction(T::create_bare(
			call.into(),
		))
	}

	fn check_evidence((proof, InState): Evidence<T>) -> Result<(), TransactionValidityError> {
		let offender = proof.offender();
		ensure!(
			Self::is_authority(offender) && Self::is_of_now(&proof),
			InvalidTransaction::BadProof
		);
		ensure!(!Reported::<T>::contains_key(offender), InvalidTransaction::Stale);
		ensure!(check_equivocation_proof(proof), InvalidTransaction::BadProof);
		Ok(())
	}

	fn process_evidence(
		_reporter: Option<T::AccountId>,
		(proof, InState): Evidence<T>,
	) -> Result<(), DispatchError> {
		let authority = proof.offender().clone();
		let (set, round) = (proof.set_id(), proof.round());
		ensure!(Self::is_authority(&authority), GrandpaError::<T>::InvalidKeyOwnershipProof);
		ensure!(
			!Reported::<T>::contains_key(&authority),
			GrandpaError::<T>::DuplicateOffenceReport
		);
		ensure!(
			Self::is_of_now(&proof) && check_equivocation_proof(proof),
			GrandpaError::<T>::InvalidEquivocationProof
		);
		log::warn!(target: LOG, "Authority {authority:?} voted twice in round {round}: on record");
		let reported = frame_system::Pallet::<T>::block_number();
		Reported::<T>::insert(&authority, Equivocation { set, round, reported });
		Self::deposit_event(Event::Equivocated { authority, set, round });
		Ok(())
	}
}
