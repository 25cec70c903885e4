//! Specifications of tensors in JSON.

use serde::{Deserialize, Serialize};
use zkml_primitives::{Scale, Scales, TensorSpec, ValueInfo, MAX_CHANNELS};

use crate::Mismatch;

/// A scale as JSON has it: a real value is `value * mantissa / 2^shift`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ScaleFile {
	/// What the value is multiplied with.
	pub mantissa: u32,
	/// Binary logarithm of the denominator.
	pub shift: u8,
}

/// A tensor's shape, width, range and scales, as JSON has them: `mantissa` and `shift` if there is
/// one scale, `axis` and `scales` if there is one for each index of an axis.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SpecFile {
	/// Dimensions, outermost first; none for a scalar.
	pub dims: Vec<u32>,
	/// Width of an element, in bits.
	pub bits: u8,
	/// Smallest integer that an element may be.
	pub min: i32,
	/// Largest integer that an element may be.
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

/// An input or output of a model, as JSON has it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ValueFile {
	/// The name that the tensor has in the model.
	pub name: String,
	/// Shape, width, range and scales.
	#[serde(flatten)]
	pub spec: SpecFile,
}

impl From<&ValueInfo> for ValueFile {
	fn from(info: &ValueInfo) -> Self {
		Self { name: info.title(), spec: (&info.tensor).into() }
	}
}

impl ValueFile {
	/// Each input or output of a model.
	pub fn all(infos: &[ValueInfo]) -> Vec<Self> {
		infos.iter().map(Self::from).collect()
	}
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
	pub(super) fn words(&self) -> String {
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

	/// The specification as the chain has it, checked.
	///
	/// # Errors
	///
	/// If it says too little or too much of scales, or is none that the chain could take.
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

#[cfg(test)]
mod tests {
	use super::{
		super::tests::{per_axis, spec},
		*,
	};
	use serde_json::Value;

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
