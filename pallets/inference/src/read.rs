//! What clients read through the runtime API.

use alloc::vec::Vec;

use frame_support::storage::{with_transaction, TransactionOutcome};
use pallet_model_registry::ReadModels;
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError};
use zkml_primitives::{
	prover_api::ProveJob, Answer, Refusal, RequestId, StatementId, Submission, MAX_PAGE,
};

use crate::{
	Config, FullRequestOf, Pallet, RecordOf, Records, RequestInputs, RequestOf, Requests, Results,
};

impl<T: Config> Pallet<T> {
	/// An open request with its inputs: `InferenceApi::request`.
	pub fn request_with_inputs(id: RequestId) -> Option<FullRequestOf<T>> {
		Some(Requests::<T>::get(id)?.with_inputs(RequestInputs::<T>::get(id)?))
	}

	/// Up to `limit` open requests after `start`, in storage order: `InferenceApi::open_requests`.
	pub fn open_requests(start: Option<RequestId>, limit: u32) -> Vec<(RequestId, RequestOf<T>)> {
		let after = match start {
			Some(id) => Requests::<T>::iter_from(Requests::<T>::hashed_key_for(id)),
			None => Requests::<T>::iter(),
		};
		after.take(limit.min(MAX_PAGE) as usize).collect()
	}

	/// The record that answered a request, and its statement: `InferenceApi::result`.
	pub fn result(request: RequestId) -> Option<(StatementId, RecordOf<T>)> {
		let statement = Results::<T>::get(request)?;
		Some((statement, Records::<T>::get(statement)?))
	}

	/// What to prove to answer a request for the good of `beneficiary`: `InferenceApi::job`.
	pub fn job(id: RequestId, beneficiary: T::AccountId) -> Option<ProveJob<T::AccountId>> {
		let request = Self::request_with_inputs(id)?;
		let worth = Self::worth(&request).unique_saturated_into();
		Some(ProveJob::new(T::Models::genesis(), id, request, beneficiary, worth))
	}

	/// See `InferenceApi::check_answer`. The beneficiary stands for the submitter, who needs funds
	/// for the record's deposit.
	///
	/// # Errors
	///
	/// If the answer would be refused: with the error that the call would fail with.
	pub fn check_answer(answer: Answer<T::AccountId>) -> Result<StatementId, Refusal> {
		dry_run(|| Self::do_answer(answer.beneficiary.clone(), answer, u32::MAX))
	}

	/// Whether a submission would be accepted now, by the same checks:
	/// `InferenceApi::check_submission`.
	///
	/// # Errors
	///
	/// If it would be refused: with the error that the call would fail with.
	pub fn check_submission(
		submitter: T::AccountId,
		submission: Submission<T::AccountId>,
	) -> Result<StatementId, Refusal> {
		dry_run(|| Self::do_submit(submitter, submission))
	}
}

/// Does the real thing and undoes it.
fn dry_run<R>(work: impl FnOnce() -> Result<R, DispatchError>) -> Result<R, Refusal> {
	with_transaction(|| TransactionOutcome::Rollback(Ok(work()))).unwrap_or_else(Err).map_err(
		|error: DispatchError| match error {
			DispatchError::Module(error) => Refusal {
				pallet: error.index,
				error: error.error.first().copied().unwrap_or(u8::MAX),
			},
			_ => Refusal { pallet: u8::MAX, error: u8::MAX },
		},
	)
}
