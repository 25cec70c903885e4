//! Functions of one number, and clamps.

use super::{
	compose::Compose,
	elementwise::{common, filled, one, scaled},
	fold,
	operator::{Growth, Integers},
	signature::{float, free, input, optional, word, Form, Input, Kernel, Operator, Version},
	signature::{CONSUMED, INPUT, OUTPUT, X, Y},
	soft, Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::{Elementary, Function},
	node::Node,
	source::Tensor,
	FloatOp, ImportError,
};

/// Of the first operator sets, named by its first versions.
const X_1: &[Version] = &[Version::new(&[1], &[CONSUMED], X, Y), Version::new(&[6, 13], &[], X, Y)];
const INPUT_1: &[Version] =
	&[Version::new(&[1], &[CONSUMED], INPUT, OUTPUT), Version::new(&[6, 13], &[], INPUT, OUTPUT)];
const INPUT_7: &[Version] = &[Version::new(&[7, 22], &[], INPUT, OUTPUT)];
const SLOPE: &[Input] = &[input("X"), input("slope")];
const BOUNDS: &[Input] = &[input("input"), optional("min"), optional("max")];

pub const OPERATORS: &[Operator] = &[
	Operator::new("Abs", abs, X_1)
		.folded(|n, i| fold::integers(n, i, i64::checked_abs))
		.integers(Integers::Same(Growth::Beyond)),
	Operator::new("Atan", |l, n, i| unary(l, n, i, |_| Elementary::Atan), INPUT_7),
	Operator::new(
		"Celu",
		|l, n, i| unary(l, n, i, |n| Elementary::Celu(alpha(n, 1.0))),
		&[Version::new(&[12, 28], &[float("alpha", 1.0)], X, Y)],
	),
	Operator::new(
		"Clip",
		clip,
		&[
			Version::new(
				&[1],
				&[CONSUMED, free("max", Form::Float), free("min", Form::Float)],
				INPUT,
				OUTPUT,
			),
			Version::new(&[6], &[float("max", f32::MAX), float("min", f32::MIN)], INPUT, OUTPUT),
			Version::new(&[11, 12, 13], &[], BOUNDS, OUTPUT),
		],
	)
	.integers(Integers::Same(Growth::Within))
	.settings(),
	Operator::new("Cos", |l, n, i| unary(l, n, i, |_| Elementary::Cos), INPUT_7),
	Operator::new(
		"Elu",
		|l, n, i| unary(l, n, i, |n| Elementary::Elu(alpha(n, 1.0))),
		&[
			Version::new(&[1], &[float("alpha", 1.0), CONSUMED], X, Y),
			Version::new(&[6, 22], &[float("alpha", 1.0)], X, Y),
		],
	),
	Operator::new(
		"Erf",
		|l, n, i| unary(l, n, i, |_| Elementary::Erf),
		&[Version::new(&[9, 13], &[], INPUT, OUTPUT)],
	),
	Operator::new("Exp", exponential, INPUT_1),
	Operator::new("Gelu", gelu, &[Version::new(&[20], &[word("approximate", "none")], X, Y)]),
	Operator::new(
		"Gelu",
		|l, n, i| unary(l, n, i, |_| Elementary::Gelu),
		&[Version::new(&[1], &[], X, Y)],
	)
	.of("com.microsoft"),
	Operator::new(
		"HardSigmoid",
		hard_sigmoid,
		&[
			Version::new(&[1], &[float("alpha", 0.2), float("beta", 0.5), CONSUMED], X, Y),
			Version::new(&[6, 22], &[float("alpha", 0.2), float("beta", 0.5)], X, Y),
		],
	),
	Operator::new(
		"HardSwish",
		|l, n, i| unary(l, n, i, |_| Elementary::HardSwish),
		&[Version::new(&[14, 22], &[], X, Y)],
	),
	Operator::new(
		"LeakyRelu",
		leaky_relu,
		&[
			Version::new(&[1], &[float("alpha", 0.01), CONSUMED], X, Y),
			Version::new(&[6, 16], &[float("alpha", 0.01)], X, Y),
		],
	),
	Operator::new("Log", |l, n, i| unary(l, n, i, |_| Elementary::Log), INPUT_1),
	Operator::new(
		"Mish",
		|l, n, i| unary(l, n, i, |_| Elementary::Mish),
		&[Version::new(&[18, 22], &[], X, Y)],
	),
	Operator::new("Neg", neg, X_1)
		.folded(|n, i| fold::integers(n, i, i64::checked_neg))
		.integers(Integers::Same(Growth::Beyond)),
	Operator::new(
		"PRelu",
		prelu,
		&[
			Version::new(&[1], &[CONSUMED], SLOPE, Y),
			Version::new(&[6], &[], SLOPE, Y),
			Version::new(&[7, 9, 16], &[], SLOPE, Y),
		],
	),
	Operator::new("Reciprocal", |l, n, i| unary(l, n, i, |_| Elementary::Reciprocal), X_1),
	Operator::new(
		"Relu",
		relu,
		&[Version::new(&[1], &[CONSUMED], X, Y), Version::new(&[6, 13, 14], &[], X, Y)],
	)
	.folded(|n, i| fold::integers(n, i, |v| Some(v.max(0))))
	.integers(Integers::Same(Growth::Within))
	.kernel(Kernel::Relu),
	Operator::new(
		"Selu",
		|l, n, i| unary(l, n, i, selu),
		&[
			Version::new(&[1], &[float("alpha", 1.6732), CONSUMED, float("gamma", 1.0507)], X, Y),
			Version::new(&[6, 22], &[float("alpha", 1.673_263_2), float("gamma", 1.050_701)], X, Y),
		],
	),
	Operator::new("Sigmoid", |l, n, i| unary(l, n, i, |_| Elementary::Sigmoid), X_1),
	Operator::new("Sin", |l, n, i| unary(l, n, i, |_| Elementary::Sin), INPUT_7),
	Operator::new(
		"Softplus",
		|l, n, i| unary(l, n, i, |_| Elementary::Softplus),
		&[Version::new(&[1, 22], &[], X, Y)],
	),
	Operator::new(
		"Softsign",
		|l, n, i| unary(l, n, i, |_| Elementary::Softsign),
		&[Version::new(&[1, 22], &[], INPUT, OUTPUT)],
	),
	Operator::new("Sqrt", |l, n, i| unary(l, n, i, |_| Elementary::Sqrt), X_1),
	Operator::new(
		"Swish",
		|l, n, i| unary(l, n, i, |n| Elementary::Swish(alpha(n, 1.0))),
		&[Version::new(&[24], &[float("alpha", 1.0)], X, Y)],
	),
	Operator::new("Tanh", |l, n, i| unary(l, n, i, |_| Elementary::Tanh), INPUT_1),
];

fn alpha(node: &Node, other: f32) -> f64 {
	f64::from(node.float("alpha", other))
}

fn selu(node: &Node) -> Elementary {
	Elementary::Selu(alpha(node, 1.673_263_2), f64::from(node.float("gamma", 1.050_701)))
}

pub fn clamp(
	lowering: &mut Lowering,
	node: &Node,
	value: usize,
	min: f32,
	max: f32,
) -> Result<usize, ImportError> {
	if min == f32::NEG_INFINITY && max == f32::INFINITY {
		return Ok(value);
	}
	lowering.each(node, value, FloatOp::Clip { min, max })
}

/// `Neg`: `-x`, element by element.
pub fn neg(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	one(lowering.affine(node, x.value, -1.0, vec![0.0])?, x.dims)
}

/// `Relu`: `max(x, 0)`, element by element.
pub fn relu(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	one(clamp(lowering, node, x.value, 0.0, f32::INFINITY)?, x.dims)
}

/// `Clip`, with its bounds as attributes or as inputs.
pub fn clip(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let bound = |index, name, none: f32| -> Result<f32, ImportError> {
		let bound = match inputs.scalar(node, index)? {
			Some(bound) => bound,
			None => node.float(name, none),
		};
		// The largest number there is stands for none.
		Ok(if bound == f32::MAX.copysign(none) { none } else { bound })
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

/// `LeakyRelu` and `PRelu` of one slope: `max(x, 0) + slope * min(x, 0)`, without a second clamp.
fn bent(lowering: &mut Lowering, node: &Node, x: &Variable, slope: f32) -> Lowered {
	// slope * x + (1 - slope) * max(x, 0)
	let positive = clamp(lowering, node, x.value, 0.0, f32::INFINITY)?;
	let sum = FloatOp::Sum { factors: vec![slope, 1.0 - slope], offset: vec![0.0] };
	one(lowering.push(node, &[x.value, positive], x.len(), sum)?, x.dims.clone())
}

/// `LeakyRelu`: numbers below 0 are multiplied by the attribute `alpha`.
pub fn leaky_relu(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	bent(lowering, node, &x, node.float("alpha", 0.01))
}

/// `PRelu`: the slopes are repeated to the input's shape, not the other way round. Before operator set
/// 7 they are one for each channel, or one for all.
pub fn prelu(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let tensor = inputs.constant(node, 1)?;
	let error = || node.error(format!("slopes for {:?}", x.dims), format!("{:?}", tensor.dims));
	let tensor = if node.version.oldest() < 7 && tensor.values.len() > 1 {
		let channels = x.dims.get(1).filter(|channels| tensor.dims == [**channels]);
		let channels = *channels.ok_or_else(error)?;
		let mut dims = vec![1; x.dims.len() - 1];
		dims[0] = channels;
		Tensor { dims, ..Tensor::clone(tensor) }
	} else {
		Tensor::clone(tensor)
	};
	if common(lowering, node, &x.dims, &tensor.dims)? != x.dims {
		return Err(error());
	}
	if let [slope] = filled(node, &tensor, &x.dims)?.as_slice() {
		return bent(lowering, node, &x, *slope);
	}
	// x + (slope - 1) * min(x, 0)
	let negative = clamp(lowering, node, x.value, f32::NEG_INFINITY, 0.0)?;
	let negative = Variable { value: negative, ..x.clone() };
	let bent = scaled(lowering, node, &negative, &tensor, |slope| slope - 1.0)?;
	let sum = FloatOp::Sum { factors: vec![1.0, 1.0], offset: vec![0.0] };
	one(lowering.push(node, &[x.value, bent.value], x.len(), sum)?, x.dims)
}

/// `Gelu`, exact or by the hyperbolic tangent.
pub fn gelu(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	match node.text("approximate", "none").as_str() {
		"none" => unary(lowering, node, inputs, |_| Elementary::Gelu),
		"tanh" => unary(lowering, node, inputs, |_| Elementary::GeluTanh),
		other => Err(node.error("attribute approximate none or tanh", other)),
	}
}

/// Functions with a name of their own.
fn unary(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	function: fn(&Node) -> Elementary,
) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let op = FloatOp::Unary(Function::elementary(node.op(), function(node)));
	one(lowering.each(node, x.value, op)?, x.dims)
}

/// `Exp`.
fn exponential(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	match soft::share(&mut Compose { lowering, node }, &x)? {
		Some(made) => Ok(vec![Operand::Variable(made)]),
		None => unary(lowering, node, inputs, |_| Elementary::Exp),
	}
}
