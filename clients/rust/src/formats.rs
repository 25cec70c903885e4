//! Keys, proofs and public inputs in the formats of other tools, as files.

use std::path::{Path, PathBuf};

use serde_json::Value;
use zkml_primitives::{ProgramKey, Proof, Scalar};
use zkml_program_files::{
	arkworks, evm, garaga, gnark, gnark_json,
	guess::{self, Kind},
	program_key, snarkjs, Form, FormatError,
};

use crate::{
	files::{self, FileProblem},
	proof_file::ProofFile,
	Error,
};

/// Larger ones are a mistake: a key has 65 points at most, public values 4096 bytes.
const MAX_FILE: u64 = 1 << 20;

/// Bytes of a proof in EIP-197 words, and in arkworks' uncompressed form.
const WORDS: usize = 256;

const ARKWORKS: &str = "arkworks' bytes or these in hex";
const GNARK: &str = "gnark's bytes, these in hex or its JSON";

/// The formats of keys, proofs and public inputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
	/// JSON of snarkjs: verification_key.json, proof.json, public.json, or all in one file.
	Snarkjs,
	/// gnark's WriteTo, points compressed; public witnesses. MarshalSolidity's bytes are read too.
	Gnark,
	/// gnark's WriteRawTo, points uncompressed; public witnesses.
	GnarkRaw,
	/// gnark's structures in JSON, as Go writes them.
	GnarkJson,
	/// arkworks' canonical serialisation, points compressed; inputs as a list of field elements.
	Arkworks,
	/// The same, points uncompressed.
	ArkworksRaw,
	/// Garaga's JSON, whose proof file has the public inputs in it.
	Garaga,
	/// Words of EIP-197 as a JSON list of numbers: `uint256[8]` for a proof. Read too: a proof's 256
	/// bytes, and the arguments of a call as snarkjs prints them.
	Evm,
	/// This chain's own files: verifying.key and proof.json of a plain circuit.
	Zkml,
}

impl Format {
	/// All formats, in the order in which they are listed.
	pub const ALL: [Self; 9] = [
		Self::Snarkjs,
		Self::Gnark,
		Self::GnarkRaw,
		Self::GnarkJson,
		Self::Arkworks,
		Self::ArkworksRaw,
		Self::Garaga,
		Self::Evm,
		Self::Zkml,
	];

	/// The name by which people choose it.
	pub fn name(self) -> &'static str {
		match self {
			Self::Snarkjs => "snarkjs",
			Self::Gnark => "gnark",
			Self::GnarkRaw => "gnark-raw",
			Self::GnarkJson => "gnark-json",
			Self::Arkworks => "arkworks",
			Self::ArkworksRaw => "arkworks-raw",
			Self::Garaga => "garaga",
			Self::Evm => "evm",
			Self::Zkml => "zkml",
		}
	}
}

/// A file's bytes; where they are digits in hex, what these stand for.
pub fn binary(bytes: Vec<u8>) -> Vec<u8> {
	unhex(&bytes).unwrap_or(bytes)
}

/// The bytes that text in hex stands for, with or without 0x before it.
fn unhex(text: &[u8]) -> Option<Vec<u8>> {
	let digits = text.trim_ascii();
	let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
	if digits.is_empty() {
		None
	} else {
		::hex::decode(digits).ok()
	}
}

/// A file of a tool's own bytes; see [`binary`]. JSON is named: its first bytes would be read as a
/// point that is on no curve.
///
/// # Errors
///
/// If the file is JSON.
pub fn own(expected: &'static str, what: &str, bytes: Vec<u8>) -> Result<Vec<u8>, FormatError> {
	match guess::kind(&bytes) {
		None => Ok(binary(bytes)),
		Some(looks) => Err(FormatError::OtherTool { what: what.into(), expected, looks }),
	}
}

/// Says of a file that cannot be read whose it looks to be, if it is another tool's.
pub fn whose<'a>(
	ours: Kind,
	expected: &'static str,
	what: &'a str,
	file: &'a [u8],
) -> impl FnOnce(FormatError) -> FormatError + 'a {
	move |error| match guess::kind(file) {
		None | Some(Kind::Other | Kind::List) => error,
		Some(looks) if looks == ours => error,
		Some(looks) => FormatError::OtherTool { what: what.into(), expected, looks },
	}
}

/// Whose JSON a format is, and what the format wants, in words.
fn wants(format: Format) -> (Kind, &'static str) {
	match format {
		Format::Snarkjs => (Kind::Snarkjs, "snarkjs's JSON"),
		Format::Gnark | Format::GnarkRaw => (Kind::Gnark, GNARK),
		Format::GnarkJson => (Kind::Gnark, "gnark's JSON"),
		Format::Arkworks | Format::ArkworksRaw => (Kind::Other, ARKWORKS),
		Format::Garaga => (Kind::Garaga, "Garaga's JSON"),
		Format::Evm => (Kind::List, "a list of words, or bytes"),
		Format::Zkml => (Kind::Other, "a file of this command's own"),
	}
}

/// A file of another tool.
///
/// # Errors
///
/// If the file cannot be read, or is empty.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
	let bytes = files::read(path, MAX_FILE)?;
	if bytes.is_empty() {
		return Err(FileProblem::content(path, "a file of another tool", "an empty file").into());
	}
	Ok(bytes)
}

/// Names the file that something is wrong with.
pub fn at(path: &Path) -> impl Fn(FormatError) -> Error + '_ {
	move |source| Error::ProgramFile { path: path.into(), source }
}

/// Which form arkworks' bytes of a key are in: the count of points says which length they have.
fn arkworks_key_form(bytes: &[u8]) -> Form {
	// One point in G1 and three in G2 come before the count, 8 bytes.
	let before = 7 * 64;
	let count = bytes.get(before..before + 8).and_then(|count| count.try_into().ok());
	let points = u64::from_le_bytes(count.unwrap_or_default());
	let length = points.checked_mul(64).and_then(|length| length.checked_add(before as u64 + 8));
	if length == Some(bytes.len() as u64) {
		Form::Uncompressed
	} else {
		Form::Compressed
	}
}

/// Reads a verifying key.
///
/// # Errors
///
/// If the file cannot be read, or is no key in this format.
pub fn read_key(format: Format, path: &Path) -> Result<ProgramKey, Error> {
	if format == Format::Zkml {
		return program_key(&zkml_circuits::load_verifying_key(path)?).map_err(at(path));
	}
	let bytes = read(path)?;
	let file = bytes.clone();
	let (kind, expected) = wants(format);
	let whose = whose(kind, expected, "verification key", &file);
	let key = match format {
		Format::Snarkjs => snarkjs::read_key(&bytes),
		Format::Gnark | Format::GnarkRaw => match guess::kind(&bytes) {
			Some(Kind::Gnark) => gnark_json::read_key(&bytes).map(|key| key.key),
			_ => own(GNARK, "verification key", bytes)
				.and_then(|bytes| gnark::read_key(&bytes, gnark::form(&bytes)).map(|key| key.key)),
		},
		Format::GnarkJson => gnark_json::read_key(&bytes).map(|key| key.key),
		Format::Arkworks | Format::ArkworksRaw => own(ARKWORKS, "verification key", bytes)
			.and_then(|bytes| arkworks::read_key(&bytes, arkworks_key_form(&bytes))),
		Format::Garaga => garaga::read_key(&bytes),
		Format::Evm => evm::read_key(&bytes),
		Format::Zkml => return Err(no_form(format, "a key")),
	};
	key.map_err(whose).map_err(at(path))
}

/// The format that a key's file looks to be in.
///
/// # Errors
///
/// If the file cannot be read, or is empty.
pub fn key_format(path: &Path) -> Result<Format, Error> {
	let bytes = read(path)?;
	match guess::kind(&bytes) {
		Some(Kind::List) => return Ok(Format::Evm),
		Some(Kind::Snarkjs) => return Ok(Format::Snarkjs),
		Some(Kind::Garaga) => return Ok(Format::Garaga),
		Some(_) => return Ok(Format::GnarkJson),
		None => {}
	}
	if zkml_circuits::load_verifying_key(path).is_ok() {
		return Ok(Format::Zkml);
	}
	Ok(binary_key_format(&binary(bytes)))
}

fn binary_key_format(bytes: &[u8]) -> Format {
	match arkworks::read_key(bytes, arkworks_key_form(bytes)) {
		Ok(_) => Format::Arkworks,
		Err(_) => Format::Gnark,
	}
}

/// Reads a proof in this format.
///
/// # Errors
///
/// If the file cannot be read, or is no proof in this format.
pub fn read_proof(format: Format, path: &Path) -> Result<Proof, Error> {
	if format == Format::Zkml {
		return plain_proof(path)?.proof();
	}
	let bytes = read(path)?;
	let file = bytes.clone();
	let (kind, expected) = wants(format);
	let whose = whose(kind, expected, "proof", &file);
	let proof = match format {
		// What it prints for a contract is a list.
		Format::Snarkjs => match guess::kind(&bytes) {
			Some(Kind::List) => evm::read_words(&bytes),
			_ => snarkjs::read_proof(&bytes),
		},
		Format::Gnark | Format::GnarkRaw => match guess::kind(&bytes) {
			Some(Kind::Gnark) => gnark_json::read_proof(&bytes),
			Some(Kind::List) => evm::read_words(&bytes),
			_ => own(GNARK, "proof", bytes).and_then(|bytes| match bytes.len() {
				WORDS => evm::read_proof(&bytes),
				_ => gnark::read_proof(&bytes, gnark::form(&bytes)),
			}),
		},
		Format::GnarkJson => gnark_json::read_proof(&bytes),
		Format::Arkworks | Format::ArkworksRaw => own(ARKWORKS, "proof", bytes).and_then(|bytes| {
			let form = if bytes.len() == WORDS { Form::Uncompressed } else { Form::Compressed };
			arkworks::read_proof(&bytes, form)
		}),
		Format::Garaga => garaga::read_proof(&bytes).map(|(proof, _)| proof),
		Format::Evm => match guess::kind(&bytes) {
			Some(_) => evm::read_words(&bytes),
			None => evm::read_proof(&binary(bytes)),
		},
		Format::Zkml => return Err(no_form(format, "a proof")),
	};
	proof.map_err(whose).map_err(at(path))
}

/// Reads public inputs in this format, in the key's order.
///
/// # Errors
///
/// If the file cannot be read, or has no public inputs in this format.
pub fn read_inputs(format: Format, path: &Path) -> Result<Vec<Scalar>, Error> {
	if format == Format::Zkml {
		return Ok(plain_proof(path)?.plain_inputs()?.to_vec());
	}
	let bytes = read(path)?;
	let file = bytes.clone();
	let (kind, expected) = wants(format);
	let whose = whose(kind, expected, "public inputs", &file);
	let inputs = match format {
		Format::Snarkjs if evm::is_call(&bytes) => evm::read_inputs(&bytes),
		Format::Snarkjs => snarkjs::read_inputs(&bytes),
		Format::Evm => evm::read_inputs(&bytes),
		Format::Gnark | Format::GnarkRaw => match guess::kind(&bytes) {
			Some(Kind::List) if evm::is_call(&bytes) => evm::read_inputs(&bytes),
			Some(_) => gnark_json::read_inputs(&bytes),
			None => gnark::read_inputs(&binary(bytes)),
		},
		Format::GnarkJson => gnark_json::read_inputs(&bytes),
		Format::Arkworks | Format::ArkworksRaw => {
			own(ARKWORKS, "public inputs", bytes).and_then(|bytes| arkworks::read_inputs(&bytes))
		}
		Format::Garaga => garaga::read_proof(&bytes).map(|(_, inputs)| inputs),
		Format::Zkml => return Err(no_form(format, "public inputs")),
	};
	inputs.map_err(whose).map_err(at(path))
}

/// Whether a public input is as a small number would be whose bytes are read from the wrong end. It may
/// be meant as it is: the proof tells.
pub fn looks_reversed(input: &Scalar) -> bool {
	let (high, low) = input.0.split_at(16);
	low.iter().all(|byte| *byte == 0) && high.iter().any(|byte| *byte != 0)
}

/// The names of public inputs in the order in which they are read, where the file has names.
///
/// # Errors
///
/// If the file cannot be read, or is empty.
pub fn signal_names(format: Format, path: &Path) -> Result<Option<Vec<String>>, Error> {
	let named =
		matches!(format, Format::Snarkjs | Format::GnarkJson | Format::Gnark | Format::GnarkRaw);
	Ok(if named { guess::signal_names(&read(path)?) } else { None })
}

/// Whether the file of a proof has the public inputs too.
///
/// # Errors
///
/// If the file cannot be read, or is empty.
pub fn has_inputs(path: &Path) -> Result<bool, Error> {
	Ok(guess::has_inputs(&read(path)?))
}

/// A proof of ours that other tools could check: its circuit has no commit rounds.
fn plain_proof(path: &Path) -> Result<ProofFile, Error> {
	let file = ProofFile::load(path)?;
	match file.commitments.len() {
		0 => Ok(file),
		got => {
			let got = format!("one with {got} commit round(s)");
			Err(FileProblem::content(path, "a proof of a plain circuit", got).into())
		}
	}
}

/// Writes a verifying key.
///
/// # Errors
///
/// If the format has no form for a key, or a point of it is none of the group.
pub fn write_key(format: Format, key: &ProgramKey) -> Result<Vec<u8>, Error> {
	Ok(match format {
		Format::Snarkjs => text(&snarkjs::write_key(key)?),
		Format::Gnark => gnark::write_key(&key.clone().into(), Form::Compressed),
		Format::GnarkRaw => gnark::write_key(&key.clone().into(), Form::Uncompressed),
		Format::GnarkJson => text(&gnark_json::write_key(&key.clone().into())),
		Format::Arkworks => arkworks::write_key(key, Form::Compressed),
		Format::ArkworksRaw => arkworks::write_key(key, Form::Uncompressed),
		Format::Garaga => text(&garaga::write_key(key)),
		Format::Evm => text(&evm::write_key(key)),
		Format::Zkml => return Err(no_form(format, "a key")),
	})
}

/// Writes a proof in this format.
///
/// # Errors
///
/// If the format has no form for a proof alone, or none for round commitments.
pub fn write_proof(format: Format, proof: &Proof) -> Result<Vec<u8>, Error> {
	Ok(match format {
		Format::Snarkjs => text(&snarkjs::write_proof(proof)?),
		Format::Gnark => gnark::write_proof(proof, Form::Compressed)?,
		Format::GnarkRaw => gnark::write_proof(proof, Form::Uncompressed)?,
		Format::GnarkJson => text(&gnark_json::write_proof(proof)?),
		Format::Arkworks => arkworks::write_proof(proof, Form::Compressed)?,
		Format::ArkworksRaw => arkworks::write_proof(proof, Form::Uncompressed)?,
		Format::Evm => text(&evm::write_words(proof)?),
		Format::Garaga | Format::Zkml => return Err(no_form(format, "a proof alone")),
	})
}

/// Writes public inputs in this format, in the key's order.
///
/// # Errors
///
/// If the format has no form for public inputs alone.
pub fn write_inputs(format: Format, inputs: &[Scalar]) -> Result<Vec<u8>, Error> {
	Ok(match format {
		Format::Snarkjs | Format::Evm => text(&snarkjs::write_inputs(inputs)),
		Format::Gnark | Format::GnarkRaw => gnark::write_inputs(inputs),
		Format::GnarkJson => text(&gnark_json::write_inputs(inputs)),
		Format::Arkworks | Format::ArkworksRaw => arkworks::write_inputs(inputs),
		Format::Garaga | Format::Zkml => return Err(no_form(format, "public inputs alone")),
	})
}

/// A field element in decimal digits, as circuits' inputs are usually written.
pub fn decimal(scalar: &Scalar) -> String {
	let list = snarkjs::write_inputs(std::slice::from_ref(scalar));
	list.get(0).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Bytes of a proof given as a file, or in hex where no such file is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Given {
	/// The file, or the option.
	pub from: PathBuf,
	/// The bytes, read from hex if they were in it.
	pub bytes: Vec<u8>,
	/// Whether they are JSON.
	pub json: bool,
}

/// Reads bytes of a proof. Their lengths are known, so that a file may have them in hex too; other
/// lengths are for the reader of the format to refuse.
///
/// # Errors
///
/// If it is neither hex nor a file that can be read.
pub fn bytes_of_proof(option: &str, given: &str, lengths: &[usize]) -> Result<Given, Error> {
	let path = Path::new(given);
	if let (false, Some(bytes)) = (path.exists(), unhex(given.as_bytes())) {
		return Ok(Given { from: option.into(), bytes, json: false });
	}
	let bytes = read(path)?;
	let json = guess::kind(&bytes).is_some();
	let bytes = if json || lengths.contains(&bytes.len()) { bytes } else { binary(bytes) };
	Ok(Given { from: path.into(), bytes, json })
}

/// Bytes that a program made public: those of a file as they are, or hex that begins with 0x.
///
/// # Errors
///
/// If the digits are not in pairs, or the file cannot be read.
pub fn public_bytes(what: &str, given: &str) -> Result<Vec<u8>, Error> {
	match given.strip_prefix("0x") {
		Some("") => Ok(Vec::new()),
		Some(digits) => unhex(digits.as_bytes()).ok_or_else(|| {
			Error::mismatch(what, "a file, or hex digits in pairs after 0x", format!("{given:?}"))
		}),
		None => Ok(files::read(Path::new(given), MAX_FILE)?),
	}
}

fn text(value: &Value) -> Vec<u8> {
	let mut text = format!("{value:#}").into_bytes();
	text.push(b'\n');
	text
}

fn no_form(format: Format, what: &str) -> Error {
	let expected = format!("a format that has a form for {what}");
	Error::mismatch("--to", expected, format.name())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn hex_is_taken_with_and_without_its_mark_and_bytes_as_they_are() {
		assert_eq!(binary(b" 0xab01\n".to_vec()), [0xab, 1]);
		assert_eq!(binary(b"AB01".to_vec()), [0xab, 1]);
		for bytes in [&b"abc"[..], b"0x", b"\xff\x00", b"0xzz"] {
			assert_eq!(binary(bytes.to_vec()), bytes);
		}
	}

	#[test]
	fn a_proof_is_taken_from_a_file_and_from_the_line_and_by_its_length() {
		let folder = tempfile::tempdir().unwrap();
		let (raw, digits) = (folder.path().join("raw"), folder.path().join("digits"));
		std::fs::write(&raw, [7, 8]).unwrap();
		std::fs::write(&digits, "0x0708\n").unwrap();
		for given in [raw.to_str().unwrap(), digits.to_str().unwrap(), "0x0708", "0708"] {
			assert_eq!(bytes_of_proof("--proof", given, &[2]).unwrap().bytes, [7, 8], "{given}");
		}
		std::fs::write(&raw, "07").unwrap();
		let given = raw.to_str().unwrap();
		assert_eq!(bytes_of_proof("--proof", given, &[2]).unwrap().bytes, *b"07");
		assert_eq!(bytes_of_proof("--proof", given, &[1]).unwrap().bytes, [7]);
		std::fs::write(&raw, "{}").unwrap();
		assert!(bytes_of_proof("--proof", given, &[2]).unwrap().json);
	}

	#[test]
	fn public_bytes_are_a_files_unless_they_are_marked_as_hex() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("0708");
		std::fs::write(&path, "0708").unwrap();
		assert_eq!(public_bytes("journal", path.to_str().unwrap()).unwrap(), b"0708");
		assert_eq!(public_bytes("journal", "0x0708").unwrap(), [7, 8]);
		assert!(public_bytes("journal", "0x").unwrap().is_empty());
		assert!(public_bytes("journal", "0x070").is_err());
	}
}
