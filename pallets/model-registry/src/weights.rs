//! placeholder, replaced by the benchmark's output
#![allow(missing_docs)]
use core::marker::PhantomData;
use frame_support::weights::Weight;

pub trait WeightInfo {
	fn register_circuit() -> Weight;
	fn remove_circuit() -> Weight;
	fn register() -> Weight;
	fn publish() -> Weight;
	fn deprecate() -> Weight;
	fn transfer() -> Weight;
	fn set_share() -> Weight;
	fn remove(v: u32) -> Weight;
}
pub struct SubstrateWeight<T>(PhantomData<T>);
macro_rules! w { ($($n:ident($($a:ident)?) = $v:expr;)*) => {
	impl<T> WeightInfo for SubstrateWeight<T> { $(fn $n($($a: u32)?) -> Weight { <() as WeightInfo>::$n($($a)?) })* }
	impl WeightInfo for () { $(fn $n($($a: u32)?) -> Weight { $(let _ = $a;)? Weight::from_parts($v, 5_000) })* }
} }
w! {
	register_circuit() = 100_000_000;
	remove_circuit() = 100_000_000;
	register() = 100_000_000;
	publish() = 100_000_000;
	deprecate() = 100_000_000;
	transfer() = 100_000_000;
	set_share() = 100_000_000;
	remove(v) = 100_000_000 * (v as u64 + 1);
}
