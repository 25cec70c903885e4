//! The largest or the smallest of several, and their places.

use super::{
	compose::{shaped, Compose},
	shape::transposed,
	signature::{input, int, needed, Form, Input, Operator, Output, Version},
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{node::Node, FloatOp, TopK};

const XK: &[Input] = &[input("X"), input("K")];
const RESULTS: &[Output] = &[input("Values"), input("Indices")];

pub const OPERATORS: &[Operator] = &[Operator::new(
	"TopK",
	top,
	&[
		Version::new(&[1], &[int("axis", -1), needed("k", Form::Int)], &[input("X")], RESULTS),
		Version::new(&[10], &[int("axis", -1)], XK, RESULTS),
		Version::new(
			&[11, 24],
			&[
				int("axis", -1),
				int("largest", 1),
				int("sorted", 1).idle("without it any order will do, so that of all others does"),
			],
			XK,
			RESULTS,
		),
	],
)];

/// `TopK` for a constant `K`: of equal elements the first is first, as ONNX Runtime has it.
fn top(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = match inputs.operand(node, 0)? {
		Operand::Variable(x) if matches!(x.kind, Kind::Integer | Kind::Whole(_)) => x.clone(),
		_ => inputs.number(lowering, node, 0)?,
	};
	let axis = node.axis(node.int("axis", -1), x.dims.len())?;
	let size = x.dims[axis];
	let given = match node.version.oldest() {
		1 => node.int("k", 0),
		_ => match inputs.integers(node, 1)? {
			[k] => *k,
			other => return Err(node.error("one number K", other.len().to_string())),
		},
	};
	let count = usize::try_from(given).ok().filter(|k| (1..=size).contains(k));
	let count = count.ok_or_else(|| node.error(format!("K of 1 to {size}"), given.to_string()))?;
	let sign = if node.int("largest", 1) == 0 { -1.0 } else { 1.0 };
	let rank = x.dims.len();
	let order: Vec<_> = (0..rank).filter(|i| *i != axis).chain([axis]).collect();
	let compose = &mut Compose { lowering, node };
	let turned = compose.turned(&x, &order)?;
	let signed = compose.affine(&turned, sign, 0.0)?;
	let mut dims = turned.dims;
	dims[rank - 1] = count;
	let mut back: Vec<_> = (0..rank - 1).collect();
	back.insert(axis, rank - 1);
	let mut results = Vec::with_capacity(2);
	for places in [false, true] {
		let op = FloatOp::TopK(TopK { size, count, places });
		let len = x.len() / size * count;
		let value = compose.lowering.push(node, &[signed.value], len, op)?;
		let made = shaped(&Variable { value, ..x.clone() }, dims.clone());
		let factor = if places { 1.0 } else { sign };
		let own = compose.affine(&made, factor, 0.0)?;
		let (dims, picks) = transposed(&own.dims, &back);
		let own = compose.picked(&own, picks, dims)?;
		let kind = if places { Kind::Whole(INT64) } else { x.kind.clone() };
		results.push(Operand::Variable(Variable { kind, ..own }));
	}
	Ok(results)
}
