//! The walk along the nodes of a file that the output needs.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::{
	tensor_shape_proto::dimension::Value as Dimension, type_proto::Value as Type, GraphProto,
	ModelProto, NodeProto, ValueInfoProto,
};

use super::{
	lower::{self, Inputs, Kind, Lowering, Operand, Variable, TABLE},
	source::{count, Node, Tensor, LIMIT, NODES, OPERANDS},
	FloatGraph, ImportError, NodeInfo,
};

/// Domains whose operators are known.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

fn error(expected: impl Into<String>, got: impl Into<String>) -> ImportError {
	ImportError::Graph { expected: expected.into(), got: got.into() }
}

/// Reads a graph.
pub fn read(
	model: &ModelProto,
	graph: &GraphProto,
	output: Option<&str>,
) -> Result<FloatGraph, ImportError> {
	if graph.node.len() > NODES {
		return Err(error(format!("at most {NODES} nodes"), graph.node.len().to_string()));
	}
	let names = names(&graph.node);
	for (name, node) in names.iter().zip(&graph.node) {
		let operands = node.input.len().max(node.output.len());
		if operands > OPERANDS {
			let expected = format!("at most {OPERANDS} inputs and outputs of {name}");
			return Err(error(expected, operands.to_string()));
		}
	}
	let output = chosen(graph, output)?;
	let needed = needed(&graph.node, &output);
	let live =
		|index: &usize| graph.node[*index].output.iter().any(|o| needed.contains(o.as_str()));
	let unsupported: Vec<_> = (0..graph.node.len())
		.filter(live)
		.map(|index| (&names[index], &graph.node[index]))
		.filter(|(_, node)| lowering_of(node).is_none())
		.map(|(name, node)| (name.clone(), node.op_type.clone()))
		.collect();
	if !unsupported.is_empty() {
		return Err(ImportError::Unsupported(unsupported));
	}
	let mut operands = BTreeMap::new();
	for proto in graph.initializer.iter().filter(|proto| needed.contains(proto.name.as_str())) {
		operands.insert(proto.name.clone(), Operand::constant(Tensor::read(proto)?));
	}
	let (name, input) = graph_input(graph, &needed)?;
	let elements = count(&input).filter(|count| (1..=LIMIT).contains(count));
	let Some(elements) = elements else {
		return Err(error(format!("an input of 1 to {LIMIT} elements"), format!("{input:?}")));
	};
	operands.insert(name, Operand::number(0, input.clone()));
	let mut lowering = Lowering::new(elements);
	let mut nodes = Vec::new();
	for (index, proto) in graph.node.iter().enumerate() {
		let (name, operator) = (names[index].clone(), proto.op_type.clone());
		let mut info =
			NodeInfo { name, operator, shape: Vec::new(), parameters: 0, constraints: None };
		if live(&index) {
			let wanted: Vec<_> =
				proto.output.iter().map(|name| needed.contains(name.as_str())).collect();
			let opset = opset(model, &proto.domain);
			let node = Node { proto, name: &names[index], opset, wanted: &wanted };
			step(&mut lowering, &node, &mut operands, &mut info)?;
		}
		nodes.push(info);
	}
	let result = operands
		.remove(output.as_str())
		.ok_or_else(|| error(format!("a node that gives {output}"), "none"))?;
	let Operand::Variable(Variable { value, dims, kind }) = result else {
		return Err(error("an output that depends on the input", format!("constant {output}")));
	};
	let result = match &kind {
		Kind::Number | Kind::Label => value,
		Kind::Quantized { scale, zero } => {
			// The tensor holds the integers themselves.
			let last = graph.node.iter().position(|node| node.output.contains(&output));
			let at = last.ok_or_else(|| error("a computed output", output.clone()))?;
			let node = Node { proto: &graph.node[at], name: &names[at], opset: 0, wanted: &[] };
			let real = lowering.affine(&node, value, 1.0 / scale, vec![*zero as f32])?;
			lower::whole(&mut lowering, &node, real, 1.0, 0)?
		}
		Kind::Ordered { .. } => {
			return Err(error("an output that can be proved", kind.describe()));
		}
	};
	Ok(FloatGraph { input, output: dims, ops: lowering.ops, result, nodes })
}

/// Lowers a node.
fn step(
	lowering: &mut Lowering,
	node: &Node,
	operands: &mut BTreeMap<String, Operand>,
	info: &mut NodeInfo,
) -> Result<(), ImportError> {
	let mut inputs = Vec::new();
	for name in &node.proto.input {
		inputs.push(match operands.get(name) {
			_ if name.is_empty() => None,
			Some(operand) => Some(operand.clone()),
			None => {
				let got = "a name that no node before it gives";
				return Err(node.error(format!("{name} as a constant or a computed value"), got));
			}
		});
	}
	let constants = |operand: &Operand| matches!(operand, Operand::Constant(_));
	let all = inputs.iter().flatten().all(constants);
	let inputs = Inputs(inputs);
	let lower = lowering_of(node.proto)
		.ok_or_else(|| ImportError::Unsupported(vec![(node.name.into(), node.op().into())]))?;
	let results = match lower::fold(node, &inputs) {
		Some(folded) => folded?,
		None if all => Lowering::compute(node, lower, &inputs)?,
		None => {
			info.parameters = parameters(node, &inputs);
			lower(lowering, node, &inputs)?
		}
	};
	if let Some(first) = results.first() {
		info.shape = first.dims().to_vec();
	}
	let outputs = node.proto.output.iter().zip(node.wanted).enumerate();
	for (index, (name, wanted)) in outputs.filter(|(_, (_, wanted))| **wanted) {
		let Some(result) = results.get(index).filter(|_| *wanted) else {
			return Err(node.error("outputs that can be proved", format!("{name} too")));
		};
		if operands.insert(name.clone(), result.clone()).is_some() {
			return Err(node.error(format!("one value of the name {name}"), "two"));
		}
	}
	Ok(())
}

/// Numbers in the constants that a node computes with, and in its own attributes.
fn parameters(node: &Node, inputs: &Inputs) -> usize {
	// Sizes, places and bounds are none.
	let plain = ["Clip", "Pad", "Reshape", "Expand", "Gather", "Slice", "Tile", "QuantizeLinear"];
	if plain.contains(&node.op()) {
		return 0;
	}
	let constants = inputs.0.iter().flatten().map(|operand| match operand {
		Operand::Constant(tensor) if tensor.integers().is_none() => tensor.dims.iter().product(),
		_ => 0,
	});
	let own = ["coefficients", "intercepts", "nodes_values", "class_weights", "target_weights"];
	let own = own.iter().filter_map(|name| node.attribute(name)).map(|a| a.floats.len());
	constants.chain(own).sum()
}

fn lowering_of(node: &NodeProto) -> Option<lower::Lower> {
	let known = DOMAINS.contains(&node.domain.as_str());
	let entry = TABLE.iter().find(|(operator, _)| known && *operator == node.op_type);
	entry.map(|(_, lower)| *lower)
}

fn opset(model: &ModelProto, domain: &str) -> i64 {
	let same = |other: &str| other == domain || (other == "ai.onnx" && domain.is_empty());
	let version = model.opset_import.iter().find(|import| same(&import.domain));
	version.map_or(1, |import| import.version)
}

/// The nodes' names, all different.
fn names(nodes: &[NodeProto]) -> Vec<String> {
	let mut taken = BTreeSet::new();
	let mut names = Vec::new();
	for (index, node) in nodes.iter().enumerate() {
		let candidates = [Some(&node.name), node.output.first()];
		let named = candidates.into_iter().flatten().find(|n| !n.is_empty());
		// One line each, whatever the file says.
		let clean = |n: &String| n.chars().filter(|c| !c.is_control()).take(200).collect();
		let mut name: String = named.map_or_else(|| format!("#{index}"), clean);
		while !taken.insert(name.clone()) {
			name = format!("{name}#{index}");
		}
		names.push(name);
	}
	names
}

/// Integers or strings: a label.
fn is_label(output: &ValueInfoProto) -> bool {
	match output.r#type.as_ref().and_then(|t| t.value.as_ref()) {
		Some(Type::TensorType(tensor)) => matches!(tensor.elem_type, 6..=8),
		_ => false,
	}
}

/// The name of the tensor that is the output.
fn chosen(graph: &GraphProto, output: Option<&str>) -> Result<String, ImportError> {
	let list = |names: Vec<&str>| names.join(", ");
	let outputs: Vec<_> = graph.output.iter().map(|o| o.name.as_str()).collect();
	if let Some(output) = output {
		let mut made = graph.node.iter().flat_map(|node| &node.output);
		return match made.any(|name| name == output) && !output.is_empty() {
			true => Ok(output.into()),
			false => {
				let expected = format!("the name of a computed tensor, such as {}", list(outputs));
				Err(error(expected, output))
			}
		};
	}
	let labels: Vec<_> = graph.output.iter().filter(|o| is_label(o)).collect();
	let classifier = graph.node.iter().any(|node| node.domain == "ai.onnx.ml");
	match (outputs.as_slice(), labels.as_slice()) {
		([only], _) => Ok((*only).into()),
		(_, [label]) if classifier => Ok(label.name.clone()),
		_ => {
			let got = format!("{} outputs: {}", outputs.len(), list(outputs));
			Err(error("one output, or the name of one of them (--output NAME)", got))
		}
	}
}

/// Names that the output needs.
fn needed<'a>(nodes: &'a [NodeProto], output: &'a str) -> BTreeSet<&'a str> {
	let mut needed = BTreeSet::from([output]);
	for node in nodes.iter().rev() {
		if node.output.iter().any(|name| needed.contains(name.as_str())) {
			needed.extend(node.input.iter().map(String::as_str));
		}
	}
	needed.remove("");
	needed
}

/// Name and shape of the only input that is no constant and that the output needs.
fn graph_input(
	graph: &GraphProto,
	needed: &BTreeSet<&str>,
) -> Result<(String, Vec<usize>), ImportError> {
	let constants: BTreeSet<_> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
	let constant = |name: &String| constants.contains(name.as_str());
	let inputs: Vec<_> = graph
		.input
		.iter()
		.filter(|i| !constant(&i.name) && needed.contains(i.name.as_str()))
		.collect();
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
			Some(Dimension::DimValue(-1 | 0)) if index == 0 => dims.push(1),
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
