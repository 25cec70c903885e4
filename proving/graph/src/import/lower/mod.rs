//! The walk along the nodes: each is lowered to operations of the float graph.
//!
//! A node whose inputs are all constant is computed here and leaves no operation. Shapes are known at
//! every step, since those of the inputs are.

mod activation;
mod attention;
mod attention_mask;
mod best;
mod bits;
mod blocks;
mod bodies;
mod casts;
mod classes;
mod compare;
mod compose;
mod determinant;
mod dynamic;
mod einsum;
mod elementwise;
mod encoders;
mod fixed;
mod fold;
mod groups;
mod hidden;
mod index;
mod inputs;
mod integers;
mod kind;
mod known;
mod layout;
mod learn;
mod linear;
mod lp;
mod masks;
mod moments;
mod moves;
mod normal;
mod one_hot;
mod operator;
mod pad;
mod picked;
mod pool;
mod power;
mod quantized;
mod quantized_operators;
mod recurrent;
mod reduce;
mod resize;
mod rounding;
mod sample;
mod scales;
mod scatter;
mod shape;
mod signature;
mod soft;
mod spectrum;
mod spread;
mod sums;
mod svm;
mod table;
mod top;
mod tree_bits;
mod tree_ensemble;
mod trees;
mod trigonometry;
mod unpool;
mod unseen;
mod window;

use std::{
	collections::{BTreeMap, BTreeSet},
	rc::Rc,
};

use super::{
	limits::Limit,
	node::Node,
	source::{count, Tensor, Values, LIMIT, PARAMETERS, PRODUCTS},
	whole::whole_ends,
	Elements, FloatGraph, FloatInput, FloatMatMul, FloatNode, FloatOp, ImportError,
};
use crate::interval::Interval;

pub use bodies::{join, slice};
pub use compare::choose;
pub use hidden::Hidden;
pub use inputs::Inputs;
pub use integers::lower;
pub use kind::Kind;
pub use known::Known;
pub use operator::Bodies;
pub use quantized::whole;
use signature::Kernel;
pub use signature::{Attribute, Form, Input, Number, Operator, Output, Setting, Usage, Version};
pub use table::{domain, find, NEWEST, TABLE};

/// Adds a node's operations, and gives its outputs.
pub type Lower = fn(&mut Lowering, &Node, &Inputs) -> Lowered;

/// Computes a node of constants; `None` if it is to be lowered.
pub type Fold = fn(&Node, &Inputs) -> Option<Lowered>;

/// Whether an operation reaches what interval arithmetic says of it, if its inputs do.
fn reaches(op: &FloatOp) -> bool {
	matches!(
		op,
		FloatOp::Gather(_)
			| FloatOp::Sum { .. }
			| FloatOp::Mul
			| FloatOp::Clip { .. }
			| FloatOp::Quantize(_)
			| FloatOp::Greater(_)
			| FloatOp::ReduceMax(_)
			| FloatOp::ReduceSum(_)
			| FloatOp::Pick(_)
	)
}

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

/// A tensor that is computed from the inputs: each of its elements is one of the value.
#[derive(Clone, Debug)]
pub struct Variable {
	/// Number of the value that holds its elements.
	pub value: usize,
	pub dims: Vec<usize>,
	pub kind: Kind,
}

/// A part of a softmax.
#[derive(Clone, Debug)]
pub enum Share {
	/// The logarithm of the sum of the exponentials of a tensor along an axis.
	LogSum { of: Variable, axis: usize },
	/// The tensor less that: the logarithm of its softmax.
	Log { of: Variable, axis: usize },
}

/// The ends of a type of 32 bits.
pub const INT32: (i64, i64) = (i32::MIN as i64, i32::MAX as i64);
/// The ends of the type that ONNX has for places and sizes.
pub const INT64: (i64, i64) = (i64::MIN, i64::MAX);

/// What a node gives: one for each output that it has.
pub type Lowered = Result<Vec<Operand>, ImportError>;

/// The operations so far.
pub struct Lowering {
	pub ops: Vec<FloatNode>,
	lens: Vec<usize>,
	/// The kernels that ONNX Runtime has for the operators that gave the values.
	kernels: Vec<Option<Kernel>>,
	/// Where the values are, if they are known to hold whole numbers alone.
	wholes: Vec<Option<Interval>>,
	/// What else is known of the values.
	pub known: Known,
	/// Whether the values are made of the inputs in ways that reach all that their bounds say, or nearly.
	reached: Vec<bool>,
	/// Where values have to be for the file's types to hold them.
	pub limits: Vec<Limit>,
	/// Values that are parts of a softmax written in several nodes.
	pub shares: BTreeMap<usize, Share>,
	/// Names of the nodes that ask whether numbers are equal.
	pub equated: BTreeSet<String>,
	/// Values that are places of the largest of windows.
	pub pooled: BTreeMap<usize, unpool::Pooled>,
	/// Values that are the number of a class: the value that is its index, and the number of each.
	pub numbered: BTreeMap<usize, (usize, Rc<Vec<i64>>)>,
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
			Kind::Ordered { values: Some(value), .. }
			| Kind::Masked { values: Some(value), .. }
			| Kind::Hidden(Hidden { values: Some(value), .. }) => {
				Self { value, dims: self.dims.clone(), kind: Kind::Number }
			}
			Kind::Truth => Self { kind: Kind::Number, ..self.clone() },
			_ => self.clone(),
		}
	}

	/// Number of elements, the product of the dimensions.
	pub fn len(&self) -> usize {
		self.dims.iter().product()
	}
}

impl Lowering {
	/// With that many elements of all inputs.
	pub fn new(inputs: usize) -> Self {
		Self {
			ops: Vec::new(),
			lens: vec![inputs],
			kernels: vec![None],
			wholes: vec![None],
			known: Known::new(),
			reached: vec![true],
			limits: Vec::new(),
			shares: BTreeMap::new(),
			equated: BTreeSet::new(),
			pooled: BTreeMap::new(),
			numbered: BTreeMap::new(),
			room: LIMIT.saturating_sub(inputs),
			weights: PARAMETERS,
			products: PRODUCTS,
		}
	}

	/// The value that holds an input, which begins at an element of all inputs and has so many.
	pub fn input(&mut self, name: &str, start: usize, len: usize) -> Option<usize> {
		if len == self.lens[0] {
			return Some(0);
		}
		take(&mut self.room, Some(len))?;
		// Elements are within `LIMIT`, so that they fit.
		let picks = (start..start + len).map(|i| Some((0, i as u32))).collect();
		let op = FloatOp::Gather(picks);
		self.ops.push(FloatNode { name: name.into(), inputs: vec![0], len, op });
		self.lens.push(len);
		self.kernels.push(None);
		self.wholes.push(None);
		self.known.push(None);
		self.reached.push(true);
		Some(self.lens.len() - 1)
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

	/// Takes products of computed matrices from what there may be.
	fn reserve_products(&mut self, node: &Node, products: usize) -> Result<(), ImportError> {
		let expected = || format!("matrices of at most {PRODUCTS} products in all");
		take(&mut self.products, Some(products)).ok_or_else(|| node.error(expected(), "more"))
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
		if let FloatOp::MatMul(dense) = &op {
			self.reserve_dense(node, dense)?;
		}
		self.reserve(node, len.saturating_add(op.parts()))?;
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
		let known: Vec<_> = inputs.iter().map(|value| self.wholes[*value]).collect();
		let first = inputs.first().map_or(0, |value| self.lens[*value]);
		self.wholes.push(whole_ends(&op.op, first, &known));
		self.known.push(Some(&op));
		self.reached.push(reaches(&op.op) && inputs.iter().all(|value| self.reached[*value]));
		self.ops.push(op);
		self.lens.push(len);
		self.kernels.push(node.operator.kernel);
		Ok(self.lens.len() - 1)
	}

	/// Whether a value is known to hold whole numbers alone.
	pub fn is_whole(&self, value: usize) -> bool {
		self.wholes[value].is_some()
	}

	/// Where a value is, if it is known to hold whole numbers alone.
	pub fn whole(&self, value: usize) -> Option<Interval> {
		self.wholes[value]
	}

	/// Whether a value is known to hold whole numbers between these ends, both included, alone.
	pub fn is_between(&self, value: usize, (min, max): (i64, i64)) -> bool {
		self.wholes[value].is_some_and(|own| own.min >= min && own.max <= max)
	}

	/// Asks that a value be between the ends of a type, which is known when the inputs' ranges are.
	pub fn limit(&mut self, node: &Node, value: usize, ends: (i64, i64), advice: &'static str) {
		let advice = advice.into();
		if !self.is_between(value, ends) {
			self.limits.push(Limit {
				node: node.name.into(),
				value,
				ends,
				whole: false,
				met: false,
				advice,
			});
		}
	}

	/// The same of a value of which nothing is asked if nothing but far too wide bounds would be known of it; if
	/// `whole`, nothing either where it may have any number of digits.
	pub fn limit_if_reached(
		&mut self,
		node: &Node,
		value: usize,
		(ends, whole): ((i64, i64), bool),
		advice: &'static str,
	) {
		if self.reached[value] {
			let (node, advice) = (node.name.into(), advice.into());
			self.limits.push(Limit { node, value, ends, whole, met: false, advice });
		}
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
		let (name, elements) = (String::new(), Elements::Numbers);
		let inputs = vec![FloatInput { name, dims: vec![1], elements }];
		let (outputs, nodes, equated, limited) = (Vec::new(), Vec::new(), BTreeSet::new(), None);
		let graph = FloatGraph { inputs, ops, outputs, nodes, equated, limited };
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
