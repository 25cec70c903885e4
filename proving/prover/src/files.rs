//! Files with a header, written whole or not at all.
//!
//! `"zkml"`, kind and version (a byte each), the settings hash of the model they belong to (32
//! bytes), the payload's length (8 bytes, little-endian), its BLAKE2b-256, the payload. The checksum
//! finds damage, not malice: whoever takes files from strangers compares their content hash with
//! the chain's.

use std::{
	fs,
	io::{self, Write},
	path::{Path, PathBuf},
};

use thiserror::Error;
use zkml_primitives::blake2_256;

use zkml_primitives::one_line;

const MAGIC: &[u8; 4] = b"zkml";
const VERSION: u8 = 5;
const HEADER: usize = 4 + 2 + 32 + 8 + 32;

/// What a file holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Kind {
	/// A compiled model.
	Model = 1,
	/// A proving key.
	ProvingKey = 2,
	/// A verifying key.
	VerifyingKey = 3,
	/// A ceremony, under way or done.
	Ceremony = 4,
	/// The key of a range circuit.
	RangeKey = 5,
}

impl Kind {
	fn name(byte: u8) -> &'static str {
		match byte {
			1 => "a compiled model",
			2 => "a proving key",
			3 => "a verifying key",
			4 => "a ceremony",
			5 => "a range key",
			_ => "an unknown kind of file",
		}
	}
}

/// Why a file could not be read or written.
#[derive(Debug, Error)]
pub enum FileError {
	/// The operating system said no.
	#[error("{}: expected to {action} it, got: {error}", path.display())]
	Io {
		/// The file that was to be read or written.
		path: PathBuf,
		/// What was tried: `read` or `write`.
		action: &'static str,
		/// What the operating system said.
		error: io::Error,
	},
	/// The file is not what it should be.
	#[error("{}: expected {expected}, got {got}", path.display())]
	Content {
		/// The file that was read.
		path: PathBuf,
		/// What should be there.
		expected: String,
		/// What is there instead.
		got: String,
	},
}

/// A file that is what it says. Keys are large, so the bytes are kept once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contents {
	/// Settings hash of the model it belongs to.
	pub settings: [u8; 32],
	/// The whole file, header and payload.
	pub bytes: Vec<u8>,
}

impl Contents {
	/// What follows the header.
	pub fn payload(&self) -> &[u8] {
		&self.bytes[HEADER..]
	}
}

/// The bytes of a file: magic, kind, version, settings hash, length and hash of the payload, and
/// the payload.
pub fn pack(kind: Kind, settings: [u8; 32], payload: &[u8]) -> Vec<u8> {
	let mut bytes = Vec::with_capacity(HEADER + payload.len());
	bytes.extend_from_slice(MAGIC);
	bytes.extend_from_slice(&[kind as u8, VERSION]);
	bytes.extend_from_slice(&settings);
	bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
	bytes.extend_from_slice(&blake2_256(payload));
	bytes.extend_from_slice(payload);
	bytes
}

/// An error about what `path` holds.
pub fn content(path: &Path, expected: impl ToString, got: impl ToString) -> FileError {
	let (expected, got) = (one_line(&expected.to_string()), one_line(&got.to_string()));
	FileError::Content { path: path.to_owned(), expected, got }
}

/// Reads a whole file of the given kind.
///
/// # Errors
///
/// If the file cannot be read, is another kind of file or cut off, or its checksum is not that of its
/// payload.
pub fn read(path: &Path, kind: Kind) -> Result<Contents, FileError> {
	let bytes = fs::read(path).map_err(|error| FileError::Io {
		path: path.to_owned(),
		action: "read",
		error,
	})?;
	let settings = check(path, kind, &bytes)?;
	Ok(Contents { settings, bytes })
}

/// Refuses bytes that are no file of this kind; gives the settings hash.
fn check(path: &Path, kind: Kind, bytes: &[u8]) -> Result<[u8; 32], FileError> {
	let expected = Kind::name(kind as u8);
	let (header, payload) = match bytes.split_at_checked(HEADER) {
		Some(parts) if parts.0.starts_with(MAGIC) => parts,
		_ if bytes.is_empty() => return Err(content(path, expected, "an empty file")),
		None if bytes.starts_with(MAGIC) => {
			return Err(content(path, expected, "a file cut off within its header"))
		}
		_ => return Err(content(path, expected, "a file of another program")),
	};
	if header[4] != kind as u8 {
		return Err(content(path, expected, Kind::name(header[4])));
	}
	if header[5] != VERSION {
		return Err(content(path, format!("format version {VERSION}"), header[5]));
	}
	let field = |start: usize| -> [u8; 32] {
		let mut out = [0; 32];
		out.copy_from_slice(&header[start..start + 32]);
		out
	};
	let mut length = [0; 8];
	length.copy_from_slice(&header[38..46]);
	let length = u64::from_le_bytes(length);
	if length != payload.len() as u64 {
		let expected = format!("{length} bytes after the header");
		return Err(content(path, expected, payload.len()));
	}
	if blake2_256(payload) != field(46) {
		return Err(content(path, "the contents its checksum names", "damaged contents"));
	}
	Ok(field(6))
}

/// Writes a file under a temporary name beside it and renames: there is the whole file, or what was
/// there before. A secret file is readable by its owner alone.
///
/// # Errors
///
/// If the operating system refuses; what was there before is then still there.
pub fn write(path: &Path, bytes: &[u8], secret: bool) -> Result<(), FileError> {
	let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
	let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
	// One may be left of a process of the same number that was killed.
	let _ = fs::remove_file(&temporary);
	let result = write_new(&temporary, bytes, secret).and_then(|()| fs::rename(&temporary, path));
	result.map_err(|error| {
		// It may not exist; the first error is the one to tell.
		let _ = fs::remove_file(&temporary);
		FileError::Io { path: path.to_owned(), action: "write", error }
	})
}

fn write_new(path: &Path, bytes: &[u8], secret: bool) -> io::Result<()> {
	let mut options = fs::OpenOptions::new();
	// Only a new file gets the mode asked for, and follows no link.
	options.write(true).create_new(true);
	#[cfg(unix)]
	if secret {
		use std::os::unix::fs::OpenOptionsExt;
		options.mode(0o600);
	}
	#[cfg(not(unix))]
	let _ = secret;
	let mut file = options.open(path)?;
	file.write_all(bytes)?;
	file.sync_all()
}
