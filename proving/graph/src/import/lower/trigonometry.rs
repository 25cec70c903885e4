//! Functions of angles, hyperbolic ones, whole numbers near, and gates.

use super::{
	compose::Compose,
	signature::{float, Operator, Version, AB, INPUT, OUTPUT, Y},
	Inputs, Lowered, Lowering, Operand,
};
use crate::import::{function::Elementary, node::Node};

const CIRCULAR: &[Version] = &[Version::new(&[7, 22], &[], INPUT, OUTPUT)];
const HYPERBOLIC: &[Version] = &[Version::new(&[9, 22], &[], INPUT, OUTPUT)];

pub const OPERATORS: &[Operator] = &[
	Operator::new("Acos", |l, n, i| unary(l, n, i, Elementary::Acos), CIRCULAR),
	Operator::new("Acosh", |l, n, i| unary(l, n, i, Elementary::Acosh), HYPERBOLIC),
	Operator::new("Asin", |l, n, i| unary(l, n, i, Elementary::Asin), CIRCULAR),
	Operator::new("Asinh", |l, n, i| unary(l, n, i, Elementary::Asinh), HYPERBOLIC),
	Operator::new("Atanh", |l, n, i| unary(l, n, i, Elementary::Atanh), HYPERBOLIC),
	Operator::new("Cosh", |l, n, i| unary(l, n, i, Elementary::Cosh), HYPERBOLIC),
	Operator::new("Sinh", |l, n, i| unary(l, n, i, Elementary::Sinh), HYPERBOLIC),
	Operator::new("SwiGLU", gated, &[Version::new(&[28], &[float("alpha", 1.0)], AB, Y)]),
	Operator::new("Tan", |l, n, i| unary(l, n, i, Elementary::Tan), CIRCULAR),
];

/// A function of each element.
pub fn unary(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	function: Elementary,
) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	Ok(vec![Operand::Variable(Compose { lowering, node }.unary(&x, function)?)])
}

/// `SwiGLU`: `a * sigmoid(alpha a) * b`.
fn gated(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let a = inputs.number(lowering, node, 0)?;
	let b = inputs.number(lowering, node, 1)?;
	let compose = &mut Compose { lowering, node };
	let gate = compose.unary(&a, Elementary::Swish(f64::from(node.float("alpha", 1.0))))?;
	Ok(vec![Operand::Variable(compose.product(&gate, &b)?)])
}
