//! What can be wrong with circom's files.

use thiserror::Error;
use zkml_groth16::{KeyError, VerifyError};

use crate::files::FileError;

/// Why a file of circom's kinds is not written or taken.
#[derive(Debug, Error)]
pub enum CircomError {
	/// A file cannot be read or written, or is not what it should be.
	#[error(transparent)]
	File(#[from] FileError),
	/// The circuit has commit rounds.
	#[error("circuit: expected a plain one, since circom's formats have no commit rounds, got one with {rounds}; compile with --kind plain, a private model with --private --params poseidon --kind plain")]
	Rounds {
		/// Number of its commit rounds.
		rounds: usize,
	},
	/// The circuit has wires that are committed to once: a private model's parameters.
	#[error("circuit: expected a plain one, since circom's formats have no commitments beside a proof, got one whose parameters a point commits to once; compile with --private --params poseidon --kind plain, make new keys, and register the model anew")]
	Committed,
	/// A public wire is part of a product, where its point in the key would have to be another.
	#[error("circuit: expected no public wire on the right of a constraint, got wire {wire}")]
	PublicProduct {
		/// Which; 0 is the constant.
		wire: u32,
	},
	/// The circuit is too large for the field's roots of unity.
	#[error("circuit: expected at most 2^27 constraints, got {constraints}")]
	TooLarge {
		/// The constraints that it has.
		constraints: usize,
	},
	/// The circuit is of another kind than the chain's.
	#[error("circuit: expected one of a kind that the chain has, got {inputs} public inputs")]
	Kind {
		/// The public inputs that it has.
		inputs: usize,
	},
	/// Whoever knows what the wires mean has no values for them.
	#[error("{0}")]
	Witness(Box<dyn std::error::Error + Send + Sync>),
	/// Verifiers would refuse the key.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	Key(KeyError),
	/// The key's points do not fit together.
	#[error("key: expected {expected}, got {got}")]
	Points {
		/// What they had to be.
		expected: &'static str,
		/// What they were instead.
		got: &'static str,
	},
	/// A proof with the key does not verify.
	#[error("key: expected one under which this circuit can be proved, got one under which a proof does not verify ({0})")]
	Unsound(VerifyError),
}
