//! T1 to T10 against the runtime, and the proof-level ones against each native way to verify.

use std::path::Path;

use crate::common::{
	account, answer, answering_all, chain, dispatch,
	ledger::{AnswerLedger, BatchLedger, RuntimeLedger},
	market::RuntimeMarket,
	name, one, register, target, terms,
	verifier::{Direct, PalletVerifier},
};
use frame_support::traits::fungible::Inspect;
use pallet_inference::{Call, Event};
use zkml_attacks::{ledger, market, published, verifier, KINDS};
use zkml_primitives::{Answer, Scalar, Share, Submission};
use zkml_runtime::{Balances, Runtime, RuntimeEvent, System, UNIT};
use zkml_trapdoor::{byte, rerandomise};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");

#[test]
fn the_runtime_refuses_every_attack_on_its_records() {
	chain().execute_with(|| ledger::run(&mut RuntimeLedger));
}

#[test]
fn the_runtime_refuses_every_attack_in_a_batch_wherever_it_stands() {
	for at in 0..3 {
		chain().execute_with(|| ledger::run(&mut BatchLedger::new(at)));
	}
}

#[test]
fn the_runtime_refuses_every_attack_on_its_answers() {
	chain().execute_with(|| ledger::run(&mut AnswerLedger::new(RuntimeLedger)));
}

#[test]
fn the_runtime_refuses_every_attack_in_a_batch_of_answers_wherever_it_stands() {
	for at in 0..3 {
		chain().execute_with(|| ledger::run(&mut AnswerLedger::new(BatchLedger::new(at))));
	}
}

/// T3 and T4 where nothing is on record yet: all come in one batch.
#[test]
fn of_several_proofs_of_a_statement_in_one_batch_the_first_alone_counts() {
	let refused = || -> Vec<String> {
		let error = |event| match event {
			RuntimeEvent::Inference(
				Event::AnswerRefused { error, .. } | Event::SubmissionRefused { error, .. },
			) => Some(name(&error)),
			_ => None,
		};
		System::events().into_iter().filter_map(|record| error(record.event)).collect()
	};
	let records = || pallet_inference::Records::<Runtime>::iter_keys().count();
	for kind in KINDS {
		chain().execute_with(|| {
			let (owner, user, prover) = (account(1), account(2), account(3));
			let trapdoor = kind(5);
			let model = register(&owner, &trapdoor, Scalar::ZERO, Share(0)).unwrap();
			let request = pallet_inference::NextRequest::<Runtime>::get();
			let (inputs, terms) = (one(130), terms(UNIT, 20));
			dispatch(&user, Call::request { model, version: 1, inputs, terms }).unwrap();
			let honest = answer(&trapdoor, request, &prover, 131, 3);
			let copy = Answer { proof: rerandomise(&honest.proof, 77), ..honest.clone() };
			let before = Balances::total_balance(&prover);
			dispatch(&prover, answering_all(vec![honest.clone(), copy, honest])).unwrap();
			assert_eq!(refused(), ["RequestNotFound"; 2]);
			assert_eq!(records(), 1);
			assert_eq!(Balances::total_balance(&prover), before + UNIT, "paid once");

			System::reset_events();
			let run: [&[_]; 2] = [&[byte(130)], &[byte(131)]];
			let about = target(model, 1, Scalar::ZERO);
			let honest = trapdoor.submission(&about, prover.clone(), 1, 20, run);
			let copy = Submission { proof: rerandomise(&honest.proof, 77), ..honest.clone() };
			let submissions = vec![honest.clone(), copy, honest].try_into().unwrap();
			dispatch(&prover, Call::submit_batch { submissions }).unwrap();
			assert_eq!(refused(), ["AlreadyRecorded"; 2]);
			assert_eq!(records(), 2);
		});
	}
}

#[test]
fn neither_prover_nor_owner_nor_requester_gets_more_than_was_agreed() {
	chain().execute_with(|| market::run(&mut RuntimeLedger, &mut RuntimeMarket));
}

#[test]
fn nor_do_they_in_a_batch_wherever_the_answer_stands() {
	for at in 0..3 {
		chain().execute_with(|| market::run(&mut BatchLedger::new(at), &mut RuntimeMarket));
	}
}

#[test]
fn the_pallet_refuses_every_attack_on_proofs() {
	chain().execute_apart(|| verifier::run_plain(&mut PalletVerifier));
}

#[test]
fn host_functions_and_direct_calls_agree_on_every_attack() {
	let native = verifier::run(&mut Direct::<zkml_host::Native>(Default::default()));
	let pure = verifier::run(&mut Direct::<zkml_host::Pure>(Default::default()));
	assert_eq!(native, pure);
}

#[test]
fn published_proofs_are_answered_as_their_sources_say() {
	let folder = Path::new(VECTORS);
	chain().execute_apart(|| published::run(&mut PalletVerifier, folder));
	let native = published::run(&mut Direct::<zkml_host::Native>(Default::default()), folder);
	let pure = published::run(&mut Direct::<zkml_host::Pure>(Default::default()), folder);
	assert_eq!(native, pure);
}
