//! Between real numbers and the integers of inputs and outputs.

use zkml_primitives::{Scale, TensorSpec, ValueInfo};

use crate::{evaluate::InputError, plan::Interval};

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

/// Digits of a step that somebody wrote as a decimal number.
const DIGITS: usize = 6;

/// What an integer of an input is worth: of a step that is the 32-bit float next to a decimal number of few digits,
/// that number. 31 steps of 0.1 are 3.1 then, and the float next to that, as they are in data and in thresholds;
/// 31 times the float next to 0.1 are another one.
fn worth(scale: Scale) -> f64 {
	let real = real(scale);
	let short = real as f32;
	if scale.mantissa.is_power_of_two() || f64::from(short) != real {
		return real;
	}
	let decimal = short.to_string();
	let digits = decimal.trim_start_matches(['0', '.']).bytes().filter(u8::is_ascii_digit);
	match digits.count() <= DIGITS {
		true => decimal.parse().unwrap_or(real),
		false => real,
	}
}

/// The real numbers that the integers of all inputs stand for, end to end.
pub(crate) struct Grid {
	/// For each element what an integer is worth.
	steps: Vec<f64>,
	/// For each element the integers that it can be.
	ranges: Vec<Interval>,
}

impl Grid {
	/// Of the specifications of the inputs.
	pub fn of<'a>(specs: impl IntoIterator<Item = &'a TensorSpec>) -> Self {
		let (mut steps, mut ranges) = (Vec::new(), Vec::new());
		for spec in specs {
			let len = spec.len();
			// There is such an element, and a specification has a scale for each.
			let step = |i: u32| spec.scale(i as usize).map_or(f64::NAN, worth);
			steps.extend((0..len).map(step));
			ranges.extend(vec![Interval::of(spec); len as usize]);
		}
		Self { steps, ranges }
	}

	/// What an integer of an element is worth.
	pub fn step(&self, element: usize) -> f64 {
		self.steps[element]
	}

	/// For each element what an integer is worth.
	pub fn steps(&self) -> &[f64] {
		&self.steps
	}

	/// For each element the integers that it can be.
	pub fn ranges(&self) -> &[Interval] {
		&self.ranges
	}

	/// Integers as real numbers.
	pub fn reals(&self, integers: impl IntoIterator<Item = i64>) -> Vec<f32> {
		integers.into_iter().zip(&self.steps).map(|(v, step)| (v as f64 * step) as f32).collect()
	}

	/// The nearest number of the grid within the range, for each.
	pub fn nearest(&self, reals: &[f32]) -> Vec<f32> {
		let all = reals.iter().zip(&self.steps).zip(&self.ranges);
		let integer = |((v, step), range): ((&f32, &f64), &Interval)| {
			let (min, max) = (range.min as f64, range.max as f64);
			(f64::from(*v) / step).round().clamp(min, max) as i64
		};
		self.reals(all.map(integer))
	}
}

/// Real numbers as integers of an input, each the nearest; those outside the range are refused.
pub(crate) fn integers(info: &ValueInfo, reals: &[f32]) -> Result<Vec<i32>, InputError> {
	let (spec, input) = (&info.tensor, || info.title());
	let expected = spec.len() as usize;
	if reals.len() != expected {
		return Err(InputError::Length { input: input(), expected, got: reals.len() });
	}
	let element = |(index, value): (usize, &f32)| {
		let step = spec.scale(index).map_or(f64::NAN, real);
		let integer = (f64::from(*value) / step).round();
		if integer >= f64::from(spec.min) && integer <= f64::from(spec.max) {
			return Ok(integer as i32);
		}
		let (min, max) = (f64::from(spec.min) * step, f64::from(spec.max) * step);
		Err(InputError::Real { input: input(), index, min, max, got: *value })
	};
	reals.iter().enumerate().map(element).collect()
}
