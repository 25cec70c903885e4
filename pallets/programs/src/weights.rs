//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-28, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.93, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
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
		// Fastest run, with the margin: 2_213_368_880 ps.
		Weight::from_parts(2_157_262_310, 6)
			.saturating_add(Weight::from_parts(4_730_034, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_key() -> Weight {
		// Fastest run, with the margin: 150_798_310 ps.
		Weight::from_parts(150_798_310, 5268)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn register() -> Weight {
		// Fastest run, with the margin: 232_639_070 ps.
		Weight::from_parts(232_639_070, 5268)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove() -> Weight {
		// Fastest run, with the margin: 147_393_650 ps.
		Weight::from_parts(147_393_650, 405)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn submit(n: u32) -> Weight {
		// Fastest run, with the margin: 2_835_428_390 ps.
		Weight::from_parts(3_007_619_305, 1399)
			.saturating_add(Weight::from_parts(55_576_915, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `b` is from 0 to 4096.
	fn submit_public(b: u32) -> Weight {
		// Fastest run, with the margin: 3_095_295_950 ps.
		Weight::from_parts(3_102_020_622, 1760)
			.saturating_add(Weight::from_parts(57_283, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 0 to 64.
	fn verification(n: u32) -> Weight {
		// Fastest run, with the margin: 2_660_067_890 ps.
		Weight::from_parts(2_730_067_994, 963)
			.saturating_add(Weight::from_parts(55_571_807, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 64).saturating_mul(n.into()))
	}
	/// `n` is from 1 to 128.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 7_429_984_830 ps.
		Weight::from_parts(7_058_285_030, 5497)
			.saturating_add(Weight::from_parts(748_383_989, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 128.
	fn submit_batch_keys(k: u32) -> Weight {
		// Fastest run, with the margin: 7_554_046_890 ps.
		Weight::from_parts(4_265_499_006, 286)
			.saturating_add(Weight::from_parts(5_683_651_558, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((2_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 5264).saturating_mul(k.into()))
	}
	fn prune() -> Weight {
		// Fastest run, with the margin: 258_927_030 ps.
		Weight::from_parts(258_927_030, 2825)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
