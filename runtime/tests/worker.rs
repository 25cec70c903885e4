//! The off-chain worker in the real runtime, with a prover, a clock and a pool of the test's own.

mod desk;

use std::{
	collections::{BTreeMap, BTreeSet},
	sync::{Arc, Mutex},
	time::Instant,
};

use crate::common::{chain, *};
use codec::{Decode, DecodeAll, Encode};
use desk::Desk;
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	traits::Hooks,
};
use pallet_inference::{offchain::crypto::KEY_TYPE, Call, NextRequest, Requests};
use sp_core::offchain::{
	storage::OffchainDb, testing::TestPersistentOffchainDB, HttpError, HttpRequestId,
	HttpRequestStatus, OffchainDbExt, OffchainStorage, OffchainWorkerExt, OpaqueNetworkState,
	Timestamp, TransactionPool, TransactionPoolExt, STORAGE_PREFIX,
};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::DispatchError;
use zkml_primitives::{
	prover_api::{JobId, JobState, Offers, ProveJob, ProveReply, Question, Taken, MOST_JOBS},
	prover_policy::{MOST_ASIDE, MOST_INPUT_BYTES, SET_ASIDE},
	*,
};
use zkml_runtime::*;
use zkml_trapdoor::Trapdoor;

const PARAMS: Scalar = Scalar([0x11; 32]);
const FOREIGN: Scalar = Scalar([0x12; 32]);
/// The account of the preset that answers requests.
const RICH: &str = "//Alice//zkml";
const POOR: &str = "//Nobody//zkml";
/// Where the worker keeps what it remembers.
const STATE: &[u8] = b"zkml::worker::state";

#[test]
fn a_request_is_proved_and_answered_whatever_waits_for_others() {
	let mut desk = Desk::new(RICH);
	// Better paid, older, and nothing for this prover.
	for _ in 0..300 {
		desk.ask(desk.foreign, 2 * UNIT, 1_000);
	}
	let mine = desk.ask(desk.model, UNIT, 1_000);
	desk.run();
	assert_eq!(desk.given(), [mine], "in the first run");
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("an answer");
	desk.include(transaction);
	assert!(!desk.is_open(mine));
	desk.run();
	assert!(desk.sent().is_none());
	assert_eq!(desk.given(), [] as [RequestId; 0], "the prover was told to forget it");
}

#[test]
fn the_best_paid_comes_first_then_the_nearest_deadline() {
	let mut desk = Desk::new(RICH);
	let requests = [(5, 500), (6, 400), (5, 300), (20, 900)]
		.map(|(price, deadline)| desk.ask(desk.model, price * UNIT, deadline));
	let late = desk.ask(desk.model, 99 * UNIT, 2);
	desk.run();
	desk.run();
	let [a, b, c, d] = requests;
	let given = desk.given();
	assert!(given.contains(&late), "in the first run it was in time");
	let rest: Vec<_> = given.into_iter().filter(|request| *request != late).collect();
	assert_eq!(rest, [d, c, b, a]);
}

#[test]
fn what_is_past_its_deadline_is_not_handed_in() {
	let mut desk = Desk::new(RICH);
	let late = desk.ask(desk.model, UNIT, 3);
	desk.chain.execute_with(|| go_to(3));
	desk.run();
	assert!(desk.is_open(late), "the grace period is not over");
	assert_eq!(desk.given(), [] as [RequestId; 0]);
	let good = desk.ask(desk.model, UNIT, 20);
	desk.run();
	assert_eq!(desk.given(), [good]);
}

#[test]
fn all_that_is_ready_goes_in_one_transaction() {
	let mut desk = Desk::new(RICH);
	for _ in 0..MOST_JOBS + 44 {
		desk.ask(desk.model, UNIT, 1_000);
	}
	desk.run();
	assert_eq!(desk.given().len(), 16, "until it is known how long a proof takes");
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("answers");
	let RuntimeCall::Inference(Call::answer_batch { answers, .. }) = &transaction.function else {
		panic!("a batch")
	};
	assert_eq!(answers.len(), 16);
	assert_eq!(desk.given().len(), MOST_JOBS, "two blocks of work, as many as are kept in hand");
	desk.prove();
	desk.run();
	assert!(desk.sent().is_none(), "one is on its way");
	desk.include(transaction);
	desk.run();
	let transaction = desk.sent().expect("answers");
	let RuntimeCall::Inference(Call::answer_batch { answers, .. }) = &transaction.function else {
		panic!("a batch")
	};
	assert_eq!(answers.len(), MAX_BATCH as usize, "as many as one call takes");
	let called = desk.prover.lock().unwrap().calls.len();
	assert!(called <= 4 * 4, "four calls a run at most, got {called} in 4 runs");
}

#[test]
fn what_cannot_be_proved_is_set_aside_and_stops_nothing() {
	let mut desk = Desk::new(RICH);
	// More than are ever looked at in one run, and all better paid.
	let bad: Vec<_> = (0..1_500).map(|_| desk.ask(desk.model, 2 * UNIT, 100_000)).collect();
	desk.prover.lock().unwrap().refuses.extend(bad.iter().copied());
	let good = desk.ask(desk.model, UNIT / 2, 100_000);
	let runs = (1..=200).find(|_| {
		desk.run();
		desk.given() == [good]
	});
	println!("found after {runs:?} runs");
	assert!(runs.is_some(), "it waits for ever");
	let remembered = desk.get(STATE).expect("a state");
	assert!(remembered.len() < 16 * MOST_ASIDE, "{} bytes", remembered.len());
	// And each is tried again.
	let before = desk.prover.lock().unwrap().calls.len();
	desk.prover.lock().unwrap().refuses.clear();
	(0..=SET_ASIDE).for_each(|_| desk.run());
	assert!(desk.prover.lock().unwrap().calls.len() > before);
	assert!(desk.given().len() > 1);
}

#[test]
fn inputs_of_full_size_are_handed_in_a_few_at_a_time_and_paid_for() {
	let mut desk = Desk::new(RICH);
	let large = desk.large;
	let requests: Vec<_> = (0..40).map(|_| desk.ask_full(large, UNIT)).collect();
	desk.run();
	assert_eq!(desk.given().len(), 7, "as many as a body takes");
	(0..10).for_each(|_| desk.run());
	assert_eq!(desk.given().len(), 16, "until it is known how long a proof takes");
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("answers");
	let RuntimeCall::Inference(Call::answer_batch { answers, input_bytes }) = &transaction.function
	else {
		panic!("a batch")
	};
	assert_eq!((answers.len(), *input_bytes), (4, MOST_INPUT_BYTES));
	desk.include(transaction);
	let open = requests.iter().filter(|request| desk.is_open(**request)).count();
	assert_eq!(open, 36);
	(0..10).for_each(|_| desk.run());
	assert_eq!(desk.given().len(), 32, "eight megabytes in hand, and no more");
}

#[test]
fn what_is_to_be_hidden_is_for_a_prover_that_keeps_openings() {
	let mut desk = Desk::new(RICH);
	let shown = desk.ask(desk.model, UNIT, 1_000);
	let hidden = desk.ask_hidden(desk.model, 5 * UNIT);
	(0..3).for_each(|_| desk.run());
	assert_eq!(desk.given(), [shown], "who shows all is not asked to hide, whatever it pays");
	{
		let mut prover = desk.prover.lock().unwrap();
		let keeps = Work { hides_outputs: true, ..prover.offers[0].clone() };
		prover.offers.push(keeps);
	}
	desk.run();
	assert_eq!(desk.given(), [shown, hidden]);
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("both answers");
	desk.include(transaction);
	assert!(!desk.is_open(shown) && !desk.is_open(hidden));
	let record = desk.chain.execute_with(|| {
		let statement = pallet_inference::Results::<Runtime>::get(hidden).expect("answered");
		pallet_inference::Records::<Runtime>::get(statement).expect("recorded")
	});
	assert_eq!(visibilities(&record.outputs)[..], [Visibility::Private]);
}

#[test]
fn every_kind_of_work_has_its_turn() {
	let mut desk = Desk::new(RICH);
	let mine = desk.prover.lock().unwrap().offers[0].clone();
	let request = desk.ask(desk.model, UNIT, 1_000);
	// Three pages of two; what is asked for is on the last.
	let none = |n| Work { openings: list([Scalar([n; 32])]), ..mine.clone() };
	desk.prover.lock().unwrap().offers = vec![none(1), none(2), none(3), none(4), none(5), mine];
	desk.run();
	desk.run();
	assert_eq!(desk.given(), [] as [RequestId; 0]);
	desk.run();
	assert_eq!(desk.given(), [request]);
}

#[test]
fn answers_wait_for_funds_and_go_as_soon_as_they_come() {
	let mut desk = Desk::new(POOR);
	let request = desk.ask(desk.model, UNIT, 1_000);
	desk.run();
	desk.prove();
	(0..5).for_each(|_| desk.run());
	assert!(desk.sent().is_none(), "it cannot pay the deposit");
	assert!(desk.is_open(request));
	let worker = desk.worker.clone();
	desk.chain.execute_with(|| {
		let call = pallet_balances::Call::transfer_allow_death {
			dest: Address::Id(worker),
			value: 10 * UNIT,
		};
		dispatch(&account(2), call).unwrap();
	});
	desk.run();
	let transaction = desk.sent().expect("the answer, in the next block");
	desk.include(transaction);
	assert!(!desk.is_open(request));
}

#[test]
fn a_lost_transaction_is_sent_again_with_a_tip_of_a_tenth_at_most() {
	let mut desk = Desk::new(RICH);
	let request = desk.ask(desk.model, 100 * UNIT, 1_000);
	desk.run();
	desk.prove();
	let sent: Vec<_> = (0..13)
		.map(|_| {
			desk.run();
			desk.sent()
		})
		.collect();
	let times: Vec<usize> = (0..13).filter(|n| sent[*n].is_some()).collect();
	assert_eq!(times, [0, 2, 4, 6, 8, 10, 12]);
	let tips: Vec<Balance> = sent
		.into_iter()
		.flatten()
		.map(|transaction| {
			let before = desk.chain.execute_with(storage);
			let tip = desk.include(transaction);
			desk.chain.execute_with(|| restore(&before));
			tip
		})
		.collect();
	let tenth = 10 * UNIT;
	assert_eq!(tips[..5], [0, tenth / 4, tenth / 2, 3 * tenth / 4, tenth]);
	assert_eq!(tips[5..], [tenth; 2]);
	assert!(desk.is_open(request));
}

#[test]
fn a_lost_transaction_is_sent_again_with_half_of_its_answers() {
	let mut desk = Desk::new(RICH);
	for _ in 0..8 {
		desk.ask(desk.model, UNIT, 1_000);
	}
	desk.run();
	desk.prove();
	let sent: Vec<_> = (0..5)
		.map(|_| {
			desk.run();
			desk.sent()
		})
		.collect();
	let answers = |transaction: &UncheckedExtrinsic| match &transaction.function {
		RuntimeCall::Inference(Call::answer_batch { answers, .. }) => answers.len(),
		other => panic!("a batch, not {other:?}"),
	};
	let counts: Vec<_> = sent.iter().map(|one| one.as_ref().map(answers)).collect();
	assert_eq!(counts, [Some(8), None, Some(4), None, Some(2)]);
	desk.include(sent.into_iter().flatten().last().expect("the last"));
	desk.run();
	assert_eq!(desk.sent().as_ref().map(answers), Some(4), "it grows again");
}

#[test]
fn an_answer_that_is_nearly_late_has_a_tip_at_once() {
	let mut desk = Desk::new(RICH);
	desk.ask(desk.model, 100 * UNIT, 6);
	desk.run();
	desk.prove();
	desk.run();
	let transaction = desk.sent().expect("an answer");
	assert_eq!(desk.include(transaction), 10 * UNIT);
}

/// Puts the state back to what it was.
fn restore(before: &BTreeMap<Vec<u8>, Vec<u8>>) {
	let now = storage();
	for key in changed(before, &now) {
		match before.get(&key) {
			Some(value) => sp_io::storage::set(&key, value),
			None => sp_io::storage::clear(&key),
		}
	}
}

#[test]
fn nothing_is_asked_twice_and_a_lost_memory_loses_nothing() {
	let mut desk = Desk::new(RICH);
	let request = desk.ask(desk.model, UNIT, 1_000);
	(0..3).for_each(|_| desk.run());
	assert_eq!(desk.given(), [request]);
	desk.set(STATE, [0xff_u8; 3]);
	desk.run();
	assert_eq!(desk.given(), [request, request], "the same job is one job to the prover");
	desk.prove();
	desk.run();
	assert!(desk.sent().is_some());
}

/// What one run of the worker reads of the state, in bytes, with so many requests open for a model that
/// its prover has, or lacks.
fn look(open: u32, ours: bool) -> usize {
	let mut desk = Desk::new(RICH);
	let model = if ours { desk.model } else { desk.foreign };
	for _ in 0..open {
		desk.ask(model, UNIT, 100_000);
	}
	desk.chain.execute_apart(System::reset_events);
	desk.chain.commit_all().unwrap();
	let start = Instant::now();
	let ((), proof) = desk.chain.execute_and_prove(|| Inference::offchain_worker(2));
	let (took, size) = (start.elapsed(), proof.encoded_size());
	let whose = if ours { "ours" } else { "foreign" };
	println!("{open:>6} open, {whose:<7}: a run reads {size:>7} bytes of state, {took:>8.1?}");
	size
}

#[test]
fn a_run_costs_the_same_when_a_crowd_is_waiting() {
	for ours in [false, true] {
		look(100, ours);
		let (some, many) = (look(10_000, ours), look(100_000, ours));
		// The same requests are looked at, each in a place of its own of a trie that is a level deeper.
		assert!(many <= 3 * some, "{some} bytes with 10,000 open, {many} with 100,000");
	}
}
