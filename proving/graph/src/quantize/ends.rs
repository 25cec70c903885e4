//! The specifications of a model's inputs and outputs.

use zkml_primitives::{
	Scale, Scales, TensorSpec, Tensors, ValueInfo, MAX_CHANNELS, MAX_RANK, MAX_TENSORS,
};

use super::{
	grid::{real, to_scale},
	picked,
};
use crate::{
	error::CompileError,
	import::{Elements, FloatGraph, FloatInput},
	options::{CompileOptions, InputRange},
	plan::Interval,
};

/// Fewest levels of an input that is not made of integers.
const INPUT_LEVELS: f64 = 255.0;
/// Fewest levels of such an input of so few elements that finer ones cost nothing.
const FINE_LEVELS: f64 = 4095.0;
const FEW: usize = 64;
/// Levels of a feature with a range of its own, to either side of 0.
const FEATURE_LEVELS: f64 = 32_767.0;

/// Smallest width, at least a byte, of an interval.
pub(super) fn width(range: Interval) -> u8 {
	range.signed_bits().max(8) as u8
}

/// The names and specifications of the inputs.
pub(super) fn input_infos(
	float: &FloatGraph,
	options: &CompileOptions,
) -> Result<Tensors<ValueInfo>, CompileError> {
	let named = |name: &&String| float.inputs.iter().all(|input| input.name != **name);
	if let Some(name) = options.inputs.keys().find(named) {
		let names: Vec<_> = float.inputs.iter().map(|input| input.name.as_str()).collect();
		return Err(CompileError::Option {
			option: "input range",
			expected: format!("a name among {}", names.join(", ")),
			got: name.clone(),
		});
	}
	let mut start = 0;
	let mut infos = Vec::with_capacity(float.inputs.len());
	let sizes = picked::sizes(float);
	for input in &float.inputs {
		let own = options.inputs.get(&input.name).is_some_and(|own| !own.ranges.is_empty());
		// What is said of all inputs is not said of indices beside others.
		let said = own || float.inputs.len() == 1 && !options.input.is_empty();
		let indices = picked::input_range(input, &sizes[start..start + input.len()]);
		let ranges = match indices.filter(|_| !said) {
			Some(range) => vec![range],
			None => options.ranges(input, start)?,
		};
		let tensor = input_spec(input, &ranges, options.step(input))?;
		infos.push(value_info("inputs", &input.name, tensor)?);
		start += input.len();
	}
	tensors("inputs", infos)
}

/// A name with a specification. The importer's names are as short as a chain's.
pub(super) fn value_info(
	option: &'static str,
	name: &str,
	tensor: TensorSpec,
) -> Result<ValueInfo, CompileError> {
	let name = name.as_bytes().to_vec().try_into().map_err(|_| CompileError::Option {
		option,
		expected: "names of at most 64 bytes".into(),
		got: name.into(),
	})?;
	Ok(ValueInfo { name, tensor })
}

/// One for each input or output, of which there are few enough.
pub(super) fn tensors<T>(option: &'static str, all: Vec<T>) -> Result<Tensors<T>, CompileError> {
	Tensors::try_from(all).map_err(|all| CompileError::Option {
		option,
		expected: format!("at most {MAX_TENSORS}"),
		got: all.len().to_string(),
	})
}

/// An input's specification. What the file says to be integers stands for itself.
///
/// With one range: whole numbers from 0 up, at least 16 of them, stand for themselves (pixels, counts);
/// others have steps of a power of two, or the step that is given. With a range for each index of the
/// last axis each has a step of its own, a power of two.
fn input_spec(
	input: &FloatInput,
	ranges: &[InputRange],
	step: Option<f32>,
) -> Result<TensorSpec, CompileError> {
	let (name, dims) = (&input.name, input.dims.as_slice());
	for InputRange { min, max } in ranges {
		if !(min.is_finite() && max.is_finite() && min <= max) || ranges.len() == 1 && min == max {
			return Err(CompileError::Option {
				option: "input range",
				expected: "finite ends, the lower first".into(),
				got: format!("{min} to {max} for {name}"),
			});
		}
		let truth = |end: f32| end == 0.0 || end == 1.0;
		if input.elements == Elements::Truths && !(truth(*min) && truth(*max) && step == Some(1.0))
		{
			return Err(CompileError::Option {
				option: "input range",
				expected: format!("0 to 1 for {name}, whose type is BOOL"),
				got: format!("{min} to {max}"),
			});
		}
	}
	let steps = match (ranges, step) {
		([_], Some(step)) if step > 0.0 && step.is_finite() => vec![f64::from(step)],
		([range], None) => vec![shared_step(dims, *range)],
		(ranges, None) => ranges.iter().map(own_step).collect(),
		(_, Some(step)) => {
			return Err(CompileError::Option {
				option: "input step",
				expected: "a number above 0, for an input of one range".into(),
				got: step.to_string(),
			});
		}
	};
	let steps: Vec<Scale> = steps.into_iter().map(to_scale).collect();
	let whole = |end: f32, step: &Scale| (f64::from(end) / real(*step)).round() as i64;
	let each = ranges.iter().zip(&steps);
	let each = each.map(|(r, s)| Interval { min: whole(r.min, s), max: whole(r.max, s) });
	let range = Interval::hull(&each.collect::<Vec<_>>());
	if range.min == range.max || range.signed_bits() > 24 {
		return Err(CompileError::Option {
			option: "input range",
			expected: "ends of 1 to 2^23 steps".into(),
			got: format!("{} to {} steps for {name}", range.min, range.max),
		});
	}
	let scales = match steps.as_slice() {
		[step] => Scales::PerTensor(*step),
		_ => {
			let axis = dims.len().saturating_sub(1) as u8;
			let count = steps.len();
			let scales = steps.try_into().map_err(|_| CompileError::Option {
				option: "input ranges",
				expected: format!("one, or at most {MAX_CHANNELS}"),
				got: count.to_string(),
			})?;
			Scales::PerAxis { axis, scales }
		}
	};
	let dims = spec_dims("input", dims)?;
	let (min, max) = (range.min as i32, range.max as i32);
	let spec = TensorSpec { dims, bits: width(range), min, max, scales };
	match spec.scales.check(&spec.dims) {
		Ok(()) => Ok(spec),
		Err(_) => Err(CompileError::Option {
			option: "input ranges",
			expected: "one, or one for each index of the last axis".into(),
			got: format!("{} for {name} of {:?}", ranges.len(), &spec.dims[..]),
		}),
	}
}

/// The step of an input of one range.
fn shared_step(dims: &[usize], InputRange { min, max }: InputRange) -> f64 {
	let (min, max) = (f64::from(min), f64::from(max));
	if min >= 0.0 && max - min >= 15.0 && min.fract() == 0.0 && max.fract() == 0.0 {
		return 1.0;
	}
	let levels = if dims.iter().product::<usize>() <= FEW { FINE_LEVELS } else { INPUT_LEVELS };
	((max - min) / levels).log2().floor().exp2()
}

/// The step of a feature with a range of its own.
fn own_step(range: &InputRange) -> f64 {
	let size = f64::from(range.max.abs().max(range.min.abs()));
	if size > 0.0 {
		(size / FEATURE_LEVELS).log2().ceil().exp2()
	} else {
		1.0
	}
}

/// A shape as specifications have it.
pub(super) fn spec_dims(
	option: &'static str,
	dims: &[usize],
) -> Result<zkml_primitives::Dims, CompileError> {
	let error = || CompileError::Option {
		option,
		expected: format!("at most {MAX_RANK} dimensions below 2^32"),
		got: format!("{dims:?}"),
	};
	let dims = dims.iter().map(|d| u32::try_from(*d)).collect::<Result<Vec<_>, _>>();
	dims.ok().and_then(|dims| dims.try_into().ok()).ok_or_else(error)
}
