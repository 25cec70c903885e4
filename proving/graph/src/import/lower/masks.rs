//! Places of scores that a softmax does not see: minus infinity, or a number so far below 0 that nothing
//! beside it is left of a weight, was put or added there.
//!
//! A value holds the scores without it. Of each row a softmax takes the places that it sees alone; the others
//! are 0, exactly.

use std::{collections::BTreeMap, rc::Rc};

use super::{
	compose::{tensor, Compose, Made},
	elementwise::filled,
	hidden::Hiding,
	shape::repeated,
	Inputs, Kind, Lowering, Operand, Variable,
};
use crate::import::{node::Node, source::Tensor, FloatOp, ImportError};

/// Addends from here on down hide: 32-bit floats hold nothing smaller than 8 beside them.
pub const FAR: f32 = -1e8;
/// Most different numbers of places that rows see: each is a few operations of its own.
const SIZES: usize = 256;

/// Which elements a constant lets be seen; nothing if it hides none.
fn seen(node: &Node, tensor: &Tensor, dims: &[usize]) -> Option<Vec<bool>> {
	let values = filled(node, tensor, dims).ok()?;
	let all: Vec<bool> = values.iter().map(|value| value.is_nan() || *value > FAR).collect();
	if all.iter().all(|seen| *seen) {
		return None;
	}
	match all.as_slice() {
		[one] => Some(vec![*one; dims.iter().product()]),
		_ => Some(all),
	}
}

/// A sum of scores and a constant that hides some of them; nothing if it hides none.
pub fn added(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Option<Operand>, ImportError> {
	let mut sides = inputs.peek();
	let (scores, tensor) = match (sides.next(), sides.next()) {
		(Some(Operand::Variable(x)), Some(Operand::Constant(tensor)))
		| (Some(Operand::Constant(tensor)), Some(Operand::Variable(x))) => (x, tensor),
		_ => return Ok(None),
	};
	let scores = match scores.plain() {
		x @ Variable { kind: Kind::Number, .. } => x,
		_ => return Ok(None),
	};
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&scores.dims, &tensor.dims)?;
	let Some(seen) = seen(node, tensor, &dims) else { return Ok(None) };
	let x = compose.spread(&scores, &dims)?;
	let numbers = compose.numbers(tensor, &dims)?;
	let near = numbers.iter().map(|number| if *number <= FAR { 0.0 } else { *number }).collect();
	let value = compose.lowering.affine(node, x.value, 1.0, near)?;
	let values = match numbers.iter().all(|number| number.is_finite()) {
		true => Some(compose.lowering.affine(node, x.value, 1.0, numbers.clone())?),
		false => None,
	};
	let far = ends(&numbers, &seen);
	let kind = Kind::Masked { seen: Rc::new(seen), values, far, hiding: Hiding::Added };
	Ok(Some(masked(value, dims, kind, inputs)))
}

/// A choice by a constant condition between scores and a constant that hides; nothing if it hides none.
pub fn chosen(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Option<Operand>, ImportError> {
	let all: Vec<&Operand> = inputs.peek().collect();
	let (condition, scores, tensor, first) = match all.as_slice() {
		[Operand::Constant(c), Operand::Variable(x), Operand::Constant(t)] => (c, x, t, true),
		[Operand::Constant(c), Operand::Constant(t), Operand::Variable(x)] => (c, x, t, false),
		_ => return Ok(None),
	};
	let scores = match scores.plain() {
		x @ Variable { kind: Kind::Number, .. } => x,
		_ => return Ok(None),
	};
	let hides = tensor.floats().is_some_and(|values| values.iter().all(|v| *v <= FAR));
	if !hides {
		return Ok(None);
	}
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&scores.dims, &condition.dims)?;
	let dims = compose.common(&dims, &tensor.dims)?;
	let Some(bits) = condition.floats() else { return Ok(None) };
	let places = repeated(&condition.dims, &dims);
	let seen: Vec<bool> = places.into_iter().map(|at| (bits[at] != 0.0) == first).collect();
	let x = compose.spread(&scores, &dims)?;
	let numbers = compose.numbers(tensor, &dims)?;
	let values = match numbers.iter().all(|number| number.is_finite()) {
		true => {
			let picks: Vec<_> = seen.iter().enumerate().map(|(i, s)| s.then_some(i)).collect();
			let offset =
				numbers.iter().zip(&seen).map(|(n, s)| if *s { 0.0 } else { *n }).collect();
			let value = compose.lowering.gather(node, x.value, picks)?;
			Some(compose.lowering.affine(node, value, 1.0, offset)?)
		}
		false => None,
	};
	let far = ends(&numbers, &seen);
	let kind = Kind::Masked { seen: Rc::new(seen), values, far, hiding: Hiding::Put };
	Ok(Some(masked(x.value, dims, kind, inputs)))
}

/// The least and the largest number where nothing is seen.
fn ends(numbers: &[f32], seen: &[bool]) -> (f32, f32) {
	let far = numbers.iter().zip(seen).filter(|(_, seen)| !**seen).map(|(number, _)| *number);
	far.fold((0.0, f32::NEG_INFINITY), |(least, most), far| (far.min(least), far.max(most)))
}

fn masked(value: usize, dims: Vec<usize>, kind: Kind, inputs: &Inputs) -> Operand {
	(0..inputs.len()).for_each(|index| {
		inputs.get(index);
	});
	Operand::Variable(Variable { value, dims, kind })
}

/// A function along an axis of the places of each row that it sees; others are 0.
///
/// # Errors
///
/// If a row sees nothing: minus infinity everywhere has no softmax.
pub fn rows(
	compose: &mut Compose,
	x: &Variable,
	axis: usize,
	seen: &[bool],
	function: impl Fn(&mut Compose, &Variable, usize) -> Made,
) -> Made {
	let size = x.dims[axis];
	let inner: usize = x.dims[axis + 1..].iter().product();
	// The rows of each number of places.
	let mut groups: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
	for row in 0..x.len() / size {
		let start = row / inner * size * inner + row % inner;
		let places: Vec<_> =
			(0..size).map(|i| start + i * inner).filter(|place| seen[*place]).collect();
		if places.is_empty() {
			let got = "a row in which all is masked";
			return Err(compose.node.error("a mask that leaves something of each row", got));
		}
		groups.entry(places.len()).or_default().push(places);
	}
	if groups.len() > SIZES {
		let expected = format!("at most {SIZES} different lengths of what a mask leaves");
		return Err(compose.node.error(expected, groups.len().to_string()));
	}
	let (mut values, mut picks) = (Vec::new(), vec![None; x.len()]);
	for (size, rows) in groups {
		let places: Vec<usize> = rows.concat();
		let part = compose.picked(x, places.clone(), vec![rows.len(), size])?;
		let made = function(compose, &part, 1)?;
		// Elements are within the limit of a graph, so that they fit.
		for (element, place) in places.into_iter().enumerate() {
			picks[place] = Some((values.len() as u32, element as u32));
		}
		values.push(made.value);
	}
	let op = FloatOp::Gather(picks);
	let value = compose.lowering.push(compose.node, &values, x.len(), op)?;
	Ok(tensor(value, x.dims.clone()))
}
