//! How many blocks a slot has.

use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::common;
use codec::Encode;
use frame_support::traits::Hooks;
use sp_consensus_aura::{sr25519::AuthorityId, AURA_ENGINE_ID};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{Digest, DigestItem};
use zkml_runtime::*;

/// A time before all others here, in milliseconds; slot 0 of these tests begins with it.
const BEGIN: u64 = 1_800_000_600_000;

/// Begins a block of this slot and sets a time in it, as every block does.
fn begin(number: u32, slot: u64, time: u64) {
	let (slot, time) = (BEGIN / SLOT_DURATION + slot, BEGIN + time);
	let item = DigestItem::PreRuntime(AURA_ENGINE_ID, slot.encode());
	System::initialize(&number, &Hash::default(), &Digest { logs: vec![item] });
	Aura::on_initialize(number);
	Timestamp::set(RuntimeOrigin::none(), time).unwrap();
	Timestamp::on_finalize(number);
}

fn begins(number: u32, slot: u64, time: u64) -> bool {
	catch_unwind(AssertUnwindSafe(|| begin(number, slot, time))).is_ok()
}

#[test]
fn a_sole_authority_makes_several_blocks_a_slot_with_the_time_of_each() {
	common::chain().execute_with(|| {
		begin(2, 10, 60_000);
		begin(3, 10, 60_000);
		begin(4, 10, 60_001);
		begin(5, 11, 66_000);
		assert_eq!(Timestamp::get(), BEGIN + 66_000);
		assert!(!begins(6, 10, 60_002), "slots never go back");
	});
	common::chain().execute_with(|| {
		begin(2, 10, 60_005);
		assert!(!begins(3, 10, 60_004), "nor does the time");
	});
}

#[test]
fn with_two_authorities_a_slot_has_one_block() {
	common::chain().execute_with(|| {
		let two = [Sr25519Keyring::Alice, Sr25519Keyring::Bob];
		let two = two.map(|key| AuthorityId::from(key.public())).to_vec();
		pallet_aura::Authorities::<Runtime>::put(
			frame_support::BoundedVec::try_from(two).expect("fewer than the most"),
		);
		begin(2, 10, 60_000);
		begin(3, 11, 66_000);
		assert!(!begins(4, 11, 66_001), "the slot is Bob's, and he had it");
	});
}

#[test]
fn the_time_of_a_block_lies_in_its_slot() {
	common::chain().execute_with(|| assert!(!begins(2, 10, 66_000)));
}
