//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-21, AMD EPYC, 10 steps, 5 repeats, chain Some("dev"), WASM Compiled.
#![allow(missing_docs, unused_parens)]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};

/// What each call costs.
pub trait WeightInfo {
	fn register_key(n: u32) -> Weight;
	fn remove_key() -> Weight;
	fn register() -> Weight;
	fn remove() -> Weight;
	fn submit(n: u32) -> Weight;
	fn submit_public(b: u32) -> Weight;
	fn verification(n: u32) -> Weight;
	fn submit_batch(n: u32) -> Weight;
	fn submit_batch_keys(k: u32) -> Weight;
	fn prune() -> Weight;
}

/// As measured, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// `n` is from 1 to 65.
	fn register_key(n: u32) -> Weight {
		// Fastest run: 1_071_149_000 ps.
		Weight::from_parts(1_604_573_145, 8492)
			.saturating_add(Weight::from_parts(3_007_626, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn remove_key() -> Weight {
		// Fastest run: 89_253_000 ps.
		Weight::from_parts(121_061_000, 8492)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn register() -> Weight {
		// Fastest run: 106_338_000 ps.
		Weight::from_parts(173_288_000, 8492)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn remove() -> Weight {
		// Fastest run: 84_916_000 ps.
		Weight::from_parts(124_726_000, 3694)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `n` is from 0 to 64.
	fn submit(n: u32) -> Weight {
		// Fastest run: 1_369_243_000 ps.
		Weight::from_parts(2_051_772_213, 8492)
			.saturating_add(Weight::from_parts(27_699_345, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `b` is from 0 to 4096.
	fn submit_public(b: u32) -> Weight {
		// Fastest run: 1_444_366_000 ps.
		Weight::from_parts(2_165_878_543, 8492)
			.saturating_add(Weight::from_parts(10_827, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `n` is from 0 to 64.
	fn verification(n: u32) -> Weight {
		// Fastest run: 1_145_800_000 ps.
		Weight::from_parts(1_801_189_762, 8492)
			.saturating_add(Weight::from_parts(26_239_693, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
	}
	/// `n` is from 1 to 256.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run: 3_698_860_000 ps.
		Weight::from_parts(8_414_625_410, 8492)
			.saturating_add(Weight::from_parts(378_643_845, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 6868).saturating_mul(n.into()))
	}
	/// `k` is from 1 to 32.
	fn submit_batch_keys(k: u32) -> Weight {
		// Fastest run: 3_582_115_000 ps.
		Weight::from_parts(1_368_683_255, 3694)
			.saturating_add(Weight::from_parts(3_019_022_746, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 7502).saturating_mul(k.into()))
	}
	fn prune() -> Weight {
		// Fastest run: 82_994_000 ps.
		Weight::from_parts(98_307_000, 7858)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
