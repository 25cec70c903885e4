//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-28, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.83, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
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
		// Fastest run, with the margin: 547_854_000 ps.
		Weight::from_parts(547_854_000, 5371)
			.saturating_add(T::DbWeight::get().reads(257))
			.saturating_add(T::DbWeight::get().writes(258))
	}
	fn on_verified() -> Weight {
		// Fastest run, with the margin: 138_820_000 ps.
		Weight::from_parts(138_820_000, 339)
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	fn forget() -> Weight {
		// Fastest run, with the margin: 127_627_000 ps.
		Weight::from_parts(127_627_000, 732)
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().writes(3))
	}
}
