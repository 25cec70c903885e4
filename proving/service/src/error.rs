//! What keeps the service from running, or a job from being proved.

use thiserror::Error;
use zkml_files::{files::FileProblem, tensors::OpeningError, Mismatch};

/// Why the service cannot run, or cannot prove a job.
#[derive(Debug, Error)]
pub enum ServiceError {
	/// A file cannot be read or written, or is another than it should be.
	#[error(transparent)]
	File(#[from] FileProblem),
	/// Two things that must be the same are not.
	#[error(transparent)]
	Mismatch(#[from] Mismatch),
	/// A model or key file is no good.
	#[error(transparent)]
	Model(#[from] zkml_circuits::FileError),
	/// Model and proving key do not belong together.
	#[error(transparent)]
	Prover(#[from] zkml_circuits::ProverError),
	/// Input values do not fit the model.
	#[error(transparent)]
	Input(#[from] zkml_circuits::InputError),
	/// No proof could be made.
	#[error(transparent)]
	Prove(#[from] zkml_circuits::ProveError),
	/// The operating system refused.
	#[error("expected to {what}, got: {source}")]
	System {
		/// What was tried, as a verb.
		what: String,
		/// What it said.
		source: std::io::Error,
	},
}

impl ServiceError {
	/// For what the operating system refused.
	pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
		let what = what.into();
		move |source| Self::System { what, source }
	}
}

impl From<OpeningError> for ServiceError {
	fn from(error: OpeningError) -> Self {
		match error {
			OpeningError::File(problem) => problem.into(),
			OpeningError::Values(mismatch) => mismatch.into(),
		}
	}
}
