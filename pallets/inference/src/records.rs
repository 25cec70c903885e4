//! Records: verified statements, once each.

use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{Consideration, Get},
};
use pallet_model_registry::ReadModels;
use pallet_verifier::{settle_batch, Unverified, Verify, Work};
use sp_runtime::DispatchError;
use zkml_primitives::{Action, Record, StatementId, Status, Submission, Visibility};

use crate::{
	check::{Inference, UnverifiedInference},
	deposits::record_footprint,
	Config, Consumers, Deposit, Error, Event, ForRecord, Inputs, Pallet, ReadRecords, RecordOf,
	Records, Results,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_submit(
		who: T::AccountId,
		submission: Submission<T::AccountId>,
	) -> Result<StatementId, DispatchError> {
		let unverified = Self::submission(&who, submission)?;
		T::Verifier::verify(unverified.instance())?;
		Self::record(who, unverified)
	}

	pub(crate) fn do_submit_batch(
		who: T::AccountId,
		submissions: &[Submission<T::AccountId>],
	) -> Work {
		settle_batch::<T::Verifier, _, _>(
			(0..).zip(submissions.iter().map(|given| Self::submission(&who, given.clone()))),
			|unverified| Self::record(who.clone(), unverified).map(drop),
			|index, error| Self::deposit_event(Event::SubmissionRefused { index, error }),
		)
	}

	/// Everything that can be refused without a look at the proof.
	pub(crate) fn submission(
		who: &T::AccountId,
		submission: Submission<T::AccountId>,
	) -> Result<UnverifiedInference<T::AccountId>, DispatchError> {
		let Submission { model, version, nonce, expiry, beneficiary, inputs, outputs, ctx, proof } =
			submission;
		let view = T::Models::version(model, version).ok_or(Error::<T>::VersionNotFound)?;
		ensure!(view.status == Status::Active, Error::<T>::VersionDeprecated);
		Self::ensure_ahead(expiry)?;
		T::Verifier::ensure_commitments(view.rounds, &proof)?;
		let inputs = Self::check_inputs(&view, &inputs)?;
		for (digest, seen_by) in inputs.digests.iter().zip(&inputs.seen_by) {
			let announced = || Inputs::<T>::contains_key(who, digest);
			let known = *seen_by == Visibility::Public || announced();
			ensure!(known, Error::<T>::InputNotCommitted);
		}
		let (action, asked) = (Action::Submit(nonce), Self::here());
		let inference = Inference {
			model,
			version,
			action,
			beneficiary,
			expiry,
			inputs,
			outputs,
			ctx,
			proof,
			asked,
		};
		Self::examine(view, inference)
	}

	/// Puts an inference whose proof holds on record, at the submitter's deposit.
	pub(crate) fn record(
		submitter: T::AccountId,
		verified: UnverifiedInference<T::AccountId>,
	) -> Result<StatementId, DispatchError> {
		let UnverifiedInference { version, inference, statement, .. } = verified;
		let id = statement.id();
		// Another of the same batch may have come first.
		ensure!(!Records::<T>::contains_key(id), Error::<T>::AlreadyRecorded);
		let count = statement.inputs.len();
		let footprint = record_footprint::<T>(version.setup.level, count, &inference.outputs);
		let deposit = Self::hold::<ForRecord<T>>(&submitter, footprint)?;
		let record = Record {
			model: inference.model,
			version: inference.version,
			circuit: statement.circuit,
			params: statement.params,
			params_range: version.params_range,
			description: version.hash,
			inputs: statement.inputs,
			input_visibilities: inference.inputs.seen_by,
			outputs: inference.outputs,
			ctx: statement.ctx,
			action: inference.action,
			beneficiary: inference.beneficiary,
			setup: version.setup,
			proved: Self::here(),
			asked: inference.asked,
			expiry: inference.expiry,
			depositor: submitter,
			deposit,
		};
		Records::<T>::insert(id, &record);
		Self::deposit_event(Event::Verified {
			statement: id,
			model: record.model,
			version: record.version,
			action: record.action,
			beneficiary: record.beneficiary.clone(),
			outputs: record.outputs.clone(),
		});
		for error in T::Consumers::tell(id, &record) {
			Self::deposit_event(Event::ConsumerFailed { statement: id, error });
		}
		Ok(id)
	}

	pub(crate) fn do_prune(statement: StatementId) -> DispatchResult {
		let record = Records::<T>::take(statement).ok_or(Error::<T>::RecordNotFound)?;
		let mut until = record.expiry;
		if let Action::Answer(request) = record.action {
			// An answer may come when the expiry has passed, if time decides. It was paid for, and whoever
			// brought it must not take it away at once.
			until = until.max(record.proved.block.saturating_add(T::RecordLife::get()));
			Results::<T>::remove(request);
		}
		ensure!(until < Self::now(), Error::<T>::RecordLive);
		record.deposit.drop(&record.depositor)?;
		Self::deposit_event(Event::Pruned { statement });
		Ok(())
	}
}

impl<T: Config> ReadRecords<T::AccountId, Deposit<T, ForRecord<T>>> for Pallet<T> {
	fn record(statement: StatementId) -> Option<RecordOf<T>> {
		Records::<T>::get(statement)
	}
}
