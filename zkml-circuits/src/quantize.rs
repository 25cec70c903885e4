//! From real numbers to integers: the only place, with `import`, where floating point occurs.
//!
//! Scales are chosen so that every rescaling is a shift (multiplier 1): what is left of a ratio of
//! scales goes into the integer weights.
//!
//! - **Public weights.** The scale of a layer's result follows from the weights: the smaller of what
//!   interval arithmetic allows and six standard deviations of a sum of independent terms, and
//!   values beyond saturate. Each output channel has its own shift, the largest with which its
//!   weights fit.
//! - **Private weights.** Everything follows from the architecture alone: weights are multiples of
//!   `2^-weight_shift`, a bias has the width of the largest product of weights and input, and a
//!   layer's shift comes from twice the standard deviation of a sum with weights of full size. The
//!   circuit, which is public, is the same after retraining.

use zkml_primitives::{Scale, TensorSpec};

use crate::{
	compile::{CompileError, CompileOptions, InputRange},
	evaluate::InputError,
	graph::{
		dense_ranges, rescale_ranges, Channel, Dense, GraphError, IntGraph, Interval, Layer, Op,
		Rescale, MAX_BITS,
	},
	import::{FloatDense, FloatGraph, FloatOp},
};

/// Widest bias, a bit less than the type's so that rounding cannot leave it.
const BIAS_BITS: u8 = 31;
/// Levels of an input that is not made of integers.
const INPUT_LEVELS: f64 = 255.0;

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

/// Smallest width, at least a byte, of an interval.
fn width(range: Interval) -> u8 {
	range.signed_bits().max(8) as u8
}

/// The input's specification. Ranges of at least 16 integers from 0 up stand for themselves (pixels,
/// counts); others become 255 steps.
pub(crate) fn input_spec(dims: &[usize], range: InputRange) -> Result<TensorSpec, CompileError> {
	let (min, max) = (f64::from(range.min), f64::from(range.max));
	let error = |expected: &str| CompileError::Option {
		option: "input range",
		expected: expected.into(),
		got: format!("{min} to {max}"),
	};
	if !(min.is_finite() && max.is_finite() && min < max) {
		return Err(error("finite ends, the lower first"));
	}
	let integers = min >= 0.0 && max - min >= 15.0 && min.fract() == 0.0 && max.fract() == 0.0;
	let scale = if integers { Scale::ONE } else { to_scale((max - min) / INPUT_LEVELS) };
	let range = Interval {
		min: (min / real(scale)).round() as i64,
		max: (max / real(scale)).round() as i64,
	};
	if range.signed_bits() > 24 {
		return Err(error("ends within 24 bits of the distance between them"));
	}
	let dims: Vec<u32> = dims.iter().map(|d| *d as u32).collect();
	let dims = dims.try_into().map_err(|_| error("an input of at most 4 dimensions"))?;
	let (min, max) = (range.min as i32, range.max as i32);
	Ok(TensorSpec { dims, bits: width(range), min, max, scale })
}

/// Real numbers as input integers, each the nearest; those outside the range are refused.
pub(crate) fn quantize_input(spec: &TensorSpec, values: &[f32]) -> Result<Vec<i32>, InputError> {
	let expected = spec.len() as usize;
	if values.len() != expected {
		return Err(InputError::Length { expected, got: values.len() });
	}
	let scale = real(spec.scale);
	let element = |(index, value): (usize, &f32)| {
		let integer = (f64::from(*value) / scale).round();
		if integer >= f64::from(spec.min) && integer <= f64::from(spec.max) {
			return Ok(integer as i32);
		}
		let (min, max) = (f64::from(spec.min) * scale, f64::from(spec.max) * scale);
		Err(InputError::Real { index, min, max, got: *value })
	};
	values.iter().enumerate().map(element).collect()
}

/// The state of the walk along the layers.
struct Walk<'a> {
	options: &'a CompileOptions,
	layers: Vec<Layer>,
	parameters: Vec<Vec<i32>>,
	/// What the last layer's integers are worth, and the values they take.
	scale: f64,
	ranges: Vec<Interval>,
	/// Size of each real value that is not to saturate.
	typical: Vec<f64>,
}

/// Quantises a chain of float layers.
pub(crate) fn quantize(
	float: &FloatGraph,
	input: TensorSpec,
	private: bool,
	options: &CompileOptions,
) -> Result<(IntGraph, Vec<Vec<i32>>), CompileError> {
	let scale = real(input.scale);
	let range = Interval::of(&input);
	let len = input.len() as usize;
	let typical = vec![range.max.abs().max(range.min.abs()) as f64 * scale; len];
	let ranges = vec![range; len];
	let (layers, parameters) = (Vec::new(), Vec::new());
	let mut walk = Walk { options, layers, parameters, scale, ranges, typical };
	let mut ops = float.ops.iter().peekable();
	while let Some(op) = ops.next() {
		match op {
			FloatOp::Dense(dense) => {
				let after = match ops.peek() {
					Some(FloatOp::Relu(name)) => Some((name.clone(), true)),
					Some(FloatOp::Dense(_)) => Some((format!("{} (rescaled)", dense.name), false)),
					_ => None,
				};
				if let Some((_, true)) = after {
					ops.next();
				}
				if private {
					walk.private_dense(dense, after)?;
				} else {
					walk.public_dense(dense, after)?;
				}
			}
			FloatOp::Relu(name) => {
				let width = walk.ranges.iter().map(|r| r.signed_bits()).max().unwrap_or(1);
				let channel = Channel { multiplier: 1, shift: 0 };
				walk.rescale(name.clone(), true, width.max(2) as u8, vec![channel])?;
			}
			FloatOp::ArgMax(name) => {
				let max = walk.ranges.len() as i64 - 1;
				walk.layers.push(Layer { name: name.clone(), op: Op::ArgMax });
				walk.ranges = vec![Interval { min: 0, max }];
			}
		}
	}
	let output = walk.output_spec(float)?;
	Ok((IntGraph { input, layers: walk.layers, output }, walk.parameters))
}

impl Walk<'_> {
	/// Largest integer weight.
	fn largest(&self) -> f64 {
		f64::from((1i32 << (self.options.weight_bits - 1)) - 1)
	}

	/// Largest result of a rescaling.
	fn ceiling(&self, rectify: bool) -> f64 {
		let bits = u32::from(self.options.activation_bits) - u32::from(!rectify);
		f64::from((1i32 << bits) - 1)
	}

	fn rescale(
		&mut self,
		name: String,
		rectify: bool,
		bits: u8,
		channels: Vec<Channel>,
	) -> Result<(), GraphError> {
		let rescale = Rescale { rectify, bits, channels };
		self.ranges = rescale_ranges(&name, &rescale, &self.ranges)?;
		self.layers.push(Layer { name, op: Op::Rescale(rescale) });
		Ok(())
	}

	/// Appends a dense layer with these integers.
	fn dense(
		&mut self,
		float: &FloatDense,
		bias_bits: u8,
		weights: Vec<i32>,
		bias: Vec<i32>,
		private: bool,
	) -> Result<(), GraphError> {
		let full = |dims: &[usize], bits: u8| {
			let half = 1i64 << (bits - 1);
			let dims: Vec<u32> = dims.iter().map(|d| *d as u32).collect();
			let (min, max) = ((-half) as i32, (half - 1) as i32);
			// At most two dimensions are given.
			let dims = dims.try_into().unwrap_or_default();
			TensorSpec { dims, bits, min, max, scale: Scale::ONE }
		};
		let dense = Dense {
			weights: full(&[bias.len(), float.inputs], self.options.weight_bits),
			bias: full(&[bias.len()], bias_bits),
		};
		let tensors = [weights, bias];
		let known = if private { None } else { Some(tensors.as_slice()) };
		self.ranges = dense_ranges(&float.name, &dense, known, &self.ranges)?;
		self.layers.push(Layer { name: float.name.clone(), op: Op::Dense(dense) });
		self.parameters.extend(tensors);
		Ok(())
	}

	fn private_dense(
		&mut self,
		float: &FloatDense,
		after: Option<(String, bool)>,
	) -> Result<(), CompileError> {
		let shift = self.options.weight_shift();
		let unit = (-f64::from(shift)).exp2();
		let scale = self.scale * unit;
		let input = self.ranges.iter().map(|r| r.max.max(-r.min)).max().unwrap_or(0).max(1);
		let largest = 1i64 << (self.options.weight_bits - 1);
		// Both are below 2^62, see `Interval` and `CompileOptions`.
		let product = largest.saturating_mul(input);
		let sum = product.saturating_mul(float.inputs as i64);
		let bias_bits =
			(Interval { min: -sum, max: sum }).signed_bits().min(BIAS_BITS.into()) as u8;

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
		let weights = integers(&float.weights, unit, self.largest(), &float.tensors[0])?;
		let limit = ((1i64 << (bias_bits - 1)) - 1) as f64;
		let bias = integers(&float.bias, scale, limit, &float.tensors[1])?;
		self.dense(float, bias_bits, weights, bias, true)?;
		self.scale = scale;
		let Some((name, rectify)) = after else { return Ok(()) };

		let bits = u32::from(self.options.activation_bits);
		let hard = self.ranges.iter().map(|r| r.max.max(-r.min)).max().unwrap_or(0);
		let shift = if rectify {
			// Two standard deviations if every weight and input had its full size.
			let usual = (2.0 * (float.inputs as f64).sqrt() * product as f64).ceil();
			let usual = hard.min(usual as i64);
			(64 - usual.leading_zeros()).saturating_sub(bits)
		} else {
			(64 - hard.leading_zeros() + 1).saturating_sub(bits - 1)
		};
		let channel = Channel { multiplier: 1, shift: shift as u8 };
		self.rescale(name, rectify, self.options.activation_bits, vec![channel])?;
		self.scale *= f64::from(shift).exp2();
		Ok(())
	}

	fn public_dense(
		&mut self,
		float: &FloatDense,
		after: Option<(String, bool)>,
	) -> Result<(), CompileError> {
		let rows: Vec<&[f32]> = float.weights.chunks_exact(float.inputs).collect();
		let peak = |row: &[f32]| f64::from(row.iter().fold(0f32, |m, w| m.max(w.abs())));
		let top = rows.iter().map(|row| peak(row)).fold(0.0, f64::max);
		let limit = (1u32 << (BIAS_BITS - 1)) as f64;
		let Some((name, rectify)) = after else {
			// Scores are compared with each other, so they share a scale.
			let bias = float.bias.iter().fold(0f32, |m, b| m.max(b.abs()));
			let unit = (top / self.largest()).max(f64::from(bias) / (limit - 1.0) / self.scale);
			let unit = if unit > 0.0 { unit } else { 1.0 };
			let scale = self.scale * unit;
			let weights = float.weights.iter().map(|w| (f64::from(*w) / unit).round() as i32);
			let bias = float.bias.iter().map(|b| (f64::from(*b) / scale).round() as i32).collect();
			self.dense(float, BIAS_BITS, weights.collect(), bias, false)?;
			self.scale = scale;
			return Ok(());
		};

		let bounds: Vec<f64> = rows
			.iter()
			.zip(&float.bias)
			.map(|(row, bias)| self.bound(row, *bias, rectify))
			.collect();
		let bound = bounds.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
		let mut scale = (bound / self.ceiling(rectify)).max(top * self.scale / self.largest());
		let (before, at) = (self.ranges.clone(), (self.layers.len(), self.parameters.len()));
		let step = self.scale;
		// Rounded weights may add up to a little more than the real ones. Without ReLU nothing may
		// saturate, so the scale gives way until all fits.
		for _ in 0..200 {
			let (mut weights, mut bias, mut channels) = (Vec::new(), Vec::new(), Vec::new());
			for (row, b) in rows.iter().zip(&float.bias) {
				let ratio = step / scale;
				let fits = |shift: u8| {
					let factor = f64::from(shift).exp2();
					(peak(row) * ratio * factor).round() <= self.largest()
						&& f64::from(b.abs()) / scale * factor < limit - 1.0
				};
				let shift = (0..=24).rev().find(|s| fits(*s)).unwrap_or(0);
				let factor = f64::from(shift).exp2();
				let integer = |w: &f32| (f64::from(*w) * ratio * factor).round() as i32;
				weights.extend(row.iter().map(integer));
				bias.push((f64::from(*b) / scale * factor).round() as i32);
				channels.push(Channel { multiplier: 1, shift });
			}
			self.dense(float, BIAS_BITS, weights, bias, false)?;
			match self.rescale(name.clone(), rectify, self.options.activation_bits, channels) {
				Ok(()) => {
					self.scale = scale;
					self.typical = bounds;
					return Ok(());
				}
				Err(GraphError::Layer { .. }) => {
					self.ranges.clone_from(&before);
					self.layers.truncate(at.0);
					self.parameters.truncate(at.1);
					scale *= 1.05;
				}
				Err(error) => return Err(error.into()),
			}
		}
		Err(GraphError::Overflow { layer: name, bits: MAX_BITS }.into())
	}

	/// The size of a channel's result that is not to saturate, as a real number.
	fn bound(&self, row: &[f32], bias: f32, rectify: bool) -> f64 {
		let (mut low, mut high, mut variance) = (f64::from(bias), f64::from(bias), 0.0);
		for ((weight, range), typical) in row.iter().zip(&self.ranges).zip(&self.typical) {
			let weight = f64::from(*weight);
			let ends = [range.min, range.max].map(|x| weight * x as f64 * self.scale);
			low += ends[0].min(ends[1]);
			high += ends[0].max(ends[1]);
			variance += (weight * typical).powi(2);
		}
		if rectify {
			high.max(0.0).min(f64::from(bias.abs()) + 6.0 * variance.sqrt())
		} else {
			high.abs().max(low.abs())
		}
	}

	fn output_spec(&self, float: &FloatGraph) -> Result<TensorSpec, CompileError> {
		let min = self.ranges.iter().map(|r| r.min).min().unwrap_or(0);
		let max = self.ranges.iter().map(|r| r.max).max().unwrap_or(0);
		let range = Interval { min, max };
		if range.signed_bits() > 32 {
			let layer = self.layers.last().map_or("output".into(), |l| l.name.clone());
			return Err(GraphError::Layer {
				layer,
				expected: "an output of at most 32 bits".into(),
				got: format!("{} bits", range.signed_bits()),
			}
			.into());
		}
		let argmax = matches!(self.layers.last(), Some(Layer { op: Op::ArgMax, .. }));
		let scale = if argmax { Scale::ONE } else { to_scale(self.scale) };
		let shape = if argmax { vec![1] } else { float.output.clone() };
		let dims: Vec<u32> = shape.iter().map(|d| *d as u32).collect();
		let dims = dims.try_into().map_err(|_| CompileError::Option {
			option: "output",
			expected: "at most 4 dimensions".into(),
			got: format!("{shape:?}"),
		})?;
		Ok(TensorSpec { dims, bits: width(range), min: min as i32, max: max as i32, scale })
	}
}
