//! Normalisations: numbers less their mean, divided by how far they spread.

use super::{
	compose::{axes_of, shaped, Compose, Made},
	signature::{
		float, input, int, ints, needed, optional, Attribute, Form, Input, Operator, Version,
		CONSUMED, INPUT, OUTPUT, X, Y,
	},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::Elementary, node::Node, source::Tensor, Divisor, FloatOp, ImportError,
};

const EPSILON: Attribute = float("epsilon", 1e-5);
/// Axes of `MeanVarianceNormalization`.
const DEFAULT: &[i64] = &[0, 2, 3];
const STASH: Attribute =
	int("stash_type", 1).idle("it says how many bits floats have on the way, which are none here");
const SCALED: &[Input] = &[input("input"), input("scale"), input("B")];
const GROUPED: &[Input] = &[input("X"), input("scale"), input("bias")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"GroupNormalization",
		group,
		&[
			Version::new(&[18], &[EPSILON, needed("num_groups", Form::Int)], GROUPED, Y),
			Version::new(&[21], &[EPSILON, needed("num_groups", Form::Int), STASH], GROUPED, Y),
		],
	),
	Operator::new(
		"InstanceNormalization",
		instance,
		&[
			Version::new(&[1], &[CONSUMED, EPSILON], SCALED, OUTPUT),
			Version::new(&[6, 22], &[EPSILON], SCALED, OUTPUT),
		],
	),
	Operator::new(
		"LRN",
		local_response,
		&[Version::new(
			&[1, 13],
			&[
				float("alpha", 1e-4),
				float("beta", 0.75),
				float("bias", 1.0),
				needed("size", Form::Int),
			],
			X,
			Y,
		)],
	),
	Operator::new(
		"LayerNormalization",
		layer,
		&[Version::new(
			&[17],
			&[int("axis", -1), EPSILON, STASH],
			&[input("X"), input("Scale"), optional("B")],
			&[input("Y"), optional("Mean"), optional("InvStdDev")],
		)],
	),
	Operator::new(
		"LpNormalization",
		lp,
		&[Version::new(&[1, 22], &[int("axis", -1), int("p", 2)], INPUT, OUTPUT)],
	),
	Operator::new(
		"MeanVarianceNormalization",
		mean_variance,
		&[Version::new(&[9, 13], &[ints("axes", DEFAULT)], X, Y)],
	),
	Operator::new(
		"RMSNormalization",
		root_mean_square,
		&[Version::new(
			&[23],
			&[int("axis", -1), EPSILON, STASH],
			&[input("X"), input("scale")],
			Y,
		)],
	),
];

/// `x / sqrt(square + epsilon)` for the mean, or the sum, of the squares of `x` along axes; `share` is
/// the most that one can be of the root.
fn by_root(
	compose: &mut Compose,
	x: &Variable,
	square: &Variable,
	epsilon: f32,
	share: f32,
) -> Made {
	let shifted = compose.affine(square, 1.0, epsilon)?;
	let root = compose.unary(&shifted, Elementary::Sqrt)?;
	// Without an epsilon it is 0 where all are.
	let root = compose.clamp(&root, f32::MIN_POSITIVE, f32::INFINITY)?;
	compose.quotient(x, &root, Divisor::Norm(share))
}

/// The most that a number is of the root of the mean of so many squares.
fn most(count: usize) -> f32 {
	(count as f32).sqrt()
}

/// `x` less its mean along axes, and the mean of the squares of that.
fn centred(
	compose: &mut Compose,
	x: &Variable,
	axes: &[usize],
) -> Result<[Variable; 3], ImportError> {
	let mean = compose.mean(x, axes)?;
	let centred = compose.sum((1.0, x), (-1.0, &mean))?;
	let square = compose.product(&centred, &centred)?;
	let variance = compose.mean(&square, axes)?;
	Ok([centred, variance, mean])
}

fn operand(x: Variable) -> Operand {
	Operand::Variable(x)
}

/// `LayerNormalization`: along the axes from `axis` on; mean and inverse deviation as further outputs.
pub fn layer(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (scale, bias) = (inputs.constant(node, 1)?, inputs.optional(node, 2)?);
	let axis = node.axis(node.int("axis", -1), x.dims.len())?;
	let axes: Vec<_> = (axis..x.dims.len()).collect();
	let compose = &mut Compose { lowering, node };
	let [centred, variance, mean] = centred(compose, &x, &axes)?;
	let epsilon = node.float("epsilon", 1e-5);
	let size: usize = x.dims[axis..].iter().product();
	let normal = by_root(compose, &centred, &variance, epsilon, most(size))?;
	let result = compose.scaled(&normal, Some(scale), bias.map(|bias| &**bias))?;
	let mut results = vec![operand(result), operand(mean)];
	if node.wanted.get(2) == Some(&true) {
		let shifted = compose.affine(&variance, 1.0, epsilon)?;
		results.push(operand(compose.unary(&shifted, Elementary::Power(-0.5))?));
	}
	Ok(results)
}

/// `RMSNormalization` and `SimplifiedLayerNormalization`: without the mean.
pub fn root_mean_square(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let scale = inputs.constant(node, 1)?;
	let axis = node.axis(node.int("axis", -1), x.dims.len())?;
	let axes: Vec<_> = (axis..x.dims.len()).collect();
	let compose = &mut Compose { lowering, node };
	let square = compose.product(&x, &x)?;
	let mean = compose.mean(&square, &axes)?;
	let size: usize = x.dims[axis..].iter().product();
	let normal = by_root(compose, &x, &mean, node.float("epsilon", 1e-5), most(size))?;
	Ok(vec![operand(compose.scaled(&normal, Some(scale), None)?)])
}

/// A constant of one number for each channel, along axis 1 of a tensor of that rank.
fn channels(node: &Node, tensor: &Tensor, dims: &[usize]) -> Result<Tensor, ImportError> {
	let len: usize = tensor.dims.iter().product();
	if len != dims[1] {
		let got = format!("{} of {:?}", tensor.name, tensor.dims);
		return Err(node.error(format!("a number for each of {} channels", dims[1]), got));
	}
	let mut to = vec![1; dims.len()];
	to[1] = len;
	Ok(Tensor { dims: to, ..tensor.clone() })
}

/// `InstanceNormalization`: each channel by itself.
pub fn instance(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	grouped(lowering, node, inputs, None, false)
}

/// `GroupNormalization`: `num_groups` groups of channels. Sets before 21 have scales and offsets for each
/// group, not for each channel.
pub fn group(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let groups = usize::try_from(node.int("num_groups", 0)).unwrap_or(0);
	grouped(lowering, node, inputs, Some(groups), node.version.oldest() < 21)
}

/// So many groups of channels, or as many as channels, with scales and offsets for each group or for each
/// channel.
fn grouped(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	groups: Option<usize>,
	each_group: bool,
) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	if rank < 2 {
		return Err(node.error("batch and channels", format!("shape {:?}", x.dims)));
	}
	let (batch, depth) = (x.dims[0], x.dims[1]);
	let groups = groups.unwrap_or(depth);
	if groups == 0 || !depth.is_multiple_of(groups) {
		return Err(node.error(format!("groups of {depth} channels"), groups.to_string()));
	}
	let (scale, bias) = (inputs.constant(node, 1)?, inputs.constant(node, 2)?);
	let compose = &mut Compose { lowering, node };
	let flat = shaped(&x, vec![batch, groups, x.len() / batch / groups]);
	let [centred, variance, _] = centred(compose, &flat, &[2])?;
	let size = most(flat.dims[2]);
	let normal = by_root(compose, &centred, &variance, node.float("epsilon", 1e-5), size)?;
	let whole = match each_group {
		true => normal,
		false => shaped(&normal, x.dims.clone()),
	};
	let scale = channels(node, scale, &whole.dims)?;
	let bias = channels(node, bias, &whole.dims)?;
	let result = compose.scaled(&whole, Some(&scale), Some(&bias))?;
	Ok(vec![operand(shaped(&result, x.dims))])
}

/// `MeanVarianceNormalization`: divided by the deviation plus 1e-9.
pub fn mean_variance(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let axes = axes_of(node, node.ints("axes").unwrap_or(DEFAULT), x.dims.len())?;
	let compose = &mut Compose { lowering, node };
	let [centred, variance, _] = centred(compose, &x, &axes)?;
	let size: usize = axes.iter().map(|axis| x.dims[*axis]).product();
	Ok(vec![operand(by_root(compose, &centred, &variance, 1e-18, most(size))?)])
}

/// What a tensor is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
	/// The sum of sizes.
	Sizes,
	/// The root of the sum of squares.
	Squares,
	/// The largest of numbers that are not negative.
	Largest,
}

/// `LpNormalization`: divided by the sum of sizes, or the root of the sum of squares, along an axis.
pub fn lp(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let axis = node.axis(node.int("axis", -1), x.dims.len())?;
	let norm = match node.int("p", 2) {
		1 => Norm::Sizes,
		2 => Norm::Squares,
		other => return Err(node.error("p of 1 or 2", other.to_string())),
	};
	Ok(vec![operand(divided(&mut Compose { lowering, node }, &x, axis, norm)?)])
}

/// Divided by a norm along an axis; 0 where that is 0.
pub fn divided(compose: &mut Compose, x: &Variable, axis: usize, norm: Norm) -> Made {
	match norm {
		Norm::Sizes => {
			let size = compose.size(x)?;
			let total = compose.total(&size, &[axis], 1.0)?;
			// Not 0 where all are.
			let total = compose.clamp(&total, f32::MIN_POSITIVE, f32::INFINITY)?;
			compose.quotient(x, &total, Divisor::Norm(1.0))
		}
		Norm::Squares => {
			let square = compose.product(x, x)?;
			let total = compose.total(&square, &[axis], 1.0)?;
			by_root(compose, x, &total, 0.0, 1.0)
		}
		Norm::Largest => {
			let largest = compose.largest(x, &[axis])?;
			// Not 0 where all are.
			let largest = compose.clamp(&largest, f32::MIN_POSITIVE, f32::INFINITY)?;
			compose.quotient(x, &largest, Divisor::Norm(1.0))
		}
	}
}

/// `LRN`: `x / (bias + alpha / size * sum of squares of near channels) ^ beta`.
pub fn local_response(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	if x.dims.len() < 3 {
		return Err(node.error("batch, channels and places", format!("shape {:?}", x.dims)));
	}
	let size = usize::try_from(node.int("size", 0)).unwrap_or(0);
	if size == 0 || size > 1 << 16 {
		return Err(node.error("a size of 1 or more", size.to_string()));
	}
	let (alpha, beta) = (node.float("alpha", 1e-4), node.float("beta", 0.75));
	let bias = node.float("bias", 1.0);
	let (depth, inner) = (x.dims[1], x.dims[2..].iter().product::<usize>());
	let compose = &mut Compose { lowering, node };
	let square = compose.product(&x, &x)?;
	compose.lowering.count(node, &[x.len(), size])?;
	let (before, after) = ((size - 1) / 2, size / 2);
	let mut picks = Vec::with_capacity(x.len() * size);
	for place in 0..x.len() {
		let (channel, rest) = (place / inner % depth, place % inner);
		let start = place / inner / depth * depth;
		for offset in 0..=before + after {
			let near = (channel + offset).checked_sub(before).filter(|near| *near < depth);
			picks.push(near.map(|near| (start + near) * inner + rest));
		}
	}
	let gathered = compose.lowering.gather(node, square.value, picks)?;
	let total = FloatOp::ReduceSum(size);
	let value = compose.lowering.push(node, &[gathered], x.len(), total)?;
	let total = shaped(&Variable { value, ..square }, x.dims.clone());
	let total = compose.clamp(&total, 0.0, f32::INFINITY)?;
	let base = compose.affine(&total, alpha / size as f32, bias)?;
	let factor = compose.unary(&base, Elementary::Power(f64::from(-beta)))?;
	Ok(vec![operand(compose.product(&x, &factor)?)])
}
