//! RISC Zero: the seal of a Groth16 receipt as its contracts take it.
//!
//! Four bytes that name the release, then the proof in EIP-197 words. A receipt's own seal is
//! without the four bytes: that is [`crate::evm::read_proof`]'s. Journal and image id are plain
//! bytes; which release, and so control root and id, is the program's to fix.
//!
//! They are published in JSON: seal, journal and image id in hexadecimal, as Garaga and others write
//! them for contracts, or a receipt as `serde` writes RISC Zero's type.

use zkml_primitives::Proof;
use zkml_programs::Claim;

use crate::{
	cursor::Cursor,
	error, evm,
	json::{self, Node},
	FormatError,
};

/// Bytes of a seal.
const SEAL: usize = 260;
/// What comes before a seal where it was encoded for a call: where it begins, and its length.
const ABI: [u8; 64] = {
	let mut words = [0; 64];
	words[31] = 32;
	words[62] = (SEAL >> 8) as u8;
	words[63] = SEAL as u8;
	words
};
/// Bytes of a seal of dev mode, whose claim stands in the proof's place, alone or filled up.
const FAKE: [usize; 2] = [4 + 32, SEAL];
/// Selectors of receipts made in dev mode, which prove nothing.
const DEV_MODE: [[u8; 4]; 2] = [[0xff; 4], [0; 4]];

/// A seal in parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seal {
	/// The first four bytes, which name the release.
	pub selector: [u8; 4],
	/// The proof without commitments.
	pub proof: Proof,
}

/// What a file of JSON says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Published {
	/// The seal as bytes, unread.
	pub seal: Vec<u8>,
	/// What the guest wrote for everybody.
	pub journal: Option<Vec<u8>>,
	/// The image id, which names the guest.
	pub image_id: Option<[u8; 32]>,
}

/// Reads what was published as JSON.
///
/// # Errors
///
/// If the file is no JSON of this form, or a receipt of another kind than Groth16.
pub fn read_file(file: &[u8]) -> Result<Published, FormatError> {
	let value = json::parse("receipt", file)?;
	let node = Node::new("receipt", &value);
	let image_id = node.one_of(&["imageid"], |_| true)?;
	let image_id = image_id.map(|id| id.digest()).transpose()?;
	let receipt = node.find("receipt")?.unwrap_or(node);
	let journal = receipt.one_of(&["journal", "journalhex"], |_| true)?;
	let journal = journal.map(|journal| journal.bytes()).transpose()?;
	let seal = match receipt.find("inner")? {
		Some(inner) => inner_seal(&inner)?,
		None => match receipt.one_of(&["seal", "sealhex"], |_| true)? {
			Some(seal) => seal.bytes()?,
			None => receipt.get("seal")?.bytes()?,
		},
	};
	Ok(Published { seal, journal, image_id })
}

/// The seal of a Groth16 receipt, with the selector that contracts want before it: the first bytes
/// of the digest of the verifier's parameters.
fn inner_seal(inner: &Node<'_>) -> Result<Vec<u8>, FormatError> {
	match inner.variant() {
		Some("Groth16") => {
			let receipt = inner.get("Groth16")?;
			let parameters = receipt.get("verifier_parameters")?.digest()?;
			Ok([&parameters[..4], &receipt.get("seal")?.bytes()?].concat())
		}
		Some("Fake") => Err(FormatError::DevMode { what: "receipt".into(), selector: None }),
		_ => {
			let got = inner.variant().map_or("none".into(), |name| format!("{name:?}"));
			Err(error::form(&inner.place, "a receipt of Groth16", got))
		}
	}
}

/// Reads a seal, 260 bytes.
///
/// # Errors
///
/// If there are not 260 bytes, the seal is one of dev mode, or a point is no good.
pub fn read_seal(bytes: &[u8]) -> Result<Seal, FormatError> {
	let selector = DEV_MODE.into_iter().find(|selector| bytes.starts_with(selector));
	if selector.is_some() && FAKE.contains(&bytes.len()) {
		return Err(FormatError::DevMode { what: "seal".into(), selector });
	}
	if bytes.len() != SEAL {
		let what = match bytes {
			_ if bytes.len() == SEAL - 4 => ", as many as a proof without a selector has",
			_ if bytes.starts_with(&ABI) => ", a seal within ABI's encoding of bytes",
			_ => "",
		};
		let got = format!("{} bytes{what}", bytes.len());
		let expected = "260 bytes, a selector of 4 and a proof of 256";
		return Err(error::form("seal", expected, got));
	}
	let mut cursor = Cursor::new("seal", bytes);
	let (selector, proof) = (evm::selector(&mut cursor)?, evm::proof(&mut cursor)?);
	cursor.end()?;
	Ok(Seal { selector, proof })
}

/// Writes a seal, 260 bytes.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_seal(seal: &Seal) -> Result<Vec<u8>, FormatError> {
	Ok([&seal.selector[..], &evm::write_proof(&seal.proof)?].concat())
}

impl Seal {
	/// What the seal shows, with the journal that came with it.
	///
	/// # Errors
	///
	/// If the journal is longer than the chain takes.
	pub fn claim(&self, journal: &[u8]) -> Result<Claim, FormatError> {
		let journal = evm::public_bytes("journal", journal)?;
		Ok(Claim::Risc0 { selector: self.selector, journal })
	}
}
