//! Files of whoever proves, and what stands in them: bytes in hex, tensors and what opens their
//! commitments, words of strangers. The prover service and the chain's clients share this.
#![warn(clippy::missing_errors_doc)]

pub mod files;
pub mod hex;
pub mod tensors;
pub mod text;

use thiserror::Error;

/// Two things that must be the same are not.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{what}: expected {expected}, got {got}")]
pub struct Mismatch {
	/// What should be the same, in words.
	pub what: String,
	/// What it had to be.
	pub expected: String,
	/// What it was instead.
	pub got: String,
}

impl Mismatch {
	/// An error about two things that should be the same.
	pub fn new(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> Self {
		Self { what: what.into(), expected: expected.to_string(), got: got.to_string() }
	}
}
