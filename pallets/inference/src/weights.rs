//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-21, AMD EPYC, 10 steps, 5 repeats, chain Some("dev"), WASM Compiled.
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
	fn answer_batch(n: u32) -> Weight;
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

/// As measured, with the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn commit_input() -> Weight {
		// Fastest run: 49_283_000 ps.
		Weight::from_parts(71_687_000, 3694)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn withdraw_input() -> Weight {
		// Fastest run: 44_767_000 ps.
		Weight::from_parts(50_896_000, 3694)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `b` is from 1 to 4096.
	fn request(b: u32) -> Weight {
		// Fastest run: 273_017_000 ps.
		Weight::from_parts(247_881_184, 8492)
			.saturating_add(Weight::from_parts(260_249, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `b` is from 1 to 4096.
	fn answer(b: u32) -> Weight {
		// Fastest run: 1_636_742_000 ps.
		Weight::from_parts(1_903_653_762, 8492)
			.saturating_add(Weight::from_parts(274_433, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	/// `b` is from 1 to 4096.
	/// `r` is from 1 to 2.
	fn answer_rounds(b: u32, r: u32) -> Weight {
		// Fastest run: 1_817_031_000 ps.
		Weight::from_parts(1_475_728_601, 8492)
			.saturating_add(Weight::from_parts(46_179, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(319_376_889, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(12))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	fn answer_batch(n: u32) -> Weight {
		Self::submit_batch(n)
	}
	fn submit(i: u32, o: u32) -> Weight {
		// Fastest run: 2_481_293_000 ps.
		Weight::from_parts(1_732_821_032, 8492)
			.saturating_add(Weight::from_parts(391_784, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(253_209, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(9))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `i` is from 1 to 4096.
	/// `o` is from 1 to 4096.
	/// `r` is from 1 to 2.
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight {
		// Fastest run: 1_808_829_000 ps.
		Weight::from_parts(1_687_915_090, 9673)
			.saturating_add(Weight::from_parts(81_411, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(33_194, 0).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(304_236_940, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(10))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `r` is from 0 to 2.
	fn verification(r: u32) -> Weight {
		// Fastest run: 1_176_415_000 ps.
		Weight::from_parts(1_578_546_640, 8492)
			.saturating_add(Weight::from_parts(262_248_767, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
	}
	/// `n` is from 1 to 256.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run: 2_346_181_000 ps.
		Weight::from_parts(2_193_902_477, 8492)
			.saturating_add(Weight::from_parts(555_553_700, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 6912).saturating_mul(n.into()))
	}
	/// `n` is from 1 to 256.
	fn submit_batch_one_round(n: u32) -> Weight {
		// Fastest run: 3_205_123_000 ps.
		Weight::from_parts(3_227_099_379, 8492)
			.saturating_add(Weight::from_parts(411_323_227, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 6912).saturating_mul(n.into()))
	}
	/// `n` is from 1 to 256.
	fn submit_batch_two_rounds(n: u32) -> Weight {
		// Fastest run: 2_522_805_000 ps.
		Weight::from_parts(2_536_936_000, 8492)
			.saturating_add(Weight::from_parts(417_082_623, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 6912).saturating_mul(n.into()))
	}
	/// `k` is from 1 to 32.
	fn submit_batch_versions(k: u32) -> Weight {
		// Fastest run: 2_459_350_000 ps.
		Weight::from_parts(590_577_423, 3694)
			.saturating_add(Weight::from_parts(1_968_126_888, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(4))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 7502).saturating_mul(k.into()))
	}
	fn refund() -> Weight {
		// Fastest run: 96_183_000 ps.
		Weight::from_parts(129_353_000, 7824)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn prune() -> Weight {
		// Fastest run: 62_263_000 ps.
		Weight::from_parts(94_481_000, 7902)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
