//! Constant tensors of an ONNX file.

use zkml_onnx::{
	tensor_proto::{DataLocation, DataType},
	TensorProto,
};

use super::ImportError;

/// Most elements of a computed tensor, and of all of a graph: a small file must not take much memory.
pub const LIMIT: usize = 1 << 22;
/// Most elements of a constant, and most weights of a graph.
pub const PARAMETERS: usize = 1 << 24;
/// Most products of a graph's matrices: each is a term of a constraint, and computed many times.
pub const PRODUCTS: usize = 1 << 28;
/// Most dimensions of a tensor.
pub const RANK: usize = 6;
/// Most nodes of a graph.
pub const NODES: usize = 1 << 12;
/// Most inputs, and most outputs, of a node.
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
	/// The same of every type of integers that is known.
	pub limits: Option<(i64, i64)>,
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
		let (units, whole, range, limits) = (None, None, None, None);
		Self { name: name.into(), dims, values, units, whole, range, limits }
	}

	pub fn ints(name: &str, values: Vec<i64>) -> Self {
		Self::new(name, vec![values.len()], Values::Int(values))
	}

	/// Values as floats; `None` if they are words, or integers that floats do not hold.
	pub fn floats(&self) -> Option<Vec<f32>> {
		match &self.values {
			Values::Float(values) => Some(values.clone()),
			Values::Int(values) => values.iter().map(|v| exact(*v)).collect(),
			Values::Text(_) => None,
		}
	}

	/// Why there are no floats.
	pub fn no_floats(&self) -> String {
		match &self.values {
			Values::Int(_) => format!("integers in {} that floats do not hold", self.name),
			_ => format!("words in {}", self.name),
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
		if proto.data_location != DataLocation::Default as i32 {
			return Err(error("data inside the tensor", "data in another file".into()));
		}
		if proto.segment.is_some() {
			return Err(error("a whole tensor", "a segment of one".into()));
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
		let Ok(kind) = DataType::try_from(proto.data_type) else {
			return Err(error(READABLE, format!("type {} (unknown)", proto.data_type)));
		};
		let values = values(proto, kind, count).map_err(|(expected, got)| {
			error(expected, format!("{got} ({})", kind.as_str_name()))
		})?;
		if values.len() != count {
			let expected = format!("values for the shape {dims:?}");
			return Err(error(&expected, values.len().to_string()));
		}
		Ok(Self { range: small(kind), limits: whole(kind), ..Self::new(&proto.name, dims, values) })
	}
}

/// What constants may be.
const READABLE: &str =
	"a tensor of floats of 4, 8 (E4M3, E5M2) or 16 bits or more, integers, booleans or strings";

/// The values of a tensor of so many elements, or what was expected and what is there.
fn values(
	proto: &TensorProto,
	kind: DataType,
	count: usize,
) -> Result<Values, (&'static str, String)> {
	let raw = &proto.raw_data;
	let typed = [
		proto.float_data.len(),
		proto.int32_data.len(),
		proto.string_data.len(),
		proto.int64_data.len(),
		proto.double_data.len(),
		proto.uint64_data.len(),
	];
	if usize::from(!raw.is_empty()) + typed.iter().filter(|len| **len > 0).count() > 1 {
		return Err(("values in one form", "several".into()));
	}
	if let Some(bits) = bits(kind).filter(|_| !raw.is_empty()) {
		// A count is below 2^32.
		if raw.len() != (count * bits).div_ceil(8) {
			return Err(("as many bytes as its shape has", raw.len().to_string()));
		}
	}
	let words = || proto.int32_data.iter().map(|v| i64::from(*v));
	let bytes = |empty| match empty {
		true => words().map(|v| v as u8).collect(),
		false => raw.clone(),
	};
	// Integers of the type alone; a raw one cannot be others.
	let within = |values: Vec<i64>| match whole(kind) {
		Some((min, max)) => match values.iter().find(|v| !(min..=max).contains(*v)) {
			Some(value) => Err(("values of its type", value.to_string())),
			None => Ok(Values::Int(values)),
		},
		None => Ok(Values::Int(values)),
	};
	let unsigned = |values: Vec<u64>| {
		let whole = |v: u64| i64::try_from(v).map_err(|_| ("values below 2^63", v.to_string()));
		values.into_iter().map(whole).collect::<Result<Vec<_>, _>>().and_then(within)
	};
	let doubles = |values: Vec<f64>| {
		let single = |v: f64| {
			let near = v as f32;
			let lost = v.is_finite() && !near.is_finite() || v != 0.0 && near == 0.0;
			if lost {
				Err(("numbers that 32 bits hold", v.to_string()))
			} else {
				Ok(near)
			}
		};
		values.into_iter().map(single).collect::<Result<Vec<_>, _>>().map(Values::Float)
	};
	match (kind, raw.is_empty()) {
		(DataType::Float, true) => Ok(Values::Float(proto.float_data.clone())),
		(DataType::Float, false) => Ok(Values::Float(chunks(raw, f32::from_le_bytes))),
		(DataType::Double, true) => doubles(proto.double_data.clone()),
		(DataType::Double, false) => doubles(chunks(raw, f64::from_le_bytes)),
		(DataType::Float16, true) => Ok(Values::Float(words().map(|v| half(v as u16)).collect())),
		(DataType::Float16, false) => {
			Ok(Values::Float(chunks(raw, |b| half(u16::from_le_bytes(b)))))
		}
		(DataType::Bfloat16, true) => Ok(Values::Float(words().map(|v| brain(v as u16)).collect())),
		(DataType::Bfloat16, false) => {
			Ok(Values::Float(chunks(raw, |b| brain(u16::from_le_bytes(b)))))
		}
		(DataType::Int64, true) => Ok(Values::Int(proto.int64_data.clone())),
		(DataType::Int64, false) => Ok(Values::Int(chunks(raw, i64::from_le_bytes))),
		(DataType::Uint64 | DataType::Uint32, true) => unsigned(proto.uint64_data.clone()),
		(DataType::Uint64, false) => unsigned(chunks(raw, u64::from_le_bytes)),
		(DataType::Int32, false) => Ok(Values::Int(chunks(raw, |b| i32::from_le_bytes(b).into()))),
		(DataType::Uint32, false) => Ok(Values::Int(chunks(raw, |b| u32::from_le_bytes(b).into()))),
		(DataType::Int16, false) => Ok(Values::Int(chunks(raw, |b| i16::from_le_bytes(b).into()))),
		(DataType::Uint16, false) => Ok(Values::Int(chunks(raw, |b| u16::from_le_bytes(b).into()))),
		(DataType::Int8, false) => Ok(Values::Int(chunks(raw, |b| i8::from_le_bytes(b).into()))),
		(DataType::Uint8, false) => Ok(Values::Int(chunks(raw, |b| u8::from_le_bytes(b).into()))),
		(DataType::Bool, false) => Ok(Values::Int(chunks(raw, |[b]: [u8; 1]| i64::from(b != 0)))),
		(DataType::Bool, true) => Ok(Values::Int(words().map(|v| i64::from(v != 0)).collect())),
		(
			DataType::Int32 | DataType::Int16 | DataType::Uint16 | DataType::Int8 | DataType::Uint8,
			true,
		) => within(words().collect()),
		(DataType::Int4 | DataType::Uint4 | DataType::Int2 | DataType::Uint2, empty) => {
			let signed = matches!(kind, DataType::Int4 | DataType::Int2);
			let bits = bits(kind).unwrap_or(4) as u32;
			Ok(Values::Int(packed(&bytes(empty), bits, signed, count)))
		}
		(DataType::Float4e2m1, empty) => {
			let codes = packed(&bytes(empty), 4, false, count);
			Ok(Values::Float(
				codes.into_iter().map(|code| short(code as u8, 2, 1, 1, None)).collect(),
			))
		}
		(DataType::Float8e4m3fn, empty) => Ok(small_floats(&bytes(empty), 4, 3, 7, Some(0x7f))),
		(DataType::Float8e4m3fnuz, empty) => Ok(small_floats(&bytes(empty), 4, 3, 8, Some(0x80))),
		(DataType::Float8e5m2, empty) => {
			// The upper half of a number of 16 bits.
			let wide = |byte: &u8| half(u16::from(*byte) << 8);
			Ok(Values::Float(bytes(empty).iter().map(wide).collect()))
		}
		(DataType::Float8e5m2fnuz, empty) => Ok(small_floats(&bytes(empty), 5, 2, 16, Some(0x80))),
		(DataType::String, true) => {
			Ok(Values::Text(proto.string_data.iter().map(|s| text(s)).collect()))
		}
		_ => Err((READABLE, "another".into())),
	}
}

/// Bits of an element in raw data, if its type can be read from there.
fn bits(kind: DataType) -> Option<usize> {
	match kind {
		DataType::Int2 | DataType::Uint2 => Some(2),
		DataType::Int4 | DataType::Uint4 | DataType::Float4e2m1 => Some(4),
		DataType::Float8e4m3fn
		| DataType::Float8e4m3fnuz
		| DataType::Float8e5m2
		| DataType::Float8e5m2fnuz => Some(8),
		DataType::Int8 | DataType::Uint8 | DataType::Bool => Some(8),
		DataType::Float16 | DataType::Bfloat16 | DataType::Int16 | DataType::Uint16 => Some(16),
		DataType::Float | DataType::Int32 | DataType::Uint32 => Some(32),
		DataType::Double | DataType::Int64 | DataType::Uint64 => Some(64),
		DataType::Undefined
		| DataType::String
		| DataType::Complex64
		| DataType::Complex128
		| DataType::Float8e8m0
		| DataType::Float6e2m3
		| DataType::Float6e3m2 => None,
	}
}

/// Integers of a few bits, several in a byte, the lowest first; a part of the last byte may be left over.
fn packed(bytes: &[u8], bits: u32, signed: bool, count: usize) -> Vec<i64> {
	let in_byte = (8 / bits) as usize;
	let codes = bytes.iter().flat_map(|byte| {
		(0..8 / bits).map(move |place| i64::from(byte >> (place * bits)) & ((1 << bits) - 1))
	});
	let value = |code: i64| match signed && code >> (bits - 1) == 1 {
		true => code - (1 << bits),
		false => code,
	};
	let spare = bytes.len() == count.div_ceil(in_byte);
	let used = if spare { count } else { usize::MAX };
	codes.take(used).map(value).collect()
}

/// A number of a sign, an exponent and a fraction of so many bits; one code may stand for no number.
fn short(code: u8, exponent: u32, fraction: u32, bias: i32, none: Option<u8>) -> f32 {
	let sign_at = exponent + fraction;
	let size = code & ((1u16 << sign_at) - 1) as u8;
	// Where no code but that of a negative zero is none, it alone is; else both of its size are.
	if none.is_some_and(|none| code == none || size == none) {
		return f32::NAN;
	}
	let steps = f32::from(size & ((1 << fraction) - 1));
	let own = i32::from(size >> fraction);
	let one = f32::from(1u8 << fraction);
	let number = match own {
		0 => steps / one * ((1 - bias) as f32).exp2(),
		own => (1.0 + steps / one) * ((own - bias) as f32).exp2(),
	};
	if code >> sign_at & 1 == 1 {
		-number
	} else {
		number
	}
}

/// Floats of 8 bits.
fn small_floats(bytes: &[u8], exponent: u32, fraction: u32, bias: i32, none: Option<u8>) -> Values {
	let number = |code: &u8| short(*code, exponent, fraction, bias, none);
	Values::Float(bytes.iter().map(number).collect())
}

/// An integer as a float, if that is the same number.
fn exact(value: i64) -> Option<f32> {
	let float = value as f32;
	(float as i128 == i128::from(value)).then_some(float)
}

/// The nearest number of a type of floats; `None` if that is infinite.
pub fn narrowed(kind: DataType, value: f32) -> Option<f32> {
	let (digits, smallest, largest) = match kind {
		DataType::Float16 => (10, -14, 65504.0),
		DataType::Bfloat16 => (7, -126, 3.389_531_4e38),
		_ => return Some(value),
	};
	if !value.is_finite() {
		return Some(value);
	}
	let exponent = (value.to_bits() >> 23 & 0xff) as i32 - 127;
	let step = f64::from(exponent.max(smallest) - digits).exp2();
	let near = (f64::from(value) / step).round_ties_even() * step;
	(near.abs() <= largest).then_some(near as f32)
}

/// A number of 16 bits with the exponent of 32.
fn brain(bits: u16) -> f32 {
	f32::from_bits(u32::from(bits) << 16)
}

/// Smallest and largest integer of a type of integers.
pub fn whole(kind: DataType) -> Option<(i64, i64)> {
	Some(match kind {
		DataType::Int2 => (-2, 1),
		DataType::Uint2 => (0, 3),
		DataType::Int4 => (-8, 7),
		DataType::Uint4 => (0, 15),
		DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
		DataType::Uint8 => (0, u8::MAX.into()),
		DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
		DataType::Uint16 => (0, u16::MAX.into()),
		DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
		DataType::Uint32 => (0, u32::MAX.into()),
		DataType::Int64 => (i64::MIN, i64::MAX),
		// Larger ones are refused when they are read.
		DataType::Uint64 => (0, i64::MAX),
		_ => return None,
	})
}

/// The same of a type of 16 bits or fewer.
pub fn small(kind: DataType) -> Option<(i64, i64)> {
	whole(kind).filter(|(min, max)| max.abs_diff(*min) < 1 << 16)
}

pub fn text(bytes: &[u8]) -> String {
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

/// Values of `N` bytes each, of which there is a whole number.
fn chunks<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
	bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(read).collect()
}
