//! Openings of outputs that requesters wanted hidden, kept for them.
//!
//! A proof with a hidden output is of use to nobody who lacks its salt, and the salt is made here. So it is
//! on disk before the proof leaves, and nothing is ever written over it.

use std::{
	fs::{self, File, OpenOptions},
	io::{self, ErrorKind, Write},
	os::unix::fs::OpenOptionsExt,
	path::{Path, PathBuf},
	time::Duration,
};

use rand::{rngs::OsRng, RngCore};
use zkml_files::{
	files::{FileProblem, MAX_JSON},
	tensors::{self, Opening, Openings as OpeningsFile, SpecFile},
	Mismatch,
};
use zkml_primitives::{Role, Scalar, TensorSpec, ValueInfo};

/// The end of the name of a file that is being written.
const PART: &str = ".part";
/// The end of the name of an opening's file.
const JSON: &str = ".json";
/// The beginning of the name of a file that tells whether one can be made.
const PROBE: &str = "probe-";
/// What is being written for longer was left behind by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(60);
/// Bytes of an opening beside its values and its specification, at most: a name of 64 bytes takes 384.
const BESIDE: u64 = 1_024;

/// A folder of files, one for each hidden output that was proved, named by its commitment. Without one
/// nothing is hidden here.
pub struct Kept {
	folder: Option<PathBuf>,
}

impl Kept {
	/// Removes what a process that was killed left unfinished, and sees that the folder can be written to:
	/// that must not be found out when a proof is made.
	///
	/// # Errors
	///
	/// If `folder` is none, or no file can be made in it.
	pub fn open(folder: Option<PathBuf>) -> Result<Self, FileProblem> {
		if let Some(folder) = &folder {
			if !folder.is_dir() {
				let expected = "a folder to keep openings of outputs in";
				return Err(FileProblem::content(folder, expected, "no such folder"));
			}
			let problem = |source| FileProblem::Write { path: folder.clone(), source };
			clear(folder).map_err(problem)?;
			// A name that no probe has that was left behind.
			let probe = format!("{PROBE}{:016x}", OsRng.next_u64());
			let written =
				write(folder, &probe, b"").and_then(|()| fs::remove_file(folder.join(probe)));
			written.map_err(problem)?;
		}
		Ok(Self { folder })
	}

	/// Whether outputs can be hidden.
	pub fn keeps(&self) -> bool {
		self.folder.is_some()
	}

	/// Refuses to hide an output whose opening could not be kept.
	///
	/// # Errors
	///
	/// If there is no folder, or the opening would be longer than what reads it takes.
	pub fn check(&self, info: &ValueInfo) -> Result<(), Mismatch> {
		let refuse = |expected: String| {
			Mismatch::new(tensors::title(Role::Output, info), expected, "one that is to be hidden")
		};
		if !self.keeps() {
			return Err(refuse("one that everybody sees, since there is no --keep".into()));
		}
		if longest(&info.tensor) > MAX_JSON {
			let words = format!("one whose opening has at most {MAX_JSON} bytes in JSON");
			return Err(refuse(words));
		}
		Ok(())
	}

	/// Writes the openings of a proof's hidden outputs, each to a file of its own, for its owner alone. When
	/// this returns they are on the disk, whole.
	///
	/// # Errors
	///
	/// If there is no folder, something is where a file has to go, or it cannot be written, or not be read again.
	pub fn put(&self, openings: Vec<Opening>) -> Result<(), FileProblem> {
		for opening in openings {
			let (name, folder) = (file_name(Scalar(opening.commitment)), self.folder.as_deref());
			let folder = folder.unwrap_or(Path::new(""));
			let problem = |source| FileProblem::Write { path: folder.join(&name), source };
			if !self.keeps() {
				return Err(problem(ErrorKind::NotFound.into()));
			}
			let openings = OpeningsFile::new(Role::Output, vec![opening]);
			let text = openings.text(&folder.join(&name))?;
			write(folder, &name, text.as_bytes()).map_err(problem)?;
		}
		Ok(())
	}

	/// The opening of a commitment; none if it is not kept here.
	///
	/// # Errors
	///
	/// If its file cannot be read, or is something else.
	pub fn find(&self, commitment: Scalar) -> Result<Option<OpeningsFile>, FileProblem> {
		let Some(folder) = &self.folder else { return Ok(None) };
		let path = folder.join(file_name(commitment));
		match OpeningsFile::read(&path, Role::Output) {
			Ok(openings) => Ok(Some(openings)),
			Err(FileProblem::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
				Ok(None)
			}
			Err(problem) => Err(problem),
		}
	}
}

/// Nothing that somebody sends is in it but 32 bytes.
fn file_name(commitment: Scalar) -> String {
	format!("{}{JSON}", hex::encode(commitment.0))
}

/// Bytes of an opening of such a tensor in JSON, at most.
fn longest(spec: &TensorSpec) -> u64 {
	let digits = [spec.min, spec.max].map(|value| value.to_string().len() as u64);
	let value = digits[0].max(digits[1]) + 1;
	let about = serde_json::to_string(&SpecFile::from(spec)).map_or(0, |text| text.len() as u64);
	u64::from(spec.len()) * value + about + BESIDE
}

/// Makes a file that was not there: under another name first, so that it is whole under its own, and with a
/// link in place of a change of names, which would take the place of another file.
fn write(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
	let part = folder.join(format!("{name}{PART}"));
	// Another's that is there already stays.
	let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
	let written = file.write_all(text).and_then(|()| file.sync_all());
	let linked = written.and_then(|()| fs::hard_link(&part, folder.join(name)));
	let removed = fs::remove_file(&part);
	linked.and(removed)?;
	// The name has to be on the disk as well.
	File::open(folder)?.sync_all()
}

/// Whether such a file is one that is written here, and not whole yet.
fn is_part(name: &str) -> bool {
	let hex = |text: &str, len: usize| {
		text.len() == len && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
	};
	let Some(name) = name.strip_suffix(PART) else { return false };
	name.strip_suffix(JSON).is_some_and(|commitment| hex(commitment, 64))
		|| name.strip_prefix(PROBE).is_some_and(|number| hex(number, 16))
}

/// Removes what was being written when a process was killed, and nothing that somebody else put there.
fn clear(folder: &Path) -> io::Result<()> {
	for entry in fs::read_dir(folder)? {
		let entry = entry?;
		let old = || {
			let modified = entry.metadata().and_then(|about| about.modified()).ok();
			modified.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > ABANDONED)
		};
		let ours = entry.file_name().to_str().is_some_and(is_part);
		if ours && entry.path().is_file() && old() {
			match fs::remove_file(entry.path()) {
				// Another process that begins here was first.
				Err(error) if error.kind() == ErrorKind::NotFound => {}
				result => result?,
			}
		}
	}
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{os::unix::fs::PermissionsExt, time::SystemTime};
	use zkml_primitives::Scales;

	fn value(len: u32) -> ValueInfo {
		let dims = vec![len].try_into().unwrap();
		let tensor = TensorSpec { dims, bits: 8, min: -16, max: 16, scales: Scales::ONE };
		ValueInfo { name: b"scores".to_vec().try_into().unwrap(), tensor }
	}

	fn opening(values: [i32; 2]) -> Opening {
		Opening::new(Role::Output, &value(2), &values, Scalar([1; 32]))
	}

	fn names(folder: &Path) -> Vec<String> {
		let name =
			|entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
		let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
		names.sort();
		names
	}

	#[test]
	fn an_opening_is_kept_whole_for_its_owner_alone_and_found_by_its_commitment() {
		let folder = tempfile::tempdir().unwrap();
		let kept = Kept::open(Some(folder.path().into())).unwrap();
		assert!(names(folder.path()).is_empty(), "the probe is gone");
		let (one, other) = (opening([3, -4]), opening([5, 6]));
		kept.put(vec![one.clone(), other.clone()]).unwrap();
		assert_eq!(names(folder.path()).len(), 2);
		for opening in [&one, &other] {
			let commitment = Scalar(opening.commitment);
			let path = folder.path().join(file_name(commitment));
			assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
			let found =
				OpeningsFile::find(&path, Role::Output, commitment, &value(2).tensor).unwrap();
			assert_eq!(found.values, opening.values);
			assert_eq!(kept.find(commitment).unwrap().unwrap().tensors[0].salt, opening.salt);
		}
		assert!(kept.find(Scalar([7; 32])).unwrap().is_none());
	}

	#[test]
	fn nothing_is_written_over() {
		let folder = tempfile::tempdir().unwrap();
		let kept = Kept::open(Some(folder.path().into())).unwrap();
		let opening = opening([3, 4]);
		let name = file_name(Scalar(opening.commitment));
		fs::write(folder.path().join(&name), "somebody's").unwrap();
		let error = kept.put(vec![opening]).unwrap_err().to_string();
		assert!(
			error.contains(&format!("{name}: expected to write it, got: File exists")),
			"{error}"
		);
		assert_eq!(fs::read(folder.path().join(&name)).unwrap(), b"somebody's");
		assert_eq!(names(folder.path()), [name], "and no part is left");
	}

	#[test]
	fn what_a_killed_process_left_is_no_opening_and_goes() {
		let folder = tempfile::tempdir().unwrap();
		let kept = Kept::open(Some(folder.path().into())).unwrap();
		let [old, new] = [[1, 2], [3, 4]].map(opening);
		let part = |of: &Opening| {
			let path = folder.path().join(format!("{}{PART}", file_name(Scalar(of.commitment))));
			fs::write(&path, "{\"role\": \"outp").unwrap();
			path
		};
		let (abandoned, fresh) = (part(&old), part(&new));
		let probe = folder.path().join("probe-0123456789abcdef.part");
		let others = ["film.mkv.part", "probe-1.part", "answer.json.part", "0123.json.part"];
		let others = others.map(|name| folder.path().join(name));
		others.iter().chain([&probe]).for_each(|path| fs::write(path, "").unwrap());
		let before = SystemTime::now() - 2 * ABANDONED;
		for path in others.iter().chain([&probe, &abandoned]) {
			File::options().write(true).open(path).unwrap().set_modified(before).unwrap();
		}
		assert!(kept.find(Scalar(old.commitment)).unwrap().is_none());
		let kept = Kept::open(Some(folder.path().into())).unwrap();
		assert!(!abandoned.exists() && !probe.exists());
		assert!(others.iter().all(|path| path.exists()), "what is not ours stays");
		assert!(fresh.exists(), "another process may be at it");
		kept.put(vec![old.clone()]).unwrap();
		assert!(kept.find(Scalar(old.commitment)).unwrap().is_some());
		// Somebody else's part stays, and nothing is said to be kept that is not.
		assert!(kept.put(vec![new.clone()]).is_err());
		assert!(fresh.exists());
		assert!(kept.find(Scalar(new.commitment)).unwrap().is_none());
	}

	#[test]
	fn what_could_not_be_kept_is_not_hidden() {
		let none = Kept::open(None).unwrap();
		let error = none.check(&value(2)).unwrap_err().to_string();
		let expected =
			"output scores: expected one that everybody sees, since there is no --keep, got \
		                one that is to be hidden";
		assert_eq!(error, expected);
		assert!(none.put(vec![opening([1, 2])]).is_err());
		assert!(none.find(Scalar([1; 32])).unwrap().is_none());
		let folder = tempfile::tempdir().unwrap();
		let kept = Kept::open(Some(folder.path().into())).unwrap();
		kept.check(&value(4_000_000)).unwrap();
		let error = kept.check(&value(5_000_000)).unwrap_err().to_string();
		assert!(error.contains("at most 16777216 bytes in JSON"), "{error}");
		let missing = Kept::open(Some(folder.path().join("missing"))).err().unwrap().to_string();
		assert!(missing.ends_with("got no such folder"), "{missing}");
	}

	#[test]
	fn an_opening_is_no_longer_than_was_reckoned() {
		let name = vec![1; 64].try_into().unwrap();
		let info = ValueInfo { name, ..value(1_000) };
		let opening = Opening::new(Role::Output, &info, &[-16; 1_000], Scalar([1; 32]));
		let text = serde_json::to_string(&OpeningsFile::new(Role::Output, vec![opening])).unwrap();
		assert!(text.len() as u64 <= longest(&info.tensor), "{}", text.len());
		assert!(text.len() as u64 > longest(&info.tensor) - 2 * BESIDE);
	}

	#[test]
	fn an_input_that_lies_there_is_not_given_away() {
		let folder = tempfile::tempdir().unwrap();
		let kept = Kept::open(Some(folder.path().into())).unwrap();
		let input = Opening::new(Role::Input, &value(2), &[3, 4], Scalar([1; 32]));
		let commitment = Scalar(input.commitment);
		let text = serde_json::to_string(&OpeningsFile::new(Role::Input, vec![input])).unwrap();
		fs::write(folder.path().join(file_name(commitment)), text).unwrap();
		let error = kept.find(commitment).unwrap_err().to_string();
		assert!(error.ends_with("expected the openings of outputs, got input"), "{error}");
	}
}
