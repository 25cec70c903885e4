//! Integer tensors: their declared shape and range, their bytes on chain, their commitment.

use alloc::{string::String, vec::Vec};
use core::fmt;

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{tagged_hash, Scalar, Scales};

/// Most dimensions a tensor may have: what a header of 31 bytes has room for.
pub const MAX_RANK: u32 = 6;
/// Most bytes of all public inputs, or of all public outputs, of an inference.
pub const MAX_TENSOR_BYTES: u32 = 256 * 1024;
/// Most elements of a tensor: what a graph may have of values.
pub const MAX_TENSOR_ELEMENTS: u32 = 1 << 23;
/// Most inputs of a model, and most outputs.
pub const MAX_TENSORS: u32 = 8;
/// Bits packed into one field element: 31 bytes, so that every packing stays below r.
pub const PACKED_BITS: u32 = 248;
/// Version of the commitment, the header's first byte. Headers of version 1 had room for four
/// dimensions.
pub const HEADER_VERSION: u8 = 2;
/// Field elements taken in by one permutation of width 17, beside the running value.
pub const CHUNK: usize = 15;

/// A tensor's dimensions, outermost first; a scalar has none.
pub type Dims = BoundedVec<u32, ConstU32<MAX_RANK>>;

/// One thing for each input of a model, or for each output, in the model's order.
pub type Tensors<T> = BoundedVec<T, ConstU32<MAX_TENSORS>>;

/// Most bytes of the name of an input or output.
pub const MAX_NAME: u32 = 64;

/// The name of an input or output: [a plain line](crate::is_plain_line).
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME>>;

/// An input or output of a model, as ONNX calls it: name and type.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct ValueInfo {
	/// Its name in the ONNX file, unique among the inputs, or among the outputs.
	pub name: Name,
	/// Shape, width, range and scales.
	pub tensor: TensorSpec,
}

impl ValueInfo {
	/// Its name for people; what is not UTF-8 is replaced.
	pub fn title(&self) -> String {
		String::from_utf8_lossy(&self.name).into_owned()
	}
}

/// What a committed tensor is to the model. Part of the commitment's header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Role {
	/// The tensor that the model is given.
	Input = 0,
	/// The tensor that the model gives.
	Output = 1,
	/// One tensor of the model's parameters.
	Parameters = 2,
}

/// Shape, width and range of a tensor of signed integers.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct TensorSpec {
	/// Dimensions, none of them zero.
	pub dims: Dims,
	/// Width b of an element in two's complement, 1 to 32 bits.
	pub bits: u8,
	/// Smallest value an element may have.
	pub min: i32,
	/// Largest value an element may have.
	pub max: i32,
	/// What an element means. The owner says so: no part of the commitment or of the circuit.
	pub scales: Scales,
}

/// Why a specification is no good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpecError {
	/// Width not in 1 to 32.
	Width,
	/// A dimension is zero, or there are more than [`MAX_TENSOR_ELEMENTS`].
	Dims,
	/// `min > max`, or the range does not fit the width.
	Range,
	/// Scales along an axis that the tensor does not have.
	Axis,
	/// Another number of scales than the axis is long.
	Scales,
	/// A scale of zero: no integer would mean anything.
	Mantissa,
}

impl fmt::Display for SpecError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Width => "a width outside 1 to 32 bits",
			Self::Dims => "a tensor that is empty or above 8,388,608 elements",
			Self::Range => "a range that does not fit the width",
			Self::Axis => "scales along an axis that the tensor does not have",
			Self::Scales => "another number of scales than the axis is long",
			Self::Mantissa => "a scale of zero",
		})
	}
}

impl core::error::Error for SpecError {}

/// Why bytes are not a tensor of the declared kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TensorError {
	/// A tensor above [`MAX_TENSOR_BYTES`], which can be committed to and not be shown.
	TooLong {
		/// Bytes that the tensor would have.
		got: u32,
	},
	/// Wrong number of bytes.
	Length {
		/// Bytes the shape and width ask for.
		expected: u32,
		/// Number of bytes that were given.
		got: u32,
	},
	/// An element lies outside the declared range.
	OutOfRange {
		/// Index of the first such element, in row-major order.
		index: u32,
		/// The value of that element.
		got: i64,
	},
}

impl fmt::Display for TensorError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::TooLong { got } => {
				write!(f, "expected a tensor of at most {MAX_TENSOR_BYTES} bytes, got one of {got}")
			}
			Self::Length { expected, got } => write!(f, "expected {expected} bytes, got {got}"),
			Self::OutOfRange { index, got } => {
				write!(f, "expected element {index} within the declared range, got {got}")
			}
		}
	}
}

impl core::error::Error for TensorError {}

impl TensorSpec {
	/// Number of elements; saturates, so that a hostile shape cannot wrap.
	pub fn len(&self) -> u32 {
		self.dims.iter().fold(1, |n: u32, d| n.saturating_mul(*d))
	}

	/// Whether there is no element at all.
	pub fn is_empty(&self) -> bool {
		self.len() == 0
	}

	/// Bytes of one element in a public tensor.
	pub fn element_bytes(&self) -> u32 {
		u32::from(self.bits).div_ceil(8)
	}

	/// Bytes of the whole public tensor.
	pub fn byte_len(&self) -> u32 {
		self.len().saturating_mul(self.element_bytes())
	}

	/// Whether the chain takes it in clear: whether it has at most [`MAX_TENSOR_BYTES`].
	pub fn can_be_public(&self) -> bool {
		self.byte_len() <= MAX_TENSOR_BYTES
	}

	/// What turns a signed value into offset binary: `2^(b-1)`.
	fn offset(&self) -> i64 {
		1 << (u32::from(self.bits).clamp(1, 32) - 1)
	}

	/// Refuses specifications that no tensor on chain could follow.
	///
	/// # Errors
	///
	/// If the width is not 1 to 32 bits, the tensor is empty or too large, the range does not fit the width, or the
	/// scales do not fit the shape.
	pub fn check(&self) -> Result<(), SpecError> {
		if !(1..=32).contains(&self.bits) {
			return Err(SpecError::Width);
		}
		if self.is_empty() || self.len() > MAX_TENSOR_ELEMENTS {
			return Err(SpecError::Dims);
		}
		let offset = self.offset();
		let fits = |v: i32| (-offset..offset).contains(&i64::from(v));
		if self.min > self.max || !fits(self.min) || !fits(self.max) {
			return Err(SpecError::Range);
		}
		self.scales.check(&self.dims)
	}

	fn check_value(&self, index: usize, value: i64) -> Result<i32, TensorError> {
		i32::try_from(value)
			.ok()
			.filter(|v| (self.min..=self.max).contains(v))
			.ok_or(TensorError::OutOfRange { index: index as u32, got: value })
	}

	/// Reads a public tensor: offset binary, little-endian, [`Self::element_bytes`] each.
	///
	/// # Errors
	///
	/// If the tensor is too long to be public, there are not [`Self::byte_len`] bytes, or an element is
	/// out of the range.
	pub fn decode(&self, bytes: &[u8]) -> Result<Vec<i32>, TensorError> {
		if !self.can_be_public() {
			return Err(TensorError::TooLong { got: self.byte_len() });
		}
		if bytes.len() as u64 != u64::from(self.byte_len()) {
			return Err(TensorError::Length { expected: self.byte_len(), got: bytes.len() as u32 });
		}
		bytes
			.chunks_exact(self.element_bytes().max(1) as usize)
			.enumerate()
			.map(|(index, chunk)| {
				let raw = chunk.iter().rev().fold(0i64, |n, byte| n << 8 | i64::from(*byte));
				self.check_value(index, raw - self.offset())
			})
			.collect()
	}

	/// Writes a public tensor; the inverse of [`Self::decode`].
	///
	/// # Errors
	///
	/// If there are not [`Self::len`] values, or one is out of the range.
	pub fn encode_values(&self, values: &[i32]) -> Result<Vec<u8>, TensorError> {
		if values.len() as u64 != u64::from(self.len()) {
			return Err(TensorError::Length {
				expected: self.byte_len(),
				got: (values.len() as u32).saturating_mul(self.element_bytes()),
			});
		}
		let mut bytes = Vec::with_capacity(self.byte_len() as usize);
		for (index, value) in values.iter().enumerate() {
			let value = self.check_value(index, i64::from(*value))?;
			let raw = (i64::from(value) + self.offset()) as u64;
			bytes.extend_from_slice(&raw.to_le_bytes()[..self.element_bytes() as usize]);
		}
		Ok(bytes)
	}

	/// The commitment's first word: [`HEADER_VERSION`], role, width, rank, then [`MAX_RANK`] dimensions
	/// of 32 bits, missing ones zero, as one little-endian number.
	pub fn header(&self, role: Role) -> Scalar {
		const { assert!(4 + 4 * MAX_RANK <= 31, "a header is below the group order") };
		let mut bytes = [0; 31];
		let start = [HEADER_VERSION, role as u8, self.bits, self.dims.len() as u8];
		bytes[..4].copy_from_slice(&start);
		for (i, dim) in self.dims.iter().enumerate() {
			bytes[4 + 4 * i..8 + 4 * i].copy_from_slice(&dim.to_le_bytes());
		}
		Scalar::from_le_bytes(&bytes)
	}

	/// How many elements share a field element.
	pub fn per_word(&self) -> usize {
		(PACKED_BITS / u32::from(self.bits.max(1))) as usize
	}

	/// The elements in offset binary, packed little-endian into field elements. `values` are within
	/// the declared width.
	pub fn pack(&self, values: &[i32]) -> Vec<Scalar> {
		let word = |group: &[i32]| {
			let (mut bytes, mut filled) = ([0u8; 31], 0);
			// Bits that are not written yet: fewer than 8 before an element is added.
			let (mut waiting, mut count) = (0u64, 0);
			for value in group {
				waiting |= ((i64::from(*value) + self.offset()) as u64) << count;
				count += u32::from(self.bits);
				while count >= 8 {
					bytes[filled] = waiting as u8;
					(waiting, count, filled) = (waiting >> 8, count - 8, filled + 1);
				}
			}
			if count > 0 {
				bytes[filled] = waiting as u8;
			}
			Scalar::from_le_bytes(&bytes)
		};
		values.chunks(self.per_word()).map(word).collect()
	}
}

/// circomlib's Poseidon over BN254, for 2 or 16 inputs.
///
/// Inputs are canonical scalars: tensors pack into 248 bits and salts are checked where they enter.
pub trait Poseidon {
	/// Hashes two inputs, by the permutation of width 3.
	fn hash2(inputs: &[Scalar; 2]) -> Scalar;
	/// Hashes sixteen inputs, by the permutation of width 17.
	fn hash16(inputs: &[Scalar; 16]) -> Scalar;
}

/// The commitment of a tensor: `acc = P2(header, salt)`, then for each 15 packed words, zero-padded,
/// `acc = P16(acc, words)`.
///
/// `values` are in row-major order and within the width of `spec`. The salt is zero for a public
/// tensor and at least 128 bits of randomness for a private one: without it, a tensor of few bits
/// could be found by trying all.
pub fn commit<P: Poseidon>(role: Role, spec: &TensorSpec, values: &[i32], salt: Scalar) -> Scalar {
	let mut acc = P::hash2(&[spec.header(role), salt]);
	for words in spec.pack(values).chunks(CHUNK) {
		let mut block = [Scalar::ZERO; CHUNK + 1];
		block[0] = acc;
		block[1..=words.len()].copy_from_slice(words);
		acc = P::hash16(&block);
	}
	acc
}

/// The commitment of a model's parameters, a list of tensors in graph order: each takes the
/// commitment of the one before as its salt, the first takes `salt`.
pub fn commit_parameters<'a, P: Poseidon>(
	tensors: impl IntoIterator<Item = (&'a TensorSpec, &'a [i32])>,
	salt: Scalar,
) -> Scalar {
	tensors
		.into_iter()
		.fold(salt, |acc, (spec, values)| commit::<P>(Role::Parameters, spec, values, acc))
}

/// The digest of a public tensor in a statement of a circuit with rounds: `blake2_256` over
/// `"zkml/tensor/v1"`, the header and the tensor's bytes (SCALE), top byte zeroed. It is never in a
/// constraint: the challenge is drawn from the statement, and the tensor is bound by
/// [`coefficients`] at the challenge.
pub fn digest(role: Role, spec: &TensorSpec, bytes: &[u8]) -> Scalar {
	Scalar::from_hash(tagged_hash(b"zkml/tensor/v1", &(spec.header(role), bytes)))
}

/// What lies between polynomials that are evaluated together, see [`Evaluate`]: more coefficients than
/// any tensor has that can be public.
pub const STRIDE: u32 = 1 << STRIDE_BITS;
/// Squarings from a challenge to its power [`STRIDE`].
pub const STRIDE_BITS: u32 = 14;

// A word holds the fewest bytes of a tensor at 32 bits: seven elements, 28 bytes. The coefficients are 1, header
// and words.
const _: () = assert!(MAX_TENSOR_BYTES.div_ceil(PACKED_BITS / 32 * 4) + 2 < STRIDE);

/// Arithmetic over BN254's scalar field.
pub trait Evaluate {
	/// Polynomials at a point, each by its coefficients, the highest first:
	/// `(p_1 y + p_2) y + p_3 ...` with `y = point^STRIDE`. None of them has as many coefficients as
	/// [`STRIDE`], so that lists of polynomials that differ anywhere are different polynomials of degree
	/// below `polynomials * STRIDE`, which agree at no more points than that. All are canonical.
	fn evaluate(polynomials: &[Vec<Scalar>], point: Scalar) -> Scalar;
}

/// A public tensor as a polynomial: 1, so that its degree tells the number of words, header and packed
/// words. For tensors fixed before a challenge, two different ones agree there with probability at most
/// `(words + 1) / 2^248` (Schwartz-Zippel).
pub fn coefficients(role: Role, spec: &TensorSpec, values: &[i32]) -> Vec<Scalar> {
	let mut all = alloc::vec![Scalar::ONE, spec.header(role)];
	all.extend(spec.pack(values));
	all
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Scale;
	use alloc::vec;

	fn spec(dims: &[u32], bits: u8, min: i32, max: i32) -> TensorSpec {
		let dims = dims.to_vec().try_into().unwrap();
		TensorSpec { dims, bits, min, max, scales: Scales::ONE }
	}

	#[test]
	fn bytes_and_values_are_inverse_at_every_width() {
		for bits in 1..=32u8 {
			let (min, max) = ((-1i64 << (bits - 1)) as i32, ((1i64 << (bits - 1)) - 1) as i32);
			let spec = spec(&[3], bits, min, max);
			assert_eq!(spec.check(), Ok(()));
			let values = vec![min, 0.min(max), max];
			let bytes = spec.encode_values(&values).unwrap();
			assert_eq!(bytes.len() as u32, spec.byte_len());
			assert_eq!(spec.decode(&bytes).unwrap(), values);
		}
	}

	#[test]
	fn wrong_length_and_out_of_range_are_named() {
		let spec = spec(&[2, 2], 8, 0, 16);
		let short = TensorError::Length { expected: 4, got: 3 };
		assert_eq!(spec.decode(&[128; 3]), Err(short));
		let low = TensorError::OutOfRange { index: 1, got: -1 };
		assert_eq!(spec.decode(&[128, 127, 128, 128]), Err(low));
		let high = TensorError::OutOfRange { index: 3, got: 17 };
		assert_eq!(spec.encode_values(&[0, 0, 0, 17]), Err(high));
	}

	#[test]
	fn bad_specifications_are_refused_by_reason() {
		assert_eq!(spec(&[2], 0, 0, 0).check(), Err(SpecError::Width));
		assert_eq!(spec(&[2], 33, 0, 0).check(), Err(SpecError::Width));
		assert_eq!(spec(&[2, 0], 8, 0, 1).check(), Err(SpecError::Dims));
		assert_eq!(spec(&[u32::MAX, u32::MAX], 8, 0, 1).check(), Err(SpecError::Dims));
		assert_eq!(spec(&[2], 8, 1, 0).check(), Err(SpecError::Range));
		assert_eq!(spec(&[2], 8, 0, 128).check(), Err(SpecError::Range));
	}

	#[test]
	fn a_header_of_six_dimensions_tells_shapes_of_the_same_length_apart() {
		let shapes: [&[u32]; 7] = [
			&[],
			&[1],
			&[1, 1],
			&[1, 1, 1, 1],
			&[1, 1, 1, 1, 1],
			&[1, 1, 1, 1, 1, 1],
			&[u32::MAX, 2, 3, 4, 5, u32::MAX],
		];
		let headers = shapes.map(|dims| spec(dims, 8, 0, 1).header(Role::Input));
		for (i, header) in headers.iter().enumerate() {
			assert_eq!(header.check(), Ok(()));
			assert!(!headers[..i].contains(header), "{:?}", shapes[i]);
		}
		let mut last = headers[6].0;
		last.reverse();
		assert_eq!(last[..8], [HEADER_VERSION, 0, 8, 6, 0xff, 0xff, 0xff, 0xff]);
		assert_eq!(last[20..], [5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
	}

	#[test]
	fn what_an_element_means_is_no_part_of_the_commitment() {
		let one = spec(&[2], 8, 0, 1);
		let scales = vec![Scale { mantissa: 3, shift: 9 }; 2].try_into().unwrap();
		let scales = Scales::PerAxis { axis: 0, scales };
		let other = TensorSpec { scales, ..one.clone() };
		assert_eq!(one.header(Role::Output), other.header(Role::Output));
		assert_eq!(one.pack(&[0, 1]), other.pack(&[0, 1]));
	}

	#[test]
	fn packing_is_little_endian_and_starts_anew_at_31_bytes() {
		let spec = spec(&[33], 8, -128, 127);
		let mut values = vec![-128; 33];
		values[0] = -127; // offset binary 1
		values[1] = -126; // offset binary 2
		values[31] = -125; // offset binary 3, first of the second word
		let words = spec.pack(&values);
		assert_eq!(words.len(), 2);
		assert_eq!(words[0].0[30..], [2, 1]);
		assert_eq!(words[1].0[31], 3);
	}
}
