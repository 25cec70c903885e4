//! Factors and offsets, folded into what stands next to them.

use super::{consumers, op, same};
use crate::import::{FloatGraph, FloatMatMul, FloatOp};

/// A factor and an offset for each element, repeated.
struct Affine {
	factors: Vec<f32>,
	offsets: Vec<f32>,
}

impl Affine {
	/// What an operation does to its only input, if that is it.
	fn of(op: &FloatOp) -> Option<Self> {
		match op {
			FloatOp::Sum { factors, offset } if factors.len() == 1 => {
				Some(Self { factors: factors.clone(), offsets: offset.clone() })
			}
			FloatOp::MatMul(FloatMatMul { inputs: 1, outputs: 1, weights, bias, .. }) => {
				Some(Self { factors: weights.clone(), offsets: bias.clone() })
			}
			_ => None,
		}
	}

	fn at(&self, element: usize) -> (f32, f32) {
		let (factors, offsets) = (&self.factors, &self.offsets);
		(factors[element % factors.len()], offsets[element % offsets.len()])
	}
}

/// Where the elements of a value come from: one other value's, if it is picked from that and serves
/// nothing else, or its own.
fn origin(graph: &FloatGraph, users: &[Vec<usize>], value: usize) -> (usize, Option<usize>) {
	match op(graph, value) {
		Some(FloatOp::Gather(_)) if users[value].len() == 1 => {
			match graph.ops[value - 1].inputs[..] {
				[source] => (source, Some(value)),
				_ => (value, None),
			}
		}
		_ => (value, None),
	}
}

/// Element `i` of a value in terms of its origin; `None` is 0.
fn element(graph: &FloatGraph, gather: Option<usize>, i: usize) -> Option<usize> {
	match gather.and_then(|value| op(graph, value)) {
		Some(FloatOp::Gather(picks)) => picks[i].map(|(_, element)| element as usize),
		_ => Some(i),
	}
}

/// Factors and offsets behind a matrix go into its rows, and those before it into its columns.
pub fn into_dense(graph: &mut FloatGraph) -> bool {
	let mut changed = false;
	let mut users = consumers(graph);
	for index in 0..graph.ops.len() {
		if behind(graph, &users, index) || before(graph, &users, index) {
			users = consumers(graph);
			changed = true;
		}
	}
	changed
}

/// Folds operation `index` into the matrix that its input comes from.
fn behind(graph: &mut FloatGraph, users: &[Vec<usize>], index: usize) -> bool {
	let Some(affine) = Affine::of(&graph.ops[index].op) else { return false };
	let input = graph.ops[index].inputs[0];
	let (source, gather) = origin(graph, users, input);
	let Some(FloatOp::MatMul(dense)) = op(graph, source) else { return false };
	if users[source].len() != 1 {
		return false;
	}
	let mut own: Vec<Option<(f32, f32)>> = vec![None; dense.bias.len()];
	for i in 0..graph.ops[index].len {
		let Some(element) = element(graph, gather, i) else { return false };
		let slot = &mut own[element % dense.bias.len()];
		let (was, is) = (*slot, affine.at(i));
		if was.is_some_and(|was| was != is) {
			return false;
		}
		*slot = Some(is);
	}
	let name = graph.ops[index].name.clone();
	let FloatOp::MatMul(dense) = &mut graph.ops[source - 1].op else { return false };
	for (output, (factor, offset)) in own.iter().enumerate().filter_map(|(o, a)| Some((o, (*a)?))) {
		let row = output * dense.inputs..(output + 1) * dense.inputs;
		dense.weights[row].iter_mut().for_each(|w| *w *= factor);
		dense.bias[output] = dense.bias[output] * factor + offset;
		if let Some(units) = &mut dense.units {
			units.weights[output] *= factor.abs();
			if offset != 0.0 {
				units.bias = None;
			}
			let own = units.bias.as_mut().and_then(|bias| bias.get_mut(output));
			own.into_iter().filter(|_| factor < 0.0).for_each(|bias| *bias = -*bias);
		}
	}
	// A unit of 0 divides nothing.
	if dense.units.iter().flat_map(|units| &units.weights).any(|unit| *unit <= 0.0) {
		dense.units = None;
	}
	if affine.offsets.iter().any(|offset| *offset != 0.0) {
		dense.tensors[1] = format!("bias with {name}");
	}
	same(input, &mut graph.ops[index]);
	true
}

/// Folds what comes before the matrix of operation `index` into it.
fn before(graph: &mut FloatGraph, users: &[Vec<usize>], index: usize) -> bool {
	let FloatOp::MatMul(dense) = &graph.ops[index].op else { return false };
	let input = graph.ops[index].inputs[0];
	let (source, gather) = origin(graph, users, input);
	let Some(affine) = op(graph, source).and_then(Affine::of) else { return false };
	if users[source].len() != 1 {
		return false;
	}
	let columns = dense.groups * dense.inputs;
	let mut own: Vec<Option<(f32, f32)>> = vec![None; columns];
	let mut zeros = vec![false; columns];
	for i in 0..graph.len(input) {
		let Some(element) = element(graph, gather, i) else {
			zeros[i % columns] = true;
			continue;
		};
		let (was, is) = (own[i % columns], affine.at(element));
		if was.is_some_and(|was| was != is) {
			return false;
		}
		own[i % columns] = Some(is);
	}
	// Where there is padding in some rows an offset would come into it.
	if own
		.iter()
		.zip(&zeros)
		.any(|(own, zero)| *zero && own.is_some_and(|(_, offset)| offset != 0.0))
	{
		return false;
	}
	let first = own.iter().flatten().next().map_or(1.0, |(factor, _)| *factor);
	let uniform = first != 0.0 && own.iter().flatten().all(|(factor, _)| *factor == first);
	let argument = graph.ops[source - 1].inputs[0];
	let FloatOp::MatMul(dense) = &mut graph.ops[index].op else { return false };
	for group in 0..dense.groups {
		for output in group * dense.outputs..(group + 1) * dense.outputs {
			let mut bias = f64::from(dense.bias[output]);
			for column in 0..dense.inputs {
				let (factor, offset) = own[group * dense.inputs + column].unwrap_or((1.0, 0.0));
				let weight = &mut dense.weights[output * dense.inputs + column];
				bias += f64::from(*weight) * f64::from(offset);
				*weight *= factor;
			}
			dense.bias[output] = bias as f32;
		}
	}
	match (&mut dense.units, uniform) {
		(Some(units), true) => {
			units.weights.iter_mut().for_each(|unit| *unit *= first.abs());
			if own.iter().flatten().any(|(_, offset)| *offset != 0.0) {
				units.bias = None;
			}
		}
		(units, _) => *units = None,
	}
	match gather {
		Some(value) => graph.ops[value - 1].inputs = vec![argument],
		None => graph.ops[index].inputs = vec![argument],
	}
	true
}

/// A sum of sums is one.
pub fn into_sum(graph: &mut FloatGraph) -> bool {
	/// More terms cost nothing less, and long chains would be copied again and again.
	const TERMS: usize = 64;
	let users = consumers(graph);
	let mut changed = false;
	for index in 0..graph.ops.len() {
		let (before, rest) = graph.ops.split_at_mut(index);
		let node = &mut rest[0];
		let FloatOp::Sum { factors, offset } = &mut node.op else { continue };
		let mut terms = Vec::<(usize, f32)>::new();
		let mut term =
			|value: usize, factor: f32| match terms.iter_mut().find(|(other, _)| *other == value) {
				Some((_, sum)) => *sum += factor,
				None => terms.push((value, factor)),
			};
		let mut merged = 0;
		for (value, factor) in node.inputs.iter().zip(factors.iter()) {
			let inner = value.checked_sub(1).map(|i| &before[i]);
			match inner.map(|inner| (&inner.op, &inner.inputs)) {
				Some((FloatOp::Sum { factors: own, offset: shift }, inputs))
					if users[*value].len() == 1 && merged + inputs.len() <= TERMS =>
				{
					merged += inputs.len();
					inputs.iter().zip(own).for_each(|(v, f)| term(*v, f * factor));
					if shift.len() > offset.len() {
						*offset = vec![offset[0]; shift.len()];
					}
					let len = shift.len();
					let all = offset.iter_mut().enumerate();
					all.for_each(|(i, offset)| *offset += factor * shift[i % len]);
				}
				_ => term(*value, *factor),
			}
		}
		if merged > 0 || terms.len() < node.inputs.len() {
			changed = true;
			(node.inputs, *factors) = terms.into_iter().unzip();
		}
	}
	changed
}
