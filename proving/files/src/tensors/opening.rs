//! What opens the commitment to a private tensor.

use std::{collections::BTreeSet, path::Path};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zkml_poseidon::Direct;
use zkml_primitives::{commit, Role, Scalar, TensorSpec, ValueInfo};

use super::{check_values, name, SpecFile};
use crate::{
	files::{self, FileProblem, MAX_JSON},
	hex, text, Mismatch,
};

/// What a file of openings is called.
const KIND: &str = "the openings of private tensors";

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

/// What opens the commitments to private inputs, or to private outputs, of an inference. Whoever has this
/// file knows the values.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Openings {
	/// What the tensors are to the model: `input` or `output`.
	pub role: String,
	/// Each that is private, in the model's order.
	pub tensors: Vec<Opening>,
}

/// What opens a commitment.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Opening {
	/// The name of the input or output.
	pub name: String,
	/// The commitment it opens.
	#[serde(with = "hex::fixed")]
	pub commitment: [u8; 32],
	/// The salt of the commitment, a field element, big-endian.
	#[serde(with = "hex::fixed")]
	pub salt: [u8; 32],
	/// Shape, width, range and scales of the tensor.
	pub spec: SpecFile,
	/// The integers, in row-major order.
	pub values: Vec<i32>,
}

impl Opening {
	/// Of these values under this salt.
	pub fn new(role: Role, info: &ValueInfo, values: &[i32], salt: Scalar) -> Self {
		Self {
			name: info.title(),
			commitment: commit::<Direct>(role, &info.tensor, values, salt).0,
			salt: salt.0,
			spec: (&info.tensor).into(),
			values: values.to_vec(),
		}
	}

	/// Refuses what opens no tensor of this specification, or has no salt that hides the values.
	fn check(&self, path: &Path, role: Role, spec: &TensorSpec) -> Result<(), OpeningError> {
		let wrong = |expected: String, got: String| {
			OpeningError::from(FileProblem::content(path, expected, got))
		};
		if self.spec != SpecFile::from(spec) {
			return Err(wrong(SpecFile::from(spec).words(), self.spec.words()));
		}
		let salt = Scalar(self.salt);
		if salt == Scalar::ZERO {
			let expected = "a salt, which hides the values".into();
			return Err(wrong(expected, "zero, which hides nothing".into()));
		}
		if salt.check().is_err() {
			return Err(wrong("a salt below the group order".into(), hex::show(&salt.0)));
		}
		check_values(&path.display().to_string(), spec, &self.values)?;
		let commitment = commit::<Direct>(role, spec, &self.values, salt).0;
		if commitment != self.commitment {
			let expected = format!("values that open {}", hex::show(&self.commitment));
			return Err(wrong(expected, format!("values that open {}", hex::show(&commitment))));
		}
		Ok(())
	}
}

impl Openings {
	/// Of the private ones among a model's inputs or outputs.
	pub fn new(role: Role, tensors: Vec<Opening>) -> Self {
		Self { role: name(role).into(), tensors }
	}

	/// Reads a file as it is.
	///
	/// # Errors
	///
	/// If it cannot be read, or is of tensors of another role.
	pub fn read(path: &Path, role: Role) -> Result<Self, FileProblem> {
		files::read_json(path, KIND).and_then(|openings: Self| openings.of(path, role))
	}

	/// Reads what came from a place that is no file, such as a URL.
	///
	/// # Errors
	///
	/// If it is something else, or of tensors of another role.
	pub fn parse(path: &Path, bytes: &[u8], role: Role) -> Result<Self, FileProblem> {
		files::parse_json(path, bytes, KIND).and_then(|openings: Self| openings.of(path, role))
	}

	/// The JSON of a file of these, in one line: as short as can be, since what reads it takes so many bytes.
	///
	/// # Errors
	///
	/// If it is longer than what reads it takes; `path` is where it was to go.
	pub fn text(&self, path: &Path) -> Result<String, FileProblem> {
		let text = serde_json::to_string(self)
			.map_err(|error| FileProblem::Write { path: path.into(), source: error.into() })?;
		if text.len() as u64 > MAX_JSON {
			let expected = format!("openings of at most {MAX_JSON} bytes in one file");
			return Err(FileProblem::content(path, expected, text.len().to_string()));
		}
		Ok(text)
	}

	fn of(self, path: &Path, role: Role) -> Result<Self, FileProblem> {
		if self.role != name(role) {
			let expected = format!("the openings of {}s", name(role));
			return Err(FileProblem::content(path, expected, self.role));
		}
		Ok(self)
	}

	/// Reads a file and checks that it opens what it says: tensors of a model, one or none for each.
	///
	/// # Errors
	///
	/// If the file cannot be read, is of other tensors, has no salt that hides the values, or does not
	/// open its commitments.
	pub fn load(path: &Path, role: Role, infos: &[ValueInfo]) -> Result<Self, OpeningError> {
		let openings = Self::read(path, role)?;
		let mut seen = BTreeSet::new();
		for opening in &openings.tensors {
			let info = infos.iter().find(|info| info.title() == opening.name);
			let Some(info) = info.filter(|_| seen.insert(&opening.name)) else {
				let names: Vec<_> = infos.iter().map(ValueInfo::title).collect();
				let expected = format!("one opening each, of {}", names.join(", "));
				let got = format!("one of {}", text::quoted(&opening.name));
				return Err(FileProblem::content(path, expected, got).into());
			};
			opening.check(path, role, &info.tensor)?;
		}
		Ok(openings)
	}

	/// Reads a file and gives the opening of a commitment in it, checked.
	///
	/// # Errors
	///
	/// If the file cannot be read, has none, or one that is not of this specification or does not open it.
	pub fn find(
		path: &Path,
		role: Role,
		commitment: Scalar,
		spec: &TensorSpec,
	) -> Result<Opening, OpeningError> {
		Self::read(path, role)?.opening(path, role, commitment, Some(spec))
	}

	/// The opening of a commitment among these, checked; `path` is where they are from. Where nobody knows the
	/// specification any more its own is taken: the commitment binds shape and width, and so the integers, but
	/// neither range nor scales, which are then the word of whoever made it.
	///
	/// # Errors
	///
	/// If there is none, or one that is not of this specification, or of none, or does not open it.
	pub fn opening(
		self,
		path: &Path,
		role: Role,
		commitment: Scalar,
		spec: Option<&TensorSpec>,
	) -> Result<Opening, OpeningError> {
		let openings = self.tensors.into_iter();
		let mut own = openings.filter(|opening| opening.commitment == commitment.0);
		let opening = own.next().ok_or_else(|| {
			let expected = format!("an opening of {}", hex::show(&commitment.0));
			FileProblem::content(path, expected, "none")
		})?;
		match spec {
			Some(spec) => opening.check(path, role, spec)?,
			None => opening.check(path, role, &opening.spec.read()?)?,
		}
		Ok(opening)
	}
}

#[cfg(test)]
mod tests {
	use super::{
		super::tests::{per_axis, spec, value},
		*,
	};

	fn write(path: &Path, openings: &Openings) {
		std::fs::write(path, serde_json::to_string(openings).unwrap()).unwrap();
	}

	fn one(info: &ValueInfo) -> Openings {
		let opening = Opening::new(Role::Input, info, &[1, 2, 3], Scalar([1; 32]));
		Openings::new(Role::Input, vec![opening])
	}

	#[test]
	fn an_opening_with_one_value_changed_opens_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.opening.json");
		let infos = [value("rate", spec()), value("income", spec())];
		let mut openings = one(&infos[1]);
		write(&path, &openings);
		let read = |role| Openings::load(&path, role, &infos).map_err(|error| error.to_string());
		assert_eq!(read(Role::Input).unwrap().tensors[0].values, [1, 2, 3]);
		let wrong_role = read(Role::Output).unwrap_err();
		assert!(wrong_role.contains("expected the openings of outputs, got input"));
		let commitment = Scalar(openings.tensors[0].commitment);
		let found = Openings::find(&path, Role::Input, commitment, &spec()).unwrap();
		assert_eq!(found.name, "income");
		let none = Openings::find(&path, Role::Input, Scalar::ZERO, &spec()).unwrap_err();
		assert!(none.to_string().ends_with("got none"), "{none}");
		let twice = Openings::new(Role::Input, vec![openings.tensors[0].clone(); 2]);
		write(&path, &twice);
		assert!(read(Role::Input).unwrap_err().contains("expected one opening each"));
		openings.tensors[0].values[0] = 2;
		write(&path, &openings);
		let error = read(Role::Input).unwrap_err();
		assert!(error.contains("expected values that open 0x"), "{error}");
		assert!(Openings::find(&path, Role::Input, commitment, &spec()).is_err());
		openings.tensors[0].name = "age".into();
		write(&path, &openings);
		let error = read(Role::Input).unwrap_err();
		assert!(error.ends_with("of rate, income, got one of \"age\""), "{error}");
	}

	#[test]
	fn openings_are_written_as_short_as_can_be_and_none_that_could_not_be_read_back() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.opening.json");
		let long = |len: usize| {
			let mut openings = one(&value("x", spec()));
			openings.tensors[0].values = vec![7; len];
			openings
		};
		// Two bytes a value; a line for each, as it is for people, would be too long.
		let fits = long(8_000_000);
		std::fs::write(&path, fits.text(&path).unwrap()).unwrap();
		assert_eq!(Openings::read(&path, Role::Input).unwrap().tensors[0].values.len(), 8_000_000);
		let error = long(8_500_000).text(&path).unwrap_err().to_string();
		assert!(
			error.contains("openings of at most 16777216 bytes in one file, got 17000"),
			"{error}"
		);
	}

	#[test]
	fn where_the_specification_is_lost_an_opening_s_own_is_taken_if_it_opens_the_commitment() {
		let path = Path::new("output.opening.json");
		let dims = |dims: Vec<u32>| TensorSpec { dims: dims.try_into().unwrap(), ..spec() };
		let openings = one(&value("x", spec()));
		let commitment = Scalar(openings.tensors[0].commitment);
		let open = |openings: &Openings| {
			let opened = openings.clone().opening(path, Role::Input, commitment, None);
			opened.map_err(|error| error.to_string())
		};
		assert_eq!(open(&openings).unwrap().values, [1, 2, 3]);
		let mut other = openings.clone();
		other.tensors[0].spec = SpecFile::from(&TensorSpec { bits: 16, ..spec() });
		assert!(open(&other).unwrap_err().contains("expected values that open 0x"));
		other.tensors[0].spec = SpecFile::from(&dims(vec![3, 1]));
		assert!(open(&other).unwrap_err().contains("expected values that open 0x"));
		other.tensors[0].spec.bits = 99;
		assert!(open(&other).unwrap_err().contains("expected one that the chain could take"));
	}

	#[test]
	fn an_opening_of_other_scales_is_refused_in_words_that_tell_them_apart() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.opening.json");
		let ours = [value("x", per_axis())];
		write(&path, &one(&ours[0]));
		assert!(Openings::load(&path, Role::Input, &ours).is_ok());
		let others = [value("x", spec())];
		let error = Openings::load(&path, Role::Input, &others).unwrap_err().to_string();
		assert!(
			error.contains("expected a tensor [1, 3] written in 8 bits, 0..=16, scale 1/2^0"),
			"{error}"
		);
		assert!(error.ends_with("scales 1/2^4, 1/2^0, 7500/2^0 along axis 1"), "{error}");
	}
}
