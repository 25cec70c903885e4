//! Powers: of computed numbers by constants, of constants by computed numbers, and of both computed.

use super::{
	compose::{shaped, tensor, Compose, Made},
	groups::grouped,
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::{Elementary, Function},
	node::Node,
	source::{Tensor, Values},
	FloatOp,
};

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
	if let Operand::Variable(_) = inputs.operand(node, 1)? {
		let exponents = inputs.number(lowering, node, 1)?;
		return computed(&mut Compose { lowering, node }, &x, &exponents);
	}
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

/// `x ^ y` of what is above 0, which is `exp(y log(x))`. Of 0 there is no logarithm, and of negative numbers a power
/// is a number for whole exponents alone, so that both are refused once it is known that `x` can be there.
fn computed(compose: &mut Compose, x: &Variable, y: &Variable) -> Lowered {
	let op = FloatOp::Unary(Function::elementary("Pow (Log of its base)", Elementary::Log));
	let value = compose.lowering.each(compose.node, x.value, op)?;
	let log = tensor(value, x.dims.clone());
	let scaled = compose.product(y, &log)?;
	Ok(vec![Operand::Variable(compose.unary(&scaled, Elementary::Exp)?)])
}

/// `base ^ x` of numbers above 0, which is `exp(x log(base))`.
fn exponential(compose: &mut Compose, base: &Tensor, x: &Variable) -> Lowered {
	let node = compose.node;
	// Of whole numbers the result is a whole number, cut off.
	let numbers = base.floats().filter(|_| base.integers().is_none());
	let numbers = numbers.filter(|n| n.iter().all(|v| *v > 0.0 && v.is_finite()));
	let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) else {
		return Err(node.error("floating-point bases above 0", format!("{} of others", base.name)));
	};
	let dims = compose.common(&base.dims, &x.dims)?;
	let x = compose.spread(x, &dims)?;
	let logs = numbers.iter().map(|base| f64::from(*base).ln() as f32).collect();
	let logs = Tensor::new(&base.name, base.dims.clone(), Values::Float(logs));
	let scaled = compose.scaled(&x, Some(&logs), None)?;
	let made = compose.unary(&scaled, Elementary::Exp)?;
	Ok(vec![Operand::Variable(shaped(&made, dims))])
}
