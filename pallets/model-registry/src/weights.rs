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
	/// `r` is from 0 to 2.
	fn register_circuit(r: u32) -> Weight {
		// Fastest run: 938_330_000 ps.
		Weight::from_parts(1_470_039_445, 8492)
			.saturating_add(Weight::from_parts(121_736_968, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn remove_circuit() -> Weight {
		// Fastest run: 57_125_000 ps.
		Weight::from_parts(95_953_000, 8492)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `r` is from 0 to 2.
	fn register(r: u32) -> Weight {
		// Fastest run: 1_279_208_000 ps.
		Weight::from_parts(1_608_135_115, 8492)
			.saturating_add(Weight::from_parts(252_843_039, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	/// `r` is from 0 to 2.
	fn publish(r: u32) -> Weight {
		// Fastest run: 1_243_085_000 ps.
		Weight::from_parts(1_456_642_981, 8492)
			.saturating_add(Weight::from_parts(277_088_566, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn deprecate() -> Weight {
		// Fastest run: 32_448_000 ps.
		Weight::from_parts(42_403_000, 6122)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn transfer() -> Weight {
		// Fastest run: 14_552_000 ps.
		Weight::from_parts(20_270_000, 3585)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn set_share() -> Weight {
		// Fastest run: 14_562_000 ps.
		Weight::from_parts(24_256_000, 3585)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `v` is from 1 to 32.
	fn remove(v: u32) -> Weight {
		// Fastest run: 105_527_000 ps.
		Weight::from_parts(69_286_602, 3694)
			.saturating_add(Weight::from_parts(48_106_078, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(v.into())))
			.saturating_add(Weight::from_parts(0, 5132).saturating_mul(v.into()))
	}
}
