//! Elements taken from and put at constant places; for computed ones see [`picked`] and [`scatter`].

use super::{
	compare::side,
	compose::{shaped, tensor, Compose},
	operator::{Growth, Integers},
	picked, scatter,
	shape::{strides, walk},
	signature::{free, input, int, optional, word, Form, Input, Operator, Version, OUTPUT, Y},
	spread::unravel,
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, FloatOp, ImportError};

const INDEXED: &[Input] = &[input("data"), input("indices")];
const UPDATED: &[Input] = &[input("data"), input("indices"), input("updates")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"CenterCropPad",
		centre,
		&[Version::new(
			&[18],
			&[free("axes", Form::Ints)],
			&[input("input_data"), input("shape")],
			&[input("output_data")],
		)],
	)
	.integers(Integers::Same(Growth::Within)),
	Operator::new(
		"Compress",
		compress,
		&[Version::new(
			&[9, 11, 28],
			&[free("axis", Form::Int)],
			&[input("input"), input("condition")],
			OUTPUT,
		)],
	)
	.integers(Integers::Same(Growth::Within)),
	Operator::new(
		"GatherElements",
		gather_elements,
		&[Version::new(&[11, 13], &[int("axis", 0)], INDEXED, OUTPUT)],
	)
	.integers(Integers::Placed(Growth::Within)),
	Operator::new(
		"GatherND",
		gather_blocks,
		&[
			Version::new(&[11], &[], INDEXED, OUTPUT),
			Version::new(&[12, 13], &[int("batch_dims", 0)], INDEXED, OUTPUT),
		],
	)
	.integers(Integers::Placed(Growth::Within)),
	Operator::new(
		"ReverseSequence",
		reverse,
		&[Version::new(
			&[10, 28],
			&[int("batch_axis", 1), int("time_axis", 0)],
			&[input("input"), input("sequence_lens")],
			Y,
		)],
	),
	Operator::new(
		"Scatter",
		scatter_elements,
		&[Version::new(&[9, 11], &[int("axis", 0)], UPDATED, OUTPUT)],
	),
	Operator::new(
		"ScatterElements",
		scatter_elements,
		&[
			Version::new(&[11, 13], &[int("axis", 0)], UPDATED, OUTPUT),
			Version::new(&[16, 18], &[int("axis", 0), word("reduction", "none")], UPDATED, OUTPUT),
		],
	)
	.integers(Integers::Placed(Growth::Beyond)),
	Operator::new(
		"ScatterND",
		scatter_blocks,
		&[
			Version::new(&[11, 13], &[], UPDATED, OUTPUT),
			Version::new(&[16, 18], &[word("reduction", "none")], UPDATED, OUTPUT),
		],
	)
	.integers(Integers::Placed(Growth::Beyond)),
	Operator::new(
		"TensorScatter",
		scatter_cache,
		&[Version::new(
			&[24],
			&[int("axis", -2), word("mode", "linear")],
			&[input("past_cache"), input("update"), optional("write_indices")],
			&[input("present_cache")],
		)],
	),
	Operator::new(
		"Trilu",
		triangle,
		&[Version::new(&[14], &[int("upper", 1)], &[input("input"), optional("k")], OUTPUT)],
	)
	.integers(Integers::Same(Growth::Within)),
];

/// Elements at constant places; `None` is 0.
fn taken(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	picks: impl IntoIterator<Item = Option<usize>>,
	dims: Vec<usize>,
) -> Lowered {
	lowering.count(node, &dims)?;
	Ok(vec![Operand::number(lowering.gather(node, x.value, picks)?, dims)])
}

/// `CenterCropPad`: cut or padded with zeros, the same at both ends, or one more at the second.
fn centre(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let sizes = super::shape::sizes(node, inputs.integers(node, 1)?)?;
	let all: Vec<_> = (0..x.dims.len() as i64).collect();
	let axes = node.ints("axes").unwrap_or(&all);
	let axes = axes.iter().map(|a| node.axis(*a, x.dims.len())).collect::<Result<Vec<_>, _>>()?;
	if axes.len() != sizes.len() {
		return Err(node.error(format!("{} sizes", axes.len()), sizes.len().to_string()));
	}
	let mut dims = x.dims.clone();
	let mut starts = vec![0i64; dims.len()];
	for (axis, size) in axes.iter().zip(&sizes) {
		let (from, to) = (x.dims[*axis] as i64, *size as i64);
		dims[*axis] = *size;
		starts[*axis] = if to < from { (from - to) / 2 } else { -((to - from) / 2) };
	}
	let len = lowering.count(node, &dims)?;
	let own = strides(&x.dims);
	let picks: Vec<_> = (0..len)
		.map(|place| {
			let index = unravel(place, &dims);
			let at = |axis: usize| {
				let at = usize::try_from(index[axis] as i64 + starts[axis]).ok();
				at.filter(|at| *at < x.dims[axis]).map(|at| at * own[axis] as usize)
			};
			(0..dims.len()).map(at).sum::<Option<usize>>()
		})
		.collect();
	taken(lowering, node, &x, picks, dims)
}

/// `Compress`: what a constant condition keeps, along an axis or of all elements.
fn compress(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let kept = inputs.integers(node, 1)?.iter().enumerate().filter(|(_, keep)| **keep != 0);
	let kept: Vec<usize> = kept.map(|(place, _)| place).collect();
	let axis = node.attribute("axis").map(|a| node.axis(a.i, x.dims.len())).transpose()?;
	let (x, axis) = match axis {
		Some(axis) => (x, axis),
		None => (shaped(&x, vec![x.len()]), 0),
	};
	if kept.last().is_some_and(|last| *last >= x.dims[axis]) {
		let expected = format!("a condition of at most {} places", x.dims[axis]);
		return Err(node.error(expected, "more"));
	}
	let mut dims = x.dims.clone();
	dims[axis] = kept.len();
	let inner: usize = x.dims[axis + 1..].iter().product();
	let outer: usize = x.dims[..axis].iter().product();
	let size = x.dims[axis];
	let picks = (0..outer)
		.flat_map(|o| kept.iter().map(move |place| (o * size + place) * inner))
		.flat_map(|start| start..start + inner);
	taken(lowering, node, &x, picks.map(Some).collect::<Vec<_>>(), dims)
}

/// For each element of a tensor of indices its place in `dims`, where `axis` is what it says.
fn element_places(
	node: &Node,
	indices: &[i64],
	shape: &[usize],
	dims: &[usize],
	axis: usize,
) -> Result<Vec<usize>, ImportError> {
	let fits = shape.len() == dims.len()
		&& (0..dims.len()).all(|other| other == axis || shape[other] <= dims[other]);
	if !fits {
		return Err(node.error(format!("indices that fit {dims:?}"), format!("{shape:?}")));
	}
	let own = strides(dims);
	let at = |(place, index): (usize, &i64)| {
		let mut at = unravel(place, shape);
		at[axis] = node.axis(*index, dims[axis])?;
		Ok(at.iter().zip(&own).map(|(i, step)| i * *step as usize).sum())
	};
	indices.iter().enumerate().map(at).collect()
}

/// `GatherElements`.
fn gather_elements(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let Operand::Variable(_) = inputs.operand(node, 1)? {
		return picked::gather_elements(lowering, node, inputs);
	}
	let x = inputs.number(lowering, node, 0)?;
	let shape = inputs.constant(node, 1)?.dims.clone();
	let axis = node.axis(node.int("axis", 0), x.dims.len())?;
	let places = element_places(node, inputs.integers(node, 1)?, &shape, &x.dims, axis)?;
	taken(lowering, node, &x, places.into_iter().map(Some), shape)
}

/// Starts of blocks of `dims` that rows of indices name behind `batch` axes in common, and the shape
/// of a block.
fn block_starts(
	node: &Node,
	indices: &[i64],
	shape: &[usize],
	dims: &[usize],
	batch: usize,
) -> Result<(Vec<usize>, Vec<usize>), ImportError> {
	let depth = shape.last().copied().unwrap_or(0);
	let fits = depth > 0
		&& batch < shape.len()
		&& batch + depth <= dims.len()
		&& shape[..batch] == dims[..batch];
	if !fits {
		return Err(node.error(format!("indices that fit {dims:?}"), format!("{shape:?}")));
	}
	let own = strides(dims);
	let rows: usize = shape[..shape.len() - 1].iter().product();
	let batches: usize = dims[..batch].iter().product();
	let block = dims[batch..].iter().product::<usize>();
	let start = |(row, index): (usize, &[i64])| {
		let mut at = row / (rows / batches).max(1) * block;
		for (i, index) in index.iter().enumerate() {
			at += node.axis(*index, dims[batch + i])? * own[batch + i] as usize;
		}
		Ok(at)
	};
	let starts = indices.chunks(depth).enumerate().map(start).collect::<Result<Vec<_>, _>>()?;
	Ok((starts, dims[batch + depth..].to_vec()))
}

/// `GatherND`.
fn gather_blocks(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let Operand::Variable(_) = inputs.operand(node, 1)? {
		return picked::gather_blocks(lowering, node, inputs);
	}
	let x = inputs.number(lowering, node, 0)?;
	let shape = inputs.constant(node, 1)?.dims.clone();
	let batch = usize::try_from(node.int("batch_dims", 0)).unwrap_or(usize::MAX);
	let indices = inputs.integers(node, 1)?;
	let (starts, block) = block_starts(node, indices, &shape, &x.dims, batch.min(x.dims.len()))?;
	let dims = [&shape[..shape.len() - 1], block.as_slice()].concat();
	let size: usize = block.iter().product();
	let picks = starts.into_iter().flat_map(|start| start..start + size).map(Some);
	taken(lowering, node, &x, picks.collect::<Vec<_>>(), dims)
}

/// `ReverseSequence`: the first elements of each sequence in the other order.
fn reverse(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	let batch = node.axis(node.int("batch_axis", 1), rank)?;
	let time = node.axis(node.int("time_axis", 0), rank)?;
	let lengths = inputs.integers(node, 1)?;
	let sound = |length: &i64| (0..=x.dims[time] as i64).contains(length);
	if batch == time || lengths.len() != x.dims[batch] || !lengths.iter().all(sound) {
		let expected = format!("{} lengths of at most {}", x.dims[batch], x.dims[time]);
		return Err(node.error(expected, format!("{lengths:?}")));
	}
	let own = strides(&x.dims);
	let at = |place: usize| {
		let index = unravel(place, &x.dims);
		let length = lengths[index[batch]] as usize;
		match index[time] < length {
			true => {
				place + (length - 1) * own[time] as usize - 2 * index[time] * own[time] as usize
			}
			false => place,
		}
	};
	let picks: Vec<_> = (0..x.len()).map(|place| Some(at(place))).collect();
	taken(lowering, node, &x, picks, x.dims.clone())
}

/// Updates at their targets in `x`, by the reduction that the node names.
fn scattered(
	lowering: &mut Lowering,
	node: &Node,
	x: &Variable,
	updates: &Operand,
	targets: &[usize],
	reduction: &str,
) -> Lowered {
	let updates = match updates {
		Operand::Variable(updates) => updates.clone(),
		Operand::Constant(constant) if reduction == "none" => {
			// Constants are offsets where nothing is left, which need not share the others' scale.
			let numbers = Compose { lowering, node }.numbers(constant, &constant.dims)?;
			let mut picks: Vec<_> = (0..x.len()).map(Some).collect();
			let mut offset = vec![0.0; x.len()];
			for (update, target) in targets.iter().enumerate() {
				picks[*target] = None;
				offset[*target] = numbers[update];
			}
			let value = lowering.gather(node, x.value, picks)?;
			let value = lowering.affine(node, value, 1.0, offset)?;
			return Ok(vec![Operand::number(value, x.dims.clone())]);
		}
		Operand::Constant(constant) => lowering.materialise(node, constant)?,
	};
	// How many updates an element had before each: one round takes one of each element.
	let mut seen = vec![0usize; x.len()];
	let mut rounds: Vec<Vec<Option<usize>>> = Vec::new();
	for (update, target) in targets.iter().enumerate() {
		let round = if reduction == "none" { 0 } else { seen[*target] };
		if rounds.len() <= round {
			lowering.reserve(node, x.len())?;
			rounds.push(vec![None; x.len()]);
		}
		rounds[round][*target] = Some(update);
		seen[*target] += 1;
	}
	let compose = &mut Compose { lowering, node };
	let mut made = tensor(x.value, x.dims.clone());
	for round in rounds {
		// Elements of both are within the limit of a graph, so that they fit.
		let join = |own: usize, update: &Option<usize>| match update {
			Some(update) => Some((1, *update as u32)),
			None => Some((0, own as u32)),
		};
		let both = [made.value, updates.value];
		made = match reduction {
			"none" => {
				let picks = round.iter().enumerate().map(|(i, update)| join(i, update)).collect();
				let op = FloatOp::Gather(picks);
				let value = compose.lowering.push(node, &both, made.len(), op)?;
				tensor(value, made.dims)
			}
			"add" => {
				let value = compose.lowering.gather(node, updates.value, round)?;
				let here = tensor(value, made.dims.clone());
				compose.sum((1.0, &made), (1.0, &here))?
			}
			"mul" => {
				let ones: Vec<f32> =
					round.iter().map(|u| if u.is_some() { 0.0 } else { 1.0 }).collect();
				let value = compose.lowering.gather(node, updates.value, round)?;
				let value = compose.lowering.affine(node, value, 1.0, ones)?;
				let here = tensor(value, made.dims.clone());
				compose.product(&made, &here)?
			}
			"max" | "min" => {
				let sign = if reduction == "max" { 1.0 } else { -1.0 };
				let own = compose.affine(&made, sign, 0.0)?;
				let other = compose.affine(&updates, sign, 0.0)?;
				let pair = |(i, update)| [Some((0, i as u32)), join(i, update)];
				let picks: Vec<_> = round.iter().enumerate().flat_map(pair).collect();
				let both = [own.value, other.value];
				let len = made.len();
				let pairs = compose.lowering.push(node, &both, 2 * len, FloatOp::Gather(picks))?;
				let value = compose.lowering.push(node, &[pairs], len, FloatOp::ReduceMax(2))?;
				compose.affine(&tensor(value, made.dims), sign, 0.0)?
			}
			other => {
				return Err(node.error("reduction none, add, mul, max or min", other));
			}
		};
	}
	Ok(vec![Operand::Variable(made)])
}

/// `ScatterElements`, and `Scatter` as it was called before.
fn scatter_elements(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let Operand::Variable(_) = inputs.operand(node, 1)? {
		return scatter::elements(lowering, node, inputs);
	}
	let x = inputs.number(lowering, node, 0)?;
	let updates = side(lowering, node, inputs, 2)?;
	let shape = inputs.constant(node, 1)?.dims.clone();
	let axis = node.axis(node.int("axis", 0), x.dims.len())?;
	let places = element_places(node, inputs.integers(node, 1)?, &shape, &x.dims, axis)?;
	if updates.dims() != shape {
		return Err(node.error(format!("updates of {shape:?}"), format!("{:?}", updates.dims())));
	}
	let reduction = node.text("reduction", "none");
	scattered(lowering, node, &x, &updates, &places, &reduction)
}

/// `ScatterND`.
fn scatter_blocks(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let Operand::Variable(_) = inputs.operand(node, 1)? {
		return scatter::blocks(lowering, node, inputs);
	}
	let x = inputs.number(lowering, node, 0)?;
	let updates = side(lowering, node, inputs, 2)?;
	let shape = inputs.constant(node, 1)?.dims.clone();
	let (starts, block) = block_starts(node, inputs.integers(node, 1)?, &shape, &x.dims, 0)?;
	let to = [&shape[..shape.len() - 1], block.as_slice()].concat();
	if updates.dims() != to {
		return Err(node.error(format!("updates of {to:?}"), format!("{:?}", updates.dims())));
	}
	let size: usize = block.iter().product();
	let places: Vec<_> = starts.into_iter().flat_map(|start| start..start + size).collect();
	let reduction = node.text("reduction", "none");
	scattered(lowering, node, &x, &updates, &places, &reduction)
}

/// `TensorScatter`: an update written into a cache from constant places on.
fn scatter_cache(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let updates = side(lowering, node, inputs, 1)?;
	let axis = node.axis(node.int("axis", -2), x.dims.len())?;
	let circular = match node.text("mode", "linear").as_str() {
		"linear" => false,
		"circular" => true,
		other => return Err(node.error("mode linear or circular", other)),
	};
	let fits = axis > 0
		&& updates.dims().len() == x.dims.len()
		&& (0..x.dims.len()).all(|i| i == axis || updates.dims()[i] == x.dims[i])
		&& updates.dims()[axis] <= x.dims[axis];
	if !fits {
		let expected = format!("an update that fits {:?}", x.dims);
		return Err(node.error(expected, format!("{:?}", updates.dims())));
	}
	let starts = match inputs.has(2) {
		true => inputs.integers(node, 2)?.to_vec(),
		false => vec![0; x.dims[0]],
	};
	if starts.len() != x.dims[0] {
		return Err(node.error(format!("{} places", x.dims[0]), starts.len().to_string()));
	}
	let own = strides(&x.dims);
	let count = lowering.count(node, updates.dims())?;
	let mut targets = Vec::with_capacity(count);
	for place in 0..count {
		let mut index = unravel(place, updates.dims());
		let at = usize::try_from(starts[index[0]]).ok().and_then(|s| s.checked_add(index[axis]));
		let at = at.map(|at| if circular { at % x.dims[axis] } else { at });
		let Some(at) = at.filter(|at| *at < x.dims[axis]) else {
			return Err(node.error(format!("places below {}", x.dims[axis]), "some beyond"));
		};
		index[axis] = at;
		targets.push(index.iter().zip(&own).map(|(i, step)| i * *step as usize).sum());
	}
	scattered(lowering, node, &x, &updates, &targets, "none")
}

/// `Trilu`: one side of a diagonal, with it, and zeros.
fn triangle(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let upper = node.int("upper", 1) != 0;
	let k = match inputs.has(1) {
		true => match inputs.integers(node, 1)? {
			[k] => *k,
			values => return Err(node.error("a single diagonal", values.len().to_string())),
		},
		false => 0,
	};
	let [.., rows, columns] = x.dims[..] else {
		return Err(node.error("matrices", format!("{:?}", x.dims)));
	};
	let all = walk(&x.dims, &strides(&x.dims), 0);
	let picks: Vec<_> = all
		.into_iter()
		.map(|place| {
			let (row, column) = (place / columns % rows, place % columns);
			let beyond = (column as i64 - row as i64).cmp(&k);
			let kept = if upper { beyond.is_ge() } else { beyond.is_le() };
			kept.then_some(place)
		})
		.collect();
	taken(lowering, node, &x, picks, x.dims.clone())
}
