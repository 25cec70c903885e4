//! The ranges of all values of a graph, and the refusal of graphs that could overflow.

use crate::graph::{
	GraphError, IntGraph, MatMulParameters, Node, Op, MAX_ELEMENTS, MAX_PARAMETERS, MAX_PRODUCTS,
};

pub use crate::interval::Interval;

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
	///
	/// # Errors
	///
	/// If a value could overflow, a node does not fit what is before it, the graph is too large, or
	/// the chain would refuse its input or output.
	pub fn new(graph: &IntGraph, parameters: Option<&[Vec<i32>]>) -> Result<Self, GraphError> {
		for (tensor, spec) in [("input", &graph.input), ("output", &graph.output)] {
			spec.check().map_err(|error| GraphError::Spec { tensor, error })?;
		}
		let got = graph.parameter_count();
		if got > MAX_PARAMETERS {
			return Err(GraphError::TooManyParameters { got });
		}
		let mut ranges = vec![vec![Interval::of(&graph.input); graph.input.len() as usize]];
		let mut size = Size { elements: graph.input.len().into(), products: 0 };
		let mut known = graph.parameters_of_nodes(parameters.unwrap_or_default());
		for (index, node) in graph.nodes.iter().enumerate() {
			let known = known.next().flatten();
			let next = step(node, &graph.nodes[..index], &ranges, &mut size, known)?;
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
		let (elements, products) = node.op.size(len as u64);
		self.elements = self.elements.saturating_add(elements);
		self.products = self.products.saturating_add(products);
		for (what, got, most) in
			[("elements", self.elements, MAX_ELEMENTS), ("products", self.products, MAX_PRODUCTS)]
		{
			if got > most {
				return Err(GraphError::TooLarge { node: node.name.clone(), what, most, got });
			}
		}
		Ok(())
	}
}

/// The ranges of the result of a node behind those nodes.
pub(crate) fn step(
	node: &Node,
	before: &[Node],
	ranges: &[Vec<Interval>],
	size: &mut Size,
	known: Option<MatMulParameters>,
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
	let expected = node.op.inputs(inputs.len());
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
	let ranges = node.ranges(&inputs, known)?;
	node.check_windows(before)?;
	Ok(ranges)
}
