//! What clients read through the runtime API.

use alloc::vec::Vec;

use frame_support::storage::{with_transaction, TransactionOutcome};
use pallet_model_registry::ReadModels;
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError};
use zkml_primitives::{
	prover_api::ProveJob, Answer, Refusal, RequestId, StatementId, Submission, MAX_PAGE,
};

use crate::{Config, Pallet, RecordOf, Records, RequestOf, Requests, Results};

impl<T: Config> Pallet<T> {
	/// See `InferenceApi::open_requests`.
	pub fn open_requests(start: Option<RequestId>, limit: u32) -> Vec<(RequestId, RequestOf<T>)> {
		let after = match start {
			Some(id) => Requests::<T>::iter_from(Requests::<T>::hashed_key_for(id)),
			None => Requests::<T>::iter(),
		};
		after.take(limit.min(MAX_PAGE) as usize).collect()
	}

	/// See `InferenceApi::result`.
	pub fn result(request: RequestId) -> Option<(StatementId, RecordOf<T>)> {
		let statement = Results::<T>::get(request)?;
		Some((statement, Records::<T>::get(statement)?))
	}

	/// See `InferenceApi::job`.
	pub fn job(id: RequestId, beneficiary: T::AccountId) -> Option<ProveJob<T::AccountId>> {
		let request = Requests::<T>::get(id)?;
		let worth = Self::worth(&request).unique_saturated_into();
		Some(ProveJob::new(T::Models::genesis(), id, request, beneficiary, worth))
	}

	/// See `InferenceApi::check_answer`. The beneficiary stands for the submitter, who needs funds
	/// for the record's deposit.
	pub fn check_answer(answer: Answer<T::AccountId>) -> Result<StatementId, Refusal> {
		dry_run(|| Self::do_answer(answer.beneficiary.clone(), answer))
	}

	/// See `InferenceApi::check_submission`.
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
