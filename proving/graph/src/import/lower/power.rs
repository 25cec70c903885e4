//! Powers: of computed numbers by constants, and of a constant by computed numbers.

use super::{
	compose::{shaped, Compose, Made},
	groups::grouped,
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{function::Elementary, node::Node, source::Tensor};

/// `Pow`: a computed base with constant exponents, or one constant base with computed exponents.
pub fn pow(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let (Operand::Constant(base), Operand::Variable(_)) =
		(inputs.operand(node, 0)?, inputs.operand(node, 1)?)
	{
		let base = base.clone();
		let exponent = inputs.number(lowering, node, 1)?;
		return exponential(&mut Compose { lowering, node }, &base, &exponent);
	}
	let x = inputs.number(lowering, node, 0)?;
	let exponents = inputs.constant(node, 1)?.clone();
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&x.dims, &exponents.dims)?;
	let x = compose.spread(&x, &dims)?;
	let each = compose.numbers(&exponents, &dims)?;
	Ok(vec![Operand::Variable(grouped(compose, &x, &each, "exponents", raised)?)])
}

/// `x ^ exponent`: small whole ones by products.
fn raised(compose: &mut Compose, x: &Variable, exponent: f32) -> Made {
	match exponent {
		1.0 => Ok(x.clone()),
		2.0 => compose.product(x, x),
		3.0 => {
			let square = compose.product(x, x)?;
			compose.product(&square, x)
		}
		0.5 => compose.unary(x, Elementary::Sqrt),
		other => compose.unary(x, Elementary::Power(f64::from(other))),
	}
}

/// `base ^ x` of one number above 0, which is `exp(x log(base))`.
fn exponential(compose: &mut Compose, base: &Tensor, x: &Variable) -> Lowered {
	let node = compose.node;
	// Of whole numbers the result is a whole number, cut off.
	let number = base.floats().filter(|_| base.integers().is_none());
	let number = number.filter(|n| n.iter().all(|v| *v == n[0] && *v > 0.0 && v.is_finite()));
	let Some(first) = number.and_then(|n| n.first().copied()) else {
		return Err(
			node.error("one floating-point base above 0", format!("{} of others", base.name))
		);
	};
	let dims = compose.common(&base.dims, &x.dims)?;
	let x = compose.spread(x, &dims)?;
	let scaled = compose.affine(&x, f64::from(first).ln() as f32, 0.0)?;
	let made = compose.unary(&scaled, Elementary::Exp)?;
	Ok(vec![Operand::Variable(shaped(&made, dims))])
}
