//! Matrix products.

use super::{
	elementwise::{self, picked, BROADCAST},
	operator::{Growth, Integers},
	shape::{broadcast, repeated, transposed},
	signature::{
		float, input, int, needed, optional, Attribute, Form, Input, Operator, Output, Setting,
		Version, AB, Y,
	},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::{
	graph::Product,
	import::{
		node::Node,
		source::{self, Tensor, Values},
		FloatMatMul, FloatOp, ImportError, Units,
	},
};

const ALPHA: Attribute = float("alpha", 1.0);
const BETA: Attribute = float("beta", 1.0);
const TRANS_A: Attribute = int("transA", 0);
const TRANS_B: Attribute = int("transB", 0);
const ABC: &[Input] = &[input("A"), input("B"), input("C")];

const EPSILON: Attribute = float("epsilon", 1e-5);
const MOMENTUM: Attribute = float("momentum", 0.9).idle("it moves the statistics of training");
const SPATIAL: Attribute = int("spatial", 1).only(&[Setting::Int(1)]);
const IS_TEST: Attribute = int("is_test", 0).only(&[Setting::Int(1)]).required();
/// It had to be there.
const CONSUMED: Attribute =
	needed("consumed_inputs", Form::Ints).idle("it was a hint about memory");
const NORMALIZED: &[Input] = &[input("X"), input("scale"), input("B"), input("mean"), input("var")];
/// With statistics among its outputs it is the operator of training, until there was an attribute.
const STATISTICS: &[Output] = &[
	input("Y"),
	optional("mean").refused(),
	optional("var").refused(),
	optional("saved_mean").refused(),
	optional("saved_var").refused(),
];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"BatchNormalization",
		batch_normalization,
		&[
			Version::new(
				&[1],
				&[CONSUMED, EPSILON, IS_TEST, MOMENTUM, SPATIAL],
				NORMALIZED,
				STATISTICS,
			),
			Version::new(&[6], &[EPSILON, IS_TEST, MOMENTUM, SPATIAL], NORMALIZED, STATISTICS),
			Version::new(&[7], &[EPSILON, MOMENTUM, SPATIAL], NORMALIZED, STATISTICS),
			Version::new(&[9], &[EPSILON, MOMENTUM], NORMALIZED, STATISTICS),
			Version::new(
				&[14, 15],
				&[EPSILON, MOMENTUM, int("training_mode", 0).only(&[Setting::Int(0)])],
				&[input("X"), input("scale"), input("B"), input("input_mean"), input("input_var")],
				&[
					input("Y"),
					optional("running_mean").refused(),
					optional("running_var").refused(),
				],
			),
		],
	),
	Operator::new(
		"Gemm",
		gemm,
		&[
			Version::new(&[1, 6], &[ALPHA, BETA, BROADCAST, TRANS_A, TRANS_B], ABC, Y),
			Version::new(&[7, 9], &[ALPHA, BETA, TRANS_A, TRANS_B], ABC, Y),
			Version::new(
				&[11, 13],
				&[ALPHA, BETA, TRANS_A, TRANS_B],
				&[input("A"), input("B"), optional("C")],
				Y,
			),
		],
	)
	.integers(Integers::Same(Growth::Narrow)),
	Operator::new("MatMul", mat_mul, &[Version::new(&[1, 9, 13], &[], AB, Y)])
		.integers(Integers::Same(Growth::Narrow)),
];

/// Weights with the inputs of an output side by side.
pub struct Matrix {
	/// Row-major, of shape `[outputs, inputs]`.
	pub weights: Vec<f32>,
	/// One for each output, if the weights are whole multiples of them.
	pub units: Option<Units>,
}

impl Matrix {
	/// From a tensor of that many outputs and inputs; `ready` if outputs are its first axis, else
	/// they are its last.
	pub fn new(
		node: &Node,
		tensor: &Tensor,
		outputs: usize,
		inputs: usize,
		ready: bool,
	) -> Result<Self, ImportError> {
		let values = tensor.floats().filter(|values| values.len() == outputs * inputs);
		let Some(values) = values else {
			let expected = format!("{outputs} times {inputs} numbers");
			return Err(node.error(expected, format!("{} of {:?}", tensor.name, tensor.dims)));
		};
		let axis = if ready { 0 } else { tensor.dims.len().saturating_sub(1) };
		let weights = match ready {
			true => values,
			false => {
				let places = transposed(&[inputs, outputs], &[1, 0]).1;
				places.into_iter().map(|place| values[place]).collect()
			}
		};
		let units = match &tensor.units {
			Some(units) if units.scales.len() == 1 => Some(vec![units.scales[0]; outputs]),
			Some(units) if units.axis == axis && units.scales.len() == outputs => {
				Some(units.scales.clone())
			}
			_ => None,
		};
		// There is no bias yet.
		let units = units.map(|weights| Units { weights, bias: Some(vec![0; outputs]) });
		Ok(Self { weights, units })
	}
}

impl Units {
	/// With the bias of that tensor, one number for each output or one for all.
	pub fn with_bias(mut self, tensor: &Tensor) -> Self {
		let outputs = self.weights.len();
		self.bias = match tensor.whole.as_deref() {
			Some(whole) if whole.len() == outputs => Some(whole.to_vec()),
			Some([all]) => Some(vec![*all; outputs]),
			_ => None,
		};
		self
	}
}

/// A constant as a vector of `len`, one value repeated if it has only one.
pub fn vector(node: &Node, tensor: &Tensor, len: usize) -> Result<Vec<f32>, ImportError> {
	match tensor.floats() {
		Some(values) if values.len() == len => Ok(values),
		Some(values) if values.len() == 1 => Ok(vec![values[0]; len]),
		_ => {
			let got = format!("{} of shape {:?}", tensor.name, tensor.dims);
			Err(node.error(format!("a constant of {len} numbers"), got))
		}
	}
}

/// `MatMul`, as NumPy has it.
pub fn mat_mul(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let [a, b] = [inputs.operand(node, 0)?, inputs.operand(node, 1)?];
	let (mut left, mut right) = (a.dims().to_vec(), b.dims().to_vec());
	if left.is_empty() || right.is_empty() {
		return Err(node.error("matrices or vectors", "a single number"));
	}
	let [vector_left, vector_right] = [left.len() == 1, right.len() == 1];
	if vector_left {
		left.insert(0, 1);
	}
	if vector_right {
		right.push(1);
	}
	let inputs = Inputs::new(vec![Some(a.shaped(left)), Some(b.shaped(right))]);
	let mut result = product(lowering, node, &inputs, 1.0)?;
	let rank = result.dims.len();
	if vector_right {
		result.dims.remove(rank - 1);
	}
	if vector_left {
		result.dims.remove(rank - 2);
	}
	Ok(vec![Operand::Variable(result)])
}

/// The product of the first two inputs, each of two dimensions or more, and a factor.
fn product(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	factor: f32,
) -> Result<Variable, ImportError> {
	let [a, b] = [inputs.operand(node, 0)?.dims(), inputs.operand(node, 1)?.dims()];
	let (batch_a, batch_b) = (&a[..a.len() - 2], &b[..b.len() - 2]);
	let (rows, inner, columns) = (a[a.len() - 2], a[a.len() - 1], b[b.len() - 1]);
	let batch = broadcast(batch_a, batch_b).filter(|_| inner == b[b.len() - 2]);
	let Some(batch) = batch else {
		return Err(node.error(format!("a matrix that fits {a:?}"), format!("shape {b:?}")));
	};
	let dims = [batch.as_slice(), &[rows, columns]].concat();
	lowering.count(node, &dims)?;
	let all = lowering.count(node, &batch)?;
	match (inputs.get(0), inputs.get(1)) {
		(_, Some(Operand::Constant(weights))) if batch_b.iter().all(|d| *d == 1) => {
			let x = inputs.number(lowering, node, 0)?;
			let matrix = Matrix::new(node, weights, columns, inner, false)?;
			let name = weights.name.clone();
			let shape = [all * rows, 1, inner, columns];
			let value = dense(lowering, node, x.value, shape, matrix, factor, name)?;
			Ok(Variable { value, dims, kind: Kind::Number })
		}
		(Some(Operand::Constant(weights)), _) if batch_a.iter().all(|d| *d == 1) => {
			// The transpose of a product is the product of the transposes in the other order.
			let x = inputs.number(lowering, node, 1)?;
			let from = [all, inner, columns];
			let x = picked(lowering, node, x.value, &transposed(&from, &[0, 2, 1]).1)?;
			let matrix = Matrix::new(node, weights, rows, inner, true)?;
			let matrix = Matrix {
				units: matrix
					.units
					.filter(|_| weights.units.as_ref().is_some_and(|u| u.scales.len() == 1)),
				..matrix
			};
			let name = weights.name.clone();
			let shape = [all * columns, 1, inner, rows];
			let value = dense(lowering, node, x, shape, matrix, factor, name)?;
			let back = transposed(&[all, columns, rows], &[0, 2, 1]).1;
			let value = picked(lowering, node, value, &back)?;
			Ok(Variable { value, dims, kind: Kind::Number })
		}
		(_, Some(Operand::Constant(weights))) => {
			// A matrix for each place of the batch: groups.
			let x = inputs.number(lowering, node, 0)?;
			let x = spread(lowering, node, &x, &batch)?;
			let from = [all, rows, inner];
			let x = picked(lowering, node, x, &transposed(&from, &[1, 0, 2]).1)?;
			let values =
				weights.floats().ok_or_else(|| node.error("numbers", weights.no_floats()))?;
			lowering.count(node, &[all, inner, columns])?;
			let whole = repeated(&weights.dims, &[batch.as_slice(), &[inner, columns]].concat());
			let turned = transposed(&[all, inner, columns], &[0, 2, 1]).1;
			let weights_here = turned.into_iter().map(|place| values[whole[place]]).collect();
			let matrix = Matrix { weights: weights_here, units: None };
			let shape = [rows, all, inner, columns];
			let name = weights.name.clone();
			let value = dense(lowering, node, x, shape, matrix, factor, name)?;
			let back = transposed(&[rows, all, columns], &[1, 0, 2]).1;
			let value = picked(lowering, node, value, &back)?;
			Ok(Variable { value, dims, kind: Kind::Number })
		}
		(Some(Operand::Constant(weights)), Some(right)) => {
			// By the transposes, as above.
			let floats = weights.floats();
			let turn = |dims: &[usize]| {
				let rank = dims.len();
				let order: Vec<usize> = (0..rank - 2).chain([rank - 1, rank - 2]).collect();
				transposed(dims, &order)
			};
			let values = floats.ok_or_else(|| node.error("numbers", weights.no_floats()))?;
			let (dims_b, order) = turn(&weights.dims);
			let values = order.into_iter().map(|place| values[place]).collect();
			let constant = Tensor::new(&weights.name, dims_b, Values::Float(values));
			let x = inputs.number(lowering, node, 1)?;
			let (dims_a, order) = turn(right.dims());
			let value = picked(lowering, node, x.value, &order)?;
			let left = Operand::number(value, dims_a);
			let both = Inputs::new(vec![Some(left), Some(Operand::constant(constant))]);
			let made = product(lowering, node, &both, factor)?;
			let (dims, order) = turn(&made.dims);
			let value = picked(lowering, node, made.value, &order)?;
			Ok(Variable { value, dims, kind: Kind::Number })
		}
		_ => {
			let (x, y) = (inputs.number(lowering, node, 0)?, inputs.number(lowering, node, 1)?);
			let shape = [all, rows, inner, columns];
			let value = both(lowering, node, [&x, &y], &batch, shape)?;
			let value = lowering.affine(node, value, factor, vec![0.0])?;
			Ok(Variable { value, dims, kind: Kind::Number })
		}
	}
}

/// Products of computed matrices with `[all, rows, inner, columns]`. A matrix that is the same for all of a
/// batch is one of more rows, or columns, of the other.
fn both(
	lowering: &mut Lowering,
	node: &Node,
	[x, y]: [&Variable; 2],
	batch: &[usize],
	[all, rows, inner, columns]: [usize; 4],
) -> Result<usize, ImportError> {
	let one = |x: &Variable| x.dims[..x.dims.len() - 2].iter().all(|dim| *dim == 1);
	let push = |lowering: &mut Lowering, values: [usize; 2], shape: [usize; 4]| {
		let [of, m, k, n] = shape;
		lowering
			.reserve_products(node, of.saturating_mul(m).saturating_mul(k).saturating_mul(n))?;
		// Elements of operands and result are within the limit, so that they fit.
		let [batch, rows, inner, columns] = shape.map(|n| n as u32);
		let product = Product { batch, rows, inner, columns };
		lowering.push(node, &values, of * m * n, FloatOp::Product(product))
	};
	if one(y) {
		return push(lowering, [x.value, y.value], [1, all * rows, inner, columns]);
	}
	if one(x) {
		let side = transposed(&[all, inner, columns], &[1, 0, 2]).1;
		let side = picked(lowering, node, y.value, &side)?;
		let value = push(lowering, [x.value, side], [1, rows, inner, all * columns])?;
		let back = transposed(&[rows, all, columns], &[1, 0, 2]).1;
		return picked(lowering, node, value, &back);
	}
	let x = spread(lowering, node, x, batch)?;
	let y = spread(lowering, node, y, batch)?;
	push(lowering, [x, y], [all, rows, inner, columns])
}

/// A batch of matrices, repeated to a larger batch.
fn spread(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	batch: &[usize],
) -> Result<usize, ImportError> {
	let to = [batch, &x.dims[x.dims.len() - 2..]].concat();
	lowering.count(node, &to)?;
	picked(lowering, node, x.value, &repeated(&x.dims, &to))
}

/// A matrix product with `[rows, groups, inputs, outputs]` and no bias.
fn dense(
	lowering: &mut Lowering,
	node: &Node,
	input: usize,
	[rows, groups, inputs, outputs]: [usize; 4],
	matrix: Matrix,
	factor: f32,
	tensor: String,
) -> Result<usize, ImportError> {
	let mut dense = FloatMatMul {
		rows,
		groups,
		inputs,
		outputs,
		weights: matrix.weights,
		bias: vec![0.0; groups * outputs],
		units: matrix.units,
		tensors: [tensor, format!("{} without bias", node.name)],
		windows: None,
	};
	dense.scale(factor);
	lowering.push(node, &[input], rows * groups * outputs, FloatOp::MatMul(dense))
}

impl FloatMatMul {
	/// Multiplies all weights, not the bias.
	fn scale(&mut self, factor: f32) {
		if factor != 1.0 {
			self.weights.iter_mut().for_each(|w| *w *= factor);
			// By a power of two nothing is rounded, in whatever order it is multiplied in.
			let exact = factor.is_normal() && factor.to_bits() << 9 == 0;
			self.units = self.units.take().filter(|_| exact);
			if let Some(units) = &mut self.units {
				units.weights.iter_mut().for_each(|unit| *unit *= factor.abs());
			}
		}
	}
}

/// `Gemm`: `alpha * A B + beta * C`.
pub fn gemm(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let mut matrices = Vec::new();
	for (index, name) in ["transA", "transB"].into_iter().enumerate() {
		let operand = inputs.operand(node, index)?;
		let &[rows, columns] = operand.dims() else {
			return Err(node.error("matrices of 2 dimensions", format!("{:?}", operand.dims())));
		};
		let turn = node.int(name, 0) != 0;
		let (dims, places) = transposed(&[rows, columns], &[1, 0]);
		matrices.push(Some(match operand {
			_ if !turn => operand.clone(),
			Operand::Constant(tensor) => {
				let picks: Vec<_> = places.into_iter().map(Some).collect();
				let units = tensor.units.clone();
				let units = units.map(|u| source::Units { axis: 1 - u.axis.min(1), ..u });
				let values = tensor.values.pick(&picks);
				let turned = Tensor::new(&tensor.name, dims, values);
				Operand::constant(Tensor { units, ..turned })
			}
			Operand::Variable(_) => {
				let variable = inputs.number(lowering, node, index)?;
				let value = picked(lowering, node, variable.value, &places)?;
				Operand::number(value, dims)
			}
		}));
	}
	let result = product(lowering, node, &Inputs::new(matrices), node.float("alpha", 1.0))?;
	let beta = node.float("beta", 1.0);
	let Some(addend) = inputs.get(2) else { return Ok(vec![Operand::Variable(result)]) };
	// The addend never makes the result larger, and is repeated only on demand at first.
	let whole =
		node.version.attribute(BROADCAST.name).is_some() && node.int(BROADCAST.name, 0) == 0;
	let fits = match whole {
		true => addend.dims() == result.dims,
		false => broadcast(addend.dims(), &result.dims).as_deref() == Some(&result.dims),
	};
	if !fits {
		let got = format!("{:?}", addend.dims());
		return Err(node.error(format!("a C for {:?}", result.dims), got));
	}
	let columns = result.dims[1];
	if let Operand::Constant(tensor) = addend {
		let row = tensor.dims.iter().rev().skip(1).all(|d| *d == 1) && tensor.dims.len() <= 2;
		let own = (lowering.ops.len(), lowering.ops.last_mut());
		if let (made, Some(last)) = own {
			if let (true, true, FloatOp::MatMul(dense)) = (row, made == result.value, &mut last.op)
			{
				let bias = vector(node, tensor, columns)?;
				dense.bias = bias.iter().map(|b| b * beta).collect();
				dense.units = dense.units.take().map(|units| match beta == 1.0 {
					true => units.with_bias(tensor),
					false => Units { bias: None, ..units },
				});
				dense.tensors[1].clone_from(&tensor.name);
				if let Some(bad) = dense.bias.iter().find(|b| !b.is_finite()) {
					return Err(node.error("finite biases", bad.to_string()));
				}
				return Ok(vec![Operand::Variable(result)]);
			}
		}
	}
	let inputs = Inputs::new(vec![Some(Operand::Variable(result)), Some(addend.clone())]);
	elementwise::combine(lowering, node, &inputs, beta).map(|sum| vec![Operand::Variable(sum)])
}

/// A factor and an offset for each place along an axis: a matrix of one weight for each.
pub fn along(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	axis: usize,
	factors: Vec<f32>,
	offsets: Vec<f32>,
) -> Result<Variable, ImportError> {
	let (outer, inner): (usize, usize) =
		(x.dims[..axis].iter().product(), x.dims[axis + 1..].iter().product());
	let groups = x.dims[axis];
	let there = transposed(&[outer, groups, inner], &[0, 2, 1]).1;
	let value = picked(lowering, node, x.value, &there)?;
	let dense = FloatMatMul {
		rows: outer * inner,
		groups,
		inputs: 1,
		outputs: 1,
		weights: factors,
		bias: offsets,
		units: None,
		tensors: [format!("factors of {}", node.name), format!("offsets of {}", node.name)],
		windows: None,
	};
	let value = lowering.push(node, &[value], x.len(), FloatOp::MatMul(dense))?;
	let back = transposed(&[outer, inner, groups], &[0, 2, 1]).1;
	let value = picked(lowering, node, value, &back)?;
	Ok(Variable { value, dims: x.dims.clone(), kind: Kind::Number })
}

/// `BatchNormalization`, with the statistics of training.
pub fn batch_normalization(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let Some(channels) = x.dims.get(1).copied() else {
		return Err(node.error("a tensor with channels", format!("shape {:?}", x.dims)));
	};
	let mut parts = Vec::new();
	for index in 1..5 {
		parts.push(vector(node, inputs.constant(node, index)?, channels)?);
	}
	let epsilon = f64::from(node.float("epsilon", 1e-5));
	let parameters = |channel: usize| {
		let at = |part: usize| f64::from(parts[part][channel]);
		let factor = at(0) / (at(3) + epsilon).sqrt();
		(factor as f32, (at(1) - at(2) * factor) as f32)
	};
	let (factors, offsets) = (0..channels).map(parameters).unzip();
	Ok(vec![Operand::Variable(along(lowering, node, &x, 1, factors, offsets)?)])
}
