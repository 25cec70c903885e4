//! Between real numbers and the integers of an input or output.

use zkml_primitives::{Scale, TensorSpec};

use crate::evaluate::InputError;

/// A scale as the chain knows it, as close as 24 bits of mantissa come.
pub(crate) fn to_scale(real: f64) -> Scale {
	let mut shift = 0u8;
	let mut mantissa = real;
	while mantissa < f64::from(1u32 << 24) && shift < u8::MAX {
		mantissa *= 2.0;
		shift += 1;
	}
	let mut mantissa = mantissa.round().clamp(1.0, f64::from(u32::MAX)) as u32;
	while mantissa.is_multiple_of(2) && shift > 0 {
		mantissa /= 2;
		shift -= 1;
	}
	Scale { mantissa, shift }
}

/// What an integer of this scale is worth.
pub(crate) fn real(scale: Scale) -> f64 {
	f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2()
}

/// The real numbers that a tensor's integers stand for.
pub(crate) struct Grid<'a> {
	spec: &'a TensorSpec,
}

impl<'a> Grid<'a> {
	/// Of a specification.
	pub fn of(spec: &'a TensorSpec) -> Self {
		Self { spec }
	}

	/// Elements.
	pub fn len(&self) -> usize {
		self.spec.len() as usize
	}

	/// What an integer of an element is worth.
	pub fn step(&self, element: usize) -> f64 {
		// There is such an element, and a specification has a scale for each.
		self.spec.scale(element).map_or(f64::NAN, real)
	}

	/// For each element.
	pub fn steps(&self) -> Vec<f64> {
		(0..self.len()).map(|element| self.step(element)).collect()
	}

	/// Integers as real numbers.
	pub fn reals(&self, integers: &[i32]) -> Vec<f32> {
		let each = integers.iter().enumerate();
		each.map(|(i, v)| (f64::from(*v) * self.step(i)) as f32).collect()
	}

	/// One integer for all elements.
	pub fn all(&self, integer: i32) -> Vec<f32> {
		self.reals(&vec![integer; self.len()])
	}

	/// The nearest number of the grid within the range, for each.
	pub fn nearest(&self, reals: &[f32]) -> Vec<f32> {
		let (min, max) = (f64::from(self.spec.min), f64::from(self.spec.max));
		let integer =
			|(i, v): (usize, &f32)| (f64::from(*v) / self.step(i)).round().clamp(min, max) as i32;
		let integers: Vec<i32> = reals.iter().enumerate().map(integer).collect();
		self.reals(&integers)
	}

	/// Real numbers as integers, each the nearest; those outside the range are refused.
	pub fn integers(&self, reals: &[f32]) -> Result<Vec<i32>, InputError> {
		let expected = self.len();
		if reals.len() != expected {
			return Err(InputError::Length { expected, got: reals.len() });
		}
		let element = |(index, value): (usize, &f32)| {
			let step = self.step(index);
			let integer = (f64::from(*value) / step).round();
			if integer >= f64::from(self.spec.min) && integer <= f64::from(self.spec.max) {
				return Ok(integer as i32);
			}
			let (min, max) = (f64::from(self.spec.min) * step, f64::from(self.spec.max) * step);
			Err(InputError::Real { index, min, max, got: *value })
		};
		reals.iter().enumerate().map(element).collect()
	}
}
