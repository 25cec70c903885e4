//! Weights of the calls: estimates on the high side, made from `docs/performance.md`, until
//! `scripts/weights.sh` has measured them.
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
	fn verify(n: u32) -> Weight;
	fn submit_batch(n: u32) -> Weight;
	fn submit_batch_keys(k: u32) -> Weight;
	fn prune() -> Weight;
}

/// As measured, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_key(n: u32) -> Weight {
		Weight::from_parts(1_500_000_000, 0)
			.saturating_add(Weight::from_parts(20_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	fn remove_key() -> Weight {
		Weight::from_parts(100_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	fn register() -> Weight {
		Weight::from_parts(200_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(6, 5))
	}
	fn remove() -> Weight {
		Weight::from_parts(100_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
	fn submit(n: u32) -> Weight {
		Weight::from_parts(1_700_000_000, 0)
			.saturating_add(Weight::from_parts(100_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(7, 4))
	}
	fn submit_public(b: u32) -> Weight {
		Weight::from_parts(2_200_000_000, 0)
			.saturating_add(Weight::from_parts(40_000, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads_writes(7, 4))
	}
	fn verify(n: u32) -> Weight {
		Weight::from_parts(1_300_000_000, 0)
			.saturating_add(Weight::from_parts(100_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(1))
	}
	fn submit_batch(n: u32) -> Weight {
		Weight::from_parts(2_000_000_000, 0)
			.saturating_add(Weight::from_parts(700_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads_writes(7, 4))
			.saturating_add(T::DbWeight::get().reads_writes(1, 1).saturating_mul(n.into()))
	}
	fn submit_batch_keys(k: u32) -> Weight {
		Weight::from_parts(2_000_000_000, 0)
			.saturating_add(Weight::from_parts(4_000_000_000, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads_writes(7, 4))
			.saturating_add(T::DbWeight::get().reads_writes(4, 2).saturating_mul(k.into()))
	}
	fn prune() -> Weight {
		Weight::from_parts(100_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(5, 5))
	}
}
