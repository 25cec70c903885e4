//! Openings of private inputs that this prover was given.

use std::path::{Path, PathBuf};

use zkml_primitives::{Role, Scalar, TensorSpec};

use crate::{
	error::CliError,
	files::{self, FileProblem},
	tensors::{self, Opening},
};

/// More files than this are not looked through for one job.
const MOST_FILES: usize = 4096;

/// A folder of files as `zkml request --private-input` writes them.
pub struct Openings(Option<PathBuf>);

impl Openings {
	/// Looked through when a job needs it, so that files may come and go.
	pub fn open(folder: Option<PathBuf>) -> Result<Self, CliError> {
		match folder {
			Some(path) if !path.is_dir() => {
				Err(FileProblem::content(&path, "a folder of openings", "no such folder").into())
			}
			folder => Ok(Self(folder)),
		}
	}

	/// Values and salt behind a commitment, checked against it.
	pub fn find(
		&self,
		commitment: Scalar,
		spec: &TensorSpec,
	) -> Result<(Vec<i32>, Scalar), CliError> {
		let shown = crate::hex::show(&commitment.0);
		let none = |got: &str| {
			CliError::mismatch("the private input", format!("an opening of {shown}"), got)
		};
		let folder = self.0.as_deref().ok_or_else(|| none("no --openings"))?;
		let path = file_of(folder, commitment).ok_or_else(|| none("none in the folder"))?;
		let opening = Opening::load(&path, Role::Input, spec)?;
		tensors::check_values("the private input", spec, &opening.values)?;
		Ok((opening.values, Scalar(opening.salt)))
	}
}

fn file_of(folder: &Path, commitment: Scalar) -> Option<PathBuf> {
	std::fs::read_dir(folder)
		.ok()?
		.filter_map(|entry| Some(entry.ok()?.path()))
		.filter(|path| path.extension().is_some_and(|ending| ending == "json"))
		.take(MOST_FILES)
		.find(|path| {
			files::read_json::<Opening>(path, "an opening")
				.is_ok_and(|opening| opening.commitment == commitment.0)
		})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::files::tests::Folder;
	use zkml_primitives::Scales;

	#[test]
	fn an_opening_is_found_by_its_commitment_among_other_files() {
		let folder = Folder::new("openings");
		let dims = vec![2].try_into().unwrap();
		let spec = TensorSpec { dims, bits: 8, min: 0, max: 16, scales: Scales::ONE };
		std::fs::write(folder.file("other.json"), "{}").unwrap();
		std::fs::write(folder.file("notes.txt"), "x").unwrap();
		let opening = Opening::new(Role::Input, &spec, &[3, 4], Scalar([1; 32]));
		opening.save(&folder.file("mine.json"), files::Over::Nothing).unwrap();
		let openings = Openings::open(Some(folder.0.clone())).unwrap();
		let found = openings.find(Scalar(opening.commitment), &spec).unwrap();
		assert_eq!(found, (vec![3, 4], Scalar([1; 32])));
		let error = openings.find(Scalar([9; 32]), &spec).unwrap_err().to_string();
		assert!(error.ends_with("got none in the folder"), "{error}");
		let error = Openings(None).find(Scalar([9; 32]), &spec).unwrap_err().to_string();
		assert!(error.ends_with("got no --openings"), "{error}");
	}
}
