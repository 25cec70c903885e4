//! Trees that are walked by indices: which feature a node looks at, its threshold and its children are rows of
//! tables at the node's number.
//!
//! - Whether a feature that is picked so is above a threshold that is picked so is a pick, too: of what every
//!   node would say. Each of these compares one element with one constant, as trees of other forms do, exactly
//!   and on the input's own grid; a difference of two picks would have to have a common step.
//! - A choice between two rows of constants at one place is a row of one table of both, whose range is that of
//!   its rows; `y + c (x - y)` could be anywhere between twice as far ends, for all that its terms tell.

use std::collections::BTreeMap;

use super::op;
use crate::import::{FloatGraph, FloatNode, FloatOp, FloatPick, FloatTable, Places, Threshold};

/// Operations that a truth value is followed through.
const DEPTH: usize = 8;
/// Rows of a table that may become twice as many: places are below 2^24.
const MOST: usize = 1 << 23;

/// The graph so far, and where the values of the old one are in it.
struct Rebuilt {
	ops: Vec<FloatNode>,
	places: Vec<usize>,
}

impl Rebuilt {
	/// Adds an operation of the new graph, under the name of one of the old.
	fn push(&mut self, name: &str, inputs: Vec<usize>, len: usize, op: FloatOp) -> usize {
		self.ops.push(FloatNode { name: name.into(), inputs, len, op });
		self.ops.len()
	}
}

/// A constant table of one column, and the value that holds the places.
fn constants(graph: &FloatGraph, value: usize) -> Option<(&[f32], usize)> {
	match op(graph, value)? {
		FloatOp::Pick(FloatPick { width: 1, table: FloatTable::Constant(values), .. }) => {
			Some((values, graph.ops[value - 1].inputs[0]))
		}
		_ => None,
	}
}

/// Whether two values are the same places.
fn same_places(graph: &FloatGraph, a: usize, b: usize) -> bool {
	match (op(graph, a), op(graph, b)) {
		_ if a == b => true,
		(Some(FloatOp::Places(own)), Some(FloatOp::Places(other))) => {
			own == other && graph.ops[a - 1].inputs == graph.ops[b - 1].inputs
		}
		_ => false,
	}
}

/// Whether a value's elements are known to be 1 or 0.
fn is_truth(graph: &FloatGraph, value: usize, depth: usize) -> bool {
	let (Some(op), true) = (op(graph, value), depth > 0) else { return false };
	let inputs = &graph.ops[value - 1].inputs;
	let truth = |input: &usize| is_truth(graph, *input, depth - 1);
	match op {
		FloatOp::Greater(_) => true,
		FloatOp::Sum { factors, offset } => {
			factors[..] == [-1.0] && offset.iter().all(|o| *o == 1.0) && truth(&inputs[0])
		}
		FloatOp::Mul | FloatOp::Gather(_) => inputs.iter().all(truth),
		FloatOp::Pick(pick) => match pick.table {
			FloatTable::OneHot => true,
			FloatTable::Computed => truth(&inputs[1]),
			FloatTable::Constant(_) | FloatTable::Fixed(_) => false,
		},
		_ => false,
	}
}

/// What is picked from a value at one number for each row of a table, and compared with another.
struct Tests<'a> {
	/// Number of the value that is picked from.
	data: usize,
	/// The place in it and the threshold, for each row.
	rows: Vec<(u32, f32)>,
	/// Number of the value whose elements say which row is meant.
	at: usize,
	/// Whether the threshold is to be above, rather than what is picked.
	turned: bool,
	name: &'a str,
}

/// The comparison of operation `index`, if it is one of picks.
fn tests(graph: &FloatGraph, index: usize) -> Option<Tests<'_>> {
	let node = &graph.ops[index];
	let FloatOp::Greater(thresholds) = &node.op else { return None };
	if thresholds.iter().any(|threshold| *threshold != Threshold::over(0.0)) {
		return None;
	}
	let FloatOp::Sum { factors, offset } = op(graph, node.inputs[0])? else { return None };
	let ([p, q], true) = (&factors[..], offset.iter().all(|o| *o == 0.0)) else { return None };
	if *p != -*q || *p == 0.0 {
		return None;
	}
	let [a, b] = graph.ops[node.inputs[0] - 1].inputs[..] else { return None };
	let (feature, (limits, at), factor) = match (constants(graph, a), constants(graph, b)) {
		(None, Some(limits)) => (a, limits, *p),
		(Some(limits), None) => (b, limits, *q),
		_ => return None,
	};
	let FloatOp::Pick(FloatPick { width: 1, table: FloatTable::Computed, .. }) =
		op(graph, feature)?
	else {
		return None;
	};
	let [places, data] = graph.ops[feature - 1].inputs[..] else { return None };
	let FloatOp::Places(Places { axes, offset }) = op(graph, places)? else { return None };
	let ([(size, stride)], [offset]) = (axes.as_slice(), offset.as_slice()) else { return None };
	let (columns, own) = constants(graph, graph.ops[places - 1].inputs[0])?;
	if columns.len() != limits.len() || !same_places(graph, own, at) {
		return None;
	}
	let row = |(column, limit): (&f32, &f32)| {
		let column = if *column < 0.0 { column + *size as f32 } else { *column };
		// Columns are below 2^24, as places are.
		let there = column.fract() == 0.0 && (0.0..*size as f32).contains(&column);
		there.then_some((offset + column as u32 * stride, *limit)).filter(|_| limit.is_finite())
	};
	let rows = columns.iter().zip(limits).map(row).collect::<Option<Vec<_>>>()?;
	Some(Tests { data, rows, at, turned: factor < 0.0, name: &node.name })
}

impl Tests<'_> {
	fn rebuild(self, rebuilt: &mut Rebuilt, len: usize) {
		let Self { data, rows, at, turned, name } = self;
		let (mut picks, mut thresholds) = (Vec::new(), Vec::new());
		let mut known = BTreeMap::new();
		let mut bits = Vec::with_capacity(rows.len());
		for (place, limit) in rows {
			// -0 and 0 are one threshold.
			let bit = *known.entry((place, (limit + 0.0).to_bits())).or_insert_with(|| {
				picks.push(Some((0, place)));
				// A threshold that is above is one that is not met.
				thresholds.push(Threshold { at: limit, met: turned });
				thresholds.len() as u32 - 1
			});
			bits.push(Some((0, bit)));
		}
		let (data, at) = (rebuilt.places[data], rebuilt.places[at]);
		let (count, rows) = (picks.len(), bits.len());
		let picked = rebuilt.push(name, vec![data], count, FloatOp::Gather(picks));
		let above = rebuilt.push(name, vec![picked], count, FloatOp::Greater(thresholds));
		let table = rebuilt.push(name, vec![above], rows, FloatOp::Gather(bits));
		let pick = FloatPick { rows, width: 1, table: FloatTable::Computed };
		let mut made = rebuilt.push(name, vec![at, table], len, FloatOp::Pick(pick));
		if turned {
			let not = FloatOp::Sum { factors: vec![-1.0], offset: vec![1.0] };
			made = rebuilt.push(name, vec![made], len, not);
		}
		rebuilt.places.push(made);
	}
}

/// A choice between two tables of constants.
struct Choice {
	/// For each row what is there without the condition, and with it.
	rows: Vec<[f32; 2]>,
	at: usize,
	condition: usize,
	/// What becomes of it.
	factor: f32,
	offset: Vec<f32>,
}

/// The choice of operation `index`, if it is one.
fn choice(graph: &FloatGraph, index: usize) -> Option<Choice> {
	let node = &graph.ops[index];
	let FloatOp::Sum { factors, offset } = &node.op else { return None };
	let ([p, q], [a, b]) = (&factors[..], &node.inputs[..]) else { return None };
	if p != q {
		return None;
	}
	let product = |value: usize| matches!(op(graph, value), Some(FloatOp::Mul)).then_some(value);
	let (part, otherwise) = match (product(*a), product(*b)) {
		(Some(part), None) => (part, *b),
		(None, Some(part)) => (part, *a),
		_ => return None,
	};
	let [c, d] = graph.ops[part - 1].inputs[..] else { return None };
	let difference = |value: usize| {
		let FloatOp::Sum { factors, offset } = op(graph, value)? else { return None };
		let plain = factors[..] == [1.0, -1.0] && offset.iter().all(|o| *o == 0.0);
		match graph.ops[value - 1].inputs[..] {
			[x, y] if plain && y == otherwise => Some(x),
			_ => None,
		}
	};
	let (condition, chosen) = match (difference(c), difference(d)) {
		(None, Some(x)) => (c, x),
		(Some(x), None) => (d, x),
		_ => return None,
	};
	let ((x, at), (y, own)) = (constants(graph, chosen)?, constants(graph, otherwise)?);
	let fits = x.len() == y.len() && x.len() < MOST && same_places(graph, at, own);
	if !fits || !is_truth(graph, condition, DEPTH) {
		return None;
	}
	let rows = y.iter().zip(x).map(|(y, x)| [*y, *x]).collect();
	Some(Choice { rows, at, condition, factor: *p, offset: offset.clone() })
}

impl Choice {
	fn rebuild(self, rebuilt: &mut Rebuilt, name: &str, len: usize) {
		let Self { rows, at, condition, factor, offset } = self;
		let inputs = vec![rebuilt.places[at], rebuilt.places[condition]];
		let place = FloatOp::Sum { factors: vec![2.0, 1.0], offset: vec![0.0] };
		let at = rebuilt.push(name, inputs, len, place);
		let (count, table) =
			(2 * rows.len(), FloatTable::Constant(rows.into_iter().flatten().collect()));
		let pick = FloatPick { rows: count, width: 1, table };
		let mut made = rebuilt.push(name, vec![at], len, FloatOp::Pick(pick));
		if factor != 1.0 || offset.iter().any(|o| *o != 0.0) {
			let then = FloatOp::Sum { factors: vec![factor], offset };
			made = rebuilt.push(name, vec![made], len, then);
		}
		rebuilt.places.push(made);
	}
}

/// Makes comparisons and choices of picks picks themselves.
pub fn picked(graph: &mut FloatGraph) -> bool {
	let found = |index| tests(graph, index).is_some() || choice(graph, index).is_some();
	if !(0..graph.ops.len()).any(found) {
		return false;
	}
	let mut rebuilt = Rebuilt { ops: Vec::new(), places: vec![0] };
	for (index, node) in graph.ops.iter().enumerate() {
		if let Some(tests) = tests(graph, index) {
			tests.rebuild(&mut rebuilt, node.len);
		} else if let Some(choice) = choice(graph, index) {
			choice.rebuild(&mut rebuilt, &node.name, node.len);
		} else {
			let mut node = node.clone();
			node.inputs.iter_mut().for_each(|input| *input = rebuilt.places[*input]);
			rebuilt.ops.push(node);
			rebuilt.places.push(rebuilt.ops.len());
		}
	}
	let Rebuilt { ops, places } = rebuilt;
	graph.ops = ops;
	graph.outputs.iter_mut().for_each(|output| output.value = places[output.value]);
	true
}
