//! Dense parameters as integers.

use zkml_primitives::{Scales, TensorSpec};

use super::walk::Walk;
use crate::{
	error::CompileError,
	graph::MatMul,
	import::{FloatMatMul, Units},
	plan::Interval,
};

/// Widest bias, a bit less than the type's so that rounding cannot leave it.
pub(super) const BIAS_BITS: u8 = 31;
/// Most bits that a quantised weight has.
pub(super) const WIDEST: u8 = 16;
/// Most bits by which the scale of an output is finer than others'.
const FINER: f64 = 30.0;
/// Most bits that a channel's weights are shifted by.
const MAX_SHIFT: u8 = 40;

/// A dense operation in integers, and what its results are worth: a scale for each group and output.
pub(super) struct Quantized {
	/// The operation of the integer graph: shapes, groups, widths and rescaling.
	pub op: MatMul,
	/// Weights and bias in integers, row-major, as the parameters of the operation.
	pub tensors: [Vec<i32>; 2],
	/// What an integer of each output is worth.
	pub scales: Vec<f64>,
}

fn size(values: &[f32]) -> f64 {
	f64::from(values.iter().fold(0f32, |m, w| m.max(w.abs())))
}

/// A tensor of parameters, of one or two dimensions, that fills its width.
pub(super) fn full(dims: &[usize], bits: u8) -> TensorSpec {
	let half = 1i64 << (bits - 1);
	let dims: Vec<u32> = dims.iter().map(|d| *d as u32).collect();
	let (min, max) = ((-half) as i32, (half - 1) as i32);
	let dims = dims.try_into().unwrap_or_default();
	TensorSpec { dims, bits, min, max, scales: Scales::ONE }
}

/// A bias in units of the product of inputs, which are worth `step`, and weights: for each output a
/// whole number, and the fraction that is left if it was not quantised.
pub(super) fn whole_bias<'a>(
	float: &'a FloatMatMul,
	units: &'a Units,
	step: f64,
) -> impl Iterator<Item = (f64, f64)> + 'a {
	float.bias.iter().zip(&units.weights).enumerate().map(move |(i, (bias, unit))| {
		let multiple = f64::from(*bias) / (f64::from(*unit) * step);
		match units.bias.as_ref().map(|bias| bias[i] as f64) {
			// The file's unit is the product, rounded to a float.
			Some(whole) if (whole - multiple).abs() <= 1e-6 * whole.abs() => (whole, 0.0),
			_ => (multiple.round(), multiple - multiple.round()),
		}
	})
}

impl Walk<'_> {
	/// Largest integer weight.
	fn largest(&self, value: usize) -> f64 {
		f64::from((1i32 << (self.widths(value).weight_bits - 1)) - 1)
	}

	/// Binary logarithm of a private weight's denominator.
	fn weight_shift(&self, value: usize, float: &FloatMatMul) -> Result<u8, CompileError> {
		match self.known.weight_shifts {
			[] => {
				let top = size(&float.weights);
				let fits = |s: &u8| (top * f64::from(*s).exp2()).round() <= self.largest(value);
				Ok((0..=MAX_SHIFT).rev().find(fits).filter(|_| top > 0.0).unwrap_or(0))
			}
			[shift] => Ok(*shift),
			all => all.get(self.dense_count()).copied().ok_or_else(|| CompileError::Option {
				option: "weight shifts",
				expected: "one, or one for each dense node".into(),
				got: format!("{}, too few", all.len()),
			}),
		}
	}

	pub(super) fn assemble(
		&self,
		float: &FloatMatMul,
		[weight_bits, bias_bits]: [u8; 2],
		tensors: [Vec<i32>; 2],
		scales: Vec<f64>,
	) -> Quantized {
		let op = MatMul {
			rows: float.rows as u32,
			groups: float.groups as u32,
			weights: full(&[float.bias.len(), float.inputs], weight_bits),
			bias: full(&[float.bias.len()], bias_bits),
			windows: None,
		};
		Quantized { op, tensors, scales }
	}

	/// With weights of a file that was quantised before: they are kept. Of a private model they are
	/// hidden, their units are part of the architecture. `input` is the largest input.
	pub(super) fn dense_with_units(
		&self,
		float: &FloatMatMul,
		units: &Units,
		step: f64,
		input: i64,
	) -> Result<Quantized, CompileError> {
		let rows = float.weights.chunks_exact(float.inputs);
		let whole = |(row, unit): (&[f32], &f32)| -> Vec<f64> {
			row.iter().map(|w| (f64::from(*w) / f64::from(*unit)).round()).collect()
		};
		let weights: Vec<f64> = rows.zip(&units.weights).flat_map(whole).collect();
		let scales: Vec<f64> = units.weights.iter().map(|unit| f64::from(*unit) * step).collect();
		let bias: Vec<f64> = whole_bias(float, units, step).map(|(whole, _)| whole).collect();
		let tensor = |values: Vec<f64>, limit: f64, tensor: &String| {
			let far = values.iter().position(|v| v.abs() > limit);
			match far {
				Some(index) => Err(CompileError::Weight {
					tensor: tensor.clone(),
					index,
					limit,
					got: values[index] as f32,
				}),
				None => Ok(values.into_iter().map(|v| v as i32).collect::<Vec<i32>>()),
			}
		};
		let limit = |bits: u8| ((1i64 << (bits - 1)) - 1) as f64;
		let weights = tensor(weights, limit(16), &float.tensors[0])?;
		let bias = tensor(bias, limit(BIAS_BITS), &float.tensors[1])?;
		let ends = Interval {
			min: weights.iter().copied().min().unwrap_or(0).into(),
			max: weights.iter().copied().max().unwrap_or(0).into(),
		};
		let width = ends.signed_bits().max(8) as u8;
		// A private bias of usual size has the width of the largest sum without it.
		let sum = (input.max(1) << (width - 1)).saturating_mul(float.inputs as i64).min(1 << 60);
		let usual = (Interval { min: -sum, max: sum }).signed_bits().min(BIAS_BITS.into()) as u8;
		let far = |b: &i32| i64::from(b.unsigned_abs()) >= 1i64 << (usual - 1);
		let bias_bits = if self.private && !bias.iter().any(far) { usual } else { BIAS_BITS };
		Ok(self.assemble(float, [width, bias_bits], [weights, bias], scales))
	}

	/// With public weights whose results are compared with each other or leave the graph: they share a
	/// scale. If they are not compared (`apart`), outputs of smaller weights than others have one that is
	/// finer by a power of two, so that they are not lost.
	pub(super) fn dense_scores(
		&self,
		value: usize,
		float: &FloatMatMul,
		step: f64,
		apart: bool,
	) -> Quantized {
		let limit = f64::from((1u32 << (BIAS_BITS - 1)) - 2);
		let bits = match self.meets_threshold(value) {
			true => WIDEST,
			false => self.widths(value).weight_bits,
		};
		let largest = f64::from((1i32 << (bits - 1)) - 1);
		let least = |weights: &[f32], bias: &[f32]| {
			let unit = (size(weights) / largest).max(size(bias) / limit / step);
			if unit > 0.0 {
				unit
			} else {
				f64::MIN_POSITIVE
			}
		};
		let unit = least(&float.weights, &float.bias);
		let unit = if unit > f64::MIN_POSITIVE { unit } else { 1.0 };
		// What is compared with a threshold may meet it: halves and the like are kept as they are.
		let met = self.meets_threshold(value);
		let unit = if met { unit.log2().ceil().exp2() } else { unit };
		let (mut weights, mut bias, mut scales) = (Vec::new(), Vec::new(), Vec::new());
		for (row, b) in float.weights.chunks_exact(float.inputs).zip(&float.bias) {
			let finer = (unit / least(row, &[*b])).log2().floor().clamp(0.0, FINER);
			let unit = if apart { unit / finer.exp2() } else { unit };
			weights.extend(row.iter().map(|w| (f64::from(*w) / unit).round() as i32));
			bias.push((f64::from(*b) / (step * unit)).round() as i32);
			scales.push(step * unit);
		}
		self.assemble(float, [bits, BIAS_BITS], [weights, bias], scales)
	}

	/// With public weights whose results will be rescaled to about `targets`, one for each output: for
	/// each the largest shift with which its weights fit. Gives also the scales that results are for.
	pub(super) fn dense_channels(
		&self,
		value: usize,
		float: &FloatMatMul,
		step: f64,
		mut targets: Vec<f64>,
	) -> (Quantized, Vec<f64>) {
		let limit = f64::from((1u32 << (BIAS_BITS - 1)) - 2);
		// No finer than weights of a whole step make it: a power of two above the coarsest.
		let coarsest = targets.iter().copied().fold(0.0, f64::max);
		let rows = || float.weights.chunks_exact(float.inputs).zip(&float.bias);
		for (target, (row, b)) in targets.iter_mut().zip(rows()) {
			let least = (size(row) * step / self.largest(value)).max(f64::from(b.abs()) / limit);
			if least > *target {
				*target = coarsest * (least / coarsest).log2().ceil().exp2();
			}
		}
		let (mut weights, mut bias, mut scales) = (Vec::new(), Vec::new(), Vec::new());
		for ((row, b), target) in rows().zip(&targets) {
			let (target, ratio) = (*target, step / target);
			let fits = |shift: &u8| {
				let factor = f64::from(*shift).exp2();
				(size(row) * ratio * factor).round() <= self.largest(value)
					&& f64::from(b.abs()) / target * factor < limit
			};
			let shift = (0..=MAX_SHIFT).rev().find(fits).unwrap_or(0);
			// A row without weights is as good as constant.
			let shift = if size(row) == 0.0 { 0 } else { shift };
			let factor = f64::from(shift).exp2();
			let integer = |w: &f32| (f64::from(*w) * ratio * factor).round() as i32;
			weights.extend(row.iter().map(integer));
			bias.push((f64::from(*b) / target * factor).round() as i32);
			scales.push(target / factor);
		}
		let bits = [self.widths(value).weight_bits, BIAS_BITS];
		(self.assemble(float, bits, [weights, bias], scales), targets)
	}

	/// With private weights: multiples of a unit that the architecture fixes. `input` is the largest
	/// input.
	pub(super) fn dense_private(
		&mut self,
		value: usize,
		float: &FloatMatMul,
		step: f64,
		input: i64,
	) -> Result<Quantized, CompileError> {
		let shift = self.weight_shift(value, float)?;
		// Nodes before it may have units of their file's instead.
		self.weight_shifts.resize(self.dense_count(), 0);
		self.weight_shifts.push(shift);
		let unit = (-f64::from(shift)).exp2();
		let scale = step * unit;
		let largest = 1i64 << (self.widths(value).weight_bits - 1);
		let product = largest.saturating_mul(input.max(1));
		// A bias may be larger than all products if the results are.
		let usual = (self.peaks[value] / scale).min((1i64 << 60) as f64) as i64;
		let sum = product.saturating_mul(float.inputs as i64).max(usual).min(1 << 60);
		let bits = (Interval { min: -sum, max: sum }).signed_bits().min(BIAS_BITS.into()) as u8;
		let integers = |values: &[f32], unit: f64, limit: f64, tensor: &String| {
			let mut integers = Vec::with_capacity(values.len());
			for (index, value) in values.iter().enumerate() {
				let integer = (f64::from(*value) / unit).round();
				if integer.abs() > limit {
					return Err(CompileError::Weight {
						tensor: tensor.clone(),
						index,
						limit: limit * unit,
						got: *value,
					});
				}
				integers.push(integer as i32);
			}
			Ok(integers)
		};
		let weights = integers(&float.weights, unit, self.largest(value), &float.tensors[0])?;
		let limit = ((1i64 << (bits - 1)) - 1) as f64;
		let bias = integers(&float.bias, scale, limit, &float.tensors[1])?;
		let scales = vec![scale; float.bias.len()];
		let bits = [self.widths(value).weight_bits, bits];
		Ok(self.assemble(float, bits, [weights, bias], scales))
	}
}
