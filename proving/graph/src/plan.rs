//! The ranges of all values of a graph, and the refusal of graphs that could overflow.

use crate::graph::{
	GraphError, IntGraph, MatMulParameters, Node, Output, MAX_ELEMENTS, MAX_PARAMETERS,
	MAX_PRODUCTS,
};

pub use crate::interval::Interval;

/// The ranges of all values of a graph: those of all inputs first, then each node's result.
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
	/// the chain would refuse an input or output.
	pub fn new(graph: &IntGraph, parameters: Option<&[Vec<i32>]>) -> Result<Self, GraphError> {
		graph.check_names()?;
		let outputs = graph.outputs.iter().map(|output| ("output", &output.info));
		for (role, info) in graph.inputs.iter().map(|info| ("input", info)).chain(outputs) {
			let refused =
				|error| GraphError::Spec { tensor: format!("{role} {}", info.title()), error };
			info.tensor.check().map_err(refused)?;
		}
		let got = graph.parameter_count();
		if got > MAX_PARAMETERS {
			return Err(GraphError::TooManyParameters { got });
		}
		let mut size = Size::of_inputs(graph)?;
		let mut ranges = vec![graph.input_ranges()];
		let mut known = graph.parameters_of_nodes(parameters.unwrap_or_default());
		for (index, node) in graph.nodes.iter().enumerate() {
			let known = known.next().flatten();
			let next = step(node, &graph.nodes[..index], &ranges, &mut size, known)?;
			ranges.push(next);
		}
		for Output { info, value } in &graph.outputs {
			let spec = &info.tensor;
			let declared = Interval::of(spec);
			let error = |expected: String, got: String| GraphError::Node {
				node: format!("output {}", info.title()),
				expected,
				got,
			};
			let Some(own) = ranges.get(*value as usize) else {
				return Err(error(format!("a value below {}", ranges.len()), value.to_string()));
			};
			if spec.len() as usize != own.len() {
				return Err(error(format!("{} elements", own.len()), spec.len().to_string()));
			}
			if let Some(range) = own.iter().find(|r| r.min < declared.min || r.max > declared.max) {
				let expected = format!("values in {}..={}", declared.min, declared.max);
				return Err(error(expected, format!("{}..={}", range.min, range.max)));
			}
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
	/// Of a graph's inputs, before they take any memory. Each is within its own bounds.
	///
	/// # Errors
	///
	/// If the inputs together have more elements than a graph may have.
	pub fn of_inputs(graph: &IntGraph) -> Result<Self, GraphError> {
		let (what, most, got) = ("elements", MAX_ELEMENTS, graph.input_len());
		match got > most {
			true => Err(GraphError::TooLarge { node: "the inputs".into(), what, most, got }),
			false => Ok(Self { elements: got, products: 0 }),
		}
	}

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
	let of_one_length = node.op.of_one_length();
	if let Some(other) = inputs.iter().find(|other| of_one_length && other.len() != x.len()) {
		return error(format!("inputs of {} elements", x.len()), other.len().to_string());
	}
	let ranges = node.ranges(&inputs, known)?;
	node.check_windows(before)?;
	Ok(ranges)
}
