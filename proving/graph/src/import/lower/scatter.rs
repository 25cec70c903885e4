//! Updates at computed indices: `ScatterElements` and `ScatterND`.
//!
//! An index becomes a row of zeros with a one at its place, so that of each element of the tensor and each
//! update that could be meant for it there is a number, 1 if it is. Without a reduction the element and its
//! updates stand in one table, and the largest number of those that are meant says which is taken: the last
//! update of several, as ONNX's reference and ONNX Runtime have it (ONNX itself leaves that open). With one,
//! updates that are not meant are what changes nothing.

use super::{
	compose::{shaped, tensor, Compose, Made},
	moments,
	picked::{indices, places},
	shape::strides,
	spread::unravel,
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{node::Node, FloatOp, FloatPick, FloatTable, ImportError, Places};

/// Numbers of updates and elements are added to be told apart; of larger ones 32-bit floats have not all.
const MOST: usize = 1 << 24;

/// Which updates could be meant for which rows.
pub struct Meant {
	/// The value of which an element is 1 where an update is meant for a row, else 0.
	pub hot: usize,
	/// Rows that an update could be meant for.
	pub rows: Vec<usize>,
	/// For each of these, the updates that could be, in order, and the element of `hot` that says so; as many for
	/// all rows.
	pub candidates: Vec<Vec<(usize, usize)>>,
	/// Elements of a row, and of an update.
	pub width: usize,
}

/// An input's elements as numbers, and whether they are integers.
fn numbers(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	index: usize,
) -> Result<(Variable, Kind), ImportError> {
	match inputs.operand(node, index)? {
		Operand::Constant(constant) => {
			let kind = match constant.integers().is_some() {
				true => Kind::Whole(constant.limits.unwrap_or(INT64)),
				false => Kind::Number,
			};
			Ok((lowering.materialise(node, constant)?, kind))
		}
		Operand::Variable(x) => {
			let x = x.plain();
			match x.kind {
				Kind::Number | Kind::Whole(_) | Kind::Integer => {
					Ok((tensor(x.value, x.dims.clone()), x.kind))
				}
				kind => Err(node.error("numbers as its input", kind.describe())),
			}
		}
	}
}

/// One in the column that each index names, of so many, else 0.
pub fn hot(compose: &mut Compose, at: usize, queries: usize, columns: usize) -> Made {
	let dims = vec![queries, columns];
	let len = compose.lowering.count(compose.node, &dims)?;
	let op = FloatOp::Pick(FloatPick { rows: columns, width: columns, table: FloatTable::OneHot });
	Ok(tensor(compose.lowering.push(compose.node, &[at], len, op)?, dims))
}

/// `ScatterElements` with computed indices.
pub fn elements(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let index = indices(lowering, node, inputs, 1)?;
	let dims = inputs.operand(node, 0)?.dims().to_vec();
	let axis = node.axis(node.int("axis", 0), dims.len())?;
	let fits = index.dims.len() == dims.len()
		&& (0..dims.len()).all(|other| other == axis || index.dims[other] <= dims[other]);
	if !fits {
		return Err(node.error(format!("indices that fit {dims:?}"), format!("{:?}", index.dims)));
	}
	let (size, count) = (dims[axis], index.len());
	let compose = &mut Compose { lowering, node };
	let at = places(compose, &[(index.value, size, 1)], vec![0], count)?;
	let hot = hot(compose, at, count, size)?;
	let (own, theirs) = (strides(&dims), strides(&index.dims));
	// Each line of updates is meant for the line of the tensor that begins at the same place.
	let line: Vec<usize> = (0..count).filter(|u| unravel(*u, &index.dims)[axis] == 0).collect();
	let (mut rows, mut candidates) = (Vec::new(), Vec::new());
	for first in line {
		let start = unravel(first, &index.dims)
			.iter()
			.zip(&own)
			.map(|(i, s)| i * *s as usize)
			.sum::<usize>();
		for place in 0..size {
			rows.push(start + place * own[axis] as usize);
			let update = |k: usize| first + k * theirs[axis] as usize;
			let each = (0..index.dims[axis]).map(update);
			candidates.push(each.map(|update| (update, update * size + place)).collect());
		}
	}
	let meant = Meant { hot: hot.value, rows, candidates, width: 1 };
	scattered(lowering, node, inputs, &index.dims, &meant)
}

/// `ScatterND` with computed indices.
pub fn blocks(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let index = indices(lowering, node, inputs, 1)?;
	let dims = inputs.operand(node, 0)?.dims().to_vec();
	let (shape, rank) = (index.dims.clone(), index.dims.len());
	let depth = shape.last().copied().unwrap_or(0);
	if depth == 0 || depth > dims.len() {
		return Err(node.error(format!("indices that fit {dims:?}"), format!("{shape:?}")));
	}
	let (count, size) = (index.len() / depth, dims[..depth].iter().product::<usize>());
	let own = strides(&dims[..depth]);
	let compose = &mut Compose { lowering, node };
	let mut parts = Vec::with_capacity(depth);
	for k in 0..depth {
		let column = (0..count).map(|row| Some(row * depth + k));
		let value = compose.lowering.gather(node, index.value, column)?;
		parts.push((value, dims[k], own[k] as usize));
	}
	let at = places(compose, &parts, vec![0], count)?;
	let hot = hot(compose, at, count, size)?;
	let candidates = (0..size).map(|row| (0..count).map(|u| (u, u * size + row)).collect());
	let width = dims[depth..].iter().product();
	let (rows, candidates) = ((0..size).collect(), candidates.collect());
	let meant = Meant { hot: hot.value, rows, candidates, width };
	let shape = [&shape[..rank - 1], &dims[depth..]].concat();
	scattered(lowering, node, inputs, &shape, &meant)
}

/// Updates of that shape, by the reduction that the node names.
fn scattered(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	shape: &[usize],
	meant: &Meant,
) -> Lowered {
	let (data, kind) = numbers(lowering, node, inputs, 0)?;
	let (updates, _) = numbers(lowering, node, inputs, 2)?;
	if updates.dims != shape {
		return Err(node.error(format!("updates of {shape:?}"), format!("{:?}", updates.dims)));
	}
	let reduction = node.text("reduction", "none");
	if kind == Kind::Integer && !matches!(reduction.as_str(), "none" | "max" | "min") {
		let got = "integers of up to 16 bits, of which they begin again from the other end";
		return Err(node.error("numbers whose sums and products stay what they are", got));
	}
	let compose = &mut Compose { lowering, node };
	let made = match reduction.as_str() {
		"none" => last(compose, &data, &updates, meant)?,
		"add" => added(compose, &data, &updates, meant)?,
		"mul" => multiplied(compose, &data, &updates, meant)?,
		"max" => largest(compose, &data, &updates, meant, 1.0)?,
		"min" => largest(compose, &data, &updates, meant, -1.0)?,
		other => return Err(node.error("reduction none, add, mul, max or min", other)),
	};
	// What no update could be meant for stays.
	let mut picks: Vec<_> = (0..data.len() as u32).map(|i| Some((0, i))).collect();
	for (at, row) in meant.rows.iter().enumerate() {
		for i in 0..meant.width {
			// Elements are within the limit of a graph, so that they fit.
			picks[row * meant.width + i] = Some((1, (at * meant.width + i) as u32));
		}
	}
	let both = [data.value, made.value];
	let value = match picks.iter().all(|pick| matches!(pick, Some((1, _)))) {
		true => {
			let only = picks.into_iter().map(|pick| pick.map(|(_, i)| i as usize));
			lowering.gather(node, made.value, only)?
		}
		false => lowering.push(node, &both, data.len(), FloatOp::Gather(picks))?,
	};
	Ok(vec![Operand::Variable(Variable { value, dims: data.dims, kind })])
}

/// The last update that is meant for each row, or its own elements; shape `[rows, width]`.
///
/// A table holds the rows of all updates behind the rows of the tensor. Of row `i` of so many the largest is
/// taken of its own place and, of each update, of a number that is its place if it is meant and one below all
/// of the tensor's if it is not.
pub fn last(compose: &mut Compose, data: &Variable, updates: &Variable, meant: &Meant) -> Made {
	let Meant { hot, rows, candidates, width } = meant;
	let (count, own) = (updates.len() / width, rows.len());
	let all = own + 2 * count;
	if all >= MOST {
		let expected = format!("fewer than {MOST} rows and updates");
		return Err(compose.node.error(expected, all.to_string()));
	}
	let group = candidates.first().map_or(0, Vec::len) + 1;
	let len = compose.lowering.count(compose.node, &[own, group])?;
	let (mut picks, mut offset) = (Vec::with_capacity(len), Vec::with_capacity(len));
	for (row, candidates) in candidates.iter().enumerate() {
		picks.push(None);
		// All are below 2^24.
		offset.push((count + row) as u32);
		picks.extend(candidates.iter().map(|(_, place)| Some(*place)));
		offset.extend(candidates.iter().map(|(update, _)| *update as u32));
	}
	let (lowering, node) = (&mut *compose.lowering, compose.node);
	let meant = lowering.gather(node, *hot, picks)?;
	let axes = vec![(2, (own + count) as u32)];
	let numbered = lowering.push(node, &[meant], len, FloatOp::Places(Places { axes, offset }))?;
	let at = lowering.push(node, &[numbered], own, FloatOp::ReduceMax(group))?;
	// No place is among the first, below the tensor's own.
	lowering.count(node, &[all, *width])?;
	let mut table = vec![None; count * width];
	for row in rows {
		table.extend((row * width..(row + 1) * width).map(|i| Some((0, i as u32))));
	}
	table.extend((0..count * width).map(|i| Some((1, i as u32))));
	let both = [data.value, updates.value];
	let table = lowering.push(node, &both, all * width, FloatOp::Gather(table))?;
	let op = FloatOp::Pick(FloatPick { rows: all, width: *width, table: FloatTable::Computed });
	let value = lowering.push(node, &[at, table], own * width, op)?;
	Ok(tensor(value, vec![own, *width]))
}

/// Rows of the tensor, shape `[rows, width, 1]`, and for each element all updates that could be meant for it with
/// whether they are, shape `[rows, width, candidates]`.
fn pairs(
	compose: &mut Compose,
	data: &Variable,
	updates: &Variable,
	meant: &Meant,
) -> Result<[Variable; 3], ImportError> {
	let Meant { hot, rows, candidates, width } = meant;
	let group = candidates.first().map_or(0, Vec::len);
	let dims = vec![rows.len(), *width, group];
	let len = compose.lowering.count(compose.node, &dims)?;
	let own = rows.iter().flat_map(|row| row * width..(row + 1) * width).collect();
	let own = compose.picked(data, own, vec![rows.len(), *width, 1])?;
	let (mut numbers, mut truths) = (Vec::with_capacity(len), Vec::with_capacity(len));
	for candidates in candidates {
		for i in 0..*width {
			numbers.extend(candidates.iter().map(|(update, _)| update * width + i));
			truths.extend(candidates.iter().map(|(_, place)| *place));
		}
	}
	let numbers = compose.picked(updates, numbers, dims.clone())?;
	let truths = compose.picked(&tensor(*hot, vec![]), truths, dims)?;
	Ok([own, numbers, truths])
}

/// Each row with all updates that are meant for it; shape `[rows, width, 1]`.
fn added(compose: &mut Compose, data: &Variable, updates: &Variable, meant: &Meant) -> Made {
	let [own, numbers, truths] = pairs(compose, data, updates, meant)?;
	let each = compose.product(&truths, &numbers)?;
	let total = compose.total(&each, &[2], 1.0)?;
	compose.sum((1.0, &own), (1.0, &total))
}

/// Each row times all updates that are meant for it; shape `[rows, width, 1]`.
fn multiplied(compose: &mut Compose, data: &Variable, updates: &Variable, meant: &Meant) -> Made {
	let [own, numbers, truths] = pairs(compose, data, updates, meant)?;
	let less = compose.affine(&numbers, 1.0, -1.0)?;
	let each = compose.product(&truths, &less)?;
	let factors = compose.affine(&each, 1.0, 1.0)?;
	let all = compose.joined(&[own.clone(), factors], 2)?;
	let made = moments::product(compose, &all, &[2])?;
	Ok(shaped(&made, own.dims))
}

/// The largest of each row's elements and of all updates that are meant for it, of the other sign the smallest;
/// shape `[rows, width, 1]`.
fn largest(
	compose: &mut Compose,
	data: &Variable,
	updates: &Variable,
	meant: &Meant,
	sign: f32,
) -> Made {
	let [own, numbers, truths] = pairs(compose, data, updates, meant)?;
	let [own, numbers] = [own, numbers].map(|x| compose.affine(&x, sign, 0.0));
	let (own, numbers) = (own?, numbers?);
	// By how much an update is above, if it is and is meant.
	let above = compose.sum((1.0, &numbers), (-1.0, &own))?;
	let above = compose.product(&truths, &above)?;
	let most = compose.largest(&above, &[2])?;
	let most = compose.clamp(&most, 0.0, f32::INFINITY)?;
	let made = compose.sum((1.0, &own), (1.0, &most))?;
	compose.affine(&made, sign, 0.0)
}
