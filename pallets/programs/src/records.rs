//! Records: verified claims, once each.

use alloc::vec::Vec;

use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{Consideration, Get},
};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_verifier::{settle_batch, Instance, Unverified, Verify, Work};
use sp_runtime::{
	traits::{UniqueSaturatedInto, Zero},
	DispatchError,
};
use zkml_primitives::{CircuitHash, Scalar, SetupClaim, StatementId};
use zkml_programs::{
	public_inputs, Bound, Claim, ContextPlace, ProgramId, ProgramRecord, ProgramSubmission,
};

use crate::{
	deposits::record_footprint, Config, Error, Event, ForRecord, Pallet, Programs, RecordOf,
	Records,
};

type SubmissionOf<T> = ProgramSubmission<<T as frame_system::Config>::AccountId>;

/// A claim that fits its program.
struct UnverifiedClaim<AccountId> {
	statement: StatementId,
	key: CircuitHash,
	setup: SetupClaim<AccountId>,
	inputs: Vec<Scalar>,
	submission: ProgramSubmission<AccountId>,
}

impl<AccountId> Unverified for UnverifiedClaim<AccountId> {
	type Source = CircuitHash;

	fn source(&self) -> CircuitHash {
		self.key
	}

	fn instance(&self) -> Instance<'_> {
		Instance::Program { circuit: self.key, inputs: &self.inputs, proof: &self.submission.proof }
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_submit(
		who: T::AccountId,
		given: SubmissionOf<T>,
	) -> Result<StatementId, DispatchError> {
		let unverified = Self::examine(given)?;
		T::Verifier::verify(unverified.instance())?;
		Self::record(who, unverified)
	}

	pub(crate) fn do_submit_batch(who: T::AccountId, given: &[SubmissionOf<T>]) -> Work {
		settle_batch::<T::Verifier, _, _>(
			(0..).zip(given.iter().cloned().map(Self::examine)),
			|unverified| Self::record(who.clone(), unverified).map(drop),
			|index, error| Self::deposit_event(Event::SubmissionRefused { index, error }),
		)
	}

	/// Everything that can be refused without a look at the proof.
	fn examine(
		submission: SubmissionOf<T>,
	) -> Result<UnverifiedClaim<T::AccountId>, DispatchError> {
		let ProgramSubmission { program, claim, bound, .. } = &submission;
		let details = Programs::<T>::get(program).ok_or(Error::<T>::ProgramNotFound)?;
		let key = Self::key(details.key)?;
		let inputs = public_inputs(&details.kind, &key, claim).map_err(Error::<T>::from)?;
		match (&details.context, bound) {
			(None, None) => {}
			(Some(place), Some(bound)) => Self::ensure_bound(*program, *place, claim, bound)?,
			_ => return Err(Error::<T>::ContextMissing.into()),
		}
		let statement = program.statement(claim);
		// Before the pairing: a replay costs the chain nothing more.
		ensure!(!Records::<T>::contains_key(statement), Error::<T>::AlreadyRecorded);
		let (key, setup) = (details.key, details.setup());
		Ok(UnverifiedClaim { statement, key, setup, inputs, submission })
	}

	/// Refuses a claim whose public data has not the context of this chain, program and bond.
	fn ensure_bound(
		program: ProgramId,
		place: ContextPlace,
		claim: &Claim,
		bound: &Bound<T::AccountId>,
	) -> DispatchResult {
		let now = Self::now();
		ensure!(bound.expiry >= now, Error::<T>::Expired);
		ensure!(bound.expiry - now <= T::MaxHorizon::get(), Error::<T>::TooFarAhead);
		let expected = Self::context(program, bound);
		let found = match (place, claim) {
			(ContextPlace::Input(index), Claim::Inputs(inputs)) => {
				inputs.get(usize::from(index)).map(|input| &input.0[..])
			}
			(
				ContextPlace::Bytes(start),
				Claim::Risc0 { journal: public, .. }
				| Claim::Sp1V5 { public_values: public, .. }
				| Claim::Sp1V6 { public_values: public, .. },
			) => {
				let start = start as usize;
				public.get(start..start.saturating_add(32))
			}
			_ => None,
		};
		ensure!(found == Some(&expected.0[..]), Error::<T>::ContextMismatch);
		Ok(())
	}

	/// The context that a claim of a bound program has to have in its public data.
	pub fn context(program: ProgramId, bound: &Bound<T::AccountId>) -> Scalar {
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let mut genesis = [0; 32];
		for (to, from) in genesis.iter_mut().zip(hash.as_ref()) {
			*to = *from;
		}
		program.context(genesis, bound)
	}

	/// Puts a claim whose proof holds on record, at the submitter's deposit.
	fn record(
		who: T::AccountId,
		unverified: UnverifiedClaim<T::AccountId>,
	) -> Result<StatementId, DispatchError> {
		let UnverifiedClaim { statement, setup, submission, .. } = unverified;
		// Another of the same batch may have come first.
		ensure!(!Records::<T>::contains_key(statement), Error::<T>::AlreadyRecorded);
		let ProgramSubmission { program, claim, bound, .. } = submission;
		Programs::<T>::try_mutate(program, |details| {
			let details = details.as_mut().ok_or(Error::<T>::ProgramNotFound)?;
			details.records = details.records.saturating_add(1);
			Ok::<_, DispatchError>(())
		})?;
		let deposit = Self::hold::<ForRecord<T>>(&who, record_footprint(&claim, &bound))?;
		let (block, depositor) = (Self::now(), who.clone());
		let record = ProgramRecord { program, claim, bound, setup, block, depositor, deposit };
		Records::<T>::insert(statement, record);
		Self::deposit_event(Event::Verified { statement, program, submitter: who });
		Ok(statement)
	}

	pub(crate) fn do_prune(statement: StatementId) -> DispatchResult {
		let record = Records::<T>::take(statement).ok_or(Error::<T>::RecordNotFound)?;
		let gone = record.bound.as_ref().is_some_and(|bound| bound.expiry < Self::now());
		ensure!(gone, Error::<T>::RecordLive);
		Programs::<T>::mutate_extant(record.program, |details| {
			details.records = details.records.saturating_sub(1);
		});
		record.deposit.drop(&record.depositor)?;
		Self::deposit_event(Event::Pruned { statement });
		Ok(())
	}

	/// The record of a statement, for other pallets and clients.
	pub fn record_of(statement: StatementId) -> Option<RecordOf<T>> {
		Records::<T>::get(statement)
	}

	fn now() -> u32 {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}
}
