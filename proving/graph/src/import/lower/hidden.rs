//! Masks that are computed, such as those of an input: what adds so large a negative number to scores, or puts it in
//! their place, that a softmax does not see them.
//!
//! A value holds the scores without it, and another one 1 where they are seen and 0 where not. So neither range nor
//! step of the scores knows of the number, however large it is. That a number of the file is one of two is known
//! where it is made of a truth value, or of integers, which are then asked to be 0 and 1 by their range.

use std::rc::Rc;

use super::{
	compose::{tensor, Compose, Made},
	elementwise::combine,
	masks::FAR,
	unseen::{self, Fall},
	Inputs, Kind, Lowering, Operand, Variable,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	FloatOp, ImportError,
};

/// Numbers from here on down hide where it is computed that they do: beside others of a row nothing is left of
/// a weight, if scores are not that far apart themselves.
pub const LEAST: f32 = -1e4;
/// Largest size of what such a mask adds where it hides nothing.
const NEAR: f32 = 1e3;
/// Most operations that a mask is followed through.
const DEPTH: usize = 32;

/// How scores were hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hiding {
	/// There are none yet: it is what is to be added to some.
	Alone,
	/// Something was added to them.
	Added,
	/// Something was put in their place.
	Put,
}

/// What is not seen of a tensor, as a computed mask says.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
	/// Number of the value that is 1 where the tensor is seen, else 0.
	pub seen: usize,
	/// What hides where most of it does: minus infinity, or a number far below 0.
	pub far: f32,
	/// What it did to the scores.
	pub hiding: Hiding,
	/// What hides less than that, where several masks hide.
	pub fall: Fall,
	/// The values of integers that it is made of, which have to be 0 and 1.
	pub bits: Rc<Vec<usize>>,
	/// The value with all elements as the file has them, if they are finite and floats tell them apart.
	pub values: Option<usize>,
}

/// A tensor, and what is hidden of it.
pub struct Part {
	/// What it is where it is seen.
	pub near: Operand,
	/// What is seen, if something says so that is computed: numbers of 1 and 0.
	pub seen: Option<Variable>,
	/// What is seen, if a constant says so, and its shape.
	fixed: Option<(Vec<bool>, Vec<usize>)>,
	/// What hides where most of it does.
	pub far: f32,
	pub hiding: Hiding,
	/// What hides less than that, of this shape.
	pub fall: Fall,
	pub shape: Vec<usize>,
	/// The values of integers that it is made of, which have to be 0 and 1.
	pub bits: Vec<usize>,
}

impl Part {
	/// What is seen of it in a shape that it fits into, if anything is hidden.
	pub fn value(
		&self,
		compose: &mut Compose,
		dims: &[usize],
	) -> Result<Option<usize>, ImportError> {
		if let (None, Some((seen, shape))) = (&self.seen, &self.fixed) {
			return Ok(Some(unseen::constant(compose, seen, shape, dims)?.value));
		}
		both(compose, [self, &Self::whole(constant(0.0))], dims)
	}

	/// Whether anything of it is hidden.
	pub fn hides(&self) -> bool {
		self.seen.is_some() || self.fixed.is_some()
	}

	/// A tensor of which nothing is hidden.
	fn whole(near: Operand) -> Self {
		let (hiding, bits) = (Hiding::Added, Vec::new());
		let (fall, shape) = (Fall::default(), near.dims().to_vec());
		Self { near, seen: None, fixed: None, far: 0.0, hiding, fall, shape, bits }
	}
}

/// The factor and the offset that make a value of whole numbers, which nothing else is made of but integers of the
/// file.
fn line(lowering: &Lowering, value: usize, depth: usize) -> Option<(f64, f64)> {
	let made = lowering.op(value).filter(|_| depth > 0).and_then(|node| {
		match (&node.op, node.inputs.as_slice()) {
			(FloatOp::Gather(picks), [input]) if picks.iter().all(Option::is_some) => {
				line(lowering, *input, depth - 1)
			}
			(FloatOp::Sum { factors, offset }, [input])
				if offset.iter().all(|other| *other == offset[0]) =>
			{
				let (factor, own) = line(lowering, *input, depth - 1)?;
				let by = f64::from(factors[0]);
				Some((factor * by, own * by + f64::from(offset[0])))
			}
			_ => None,
		}
	});
	made.or_else(|| lowering.is_integral(value).then_some((1.0, 0.0)))
}

/// The whole numbers of which such a value is made, in the places that its elements have, and as the file has them.
fn bits(compose: &mut Compose, value: usize, depth: usize) -> Result<(usize, usize), ImportError> {
	let through = |input: usize| line(compose.lowering, input, depth.saturating_sub(1)).is_some();
	let node = compose.lowering.op(value).filter(|_| depth > 0);
	let step = node.and_then(|node| match (&node.op, node.inputs.as_slice()) {
		(FloatOp::Gather(picks), [input]) if picks.iter().all(Option::is_some) => {
			through(*input).then(|| (*input, Some(picks.clone())))
		}
		(FloatOp::Sum { offset, .. }, [input])
			if offset.iter().all(|other| *other == offset[0]) =>
		{
			through(*input).then_some((*input, None))
		}
		_ => None,
	});
	let Some((input, picks)) = step else {
		return Ok((value, value));
	};
	let (own, from) = bits(compose, input, depth - 1)?;
	let own = match picks {
		None => own,
		Some(_) if own == input => value,
		Some(picks) => {
			let len = picks.len();
			compose.lowering.push(compose.node, &[own], len, FloatOp::Gather(picks))?
		}
	};
	Ok((own, from))
}

/// The values of which a value is the product: it is 0 or 1 if they are.
fn factors(lowering: &Lowering, value: usize, depth: usize, all: &mut Vec<usize>) {
	match lowering.op(value) {
		Some(node) if depth > 0 && matches!(node.op, FloatOp::Mul) => {
			node.inputs.iter().for_each(|input| factors(lowering, *input, depth - 1, all));
		}
		_ if all.contains(&value) => {}
		_ => all.push(value),
	}
}

/// `1 - x`.
fn turned(compose: &mut Compose, x: &Variable) -> Made {
	compose.affine(x, -1.0, 1.0)
}

fn constant(number: f32) -> Operand {
	Operand::constant(Tensor::new("", Vec::new(), Values::Float(vec![number])))
}

/// What a constant hides, and the rest of it.
fn fixed(tensor: &Tensor) -> Option<Part> {
	let values = tensor.floats().filter(|_| tensor.integers().is_none())?;
	let seen: Vec<bool> = values.iter().map(|value| value.is_nan() || *value > LEAST).collect();
	let far = values.iter().copied().filter(|value| *value <= LEAST).reduce(f32::min);
	let most = values.iter().copied().filter(|value| *value <= LEAST).reduce(f32::max);
	let mut visible = values.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(value, _)| *value);
	let first = visible.next().unwrap_or(0.0);
	// What it is where nothing is hidden is one number, or there would be scores already.
	let alike = visible.all(|value| value == first);
	let filler = if alike { first } else { 0.0 };
	let near = values.iter().zip(&seen).map(|(value, seen)| if *seen { *value } else { filler });
	let near = Tensor {
		values: Values::Float(near.collect()),
		..Tensor::new(&tensor.name, tensor.dims.clone(), Values::Float(Vec::new()))
	};
	Some(Part {
		near: Operand::constant(near),
		seen: None,
		fixed: far.map(|_| (seen, tensor.dims.clone())),
		far: far.unwrap_or(0.0),
		hiding: if alike { Hiding::Alone } else { Hiding::Added },
		fall: Fall { mixed: far != most, levels: Vec::new() },
		shape: tensor.dims.clone(),
		bits: Vec::new(),
	})
}

/// What is hidden of a value, if it is one of two numbers everywhere of which one hides.
fn of_bits(compose: &mut Compose, x: &Variable) -> Result<Option<Part>, ImportError> {
	let Some((factor, offset)) = line(compose.lowering, x.value, DEPTH) else { return Ok(None) };
	let [zero, one] = [offset as f32, (factor + offset) as f32];
	let (near, far) = if zero > one { (zero, one) } else { (one, zero) };
	if far > LEAST || near.is_nan() || near.abs() > NEAR {
		return Ok(None);
	}
	let (value, from) = bits(compose, x.value, DEPTH)?;
	let mut seen = tensor(value, x.dims.clone());
	if near == zero {
		seen = turned(compose, &seen)?;
	}
	let (seen, near, hiding) = (Some(seen), constant(near), Hiding::Alone);
	let mut bits = Vec::new();
	factors(compose.lowering, from, DEPTH, &mut bits);
	let (fall, shape) = (Fall::default(), x.dims.clone());
	Ok(Some(Part { near, seen, fixed: None, far, hiding, fall, shape, bits }))
}

/// An operand and what is hidden of it; nothing if it is of no kind that a mask is added to.
pub fn part(compose: &mut Compose, operand: &Operand) -> Result<Option<Part>, ImportError> {
	let x = match operand {
		Operand::Constant(tensor) => return Ok(fixed(tensor)),
		Operand::Variable(x) => x,
	};
	match &x.kind {
		Kind::Hidden(Hidden { seen, far, hiding, fall, bits, .. }) => {
			let near = match hiding {
				// What is added to nothing is one number, which is known.
				Hiding::Alone => compose.lowering.uniform(x.value).map(constant),
				Hiding::Added | Hiding::Put => None,
			};
			let near = near.unwrap_or_else(|| Operand::number(x.value, x.dims.clone()));
			let seen = Some(tensor(*seen, x.dims.clone()));
			let (bits, fall, shape) = (bits.to_vec(), fall.clone(), x.dims.clone());
			let (far, hiding) = (*far, *hiding);
			Ok(Some(Part { near, seen, fixed: None, far, hiding, fall, shape, bits }))
		}
		Kind::Masked { seen, far: (far, most), hiding, .. } => {
			let scores = tensor(x.value, x.dims.clone());
			let fixed = Some((seen.to_vec(), x.dims.clone()));
			let mixed = Fall { mixed: far != most, levels: Vec::new() };
			let Some(part) = of_bits(compose, &scores)? else {
				let part = Part::whole(Operand::Variable(scores));
				let (far, hiding) = (*far, *hiding);
				return Ok(Some(Part { fixed, far, hiding, fall: mixed, ..part }));
			};
			// A number that was put beside a mask.
			let all = Part { fixed, fall: mixed, ..Part::whole(constant(0.0)) };
			let kept = all.value(compose, &x.dims)?;
			let (fall, far) = match kept.filter(|_| far == most) {
				Some(kept) => {
					let kept = tensor(kept, x.dims.clone());
					let (fall, far, _) = unseen::chosen(compose, &part, kept, (*far, part.hiding))?;
					(fall, far)
				}
				None => (all.fall, far.min(part.far)),
			};
			Ok(Some(Part { fixed: all.fixed, fall, far, ..part }))
		}
		_ => match x.plain() {
			x @ Variable { kind: Kind::Number, .. } => {
				let part = of_bits(compose, &x)?;
				Ok(Some(part.unwrap_or_else(|| Part::whole(Operand::Variable(x)))))
			}
			_ => Ok(None),
		},
	}
}

/// What is seen of both, in a shape that both fit into.
fn both(
	compose: &mut Compose,
	parts: [&Part; 2],
	dims: &[usize],
) -> Result<Option<usize>, ImportError> {
	let mut seen: Option<Variable> = None;
	for own in parts.iter().filter_map(|part| part.seen.as_ref()) {
		seen = Some(match seen {
			Some(other) => compose.product(&other, own)?,
			None => own.clone(),
		});
	}
	let Some(seen) = seen else { return Ok(None) };
	let mut value = compose.spread(&seen, dims)?.value;
	for (own, shape) in parts.iter().filter_map(|part| part.fixed.as_ref()) {
		let places = super::shape::repeated(shape, dims);
		let picks: Vec<_> =
			places.iter().enumerate().map(|(i, at)| own[*at].then_some(i)).collect();
		value = compose.lowering.gather(compose.node, value, picks)?;
	}
	Ok(Some(value))
}

/// A sum of which one side is hidden by something computed; nothing if neither is.
pub fn added(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Option<Operand>, ImportError> {
	let sides: Vec<Operand> = inputs.peek().cloned().collect();
	let [a, b] = sides.as_slice() else { return Ok(None) };
	let compose = &mut Compose { lowering, node };
	let (Some(first), Some(second)) = (part(compose, a)?, part(compose, b)?) else {
		return Ok(None);
	};
	let dims = compose.common(a.dims(), b.dims())?;
	let Some(seen) = both(compose, [&first, &second], &dims)? else { return Ok(None) };
	let far = first.far + second.far;
	let hiding = match (first.hiding, second.hiding) {
		(Hiding::Alone, Hiding::Alone) => Hiding::Alone,
		// Rows of which nothing is seen are no longer one number, unless nothing is left beside it.
		(Hiding::Put, _) | (_, Hiding::Put) if far > FAR => return Ok(None),
		(Hiding::Put, Hiding::Alone) | (Hiding::Alone, Hiding::Put) => Hiding::Put,
		(Hiding::Added, _) | (_, Hiding::Added) | (Hiding::Put, Hiding::Put) => Hiding::Added,
	};
	let fall = unseen::added(compose, [&first, &second], &dims, hiding)?;
	let bits = Rc::new([first.bits, second.bits].concat());
	let near = Inputs::new(vec![Some(first.near), Some(second.near)]);
	let near = scores(compose, &near, &dims)?;
	let values = is_told(far, hiding).then(|| values(compose, &sides)).flatten();
	Ok(Some(made(near, dims, Hidden { seen, far, hiding, fall, bits, values }, inputs)))
}

/// The sum of what is seen of both sides, repeated to a shape.
fn scores(compose: &mut Compose, near: &Inputs, dims: &[usize]) -> Result<usize, ImportError> {
	let node = compose.node;
	let sum = match near.constants().as_deref() {
		Some([a, b]) => {
			let (a, b) = (compose.numbers(a, dims)?, compose.numbers(b, dims)?);
			let sum = a.iter().zip(&b).map(|(a, b)| a + b).collect();
			let values = Values::Float(sum);
			compose.lowering.materialise(node, &Tensor::new(node.name, dims.to_vec(), values))?
		}
		_ => {
			let sum = combine(compose.lowering, node, near, 1.0)?;
			compose.spread(&sum, dims)?
		}
	};
	Ok(sum.value)
}

/// Whether floats tell scores apart beside what hides them: differences from it are on the way to where it is not.
fn is_told(far: f32, hiding: Hiding) -> bool {
	hiding == Hiding::Alone || far > FAR
}

/// The sum as the file has it, if it is finite.
fn values(compose: &mut Compose, sides: &[Operand]) -> Option<usize> {
	let inputs = Inputs::new(sides.iter().cloned().map(Some).collect());
	combine(compose.lowering, compose.node, &inputs, 1.0).ok().map(|sum| sum.value)
}

fn made(value: usize, dims: Vec<usize>, hidden: Hidden, inputs: &Inputs) -> Operand {
	(0..inputs.len()).for_each(|index| {
		inputs.get(index);
	});
	Operand::Variable(Variable { value, dims, kind: Kind::Hidden(hidden) })
}

/// What a constant puts where it is chosen, if that hides.
fn put(operand: &Operand) -> Option<f32> {
	let Operand::Constant(tensor) = operand else { return None };
	let values = tensor.floats().filter(|_| tensor.integers().is_none())?;
	let first = values.first().copied()?;
	(first <= LEAST && values.iter().all(|value| *value == first)).then_some(first)
}

/// A choice by a computed condition between a constant that hides and something else, with the values that it has as
/// the file says, if they are finite; nothing if it is none.
pub fn chosen(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	values: impl FnOnce(&mut Lowering) -> Option<usize>,
) -> Result<Option<Operand>, ImportError> {
	let all: Vec<Operand> = inputs.peek().cloned().collect();
	let [Operand::Variable(condition), x, y] = all.as_slice() else { return Ok(None) };
	let (put, other, first) = match (put(x), put(y)) {
		(Some(far), None) => (far, y, false),
		(None, Some(far)) => (far, x, true),
		_ => return Ok(None),
	};
	let condition = match condition.plain() {
		x @ Variable { kind: Kind::Number, .. } => x,
		_ => return Ok(None),
	};
	let compose = &mut Compose { lowering, node };
	let Some(part) = part(compose, other)? else { return Ok(None) };
	let hides = part.hides();
	let hiding = match part.hiding {
		Hiding::Alone => Hiding::Alone,
		// Beside it something is left of the scores to which the same was added.
		Hiding::Added | Hiding::Put if hides && put == part.far && put > FAR => return Ok(None),
		Hiding::Added | Hiding::Put => Hiding::Put,
	};
	let dims = compose.common(x.dims(), y.dims())?;
	let dims = compose.common(&dims, &condition.dims)?;
	let seen = match first {
		true => condition,
		false => turned(compose, &condition)?,
	};
	let own_seen = seen.clone();
	let own = Part { seen: Some(seen), far: put, hiding, ..Part::whole(constant(0.0)) };
	let Some(seen) = both(compose, [&own, &part], &dims)? else { return Ok(None) };
	let kept = tensor(compose.spread(&own_seen, &dims)?.value, dims.clone());
	let (fall, far, hiding) = unseen::chosen(compose, &part, kept, (put, hiding))?;
	let near = scores(compose, &Inputs::new(vec![Some(part.near), Some(own.near)]), &dims)?;
	let bits = Rc::new(part.bits);
	let values = is_told(far, hiding).then(|| values(compose.lowering)).flatten();
	Ok(Some(made(near, dims, Hidden { seen, far, hiding, fall, bits, values }, inputs)))
}

/// What is left of a tensor of which something is hidden if nothing is below a number; nothing if more than that could
/// be told by it.
pub fn floored(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Option<Operand>, ImportError> {
	let all: Vec<&Operand> = inputs.peek().collect();
	let (x, other) = match all.as_slice() {
		[Operand::Variable(x), other @ Operand::Constant(_)]
		| [other @ Operand::Constant(_), Operand::Variable(x)] => (x, other),
		_ => return Ok(None),
	};
	let floor = put(other).filter(|floor| *floor <= FAR);
	let (Kind::Hidden(hidden), Some(floor)) = (&x.kind, floor) else { return Ok(None) };
	if super::shape::broadcast(&x.dims, other.dims()).is_none_or(|both| both != x.dims) {
		return Ok(None);
	}
	let mut hidden = hidden.clone();
	if hidden.far <= floor {
		(hidden.far, hidden.hiding) = (floor, Hiding::Put);
		hidden.fall.levels.retain(|level| level.far > floor);
	}
	hidden.values = match hidden.values {
		Some(value) => Some(super::activation::clamp(lowering, node, value, floor, f32::INFINITY)?),
		None => None,
	};
	Ok(Some(made(x.value, x.dims.clone(), hidden, inputs)))
}

/// The same with its elements elsewhere.
pub fn moved(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	hidden: &Hidden,
	(picks, dims): (Vec<usize>, Vec<usize>),
) -> Result<Operand, ImportError> {
	let mut to = |value: usize| lowering.gather(node, value, picks.iter().copied().map(Some));
	let (value, seen) = (to(x.value)?, to(hidden.seen)?);
	let values = hidden.values.map(&mut to).transpose()?;
	let mut fall = hidden.fall.clone();
	for level in &mut fall.levels {
		level.seen = to(level.seen)?;
	}
	let kind = Kind::Hidden(Hidden { seen, values, fall, ..hidden.clone() });
	Ok(Operand::Variable(Variable { value, dims, kind }))
}
