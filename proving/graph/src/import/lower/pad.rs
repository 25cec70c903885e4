//! `Pad`.

use super::{
	shape::{strides, walk},
	signature::{float, input, needed, optional, word, Attribute, Form, Input, Operator, Version},
	signature::{DATA, OUTPUT},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, ImportError};

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
)
.settings()];

/// What stands beyond the ends of an axis.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
	/// One number.
	Constant,
	/// The element at the end.
	Edge,
	/// The elements before the end, backwards.
	Reflect,
	/// The elements from the other end on.
	Wrap,
}

impl Mode {
	fn of(node: &Node) -> Result<Self, ImportError> {
		match node.text("mode", "constant").as_str() {
			"constant" => Ok(Self::Constant),
			"edge" => Ok(Self::Edge),
			"reflect" => Ok(Self::Reflect),
			"wrap" => Ok(Self::Wrap),
			other => Err(node.error("mode constant, edge, reflect or wrap", other)),
		}
	}

	/// Which element of an axis of that size stands at a place, which may be beyond its ends.
	fn element(self, place: i64, size: i64) -> Option<i64> {
		let element = match self {
			Self::Constant => place,
			Self::Edge => place.clamp(0, size - 1),
			Self::Reflect => {
				let period = (2 * (size - 1)).max(1);
				let place = place.rem_euclid(period);
				place.min(period - place)
			}
			Self::Wrap => place.rem_euclid(size),
		};
		(0..size).contains(&element).then_some(element)
	}
}

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
		let bounded = [start, end].iter().all(|pad| pad.unsigned_abs() < 1 << 31);
		let size = Some(to[*axis] as i64).filter(|_| bounded).map(|size| size + start + end);
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
	let mode = Mode::of(node)?;
	if mode == Mode::Wrap
		&& before.iter().zip(&to).zip(&dims).any(|((b, to), d)| {
			// What is cut off is cut before anything is put in its place.
			*b < 0 || (*to as i64) < *b + *d as i64
		}) {
		return Err(node.error("pads of 0 or more with mode wrap", format!("{pads:?}")));
	}
	let single = |axis: &usize| dims[*axis] == 1 && to[*axis] > 1;
	if mode == Mode::Reflect && axes.iter().any(single) {
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
				let place = (rest % to[axis]) as i64 - before[axis];
				rest /= to[axis];
				from += own[axis] * mode.element(place, dims[axis] as i64)? as isize;
			}
			Some(from as usize)
		})
		.collect();
	// Of integers the value that stands for them.
	let fill = match variable.kind {
		Kind::Quantized { scale, zero } => scale * (fill - zero as f32),
		Kind::Number | Kind::Integer | Kind::Whole(_) | Kind::Truth => fill,
		ref kind => return Err(node.error("numbers as its input", kind.describe())),
	};
	let offset: Vec<f32> = picks.iter().map(|p| if p.is_some() { 0.0 } else { fill }).collect();
	let value = lowering.gather(node, variable.value, picks)?;
	let value = lowering.affine(node, value, 1.0, offset)?;
	Ok(vec![Operand::Variable(Variable { value, dims: to, kind: variable.kind })])
}
