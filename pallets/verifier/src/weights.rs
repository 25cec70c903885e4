//! placeholder, replaced by the benchmark's output
#![allow(missing_docs)]
use core::marker::PhantomData;
use frame_support::weights::Weight;

pub trait WeightInfo {
	fn insert() -> Weight;
	fn remove() -> Weight;
	fn verify() -> Weight;
	fn commit(b: u32) -> Weight;
}
pub struct SubstrateWeight<T>(PhantomData<T>);
impl<T> WeightInfo for SubstrateWeight<T> {
	fn insert() -> Weight {
		<() as WeightInfo>::insert()
	}
	fn remove() -> Weight {
		<() as WeightInfo>::remove()
	}
	fn verify() -> Weight {
		<() as WeightInfo>::verify()
	}
	fn commit(b: u32) -> Weight {
		<() as WeightInfo>::commit(b)
	}
}
impl WeightInfo for () {
	fn insert() -> Weight {
		Weight::from_parts(2_000_000_000, 5_000)
	}
	fn remove() -> Weight {
		Weight::from_parts(30_000_000, 5_000)
	}
	fn verify() -> Weight {
		Weight::from_parts(2_000_000_000, 5_000)
	}
	fn commit(b: u32) -> Weight {
		Weight::from_parts(200_000_000 + 400_000 * b as u64, 0)
	}
}
