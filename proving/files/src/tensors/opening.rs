//! What opens the commitment to a private tensor.

use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zkml_poseidon::Direct;
use zkml_primitives::{commit, Role, Scalar, TensorSpec};

use super::{check_values, name, SpecFile};
use crate::{
	files::{self, FileProblem},
	hex, Mismatch,
};

/// Why a file does not open a private tensor.
#[derive(Debug, Error)]
pub enum OpeningError {
	/// It cannot be read, or is no opening of the tensor that is meant.
	#[error(transparent)]
	File(#[from] FileProblem),
	/// Its values are none of the tensor's.
	#[error(transparent)]
	Values(#[from] Mismatch),
}

/// What opens a commitment. Whoever has this file knows the values.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Opening {
	/// `input` or `output`.
	pub role: String,
	/// The commitment it opens.
	#[serde(with = "hex::fixed")]
	pub commitment: [u8; 32],
	/// The salt.
	#[serde(with = "hex::fixed")]
	pub salt: [u8; 32],
	/// Shape and range.
	pub spec: SpecFile,
	/// The values, row-major.
	pub values: Vec<i32>,
}

impl Opening {
	/// Of these values under this salt.
	pub fn new(role: Role, spec: &TensorSpec, values: &[i32], salt: Scalar) -> Self {
		Self {
			role: name(role).into(),
			commitment: commit::<Direct>(role, spec, values, salt).0,
			salt: salt.0,
			spec: spec.into(),
			values: values.to_vec(),
		}
	}

	/// Reads a file and checks that it opens what it says.
	pub fn load(path: &Path, role: Role, spec: &TensorSpec) -> Result<Self, OpeningError> {
		let opening: Self = files::read_json(path, "the opening of a private tensor")?;
		let wrong = |expected: String, got: String| {
			OpeningError::from(FileProblem::content(path, expected, got))
		};
		if opening.role != name(role) {
			return Err(wrong(format!("the opening of an {}", name(role)), opening.role));
		}
		if opening.spec != SpecFile::from(spec) {
			return Err(wrong(SpecFile::from(spec).words(), opening.spec.words()));
		}
		let salt = Scalar(opening.salt);
		if salt == Scalar::ZERO {
			let expected = "a salt, which hides the values".into();
			return Err(wrong(expected, "zero, which hides nothing".into()));
		}
		if salt.check().is_err() {
			return Err(wrong("a salt below the group order".into(), hex::show(&salt.0)));
		}
		check_values(&path.display().to_string(), spec, &opening.values)?;
		let commitment = commit::<Direct>(role, spec, &opening.values, salt).0;
		if commitment != opening.commitment {
			let expected = format!("values that open {}", hex::show(&opening.commitment));
			return Err(wrong(expected, format!("values that open {}", hex::show(&commitment))));
		}
		Ok(opening)
	}
}

#[cfg(test)]
mod tests {
	use super::{
		super::tests::{per_axis, spec},
		*,
	};

	fn write(path: &Path, opening: &Opening) {
		std::fs::write(path, serde_json::to_string(opening).unwrap()).unwrap();
	}

	#[test]
	fn an_opening_with_one_value_changed_opens_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.opening.json");
		let mut opening = Opening::new(Role::Input, &spec(), &[1, 2, 3], Scalar([1; 32]));
		write(&path, &opening);
		assert_eq!(Opening::load(&path, Role::Input, &spec()).unwrap().values, [1, 2, 3]);
		let wrong_role = Opening::load(&path, Role::Output, &spec()).unwrap_err().to_string();
		assert!(wrong_role.contains("expected the opening of an output, got input"));
		opening.values[0] = 2;
		write(&path, &opening);
		let error = Opening::load(&path, Role::Input, &spec()).unwrap_err().to_string();
		assert!(error.contains("expected values that open 0x"), "{error}");
	}

	#[test]
	fn an_opening_of_other_scales_is_refused_in_words_that_tell_them_apart() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.opening.json");
		let ours = per_axis();
		write(&path, &Opening::new(Role::Input, &ours, &[1, 2, 3], Scalar([1; 32])));
		assert!(Opening::load(&path, Role::Input, &ours).is_ok());
		let error = Opening::load(&path, Role::Input, &spec()).unwrap_err().to_string();
		assert!(
			error.contains("expected a tensor [1, 3] written in 8 bits, 0..=16, scale 1/2^0"),
			"{error}"
		);
		assert!(error.ends_with("scales 1/2^4, 1/2^0, 7500/2^0 along axis 1"), "{error}");
	}
}
