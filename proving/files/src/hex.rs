//! Bytes as people write them: `0x` and lower-case digits.

use thiserror::Error;

/// Why text is not the bytes it should be.
#[derive(Debug, Error, Eq, PartialEq)]
pub enum HexError {
	/// Wrong number of digits.
	#[error("{what}: expected 0x and {expected} hex digits, got {got} digits")]
	Length {
		/// What was being read.
		what: String,
		/// Number of digits that it takes.
		expected: usize,
		/// Number of digits that were given.
		got: usize,
	},
	/// A character that is no digit.
	#[error("{what}: expected hex digits, got {got:?}")]
	Digit {
		/// What was being read.
		what: String,
		/// The first character that is none.
		got: char,
	},
}

/// Writes bytes as `0x` and lower-case digits.
pub fn show(bytes: &[u8]) -> String {
	format!("0x{}", ::hex::encode(bytes))
}

/// Reads exactly `N` bytes; the `0x` may be missing.
///
/// # Errors
///
/// If a character is no digit, or there are not `2 N` of them.
pub fn read<const N: usize>(what: &str, text: &str) -> Result<[u8; N], HexError> {
	let digits = text.trim();
	let digits = digits.strip_prefix("0x").unwrap_or(digits);
	if let Some(got) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
		return Err(HexError::Digit { what: what.into(), got });
	}
	let mut out = [0; N];
	::hex::decode_to_slice(digits, &mut out).map_err(|_| HexError::Length {
		what: what.into(),
		expected: 2 * N,
		got: digits.len(),
	})?;
	Ok(out)
}

/// For serde: a fixed number of bytes as text.
pub mod fixed {
	use serde::{de::Error, Deserialize, Deserializer, Serializer};

	/// Writes the bytes as [`super::show`] does.
	///
	/// # Errors
	///
	/// If the serializer refuses the text.
	pub fn serialize<const N: usize, S: Serializer>(
		bytes: &[u8; N],
		serializer: S,
	) -> Result<S::Ok, S::Error> {
		serializer.serialize_str(&super::show(bytes))
	}

	/// Reads exactly `N` bytes, as [`super::read`] does.
	///
	/// # Errors
	///
	/// If the text is not as many bytes in hexadecimal digits.
	pub fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
		deserializer: D,
	) -> Result<[u8; N], D::Error> {
		let text = String::deserialize(deserializer)?;
		super::read("a value in hex", &text).map_err(D::Error::custom)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn bytes_survive_the_way_there_and_back() {
		let bytes = [0xab, 0x00, 0x17];
		assert_eq!(show(&bytes), "0xab0017");
		assert_eq!(read::<3>("x", "0xab0017"), Ok(bytes));
		assert_eq!(read::<3>("x", "AB0017"), Ok(bytes));
	}

	#[test]
	fn wrong_lengths_and_characters_are_named() {
		let short = read::<32>("a model id", "0xab").unwrap_err().to_string();
		assert_eq!(short, "a model id: expected 0x and 64 hex digits, got 2 digits");
		let odd = read::<2>("a salt", "0xabc").unwrap_err().to_string();
		assert_eq!(odd, "a salt: expected 0x and 4 hex digits, got 3 digits");
		let letter = read::<1>("a salt", "0xzz").unwrap_err().to_string();
		assert_eq!(letter, "a salt: expected hex digits, got 'z'");
	}
}
