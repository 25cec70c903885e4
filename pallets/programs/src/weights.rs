//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-28, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.83, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
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

/// As measured, with the margin and the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	/// `n` is from 1 to 65.
	fn register_key(n: u32) -> Weight {
		// Fastest run, with the margin: 2_241_136_000 ps.
		Weight::from_parts(2_232_205_666, 6)
			.saturating_add(Weight::from_parts(2_372_051, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_key() -> Weight {
		// Fastest run, with the margin: 191_707_000 ps.
		Weight::from_parts(191_707_000, 5269)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn register() -> Weight {
		// Fastest run, with the margin: 222_260_000 ps.
		Weight::from_parts(222_260_000, 5269)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove() -> Weight {
		// Fastest run, with the margin: 151_264_000 ps.
		Weight::from_parts(151_264_000, 405)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn submit(n: u32) -> Weight {
		// Fastest run, with the margin: 2_881_130_000 ps.
		Weight::from_parts(2_898_833_256, 1400)
			.saturating_add(Weight::from_parts(57_665_589, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `b` is from 0 to 4096.
	fn submit_public(b: u32) -> Weight {
		// Fastest run, with the margin: 3_171_524_000 ps.
		Weight::from_parts(3_177_799_771, 1761)
			.saturating_add(Weight::from_parts(50_858, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn verification(n: u32) -> Weight {
		// Fastest run, with the margin: 2_712_269_000 ps.
		Weight::from_parts(2_818_454_538, 964)
			.saturating_add(Weight::from_parts(55_991_205, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `n` is from 1 to 128.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 7_731_993_000 ps.
		Weight::from_parts(7_564_822_725, 5498)
			.saturating_add(Weight::from_parts(743_066_549, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 128.
	fn submit_batch_keys(k: u32) -> Weight {
		// Fastest run, with the margin: 7_217_949_000 ps.
		Weight::from_parts(1_454_931_504, 286)
			.saturating_add(Weight::from_parts(5_763_017_495, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 5265).saturating_mul(k.into()))
	}
	fn prune() -> Weight {
		// Fastest run, with the margin: 277_980_000 ps.
		Weight::from_parts(277_980_000, 2825)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
