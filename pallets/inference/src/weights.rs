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
		// Fastest run: 51_506_000 ps.
		Weight::from_parts(51_506_000, 6)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn withdraw_input() -> Weight {
		// Fastest run: 46_390_000 ps.
		Weight::from_parts(46_390_000, 198)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `b` is from 1 to 10.
	fn request(b: u32) -> Weight {
		// Fastest run: 322_190_000 ps.
		Weight::from_parts(242_983_000, 5799)
			.saturating_add(Weight::from_parts(105_207_000, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `b` is from 1 to 10.
	fn answer(b: u32) -> Weight {
		// Fastest run: 1_801_318_000 ps.
		Weight::from_parts(1_719_383_200, 12022)
			.saturating_add(Weight::from_parts(112_249_400, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	/// `r` is from 1 to 2.
	/// `b` is from 1 to 4096.
	fn answer_rounds(b: u32, r: u32) -> Weight {
		// Fastest run: 2_024_772_000 ps.
		Weight::from_parts(1_842_258_527, 12024)
			.saturating_add(Weight::from_parts(27_972, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(215_010_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(8))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
	}
	/// `n` is from 1 to 256.
	fn answer_batch(n: u32) -> Weight {
		// Fastest run: 2_801_271_000 ps.
		Weight::from_parts(2_200_993_274, 2169)
			.saturating_add(Weight::from_parts(626_277_725, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((8_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 10238).saturating_mul(n.into()))
	}
	/// `i` is from 1 to 10.
	/// `o` is from 1 to 10.
	fn submit(i: u32, o: u32) -> Weight {
		// Fastest run: 2_652_899_000 ps.
		Weight::from_parts(1_387_888_857, 7112)
			.saturating_add(Weight::from_parts(127_510_142, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(115_350_000, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `r` is from 1 to 2.
	/// `i` is from 1 to 4096.
	/// `o` is from 1 to 4096.
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight {
		// Fastest run: 1_842_529_000 ps.
		Weight::from_parts(1_495_856_153, 7114)
			.saturating_add(Weight::from_parts(13_422, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(21_089, 0).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(226_389_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
	}
	/// `r` is from 0 to 2.
	fn verification(r: u32) -> Weight {
		// Fastest run: 1_225_739_000 ps.
		Weight::from_parts(1_225_739_000, 1218)
			.saturating_add(Weight::from_parts(217_194_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `n` is from 1 to 256.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run: 2_251_951_000 ps.
		Weight::from_parts(1_916_582_084, 7112)
			.saturating_add(Weight::from_parts(508_860_248, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 256.
	fn submit_batch_one_round(n: u32) -> Weight {
		// Fastest run: 2_245_821_000 ps.
		Weight::from_parts(2_178_680_810, 7306)
			.saturating_add(Weight::from_parts(350_656_522, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 256.
	fn submit_batch_two_rounds(n: u32) -> Weight {
		// Fastest run: 2_574_572_000 ps.
		Weight::from_parts(2_392_269_908, 7498)
			.saturating_add(Weight::from_parts(362_690_424, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 256.
	fn submit_batch_versions(k: u32) -> Weight {
		// Fastest run: 2_482_755_000 ps.
		Weight::from_parts(11_746_829_444, 405)
			.saturating_add(Weight::from_parts(1_742_241_222, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 7092).saturating_mul(k.into()))
	}
	fn refund() -> Weight {
		// Fastest run: 137_816_000 ps.
		Weight::from_parts(137_816_000, 4706)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn prune() -> Weight {
		// Fastest run: 97_936_000 ps.
		Weight::from_parts(97_936_000, 4798)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
