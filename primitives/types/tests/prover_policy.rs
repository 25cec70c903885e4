//! How provers choose: order, room, tips, what is set aside.

use std::collections::BTreeSet;

use zkml_primitives::{
	prover_api::Now,
	prover_policy::{ahead, is_near, precedence, tip, Aside, MOST_ASIDE, SET_ASIDE},
	Deadline, RequestId,
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
