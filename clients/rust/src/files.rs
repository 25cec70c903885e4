//! Files: default names, bounded reads, writes that are whole or not there, and what is never written
//! over.

mod keep;

use std::{
	fs::{self, OpenOptions},
	io,
	path::{Path, PathBuf},
};

use serde::Serialize;
use zkml_circuits::FileError;

pub use keep::Over;
pub use zkml_files::files::{default, others_permissions, read, read_json, read_tree, FileProblem};

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Readers {
	/// Whoever the umask lets.
	Everybody,
	/// The owner alone: it holds values or secrets.
	Owner,
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
///
/// # Errors
///
/// If a place is a folder, named twice, taken by what must stay, or cannot be written.
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
///
/// # Errors
///
/// If the place is taken by what cannot be made again, or cannot be written.
pub fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), FileProblem> {
	write_over(path, bytes, readers, Over::Results)
}

/// The same with a word on what may be written over.
///
/// # Errors
///
/// If the place is taken by what must stay, or cannot be written.
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

/// Writes JSON for people and programs.
///
/// # Errors
///
/// If the place is taken by what must stay, or cannot be written.
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
}
