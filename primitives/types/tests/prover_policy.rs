//! How provers choose: order, room, tips, what is set aside, what is sent again.

use std::collections::BTreeSet;

use codec::Encode;
use zkml_primitives::{
	prover_api::{turn, Now, ProveJob, ProveReply, MOST_JOBS},
	prover_policy::{
		ahead, fitting, input_bytes, is_near, may_begin, precedence, room, tip, tip_for, Aside,
		Attempt, Candidates, Flight, Ready, LATE_AFTER, MOST_ASIDE, MOST_BYTES, MOST_INPUT_BYTES,
		SET_ASIDE,
	},
	CircuitHash, Deadline, ModelId, Proof, RequestId, Scalar, TensorData, Visibility, G1, G2,
	MAX_BATCH, MAX_TENSOR_BYTES,
};

const NOW: Now = Now { block: 100, moment: 1_000_000 };

fn first(worth: u128, block: u32, moment: u64, request: RequestId) -> (u32, u64, RequestId) {
	precedence(worth, &Deadline { block, moment }, NOW, request)
}

#[test]
fn worth_comes_before_time_and_time_before_age() {
	assert!(first(16, 0, 9_000_000, 9) < first(15, 0, 1_000_001, 1), "twice the worth");
	assert!(first(16, 0, 1_000_001, 9) < first(31, 0, 9_000_000, 1), "the same to a power of two");
	assert!(first(16, 0, 1_000_001, 1) < first(16, 0, 1_000_001, 2), "the older");
	assert!(first(1, 0, 9_000_000, 1) < first(0, 0, 0, 0), "nothing is worth least");
}

#[test]
fn blocks_and_times_are_one_order() {
	assert!(first(1, 110, 0, 2) < first(1, 0, 1_060_001, 1), "ten blocks are a minute");
	assert!(first(1, 0, 1_059_999, 2) < first(1, 110, 0, 1));
	assert_eq!(first(1, 50, 0, 1).1, NOW.moment, "what has passed was due by now");
	assert_eq!(first(1, u32::MAX, u64::MAX, 1).1, u64::MAX);
}

#[test]
fn as_many_wait_as_are_soon_proved() {
	assert_eq!(ahead(12_000, None, 256), 16);
	assert_eq!(ahead(12_000, Some(0), 256), 256);
	assert_eq!(ahead(12_000, Some(40), 256), 256);
	assert_eq!(ahead(12_000, Some(1_500), 256), 8);
	assert_eq!(ahead(12_000, Some(60_000), 256), 2, "the next one is ready when one is proved");
	assert_eq!(ahead(12_000, Some(40), 1), 1);
}

#[test]
fn tips_grow_to_a_tenth_and_no_further() {
	assert_eq!(tip(4_000, 0, 0), 0, "in time");
	assert_eq!([1, 2, 4, 9].map(|before| tip(4_000, 0, before)), [100, 200, 400, 400]);
	assert_eq!(tip(4_000, 1_000, 0), 100, "a tenth of what is near its deadline");
	assert_eq!(tip(4_000, 4_000, 1), 400);
	assert_eq!(tip(u128::MAX, u128::MAX, u32::MAX), u128::MAX / 10);
}

#[test]
fn a_deadline_is_near_when_blocks_and_time_are_both_short() {
	let near = |block, moment| is_near(&Deadline { block, moment }, NOW);
	assert!(near(103, 1_023_999));
	assert!(!near(104, 0));
	assert!(!near(0, 1_024_000));
}

#[test]
fn the_oldest_aside_makes_way_and_time_lets_all_go() {
	let mut aside = Aside::default();
	let all = MOST_ASIDE as u64 + 1;
	assert!(!aside.is_full());
	(0..all).for_each(|request| aside.put(request, 10));
	assert!(aside.is_full());
	let held = aside.at(10);
	assert_eq!(held.len(), MOST_ASIDE);
	assert!(!held.contains(&0) && held.contains(&(all - 1)));
	// Put aside again, it is the newest.
	aside.put(1, 11);
	aside.put(all, 11);
	assert!(aside.at(11).contains(&1));
	assert_eq!(aside.at(10 + SET_ASIDE), BTreeSet::from([1, all]));
	assert!(aside.at(5).is_empty(), "the chain began anew");
	assert_eq!(aside, Aside::default());
}

#[test]
fn a_prover_has_no_more_jobs_than_it_can_hold() {
	let free = |waiting, held| room(12_000, Some(1_500), MOST_JOBS, waiting, held);
	assert_eq!(free(0, 0), 8);
	assert_eq!(free(5, 5), 3);
	assert_eq!(free(9, 9), 0, "it became slower");
	assert_eq!(free(0, MOST_JOBS - 2), 2, "proved, and not in a block yet");
	assert_eq!(free(0, MOST_JOBS + 1), 0);
}

#[test]
fn a_request_is_begun_with_in_turn_and_in_time() {
	let (prover, deadline) = ([7u8; 32], Deadline { block: 103, moment: 0 });
	let begins = |request, block, provers| {
		may_begin(request, 100, &deadline, &prover, provers, Now { block, ..NOW })
	};
	assert!(begins(1, 100, 1), "alone, at once");
	let late = (0..99).find(|request| turn(*request, &prover, 3) == 2).unwrap();
	assert_eq!([100, 101, 102, 103].map(|now| begins(late, now, 3)), [false, false, true, true]);
	assert!(!begins(late, 104, 3), "the deadline has passed");
}

#[test]
fn what_comes_first_is_taken_first_and_the_rest_stays() {
	let all = || Candidates { best: vec![5, 3, 8], next: vec![1, 9, 2] };
	let mut some = all();
	assert_eq!(some.take(4, false, |n| *n), [1, 2, 3, 5]);
	assert_eq!(some.take(4, false, |n| *n), [8, 9]);
	assert_eq!(some.take(4, false, |n| *n), [0; 0]);
	// Half of the room is for what is on the way, in the order of the queue.
	let mut forgetful = all();
	assert_eq!(forgetful.take(3, true, |n| *n), [3, 1, 9]);
	assert_eq!(forgetful.take(1, true, |n| *n), [2], "even if there is room for one alone");
	assert_eq!(forgetful.take(9, true, |n| *n), [5, 8]);
	assert_eq!(all().take(0, true, |n| *n), [0; 0]);
}

#[test]
fn a_transaction_holds_up_the_next_until_it_is_seen_or_given_up() {
	let flight = Attempt::after(None, &7u32).sent(7u32, 100, 3);
	assert!(flight.holds_up(&7, 100) && flight.holds_up(&7, 101));
	assert!(!flight.holds_up(&8, 100), "its nonce is used");
	assert!(flight.is_lost(100 + LATE_AFTER) && !flight.holds_up(&7, 100 + LATE_AFTER));
	assert!(flight.holds_up(&7, 99), "a fork");
	assert!(!flight.holds_up(&7, 5), "the chain began anew");
}

#[test]
fn what_found_no_block_is_sent_again_smaller_and_is_counted() {
	let first = Attempt::after(None::<&Flight<u32>>, &7);
	assert_eq!(first, Attempt { before: 0, most: MAX_BATCH });
	let mut flight = first.sent(7, 100, MAX_BATCH);
	for (before, most) in [(1, 64), (2, 32), (3, 16)] {
		let attempt = Attempt::after(Some(&flight), &7);
		assert_eq!(attempt, Attempt { before, most });
		flight = attempt.sent(7, 100 + 2 * before, most);
	}
	// In a block: from there it grows again.
	let mut nonce = 8;
	for most in [32, 64, 128, 128] {
		let attempt = Attempt::after(Some(&flight), &nonce);
		assert_eq!(attempt, Attempt { before: 0, most });
		flight = attempt.sent(nonce, 120, 1);
		nonce += 1;
	}
	let failed = Flight { failed: true, answers: 9, ..flight };
	assert_eq!(Attempt::after(Some(&failed), &nonce), Attempt { before: 0, most: 4 });
	let alone = Flight { answers: 1, ..flight };
	assert_eq!(Attempt::after(Some(&alone), &alone.nonce).most, 1, "never none");
}

#[test]
fn a_remembered_transaction_is_read_as_it_was_written() {
	let flight = Attempt::after(None, &7u32).sent(7u32, 100, 3);
	let bytes = flight.encode();
	assert_eq!(codec::Decode::decode(&mut &bytes[..]), Ok(flight));
}

/// An answer with an output of so many bytes.
fn ready(request: RequestId, bytes: usize, worth: u128, block: u32) -> Ready<[u8; 32]> {
	let job = ProveJob {
		genesis: [6; 32],
		request,
		model: ModelId([1; 32]),
		version: 1,
		circuit: CircuitHash([2; 32]),
		params: Scalar([3; 32]),
		inputs: vec![TensorData::Committed(Scalar([4; 32]))].try_into().unwrap(),
		beneficiary: [5; 32],
		expiry: 9,
		outputs: vec![Visibility::Public].try_into().unwrap(),
		deadline: Deadline { block, moment: 0 },
		worth,
	};
	let (a, b) = (G1([0; 64]), G2([0; 128]));
	let proof = Proof { a, b, c: a, commitments: Default::default() };
	let output = TensorData::Public(vec![0; bytes].try_into().unwrap());
	let outputs = vec![output].try_into().unwrap();
	Ready::new(job, ProveReply { outputs, proof, prove_ms: 1 }, NOW)
}

#[test]
fn answers_fill_a_transaction_and_no_more() {
	let many = |bytes| (0..200).map(move |request| ready(request, bytes, 1, 0));
	assert_eq!(fitting(many(1), MAX_BATCH).len(), MAX_BATCH as usize);
	assert_eq!(fitting(many(1), 3).len(), 3);
	let long = fitting(many(4_096), MAX_BATCH);
	let size: usize = long.iter().map(|one| one.answer.encoded_size()).sum();
	let one = long[0].answer.encoded_size();
	assert!(size <= MOST_BYTES && size + one > MOST_BYTES, "{size} bytes");
	let order: Vec<_> = long.iter().map(|one| one.answer.request).collect();
	assert!(order.is_sorted());
	// What is asked counts too, since the call pays for it.
	let asked = |input_bytes| many(1).map(move |one| Ready { input_bytes, ..one });
	let of_large = fitting(asked(MAX_TENSOR_BYTES), MAX_BATCH);
	assert_eq!(input_bytes(&of_large), MOST_INPUT_BYTES);
	assert_eq!(fitting(asked(MOST_INPUT_BYTES), MAX_BATCH).len(), 1);
	// Bytes weigh as answers do.
	assert_eq!(fitting(asked(784), MAX_BATCH).len(), MAX_BATCH as usize - 1);
	assert_eq!(fitting(asked(8 << 10), MAX_BATCH).len(), 114);
	assert_eq!(fitting(many(2_048), MAX_BATCH).len(), 114);
}

#[test]
fn a_tip_is_for_all_answers_or_for_those_that_are_nearly_late() {
	let some = [ready(1, 1, 3_000, 1_000), ready(2, 1, 1_000, NOW.block + 1)];
	assert_eq!([some[0].near, some[1].near], [false, true]);
	assert_eq!(tip_for(&some, 0), tip(4_000, 1_000, 0));
	assert_eq!(tip_for(&some, 4), tip(4_000, 1_000, 4));
	assert_eq!(tip_for(&[ready(1, 1, u128::MAX, 1), some[0].clone()], 0), u128::MAX / 10);
}
