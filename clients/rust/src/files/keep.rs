//! What is never written over: keys, salts, and whatever else cannot be made a second time.

use std::{fs::File, io::Read, path::Path};

use zkml_circuits::CompiledModel;
use zkml_primitives::Visibility;

use super::FileProblem;
use crate::keys;

/// Bytes from which a file's kind is seen. All of a signing key, and an opening's salt, are among them.
const START: u64 = 4096;

/// What a file may be written over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Over {
	/// Nothing: what is written cannot be made again, so that the file before it could not be either.
	Nothing,
	/// Compiled models that can be compiled again.
	Models,
	/// All that can be made again, such as proofs.
	Results,
	/// Anything: somebody said `--force`, or the file goes on where it is.
	Anything,
}

impl Over {
	/// Anything if `--force` is given, else this.
	pub fn forced(self, force: bool) -> Self {
		match force {
			true => Self::Anything,
			false => self,
		}
	}

	/// Refuses a place where a file is that must stay.
	///
	/// # Errors
	///
	/// If what is there is not of the kind that may be written over.
	pub fn check(self, path: &Path) -> Result<(), FileProblem> {
		let taken = |expected, got: String, advice| {
			Err(FileProblem::Taken { path: path.into(), expected, got, advice })
		};
		let force = "name another place, or give --force and lose what is there";
		let lost = || treasure(path).map(|what| format!("{what}, which cannot be made again"));
		match self {
			Self::Anything => Ok(()),
			_ if !path.exists() => Ok(()),
			Self::Nothing => {
				let got = lost().unwrap_or_else(|| "a file of another kind".into());
				taken("no file", got, force)
			}
			Self::Models => match (lost(), CompiledModel::load(path)) {
				(None, Ok(_)) => Ok(()),
				(lost, _) => {
					let got = lost.unwrap_or_else(|| "a file of another kind".into());
					taken("no file, or a public model", got, force)
				}
			},
			Self::Results => match lost() {
				None => Ok(()),
				Some(got) => taken("a file that can be made again", got, "name another place"),
			},
		}
	}
}

/// What is there, if nobody can make it again.
fn treasure(path: &Path) -> Option<&'static str> {
	let mut start = Vec::new();
	File::open(path).ok()?.take(START).read_to_end(&mut start).ok()?;
	match start.get(..5) {
		Some(b"zkml\x01") => {
			return match CompiledModel::load(path) {
				Ok(model) if model.visibility() == Visibility::Public => None,
				Ok(_) => Some("a private model with the salt of its parameters"),
				// Of another version, or damaged.
				Err(_) => Some("a model that cannot be read and may be private"),
			};
		}
		Some(b"zkml\x02") => return Some("a proving key"),
		Some(b"zkml\x03") => return Some("a verifying key"),
		Some(b"zkml\x04") => return Some("a ceremony"),
		Some(b"zkml\x05") => return Some("a range key"),
		Some([b'p', b't', b'a', b'u', _]) => return Some("powers of a ceremony"),
		Some([b'z', b'k', b'e', b'y', _]) => return Some("a proving key of snarkjs"),
		_ => {}
	}
	let text = std::str::from_utf8(&start).ok()?;
	if text.starts_with('{') && text.contains("\"salt\"") {
		return Some("the opening of a private tensor with its salt");
	}
	keys::from_uri(text.trim()).is_some().then_some("a signing key")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_cannot_be_made_again_is_told_by_its_first_bytes() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("file");
		for (bytes, what) in [
			(&b"zkml\x01 cut"[..], "a model that cannot be read"),
			(b"zkml\x02", "a proving key"),
			(b"zkml\x03", "a verifying key"),
			(b"zkml\x04", "a ceremony"),
			(b"zkml\x05", "a range key"),
			(b"ptau\x01", "powers"),
			(b"zkey\x01", "a proving key of snarkjs"),
			(b"{ \"salt\": \"0x01\" }", "the opening"),
			(
				b"0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a\n",
				"a signing key",
			),
		] {
			std::fs::write(&path, bytes).unwrap();
			for over in [Over::Nothing, Over::Models, Over::Results] {
				let error = over.check(&path).unwrap_err().to_string();
				assert!(error.contains(&format!("got {what}")), "{error}");
				assert!(
					error.contains("which cannot be made again: name another place"),
					"{error}"
				);
				assert_eq!(error.contains("--force"), over != Over::Results, "{error}");
			}
			Over::Nothing.forced(true).check(&path).unwrap();
		}
	}

	#[test]
	fn results_are_written_over_and_other_files_by_results_alone() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("proof.json");
		Over::Nothing.check(&path).unwrap();
		for bytes in [&b"{\"format\": \"zkml-proof/2\"}"[..], b"", b"\xff\xfe", b"words of mine"] {
			std::fs::write(&path, bytes).unwrap();
			Over::Results.check(&path).unwrap();
			for over in [Over::Nothing, Over::Models] {
				let error = over.check(&path).unwrap_err().to_string();
				assert!(error.contains("expected no file"), "{error}");
				assert!(error.contains("got a file of another kind: name another"), "{error}");
			}
		}
	}
}
