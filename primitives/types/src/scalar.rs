//! A field element on the wire.

use core::fmt;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// An element of BN254's scalar field: 32 bytes, **big-endian**, as EIP-197 and JavaScript's
/// `BigInt("0x..")` read it.
///
/// The type holds any 32 bytes, since it comes from the network; whoever uses it as a number calls
/// [`Scalar::check`] first. Values at or above the modulus would alias a smaller one.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	Hash,
	MaxEncodedLen,
	Ord,
	PartialEq,
	PartialOrd,
	TypeInfo,
)]
pub struct Scalar(pub [u8; 32]);

/// A scalar at or above the modulus.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotCanonical;

impl fmt::Display for NotCanonical {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("expected a number below the group order, got one at or above it")
	}
}

impl core::error::Error for NotCanonical {}

impl Scalar {
	/// The order r of BN254's groups, big-endian.
	pub const MODULUS: [u8; 32] = [
		0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58,
		0x5d, 0x28, 0x33, 0xe8, 0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00,
		0x00, 0x01,
	];
	/// Zero, which is also the salt of a public tensor.
	pub const ZERO: Self = Self([0; 32]);

	/// One, whose last byte is 1: scalars are big-endian.
	pub const ONE: Self = {
		let mut bytes = [0; 32];
		bytes[31] = 1;
		Self(bytes)
	};

	/// Refuses values at or above the modulus.
	///
	/// # Errors
	///
	/// If it is at or above the modulus.
	pub fn check(&self) -> Result<(), NotCanonical> {
		// Arrays compare from the first byte on, which is the most significant one.
		if self.0 < Self::MODULUS {
			Ok(())
		} else {
			Err(NotCanonical)
		}
	}

	/// A hash as a field element: the top byte is zeroed, which keeps 248 bits and stays below r.
	pub const fn from_hash(mut hash: [u8; 32]) -> Self {
		hash[0] = 0;
		Self(hash)
	}

	/// The scalar whose value is the little-endian number in `bytes`, at most 31 of them.
	pub(crate) fn from_le_bytes(bytes: &[u8; 31]) -> Self {
		let mut out = [0; 32];
		for (to, from) in out[1..].iter_mut().rev().zip(bytes) {
			*to = *from;
		}
		Self(out)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_modulus_and_all_ones_are_refused_and_the_number_below_is_taken() {
		assert_eq!(Scalar(Scalar::MODULUS).check(), Err(NotCanonical));
		assert_eq!(Scalar([0xff; 32]).check(), Err(NotCanonical));
		let mut below = Scalar::MODULUS;
		below[31] = 0;
		assert_eq!(Scalar(below).check(), Ok(()));
		assert_eq!(Scalar::ZERO.check(), Ok(()));
	}

	#[test]
	fn any_hash_becomes_canonical() {
		assert_eq!(Scalar::from_hash([0xff; 32]).check(), Ok(()));
	}
}
