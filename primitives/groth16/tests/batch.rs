//! Batches: what is accepted, what is refused, and that nothing of it depends on the company.

use zkml_groth16::{prepare, verify, verify_batch, Batch, BatchItem, PreparedKey, VerifyError};
use zkml_primitives::{Proof, Scalar, G1, PLAIN_INPUTS};
use zkml_trapdoor::{rerandomise, Trapdoor};

struct Bench {
	keys: Vec<PreparedKey>,
	items: Vec<BatchItem>,
}

/// Honest proofs of different statements, under keys without rounds and with, in turns.
fn bench(keys: u32, proofs: u32) -> Bench {
	let trapdoors: Vec<_> =
		(0..keys).map(|n| Trapdoor::with_rounds(u64::from(n) + 1, n as usize % 3)).collect();
	let items = (0..proofs).map(|n| {
		let (key, trapdoor) = (n % keys, &trapdoors[(n % keys) as usize]);
		let rounds = key as usize % 3;
		let mut inputs = vec![Scalar::ZERO; PLAIN_INPUTS + rounds];
		for (index, input) in inputs.iter_mut().enumerate() {
			input.0[30] = n as u8;
			input.0[31] = index as u8;
		}
		let proof = trapdoor.prove(&inputs, u64::from(n));
		BatchItem { key, inputs, proof }
	});
	let items = items.collect();
	let keys = trapdoors.iter().map(|trapdoor| prepare(&trapdoor.circuit()).unwrap()).collect();
	Bench { keys, items }
}

impl Bench {
	fn verify(&self) -> Batch {
		let batch = verify_batch(&self.keys, &self.items);
		// A batch says of each proof what is said of it alone.
		for (item, result) in self.items.iter().zip(&batch.results) {
			let alone = match self.keys.get(item.key as usize) {
				Some(key) => verify(key, &item.inputs, &item.proof),
				None => Err(VerifyError::Key),
			};
			assert_eq!(*result, alone);
		}
		assert_eq!(batch.results.len(), self.items.len());
		batch
	}

	/// Refuses one item for this reason and no other, having looked at so many one by one.
	fn refuses(&self, at: usize, error: VerifyError, singly: u32) {
		let batch = self.verify();
		for (index, result) in batch.results.iter().enumerate() {
			assert_eq!(*result, if index == at { Err(error) } else { Ok(()) }, "item {index}");
		}
		assert_eq!(batch.singly, singly);
	}
}

#[test]
fn honest_proofs_pass_together_whatever_their_number_and_keys() {
	assert_eq!(verify_batch(&[], &[]), Batch { results: vec![], singly: 0 });
	for (keys, proofs) in [(1, 1), (1, 2), (2, 2), (3, 1), (3, 7), (1, 33), (8, 40)] {
		let batch = bench(keys, proofs).verify();
		assert_eq!(batch.singly, 0, "{keys} keys, {proofs} proofs");
		assert!(batch.results.iter().all(Result::is_ok));
	}
}

#[test]
fn a_bad_proof_is_named_wherever_it_stands_and_spoils_no_other() {
	for keys in [1, 3] {
		for at in [0, 4, 8] {
			let mut other_input = bench(keys, 9);
			other_input.items[at].inputs[1].0[0] ^= 1;
			other_input.refuses(at, VerifyError::Equation, 9);

			let mut other_proof = bench(keys, 9);
			other_proof.items[at].proof.c = other_proof.items[at].proof.a;
			other_proof.refuses(at, VerifyError::Equation, 9);

			let mut unreadable = bench(keys, 9);
			unreadable.items[at].proof.a = G1([0xff; 64]);
			let error = verify(
				&unreadable.keys[unreadable.items[at].key as usize],
				&unreadable.items[at].inputs,
				&unreadable.items[at].proof,
			);
			unreadable.refuses(at, error.unwrap_err(), 0);

			let mut above = bench(keys, 9);
			above.items[at].inputs[2] = Scalar([0xff; 32]);
			above.refuses(at, VerifyError::InputNotCanonical(2), 0);

			let mut nobodys = bench(keys, 9);
			nobodys.items[at].key = keys;
			nobodys.refuses(at, VerifyError::Key, 0);
		}
	}
}

#[test]
fn all_bad_is_all_refused() {
	let mut bench = bench(2, 6);
	for item in &mut bench.items {
		item.inputs[0].0[31] ^= 0x40;
	}
	let batch = bench.verify();
	assert_eq!(batch.results, vec![Err(VerifyError::Equation); 6]);
	assert_eq!(batch.singly, 6);
}

/// Errors that would cancel if the coefficients were equal, or known before the proofs.
#[test]
fn errors_that_cancel_in_a_plain_product_are_found() {
	// Two proofs under one key with their C's exchanged: the product of the equations holds.
	let mut swapped = bench(1, 4);
	let (first, second) = (swapped.items[0].proof.c, swapped.items[1].proof.c);
	swapped.items[0].proof.c = second;
	swapped.items[1].proof.c = first;
	let batch = swapped.verify();
	assert_eq!(batch.results[..2], [Err(VerifyError::Equation); 2]);
	assert_eq!(batch.results[2..], [Ok(()); 2]);
	// The same with inputs.
	let mut swapped = bench(1, 4);
	let first = swapped.items[0].inputs.clone();
	swapped.items[0].inputs = std::mem::replace(&mut swapped.items[1].inputs, first);
	assert_eq!(swapped.verify().results[..2], [Err(VerifyError::Equation); 2]);
	// And with a round's commitments.
	let mut swapped = bench(2, 4);
	let first = swapped.items[1].proof.commitments.clone();
	swapped.items[1].proof.commitments =
		std::mem::replace(&mut swapped.items[3].proof.commitments, first);
	assert_eq!(swapped.verify().results[1], Err(VerifyError::Equation));
	// A proof under another key of the batch.
	let mut exchanged = bench(4, 4);
	exchanged.items[0].key = 3;
	exchanged.items[3].key = 0;
	let batch = exchanged.verify();
	assert_eq!(batch.results[0], Err(VerifyError::Equation));
	assert_eq!(batch.results[3], Err(VerifyError::Equation));
}

#[test]
fn copies_and_re_randomised_proofs_pass_as_they_do_alone() {
	let mut bench = bench(1, 3);
	bench.items.push(bench.items[0].clone());
	let copy = rerandomise(&bench.items[1].proof, 5);
	bench.items.push(BatchItem { proof: copy, ..bench.items[1].clone() });
	assert_eq!(bench.verify().singly, 0);
}

#[test]
fn a_key_that_cannot_be_read_refuses_what_is_under_it_alone() {
	let mut bench = bench(2, 6);
	bench.keys[1].alpha_beta.0 = [0xff; 384];
	let batch = bench.verify();
	for (index, result) in batch.results.iter().enumerate() {
		assert_eq!(*result, if index % 2 == 1 { Err(VerifyError::Key) } else { Ok(()) });
	}
	assert_eq!(batch.singly, 0);
}

#[test]
fn the_length_of_a_proofs_parts_is_checked_in_a_batch_too() {
	let mut bench = bench(1, 3);
	bench.items[1].inputs.pop();
	bench.refuses(1, VerifyError::InputCount { expected: 4, got: 3 }, 0);
	let mut bench = self::bench(1, 3);
	let Proof { a, .. } = bench.items[2].proof;
	bench.items[2].proof.commitments = vec![a].try_into().unwrap();
	bench.refuses(2, VerifyError::CommitmentCount { expected: 0, got: 1 }, 0);
}
