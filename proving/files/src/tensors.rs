//! Inputs, outputs and their openings: from files to integers and to what the chain sees.

mod reals;

use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use zkml_interop::strict::Tree;
use zkml_poseidon::Direct;
use zkml_primitives::{commit, Role, Scalar, Scale, Scales, TensorData, TensorSpec, MAX_CHANNELS};

use crate::{
	files::{self, FileProblem, Over, Readers},
	hex, text, Mismatch,
};
pub use reals::{describe, reals, rounding, short, words, ROUNDED};

/// A scale as JSON has it: a real value is `value * mantissa / 2^shift`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScaleFile {
	/// Numerator.
	pub mantissa: u32,
	/// Binary logarithm of the denominator.
	pub shift: u8,
}

/// A tensor's shape, width, range and scales, as JSON has them: `mantissa` and `shift` if there is
/// one scale, `axis` and `scales` if there is one for each index of an axis.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SpecFile {
	/// Dimensions.
	pub dims: Vec<u32>,
	/// Width of an element.
	pub bits: u8,
	/// Smallest value.
	pub min: i32,
	/// Largest value.
	pub max: i32,
	/// Of the one scale; see [`ScaleFile`].
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub mantissa: Option<u32>,
	/// Of the one scale.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub shift: Option<u8>,
	/// The axis along which scales differ.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub axis: Option<u8>,
	/// By the index on it.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub scales: Option<Vec<ScaleFile>>,
}

impl From<&TensorSpec> for SpecFile {
	fn from(spec: &TensorSpec) -> Self {
		let one = |scale: &Scale| ScaleFile { mantissa: scale.mantissa, shift: scale.shift };
		let (scale, axis, scales) = match &spec.scales {
			Scales::PerTensor(scale) => (Some(one(scale)), None, None),
			Scales::PerAxis { axis, scales } => {
				(None, Some(*axis), Some(scales.iter().map(one).collect()))
			}
		};
		Self {
			dims: spec.dims.to_vec(),
			bits: spec.bits,
			min: spec.min,
			max: spec.max,
			mantissa: scale.map(|scale| scale.mantissa),
			shift: scale.map(|scale| scale.shift),
			axis,
			scales,
		}
	}
}

impl SpecFile {
	/// All of it in words.
	fn words(&self) -> String {
		let Self { dims, bits, min, max, .. } = self;
		let scales = self.scale_words();
		format!("a tensor {dims:?} written in {bits} bits, {min}..={max}, {scales}")
	}

	fn scale_words(&self) -> String {
		let one = |scale: &ScaleFile| format!("{}/2^{}", scale.mantissa, scale.shift);
		let list = |scales: &Vec<ScaleFile>| scales.iter().map(one).collect::<Vec<_>>().join(", ");
		let scale = self.mantissa.zip(self.shift);
		match (scale, self.axis, &self.scales) {
			(Some((mantissa, shift)), None, None) => {
				format!("scale {}", one(&ScaleFile { mantissa, shift }))
			}
			(None, Some(axis), Some(scales)) => {
				format!("scales {} along axis {axis}", list(scales))
			}
			_ => "no scales".into(),
		}
	}

	/// The scales, if those of one kind are there and nothing of the other.
	fn read_scales(&self) -> Result<Scales, Mismatch> {
		let wrong =
			|expected: &str, got: String| Mismatch::new("a tensor's specification", expected, got);
		match (self.mantissa, self.shift, self.axis, &self.scales) {
			(Some(mantissa), Some(shift), None, None) => {
				Ok(Scales::PerTensor(Scale { mantissa, shift }))
			}
			(None, None, Some(axis), Some(scales)) => {
				let one = |file: &ScaleFile| Scale { mantissa: file.mantissa, shift: file.shift };
				let most = format!("at most {MAX_CHANNELS} scales");
				let bounded = scales.iter().map(one).collect::<Vec<_>>().try_into();
				let scales = bounded.map_err(|_| wrong(&most, scales.len().to_string()))?;
				Ok(Scales::PerAxis { axis, scales })
			}
			_ => {
				let there = [
					("mantissa", self.mantissa.is_some()),
					("shift", self.shift.is_some()),
					("axis", self.axis.is_some()),
					("scales", self.scales.is_some()),
				];
				let there: Vec<_> =
					there.into_iter().filter(|field| field.1).map(|f| f.0).collect();
				let expected = "mantissa and shift for one scale, or axis and scales for several";
				Err(wrong(
					expected,
					if there.is_empty() { "none".into() } else { there.join(", ") },
				))
			}
		}
	}

	/// The specification, checked.
	pub fn read(&self) -> Result<TensorSpec, Mismatch> {
		let wrong = |got: String| {
			Mismatch::new("a tensor's specification", "one that the chain could take", got)
		};
		let dims = self
			.dims
			.clone()
			.try_into()
			.map_err(|_| wrong(format!("{} dimensions", self.dims.len())))?;
		let scales = self.read_scales()?;
		let spec = TensorSpec { dims, bits: self.bits, min: self.min, max: self.max, scales };
		spec.check().map_err(|error| wrong(error.to_string()))?;
		Ok(spec)
	}
}

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

	/// Writes it, for its owner alone.
	pub fn save(&self, path: &Path, over: Over) -> Result<(), FileProblem> {
		files::write_json(path, self, Readers::Owner, over)
	}
}

/// A role in words.
pub fn name(role: Role) -> &'static str {
	match role {
		Role::Input => "input",
		Role::Output => "output",
		Role::Parameters => "parameters",
	}
}

fn check_count(what: &str, spec: &TensorSpec, count: usize) -> Result<(), Mismatch> {
	if count as u64 == u64::from(spec.len()) {
		return Ok(());
	}
	Err(Mismatch::new(what, format!("{} values", spec.len()), format!("{count} values")))
}

/// Refuses values that the specification does not allow.
pub fn check_values(what: &str, spec: &TensorSpec, values: &[i32]) -> Result<(), Mismatch> {
	check_count(what, spec, values.len())?;
	match values.iter().position(|value| !(spec.min..=spec.max).contains(value)) {
		None => Ok(()),
		Some(index) => Err(Mismatch::new(
			format!("{what}, value {index}"),
			format!("{}..={}", spec.min, spec.max),
			values.get(index).copied().unwrap_or_default(),
		)),
	}
}

/// The bytes of a public tensor.
pub fn public(what: &str, spec: &TensorSpec, values: &[i32]) -> Result<TensorData, Mismatch> {
	check_values(what, spec, values)?;
	let bytes = spec.encode_values(values).unwrap_or_default();
	let length = bytes.len();
	bytes.try_into().map(TensorData::Public).map_err(|_| {
		Mismatch::new(what, "at most 4096 bytes for a public tensor", format!("{length} bytes"))
	})
}

/// Real numbers as integers of this specification, each by its element's scale, rounded half away
/// from zero. Numbers out of their element's range are refused, not clamped: the answer would be to
/// another question.
pub fn quantize(spec: &TensorSpec, reals: &[f32]) -> Result<Vec<i32>, Mismatch> {
	let (min, max) = (f64::from(spec.min), f64::from(spec.max));
	check_count("the input", spec, reals.len())?;
	let quantized = |(index, real): (usize, &f32)| {
		let unit = reals::unit(spec, index);
		let value = (f64::from(*real) / unit).round();
		if (min..=max).contains(&value) {
			return Ok(value as i32);
		}
		let expected = format!("a number from {} to {}", short(min * unit), short(max * unit));
		Err(Mismatch::new(format!("input value {index}"), expected, real))
	};
	reals.iter().enumerate().map(quantized).collect()
}

/// Reads real numbers: `{"input_data": [[..]]}`, nested as deeply as the shape or flat.
pub fn read_input(path: &Path) -> Result<Vec<f32>, FileProblem> {
	numbers(path, &input_data(path)?)
}

/// Reads many inputs: `{"input_data": [[..], ..]}`, each nested as deeply as its shape or flat.
///
/// A list of rows will do as well, each a list of numbers or an object with one such list, beside it a
/// label or whatever is no list: so are the samples of `models/`.
pub fn read_inputs(path: &Path) -> Result<Vec<Vec<f32>>, FileProblem> {
	let kind = r#"{"input_data": [[numbers], ..]} or [{"features": [numbers]}, ..]"#;
	let rows = match files::read_tree(path, kind)? {
		Tree::List(rows) => {
			rows.into_iter().map(|row| row_of(path, row)).collect::<Result<_, _>>()?
		}
		_ => input_data(path)?,
	};
	rows.iter().map(|input| numbers(path, std::slice::from_ref(input))).collect()
}

/// The numbers of a row.
fn row_of(path: &Path, row: Tree) -> Result<Tree, FileProblem> {
	let Tree::Object(fields) = row else { return Ok(row) };
	let mut lists: Vec<Tree> = fields
		.into_iter()
		.map(|(_, value)| value)
		.filter(|value| matches!(value, Tree::List(_)))
		.collect();
	match (lists.pop(), lists.len()) {
		(Some(list), 0) => Ok(list),
		(last, others) => {
			let got = format!("{} lists", others + usize::from(last.is_some()));
			Err(FileProblem::content(path, "one list of numbers in each row", got))
		}
	}
}

/// The list of a file; its other fields are of other tools, which use the same form.
fn input_data(path: &Path) -> Result<Vec<Tree>, FileProblem> {
	let kind = r#"{"input_data": [[numbers]]}"#;
	let missing = || FileProblem::content(path, kind, "JSON without such a list");
	let Tree::Object(fields) = files::read_tree(path, kind)? else { return Err(missing()) };
	let data = fields.into_iter().find(|(name, _)| name == "input_data");
	match data {
		Some((_, Tree::List(data))) => Ok(data),
		_ => Err(missing()),
	}
}

fn numbers(path: &Path, data: &[Tree]) -> Result<Vec<f32>, FileProblem> {
	let mut numbers = Vec::new();
	flatten(data, &mut numbers, 8)
		.map_err(|(expected, got)| FileProblem::content(path, expected, got))?;
	Ok(numbers)
}

/// What was expected and got instead.
type Stray = (&'static str, String);

fn flatten(list: &[Tree], numbers: &mut Vec<f32>, depth: u8) -> Result<(), Stray> {
	for value in list {
		let got = match value {
			Tree::List(inner) if depth > 0 => {
				flatten(inner, numbers, depth - 1)?;
				continue;
			}
			Tree::Number(digits) => {
				numbers.push(real(digits)?);
				continue;
			}
			Tree::List(_) => "lists within each other, more than a shape has dimensions".into(),
			Tree::Object(_) => "an object".into(),
			Tree::Text(text) => {
				format!("{:?} in quotes", text.chars().take(40).collect::<String>())
			}
			Tree::Bool(value) => value.to_string(),
			Tree::Null => "null".into(),
		};
		return Err(("numbers in input_data", got));
	}
	Ok(())
}

/// A number as models have them. Digits say more than 32 bits can hold: a fraction loses what no
/// model would see, but a whole number would become another one.
fn real(digits: &str) -> Result<f32, Stray> {
	let got: String = digits.chars().take(40).collect();
	let Ok(wide) = digits.parse::<f64>() else {
		return Err(("numbers in input_data", got));
	};
	let narrow = wide as f32;
	if !narrow.is_finite() {
		return Err(("numbers in input_data that fit into a float of 32 bits", got));
	}
	let whole = digits.bytes().all(|b| b.is_ascii_digit() || b == b'-');
	if whole && digits.parse::<i128>().ok() != Some(narrow as i128) {
		let expected = "whole numbers in input_data that a float of 32 bits holds";
		return Err((expected, format!("{got}, the nearest is {narrow}")));
	}
	Ok(narrow)
}

/// The name of what an output says: of the class of which it is the index, or of the largest of
/// several scores that have a name each, the first of equal ones.
pub fn label(labels: &[String], spec: &TensorSpec, values: &[i32]) -> Option<String> {
	let index = match values {
		// A single score has no class, whatever it is called.
		[_] if labels.len() == 1 => return None,
		[index] => usize::try_from(*index).ok()?,
		_ if labels.len() != values.len() => return None,
		_ => {
			let scores = reals(spec, values).into_iter().enumerate();
			scores.reduce(|best, one| if one.1 > best.1 { one } else { best })?.0
		}
	};
	labels.get(index).cloned()
}

/// An output for people. What a class is called is somebody's word.
pub fn output_words(spec: &TensorSpec, values: &[i32], label: Option<&str>) -> String {
	match (values, label) {
		([value], Some(label)) => format!("{} (class {value})", text::quoted(label)),
		(values, Some(label)) => {
			format!("{}, the largest of {}", text::quoted(label), words(spec, values))
		}
		(values, None) => words(spec, values),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::Value;

	fn spec() -> TensorSpec {
		let dims = vec![1, 3].try_into().unwrap();
		TensorSpec { dims, bits: 8, min: 0, max: 16, scales: Scales::ONE }
	}

	#[test]
	fn inputs_may_be_nested_or_flat_and_hold_numbers_only() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.json");
		for text in [r#"{"input_data": [[1, 2.5, 3]]}"#, r#"{"input_data": [1, 2.5, 3]}"#] {
			std::fs::write(&path, text).unwrap();
			assert_eq!(read_input(&path).unwrap(), [1.0, 2.5, 3.0]);
		}
		for (text, got) in [
			(r#"{"input_data": [["a"]]}"#, "got \"a\" in quotes"),
			(r#"{"input": []}"#, "got JSON without such a list"),
			(r#"{"input_data": [1e300]}"#, "got 1e300"),
			(r#"{"input_data": [-16777217]}"#, "got -16777217, the nearest is -16777216"),
			(r#"{"input_data": [null]}"#, "got null"),
		] {
			std::fs::write(&path, text).unwrap();
			let error = read_input(&path).unwrap_err().to_string();
			assert!(error.ends_with(got), "{error}");
		}
		// What a float of 32 bits holds, and fractions, which it nearly does.
		let text =
			r#"{"input_data": [16777216, -170141183460469231731687303715884105728, 0.1, 1e-60]}"#;
		std::fs::write(&path, text).unwrap();
		assert_eq!(read_input(&path).unwrap(), [16_777_216.0, -2f32.powi(127), 0.1, 0.0]);
	}

	#[test]
	fn an_opening_with_one_value_changed_opens_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.opening.json");
		let mut opening = Opening::new(Role::Input, &spec(), &[1, 2, 3], Scalar([1; 32]));
		opening.save(&path, Over::Anything).unwrap();
		assert_eq!(Opening::load(&path, Role::Input, &spec()).unwrap().values, [1, 2, 3]);
		let wrong_role = Opening::load(&path, Role::Output, &spec()).unwrap_err().to_string();
		assert!(wrong_role.contains("expected the opening of an output, got input"));
		opening.values[0] = 2;
		opening.save(&path, Over::Anything).unwrap();
		let error = Opening::load(&path, Role::Input, &spec()).unwrap_err().to_string();
		assert!(error.contains("expected values that open 0x"), "{error}");
	}

	#[test]
	fn values_outside_the_range_are_named_with_their_place() {
		let error = public("the input", &spec(), &[0, 17, 0]).unwrap_err().to_string();
		assert_eq!(error, "the input, value 1: expected 0..=16, got 17");
		let error = public("the input", &spec(), &[0, 1]).unwrap_err().to_string();
		assert_eq!(error, "the input: expected 3 values, got 2 values");
	}

	#[test]
	fn numbers_are_refused_in_their_own_unit() {
		let scales = Scales::PerTensor(Scale { mantissa: 1, shift: 2 });
		let spec = TensorSpec { scales, ..spec() };
		assert_eq!(quantize(&spec, &[0.0, 0.25, 4.0]).unwrap(), [0, 1, 16]);
		let error = quantize(&spec, &[0.0, 4.5, 0.0]).unwrap_err().to_string();
		assert_eq!(error, "input value 1: expected a number from 0 to 4, got 4.5");
		let error = quantize(&spec, &[9.0]).unwrap_err().to_string();
		assert_eq!(error, "the input: expected 3 values, got 1 values");
	}

	/// A rate, a count and a price.
	fn per_axis() -> TensorSpec {
		let scale = |(mantissa, shift)| Scale { mantissa, shift };
		let scales = [(1, 4), (1, 0), (7500, 0)].map(scale).to_vec().try_into().unwrap();
		TensorSpec { scales: Scales::PerAxis { axis: 1, scales }, ..spec() }
	}

	#[test]
	fn a_number_outside_its_elements_range_is_refused_with_that_range() {
		let spec = per_axis();
		assert_eq!(quantize(&spec, &[0.5, 12.0, 120_000.0]).unwrap(), [8, 12, 16]);
		for (reals, words) in [
			([1.2, 0.0, 0.0], "input value 0: expected a number from 0 to 1, got 1.2"),
			([1.0, 17.0, 0.0], "input value 1: expected a number from 0 to 16, got 17"),
			([1.0, 0.0, 130e3], "input value 2: expected a number from 0 to 120000, got 130000"),
		] {
			assert_eq!(quantize(&spec, &reals).unwrap_err().to_string(), words);
		}
	}

	#[test]
	fn scales_are_read_as_they_are_written_and_of_one_kind() {
		let json = serde_json::to_value(SpecFile::from(&per_axis())).unwrap();
		assert_eq!(json["axis"], 1);
		assert_eq!(json["scales"][2], serde_json::json!({ "mantissa": 7500, "shift": 0 }));
		assert_eq!(json.get("mantissa"), None);
		let file: SpecFile = serde_json::from_value(json.clone()).unwrap();
		assert_eq!(file.read().unwrap(), per_axis());
		let one = serde_json::to_value(SpecFile::from(&spec())).unwrap();
		assert_eq!((&one["mantissa"], &one["shift"]), (&1.into(), &0.into()));
		assert_eq!((one.get("axis"), one.get("scales")), (None, None));
		for (change, words) in [
			(("mantissa", 1.into()), "got mantissa, axis, scales"),
			(("axis", Value::Null), "got scales"),
			(("axis", 2.into()), "got scales along an axis that the tensor does not have"),
			(("axis", 0.into()), "got another number of scales than the axis is long"),
			(("scales", json["scales"].as_array().unwrap()[..2].into()), "got another number of"),
			(
				("scales", vec![json["scales"][0].clone(); 257].into()),
				"at most 256 scales, got 257",
			),
			(
				("scales", vec![serde_json::json!({ "mantissa": 0, "shift": 0 }); 3].into()),
				"of zero",
			),
		] {
			let mut wrong = json.clone();
			wrong[change.0] = change.1;
			let file: SpecFile = serde_json::from_value(wrong).unwrap();
			let error = file.read().unwrap_err().to_string();
			assert!(error.contains(words), "{error}");
		}
	}

	#[test]
	fn an_opening_of_other_scales_is_refused_in_words_that_tell_them_apart() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("input.opening.json");
		let ours = per_axis();
		Opening::new(Role::Input, &ours, &[1, 2, 3], Scalar([1; 32]))
			.save(&path, Over::Anything)
			.unwrap();
		assert!(Opening::load(&path, Role::Input, &ours).is_ok());
		let error = Opening::load(&path, Role::Input, &spec()).unwrap_err().to_string();
		assert!(
			error.contains("expected a tensor [1, 3] written in 8 bits, 0..=16, scale 1/2^0"),
			"{error}"
		);
		assert!(error.ends_with("scales 1/2^4, 1/2^0, 7500/2^0 along axis 1"), "{error}");
	}

	#[test]
	fn an_output_is_called_by_its_class_or_its_largest_score() {
		let labels = ["a", "b", "c"].map(String::from);
		let one = TensorSpec { dims: vec![1].try_into().unwrap(), ..spec() };
		assert_eq!(label(&labels, &one, &[2]).as_deref(), Some("c"));
		assert_eq!(label(&labels, &one, &[3]), None);
		assert_eq!(label(&labels[..1], &one, &[0]), None);
		assert_eq!(output_words(&one, &[2], Some("c")), "\"c\" (class 2)");
		// By what the integers mean, not by their size.
		assert_eq!(label(&labels, &per_axis(), &[16, 2, 0]).as_deref(), Some("b"));
		assert_eq!(label(&labels, &spec(), &[3, 5, 5]).as_deref(), Some("b"));
		assert_eq!(label(&labels[..2], &spec(), &[3, 5, 5]), None);
		let words = output_words(&per_axis(), &[16, 2, 0], Some("b"));
		assert_eq!(words, "\"b\", the largest of 1, 2, 0 (integers [16, 2, 0])");
		assert_eq!(output_words(&spec(), &[3, 5, 5], None), "[3, 5, 5]");
	}

	#[test]
	fn specifications_from_files_are_checked() {
		let mut file = SpecFile::from(&spec());
		assert_eq!(file.read().unwrap(), spec());
		file.bits = 40;
		assert!(file.read().is_err());
		file.bits = 8;
		file.dims = vec![1; 9];
		assert!(file.read().unwrap_err().to_string().contains("9 dimensions"));
	}
}
