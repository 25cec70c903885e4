//! Softmax and what is made of it: logarithms, losses, and the place of the largest as ones and zeros.

use super::{
	best,
	compose::{shaped, tensor, Compose, Made, Taps},
	masks,
	signature::{
		free, input, int, optional, word, Attribute, Form, Operator, Version, INPUT, OUTPUT,
	},
	unseen, Inputs, Kind, Lowered, Lowering, Operand, Share, Variable,
};
use crate::import::{function::Elementary, node::Node, Divisor, ImportError};

const VERSIONS: &[Version] = &[
	Version::new(&[1, 11], &[int("axis", 1)], INPUT, OUTPUT),
	Version::new(&[13], &[int("axis", -1)], INPUT, OUTPUT),
];
const LOSS: &[Attribute] = &[free("ignore_index", Form::Int), word("reduction", "mean")];

pub const OPERATORS: &[Operator] = &[
	Operator::new("Hardmax", hard_max, VERSIONS),
	Operator::new("LogSoftmax", |l, n, i| softmax(l, n, i, Soft::Logarithms), VERSIONS),
	Operator::new(
		"NegativeLogLikelihoodLoss",
		likelihood,
		&[Version::new(
			&[12, 13, 22],
			LOSS,
			&[input("input"), input("target"), optional("weight")],
			&[input("loss")],
		)],
	),
	Operator::new("Softmax", |l, n, i| softmax(l, n, i, Soft::Shares), VERSIONS),
	Operator::new(
		"SoftmaxCrossEntropyLoss",
		cross_entropy,
		&[Version::new(
			&[12, 13],
			LOSS,
			&[input("scores"), input("labels"), optional("weights")],
			&[input("output"), optional("log_prob")],
		)],
	),
];

/// The tensor and the axis along which it is normalised: before operator set 13 all axes from the
/// given one on are one.
fn rows(node: &Node, x: &Variable) -> Result<(Variable, usize), ImportError> {
	let axis = node.axis(node.int("axis", -1), x.dims.len())?;
	if node.version.oldest() >= 13 {
		return Ok((x.clone(), axis));
	}
	let (outer, inner) = x.dims.split_at(axis);
	let dims = vec![outer.iter().product(), inner.iter().product()];
	Ok((shaped(x, dims), 1))
}

/// `x` less the largest along an axis, the exponentials of that, and their sum, which is 1 or more.
fn exponentials(
	compose: &mut Compose,
	x: &Variable,
	axis: usize,
) -> Result<[Variable; 3], ImportError> {
	let largest = compose.largest(x, &[axis])?;
	let below = compose.sum((1.0, x), (-1.0, &largest))?;
	let (each, total) = parts(compose, &below, &[axis], None)?;
	Ok([below, each, total])
}

/// Exponentials of what is not above 0, and their sum along axes, which is 1 or more where anything is
/// `seen`: the largest is 0.
pub fn parts(
	compose: &mut Compose,
	below: &Variable,
	axes: &[usize],
	seen: Option<&[bool]>,
) -> Result<(Variable, Variable), ImportError> {
	parts_of(compose, below, axes, |compose, each| {
		let Some(seen) = seen else { return Ok(each.clone()) };
		let picks = seen.iter().enumerate().map(|(i, seen)| seen.then_some(i));
		let value = compose.lowering.gather(compose.node, each.value, picks)?;
		Ok(tensor(value, each.dims.clone()))
	})
}

/// The same of what is made of the exponentials, whose sum is 1 or more.
pub fn parts_of(
	compose: &mut Compose,
	below: &Variable,
	axes: &[usize],
	change: impl FnOnce(&mut Compose, &Variable) -> Made,
) -> Result<(Variable, Variable), ImportError> {
	// Less than half of the last of a sum's 24 bits, so that nothing smaller makes a difference to it;
	// and bounds of a difference do not know that one is the largest.
	const LEAST: f32 = -17.4;
	let bounded = compose.clamp(below, LEAST, 0.0)?;
	let each = compose.unary(&bounded, Elementary::Exp)?;
	let each = change(compose, &each)?;
	let total = compose.total(&each, axes, 1.0)?;
	let total = compose.clamp(&total, 1.0, f32::INFINITY)?;
	Ok((each, total))
}

/// `exp(x) / sum(exp(x))` along an axis.
pub fn soft_max(compose: &mut Compose, x: &Variable, axis: usize) -> Made {
	let [_, each, total] = exponentials(compose, x, axis)?;
	compose.quotient(&each, &total, Divisor::Norm(1.0))
}

/// The logarithm of that.
pub fn log_softmax(compose: &mut Compose, x: &Variable, axis: usize) -> Made {
	let [below, _, total] = exponentials(compose, x, axis)?;
	let log = compose.unary(&total, Elementary::Log)?;
	compose.sum((1.0, &below), (-1.0, &log))
}

/// `x - log(sum(exp(x)))`, if that is what a difference is: the logarithm of a softmax, which is not above 0
/// whatever bounds of a difference say.
pub fn log_share(
	compose: &mut Compose,
	x: &Variable,
	less: &Variable,
) -> Result<Option<Variable>, ImportError> {
	let Some(Share::LogSum { of, axis }) = compose.lowering.shares.get(&less.value).cloned() else {
		return Ok(None);
	};
	let missing = of.dims.len().checked_sub(less.dims.len());
	let fits = |(at, size): (usize, &usize)| {
		let own = missing.map(|missing| at.checked_sub(missing).map_or(1, |at| less.dims[at]));
		own == Some(if at == axis { 1 } else { *size })
	};
	let same = of.value == x.value && of.dims == x.dims && of.dims.iter().enumerate().all(fits);
	if !same {
		return Ok(None);
	}
	let log = log_softmax(compose, x, axis)?;
	let made = compose.clamp(&log, f32::NEG_INFINITY, 0.0)?;
	compose.lowering.shares.insert(made.value, Share::Log { of, axis });
	Ok(Some(made))
}

/// `exp(x)`, if `x` is the logarithm of a softmax.
pub fn share(compose: &mut Compose, x: &Variable) -> Result<Option<Variable>, ImportError> {
	let Some(Share::Log { of, axis }) = compose.lowering.shares.get(&x.value).cloned() else {
		return Ok(None);
	};
	let made = soft_max(compose, &of, axis)?;
	Ok(Some(shaped(&made, x.dims.clone())))
}

/// What is asked for of the exponentials and their sum.
#[derive(Clone, Copy)]
enum Soft {
	/// Which share of the sum each is.
	Shares,
	/// The logarithms of these.
	Logarithms,
}

impl Soft {
	/// Along an axis.
	fn of(self, compose: &mut Compose, x: &Variable, axis: usize) -> Made {
		match self {
			Self::Shares => soft_max(compose, x, axis),
			Self::Logarithms => log_softmax(compose, x, axis),
		}
	}
}

/// `Softmax` and `LogSoftmax`. Of a single row the order is kept, which is all that `ArgMax` sees.
fn softmax(lowering: &mut Lowering, node: &Node, inputs: &Inputs, soft: Soft) -> Lowered {
	if let Operand::Variable(Variable { value, dims, kind: Kind::Masked { seen, values, .. } }) =
		inputs.operand(node, 0)?
	{
		match (soft, values) {
			(Soft::Shares, _) => {
				let (rows, axis) = rows(node, &tensor(*value, dims.clone()))?;
				let compose = &mut Compose { lowering, node };
				let made = masks::rows(compose, &rows, axis, seen, soft_max)?;
				return Ok(vec![Operand::number(made.value, dims.clone())]);
			}
			(Soft::Logarithms, None) => {
				return Err(node.error("a Softmax behind a mask", "logarithms of 0"));
			}
			(Soft::Logarithms, Some(_)) => {}
		}
	}
	if let Operand::Variable(x @ Variable { kind: Kind::Hidden(hidden), .. }) =
		inputs.operand(node, 0)?
	{
		match (soft, hidden.values) {
			(Soft::Shares, _) => {
				let (rows, axis) = rows(node, &tensor(x.value, x.dims.clone()))?;
				let compose = &mut Compose { lowering, node };
				let made = unseen::soft_max(compose, &rows, hidden, axis)?;
				return Ok(vec![Operand::number(made.value, x.dims.clone())]);
			}
			(Soft::Logarithms, None) => {
				return Err(node.error("a Softmax behind a mask", "logarithms of 0"));
			}
			(Soft::Logarithms, Some(_)) => {}
		}
	}
	let x = inputs.number(lowering, node, 0)?;
	let (rows, axis) = rows(node, &x)?;
	let made = soft.of(&mut Compose { lowering, node }, &rows, axis)?;
	if rows.dims[axis] != x.len() {
		return Ok(vec![Operand::number(made.value, x.dims)]);
	}
	let operator = format!("{} ({})", node.op(), node.name);
	let argument = node.proto.input.first().cloned().unwrap_or_default();
	let kind = Kind::Ordered { operator, argument, values: Some(made.value) };
	Ok(vec![Operand::Variable(Variable { kind, ..x })])
}

/// `Hardmax`: 1 at the first of the largest along an axis, else 0.
fn hard_max(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (rows, axis) = rows(node, &x)?;
	let compose = &mut Compose { lowering, node };
	let place = best::place(compose, &rows, axis, false)?;
	let place = compose.spread(&place, &rows.dims)?;
	let inner: usize = rows.dims[axis + 1..].iter().product();
	let own = |i: usize| (i / inner % rows.dims[axis]) as f32;
	let below: Vec<f32> = (0..x.len()).map(|i| own(i) - 0.5).collect();
	let above: Vec<f32> = (0..x.len()).map(|i| own(i) + 0.5).collect();
	let from = compose.above(&place, &below)?;
	let beyond = compose.above(&place, &above)?;
	let made = compose.sum((1.0, &from), (-1.0, &beyond))?;
	Ok(vec![Operand::number(made.value, x.dims)])
}

/// The loss of logarithms of probabilities against constant targets along axis 1.
fn loss(compose: &mut Compose, node: &Node, inputs: &Inputs, x: &Variable) -> Made {
	if x.dims.len() < 2 {
		return Err(node.error("batch and classes", format!("shape {:?}", x.dims)));
	}
	let (batch, classes) = (x.dims[0], x.dims[1]);
	let inner: usize = x.dims[2..].iter().product();
	let to = [&x.dims[..1], &x.dims[2..]].concat();
	let targets = inputs.integers(node, 1)?;
	let shape = &inputs.constant(node, 1)?.dims;
	if *shape != to {
		return Err(node.error(format!("targets of shape {to:?}"), format!("{shape:?}")));
	}
	let weights = inputs.optional(node, 2)?.map(|_| inputs.floats(node, 2)).transpose()?;
	let weights = weights.unwrap_or_else(|| vec![1.0; classes]);
	if weights.len() != classes {
		return Err(node.error(format!("{classes} weights"), weights.len().to_string()));
	}
	let ignored = node.attribute("ignore_index").map(|a| a.i);
	let mut taps: Vec<Taps> = Vec::with_capacity(batch * inner);
	let mut weight = 0.0;
	for (index, target) in targets.iter().enumerate() {
		if Some(*target) == ignored {
			taps.push(vec![]);
			continue;
		}
		let class = usize::try_from(*target).ok().filter(|class| *class < classes);
		let Some(class) = class else {
			return Err(node.error(format!("targets below {classes}"), target.to_string()));
		};
		let place = (index / inner * classes + class) * inner + index % inner;
		let own = f64::from(weights[class]);
		weight += own;
		taps.push(vec![(place, -own)]);
	}
	match node.text("reduction", "mean").as_str() {
		"none" => compose.linear(x, to, &taps, None),
		reduction @ ("sum" | "mean") => {
			let divisor = if reduction == "sum" { 1.0 } else { weight };
			let all: Taps = taps.concat().into_iter().map(|(i, w)| (i, w / divisor)).collect();
			if divisor == 0.0 || all.is_empty() {
				return Err(node.error("targets that count", "none"));
			}
			compose.linear(x, vec![], &[all], None)
		}
		other => Err(node.error("reduction none, sum or mean", other)),
	}
}

/// `NegativeLogLikelihoodLoss`.
fn likelihood(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let made = loss(&mut Compose { lowering, node }, node, inputs, &x)?;
	Ok(vec![Operand::Variable(made)])
}

/// `SoftmaxCrossEntropyLoss`, and the logarithms it is made of.
fn cross_entropy(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	if x.dims.len() < 2 {
		return Err(node.error("batch and classes", format!("shape {:?}", x.dims)));
	}
	let compose = &mut Compose { lowering, node };
	let logs = log_softmax(compose, &x, 1)?;
	let logs = tensor(logs.value, x.dims);
	let made = loss(compose, node, inputs, &logs)?;
	Ok(vec![Operand::Variable(made), Operand::Variable(logs)])
}
