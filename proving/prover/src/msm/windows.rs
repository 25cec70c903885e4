//! How scalars are cut into digits.

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};

use super::Scalar;

/// Digits up to `2^(WIDEST-1)` of either sign fit into 16 bits.
const WIDEST: u32 = 15;

/// A scalar's size and sign.
#[derive(Clone, Copy, Debug)]
pub struct Signed {
	/// The number without its sign, at most half the order.
	pub size: Scalar,
	/// Bits of the size.
	pub bits: u32,
	/// Whether it stands for the opposite.
	pub negative: bool,
}

impl Signed {
	/// Of a scalar below the order.
	pub fn new(scalar: &Scalar) -> Self {
		let negative = *scalar > Fr::MODULUS_MINUS_ONE_DIV_TWO;
		let mut size = *scalar;
		if negative {
			size = Fr::MODULUS;
			size.sub_with_borrow(scalar);
		}
		Self { size, bits: size.num_bits(), negative }
	}
}

/// How scalars are cut into digits from `-2^(width-1)` to `2^(width-1)`.
#[derive(Clone, Copy)]
pub struct Windows {
	pub width: u32,
	pub count: u32,
	/// Half a window in each but the highest: added to a number, and taken off its digits again.
	offset: Scalar,
}

impl Windows {
	pub fn new(bits: u32, width: u32) -> Self {
		let count = Self::count(bits, width);
		let mut offset = Scalar::default();
		for window in 1..count {
			let bit = window * width - 1;
			offset.0[bit as usize / 64] |= 1 << (bit % 64);
		}
		Self { width, count, offset }
	}

	/// One bit of the highest window is left for a carry, so that it needs no offset.
	fn count(bits: u32, width: u32) -> u32 {
		(bits + 1).div_ceil(width)
	}

	/// The windows that cost least for scalars of these sizes.
	pub fn best(scalars: &[Signed]) -> Self {
		let mut longer = [0u64; 257];
		for scalar in scalars {
			longer[scalar.bits as usize] += 1;
		}
		for bits in (0..256).rev() {
			longer[bits] += longer[bits + 1];
		}
		let longest = longer.iter().rposition(|n| *n > 0).unwrap_or(0) as u32;
		// A bucket takes two additions. A block that is not full costs what 200 additions do, and each
		// halving has one.
		let cost = |width: &u32| -> u64 {
			let windows = Self::count(longest, *width);
			let adds: u64 = (0..windows).map(|i| longer[(i * width).min(256) as usize]).sum();
			adds + u64::from(windows) * (2 << (width - 1)) + u64::from(3 * width + 20) * 200
		};
		Self::new(longest, (2..=WIDEST).min_by_key(cost).unwrap_or(2))
	}

	pub fn buckets(&self) -> usize {
		1 << (self.width - 1)
	}

	/// The digits of some scalars, window after window.
	pub fn digits(&self, scalars: &[Signed]) -> Vec<i16> {
		let (count, width) = (self.count as usize, self.width as usize);
		let half = 1i32 << (width - 1);
		let mut digits = vec![0; count * scalars.len()];
		for (i, scalar) in scalars.iter().enumerate() {
			let mut size = scalar.size;
			size.add_with_carry(&self.offset);
			for window in 0..count {
				let (limb, shift) = (window * width / 64, window * width % 64);
				let mut raw = size.0[limb] >> shift;
				if shift + width > 64 {
					raw |= size.0.get(limb + 1).map_or(0, |high| high << (64 - shift));
				}
				let mut digit = (raw & ((1 << width) - 1)) as i32;
				if window + 1 < count {
					digit -= half;
				}
				let digit = if scalar.negative { -digit } else { digit };
				digits[window * scalars.len() + i] = digit as i16;
			}
		}
		digits
	}
}
