//! The one error type of this crate.

use std::path::PathBuf;

use thiserror::Error;
use zkml_files::{files::FileProblem, hex::HexError, tensors::OpeningError, Mismatch};
use zkml_program_files::FormatError;

use crate::{chain::ChainError, keys::KeyError, parse::ParseError};

/// Anything that keeps a client from what it wants. The text is one line, of what was expected and
/// what was got.
#[derive(Debug, Error)]
pub enum Error {
	/// A file cannot be read, written or understood.
	#[error(transparent)]
	File(#[from] FileProblem),
	/// A value in words cannot be read.
	#[error(transparent)]
	Parse(#[from] ParseError),
	/// A number in hex cannot be read.
	#[error(transparent)]
	Hex(#[from] HexError),
	/// No usable signing key.
	#[error(transparent)]
	Key(#[from] KeyError),
	/// The node, or the chain behind it, said no.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// Two things that must be the same are not.
	#[error(transparent)]
	Mismatch(#[from] Mismatch),
	/// A model or key file is no good.
	#[error(transparent)]
	Model(#[from] zkml_circuits::FileError),
	/// The verifying key is no good.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	VerifyingKey(#[from] zkml_groth16::KeyError),
	/// The proof is no good.
	#[error("proof: expected one that verifies, got one that does not: {0}")]
	Proof(#[from] zkml_groth16::VerifyError),
	/// A file of another tool is no good.
	#[error("{}: {source}", .path.display())]
	ProgramFile {
		/// The file that was read.
		path: PathBuf,
		/// What is wrong with it.
		source: FormatError,
	},
	/// Something of another tool cannot be read, or has no form in the other format.
	#[error(transparent)]
	Format(#[from] FormatError),
}

impl Error {
	/// For two values that should agree.
	pub(crate) fn mismatch(
		what: impl Into<String>,
		expected: impl ToString,
		got: impl ToString,
	) -> Self {
		Mismatch::new(what, expected, got).into()
	}
}

impl From<OpeningError> for Error {
	fn from(error: OpeningError) -> Self {
		match error {
			OpeningError::File(problem) => problem.into(),
			OpeningError::Values(mismatch) => mismatch.into(),
		}
	}
}
