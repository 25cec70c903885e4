//! The one error type of the command.

use std::{
	path::{Path, PathBuf},
	process::ExitCode,
};

use serde_json::{json, Value};
use thiserror::Error;
use zkml_interop::InteropError;

use crate::{
	chain::ChainError, files::FileProblem, hex::HexError, keys::KeyError, parse::ParseError, text,
	verbs::NoResult,
};

/// Anything that ends a verb early. Its text is the one line a person gets to read.
#[derive(Debug, Error)]
pub enum CliError {
	/// The options do not fit together.
	#[error("{0}")]
	Usage(String),
	/// A file cannot be read, written or understood.
	#[error(transparent)]
	File(#[from] FileProblem),
	/// A value given by hand cannot be read.
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
	#[error("{what}: expected {expected}, got {got}")]
	Mismatch {
		/// Of what.
		what: String,
		/// What it had to be.
		expected: String,
		/// What it was.
		got: String,
	},
	/// The ONNX file cannot be used.
	#[error(transparent)]
	Import(#[from] zkml_circuits::ImportError),
	/// The model cannot be made into a circuit.
	#[error(transparent)]
	Compile(#[from] zkml_circuits::CompileError),
	/// Input values do not fit the model.
	#[error(transparent)]
	Input(#[from] zkml_circuits::InputError),
	/// A model or key file is no good.
	#[error(transparent)]
	Model(#[from] zkml_circuits::FileError),
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
	/// The verifying key is no good.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	VerifyingKey(#[from] zkml_groth16::KeyError),
	/// The proof is no good.
	#[error("proof: expected one that verifies, got one that does not: {0}")]
	Proof(#[from] zkml_groth16::VerifyError),
	/// A file of another tool is no good.
	#[error("{}: {source}", .path.display())]
	Foreign {
		/// Which.
		path: PathBuf,
		/// Why.
		source: InteropError,
	},
	/// What is wrong with the values of a file.
	#[error("{}: {source}", .path.display())]
	InFile {
		/// Which.
		path: PathBuf,
		/// What.
		source: Box<CliError>,
	},
	/// Something of another tool cannot be read, or has no form in the other format.
	#[error(transparent)]
	Interop(#[from] InteropError),
	/// A claim is not about the program.
	#[error(transparent)]
	Claim(#[from] zkml_foreign::ClaimError),
	/// A request has no result to show.
	#[error(transparent)]
	NoResult(#[from] NoResult),
	/// The person at the terminal said no.
	#[error("expected a yes, got none: nothing was sent")]
	Declined,
	/// Nobody can be asked, and no consent was given.
	#[error("expected --yes, which agrees to the costs beforehand, got none: {0}, so nobody can be asked, and nothing was sent")]
	Unasked(&'static str),
	/// The service cannot run.
	#[error("{0}")]
	Service(String),
	/// The operating system refused.
	#[error("expected to {what}, got: {source}")]
	System {
		/// What was tried, as a verb.
		what: String,
		/// What it said.
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
			Self::Usage(_) | Self::Parse(_) | Self::Unasked(_) => 2,
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
			Self::Chain(error) => error.details(),
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
			Self::Usage(_) | Self::Parse(_) | Self::Hex(_) => "usage",
			Self::Unasked(_) | Self::Declined => "consent",
			Self::File(_) | Self::Model(_) | Self::Foreign { .. } => "file",
			Self::InFile { source, .. } => source.kind(),
			Self::Key(_) => "key",
			Self::Chain(error) => error.kind(),
			Self::NoResult(why) => why.kind(),
			Self::Mismatch { .. } | Self::Claim(_) => "mismatch",
			Self::Import(_) | Self::Compile(_) => "model",
			Self::Input(_) => "input",
			Self::Setup(_) | Self::Ceremony(_) | Self::Circom(_) | Self::Prover(_) => "setup",
			Self::VerifyingKey(_) | Self::Proof(_) | Self::Prove(_) => "proof",
			Self::Interop(_) => "format",
			Self::Service(_) | Self::System { .. } => "system",
		}
	}

	/// With the name of the file that it is about.
	pub fn in_file(self, path: &Path) -> Self {
		Self::InFile { path: path.into(), source: Box::new(self) }
	}

	/// For two values that should agree.
	pub fn mismatch(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> Self {
		Self::Mismatch { what: what.into(), expected: expected.to_string(), got: got.to_string() }
	}
}
