//! The integer graph: what a model computes, in whole numbers.
//!
//! Nodes in order of evaluation, each working on values before it. There are few operations; all
//! geometry (windows of a convolution, padding, transposition) is a [`Op::Gather`], which costs
//! nothing. Everything that the circuit's shape depends on is in the graph; the parameters are beside
//! it, so that a private model's description can be published without them. [`crate::plan`] derives
//! the range of every value, for compiler, interpreter and circuit alike.

use codec::{Decode, Encode};
use thiserror::Error;
use zkml_primitives::{
	is_plain_line, one_line, SpecError, TensorSpec, Tensors, ValueInfo, MAX_NAME, MAX_TENSORS,
};

use crate::plan::Interval;

pub use crate::ops::{
	Axis, Channel, Lookup, MatMul, MatMulParameters, Pick, Product, Requantize, Sum, Table, Ties,
	Windows, MAX_AXES,
};

/// Values stay below `2^MAX_BITS` in size, so that 64-bit arithmetic is exact and a difference of
/// two values is far from the field's modulus.
pub const MAX_BITS: u32 = 61;
/// Most parameters of a model.
pub const MAX_PARAMETERS: u64 = 1 << 24;
/// Most elements of all values: a small file must not take much memory.
pub const MAX_ELEMENTS: u64 = 1 << 23;
/// Most products with weights and factors, each a term of a constraint.
pub const MAX_PRODUCTS: u64 = 1 << 28;
/// Most rows of a [`Op::Lookup`].
pub const MAX_TABLE: usize = 1 << 16;
/// In a [`Op::Gather`]: no element, 0.
pub const NONE: u32 = u32::MAX;

/// Integer operations from input tensors to output tensors.
///
/// All inputs, end to end, are value 0; node `i` gives value `i + 1`. What works on one of several inputs
/// picks it by a [`Op::Gather`], which costs nothing, so that no operation has to know how many there are.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct IntGraph {
	/// Name, shape, width and range of each input; there is one.
	pub inputs: Tensors<ValueInfo>,
	/// In the order of evaluation.
	pub nodes: Vec<Node>,
	/// The outputs; there is one.
	pub outputs: Tensors<Output>,
}

/// An output of a graph.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Output {
	/// Its name, shape, width and range.
	pub info: ValueInfo,
	/// The value that it is. Several outputs may be one, and one may be an input as it came.
	pub value: u32,
}

/// A named operation on values before it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Node {
	/// The node's name in the ONNX file.
	pub name: String,
	/// The values it works on.
	pub inputs: Vec<u32>,
	/// The operation that gives the value.
	pub op: Op,
}

/// An operation on flat tensors of integers, `x` and `y` in elements.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Op {
	/// `y[r, g, o] = sum_i w[g, o, i] x[r, g, i] + b[g, o]`.
	#[codec(index = 0)]
	MatMul(MatMul),
	/// `y = clamp(round((x * multiplier + offset) / 2^shift))`, element by element.
	#[codec(index = 1)]
	Requantize(Requantize),
	/// The index of the largest of all elements, the lowest of several.
	#[codec(index = 2)]
	ArgMax,
	/// Picks elements of the inputs, laid end to end; [`NONE`] picks 0.
	#[codec(index = 3)]
	Gather(Vec<u32>),
	/// `y = sum_k factor_k * x_k + offset`, element by element of inputs of one length.
	#[codec(index = 4)]
	Sum(Sum),
	/// `y = x_0 * x_1`, element by element.
	#[codec(index = 5)]
	Mul,
	/// The largest of each so many consecutive elements.
	#[codec(index = 6)]
	ReduceMax(u32),
	/// The sum of each so many consecutive elements.
	#[codec(index = 7)]
	ReduceSum(u32),
	/// `y = values[x - min]`, element by element.
	#[codec(index = 8)]
	Lookup(Lookup),
	/// `y = 1` if `x` is above its threshold, else 0; a threshold for each element.
	#[codec(index = 9)]
	Greater(Vec<i64>),
	/// `y[b, i, j] = sum_k x_0[b, i, k] * x_1[b, k, j]`.
	#[codec(index = 10)]
	Product(Product),
	/// Rows of a table of constants, or of the second input, by the indices in the first.
	#[codec(index = 11)]
	Pick(Pick),
	/// `y = round(x_0 * 2^shift / x_1)`, element by element, halves upwards; `x_1` is above 0.
	#[codec(index = 12)]
	Div(u8),
	/// `y = floor(sqrt(x * 2^shift))`, element by element; `x` is not negative.
	#[codec(index = 13)]
	Sqrt(u8),
	/// Each so many consecutive elements in order, the largest first.
	#[codec(index = 14)]
	Sort(u32),
	/// `floor(x / n)` of all elements, then `x - n floor(x / n)` of all of them.
	#[codec(index = 15)]
	Split(u32),
	/// `floor(x * 2^bits / 2^e)` of all elements, then of all of them `e = floor(log2(x))`; `x` is above 0.
	#[codec(index = 16)]
	Normalize(u8),
}

/// Why a graph cannot be proved.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum GraphError {
	/// A value could wrap.
	#[error("node {node}: expected values of at most {MAX_BITS} bits, got up to {bits} bits")]
	Overflow {
		/// The node's name in the ONNX file.
		node: String,
		/// Bits the largest value would need.
		bits: u32,
	},
	/// A node does not fit what is before it.
	#[error("node {node}: expected {expected}, got {got}")]
	Node {
		/// The node's name in the ONNX file.
		node: String,
		/// What would fit there, in words.
		expected: String,
		/// What the node has instead.
		got: String,
	},
	/// The specification of an input or output is no good.
	#[error("{tensor}: expected a specification the chain accepts, got {error}")]
	Spec {
		/// Which one: `input` or `output`, and its name.
		tensor: String,
		/// Why the chain would refuse it.
		error: SpecError,
	},
	/// Inputs or outputs that no statement has.
	#[error("{role}s of the model: expected {expected}, got {got}")]
	Tensors {
		/// Which of them: `input` or `output`.
		role: &'static str,
		/// What the chain has room for, in words.
		expected: String,
		/// What there is instead.
		got: String,
	},
	/// There is too much of it for a circuit.
	#[error("node {node}: expected a graph of at most {most} {what} up to here, got {got}")]
	TooLarge {
		/// The node at which it is too much, by its name in the ONNX file.
		node: String,
		/// What is counted: `elements` of all values, or `products` with weights and factors.
		what: &'static str,
		/// How many there may be.
		most: u64,
		/// How many there are with this node.
		got: u64,
	},
	/// A model of more parameters than are committed to.
	#[error("node the model: expected at most {MAX_PARAMETERS} parameters, got {got}")]
	TooManyParameters {
		/// Parameters of all dense nodes.
		got: u64,
	},
	/// As many tensors of parameters as the graph does not have.
	#[error("parameters of the model: expected {expected} tensors, got {got}")]
	ParameterTensors {
		/// Tensors that the graph has, two for each dense node.
		expected: usize,
		/// Tensors that were given.
		got: usize,
	},
	/// A tensor of parameters of another length.
	#[error("parameters of {node}: expected {expected} values, got {got}")]
	ParameterLength {
		/// The node's name in the ONNX file.
		node: String,
		/// Values that the tensor has in the graph.
		expected: u32,
		/// Values that were given.
		got: usize,
	},
	/// A parameter that the graph has no room for.
	#[error("parameters of {node}: expected values in {min}..={max}, got {got}")]
	ParameterRange {
		/// The node's name in the ONNX file.
		node: String,
		/// The smallest that there is room for.
		min: i32,
		/// The largest that there is room for.
		max: i32,
		/// The first that was given and is out of that range.
		got: i32,
	},
	/// Anything else that goes with the parameters is not the graph's.
	#[error("parameters of {node}: expected {expected}, got {got}")]
	Parameters {
		/// The node's name in the ONNX file, or `the model`.
		node: String,
		/// What the graph's parameters are, in words.
		expected: String,
		/// What was given instead.
		got: String,
	},
}

impl IntGraph {
	/// The dense nodes, in order.
	pub fn dense(&self) -> impl Iterator<Item = (&str, &MatMul)> {
		self.nodes.iter().filter_map(|node| match &node.op {
			Op::MatMul(dense) => Some((node.name.as_str(), dense)),
			_ => None,
		})
	}

	/// The specifications of the parameter tensors, in the order of their commitment: weights then
	/// bias of each dense node.
	pub fn parameter_specs(&self) -> impl Iterator<Item = (&str, &TensorSpec)> {
		self.dense().flat_map(|(name, dense)| [(name, &dense.weights), (name, &dense.bias)])
	}

	/// For each node the parameters that it has, of tensors in the order of [`Self::parameter_specs`];
	/// none where there are none.
	pub fn parameters_of_nodes<'a>(
		&'a self,
		tensors: &'a [Vec<i32>],
	) -> impl Iterator<Item = Option<MatMulParameters<'a>>> {
		let mut pairs = tensors.chunks_exact(2);
		self.nodes.iter().map(move |node| match node.op {
			Op::MatMul(_) => {
				let [weights, bias] = pairs.next()? else { return None };
				Some(MatMulParameters { weights, bias })
			}
			Op::Requantize(_)
			| Op::ArgMax
			| Op::Gather(_)
			| Op::Sum(_)
			| Op::Mul
			| Op::ReduceMax(_)
			| Op::ReduceSum(_)
			| Op::Lookup(_)
			| Op::Greater(_)
			| Op::Product(_)
			| Op::Pick(_)
			| Op::Div(_)
			| Op::Sqrt(_)
			| Op::Sort(_)
			| Op::Split(_)
			| Op::Normalize(_) => None,
		})
	}

	/// Number of parameters, weights and biases of all nodes.
	pub fn parameter_count(&self) -> u64 {
		self.parameter_specs().map(|(_, spec)| u64::from(spec.len())).sum()
	}

	/// Elements of all inputs.
	pub fn input_len(&self) -> u64 {
		self.inputs.iter().map(|input| u64::from(input.tensor.len())).sum()
	}

	/// The range of each element of value 0. There is memory for them: [`crate::plan`] looked at
	/// [`Self::input_len`].
	pub fn input_ranges(&self) -> Vec<Interval> {
		let specs = self.inputs.iter().map(|input| &input.tensor);
		specs.flat_map(|spec| vec![Interval::of(spec); spec.len() as usize]).collect()
	}

	/// The node that gives a value; none gives value 0.
	pub fn giver(&self, value: u32) -> Option<&Node> {
		self.nodes.get((value as usize).checked_sub(1)?)
	}

	/// Shapes, widths and ranges of the outputs, in order.
	pub fn output_specs(&self) -> impl Iterator<Item = &TensorSpec> {
		self.outputs.iter().map(|output| &output.info.tensor)
	}

	/// Refuses inputs or outputs of which there is none, and names that no chain keeps or that two have.
	pub(crate) fn check_names(&self) -> Result<(), GraphError> {
		let outputs = self.outputs.iter().map(|output| &output.info).collect();
		for (role, infos) in [("input", self.inputs.iter().collect()), ("output", outputs)] {
			let infos: Vec<&ValueInfo> = infos;
			let refused =
				|expected: String, got: String| Err(GraphError::Tensors { role, expected, got });
			if infos.is_empty() {
				return refused(format!("1 to {MAX_TENSORS}"), "none".into());
			}
			for (index, info) in infos.iter().enumerate() {
				let name = one_line(&String::from_utf8_lossy(&info.name));
				if name.is_empty() || !is_plain_line(&info.name) {
					let expected = format!("names of one plain line of 1 to {MAX_NAME} bytes");
					return refused(expected, format!("{name:?}"));
				}
				if infos[..index].iter().any(|other| other.name == info.name) {
					return refused("names that differ".into(), format!("two of {name}"));
				}
			}
		}
		Ok(())
	}

	/// Number of classes of the first output that is the index of one: that of the largest score, or
	/// whether a single one is above a threshold.
	pub fn classes(&self) -> Option<usize> {
		self.outputs.iter().find_map(|output| match &self.giver(output.value)?.op {
			Op::ArgMax => Some(output.info.tensor.max as usize + 1),
			Op::Greater(thresholds) if thresholds.len() == 1 => Some(2),
			_ => None,
		})
	}

	/// For each value, the last node that works on it, or the number of nodes.
	pub fn last_use(&self) -> Vec<usize> {
		let mut last = vec![0; self.nodes.len() + 1];
		for (index, node) in self.nodes.iter().enumerate() {
			node.inputs.iter().for_each(|input| last[*input as usize] = index);
		}
		// Inputs and outputs are needed to the end.
		last[0] = self.nodes.len();
		self.outputs.iter().for_each(|output| last[output.value as usize] = self.nodes.len());
		last
	}

	/// Refuses parameters of a wrong number or outside their range.
	///
	/// # Errors
	///
	/// If there are more or fewer tensors, or values of one, than the graph has, or a value is out of its range.
	pub fn check_parameters(&self, parameters: &[Vec<i32>]) -> Result<(), GraphError> {
		let specs: Vec<_> = self.parameter_specs().collect();
		let (expected, got) = (specs.len(), parameters.len());
		if expected != got {
			return Err(GraphError::ParameterTensors { expected, got });
		}
		for ((node, spec), values) in specs.into_iter().zip(parameters) {
			let (expected, got) = (spec.len(), values.len());
			if u64::from(expected) != got as u64 {
				return Err(GraphError::ParameterLength { node: node.into(), expected, got });
			}
			let (min, max) = (spec.min, spec.max);
			if let Some(got) = values.iter().copied().find(|v| !(min..=max).contains(v)) {
				return Err(GraphError::ParameterRange { node: node.into(), min, max, got });
			}
		}
		Ok(())
	}
}
