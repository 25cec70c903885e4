//! Shapes, and the places of elements in them.

use crate::import::{node::Node, source::count, ImportError};

/// How far apart neighbours along each axis are.
pub fn strides(dims: &[usize]) -> Vec<isize> {
	let mut strides = vec![1; dims.len()];
	for axis in (1..dims.len()).rev() {
		strides[axis - 1] = strides[axis] * dims[axis].max(1) as isize;
	}
	strides
}

/// The places met on the way through a tensor of that shape, in order: a step along an axis moves by
/// its stride. The shape is within the limit and all places are 0 or more.
pub fn walk(dims: &[usize], strides: &[isize], start: isize) -> Vec<usize> {
	let len = dims.iter().product();
	let mut places = Vec::with_capacity(len);
	let mut index = vec![0; dims.len()];
	let mut place = start;
	while places.len() < len {
		places.push(place as usize);
		for axis in (0..dims.len()).rev() {
			index[axis] += 1;
			place += strides[axis];
			if index[axis] < dims[axis] {
				break;
			}
			place -= strides[axis] * dims[axis] as isize;
			index[axis] = 0;
		}
	}
	places
}

/// The shape that both fit into by repeating, as in NumPy.
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
	let rank = a.len().max(b.len());
	let dim = |dims: &[usize], axis: usize| match (axis + dims.len()).checked_sub(rank) {
		Some(axis) => dims[axis],
		None => 1,
	};
	(0..rank)
		.map(|axis| match (dim(a, axis), dim(b, axis)) {
			(a, b) if a == b || b == 1 => Some(a),
			(1, b) => Some(b),
			_ => None,
		})
		.collect()
}

/// Places in a tensor of shape `from` repeated to shape `to`, which it fits into.
pub fn repeated(from: &[usize], to: &[usize]) -> Vec<usize> {
	let missing = to.len() - from.len();
	let own = strides(from);
	let strides: Vec<_> = (0..to.len())
		.map(|axis| match axis.checked_sub(missing) {
			Some(axis) if from[axis] != 1 => own[axis],
			_ => 0,
		})
		.collect();
	walk(to, &strides, 0)
}

/// Places of a transposed tensor, and its shape.
pub fn transposed(dims: &[usize], order: &[usize]) -> (Vec<usize>, Vec<usize>) {
	let own = strides(dims);
	let to: Vec<_> = order.iter().map(|axis| dims[*axis]).collect();
	let steps: Vec<_> = order.iter().map(|axis| own[*axis]).collect();
	let places = walk(&to, &steps, 0);
	(to, places)
}

/// Dimensions that a constant gives.
pub fn sizes(node: &Node, values: &[i64]) -> Result<Vec<usize>, ImportError> {
	let sizes = values.iter().map(|v| usize::try_from(*v)).collect::<Result<Vec<_>, _>>();
	match sizes {
		Ok(sizes) if count(&sizes).is_some() => Ok(sizes),
		_ => Err(node.error("a shape of few elements", format!("{values:?}"))),
	}
}
