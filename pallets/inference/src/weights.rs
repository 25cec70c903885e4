//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-21, AMD EPYC, 10 steps, 5 repeats, chain Some("dev"), WASM Compiled.
#![allow(missing_docs, unused_parens)]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};

/// What each call costs.
pub trait WeightInfo {
	fn commit_input() -> Weight;
	fn withdraw_input() -> Weight;
	fn request(b: u32) -> Weight;
	fn answer(b: u32) -> Weight;
	fn answer_rounds(b: u32, r: u32) -> Weight;
	fn submit(i: u32, o: u32) -> Weight;
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight;
	fn verify(r: u32) -> Weight;
	fn submit_batch(n: u32) -> Weight;
	fn submit_batch_one_round(n: u32) -> Weight;
	fn submit_batch_two_rounds(n: u32) -> Weight;
	fn submit_batch_versions(k: u32) -> Weight;
	fn refund() -> Weight;
	fn prune() -> Weight;
}

/// As measured, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn commit_input() -> Weight {
		// Fastest run: 46_550_000 ps.
		Weight::from_parts(50_465_000, 3640)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn withdraw_input() -> Weight {
		// Fastest run: 42_793_000 ps.
		Weight::from_parts(45_799_000, 3640)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `b` is from 1 to 4096.
	fn request(b: u32) -> Weight {
		// Fastest run: 248_911_000 ps.
		Weight::from_parts(211_680_407, 6122)
			.saturating_add(Weight::from_parts(225_877, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `b` is from 1 to 4096.
	fn answer(b: u32) -> Weight {
		// Fastest run: 1_778_584_000 ps.
		Weight::from_parts(1_821_177_772, 7902)
			.saturating_add(Weight::from_parts(229_752, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	/// `b` is from 1 to 4096.
	/// `r` is from 1 to 2.
	fn answer_rounds(b: u32, r: u32) -> Weight {
		// Fastest run: 2_053_534_000 ps.
		Weight::from_parts(1_804_516_140, 7902)
			.saturating_add(Weight::from_parts(17_297, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(364_191_958, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	/// `i` is from 1 to 4096.
	/// `o` is from 1 to 4096.
	fn submit(i: u32, o: u32) -> Weight {
		// Fastest run: 2_538_859_000 ps.
		Weight::from_parts(2_010_647_329, 7902)
			.saturating_add(Weight::from_parts(218_263, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(205_856, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `i` is from 1 to 4096.
	/// `o` is from 1 to 4096.
	/// `r` is from 1 to 2.
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight {
		// Fastest run: 2_000_456_000 ps.
		Weight::from_parts(1_526_328_900, 7902)
			.saturating_add(Weight::from_parts(39_447, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(22_169, 0).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(388_822_199, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	// This and the four that follow are estimates on the high side, until `scripts/weights.sh` has
	// measured them.
	fn verify(r: u32) -> Weight {
		Weight::from_parts(1_400_000_000, 7902)
			.saturating_add(Weight::from_parts(200_000_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(1))
	}
	fn submit_batch(n: u32) -> Weight {
		Weight::from_parts(1_200_000_000, 7902)
			.saturating_add(Weight::from_parts(500_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_add(n.into())))
	}
	fn submit_batch_one_round(n: u32) -> Weight {
		Self::submit_batch(n)
	}
	fn submit_batch_two_rounds(n: u32) -> Weight {
		Self::submit_batch(n)
	}
	fn submit_batch_versions(k: u32) -> Weight {
		Weight::from_parts(1_200_000_000, 7902)
			.saturating_add(Weight::from_parts(1_500_000_000, 0).saturating_mul(k.into()))
			.saturating_add(
				T::DbWeight::get().reads((9_u64).saturating_add((4_u64).saturating_mul(k.into()))),
			)
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_add(k.into())))
	}
	fn refund() -> Weight {
		// Fastest run: 87_992_000 ps.
		Weight::from_parts(107_791_000, 7824)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn prune() -> Weight {
		// Fastest run: 60_169_000 ps.
		Weight::from_parts(66_009_000, 7902)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
