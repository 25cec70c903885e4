//! What the integers of a tensor mean: scales in ONNX's terms, one per tensor or one per index of an
//! axis.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{SpecError, TensorSpec};

/// Most scales of a tensor. At five bytes each they are 1,280 bytes, less than the labels of a
/// version may be: a table of 256 features has a scale for each, and to read a version stays cheap
/// beside the check of a proof. Whoever publishes pays for each byte by the deposit.
pub const MAX_CHANNELS: u32 = 256;

/// How an integer reads as a real number: `value * mantissa / 2^shift`.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct Scale {
	/// Numerator, at least 1.
	pub mantissa: u32,
	/// Binary logarithm of the denominator.
	pub shift: u8,
}

impl Scale {
	/// Integers that stand for themselves.
	pub const ONE: Self = Self { mantissa: 1, shift: 0 };
}

/// The scales of a tensor's elements, at the granularities of ONNX's `QuantizeLinear` (operator set
/// 13): per tensor or per axis.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub enum Scales {
	/// One for all elements.
	#[codec(index = 0)]
	PerTensor(Scale),
	/// One for each index of an axis.
	#[codec(index = 1)]
	PerAxis {
		/// The axis, below the rank; ONNX's negative axes are counted from the front here.
		axis: u8,
		/// By the index on the axis, as many as the dimension is long.
		scales: BoundedVec<Scale, ConstU32<MAX_CHANNELS>>,
	},
}

impl Scales {
	/// Integers that stand for themselves.
	pub const ONE: Self = Self::PerTensor(Scale::ONE);

	/// All scales that occur: one, or one for each index of the axis.
	pub fn all(&self) -> &[Scale] {
		match self {
			Self::PerTensor(scale) => core::slice::from_ref(scale),
			Self::PerAxis { scales, .. } => scales,
		}
	}

	/// Refuses scales that a tensor of these dimensions cannot have.
	///
	/// # Errors
	///
	/// If they are along an axis that the tensor does not have, not as many as that axis is long, or one of them
	/// is zero.
	pub fn check(&self, dims: &[u32]) -> Result<(), SpecError> {
		if let Self::PerAxis { axis, scales } = self {
			let dim = dims.get(usize::from(*axis)).ok_or(SpecError::Axis)?;
			if scales.len() as u64 != u64::from(*dim) {
				return Err(SpecError::Scales);
			}
		}
		match self.all().iter().all(|scale| scale.mantissa > 0) {
			true => Ok(()),
			false => Err(SpecError::Mantissa),
		}
	}
}

impl TensorSpec {
	/// The scale of an element by its index in row-major order; none if there is no such element, or
	/// if the scales are not those of a tensor of this shape.
	pub fn scale(&self, index: usize) -> Option<Scale> {
		if index as u64 >= u64::from(self.len()) {
			return None;
		}
		match &self.scales {
			Scales::PerTensor(scale) => Some(*scale),
			Scales::PerAxis { axis, scales } => {
				let (dim, inner) = self.dims.get(usize::from(*axis)..)?.split_first()?;
				// There is such an element, so that no dimension is zero.
				let stride = inner.iter().fold(1usize, |n, dim| n.saturating_mul(*dim as usize));
				scales.get(index / stride % *dim as usize).copied()
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::{vec, vec::Vec};

	fn scales(mantissas: &[u32]) -> BoundedVec<Scale, ConstU32<MAX_CHANNELS>> {
		let all: Vec<_> = mantissas.iter().map(|m| Scale { mantissa: *m, shift: 3 }).collect();
		all.try_into().unwrap()
	}

	fn per_axis(dims: &[u32], axis: u8, mantissas: &[u32]) -> TensorSpec {
		let dims = dims.to_vec().try_into().unwrap();
		let scales = Scales::PerAxis { axis, scales: scales(mantissas) };
		TensorSpec { dims, bits: 8, min: 0, max: 9, scales }
	}

	fn mantissas(spec: &TensorSpec) -> Vec<u32> {
		(0..spec.len() as usize).map(|index| spec.scale(index).unwrap().mantissa).collect()
	}

	#[test]
	fn an_element_has_the_scale_of_its_index_on_the_axis() {
		let first = per_axis(&[2, 3], 0, &[5, 7]);
		assert_eq!(mantissas(&first), [5, 5, 5, 7, 7, 7]);
		let last = per_axis(&[2, 3], 1, &[5, 7, 9]);
		assert_eq!(mantissas(&last), [5, 7, 9, 5, 7, 9]);
		let middle = per_axis(&[2, 2, 2], 1, &[5, 7]);
		assert_eq!(mantissas(&middle), [5, 5, 7, 7, 5, 5, 7, 7]);
		let rank_6 = per_axis(&[1, 1, 2, 1, 1, 2], 2, &[5, 7]);
		assert_eq!(mantissas(&rank_6), [5, 5, 7, 7]);
		let one = TensorSpec { scales: Scales::ONE, ..last };
		assert_eq!(mantissas(&one), [1; 6]);
	}

	#[test]
	fn what_is_no_element_has_no_scale() {
		assert_eq!(per_axis(&[2, 3], 1, &[5, 7, 9]).scale(6), None);
		let scalar = TensorSpec { scales: Scales::ONE, ..per_axis(&[], 0, &[]) };
		assert_eq!((scalar.scale(0), scalar.scale(1)), (Some(Scale::ONE), None));
		// Of specifications that are refused: no panic, and no scale of another element.
		assert_eq!(per_axis(&[2, 0], 1, &[]).scale(0), None);
		assert_eq!(per_axis(&[u32::MAX, u32::MAX, 0], 0, &[]).scale(0), None);
		assert_eq!(per_axis(&[2, 3], 2, &[5]).scale(0), None);
		assert_eq!(per_axis(&[2, 3], 1, &[5, 7]).scale(2), None);
		assert_eq!(per_axis(&[], 0, &[5]).scale(0), None);
	}

	#[test]
	fn scales_that_do_not_fit_the_shape_are_refused_by_reason() {
		assert_eq!(per_axis(&[2, 3], 1, &[5, 7, 9]).check(), Ok(()));
		assert_eq!(per_axis(&[2, 3], 2, &[5]).check(), Err(SpecError::Axis));
		assert_eq!(per_axis(&[], 0, &[5]).check(), Err(SpecError::Axis));
		assert_eq!(per_axis(&[2, 3], 255, &[5]).check(), Err(SpecError::Axis));
		for wrong in [&[][..], &[5], &[5, 7], &[5, 7, 9, 11]] {
			assert_eq!(per_axis(&[2, 3], 1, wrong).check(), Err(SpecError::Scales), "{wrong:?}");
		}
		assert_eq!(per_axis(&[2, 3], 1, &[5, 0, 9]).check(), Err(SpecError::Mantissa));
		let zero = Scales::PerTensor(Scale { mantissa: 0, shift: 3 });
		let spec = TensorSpec { scales: zero, ..per_axis(&[2], 0, &[]) };
		assert_eq!(spec.check(), Err(SpecError::Mantissa));
	}

	#[test]
	fn as_many_scales_as_there_may_be_are_within_the_bound_and_one_more_is_refused() {
		let all = Scales::PerAxis { axis: 5, scales: scales(&[u32::MAX; 256]) };
		assert_eq!(all.encoded_size(), Scales::max_encoded_len());
		let more = (1u8, 5u8, vec![Scale::ONE; 257]).encode();
		assert!(Scales::decode(&mut &more[..]).is_err());
		let unknown = (2u8, Scale::ONE).encode();
		assert!(Scales::decode(&mut &unknown[..]).is_err());
	}
}
