//! Why something cannot be read or written.

use thiserror::Error;
use zkml_groth16::PointError;
use zkml_primitives::{MAX_PROGRAM_IC, MAX_PROGRAM_INPUTS};

use crate::{guess::Kind, strict::Fault};

/// What is wrong with a file or a field, and where.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum FormatError {
	/// Not JSON, or not only JSON, or JSON that says two things.
	#[error("{what}: expected one value of JSON in UTF-8, got {fault}")]
	Json {
		/// The file that was read.
		what: String,
		/// What it is instead.
		fault: Fault,
	},
	/// JSON of another tool, or where a tool's own bytes belong.
	#[error("{what}: expected {expected}, got JSON {looks}")]
	OtherTool {
		/// The file that was read.
		what: String,
		/// What belongs in that place.
		expected: &'static str,
		/// What the JSON looks to be.
		looks: Kind,
	},
	/// What RISC Zero's tools give when they are told to prove nothing.
	#[error(
		"{what}: expected a seal of a release, got one of RISC Zero's dev mode{}, which proves \
		 nothing: prove without RISC0_DEV_MODE",
		.selector.map(|s| format!(", selector 0x{:08x}", u32::from_be_bytes(s))).unwrap_or_default()
	)]
	DevMode {
		/// Which file it is, in words.
		what: String,
		/// Its first bytes, where it has some.
		selector: Option<[u8; 4]>,
	},
	/// Something else than the format has in this place.
	#[error("{what}: expected {expected}, got {got}")]
	Form {
		/// The place in the file.
		what: String,
		/// What the format has.
		expected: String,
		/// What is there instead.
		got: String,
	},
	/// Too many or too few bytes or items.
	#[error("{what}: expected {expected}, got {got}")]
	Length {
		/// The place in the file.
		what: String,
		/// How many, of what.
		expected: String,
		/// How many there are.
		got: u64,
	},
	/// A number that is the name of a smaller one.
	#[error("{what}: expected a number below the {modulus}, got {got}")]
	Range {
		/// The place in the file.
		what: String,
		/// The name of the modulus.
		modulus: &'static str,
		/// The number, as it is written.
		got: String,
	},
	/// A point is no good.
	#[error("{what}: expected a point of the group, got one that {error}")]
	Point {
		/// The place in the file.
		what: String,
		/// What is wrong with the point.
		error: PointError,
	},
	/// A sound point, spelled in another way than its tool does.
	#[error("{what}: expected the sign of y in its flag, got the other one")]
	Spelling {
		/// The place in the file.
		what: String,
	},
	/// Commitments change the equation: plain Groth16 says nothing about such a key or proof.
	#[error("expected {what} without commitments, got {got} of them")]
	Commitments {
		/// A key or a proof.
		what: &'static str,
		/// Number of commitments there are.
		got: usize,
	},
}

/// A key with so many points for its inputs.
pub(crate) fn ic_count(got: u64) -> FormatError {
	let expected = format!("1 to {MAX_PROGRAM_IC} points");
	FormatError::Length { what: "IC".into(), expected, got }
}

pub(crate) fn length(what: &str, expected: impl Into<String>, got: usize) -> FormatError {
	FormatError::Length { what: what.into(), expected: expected.into(), got: got as u64 }
}

pub(crate) fn form(what: &str, expected: &str, got: impl Into<String>) -> FormatError {
	FormatError::Form { what: what.into(), expected: expected.into(), got: got.into() }
}

/// A point in G2 whose coordinates are there, in the order that contracts have them in.
pub(crate) fn swapped(what: &str) -> FormatError {
	let got = "the imaginary part first, as contracts take it";
	form(what, "the real part of each coordinate first", got)
}

/// Refuses more public inputs than a key may have.
pub(crate) fn input_count(what: &str, got: usize) -> Result<(), FormatError> {
	if got <= MAX_PROGRAM_INPUTS as usize {
		return Ok(());
	}
	Err(length(what, format!("at most {MAX_PROGRAM_INPUTS} public inputs"), got))
}
