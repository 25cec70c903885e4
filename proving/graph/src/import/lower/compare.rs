//! Comparisons, truth values and choices. A truth value is 1 or 0.

use std::cmp::Ordering;

use super::{
	compose::{tensor, Compose, Made},
	hidden, masks,
	operator::{Growth, Integers},
	signature::{float, Operator, Version, INPUT, OUTPUT, X, Y},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, FloatOp, ImportError};

pub const OPERATORS: &[Operator] = &[
	Operator::new("Binarizer", binarizer, &[Version::new(&[1], &[float("threshold", 0.0)], X, Y)])
		.of("ai.onnx.ml"),
	Operator::new(
		"Shrink",
		shrink,
		&[Version::new(&[9], &[float("bias", 0.0), float("lambd", 0.5)], INPUT, OUTPUT)],
	),
	Operator::new("Sign", sign, &[Version::new(&[9, 13], &[], INPUT, OUTPUT)])
		.integers(Integers::Same(Growth::Within)),
	Operator::new(
		"ThresholdedRelu",
		thresholded,
		&[Version::new(&[10, 22], &[float("alpha", 1.0)], X, Y)],
	),
];

/// What two numbers are compared for.
#[derive(Clone, Copy)]
pub enum Relation {
	Equal,
	Greater,
	GreaterOrEqual,
	Less,
	LessOrEqual,
}

impl Relation {
	/// Whether it holds of a first and a second number of that order.
	pub fn holds(self, order: Ordering) -> bool {
		match self {
			Self::Equal => order.is_eq(),
			Self::Greater => order.is_gt(),
			Self::GreaterOrEqual => order.is_ge(),
			Self::Less => order.is_lt(),
			Self::LessOrEqual => order.is_le(),
		}
	}
}

/// What becomes of two truth values.
#[derive(Clone, Copy)]
pub enum Connective {
	And,
	Or,
	Xor,
}

impl Connective {
	/// Of two that are known.
	pub fn of(self, a: bool, b: bool) -> bool {
		match self {
			Self::And => a && b,
			Self::Or => a || b,
			Self::Xor => a != b,
		}
	}
}

/// `1 - x`.
fn not(compose: &mut Compose, x: &Variable) -> Made {
	compose.affine(x, -1.0, 1.0)
}

/// 1 where the first is greater than the second; one of them may be constant.
fn greater(compose: &mut Compose, a: &Operand, b: &Operand) -> Made {
	let dims = compose.common(a.dims(), b.dims())?;
	match (a, b) {
		(Operand::Variable(a), Operand::Constant(b)) => {
			let a = compose.spread(a, &dims)?;
			let thresholds = compose.numbers(b, &dims)?;
			compose.above(&a, &thresholds)
		}
		(Operand::Constant(a), Operand::Variable(b)) => {
			let b = compose.spread(b, &dims)?;
			let turned = compose.affine(&b, -1.0, 0.0)?;
			let thresholds: Vec<f32> =
				compose.numbers(a, &dims)?.into_iter().map(|threshold| -threshold).collect();
			compose.above(&turned, &thresholds)
		}
		(Operand::Variable(a), Operand::Variable(b)) => {
			let difference = compose.sum((1.0, a), (-1.0, b))?;
			compose.above(&difference, &[0.0])
		}
		(Operand::Constant(_), Operand::Constant(_)) => {
			Err(compose.node.error("a computed value", "constants alone"))
		}
	}
}

/// An input as numbers, constant or computed.
pub fn side(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	index: usize,
) -> Result<Operand, ImportError> {
	match inputs.operand(node, index)? {
		constant @ Operand::Constant(_) => Ok(constant.clone()),
		Operand::Variable(_) => Ok(Operand::Variable(inputs.number(lowering, node, index)?)),
	}
}

/// 1 where a relation of two numbers holds, else 0.
pub fn compare(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	relation: Relation,
) -> Lowered {
	let a = side(lowering, node, inputs, 0)?;
	let b = side(lowering, node, inputs, 1)?;
	if let Relation::Equal = relation {
		lowering.equated.insert(node.name.into());
	}
	let compose = &mut Compose { lowering, node };
	let made = match relation {
		Relation::Greater => greater(compose, &a, &b)?,
		Relation::Less => greater(compose, &b, &a)?,
		Relation::LessOrEqual => {
			let greater = greater(compose, &a, &b)?;
			not(compose, &greater)?
		}
		Relation::GreaterOrEqual => {
			let less = greater(compose, &b, &a)?;
			not(compose, &less)?
		}
		Relation::Equal => {
			let (greater, less) = (greater(compose, &a, &b)?, greater(compose, &b, &a)?);
			let differ = compose.sum((1.0, &greater), (1.0, &less))?;
			not(compose, &differ)?
		}
	};
	compose.lowering.set_truth(made.value);
	Ok(vec![Operand::Variable(made)])
}

/// Two truth values connected.
pub fn logic(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	connective: Connective,
) -> Lowered {
	let a = inputs.number(lowering, node, 0)?;
	let b = inputs.number(lowering, node, 1)?;
	let compose = &mut Compose { lowering, node };
	let both = compose.product(&a, &b)?;
	// Once for where one of them is enough, twice for where both are too many.
	let taken = match connective {
		Connective::And => {
			compose.lowering.set_truth(both.value);
			return Ok(vec![Operand::Variable(both)]);
		}
		Connective::Or => -1.0,
		Connective::Xor => -2.0,
	};
	let sum = compose.sum((1.0, &a), (1.0, &b))?;
	let made = compose.sum((1.0, &sum), (taken, &both))?;
	compose.lowering.set_truth(made.value);
	Ok(vec![Operand::Variable(made)])
}

/// `Not`: `1 - x`, since truth values are 1 and 0.
pub fn negation(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let made = not(&mut Compose { lowering, node }, &x)?;
	lowering.set_truth(made.value);
	Ok(vec![Operand::Variable(made)])
}

/// `Where`: elements of one or the other; by a computed condition `y + c (x - y)`.
pub fn choose(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let Some(masked) = masks::chosen(lowering, node, inputs)? {
		return Ok(vec![masked]);
	}
	let plain = |lowering: &mut Lowering| either(lowering, node, inputs).ok()?.pop();
	let values = |lowering: &mut Lowering| match plain(lowering) {
		Some(Operand::Variable(x)) => Some(x.value),
		Some(Operand::Constant(_)) | None => None,
	};
	if let Some(hidden) = hidden::chosen(lowering, node, inputs, values)? {
		return Ok(vec![hidden]);
	}
	either(lowering, node, inputs)
}

/// The same where nothing is hidden.
fn either(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let sides = [side(lowering, node, inputs, 1)?, side(lowering, node, inputs, 2)?];
	let condition = side(lowering, node, inputs, 0)?;
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(sides[0].dims(), sides[1].dims())?;
	let dims = compose.common(&dims, condition.dims())?;
	let Operand::Variable(condition) = condition else {
		return by_constant(compose, &inputs.floats(node, 0)?, condition.dims(), &sides, dims);
	};
	let [x, y] = [0, 1].map(|index| match &sides[index] {
		Operand::Variable(x) => Ok(x.clone()),
		Operand::Constant(tensor) => compose.lowering.materialise(node, tensor),
	});
	let (x, y) = (x?, y?);
	let difference = compose.sum((1.0, &x), (-1.0, &y))?;
	let part = compose.product(&condition, &difference)?;
	let made = compose.sum((1.0, &y), (1.0, &part))?;
	let truth = |index: usize, x: &Variable| match &sides[index] {
		// Integers that were computed or are an attribute have no type either.
		Operand::Constant(side) => {
			let bits = |values: &[i64]| values.iter().all(|value| matches!(value, 0 | 1));
			side.limits.is_none() && side.integers().is_some_and(bits)
		}
		Operand::Variable(_) => compose.lowering.is_truth(x.value),
	};
	if truth(0, &x) && truth(1, &y) {
		compose.lowering.set_truth(made.value);
	}
	Ok(vec![Operand::Variable(made)])
}

/// A choice that is known: picks of what is computed, and offsets for what is constant.
fn by_constant(
	compose: &mut Compose,
	condition: &[f32],
	shape: &[usize],
	sides: &[Operand; 2],
	dims: Vec<usize>,
) -> Lowered {
	let len = compose.lowering.count(compose.node, &dims)?;
	let places = |from: &[usize]| super::shape::repeated(from, &dims);
	let chosen: Vec<usize> =
		places(shape).into_iter().map(|place| usize::from(condition[place] == 0.0)).collect();
	let mut offset = vec![0.0; len];
	let mut picks = vec![None; len];
	let mut values = Vec::new();
	for (index, side) in sides.iter().enumerate() {
		let places = places(side.dims());
		let here = (0..len).filter(|i| chosen[*i] == index);
		match side {
			Operand::Constant(tensor) => {
				let numbers = compose.numbers(tensor, &dims)?;
				here.for_each(|i| offset[i] = numbers[i]);
			}
			Operand::Variable(x) => {
				let number = values.len() as u32;
				values.push(x.value);
				// Elements are within the limit of a graph, so that they fit.
				here.for_each(|i| picks[i] = Some((number, places[i] as u32)));
			}
		}
	}
	if values.is_empty() {
		return Err(compose.node.error("a computed value", "constants alone"));
	}
	let (lowering, node) = (&mut *compose.lowering, compose.node);
	let value = lowering.push(node, &values, len, FloatOp::Gather(picks))?;
	let value = lowering.affine(node, value, 1.0, offset)?;
	Ok(vec![Operand::Variable(tensor(value, dims))])
}

/// `Sign`: whether it is above 0, less whether it is below.
fn sign(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let compose = &mut Compose { lowering, node };
	let positive = compose.above(&x, &[0.0])?;
	let turned = compose.affine(&x, -1.0, 0.0)?;
	let negative = compose.above(&turned, &[0.0])?;
	Ok(vec![Operand::Variable(compose.sum((1.0, &positive), (-1.0, &negative))?)])
}

/// `ThresholdedRelu`: `x` where it is above `alpha`, else 0.
fn thresholded(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let compose = &mut Compose { lowering, node };
	let above = compose.above(&x, &[node.float("alpha", 1.0)])?;
	Ok(vec![Operand::Variable(compose.product(&x, &above)?)])
}

/// `Shrink`: `x - bias` above `lambd`, `x + bias` below `-lambd`, else 0.
fn shrink(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (bias, limit) = (node.float("bias", 0.0), node.float("lambd", 0.5));
	if limit < 0.0 {
		return Err(node.error("attribute lambd of 0 or more", limit.to_string()));
	}
	let compose = &mut Compose { lowering, node };
	let turned = compose.affine(&x, -1.0, 0.0)?;
	let mut parts = Vec::new();
	for side in [&x, &turned] {
		let beyond = compose.above(side, &[limit])?;
		let less = compose.affine(side, 1.0, -bias)?;
		parts.push(compose.product(&less, &beyond)?);
	}
	Ok(vec![Operand::Variable(compose.sum((1.0, &parts[0]), (-1.0, &parts[1]))?)])
}

/// `Binarizer`: 1 above the threshold, else 0.
fn binarizer(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let above = Compose { lowering, node }.above(&x, &[node.float("threshold", 0.0)])?;
	Ok(vec![Operand::Variable(above)])
}
