//! Sums and products of what comes before each element.

use super::{
	compose::{shaped, Compose, Made},
	operator::{Growth, Integers},
	signature::{input, int, Input, Operator, Output, Version},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, FloatOp, ImportError};

const ALONG: &[Input] = &[input("x"), input("axis")];
const LOWER_Y: &[Output] = &[input("y")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"CumProd",
		|l, n, i| running(l, n, i, products),
		&[Version::new(&[26], &[int("exclusive", 0), int("reverse", 0)], ALONG, LOWER_Y)],
	)
	.integers(Integers::Same(Growth::Beyond))
	.settings(),
	Operator::new(
		"CumSum",
		|l, n, i| running(l, n, i, sums),
		&[Version::new(&[11, 14], &[int("exclusive", 0), int("reverse", 0)], ALONG, LOWER_Y)],
	)
	.integers(Integers::Same(Growth::Beyond))
	.settings(),
];

/// Most places along the axis of a product: each is an operation of its own.
const PLACES: usize = 256;

/// What is made of the places of an axis: for each the places before it that count.
type Running = fn(&mut Compose, &Variable, usize, &[Vec<usize>]) -> Made;

fn running(lowering: &mut Lowering, node: &Node, inputs: &Inputs, make: Running) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let axis = match inputs.integers(node, 1)? {
		[axis] => node.axis(*axis, x.dims.len())?,
		values => return Err(node.error("a single axis", values.len().to_string())),
	};
	let (exclusive, reverse) = (node.int("exclusive", 0) != 0, node.int("reverse", 0) != 0);
	let size = x.dims[axis];
	lowering.count(node, &[x.len(), size])?;
	// From the one that counts first to the last.
	let counted = |place: usize| -> Vec<usize> {
		match (reverse, exclusive) {
			(false, false) => (0..=place).collect(),
			(false, true) => (0..place).collect(),
			(true, false) => (place..size).rev().collect(),
			(true, true) => (place + 1..size).rev().collect(),
		}
	};
	let counted: Vec<_> = (0..size).map(counted).collect();
	let made = make(&mut Compose { lowering, node }, &x, axis, &counted)?;
	Ok(vec![Operand::Variable(made)])
}

/// Sums of all that count, side by side with zeros for those that do not.
fn sums(compose: &mut Compose, x: &Variable, axis: usize, counted: &[Vec<usize>]) -> Made {
	let size = x.dims[axis];
	if size == 1 && counted[0].len() == 1 {
		return Ok(x.clone());
	}
	let inner: usize = x.dims[axis + 1..].iter().product();
	let mut picks = Vec::with_capacity(x.len() * size);
	for element in 0..x.len() {
		let start = element / inner / size * size * inner + element % inner;
		let own = &counted[element / inner % size];
		picks.extend(own.iter().map(|place| Some(start + place * inner)));
		picks.extend(vec![None; size - own.len()]);
	}
	let (lowering, node) = (&mut *compose.lowering, compose.node);
	let value = lowering.gather(node, x.value, picks)?;
	let value = lowering.push(node, &[value], x.len(), FloatOp::ReduceSum(size))?;
	Ok(Variable { value, ..shaped(x, x.dims.clone()) })
}

/// Products, each of the one before it.
fn products(compose: &mut Compose, x: &Variable, axis: usize, counted: &[Vec<usize>]) -> Made {
	let size = x.dims[axis];
	if size > PLACES {
		let expected = format!("at most {PLACES} places along the axis of a product");
		return Err(compose.node.error(expected, size.to_string()));
	}
	let one = |compose: &mut Compose| -> Result<Variable, ImportError> {
		let part = compose.part(x, axis, 0, 1)?;
		let nothing = compose.lowering.gather(compose.node, part.value, vec![None; part.len()])?;
		let value = compose.lowering.affine(compose.node, nothing, 1.0, vec![1.0])?;
		Ok(Variable { value, ..part })
	};
	// From the shortest product to the longest.
	let mut order: Vec<usize> = (0..size).collect();
	order.sort_by_key(|place| counted[*place].len());
	let mut made: Vec<Option<Variable>> = vec![None; size];
	let mut last: Option<Variable> = None;
	for place in order {
		let next = match (counted[place].last(), last) {
			(None, _) => one(compose)?,
			(Some(own), None) => compose.part(x, axis, *own, 1)?,
			(Some(own), Some(last)) => {
				let factor = compose.part(x, axis, *own, 1)?;
				compose.product(&last, &factor)?
			}
		};
		last = (!counted[place].is_empty()).then(|| next.clone());
		made[place] = Some(next);
	}
	let parts: Vec<Variable> = made.into_iter().flatten().collect();
	compose.joined(&parts, axis)
}
