//! A node's inputs, and which of them were looked at.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use super::{Kind, Lowering, Operand, Variable};
use crate::import::{node::Node, source::Tensor, ImportError};

/// A node's inputs; those left out are `None`.
pub struct Inputs {
	operands: Vec<Option<Operand>>,
	seen: RefCell<BTreeSet<usize>>,
	/// Whether numbers among them were integers or classes.
	integers: bool,
}

impl Inputs {
	pub fn new(operands: Vec<Option<Operand>>) -> Self {
		Self { operands, seen: RefCell::default(), integers: false }
	}

	/// Others in place of these, made of them.
	pub fn with(&self, operands: Vec<Option<Operand>>) -> Self {
		Self { integers: self.integers, ..Self::new(operands) }
	}

	/// How many there are, those left out among them.
	pub fn len(&self) -> usize {
		self.operands.len()
	}

	/// Whether an input is there, without looking at it.
	pub fn has(&self, index: usize) -> bool {
		self.operands.get(index).is_some_and(Option::is_some)
	}

	/// Whether an input was looked at.
	pub fn seen(&self, index: usize) -> bool {
		self.seen.borrow().contains(&index)
	}

	/// The same with integers and classes as the numbers that they are.
	pub fn numbers(&self) -> Self {
		let number = |operand: &Operand| match operand {
			Operand::Variable(x)
				if matches!(x.kind, Kind::Integer | Kind::Whole(_) | Kind::Label) =>
			{
				Operand::Variable(Variable { kind: Kind::Number, ..x.clone() })
			}
			other => other.clone(),
		};
		let operands = self.operands.iter().map(|operand| operand.as_ref().map(number));
		Self { integers: true, ..Self::new(operands.collect()) }
	}

	/// Whether numbers among them are integers of the file, as [`Inputs::numbers`] has made them.
	pub fn are_integers(&self) -> bool {
		self.integers
	}

	/// Takes what was looked at of others as looked at here.
	pub fn looked(&self, others: &Self) {
		self.seen.borrow_mut().extend(others.seen.borrow().iter());
	}

	/// All of them, without looking at any.
	pub fn peek(&self) -> impl Iterator<Item = &Operand> {
		self.operands.iter().flatten()
	}

	pub fn get(&self, index: usize) -> Option<&Operand> {
		self.seen.borrow_mut().insert(index);
		self.operands.get(index).and_then(|operand| operand.as_ref())
	}

	/// All that are there, if they are constant; each counts as looked at.
	pub fn constants(&self) -> Option<Vec<&Tensor>> {
		let constants = self.peek().map(|operand| match operand {
			Operand::Constant(tensor) => Some(&**tensor),
			Operand::Variable(_) => None,
		});
		let constants = constants.collect::<Option<Vec<_>>>()?;
		self.seen.borrow_mut().extend(0..self.len());
		Some(constants)
	}

	pub fn operand(&self, node: &Node, index: usize) -> Result<&Operand, ImportError> {
		self.get(index).ok_or_else(|| node.error(format!("an input {}", index + 1), "none"))
	}

	/// An input that must be constant.
	pub fn constant(&self, node: &Node, index: usize) -> Result<&Rc<Tensor>, ImportError> {
		match self.operand(node, index)? {
			Operand::Constant(tensor) => Ok(tensor),
			Operand::Variable(_) => {
				let name = node.proto.input.get(index).map_or("an input", String::as_str);
				Err(node.error(format!("{name} as a constant"), "a computed value"))
			}
		}
	}

	/// An input that must be constant if it is there.
	pub fn optional(&self, node: &Node, index: usize) -> Result<Option<&Rc<Tensor>>, ImportError> {
		self.get(index).map(|_| self.constant(node, index)).transpose()
	}

	/// The integers of a constant input.
	pub fn integers(&self, node: &Node, index: usize) -> Result<&[i64], ImportError> {
		let tensor = self.constant(node, index)?;
		tensor
			.integers()
			.ok_or_else(|| node.error("integers", format!("floats in {}", tensor.name)))
	}

	/// The floats of a constant input.
	pub fn floats(&self, node: &Node, index: usize) -> Result<Vec<f32>, ImportError> {
		let tensor = self.constant(node, index)?;
		tensor.floats().ok_or_else(|| node.error("numbers", tensor.no_floats()))
	}

	/// The only number of a constant input, if that is there.
	pub fn scalar(&self, node: &Node, index: usize) -> Result<Option<f32>, ImportError> {
		if self.get(index).is_none() {
			return Ok(None);
		}
		match self.floats(node, index)?.as_slice() {
			[value] => Ok(Some(*value)),
			values => Err(node.error("a single number", values.len().to_string())),
		}
	}

	/// Like [`Inputs::number`], for operators that take integers as the numbers they are.
	pub fn real(
		&self,
		lowering: &mut Lowering,
		node: &Node,
		index: usize,
	) -> Result<Variable, ImportError> {
		match self.operand(node, index)? {
			Operand::Variable(variable)
				if matches!(variable.kind, Kind::Integer | Kind::Whole(_)) =>
			{
				Ok(Variable { kind: Kind::Number, ..variable.clone() })
			}
			_ => self.number(lowering, node, index),
		}
	}

	/// An input as a value of numbers.
	pub fn number(
		&self,
		lowering: &mut Lowering,
		node: &Node,
		index: usize,
	) -> Result<Variable, ImportError> {
		let variable = match self.operand(node, index)? {
			Operand::Constant(tensor) => return lowering.materialise(node, tensor),
			Operand::Variable(variable) => variable.plain(),
		};
		match &variable.kind {
			Kind::Number => Ok(variable),
			kind => Err(node.error("numbers as its input", kind.describe())),
		}
	}
}
