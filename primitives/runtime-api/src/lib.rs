//! How clients read the chain. polkadot.js decorates these from metadata, with no custom types.
//!
//! Each call answers from the state of one block; dry runs go through the code that dispatch uses.
#![cfg_attr(not(feature = "std"), no_std)]
// The macro repeats the bounds in what it writes.
#![allow(clippy::multiple_bound_locations)]

extern crate alloc;

use alloc::vec::Vec;

use codec::Codec;
use zkml_primitives::{
	prover_api::ProveJob, Activity, Answer, CircuitHash, CircuitInfo, InferenceItem, Model,
	ModelId, Rank, Refusal, RegistryItem, RequestId, StatementId, Submission, Work,
};
use zkml_programs::ProgramItem;

sp_api::decl_runtime_apis! {
	/// Reads circuits, models and their versions from the registry.
	pub trait ModelRegistryApi<AccountId: Codec, Balance: Codec> {
		/// A circuit: its key, who brought it, how many versions use it.
		fn circuit(circuit: CircuitHash) -> Option<CircuitInfo<AccountId>>;
		/// A model with all its versions.
		fn model(model: ModelId) -> Option<Model<AccountId>>;
		/// Up to `limit` (at most [`MAX_PAGE`](zkml_primitives::MAX_PAGE)) model ids after `start`, in storage order.
		fn models(start: Option<ModelId>, limit: u32) -> Vec<ModelId>;
		/// What is held of an account, in the smallest unit, while all of these are stored.
		fn deposit_for(items: Vec<RegistryItem>) -> Balance;
	}

	/// Reads requests and records, and answers "would it be accepted?". `FullRequest` and `Record` are
	/// [`zkml_primitives::Request`] and [`zkml_primitives::Record`], with deposits as they are stored: a
	/// balance in SCALE. `Request` is as `FullRequest` is, and says of each input who sees it, so that a page
	/// of a hundred is short whatever they ask about.
	pub trait InferenceApi<
		AccountId: Codec,
		Balance: Codec,
		FullRequest: Codec,
		Request: Codec,
		Record: Codec,
	>
	{
		/// A request with its inputs, as long as it is open.
		fn request(request: RequestId) -> Option<FullRequest>;
		/// Up to `limit` (at most [`MAX_PAGE`](zkml_primitives::MAX_PAGE)) open requests after `start`, in storage order.
		fn open_requests(start: Option<RequestId>, limit: u32) -> Vec<(RequestId, Request)>;
		/// Up to `limit` (at most [`MAX_PAGE`](zkml_primitives::MAX_PAGE)) open requests that a prover with this can answer, after the rank
		/// `start`: those worth most to the prover first (to a power of two), the older among equals.
		fn queue(work: Work, start: Option<Rank>, limit: u32) -> Vec<(Rank, RequestId, Request)>;
		/// The record of a verified inference, until it is pruned.
		fn record(statement: StatementId) -> Option<Record>;
		/// The record that answered a request.
		fn result(request: RequestId) -> Option<(StatementId, Record)>;
		/// What to prove to answer a request for the good of this beneficiary.
		fn job(request: RequestId, beneficiary: AccountId) -> Option<ProveJob<AccountId>>;
		/// Whether this answer would be accepted now, by the same checks.
		fn check_answer(answer: Answer<AccountId>) -> Result<StatementId, Refusal>;
		/// Whether this submission would be accepted now, by the same checks.
		fn check_submission(
			submitter: AccountId,
			submission: Submission<AccountId>,
		) -> Result<StatementId, Refusal>;
		/// What happened in the block whose state is asked.
		fn activity() -> Activity;
		/// What is held of an account, in the smallest unit, while all of these are stored. The price of a
		/// request is held beside it.
		fn deposit_for(items: Vec<InferenceItem>) -> Balance;
	}

	/// Programs of other tools.
	pub trait ProgramsApi<AccountId: Codec, Balance: Codec> {
		/// What is held of an account, in the smallest unit, while all of these are stored.
		fn deposit_for(items: Vec<ProgramItem<AccountId>>) -> Balance;
	}
}
