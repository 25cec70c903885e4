//! Operators that work on each element alone.

use super::{
	linear, quantized,
	shape::{broadcast, repeated},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::{Elementary, Function},
	source::{Node, Tensor},
	FloatOp, ImportError,
};

/// The elements of a value at these places.
pub fn picked(
	lowering: &mut Lowering,
	node: &Node,
	value: usize,
	places: &[usize],
) -> Result<usize, ImportError> {
	lowering.gather(node, value, places.iter().map(|place| Some(*place)))
}

fn one(value: usize, dims: Vec<usize>) -> Lowered {
	Ok(vec![Operand::number(value, dims)])
}

/// The shape of a result of the inputs `a` and `b`.
fn common(
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
fn filled(node: &Node, tensor: &Tensor, dims: &[usize]) -> Result<Vec<f32>, ImportError> {
	let values = tensor
		.floats()
		.ok_or_else(|| node.error("numbers", format!("words in {}", tensor.name)))?;
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
	let inputs = &Inputs(vec![Some(a.clone()), Some(b.clone())]);
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
	if inputs.0.len() == 1 {
		return Ok(vec![sum]);
	}
	for index in 1..inputs.0.len() {
		let next = inputs.operand(node, index)?.clone();
		let both = Inputs(vec![Some(sum), Some(next)]);
		sum = Operand::Variable(combine(lowering, node, &both, 1.0)?);
	}
	Ok(vec![sum])
}

/// `Sub`.
pub fn sub(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	Ok(vec![Operand::Variable(combine(lowering, node, inputs, -1.0)?)])
}

/// A variable and constant factors: one number, a number for each place along an axis, or one for
/// each element.
fn scaled(
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
	let value = lowering.push(node, &[x, y], dims.iter().product(), FloatOp::Product)?;
	Ok(Variable { value, dims, kind: Kind::Number })
}

/// `Mul`.
pub fn mul(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let [a, b] = quantized::operands(lowering, node, inputs)?;
	let inputs = &Inputs(vec![Some(a.clone()), Some(b.clone())]);
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

/// `Div`: by constants a product; by a variable only as a part of a function of one number, which is
/// checked when such functions are known.
pub fn div(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	if let Operand::Constant(tensor) = inputs.operand(node, 1)? {
		let result = scaled(lowering, node, &x, tensor, |divisor| 1.0 / divisor)?;
		return Ok(vec![Operand::Variable(result)]);
	}
	let divisor = inputs.number(lowering, node, 1)?;
	let function = Function::elementary("Div", Elementary::Reciprocal);
	let value = lowering.each(node, divisor.value, FloatOp::Unary(function))?;
	let inverse = Variable { value, ..divisor };
	let result = match inputs.operand(node, 0)? {
		Operand::Constant(tensor) => scaled(lowering, node, &inverse, tensor, |f| f)?,
		Operand::Variable(_) => times(lowering, node, &x, &inverse)?,
	};
	Ok(vec![Operand::Variable(result)])
}

/// `Neg`.
pub fn neg(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	one(lowering.affine(node, x.value, -1.0, vec![0.0])?, x.dims)
}

fn clamp(
	lowering: &mut Lowering,
	node: &Node,
	value: usize,
	min: f32,
	max: f32,
) -> Result<usize, ImportError> {
	if min == f32::NEG_INFINITY && max == f32::INFINITY {
		return Ok(value);
	}
	lowering.each(node, value, FloatOp::Clamp { min, max })
}

/// `Relu`.
pub fn relu(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	one(clamp(lowering, node, x.value, 0.0, f32::INFINITY)?, x.dims)
}

/// `Clip`, with its bounds as attributes or as inputs.
pub fn clip(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let bound = |index, name, default: f32| -> Result<f32, ImportError> {
		let bound = match inputs.scalar(node, index)? {
			Some(bound) => bound,
			None => node.float(name, default),
		};
		// The largest numbers there are stand for none.
		Ok(if bound.abs() >= f32::MAX { f32::INFINITY.copysign(bound) } else { bound })
	};
	let min = bound(1, "min", f32::NEG_INFINITY)?;
	let max = bound(2, "max", f32::INFINITY)?;
	if min.is_nan() || max.is_nan() {
		return Err(node.error("numbers as bounds", "not a number"));
	}
	// With bounds the wrong way round ONNX gives the upper one.
	one(clamp(lowering, node, x.value, min.min(max), max)?, x.dims)
}

/// `HardSigmoid`: a clamped line.
pub fn hard_sigmoid(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (alpha, beta) = (node.float("alpha", 0.2), node.float("beta", 0.5));
	let line = lowering.affine(node, x.value, alpha, vec![beta])?;
	one(clamp(lowering, node, line, 0.0, 1.0)?, x.dims)
}

/// `Abs`: `2 max(x, 0) - x`.
pub fn abs(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let positive = clamp(lowering, node, x.value, 0.0, f32::INFINITY)?;
	let sum = FloatOp::Sum { factors: vec![2.0, -1.0], offset: vec![0.0] };
	one(lowering.push(node, &[positive, x.value], x.len(), sum)?, x.dims)
}

/// `LeakyRelu` and `PRelu`: `max(x, 0) + slope * min(x, 0)`, without a second clamp.
pub fn leaky(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let slopes = match node.op() {
		"PRelu" => {
			let tensor = inputs.constant(node, 1)?;
			// Its shape must not make the result larger.
			if common(lowering, node, &x.dims, &tensor.dims)? != x.dims {
				let got = format!("{:?}", tensor.dims);
				return Err(node.error(format!("slopes for {:?}", x.dims), got));
			}
			filled(node, tensor, &x.dims)?
		}
		_ => vec![node.float("alpha", 0.01)],
	};
	if let [slope] = slopes.as_slice() {
		// slope * x + (1 - slope) * max(x, 0)
		let positive = clamp(lowering, node, x.value, 0.0, f32::INFINITY)?;
		let sum = FloatOp::Sum { factors: vec![*slope, 1.0 - slope], offset: vec![0.0] };
		return one(lowering.push(node, &[x.value, positive], x.len(), sum)?, x.dims);
	}
	// x + (slope - 1) * min(x, 0)
	let tensor = inputs.constant(node, 1)?;
	let negative = clamp(lowering, node, x.value, f32::NEG_INFINITY, 0.0)?;
	let negative = Variable { value: negative, ..x.clone() };
	let bent = scaled(lowering, node, &negative, tensor, |slope| slope - 1.0)?;
	let sum = FloatOp::Sum { factors: vec![1.0, 1.0], offset: vec![0.0] };
	one(lowering.push(node, &[x.value, bent.value], x.len(), sum)?, x.dims)
}

/// `Max` and `Min` of any number of inputs: with one number a clamp, else the largest of each pair.
pub fn extreme(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let largest = node.op() == "Max";
	let mut best = inputs.operand(node, 0)?.clone();
	for index in 1..inputs.0.len() {
		let next = inputs.operand(node, index)?.clone();
		let dims = common(lowering, node, best.dims(), next.dims())?;
		let pair = Inputs(vec![Some(best), Some(next)]);
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
				true => clamp(lowering, node, x, bound, f32::INFINITY)?,
				false => clamp(lowering, node, x, f32::NEG_INFINITY, bound)?,
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
			let max = lowering.push(node, &[pairs], len, FloatOp::Max(2))?;
			lowering.affine(node, max, if largest { 1.0 } else { -1.0 }, vec![0.0])?
		};
		best = Operand::number(value, dims);
	}
	Ok(vec![best])
}

/// `Pow` with a constant exponent: small whole ones by products.
pub fn pow(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let exponent = inputs.scalar(node, 1)?.unwrap_or(1.0);
	let function = |name, function| FloatOp::Unary(Function::elementary(name, function));
	let value = if exponent == 1.0 {
		x.value
	} else if exponent == 2.0 || exponent == 3.0 {
		let square = lowering.push(node, &[x.value, x.value], x.len(), FloatOp::Product)?;
		match exponent == 2.0 {
			true => square,
			false => lowering.push(node, &[square, x.value], x.len(), FloatOp::Product)?,
		}
	} else if exponent == 0.5 {
		lowering.each(node, x.value, function("Sqrt", Elementary::Sqrt))?
	} else {
		let power = Elementary::Power(f64::from(exponent));
		lowering.each(node, x.value, function("Pow", power))?
	};
	// An exponent of more dimensions adds some.
	one(value, common(lowering, node, &x.dims, inputs.operand(node, 1)?.dims())?)
}

/// Functions with a name of their own.
pub fn unary(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let number = |name, default| f64::from(node.float(name, default));
	let function = match node.op() {
		"Atan" => Elementary::Atan,
		"Celu" => Elementary::Celu(number("alpha", 1.0)),
		"Cos" => Elementary::Cos,
		"Elu" => Elementary::Elu(number("alpha", 1.0)),
		"Erf" => Elementary::Erf,
		"Exp" => Elementary::Exp,
		"Gelu" if node.text("approximate", "none") == "tanh" => Elementary::GeluTanh,
		"Gelu" => Elementary::Gelu,
		"HardSwish" => Elementary::HardSwish,
		"Log" => Elementary::Log,
		"Mish" => Elementary::Mish,
		"Reciprocal" => Elementary::Reciprocal,
		"Selu" => Elementary::Selu(number("alpha", 1.673_263_2), number("gamma", 1.050_701)),
		"Sigmoid" => Elementary::Sigmoid,
		"Sin" => Elementary::Sin,
		"Softplus" => Elementary::Softplus,
		"Softsign" => Elementary::Softsign,
		"Sqrt" => Elementary::Sqrt,
		"Swish" => Elementary::Swish(number("alpha", 1.0)),
		"Tanh" => Elementary::Tanh,
		other => return Err(node.error("a function of one number", other)),
	};
	let op = FloatOp::Unary(Function::elementary(node.op(), function));
	one(lowering.each(node, x.value, op)?, x.dims)
}
