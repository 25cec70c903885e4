//! What the calls that bring tensors and proofs cost, put together from what was measured.
//!
//! A proof with another number of commitments than its key has rounds is refused before any of what
//! these weights are for. A batch is charged for the worst: that its models are all different and its
//! product does not hold, so that every proof is checked by itself too. What was not done is returned.

use alloc::collections::BTreeSet;

use frame_support::{traits::Get, weights::Weight};
use pallet_verifier::Work;
use zkml_primitives::{public_len, Answer, Proof, Submission, TensorData, MAX_BATCH_INPUT_BYTES};

use crate::{Config, Consumers, WeightInfo};

/// Bytes of a tensor that one permutation of Poseidon takes in, at least: 15 words of 7 elements of 32
/// bits, the width that packs worst.
pub const BLOCK_BYTES: u32 = 15 * 7 * 4;

type W<T> = <T as Config>::WeightInfo;

fn rounds(proof: &Proof) -> u32 {
	proof.commitments.len() as u32
}

/// Permutations of Poseidon for all of these.
fn blocks(tensors: &[TensorData]) -> u32 {
	let blocks = |tensor: &TensorData| tensor.public_len().div_ceil(BLOCK_BYTES);
	tensors.iter().map(blocks).fold(0, u32::saturating_add)
}

/// What so many tensors cost beside one input and one output, their bytes apart.
fn tensors<T: Config>(count: usize) -> Weight {
	// At most sixteen.
	let further = (count as u32).saturating_sub(2);
	W::<T>::tensors(further).saturating_sub(W::<T>::tensors(0))
}

/// What so many public bytes of inputs cost answers, which read them.
fn input_bytes<T: Config>(bytes: u32) -> Weight {
	W::<T>::answer_inputs(bytes).saturating_sub(W::<T>::answer_inputs(0))
}

/// A request. Its inputs are hashed as for a plain key, whichever key it is.
pub fn request<T: Config>(inputs: &[TensorData]) -> Weight {
	W::<T>::request(blocks(inputs)).saturating_add(tensors::<T>(inputs.len().saturating_add(1)))
}

/// A refund. Whether the version is still there is asked only of a request that has not closed.
pub fn refund<T: Config>() -> Weight {
	W::<T>::refund().saturating_add(T::DbWeight::get().reads(3))
}

/// A key with one round may take its parameters as a point, which is read beside it.
fn params<T: Config>(proof: &Proof) -> Weight {
	T::DbWeight::get().reads(u64::from(rounds(proof) == 1))
}

/// An answer by itself, to a request with as many inputs as there may be, which have so many public bytes.
pub fn answer<T: Config>(answer: &Answer<T::AccountId>, bytes: u32) -> Weight {
	answer_beside_inputs::<T>(answer).saturating_add(input_bytes::<T>(bytes))
}

fn answer_beside_inputs<T: Config>(answer: &Answer<T::AccountId>) -> Weight {
	let Answer { outputs, proof, .. } = answer;
	let call = match rounds(proof) {
		0 => W::<T>::answer(blocks(outputs)),
		rounds => W::<T>::answer_rounds(public_len(outputs), rounds),
	};
	call.saturating_add(tensors::<T>(outputs.len().saturating_add(1)))
		.saturating_add(params::<T>(proof))
		.saturating_add(T::Consumers::weight())
}

/// A submission by itself.
pub fn submission<T: Config>(submission: &Submission<T::AccountId>) -> Weight {
	let Submission { inputs, outputs, proof, .. } = submission;
	let call = match rounds(proof) {
		0 => W::<T>::submit(blocks(inputs), blocks(outputs)),
		rounds => W::<T>::submit_rounds(public_len(inputs), public_len(outputs), rounds),
	};
	// Whether the commitments to private inputs were announced.
	let private = inputs.iter().filter(|input| matches!(input, TensorData::Committed(_)));
	let announced = T::DbWeight::get().reads(private.count() as u64);
	call.saturating_add(tensors::<T>(inputs.len().saturating_add(outputs.len())))
		.saturating_add(announced)
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

/// Answers to requests whose inputs have so many public bytes together, that did this much work; `None`
/// before it is known.
pub fn answers<T: Config>(
	given: &[Answer<T::AccountId>],
	bytes: u32,
	work: Option<Work>,
) -> Weight {
	let count = given.len() as u32;
	let worst = Work { sources: count, singly: count };
	let beyond = given.iter().fold(Weight::zero(), |sum, one| {
		let smallest = match rounds(&one.proof) {
			0 => W::<T>::answer(0),
			rounds => W::<T>::answer_rounds(0, rounds),
		}
		.saturating_add(params::<T>(&one.proof));
		sum.saturating_add(answer_beside_inputs::<T>(one).saturating_sub(smallest))
	});
	let proofs = given.iter().map(|one| &one.proof);
	W::<T>::answer_batch(count)
		.saturating_add(beyond)
		.saturating_add(input_bytes::<T>(bytes.min(MAX_BATCH_INPUT_BYTES)))
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
