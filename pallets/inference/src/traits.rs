//! How other pallets follow what is verified here.

use frame_support::{dispatch::DispatchResult, weights::Weight};
use zkml_primitives::{Record, StatementId};

/// Acts on each verified inference, in the extrinsic that brought it.
pub trait OnVerified<AccountId, Deposit> {
	/// Called once per record, in a storage layer of its own: an error undoes what the consumer
	/// did and leaves an event, never the record. A consumer that trusts an output pins circuit and
	/// parameters: anyone can register a model that answers as they like, and its setup claim is its
	/// publisher's word. One that counts counts an input once. `pallets/sorter` shows both.
	fn on_verified(statement: StatementId, record: &Record<AccountId, Deposit>) -> DispatchResult;

	/// The most a call can cost.
	fn weight() -> Weight;
}

impl<AccountId, Deposit> OnVerified<AccountId, Deposit> for () {
	fn on_verified(_: StatementId, _: &Record<AccountId, Deposit>) -> DispatchResult {
		Ok(())
	}

	fn weight() -> Weight {
		Weight::zero()
	}
}

/// Reads records later.
pub trait ReadRecords<AccountId, Deposit> {
	/// The record of a statement, if it was verified and is not pruned.
	fn record(statement: StatementId) -> Option<Record<AccountId, Deposit>>;
}
