//! Keys, proofs and public inputs in the formats of other tools, as files.

use std::path::Path;

use clap::ValueEnum;
use serde_json::Value;
use zkml_interop::{arkworks, evm, foreign_key, garaga, gnark, gnark_json, snarkjs, Form};
use zkml_primitives::{ForeignKey, Proof, Scalar};

use crate::{
	error::CliError,
	files::{self, FileProblem},
	proof_file::ProofFile,
};

/// Larger ones are a mistake: a key has 65 points at most, public values 4096 bytes.
const MAX_FILE: u64 = 1 << 20;

/// The formats.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Format {
	/// JSON of snarkjs: verification_key.json, proof.json, public.json.
	Snarkjs,
	/// gnark's WriteTo, points compressed; public witnesses.
	Gnark,
	/// gnark's WriteRawTo, points uncompressed; public witnesses.
	GnarkRaw,
	/// gnark in JSON.
	GnarkJson,
	/// arkworks' canonical serialisation, points compressed; inputs as a list of field elements.
	Arkworks,
	/// The same, points uncompressed.
	ArkworksRaw,
	/// Garaga's JSON, whose proof file has the public inputs in it.
	Garaga,
	/// Words of EIP-197 as a JSON list of decimal numbers: uint256[8] for a proof.
	Evm,
	/// This command's own files: verifying.key and proof.json of a plain circuit.
	Zkml,
}

impl Format {
	/// As the command line has it.
	pub fn name(self) -> String {
		self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
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

/// A file of another tool.
pub fn read(path: &Path) -> Result<Vec<u8>, CliError> {
	let bytes = files::read(path, MAX_FILE)?;
	if bytes.is_empty() {
		return Err(FileProblem::content(path, "a file of another tool", "an empty file").into());
	}
	Ok(bytes)
}

fn at(path: &Path) -> impl Fn(zkml_interop::InteropError) -> CliError + '_ {
	move |source| CliError::Foreign { path: path.into(), source }
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
pub fn read_key(format: Format, path: &Path) -> Result<ForeignKey, CliError> {
	if format == Format::Zkml {
		return foreign_key(&zkml_circuits::load_verifying_key(path)?).map_err(at(path));
	}
	let bytes = read(path)?;
	let key = match format {
		Format::Snarkjs => snarkjs::read_key(&bytes),
		Format::Gnark | Format::GnarkRaw => {
			let bytes = binary(bytes);
			gnark::read_key(&bytes, gnark::form(&bytes)).map(|key| key.key)
		}
		Format::GnarkJson => gnark_json::read_key(&bytes).map(|key| key.key),
		Format::Arkworks | Format::ArkworksRaw => {
			let bytes = binary(bytes);
			arkworks::read_key(&bytes, arkworks_key_form(&bytes))
		}
		Format::Garaga => garaga::read_key(&bytes),
		Format::Evm => evm::read_key(&bytes),
		Format::Zkml => return Err(no_form(format, "a key")),
	};
	key.map_err(at(path))
}

/// The format that a key's file looks to be in.
pub fn key_format(path: &Path) -> Result<Format, CliError> {
	let bytes = read(path)?;
	if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
		let has = |name: &str| value.get(name).is_some();
		return Ok(match &value {
			Value::Array(_) => Format::Evm,
			Value::Object(_) if has("vk_alpha_1") => Format::Snarkjs,
			Value::Object(_) if has("verifying_key") => Format::Garaga,
			Value::Object(_) => Format::GnarkJson,
			// Digits alone are a number to JSON, and hex to us.
			_ => binary_key_format(&binary(bytes)),
		});
	}
	if zkml_circuits::load_verifying_key(path).is_ok() {
		return Ok(Format::Zkml);
	}
	Ok(binary_key_format(&binary(bytes)))
}

/// Which of gnark's formats a proof's file is in.
pub fn gnark_format(path: &Path) -> Result<Format, CliError> {
	let json = read(path)?.trim_ascii_start().starts_with(b"{");
	Ok(if json { Format::GnarkJson } else { Format::Gnark })
}

fn binary_key_format(bytes: &[u8]) -> Format {
	match arkworks::read_key(bytes, arkworks_key_form(bytes)) {
		Ok(_) => Format::Arkworks,
		Err(_) => Format::Gnark,
	}
}

/// Reads a proof.
pub fn read_proof(format: Format, path: &Path) -> Result<Proof, CliError> {
	if format == Format::Zkml {
		return plain_proof(path)?.proof();
	}
	let bytes = read(path)?;
	let proof = match format {
		Format::Snarkjs => snarkjs::read_proof(&bytes),
		Format::Gnark | Format::GnarkRaw => {
			let bytes = binary(bytes);
			gnark::read_proof(&bytes, gnark::form(&bytes))
		}
		Format::GnarkJson => gnark_json::read_proof(&bytes),
		Format::Arkworks | Format::ArkworksRaw => {
			let bytes = binary(bytes);
			let form = if bytes.len() == 256 { Form::Uncompressed } else { Form::Compressed };
			arkworks::read_proof(&bytes, form)
		}
		Format::Garaga => garaga::read_proof(&bytes).map(|(proof, _)| proof),
		Format::Evm => evm::read_words(&bytes),
		Format::Zkml => return Err(no_form(format, "a proof")),
	};
	proof.map_err(at(path))
}

/// Reads public inputs.
pub fn read_inputs(format: Format, path: &Path) -> Result<Vec<Scalar>, CliError> {
	if format == Format::Zkml {
		return Ok(plain_proof(path)?.scalars().to_vec());
	}
	let bytes = read(path)?;
	let inputs = match format {
		Format::Snarkjs | Format::Evm => snarkjs::read_inputs(&bytes),
		Format::Gnark | Format::GnarkRaw => gnark::read_inputs(&binary(bytes)),
		Format::GnarkJson => gnark_json::read_inputs(&bytes),
		Format::Arkworks | Format::ArkworksRaw => arkworks::read_inputs(&binary(bytes)),
		Format::Garaga => garaga::read_proof(&bytes).map(|(_, inputs)| inputs),
		Format::Zkml => return Err(no_form(format, "public inputs")),
	};
	inputs.map_err(at(path))
}

/// A proof of ours that other tools could check: its circuit has no commit rounds.
fn plain_proof(path: &Path) -> Result<ProofFile, CliError> {
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
pub fn write_key(format: Format, key: &ForeignKey) -> Result<Vec<u8>, CliError> {
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

/// Writes a proof.
pub fn write_proof(format: Format, proof: &Proof) -> Result<Vec<u8>, CliError> {
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

/// Writes public inputs.
pub fn write_inputs(format: Format, inputs: &[Scalar]) -> Result<Vec<u8>, CliError> {
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

/// Bytes given as a file, or in hex where no such file is: a proof, whose length is known, so that a
/// file may have them in hex too.
pub fn bytes_of_proof(what: &str, given: &str, lengths: &[usize]) -> Result<Vec<u8>, CliError> {
	let expected = || {
		let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
		format!("{} bytes, in a file or in hex", lengths.join(" or "))
	};
	let path = Path::new(given);
	let found = match (path.exists(), unhex(given.as_bytes())) {
		(false, Some(bytes)) => bytes,
		_ => {
			let bytes = read(path)?;
			match lengths.contains(&bytes.len()) {
				true => bytes,
				false => binary(bytes),
			}
		}
	};
	if !lengths.contains(&found.len()) {
		return Err(CliError::mismatch(what, expected(), format!("{} bytes", found.len())));
	}
	Ok(found)
}

/// Bytes that a program made public: those of a file as they are, or hex that begins with 0x.
pub fn public_bytes(what: &str, given: &str) -> Result<Vec<u8>, CliError> {
	match given.strip_prefix("0x") {
		Some("") => Ok(Vec::new()),
		Some(digits) => unhex(digits.as_bytes()).ok_or_else(|| {
			CliError::mismatch(
				what,
				"a file, or hex digits in pairs after 0x",
				format!("{given:?}"),
			)
		}),
		None => Ok(files::read(Path::new(given), MAX_FILE)?),
	}
}

fn text(value: &Value) -> Vec<u8> {
	let mut text = format!("{value:#}").into_bytes();
	text.push(b'\n');
	text
}

fn no_form(format: Format, what: &str) -> CliError {
	let expected = format!("a format that has a form for {what}");
	CliError::mismatch("--to", expected, format.name())
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::files::tests::Folder;

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
		let folder = Folder::new("bytes");
		let (raw, digits) = (folder.file("raw"), folder.file("digits"));
		std::fs::write(&raw, [7, 8]).unwrap();
		std::fs::write(&digits, "0x0708\n").unwrap();
		for given in [raw.to_str().unwrap(), digits.to_str().unwrap(), "0x0708", "0708"] {
			assert_eq!(bytes_of_proof("proof", given, &[2]).unwrap(), [7, 8], "{given}");
		}
		let error = bytes_of_proof("seal", "0708", &[3, 4]).unwrap_err().to_string();
		assert_eq!(error, "seal: expected 3 or 4 bytes, in a file or in hex, got 2 bytes");
	}

	#[test]
	fn public_bytes_are_a_files_unless_they_are_marked_as_hex() {
		let folder = Folder::new("public");
		let path = folder.file("0708");
		std::fs::write(&path, "0708").unwrap();
		assert_eq!(public_bytes("journal", path.to_str().unwrap()).unwrap(), b"0708");
		assert_eq!(public_bytes("journal", "0x0708").unwrap(), [7, 8]);
		assert!(public_bytes("journal", "0x").unwrap().is_empty());
		assert!(public_bytes("journal", "0x070").is_err());
	}
}
