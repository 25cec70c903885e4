//! What the calls that bring tensors and proofs cost, put together from what was measured.
//!
//! A proof with another number of commitments than its key has rounds is refused before any of what
//! these weights are for. A batch is charged for the worst: that its models are all different and its
//! product does not hold, so that every proof is checked by itself too. What was not done is returned.

use alloc::collections::BTreeSet;

use frame_support::{traits::Get, weights::Weight};
use pallet_verifier::Work;
use zkml_primitives::{Answer, Proof, Submission, TensorData};

use crate::{Config, Consumers, WeightInfo};

/// Bytes of a tensor that one permutation of Poseidon takes in, at least: 15 words of 7 elements of 32
/// bits, the width that packs worst.
pub const BLOCK_BYTES: u32 = 15 * 7 * 4;

type W<T> = <T as Config>::WeightInfo;

fn rounds(proof: &Proof) -> u32 {
	proof.commitments.len() as u32
}

fn blocks(tensor: &TensorData) -> u32 {
	tensor.public_len().div_ceil(BLOCK_BYTES)
}

/// A request. Its input is hashed as for a plain key, whichever key it is.
pub fn request<T: Config>(input: &TensorData) -> Weight {
	W::<T>::request(blocks(input))
}

/// A refund. Whether the version is still there is asked only of a request that has not closed.
pub fn refund<T: Config>() -> Weight {
	W::<T>::refund().saturating_add(T::DbWeight::get().reads(3))
}

/// A key with one round may take its parameters as a point, which is read beside it.
fn params<T: Config>(proof: &Proof) -> Weight {
	T::DbWeight::get().reads(u64::from(rounds(proof) == 1))
}

/// An answer by itself.
pub fn answer<T: Config>(answer: &Answer<T::AccountId>) -> Weight {
	let call = match rounds(&answer.proof) {
		0 => W::<T>::answer(blocks(&answer.output)),
		rounds => W::<T>::answer_rounds(answer.output.public_len(), rounds),
	};
	call.saturating_add(params::<T>(&answer.proof)).saturating_add(T::Consumers::weight())
}

/// A submission by itself.
pub fn submission<T: Config>(submission: &Submission<T::AccountId>) -> Weight {
	let Submission { input, output, proof, .. } = submission;
	let call = match rounds(proof) {
		0 => W::<T>::submit(blocks(input), blocks(output)),
		rounds => W::<T>::submit_rounds(input.public_len(), output.public_len(), rounds),
	};
	// Whether the commitment to a private input was announced.
	let announced = T::DbWeight::get().reads(u64::from(input.public_len() == 0));
	call.saturating_add(announced)
		.saturating_add(params::<T>(proof))
		.saturating_add(T::Consumers::weight())
}

/// Submissions that did this much work; `None` before it is known.
pub fn submissions<T: Config>(given: &[Submission<T::AccountId>], work: Option<Work>) -> Weight {
	let versions: BTreeSet<_> = given.iter().map(|one| (one.model, one.version)).collect();
	let worst = Work { sources: versions.len() as u32, singly: given.len() as u32 };
	let beyond = given.iter().fold(Weight::zero(), |sum, one| {
		let smallest = match rounds(&one.proof) {
			0 => W::<T>::submit(1, 1),
			rounds => W::<T>::submit_rounds(1, 1, rounds),
		}
		.saturating_add(params::<T>(&one.proof));
		sum.saturating_add(submission::<T>(one).saturating_sub(smallest))
	});
	let proofs = || given.iter().map(|one| &one.proof);
	smallest::<T>(proofs())
		.saturating_add(beyond)
		.saturating_add(beside::<T>(work.unwrap_or(worst), proofs()))
}

/// Answers that did this much work; `None` before it is known.
pub fn answers<T: Config>(given: &[Answer<T::AccountId>], work: Option<Work>) -> Weight {
	let count = given.len() as u32;
	let worst = Work { sources: count, singly: count };
	let beyond = given.iter().fold(Weight::zero(), |sum, one| {
		let smallest = match rounds(&one.proof) {
			0 => W::<T>::answer(0),
			rounds => W::<T>::answer_rounds(0, rounds),
		}
		.saturating_add(params::<T>(&one.proof));
		sum.saturating_add(answer::<T>(one).saturating_sub(smallest))
	});
	let proofs = given.iter().map(|one| &one.proof);
	W::<T>::answer_batch(count)
		.saturating_add(beyond)
		.saturating_add(beside::<T>(work.unwrap_or(worst), proofs))
}

/// Submissions of the smallest tensors with these proofs, to one version of each kind.
fn smallest<'a, T: Config>(proofs: impl Iterator<Item = &'a Proof>) -> Weight {
	let mut count = [0u32; 3];
	for proof in proofs {
		let at = (rounds(proof) as usize).min(count.len() - 1);
		count[at] = count[at].saturating_add(1);
	}
	let [plain, one_round, two_rounds] = count;
	if count == [0; 3] {
		return W::<T>::submit_batch(0);
	}
	let measured = [
		(plain, W::<T>::submit_batch(plain)),
		(one_round, W::<T>::submit_batch_one_round(one_round)),
		(two_rounds, W::<T>::submit_batch_two_rounds(two_rounds)),
	];
	measured
		.iter()
		.filter(|(count, _)| *count > 0)
		.fold(Weight::zero(), |sum, (_, weight)| sum.saturating_add(*weight))
}

/// What this work takes beside a batch to one version whose product holds.
fn beside<'a, T: Config>(work: Work, proofs: impl Iterator<Item = &'a Proof> + Clone) -> Weight {
	let Work { sources: versions, singly } = work;
	let most_rounds = proofs.clone().map(rounds).max().unwrap_or(0);
	// The parameters of each version, if they may be a point.
	let points = proofs.filter(|proof| rounds(proof) == 1).count().min(versions as usize);
	let singly = W::<T>::verification(most_rounds).saturating_mul(singly.into());
	// What each further version, with a key of its own, costs beside its proof.
	let others =
		W::<T>::submit_batch_versions(versions).saturating_sub(W::<T>::submit_batch_versions(1));
	let proofs = W::<T>::submit_batch_two_rounds(versions)
		.saturating_sub(W::<T>::submit_batch_two_rounds(1));
	singly
		.saturating_add(others.saturating_sub(proofs))
		.saturating_add(T::DbWeight::get().reads(points as u64))
}
