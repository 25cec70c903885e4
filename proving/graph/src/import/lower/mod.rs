//! The walk along the nodes: each is lowered to operations of the float graph.
//!
//! A node whose inputs are all constant is computed here and leaves no operation. Shapes are known at
//! every step, since the input's is.

mod activation;
mod attention;
mod best;
mod blocks;
mod compare;
mod compose;
mod elementwise;
mod fold;
mod index;
mod inputs;
mod layout;
mod learn;
mod linear;
mod lp;
mod moments;
mod moves;
mod normal;
mod pad;
mod pool;
mod power;
mod quantized;
mod quantized_operators;
mod recurrent;
mod reduce;
mod resize;
mod sample;
mod shape;
mod signature;
mod soft;
mod spectrum;
mod spread;
mod table;
mod trees;
mod trigonometry;
mod window;

use std::rc::Rc;

use super::{
	ends::advice,
	node::Node,
	source::{count, Tensor, Values, LIMIT, PARAMETERS, PRODUCTS},
	FloatGraph, FloatMatMul, FloatNode, FloatOp, ImportError,
};

pub use inputs::Inputs;
pub use quantized::whole;
use signature::Kernel;
pub use signature::{Attribute, Form, Input, Number, Operator, Output, Setting, Usage, Version};
pub use table::{domain, find, NEWEST, TABLE};

/// Adds a node's operations, and gives its outputs.
pub type Lower = fn(&mut Lowering, &Node, &Inputs) -> Lowered;

/// Computes a node of constants; `None` if it is to be lowered.
pub type Fold = fn(&Node, &Inputs) -> Option<Lowered>;

/// Takes an amount from what is left; nothing if it is more.
fn take(left: &mut usize, amount: Option<usize>) -> Option<()> {
	*left = left.checked_sub(amount?)?;
	Some(())
}

/// What a tensor of the file is here.
#[derive(Clone, Debug)]
pub enum Operand {
	Constant(Rc<Tensor>),
	Variable(Variable),
}

/// A computed tensor.
#[derive(Clone, Debug)]
pub struct Variable {
	/// Number of the value that holds its elements.
	pub value: usize,
	pub dims: Vec<usize>,
	pub kind: Kind,
}

/// What the elements of the value stand for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
	/// Themselves.
	Number,
	/// Themselves, of a type of integers: sums and quotients of these are others than of numbers.
	Integer,
	/// Integers `q`; the value holds `scale * (q - zero)`.
	Quantized { scale: f32, zero: i32 },
	/// The index of a class.
	Label,
	/// Of a function that keeps the order of all elements; the value holds its argument, which is all
	/// that `ArgMax` needs. `values` holds its results; without them only the place of the largest can
	/// be told.
	Ordered { operator: String, argument: String, values: Option<usize> },
}

/// What a node gives: one for each output that it has.
pub type Lowered = Result<Vec<Operand>, ImportError>;

/// The operations so far.
pub struct Lowering {
	pub ops: Vec<FloatNode>,
	lens: Vec<usize>,
	/// The kernels that ONNX Runtime has for the operators that gave the values.
	kernels: Vec<Option<Kernel>>,
	/// Elements that may still be added.
	room: usize,
	/// Weights that may still be added.
	weights: usize,
	/// Products that may still be added.
	products: usize,
}

impl Operand {
	pub fn constant(tensor: Tensor) -> Self {
		Self::Constant(Rc::new(tensor))
	}

	pub fn number(value: usize, dims: Vec<usize>) -> Self {
		Self::Variable(Variable { value, dims, kind: Kind::Number })
	}

	pub fn dims(&self) -> &[usize] {
		match self {
			Self::Constant(tensor) => &tensor.dims,
			Self::Variable(variable) => &variable.dims,
		}
	}
}

impl Operand {
	/// The same elements in another shape of as many.
	pub fn shaped(&self, dims: Vec<usize>) -> Self {
		match self {
			Self::Constant(tensor) => Self::constant(Tensor { dims, ..Tensor::clone(tensor) }),
			Self::Variable(variable) => Self::Variable(Variable { dims, ..variable.clone() }),
		}
	}
}

impl Variable {
	/// What it stands for, where there are numbers for it.
	pub fn plain(&self) -> Self {
		match self.kind {
			Kind::Ordered { values: Some(value), .. } => {
				Self { value, dims: self.dims.clone(), kind: Kind::Number }
			}
			_ => self.clone(),
		}
	}

	/// Elements.
	pub fn len(&self) -> usize {
		self.dims.iter().product()
	}
}

impl Lowering {
	/// With an input of that many elements.
	pub fn new(input: usize) -> Self {
		Self {
			ops: Vec::new(),
			lens: vec![input],
			kernels: vec![None],
			room: LIMIT.saturating_sub(input),
			weights: PARAMETERS,
			products: PRODUCTS,
		}
	}

	/// Takes elements from the room there is.
	pub fn reserve(&mut self, node: &Node, elements: usize) -> Result<(), ImportError> {
		let expected = || format!("a graph of at most {LIMIT} elements in all");
		take(&mut self.room, Some(elements)).ok_or_else(|| node.error(expected(), "more"))
	}

	/// Takes a matrix's weights and products from what there may be.
	fn reserve_dense(&mut self, node: &Node, dense: &FloatMatMul) -> Result<(), ImportError> {
		let expected =
			|| format!("matrices of at most {PARAMETERS} weights and {PRODUCTS} products in all");
		let weights = dense.weights.len().checked_add(dense.bias.len());
		let products = dense.weights.len().checked_mul(dense.rows);
		take(&mut self.weights, weights)
			.and_then(|()| take(&mut self.products, products))
			.ok_or_else(|| node.error(expected(), "more"))
	}

	/// Elements of a tensor of that shape, which there must be room for.
	pub fn count(&self, node: &Node, dims: &[usize]) -> Result<usize, ImportError> {
		match count(dims) {
			Some(0) => Err(node.error("a tensor of at least one element", format!("{dims:?}"))),
			Some(count) if count <= self.room => Ok(count),
			_ => Err(node.error(format!("at most {LIMIT} elements"), format!("{dims:?}"))),
		}
	}

	/// Adds an operation, and gives the number of its value.
	pub fn push(
		&mut self,
		node: &Node,
		inputs: &[usize],
		len: usize,
		op: FloatOp,
	) -> Result<usize, ImportError> {
		let parts = match &op {
			FloatOp::MatMul(dense) => {
				self.reserve_dense(node, dense)?;
				0
			}
			FloatOp::Sum { offset, .. } => offset.len(),
			// The picks are made by now: they and the result count once.
			_ => 0,
		};
		self.reserve(node, len.saturating_add(parts))?;
		let op = FloatNode { name: node.name.into(), inputs: inputs.to_vec(), len, op };
		if let Some(fault) = op.fault(&self.lens) {
			if let FloatOp::MatMul(dense) = &op.op {
				let all = [&dense.weights, &dense.bias];
				for (name, values) in dense.tensors.iter().zip(all) {
					if let Some(value) = values.iter().find(|value| !value.is_finite()) {
						return Err(ImportError::Tensor {
							tensor: name.clone(),
							expected: "finite numbers".into(),
							got: value.to_string(),
						});
					}
				}
			}
			return Err(node.error("shapes that fit and finite constants", fault));
		}
		self.ops.push(op);
		self.lens.push(len);
		self.kernels.push(node.operator.kernel);
		Ok(self.lens.len() - 1)
	}

	/// Picks elements of a value; `None` is 0.
	pub fn gather(
		&mut self,
		node: &Node,
		input: usize,
		picks: impl IntoIterator<Item = Option<usize>>,
	) -> Result<usize, ImportError> {
		// Elements are within `LIMIT`, so that they fit.
		let picks: Vec<_> = picks.into_iter().map(|p| p.map(|i| (0, i as u32))).collect();
		let identity = picks.len() == self.lens[input]
			&& picks.iter().enumerate().all(|(i, pick)| *pick == Some((0, i as u32)));
		if identity {
			return Ok(input);
		}
		self.push(node, &[input], picks.len(), FloatOp::Gather(picks))
	}

	/// A factor and an offset for all elements, or an offset for each.
	pub fn affine(
		&mut self,
		node: &Node,
		input: usize,
		factor: f32,
		offset: Vec<f32>,
	) -> Result<usize, ImportError> {
		if factor == 1.0 && offset.iter().all(|o| *o == 0.0) {
			return Ok(input);
		}
		let len = self.lens[input];
		self.push(node, &[input], len, FloatOp::Sum { factors: vec![factor], offset })
	}

	/// An operation from element to element.
	pub fn each(&mut self, node: &Node, input: usize, op: FloatOp) -> Result<usize, ImportError> {
		self.push(node, &[input], self.lens[input], op)
	}

	/// A constant as a value.
	pub fn materialise(&mut self, node: &Node, tensor: &Tensor) -> Result<Variable, ImportError> {
		let Some(values) = tensor.floats() else {
			return Err(node.error("numbers", tensor.no_floats()));
		};
		self.count(node, &tensor.dims)?;
		let zeros = self.gather(node, 0, values.iter().map(|_| None))?;
		let value = self.affine(node, zeros, 1.0, values)?;
		Ok(Variable { value, dims: tensor.dims.clone(), kind: Kind::Number })
	}

	/// Computes a node of constants by lowering it alone.
	pub fn compute(node: &Node, lower: Lower, inputs: &Inputs) -> Lowered {
		let mut alone = Self::new(1);
		let results = lower(&mut alone, node, inputs)?;
		let ops = std::mem::take(&mut alone.ops);
		let graph = FloatGraph {
			input: vec![1],
			whole: false,
			output: Vec::new(),
			ops,
			result: 0,
			nodes: Vec::new(),
		};
		let mut values = graph.evaluate(&[0.0]);
		let constant = |operand| match operand {
			Operand::Variable(Variable { value, dims, kind: Kind::Number }) => {
				let values = Values::Float(std::mem::take(&mut values[value]));
				Ok(Operand::constant(Tensor::new(node.name, dims, values)))
			}
			Operand::Variable(_) => Err(node.error("a variable input", "only constants")),
			constant => Ok(constant),
		};
		// Two outputs of one value would both take it; no operator has them.
		results.into_iter().map(constant).collect()
	}
}

impl Kind {
	/// In words, and what to do about it.
	pub fn describe(&self) -> String {
		match self {
			Self::Number => "numbers".into(),
			Self::Integer => "integers without a Cast to FLOAT".into(),
			Self::Quantized { .. } => "integers without DequantizeLinear".into(),
			Self::Label => "the index of a class".into(),
			Self::Ordered { operator, argument, .. } if argument.is_empty() => {
				format!("the result of {operator}, which is proved only before ArgMax")
			}
			Self::Ordered { operator, argument, .. } => format!(
				"the result of {operator}, which is proved only before ArgMax (choose the tensor \
				 before it as the output: {})",
				advice(argument)
			),
		}
	}
}
