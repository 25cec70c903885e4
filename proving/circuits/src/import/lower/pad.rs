//! `Pad`.

use super::{
	shape::{strides, walk},
	signature::{float, input, needed, optional, word, Attribute, Form, Input, Operator, Version},
	signature::{DATA, OUTPUT},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::node::Node;

const MODE: Attribute = word("mode", "constant");
const VALUE: Attribute = float("value", 0.0);
const PADS: &[Input] =
	&[input("data"), input("pads"), optional("constant_value"), optional("axes")];

pub const OPERATORS: &[Operator] = &[Operator::new(
	"Pad",
	pad,
	&[
		Version::new(&[1], &[MODE, needed("paddings", Form::Ints), VALUE], DATA, OUTPUT),
		Version::new(&[2], &[MODE, needed("pads", Form::Ints), VALUE], DATA, OUTPUT),
		Version::new(
			&[11, 13],
			&[MODE],
			&[input("data"), input("pads"), optional("constant_value")],
			OUTPUT,
		),
		Version::new(&[18, 19, 21, 23, 24, 25], &[MODE], PADS, OUTPUT),
	],
)];

/// `Pad`: zeros by the pick of nothing, other constants by an offset there.
pub fn pad(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let variable = match inputs.operand(node, 0)? {
		Operand::Constant(tensor) => lowering.materialise(node, tensor)?,
		Operand::Variable(variable) => variable.clone(),
	};
	let dims = variable.dims.clone();
	let pads = match node.ints("pads").or(node.ints("paddings")) {
		Some(pads) => pads,
		None => inputs.integers(node, 1)?,
	};
	let axes = match inputs.get(3) {
		Some(_) => inputs.integers(node, 3)?.to_vec(),
		None => (0..dims.len() as i64).collect(),
	};
	let axes = axes.iter().map(|a| node.axis(*a, dims.len())).collect::<Result<Vec<_>, _>>()?;
	if pads.len() != 2 * axes.len() {
		return Err(node.error(format!("{} pads", 2 * axes.len()), pads.len().to_string()));
	}
	let mut before = vec![0i64; dims.len()];
	let mut to = dims.clone();
	for (i, axis) in axes.iter().enumerate() {
		let (start, end) = (pads[i], pads[axes.len() + i]);
		let size = (to[*axis] as i64).checked_add(start).and_then(|s| s.checked_add(end));
		let size = size.and_then(|size| usize::try_from(size).ok());
		to[*axis] =
			size.ok_or_else(|| node.error("pads that leave elements", format!("{pads:?}")))?;
		before[*axis] = start;
	}
	let mut different = axes.clone();
	different.sort_unstable();
	different.dedup();
	if different.len() != axes.len() {
		return Err(node.error("different axes", format!("{axes:?}")));
	}
	lowering.count(node, &to)?;
	let mode = node.text("mode", "constant");
	if mode == "wrap"
		&& before.iter().zip(&to).zip(&dims).any(|((b, to), d)| {
			// What is cut off is cut before anything is put in its place.
			*b < 0 || (*to as i64) < *b + *d as i64
		}) {
		return Err(node.error("pads of 0 or more with mode wrap", format!("{pads:?}")));
	}
	if !["constant", "edge", "reflect", "wrap"].contains(&mode.as_str()) {
		return Err(node.error("mode constant, edge, reflect or wrap", mode));
	}
	let single = |axis: &usize| dims[*axis] == 1 && to[*axis] > 1;
	if mode == "reflect" && axes.iter().any(single) {
		return Err(node.error("two elements or more to reflect", format!("{dims:?}")));
	}
	let fill = match inputs.get(2) {
		Some(_) => inputs.scalar(node, 2)?.unwrap_or(0.0),
		None => node.float("value", 0.0),
	};
	let own = strides(&dims);
	let picks: Vec<Option<usize>> = walk(&to, &strides(&to), 0)
		.into_iter()
		.map(|place| {
			let mut rest = place;
			let mut from = 0isize;
			for axis in (0..to.len()).rev() {
				let (index, size) = ((rest % to[axis]) as i64 - before[axis], dims[axis] as i64);
				rest /= to[axis];
				let index = match mode.as_str() {
					"edge" => index.clamp(0, size - 1),
					"reflect" => {
						let period = (2 * (size - 1)).max(1);
						let index = index.rem_euclid(period);
						index.min(period - index)
					}
					"wrap" => index.rem_euclid(size),
					_ => index,
				};
				if !(0..size).contains(&index) {
					return None;
				}
				from += own[axis] * index as isize;
			}
			Some(from as usize)
		})
		.collect();
	// Of integers the value that stands for them.
	let fill = match variable.kind {
		Kind::Quantized { scale, zero } => scale * (fill - zero as f32),
		Kind::Number | Kind::Integer => fill,
		ref kind => return Err(node.error("numbers as its input", kind.describe())),
	};
	let offset: Vec<f32> = picks.iter().map(|p| if p.is_some() { 0.0 } else { fill }).collect();
	let value = lowering.gather(node, variable.value, picks)?;
	let value = lowering.affine(node, value, 1.0, offset)?;
	Ok(vec![Operand::Variable(Variable { value, dims: to, kind: variable.kind })])
}
