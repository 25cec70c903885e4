//! Files: default names, and bounded reads.

use std::{
	fs,
	io::{self, Read},
	path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use thiserror::Error;
use zkml_program_files::strict::{self, Tree};

/// Names that every verb assumes when none is given.
pub mod default {
	/// The ONNX file that is imported.
	pub const ONNX: &str = "model.onnx";
	/// The compiled model, with its parameters.
	pub const MODEL: &str = "model.zkml";
	/// The proving key, with the verifying key in it.
	pub const PROVING_KEY: &str = "proving.key";
	/// The verifying key alone.
	pub const VERIFYING_KEY: &str = "verifying.key";
	/// The powers that keys of several people are made of.
	pub const POWERS: &str = "powers.ptau";
	/// A ceremony, under way or done.
	pub const CEREMONY: &str = "ceremony.zkc";
	/// Real numbers to infer from.
	pub const INPUT: &str = "input.json";
	/// The proof and what it says.
	pub const PROOF: &str = "proof.json";
	/// Bits for single nodes.
	pub const WIDTHS: &str = "widths.json";
	/// Values and salt of a private input.
	pub const INPUT_OPENING: &str = "input.opening.json";

	/// The range key that goes with a proving key: beside it, as `proving.range.key`.
	pub fn range_key(proving_key: &std::path::Path) -> std::path::PathBuf {
		proving_key.with_extension("range.key")
	}
}

/// Larger JSON files are a mistake.
pub const MAX_JSON: u64 = 16 << 20;

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum FileProblem {
	/// It cannot be opened or read.
	#[error("{}: expected to read it, got: {source}", .path.display())]
	Read {
		/// The file that was to be read.
		path: PathBuf,
		/// What the operating system said.
		source: io::Error,
	},
	/// It cannot be written.
	#[error("{}: expected to write it, got: {source}", .path.display())]
	Write {
		/// The file that was to be written.
		path: PathBuf,
		/// What the operating system said.
		source: io::Error,
	},
	/// It holds something else.
	#[error("{}: expected {expected}, got {got}", .path.display())]
	Content {
		/// The file that was read.
		path: PathBuf,
		/// What a file in that place should hold.
		expected: String,
		/// What the file holds instead.
		got: String,
	},
	/// It would be written over something that may be lost with it.
	#[error("{}: expected {expected} there, got {got}: {advice}", .path.display())]
	Taken {
		/// The file that was to be written.
		path: PathBuf,
		/// What could be there.
		expected: &'static str,
		/// What is there, and why it is kept.
		got: String,
		/// What the user can do about it.
		advice: &'static str,
	},
}

impl FileProblem {
	/// For files that hold something else than they should.
	pub fn content(path: &Path, expected: impl Into<String>, got: impl Into<String>) -> Self {
		Self::Content { path: path.into(), expected: expected.into(), got: got.into() }
	}
}

/// Reads a file of at most `max` bytes.
///
/// # Errors
///
/// If the file cannot be opened or read, or is larger.
pub fn read(path: &Path, max: u64) -> Result<Vec<u8>, FileProblem> {
	let problem = |source| FileProblem::Read { path: path.into(), source };
	let mut bytes = Vec::new();
	fs::File::open(path)
		.and_then(|file| file.take(max + 1).read_to_end(&mut bytes))
		.map_err(problem)?;
	if bytes.len() as u64 > max {
		return Err(FileProblem::content(path, format!("at most {max} bytes"), "more"));
	}
	Ok(bytes)
}

/// The permissions of a file, if others than its owner have any; none where the system knows no such.
///
/// # Errors
///
/// If nothing can be learned of the file.
pub fn others_permissions(path: &Path) -> Result<Option<u32>, FileProblem> {
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let about =
			fs::metadata(path).map_err(|source| FileProblem::Read { path: path.into(), source })?;
		let mode = about.permissions().mode() & 0o777;
		Ok((mode & 0o077 != 0).then_some(mode))
	}
	#[cfg(not(unix))]
	{
		let _ = path;
		Ok(None)
	}
}

/// Reads JSON of the given kind: one value, whose objects have each name once.
///
/// # Errors
///
/// If the file cannot be read, is not one value of JSON, or says something else.
pub fn read_json<T: DeserializeOwned>(path: &Path, kind: &str) -> Result<T, FileProblem> {
	parse_json(path, &read(path, MAX_JSON)?, kind)
}

/// The same of bytes that came from a place that is no file, such as a URL.
///
/// # Errors
///
/// If they are not one value of JSON, or say something else.
pub fn parse_json<T: DeserializeOwned>(
	path: &Path,
	bytes: &[u8],
	kind: &str,
) -> Result<T, FileProblem> {
	let text = strict::checked(bytes)
		.map_err(|fault| FileProblem::content(path, kind, fault.to_string()))?;
	serde_json::from_str(text)
		.map_err(|error| FileProblem::content(path, kind, format!("JSON that says {error}")))
}

/// Reads JSON of the given kind as it is written.
///
/// # Errors
///
/// If the file cannot be read, or is not one value of JSON.
pub fn read_tree(path: &Path, kind: &str) -> Result<Tree, FileProblem> {
	let bytes = read(path, MAX_JSON)?;
	strict::parse(&bytes).map_err(|fault| FileProblem::content(path, kind, fault.to_string()))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn json_that_is_something_else_is_named() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.json");
		fs::write(&path, b"").unwrap();
		let error = read_json::<Vec<u8>>(&path, "a list").unwrap_err().to_string();
		assert!(error.ends_with("expected a list, got an empty file"), "{error}");
		fs::write(&path, b"{").unwrap();
		let error = read_json::<Vec<u8>>(&path, "a list").unwrap_err().to_string();
		assert!(error.contains("expected a list, got JSON that is cut off"), "{error}");
		fs::write(&path, b"{\"a\": 1}").unwrap();
		let error = read_json::<Vec<u8>>(&path, "a list").unwrap_err().to_string();
		assert!(error.contains("expected a list, got JSON that says invalid type"), "{error}");
	}
}
