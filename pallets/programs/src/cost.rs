//! What submissions cost, put together from what was measured. As for answers of models a batch is
//! charged for the worst and given back what was not done.

use alloc::collections::BTreeSet;

use frame_support::{traits::Get, weights::Weight};
use pallet_verifier::Work;
use zkml_primitives::MAX_PROGRAM_INPUTS;
use zkml_programs::{Claim, ProgramSubmission};

use crate::{Config, WeightInfo};

type W<T> = <T as Config>::WeightInfo;

/// Bytes that SHA-256 takes in for a receipt of RISC Zero beside its journal: digests of the key, the
/// claim and what they are made of, some 60 blocks.
const RISC0_BYTES: u32 = 60 * 64;

/// Public inputs, and bytes to be hashed for them. A claim that has another number of inputs than its
/// key is refused before any of what these weights are for.
fn sizes(claim: &Claim) -> [u32; 2] {
	match claim {
		Claim::Inputs(inputs) => [inputs.len() as u32, 0],
		Claim::Risc0 { journal, .. } => [5, RISC0_BYTES.saturating_add(journal.len() as u32)],
		Claim::Sp1V5 { public_values: public, .. } | Claim::Sp1V6 { public_values: public, .. } => {
			[5, public.len() as u32]
		}
	}
}

/// A submission by itself.
pub fn submission<T: Config>(given: &ProgramSubmission<T::AccountId>) -> Weight {
	let [inputs, bytes] = sizes(&given.claim);
	submit::<T>(inputs, bytes)
}

fn submit<T: Config>(inputs: u32, bytes: u32) -> Weight {
	let public = W::<T>::submit_public(bytes).saturating_sub(W::<T>::submit_public(0));
	W::<T>::submit(inputs).saturating_add(public)
}

/// Submissions that did this much work; `None` before it is known.
pub fn submissions<T: Config>(
	given: &[ProgramSubmission<T::AccountId>],
	work: Option<Work>,
) -> Weight {
	let programs: BTreeSet<_> = given.iter().map(|one| one.program).collect();
	let count = given.len() as u32;
	let worst = Work { sources: programs.len() as u32, singly: count };
	// They are read from keys, of which several programs may have one.
	let Work { sources: keys, singly } = work.unwrap_or(worst);
	let (mut most, mut bytes) = (0, Weight::zero());
	for one in given {
		let [inputs, public] = sizes(&one.claim);
		most = most.max(inputs);
		let smallest = submit::<T>(inputs, 0);
		bytes = bytes.saturating_add(submit::<T>(inputs, public).saturating_sub(smallest));
	}
	// Measured with the most inputs that there can be.
	let batch = W::<T>::submit_batch(count);
	let further = W::<T>::submit_batch_keys(keys).saturating_sub(W::<T>::submit_batch(keys));
	// Each program counts its records; those of one key are one where batches were measured.
	let counting = T::DbWeight::get().reads_writes(1, 1).saturating_mul(programs.len() as u64);
	let alone = W::<T>::verification(most.min(MAX_PROGRAM_INPUTS)).saturating_mul(singly.into());
	batch
		.saturating_add(counting)
		.saturating_add(further)
		.saturating_add(bytes)
		.saturating_add(alone)
}
