//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-22, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.0, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
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
		// Fastest run, with the margin: 2_898_686_000 ps.
		Weight::from_parts(2_996_107_906, 6)
			.saturating_add(Weight::from_parts(4_018_468, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_key() -> Weight {
		// Fastest run, with the margin: 283_644_000 ps.
		Weight::from_parts(283_644_000, 5302)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn register() -> Weight {
		// Fastest run, with the margin: 341_830_000 ps.
		Weight::from_parts(341_830_000, 5302)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove() -> Weight {
		// Fastest run, with the margin: 230_884_000 ps.
		Weight::from_parts(230_884_000, 406)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn submit(n: u32) -> Weight {
		// Fastest run, with the margin: 3_668_174_000 ps.
		Weight::from_parts(3_696_833_384, 1422)
			.saturating_add(Weight::from_parts(64_638_384, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `b` is from 0 to 4096.
	fn submit_public(b: u32) -> Weight {
		// Fastest run, with the margin: 3_925_198_000 ps.
		Weight::from_parts(3_930_806_000, 1783)
			.saturating_add(Weight::from_parts(50_722, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn verification(n: u32) -> Weight {
		// Fastest run, with the margin: 3_281_116_000 ps.
		Weight::from_parts(3_281_116_000, 963)
			.saturating_add(Weight::from_parts(60_625_156, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `n` is from 1 to 256.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 8_945_850_000 ps.
		Weight::from_parts(11_000_089_724, 5520)
			.saturating_add(Weight::from_parts(651_108_274, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 256.
	fn submit_batch_keys(k: u32) -> Weight {
		// Fastest run, with the margin: 8_894_652_000 ps.
		Weight::from_parts(3_817_179_410, 288)
			.saturating_add(Weight::from_parts(5_077_472_588, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 5231).saturating_mul(k.into()))
	}
	fn prune() -> Weight {
		// Fastest run, with the margin: 325_446_000 ps.
		Weight::from_parts(325_446_000, 2760)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
