//! Weights of the calls, measured by `scripts/weights.sh`: change that, not this.
//!
//! 2026-11-22, AMD EPYC, 6 steps, 3 repeats, chain Some("dev"), WASM Compiled.
//! Measured times are multiplied by 2.0, for the reference machine: AMD EPYC (Zen 3), 2.45 GHz, AVX2.
//!
//! By hand, until the next run: since then a model's description may be 2,733 bytes longer (scales,
//! dimensions, accuracy claim). Natively these take 3.6 us to decode, 0.4 to encode, 2.1 to hash;
//! about four and a half times as much, for WASM, is added here: 16 us for each reading, 4 for a
//! writing, 10 for a hash. Requests are counted, queued and stand by the minute in which they close, and the
//! clock is read: 40 us for a request, 25 for each answer or refund, and the database. All before the margin.
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

/// As measured, with the margin and the runtime's database.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn commit_input() -> Weight {
		// Fastest run, with the margin: 103_012_000 ps.
		Weight::from_parts(103_012_000, 6)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	fn withdraw_input() -> Weight {
		// Fastest run, with the margin: 92_780_000 ps.
		Weight::from_parts(92_780_000, 198)
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `b` is from 1 to 10.
	fn request(b: u32) -> Weight {
		// Fastest run, with the margin: 644_380_000 ps.
		Weight::from_parts(485_966_000, 5799)
			.saturating_add(Weight::from_parts(210_414_000, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(Weight::from_parts(80_000_000, 0))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
	/// `b` is from 1 to 10.
	fn answer(b: u32) -> Weight {
		// Fastest run, with the margin: 3_602_636_000 ps.
		Weight::from_parts(3_438_766_400, 12022)
			.saturating_add(Weight::from_parts(224_498_800, 0).saturating_mul(b.into()))
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(8))
			.saturating_add(Weight::from_parts(50_000_000, 0))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `r` is from 1 to 2.
	/// `b` is from 1 to 4096.
	fn answer_rounds(b: u32, r: u32) -> Weight {
		// Fastest run, with the margin: 4_049_544_000 ps.
		Weight::from_parts(3_684_517_054, 12024)
			.saturating_add(Weight::from_parts(55_944, 0).saturating_mul(b.into()))
			.saturating_add(Weight::from_parts(430_020_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(13))
			.saturating_add(T::DbWeight::get().writes(8))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
			.saturating_add(Weight::from_parts(50_000_000, 0))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// `n` is from 1 to 256.
	fn answer_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 5_602_542_000 ps.
		Weight::from_parts(4_401_986_548, 2169)
			.saturating_add(Weight::from_parts(1_252_555_450, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(5))
			.saturating_add(T::DbWeight::get().reads((8_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((7_u64).saturating_mul(n.into())))
			.saturating_add(Weight::from_parts(0, 10238).saturating_mul(n.into()))
			.saturating_add(Weight::from_parts(50_000_000, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads((2_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes((3_u64).saturating_mul(n.into())))
	}
	/// `i` is from 1 to 10.
	/// `o` is from 1 to 10.
	fn submit(i: u32, o: u32) -> Weight {
		// Fastest run, with the margin: 5_305_798_000 ps.
		Weight::from_parts(2_775_777_714, 7112)
			.saturating_add(Weight::from_parts(255_020_284, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(230_700_000, 0).saturating_mul(o.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
	}
	/// `r` is from 1 to 2.
	/// `i` is from 1 to 4096.
	/// `o` is from 1 to 4096.
	fn submit_rounds(i: u32, o: u32, r: u32) -> Weight {
		// Fastest run, with the margin: 3_685_058_000 ps.
		Weight::from_parts(2_991_712_306, 7114)
			.saturating_add(Weight::from_parts(26_844, 0).saturating_mul(i.into()))
			.saturating_add(Weight::from_parts(42_178, 0).saturating_mul(o.into()))
			.saturating_add(Weight::from_parts(452_778_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(8))
			.saturating_add(T::DbWeight::get().writes(2))
			.saturating_add(Weight::from_parts(0, 192).saturating_mul(r.into()))
	}
	/// `r` is from 0 to 2.
	fn verification(r: u32) -> Weight {
		// Fastest run, with the margin: 2_451_478_000 ps.
		Weight::from_parts(2_451_478_000, 1218)
			.saturating_add(Weight::from_parts(434_388_000, 0).saturating_mul(r.into()))
			.saturating_add(T::DbWeight::get().reads(1))
			.saturating_add(T::DbWeight::get().writes(0))
			.saturating_add(Weight::from_parts(0, 194).saturating_mul(r.into()))
	}
	/// `n` is from 1 to 256.
	fn submit_batch(n: u32) -> Weight {
		// Fastest run, with the margin: 4_503_902_000 ps.
		Weight::from_parts(3_833_164_168, 7112)
			.saturating_add(Weight::from_parts(1_017_720_496, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 256.
	fn submit_batch_one_round(n: u32) -> Weight {
		// Fastest run, with the margin: 4_491_642_000 ps.
		Weight::from_parts(4_357_361_620, 7306)
			.saturating_add(Weight::from_parts(701_313_044, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `n` is from 1 to 256.
	fn submit_batch_two_rounds(n: u32) -> Weight {
		// Fastest run, with the margin: 5_149_144_000 ps.
		Weight::from_parts(4_784_539_816, 7498)
			.saturating_add(Weight::from_parts(725_380_848, 0).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().reads((1_u64).saturating_mul(n.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(n.into())))
	}
	/// `k` is from 1 to 256.
	fn submit_batch_versions(k: u32) -> Weight {
		// Fastest run, with the margin: 4_965_510_000 ps.
		Weight::from_parts(23_493_658_888, 405)
			.saturating_add(Weight::from_parts(3_484_482_444, 0).saturating_mul(k.into()))
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().reads((5_u64).saturating_mul(k.into())))
			.saturating_add(T::DbWeight::get().writes(1))
			.saturating_add(T::DbWeight::get().writes((1_u64).saturating_mul(k.into())))
			.saturating_add(Weight::from_parts(0, 7092).saturating_mul(k.into()))
	}
	fn refund() -> Weight {
		// Fastest run, with the margin: 275_632_000 ps.
		Weight::from_parts(275_632_000, 4706)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(3))
			.saturating_add(Weight::from_parts(50_000_000, 0))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	fn prune() -> Weight {
		// Fastest run, with the margin: 195_872_000 ps.
		Weight::from_parts(195_872_000, 4798)
			.saturating_add(T::DbWeight::get().reads(3))
			.saturating_add(T::DbWeight::get().writes(4))
	}
}
