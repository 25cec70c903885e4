//! What goes into the next transaction.

use alloc::vec::Vec;

use codec::Encode;

use super::{is_near, tip};
use crate::{
	prover_api::{Now, ProveJob, ProveReply},
	Answer,
};

/// Most bytes of answers in one transaction, a seventh of what signed transactions have in a block.
pub const MOST_BYTES: usize = 384 << 10;

/// An answer that is ready, and how much depends on it.
#[derive(Clone, Debug)]
pub struct Ready<AccountId> {
	/// The answer.
	pub answer: Answer<AccountId>,
	/// What the prover gets for it.
	pub worth: u128,
	/// Whether [its deadline is near](is_near).
	pub near: bool,
}

impl<AccountId: Clone + Encode> Ready<AccountId> {
	/// The answer that a job's proof makes.
	pub fn new(job: ProveJob<AccountId>, reply: ProveReply, now: Now) -> Self {
		let (near, worth, ctx) = (is_near(&job.deadline, now), job.worth, job.ctx());
		let (request, beneficiary) = (job.request, job.beneficiary);
		let ProveReply { output, proof, .. } = reply;
		Self { answer: Answer { request, beneficiary, output, ctx, proof }, worth, near }
	}
}

/// The first of them that fit into one transaction: at most so many, in [`MOST_BYTES`].
pub fn fitting<AccountId: Encode>(
	ready: impl IntoIterator<Item = Ready<AccountId>>,
	most: u32,
) -> Vec<Ready<AccountId>> {
	let mut bytes = 0usize;
	let fits = |one: &Ready<AccountId>| {
		bytes = bytes.saturating_add(one.answer.encoded_size());
		bytes <= MOST_BYTES
	};
	ready.into_iter().take(most as usize).take_while(fits).collect()
}

/// The tip for these answers in a transaction that was sent `before` so many times; see [`tip`].
pub fn tip_for<AccountId>(ready: &[Ready<AccountId>], before: u32) -> u128 {
	let sum = |near: bool| {
		let counted = ready.iter().filter(|one| one.near || !near);
		counted.fold(0u128, |sum, one| sum.saturating_add(one.worth))
	};
	tip(sum(false), sum(true), before)
}
