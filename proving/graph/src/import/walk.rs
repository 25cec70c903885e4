//! The walk along the nodes of a file that the output needs.

use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
	sync::Arc,
};

use zkml_onnx::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto};

use super::{
	control::{self, Scope},
	ends::{advice, chosen, error, graph_inputs, needed, plain_names},
	external::Folder,
	functions::{self, Placed},
	lower::{self, Hidden, Inputs, Kind, Lowering, Operand, Operator, Variable, Version, NEWEST},
	node::Node,
	sets,
	source::{count, Tensor, LIMIT, NODES, OPERANDS, RANK},
	FloatGraph, FloatInput, FloatOutput, ImportError, Limited, NodeInfo,
};

/// Reads all operations that the outputs need, as a float graph.
pub fn read(
	model: &ModelProto,
	graph: &GraphProto,
	outputs: &[String],
	folder: Folder,
) -> Result<FloatGraph, ImportError> {
	let placed = placed(model, graph)?;
	let outputs = chosen(graph, &placed, outputs)?;
	let names: Vec<_> = outputs.iter().map(String::as_str).collect();
	let mut walk = Walk::new(graph, &placed, &names, folder)?;
	let unsupported: Vec<_> = (0..placed.len())
		.filter(|index| walk.live(*index) && operator(&placed[*index].proto).is_none())
		.map(|index| (walk.infos[index].name.clone(), qualified(&placed[index].proto)))
		.collect();
	if !unsupported.is_empty() {
		return Err(ImportError::Unsupported(unsupported));
	}
	walk.constants(graph)?;
	walk.inputs(graph)?;
	for index in 0..placed.len() {
		walk.node(index)?;
	}
	walk.finish(&names)
}

/// Describes all nodes of a graph as far as they can be read: the reason of each that is refused, and
/// the shapes of those that need none of these. Gives the inputs too.
pub fn survey(
	model: &ModelProto,
	graph: &GraphProto,
	outputs: &[String],
	folder: Folder,
) -> Result<(Vec<NodeInfo>, Vec<FloatInput>), ImportError> {
	let placed = placed(model, graph)?;
	let outputs: Vec<_> = match outputs.is_empty() {
		false => chosen(graph, &placed, outputs)?,
		true => graph.output.iter().map(|output| output.name.clone()).collect(),
	};
	let names: Vec<_> = outputs.iter().map(String::as_str).collect();
	let mut walk = Walk::new(graph, &placed, &names, folder)?;
	walk.constants(graph)?;
	walk.inputs(graph)?;
	for (index, node) in placed.iter().enumerate() {
		if let Err(error) = walk.node(index) {
			walk.infos[index].refused = Some(match error.in_one_line() {
				ImportError::Unsupported(_) => "an operator that cannot be proved".into(),
				ImportError::Node { expected, got, .. } => {
					format!("expected {expected}, got {got}")
				}
				ImportError::OperatorSet { domain, oldest, newest, got, .. } => {
					format!("expected {}, got {got}", sets(&domain, oldest, newest))
				}
				error => error.to_string(),
			});
			walk.unknown.extend(node.proto.output.iter().cloned());
		}
	}
	Ok((walk.infos, walk.inputs))
}

/// The nodes, with functions in place, all of which have few inputs and outputs.
fn placed(model: &ModelProto, graph: &GraphProto) -> Result<Vec<Placed>, ImportError> {
	let placed = functions::inline(model, graph)?;
	for (name, node) in names(&placed).iter().zip(&placed) {
		let operands = node.proto.input.len().max(node.proto.output.len());
		if operands > OPERANDS {
			let expected = format!("at most {OPERANDS} inputs and outputs of {name}");
			return Err(error(expected, operands.to_string()));
		}
	}
	Ok(placed)
}

/// What was read so far.
struct Walk<'a> {
	placed: &'a [Placed],
	/// Names that the outputs need.
	needed: BTreeSet<&'a str>,
	folder: Folder<'a>,
	operands: BTreeMap<String, Operand>,
	/// Names of results that nobody knows.
	unknown: BTreeSet<String>,
	lowering: Lowering,
	infos: Vec<NodeInfo>,
	inputs: Vec<FloatInput>,
	/// Nodes that bodies may still add.
	unrolled: usize,
}

impl<'a> Walk<'a> {
	fn new(
		graph: &'a GraphProto,
		placed: &'a [Placed],
		outputs: &[&'a str],
		folder: Folder<'a>,
	) -> Result<Self, ImportError> {
		let infos = names(placed).into_iter().zip(placed).map(|(name, node)| NodeInfo {
			name,
			operator: qualified(&node.proto),
			shape: None,
			parameters: 0,
			constraints: None,
			refused: None,
		});
		let needed = needed(placed, outputs);
		let sparse = graph.sparse_initializer.iter().filter_map(|sparse| sparse.values.as_ref());
		if let Some(sparse) = sparse.map(|v| &v.name).find(|name| needed.contains(name.as_str())) {
			let (expected, got) = ("a dense tensor".into(), "a sparse one".into());
			return Err(ImportError::Tensor { tensor: sparse.clone(), expected, got });
		}
		let annotated = |name: &&String| needed.contains(name.as_str());
		let annotations = graph.quantization_annotation.iter();
		if let Some(tensor) = annotations.map(|a| &a.tensor_name).find(annotated) {
			let expected = "a tensor that DequantizeLinear gives its meaning".into();
			let got = "one with a quantization_annotation".into();
			return Err(ImportError::Tensor { tensor: tensor.clone(), expected, got });
		}
		Ok(Self {
			placed,
			needed,
			folder,
			operands: BTreeMap::new(),
			unknown: BTreeSet::new(),
			lowering: Lowering::new(0),
			infos: infos.collect(),
			inputs: Vec::new(),
			unrolled: NODES,
		})
	}

	/// Whether the outputs need something of a node.
	fn live(&self, index: usize) -> bool {
		self.placed[index].proto.output.iter().any(|name| self.needed.contains(name.as_str()))
	}

	/// Reads the constants that are needed.
	fn constants(&mut self, graph: &GraphProto) -> Result<(), ImportError> {
		for proto in graph.initializer.iter().filter(|p| self.needed.contains(p.name.as_str())) {
			let mut proto = proto.clone();
			self.folder.load(&mut proto)?;
			let tensor = Tensor::read(&proto)?;
			let rank = tensor.dims.len();
			if rank > RANK {
				let expected = format!("at most {RANK} dimensions");
				let (tensor, got) = (proto.name, rank.to_string());
				return Err(ImportError::Tensor { tensor, expected, got });
			}
			if self.operands.insert(proto.name.clone(), Operand::constant(tensor)).is_some() {
				let (expected, got) = ("one constant of its name".into(), "two".into());
				return Err(ImportError::Tensor { tensor: proto.name, expected, got });
			}
		}
		Ok(())
	}

	/// Reads the graph's inputs, each of which becomes a part of value 0.
	fn inputs(&mut self, graph: &GraphProto) -> Result<(), ImportError> {
		let inputs = graph_inputs(graph, &self.needed)?;
		let mut elements = 0;
		for (_, input, _) in &inputs {
			let own = count(&input.dims).filter(|count| (1..=LIMIT).contains(count));
			let Some(own) = own else {
				let expected = format!("an input of 1 to {LIMIT} elements");
				return Err(error(expected, format!("{:?}", input.dims)));
			};
			elements += own;
		}
		if elements > LIMIT {
			let expected = format!("inputs of at most {LIMIT} elements together");
			return Err(error(expected, elements.to_string()));
		}
		self.lowering = Lowering::new(elements);
		let mut start = 0;
		for (name, input, kind) in inputs {
			let len = input.len();
			let value = self.lowering.input(&input.name, start, len).ok_or_else(|| {
				let expected = format!("a graph of at most {LIMIT} elements in all");
				error(expected, "more")
			})?;
			start += len;
			self.lowering.given(value, &input.name, &kind);
			let operand = Operand::Variable(Variable { value, dims: input.dims.clone(), kind });
			if self.operands.insert(name.clone(), operand).is_some() {
				return Err(error(format!("one value of the name {name}"), "two"));
			}
			self.inputs.push(input);
		}
		Ok(())
	}

	/// Lowers a node, if it is needed.
	fn node(&mut self, index: usize) -> Result<(), ImportError> {
		if !self.live(index) {
			return Ok(());
		}
		let Placed { proto, sets } = &self.placed[index];
		let name = self.infos[index].name.clone();
		let wanted: Vec<_> =
			proto.output.iter().map(|name| self.needed.contains(name.as_str())).collect();
		let mut proto = proto.clone();
		for tensor in proto.attribute.iter_mut().filter_map(|attribute| attribute.t.as_mut()) {
			self.folder.load(tensor)?;
		}
		let (operator, version) = version(sets, &proto, &name)?;
		let node = Node::new(&proto, &name, operator, version, &wanted);
		node.version.check(&node)?;
		if proto.input.iter().any(|name| self.unknown.contains(name)) {
			self.unknown.extend(proto.output.iter().cloned());
			return Ok(());
		}
		let info = &mut self.infos[index];
		step(&mut self.lowering, &node, &mut self.operands, info, sets, &mut self.unrolled, 0)
	}

	/// The graph with its outputs.
	fn finish(mut self, outputs: &[&str]) -> Result<FloatGraph, ImportError> {
		let constant =
			|name: &&&str| matches!(self.operands.get(**name), Some(Operand::Constant(_)));
		if let Some(name) = outputs.iter().find(constant) {
			let others: Vec<_> =
				outputs.iter().filter(|name| !constant(name)).map(|name| advice(name)).collect();
			let expected = match others.is_empty() {
				true => "an output that depends on an input".into(),
				false => {
					format!("outputs that depend on an input (choose these: {})", others.join(" "))
				}
			};
			return Err(error(expected, format!("constant {name}")));
		}
		let mut results = Vec::with_capacity(outputs.len());
		for (output, name) in outputs.iter().zip(plain_names(outputs)) {
			let (dims, value) = self.output(output)?;
			results.push(FloatOutput { name, dims, value });
		}
		let Self { inputs, lowering: Lowering { ops, limits, equated, .. }, infos, .. } = self;
		let limited = Limited::new(&inputs, &ops, limits).map(Arc::new);
		Ok(FloatGraph { inputs, ops, outputs: results, nodes: infos, equated, limited })
	}

	/// Shape and value of an output.
	fn output(&mut self, output: &str) -> Result<(Vec<usize>, usize), ImportError> {
		let result = self.operands.get(output).cloned();
		let Some(Operand::Variable(Variable { value, dims, kind })) = result else {
			return Err(error(format!("a node that gives {output}"), "none"));
		};
		let value = match &kind {
			Kind::Number
			| Kind::Integer
			| Kind::Whole(_)
			| Kind::Truth
			| Kind::Label
			| Kind::Word(_) => value,
			Kind::Quantized { scale, zero } => {
				// The tensor holds the integers themselves.
				let of = |placed: &Placed| placed.proto.output.iter().any(|name| name == output);
				let last = self.placed.iter().position(of);
				let at = last.ok_or_else(|| error("a computed output", output))?;
				let Placed { proto, sets } = &self.placed[at];
				let name = &self.infos[at].name;
				let (operator, version) = version(sets, proto, name)?;
				let node = Node::new(proto, name, operator, version, &[]);
				let zero = vec![*zero as f32];
				let real = self.lowering.affine(&node, value, 1.0 / scale, zero)?;
				lower::whole(&mut self.lowering, &node, real, 1.0, 0)?
			}
			Kind::Ordered { values: Some(value), .. }
			| Kind::Masked { values: Some(value), .. }
			| Kind::Hidden(Hidden { values: Some(value), .. }) => *value,
			Kind::Ordered { .. }
			| Kind::Masked { .. }
			| Kind::Hidden(_)
			| Kind::Per { .. }
			| Kind::Scale { .. }
			| Kind::Zero { .. } => {
				let expected = format!("an output that can be proved as {output}");
				return Err(error(expected, kind.describe()));
			}
		};
		Ok((dims, value))
	}
}

/// Lowers a node. Of bodies within each other so many are around it, and so many nodes may still be added.
pub fn step(
	lowering: &mut Lowering,
	node: &Node,
	operands: &mut BTreeMap<String, Operand>,
	info: &mut NodeInfo,
	sets: &Rc<Vec<OperatorSetIdProto>>,
	left: &mut usize,
	depth: usize,
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
	node.version.check_inputs(node, &inputs)?;
	let operator = node.operator;
	let folded = operator.fold.and_then(|fold| fold(node, &inputs));
	let results = match (folded, operator.bodies) {
		(Some(folded), _) => folded?,
		(None, Some(bodies)) => {
			let mut scope = Scope { depth, ..Scope::new(operands, sets, *left) };
			let results = control::run(lowering, node, bodies, &inputs, &mut scope)?;
			*left = scope.left;
			results
		}
		(None, None) if all => Lowering::compute(node, operator.lower, &inputs)?,
		(None, None) => {
			info.parameters = parameters(node, &inputs);
			lower::lower(lowering, node, &inputs)?
		}
	};
	node.version.check_read(node, &inputs)?;
	if let Some(result) = results.iter().find(|result| result.dims().len() > RANK) {
		let got = result.dims().len().to_string();
		return Err(node.error(format!("tensors of at most {RANK} dimensions"), got));
	}
	if let Some(first) = results.first() {
		info.shape = Some(first.dims().to_vec());
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
	if node.operator.settings {
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
pub fn version(
	sets: &[OperatorSetIdProto],
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
	// Some exporters import a set several times over.
	let imports = sets.iter().filter(|import| same(&import.domain.as_str()));
	let versions: BTreeSet<_> = imports.map(|import| import.version).collect();
	let import = match versions.iter().collect::<Vec<_>>().as_slice() {
		[version] => **version,
		[] => return Err(refused(format!("an import of operator set {words}"), "none".into())),
		several => {
			let got = format!("{several:?}");
			return Err(refused(format!("one version of operator set {words}"), got));
		}
	};
	let newest = NEWEST.iter().find(|(known, _)| *known == domain).map_or(0, |(_, set)| *set);
	let not_in = |oldest, newest| ImportError::OperatorSet {
		node: name.into(),
		operator: qualified(node),
		domain: words.into(),
		oldest,
		newest,
		got: import,
	};
	if !(1..=newest).contains(&import) {
		return Err(not_in(1, Some(newest)));
	}
	let version = operator.version(import).ok_or_else(|| {
		not_in(operator.versions.iter().map(Version::oldest).min().unwrap_or(1), None)
	})?;
	Ok((operator, version))
}

/// The nodes' names, all different.
fn names(nodes: &[Placed]) -> Vec<String> {
	let mut taken = BTreeSet::new();
	let mut names = Vec::new();
	for (index, Placed { proto, .. }) in nodes.iter().enumerate() {
		let candidates = [Some(&proto.name), proto.output.first()];
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
