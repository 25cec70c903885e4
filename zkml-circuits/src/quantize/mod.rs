//! From real numbers to integers: the only place, with `import`, where floating point occurs.
//!
//! Every value of the float graph becomes integers times a scale. Sums and products grow in width;
//! before they do so again they are rescaled to about `activation_bits`.
//!
//! - **Public weights.** The scale of a result follows from the values that it takes on made-up inputs
//!   (noise, runs, constants) and on samples, if there are any, with room for larger ones: nothing is
//!   clamped unless static bounds are far beyond. Each output channel has its own shift, the largest
//!   with which its weights fit.
//! - **Private weights.** Everything follows from the architecture, of which the units of the weights
//!   are a part: weights are multiples of `2^-weight_shift`, a bias has the width of the largest product of weights and input, a result's
//!   scale comes from twice the standard deviation of a sum with weights of full size, and larger
//!   values saturate. The circuit, which is public, is the same after retraining.
//! - **Quantised models** keep their own integers, scales and ends, and are rounded as ONNX Runtime rounds
//!   them (`walk/rounding.rs`); in others halves go up.

mod dense;
mod observe;
mod walk;

use zkml_primitives::{Scale, TensorSpec};

use crate::{
	compile::{CompileError, CompileOptions, InputRange},
	evaluate::InputError,
	graph::{GraphError, IntGraph},
	import::FloatGraph,
	plan::Interval,
};

pub(crate) use observe::peaks;

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
	let dims = spec_dims("input", dims)?;
	let (min, max) = (range.min as i32, range.max as i32);
	Ok(TensorSpec { dims, bits: width(range), min, max, scale })
}

/// A shape as specifications have it.
fn spec_dims(option: &'static str, dims: &[usize]) -> Result<zkml_primitives::Dims, CompileError> {
	let error = || CompileError::Option {
		option,
		expected: "at most 4 dimensions below 2^32".into(),
		got: format!("{dims:?}"),
	};
	let dims = dims.iter().map(|d| u32::try_from(*d)).collect::<Result<Vec<_>, _>>();
	dims.ok().and_then(|dims| dims.try_into().ok()).ok_or_else(error)
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

/// Quantises a float graph; gives the integer graph and its parameters.
pub(crate) fn quantize(
	float: &FloatGraph,
	input: TensorSpec,
	private: bool,
	options: &CompileOptions,
) -> Result<(IntGraph, Vec<Vec<i32>>), CompileError> {
	let mut walk = walk::Walk::new(float, &input, private, options);
	walk.run()?;
	let (nodes, parameters, range, scale) = walk.finish()?;
	let labels = matches!(nodes.last(), Some(node) if node.op == crate::graph::Op::ArgMax);
	if range.signed_bits() > 32 {
		return Err(GraphError::Node {
			node: nodes.last().map_or("output".into(), |node| node.name.clone()),
			expected: "an output of at most 32 bits".into(),
			got: format!("{} bits", range.signed_bits()),
		}
		.into());
	}
	let unit = if labels { Scale::ONE } else { to_scale(scale) };
	if !labels && (real(unit) / scale - 1.0).abs() > 1e-6 {
		return Err(CompileError::Option {
			option: "scale of the output",
			expected: "a number from 2^-231 to 2^32".into(),
			got: format!("{scale:e}"),
		});
	}
	let dims = if labels { vec![1] } else { float.output.clone() };
	let dims = spec_dims("output", &dims)?;
	let (min, max) = (range.min as i32, range.max as i32);
	let output = TensorSpec { dims, bits: width(range), min, max, scale: unit };
	Ok((IntGraph { input, nodes, output }, parameters))
}
