//! Bits of integers: of constants, and of computed integers of 32 bits or more.
//!
//! Two computed ones are taken apart when their ranges are known. With a constant one, the bits of `x` from the lowest to the one before `b` are what is left of a division by `2^b`, for
//! negative numbers too, whose bits are those of their complement.

use super::{
	compose::{Compose, Made},
	elementwise::{C, Z},
	fold,
	integers::{beside, limits, NARROWER},
	rounding::multiple,
	signature::{needed, Form, Input, Operator, Version, AB, X, Y},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	node::Node, Bitwise, Cut, Divisor, FloatOp, FloatPick, FloatTable, ImportError,
};

const XY: &[Input] = &[super::signature::input("X"), super::signature::input("Y")];
/// Numbers of more bits are none that floats hold.
const BITS: u32 = 24;
/// What is taken apart.
const WIDE: &str = "integers of 32 bits or more (Cast to INT32 or INT64 before it)";

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"BitShift",
		shift,
		&[Version::new(&[11, 28], &[needed("direction", Form::String)], XY, Z)],
	)
	.folded(shifted),
	Operator::new(
		"BitwiseAnd",
		|l, n, i| together(l, n, i, Bitwise::And),
		&[Version::new(&[18], &[], AB, C)],
	)
	.folded(|n, i| fold::arithmetic(n, i, |a, b| Some(a & b))),
	Operator::new("BitwiseNot", not, &[Version::new(&[18], &[], X, Y)])
		.folded(|n, i| fold::integers(n, i, |a| Some(!a))),
	Operator::new(
		"BitwiseOr",
		|l, n, i| together(l, n, i, Bitwise::Or),
		&[Version::new(&[18], &[], AB, C)],
	)
	.folded(|n, i| fold::arithmetic(n, i, |a, b| Some(a | b))),
	Operator::new(
		"BitwiseXor",
		|l, n, i| together(l, n, i, Bitwise::Xor),
		&[Version::new(&[18], &[], AB, C)],
	)
	.folded(|n, i| fold::arithmetic(n, i, |a, b| Some(a ^ b))),
];

/// `BitShift` of constants: of what leaves the type nothing is told.
fn shifted(node: &Node, inputs: &Inputs) -> Option<Lowered> {
	match node.text("direction", "").as_str() {
		"LEFT" => fold::arithmetic(node, inputs, |a, b| {
			a.checked_mul(1i64.checked_shl(u32::try_from(b).ok()?).filter(|by| *by > 0)?)
		}),
		_ => fold::arithmetic(node, inputs, |a, b| {
			Some(a.checked_shr(u32::try_from(b).ok()?).unwrap_or(0))
		}),
	}
}

/// The computed input as numbers, and the only integer of the constant one.
fn given(
	node: &Node,
	inputs: &Inputs,
	[x, constant]: [usize; 2],
) -> Result<(Variable, i64), ImportError> {
	let Operand::Variable(variable) = inputs.operand(node, x)? else {
		return Err(node.error("a computed value", "a constant"));
	};
	let x = match variable.kind {
		Kind::Whole(_) => Variable { kind: Kind::Number, ..variable.clone() },
		_ => return Err(node.error(WIDE, variable.kind.describe())),
	};
	match inputs.integers(node, constant)? {
		[number] => Ok((x, *number)),
		numbers => Err(node.error("one constant integer for all", numbers.len().to_string())),
	}
}

/// A result, of the type of a node's computed operands.
fn whole(inputs: &Inputs, x: Variable) -> Lowered {
	let kind = Kind::Whole(limits(inputs));
	Ok(vec![Operand::Variable(Variable { kind, ..x })])
}

/// Integers of 32 bits or more as numbers.
fn wide(node: &Node, x: &Variable) -> Result<Variable, ImportError> {
	match x.kind {
		Kind::Whole(_) => Ok(Variable { kind: Kind::Number, ..x.clone() }),
		_ => Err(node.error(WIDE, x.kind.describe())),
	}
}

/// Both operands in the shape of both together; one of them may be constant.
fn both(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<[Variable; 2], ImportError> {
	let operands = [inputs.operand(node, 0)?, inputs.operand(node, 1)?];
	let [x, y] = match operands {
		[Operand::Variable(x), Operand::Variable(y)] => [wide(node, x)?, wide(node, y)?],
		[Operand::Variable(x), Operand::Constant(y)] => {
			let x = wide(node, x)?;
			let y = beside(lowering, node, y, &x)?;
			[x, y]
		}
		[Operand::Constant(x), Operand::Variable(y)] => {
			let y = wide(node, y)?;
			[beside(lowering, node, x, &y)?, y]
		}
		_ => return Err(node.error("a computed value", "constants alone")),
	};
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&x.dims, &y.dims)?;
	Ok([compose.spread(&x, &dims)?, compose.spread(&y, &dims)?])
}

/// Whether the operand at a place is a single constant number.
fn is_single(inputs: &Inputs, index: usize) -> bool {
	let one = |dims: &[usize]| dims.iter().product::<usize>() == 1;
	matches!(inputs.peek().nth(index), Some(Operand::Constant(constant)) if one(&constant.dims))
}

/// `BitwiseAnd`, `BitwiseOr` and `BitwiseXor`.
fn together(lowering: &mut Lowering, node: &Node, inputs: &Inputs, of: Bitwise) -> Lowered {
	if is_single(inputs, 0) || is_single(inputs, 1) {
		return masked(lowering, node, inputs, of);
	}
	let [x, y] = both(lowering, node, inputs)?;
	let values = [x.value, y.value];
	let value = lowering.push(node, &values, x.len(), FloatOp::Bitwise(of))?;
	whole(inputs, Variable { value, ..x })
}

/// `BitShift` by computed numbers of bits: a product with a power of two, or a quotient, rounded down.
fn shift_by(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let [x, by] = both(lowering, node, inputs)?;
	let powers: Vec<f32> = (0..BITS).map(|bits| (bits as f32).exp2()).collect();
	let table = FloatTable::Constant(powers);
	let op = FloatOp::Pick(FloatPick { rows: BITS as usize, width: 1, table });
	let value = lowering.push(node, &[by.value], by.len(), op)?;
	let power = Variable { value, ..by };
	let compose = &mut Compose { lowering, node };
	match node.text("direction", "").as_str() {
		"LEFT" => {
			let made = compose.product(&x, &power)?;
			lowering.limit(node, made.value, limits(inputs), NARROWER);
			whole(inputs, made)
		}
		"RIGHT" => whole(inputs, compose.quotient(&x, &power, Divisor::Floored)?),
		other => Err(node.error("direction LEFT or RIGHT", other)),
	}
}

/// `BitShift`.
fn shift(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if !is_single(inputs, 1) {
		return shift_by(lowering, node, inputs);
	}
	let (x, by) = given(node, inputs, [0, 1])?;
	let by = u32::try_from(by).ok().filter(|by| *by <= BITS);
	let Some(by) = by else {
		return Err(node.error(format!("a shift of 0 to {BITS} bits"), "another"));
	};
	let factor = (by as f32).exp2();
	let compose = &mut Compose { lowering, node };
	match node.text("direction", "").as_str() {
		"LEFT" => {
			let made = compose.affine(&x, factor, 0.0)?;
			lowering.limit(node, made.value, limits(inputs), NARROWER);
			whole(inputs, made)
		}
		"RIGHT" => {
			let down = multiple(compose, &x, factor, Cut::Down)?;
			whole(inputs, compose.affine(&down, 1.0 / factor, 0.0)?)
		}
		other => Err(node.error("direction LEFT or RIGHT", other)),
	}
}

/// `-x - 1`, of a type with signs.
fn not(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	match inputs.operand(node, 0)? {
		Operand::Variable(Variable { kind: Kind::Whole((0, _)), .. }) => Err(node.error(
			"integers with signs (Cast to INT64 before it: a BitwiseAnd behind it gives the same)",
			"integers without",
		)),
		Operand::Variable(x) if matches!(x.kind, Kind::Whole(_)) => {
			let x = Variable { kind: Kind::Number, ..x.clone() };
			whole(inputs, Compose { lowering, node }.affine(&x, -1.0, -1.0)?)
		}
		_ => Err(node.error("integers of 32 bits or more", "others")),
	}
}

/// The bits of `x` that a mask of 0 or more has.
fn kept(compose: &mut Compose, x: &Variable, mask: i64) -> Made {
	let mut sum: Option<Variable> = None;
	let mut add = |compose: &mut Compose, sign: f32, end: u32| -> Result<(), ImportError> {
		// The lowest bits, less all that is above them.
		let below = multiple(compose, x, (end as f32).exp2(), Cut::Down)?;
		let rest = compose.sum((sign, x), (-sign, &below))?;
		sum = Some(match sum.take() {
			Some(sum) => compose.sum((1.0, &sum), (1.0, &rest))?,
			None => rest,
		});
		Ok(())
	};
	let bit = |at: u32| at < 63 && mask >> at & 1 == 1;
	// Each run of bits: those below its end, less those below its start.
	for at in 0..63 {
		if bit(at) && !bit(at + 1) {
			if at + 1 > BITS {
				let expected = format!("a mask of at most {BITS} bits");
				return Err(compose.node.error(expected, mask.to_string()));
			}
			add(compose, 1.0, at + 1)?;
		}
		if at > 0 && bit(at) && !bit(at - 1) {
			add(compose, -1.0, at)?;
		}
	}
	match sum {
		Some(sum) => Ok(sum),
		None => {
			let value = compose.lowering.gather(compose.node, x.value, vec![None; x.len()])?;
			Ok(Variable { value, ..x.clone() })
		}
	}
}

/// With one constant mask for all elements: `a (x + m) + b (x & m)`.
fn masked(lowering: &mut Lowering, node: &Node, inputs: &Inputs, of: Bitwise) -> Lowered {
	let [a, b] = match of {
		Bitwise::And => [0.0, 1.0],
		Bitwise::Or => [1.0, -1.0],
		Bitwise::Xor => [1.0, -2.0],
	};
	let first = matches!(inputs.operand(node, 0)?, Operand::Variable(_));
	let (x, mask) = given(node, inputs, if first { [0, 1] } else { [1, 0] })?;
	let compose = &mut Compose { lowering, node };
	let own = if mask < 0 { !mask } else { mask };
	if own >= 1 << BITS {
		return Err(node.error(format!("a mask of at most {BITS} bits"), mask.to_string()));
	}
	let mut common = kept(compose, &x, own)?;
	if mask < 0 {
		// All bits but those of the complement.
		common = compose.sum((1.0, &x), (-1.0, &common))?;
	}
	if a == 0.0 {
		return whole(inputs, common);
	}
	let sum = compose.affine(&x, 1.0, mask as f32)?;
	whole(inputs, compose.sum((a, &sum), (b, &common))?)
}
