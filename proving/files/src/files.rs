//! Files: default names, bounded reads, writes that are whole or not there, and what is never written
//! over.

mod keep;

use std::{
	fs::{self, OpenOptions},
	io::{self, Read},
	path::{Path, PathBuf},
};

use serde::{de::DeserializeOwned, Serialize};
use thiserror::Error;
use zkml_circuits::FileError;
use zkml_interop::strict::{self, Tree};

pub use keep::Over;

/// Names that every verb assumes when none is given.
pub mod default {
	/// What is imported.
	pub const ONNX: &str = "model.onnx";
	/// The compiled model.
	pub const MODEL: &str = "model.zkml";
	/// The proving key.
	pub const PROVING_KEY: &str = "proving.key";
	/// The verifying key.
	pub const VERIFYING_KEY: &str = "verifying.key";
	/// The powers that keys of several people are made of.
	pub const POWERS: &str = "powers.ptau";
	/// A ceremony.
	pub const CEREMONY: &str = "ceremony.zkc";
	/// Real numbers to infer from.
	pub const INPUT: &str = "input.json";
	/// The proof and what it says.
	pub const PROOF: &str = "proof.json";
	/// Bits for single nodes.
	pub const WIDTHS: &str = "widths.json";
	/// Values and salt of a private input.
	pub const INPUT_OPENING: &str = "input.opening.json";
}

/// Larger JSON files are a mistake.
const MAX_JSON: u64 = 16 << 20;

/// What is wrong with a file.
#[derive(Debug, Error)]
pub enum FileProblem {
	/// It cannot be opened or read.
	#[error("{}: expected to read it, got: {source}", .path.display())]
	Read {
		/// Which.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// It cannot be written.
	#[error("{}: expected to write it, got: {source}", .path.display())]
	Write {
		/// Which.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// It holds something else.
	#[error("{}: expected {expected}, got {got}", .path.display())]
	Content {
		/// Which.
		path: PathBuf,
		/// What belongs there.
		expected: String,
		/// What is there.
		got: String,
	},
	/// It would be written over something that may be lost with it.
	#[error("{}: expected {expected} there, got {got}: {advice}", .path.display())]
	Taken {
		/// Which.
		path: PathBuf,
		/// What could be there.
		expected: &'static str,
		/// What is there, and why it is kept.
		got: String,
		/// What to do.
		advice: &'static str,
	},
}

impl FileProblem {
	/// For files that hold something else than they should.
	pub fn content(path: &Path, expected: impl Into<String>, got: impl Into<String>) -> Self {
		Self::Content { path: path.into(), expected: expected.into(), got: got.into() }
	}
}

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Readers {
	/// Whoever the umask lets.
	Everybody,
	/// The owner alone: it holds values or secrets.
	Owner,
}

/// Reads a file of at most `max` bytes.
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

/// The hidden name beside a file's place under which it is written first.
fn temporary(path: &Path) -> Result<PathBuf, FileProblem> {
	let name = path
		.file_name()
		.ok_or_else(|| FileProblem::content(path, "the name of a file", "a folder or nothing"))?;
	let mut hidden = std::ffi::OsString::from(".");
	hidden.push(name);
	hidden.push(format!(".{}.tmp", std::process::id()));
	Ok(path.with_file_name(hidden))
}

/// Refuses places where no file can go or one is that must stay, and one place for two files. For verbs
/// that write several files: before the first is written, all the others must have a place.
pub fn check_places(places: &[(&Path, Over)]) -> Result<(), FileProblem> {
	for (index, (path, over)) in places.iter().enumerate() {
		if places.iter().take(index).any(|(other, _)| other == path) {
			return Err(FileProblem::content(path, "a file for each output", "one for two"));
		}
		if path.is_dir() {
			return Err(FileProblem::content(path, "the name of a file", "a folder"));
		}
		over.check(path)?;
		let probe = temporary(path)?;
		new_file(&probe)
			.and_then(|_| fs::remove_file(&probe))
			.map_err(|source| FileProblem::Write { path: path.into(), source })?;
	}
	Ok(())
}

/// Makes a file that was not there, for its owner alone. It follows no link that somebody put there.
fn new_file(path: &Path) -> io::Result<fs::File> {
	let mut options = OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	{
		use std::os::unix::fs::OpenOptionsExt;
		options.mode(0o600);
	}
	options.open(path)
}

/// Writes a file beside its place and moves it there, so that a reader sees all of it or the old
/// one. What could not be made again is not written over.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), FileProblem> {
	write_over(path, bytes, readers, Over::Results)
}

/// The same with a word on what may be written over.
pub fn write_over(
	path: &Path,
	bytes: &[u8],
	readers: Readers,
	over: Over,
) -> Result<(), FileProblem> {
	temporary(path)?;
	over.check(path)?;
	zkml_circuits::write_file(path, bytes, readers == Readers::Owner).map_err(|error| match error {
		FileError::Io { path, error, .. } => FileProblem::Write { path, source: error },
		FileError::Content { path, expected, got } => FileProblem::Content { path, expected, got },
	})
}

/// Reads JSON of the given kind: one value, whose objects have each name once.
pub fn read_json<T: DeserializeOwned>(path: &Path, kind: &str) -> Result<T, FileProblem> {
	let bytes = read(path, MAX_JSON)?;
	let text = strict::checked(&bytes)
		.map_err(|fault| FileProblem::content(path, kind, fault.to_string()))?;
	serde_json::from_str(text)
		.map_err(|error| FileProblem::content(path, kind, format!("JSON that says {error}")))
}

/// Reads JSON of the given kind as it is written.
pub fn read_tree(path: &Path, kind: &str) -> Result<Tree, FileProblem> {
	let bytes = read(path, MAX_JSON)?;
	strict::parse(&bytes).map_err(|fault| FileProblem::content(path, kind, fault.to_string()))
}

/// Writes JSON for people and programs.
pub fn write_json(
	path: &Path,
	value: &impl Serialize,
	readers: Readers,
	over: Over,
) -> Result<(), FileProblem> {
	let mut text = serde_json::to_string_pretty(value)
		.map_err(|error| FileProblem::Write { path: path.into(), source: error.into() })?;
	text.push('\n');
	write_over(path, text.as_bytes(), readers, over)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_private_file_is_for_its_owner_alone() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("secret");
		write(&path, b"x", Readers::Owner).unwrap();
		assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
	}

	#[test]
	fn a_failed_write_leaves_neither_half_a_file_nor_a_temporary_one() {
		let folder = tempfile::tempdir().unwrap();
		let target = folder.path().join("taken");
		fs::create_dir(&target).unwrap();
		fs::write(target.join("inside"), b"x").unwrap();
		let error = write(&target, b"y", Readers::Everybody).unwrap_err().to_string();
		assert!(error.contains("taken: expected to write it, got: "), "{error}");
		let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
		assert_eq!(left.len(), 1);
	}

	#[test]
	fn a_link_in_the_way_is_not_followed() {
		let folder = tempfile::tempdir().unwrap();
		let (path, victim) = (folder.path().join("secret"), folder.path().join("victim"));
		fs::write(&victim, "theirs").unwrap();
		std::os::unix::fs::symlink(&victim, temporary(&path).unwrap()).unwrap();
		let error = check_places(&[(&path, Over::Results)]).unwrap_err().to_string();
		assert!(error.contains("got: File exists"), "{error}");
		write(&path, b"ours", Readers::Owner).unwrap();
		assert_eq!(fs::read(&victim).unwrap(), b"theirs");
		assert_eq!(fs::read(&path).unwrap(), b"ours");
	}

	#[test]
	fn places_are_checked_without_a_trace() {
		let folder = tempfile::tempdir().unwrap();
		let (one, two) = (folder.path().join("one"), folder.path().join("two"));
		check_places(&[(&one, Over::Results), (&two, Over::Nothing)]).unwrap();
		let nowhere = folder.path().join("no/such/folder");
		for (bad, got) in
			[(&*one, "got one for two"), (folder.path(), "got a folder"), (&*nowhere, "got: ")]
		{
			let error = check_places(&[&*one, bad].map(|path| (path, Over::Results)))
				.unwrap_err()
				.to_string();
			assert!(error.contains(got), "{error}");
		}
		assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
	}

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
