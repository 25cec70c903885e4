//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-28, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.83, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
#![allow(missing_docs, unused_parens)]

use core::marker::PhantomData;

use frame_support::{traits::Get, weights::Weight};

/// What each call costs.
pub trait WeightInfo {
	fn commit_input() -> Weight;
	fn withdraw_input() -> Weight;
	fn request(b: u32) -> Weight;
	fn answer(b: u32) -> Weight;
	fn answer_rounds(b: u32, r: u32) -> Weight;
	fn answer_inputs(b: u32) -> Weight;
	fn answer_batch(n: u32) -> Weight;
	fn tensors(n: u32) -> Weight;
	fn submit(i: u32, o: u32) -> Weight;
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight;
	fn verification(r: u32) -> Weight;
	fn submit_batch(n: u32) -> Weight;
	fn submit_batch_one_round(n: u32) -> Weight;
	fn submit_batch_two_rounds(n: u32) -> Weight;
	fn submit_batch_versions(k: u32) -> Weight;
	fn refund() -> Weight;
	fn prune() -> Weight;
}

/// As measured, with the margin and the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn commit_input() -> Weight {
		// Fastest run, with the margin: 128_162_000 ps.
		Weight::from_parts(128_162_000, 42)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn withdraw_input() -> Weight {
		// Fastest run, with the margin: 112_776_000 ps.
		Weight::from_parts(112_776_000, 235)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `b` is from 1 to 625.
	fn request(b: u32) -> Weight {
		// Fastest run, with the margin: 661_733_000 ps.
		Weight::from_parts(593_489_766, 5905)
			.saturating_add(Weight::from_parts(248_991_169, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	/// `b` is from 1 to 625.
	fn answer(b: u32) -> Weight {
		// Fastest run, with the margin: 4_360_739_000 ps.
		Weight::from_parts(4_209_478_000, 17649)
			.saturating_add(Weight::from_parts(253_244_336, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(15))
			.saturating_add(T::DbWeight::get().writes(12))
	}
	/// `b` is from 1 to 262144.
	/// `r` is from 1 to 2.
	fn answer_rounds(b: u32, r: u32) -> Weight {
		// Fastest run, with the margin: 4_812_146_000 ps.
		Weight::from_parts(3_588_168_774, 17680)
			.saturating_add(Weight::from_parts(44_675, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(642_855_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().writes(12))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
	}
	/// `b` is from 1 to 262144.
	fn answer_inputs(b: u32) -> Weight {
		// Fastest run, with the margin: 4_265_905_000 ps.
		Weight::from_parts(4_495_291_762, 8387)
			.saturating_add(Weight::from_parts(24_713, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().writes(12))
			.saturating_add(Weight::from_parts(0, 1).saturating_mul(b.into()))
	}
	/// `n` is from 1 to 128.
	fn answer_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 6_424_309_000 ps.
		Weight::from_parts(4_879_121_000, 2287)
			.saturating_add(Weight::from_parts(1_323_092_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((9_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((10_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 15776).saturating_mul(n.into()))
	}
	/// `n` is from 0 to 14.
	fn tensors(n: u32) -> Weight {
		// Fastest run, with the margin: 3_815_944_000 ps.
		Weight::from_parts(3_783_922_222, 7215)
			.saturating_add(Weight::from_parts(257_287_888, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(Weight::from_parts(0, 1320).saturating_mul(n.into()))
	}
	/// `i` is from 1 to 625.
	/// `o` is from 1 to 625.
	fn submit(i: u32, o: u32) -> Weight {
		// Fastest run, with the margin: 160_682_504_000 ps.
		Weight::from_parts(3_678_770_333, 7215)
			.saturating_add(Weight::from_parts(248_745_794, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(252_593_085, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `o` is from 1 to 262144.
	/// `i` is from 1 to 262144.
	/// `r` is from 1 to 2.
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight {
		// Fastest run, with the margin: 15_498_591_000 ps.
		Weight::from_parts(4_221_202_700, 7217)
			.saturating_add(Weight::from_parts(40_892, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(44_109, 0).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(312_587_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
	}
	/// `r` is from 0 to 2.
	fn verification(r: u32) -> Weight {
		// Fastest run, with the margin: 2_914_266_000 ps.
		Weight::from_parts(2_914_266_000, 1219)
			.saturating_add(Weight::from_parts(539_662_500, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `n` is from 1 to 128.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 5_197_855_000 ps.
		Weight::from_parts(4_246_091_196, 7215)
			.saturating_add(Weight::from_parts(1_189_048_007, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 128.
	fn submit_batch_one_round(n: u32) -> Weight {
		// Fastest run, with the margin: 5_288_495_000 ps.
		Weight::from_parts(4_547_377_240, 7409)
			.saturating_add(Weight::from_parts(817_528_760, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 128.
	fn submit_batch_two_rounds(n: u32) -> Weight {
		// Fastest run, with the margin: 5_768_726_000 ps.
		Weight::from_parts(5_059_207_549, 7601)
			.saturating_add(Weight::from_parts(854_035_901, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 128.
	fn submit_batch_versions(k: u32) -> Weight {
		// Fastest run, with the margin: 5_934_951_000 ps.
		Weight::from_parts(5_251_052_843, 477)
			.saturating_add(Weight::from_parts(4_346_867_313, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 7191).saturating_mul(k.into()))
	}
	fn refund() -> Weight {
		// Fastest run, with the margin: 335_344_000 ps.
		Weight::from_parts(335_344_000, 1096)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	fn prune() -> Weight {
		// Fastest run, with the margin: 531_700_000 ps.
		Weight::from_parts(531_700_000, 263233)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
