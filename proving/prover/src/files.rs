//! Files with a header, written whole or not at all.
//!
//! `"zkml"`, kind and version (a byte each), the settings hash of the model they belong to (32
//! bytes), the payload's length (8 bytes, little-endian), its BLAKE2b-256, the payload. The checksum
//! finds damage, not malice: whoever takes files from strangers compares their content hash with
//! the chain's.
//!
//! Keys take more room than all else, so they are written and read point by point (`Streamed`, `Open`).

use std::{
	fs::{self, File},
	io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
	path::{Path, PathBuf},
};

use blake2::{digest::consts::U32, Blake2b, Digest};
use thiserror::Error;
use zkml_primitives::{blake2_256, one_line};

const MAGIC: &[u8; 4] = b"zkml";
const VERSION: u8 = 6;
const HEADER: usize = 4 + 2 + 32 + 8 + 32;

/// What a file holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Kind {
	/// A compiled model: integer graph, parameters, salt.
	Model = 1,
	/// A proving key, with its verifying key.
	ProvingKey = 2,
	/// A verifying key: a [`zkml_primitives::CircuitKey`] in SCALE.
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

/// A file that is what it says, as a whole; keys, which are large, are read in pieces (`Open`).
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
	bytes.extend_from_slice(&header(kind, settings, payload.len() as u64, blake2_256(payload)));
	bytes.extend_from_slice(payload);
	bytes
}

fn header(kind: Kind, settings: [u8; 32], length: u64, checksum: [u8; 32]) -> [u8; HEADER] {
	let mut bytes = [0; HEADER];
	bytes[..4].copy_from_slice(MAGIC);
	bytes[4..6].copy_from_slice(&[kind as u8, VERSION]);
	bytes[6..38].copy_from_slice(&settings);
	bytes[38..46].copy_from_slice(&length.to_le_bytes());
	bytes[46..].copy_from_slice(&checksum);
	bytes
}

/// Hashes what is written and counts it.
#[derive(Default)]
struct Hashed {
	hasher: Blake2b<U32>,
	length: u64,
}

impl Write for Hashed {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		self.hasher.update(bytes);
		self.length += bytes.len() as u64;
		Ok(bytes.len())
	}

	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
}

/// A payload that is never in memory as a whole. It is asked for more than once, and writes the same each time.
pub(crate) trait Payload {
	/// Writes it, in any number of pieces.
	fn write(&self, to: &mut dyn Write) -> io::Result<()>;
}

/// A file of a payload that comes in pieces.
pub(crate) struct Streamed<'a> {
	header: [u8; HEADER],
	payload: &'a dyn Payload,
}

impl<'a> Streamed<'a> {
	/// A file of this kind, for a circuit of these settings. The payload is written once here, for
	/// its hash and length.
	pub fn new(kind: Kind, settings: [u8; 32], payload: &'a dyn Payload) -> Self {
		let mut hashed = Hashed::default();
		// A hash takes whatever it gets.
		let _ = payload.write(&mut hashed);
		let header = header(kind, settings, hashed.length, hashed.hasher.finalize().into());
		Self { header, payload }
	}

	/// BLAKE2b-256 of the file, and its length.
	pub fn content_hash(&self) -> ([u8; 32], u64) {
		let mut hashed = Hashed::default();
		let _ = self.put(&mut hashed);
		(hashed.hasher.finalize().into(), hashed.length)
	}

	fn put(&self, to: &mut dyn Write) -> io::Result<()> {
		to.write_all(&self.header)?;
		self.payload.write(to)
	}

	/// Writes the file, as [`write`] does.
	///
	/// # Errors
	///
	/// Those of [`write`].
	pub fn save(&self, path: &Path, secret: bool) -> Result<(), FileError> {
		write_whole(path, secret, &|to| self.put(to))
	}
}

/// A file that is what it says, to be read in pieces. It stays the file that was checked, whatever is put in its
/// place.
#[derive(Debug)]
pub(crate) struct Open {
	/// Where it was when it was opened, for errors.
	pub path: PathBuf,
	/// Settings hash of the model it belongs to.
	pub settings: [u8; 32],
	/// BLAKE2b-256 of the whole file.
	pub content_hash: [u8; 32],
	/// Length of the whole file.
	pub byte_len: u64,
	left: u64,
	from: BufReader<File>,
}

impl Open {
	/// Reads it once, which shows that it is a whole file of this kind.
	///
	/// # Errors
	///
	/// Those of [`read`].
	pub fn new(path: &Path, kind: Kind) -> Result<Self, FileError> {
		let failed = |error| FileError::Io { path: path.to_owned(), action: "read", error };
		let mut from = BufReader::new(File::open(path).map_err(failed)?);
		let mut first = Vec::with_capacity(HEADER);
		Read::by_ref(&mut from).take(HEADER as u64).read_to_end(&mut first).map_err(failed)?;
		let header = Header::read(path, kind, &first)?;
		let (mut payload, mut whole) = (Hashed::default(), Hashed::default());
		whole.hasher.update(&first);
		let mut both = Both(&mut payload, &mut whole);
		io::copy(&mut from, &mut both).map_err(failed)?;
		header.check(path, payload.length, payload.hasher.finalize().into())?;
		from.seek(SeekFrom::Start(HEADER as u64)).map_err(failed)?;
		let (content_hash, left) = (whole.hasher.finalize().into(), payload.length);
		let byte_len = HEADER as u64 + left;
		let (path, settings) = (path.to_owned(), header.settings);
		Ok(Self { path, settings, content_hash, byte_len, left, from })
	}

	/// How many bytes of the payload are left.
	pub fn left(&self) -> u64 {
		self.left
	}

	/// The next bytes; nothing if there are fewer.
	pub fn next(&mut self, count: usize) -> Option<Vec<u8>> {
		self.left = self.left.checked_sub(count as u64)?;
		let mut bytes = vec![0; count];
		self.from.read_exact(&mut bytes).ok()?;
		Some(bytes)
	}

	/// Passes over the next bytes; nothing if there are fewer.
	pub fn pass(&mut self, count: u64) -> Option<()> {
		self.left = self.left.checked_sub(count)?;
		self.from.seek_relative(i64::try_from(count).ok()?).ok()
	}

	/// Goes to where so many bytes were left.
	///
	/// # Errors
	///
	/// If the file is not as long as that, or cannot be read.
	pub fn go_to(&mut self, left: u64) -> io::Result<()> {
		let start = self.byte_len.checked_sub(left).ok_or(io::ErrorKind::InvalidInput)?;
		self.from.seek(SeekFrom::Start(start))?;
		self.left = left;
		Ok(())
	}
}

/// Hashes what is written twice: as part of the one, and as part of the other.
struct Both<'a>(&'a mut Hashed, &'a mut Hashed);

impl Write for Both<'_> {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		self.0.write_all(bytes)?;
		self.1.write(bytes)
	}

	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
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
	let header = Header::read(path, kind, bytes)?;
	let payload = &bytes[HEADER..];
	header.check(path, payload.len() as u64, blake2_256(payload))?;
	Ok(header.settings)
}

/// What a file's first bytes say of it.
struct Header {
	settings: [u8; 32],
	length: u64,
	checksum: [u8; 32],
}

impl Header {
	/// From a file's first bytes, or all of them.
	fn read(path: &Path, kind: Kind, bytes: &[u8]) -> Result<Self, FileError> {
		let expected = Kind::name(kind as u8);
		let header = match bytes.first_chunk::<HEADER>() {
			Some(header) if header.starts_with(MAGIC) => header,
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
		Ok(Self { settings: field(6), length: u64::from_le_bytes(length), checksum: field(46) })
	}

	/// Refuses a payload of another length or checksum.
	fn check(&self, path: &Path, length: u64, checksum: [u8; 32]) -> Result<(), FileError> {
		if self.length != length {
			let expected = format!("{} bytes after the header", self.length);
			return Err(content(path, expected, length));
		}
		if self.checksum != checksum {
			return Err(content(path, "the contents its checksum names", "damaged contents"));
		}
		Ok(())
	}
}

/// Writes a file under a temporary name beside it and renames: there is the whole file, or what was
/// there before. A secret file is readable by its owner alone.
///
/// # Errors
///
/// If the operating system refuses; what was there before is then still there.
pub fn write(path: &Path, bytes: &[u8], secret: bool) -> Result<(), FileError> {
	write_whole(path, secret, &|to| to.write_all(bytes))
}

/// Writes what comes, all of it or nothing.
fn write_whole(
	path: &Path,
	secret: bool,
	put: &dyn Fn(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FileError> {
	let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
	let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
	// One may be left of a process of the same number that was killed.
	let _ = fs::remove_file(&temporary);
	let result = write_new(&temporary, secret, put).and_then(|()| fs::rename(&temporary, path));
	result.map_err(|error| {
		// It may not exist; the first error is the one to tell.
		let _ = fs::remove_file(&temporary);
		FileError::Io { path: path.to_owned(), action: "write", error }
	})
}

fn write_new(
	path: &Path,
	secret: bool,
	put: &dyn Fn(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
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
	let mut file = BufWriter::new(options.open(path)?);
	put(&mut file)?;
	file.flush()?;
	file.get_ref().sync_all()
}
