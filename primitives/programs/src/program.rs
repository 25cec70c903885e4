//! Which program a proof must be about.

use core::fmt;

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{ProgramKey, Scalar};

use crate::{risc0, ClaimError};

/// What is kept of a program beside its key.
///
/// A zkVM has one key for all programs of a release, so the key says little: the program is one of
/// the public inputs. Whoever registers one fixes it here, with the release it was built for.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub enum ProgramKind {
	/// A circuit with a key of its own, as of circom, gnark or arkworks: its inputs as they are.
	#[codec(index = 0)]
	Groth16,
	/// A guest of RISC Zero.
	#[codec(index = 1)]
	Risc0 {
		/// RISC Zero's hash of the guest's memory at its start, which names the program.
		image_id: [u8; 32],
		/// The release's recursion programs.
		control_root: [u8; 32],
		/// The release's last recursion program, a field element, big-endian.
		control_id: [u8; 32],
	},
	/// A program of SP1 up to version 5.
	#[codec(index = 2)]
	Sp1V5 {
		/// The program, a field element, big-endian.
		vkey: [u8; 32],
		/// SHA-256 of the release's key file. The file has points that no verifier uses and
		/// [`ProgramKey`] leaves out, so this cannot be computed from the key. Nothing rests on it:
		/// its first bytes say early that a proof is of another release.
		verifier_hash: [u8; 32],
	},
	/// A program of SP1 version 6.
	#[codec(index = 3)]
	Sp1V6 {
		/// The program, a field element, big-endian.
		vkey: [u8; 32],
		/// The release's recursion programs, a field element, big-endian.
		vk_root: [u8; 32],
		/// SHA-256 of the release's key file, as for version 5.
		verifier_hash: [u8; 32],
	},
}

/// Which tool a program or a claim is of.
#[derive(Clone, Copy, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum Family {
	/// Any circuit with a key of its own.
	Groth16,
	/// RISC Zero, whose claims are of a guest's journal.
	Risc0,
	/// SP1 up to version 5.
	Sp1V5,
	/// SP1 version 6, whose proofs have five public inputs where those before have two.
	Sp1V6,
}

impl ProgramKind {
	/// The tool that the program is of.
	pub fn family(&self) -> Family {
		match self {
			Self::Groth16 => Family::Groth16,
			Self::Risc0 { .. } => Family::Risc0,
			Self::Sp1V5 { .. } => Family::Sp1V5,
			Self::Sp1V6 { .. } => Family::Sp1V6,
		}
	}

	/// The first bytes of a proof of the program's release; a bare circuit has none.
	pub fn selector(&self, key: &ProgramKey) -> Option<[u8; 4]> {
		match self {
			Self::Groth16 => None,
			Self::Risc0 { control_root, control_id, .. } => {
				Some(risc0::selector(control_root, control_id, key))
			}
			Self::Sp1V5 { verifier_hash: [a, b, c, d, ..], .. }
			| Self::Sp1V6 { verifier_hash: [a, b, c, d, ..], .. } => Some([*a, *b, *c, *d]),
		}
	}

	/// Refuses a program that no proof could be about: its key has another number of inputs than the
	/// tool's claims, or what is fixed of them is no field element.
	///
	/// # Errors
	///
	/// If the key has another number of inputs than the tool's claims have, or a number that is fixed of them is at
	/// or above the group order.
	pub fn check(&self, key: &ProgramKey) -> Result<(), ClaimError> {
		let (inputs, fixed): (usize, &[(u8, &[u8; 32])]) = match self {
			Self::Groth16 => return Ok(()),
			Self::Risc0 { control_id, .. } => (5, &[(4, control_id)]),
			Self::Sp1V5 { vkey, .. } => (2, &[(0, vkey)]),
			Self::Sp1V6 { vkey, vk_root, .. } => (5, &[(0, vkey), (3, vk_root)]),
		};
		check_count(key, inputs)?;
		for (index, bytes) in fixed {
			check_scalar(*index, &Scalar(**bytes))?;
		}
		Ok(())
	}
}

pub(crate) fn check_count(key: &ProgramKey, inputs: usize) -> Result<(), ClaimError> {
	let expected = key.ic.len().saturating_sub(1);
	if expected == inputs {
		return Ok(());
	}
	// Both are bounded by types, far below 256.
	Err(ClaimError::InputCount { expected: expected as u8, got: inputs as u8 })
}

pub(crate) fn check_scalar(index: u8, scalar: &Scalar) -> Result<(), ClaimError> {
	scalar.check().map_err(|_| ClaimError::NotCanonical { index })
}

impl fmt::Display for Family {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Groth16 => "plain Groth16",
			Self::Risc0 => "RISC Zero",
			Self::Sp1V5 => "SP1 up to version 5",
			Self::Sp1V6 => "SP1 version 6",
		})
	}
}
