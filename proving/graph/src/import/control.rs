//! `If`, `Loop` and `Scan`: the nodes of their bodies stand as often as they are computed, which constants
//! say.

use std::{collections::BTreeMap, rc::Rc};

use zkml_onnx::{GraphProto, NodeProto, OperatorSetIdProto};

use super::{
	lower::{choose, join, slice, Bodies, Inputs, Lowering, Operand},
	node::Node,
	source::{Tensor, Values, NODES, RANK},
	walk::{step, version},
	ImportError, NodeInfo,
};

/// Most bodies within each other.
const DEPTH: usize = 8;

/// What bodies see of the graph around them.
pub struct Scope<'a> {
	pub operands: &'a BTreeMap<String, Operand>,
	pub sets: &'a Rc<Vec<OperatorSetIdProto>>,
	/// Nodes that may still be added.
	pub left: usize,
	/// How many bodies the one at hand is inside of.
	pub depth: usize,
}

impl<'a> Scope<'a> {
	/// That of the graph itself.
	pub fn new(
		operands: &'a BTreeMap<String, Operand>,
		sets: &'a Rc<Vec<OperatorSetIdProto>>,
		left: usize,
	) -> Self {
		Self { operands, sets, left, depth: 0 }
	}

	/// Takes one of the nodes that may still be added.
	fn take(&mut self, node: &Node) -> Result<(), ImportError> {
		let expected = || format!("at most {NODES} nodes in all bodies as often as they run");
		self.left = self.left.checked_sub(1).ok_or_else(|| node.error(expected(), "more"))?;
		Ok(())
	}
}

/// Names of the graph around it that the bodies of a node use, those that they give themselves among them.
pub fn captured(node: &NodeProto) -> Vec<&str> {
	let mut names = Vec::new();
	for body in node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()) {
		// What a body hands through is used, too.
		names.extend(body.output.iter().map(|output| output.name.as_str()));
		for inner in &body.node {
			names.extend(inner.input.iter().map(String::as_str));
			names.extend(captured(inner));
		}
	}
	names
}

/// The results of a node with bodies.
pub fn run(
	lowering: &mut Lowering,
	node: &Node,
	bodies: Bodies,
	inputs: &Inputs,
	scope: &mut Scope,
) -> Result<Vec<Operand>, ImportError> {
	if scope.depth >= DEPTH {
		return Err(node.error(format!("at most {DEPTH} bodies within each other"), "more"));
	}
	match bodies {
		Bodies::Branch => branch(lowering, node, inputs, scope),
		Bodies::Repeat => repeat(lowering, node, inputs, scope),
		Bodies::Scan => scan(lowering, node, inputs, scope),
	}
}

/// The graph that an attribute holds.
fn body<'a>(node: &Node<'a>, name: &str) -> Result<&'a GraphProto, ImportError> {
	let graph = node.attribute(name).and_then(|attribute| attribute.g.as_ref());
	graph.ok_or_else(|| node.error(format!("a graph as attribute {name}"), "none"))
}

/// Computes a body with these operands for its inputs.
fn compute(
	lowering: &mut Lowering,
	node: &Node,
	graph: &GraphProto,
	given: Vec<Operand>,
	scope: &mut Scope,
) -> Result<Vec<Operand>, ImportError> {
	if !graph.sparse_initializer.is_empty() || !graph.quantization_annotation.is_empty() {
		return Err(node.error("a body of dense tensors", "sparse or annotated ones"));
	}
	if graph.input.len() != given.len() {
		let expected = format!("a body of {} inputs", given.len());
		return Err(node.error(expected, graph.input.len().to_string()));
	}
	if graph.node.is_empty() {
		// A body that hands through what it is given takes a step as well, or it would go on for ever.
		scope.take(node)?;
	}
	let mut operands = scope.operands.clone();
	// Names of a body hide those around it.
	let mut own = |name: &str, operand: Operand| {
		operands.insert(name.into(), operand);
	};
	for (input, operand) in graph.input.iter().zip(given) {
		own(&input.name, operand);
	}
	for proto in &graph.initializer {
		own(&proto.name, Operand::constant(Tensor::read(proto)?));
	}
	for proto in &graph.node {
		for name in proto.output.iter().filter(|name| !name.is_empty()) {
			operands.remove(name);
		}
	}
	for (index, proto) in graph.node.iter().enumerate() {
		scope.take(node)?;
		let own = match proto.name.as_str() {
			"" => format!("{}/{}{index}", node.name, proto.op_type),
			name => format!("{}/{name}", node.name),
		};
		let (operator, version) = version(scope.sets, proto, &own)?;
		let used = |name: &String| {
			let later = graph.node[index + 1..].iter();
			let by = |other: &NodeProto| {
				other.input.contains(name) || captured(other).contains(&name.as_str())
			};
			graph.output.iter().any(|output| output.name == *name) || later.into_iter().any(by)
		};
		let wanted: Vec<bool> =
			proto.output.iter().map(|name| !name.is_empty() && used(name)).collect();
		let inner = Node::new(proto, &own, operator, version, &wanted);
		inner.version.check(&inner)?;
		let mut info = NodeInfo {
			name: own.clone(),
			operator: proto.op_type.clone(),
			shape: None,
			parameters: 0,
			constraints: None,
			refused: None,
		};
		let (sets, depth) = (scope.sets, scope.depth + 1);
		step(lowering, &inner, &mut operands, &mut info, sets, &mut scope.left, depth)?;
	}
	let mut results = Vec::with_capacity(graph.output.len());
	for output in &graph.output {
		results.push(operands.get(&output.name).cloned().ok_or_else(|| {
			node.error(format!("a body that gives {}", output.name), "one that does not")
		})?);
	}
	Ok(results)
}

/// A constant truth value; nothing if it is computed.
fn truth(node: &Node, operand: &Operand) -> Result<Option<bool>, ImportError> {
	match operand {
		Operand::Variable(_) => Ok(None),
		Operand::Constant(tensor) => match &tensor.values {
			Values::Int(values) if values.len() == 1 => Ok(Some(values[0] != 0)),
			_ => Err(node.error("a single truth value as condition", format!("{:?}", tensor.dims))),
		},
	}
}

/// `If`: one branch by a constant condition; by a computed one both, of which one is chosen.
fn branch(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	scope: &mut Scope,
) -> Result<Vec<Operand>, ImportError> {
	let condition = inputs.operand(node, 0)?.clone();
	let (then, other) = (body(node, "then_branch")?, body(node, "else_branch")?);
	if let Some(holds) = truth(node, &condition)? {
		let graph = if holds { then } else { other };
		return compute(lowering, node, graph, Vec::new(), scope);
	}
	let then = compute(lowering, node, then, Vec::new(), scope)?;
	let other = compute(lowering, node, other, Vec::new(), scope)?;
	if then.len() != other.len() {
		let got = format!("{} and {}", then.len(), other.len());
		return Err(node.error("as many outputs of both branches", got));
	}
	let mut chosen = Vec::new();
	for (then, other) in then.into_iter().zip(other) {
		if then.dims() != other.dims() {
			let got = format!("{:?} and {:?}", then.dims(), other.dims());
			let expected = "a constant condition, or branches of one shape";
			return Err(node.error(expected, got));
		}
		let dims = then.dims().to_vec();
		// One truth value for all elements.
		let single = condition.shaped(vec![1; dims.len()]);
		let both = Inputs::new(vec![Some(single), Some(then), Some(other)]);
		chosen.extend(choose(lowering, node, &both)?);
	}
	Ok(chosen)
}

/// `Loop`, as often as its constants say.
fn repeat(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	scope: &mut Scope,
) -> Result<Vec<Operand>, ImportError> {
	let graph = body(node, "body")?;
	let most = match inputs.has(0) {
		true => match inputs.integers(node, 0)? {
			[most] => Some((*most).max(0)),
			values => return Err(node.error("a single number of steps", values.len().to_string())),
		},
		false => None,
	};
	let constant = |operand: &Operand| {
		let known = truth(node, operand)?;
		known.ok_or_else(|| {
			let expected = "a condition that constants give, so that the steps are known";
			node.error(expected, "a computed one")
		})
	};
	let mut goes_on = match inputs.get(1) {
		Some(condition) => constant(condition)?,
		None => true,
	};
	let mut carried = Vec::new();
	for index in 2..inputs.len() {
		carried.push(inputs.operand(node, index)?.clone());
	}
	let scanned = graph.output.len().checked_sub(1 + carried.len()).ok_or_else(|| {
		let expected = format!("a body that gives a condition and {} values", carried.len());
		node.error(expected, graph.output.len().to_string())
	})?;
	let mut scans: Vec<Vec<Operand>> = vec![Vec::new(); scanned];
	let number = |value: i64| Tensor::new(node.name, vec![], Values::Int(vec![value]));
	let mut at = 0;
	while goes_on && most.is_none_or(|most| at < most) {
		let mut given = vec![Operand::constant(number(at)), Operand::constant(number(1))];
		given.append(&mut carried);
		let mut results = compute(lowering, node, graph, given, scope)?.into_iter();
		let condition = results.next().ok_or_else(|| node.error("a condition", "none"))?;
		goes_on = constant(&condition)?;
		let rest: Vec<Operand> = results.collect();
		let (own, scan) = rest.split_at(rest.len() - scanned);
		carried = own.to_vec();
		for (all, next) in scans.iter_mut().zip(scan) {
			all.push(next.clone());
		}
		at += 1;
	}
	for all in scans {
		carried.push(stacked(lowering, node, all, 0)?);
	}
	Ok(carried)
}

/// Tensors one after the other along a new axis.
fn stacked(
	lowering: &mut Lowering,
	node: &Node,
	parts: Vec<Operand>,
	axis: usize,
) -> Result<Operand, ImportError> {
	let Some(first) = parts.first() else {
		return Err(node.error("one step or more for an output of all steps", "none"));
	};
	let dims = first.dims().to_vec();
	if dims.len() >= RANK || axis > dims.len() || parts.iter().any(|part| part.dims() != dims) {
		let got = format!("{dims:?} along axis {axis}");
		return Err(node.error("outputs of steps of one shape", got));
	}
	let mut one = dims;
	one.insert(axis, 1);
	let parts = parts.iter().map(|part| part.shaped(one.clone())).collect();
	join(lowering, node, parts, axis)
}

/// Whether each of so many is read or written from its end, and along which axis.
fn ways(node: &Node, name: &str, count: usize) -> Result<(Vec<i64>, Vec<bool>), ImportError> {
	let list = |what: &str| -> Result<Vec<i64>, ImportError> {
		let name = format!("scan_{name}_{what}");
		let values = node.ints(&name).unwrap_or_default();
		match values.len() {
			0 => Ok(vec![0; count]),
			len if len == count => Ok(values.to_vec()),
			len => Err(node.error(format!("{count} numbers in {name}"), len.to_string())),
		}
	};
	let (axes, directions) = (list("axes")?, list("directions")?);
	Ok((axes, directions.iter().map(|direction| *direction != 0).collect()))
}

/// `Scan`: once for each place along an axis of its inputs.
fn scan(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	scope: &mut Scope,
) -> Result<Vec<Operand>, ImportError> {
	if node.version.oldest() < 9 {
		return Err(node.error("Scan of operator set 9 or newer", "an older one"));
	}
	let graph = body(node, "body")?;
	let scanned = usize::try_from(node.int("num_scan_inputs", 0)).unwrap_or(0);
	let states = inputs.len().checked_sub(scanned).filter(|_| scanned > 0);
	let Some(states) = states else {
		return Err(node.error(format!("1 to {} scan inputs", inputs.len()), scanned.to_string()));
	};
	let mut carried = Vec::new();
	for index in 0..states {
		carried.push(inputs.operand(node, index)?.clone());
	}
	let (axes, backwards) = ways(node, "input", scanned)?;
	let (mut sources, mut steps) = (Vec::new(), None);
	for (index, axis) in axes.iter().enumerate().take(scanned) {
		let source = inputs.operand(node, states + index)?.clone();
		let axis = node.axis(*axis, source.dims().len())?;
		let size = source.dims()[axis];
		if steps.is_some_and(|steps| steps != size) {
			return Err(node.error("scan inputs of one length", format!("{steps:?} and {size}")));
		}
		steps = Some(size);
		sources.push((source, axis));
	}
	let outputs = graph.output.len().checked_sub(states).ok_or_else(|| {
		node.error(format!("a body that gives {states} states"), graph.output.len().to_string())
	})?;
	let (out_axes, out_backwards) = ways(node, "output", outputs)?;
	let mut scans: Vec<Vec<Operand>> = vec![Vec::new(); outputs];
	let steps = steps.unwrap_or(0);
	for at in 0..steps {
		let mut given = std::mem::take(&mut carried);
		for ((source, axis), backwards) in sources.iter().zip(&backwards) {
			let place = if *backwards { steps - 1 - at } else { at };
			given.push(slice(lowering, node, source, *axis, place)?);
		}
		let mut results = compute(lowering, node, graph, given, scope)?;
		let scan = results.split_off(states);
		carried = results;
		for (all, next) in scans.iter_mut().zip(scan) {
			all.push(next);
		}
	}
	for (index, mut all) in scans.into_iter().enumerate() {
		if out_backwards[index] {
			all.reverse();
		}
		let rank = all.first().map_or(0, |first| first.dims().len()) + 1;
		let axis = node.axis(out_axes[index], rank)?;
		carried.push(stacked(lowering, node, all, axis)?);
	}
	Ok(carried)
}
