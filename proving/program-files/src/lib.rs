//! Groth16 over BN254 in the formats of other tools: keys, proofs and public inputs, read and
//! written.
//!
//! Each module is a format. `read_*` takes bytes of a file or a field and gives wire types;
//! `write_*` goes back, and gives the same bytes for what was read (the same values, where the
//! format is JSON). What a reader gives is sound as far as one object goes: numbers below their
//! modulus, points on the curve and in the subgroup, none at infinity. Whether a key is safe to use
//! is `zkml_groth16::prepare`'s to say, whether the inputs fit a key `zkml_programs::public_inputs`'.
//!
//! Input is untrusted everywhere: sizes and counts are compared with their bounds before anything is
//! allocated for them.
#![warn(clippy::missing_errors_doc)]

pub mod arkworks;
mod cursor;
mod error;
pub mod evm;
pub mod garaga;
pub mod gnark;
pub mod gnark_json;
pub mod guess;
mod json;
mod number;
mod points;
pub mod risc0;
pub mod snarkjs;
pub mod sp1;
pub mod strict;

pub use error::FormatError;
use zkml_primitives::{CircuitKey, ProgramKey, Proof, RoundsKey, VerifyingKey, G1};

/// How points are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
	/// By x and the sign of y.
	Compressed,
	/// By x and y.
	Uncompressed,
}

/// A circuit's key as other tools know keys. A model's plain key is one of four inputs; keys with
/// commit rounds have no form elsewhere.
///
/// # Errors
///
/// If the key has commit rounds.
pub fn program_key(key: &CircuitKey) -> Result<ProgramKey, FormatError> {
	match key {
		CircuitKey::Plain(VerifyingKey { alpha, beta, gamma, delta, ic }) => Ok(ProgramKey {
			alpha: *alpha,
			beta: *beta,
			gamma: *gamma,
			delta: *delta,
			ic: ic_points(ic.to_vec())?,
		}),
		CircuitKey::Rounds(RoundsKey { rounds, .. }) => {
			Err(FormatError::Commitments { what: "a key", got: rounds.len() })
		}
		// One round, and what its parameters are committed to in.
		CircuitKey::Committed(_) => Err(FormatError::Commitments { what: "a key", got: 2 }),
		CircuitKey::Program(key) => Ok(key.clone()),
	}
}

/// Points for inputs, as many as a key may have.
fn ic_points<B>(points: Vec<G1>) -> Result<B, FormatError>
where
	B: TryFrom<Vec<G1>, Error = Vec<G1>>,
{
	let many = |points: Vec<G1>| error::ic_count(points.len() as u64);
	points.try_into().map_err(many)
}

/// Refuses proofs with round commitments, which no other tool has a place for.
fn without_rounds(proof: &Proof) -> Result<(), FormatError> {
	match proof.commitments.len() {
		0 => Ok(()),
		got => Err(FormatError::Commitments { what: "a proof", got }),
	}
}
