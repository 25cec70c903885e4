//! Operators that only move elements.

use super::{Inputs, Kind, Lowered, Lowering, Operand, Variable};
use crate::import::{
	source::{count, Node, Tensor, Units, Values},
	FloatOp, ImportError,
};

/// Where the elements of a result come from.
struct Arrangement {
	dims: Vec<usize>,
	/// Places in all data inputs, one after the other; `None` if nothing moves.
	picks: Option<Vec<usize>>,
}

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

/// `Identity`, and `Dropout`, which does nothing when nothing is trained.
pub fn identity(_: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	Ok(vec![inputs.operand(node, 0)?.clone()])
}

/// All operators that move elements without a value of their own.
pub fn rearrange(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let first = inputs.operand(node, 0)?;
	let dims = first.dims();
	let arrangements = match node.op() {
		"Concat" => vec![concat(node, inputs)?],
		"Transpose" => vec![transpose(node, dims)?],
		"Slice" => vec![slice(node, inputs, dims)?],
		"Split" => split(node, inputs, dims)?,
		"Gather" => vec![gather(lowering, node, inputs, dims)?],
		"Expand" => {
			let target = sizes(node, inputs.integers(node, 1)?)?;
			let to = broadcast(dims, &target).ok_or_else(|| {
				node.error(format!("a shape to fit {dims:?}"), format!("{target:?}"))
			})?;
			lowering.count(node, &to)?;
			vec![Arrangement { picks: Some(repeated(dims, &to)), dims: to }]
		}
		"Tile" => vec![tile(lowering, node, dims, inputs.integers(node, 1)?)?],
		"DepthToSpace" | "SpaceToDepth" => vec![blocks(node, dims)?],
		_ => vec![Arrangement { dims: reshaped(node, inputs, dims)?, picks: None }],
	};
	let data = if node.op() == "Concat" { inputs.0.len() } else { 1 };
	let sources: Vec<&Operand> = inputs.0.iter().take(data).flatten().collect();
	let constants: Option<Vec<&Tensor>> = sources
		.iter()
		.map(|source| match source {
			Operand::Constant(tensor) => Some(&**tensor),
			Operand::Variable(_) => None,
		})
		.collect();
	match constants {
		Some(tensors) => arrangements.into_iter().map(|a| constant(node, &tensors, a)).collect(),
		None => {
			let variables = variables(lowering, node, &sources)?;
			arrangements.into_iter().map(|a| apply(lowering, node, &variables, a)).collect()
		}
	}
}

fn constant(node: &Node, tensors: &[&Tensor], to: Arrangement) -> Result<Operand, ImportError> {
	let values = match tensors {
		[tensor] => tensor.values.clone(),
		_ if tensors.iter().all(|t| t.integers().is_some()) => Values::Int(
			tensors.iter().flat_map(|t| t.integers().unwrap_or_default().to_vec()).collect(),
		),
		_ => {
			let all = tensors.iter().map(|t| t.floats()).collect::<Option<Vec<_>>>();
			let all = all.ok_or_else(|| node.error("numbers", "words"))?;
			Values::Float(all.concat())
		}
	};
	let values = match &to.picks {
		Some(picks) => values.pick(&picks.iter().map(|p| Some(*p)).collect::<Vec<_>>()),
		None => values,
	};
	let name = tensors.first().map_or(node.name, |tensor| &tensor.name);
	let mut tensor = Tensor::new(name, to.dims, values);
	if let [Tensor { units: Some(units), dims, .. }] = tensors {
		tensor.units = match node.op() {
			_ if units.scales.len() == 1 => Some(units.clone()),
			"Transpose" => order(node, dims.len())?
				.iter()
				.position(|axis| *axis == units.axis)
				.map(|axis| Units { axis, ..units.clone() }),
			_ => None,
		};
	}
	Ok(Operand::constant(tensor))
}

/// As values of the same kind.
fn variables(
	lowering: &mut Lowering,
	node: &Node,
	sources: &[&Operand],
) -> Result<Vec<Variable>, ImportError> {
	let mut variables = Vec::<Variable>::new();
	for source in sources {
		let variable = match source {
			Operand::Variable(variable) => variable.clone(),
			Operand::Constant(tensor) => lowering.materialise(node, tensor)?,
		};
		if let Some(first) = variables.first().filter(|first| first.kind != variable.kind) {
			let kinds = format!("{} and {}", first.kind.describe(), variable.kind.describe());
			return Err(node.error("inputs of one kind", kinds));
		}
		variables.push(variable);
	}
	Ok(variables)
}

fn apply(
	lowering: &mut Lowering,
	node: &Node,
	from: &[Variable],
	to: Arrangement,
) -> Result<Operand, ImportError> {
	lowering.count(node, &to.dims)?;
	let Variable { value, kind, .. } = &from[0];
	if matches!(kind, Kind::Ordered { .. } | Kind::Label) && to.picks.is_some() {
		return Err(node.error("numbers as its input", kind.describe()));
	}
	let value = match (to.picks, from) {
		(None, _) => *value,
		(Some(picks), [_]) => lowering.gather(node, *value, picks.into_iter().map(Some))?,
		(Some(picks), _) => {
			let places: Vec<(u32, u32)> = from
				.iter()
				.enumerate()
				.flat_map(|(i, v)| (0..v.len()).map(move |place| (i as u32, place as u32)))
				.collect();
			let picks: Vec<_> = picks.into_iter().map(|place| Some(places[place])).collect();
			let values: Vec<_> = from.iter().map(|v| v.value).collect();
			lowering.push(node, &values, picks.len(), FloatOp::Gather(picks))?
		}
	};
	Ok(Operand::Variable(Variable { value, dims: to.dims, kind: kind.clone() }))
}

/// Dimensions that a constant gives.
pub fn sizes(node: &Node, values: &[i64]) -> Result<Vec<usize>, ImportError> {
	let sizes = values.iter().map(|v| usize::try_from(*v)).collect::<Result<Vec<_>, _>>();
	match sizes {
		Ok(sizes) if count(&sizes).is_some() => Ok(sizes),
		_ => Err(node.error("a shape of few elements", format!("{values:?}"))),
	}
}

fn concat(node: &Node, inputs: &Inputs) -> Result<Arrangement, ImportError> {
	let sources =
		(0..inputs.0.len()).map(|i| inputs.operand(node, i)).collect::<Result<Vec<_>, _>>()?;
	let first = sources[0].dims();
	let axis = node.axis(node.int("axis", 1), first.len())?;
	let outer: usize = first[..axis].iter().product();
	let mut dims = first.to_vec();
	dims[axis] = 0;
	let mut starts = Vec::new();
	let mut start = 0;
	for source in &sources {
		let own = source.dims();
		let fits = own.len() == first.len()
			&& own.iter().zip(first).enumerate().all(|(i, (a, b))| i == axis || a == b);
		if !fits {
			let expected = format!("shapes equal to {first:?} but for axis {axis}");
			return Err(node.error(expected, format!("{own:?}")));
		}
		dims[axis] += own[axis];
		let chunk: usize = own[axis..].iter().product();
		starts.push((start, chunk));
		start += outer * chunk;
	}
	if count(&dims).is_none() {
		return Err(node.error("a result of few elements", format!("{dims:?}")));
	}
	let picks = (0..outer)
		.flat_map(|o| starts.iter().flat_map(move |(s, chunk)| s + o * chunk..s + (o + 1) * chunk))
		.collect();
	Ok(Arrangement { dims, picks: Some(picks) })
}

fn order(node: &Node, rank: usize) -> Result<Vec<usize>, ImportError> {
	let Some(order) = node.ints("perm") else {
		return Ok((0..rank).rev().collect());
	};
	let order = order.iter().map(|axis| node.axis(*axis, rank)).collect::<Result<Vec<_>, _>>()?;
	let mut sorted = order.clone();
	sorted.sort_unstable();
	if sorted != (0..rank).collect::<Vec<_>>() {
		return Err(node.error(format!("an order of {rank} axes"), format!("{order:?}")));
	}
	Ok(order)
}

fn transpose(node: &Node, dims: &[usize]) -> Result<Arrangement, ImportError> {
	let (dims, picks) = transposed(dims, &order(node, dims.len())?);
	Ok(Arrangement { dims, picks: Some(picks) })
}

fn slice(node: &Node, inputs: &Inputs, dims: &[usize]) -> Result<Arrangement, ImportError> {
	let all;
	let (starts, ends, axes, steps) =
		if let (Some(starts), Some(ends)) = (node.ints("starts"), node.ints("ends")) {
			(starts, ends, node.ints("axes"), None)
		} else {
			let axes = inputs.get(3).map(|_| inputs.integers(node, 3)).transpose()?;
			let steps = inputs.get(4).map(|_| inputs.integers(node, 4)).transpose()?;
			(inputs.integers(node, 1)?, inputs.integers(node, 2)?, axes, steps)
		};
	let axes = match axes {
		Some(axes) => axes,
		None => {
			all = (0..starts.len() as i64).collect::<Vec<_>>();
			&all
		}
	};
	let fits = ends.len() == starts.len()
		&& axes.len() == starts.len()
		&& steps.is_none_or(|steps| steps.len() == starts.len());
	if !fits {
		return Err(node.error("as many starts as ends, axes and steps", "others"));
	}
	let own = strides(dims);
	let (mut to, mut moves, mut place) = (dims.to_vec(), own.clone(), 0);
	for i in 0..starts.len() {
		let axis = node.axis(axes[i], dims.len())?;
		let (step, size) = (steps.map_or(1, |steps| steps[i]), dims[axis] as i64);
		if step == 0 || step == i64::MIN {
			return Err(node.error("a step that is not 0", step.to_string()));
		}
		let from_end = |value: i64| if value < 0 { value.saturating_add(size) } else { value };
		let (start, end) = (from_end(starts[i]), from_end(ends[i]));
		let (start, len) = if step > 0 {
			let (start, end) = (start.clamp(0, size), end.clamp(0, size));
			(start, (end - start).max(0) as u64)
		} else {
			let (start, end) = (start.clamp(-1, size - 1), end.clamp(-1, size - 1));
			(start, (start - end).max(0) as u64)
		};
		to[axis] = len.div_ceil(step.unsigned_abs()) as usize;
		if to[axis] > 0 {
			place += own[axis] * start as isize;
			// One step is enough, more would leave the tensor: the stride is never used.
			moves[axis] = if to[axis] == 1 { 0 } else { own[axis] * step as isize };
		}
	}
	Ok(Arrangement { picks: Some(walk(&to, &moves, place)), dims: to })
}

fn split(node: &Node, inputs: &Inputs, dims: &[usize]) -> Result<Vec<Arrangement>, ImportError> {
	let axis = node.axis(node.int("axis", 0), dims.len())?;
	let parts = node.proto.output.len();
	let sizes = match (node.ints("split"), inputs.get(1)) {
		(Some(sizes), _) => sizes.to_vec(),
		(None, Some(_)) => inputs.integers(node, 1)?.to_vec(),
		_ => {
			let size = dims[axis].div_ceil(parts.max(1));
			let rest = |i: usize| dims[axis].saturating_sub(i * size).min(size) as i64;
			(0..parts).map(rest).collect()
		}
	};
	let whole = sizes.iter().try_fold(0i64, |sum, s| sum.checked_add(*s).filter(|_| *s >= 0));
	if sizes.len() != parts || whole != Some(dims[axis] as i64) {
		let expected = format!("{parts} parts of {}", dims[axis]);
		return Err(node.error(expected, format!("{sizes:?}")));
	}
	let own = strides(dims);
	let mut start = 0;
	let part = |size: i64| {
		let mut to = dims.to_vec();
		to[axis] = size as usize;
		let picks = walk(&to, &own, start * own[axis]);
		start += size as isize;
		Arrangement { dims: to, picks: Some(picks) }
	};
	Ok(sizes.into_iter().map(part).collect())
}

fn gather(
	lowering: &Lowering,
	node: &Node,
	inputs: &Inputs,
	dims: &[usize],
) -> Result<Arrangement, ImportError> {
	let axis = node.axis(node.int("axis", 0), dims.len())?;
	let tensor = inputs.constant(node, 1)?;
	let indices = inputs
		.integers(node, 1)?
		.iter()
		.map(|index| node.axis(*index, dims[axis]))
		.collect::<Result<Vec<_>, _>>()?;
	let to = [&dims[..axis], &tensor.dims, &dims[axis + 1..]].concat();
	lowering.count(node, &to)?;
	let inner: usize = dims[axis + 1..].iter().product();
	let outer: usize = dims[..axis].iter().product();
	let size = dims[axis];
	let picks = (0..outer)
		.flat_map(|o| indices.iter().map(move |index| (o * size + index) * inner))
		.flat_map(|start| start..start + inner)
		.collect();
	Ok(Arrangement { dims: to, picks: Some(picks) })
}

fn tile(
	lowering: &Lowering,
	node: &Node,
	dims: &[usize],
	repeats: &[i64],
) -> Result<Arrangement, ImportError> {
	let repeats = sizes(node, repeats)?;
	if repeats.len() != dims.len() {
		return Err(node.error(format!("{} repeats", dims.len()), repeats.len().to_string()));
	}
	// Each axis as two: which copy, and where in it.
	let both: Vec<_> = repeats.iter().zip(dims).flat_map(|(r, d)| [*r, *d]).collect();
	let to: Vec<_> = repeats.iter().zip(dims).map(|(r, d)| r.saturating_mul(*d)).collect();
	lowering.count(node, &to)?;
	let steps: Vec<_> = strides(dims).iter().flat_map(|s| [0, *s]).collect();
	Ok(Arrangement { dims: to, picks: Some(walk(&both, &steps, 0)) })
}

/// `DepthToSpace` and `SpaceToDepth`: a transposition of blocks.
fn blocks(node: &Node, dims: &[usize]) -> Result<Arrangement, ImportError> {
	let block = usize::try_from(node.int("blocksize", 0)).unwrap_or(0);
	let error = || node.error("4 dimensions that blocks divide", format!("{dims:?} by {block}"));
	let &[batch, channels, height, width] = dims else { return Err(error()) };
	let square = block.checked_mul(block).filter(|square| *square > 0).ok_or_else(error)?;
	let (from, order, to) = if node.op() == "SpaceToDepth" {
		if !height.is_multiple_of(block) || !width.is_multiple_of(block) {
			return Err(error());
		}
		let (rows, columns) = (height / block, width / block);
		let to = vec![batch, channels * square, rows, columns];
		(vec![batch, channels, rows, block, columns, block], [0, 3, 5, 1, 2, 4], to)
	} else {
		if !channels.is_multiple_of(square) {
			return Err(error());
		}
		let depth = channels / square;
		let to = vec![batch, depth, height * block, width * block];
		match node.text("mode", "DCR").as_str() {
			"CRD" => (vec![batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3], to),
			_ => (vec![batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2], to),
		}
	};
	Ok(Arrangement { picks: Some(transposed(&from, &order).1), dims: to })
}

/// The shape after `Reshape`, `Flatten`, `Squeeze` or `Unsqueeze`.
fn reshaped(node: &Node, inputs: &Inputs, dims: &[usize]) -> Result<Vec<usize>, ImportError> {
	let rank = dims.len();
	let axes = || match (node.ints("axes"), inputs.get(1)) {
		(Some(axes), _) => Ok(Some(axes)),
		(None, Some(_)) => inputs.integers(node, 1).map(Some),
		(None, None) => Ok(None),
	};
	match node.op() {
		"Flatten" => {
			let axis = node.int("axis", 1);
			let axis = if axis == rank as i64 { rank } else { node.axis(axis, rank)? };
			let (outer, inner) = dims.split_at(axis);
			Ok(vec![outer.iter().product(), inner.iter().product()])
		}
		"Squeeze" => {
			let axes = match axes()? {
				Some(axes) => {
					axes.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?
				}
				None => (0..rank).filter(|axis| dims[*axis] == 1).collect(),
			};
			if let Some(axis) = axes.iter().find(|axis| dims[**axis] != 1) {
				return Err(node.error("axes of size 1", format!("axis {axis} of {dims:?}")));
			}
			let kept = dims.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
			Ok(kept.map(|(_, d)| *d).collect())
		}
		"Unsqueeze" => {
			let axes = axes()?.ok_or_else(|| node.error("axes", "none"))?;
			if axes.len() > 8 {
				return Err(node.error("at most 8 axes", axes.len().to_string()));
			}
			let whole = rank + axes.len();
			let axes = axes.iter().map(|a| node.axis(*a, whole)).collect::<Result<Vec<_>, _>>()?;
			let mut rest = dims.iter();
			let to: Vec<_> = (0..whole)
				.map(|axis| match axes.contains(&axis) {
					true => 1,
					false => rest.next().copied().unwrap_or(1),
				})
				.collect();
			match rest.next() {
				None => Ok(to),
				Some(_) => Err(node.error("different axes", format!("{axes:?}"))),
			}
		}
		_ => {
			let from_attribute = node.ints("shape");
			let target = match from_attribute {
				Some(target) => target,
				None => inputs.integers(node, 1)?,
			};
			let keep = node.int("allowzero", 0) == 0;
			reshape(dims, target, keep).ok_or_else(|| {
				let expected = format!("a shape of {} elements", dims.iter().product::<usize>());
				node.error(expected, format!("{target:?}"))
			})
		}
	}
}

/// ONNX's Reshape: 0 keeps a dimension, -1 takes what is left.
fn reshape(from: &[usize], target: &[i64], keep: bool) -> Option<Vec<usize>> {
	let count: usize = from.iter().product();
	let mut shape = Vec::new();
	let mut open = None;
	for (index, dim) in target.iter().enumerate() {
		shape.push(match dim {
			0 if keep => *from.get(index)?,
			-1 if open.is_none() => {
				open = Some(index);
				1
			}
			_ => usize::try_from(*dim).ok()?,
		});
	}
	let known = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
	if let Some(index) = open {
		shape[index] = count.checked_div(known)?;
	}
	let total = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d))?;
	(total == count).then_some(shape)
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
		let size = (to[*axis] as i64).checked_add(start).and_then(|s| s.checked_add(end));
		let size = size.and_then(|size| usize::try_from(size).ok());
		to[*axis] =
			size.ok_or_else(|| node.error("pads that leave elements", format!("{pads:?}")))?;
		before[*axis] = start;
	}
	lowering.count(node, &to)?;
	let mode = node.text("mode", "constant");
	if !["constant", "edge", "reflect", "wrap"].contains(&mode.as_str()) {
		return Err(node.error("mode constant, edge, reflect or wrap", mode));
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
					"reflect" if size > 1 => {
						let period = 2 * (size - 1);
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
		Kind::Number => fill,
		ref kind => return Err(node.error("numbers as its input", kind.describe())),
	};
	let offset: Vec<f32> = picks.iter().map(|p| if p.is_some() { 0.0 } else { fill }).collect();
	let value = lowering.gather(node, variable.value, picks)?;
	let value = lowering.affine(node, value, 1.0, offset)?;
	Ok(vec![Operand::Variable(Variable { value, dims: to, kind: variable.kind })])
}
