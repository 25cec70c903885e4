//! Numbers of 32 bytes, big-endian, and how formats spell them.

use ark_bn254::{Fq, Fr};
use ark_ff::{BigInteger, PrimeField};

use crate::FormatError;

/// What a number in JSON looks like.
pub(crate) const EXPECTED: &str =
	"a whole number of at most 256 bits in decimal digits, or in hexadecimal ones after 0x";
/// gnark writes the last so many numbers before the modulus as negative ones.
const MOST_BELOW: u64 = 65_535;

/// What a number is an element of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field {
	/// Of the field of coordinates of points (q).
	Base,
	/// Of the field of public inputs (r, the order of the group).
	Scalar,
}

impl Field {
	/// Refuses numbers at or above the modulus; `spelled` is how the number stands in the input.
	pub(crate) fn check(
		self,
		what: &str,
		number: [u8; 32],
		spelled: impl FnOnce() -> String,
	) -> Result<[u8; 32], FormatError> {
		let modulus = match self {
			Self::Base => "field modulus",
			Self::Scalar => "group order",
		};
		if number.as_slice() < self.modulus().as_slice() {
			return Ok(number);
		}
		Err(FormatError::Range { what: what.into(), modulus, got: spelled() })
	}

	fn modulus(self) -> Vec<u8> {
		match self {
			Self::Base => Fq::MODULUS.to_bytes_be(),
			Self::Scalar => Fr::MODULUS.to_bytes_be(),
		}
	}

	/// The number that is so much below the modulus, as gnark writes the last 65535 of them.
	pub(crate) fn below(self, much: &[u8; 32]) -> Option<[u8; 32]> {
		let (high, low) = much.split_at(24);
		let much = u64::from_be_bytes(low.try_into().ok()?);
		if high.iter().any(|byte| *byte != 0) || !(1..=MOST_BELOW).contains(&much) {
			return None;
		}
		let mut number: [u8; 32] = self.modulus().try_into().ok()?;
		let mut borrow = i64::try_from(much).ok()?;
		for byte in number.iter_mut().rev() {
			let difference = i64::from(*byte) - borrow;
			*byte = difference.rem_euclid(256) as u8;
			borrow = -difference.div_euclid(256);
		}
		Some(number)
	}
}

/// How a format writes numbers as text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Radix {
	/// Decimal digits, none of them a leading zero.
	Decimal,
	/// `0x` and hexadecimal digits.
	Hex,
}

impl Radix {
	pub(crate) fn read(self, text: &str) -> Option<[u8; 32]> {
		let (digits, radix, most) = match self {
			Self::Decimal => (text, 10, 78),
			Self::Hex => (text.strip_prefix("0x")?, 16, 64),
		};
		let padded = self == Self::Decimal && digits.len() > 1 && digits.starts_with('0');
		if digits.is_empty() || digits.len() > most || padded {
			return None;
		}
		let mut limbs = [0u64; 4];
		for digit in digits.chars() {
			let mut carry = u128::from(digit.to_digit(radix)?);
			for limb in &mut limbs {
				carry += u128::from(*limb) * u128::from(radix);
				*limb = carry as u64;
				carry >>= 64;
			}
			if carry != 0 {
				return None;
			}
		}
		let mut bytes = [0; 32];
		for (to, limb) in bytes.rchunks_exact_mut(8).zip(limbs) {
			to.copy_from_slice(&limb.to_be_bytes());
		}
		Some(bytes)
	}

	/// Spells a number of big-endian bytes, without leading zeros.
	pub(crate) fn write(self, number: &[u8]) -> String {
		match self {
			Self::Decimal => decimal(number),
			Self::Hex => {
				let digits: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
				match digits.trim_start_matches('0') {
					"" => "0x0".into(),
					digits => format!("0x{digits}"),
				}
			}
		}
	}
}

/// Bytes of digits in pairs.
pub(crate) fn hex_bytes(digits: &str) -> Option<Vec<u8>> {
	if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
		return None;
	}
	let byte = |at: usize| {
		let pair = digits.get(at..at + 2).filter(|pair| !pair.starts_with('+'))?;
		u8::from_str_radix(pair, 16).ok()
	};
	(0..digits.len()).step_by(2).map(byte).collect()
}

fn decimal(number: &[u8]) -> String {
	let mut rest = number.to_vec();
	let mut digits = Vec::new();
	while rest.iter().any(|byte| *byte != 0) {
		let mut remainder = 0u16;
		for byte in &mut rest {
			let value = remainder << 8 | u16::from(*byte);
			// Below 256, since the remainder is below 10.
			*byte = (value / 10) as u8;
			remainder = value % 10;
		}
		digits.push(char::from(b'0' + remainder as u8));
	}
	if digits.is_empty() {
		return "0".into();
	}
	digits.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn numbers_are_read_and_written_at_both_ends_of_what_fits() {
		let max = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
		assert_eq!(Radix::Decimal.read(max), Some([0xff; 32]));
		assert_eq!(Radix::Decimal.write(&[0xff; 32]), max);
		assert_eq!(Radix::Decimal.read(&max.replace("935", "936")), None);
		for radix in [Radix::Decimal, Radix::Hex] {
			let zero = radix.write(&[0; 32]);
			assert_eq!(radix.read(&zero), Some([0; 32]));
		}
		assert_eq!(Radix::Hex.write(&[0xff; 32]), format!("0x{}", "f".repeat(64)));
		assert_eq!(Radix::Hex.read("0x0ab").map(|bytes| bytes[31]), Some(0xab));
	}

	#[test]
	fn gnarks_negative_numbers_are_those_just_below_the_modulus() {
		let word = |text| Radix::Decimal.read(text).unwrap();
		for (field, one_below, most_below) in [
			(
				Field::Scalar,
				"21888242871839275222246405745257275088548364400416034343698204186575808495616",
				"21888242871839275222246405745257275088548364400416034343698204186575808430082",
			),
			(
				Field::Base,
				"21888242871839275222246405745257275088696311157297823662689037894645226208582",
				"21888242871839275222246405745257275088696311157297823662689037894645226143048",
			),
		] {
			assert_eq!(field.below(&word("1")), Some(word(one_below)));
			assert_eq!(field.below(&word("65535")), Some(word(most_below)));
			for other in ["0", "65536", one_below] {
				assert_eq!(field.below(&word(other)), None);
			}
		}
	}

	#[test]
	fn bytes_are_digits_in_pairs() {
		assert_eq!(hex_bytes("00fFa1"), Some(vec![0, 0xff, 0xa1]));
		assert_eq!(hex_bytes(""), Some(vec![]));
		for text in ["0", "0g", "+1", "0x00", "ab cd", "\u{ff10}\u{ff10}"] {
			assert_eq!(hex_bytes(text), None, "{text}");
		}
	}

	#[test]
	fn other_spellings_are_refused() {
		for text in ["", "00", "01", "+1", "-1", "1.0", "1e3", " 1", "0x1", "١", "1_000"] {
			assert_eq!(Radix::Decimal.read(text), None, "{text}");
		}
		let long = format!("0x{}", "0".repeat(65));
		for text in ["", "0x", "1", "0X1", "0xg", "0x 1", &long] {
			assert_eq!(Radix::Hex.read(text), None, "{text}");
		}
	}
}
