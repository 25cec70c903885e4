//! The place of the largest or the smallest.

use super::{
	compose::{shaped, tensor, Compose, Made},
	signature::{input, int, Operator, Output, Version, DATA},
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{node::Node, FloatOp};

const REDUCED: &[Output] = &[input("reduced")];
const VERSIONS: &[Version] = &[
	Version::new(&[1, 11], &[int("axis", 0), int("keepdims", 1)], DATA, REDUCED),
	Version::new(
		&[12, 13],
		&[int("axis", 0), int("keepdims", 1), int("select_last_index", 0)],
		DATA,
		REDUCED,
	),
];

pub const OPERATORS: &[Operator] = &[
	Operator::new("ArgMax", |l, n, i| extreme(l, n, i, 1.0), VERSIONS),
	Operator::new("ArgMin", |l, n, i| extreme(l, n, i, -1.0), VERSIONS),
];

/// Most rows: each is an operation of its own.
const ROWS: usize = 256;

/// The place of the largest along an axis, which stays with size 1: the first of several, or the last.
pub fn place(compose: &mut Compose, x: &Variable, axis: usize, last: bool) -> Made {
	let size = x.dims[axis];
	let inner: usize = x.dims[axis + 1..].iter().product();
	let rows = x.len() / size;
	if rows > ROWS {
		return Err(compose.node.error(format!("at most {ROWS} rows"), rows.to_string()));
	}
	let mut found = Vec::with_capacity(rows);
	for row in 0..rows {
		let start = row / inner * size * inner + row % inner;
		let mut places: Vec<_> = (0..size).map(|i| start + i * inner).collect();
		if last {
			places.reverse();
		}
		let picked = compose.picked(x, places, vec![size])?;
		let node = compose.node;
		let value = compose.lowering.push(node, &[picked.value], 1, FloatOp::ArgMax)?;
		let place = tensor(value, vec![1]);
		found.push(match last {
			true => compose.affine(&place, -1.0, (size - 1) as f32)?,
			false => place,
		});
	}
	let mut dims = x.dims.clone();
	dims[axis] = 1;
	let all = match found.as_slice() {
		[only] => only.clone(),
		_ => compose.joined(&found, 0)?,
	};
	Ok(shaped(&all, dims))
}

/// `ArgMax`, and `ArgMin` of the numbers with the other sign.
fn extreme(lowering: &mut Lowering, node: &Node, inputs: &Inputs, sign: f32) -> Lowered {
	let mut x = match inputs.operand(node, 0)? {
		// The order of integers is that of what they stand for.
		Operand::Variable(
			x @ Variable {
				kind:
					Kind::Number
					| Kind::Integer
					| Kind::Whole(_)
					| Kind::Quantized { .. }
					| Kind::Ordered { .. },
				..
			},
		) => x.clone(),
		_ => inputs.number(lowering, node, 0)?,
	};
	let axis = node.axis(node.int("axis", 0), x.dims.len())?;
	let single = x.dims[axis] == x.len();
	if matches!(x.kind, Kind::Ordered { .. }) && !single {
		x = inputs.number(lowering, node, 0)?;
	}
	let compose = &mut Compose { lowering, node };
	if sign < 0.0 {
		x = compose.affine(&x, sign, 0.0)?;
	}
	let last = node.int("select_last_index", 0) != 0;
	let found = place(compose, &x, axis, last)?;
	let mut dims = found.dims;
	if node.int("keepdims", 1) == 0 {
		dims.remove(axis);
	}
	// A place that was counted from the end is an integer as others are.
	let kind = if single && !last { Kind::Label } else { Kind::Whole(INT64) };
	Ok(vec![Operand::Variable(Variable { value: found.value, dims, kind })])
}
