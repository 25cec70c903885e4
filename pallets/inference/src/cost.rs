//! What the calls that bring proofs cost, put together from what was measured.
//!
//! A proof with another number of commitments than its key has rounds is refused before any of what
//! these weights are for. A batch is charged for the worst: that its models are all different and its
//! product does not hold, so that every proof is checked by itself too. What was not done is returned.

use alloc::collections::BTreeSet;

use frame_support::weights::Weight;
use zkml_primitives::{Answer, Proof, Submission};

use crate::{Config, OnVerified, WeightInfo};

/// What a batch had to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Work {
	/// Versions of models that were looked up.
	pub versions: u32,
	/// Proofs that were checked by themselves.
	pub singly: u32,
}

type W<T> = <T as Config>::WeightInfo;

fn rounds(proof: &Proof) -> u32 {
	proof.commitments.len() as u32
}

/// An answer by itself.
pub fn answer<T: Config>(answer: &Answer<T::AccountId>) -> Weight {
	let bytes = answer.output.public_len();
	let call = match rounds(&answer.proof) {
		0 => W::<T>::answer(bytes),
		rounds => W::<T>::answer_rounds(bytes, rounds),
	};
	call.saturating_add(T::OnVerified::weight())
}

/// A submission by itself.
pub fn submission<T: Config>(submission: &Submission<T::AccountId>) -> Weight {
	let (rounds, [input, output]) = sizes::<T>(submission);
	submit::<T>(rounds, input, output).saturating_add(T::OnVerified::weight())
}

fn sizes<T: Config>(submission: &Submission<T::AccountId>) -> (u32, [u32; 2]) {
	let bytes = [submission.input.public_len(), submission.output.public_len()];
	(rounds(&submission.proof), bytes)
}

fn submit<T: Config>(rounds: u32, input: u32, output: u32) -> Weight {
	match rounds {
		0 => W::<T>::submit(input, output),
		rounds => W::<T>::submit_rounds(input, output, rounds),
	}
}

/// Submissions that did this much work; `None` before it is known.
pub fn submissions<T: Config>(given: &[Submission<T::AccountId>], work: Option<Work>) -> Weight {
	let versions: BTreeSet<_> = given.iter().map(|one| (one.model, one.version)).collect();
	let bytes = given.iter().fold(Weight::zero(), |sum, one| {
		let (rounds, [input, output]) = sizes::<T>(one);
		let smallest = submit::<T>(rounds, 0, 0);
		sum.saturating_add(submit::<T>(rounds, input, output).saturating_sub(smallest))
	});
	let worst = Work { versions: versions.len() as u32, singly: given.len() as u32 };
	together::<T>(given.iter().map(|one| &one.proof), work.unwrap_or(worst))
		.saturating_add(bytes)
		.saturating_add(T::OnVerified::weight().saturating_mul(given.len() as u64))
}

/// Answers that did this much work; `None` before it is known. Each is charged what it costs alone but
/// for its verification, and the batch as one of submissions.
pub fn answers<T: Config>(given: &[Answer<T::AccountId>], work: Option<Work>) -> Weight {
	let alone = given.iter().fold(Weight::zero(), |sum, one| {
		let verification = W::<T>::verification(rounds(&one.proof));
		sum.saturating_add(answer::<T>(one).saturating_sub(verification))
	});
	let worst = Work { versions: given.len() as u32, singly: given.len() as u32 };
	together::<T>(given.iter().map(|one| &one.proof), work.unwrap_or(worst)).saturating_add(alone)
}

/// Submissions of the smallest tensors with these proofs.
fn together<'a, T: Config>(proofs: impl Iterator<Item = &'a Proof>, work: Work) -> Weight {
	let mut count = [0u32; 3];
	for proof in proofs {
		let at = (rounds(proof) as usize).min(count.len() - 1);
		count[at] = count[at].saturating_add(1);
	}
	let [plain, one_round, two_rounds] = count;
	let measured = [
		(plain, W::<T>::submit_batch(plain)),
		(one_round, W::<T>::submit_batch_one_round(one_round)),
		(two_rounds, W::<T>::submit_batch_two_rounds(two_rounds)),
	];
	let batch = measured
		.iter()
		.filter(|(count, _)| *count > 0)
		.fold(Weight::zero(), |sum, (_, weight)| sum.saturating_add(*weight));
	// What further versions, each with a key of its own, cost beside their proofs.
	let versions = W::<T>::submit_batch_versions(work.versions)
		.saturating_sub(W::<T>::submit_batch_two_rounds(work.versions));
	let most_rounds = (0..3u32).rev().find(|rounds| count[*rounds as usize] > 0).unwrap_or(0);
	let singly = W::<T>::verification(most_rounds).saturating_mul(work.singly.into());
	batch.saturating_add(versions).saturating_add(singly)
}
