//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-28, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.93, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
//! What is said to be reckoned is not measured yet: tensors were 4,096 bytes at most, one input and one
//! output.
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
		// Fastest run, with the margin: 130_226_780 ps.
		Weight::from_parts(130_226_780, 42)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn withdraw_input() -> Weight {
		// Fastest run, with the margin: 113_824_640 ps.
		Weight::from_parts(113_824_640, 235)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `b` is from 1 to 625.
	fn request(b: u32) -> Weight {
		// Fastest run, with the margin: 677_808_620 ps. Reckoned: one item more is written.
		Weight::from_parts(407_964_410, 5897)
			.saturating_add(Weight::from_parts(254_904_628, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(8))
	}
	/// `b` is from 1 to 625.
	fn answer(b: u32) -> Weight {
		// Fastest run, with the margin: 4_020_739_380 ps. Reckoned: seven inputs more, 22 us each before the
		// margin, to read what the version says of them and to chain their digests; one item more that is
		// read and removed.
		Weight::from_parts(4_253_465_373, 22031)
			.saturating_add(Weight::from_parts(250_889_063, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().writes(12))
	}
	/// `r` is from 1 to 2.
	/// `b` is from 1 to 262144.
	fn answer_rounds(b: u32, r: u32) -> Weight {
		// Fastest run, with the margin: 4_654_885_140 ps. Reckoned: seven inputs more and an item, as of
		// `answer`.
		Weight::from_parts(4_282_712_223, 22033)
			.saturating_add(Weight::from_parts(65_846, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(553_687_960, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().writes(12))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
	}
	/// `b` is from 1 to 262144.
	fn answer_inputs(b: u32) -> Weight {
		// Reckoned: `answer_rounds(1, 1)`, and as much for a byte as one of input costs `submit_rounds`, which
		// digests it too.
		Weight::from_parts(4_836_466_029, 22225)
			.saturating_add(Weight::from_parts(49_455, 1).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(16))
			.saturating_add(T::DbWeight::get().writes(12))
	}
	/// `n` is from 1 to 128.
	fn answer_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 6_326_277_270 ps. Reckoned for each: seven inputs more and an item, as
		// of `answer`, 12 us before the margin, since a key with rounds takes no chain of digests.
		Weight::from_parts(4_915_398_453, 2269)
			.saturating_add(Weight::from_parts(1_656_998_816, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((9_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(T::DbWeight::get().writes((10_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 20147).saturating_mul(n.into()))
	}
	/// `n` is from 0 to 14.
	fn tensors(n: u32) -> Weight {
		// Reckoned: `submit(1, 1)`, and for each tensor more a block as of `submit`, and 40 us before the
		// margin for two permutations of the smaller Poseidon and what the version says of it.
		Weight::from_parts(3_740_857_966, 7206)
			.saturating_add(Weight::from_parts(367_712_558, 1_400).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `i` is from 1 to 625.
	/// `o` is from 1 to 625.
	fn submit(i: u32, o: u32) -> Weight {
		// Fastest run, with the margin: 6_066_585_510 ps.
		Weight::from_parts(3_214_733_493, 7206)
			.saturating_add(Weight::from_parts(250_512_558, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(275_611_915, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `r` is from 1 to 2.
	/// `o` is from 1 to 262144.
	/// `i` is from 1 to 262144.
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight {
		// Fastest run, with the margin: 4_203_931_770 ps.
		Weight::from_parts(3_265_513_931, 7208)
			.saturating_add(Weight::from_parts(49_455, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(47_602, 0).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(545_999_640, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
	}
	/// `r` is from 0 to 2.
	fn verification(r: u32) -> Weight {
		// Fastest run, with the margin: 2_880_002_480 ps.
		Weight::from_parts(2_880_002_480, 1218)
			.saturating_add(Weight::from_parts(540_246_585, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `n` is from 1 to 128.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 4_994_776_860 ps.
		Weight::from_parts(3_940_131_747, 7206)
			.saturating_add(Weight::from_parts(1_164_538_094, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 128.
	fn submit_batch_one_round(n: u32) -> Weight {
		// Fastest run, with the margin: 5_105_929_340 ps.
		Weight::from_parts(4_318_158_566, 7400)
			.saturating_add(Weight::from_parts(787_770_773, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 128.
	fn submit_batch_two_rounds(n: u32) -> Weight {
		// Fastest run, with the margin: 5_764_988_890 ps.
		Weight::from_parts(4_925_573_760, 7592)
			.saturating_add(Weight::from_parts(839_415_129, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 128.
	fn submit_batch_versions(k: u32) -> Weight {
		// Fastest run, with the margin: 5_870_978_710 ps.
		Weight::from_parts(7_497_445_736, 476)
			.saturating_add(Weight::from_parts(4_289_893_282, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 7183).saturating_mul(k.into()))
	}
	fn refund() -> Weight {
		// Fastest run, with the margin: 340_884_990 ps. Reckoned: one item more is removed.
		Weight::from_parts(340_884_990, 4927)
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(7))
	}
	fn prune() -> Weight {
		// Fastest run, with the margin: 232_577_540 ps. Reckoned: outputs of 256 KiB, 150 us before the margin
		// to read and to decode them.
		Weight::from_parts(672_077_540, 267_090)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
