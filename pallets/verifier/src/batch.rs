//! Several proofs in one call, each of which stands or falls alone.

use alloc::{collections::BTreeSet, vec::Vec};

use frame_support::{dispatch::DispatchResult, storage::with_storage_layer};
use sp_runtime::DispatchError;

use crate::{Instance, Verify};

/// Everything that can be looked at without a look at the proof is right; the proof is still to be
/// verified.
pub trait Unverified {
	/// What was read to get that far. What several have in common is weighed once.
	type Source: Ord;

	/// What was read.
	fn source(&self) -> Self::Source;

	/// What the proof is to show.
	fn instance(&self) -> Instance<'_>;
}

/// What a batch had to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Work {
	/// Different [`Unverified::source`]s.
	pub sources: u32,
	/// Proofs that were checked by themselves.
	pub singly: u32,
}

/// Verifies the proofs of all that were examined and not refused, at once; then hands each that holds to
/// `record`, in order and in a storage layer of its own, and the error of every other one to `refuse`,
/// by the name that it came with.
pub fn settle_batch<V: Verify, U: Unverified, Name>(
	examined: impl Iterator<Item = (Name, Result<U, DispatchError>)>,
	mut record: impl FnMut(U) -> DispatchResult,
	mut refuse: impl FnMut(Name, DispatchError),
) -> Work {
	let examined: Vec<_> = examined.collect();
	let good = || examined.iter().filter_map(|(_, one)| one.as_ref().ok());
	let sources: BTreeSet<_> = good().map(Unverified::source).collect();
	let instances: Vec<_> = good().map(Unverified::instance).collect();
	let (verdicts, singly) = V::verify_batch(&instances);
	// At most as many as a call takes.
	let work = Work { sources: sources.len() as u32, singly };
	let mut verdicts = verdicts.into_iter();
	for (name, one) in examined {
		let done = one.and_then(|one| {
			// There is a verdict for each; without one a proof does not hold.
			verdicts.next().unwrap_or(Err(DispatchError::Corruption))?;
			with_storage_layer(|| record(one))
		});
		if let Err(error) = done {
			refuse(name, error);
		}
	}
	work
}
