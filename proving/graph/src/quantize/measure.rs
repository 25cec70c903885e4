//! Floats against integers.

use std::collections::BTreeMap;

use super::{
	bounds::Span, labels::label_of, norms::norms, quantize_flat, walk, Grid, Integers, Traced,
};
use crate::{
	error::CompileError,
	evaluate::{evaluate, Trace},
	guard::{Guard, Saturation},
	import::{FloatOp, FloatOutput},
	options::CompileOptions,
	plan::Interval,
	report::{ElementError, Narrow, NodeError, OutputError, Report, Still},
};

/// By how much the error that is stated of other inputs is above the largest that was measured.
const STATED: f64 = 3.0;
/// By how much an element is larger than its range before it counts as always the same.
const CONSTANT: f64 = 1000.0;
/// Of scores that a label compares with each other, one counts as spanning at least this part of what they all span: beside
/// the others it says nothing how little the likeliest one moves behind a LogSoftmax.
const COMPARED: f64 = 100.0;
/// What sums of 32-bit floats lose by themselves.
const FLOATS: f64 = 1e-6;
/// The most of a table's coarsest cell that is stated: where functions bend most inputs were measured.
const CELL: f64 = 1.0 / 64.0;
/// Nodes that a report lists.
const LISTED: usize = 8;

/// An input on which both were run.
pub(super) struct Run {
	/// All values of the float graph.
	pub floats: Vec<Vec<f32>>,
	/// All values of the integer graph.
	pub trace: Trace,
	saturated: Vec<Saturation>,
}

/// Runs both, and refuses what is not close enough. With guards of what is too small to be divided by.
pub(super) fn measure(
	traced: &Traced,
	made: &Integers,
	options: &CompileOptions,
) -> Result<(Report, Vec<Guard>), CompileError> {
	let mut input_rounding = 0f64;
	let Integers { graph, parameters, guards, .. } = made;
	let grid = Grid::of(graph.inputs.iter().map(|info| &info.tensor));
	let mut run = |input: &Vec<f32>| -> Result<Run, CompileError> {
		let integers =
			quantize_flat(&graph.inputs, input).map_err(|error| CompileError::Option {
				option: "samples",
				expected: "inputs that the model takes".into(),
				got: error.to_string(),
			})?;
		for (i, (real, integer)) in input.iter().zip(integers.iter().flatten()).enumerate() {
			let Interval { min, max } = grid.ranges()[i];
			let off = (f64::from(*real) / grid.step(i) - f64::from(*integer)).abs();
			input_rounding = input_rounding.max(off / (max - min) as f64);
		}
		let floats = traced.float.evaluate(input);
		let trace =
			evaluate(graph, parameters, &integers).map_err(|error| CompileError::Option {
				option: "samples",
				expected: "inputs that the model takes".into(),
				got: error.to_string(),
			})?;
		let saturated = guards.iter().filter_map(|guard| guard.check(graph, &trace)).collect();
		Ok(Run { floats, trace, saturated })
	};
	let given = !options.samples.is_empty();
	let others = || traced.drawn.iter().chain(&traced.driven);
	let (measured, looked_at): (Vec<Run>, Vec<Run>) = match given {
		true => {
			let measured = options.samples.iter().map(&mut run).collect::<Result<_, _>>()?;
			(measured, others().map(&mut run).collect::<Result<_, _>>()?)
		}
		false => (others().map(&mut run).collect::<Result<_, _>>()?, Vec::new()),
	};
	let compared: Vec<Compared> = (0..traced.float.outputs.len())
		.map(|output| Compared::new(traced, &measured, output))
		.collect();
	let saturates = |run: &&Run| !run.saturated.is_empty();
	if !options.allow_saturation {
		for run in measured.iter().chain(&looked_at).filter(saturates) {
			let worst = compared
				.iter()
				.map(|output| worst(traced, run, output.scores, &output.elements))
				.fold(0.0, f64::max);
			if worst > options.max_error {
				let Saturation { node, furthest, end, .. } = run.saturated[0].clone();
				return Err(CompileError::Saturates {
					node,
					times: furthest as f64 / if end == 0 { 1.0 } else { end as f64 },
					error: worst * 100.0,
					allowed: options.max_error * 100.0,
				});
			}
		}
	}
	let kept: Vec<&Run> = match options.allow_saturation {
		true => measured.iter().filter(|run| run.saturated.is_empty()).collect(),
		false => measured.iter().collect(),
	};
	let nodes = losses(traced, &kept);
	// Those that are named without a class: the elements of the first output.
	let classes = made.graph.classes().is_some();
	let (mut outputs, mut means) = (Vec::new(), Vec::new());
	let (mut elsewhere, mut still) = (0f64, Vec::new());
	for (index, Compared { result, scores, elements: own }) in compared.iter().enumerate() {
		let (result, scores) = (*result, *scores);
		let label = result != scores;
		// A label is right or wrong; its step is no error.
		let step = |i: usize| match &traced.values[scores] {
			Some(value) if !label => value.scale(i),
			_ => 0.0,
		};
		let rounds = own_steps(traced, scores);
		let cell = if label { 0.0 } else { 2.0 * traced.cell.min(CELL) };
		let kept_own = kept_elements(traced, &kept, scores, own, (step, rounds, cell));
		let (own, own_means): (Vec<_>, Vec<_>) = kept_own.into_iter().unzip();
		means.extend(own_means);
		let output = &traced.float.outputs[index];
		for (element, own) in own.iter().enumerate() {
			let (span, step) = (own.high - own.low, step(element));
			let size = own.high.abs().max(own.low.abs());
			if span > FLOATS * size && span < step && rounds == 0.0 {
				let (low, high) = (own.low, own.high);
				still.push(Still { output: output.name.clone(), element, low, high, step });
			}
		}
		let joint = elements(traced, measured.iter().chain(&looked_at), index, scores);
		let others = looked_at.iter().filter(|run| run.saturated.is_empty());
		elsewhere = others.map(|run| worst(traced, run, scores, &joint)).fold(elsewhere, f64::max);
		outputs.push(OutputError {
			name: output.name.clone(),
			agreement: agreement(traced, made, &kept, (index, scores)),
			labelled: label || !options.labels.is_empty() && !classes && index == 0,
			elements: own,
		});
	}
	let each = || outputs.iter().flat_map(|output| &output.elements);
	let all = || measured.iter().chain(&looked_at);
	let norms = norms(traced, all());
	let own = made.guards.iter().zip(&traced.guard_scales);
	let guards: Vec<_> =
		own.map(|(guard, scale)| (*guard, *scale)).chain(norms.iter().copied()).collect();
	let narrow = narrow(traced, made, &guards, all());
	let report = Report {
		inputs: kept.len(),
		given,
		max_error: each().map(|element| element.max_error).fold(0.0, f64::max),
		mean_error: means.iter().sum::<f64>() / means.len().max(1) as f64,
		stated_error: each().map(|element| element.stated_error).fold(0.0, f64::max),
		outputs,
		nodes,
		widths: BTreeMap::new(),
		narrow,
		still,
		jumps: jumps(traced),
		input_rounding,
		elsewhere: given.then_some(elsewhere),
	};
	if !report.close_enough(options.max_error, options.min_agreement) {
		return Err(CompileError::inaccurate(&report, options));
	}
	Ok((report, norms.into_iter().map(|(guard, _)| guard).collect()))
}

/// An output, and what of it is measured.
struct Compared {
	/// The value that it is.
	result: usize,
	/// The value whose elements are measured: the same, or the scores that a label is made of.
	scores: usize,
	/// These elements' ranges.
	elements: Vec<ElementError>,
}

impl Compared {
	/// Output number `output`, on what was run.
	fn new(traced: &Traced, runs: &[Run], output: usize) -> Self {
		let result = traced.float.outputs[output].value;
		let scores = label_of(&traced.float, result).map_or(result, |label| label.scores);
		Self { result, scores, elements: elements(traced, runs, output, scores) }
	}
}

/// The largest error of a value's elements, as a share of their ranges.
fn worst(traced: &Traced, run: &Run, value: usize, elements: &[ElementError]) -> f64 {
	let errors = errors(traced, run, value).into_iter().zip(elements);
	errors.map(|(error, element)| error / element.range).fold(0.0, f64::max)
}

/// The step of a value that the model itself rounds, with a little room: floats of another order of
/// operations may round to the next.
fn own_steps(traced: &Traced, mut value: usize) -> f64 {
	while let Some(node) = value.checked_sub(1).map(|index| &traced.float.ops[index]) {
		match (&node.op, node.inputs.as_slice()) {
			(FloatOp::Quantize(to), _) if to.cut.is_none() => {
				return f64::from(to.scale) * 1.001;
			}
			(FloatOp::Gather(_) | FloatOp::ReduceMax(_) | FloatOp::Clip { .. }, [input]) => {
				value = *input
			}
			_ => break,
		}
	}
	0.0
}

/// A value's integers as real numbers.
fn reals(run: &Run, value: &walk::Value) -> Vec<f64> {
	let integers = run.trace.values[value.id as usize].iter().enumerate();
	integers.map(|(i, v)| *v as f64 * value.scale(i)).collect()
}

fn errors(traced: &Traced, run: &Run, value: usize) -> Vec<f64> {
	let Some(made) = &traced.values[value] else { return Vec::new() };
	let floats = run.floats[value].iter();
	reals(run, made).iter().zip(floats).map(|(got, f)| (got - f64::from(*f)).abs()).collect()
}

/// The float range of each element, and what its errors are shares of.
fn elements<'a>(
	traced: &Traced,
	runs: impl IntoIterator<Item = &'a Run>,
	output: usize,
	value: usize,
) -> Vec<ElementError> {
	let mut spans: Vec<Option<Span>> = vec![None; traced.float.len(value)];
	let mut count = 0;
	for run in runs {
		count += 1;
		for (span, v) in spans.iter_mut().zip(&run.floats[value]) {
			let own = Span::only((*v).into());
			*span = Some(span.map_or(own, |span| span.join(own)));
		}
	}
	let all = spans.iter().flatten().map(Span::size).fold(0.0, f64::max);
	let joint = spans.iter().flatten().copied().reduce(Span::join);
	let joint = joint.map_or(0.0, |joint| joint.high - joint.low);
	let FloatOutput { value: result, dims, .. } = &traced.float.outputs[output];
	let alike = match *result == value {
		true => alike(dims, &spans),
		false => vec![joint / COMPARED; spans.len()],
	};
	let element = |(span, alike): (Option<Span>, f64)| {
		let Span { low, high } = span.unwrap_or(Span::only(0.0));
		let size = high.abs().max(low.abs());
		let own = (high - low).max(size / CONSTANT).max(alike);
		// Of one that varies less than it is large, beside others, its size counts; on a single input, where
		// none varies and some are small by chance, what they all span.
		let beside = if count == 1 { joint } else { size.min(joint) };
		let range = match joint > 0.0 {
			true => own.max(beside),
			false => size,
		};
		// One that is always 0 has others' size.
		let range = [range, all, 1.0].into_iter().find(|r| *r > 0.0).unwrap_or(1.0);
		ElementError { low, high, range, max_error: 0.0, stated_error: 0.0 }
	};
	spans.into_iter().zip(alike).map(element).collect()
}

/// For each element of a tensor what those span that are of its kind: of the same index on the last axis (a
/// feature), and on the first behind the batch (a channel); the less of the two.
fn alike(dims: &[usize], spans: &[Option<Span>]) -> Vec<f64> {
	let mut least = vec![f64::INFINITY; spans.len()];
	for axis in [1, dims.len().saturating_sub(1)] {
		let Some(count) = dims.get(axis).copied() else { continue };
		let behind: usize = dims[axis + 1..].iter().product();
		let kind = |i: usize| i / behind.max(1) % count.max(1);
		let mut all: Vec<Option<Span>> = vec![None; count];
		for (i, span) in spans.iter().enumerate() {
			let own = &mut all[kind(i)];
			*own = own.iter().chain(span).copied().reduce(Span::join);
		}
		for (i, least) in least.iter_mut().enumerate() {
			*least = all[kind(i)].map_or(0.0, |all| all.high - all.low).min(*least);
		}
	}
	least.into_iter().map(|least| if least.is_finite() { least } else { 0.0 }).collect()
}

/// With largest and mean errors.
fn kept_elements(
	traced: &Traced,
	runs: &[&Run],
	value: usize,
	elements: &[ElementError],
	(step, own, cell): (impl Fn(usize) -> f64, f64, f64),
) -> Vec<(ElementError, f64)> {
	let mut all: Vec<(ElementError, f64)> = elements.iter().map(|e| (*e, 0.0)).collect();
	for run in runs {
		for ((element, mean), error) in all.iter_mut().zip(errors(traced, run, value)) {
			let error = (error - own).max(0.0) / element.range;
			element.max_error = element.max_error.max(error);
			*mean += error / runs.len() as f64;
		}
	}
	// What one element loses on an unlucky input another may lose too.
	let largest = all.iter().map(|(element, _)| element.max_error).fold(0.0, f64::max);
	for (i, (element, _)) in all.iter_mut().enumerate() {
		let size = element.high.abs().max(element.low.abs());
		let fixed = step(i) + own + FLOATS * size;
		element.stated_error =
			(STATED * element.max_error).max(largest) + fixed / element.range + cell;
	}
	all
}

/// The place of the largest, the first of several.
fn largest(values: &[f64]) -> usize {
	let all = values.iter().enumerate();
	all.fold(0, |best, (i, v)| if *v > values[best] { i } else { best })
}

/// The share of inputs of which labels, or the largest of several scores, are the same.
fn agreement(
	traced: &Traced,
	made: &Integers,
	runs: &[&Run],
	(output, scores): (usize, usize),
) -> Option<f64> {
	let result = traced.float.outputs[output].value;
	let integers = made.graph.outputs.get(output)?.value as usize;
	let labelled = scores != result;
	if runs.is_empty() || !labelled && traced.float.len(scores) < 2 {
		return None;
	}
	let value = traced.values[scores].as_ref()?;
	let same = runs.iter().filter(|run| match labelled {
		true => {
			let both = run.trace.values[integers].iter().zip(&run.floats[result]);
			both.into_iter().all(|(a, b)| *a as f32 == *b)
		}
		false => {
			let floats: Vec<f64> = run.floats[scores].iter().map(|v| f64::from(*v)).collect();
			largest(&reals(run, value)) == largest(&floats)
		}
	});
	Some(same.count() as f64 / runs.len() as f64)
}

/// The largest error of a value, as a share of the value's range; 0 of what was not needed.
fn share(traced: &Traced, runs: &[&Run], value: usize) -> f64 {
	let values = runs.iter().flat_map(|run| &run.floats[value]).filter(|v| v.is_finite());
	let span = values.map(|v| Span::only((*v).into())).reduce(Span::join);
	let span = span.unwrap_or(Span::only(0.0));
	let range = if span.high > span.low { span.high - span.low } else { span.size() };
	let largest = |run: &&Run| errors(traced, run, value).into_iter().fold(0.0, f64::max);
	let largest = runs.iter().map(largest).fold(0.0, f64::max);
	if range > 0.0 {
		largest / range
	} else {
		0.0
	}
}

/// What each node adds to the error, the largest first.
fn losses(traced: &Traced, runs: &[&Run]) -> Vec<NodeError> {
	let error: Vec<f64> =
		(0..traced.values.len()).map(|value| share(traced, runs, value)).collect();
	let mut nodes: Vec<NodeError> = Vec::new();
	for (index, node) in traced.float.ops.iter().enumerate() {
		let before = node.inputs.iter().map(|input| error[*input]).fold(0.0, f64::max);
		let (error, added) = (error[index + 1], error[index + 1] - before);
		match nodes.iter_mut().find(|other| other.node == node.name) {
			Some(other) if other.added >= added => {}
			Some(other) => (other.error, other.added) = (error, added),
			None => {
				let of = traced.float.nodes.iter().find(|info| info.name == node.name);
				let operator = of.map(|info| info.operator.clone());
				nodes.push(NodeError { node: node.name.clone(), operator, error, added });
			}
		}
	}
	// A label is right or wrong: what its scores lose is what there is to mend.
	let results = traced.float.outputs.iter().map(|output| output.value);
	let labels: Vec<_> = results
		.filter(|result| label_of(&traced.float, *result).is_some())
		.map(|result| &traced.float.ops[result - 1].name)
		.collect();
	nodes.retain(|node| node.added > 0.0 && !labels.contains(&&node.node));
	nodes.sort_by(|a, b| b.added.total_cmp(&a.added));
	nodes.truncate(LISTED);
	nodes
}

/// Nodes that jump, of arguments that are not the input itself: comparisons with that are exact. A
/// label jumps by its nature.
fn jumps(traced: &Traced) -> Vec<String> {
	let float = &traced.float;
	let given = |mut value: usize| {
		while let Some(node) = value.checked_sub(1).map(|index| &float.ops[index]) {
			match (&node.op, node.inputs.as_slice()) {
				(FloatOp::Gather(_), [input]) => value = *input,
				_ => return false,
			}
		}
		true
	};
	let behind = |output: &FloatOutput| label_of(float, output.value).map(|label| label.scores);
	let labelled: Vec<usize> = float.outputs.iter().filter_map(behind).collect();
	let mut names: Vec<String> = Vec::new();
	for (index, node) in float.ops.iter().enumerate() {
		let jumps = match &node.op {
			FloatOp::Greater(_) => !given(node.inputs[0]) && !labelled.contains(&node.inputs[0]),
			FloatOp::Unary(function) => function.jumps(),
			FloatOp::Quantize(to) => to.cut.is_some() && !given(node.inputs[0]),
			FloatOp::ArgMax => !labelled.contains(&node.inputs[0]),
			FloatOp::TopK(top) => top.places && !given(node.inputs[0]),
			_ => false,
		};
		let needed = traced.values[index + 1].is_some();
		if jumps && needed && !names.contains(&node.name) {
			names.push(node.name.clone());
		}
	}
	names
}

/// Where integers are narrower than static bounds, and who met their ends.
fn narrow<'a>(
	traced: &Traced,
	made: &Integers,
	guards: &[(Guard, f64)],
	runs: impl Iterator<Item = &'a Run> + Clone,
) -> Vec<Narrow> {
	let mut all = Vec::new();
	for (guard, scale) in guards {
		let value = guard.value as usize;
		let could = Span::hull(&traced.bounds[value]);
		let end = |end: i64| match end {
			i64::MIN => f64::NEG_INFINITY,
			i64::MAX => f64::INFINITY,
			end => end as f64 * scale,
		};
		let (low, high) = (end(guard.min), end(guard.max));
		let name = made.graph.nodes.get(guard.node as usize).map(|node| node.name.clone());
		let clamped = runs.clone().filter(|run| guard.check(&made.graph, &run.trace).is_some());
		let inputs = clamped.count();
		// Within a step of rounding it cannot leave them.
		if could.low >= low - scale && could.high <= high + scale && inputs == 0 {
			continue;
		}
		let mut was = (f64::INFINITY, f64::NEG_INFINITY);
		for v in runs.clone().flat_map(|run| &run.floats[value]).filter(|v| v.is_finite()) {
			was = (was.0.min((*v).into()), was.1.max((*v).into()));
		}
		all.push(Narrow {
			node: name.unwrap_or_default(),
			low,
			high,
			could_be: (could.low, could.high),
			was,
			inputs,
		});
	}
	all
}
