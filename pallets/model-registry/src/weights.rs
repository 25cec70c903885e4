//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-22, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.0, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
//!
//! By hand, until the next run: since then a model's description may be 2,733 bytes longer (scales,
//! dimensions, accuracy claim). Natively these take 3.6 us to decode, 0.4 to encode, 2.1 to hash;
//! about four and a half times as much, for WASM, is added here: 16 us for each reading, 4 for a
//! writing, 10 for a hash. Texts are looked at: 20 us. All before the margin.
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

/// As measured, with the margin and the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// `r` is from 0 to 2.
	fn register_circuit(r: u32) -> Weight {
		// Fastest run, with the margin: 2_543_496_000 ps.
		Weight::from_parts(2_543_496_000, 6)
			.saturating_add(Weight::from_parts(297_643_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_circuit() -> Weight {
		// Fastest run, with the margin: 196_072_000 ps.
		Weight::from_parts(196_072_000, 1850)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `r` is from 0 to 2.
	fn register(r: u32) -> Weight {
		// Fastest run, with the margin: 3_624_808_000 ps.
		Weight::from_parts(3_664_808_000, 1518)
			.saturating_add(Weight::from_parts(715_929_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
			.saturating_add(Weight::from_parts(40_000_000, 0))
	}
	/// `r` is from 0 to 2.
	fn publish(r: u32) -> Weight {
		// Fastest run, with the margin: 3_558_850_000 ps.
		Weight::from_parts(3_598_850_000, 1734)
			.saturating_add(Weight::from_parts(543_101_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
			.saturating_add(Weight::from_parts(40_000_000, 0))
	}
	fn deprecate() -> Weight {
		// Fastest run, with the margin: 146_738_000 ps.
		Weight::from_parts(186_738_000, 5639)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn transfer() -> Weight {
		// Fastest run, with the margin: 79_358_000 ps.
		Weight::from_parts(79_358_000, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn set_share() -> Weight {
		// Fastest run, with the margin: 83_226_000 ps.
		Weight::from_parts(83_226_000, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `v` is from 1 to 32.
	fn remove(v: u32) -> Weight {
		// Fastest run, with the margin: 341_750_000 ps.
		Weight::from_parts(144_738_110, 361)
			.saturating_add(Weight::from_parts(156_815_222, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(v.into())))
			.saturating_add(Weight::from_parts(0, 5661).saturating_mul(v.into()))
	}
}
