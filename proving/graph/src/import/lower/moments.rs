//! Reductions made of several operations: sums of sizes and squares, roots and logarithms of sums,
//! products, and means of several tensors.

use super::{
	compose::{axes_of, shaped, tensor, Compose, Made},
	operator::{Growth, Integers},
	signature::{
		free, input, int, optional, variadic, Form, Input, Operator, Output, Version, CONSUMED,
		DATA,
	},
	soft, Inputs, Lowered, Lowering, Operand, Share, Variable,
};
use crate::import::{function::Elementary, node::Node, FloatOp};

const REDUCED: &[Output] = &[input("reduced")];
const MEAN: &[Output] = &[input("mean")];
const ALL: &[Input] = &[variadic("data_0")];
const VERSIONS: &[Version] = &[
	Version::new(&[1, 11, 13], &[free("axes", Form::Ints), int("keepdims", 1)], DATA, REDUCED),
	Version::new(
		&[18],
		&[int("keepdims", 1), int("noop_with_empty_axes", 0)],
		&[input("data"), optional("axes")],
		REDUCED,
	),
];

const NEWER: &[Version] = &[
	Version::new(&[1, 11, 13], &[free("axes", Form::Ints), int("keepdims", 1)], DATA, REDUCED),
	Version::new(
		&[18, 28],
		&[int("keepdims", 1), int("noop_with_empty_axes", 0)],
		&[input("data"), optional("axes")],
		REDUCED,
	),
];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"Mean",
		mean,
		&[Version::new(&[1], &[CONSUMED], ALL, MEAN), Version::new(&[6, 8, 13], &[], ALL, MEAN)],
	),
	Operator::new("ReduceL1", |l, n, i| reduce(l, n, i, sizes), VERSIONS)
		.integers(Integers::Same(Growth::Beyond)),
	Operator::new("ReduceL2", |l, n, i| reduce(l, n, i, length), VERSIONS),
	Operator::new("ReduceLogSum", |l, n, i| reduce(l, n, i, log), NEWER),
	Operator::new("ReduceLogSumExp", |l, n, i| reduce(l, n, i, log_exp), NEWER),
	Operator::new("ReduceSumSquare", |l, n, i| reduce(l, n, i, squares), VERSIONS)
		.integers(Integers::Same(Growth::Beyond)),
];

/// Along axes, which stay with size 1.
pub type Reduction = fn(&mut Compose, &Variable, &[usize]) -> Made;

/// A reduction along the axes that the node names.
pub fn reduce(lowering: &mut Lowering, node: &Node, inputs: &Inputs, how: Reduction) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	let given = match inputs.has(1) {
		true => inputs.integers(node, 1)?,
		false => node.ints("axes").unwrap_or_default(),
	};
	let mut axes = axes_of(node, given, rank)?;
	let (idle, keep) = (node.int("noop_with_empty_axes", 0) != 0, node.int("keepdims", 1) != 0);
	if axes.is_empty() && !idle {
		axes = (0..rank).collect();
	}
	// Without axes a reduction is of each element alone.
	let made = how(&mut Compose { lowering, node }, &x, &axes)?;
	let dims = made.dims.iter().enumerate();
	let dims = dims.filter(|(axis, _)| keep || !axes.contains(axis)).map(|(_, d)| *d).collect();
	Ok(vec![Operand::Variable(shaped(&made, dims))])
}

fn sizes(compose: &mut Compose, x: &Variable, axes: &[usize]) -> Made {
	let size = compose.size(x)?;
	compose.total(&size, axes, 1.0)
}

fn squares(compose: &mut Compose, x: &Variable, axes: &[usize]) -> Made {
	let square = compose.product(x, x)?;
	compose.total(&square, axes, 1.0)
}

fn length(compose: &mut Compose, x: &Variable, axes: &[usize]) -> Made {
	let total = squares(compose, x, axes)?;
	// A sum of squares, whatever bounds of sums say.
	let positive = compose.clamp(&total, 0.0, f32::INFINITY)?;
	compose.unary(&positive, Elementary::Sqrt)
}

fn log(compose: &mut Compose, x: &Variable, axes: &[usize]) -> Made {
	let total = compose.total(x, axes, 1.0)?;
	compose.unary(&total, Elementary::Log)
}

/// `m + log(sum(exp(x - m)))` with the largest as `m`: the sum is 1 or more.
fn log_exp(compose: &mut Compose, x: &Variable, axes: &[usize]) -> Made {
	let largest = compose.largest(x, axes)?;
	let below = compose.sum((1.0, x), (-1.0, &largest))?;
	let (_, total) = soft::parts(compose, &below, axes, None)?;
	let log = compose.unary(&total, Elementary::Log)?;
	let made = compose.sum((1.0, &largest), (1.0, &log))?;
	if let [axis] = *axes {
		compose.lowering.shares.insert(made.value, Share::LogSum { of: x.clone(), axis });
	}
	Ok(made)
}

/// The product of all elements along axes, of halves at a time.
pub fn product(compose: &mut Compose, x: &Variable, axes: &[usize]) -> Made {
	/// Each doubling rounds once more.
	const FACTORS: usize = 64;
	let rank = x.dims.len();
	let mut dims = x.dims.clone();
	axes.iter().for_each(|axis| dims[*axis] = 1);
	let size = x.len() / dims.iter().product::<usize>();
	if size > FACTORS {
		return Err(compose.node.error(format!("at most {FACTORS} factors"), size.to_string()));
	}
	let kept = (0..rank).filter(|axis| !axes.contains(axis));
	let order: Vec<_> = kept.chain(axes.iter().copied()).collect();
	let turned = compose.turned(x, &order)?;
	let mut rest = shaped(&turned, vec![x.len() / size, size]);
	while rest.dims[1] > 1 {
		let (half, odd) = (rest.dims[1] / 2, rest.dims[1] % 2);
		let first = compose.part(&rest, 1, 0, half)?;
		let second = compose.part(&rest, 1, half, half)?;
		let both = compose.product(&first, &second)?;
		rest = match odd {
			0 => both,
			_ => {
				let last = compose.part(&rest, 1, 2 * half, 1)?;
				compose.joined(&[both, last], 1)?
			}
		};
	}
	Ok(tensor(rest.value, dims))
}

/// `Mean` of any number of tensors.
fn mean(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let mut dims = vec![];
	let mut all = Vec::with_capacity(inputs.len());
	for index in 0..inputs.len() {
		let x = inputs.number(lowering, node, index)?;
		dims = Compose { lowering, node }.common(&dims, &x.dims)?;
		all.push(x);
	}
	let compose = &mut Compose { lowering, node };
	let mut values = Vec::with_capacity(all.len());
	for x in &all {
		values.push(compose.spread(x, &dims)?.value);
	}
	let factors = vec![1.0 / values.len() as f32; values.len()];
	let sum = FloatOp::Sum { factors, offset: vec![0.0] };
	let len = lowering.count(node, &dims)?;
	Ok(vec![Operand::number(lowering.push(node, &values, len, sum)?, dims)])
}
