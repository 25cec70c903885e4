//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-22, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
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
		// Fastest run: 1_449_343_000 ps.
		Weight::from_parts(1_498_053_953, 6)
			.saturating_add(Weight::from_parts(2_009_234, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_key() -> Weight {
		// Fastest run: 141_822_000 ps.
		Weight::from_parts(141_822_000, 5302)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn register() -> Weight {
		// Fastest run: 170_915_000 ps.
		Weight::from_parts(170_915_000, 5302)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove() -> Weight {
		// Fastest run: 115_442_000 ps.
		Weight::from_parts(115_442_000, 406)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn submit(n: u32) -> Weight {
		// Fastest run: 1_834_087_000 ps.
		Weight::from_parts(1_848_416_692, 1422)
			.saturating_add(Weight::from_parts(32_319_192, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `b` is from 0 to 4096.
	fn submit_public(b: u32) -> Weight {
		// Fastest run: 1_962_599_000 ps.
		Weight::from_parts(1_965_403_000, 1783)
			.saturating_add(Weight::from_parts(25_361, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn verification(n: u32) -> Weight {
		// Fastest run: 1_640_558_000 ps.
		Weight::from_parts(1_640_558_000, 963)
			.saturating_add(Weight::from_parts(30_312_578, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `n` is from 1 to 256.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run: 4_472_925_000 ps.
		Weight::from_parts(5_500_044_862, 5520)
			.saturating_add(Weight::from_parts(325_554_137, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 256.
	fn submit_batch_keys(k: u32) -> Weight {
		// Fastest run: 4_447_326_000 ps.
		Weight::from_parts(1_908_589_705, 288)
			.saturating_add(Weight::from_parts(2_538_736_294, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 5231).saturating_mul(k.into()))
	}
	fn prune() -> Weight {
		// Fastest run: 162_723_000 ps.
		Weight::from_parts(162_723_000, 2760)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
