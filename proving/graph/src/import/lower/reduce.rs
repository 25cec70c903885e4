//! Operators that make one number of many.

use super::{
	elementwise::picked,
	moments,
	operator::{Growth, Integers},
	shape::transposed,
	signature::{
		free, input, int, optional, Attribute, Form, Input, Operator, Output, Version, DATA, X, Y,
	},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	FloatOp, ImportError,
};

const AXES: Attribute = free("axes", Form::Ints);
const KEEP: Attribute = int("keepdims", 1);
const NOOP: Attribute = int("noop_with_empty_axes", 0);
const REDUCED: &[Output] = &[input("reduced")];
const DATA_AXES: &[Input] = &[input("data"), optional("axes")];
const EXTREME: &[Version] = &[
	Version::new(&[1, 11, 12, 13], &[AXES, KEEP], DATA, REDUCED),
	Version::new(&[18, 20], &[KEEP, NOOP], DATA_AXES, REDUCED),
];
const MEAN: &[Version] = &[
	Version::new(&[1, 11, 13], &[AXES, KEEP], DATA, REDUCED),
	Version::new(&[18], &[KEEP, NOOP], DATA_AXES, REDUCED),
];
const GLOBAL: &[Version] = &[Version::new(&[1, 22], &[], X, Y)];
pub const OPERATORS: &[Operator] = &[
	Operator::new("GlobalAveragePool", |l, n, i| global(l, n, i, Reduction::Mean), GLOBAL),
	Operator::new("GlobalMaxPool", |l, n, i| global(l, n, i, Reduction::Max), GLOBAL),
	Operator::new("ReduceMax", |l, n, i| reduce(l, n, i, Reduction::Max), EXTREME)
		.folded(|n, i| integers(n, i, |v| v.iter().copied().max()))
		.integers(Integers::Same(Growth::Within)),
	Operator::new("ReduceMean", |l, n, i| reduce(l, n, i, Reduction::Mean), MEAN)
		.folded(|n, i| integers(n, i, mean)),
	Operator::new("ReduceMin", |l, n, i| reduce(l, n, i, Reduction::Min), EXTREME)
		.folded(|n, i| integers(n, i, |v| v.iter().copied().min()))
		.integers(Integers::Same(Growth::Within)),
	Operator::new("ReduceProd", |l, n, i| moments::reduce(l, n, i, moments::product), MEAN)
		.folded(|n, i| {
			integers(n, i, |v| v.iter().try_fold(1i64, |product, v| product.checked_mul(*v)))
		})
		.integers(Integers::Same(Growth::Beyond)),
	Operator::new(
		"ReduceSum",
		|l, n, i| reduce(l, n, i, Reduction::Sum),
		&[
			Version::new(&[1, 11], &[AXES, KEEP], DATA, REDUCED),
			Version::new(&[13], &[KEEP, NOOP], DATA_AXES, REDUCED),
		],
	)
	.folded(|n, i| integers(n, i, |v| v.iter().try_fold(0i64, |sum, v| sum.checked_add(*v))))
	.integers(Integers::Same(Growth::Beyond)),
];

/// What is made of the numbers along some axes.
#[derive(Clone, Copy, PartialEq)]
pub enum Reduction {
	Max,
	Min,
	Sum,
	Mean,
}

/// The largest or the sum of elements along axes, which must be sorted.
fn along(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	axes: &[usize],
	op: fn(usize) -> FloatOp,
) -> Result<(usize, usize), ImportError> {
	let rank = x.dims.len();
	let kept = (0..rank).filter(|axis| !axes.contains(axis));
	let order: Vec<_> = kept.chain(axes.iter().copied()).collect();
	let size: usize = axes.iter().map(|axis| x.dims[*axis]).product();
	if size == 1 {
		return Ok((x.value, 1));
	}
	let value = picked(lowering, node, x.value, &transposed(&x.dims, &order).1)?;
	Ok((lowering.push(node, &[value], x.len() / size, op(size))?, size))
}

/// The axes that a node names, in order, and whether they are kept; none if it does nothing.
fn axes(node: &Node, inputs: &Inputs, rank: usize) -> Result<(Vec<usize>, bool), ImportError> {
	let (keep, noop) = (node.int("keepdims", 1) != 0, node.int("noop_with_empty_axes", 0) != 0);
	let axes = match (node.ints("axes"), inputs.get(1)) {
		(Some(axes), _) => axes,
		(None, Some(_)) => inputs.integers(node, 1)?,
		(None, None) => &[],
	};
	let mut axes = axes.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?;
	axes.sort_unstable();
	axes.dedup();
	if axes.is_empty() && !noop {
		axes = (0..rank).collect();
	}
	Ok((axes, keep))
}

/// The shape that is left.
fn left(dims: &[usize], axes: &[usize], keep: bool) -> Vec<usize> {
	let dims = dims.iter().enumerate().filter(|(axis, _)| keep || !axes.contains(axis));
	dims.map(|(axis, d)| if axes.contains(&axis) { 1 } else { *d }).collect()
}

/// A reduction of constant integers; `None` for others.
fn integers(node: &Node, inputs: &Inputs, op: fn(&[i64]) -> Option<i64>) -> Option<Lowered> {
	let constants = inputs.constants()?;
	let values = constants.first()?.integers()?;
	let dims = &constants.first()?.dims;
	let result = axes(node, inputs, dims.len()).and_then(|(axes, keep)| {
		let kept = (0..dims.len()).filter(|axis| !axes.contains(axis));
		let order: Vec<_> = kept.chain(axes.iter().copied()).collect();
		let size: usize = axes.iter().map(|axis| dims[*axis]).product();
		let places = transposed(dims, &order).1;
		let values: Vec<_> = places.into_iter().map(|place| values[place]).collect();
		let results = values.chunks(size.max(1)).map(op).collect::<Option<Vec<_>>>();
		let results = results.ok_or_else(|| node.error("integers of 64 bits", "others"))?;
		let dims = left(dims, &axes, keep);
		if results.len() != dims.iter().product::<usize>() {
			return Err(node.error("elements along the axes", "none"));
		}
		Ok(vec![Operand::constant(Tensor::new(node.name, dims, Values::Int(results)))])
	});
	Some(result)
}

/// A mean of integers that is one itself; of others runtimes do not agree.
fn mean(values: &[i64]) -> Option<i64> {
	let sum = values.iter().try_fold(0i64, |sum, v| sum.checked_add(*v))?;
	let count = values.len() as i64;
	(sum.checked_rem(count)? == 0).then(|| sum / count)
}

/// `ReduceSum`, `ReduceMean`, `ReduceMax` and `ReduceMin`.
pub fn reduce(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	reduction: Reduction,
) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (axes, keep) = axes(node, inputs, x.dims.len())?;
	if axes.is_empty() {
		return Ok(vec![Operand::Variable(x)]);
	}
	let value = reduced(lowering, node, &x, &axes, reduction)?;
	Ok(vec![Operand::number(value, left(&x.dims, &axes, keep))])
}

fn reduced(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	axes: &[usize],
	reduction: Reduction,
) -> Result<usize, ImportError> {
	match reduction {
		Reduction::Max => Ok(along(lowering, node, x, axes, FloatOp::ReduceMax)?.0),
		Reduction::Min => {
			let value = lowering.affine(node, x.value, -1.0, vec![0.0])?;
			let turned = Variable { value, ..x.clone() };
			let (value, _) = along(lowering, node, &turned, axes, FloatOp::ReduceMax)?;
			lowering.affine(node, value, -1.0, vec![0.0])
		}
		Reduction::Sum => Ok(along(lowering, node, x, axes, FloatOp::ReduceSum)?.0),
		Reduction::Mean => {
			let (value, size) = along(lowering, node, x, axes, FloatOp::ReduceSum)?;
			lowering.affine(node, value, 1.0 / size as f32, vec![0.0])
		}
	}
}

/// `GlobalAveragePool` and `GlobalMaxPool`: one number of each channel, over all axes behind batch and channel.
pub fn global(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	reduction: Reduction,
) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	if rank < 3 {
		return Err(node.error("axes behind batch and channel", format!("{:?}", x.dims)));
	}
	let axes: Vec<_> = (2..rank).collect();
	let value = reduced(lowering, node, &x, &axes, reduction)?;
	let dims = [&x.dims[..2], vec![1; rank - 2].as_slice()].concat();
	Ok(vec![Operand::number(value, dims)])
}
