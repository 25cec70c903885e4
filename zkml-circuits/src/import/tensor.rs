//! Constant tensors.

use tract_onnx::pb::{tensor_proto::DataType, TensorProto};

use super::ImportError;

/// A constant tensor's shape and values.
#[derive(Clone, Debug)]
pub struct Tensor {
	pub name: String,
	pub dims: Vec<usize>,
	pub values: Values,
}

/// Floats for weights, integers for shapes.
#[derive(Clone, Debug)]
pub enum Values {
	Float(Vec<f32>),
	Int(Vec<i64>),
}

impl Tensor {
	/// Reads a tensor whose data are in the file itself.
	pub fn read(proto: &TensorProto) -> Result<Self, ImportError> {
		let error = |expected: &str, got: String| ImportError::Tensor {
			tensor: proto.name.clone(),
			expected: expected.into(),
			got,
		};
		if proto.data_location == Some(1) {
			return Err(error("data inside the ONNX file", "data in another file".into()));
		}
		let dims = proto
			.dims
			.iter()
			.map(|d| usize::try_from(*d))
			.collect::<Result<Vec<_>, _>>()
			.map_err(|_| error("dimensions of 0 or more", format!("{:?}", proto.dims)))?;
		let count = dims.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
		let raw = &proto.raw_data;
		let values = match DataType::try_from(proto.data_type) {
			Ok(DataType::Float) if raw.is_empty() => Values::Float(proto.float_data.clone()),
			Ok(DataType::Float) => Values::Float(chunks(raw, f32::from_le_bytes)),
			Ok(DataType::Double) if raw.is_empty() => {
				Values::Float(proto.double_data.iter().map(|v| *v as f32).collect())
			}
			Ok(DataType::Double) => {
				Values::Float(chunks(raw, |bytes| f64::from_le_bytes(bytes) as f32))
			}
			Ok(DataType::Int64) if raw.is_empty() => Values::Int(proto.int64_data.clone()),
			Ok(DataType::Int64) => Values::Int(chunks(raw, i64::from_le_bytes)),
			Ok(other) => return Err(error("FLOAT, DOUBLE or INT64", other.as_str_name().into())),
			Err(_) => {
				return Err(error("FLOAT, DOUBLE or INT64", format!("type {}", proto.data_type)))
			}
		};
		let len = match &values {
			Values::Float(values) => values.len(),
			Values::Int(values) => values.len(),
		};
		if count != Some(len) {
			return Err(error(&format!("values for the shape {dims:?}"), len.to_string()));
		}
		if let Values::Float(values) = &values {
			if let Some(value) = values.iter().find(|v| !v.is_finite()) {
				return Err(error("finite numbers", value.to_string()));
			}
		}
		Ok(Self { name: proto.name.clone(), dims, values })
	}
}

/// Values of `N` bytes each; a rest of fewer bytes counts as one, so that the length is refused.
fn chunks<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
	bytes
		.chunks(N)
		.map(|chunk| {
			let mut whole = [0; N];
			whole[..chunk.len()].copy_from_slice(chunk);
			read(whole)
		})
		.collect()
}
