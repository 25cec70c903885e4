//! Whole numbers of others: `Floor`, `Ceil`, `Round`, and what is left of a division.
//!
//! Where the argument is made of integers of a known unit, such as the input's, results are exact: they
//! are those of 32-bit floats for each of these integers.

use super::{
	compose::{tensor, Compose, Made},
	fold,
	groups::grouped,
	integers,
	operator::{Growth, Integers},
	signature::{input, int, Input, Operator, Version, AB, CONSUMED, X, Y},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, source::Values, Cut, FloatOp, ImportError, Quantize};

const ROUNDING: &[Version] =
	&[Version::new(&[1], &[CONSUMED], X, Y), Version::new(&[6, 13], &[], X, Y)];
const ROUND: &[Input] = &[input("X")];

pub const OPERATORS: &[Operator] = &[
	Operator::new("Ceil", ceil, ROUNDING).folded(|n, i| fold::rounding(n, i, f32::ceil)),
	Operator::new("Floor", floor, ROUNDING).folded(|n, i| fold::rounding(n, i, f32::floor)),
	Operator::new(
		"Mod",
		modulus,
		&[Version::new(&[10, 13, 28], &[int("fmod", 0)], AB, super::elementwise::C)],
	)
	.folded(modulus_of_constants)
	.integers(Integers::By(integers::remainder, Growth::Within)),
	Operator::new("Round", round, &[Version::new(&[11, 22], &[], ROUND, Y)])
		.folded(|n, i| fold::rounding(n, i, f32::round_ties_even)),
];

/// `x` as a whole multiple of a unit above 0.
pub fn multiple(compose: &mut Compose, x: &Variable, unit: f32, cut: Cut) -> Made {
	if unit == 1.0 && compose.lowering.is_whole(x.value) {
		return Ok(x.clone());
	}
	let to = Quantize {
		scale: unit,
		min: -Quantize::FAR,
		max: Quantize::FAR,
		zero: 0,
		adds: false,
		cut: Some(cut),
	};
	let value = compose.lowering.each(compose.node, x.value, FloatOp::Quantize(to))?;
	Ok(tensor(value, x.dims.clone()))
}

/// Bits of a number that are not 0.
fn digits(number: f32) -> u32 {
	24 - (number.to_bits() | 1 << 23).trailing_zeros().min(23)
}

/// What a value is a quotient of, if it is one by a number that a file would have rather than its
/// reciprocal: dividing by 3 is not the same as multiplying by a third.
fn quotient(lowering: &Lowering, x: &Variable) -> Option<(Variable, f32)> {
	let node = lowering.ops.get(x.value.checked_sub(1)?)?;
	let FloatOp::Sum { factors, offset } = &node.op else { return None };
	let ([factor], true) = (factors.as_slice(), offset.iter().all(|o| *o == 0.0)) else {
		return None;
	};
	let divisor = 1.0 / factor;
	let own = divisor.is_normal() && 1.0 / divisor == *factor && *factor > 0.0;
	let argument = || (tensor(node.inputs[0], x.dims.clone()), divisor);
	(own && digits(divisor) + 8 < digits(*factor)).then(argument)
}

/// The largest whole number that is not above `x`.
pub fn down(compose: &mut Compose, x: &Variable) -> Made {
	match quotient(compose.lowering, x) {
		Some((x, divisor)) => {
			let multiple = multiple(compose, &x, divisor, Cut::Down)?;
			compose.affine(&multiple, 1.0 / divisor, 0.0)
		}
		None => multiple(compose, x, 1.0, Cut::Down),
	}
}

/// `x` without what is behind its point.
pub fn truncated(compose: &mut Compose, x: &Variable) -> Made {
	multiple(compose, x, 1.0, Cut::Toward)
}

/// What `make` gives for the size of `x`, with the sign of `x`.
fn sides(
	compose: &mut Compose,
	x: &Variable,
	make: impl Fn(&mut Compose, &Variable) -> Made,
) -> Made {
	let above = compose.clamp(x, 0.0, f32::INFINITY)?;
	let turned = compose.affine(x, -1.0, 0.0)?;
	let below = compose.clamp(&turned, 0.0, f32::INFINITY)?;
	let (above, below) = (make(compose, &above)?, make(compose, &below)?);
	compose.sum((1.0, &above), (-1.0, &below))
}

fn floor(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	Ok(vec![Operand::Variable(down(&mut Compose { lowering, node }, &x)?)])
}

fn ceil(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let compose = &mut Compose { lowering, node };
	let turned = compose.affine(&x, -1.0, 0.0)?;
	let down = multiple(compose, &turned, 1.0, Cut::Down)?;
	Ok(vec![Operand::Variable(compose.affine(&down, -1.0, 0.0)?)])
}

fn round(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let made = multiple(&mut Compose { lowering, node }, &x, 1.0, Cut::Near)?;
	Ok(vec![Operand::Variable(made)])
}

/// `x` less its largest multiple of a unit that is not above it: from 0 to the unit.
fn remainder(compose: &mut Compose, x: &Variable, unit: f32) -> Made {
	let multiple = multiple(compose, x, unit, Cut::Down)?;
	compose.sum((1.0, x), (-1.0, &multiple))
}

/// `Mod` by constants: with the divisor's sign, or with `fmod` the dividend's.
fn modulus(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	// A computed quotient is rounded. Beside a whole one what is left jumps by a whole divisor, so that it would be
	// wrong by that much wherever a quotient is whole or nearly: no measured error would say how often.
	if let Operand::Variable(_) = inputs.operand(node, 1)? {
		let expected = "divisors as constants, or integers: near a whole quotient of others what is left is either \
		                nothing or nearly all (if either will do, write A - B * Floor(A / B))";
		return Err(node.error(expected, "computed numbers"));
	}
	let divisors = inputs.constant(node, 1)?.clone();
	let fmod = node.int("fmod", 0) != 0;
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&x.dims, &divisors.dims)?;
	let x = compose.spread(&x, &dims)?;
	let each = compose.numbers(&divisors, &dims)?;
	if let Some(bad) = each.iter().find(|divisor| !divisor.is_normal()) {
		return Err(node.error("divisors that are not 0", bad.to_string()));
	}
	let made = grouped(compose, &x, &each, "divisors", |compose, x, divisor| {
		let unit = divisor.abs();
		if fmod {
			return sides(compose, x, |compose, x| remainder(compose, x, unit));
		}
		let sign = divisor.signum();
		let turned = compose.affine(x, sign, 0.0)?;
		let rest = remainder(compose, &turned, unit)?;
		compose.affine(&rest, sign, 0.0)
	})?;
	Ok(vec![Operand::Variable(made)])
}

/// `Mod` of constants.
fn modulus_of_constants(node: &Node, inputs: &Inputs) -> Option<Lowered> {
	let fmod = node.int("fmod", 0) != 0;
	let constants = inputs.constants()?;
	if constants.iter().all(|tensor| tensor.integers().is_some()) {
		return match fmod {
			false => fold::arithmetic(node, inputs, |a, b| {
				let rest = a.checked_rem(b)?;
				Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
			}),
			true => fold::arithmetic(node, inputs, i64::checked_rem),
		};
	}
	Some(fold::both(node, inputs)?.and_then(|(dims, a, b)| {
		let (Values::Float(a), Values::Float(b)) = (a, b) else {
			return Err(node.error("numbers of one type", "others"));
		};
		let rest = |(a, b): (&f32, &f32)| {
			let rest = a % b;
			let turned = !fmod && rest != 0.0 && (rest < 0.0) != (*b < 0.0);
			if turned {
				rest + b
			} else {
				rest
			}
		};
		let values = Values::Float(a.iter().zip(&b).map(rest).collect());
		Ok(vec![Operand::constant(crate::import::source::Tensor::new(node.name, dims, values))])
	}))
}

/// The quotient of whole numbers by a constant one, without what is behind its point.
///
/// # Errors
///
/// If the divisor is 0.
pub fn divided(compose: &mut Compose, x: &Variable, divisor: f32) -> Result<Variable, ImportError> {
	if divisor == 0.0 || !divisor.is_finite() {
		return Err(compose.node.error("divisors that are not 0", divisor.to_string()));
	}
	if divisor == 1.0 {
		return Ok(x.clone());
	}
	// The next float, so that no quotient falls short of the whole number that it is.
	let factor = (1.0 / divisor.abs()).next_up() * divisor.signum();
	let part = compose.affine(x, factor, 0.0)?;
	multiple(compose, &part, 1.0, Cut::Toward)
}
