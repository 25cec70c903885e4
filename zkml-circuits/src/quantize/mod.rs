//! From real numbers to integers: the only place, with `import`, where floating point occurs.
//!
//! Every value of the float graph becomes integers times a scale. Sums and products grow in width;
//! before they do so again they are rescaled to about `activation_bits`.
//!
//! - **Scales** follow from where values can be (interval arithmetic over the declared range of the
//!   input) and where they were (on samples, and on drawn inputs that cover the corners of the range
//!   and follow the slopes to the ends of values), with room for larger ones. An output or channel that
//!   is much smaller than others of its tensor has a scale that is finer by a power of two.
//! - **Public weights**: each output channel has its own shift, the largest with which its weights fit.
//! - **Private weights**: weights are multiples of `2^-weight_shift`, a bias has the width of the
//!   largest product of weights and input, and scales are powers of two above what was observed: these
//!   constants of the circuit are public.
//! - **Functions of one number** are tables over all arguments that make a difference; where that is
//!   more than a table holds, over those that were observed, with room.
//! - **Quantised models** keep their own integers, scales and ends.
//!
//! Where integers are narrower than what they could become, a [`crate::guard::Guard`] says so:
//! compiling reports it, and proving counts it.

mod bounds;
mod dense;
mod grid;
mod linear;
mod measure;
mod observe;
mod table;
mod tails;
mod walk;

use zkml_primitives::{Scale, TensorSpec};

use crate::{
	compile::{CompileError, CompileOptions, InputRange},
	graph::{GraphError, IntGraph, Op},
	guard::Guard,
	import::FloatGraph,
	plan::Interval,
};

use bounds::{bounds, Span};
use observe::Observed;

pub(crate) use grid::{real, to_scale, Grid};
pub(crate) use measure::measure;

/// Fewest levels of an input that is not made of integers,
const INPUT_LEVELS: f64 = 255.0;
/// and of one of so few elements that finer ones cost nothing.
const FINE_LEVELS: f64 = 4095.0;
const FEW: usize = 64;

/// Smallest width, at least a byte, of an interval.
fn width(range: Interval) -> u8 {
	range.signed_bits().max(8) as u8
}

/// The input's specification. Ranges of at least 16 whole numbers from 0 up stand for themselves
/// (pixels, counts); others have steps of a power of two, or the step that is given.
pub(crate) fn input_spec(
	dims: &[usize],
	range: InputRange,
	step: Option<f32>,
) -> Result<TensorSpec, CompileError> {
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
	let count: usize = dims.iter().product();
	let levels = if count <= FEW { FINE_LEVELS } else { INPUT_LEVELS };
	let scale = match step {
		Some(step) if step > 0.0 && step.is_finite() => to_scale(step.into()),
		Some(step) => {
			return Err(CompileError::Option {
				option: "input step",
				expected: "a number above 0".into(),
				got: step.to_string(),
			});
		}
		None if integers => Scale::ONE,
		None => to_scale(((max - min) / levels).log2().floor().exp2()),
	};
	let range = Interval {
		min: (min / real(scale)).round() as i64,
		max: (max / real(scale)).round() as i64,
	};
	if range.min == range.max {
		return Err(error("ends that are more than a step apart"));
	}
	if range.signed_bits() > 24 {
		return Err(error("ends within 24 bits of the step between numbers"));
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

/// A float graph in integers, and what is known of how it became them.
pub(crate) struct Quantized {
	/// The integer graph,
	pub graph: IntGraph,
	/// its parameters,
	pub parameters: Vec<Vec<i32>>,
	/// and where it is narrower than it could become.
	pub guards: Vec<Guard>,
	/// What [`measure()`] needs.
	pub traced: Traced,
}

/// The floats that the integers stand for.
pub(crate) struct Traced {
	/// The float graph with its functions split.
	float: FloatGraph,
	/// Where its values can be.
	bounds: Vec<Vec<Span>>,
	/// For each float value its integers, if the result needs them.
	values: Vec<Option<walk::Value>>,
	/// What an integer is worth at each guard.
	guard_scales: Vec<f64>,
	/// The inputs that were drawn, without those that follow slopes,
	drawn: Vec<Vec<f32>>,
	/// and these.
	driven: Vec<Vec<f32>>,
}

/// Quantises a float graph.
pub(crate) fn quantize(
	float: &FloatGraph,
	input: TensorSpec,
	private: bool,
	options: &CompileOptions,
) -> Result<Quantized, CompileError> {
	let grid = Grid::of(&input);
	let ends = |i: usize| Span {
		low: f64::from(input.min) * grid.step(i),
		high: f64::from(input.max) * grid.step(i),
	};
	let range: Vec<Span> = (0..grid.len()).map(ends).collect();
	let drawn = observe::drawn(float, &input);
	let could = bounds(float, range.clone());
	let driven = observe::driven(float, &input, &could);
	let all = || drawn.iter().chain(&driven).chain(&options.samples);
	let seen = Observed::on(float, all());
	let hulls: Vec<(Span, Span)> = could.iter().map(|spans| Span::hull(spans)).zip((0..).map(|v| seen.hull(v))).collect();
	let float = tails::split(float, &hulls, options.widths.activation_bits);
	let could = bounds(&float, range);
	let seen = Observed::on(&float, all());

	let known = walk::Known { bounds: &could, observed: &seen };
	let mut walk = walk::Walk::new(&float, &input, known, private, options);
	walk.run()?;
	let walk::Made { nodes, parameters, guards, values, range, scale } = walk.finish()?;
	let (guards, guard_scales) = guards.into_iter().unzip();
	let labels = matches!(nodes.last(), Some(node) if node.op == Op::ArgMax);
	if range.signed_bits() > 32 {
		return Err(GraphError::Node {
			node: nodes.last().map_or("output".into(), |node| node.name.clone()),
			expected: "an output of at most 32 bits".into(),
			got: format!("{} bits", range.signed_bits()),
		}
		.into());
	}
	let scale = if labels { Scale::ONE } else { to_scale(scale) };
	let dims = if labels { vec![1] } else { float.output.clone() };
	let dims = spec_dims("output", &dims)?;
	let (min, max) = (range.min as i32, range.max as i32);
	let output = TensorSpec { dims, bits: width(range), min, max, scale };
	let graph = IntGraph { input, nodes, output };
	let traced = Traced { bounds: could, values, guard_scales, drawn, driven, float };
	Ok(Quantized { graph, parameters, guards, traced })
}
