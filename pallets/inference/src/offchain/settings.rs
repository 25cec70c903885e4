//! What the worker keeps in the node's local storage, outside consensus.

use alloc::{string::String, vec::Vec};

use sp_runtime::offchain::storage::StorageValueRef;
use zkml_primitives::prover_api::ProveJob;

/// Blocks after which a job that failed is tried once more.
const SET_ASIDE: u32 = 50;

fn text(key: &[u8]) -> Option<String> {
	let bytes: Vec<u8> = StorageValueRef::persistent(key).get().ok()??;
	String::from_utf8(bytes).ok()
}

/// Base URL of the prover service. The node writes it when it starts the prover.
pub(super) fn prover_url() -> Option<String> {
	text(b"zkml::prover-url")
}

/// The bearer token that the prover asks for.
pub(super) fn prover_token() -> Option<String> {
	text(b"zkml::prover-token")
}

/// How many provers share the queue; one unless the operator says otherwise.
pub(super) fn prover_slots() -> u32 {
	StorageValueRef::persistent(b"zkml::prover-slots").get().ok().flatten().unwrap_or(1)
}

/// Least that an answer must be worth to this prover, in the smallest unit; nothing unless the
/// operator says otherwise.
pub(super) fn min_price() -> u64 {
	StorageValueRef::persistent(b"zkml::min-price").get().ok().flatten().unwrap_or(0)
}

fn aside_key(job: &ProveJob) -> Vec<u8> {
	[b"zkml::aside::".as_slice(), &job.id()].concat()
}

/// Leaves a job alone for [`SET_ASIDE`] blocks.
pub(super) fn set_aside(job: &ProveJob, now: u32) {
	StorageValueRef::persistent(&aside_key(job)).set(&now.saturating_add(SET_ASIDE));
}

/// Whether a job is to be left alone.
pub(super) fn is_set_aside(job: &ProveJob, now: u32) -> bool {
	let until: Option<u32> = StorageValueRef::persistent(&aside_key(job)).get().ok().flatten();
	until.is_some_and(|until| now < until)
}

/// Forgets that a job was aside; whether it was.
pub(super) fn forget_aside(job: &ProveJob) -> bool {
	let key = aside_key(job);
	let mut entry = StorageValueRef::persistent(&key);
	let was = matches!(entry.get::<u32>(), Ok(Some(_)));
	if was {
		entry.clear();
	}
	was
}
