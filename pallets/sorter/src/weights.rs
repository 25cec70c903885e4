//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-22, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.0, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
//!
//! By hand, until the next run: since then pinning empties 256 bins, counting remembers the input at a
//! deposit, and it can be forgotten. A hold or its release, as in the inference pallet, takes some 40 us
//! beside the database; twice that is added here. For each bin that is emptied 5 us are.
#![allow(missing_docs, unused_parens)]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};

/// What each call costs.
pub trait WeightInfo {
	fn pin() -> Weight;
	fn on_verified() -> Weight;
	fn forget() -> Weight;
}

/// As measured, with the margin and the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn pin() -> Weight {
		Weight::from_parts(2_600_000_000, 10_000)
			.saturating_add(T::DbWeight::get().reads(257))
			.saturating_add(T::DbWeight::get().writes(258))
	}
	fn on_verified() -> Weight {
		Weight::from_parts(200_000_000, 1_000)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn forget() -> Weight {
		Weight::from_parts(200_000_000, 1_000)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}
