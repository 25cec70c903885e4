//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-21, AMD EPYC, 10 steps, 5 repeats, chain Some("dev"), WASM Compiled.
#![allow(missing_docs, unused_parens)]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};

/// What each call costs.
pub trait WeightInfo {
	fn register_circuit(r: u32) -> Weight;
	fn remove_circuit() -> Weight;
	fn register(r: u32) -> Weight;
	fn publish(r: u32) -> Weight;
	fn deprecate() -> Weight;
	fn transfer() -> Weight;
	fn set_share() -> Weight;
	fn remove(v: u32) -> Weight;
}

/// As measured, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_circuit(r: u32) -> Weight {
		// Fastest run: 953_663_000 ps.
		Weight::from_parts(1_023_778_000, 4649)
			.saturating_add(Weight::from_parts(350_000_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn remove_circuit() -> Weight {
		// Fastest run: 51_357_000 ps.
		Weight::from_parts(55_713_000, 4649)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn register(r: u32) -> Weight {
		// Fastest run: 1_433_469_000 ps.
		Weight::from_parts(1_514_710_000, 4649)
			.saturating_add(Weight::from_parts(350_000_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn publish(r: u32) -> Weight {
		// Fastest run: 1_420_450_000 ps.
		Weight::from_parts(1_504_855_000, 4649)
			.saturating_add(Weight::from_parts(350_000_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn deprecate() -> Weight {
		// Fastest run: 30_886_000 ps.
		Weight::from_parts(35_132_000, 6122)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn transfer() -> Weight {
		// Fastest run: 12_999_000 ps.
		Weight::from_parts(15_673_000, 3585)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn set_share() -> Weight {
		// Fastest run: 12_880_000 ps.
		Weight::from_parts(15_273_000, 3585)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `v` is from 1 to 32.
	fn remove(v: u32) -> Weight {
		// Fastest run: 99_638_000 ps.
		Weight::from_parts(67_908_610, 3640)
			.saturating_add(Weight::from_parts(46_003_347, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(v.into())))
			.saturating_add(Weight::from_parts(0, 5132).saturating_mul(v.into()))
	}
}
