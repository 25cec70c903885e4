//! What is read of an ONNX file: constant tensors, and nodes with their attributes.

use tract_onnx::pb::{tensor_proto::DataType, AttributeProto, NodeProto, TensorProto};

use super::ImportError;

/// Most elements of a computed tensor, and of all of a graph: a small file must not take much memory.
pub const LIMIT: usize = 1 << 22;
/// Most elements of a constant, and most weights of a graph.
pub const PARAMETERS: usize = 1 << 24;
/// Most products of a graph's matrices: each is a term of a constraint, and computed many times.
pub const PRODUCTS: usize = 1 << 28;
/// Most nodes of a graph, and
pub const NODES: usize = 1 << 12;
/// most inputs or outputs of one.
pub const OPERANDS: usize = 1 << 10;

/// A constant tensor's shape and values.
#[derive(Clone, Debug)]
pub struct Tensor {
	pub name: String,
	pub dims: Vec<usize>,
	pub values: Values,
	/// Of which the values are whole multiples, if they were dequantised.
	pub units: Option<Units>,
	/// The multiples, if they were dequantised.
	pub whole: Option<Vec<i64>>,
	/// Smallest and largest integer of its type in the file, if that has 16 bits or fewer.
	pub range: Option<(i64, i64)>,
}

/// Floats for weights; integers for shapes, quantised weights and truth values.
#[derive(Clone, Debug)]
pub enum Values {
	Float(Vec<f32>),
	Int(Vec<i64>),
	Text(Vec<String>),
}

/// Units of a dequantised tensor: one, or one for each place along an axis.
#[derive(Clone, Debug)]
pub struct Units {
	pub axis: usize,
	pub scales: Vec<f32>,
	/// The zero point of a tensor of 8 bits that has one for all.
	pub zero: Option<i32>,
}

/// Elements of a tensor of that shape, if it is no larger than constants may be.
pub fn count(dims: &[usize]) -> Option<usize> {
	// A dimension of 0 must not hide others that overflow.
	let bound = dims.iter().try_fold(1usize, |n, d| n.checked_mul((*d).max(1)))?;
	(bound <= PARAMETERS).then(|| dims.iter().product())
}

impl Values {
	pub fn len(&self) -> usize {
		match self {
			Self::Float(values) => values.len(),
			Self::Int(values) => values.len(),
			Self::Text(values) => values.len(),
		}
	}

	/// The values at these places; `None` is 0.
	pub fn pick(&self, picks: &[Option<usize>]) -> Self {
		fn all<T: Clone + Default>(values: &[T], picks: &[Option<usize>]) -> Vec<T> {
			picks.iter().map(|p| p.map_or_else(T::default, |i| values[i].clone())).collect()
		}
		match self {
			Self::Float(values) => Self::Float(all(values, picks)),
			Self::Int(values) => Self::Int(all(values, picks)),
			Self::Text(values) => Self::Text(all(values, picks)),
		}
	}
}

impl Tensor {
	pub fn new(name: &str, dims: Vec<usize>, values: Values) -> Self {
		Self { name: name.into(), dims, values, units: None, whole: None, range: None }
	}

	pub fn ints(name: &str, values: Vec<i64>) -> Self {
		Self::new(name, vec![values.len()], Values::Int(values))
	}

	/// Values as floats; `None` if they are words.
	pub fn floats(&self) -> Option<Vec<f32>> {
		match &self.values {
			Values::Float(values) => Some(values.clone()),
			Values::Int(values) => Some(values.iter().map(|v| *v as f32).collect()),
			Values::Text(_) => None,
		}
	}

	/// Values as integers, if they are.
	pub fn integers(&self) -> Option<&[i64]> {
		match &self.values {
			Values::Int(values) => Some(values),
			_ => None,
		}
	}

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
		let Some(count) = count(&dims) else {
			return Err(error(&format!("at most {PARAMETERS} elements"), format!("{dims:?}")));
		};
		let expected = "a tensor of floats, integers, booleans or strings";
		let Ok(kind) = DataType::try_from(proto.data_type) else {
			return Err(error(expected, format!("type {}", proto.data_type)));
		};
		let raw = &proto.raw_data;
		let values = match (kind, raw.is_empty()) {
			(DataType::Float, true) => Values::Float(proto.float_data.clone()),
			(DataType::Float, false) => Values::Float(chunks(raw, f32::from_le_bytes)),
			(DataType::Double, true) => {
				Values::Float(proto.double_data.iter().map(|v| *v as f32).collect())
			}
			(DataType::Double, false) => {
				Values::Float(chunks(raw, |b| f64::from_le_bytes(b) as f32))
			}
			(DataType::Float16, true) => {
				Values::Float(proto.int32_data.iter().map(|v| half(*v as u16)).collect())
			}
			(DataType::Float16, false) => {
				Values::Float(chunks(raw, |b| half(u16::from_le_bytes(b))))
			}
			(DataType::Int64, true) => Values::Int(proto.int64_data.clone()),
			(DataType::Int64 | DataType::Uint64, false) => {
				Values::Int(chunks(raw, i64::from_le_bytes))
			}
			(DataType::Int32, false) => Values::Int(chunks(raw, |b| i32::from_le_bytes(b).into())),
			(DataType::Uint32, false) => Values::Int(chunks(raw, |b| u32::from_le_bytes(b).into())),
			(DataType::Int16, false) => Values::Int(chunks(raw, |b| i16::from_le_bytes(b).into())),
			(DataType::Uint16, false) => Values::Int(chunks(raw, |b| u16::from_le_bytes(b).into())),
			(DataType::Int8, false) => Values::Int(chunks(raw, |b| i8::from_le_bytes(b).into())),
			(DataType::Uint8 | DataType::Bool, false) => {
				Values::Int(chunks(raw, |b| u8::from_le_bytes(b).into()))
			}
			(
				DataType::Int32
				| DataType::Int16
				| DataType::Uint16
				| DataType::Int8
				| DataType::Uint8
				| DataType::Bool,
				true,
			) => Values::Int(proto.int32_data.iter().map(|v| i64::from(*v)).collect()),
			(DataType::String, _) => {
				Values::Text(proto.string_data.iter().map(|s| text(s)).collect())
			}
			(other, _) => return Err(error(expected, other.as_str_name().into())),
		};
		if values.len() != count {
			let expected = format!("values for the shape {dims:?}");
			return Err(error(&expected, values.len().to_string()));
		}
		let range = match kind {
			DataType::Int8 => Some((i8::MIN.into(), i8::MAX.into())),
			DataType::Uint8 => Some((0, u8::MAX.into())),
			DataType::Int16 => Some((i16::MIN.into(), i16::MAX.into())),
			DataType::Uint16 => Some((0, u16::MAX.into())),
			_ => None,
		};
		Ok(Self { range, ..Self::new(&proto.name, dims, values) })
	}
}

fn text(bytes: &[u8]) -> String {
	String::from_utf8_lossy(bytes).into_owned()
}

/// A number of IEEE's binary16.
fn half(bits: u16) -> f32 {
	let fraction = f32::from(bits & 0x3ff);
	let size = match bits >> 10 & 0x1f {
		0 => fraction * (-24f32).exp2(),
		31 if fraction == 0.0 => f32::INFINITY,
		31 => f32::NAN,
		exponent => (1024.0 + fraction) * (f32::from(exponent) - 25.0).exp2(),
	};
	if bits >> 15 == 1 {
		-size
	} else {
		size
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

/// A node under its unique name.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
	pub proto: &'a NodeProto,
	pub name: &'a str,
	/// Version of its operator set.
	pub opset: i64,
	/// Which of its outputs are needed.
	pub wanted: &'a [bool],
}

impl<'a> Node<'a> {
	/// Its operator.
	pub fn op(&self) -> &'a str {
		&self.proto.op_type
	}

	pub fn error(&self, expected: impl Into<String>, got: impl Into<String>) -> ImportError {
		ImportError::Node {
			node: self.name.into(),
			operator: self.op().into(),
			expected: expected.into(),
			got: got.into(),
		}
	}

	pub fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
		self.proto.attribute.iter().find(|a| a.name == name)
	}

	pub fn int(&self, name: &str, default: i64) -> i64 {
		self.attribute(name).map_or(default, |a| a.i)
	}

	pub fn float(&self, name: &str, default: f32) -> f32 {
		self.attribute(name).map_or(default, |a| a.f)
	}

	pub fn ints(&self, name: &str) -> Option<&'a [i64]> {
		self.attribute(name).map(|a| a.ints.as_slice())
	}

	/// Empty if there are none; numbers of a tensor under that name with `_as_tensor` count too.
	pub fn floats(&self, name: &str) -> Result<Vec<f32>, ImportError> {
		match self.attribute(name) {
			Some(attribute) => Ok(attribute.floats.clone()),
			None => match self.attribute(&format!("{name}_as_tensor")).and_then(|a| a.t.as_ref()) {
				Some(tensor) => Ok(Tensor::read(tensor)?.floats().unwrap_or_default()),
				None => Ok(Vec::new()),
			},
		}
	}

	pub fn text(&self, name: &str, default: &str) -> String {
		self.attribute(name).map_or(default.into(), |a| text(&a.s))
	}

	pub fn texts(&self, name: &str) -> Vec<String> {
		self.attribute(name).map_or(Vec::new(), |a| a.strings.iter().map(|s| text(s)).collect())
	}

	/// An axis of a tensor of that rank; negative ones count from the end.
	pub fn axis(&self, axis: i64, rank: usize) -> Result<usize, ImportError> {
		let signed = rank as i64;
		let place = if axis < 0 { axis.checked_add(signed) } else { Some(axis) };
		match place {
			Some(place) if (0..signed).contains(&place) => Ok(place as usize),
			_ => Err(self.error(format!("an axis of {rank} dimensions"), axis.to_string())),
		}
	}
}
