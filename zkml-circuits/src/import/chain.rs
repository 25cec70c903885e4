//! The walk along the nodes.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::{
	tensor_shape_proto::dimension::Value as Dimension, type_proto::Value as Type, GraphProto,
	NodeProto,
};

use super::{
	tensor::{Tensor, Values},
	ImportError, NodeInfo, SUPPORTED,
};

/// A chain of float layers.
#[derive(Clone, Debug)]
pub struct FloatGraph {
	/// Shape of the input; the batch, if any, is 1.
	pub input: Vec<usize>,
	/// Shape of the output.
	pub output: Vec<usize>,
	/// What is computed, in order; changes of shape have no entry.
	pub ops: Vec<FloatOp>,
	/// All nodes.
	pub nodes: Vec<NodeInfo>,
}

/// A float layer.
#[derive(Clone, Debug)]
pub enum FloatOp {
	/// `y = W x + b`.
	Dense(FloatDense),
	/// `y = max(x, 0)`; the node's name.
	Relu(String),
	/// The index of the largest; the node's name.
	ArgMax(String),
}

/// A dense layer with its parameters.
#[derive(Clone, Debug)]
pub struct FloatDense {
	/// The node's name.
	pub name: String,
	/// Length of its input.
	pub inputs: usize,
	/// Row by row, a row for each output.
	pub weights: Vec<f32>,
	/// One for each output.
	pub bias: Vec<f32>,
	/// Names of the tensors, for messages.
	pub tensors: [String; 2],
}

fn name(node: &NodeProto, index: usize) -> String {
	let candidates = [Some(&node.name), node.output.first()];
	let named = candidates.into_iter().flatten().find(|n| !n.is_empty());
	named.cloned().unwrap_or_else(|| format!("#{index}"))
}

struct Walk {
	constants: BTreeMap<String, Tensor>,
	/// Name and shape of what the last node gave.
	current: String,
	shape: Vec<usize>,
	ops: Vec<FloatOp>,
}

/// Reads a graph.
pub fn read(graph: &GraphProto) -> Result<FloatGraph, ImportError> {
	let supported = |node: &NodeProto| {
		matches!(node.domain.as_str(), "" | "ai.onnx") && SUPPORTED.contains(&&*node.op_type)
	};
	let unsupported: Vec<_> = graph
		.node
		.iter()
		.enumerate()
		.filter(|(_, node)| !supported(node))
		.map(|(index, node)| (name(node, index), node.op_type.clone()))
		.collect();
	if !unsupported.is_empty() {
		return Err(ImportError::Unsupported(unsupported));
	}
	let mut constants = BTreeMap::new();
	let used: BTreeSet<&String> = graph.node.iter().flat_map(|node| &node.input).collect();
	for proto in graph.initializer.iter().filter(|proto| used.contains(&proto.name)) {
		constants.insert(proto.name.clone(), Tensor::read(proto)?);
	}
	let (current, input) = graph_input(graph)?;
	let mut walk = Walk { constants, current, shape: input.clone(), ops: Vec::new() };
	let mut nodes = Vec::new();
	for (index, node) in graph.node.iter().enumerate() {
		let name = name(node, index);
		let parameters = walk.step(node, &name)?;
		let operator = node.op_type.clone();
		let shape = match operator.as_str() {
			"Constant" => Vec::new(),
			_ => walk.shape.clone(),
		};
		nodes.push(NodeInfo { name, operator, shape, parameters, constraints: None });
	}
	match graph.output.as_slice() {
		[output] if output.name == walk.current => {}
		outputs => {
			let names: Vec<_> = outputs.iter().map(|o| o.name.as_str()).collect();
			return Err(ImportError::Graph {
				expected: format!("one output, {}, the last node's", walk.current),
				got: format!("{} outputs: {}", names.len(), names.join(", ")),
			});
		}
	}
	Ok(FloatGraph { input, output: walk.shape, ops: walk.ops, nodes })
}

/// Name and shape of the only input that is no constant.
fn graph_input(graph: &GraphProto) -> Result<(String, Vec<usize>), ImportError> {
	let error = |expected: &str, got: String| ImportError::Graph { expected: expected.into(), got };
	let constant = |name: &String| graph.initializer.iter().any(|t| t.name == *name);
	let inputs: Vec<_> = graph.input.iter().filter(|i| !constant(&i.name)).collect();
	let [input] = inputs.as_slice() else {
		return Err(error("one input", inputs.len().to_string()));
	};
	let shape = match input.r#type.as_ref().and_then(|t| t.value.as_ref()) {
		Some(Type::TensorType(tensor)) => tensor.shape.as_ref(),
		_ => None,
	};
	let Some(shape) = shape else {
		return Err(error("an input with a shape", format!("{} without one", input.name)));
	};
	let mut dims = Vec::new();
	for (index, dim) in shape.dim.iter().enumerate() {
		match dim.value {
			Some(Dimension::DimValue(value)) if value > 0 && value <= i64::from(u32::MAX) => {
				dims.push(value as usize)
			}
			// A batch of unknown size: one inference at a time is proved.
			Some(Dimension::DimParam(_)) | None if index == 0 => dims.push(1),
			Some(Dimension::DimValue(-1)) if index == 0 => dims.push(1),
			_ => {
				let got = format!("dimension {index} of {} without a size", input.name);
				return Err(error("an input of fixed shape", got));
			}
		}
	}
	if dims.len() > 1 && dims[0] != 1 {
		return Err(error("a batch of 1", format!("a batch of {}", dims[0])));
	}
	if dims.len() > 4 {
		return Err(error("an input of at most 4 dimensions", dims.len().to_string()));
	}
	Ok((input.name.clone(), dims))
}

fn attribute(node: &NodeProto, name: &str, default: i64) -> i64 {
	node.attribute.iter().find(|a| a.name == name).map_or(default, |a| a.i)
}

fn factor(node: &NodeProto, name: &str) -> f32 {
	node.attribute.iter().find(|a| a.name == name).map_or(1.0, |a| a.f)
}

impl Walk {
	/// Takes a node, and gives the number of parameters in it.
	fn step(&mut self, node: &NodeProto, name: &str) -> Result<usize, ImportError> {
		let error = |expected: String, got: String| ImportError::Node {
			node: name.into(),
			operator: node.op_type.clone(),
			expected,
			got,
		};
		let Some(output) = node.output.first() else {
			return Err(error("a result".into(), "none".into()));
		};
		if node.op_type == "Constant" {
			let value =
				node.attribute.iter().find(|a| a.name == "value").and_then(|a| a.t.as_ref());
			let value = value.ok_or_else(|| error("a tensor".into(), "another value".into()))?;
			self.constants.insert(output.clone(), Tensor::read(value)?);
			return Ok(0);
		}
		let current = node.input.iter().filter(|i| **i == self.current).count();
		if current != 1 {
			let expected = format!("a chain: {} as its only variable input", self.current);
			return Err(error(expected, format!("inputs {}", node.input.join(", "))));
		}
		let mut constants = Vec::new();
		for input in node.input.iter().filter(|i| **i != self.current && !i.is_empty()) {
			let known = self.constants.get(input);
			constants.push(known.ok_or_else(|| {
				error(format!("{input} as a constant"), "a computed value".into())
			})?);
		}
		if matches!(self.ops.last(), Some(FloatOp::ArgMax(_)))
			&& !matches!(node.op_type.as_str(), "Flatten" | "Reshape")
		{
			return Err(error("nothing after ArgMax but a change of shape".into(), "it".into()));
		}
		let variable_first = node.input.first() == Some(&self.current);
		let count = self.shape.iter().product::<usize>();
		let mut parameters = 0;
		match node.op_type.as_str() {
			"MatMul" | "Gemm" => {
				if !variable_first {
					let got = "the constant first".into();
					return Err(error("the variable first, a constant matrix second".into(), got));
				}
				let dense = dense(node, name, count, &self.shape, &constants, &error)?;
				parameters = dense.weights.len();
				if let Some(bias) = constants.get(1) {
					parameters += bias.dims.iter().product::<usize>();
				}
				let rank = self.shape.len();
				self.shape[rank - 1] = dense.bias.len();
				self.ops.push(FloatOp::Dense(dense));
			}
			"Add" => {
				let Some(FloatOp::Dense(dense)) = self.ops.last_mut() else {
					let expected = "the result of MatMul or Gemm to add to".into();
					return Err(error(expected, "another value".into()));
				};
				let (addend, tensor) = vector(constants.first(), dense.bias.len(), &error)?;
				// Broadcasting over any other axis would make a larger tensor.
				let rank = constants.first().map_or(0, |t| t.dims.len());
				if self.shape.last() != Some(&dense.bias.len()) || rank > self.shape.len() {
					let expected = format!("a value to add to each of {:?}", self.shape);
					return Err(error(expected, format!("a constant of rank {rank}")));
				}
				dense.bias.iter_mut().zip(addend).for_each(|(b, a)| *b += a);
				finite(&dense.bias, &error)?;
				parameters = constants.first().map_or(0, |t| t.dims.iter().product());
				dense.tensors[1] = tensor;
			}
			"Relu" => {
				if !matches!(self.ops.last(), Some(FloatOp::Relu(_))) {
					self.ops.push(FloatOp::Relu(name.into()));
				}
			}
			"Flatten" => {
				let rank = self.shape.len() as i64;
				let axis = attribute(node, "axis", 1);
				let axis = if axis < 0 { axis + rank } else { axis };
				if !(0..=rank).contains(&axis) {
					return Err(error(format!("an axis of 0 to {rank}"), axis.to_string()));
				}
				let (outer, inner) = self.shape.split_at(axis as usize);
				self.shape = vec![outer.iter().product(), inner.iter().product()];
			}
			"Reshape" => {
				let target = match constants.first().map(|t| &t.values) {
					Some(Values::Int(target)) => target,
					_ => return Err(error("a shape of INT64".into(), "none".into())),
				};
				self.shape = reshaped(&self.shape, target).ok_or_else(|| {
					error(format!("a shape of {count} elements"), format!("{target:?}"))
				})?;
			}
			"ArgMax" => {
				let rank = self.shape.len() as i64;
				let axis = attribute(node, "axis", 0);
				let axis = if axis < 0 { axis + rank } else { axis };
				if axis < 0 || self.shape.get(axis as usize) != Some(&count) {
					let expected = format!("the axis of all {count} values");
					return Err(error(expected, format!("axis {axis} of {:?}", self.shape)));
				}
				if attribute(node, "select_last_index", 0) != 0 {
					return Err(error("ties to the lowest index".into(), "to the last".into()));
				}
				if attribute(node, "keepdims", 1) != 0 {
					self.shape[axis as usize] = 1;
				} else {
					self.shape.remove(axis as usize);
				}
				self.ops.push(FloatOp::ArgMax(name.into()));
			}
			// `SUPPORTED` has no other; say so rather than trust it.
			other => return Err(ImportError::Unsupported(vec![(name.into(), other.into())])),
		}
		self.current.clone_from(output);
		Ok(parameters)
	}
}

/// A constant as a vector of `len`, one value repeated if it has only one.
fn vector(
	tensor: Option<&&Tensor>,
	len: usize,
	error: &impl Fn(String, String) -> ImportError,
) -> Result<(Vec<f32>, String), ImportError> {
	let expected = || format!("a constant of {len} floats");
	let tensor = tensor.ok_or_else(|| error(expected(), "none".into()))?;
	// All dimensions but the last are 1, or broadcasting would make a larger tensor.
	let rows: usize = tensor.dims.iter().rev().skip(1).product();
	match &tensor.values {
		Values::Float(values) if rows == 1 && values.len() == len => {
			Ok((values.clone(), tensor.name.clone()))
		}
		Values::Float(values) if values.len() == 1 => {
			Ok((vec![values[0]; len], tensor.name.clone()))
		}
		_ => Err(error(expected(), format!("{} of shape {:?}", tensor.name, tensor.dims))),
	}
}

fn dense(
	node: &NodeProto,
	name: &str,
	count: usize,
	shape: &[usize],
	constants: &[&Tensor],
	error: &impl Fn(String, String) -> ImportError,
) -> Result<FloatDense, ImportError> {
	let gemm = node.op_type == "Gemm";
	if gemm && attribute(node, "transA", 0) != 0 {
		return Err(error("transA 0".into(), "1".into()));
	}
	if shape.last() != Some(&count) || gemm && shape.len() != 2 {
		return Err(error(format!("a single row of {count} values"), format!("{shape:?}")));
	}
	let transposed = gemm && attribute(node, "transB", 0) != 0;
	let matrix = match constants.first() {
		Some(Tensor { dims, values: Values::Float(values), name })
			if dims.len() == 2 && dims[usize::from(transposed)] == count && !values.is_empty() =>
		{
			Some((values, dims[usize::from(!transposed)], name))
		}
		_ => None,
	};
	let Some((values, outputs, tensor)) = matrix else {
		let got = constants.first().map_or("none".into(), |t| format!("shape {:?}", t.dims));
		return Err(error(format!("a constant float matrix that takes {count} values"), got));
	};
	let alpha = if gemm { factor(node, "alpha") } else { 1.0 };
	let mut weights = Vec::with_capacity(values.len());
	for row in 0..outputs {
		for column in 0..count {
			let at = if transposed { row * count + column } else { column * outputs + row };
			weights.push(alpha * values[at]);
		}
	}
	let mut tensors = [tensor.clone(), format!("{name} without bias")];
	let mut bias = vec![0.0; outputs];
	if constants.len() > 1 {
		let (values, tensor) = vector(constants.get(1), outputs, error)?;
		let beta = factor(node, "beta");
		bias.iter_mut().zip(values).for_each(|(b, v)| *b = beta * v);
		tensors[1] = tensor;
	}
	finite(&weights, error)?;
	finite(&bias, error)?;
	Ok(FloatDense { name: name.into(), inputs: count, weights, bias, tensors })
}

/// Refuses what scaling or adding made of finite numbers.
fn finite(
	values: &[f32],
	error: &impl Fn(String, String) -> ImportError,
) -> Result<(), ImportError> {
	match values.iter().find(|value| !value.is_finite()) {
		Some(value) => Err(error("finite weights and biases".into(), value.to_string())),
		None => Ok(()),
	}
}

/// ONNX's Reshape: 0 keeps a dimension, -1 takes what is left.
fn reshaped(from: &[usize], target: &[i64]) -> Option<Vec<usize>> {
	let count: usize = from.iter().product();
	let mut shape = Vec::new();
	let mut open = None;
	for (index, dim) in target.iter().enumerate() {
		shape.push(match dim {
			0 => *from.get(index)?,
			-1 if open.is_none() => {
				open = Some(index);
				1
			}
			_ => usize::try_from(*dim).ok()?,
		});
	}
	let known = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
	if let Some(index) = open {
		shape[index] = count.checked_div(known)?;
	}
	let total = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
	(total == count).then_some(shape)
}
