//! How other pallets follow what is verified here.

use alloc::vec::Vec;

use frame_support::{dispatch::DispatchResult, storage::with_storage_layer, weights::Weight};
use impl_trait_for_tuples::impl_for_tuples;
use sp_runtime::DispatchError;
use zkml_primitives::{Record, StatementId};

/// A consumer: acts on each verified inference, in the extrinsic that brought it.
pub trait OnVerified<AccountId, Deposit> {
	/// Called once per record, in a storage layer of its own: an error undoes what this consumer
	/// did and leaves an event, never the record nor what another did. A consumer that trusts an output
	/// pins circuit and parameters: anyone can register a model that answers as they like, and its setup
	/// claim is its publisher's word. Parameters that are a point are known to be within their widths if the
	/// record says so (`params_range`); if not, an output is a function of them and the input all the
	/// same, but need not be a network's. One that counts counts an input once. `pallets/examples/sorter`
	/// shows both.
	///
	/// # Errors
	///
	/// If the consumer could not act on it; what it did is undone.
	fn on_verified(statement: StatementId, record: &Record<AccountId, Deposit>) -> DispatchResult;

	/// The most a call can cost.
	fn weight() -> Weight;
}

/// All consumers of a runtime: a tuple of them.
pub trait Consumers<AccountId, Deposit> {
	/// Tells each of a record, in their order; the errors of those that failed.
	fn tell(statement: StatementId, record: &Record<AccountId, Deposit>) -> Vec<DispatchError>;

	/// The most that all together can cost.
	fn weight() -> Weight;
}

#[impl_for_tuples(8)]
#[tuple_types_custom_trait_bound(OnVerified<AccountId, Deposit>)]
impl<AccountId, Deposit> Consumers<AccountId, Deposit> for Tuple {
	fn tell(statement: StatementId, record: &Record<AccountId, Deposit>) -> Vec<DispatchError> {
		let mut errors = Vec::new();
		for_tuples!( #(
			errors.extend(with_storage_layer(|| Tuple::on_verified(statement, record)).err());
		)* );
		errors
	}

	fn weight() -> Weight {
		let mut sum = Weight::zero();
		for_tuples!( #( sum = sum.saturating_add(Tuple::weight()); )* );
		sum
	}
}

/// Reads records after the block in which they were made.
pub trait ReadRecords<AccountId, Deposit> {
	/// The record of a statement, if it was verified and is not pruned.
	fn record(statement: StatementId) -> Option<Record<AccountId, Deposit>>;
}
