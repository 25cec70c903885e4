//! The one error type of the command.

use std::{
	path::{Path, PathBuf},
	process::ExitCode,
};

use serde_json::{json, Value};
use thiserror::Error;
use zkml_client::{
	chain::ChainError, files::FileProblem, hex::HexError, parse::ParseError, tensors::OpeningError,
	text, Error as ClientError, Mismatch,
};
use zkml_program_files::FormatError;
use zkml_prover_service::ServiceError;

use crate::{keys::KeyError, verbs::NoResult};

/// Anything that ends a verb early. Its text is the one line a person gets to read.
#[derive(Debug, Error)]
pub enum CliError {
	/// The options do not fit together.
	#[error("{0}")]
	Usage(String),
	/// A file, a value, a proof or the chain is not as it should be.
	#[error(transparent)]
	Client(#[from] ClientError),
	/// Nobody listens where a node should be.
	#[error("{source}; {advice}")]
	NoNode {
		/// What was tried and what happened.
		source: ChainError,
		/// What the user can try, in words.
		advice: &'static str,
	},
	/// No usable signing key.
	#[error(transparent)]
	Key(#[from] KeyError),
	/// The ONNX file cannot be used.
	#[error(transparent)]
	Import(#[from] zkml_circuits::ImportError),
	/// The model cannot be made into a circuit.
	#[error(transparent)]
	Compile(#[from] zkml_circuits::CompileError),
	/// Input values do not fit the model.
	#[error(transparent)]
	Input(#[from] zkml_circuits::InputError),
	/// No keys could be made.
	#[error(transparent)]
	Setup(#[from] zkml_circuits::SetupError),
	/// The ceremony cannot go on.
	#[error(transparent)]
	Ceremony(#[from] zkml_circuits::ceremony::CeremonyError),
	/// A file of circom's kinds is not written or taken.
	#[error(transparent)]
	Circom(#[from] zkml_circuits::circom::CircomError),
	/// Model and proving key do not belong together.
	#[error(transparent)]
	Prover(#[from] zkml_circuits::ProverError),
	/// No proof could be made.
	#[error(transparent)]
	Prove(#[from] zkml_circuits::ProveError),
	/// What is wrong with the values of a file.
	#[error("{}: {source}", .path.display())]
	InFile {
		/// The file that the values are from.
		path: PathBuf,
		/// The reason why they are of no use.
		source: Box<CliError>,
	},
	/// A claim is not about the program.
	#[error(transparent)]
	Claim(#[from] zkml_programs::ClaimError),
	/// A request has no result to show.
	#[error(transparent)]
	NoResult(#[from] NoResult),
	/// The person at the terminal said no.
	#[error("expected a yes, got none: nothing was sent")]
	Declined,
	/// Nobody can be asked, and no consent was given.
	#[error("expected --yes, which agrees to the costs beforehand, got none: {0}, so nobody can be asked, and nothing was sent")]
	Unasked(&'static str),
	/// The prover service cannot run.
	#[error(transparent)]
	Service(#[from] ServiceError),
	/// There are no threads to prove with.
	#[error("{0}")]
	Threads(String),
	/// The operating system refused.
	#[error("expected to {what}, got: {source}")]
	System {
		/// What was tried, as a verb.
		what: String,
		/// The system's own reason.
		source: std::io::Error,
	},
}

impl CliError {
	/// Without `--yes` where that is needed, and why it is.
	pub fn unasked(why: &'static str) -> Self {
		Self::Unasked(why)
	}

	/// 2 when the question itself was wrong, 1 for everything else.
	pub fn exit_code(&self) -> ExitCode {
		ExitCode::from(self.code())
	}

	fn code(&self) -> u8 {
		match self {
			Self::Usage(_) | Self::Client(ClientError::Parse(_)) | Self::Unasked(_) => 2,
			Self::NoResult(why) => why.code(),
			_ => 1,
		}
	}

	/// For programs: what `docs/json.md` promises of an error.
	pub fn describe(&self) -> Value {
		let mut object = json!({
			"kind": self.kind(),
			"message": text::one_line(&self.to_string()),
			"exit_code": self.code(),
		});
		let details = match self {
			Self::Client(ClientError::Chain(error)) => chain_details(error),
			Self::NoResult(why) => why.details(),
			_ => Value::Null,
		};
		if let (Some(object), Value::Object(details)) = (object.as_object_mut(), details) {
			object.extend(details);
		}
		object
	}

	/// What kind of failure it is.
	fn kind(&self) -> &'static str {
		match self {
			Self::Usage(_) => "usage",
			Self::Unasked(_) | Self::Declined => "consent",
			Self::Client(error) => client_kind(error),
			Self::InFile { source, .. } => source.kind(),
			Self::Key(_) => "key",
			Self::NoNode { source, .. } => chain_kind(source),
			Self::NoResult(why) => why.kind(),
			Self::Claim(_) => "mismatch",
			Self::Import(_) | Self::Compile(_) => "model",
			Self::Input(_) => "input",
			Self::Setup(_) | Self::Ceremony(_) | Self::Circom(_) | Self::Prover(_) => "setup",
			Self::Prove(_) => "proof",
			Self::Service(error) => service_kind(error),
			Self::Threads(_) | Self::System { .. } => "system",
		}
	}

	/// With the name of the file that it is about.
	pub fn in_file(self, path: &Path) -> Self {
		Self::InFile { path: path.into(), source: Box::new(self) }
	}

	/// For two values that should agree.
	pub fn mismatch(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> Self {
		Mismatch::new(what, expected, got).into()
	}
}

/// What reaches a verb through the client's errors.
macro_rules! through_the_client {
	($($error:ty),+ $(,)?) => {$(
		impl From<$error> for CliError {
			fn from(error: $error) -> Self {
				Self::Client(error.into())
			}
		}
	)+};
}

through_the_client!(
	FileProblem,
	OpeningError,
	ParseError,
	HexError,
	zkml_client::keys::KeyError,
	Mismatch,
	ChainError,
	FormatError,
	zkml_circuits::FileError,
	zkml_groth16::KeyError,
	zkml_groth16::VerifyError,
);

fn client_kind(error: &ClientError) -> &'static str {
	match error {
		ClientError::Parse(_) | ClientError::Hex(_) => "usage",
		ClientError::File(_) | ClientError::Model(_) | ClientError::ProgramFile { .. } => "file",
		ClientError::Key(_) => "key",
		ClientError::Chain(error) => chain_kind(error),
		ClientError::Mismatch(_) => "mismatch",
		ClientError::VerifyingKey(_) | ClientError::Proof(_) => "proof",
		ClientError::Format(_) => "format",
	}
}

fn chain_kind(error: &ChainError) -> &'static str {
	match error {
		ChainError::Unreachable { .. } => "unreachable",
		ChainError::Foreign { .. } => "foreign-chain",
		ChainError::Refused { .. } | ChainError::Dispatch(_) => "refused",
		ChainError::Pool(_) => "pool",
		ChainError::NoFunds { .. } => "no-funds",
		ChainError::Missing { .. } => "missing",
		ChainError::Pruned { .. } => "pruned",
		ChainError::Late(_) => "late",
		ChainError::Other(_) => "node",
	}
}

fn chain_details(error: &ChainError) -> Value {
	match error {
		ChainError::Refused { pallet, error, .. } => json!({ "pallet": pallet, "error": error }),
		ChainError::NoFunds { account, needed, has } => {
			json!({ "account": account, "needed": needed, "has": has })
		}
		_ => Value::Null,
	}
}

fn service_kind(error: &ServiceError) -> &'static str {
	match error {
		ServiceError::File(_) | ServiceError::Model(_) => "file",
		ServiceError::Mismatch(_) => "mismatch",
		ServiceError::Prover(_) => "setup",
		ServiceError::Input(_) => "input",
		ServiceError::Prove(_) => "proof",
		ServiceError::System { .. } => "system",
	}
}
