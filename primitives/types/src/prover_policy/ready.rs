//! What goes into the next transaction.

use alloc::vec::Vec;

use codec::Encode;

use super::{is_near, tip};
use crate::{
	prover_api::{Now, ProveJob, ProveReply},
	public_len, Answer, MAX_BATCH, MAX_BATCH_INPUT_BYTES, MAX_TENSOR_BYTES,
};

/// Most bytes of answers in one transaction, a seventh of what signed transactions have in a block.
pub const MOST_BYTES: usize = 384 << 10;
/// Most public bytes of the inputs that they are asked about.
pub const MOST_INPUT_BYTES: u32 = 1 << 20;
/// Bytes of public outputs, and of public inputs, that weigh as much as an answer without any, or less: a
/// block has room for [`MAX_BATCH`] of those.
const OUTPUT_BYTES: u32 = 16 << 10;
const INPUT_BYTES: u32 = 64 << 10;

// One answer always fits.
const _: () = assert!(MAX_TENSOR_BYTES as usize + 4_096 < MOST_BYTES);
const _: () = assert!(MAX_TENSOR_BYTES <= MOST_INPUT_BYTES);
const _: () = assert!(MOST_INPUT_BYTES <= MAX_BATCH_INPUT_BYTES);

/// An answer that is ready, and how much depends on it.
#[derive(Clone, Debug)]
pub struct Ready<AccountId> {
	/// The answer to hand in.
	pub answer: Answer<AccountId>,
	/// Public bytes of the inputs that it was asked about, for which the call pays.
	pub input_bytes: u32,
	/// What the prover gets for it, in the smallest unit.
	pub worth: u128,
	/// Whether [its deadline is near](is_near).
	pub near: bool,
}

impl<AccountId: Clone + Encode> Ready<AccountId> {
	/// The answer that a job's proof makes.
	pub fn new(job: ProveJob<AccountId>, reply: ProveReply, now: Now) -> Self {
		let (near, worth, ctx) = (is_near(&job.deadline, now), job.worth, job.ctx());
		let input_bytes = public_len(&job.inputs);
		let (request, beneficiary) = (job.request, job.beneficiary);
		let ProveReply { outputs, proof, .. } = reply;
		let answer = Answer { request, beneficiary, outputs, ctx, proof };
		Self { answer, input_bytes, worth, near }
	}
}

/// The first of them that fit into one transaction: at most so many, in [`MOST_BYTES`], to requests whose
/// inputs have no more than [`MOST_INPUT_BYTES`], and so that all of it has room in a block.
pub fn fitting<AccountId: Encode>(
	ready: impl IntoIterator<Item = Ready<AccountId>>,
	most: u32,
) -> Vec<Ready<AccountId>> {
	let (mut bytes, mut input_bytes, mut output_bytes, mut count) = (0usize, 0u32, 0u32, 0u32);
	let fits = |one: &Ready<AccountId>| {
		bytes = bytes.saturating_add(one.answer.encoded_size());
		input_bytes = input_bytes.saturating_add(one.input_bytes);
		output_bytes = output_bytes.saturating_add(public_len(&one.answer.outputs));
		count = count.saturating_add(1);
		let weight = count
			.saturating_add(output_bytes / OUTPUT_BYTES)
			.saturating_add(input_bytes / INPUT_BYTES);
		bytes <= MOST_BYTES && input_bytes <= MOST_INPUT_BYTES && weight <= MAX_BATCH
	};
	ready.into_iter().take(most as usize).take_while(fits).collect()
}

/// Public bytes of the inputs of all requests that these answer: what the call says of them.
pub fn input_bytes<AccountId>(ready: &[Ready<AccountId>]) -> u32 {
	ready.iter().fold(0, |sum, one| sum.saturating_add(one.input_bytes))
}

/// The tip for these answers in a transaction that was sent `before` so many times; see [`tip`].
pub fn tip_for<AccountId>(ready: &[Ready<AccountId>], before: u32) -> u128 {
	let sum = |near: bool| {
		let counted = ready.iter().filter(|one| one.near || !near);
		counted.fold(0u128, |sum, one| sum.saturating_add(one.worth))
	};
	tip(sum(false), sum(true), before)
}
