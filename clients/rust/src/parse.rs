//! Values given by hand: amounts, shares, accounts, ids.

use std::str::FromStr;

use thiserror::Error;
use zkml_files::hex;
use zkml_primitives::{ModelId, Share, StatementId};
use zkml_programs::ProgramId;

use crate::{chain::AccountId, keys};

/// Decimals of the chain's token.
const DECIMALS: usize = 12;
/// The symbol of the chain's token.
pub const SYMBOL: &str = "ZKML";

/// Why a value cannot be read.
#[derive(Debug, Error, Eq, PartialEq)]
#[error("expected {expected}, got {got:?}")]
pub struct ParseError {
	/// What would have done.
	pub expected: String,
	/// What was given instead.
	pub got: String,
}

impl ParseError {
	/// An error about what was expected, and what was given.
	pub fn new(expected: impl Into<String>, got: impl Into<String>) -> Self {
		Self { expected: expected.into(), got: got.into() }
	}
}

/// An amount of tokens in its smallest unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Amount(pub u128);

impl FromStr for Amount {
	type Err = ParseError;

	/// `1.5` is one and a half token.
	fn from_str(text: &str) -> Result<Self, ParseError> {
		let wrong = || {
			ParseError::new(format!("an amount of {SYMBOL} such as 1.5, at most 12 decimals"), text)
		};
		let (whole, part) = text.split_once('.').unwrap_or((text, ""));
		let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
		if whole.is_empty() || part.len() > DECIMALS || !digits(whole) || !digits(part) {
			return Err(wrong());
		}
		let padded = format!("{whole}{part:0<DECIMALS$}");
		padded.parse().map(Self).map_err(|_| wrong())
	}
}

impl std::fmt::Display for Amount {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let unit = 10u128.pow(DECIMALS as u32);
		let part = format!("{:0DECIMALS$}", self.0 % unit);
		match part.trim_end_matches('0') {
			"" => write!(f, "{} {SYMBOL}", self.0 / unit),
			part => write!(f, "{}.{part} {SYMBOL}", self.0 / unit),
		}
	}
}

/// A span of time in milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span(pub u64);

impl FromStr for Span {
	type Err = ParseError;

	/// `90s`, `30m`, `2h` or `1d`.
	fn from_str(text: &str) -> Result<Self, ParseError> {
		let wrong = || ParseError::new("a time such as 90s, 30m, 2h or 1d", text);
		let unit = match text.chars().last() {
			Some('s') => 1_000,
			Some('m') => 60_000,
			Some('h') => 3_600_000,
			Some('d') => 86_400_000,
			_ => return Err(wrong()),
		};
		let digits = &text[..text.len() - 1];
		if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
			return Err(wrong());
		}
		let count: u64 = digits.parse().map_err(|_| wrong())?;
		count.checked_mul(unit).map(Self).ok_or_else(wrong)
	}
}

impl std::fmt::Display for Span {
	/// To two of its units.
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let seconds = self.0.div_ceil(1000);
		let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
		let pair = |big: u64, name: &str, small: u64, other: &str| match small {
			0 => format!("{big} {name}"),
			small => format!("{big} {name} {small} {other}"),
		};
		let words = match (days, hours, minutes) {
			(0, 0, 0) => format!("{seconds} s"),
			(0, 0, minutes) => pair(minutes, "min", seconds % 60, "s"),
			(0, hours, minutes) => pair(hours, "h", minutes % 60, "min"),
			(days, hours, _) => pair(days, "d", hours % 24, "h"),
		};
		f.write_str(&words)
	}
}

/// What a share leaves of an amount for others: all but its part, rounded down.
pub fn remainder(share: Share, amount: u128) -> u128 {
	let (whole, parts) = (u128::from(Share::WHOLE), u128::from(share.0.min(Share::WHOLE)));
	amount - (amount / whole * parts + amount % whole * parts / whole)
}

/// A share as a percentage with up to four decimals.
///
/// # Errors
///
/// If the text is no percentage from 0 to 100.
pub fn share(text: &str) -> Result<Share, ParseError> {
	let wrong = || ParseError::new("a percentage from 0 to 100 such as 12.5", text);
	let number = text.strip_suffix('%').unwrap_or(text);
	let (whole, part) = number.split_once('.').unwrap_or((number, ""));
	let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
	if whole.is_empty() || part.len() > 4 || !digits(whole) || !digits(part) {
		return Err(wrong());
	}
	let millionths: u32 = format!("{whole}{part:0<4}").parse().map_err(|_| wrong())?;
	if millionths > Share::WHOLE {
		return Err(wrong());
	}
	Ok(Share(millionths))
}

/// A share for people.
pub fn show_share(share: Share) -> String {
	let part = format!("{:04}", share.0 % 10_000);
	match part.trim_end_matches('0') {
		"" => format!("{}%", share.0 / 10_000),
		part => format!("{}.{part}%", share.0 / 10_000),
	}
}

/// An account: SS58, 32 bytes in hex, or a development URI such as `//Alice`.
///
/// # Errors
///
/// If the text is none of these.
pub fn account(text: &str) -> Result<AccountId, ParseError> {
	if text.starts_with("//") {
		return keys::from_uri(text)
			.map(|key| keys::account(&key))
			.ok_or_else(|| ParseError::new("a development account such as //Alice", text));
	}
	if text.starts_with("0x") {
		return hex::read("an account", text)
			.map(AccountId::from)
			.map_err(|_| ParseError::new("an account of 32 bytes in hex", text));
	}
	text.parse().map_err(|_| ParseError::new("an account in SS58", text))
}

/// Reads a model id of 32 bytes in hex.
///
/// # Errors
///
/// If the text is not 32 bytes in hex.
pub fn model(text: &str) -> Result<ModelId, hex::HexError> {
	hex::read("a model id", text).map(ModelId)
}

/// Reads a program id of 32 bytes in hex.
///
/// # Errors
///
/// If the text is not 32 bytes in hex.
pub fn program(text: &str) -> Result<ProgramId, hex::HexError> {
	hex::read("a program id", text).map(ProgramId)
}

/// Reads a statement id of 32 bytes in hex.
///
/// # Errors
///
/// If the text is not 32 bytes in hex.
pub fn statement(text: &str) -> Result<StatementId, hex::HexError> {
	hex::read("a statement id", text).map(StatementId)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn amounts_are_decimal_tokens() {
		assert_eq!("1".parse(), Ok(Amount(1_000_000_000_000)));
		assert_eq!("0.000000000001".parse(), Ok(Amount(1)));
		assert_eq!("12.5".parse(), Ok(Amount(12_500_000_000_000)));
		for wrong in ["", ".", "-1", "1e3", "1.0000000000001", "1,5", "1 ZKML", &"9".repeat(40)] {
			let error = wrong.parse::<Amount>().unwrap_err().to_string();
			assert!(error.starts_with("expected an amount of ZKML"), "{error}");
		}
	}

	#[test]
	fn amounts_print_as_they_are_read() {
		for text in ["0", "1", "0.000000000001", "12.5"] {
			let amount: Amount = text.parse().unwrap();
			assert_eq!(amount.to_string(), format!("{text} ZKML"));
		}
	}

	#[test]
	fn spans_have_a_unit() {
		for (text, ms, words) in [
			("0s", 0, "0 s"),
			("90s", 90_000, "1 min 30 s"),
			("30m", 1_800_000, "30 min"),
			("2h", 7_200_000, "2 h"),
			("150m", 9_000_000, "2 h 30 min"),
			("1d", 86_400_000, "1 d"),
			("49h", 176_400_000, "2 d 1 h"),
		] {
			assert_eq!(text.parse(), Ok(Span(ms)));
			assert_eq!(Span(ms).to_string(), words);
		}
		for wrong in [
			"",
			"m",
			"30",
			"-1m",
			"1.5h",
			"30 m",
			"30M",
			"99999999999999999999d",
			"213503982335d",
			"é",
		] {
			let error = wrong.parse::<Span>().unwrap_err().to_string();
			assert!(error.starts_with("expected a time such as 90s, 30m, 2h or 1d"), "{error}");
		}
	}

	#[test]
	fn shares_are_percentages() {
		assert_eq!(share("20"), Ok(Share(200_000)));
		assert_eq!(share("12.5%"), Ok(Share(125_000)));
		assert_eq!(share("100"), Ok(Share(1_000_000)));
		assert_eq!(show_share(Share(125_000)), "12.5%");
		assert_eq!(show_share(Share(200_000)), "20%");
		for wrong in ["100.0001", "101", "-1", "", "1.00001", "half"] {
			assert!(share(wrong).is_err(), "{wrong}");
		}
	}

	#[test]
	fn a_share_is_taken_off_as_the_chain_does() {
		assert_eq!(remainder(Share(200_000), 10), 8);
		assert_eq!(remainder(Share(333_333), 10), 7);
		assert_eq!(remainder(Share(1), 999_999), 999_999);
		for amount in [0, 1, u128::MAX] {
			assert_eq!(remainder(Share(0), amount), amount);
			assert_eq!(remainder(Share(Share::WHOLE), amount), 0);
		}
	}

	#[test]
	fn accounts_come_in_three_spellings() {
		let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		let bytes = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
		assert_eq!(account(alice).unwrap().to_string(), alice);
		assert_eq!(account(bytes).unwrap().to_string(), alice);
		assert_eq!(account("//Alice").unwrap().to_string(), alice);
		let error = account("5Grw").unwrap_err().to_string();
		assert_eq!(error, "expected an account in SS58, got \"5Grw\"");
	}
}
