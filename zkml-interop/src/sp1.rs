//! SP1: proof bytes as its contracts take them, and the key file of a release.
//!
//! Up to version 5, four bytes that name the release and the proof in EIP-197 words; version 6 has
//! the exit code, the root of the recursion keys and a nonce in between, 32 bytes each. The key file
//! is gnark's, and the release's name is the first bytes of its SHA-256.

use sha2::{Digest, Sha256};
use zkml_foreign::Claim;
use zkml_primitives::Proof;

use crate::{
	cursor::Cursor,
	evm, gnark,
	number::{Field, Radix},
	Form, InteropError,
};

/// Proof bytes up to version 5, in parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct V5 {
	/// The release.
	pub selector: [u8; 4],
	/// The proof.
	pub proof: Proof,
}

/// Proof bytes of version 6, in parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct V6 {
	/// The release.
	pub selector: [u8; 4],
	/// How the program ended.
	pub exit_code: [u8; 32],
	/// The root of the recursion keys.
	pub vk_root: [u8; 32],
	/// Chosen by the prover.
	pub nonce: [u8; 32],
	/// The proof.
	pub proof: Proof,
}

/// Reads a release's key file. With it comes the hash that names the release.
pub fn read_key(file: &[u8]) -> Result<(gnark::Key, [u8; 32]), InteropError> {
	Ok((gnark::read_key(file, Form::Compressed)?, Sha256::digest(file).into()))
}

/// Reads proof bytes up to version 5: 260.
pub fn read_v5(bytes: &[u8]) -> Result<V5, InteropError> {
	let mut cursor = Cursor::new("proof bytes", bytes);
	let (selector, proof) = (evm::selector(&mut cursor)?, evm::proof(&mut cursor)?);
	cursor.end()?;
	Ok(V5 { selector, proof })
}

/// Writes proof bytes up to version 5.
pub fn write_v5(parts: &V5) -> Result<Vec<u8>, InteropError> {
	Ok([&parts.selector[..], &evm::write_proof(&parts.proof)?].concat())
}

/// Reads proof bytes of version 6: 356.
pub fn read_v6(bytes: &[u8]) -> Result<V6, InteropError> {
	let mut cursor = Cursor::new("proof bytes", bytes);
	let selector = evm::selector(&mut cursor)?;
	let mut word = |what| {
		let number: [u8; 32] = cursor.take()?;
		Field::Scalar.check(what, number, || Radix::Hex.write(&number))
	};
	let (exit_code, vk_root, nonce) = (word("exit code")?, word("vk root")?, word("nonce")?);
	let proof = evm::proof(&mut cursor)?;
	cursor.end()?;
	Ok(V6 { selector, exit_code, vk_root, nonce, proof })
}

/// Writes proof bytes of version 6.
pub fn write_v6(parts: &V6) -> Result<Vec<u8>, InteropError> {
	let V6 { selector, exit_code, vk_root, nonce, proof } = parts;
	Ok([&selector[..], exit_code, vk_root, nonce, &evm::write_proof(proof)?].concat())
}

impl V5 {
	/// What the proof shows, with the public values that came with it.
	pub fn claim(&self, public_values: &[u8]) -> Result<Claim, InteropError> {
		let public_values = evm::public_bytes("public values", public_values)?;
		Ok(Claim::Sp1V5 { selector: self.selector, public_values })
	}
}

impl V6 {
	/// What the proof shows, with the public values that came with it.
	pub fn claim(&self, public_values: &[u8]) -> Result<Claim, InteropError> {
		let public_values = evm::public_bytes("public values", public_values)?;
		let V6 { selector, exit_code, vk_root, nonce, .. } = *self;
		Ok(Claim::Sp1V6 { selector, exit_code, vk_root, nonce, public_values })
	}
}
