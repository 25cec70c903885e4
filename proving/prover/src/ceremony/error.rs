//! What can be wrong with a ceremony.

use thiserror::Error;
use zkml_groth16::KeyError;

use crate::{files::FileError, setup::SetupError};

/// Why a ceremony does not go on.
#[derive(Debug, Error)]
pub enum CeremonyError {
	/// A file cannot be read or written, or is not what it should be.
	#[error(transparent)]
	File(#[from] FileError),
	/// The two circuits cannot be linked.
	#[error(transparent)]
	Circuits(#[from] SetupError),
	/// The circuit is too large for the field's roots of unity.
	#[error("circuit: expected at most 2^27 constraints, got {constraints}")]
	TooLarge {
		/// The constraints that it has.
		constraints: usize,
	},
	/// Two things that must be the same are not.
	#[error("{what}: expected {expected}, got {got}")]
	Mismatch {
		/// What should be the same, in words.
		what: String,
		/// What it had to be.
		expected: String,
		/// What it was instead.
		got: String,
	},
	/// A contribution is not one to this ceremony at this place.
	#[error("contribution {number}: expected {expected}, got {got}")]
	Contribution {
		/// Which contribution, from 1 up.
		number: usize,
		/// What it had to be.
		expected: String,
		/// What it was instead.
		got: String,
	},
	/// The points are not what powers and contributions make of them.
	#[error(
		"{what}: expected those of the powers divided by all contributions' secrets, got others"
	)]
	Points {
		/// Which points are meant, in words.
		what: String,
	},
	/// Too few people took part for the key to be more than one party's.
	#[error("ceremony: expected contributions of at least two people, got {got}")]
	TooFew {
		/// Number of people who did.
		got: usize,
	},
	/// The powers are for rehearsals.
	#[error("powers: expected a phase 1 of at least two contributions, got one of {got}, which is good for a rehearsal")]
	Rehearsal {
		/// Contributions that the powers' file lists.
		got: u32,
	},
	/// Verifiers would refuse the key.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	Key(KeyError),
}

/// An error about two things that should be the same.
pub(crate) fn mismatch(what: &str, expected: impl ToString, got: impl ToString) -> CeremonyError {
	let (expected, got) = (expected.to_string(), got.to_string());
	CeremonyError::Mismatch { what: what.into(), expected, got }
}
