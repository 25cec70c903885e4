//! From real numbers to integers: the only place, with `import`, where floating point occurs.
//!
//! Every value of the float graph becomes integers times a scale. Sums and products grow in width;
//! before they do so again they are rescaled to about `activation_bits`.
//!
//! - **Scales** follow from where values can be (interval arithmetic over the declared ranges of the
//!   inputs) and where they were (on samples, and on drawn inputs that cover the corners of the range
//!   and follow the slopes to the ends of values), with room for larger ones. An output or channel that
//!   is much smaller than others of its tensor has a scale that is finer by a power of two.
//! - **Public weights**: each output channel has its own shift, the largest with which its weights fit.
//! - **Private weights**: weights are multiples of `2^-weight_shift`, a bias has the width of the
//!   largest product of weights and input, and scales are powers of two above what was observed: these
//!   constants of the circuit are public.
//! - **Functions of one number** are tables over all arguments that make a difference; where that is
//!   more than a table holds, over those that were observed, with room.
//! - **Quotients and roots** have operations of their own, so that small results are as exact as large ones
//!   (`relative.rs`); what they are made of keeps the integers it has. So have exponentials and logarithms of
//!   which one table would be too coarse (`exponent.rs`).
//! - **Quantised models** keep their own integers, scales and ends, and are rounded as ONNX Runtime
//!   rounds them (`walk/rounding.rs`); in others halves go up.
//!
//! Where integers are narrower than what they could become, a [`crate::guard::Guard`] says so:
//! compiling reports it, and proving counts it.

mod bounds;
mod choices;
mod dense;
mod exponent;
mod grid;
mod linear;
mod measure;
mod observe;
mod order;
mod picked;
mod relations;
mod relative;
mod search;
mod table;
mod tails;
mod thresholds;
mod walk;
mod whole;

use zkml_primitives::{
	Scale, Scales, TensorSpec, Tensors, ValueInfo, Visibility, MAX_CHANNELS, MAX_RANK, MAX_TENSORS,
};

use crate::{
	error::CompileError,
	evaluate::{check_count, InputError},
	graph::{GraphError, IntGraph, Op, Output},
	guard::Guard,
	import::{Elements, FloatGraph, FloatInput},
	options::{CompileOptions, InputRange},
	plan::{Interval, Plan},
	report::Report,
};

pub use choices::Choices;

use bounds::{bounds, Span};
use choices::{check_same, hulls_of};
use grid::{real, to_scale, Grid};
use measure::measure;
use observe::Observed;

/// Fewest levels of an input that is not made of integers.
const INPUT_LEVELS: f64 = 255.0;
/// Fewest levels of such an input of so few elements that finer ones cost nothing.
const FINE_LEVELS: f64 = 4095.0;
const FEW: usize = 64;
/// Levels of a feature with a range of its own, to either side of 0.
const FEATURE_LEVELS: f64 = 32_767.0;

/// Smallest width, at least a byte, of an interval.
fn width(range: Interval) -> u8 {
	range.signed_bits().max(8) as u8
}

/// The names and specifications of the inputs.
fn input_infos(
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
fn value_info(
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
fn tensors<T>(option: &'static str, all: Vec<T>) -> Result<Tensors<T>, CompileError> {
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
fn spec_dims(option: &'static str, dims: &[usize]) -> Result<zkml_primitives::Dims, CompileError> {
	let error = || CompileError::Option {
		option,
		expected: format!("at most {MAX_RANK} dimensions below 2^32"),
		got: format!("{dims:?}"),
	};
	let dims = dims.iter().map(|d| u32::try_from(*d)).collect::<Result<Vec<_>, _>>();
	dims.ok().and_then(|dims| dims.try_into().ok()).ok_or_else(error)
}

/// A float graph in integers.
#[derive(Clone, Debug)]
pub struct Quantized {
	/// The operations of the float graph, on integers.
	pub graph: IntGraph,
	/// Its parameters: weights, then bias, of each dense node.
	pub parameters: Vec<Vec<i32>>,
	/// The ranges of its values: of a private model for any parameters of their widths.
	pub plan: Plan,
	/// Where it is narrower than it could become.
	pub guards: Vec<Guard>,
	/// How close it comes to the floats.
	pub report: Report,
	/// What the constants of a private model were chosen by, for [`quantize_like`].
	pub choices: Option<Choices>,
}

/// Quantises a float graph, and measures how close its integers come to the floats. If that is not close
/// enough nodes get more bits than the options say, unless these forbid it; the report has them.
///
/// # Errors
///
/// If an option does not fit the graph, if its integers could overflow, or if they are not as close as the
/// options ask for; see [`CompileError`].
pub fn quantize(float: &FloatGraph, options: &CompileOptions) -> Result<Quantized, CompileError> {
	check_options(float, options)?;
	let inputs = input_infos(float, options)?;
	let names: Vec<String> = float.nodes.iter().map(|node| node.name.clone()).collect();
	search::search(options, &names, |options| {
		let (made, traced) = integers(float, inputs.clone(), options, None)?;
		quantized(made, &traced, options)
	})
}

/// Quantises a float graph into the graph of an earlier private model, all but the names of its nodes: inputs,
/// widths, shifts and tables are that model's, whatever the options say of them, and parameters are this one's.
/// So the two have one circuit, and one set of keys.
///
/// # Errors
///
/// If the two are not alike, a parameter does not fit its width, an option does not fit the graph, or the integers
/// are not as close to the floats as the options ask for.
pub fn quantize_like(
	float: &FloatGraph,
	earlier: (&IntGraph, &Choices),
	options: &CompileOptions,
) -> Result<Quantized, CompileError> {
	let options = &CompileOptions { visibility: Visibility::Private, ..options.clone() };
	check_options(float, options)?;
	let (graph, choices) = earlier;
	if float.inputs.len() != graph.inputs.len() {
		return Err(CompileError::Unlike {
			what: "the number of inputs".into(),
			expected: graph.inputs.len().to_string(),
			got: float.inputs.len().to_string(),
		});
	}
	for (input, earlier) in float.inputs.iter().zip(&graph.inputs) {
		let dims = spec_dims("input", &input.dims)?;
		if dims != earlier.tensor.dims {
			return Err(CompileError::Unlike {
				what: format!("the shape of input {}", input.name),
				expected: format!("{:?}", &earlier.tensor.dims[..]),
				got: format!("{:?}", &dims[..]),
			});
		}
	}
	let (mut made, traced) = integers(float, graph.inputs.clone(), options, Some(choices))?;
	check_same(graph, &made.graph)?;
	made.graph = graph.clone();
	quantized(made, &traced, options)
}

fn check_options(float: &FloatGraph, options: &CompileOptions) -> Result<(), CompileError> {
	options.check()?;
	let names = |name: &String| float.nodes.iter().any(|node| node.name == *name);
	if let Some(name) = options.node_widths.keys().find(|name| !names(name)) {
		let (expected, got) = ("names of nodes of the file".into(), name.clone());
		return Err(CompileError::Option { option: "widths", expected, got });
	}
	let expected = float.len(0);
	if let Some(sample) = options.samples.iter().find(|sample| sample.len() != expected) {
		let (expected, got) = (format!("{expected} values each"), sample.len().to_string());
		return Err(CompileError::Option { option: "samples", expected, got });
	}
	Ok(())
}

/// Checks, plans and measures what was made.
fn quantized(
	made: Integers,
	traced: &Traced,
	options: &CompileOptions,
) -> Result<Quantized, CompileError> {
	let Integers { graph, parameters, .. } = &made;
	let first = graph.output_specs().next().map_or(0, |spec| spec.len() as usize);
	options.check_labels(graph.classes().unwrap_or(first))?;
	graph.check_parameters(parameters)?;
	let plan = match options.visibility {
		Visibility::Public => Plan::new(graph, Some(parameters))?,
		Visibility::Private => Plan::new(graph, None)?,
	};
	let report = measure(traced, &made, options)?;
	let Integers { graph, parameters, guards, choices } = made;
	Ok(Quantized { graph, parameters, plan, guards, report, choices })
}

/// Real numbers as the integers of inputs, each the nearest.
///
/// # Errors
///
/// If there are not as many lists as inputs, or as many numbers as an input has elements, or one is
/// outside its range.
pub fn quantize_inputs(
	inputs: &[ValueInfo],
	reals: &[Vec<f32>],
) -> Result<Vec<Vec<i32>>, InputError> {
	check_count(inputs, reals)?;
	inputs.iter().zip(reals).map(|(info, real)| grid::integers(info, real)).collect()
}

/// The same of numbers of all inputs end to end.
fn quantize_flat(inputs: &[ValueInfo], mut reals: &[f32]) -> Result<Vec<Vec<i32>>, InputError> {
	let mut each = Vec::with_capacity(inputs.len());
	for info in inputs {
		let own = reals.split_off(..info.tensor.len() as usize).unwrap_or_default();
		each.push(grid::integers(info, own)?);
	}
	Ok(each)
}

/// What a float graph becomes.
struct Integers {
	graph: IntGraph,
	parameters: Vec<Vec<i32>>,
	guards: Vec<Guard>,
	choices: Option<Choices>,
}

/// The floats that the integers stand for: what [`measure()`] needs.
struct Traced {
	/// The float graph with its functions split.
	float: FloatGraph,
	/// Where its values can be.
	bounds: Vec<Vec<Span>>,
	/// For each float value its integers, if an output needs them.
	values: Vec<Option<walk::Value>>,
	/// What an integer is worth at each guard.
	guard_scales: Vec<f64>,
	/// The most that a table's cell loses, as a share of the function's own range.
	cell: f64,
	/// The inputs that were drawn, without those that follow slopes.
	drawn: Vec<Vec<f32>>,
	/// The inputs that follow slopes.
	driven: Vec<Vec<f32>>,
}

/// The integers of a float graph, with scales that are chosen by what is known of it, or of an earlier one.
fn integers(
	float: &FloatGraph,
	inputs: Tensors<ValueInfo>,
	options: &CompileOptions,
	like: Option<&Choices>,
) -> Result<(Integers, Traced), CompileError> {
	let private = options.visibility == Visibility::Private;
	let hidden = picked::hidden(float).filter(|_| private);
	let float = hidden.as_ref().unwrap_or(float);
	let grid = Grid::of(inputs.iter().map(|info| &info.tensor));
	let ends = |(range, step): (&Interval, &f64)| Span {
		low: range.min as f64 * step,
		high: range.max as f64 * step,
	};
	let range: Vec<Span> = grid.ranges().iter().zip(grid.steps()).map(ends).collect();
	let lens: Vec<usize> = float.inputs.iter().map(FloatInput::len).collect();
	let mut drawn = observe::drawn(float, &grid, &lens);
	let could = bounds(float, range.clone());
	let mut driven = observe::driven(float, &grid, &could);
	let each = float.inputs.iter().zip(&inputs).flat_map(|(input, info)| {
		let own = options.step(input).is_some() || info.tensor.scales == Scales::ONE;
		std::iter::repeat_n(!own, input.len())
	});
	let rounded: Vec<bool> = each.collect();
	for inputs in [&mut drawn, &mut driven] {
		thresholds::onto_thresholds(float, grid.steps(), &rounded, inputs);
	}
	let all = || drawn.iter().chain(&driven).chain(&options.samples);
	let seen = Observed::on(float, all());
	let (whole, activation_bits) = match like {
		Some(choices) => (choices.whole(float)?, choices.activation_bits()),
		None => (hulls_of(&could, &seen), options.widths.activation_bits),
	};
	let float = tails::split(float, &whole, activation_bits);
	let could = bounds(&float, range);
	let seen = Observed::on(&float, all());
	let (split, widths) = match like {
		Some(choices) => choices.split(&float)?,
		None => {
			let names = ["input"].into_iter().chain(float.ops.iter().map(|node| &*node.name));
			(hulls_of(&could, &seen), names.map(|name| options.widths(name)).collect())
		}
	};
	let (chosen_could, chosen_seen);
	let (bounds, observed) = match like {
		Some(_) => {
			// Scales of a private model are chosen by hulls alone.
			let each = |v: usize, span: Span| vec![span; float.len(v)];
			let both = split.iter().enumerate();
			chosen_could = both.clone().map(|(v, (could, _))| each(v, *could)).collect::<Vec<_>>();
			chosen_seen = Observed::of(both.map(|(v, (_, was))| each(v, *was)).collect());
			(&chosen_could, &chosen_seen)
		}
		None => (&could, &seen),
	};

	let known = walk::Known {
		bounds,
		observed,
		could: &could,
		widths: &widths,
		rounded: &rounded,
		weight_shifts: like.map_or(&options.weight_shifts, Choices::weight_shifts),
	};
	let mut walk = walk::Walk::new(&float, &grid, known, private);
	walk.run()?;
	let walk::Made { nodes, parameters, guards, cell, values, results, weight_shifts } =
		walk.finish()?;
	let choices =
		private.then(|| Choices::new(activation_bits, &whole, &split, &widths, weight_shifts));
	let (guards, guard_scales) = guards.into_iter().unzip();
	let mut outputs = Vec::with_capacity(results.len());
	for (output, result) in float.outputs.iter().zip(results) {
		let walk::Outcome { id: value, range, scale } = result;
		let giver = (value as usize).checked_sub(1).map(|index| &nodes[index]);
		let label = giver.is_some_and(|node| node.op == Op::ArgMax);
		if range.signed_bits() > 32 {
			return Err(GraphError::Node {
				node: giver.map_or(output.name.clone(), |node| node.name.clone()),
				expected: "an output of at most 32 bits".into(),
				got: format!("{} bits", range.signed_bits()),
			}
			.into());
		}
		let unit = if label { Scale::ONE } else { to_scale(scale) };
		if !label && (real(unit) / scale - 1.0).abs() > 1e-6 {
			return Err(CompileError::Option {
				option: "scale of the output",
				expected: "a number from 2^-231 to 2^32".into(),
				got: format!("{scale:e}"),
			});
		}
		let dims = if label { vec![1] } else { output.dims.clone() };
		let dims = spec_dims("output", &dims)?;
		let (min, max) = (range.min as i32, range.max as i32);
		let scales = Scales::PerTensor(unit);
		let tensor = TensorSpec { dims, bits: width(range), min, max, scales };
		outputs.push(Output { info: value_info("outputs", &output.name, tensor)?, value });
	}
	let graph = IntGraph { inputs, nodes, outputs: tensors("outputs", outputs)? };
	let traced = Traced { bounds: could, values, guard_scales, cell, drawn, driven, float };
	Ok((Integers { graph, parameters, guards, choices }, traced))
}
