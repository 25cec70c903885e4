//! Operators that make one number of many.

use super::{
	elementwise::picked, shape::transposed, Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{source::Node, FloatOp, ImportError};

/// The largest or the sum of elements along axes, which must be sorted.
fn along(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	axes: &[usize],
	op: fn(usize) -> FloatOp,
) -> Result<(usize, usize), ImportError> {
	let rank = x.dims.len();
	let kept = (0..rank).filter(|axis| !axes.contains(axis));
	let order: Vec<_> = kept.chain(axes.iter().copied()).collect();
	let size: usize = axes.iter().map(|axis| x.dims[*axis]).product();
	if size == 1 {
		return Ok((x.value, 1));
	}
	let value = picked(lowering, node, x.value, &transposed(&x.dims, &order).1)?;
	Ok((lowering.push(node, &[value], x.len() / size, op(size))?, size))
}

/// `ReduceSum`, `ReduceMean`, `ReduceMax` and `ReduceMin`.
pub fn reduce(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	let axes = match (node.ints("axes"), inputs.get(1)) {
		(Some(axes), _) => axes,
		(None, Some(_)) => inputs.integers(node, 1)?,
		(None, None) => &[],
	};
	let mut axes = axes.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?;
	axes.sort_unstable();
	axes.dedup();
	if axes.is_empty() {
		if node.int("noop_with_empty_axes", 0) != 0 {
			return Ok(vec![Operand::Variable(x)]);
		}
		axes = (0..rank).collect();
	}
	let value = match node.op() {
		"ReduceMax" => along(lowering, node, &x, &axes, FloatOp::Max)?.0,
		"ReduceMin" => {
			let value = lowering.affine(node, x.value, -1.0, vec![0.0])?;
			let turned = Variable { value, ..x.clone() };
			let (value, _) = along(lowering, node, &turned, &axes, FloatOp::Max)?;
			lowering.affine(node, value, -1.0, vec![0.0])?
		}
		op => {
			let (value, size) = along(lowering, node, &x, &axes, FloatOp::Total)?;
			let factor = if op == "ReduceMean" { 1.0 / size as f32 } else { 1.0 };
			lowering.affine(node, value, factor, vec![0.0])?
		}
	};
	let keep = node.int("keepdims", 1) != 0;
	let dims = x.dims.iter().enumerate().filter(|(axis, _)| keep || !axes.contains(axis));
	let dims = dims.map(|(axis, d)| if axes.contains(&axis) { 1 } else { *d }).collect();
	Ok(vec![Operand::number(value, dims)])
}

/// `GlobalAveragePool` and `GlobalMaxPool`.
pub fn global(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	if rank < 3 {
		return Err(node.error("axes behind batch and channel", format!("{:?}", x.dims)));
	}
	let axes: Vec<_> = (2..rank).collect();
	let value = if node.op() == "GlobalMaxPool" {
		along(lowering, node, &x, &axes, FloatOp::Max)?.0
	} else {
		let (total, size) = along(lowering, node, &x, &axes, FloatOp::Total)?;
		lowering.affine(node, total, 1.0 / size as f32, vec![0.0])?
	};
	let dims = [&x.dims[..2], vec![1; rank - 2].as_slice()].concat();
	Ok(vec![Operand::number(value, dims)])
}

/// The axis of all elements.
fn whole(node: &Node, dims: &[usize], default: i64) -> Result<usize, ImportError> {
	let axis = node.axis(node.int("axis", default), dims.len())?;
	let len: usize = dims.iter().product();
	match dims[axis] == len {
		true => Ok(axis),
		false => {
			let expected = format!("the axis of all {len} values");
			Err(node.error(expected, format!("axis {axis} of {dims:?}")))
		}
	}
}

/// `ArgMax` of all elements.
pub fn arg_max(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let operand = inputs.operand(node, 0)?;
	let x = match operand {
		Operand::Variable(x) if x.kind != Kind::Label => x.clone(),
		_ => inputs.number(lowering, node, 0)?,
	};
	let axis = whole(node, &x.dims, 0)?;
	if node.int("select_last_index", 0) != 0 {
		return Err(node.error("ties to the lowest index", "to the last"));
	}
	let mut dims = x.dims.clone();
	match node.int("keepdims", 1) != 0 {
		true => dims[axis] = 1,
		false => {
			dims.remove(axis);
		}
	}
	let value = lowering.push(node, &[x.value], 1, FloatOp::ArgMax)?;
	Ok(vec![Operand::Variable(Variable { value, dims, kind: Kind::Label })])
}

/// `Softmax` and `LogSoftmax` of all elements: they keep the order, which is all that `ArgMax` sees.
pub fn softmax(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	// Older operator sets take all axes from the given one on as one.
	let axis = node.axis(node.int("axis", if node.opset < 13 { 1 } else { -1 }), x.dims.len())?;
	let taken: usize = match node.opset < 13 {
		true => x.dims[axis..].iter().product(),
		false => x.dims[axis],
	};
	let operator = format!("{} ({})", node.op(), node.name);
	let argument = node.proto.input.first().cloned().unwrap_or_default();
	let kind = Kind::Ordered { operator, argument };
	if taken != x.len() {
		return Err(node.error("an operator that can be proved", kind.describe()));
	}
	Ok(vec![Operand::Variable(Variable { kind, ..x })])
}
