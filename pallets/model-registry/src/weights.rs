//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-28, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.93, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
//! What is said to be reckoned is not measured yet.
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
		// Fastest run, with the margin: 2_193_825_780 ps.
		Weight::from_parts(2_193_825_780, 6)
			.saturating_add(Weight::from_parts(183_574_755, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn register_circuit_committed() -> Weight {
		// Reckoned: that of a key with one round, and five points of G2 and one of G1 more, which is what
		// a round adds, six times.
		Weight::from_parts(3_295_274_310, 6)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_circuit() -> Weight {
		// Fastest run, with the margin: 141_583_460 ps. The size is reckoned, for the largest kind of key.
		Weight::from_parts(141_583_460, 2326)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `r` is from 0 to 2.
	fn register(r: u32) -> Weight {
		// Fastest run, with the margin: 3_287_937_590 ps. Reckoned: fourteen tensors
		// more, 32 us each before the margin.
		Weight::from_parts(4_600_577_590, 1484)
			.saturating_add(Weight::from_parts(538_558_905, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `p` is from 0 to 1.
	fn register_point(p: u32) -> Weight {
		// Reckoned: `register` with one round, and 0.6 of a verification with one round (3_420_249_065 ps in
		// the inference pallet) for the commitment; 2.2 of one for a proof of range.
		Weight::from_parts(7_191_285_934, 2384)
			.saturating_add(Weight::from_parts(7_524_547_943, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	/// `r` is from 0 to 2.
	fn publish(r: u32) -> Weight {
		// Fastest run, with the margin: 3_228_338_460 ps. Reckoned: fourteen tensors
		// more, 32 us each before the margin.
		Weight::from_parts(4_540_978_460, 1700)
			.saturating_add(Weight::from_parts(558_925_335, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `p` is from 0 to 1.
	fn publish_point(p: u32) -> Weight {
		// Reckoned from `publish` as `register_point` is from `register`.
		Weight::from_parts(7_152_053_234, 2600)
			.saturating_add(Weight::from_parts(7_524_547_943, 0).saturating_mul(p.into()))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(5))
	}
	fn deprecate() -> Weight {
		// Fastest run, with the margin: 96_511_270 ps. Reckoned: fourteen tensors more, 20 us each before the
		// margin.
		Weight::from_parts(916_911_270, 25307)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn transfer() -> Weight {
		// Fastest run, with the margin: 38_558_800 ps.
		Weight::from_parts(38_558_800, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn set_share() -> Weight {
		// Fastest run, with the margin: 43_457_760 ps.
		Weight::from_parts(43_457_760, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `v` is from 1 to 32.
	fn remove(v: u32) -> Weight {
		// Fastest run, with the margin: 276_008_930 ps. Reckoned: one more item read and written for each
		// version, a fifth of what the four others take; and fourteen tensors more, 10 us each before the margin.
		Weight::from_parts(168_351_940, 361)
			.saturating_add(Weight::from_parts(592_599_532, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((5_u64).saturating_mul(v.into())))
			.saturating_add(Weight::from_parts(0, 25807).saturating_mul(v.into()))
	}
}
