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
	fn refund() -> Weight;
	fn prune() -> Weight;
}

/// As measured, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn commit_input() -> Weight {
		// Fastest run: 46_039_000 ps.
		Weight::from_parts(50_296_000, 3640)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn withdraw_input() -> Weight {
		// Fastest run: 41_242_000 ps.
		Weight::from_parts(44_256_000, 3640)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `b` is from 1 to 4096.
	fn request(b: u32) -> Weight {
		// Fastest run: 210_494_000 ps.
		Weight::from_parts(161_356_622, 6122)
			.saturating_add(Weight::from_parts(216_196, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `b` is from 1 to 4096.
	fn answer(b: u32) -> Weight {
		// Fastest run: 1_711_785_000 ps.
		Weight::from_parts(1_796_677_808, 7894)
			.saturating_add(Weight::from_parts(246_951, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	/// `i` is from 1 to 4096.
	/// `o` is from 1 to 4096.
	fn submit(i: u32, o: u32) -> Weight {
		// Fastest run: 2_457_487_000 ps.
		Weight::from_parts(1_716_080_788, 7894)
			.saturating_add(Weight::from_parts(213_707, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(212_312, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn answer_rounds(b: u32, r: u32) -> Weight {
		Self::answer(b).saturating_add(Weight::from_parts(350_000_000, 0).saturating_mul(r.into()))
	}
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight {
		Self::submit(i, o)
			.saturating_add(Weight::from_parts(350_000_000, 0).saturating_mul(r.into()))
	}
	fn refund() -> Weight {
		// Fastest run: 79_199_000 ps.
		Weight::from_parts(86_378_000, 7788)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn prune() -> Weight {
		// Fastest run: 52_028_000 ps.
		Weight::from_parts(57_636_000, 7894)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
