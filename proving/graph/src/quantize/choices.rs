//! What the public constants of a private model were chosen by.
//!
//! Shifts, ends and tables of a private model follow from where its values could be and were, and so from
//! its weights. A retrained one that is quantised by what was known of an earlier one gets the same, and
//! with them the earlier one's circuit and keys. Nothing here is a part of the circuit.

use codec::{Decode, Encode};
use zkml_primitives::TensorSpec;

use super::{bounds::Span, observe::Observed};
use crate::{
	error::CompileError,
	graph::{IntGraph, MatMul, Node, Op, Output, Product},
	import::FloatGraph,
	options::Widths,
};

/// Where a value could be, and where it was: the lower end of either first.
#[derive(Clone, Copy, Debug, Decode, Encode, PartialEq)]
struct StoredHulls {
	could: [f64; 2],
	was: [f64; 2],
}

/// What the scales of a private model were chosen by.
#[derive(Clone, Debug, Decode, Encode, PartialEq)]
pub struct Choices {
	/// Of activations where nothing else is said.
	activation_bits: u8,
	/// Of each value of the file.
	whole: Vec<StoredHulls>,
	/// Of each value once functions were split.
	split: Vec<StoredHulls>,
	/// Of the node that gives each of these values: bits of weights, activations and tables.
	widths: Vec<[u8; 3]>,
	/// Of each dense node, as far as they have any.
	weight_shifts: Vec<u8>,
}

/// The hulls of a graph's values as they are stored, as far as scales are chosen by them.
fn stored(hulls: &[(Span, Span)]) -> Vec<StoredHulls> {
	let ends = |span: Span| [span.low, span.high];
	hulls.iter().map(|(could, was)| StoredHulls { could: ends(*could), was: ends(*was) }).collect()
}

fn hulls(stored: &[StoredHulls]) -> Vec<(Span, Span)> {
	let span = |[low, high]: [f64; 2]| Span { low, high };
	stored.iter().map(|one| (span(one.could), span(one.was))).collect()
}

/// The hulls of all values: where they could be, and where they were.
pub(super) fn hulls_of(could: &[Vec<Span>], was: &Observed) -> Vec<(Span, Span)> {
	could.iter().map(Span::hull).zip((0..).map(|value| was.hull(value))).collect()
}

impl Choices {
	/// Of a walk that was not told what to choose.
	pub(super) fn new(
		activation_bits: u8,
		whole: &[(Span, Span)],
		split: &[(Span, Span)],
		widths: &[Widths],
		weight_shifts: Vec<u8>,
	) -> Self {
		let bits = |w: &Widths| [w.weight_bits, w.activation_bits, w.table_bits];
		Self {
			activation_bits,
			whole: stored(whole),
			split: stored(split),
			widths: widths.iter().map(bits).collect(),
			weight_shifts,
		}
	}

	/// Whether these are numbers that a walk can have been told or found. Those of a file may be anything.
	pub fn is_sane(&self) -> bool {
		let span = |[low, high]: [f64; 2]| low <= high;
		let hulls = |one: &StoredHulls| {
			span(one.could) && span(one.was) && one.was.iter().all(|end| end.is_finite())
		};
		let widths = |[weight, activation, table]: &[u8; 3]| {
			(2..=16).contains(weight) && (4..=20).contains(activation) && (4..=16).contains(table)
		};
		!(self.whole.is_empty() || self.split.is_empty())
			&& (4..=20).contains(&self.activation_bits)
			&& self.whole.iter().chain(&self.split).all(hulls)
			&& self.widths.len() == self.split.len()
			&& self.widths.iter().all(widths)
			&& self.weight_shifts.iter().all(|shift| *shift <= 40)
	}

	pub(super) fn activation_bits(&self) -> u8 {
		self.activation_bits
	}

	/// Of each dense node, as far as they have any: weights are multiples of `2^-N`.
	pub fn weight_shifts(&self) -> &[u8] {
		&self.weight_shifts
	}

	/// What was known of the values of this graph, which is to be the file's.
	pub(super) fn whole(&self, float: &FloatGraph) -> Result<Vec<(Span, Span)>, CompileError> {
		same("operations in the file", self.whole.len() - 1, float.ops.len())?;
		Ok(hulls(&self.whole))
	}

	/// What was known of the values of this graph, whose functions were split, and the widths.
	pub(super) fn split(
		&self,
		float: &FloatGraph,
	) -> Result<(Vec<(Span, Span)>, Vec<Widths>), CompileError> {
		same("operations of the float graph", self.split.len() - 1, float.ops.len())?;
		let widths = |[weight_bits, activation_bits, table_bits]: &[u8; 3]| Widths {
			weight_bits: *weight_bits,
			activation_bits: *activation_bits,
			table_bits: *table_bits,
		};
		Ok((hulls(&self.split), self.widths.iter().map(widths).collect()))
	}
}

fn unlike(what: impl Into<String>, expected: String, got: String) -> CompileError {
	CompileError::Unlike { what: what.into(), expected, got }
}

fn same(what: &str, expected: usize, got: usize) -> Result<(), CompileError> {
	match expected == got {
		true => Ok(()),
		false => Err(unlike(what, expected.to_string(), got.to_string())),
	}
}

/// Refuses a graph that is not the earlier one but for its nodes' names.
pub(super) fn check_same(earlier: &IntGraph, made: &IntGraph) -> Result<(), CompileError> {
	for (mine, other) in earlier.nodes.iter().zip(&made.nodes) {
		let what = || format!("node {}", other.name);
		if mine.inputs != other.inputs {
			let words = |of: &IntGraph, node: &Node| {
				let names: Vec<_> = node.inputs.iter().map(|value| giver(of, *value)).collect();
				format!("{} of {}", operator(&node.op), names.join(" and "))
			};
			return Err(unlike(what(), words(earlier, mine), words(made, other)));
		}
		if mine.op != other.op {
			let (expected, got) = (about(&mine.op), about(&other.op));
			let got = match expected == got {
				true => "another of that size, with other constants".into(),
				false => got,
			};
			return Err(unlike(what(), expected, got));
		}
	}
	same("nodes of the integer graph", earlier.nodes.len(), made.nodes.len())?;
	same("inputs", earlier.inputs.len(), made.inputs.len())?;
	same("outputs", earlier.outputs.len(), made.outputs.len())?;
	let inputs = earlier.inputs.iter().zip(&made.inputs).map(|both| ("input", both));
	let outputs = earlier.outputs.iter().zip(&made.outputs);
	for (mine, other) in outputs.clone() {
		if mine.value != other.value {
			let words = |of: &IntGraph, output: &Output| giver(of, output.value);
			let what = format!("output {}", other.info.title());
			return Err(unlike(what, words(earlier, mine), words(made, other)));
		}
	}
	let outputs = outputs.map(|(mine, other)| ("output", (&mine.info, &other.info)));
	for (role, (mine, other)) in inputs.chain(outputs) {
		let what = format!("{role} {}", other.title());
		let (mine, other) = (&mine.tensor, &other.tensor);
		if mine != other {
			let (expected, got) = (tensor(mine), tensor(other));
			let got = match expected == got {
				true => "one with other scales".into(),
				false => got,
			};
			return Err(unlike(what, expected, got));
		}
	}
	Ok(())
}

/// What gives a value, by its name in the file.
fn giver(graph: &IntGraph, value: u32) -> String {
	let node = (value as usize).checked_sub(1).and_then(|index| graph.nodes.get(index));
	node.map_or("the inputs".into(), |node| node.name.clone())
}

/// The extents of a tensor: 3x4.
fn extents(dims: &[u32]) -> String {
	dims.iter().map(u32::to_string).collect::<Vec<_>>().join("x")
}

/// A tensor in words.
fn tensor(spec: &TensorSpec) -> String {
	let TensorSpec { dims, bits, min, max, .. } = spec;
	format!("{} integers of {bits} bits from {min} to {max}", extents(dims))
}

/// What an operation comes from, in ONNX's words.
fn operator(op: &Op) -> &'static str {
	match op {
		Op::MatMul(_) => "MatMul, Gemm or Conv",
		Op::Requantize(_) => "a rescaling (Mul by a constant, Relu, Clip, or what follows a sum)",
		Op::ArgMax => "ArgMax",
		Op::Gather(_) => {
			"a choice of elements (Gather, Slice, Transpose, windows of Conv or a pool)"
		}
		Op::Sum(_) => "Add or Sub",
		Op::Mul => "Mul",
		Op::ReduceMax(_) => "ReduceMax or MaxPool",
		Op::ReduceSum(_) => "ReduceSum or AveragePool",
		Op::Lookup(_) => "a function by a table (Sigmoid, Tanh, Exp)",
		Op::Greater(_) => "a comparison (Greater, Less, the nodes of a TreeEnsemble)",
		Op::Div(_) => "Div, Reciprocal or a normalisation",
		Op::Sqrt(_) => "Sqrt or a normalisation",
		Op::Sort(_) => "TopK",
		Op::Split(_) => "a part of TopK or Exp",
		Op::Normalize(_) => "a part of Log",
		Op::Product(_) => "MatMul of two computed tensors",
		Op::Pick(_) => "rows by computed indices (Gather, OneHot)",
	}
}

/// An operation in words, as far as two are told apart by a few.
fn about(op: &Op) -> String {
	let more = match op {
		Op::MatMul(MatMul { rows, groups, weights, bias, .. }) => format!(
			"{rows} rows times {groups} matrices of {}, weights of {} bits and biases of {}",
			extents(&weights.dims),
			weights.bits,
			bias.bits
		),
		Op::Requantize(rescale) => {
			let channel = rescale.channel(0);
			format!(
				"times {} / 2^{}, kept from {} to {}",
				channel.multiplier, channel.shift, rescale.min, rescale.max
			)
		}
		Op::Gather(picks) => format!("{} elements", picks.len()),
		Op::Sum(sum) => {
			let factors: Vec<_> = sum.factors.iter().map(ToString::to_string).collect();
			format!("with factors {}", factors.join(", "))
		}
		Op::ReduceMax(n) | Op::ReduceSum(n) => format!("over {n} elements each"),
		Op::Lookup(table) => format!("{} rows from {}", table.values.len(), table.min),
		Op::Greater(thresholds) => format!("{} thresholds", thresholds.len()),
		Op::Div(shift) | Op::Sqrt(shift) => format!("of 2^{shift} times its argument"),
		Op::Sort(n) => format!("of {n} elements each"),
		Op::Normalize(bits) => format!("mantissas of {bits} bits"),
		Op::Split(divisor) => format!("quotients and remainders by {divisor}"),
		Op::Product(product) => {
			let Product { batch, rows, inner, columns } = product;
			format!("{batch} of {rows}x{inner} times {inner}x{columns}")
		}
		Op::Pick(pick) => format!("{} rows of {} from {}", pick.rows, pick.width, pick.first),
		Op::ArgMax | Op::Mul => return operator(op).into(),
	};
	format!("{}: {more}", operator(op))
}
