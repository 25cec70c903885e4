//! The walk along the nodes of a file that the output needs.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::{
	tensor_shape_proto::dimension::Value as Dimension, type_proto::Value as Type, GraphProto,
	ModelProto, NodeProto, ValueInfoProto,
};
use zkml_primitives::MAX_RANK;

use super::{
	lower::{self, Inputs, Kind, Lowering, Operand, Operator, Variable, Version, NEWEST},
	node::Node,
	source::{count, Tensor, LIMIT, NODES, OPERANDS, RANK},
	FloatGraph, ImportError, NodeInfo,
};

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
		.filter(|(_, node)| operator(node).is_none())
		.map(|(name, node)| (name.clone(), qualified(node)))
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
			let (operator, version) = version(model, proto, &names[index])?;
			let node = Node::new(proto, &names[index], version, &wanted);
			step(&mut lowering, operator, &node, &mut operands, &mut info)?;
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
			let (_, version) = version(model, &graph.node[at], &names[at])?;
			let node = Node::new(&graph.node[at], &names[at], version, &[]);
			let real = lowering.affine(&node, value, 1.0 / scale, vec![*zero as f32])?;
			lower::whole(&mut lowering, &node, real, 1.0, 0)?
		}
		Kind::Ordered { values: Some(value), .. } => *value,
		Kind::Ordered { .. } => {
			return Err(error("an output that can be proved", kind.describe()));
		}
	};
	Ok(FloatGraph { input, output: dims, ops: lowering.ops, result, nodes })
}

/// Lowers a node.
fn step(
	lowering: &mut Lowering,
	operator: &Operator,
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
	let all = inputs.iter().flatten().all(|operand| matches!(operand, Operand::Constant(_)));
	let inputs = Inputs::new(inputs);
	node.version.check(node)?;
	node.version.check_inputs(node, &inputs)?;
	let folded = operator.fold.and_then(|fold| fold(node, &inputs));
	let results = match folded {
		Some(folded) => folded?,
		None if all => Lowering::compute(node, operator.lower, &inputs)?,
		None => {
			info.parameters = parameters(node, &inputs);
			(operator.lower)(lowering, node, &inputs)?
		}
	};
	node.version.check_read(node, &inputs)?;
	if let Some(result) = results.iter().find(|result| result.dims().len() > RANK) {
		let got = result.dims().len().to_string();
		return Err(node.error(format!("tensors of at most {RANK} dimensions"), got));
	}
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
	let constants = inputs.peek().map(|operand| match operand {
		Operand::Constant(tensor) if tensor.integers().is_none() => tensor.dims.iter().product(),
		_ => 0,
	});
	let own = ["coefficients", "intercepts", "nodes_values", "class_weights", "target_weights"];
	let own = node.proto.attribute.iter().filter(|a| own.contains(&a.name.as_str()));
	constants.chain(own.map(|a| a.floats.len())).sum()
}

fn operator(node: &NodeProto) -> Option<&'static Operator> {
	lower::find(&node.domain, &node.op_type)
}

/// The operator's name, with its domain if that is not ONNX's own.
fn qualified(node: &NodeProto) -> String {
	match lower::domain(&node.domain) {
		"" => node.op_type.clone(),
		domain => format!("{domain}.{}", node.op_type),
	}
}

/// A node's operator, and the form it has in the operator set that the file imports.
fn version(
	model: &ModelProto,
	node: &NodeProto,
	name: &str,
) -> Result<(&'static Operator, &'static Version), ImportError> {
	let operator = operator(node)
		.ok_or_else(|| ImportError::Unsupported(vec![(name.into(), qualified(node))]))?;
	let refused = |expected: String, got: String| ImportError::Node {
		node: name.into(),
		operator: qualified(node),
		expected,
		got,
	};
	let domain = lower::domain(&node.domain);
	let words = if domain.is_empty() { "ai.onnx" } else { domain };
	let same = |other: &&str| lower::domain(other) == domain;
	let mut imports = model.opset_import.iter().filter(|import| same(&import.domain.as_str()));
	let import = match (imports.next(), imports.next()) {
		(Some(import), None) => import.version,
		(None, _) => {
			return Err(refused(format!("an import of operator set {words}"), "none".into()));
		}
		(Some(_), Some(_)) => {
			return Err(refused(format!("one import of operator set {words}"), "two".into()));
		}
	};
	let newest = NEWEST.iter().find(|(known, _)| *known == domain).map_or(0, |(_, set)| *set);
	if !(1..=newest).contains(&import) {
		let expected = format!("an operator set {words} from 1 to {newest}");
		return Err(refused(expected, import.to_string()));
	}
	let version = operator.version(import).ok_or_else(|| {
		let oldest = operator.versions.iter().map(Version::oldest).min().unwrap_or(1);
		refused(format!("operator set {words} {oldest} or newer"), import.to_string())
	})?;
	Ok((operator, version))
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
	if dims.len() > MAX_RANK as usize {
		let expected = format!("an input of at most {MAX_RANK} dimensions");
		return Err(error(expected, dims.len().to_string()));
	}
	Ok((input.name.clone(), dims))
}
