//! Elements at computed indices.

use super::{
	classes,
	compose::Compose,
	shape::{strides, transposed},
	spread::unravel,
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{node::Node, FloatOp, FloatPick, FloatTable, ImportError, Places, WHOLE};

/// A computed tensor of indices.
pub fn indices(
	lowering: &Lowering,
	node: &Node,
	inputs: &Inputs,
	index: usize,
) -> Result<Variable, ImportError> {
	match inputs.operand(node, index)? {
		Operand::Variable(x) => match x.kind {
			Kind::Integer | Kind::Whole(_) | Kind::Label => Ok(x.clone()),
			// Of a type of integers, by ONNX, whatever it is made of.
			Kind::Number | Kind::Truth if lowering.is_whole(x.value) => Ok(x.clone()),
			_ => Err(node.error("indices of a type of integers", x.kind.describe())),
		},
		Operand::Constant(_) => Err(node.error("computed indices", "constants")),
	}
}

/// Places that indices name along axes of these sizes and strides, from an offset on, or one for each.
pub fn places(
	compose: &mut Compose,
	parts: &[(usize, usize, usize)],
	offset: Vec<usize>,
	len: usize,
) -> Result<usize, ImportError> {
	let small = |number: usize| {
		u32::try_from(number)
			.map_err(|_| compose.node.error("a tensor of fewer elements", number.to_string()))
	};
	let axes = parts.iter().map(|(_, size, stride)| Ok((small(*size)?, small(*stride)?)));
	let axes = axes.collect::<Result<Vec<_>, ImportError>>()?;
	let offset = offset.into_iter().map(small).collect::<Result<Vec<_>, _>>()?;
	let values: Vec<usize> = parts.iter().map(|(value, ..)| *value).collect();
	let op = FloatOp::Places(Places { axes, offset });
	compose.lowering.push(compose.node, &values, len, op)
}

/// Rows of `width` elements at places, of a constant or computed tensor whose elements stand there in the
/// order of `order`; shape `[places, width]`.
fn rows(
	compose: &mut Compose,
	at: usize,
	queries: usize,
	(data, order): (&Operand, &[usize]),
	width: usize,
) -> Result<Variable, ImportError> {
	let node = compose.node;
	let dims = vec![queries, width];
	let len = compose.lowering.count(node, &dims)?;
	let rows = order.len() / width.max(1);
	let (values, table, kind) = match data {
		Operand::Constant(data) => {
			let floats = data.floats().ok_or_else(|| node.error("numbers", data.no_floats()))?;
			compose.lowering.reserve(node, floats.len())?;
			let far = |value: &&i64| value.unsigned_abs() > WHOLE.unsigned_abs();
			if let Some(value) = data.integers().and_then(|values| values.iter().find(far)) {
				let expected = format!("integers of at most {WHOLE} from 0 in {}", data.name);
				return Err(node.error(expected, value.to_string()));
			}
			let kind = match data.integers() {
				Some(_) => Kind::Whole(data.limits.unwrap_or(INT64)),
				None => Kind::Number,
			};
			let table = order.iter().map(|place| floats[*place]).collect();
			(vec![at], FloatTable::Constant(table), kind)
		}
		Operand::Variable(data) => {
			let data = data.plain();
			if matches!(
				data.kind,
				Kind::Ordered { .. }
					| Kind::Masked { .. }
					| Kind::Hidden(_)
					| Kind::Label | Kind::Word(_)
			) {
				return Err(node.error("numbers as its input", data.kind.describe()));
			}
			let picks = order.iter().map(|place| Some(*place));
			let table = compose.lowering.gather(node, data.value, picks)?;
			(vec![at, table], FloatTable::Computed, data.kind)
		}
	};
	let op = FloatOp::Pick(FloatPick { rows, width, table });
	let value = compose.lowering.push(node, &values, len, op)?;
	Ok(Variable { value, dims, kind })
}

/// `Gather` with computed indices: for each a slice of `data` across an axis.
pub fn gather(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let index = indices(lowering, node, inputs, 1)?;
	let data = inputs.operand(node, 0)?.clone();
	let dims = data.dims().to_vec();
	let axis = node.axis(node.int("axis", 0), dims.len())?;
	if let (Operand::Constant(list), 1) = (&data, dims.len()) {
		if let Some(label) = classes::taken(lowering, node, list, &index)? {
			return Ok(vec![Operand::Variable(label)]);
		}
	}
	let queries = index.len();
	let compose = &mut Compose { lowering, node };
	let at = places(compose, &[(index.value, dims[axis], 1)], vec![0], queries)?;
	let (outer, inner) = (&dims[..axis], &dims[axis + 1..]);
	let [before, after] = [outer, inner].map(|dims| dims.iter().product::<usize>());
	let order = transposed(&[before, dims[axis], after], &[1, 0, 2]).1;
	let made = rows(compose, at, queries, (&data, &order), before * after)?;
	let back = transposed(&[queries, before, after], &[1, 0, 2]).1;
	let value = compose.lowering.gather(node, made.value, back.into_iter().map(Some))?;
	let dims = [outer, &index.dims, inner].concat();
	Ok(vec![Operand::Variable(Variable { value, dims, kind: made.kind })])
}

/// `ArrayFeatureExtractor` with computed indices: columns of `X`, of which a single row has two axes.
pub fn columns(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let index = indices(lowering, node, inputs, 1)?;
	let data = inputs.operand(node, 0)?.clone();
	let Some((size, outer)) = data.dims().split_last() else {
		return Err(node.error("columns", "a single number"));
	};
	let (size, queries) = (*size, index.len());
	let outer = if outer.is_empty() { vec![1] } else { outer.to_vec() };
	let rows_of: usize = outer.iter().product();
	let compose = &mut Compose { lowering, node };
	let at = places(compose, &[(index.value, size, 1)], vec![0], queries)?;
	let order = transposed(&[rows_of, size], &[1, 0]).1;
	let made = rows(compose, at, queries, (&data, &order), rows_of)?;
	let back = transposed(&[queries, rows_of], &[1, 0]).1;
	let value = compose.lowering.gather(node, made.value, back.into_iter().map(Some))?;
	let dims = [outer.as_slice(), &[queries]].concat();
	Ok(vec![Operand::Variable(Variable { value, dims, kind: made.kind })])
}

/// `GatherElements` with computed indices: for each one element of `data`.
pub fn gather_elements(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let index = indices(lowering, node, inputs, 1)?;
	let data = inputs.operand(node, 0)?.clone();
	let dims = data.dims().to_vec();
	let axis = node.axis(node.int("axis", 0), dims.len())?;
	let fits = index.dims.len() == dims.len()
		&& (0..dims.len()).all(|other| other == axis || index.dims[other] <= dims[other]);
	if !fits {
		let got = format!("{:?}", index.dims);
		return Err(node.error(format!("indices that fit {dims:?}"), got));
	}
	let own = strides(&dims);
	let offset = |place: usize| {
		let mut at = unravel(place, &index.dims);
		at[axis] = 0;
		at.iter().zip(&own).map(|(i, step)| i * *step as usize).sum()
	};
	let offsets = (0..index.len()).map(offset).collect();
	let compose = &mut Compose { lowering, node };
	let parts = [(index.value, dims[axis], own[axis] as usize)];
	let at = places(compose, &parts, offsets, index.len())?;
	let order: Vec<usize> = (0..dims.iter().product()).collect();
	let made = rows(compose, at, index.len(), (&data, &order), 1)?;
	Ok(vec![Operand::Variable(Variable { dims: index.dims, ..made })])
}

/// `GatherND` with computed indices: for each row of them a block of `data`.
pub fn gather_blocks(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let index = indices(lowering, node, inputs, 1)?;
	let data = inputs.operand(node, 0)?.clone();
	let dims = data.dims().to_vec();
	let batch = usize::try_from(node.int("batch_dims", 0)).unwrap_or(usize::MAX);
	let (shape, rank) = (&index.dims, index.dims.len());
	let depth = shape.last().copied().unwrap_or(0);
	let fits =
		depth > 0 && batch < rank && batch + depth <= dims.len() && shape[..batch] == dims[..batch];
	if !fits {
		let got = format!("{:?}", index.dims);
		return Err(node.error(format!("indices that fit {dims:?}"), got));
	}
	let own = strides(&dims);
	let queries: usize = shape[..rank - 1].iter().product();
	let width: usize = dims[batch + depth..].iter().product();
	// Rows of the table are blocks, so that strides are in blocks.
	let per_batch = queries / dims[..batch].iter().product::<usize>().max(1);
	let blocks: usize = dims[batch..batch + depth].iter().product();
	let offset = (0..queries).map(|row| row / per_batch.max(1) * blocks).collect();
	let compose = &mut Compose { lowering, node };
	let mut parts = Vec::with_capacity(depth);
	for k in 0..depth {
		let column = (0..queries).map(|row| Some(row * depth + k));
		let value = compose.lowering.gather(node, index.value, column)?;
		parts.push((value, dims[batch + k], own[batch + k] as usize / width));
	}
	let at = places(compose, &parts, offset, queries)?;
	let order: Vec<usize> = (0..dims.iter().product()).collect();
	let made = rows(compose, at, queries, (&data, &order), width)?;
	let dims = [&shape[..rank - 1], &dims[batch + depth..]].concat();
	Ok(vec![Operand::Variable(Variable { dims, ..made })])
}
