//! Operators that only move elements.

use super::{
	hidden,
	integers::narrowest,
	picked,
	shape::{broadcast, repeated, sizes, strides, transposed, walk},
	signature::{
		free, input, int, needed, optional, variadic, Form, Input, Number, Operator, Output,
		Version, DATA, INPUT, OUTPUT,
	},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	node::Node,
	source::{count, Tensor, Units, Values},
	FloatOp, ImportError,
};

const AXIS: &[super::Attribute] = &[int("axis", 0)];
const OUTPUTS: &[Output] = &[variadic("outputs")];
const PARTS: &[Input] = &[input("input"), optional("split")];
const REPEATS: &[Input] = &[input("input"), input("repeats")];
const BOUNDS: &[Input] =
	&[input("data"), input("starts"), input("ends"), optional("axes"), optional("steps")];
const INPUTS: &[Input] = &[variadic("inputs")];
const RESULT: &[Output] = &[input("concat_result")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"Concat",
		|l, n, i| rearrange(l, n, i, concat),
		&[
			Version::new(&[1], &[free("axis", Form::Int)], INPUTS, RESULT),
			Version::new(&[4, 11, 13], &[needed("axis", Form::Int)], INPUTS, RESULT),
		],
	),
	Operator::new(
		"Expand",
		|l, n, i| rearrange(l, n, i, expand),
		&[Version::new(&[8, 13], &[], &[input("input"), input("shape")], OUTPUT)],
	)
	.settings(),
	Operator::new(
		"Gather",
		|l, n, i| match i.operand(n, 1)? {
			Operand::Variable(_) => picked::gather(l, n, i),
			Operand::Constant(_) => rearrange(l, n, i, gather),
		},
		&[Version::new(&[1, 11, 13], AXIS, &[input("data"), input("indices")], OUTPUT)],
	)
	.settings(),
	Operator::new(
		"Slice",
		|l, n, i| rearrange(l, n, i, slice),
		&[
			Version::new(
				&[1],
				&[
					free("axes", Form::Ints),
					needed("ends", Form::Ints),
					needed("starts", Form::Ints),
				],
				DATA,
				OUTPUT,
			),
			Version::new(&[10, 11, 13], &[], BOUNDS, OUTPUT),
		],
	)
	.settings(),
	Operator::new(
		"Split",
		|l, n, i| rearrange(l, n, i, split),
		&[
			Version::new(
				&[1],
				&[free("axis", Form::Int), free("split", Form::Ints)],
				PARTS,
				&[variadic("outputs...")],
			),
			Version::new(&[2, 11], &[int("axis", 0), free("split", Form::Ints)], INPUT, OUTPUTS),
			Version::new(&[13], AXIS, PARTS, OUTPUTS),
			Version::new(&[18], &[int("axis", 0), free("num_outputs", Form::Int)], PARTS, OUTPUTS),
		],
	),
	Operator::new(
		"Tile",
		|l, n, i| rearrange(l, n, i, tile),
		&[
			Version::new(&[1], &[], &[input("input"), input("tiles"), input("axis")], OUTPUT),
			Version::new(&[6, 13], &[], REPEATS, OUTPUT),
		],
	)
	.settings(),
	Operator::new(
		"Transpose",
		|l, n, i| rearrange(l, n, i, transpose),
		&[Version::new(
			&[1, 13, 21, 23, 24, 25],
			&[free("perm", Form::Ints)],
			DATA,
			&[input("transposed")],
		)],
	),
];

/// Where the elements of a result come from.
pub struct Arrangement {
	pub dims: Vec<usize>,
	/// Places in all data inputs, one after the other; `None` if nothing moves.
	pub picks: Option<Vec<usize>>,
	/// Which axis of the only data input each axis is, if that is all that changes.
	pub order: Option<Vec<usize>>,
}

impl Arrangement {
	pub fn new(dims: Vec<usize>, picks: Vec<usize>) -> Self {
		Self { dims, picks: Some(picks), order: None }
	}

	/// Another shape of the same elements.
	pub fn shape(dims: Vec<usize>) -> Self {
		Self { dims, picks: None, order: None }
	}
}

/// Arrangements of the outputs of a node.
pub type Arrange = fn(&Lowering, &Node, &Inputs) -> Result<Vec<Arrangement>, ImportError>;

/// Moves the elements of the first input, or of all if all are data.
pub fn rearrange(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	arrange: Arrange,
) -> Lowered {
	let arrangements = arrange(lowering, node, inputs)?;
	arranged(lowering, node, inputs, arrangements)
}

/// Moves elements as the arrangements say.
pub fn arranged(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	arrangements: Vec<Arrangement>,
) -> Lowered {
	let all = matches!(node.version.inputs, [Input { number: Number::Variadic, .. }]);
	let count = if all { inputs.len() } else { 1 };
	let sources: Vec<&Operand> = (0..count).filter_map(|index| inputs.get(index)).collect();
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
			let floats = |tensor: &&Tensor| {
				tensor.floats().ok_or_else(|| node.error("numbers", tensor.no_floats()))
			};
			let all = tensors.iter().map(floats).collect::<Result<Vec<_>, _>>()?;
			Values::Float(all.concat())
		}
	};
	let values = match &to.picks {
		Some(picks) => values.pick(&picks.iter().map(|p| Some(*p)).collect::<Vec<_>>()),
		None => values,
	};
	let name = tensors.first().map_or(node.name, |tensor| &tensor.name);
	let mut tensor = Tensor::new(name, to.dims, values);
	tensor.limits = tensors.iter().find_map(|tensor| tensor.limits);
	if let [Tensor { range, units, .. }] = tensors {
		tensor.range = *range;
		tensor.units = match (units, to.order) {
			(Some(units), _) if units.scales.len() == 1 => Some(units.clone()),
			(Some(units), Some(order)) => order
				.iter()
				.position(|axis| *axis == units.axis)
				.map(|axis| Units { axis, ..units.clone() }),
			(None, _) | (Some(_), None) => None,
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
			// Beside others they are the numbers that the file has.
			Operand::Variable(x @ Variable { kind: Kind::Hidden(_), .. }) if sources.len() > 1 => {
				x.plain()
			}
			Operand::Variable(variable) => variable.clone(),
			Operand::Constant(tensor) => lowering.materialise(node, tensor)?,
		};
		let whole = matches!(variable.kind, Kind::Whole(_));
		let other = |first: &&Variable| match first.kind {
			Kind::Whole(_) => !whole,
			_ => first.kind != variable.kind,
		};
		if let Some(first) = variables.first().filter(other) {
			let kinds = format!("{} and {}", first.kind.describe(), variable.kind.describe());
			return Err(node.error("inputs of one kind", kinds));
		}
		variables.push(variable);
	}
	if let Some(limits) = narrowest(&variables) {
		variables.iter_mut().for_each(|x| x.kind = Kind::Whole(limits));
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
	let to = match (from, to) {
		(
			[x @ Variable { kind: Kind::Hidden(own), .. }],
			Arrangement { picks: Some(picks), dims, .. },
		) => return hidden::moved(lowering, node, x, own, (picks, dims)),
		(_, to) => to,
	};
	// Elsewhere than where they are, or beside others, results are numbers.
	let plain: Vec<_> =
		from.iter().map(|x| if to.picks.is_some() { x.plain() } else { x.clone() }).collect();
	let from = plain.as_slice();
	let Variable { value, kind, .. } = &from[0];
	let alone = matches!(
		kind,
		Kind::Ordered { .. }
			| Kind::Label
			| Kind::Word(_)
			| Kind::Masked { .. }
			| Kind::Hidden(_)
			| Kind::Scale { .. }
			| Kind::Zero { .. }
	);
	if alone && to.picks.is_some() {
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

fn concat(_: &Lowering, node: &Node, inputs: &Inputs) -> Result<Vec<Arrangement>, ImportError> {
	let sources =
		(0..inputs.len()).map(|i| inputs.operand(node, i)).collect::<Result<Vec<_>, _>>()?;
	let Some(first) = sources.first().map(|source| source.dims()) else {
		return Err(node.error("an input", "none"));
	};
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
	Ok(vec![Arrangement::new(dims, picks)])
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

fn transpose(_: &Lowering, node: &Node, inputs: &Inputs) -> Result<Vec<Arrangement>, ImportError> {
	let dims = inputs.operand(node, 0)?.dims();
	let order = order(node, dims.len())?;
	let (dims, picks) = transposed(dims, &order);
	Ok(vec![Arrangement { order: Some(order), ..Arrangement::new(dims, picks) }])
}

fn expand(
	lowering: &Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Vec<Arrangement>, ImportError> {
	let dims = inputs.operand(node, 0)?.dims();
	let target = sizes(node, inputs.integers(node, 1)?)?;
	let to = broadcast(dims, &target)
		.ok_or_else(|| node.error(format!("a shape to fit {dims:?}"), format!("{target:?}")))?;
	lowering.count(node, &to)?;
	let picks = repeated(dims, &to);
	Ok(vec![Arrangement::new(to, picks)])
}

fn slice(_: &Lowering, node: &Node, inputs: &Inputs) -> Result<Vec<Arrangement>, ImportError> {
	let dims = inputs.operand(node, 0)?.dims();
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
		if axes[..i].iter().any(|other| node.axis(*other, dims.len()).ok() == Some(axis)) {
			return Err(node.error("different axes", format!("{axes:?}")));
		}
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
	let picks = walk(&to, &moves, place);
	Ok(vec![Arrangement::new(to, picks)])
}

fn split(_: &Lowering, node: &Node, inputs: &Inputs) -> Result<Vec<Arrangement>, ImportError> {
	let dims = inputs.operand(node, 0)?.dims();
	let axis = node.axis(node.int("axis", 0), dims.len())?;
	let parts = node.proto.output.len();
	let number = node.attribute("num_outputs").map(|number| number.i);
	if number.is_some_and(|number| number != parts as i64) {
		return Err(node.error(format!("num_outputs {parts}"), format!("{number:?}")));
	}
	let sizes = match (node.ints("split"), inputs.get(1), number) {
		(Some(sizes), None, _) => sizes.to_vec(),
		(None, Some(_), None) => inputs.integers(node, 1)?.to_vec(),
		(None, None, _) if number.is_some() || dims[axis].is_multiple_of(parts.max(1)) => {
			let size = dims[axis].div_ceil(parts.max(1));
			let rest = |i: usize| dims[axis].saturating_sub(i * size).min(size) as i64;
			(0..parts).map(rest).collect()
		}
		(None, None, _) => {
			return Err(
				node.error(format!("an axis of {parts} equal parts"), dims[axis].to_string())
			)
		}
		_ => return Err(node.error("one way to say the parts", "two")),
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
		Arrangement::new(to, picks)
	};
	Ok(sizes.into_iter().map(part).collect())
}

fn gather(
	lowering: &Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Vec<Arrangement>, ImportError> {
	let dims = inputs.operand(node, 0)?.dims();
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
	Ok(vec![Arrangement::new(to, picks)])
}

fn tile(
	lowering: &Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Vec<Arrangement>, ImportError> {
	let dims = inputs.operand(node, 0)?.dims();
	let repeats = if node.version.oldest() < 6 {
		// How often along one axis.
		let [tiles, axis] = [1, 2].map(|index| inputs.scalar(node, index));
		let (tiles, axis) = (tiles?.unwrap_or(1.0) as i64, axis?.unwrap_or(0.0) as i64);
		let axis = node.axis(axis, dims.len())?;
		(0..dims.len()).map(|at| if at == axis { tiles } else { 1 }).collect()
	} else {
		inputs.integers(node, 1)?.to_vec()
	};
	let repeats = sizes(node, &repeats)?;
	if repeats.len() != dims.len() {
		return Err(node.error(format!("{} repeats", dims.len()), repeats.len().to_string()));
	}
	// Each axis as two: which copy, and where in it.
	let both: Vec<_> = repeats.iter().zip(dims).flat_map(|(r, d)| [*r, *d]).collect();
	let to: Vec<_> = repeats.iter().zip(dims).map(|(r, d)| r.saturating_mul(*d)).collect();
	lowering.count(node, &to)?;
	let steps: Vec<_> = strides(dims).iter().flat_map(|s| [0, *s]).collect();
	Ok(vec![Arrangement::new(to, walk(&both, &steps, 0))])
}
