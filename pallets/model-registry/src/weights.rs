//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-28, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.83, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
#![allow(missing_docs, unused_parens)]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};

/// What each call costs.
pub trait WeightInfo {
	fn register_circuit(r: u32) -> Weight;
	fn register_circuit_committed() -> Weight;
	fn remove_circuit() -> Weight;
	fn register(r: u32) -> Weight;
	fn register_point(p: u32) -> Weight;
	fn publish(r: u32) -> Weight;
	fn publish_point(p: u32) -> Weight;
	fn deprecate() -> Weight;
	fn transfer() -> Weight;
	fn set_share() -> Weight;
	fn remove(v: u32) -> Weight;
}

/// As measured, with the margin and the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// `r` is from 0 to 2.
	fn register_circuit(r: u32) -> Weight {
		// Fastest run, with the margin: 2_210_584_000 ps.
		Weight::from_parts(2_210_584_000, 6)
			.saturating_add(Weight::from_parts(181_277_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn register_circuit_committed() -> Weight {
		// Fastest run, with the margin: 3_294_420_000 ps.
		Weight::from_parts(3_294_420_000, 6)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_circuit() -> Weight {
		// Fastest run, with the margin: 148_966_000 ps.
		Weight::from_parts(148_966_000, 2328)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `r` is from 0 to 2.
	fn register(r: u32) -> Weight {
		// Fastest run, with the margin: 4_185_638_000 ps.
		Weight::from_parts(4_185_638_000, 1486)
			.saturating_add(Weight::from_parts(396_227_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `p` is from 0 to 1.
	fn register_point(p: u32) -> Weight {
		// Fastest run, with the margin: 6_056_285_000 ps.
		Weight::from_parts(6_056_285_000, 2382)
			.saturating_add(Weight::from_parts(6_370_347_000, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	/// `r` is from 0 to 2.
	fn publish(r: u32) -> Weight {
		// Fastest run, with the margin: 4_089_956_000 ps.
		Weight::from_parts(4_089_956_000, 1702)
			.saturating_add(Weight::from_parts(402_801_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `p` is from 0 to 1.
	fn publish_point(p: u32) -> Weight {
		// Fastest run, with the margin: 6_032_564_000 ps.
		Weight::from_parts(6_032_564_000, 2718)
			.saturating_add(Weight::from_parts(6_280_214_000, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn deprecate() -> Weight {
		// Fastest run, with the margin: 160_331_000 ps.
		Weight::from_parts(160_331_000, 25220)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn transfer() -> Weight {
		// Fastest run, with the margin: 45_348_000 ps.
		Weight::from_parts(45_348_000, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn set_share() -> Weight {
		// Fastest run, with the margin: 45_206_000 ps.
		Weight::from_parts(45_206_000, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `v` is from 1 to 32.
	fn remove(v: u32) -> Weight {
		// Fastest run, with the margin: 361_479_000 ps.
		Weight::from_parts(149_691_722, 421)
			.saturating_add(Weight::from_parts(211_787_277, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((5_u64).saturating_mul(v.into())))
			.saturating_add(Weight::from_parts(0, 25763).saturating_mul(v.into()))
	}
}
