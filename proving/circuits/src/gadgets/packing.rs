//! How several sums share a field element, as digits to a base.

use ark_bn254::Fr;
use ark_ff::Field;

use super::range::Checks;
use crate::plan::Interval;

/// Bits that digits fill together, below the modulus.
pub const CAPACITY: u32 = 253;

/// The digits of sums that are within one range.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packing {
	/// Width s of a digit, in bits.
	pub slot: u32,
	/// Most digits of a number; at least one.
	pub size: usize,
	/// The range of a sum.
	pub range: Interval,
	/// Bits of the range's length, for a loose check.
	pub bits: u32,
}

impl Packing {
	/// Of sums with these ranges, if there are any. What a digit holds is checked loosely.
	pub fn new(checks: &Checks, ranges: &[Interval]) -> Option<Self> {
		let (min, max) = (ranges.iter().map(|r| r.min).min()?, ranges.iter().map(|r| r.max).max()?);
		let bits = 64 - (max - min).leading_zeros();
		let slot = checks.loose_width(bits);
		let size = (CAPACITY / slot.max(1)).max(1) as usize;
		Some(Self { slot, size, range: Interval { min, max }, bits })
	}

	/// What a digit counts in units of the one before: `2^s`.
	pub fn base(&self) -> Fr {
		Fr::from(2u64).pow([u64::from(self.slot)])
	}
}
