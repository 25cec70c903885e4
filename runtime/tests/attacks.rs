//! T1 to T10 against the runtime, and the proof-level ones against each native way to verify.

use std::path::Path;

use crate::common::{
	chain,
	ledger::{BatchLedger, RuntimeLedger},
	market::RuntimeMarket,
	verifier::{Direct, PalletVerifier},
};
use zkml_attacks::{ledger, market, published, verifier};

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
