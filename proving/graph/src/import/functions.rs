//! Functions of a file's own, put in place of the nodes that call them.
//!
//! A function comes before an operator of the same domain and name; one in ONNX's own domain is refused,
//! since runtimes take their operator. Its nodes are of the operator sets that it imports itself, which
//! must be the model's, since runtimes take those. Names inside it get the call's name in front.

use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};

use zkml_onnx::{
	AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
};

use super::{lower::domain, source::NODES, ImportError};

/// A node that calls no function.
#[derive(Clone, Debug)]
pub struct Placed {
	pub proto: NodeProto,
	/// The operator sets that hold for it.
	pub sets: Rc<Vec<OperatorSetIdProto>>,
}

/// Most calls within each other.
const DEPTH: usize = 32;

type Functions<'a> = BTreeMap<(&'a str, &'a str), &'a FunctionProto>;

struct Inlining<'a> {
	functions: Functions<'a>,
	/// Names of tensors that are in use.
	taken: BTreeSet<String>,
	nodes: Vec<Placed>,
	/// How many calls were put in place so far, of which there may be `NODES`.
	calls: usize,
}

/// What names and attributes of a function's body stand for.
struct Scope<'a> {
	/// The call's name, for names inside; none in the graph itself.
	prefix: Option<String>,
	names: BTreeMap<String, String>,
	attributes: &'a [AttributeProto],
	sets: Rc<Vec<OperatorSetIdProto>>,
	/// Domain and name of the functions that the call is inside of.
	calls: Vec<(String, String)>,
}

/// All nodes of the graph, and of the functions that they call.
pub fn inline(model: &ModelProto, graph: &GraphProto) -> Result<Vec<Placed>, ImportError> {
	if graph.node.len() > NODES {
		let (expected, got) = (format!("at most {NODES} nodes"), graph.node.len().to_string());
		return Err(ImportError::Graph { expected, got });
	}
	let mut functions = Functions::new();
	for function in &model.functions {
		let key = (domain(&function.domain), function.name.as_str());
		if key.0.is_empty() {
			let expected = "functions outside of ONNX's own domain".into();
			return Err(ImportError::Graph { expected, got: function.name.clone() });
		}
		for own in &function.opset_import {
			let same = |set: &&OperatorSetIdProto| domain(&set.domain) == domain(&own.domain);
			let models = model.opset_import.iter().find(same).map(|set| set.version);
			if let Some(version) = models.filter(|version| *version != own.version) {
				let expected =
					format!("function {} of operator set {version}, as its model", function.name);
				return Err(ImportError::Graph { expected, got: own.version.to_string() });
			}
		}
		if functions.insert(key, function).is_some() {
			// Overloads are not told apart.
			let expected = format!("one function {} of {}", key.1, key.0);
			return Err(ImportError::Graph { expected, got: "two".into() });
		}
	}
	let names = graph.node.iter().flat_map(|node| node.input.iter().chain(&node.output));
	let values = graph.initializer.iter().map(|tensor| &tensor.name);
	let inputs = graph.input.iter().map(|input| &input.name);
	let taken = names.chain(values).chain(inputs).cloned().collect();
	let mut inlining = Inlining { functions, taken, nodes: Vec::new(), calls: 0 };
	let scope = Scope {
		prefix: None,
		names: BTreeMap::new(),
		attributes: &[],
		sets: Rc::new(model.opset_import.clone()),
		calls: Vec::new(),
	};
	inlining.body(&graph.node, scope)?;
	Ok(inlining.nodes)
}

impl<'a> Inlining<'a> {
	fn body(&mut self, nodes: &[NodeProto], mut scope: Scope) -> Result<(), ImportError> {
		for (index, node) in nodes.iter().enumerate() {
			let node = self.resolved(node, index, &mut scope)?;
			let key = (domain(&node.domain), node.op_type.as_str());
			match self.functions.get(&key).copied() {
				Some(function) => self.call(&node, function, &scope)?,
				None => {
					if self.nodes.len() >= NODES {
						let (expected, got) = (format!("at most {NODES} nodes"), "more".into());
						return Err(ImportError::Graph { expected, got });
					}
					self.nodes.push(Placed { proto: node, sets: scope.sets.clone() });
				}
			}
		}
		Ok(())
	}

	/// A node with the names and attributes that those of its scope stand for.
	fn resolved(
		&mut self,
		node: &NodeProto,
		index: usize,
		scope: &mut Scope,
	) -> Result<NodeProto, ImportError> {
		let mut node = node.clone();
		let Some(prefix) = scope.prefix.clone() else { return Ok(node) };
		for name in node.input.iter_mut().chain(&mut node.output).filter(|n| !n.is_empty()) {
			if let Some(outer) = scope.names.get(name) {
				name.clone_from(outer);
				continue;
			}
			let mut own = format!("{prefix}/{name}");
			while !self.taken.insert(own.clone()) {
				own.push('_');
			}
			scope.names.insert(std::mem::replace(name, own.clone()), own);
		}
		node.name = match node.name.as_str() {
			"" => format!("{prefix}/{}{index}", node.op_type),
			name => format!("{prefix}/{name}"),
		};
		let name = node.name.clone();
		for attribute in node.attribute.iter_mut().filter(|a| !a.ref_attr_name.is_empty()) {
			let of = attribute.ref_attr_name.clone();
			let given = scope.attributes.iter().find(|given| given.name == of);
			let fits =
				|given: &&AttributeProto| attribute.r#type == 0 || given.r#type == attribute.r#type;
			let Some(given) = given.filter(fits) else {
				// It could have a default, which the function has in `attribute_proto`; that is not read.
				return Err(ImportError::Node {
					node: name,
					operator: node.op_type.clone(),
					expected: format!("attribute {of} where the function around it is called"),
					got: "none of its type".into(),
				});
			};
			*attribute = AttributeProto { name: attribute.name.clone(), ..given.clone() };
		}
		Ok(node)
	}

	/// Puts a function in place of a call.
	fn call(
		&mut self,
		node: &NodeProto,
		function: &'a FunctionProto,
		scope: &Scope,
	) -> Result<(), ImportError> {
		let named = [Some(&node.name), node.output.first()];
		let named = named.into_iter().flatten().find(|name| !name.is_empty());
		let prefix = named.unwrap_or(&node.op_type).clone();
		let error = |expected: String, got: String| ImportError::Node {
			node: prefix.clone(),
			operator: format!("function {}.{}", function.domain, function.name),
			expected,
			got,
		};
		let key = (domain(&function.domain).to_owned(), function.name.clone());
		if scope.calls.contains(&key) || scope.calls.len() >= DEPTH {
			return Err(error(
				"a function that does not call itself".into(),
				"one that does".into(),
			));
		}
		if node.input.len() > function.input.len() || node.output.len() > function.output.len() {
			let (inputs, outputs) = (function.input.len(), function.output.len());
			let got = format!("{} and {}", node.input.len(), node.output.len());
			return Err(error(format!("at most {inputs} inputs and {outputs} outputs"), got));
		}
		let referred = |name: &String| {
			let mut attributes = function.node.iter().flat_map(|node| &node.attribute);
			function.attribute.contains(name) || attributes.any(|a| a.ref_attr_name == *name)
		};
		if let Some(unknown) = node.attribute.iter().find(|given| !referred(&given.name)) {
			let known = function.attribute.join(", ");
			return Err(error(format!("no other attributes than {known}"), unknown.name.clone()));
		}
		let mut names = BTreeMap::new();
		for (index, name) in function.input.iter().enumerate() {
			let given = node.input.get(index).cloned().unwrap_or_default();
			if name.is_empty() || names.insert(name.clone(), given).is_some() {
				return Err(error("inputs of different names".into(), name.clone()));
			}
		}
		for (index, name) in function.output.iter().enumerate() {
			let computed = function.node.iter().any(|node| node.output.contains(name));
			if !computed || names.contains_key(name) {
				return Err(error("outputs that its own nodes compute".into(), name.clone()));
			}
			if let Some(given) = node.output.get(index).filter(|given| !given.is_empty()) {
				names.insert(name.clone(), given.clone());
			}
		}
		self.calls += 1;
		if self.calls > NODES {
			return Err(error(format!("at most {NODES} calls of functions"), "more".into()));
		}
		let mut calls = scope.calls.clone();
		calls.push(key);
		let inner = Scope {
			prefix: Some(prefix),
			names,
			attributes: &node.attribute,
			sets: Rc::new(function.opset_import.clone()),
			calls,
		};
		self.body(&function.node, inner)
	}
}
