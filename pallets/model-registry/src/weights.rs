//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-22, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//!
//! By hand, until the next run: since then a model's description may be 2,733 bytes longer (scales,
//! dimensions, accuracy claim). Natively these take 3.6 us to decode, 0.4 to encode, 2.1 to hash;
//! about four and a half times as much, for WASM, is added here: 16 us for each reading, 4 for a
//! writing, 10 for a hash.
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
		// Fastest run: 1_271_748_000 ps.
		Weight::from_parts(1_271_748_000, 6)
			.saturating_add(Weight::from_parts(148_821_500, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn remove_circuit() -> Weight {
		// Fastest run: 98_036_000 ps.
		Weight::from_parts(98_036_000, 1850)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `r` is from 0 to 2.
	fn register(r: u32) -> Weight {
		// Fastest run: 1_812_404_000 ps.
		Weight::from_parts(1_832_404_000, 1518)
			.saturating_add(Weight::from_parts(357_964_500, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `r` is from 0 to 2.
	fn publish(r: u32) -> Weight {
		// Fastest run: 1_779_425_000 ps.
		Weight::from_parts(1_799_425_000, 1734)
			.saturating_add(Weight::from_parts(271_550_500, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(4))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	fn deprecate() -> Weight {
		// Fastest run: 73_369_000 ps.
		Weight::from_parts(93_369_000, 5639)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn transfer() -> Weight {
		// Fastest run: 39_679_000 ps.
		Weight::from_parts(39_679_000, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	fn set_share() -> Weight {
		// Fastest run: 41_613_000 ps.
		Weight::from_parts(41_613_000, 257)
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(1))
	}
	/// `v` is from 1 to 32.
	fn remove(v: u32) -> Weight {
		// Fastest run: 170_875_000 ps.
		Weight::from_parts(72_369_055, 361)
			.saturating_add(Weight::from_parts(78_407_611, 0).saturating_mul(v.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().reads((4_u64).saturating_mul(v.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((4_u64).saturating_mul(v.into())))
			.saturating_add(Weight::from_parts(0, 5661).saturating_mul(v.into()))
	}
}
