//! The ranges of all values of a graph, and the refusal of graphs that could overflow.

use std::collections::BTreeMap;

use zkml_primitives::TensorSpec;

use crate::graph::{
	Channel, Dense, GraphError, IntGraph, Node, Op, Rescale, Sum, MAX_BITS, MAX_ELEMENTS,
	MAX_PARAMETERS, MAX_PRODUCTS, MAX_TABLE, NONE,
};

/// The values a number can take, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interval {
	/// Smallest.
	pub min: i64,
	/// Largest.
	pub max: i64,
}

impl Interval {
	/// The range a specification declares.
	pub fn of(spec: &TensorSpec) -> Self {
		Self { min: i64::from(spec.min), max: i64::from(spec.max) }
	}

	/// One number.
	pub fn only(value: i64) -> Self {
		Self { min: value, max: value }
	}

	/// Width in two's complement.
	pub fn signed_bits(&self) -> u32 {
		let bits = |n: i64| 65 - if n < 0 { (!n).leading_zeros() } else { n.leading_zeros() };
		bits(self.min).max(bits(self.max))
	}

	/// The largest size of a number.
	pub fn size(&self) -> i64 {
		self.max.max(-self.min)
	}

	/// What holds all of these; of none, 0.
	pub fn hull<'a>(all: impl IntoIterator<Item = &'a Interval>) -> Self {
		let join = |a: Self, b: Self| Self { min: a.min.min(b.min), max: a.max.max(b.max) };
		all.into_iter().copied().reduce(join).unwrap_or(Self::only(0))
	}
}

/// The ranges of all values of a graph: the input's first, then each node's result.
#[derive(Clone, Debug)]
pub struct Plan {
	/// For each value an interval per element.
	pub ranges: Vec<Vec<Interval>>,
}

impl Plan {
	/// Derives the range of every value and refuses a graph in which one could overflow.
	///
	/// With `parameters` (a public model) ranges follow from the weights; without (a private one)
	/// from the declared widths alone, so that the circuit tells nothing about them. The parameters
	/// have passed [`IntGraph::check_parameters`].
	pub fn new(graph: &IntGraph, parameters: Option<&[Vec<i32>]>) -> Result<Self, GraphError> {
		for (tensor, spec) in [("input", &graph.input), ("output", &graph.output)] {
			spec.check().map_err(|error| GraphError::Spec { tensor, error })?;
		}
		if graph.parameter_count() > MAX_PARAMETERS {
			return Err(GraphError::Node {
				node: "the model".into(),
				expected: format!("at most {MAX_PARAMETERS} parameters"),
				got: graph.parameter_count().to_string(),
			});
		}
		let mut ranges = vec![vec![Interval::of(&graph.input); graph.input.len() as usize]];
		let mut size = Size { elements: graph.input.len().into(), products: 0 };
		let mut tensors = parameters.map(|p| p.chunks_exact(2));
		for node in &graph.nodes {
			let known = match node.op {
				Op::Dense(_) => tensors.as_mut().and_then(Iterator::next),
				_ => None,
			};
			let next = step(node, &ranges, &mut size, known)?;
			ranges.push(next);
		}
		let declared = Interval::of(&graph.output);
		let last = &ranges[ranges.len() - 1];
		let error = |expected: String, got: String| GraphError::Node {
			node: "output".into(),
			expected,
			got,
		};
		if graph.output.len() as usize != last.len() {
			return Err(error(format!("{} elements", last.len()), graph.output.len().to_string()));
		}
		if let Some(range) = last.iter().find(|r| r.min < declared.min || r.max > declared.max) {
			let expected = format!("values in {}..={}", declared.min, declared.max);
			return Err(error(expected, format!("{}..={}", range.min, range.max)));
		}
		Ok(Self { ranges })
	}
}

/// How large a graph is so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
	/// Elements of all values.
	pub elements: u64,
	/// Products with weights and factors.
	pub products: u64,
}

impl Size {
	/// Adds a node whose first input has so many elements, before its result takes any memory.
	fn add(&mut self, node: &Node, len: usize) -> Result<(), GraphError> {
		let len = len as u64;
		let (elements, products) = match &node.op {
			Op::Dense(dense) => {
				let elements = u64::from(dense.rows) * u64::from(dense.bias.len());
				(elements, elements.saturating_mul(dense.inputs() as u64))
			}
			Op::ArgMax => (1, 0),
			Op::Gather(picks) => (picks.len() as u64, 0),
			Op::Max(n) | Op::Total(n) => (len / u64::from(*n).max(1), 0),
			Op::Sum(sum) => (len, len.saturating_mul(sum.factors.len() as u64)),
			Op::Rescale(_) | Op::Product | Op::Table(_) | Op::Step(_) => (len, 0),
		};
		self.elements = self.elements.saturating_add(elements);
		self.products = self.products.saturating_add(products);
		for (what, got, most) in
			[("elements", self.elements, MAX_ELEMENTS), ("products", self.products, MAX_PRODUCTS)]
		{
			if got > most {
				let expected = format!("a graph of at most {most} {what} up to here");
				return Err(GraphError::Node {
					node: node.name.clone(),
					expected,
					got: got.to_string(),
				});
			}
		}
		Ok(())
	}
}

/// The ranges of a node's result.
pub(crate) fn step(
	node: &Node,
	ranges: &[Vec<Interval>],
	size: &mut Size,
	known: Option<&[Vec<i32>]>,
) -> Result<Vec<Interval>, GraphError> {
	let error = |expected: String, got: String| {
		Err(GraphError::Node { node: node.name.clone(), expected, got })
	};
	let mut inputs = Vec::with_capacity(node.inputs.len());
	for input in &node.inputs {
		match ranges.get(*input as usize) {
			Some(range) => inputs.push(range.as_slice()),
			None => return error(format!("values below {}", ranges.len()), input.to_string()),
		}
	}
	let expected = match &node.op {
		Op::Gather(_) => inputs.len().max(1),
		Op::Sum(sum) => sum.factors.len().max(1),
		Op::Product => 2,
		_ => 1,
	};
	if inputs.len() != expected {
		return error(format!("{expected} inputs"), inputs.len().to_string());
	}
	let x = inputs[0];
	if x.is_empty() {
		return error("inputs of at least 1 element".into(), "none".into());
	}
	size.add(node, x.len())?;
	let of_one_length = !matches!(node.op, Op::Gather(_));
	if let Some(other) = inputs.iter().find(|other| of_one_length && other.len() != x.len()) {
		return error(format!("inputs of {} elements", x.len()), other.len().to_string());
	}
	match &node.op {
		Op::Dense(dense) => {
			check_dense(&node.name, dense, x.len())?;
			dense_ranges(&node.name, dense, known, x)
		}
		Op::Rescale(rescale) => rescale_ranges(&node.name, rescale, x),
		Op::ArgMax => Ok(vec![Interval { min: 0, max: x.len() as i64 - 1 }]),
		Op::Gather(picks) => gather_ranges(node, picks, &inputs),
		Op::Sum(sum) => sum_ranges(node, sum, &inputs),
		// A square is never negative.
		Op::Product if node.inputs[0] == node.inputs[1] => {
			let square = |x: &Interval| {
				let (min, max) = corners(*x, *x);
				let within = x.min <= 0 && x.max >= 0;
				let ends = [x.min, x.max].map(|end| i128::from(end) * i128::from(end));
				bounded(&node.name, if within { 0 } else { ends[0].min(ends[1]) }, max.max(min))
			};
			x.iter().map(square).collect()
		}
		Op::Product => {
			let product = |(x, y): (&Interval, &Interval)| {
				let (min, max) = corners(*x, *y);
				bounded(&node.name, min, max)
			};
			x.iter().zip(inputs[1]).map(product).collect()
		}
		Op::Max(n) | Op::Total(n) if *n == 0 || !x.len().is_multiple_of(*n as usize) => {
			error(format!("a multiple of {n} elements"), x.len().to_string())
		}
		Op::Max(n) => {
			let largest = |group: &[Interval]| Interval {
				min: group.iter().map(|r| r.min).max().unwrap_or(0),
				max: group.iter().map(|r| r.max).max().unwrap_or(0),
			};
			Ok(x.chunks_exact(*n as usize).map(largest).collect())
		}
		Op::Total(n) => {
			let total = |group: &[Interval]| {
				let min = group.iter().map(|r| i128::from(r.min)).sum();
				bounded(&node.name, min, group.iter().map(|r| i128::from(r.max)).sum())
			};
			x.chunks_exact(*n as usize).map(total).collect()
		}
		Op::Table(table) => {
			let whole = Interval::hull(x);
			let last = i128::from(table.min) + table.values.len() as i128 - 1;
			if table.values.len() > MAX_TABLE {
				return error(
					format!("a table of at most {MAX_TABLE}"),
					table.values.len().to_string(),
				);
			}
			if whole.min < table.min || i128::from(whole.max) > last {
				let got = format!("{}..={}", whole.min, whole.max);
				return error(format!("numbers of the table, {}..={last}", table.min), got);
			}
			let part = |range: &Interval| {
				let (first, last) = (range.min - table.min, range.max - table.min);
				let part = &table.values[first as usize..=last as usize];
				Interval {
					min: part.iter().copied().min().unwrap_or(0).into(),
					max: part.iter().copied().max().unwrap_or(0).into(),
				}
			};
			// Elements mostly have the same few ranges.
			let mut seen = BTreeMap::new();
			let each = x
				.iter()
				.map(|range| *seen.entry((range.min, range.max)).or_insert_with(|| part(range)));
			Ok(each.collect())
		}
		Op::Step(thresholds) if thresholds.len() != x.len() => {
			error(format!("{} thresholds", x.len()), thresholds.len().to_string())
		}
		Op::Step(thresholds) => {
			let limit = 1i64 << (MAX_BITS - 1);
			if let Some(t) = thresholds.iter().find(|t| !(-limit..limit).contains(*t)) {
				return error(format!("thresholds of at most {MAX_BITS} bits"), t.to_string());
			}
			let above = |(range, t): (&Interval, &i64)| Interval {
				min: i64::from(range.min > *t),
				max: i64::from(range.max > *t),
			};
			Ok(x.iter().zip(thresholds).map(above).collect())
		}
	}
}

fn gather_ranges(
	node: &Node,
	picks: &[u32],
	inputs: &[&[Interval]],
) -> Result<Vec<Interval>, GraphError> {
	let error = |expected: String, got: String| {
		Err(GraphError::Node { node: node.name.clone(), expected, got })
	};
	if picks.is_empty() {
		return error("at least 1 element".into(), "none".into());
	}
	// One value may stand among the inputs any number of times.
	let taken: u64 = inputs.iter().map(|input| input.len() as u64).sum();
	if taken > MAX_ELEMENTS {
		return error(format!("inputs of at most {MAX_ELEMENTS} elements"), taken.to_string());
	}
	let all = inputs.concat();
	let mut ranges = Vec::with_capacity(picks.len());
	for pick in picks {
		ranges.push(match all.get(*pick as usize) {
			Some(range) => *range,
			None if *pick == NONE => Interval::only(0),
			None => return error(format!("elements below {}", all.len()), pick.to_string()),
		});
	}
	Ok(ranges)
}

fn sum_ranges(node: &Node, sum: &Sum, inputs: &[&[Interval]]) -> Result<Vec<Interval>, GraphError> {
	let len = inputs[0].len();
	if sum.offset.len() != 1 && sum.offset.len() != len {
		let (expected, got) = (format!("1 or {len} offsets"), sum.offset.len().to_string());
		return Err(GraphError::Node { node: node.name.clone(), expected, got });
	}
	let element = |index: usize| {
		let offset = i128::from(sum.offset(index));
		let (mut min, mut max) = (offset, offset);
		for (factor, x) in sum.factors.iter().zip(inputs) {
			let ends = corners(Interval::only((*factor).into()), x[index]);
			min += ends.0;
			max += ends.1;
		}
		bounded(&node.name, min, max)
	};
	(0..len).map(element).collect()
}

/// That shapes and widths of a dense node are in order.
fn check_dense(name: &str, dense: &Dense, len: usize) -> Result<(), GraphError> {
	let error =
		|expected: String, got: String| Err(GraphError::Node { node: name.into(), expected, got });
	let (inputs, outputs) = (dense.inputs(), dense.outputs());
	let all = dense.bias.len() as usize;
	let (rows, groups) = (dense.rows as usize, dense.groups as usize);
	if rows == 0 || groups == 0 || outputs == 0 || groups * outputs != all {
		return error("outputs in every group".into(), format!("{all} in {groups} groups"));
	}
	let taken = rows.checked_mul(groups).and_then(|n| n.checked_mul(inputs));
	if dense.weights.dims[..] != [all as u32, inputs as u32] || taken != Some(len) {
		let dims = &dense.weights.dims[..];
		let expected = format!("weights of shape [{all}, {}]", len / (rows * groups).max(1));
		return error(expected, format!("{dims:?}"));
	}
	for spec in [&dense.weights, &dense.bias] {
		let half = 1i64 << (u32::from(spec.bits).clamp(1, 32) - 1);
		let width = Interval { min: -half, max: half - 1 };
		let range = Interval::of(spec);
		// The circuit's range check is the whole width.
		if !(1..=32).contains(&spec.bits) || range != width {
			let got = format!("{range:?} in {} bits", spec.bits);
			return error("parameters that fill their width".into(), got);
		}
	}
	Ok(())
}

/// The interval as 64-bit numbers, if it is within [`MAX_BITS`].
fn bounded(node: &str, min: i128, max: i128) -> Result<Interval, GraphError> {
	let limit = 1i128 << (MAX_BITS - 1);
	if min < -limit || max >= limit {
		let bits = |n: i128| 129 - if n < 0 { (!n).leading_zeros() } else { n.leading_zeros() };
		let bits = bits(min).max(bits(max));
		return Err(GraphError::Overflow { node: node.into(), bits });
	}
	Ok(Interval { min: min as i64, max: max as i64 })
}

/// The smallest and the largest product.
fn corners(x: Interval, y: Interval) -> (i128, i128) {
	let corner = |x: i64, y: i64| i128::from(x) * i128::from(y);
	let all =
		[corner(x.min, y.min), corner(x.min, y.max), corner(x.max, y.min), corner(x.max, y.max)];
	let (mut min, mut max) = (all[0], all[0]);
	for corner in all {
		min = min.min(corner);
		max = max.max(corner);
	}
	(min, max)
}

/// The ranges of a dense node's results, from its parameters or from their widths.
pub(crate) fn dense_ranges(
	name: &str,
	dense: &Dense,
	known: Option<&[Vec<i32>]>,
	input: &[Interval],
) -> Result<Vec<Interval>, GraphError> {
	let (inputs, outputs) = (dense.inputs(), dense.outputs());
	let mut ranges = Vec::with_capacity(dense.rows as usize * dense.bias.len() as usize);
	for row in input.chunks_exact(inputs * dense.groups as usize) {
		for (group, x) in row.chunks_exact(inputs).enumerate() {
			let Some([weights, bias]) = known else {
				ranges.extend(vec![private_range(name, dense, x)?; outputs]);
				continue;
			};
			let first = group * outputs;
			let rows = weights[first * inputs..].chunks_exact(inputs).take(outputs);
			for (row, bias) in rows.zip(&bias[first..]) {
				let (mut min, mut max) = (i128::from(*bias), i128::from(*bias));
				for (weight, x) in row.iter().zip(x) {
					let weight = i128::from(*weight);
					let ends = [weight * i128::from(x.min), weight * i128::from(x.max)];
					min += ends[0].min(ends[1]);
					max += ends[0].max(ends[1]);
				}
				ranges.push(bounded(name, min, max)?);
			}
		}
	}
	Ok(ranges)
}

/// The range of a sum whose weights may be any of their width.
fn private_range(name: &str, dense: &Dense, x: &[Interval]) -> Result<Interval, GraphError> {
	let (weight, bias) = (Interval::of(&dense.weights), Interval::of(&dense.bias));
	let (mut min, mut max) = (i128::from(bias.min), i128::from(bias.max));
	for x in x {
		let ends = corners(weight, *x);
		min += ends.0;
		max += ends.1;
	}
	bounded(name, min, max)
}

/// The range of [`Channel::sum`], which the gadget takes apart.
fn scaled_range(name: &str, channel: Channel, input: Interval) -> Result<Interval, GraphError> {
	let added = i128::from(channel.offset) + i128::from(channel.half());
	let scale = |x: i64| i128::from(x) * i128::from(channel.multiplier) + added;
	bounded(name, scale(input.min), scale(input.max))
}

/// The ranges of a rescaling's results.
pub(crate) fn rescale_ranges(
	name: &str,
	rescale: &Rescale,
	input: &[Interval],
) -> Result<Vec<Interval>, GraphError> {
	let error =
		|expected: String, got: String| Err(GraphError::Node { node: name.into(), expected, got });
	let Rescale { min, max, channels } = rescale;
	let limit = 1i64 << (MAX_BITS - 2);
	if min >= max || *min < -limit || *max >= limit {
		return error("a range of results, the lower end first".into(), format!("{min}..={max}"));
	}
	if channels.len() != 1 && channels.len() != input.len() {
		return error(format!("1 or {} channels", input.len()), channels.len().to_string());
	}
	let bad =
		|c: &&Channel| c.multiplier == 0 || c.shift > 60 || !(-limit..limit).contains(&c.offset);
	if let Some(channel) = channels.iter().find(bad) {
		let expected =
			format!("a multiplier above 0, a shift up to 60, an offset below 2^{}", MAX_BITS - 2);
		return error(expected, format!("{channel:?}"));
	}
	let element = |(index, range): (usize, &Interval)| {
		let channel = rescale.channel(index);
		scaled_range(name, channel, *range)?;
		let clamped = |x: i64| channel.quotient(x).clamp(*min, *max);
		Ok(Interval { min: clamped(range.min), max: clamped(range.max) })
	};
	input.iter().enumerate().map(element).collect()
}
