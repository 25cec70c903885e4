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
//! - **Recurrences** have one table of a function for all of their steps (`steps.rs`).
//! - **Quotients and roots** have operations of their own, so that small results are as exact as large ones
//!   (`relative.rs`); what they are made of keeps the integers it has. So have exponentials and logarithms of
//!   which one table would be too coarse (`exponent.rs`).
//! - **Quantised models** keep their own integers, scales and ends, and are rounded as ONNX Runtime
//!   rounds them (`walk/rounding.rs`); in others halves go up.
//!
//! Where integers are narrower than what they could become, a [`crate::guard::Guard`] says so:
//! compiling reports it, and proving counts it.

mod bits;
mod bounds;
mod choices;
mod dense;
mod ends;
mod exponent;
mod fine;
mod grid;
mod labels;
mod limits;
mod linear;
mod measure;
mod norms;
mod observe;
mod order;
mod picked;
mod relations;
mod relative;
mod search;
mod steps;
mod table;
mod tails;
mod thresholds;
mod walk;
mod whole;

use zkml_primitives::{Scale, Scales, TensorSpec, Tensors, ValueInfo, Visibility};

use crate::{
	error::CompileError,
	evaluate::{check_count, InputError},
	graph::{GraphError, IntGraph, Op, Output},
	guard::Guard,
	import::{FloatGraph, FloatInput, FloatOutput},
	options::CompileOptions,
	plan::{Interval, Plan},
	report::Report,
};

pub use choices::Choices;

use bounds::{bounds, Span};
use choices::{check_same, hulls_of};
use ends::{input_infos, spec_dims, tensors, value_info, width};
use grid::{real, to_scale, Grid};
use measure::measure;
use observe::Observed;

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
/// widths, shifts and tables are that model's, whatever the options say of them, and parameters are this one's. The
/// option `lookups` is to be what it was for the earlier one.
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

/// Refuses labels where an output is the number of a class: they would be looked up by what is no index.
fn check_numbered(float: &FloatGraph, options: &CompileOptions) -> Result<(), CompileError> {
	let numbered = |output: &&FloatOutput| {
		labels::label_of(float, output.value).is_some_and(|label| label.numbered)
	};
	match float.outputs.iter().find(numbered).filter(|_| !options.labels.is_empty()) {
		Some(output) => Err(CompileError::Option {
			option: "labels",
			expected: format!(
				"none: {} is the number of a class itself, not its index",
				output.name
			),
			got: options.labels.len().to_string(),
		}),
		None => Ok(()),
	}
}

/// Checks, plans and measures what was made.
fn quantized(
	made: Integers,
	traced: &Traced,
	options: &CompileOptions,
) -> Result<Quantized, CompileError> {
	let Integers { graph, parameters, .. } = &made;
	let first = graph.output_specs().next().map_or(0, |spec| spec.len() as usize);
	check_numbered(&traced.float, options)?;
	options.check_labels(graph.classes().unwrap_or(first))?;
	graph.check_parameters(parameters)?;
	let plan = match options.visibility {
		Visibility::Public => Plan::new(graph, Some(parameters))?,
		Visibility::Private => Plan::new(graph, None)?,
	};
	let (report, norms) = measure(traced, &made, options)?;
	let Integers { graph, parameters, mut guards, choices } = made;
	guards.extend(norms);
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
	limits::check_limits(float, &range)?;
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
	limits::check_met(float, &range, all)?;
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
		lookups: options.lookups,
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
				expected: "a number from 2^-231 to 2^32 (of values that reach further take the \
				           logarithm, subtract the largest before an exponential, or put a Clip \
				           behind)"
					.into(),
				got: format!("{scale:e} of {}", output.name),
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
