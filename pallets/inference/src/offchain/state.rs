//! What the worker keeps in the node's local storage, outside consensus.

use alloc::{string::String, vec::Vec};

use codec::{Decode, Encode};
use sp_runtime::offchain::storage::StorageValueRef;
use zkml_primitives::{
	prover_api::{JobId, TOKEN_KEY, URL_KEY},
	prover_policy::{Aside, Flight, Means},
	Rank, RequestId,
};

use crate::BalanceOf;

fn text(key: &[u8]) -> Option<String> {
	let bytes: Vec<u8> = StorageValueRef::persistent(key).get().ok()??;
	String::from_utf8(bytes).ok()
}

/// Base URL of the prover service. The node writes it when it starts the prover.
pub(super) fn prover_url() -> Option<String> {
	text(URL_KEY)
}

/// The bearer token that the prover asks for.
pub(super) fn prover_token() -> Option<String> {
	text(TOKEN_KEY)
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

const TIP: &[u8] = b"zkml::worker::tip";

/// What the transaction that is being signed offers to whoever makes the block, in the smallest unit;
/// see [`zkml_primitives::prover_policy::tip`]. The runtime asks when it signs for the worker.
pub fn tip() -> u128 {
	StorageValueRef::persistent(TIP).get().ok().flatten().unwrap_or(0)
}

/// Says what [`tip`] is while `work` is done.
pub(super) fn with_tip<R>(tip: u128, work: impl FnOnce() -> R) -> R {
	StorageValueRef::persistent(TIP).set(&tip);
	let result = work();
	StorageValueRef::persistent(TIP).clear();
	result
}

/// What is remembered from run to run, as one value of bounded size. Whoever loses it, or begins anew,
/// loses no request: the chain has them all.
#[derive(Decode, Default, Encode)]
pub(super) struct State<Nonce, Balance> {
	/// Requests whose jobs the prover was given, at most [`zkml_primitives::prover_api::MOST_JOBS`].
	pub jobs: Vec<(RequestId, JobId)>,
	/// Requests that could not be answered.
	pub aside: Aside,
	/// The page of the prover's offers to look at next.
	pub page: u32,
	/// How far long queues were looked at, by kind of work.
	pub places: Vec<([u8; 32], Rank)>,
	/// The last transaction that the worker sent, if any.
	pub flight: Option<Flight<Nonce>>,
	/// What the account had when it could pay for nothing.
	pub short: Option<Means<Balance>>,
	/// What the last proof took.
	pub prove_ms: Option<u32>,
	/// The last kind of work that was named as missing, and at which block.
	pub missing: Option<([u8; 32], u32)>,
}

/// The [`State`] of a runtime, with its nonces and amounts.
pub(super) type StateOf<T> = State<<T as frame_system::Config>::Nonce, BalanceOf<T>>;

const STATE: &[u8] = b"zkml::worker::state";

impl<Nonce: Decode + Encode + Default, Balance: Decode + Encode + Default> State<Nonce, Balance> {
	/// What was saved last.
	pub(super) fn load() -> Self {
		StorageValueRef::persistent(STATE).get().ok().flatten().unwrap_or_default()
	}

	/// Saves it in the node's local storage, for the next block's worker.
	pub(super) fn save(&self) {
		StorageValueRef::persistent(STATE).set(self);
	}
}
