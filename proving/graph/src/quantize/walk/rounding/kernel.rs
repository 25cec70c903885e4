//! What ONNX Runtime computes where it rounds, in 32-bit floats, in the order in which it does.
//!
//! From the kernels of its CPU provider for x86-64 with AVX2 (`onnxruntime/core/mlas/lib`: `quantize.cpp`,
//! `qladd`, `qlmul`, `qlgavgpool`), all of which round halves to even.

use crate::import::{Cut, Quantize};

/// An operation on a float between a value of integers and its rounding.
#[derive(Clone, Debug)]
pub(super) enum Between<'a> {
	/// A factor and an offset, one for all elements or one for each.
	Affine(f32, &'a [f32]),
	/// Numbers below the first become the first, and those above the second the second.
	Clamp(f32, f32),
}

impl Between<'_> {
	fn at(&self, x: f32, element: usize) -> f32 {
		match self {
			Self::Affine(factor, offsets) => {
				let offset = offsets[element % offsets.len()];
				(f64::from(*factor) * f64::from(x) + f64::from(offset)) as f32
			}
			Self::Clamp(min, max) => x.max(*min).min(*max),
		}
	}
}

/// How an integer becomes another.
#[derive(Clone, Debug)]
pub(super) enum Kernel<'a> {
	/// A sum of products is multiplied by one factor.
	Requantise,
	/// The same with a fraction in the bias, which only floats can have: the numbers as they are.
	Real,
	/// The sum of so many is multiplied by one factor. (A mean of windows is one of floats there, added
	/// one by one: the same for units that are powers of two, else but for the last bit.)
	Mean(usize),
	/// The integer becomes a float, goes through operations on floats, and is divided by the unit.
	Divide(Vec<Between<'a>>),
}

/// An element's integers in real numbers: `scale * (x + rest)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Worth {
	pub scale: f64,
	pub rest: f64,
	/// Which element it is, for offsets.
	pub element: usize,
}

impl Kernel<'_> {
	/// The multiple of the unit for an integer, unclamped.
	pub fn at(&self, x: i64, worth: Worth, to: &Quantize) -> i64 {
		let scale = worth.scale as f32;
		let real = || (x as f64 + worth.rest) * worth.scale;
		match self {
			Self::Requantise => to.whole(x as f32 * (scale / to.scale)),
			Self::Real => {
				let quotient = real() / f64::from(to.scale);
				match to.cut {
					Some(Cut::Down) => quotient.floor() as i64,
					Some(Cut::Toward) => quotient.trunc() as i64,
					_ => quotient.round_ties_even() as i64,
				}
			}
			Self::Mean(n) => to.whole(x as f32 * (scale / (to.scale * *n as f32))),
			Self::Divide(between) => {
				let float = |x, between: &Between<'_>| between.at(x, worth.element);
				to.whole(between.iter().fold(real() as f32, float) / to.scale)
			}
		}
	}

	/// Factor and summand of the straight line that the kernel follows.
	pub fn line(&self, worth: Worth, to: &Quantize) -> (f64, f64) {
		let (mut factor, mut summand) = (worth.scale, worth.scale * worth.rest);
		// What is cut off lies between 0 and 1, not on both sides of 0.
		let less = match to.cut {
			Some(Cut::Down | Cut::Toward) => 0.5,
			Some(Cut::Near) | None => 0.0,
		};
		match self {
			Self::Requantise => return (f64::from(worth.scale as f32 / to.scale), -less),
			Self::Real => {}
			Self::Mean(n) => {
				return (f64::from(worth.scale as f32 / (to.scale * *n as f32)), -less);
			}
			Self::Divide(between) => {
				for between in between {
					let Between::Affine(by, offsets) = between else { continue };
					let offset = offsets[worth.element % offsets.len()];
					factor *= f64::from(*by);
					summand = summand * f64::from(*by) + f64::from(offset);
				}
			}
		}
		(factor / f64::from(to.scale), summand / f64::from(to.scale) - less)
	}
}

/// One of the two inputs of a sum: a factor for what its integers are worth, and the integer that
/// stands for 0 in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
	pub factor: f32,
	pub scale: f32,
	pub zero: i32,
}

/// The multiple of the unit for the sum of two integers, unclamped.
pub(super) fn sum([a, b]: [i64; 2], [s, t]: [Term; 2], to: &Quantize) -> i64 {
	if to.adds && s.factor == 1.0 && t.factor == 1.0 {
		// With products that are not rounded before they are added.
		let fused = |x: f32, y: f32, z: f32| x.mul_add(y, z);
		let (left, right) = (s.scale / to.scale, t.scale / to.scale);
		let fixed = to.zero as f32 - fused(left, s.zero as f32, right * t.zero as f32);
		let [a, b] = [(a, s), (b, t)].map(|(x, term)| (x + i64::from(term.zero)) as f32);
		let sum = fused(a, left, fused(b, right, fixed));
		return sum.round_ties_even() as i64 - i64::from(to.zero);
	}
	let [a, b] = [(a, s), (b, t)].map(|(x, term)| x as f32 * term.scale * term.factor);
	to.whole((a + b) / to.scale)
}
