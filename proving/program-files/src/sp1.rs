//! SP1: proof bytes as its contracts take them, and the key file of a release.
//!
//! Up to version 5, four bytes that name the release and the proof in EIP-197 words; version 6 has
//! the exit code, the root of the recursion keys and a nonce in between, 32 bytes each. The key file
//! is gnark's, and the release's name is the first bytes of its SHA-256.
//!
//! The project template writes a fixture of JSON: `vkey`, `publicValues` and `proof` in hexadecimal.

use sha2::{Digest, Sha256};
use zkml_primitives::Proof;
use zkml_programs::Claim;

use crate::{
	cursor::Cursor,
	error, evm, gnark,
	json::{self, Node},
	number::{Field, Radix},
	Form, FormatError,
};

/// Proof bytes up to version 5, in parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct V5 {
	/// The first four bytes, which name the release.
	pub selector: [u8; 4],
	/// The proof without commitments.
	pub proof: Proof,
}

/// Proof bytes of version 6, in parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct V6 {
	/// The first four bytes, which name the release.
	pub selector: [u8; 4],
	/// How the program ended, big-endian; 0 is success.
	pub exit_code: [u8; 32],
	/// The root of the recursion keys.
	pub vk_root: [u8; 32],
	/// A number that the prover chose, a field element, big-endian.
	pub nonce: [u8; 32],
	/// The proof without commitments.
	pub proof: Proof,
}

/// What a file of JSON says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
	/// The proof's bytes, unread.
	pub proof: Vec<u8>,
	/// What the program wrote for everybody.
	pub public_values: Option<Vec<u8>>,
	/// The program's verifying key hash, which names it.
	pub vkey: Option<[u8; 32]>,
}

/// Reads a fixture of JSON, as the project template writes it.
///
/// # Errors
///
/// If the file is no JSON of this form.
pub fn read_file(file: &[u8]) -> Result<Published, FormatError> {
	let value = json::parse("fixture", file)?;
	let node = Node::new("fixture", &value);
	let field = |names: &[&str]| node.one_of(names, |_| true);
	let values = field(&["publicvalues"])?;
	let vkey = field(&["vkey", "vkeyhash", "programvkey", "vk"])?;
	let proof = match field(&["proof", "proofbytes"])? {
		Some(proof) => proof,
		None => node.get("proof")?,
	};
	Ok(Published {
		proof: proof.bytes()?,
		public_values: values.map(|values| values.bytes()).transpose()?,
		vkey: vkey.map(|vkey| vkey.digest()).transpose()?,
	})
}

/// Bytes of a proof up to version 5.
const V5_BYTES: usize = 260;
/// Bytes of a proof of version 6.
const V6_BYTES: usize = 356;

/// Proof bytes of either kind.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProofBytes {
	/// Those of a version up to 5.
	V5(V5),
	/// Those of version 6.
	V6(V6),
}

/// Reads proof bytes; their length tells the versions apart.
///
/// # Errors
///
/// If there are neither 260 nor 356 bytes, or a point is no good.
pub fn read_proof(bytes: &[u8]) -> Result<ProofBytes, FormatError> {
	match bytes.len() {
		V5_BYTES => read_v5(bytes).map(ProofBytes::V5),
		V6_BYTES => read_v6(bytes).map(ProofBytes::V6),
		got => {
			let expected = "260 bytes of a Groth16 proof, or 356 of version 6";
			Err(error::length("proof bytes", expected, got))
		}
	}
}

/// Reads a release's key file. With it comes the hash that names the release.
///
/// # Errors
///
/// If the file is no key of gnark in compressed form without commitments.
pub fn read_key(file: &[u8]) -> Result<(gnark::Key, [u8; 32]), FormatError> {
	Ok((gnark::read_key(file, Form::Compressed)?, Sha256::digest(file).into()))
}

/// Reads proof bytes up to version 5: 260.
///
/// # Errors
///
/// If there are not 260 bytes, or a point is no good.
pub fn read_v5(bytes: &[u8]) -> Result<V5, FormatError> {
	let mut cursor = Cursor::new("proof bytes", bytes);
	let (selector, proof) = (evm::selector(&mut cursor)?, evm::proof(&mut cursor)?);
	cursor.end()?;
	Ok(V5 { selector, proof })
}

/// Writes proof bytes up to version 5.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_v5(parts: &V5) -> Result<Vec<u8>, FormatError> {
	Ok([&parts.selector[..], &evm::write_proof(&parts.proof)?].concat())
}

/// Reads proof bytes of version 6: 356.
///
/// # Errors
///
/// If there are not 356 bytes, or a point or number is no good.
pub fn read_v6(bytes: &[u8]) -> Result<V6, FormatError> {
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
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_v6(parts: &V6) -> Result<Vec<u8>, FormatError> {
	let V6 { selector, exit_code, vk_root, nonce, proof } = parts;
	Ok([&selector[..], exit_code, vk_root, nonce, &evm::write_proof(proof)?].concat())
}

impl V5 {
	/// What the proof shows, with the public values that came with it.
	///
	/// # Errors
	///
	/// If the public values are longer than the chain takes.
	pub fn claim(&self, public_values: &[u8]) -> Result<Claim, FormatError> {
		let public_values = evm::public_bytes("public values", public_values)?;
		Ok(Claim::Sp1V5 { selector: self.selector, public_values })
	}
}

impl V6 {
	/// What the proof shows, with the public values that came with it.
	///
	/// # Errors
	///
	/// If the public values are longer than the chain takes.
	pub fn claim(&self, public_values: &[u8]) -> Result<Claim, FormatError> {
		let public_values = evm::public_bytes("public values", public_values)?;
		let V6 { selector, exit_code, vk_root, nonce, .. } = *self;
		Ok(Claim::Sp1V6 { selector, exit_code, vk_root, nonce, public_values })
	}
}
