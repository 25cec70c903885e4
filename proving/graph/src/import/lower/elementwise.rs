//! Arithmetic on each element.

use super::{
	activation,
	compose::Compose,
	dynamic::{self, Scaled},
	fold, hidden, integers, linear, masks,
	operator::{Growth, Integers},
	power, quantized,
	shape::{broadcast, repeated},
	signature::{free, input, int, variadic, Attribute, Form, Input, Operator, Output, Version},
	signature::{Kernel, AB, CONSUMED},
	soft, Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::{Elementary, Function},
	node::Node,
	source::Tensor,
	Divisor, FloatOp, ImportError,
};

/// Where the second input stands, before it was found by its shape.
pub const AXIS: Attribute = free("axis", Form::Int);
/// Whether the second input is repeated, before it always was.
pub const BROADCAST: Attribute = int("broadcast", 0);
pub const C: &[Output] = &[input("C")];
const XY: &[Input] = &[input("X"), input("Y")];
pub const Z: &[Output] = &[input("Z")];
const DATA: &[Input] = &[variadic("data_0")];
const MAX: &[Output] = &[input("max")];
const MIN: &[Output] = &[input("min")];
const SUM: &[Output] = &[input("sum")];
const ARITHMETIC: &[Version] = &[
	Version::new(&[1], &[AXIS, BROADCAST, CONSUMED], AB, C),
	Version::new(&[6], &[AXIS, BROADCAST], AB, C),
	Version::new(&[7, 13, 14], &[], AB, C),
];

pub const OPERATORS: &[Operator] = &[
	Operator::new("Add", |l, n, i| add(l, n, &older(n, i)?), ARITHMETIC)
		.folded(|n, i| fold::arithmetic(n, i, i64::checked_add))
		.integers(Integers::Same(Growth::Narrow))
		.kernel(Kernel::Add),
	Operator::new("Div", |l, n, i| div(l, n, &older(n, i)?), ARITHMETIC)
		.folded(|n, i| fold::arithmetic(n, i, i64::checked_div))
		.integers(Integers::By(integers::quotient, Growth::Within)),
	Operator::new(
		"Max",
		|l, n, i| extreme(l, n, i, true),
		&[
			Version::new(&[1], &[CONSUMED], DATA, MAX),
			Version::new(&[6, 8, 12, 13], &[], DATA, MAX),
		],
	)
	.folded(|n, i| fold::arithmetic(n, i, |a, b| Some(a.max(b))))
	.integers(Integers::Same(Growth::Within)),
	Operator::new(
		"Min",
		|l, n, i| extreme(l, n, i, false),
		&[
			Version::new(&[1], &[CONSUMED], DATA, MIN),
			Version::new(&[6, 8, 12, 13], &[], DATA, MIN),
		],
	)
	.folded(|n, i| fold::arithmetic(n, i, |a, b| Some(a.min(b))))
	.integers(Integers::Same(Growth::Within)),
	Operator::new("Mul", |l, n, i| mul(l, n, &older(n, i)?), ARITHMETIC)
		.folded(|n, i| fold::arithmetic(n, i, i64::checked_mul))
		.integers(Integers::Same(Growth::Narrow))
		.kernel(Kernel::Mul),
	Operator::new(
		"Pow",
		|l, n, i| power::pow(l, n, &older(n, i)?),
		&[
			Version::new(&[1], &[AXIS, BROADCAST], XY, Z),
			Version::new(&[7, 12, 13, 15], &[], XY, Z),
		],
	)
	.folded(|n, i| fold::arithmetic(n, i, |a, b| a.checked_pow(u32::try_from(b).ok()?)))
	.integers(Integers::By(integers::power, Growth::Beyond)),
	Operator::new("Sub", |l, n, i| sub(l, n, &older(n, i)?), ARITHMETIC)
		.folded(|n, i| fold::arithmetic(n, i, i64::checked_sub))
		.integers(Integers::Same(Growth::Narrow)),
	Operator::new(
		"Sum",
		add,
		&[Version::new(&[1], &[CONSUMED], DATA, SUM), Version::new(&[6, 8, 13], &[], DATA, SUM)],
	)
	.folded(|n, i| fold::arithmetic(n, i, i64::checked_add))
	.integers(Integers::Same(Growth::Beyond)),
];

/// The two inputs as today's operators take them. Before operator set 7 the second is repeated only
/// if `broadcast` is 1: one number everywhere, else along the axes of the first that begin at `axis`,
/// the last ones if that is left out.
pub fn older(node: &Node, inputs: &Inputs) -> Result<Inputs, ImportError> {
	let [a, b] = [inputs.operand(node, 0)?, inputs.operand(node, 1)?];
	let both = |b| inputs.with(vec![Some(a.clone()), Some(b)]);
	if node.version.attribute(BROADCAST.name).is_none() {
		return Ok(both(b.clone()));
	}
	let repeated = node.int(BROADCAST.name, 0) != 0;
	let axis = node.attribute(AXIS.name).map(|axis| axis.i);
	if a.dims() == b.dims() {
		return Ok(both(b.clone()));
	}
	let error = |expected: &str| {
		let got = format!("{:?} and {:?}", a.dims(), b.dims());
		node.error(expected, got)
	};
	if !repeated {
		return Err(error("two shapes that are equal, or attribute broadcast 1"));
	}
	let rank = a.dims().len();
	let start = match axis {
		// The last axes.
		None => rank.checked_sub(b.dims().len()),
		Some(axis) => usize::try_from(axis).ok(),
	};
	let single = b.dims().iter().all(|dim| *dim == 1) && b.dims().len() <= rank;
	let end = start.and_then(|start| start.checked_add(b.dims().len()));
	let behind = match (start, end) {
		_ if single => 0,
		(Some(start), Some(end)) if a.dims().get(start..end) == Some(b.dims()) => rank - end,
		_ => return Err(error("a second shape that stands in the first at attribute axis")),
	};
	let dims = [b.dims(), vec![1; behind].as_slice()].concat();
	Ok(both(b.shaped(dims)))
}

/// The elements of a value at these places.
pub fn picked(
	lowering: &mut Lowering,
	node: &Node,
	value: usize,
	places: &[usize],
) -> Result<usize, ImportError> {
	lowering.gather(node, value, places.iter().map(|place| Some(*place)))
}

pub fn one(value: usize, dims: Vec<usize>) -> Lowered {
	Ok(vec![Operand::number(value, dims)])
}

/// The shape of a result of the inputs `a` and `b`.
pub fn common(
	lowering: &Lowering,
	node: &Node,
	a: &[usize],
	b: &[usize],
) -> Result<Vec<usize>, ImportError> {
	let dims = broadcast(a, b)
		.ok_or_else(|| node.error(format!("a shape that fits {a:?}"), format!("{b:?}")))?;
	lowering.count(node, &dims)?;
	Ok(dims)
}

/// A variable repeated to a larger shape.
fn fill(
	lowering: &mut Lowering,
	node: &Node,
	variable: &Variable,
	dims: &[usize],
) -> Result<usize, ImportError> {
	match variable.len() == dims.iter().product::<usize>() {
		true => Ok(variable.value),
		false => picked(lowering, node, variable.value, &repeated(&variable.dims, dims)),
	}
}

/// A constant's numbers: one if they are all the same, else one for each element of the shape.
pub fn filled(node: &Node, tensor: &Tensor, dims: &[usize]) -> Result<Vec<f32>, ImportError> {
	let values = tensor.floats().ok_or_else(|| node.error("numbers", tensor.no_floats()))?;
	match values.first() {
		Some(first) if values.iter().all(|v| v == first) => Ok(vec![*first]),
		_ => Ok(repeated(&tensor.dims, dims).into_iter().map(|place| values[place]).collect()),
	}
}

/// `a + factor * b` of the first two inputs.
pub fn combine(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	factor: f32,
) -> Result<Variable, ImportError> {
	let [a, b] = quantized::operands(lowering, node, inputs)?;
	let inputs = &Inputs::new(vec![Some(a.clone()), Some(b.clone())]);
	let dims = common(lowering, node, a.dims(), b.dims())?;
	let value = match (&a, &b) {
		(_, Operand::Constant(tensor)) => {
			let x = inputs.number(lowering, node, 0)?;
			let x = fill(lowering, node, &x, &dims)?;
			let offset = filled(node, tensor, &dims)?.iter().map(|c| c * factor).collect();
			lowering.affine(node, x, 1.0, offset)?
		}
		(Operand::Constant(tensor), _) => {
			let x = inputs.number(lowering, node, 1)?;
			let x = fill(lowering, node, &x, &dims)?;
			lowering.affine(node, x, factor, filled(node, tensor, &dims)?)?
		}
		_ => {
			let (x, y) = (inputs.number(lowering, node, 0)?, inputs.number(lowering, node, 1)?);
			let x = fill(lowering, node, &x, &dims)?;
			let y = fill(lowering, node, &y, &dims)?;
			let (factors, offset) = (vec![1.0, factor], vec![0.0]);
			let len = dims.iter().product();
			lowering.push(node, &[x, y], len, FloatOp::Sum { factors, offset })?
		}
	};
	Ok(Variable { value, dims, kind: Kind::Number })
}

/// `Add`, and `Sum` of any number of inputs.
pub fn add(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let mut sum = inputs.operand(node, 0)?.clone();
	if inputs.len() == 1 {
		return Ok(vec![sum]);
	}
	// Integers are no scores: none of them is hidden, and large ones are results as others are.
	if inputs.len() == 2 && !inputs.are_integers() {
		if let Some(hidden) = hidden::added(lowering, node, inputs)? {
			return Ok(vec![hidden]);
		}
		if let Some(masked) = masks::added(lowering, node, inputs)? {
			return Ok(vec![masked]);
		}
	}
	for index in 1..inputs.len() {
		let next = inputs.operand(node, index)?.clone();
		let both = Inputs::new(vec![Some(sum), Some(next)]);
		sum = Operand::Variable(combine(lowering, node, &both, 1.0)?);
	}
	Ok(vec![sum])
}

/// `Sub`: `a - b`, element by element. A difference that is a logarithm of Softmax is lowered as one.
pub fn sub(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let (Operand::Variable(a), Operand::Variable(b)) =
		(inputs.operand(node, 0)?, inputs.operand(node, 1)?)
	{
		let (a, b) = (a.plain(), b.plain());
		let compose = &mut Compose { lowering, node };
		// The value of scores of which some are hidden is not all there is to them.
		if a.kind == Kind::Number && b.kind == Kind::Number {
			if let Some(made) = soft::log_share(compose, &a, &b)? {
				return Ok(vec![Operand::Variable(made)]);
			}
		}
	}
	Ok(vec![Operand::Variable(combine(lowering, node, inputs, -1.0)?)])
}

/// A variable and constant factors: one number, a number for each place along an axis, or one for
/// each element.
pub fn scaled(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	tensor: &Tensor,
	change: fn(f32) -> f32,
) -> Result<Variable, ImportError> {
	let dims = common(lowering, node, &x.dims, &tensor.dims)?;
	let value = fill(lowering, node, x, &dims)?;
	let x = Variable { value, dims, kind: Kind::Number };
	let factors = filled(node, tensor, &x.dims)?;
	if let [factor] = factors.as_slice() {
		let value = lowering.affine(node, x.value, change(*factor), vec![0.0])?;
		return Ok(Variable { value, ..x });
	}
	let missing = x.dims.len() - tensor.dims.len();
	let mut axes = tensor.dims.iter().enumerate().filter(|(_, d)| **d > 1);
	match (axes.next(), axes.next()) {
		(Some((axis, size)), None) => {
			let factors = tensor.floats().unwrap_or_default().into_iter().map(change).collect();
			linear::along(lowering, node, &x, axis + missing, factors, vec![0.0; *size])
		}
		_ => {
			let flat = Variable { dims: vec![x.len()], ..x.clone() };
			let factors: Vec<_> = factors.into_iter().map(change).collect();
			let offsets = vec![0.0; factors.len()];
			let result = linear::along(lowering, node, &flat, 0, factors, offsets)?;
			Ok(Variable { dims: x.dims, ..result })
		}
	}
}

/// The product of two values.
fn times(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	y: &Variable,
) -> Result<Variable, ImportError> {
	let dims = common(lowering, node, &x.dims, &y.dims)?;
	let x = fill(lowering, node, x, &dims)?;
	let y = fill(lowering, node, y, &dims)?;
	let value = lowering.push(node, &[x, y], dims.iter().product(), FloatOp::Mul)?;
	Ok(Variable { value, dims, kind: Kind::Number })
}

/// `Mul`: `a * b`, element by element; integers times their computed scale are the numbers themselves.
pub fn mul(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	match dynamic::scaled(node, inputs)? {
		Some(Scaled::Numbers(both)) => return mul(lowering, node, &both),
		Some(Scaled::Scale(scale)) => return Ok(vec![scale]),
		None => {}
	}
	let [a, b] = quantized::operands(lowering, node, inputs)?;
	let inputs = &Inputs::new(vec![Some(a.clone()), Some(b.clone())]);
	let result = match (&a, &b) {
		(_, Operand::Constant(tensor)) => {
			let x = inputs.number(lowering, node, 0)?;
			scaled(lowering, node, &x, tensor, |f| f)?
		}
		(Operand::Constant(tensor), _) => {
			let x = inputs.number(lowering, node, 1)?;
			scaled(lowering, node, &x, tensor, |f| f)?
		}
		_ => {
			let (x, y) = (inputs.number(lowering, node, 0)?, inputs.number(lowering, node, 1)?);
			times(lowering, node, &x, &y)?
		}
	};
	Ok(vec![Operand::Variable(result)])
}

/// `Div`: by constants a product.
pub fn div(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	if let Operand::Constant(tensor) = inputs.operand(node, 1)? {
		let result = scaled(lowering, node, &x, tensor, |divisor| 1.0 / divisor)?;
		return Ok(vec![Operand::Variable(result)]);
	}
	let divisor = inputs.number(lowering, node, 1)?;
	let result = match inputs.operand(node, 0)? {
		Operand::Constant(tensor) => {
			let function = Function::elementary("Div", Elementary::Reciprocal);
			let value = lowering.each(node, divisor.value, FloatOp::Unary(function))?;
			scaled(lowering, node, &Variable { value, ..divisor }, tensor, |f| f)?
		}
		Operand::Variable(_) => Compose { lowering, node }.quotient(&x, &divisor, Divisor::Any)?,
	};
	Ok(vec![Operand::Variable(result)])
}

/// `Max` and `Min` of any number of inputs: with one number a clamp, else the largest of each pair.
fn extreme(lowering: &mut Lowering, node: &Node, inputs: &Inputs, largest: bool) -> Lowered {
	if largest {
		if let Some(hidden) = hidden::floored(lowering, node, inputs)? {
			return Ok(vec![hidden]);
		}
	}
	let mut best = inputs.operand(node, 0)?.clone();
	for index in 1..inputs.len() {
		let next = inputs.operand(node, index)?.clone();
		let dims = common(lowering, node, best.dims(), next.dims())?;
		let pair = Inputs::new(vec![Some(best), Some(next)]);
		let bound = (0..2).find_map(|i| match pair.get(i) {
			Some(Operand::Constant(tensor)) => match filled(node, tensor, &dims).as_deref() {
				Ok([bound]) => Some((1 - i, *bound)),
				_ => None,
			},
			_ => None,
		});
		let value = if let Some((other, bound)) = bound.filter(|(_, bound)| !bound.is_nan()) {
			let x = pair.number(lowering, node, other)?;
			let x = fill(lowering, node, &x, &dims)?;
			match largest {
				true => activation::clamp(lowering, node, x, bound, f32::INFINITY)?,
				false => activation::clamp(lowering, node, x, f32::NEG_INFINITY, bound)?,
			}
		} else {
			let mut sides = Vec::new();
			for i in 0..2 {
				let x = pair.number(lowering, node, i)?;
				let x = fill(lowering, node, &x, &dims)?;
				let sign = if largest { 1.0 } else { -1.0 };
				sides.push(lowering.affine(node, x, sign, vec![0.0])?);
			}
			let len: usize = dims.iter().product();
			let picks = (0..len as u32).flat_map(|i| [Some((0, i)), Some((1, i))]).collect();
			let pairs = lowering.push(node, &sides, 2 * len, FloatOp::Gather(picks))?;
			let max = lowering.push(node, &[pairs], len, FloatOp::ReduceMax(2))?;
			lowering.affine(node, max, if largest { 1.0 } else { -1.0 }, vec![0.0])?
		};
		best = Operand::number(value, dims);
	}
	Ok(vec![best])
}
