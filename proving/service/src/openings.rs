//! Openings of private inputs that this prover was given.

use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	sync::{Mutex, PoisonError},
	time::SystemTime,
};

use zkml_files::{
	files::FileProblem,
	hex,
	tensors::{Openings as OpeningsFile, SpecFile},
	Mismatch,
};
use zkml_primitives::{Role, Scalar, TensorSpec};

use crate::ServiceError;

/// More files than this are not looked at.
const MOST_FILES: usize = 4096;

/// A folder of files as `zkml request` writes them for private inputs.
pub struct Openings {
	folder: Option<PathBuf>,
	known: Mutex<BTreeMap<PathBuf, KnownFile>>,
}

/// A file as it was when it was read. One that is no opening is not read again until it changes.
struct KnownFile {
	stamp: Stamp,
	/// What it says it opens. Whether it does is seen when it is needed.
	opens: Vec<(Scalar, SpecFile)>,
}

type Stamp = (Option<SystemTime>, u64);

impl Openings {
	/// Looked through again and again, so that files may come and go.
	///
	/// # Errors
	///
	/// If `folder` is none.
	pub fn open(folder: Option<PathBuf>) -> Result<Self, FileProblem> {
		match folder {
			Some(path) if !path.is_dir() => {
				Err(FileProblem::content(&path, "a folder of openings", "no such folder"))
			}
			folder => Ok(Self { folder, known: Mutex::default() }),
		}
	}

	/// Commitments that can be opened, in the order of the files' names, and to what.
	pub fn list(&self) -> Vec<(Scalar, SpecFile)> {
		let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
		known.values().flat_map(|file| file.opens.clone()).collect()
	}

	/// Reads what is new in the folder.
	pub fn scan(&self) {
		let Some(folder) = &self.folder else { return };
		let files: Vec<(PathBuf, Stamp)> = std::fs::read_dir(folder)
			.into_iter()
			.flatten()
			.filter_map(|entry| {
				let path = entry.ok()?.path();
				let about = std::fs::metadata(&path).ok()?;
				let ours = about.is_file() && path.extension().is_some_and(|end| end == "json");
				ours.then(|| (path, (about.modified().ok(), about.len())))
			})
			.take(MOST_FILES)
			.collect();
		let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
		let mut before = std::mem::take(&mut *all);
		for (path, stamp) in files {
			let known = before.remove(&path).filter(|file| file.stamp == stamp);
			let new = known.unwrap_or_else(|| KnownFile { stamp, opens: read(&path) });
			all.insert(path, new);
		}
	}

	/// Values and salt behind a commitment, checked against it.
	///
	/// # Errors
	///
	/// If there is no opening of this commitment, or it is not of this specification.
	pub fn find(
		&self,
		commitment: Scalar,
		spec: &TensorSpec,
	) -> Result<(Vec<i32>, Scalar), ServiceError> {
		let shown = hex::show(&commitment.0);
		let none =
			|got: &str| Mismatch::new("the private input", format!("an opening of {shown}"), got);
		if self.folder.is_none() {
			return Err(none("no --openings").into());
		}
		let known = self.file_of(commitment);
		let path = known.or_else(|| {
			self.scan();
			self.file_of(commitment)
		});
		let path = path.ok_or_else(|| none("none in the folder"))?;
		let opening = OpeningsFile::find(&path, Role::Input, commitment, spec)?;
		Ok((opening.values, Scalar(opening.salt)))
	}

	fn file_of(&self, commitment: Scalar) -> Option<PathBuf> {
		let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
		let opens = |file: &KnownFile| file.opens.iter().any(|(one, _)| *one == commitment);
		known.iter().find(|(_, file)| opens(file)).map(|(path, _)| path.clone())
	}
}

fn read(path: &Path) -> Vec<(Scalar, SpecFile)> {
	let openings = OpeningsFile::read(path, Role::Input);
	let openings = openings.into_iter().flat_map(|file| file.tensors);
	openings.map(|opening| (Scalar(opening.commitment), opening.spec)).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_files::tensors::Opening;
	use zkml_primitives::{Scales, ValueInfo};

	fn value() -> ValueInfo {
		let dims = vec![2].try_into().unwrap();
		let tensor = TensorSpec { dims, bits: 8, min: 0, max: 16, scales: Scales::ONE };
		ValueInfo { name: b"x".to_vec().try_into().unwrap(), tensor }
	}

	fn file(role: Role, values: &[[i32; 2]]) -> OpeningsFile {
		let opening = |values: &[i32; 2]| Opening::new(role, &value(), values, Scalar([1; 32]));
		OpeningsFile::new(role, values.iter().map(opening).collect())
	}

	#[test]
	fn an_opening_is_found_by_its_commitment_among_other_files() {
		let folder = tempfile::tempdir().unwrap();
		let spec = value().tensor;
		std::fs::write(folder.path().join("other.json"), "{}").unwrap();
		std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
		let mine = file(Role::Input, &[[3, 4], [5, 6]]);
		let text = serde_json::to_string(&mine).unwrap();
		std::fs::write(folder.path().join("mine.json"), text).unwrap();
		let openings = Openings::open(Some(folder.path().into())).unwrap();
		for opening in &mine.tensors {
			let found = openings.find(Scalar(opening.commitment), &spec).unwrap();
			assert_eq!(found, (opening.values.clone(), Scalar([1; 32])));
		}
		let error = openings.find(Scalar([9; 32]), &spec).unwrap_err().to_string();
		assert!(error.ends_with("got none in the folder"), "{error}");
		let none = Openings::open(None).unwrap();
		let error = none.find(Scalar([9; 32]), &spec).unwrap_err().to_string();
		assert!(error.ends_with("got no --openings"), "{error}");
	}

	#[test]
	fn files_come_change_and_go() {
		let folder = tempfile::tempdir().unwrap();
		let openings = Openings::open(Some(folder.path().into())).unwrap();
		let commitments = || {
			openings.scan();
			openings.list().into_iter().map(|(commitment, _)| commitment).collect::<Vec<_>>()
		};
		assert!(commitments().is_empty());
		let of = |value| file(Role::Input, &[[value, 4]]);
		let path = folder.path().join("mine.json");
		let write = |openings: &OpeningsFile| {
			std::fs::write(&path, serde_json::to_string(openings).unwrap()).unwrap();
		};
		write(&of(3));
		let first = Scalar(of(3).tensors[0].commitment);
		assert_eq!(commitments(), [first]);
		// Longer by a digit: a clock of whole seconds is enough.
		write(&of(12));
		assert_eq!(commitments(), [Scalar(of(12).tensors[0].commitment)]);
		assert!(openings.find(first, &value().tensor).is_err());
		// An opening of an output is none of ours.
		write(&file(Role::Output, &[[3, 4]]));
		assert!(commitments().is_empty());
		std::fs::remove_file(&path).unwrap();
		assert!(commitments().is_empty());
	}
}
