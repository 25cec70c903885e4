//! RISC Zero: the seal of a Groth16 receipt as its contracts take it.
//!
//! Four bytes that name the release, then the proof in EIP-197 words. A receipt's own seal is
//! without the four bytes: that is [`crate::evm::read_proof`]'s. Journal and image id are plain
//! bytes; which release, and so control root and id, is the program's to fix.

use zkml_foreign::Claim;
use zkml_primitives::Proof;

use crate::{cursor::Cursor, evm, InteropError};

/// A seal in parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seal {
	/// The release.
	pub selector: [u8; 4],
	/// The proof.
	pub proof: Proof,
}

/// Reads a seal, 260 bytes.
pub fn read_seal(bytes: &[u8]) -> Result<Seal, InteropError> {
	let mut cursor = Cursor::new("seal", bytes);
	let (selector, proof) = (evm::selector(&mut cursor)?, evm::proof(&mut cursor)?);
	cursor.end()?;
	Ok(Seal { selector, proof })
}

/// Writes a seal.
pub fn write_seal(seal: &Seal) -> Result<Vec<u8>, InteropError> {
	Ok([&seal.selector[..], &evm::write_proof(&seal.proof)?].concat())
}

impl Seal {
	/// What the seal shows, with the journal that came with it.
	pub fn claim(&self, journal: &[u8]) -> Result<Claim, InteropError> {
		let journal = evm::public_bytes("journal", journal)?;
		Ok(Claim::Risc0 { selector: self.selector, journal })
	}
}
