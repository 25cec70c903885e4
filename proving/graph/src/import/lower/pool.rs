//! Pools over windows.

use super::{
	compose::Compose,
	signature::{free, input, int, needed, optional, word, Attribute, Form, Kernel, Operator},
	signature::{Output, Version, X, Y},
	spread::unravel,
	unpool,
	window::Windows,
	Inputs, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{node::Node, FloatMatMul, FloatOp, ImportError, TopK};

const AUTO: Attribute = word("auto_pad", "NOTSET");
const CEIL: Attribute = int("ceil_mode", 0);
const COUNT: Attribute = int("count_include_pad", 0);
const DILATIONS: Attribute = free("dilations", Form::Ints);
const KERNEL: Attribute = needed("kernel_shape", Form::Ints);
const PADS: Attribute = free("pads", Form::Ints);
const STRIDES: Attribute = free("strides", Form::Ints);
const ORDER: Attribute = int("storage_order", 0);
const INDICES: &[Output] = &[input("Y"), optional("Indices")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"AveragePool",
		average,
		&[
			Version::new(&[1], &[AUTO, KERNEL, PADS, STRIDES], X, Y),
			Version::new(&[7], &[AUTO, COUNT, KERNEL, PADS, STRIDES], X, Y),
			Version::new(&[10, 11], &[AUTO, CEIL, COUNT, KERNEL, PADS, STRIDES], X, Y),
			Version::new(&[19, 22], &[AUTO, CEIL, COUNT, DILATIONS, KERNEL, PADS, STRIDES], X, Y),
		],
	)
	.kernel(Kernel::AveragePool),
	Operator::new(
		"MaxPool",
		max,
		&[
			Version::new(&[1], &[AUTO, KERNEL, PADS, STRIDES], X, Y),
			Version::new(&[8], &[AUTO, KERNEL, PADS, ORDER, STRIDES], X, INDICES),
			Version::new(
				&[10, 11, 12, 22],
				&[AUTO, CEIL, DILATIONS, KERNEL, PADS, ORDER, STRIDES],
				X,
				INDICES,
			),
		],
	),
];

/// The windows of a pool over `[batch, channels, ...]`, and elements of a window.
fn windows(
	lowering: &Lowering,
	node: &Node,
	x: &Variable,
) -> Result<(Windows, usize), ImportError> {
	let kernel = node.ints("kernel_shape").unwrap_or_default();
	let sizes = kernel.iter().map(|k| usize::try_from(*k)).collect::<Result<Vec<_>, _>>();
	let fits = x.dims.len() == kernel.len() + 2 && x.dims.len() > 2;
	let sizes = sizes.ok().filter(|_| fits);
	let Some(sizes) = sizes else {
		let expected = format!("a kernel_shape for {:?}", x.dims);
		return Err(node.error(expected, format!("{kernel:?}")));
	};
	let windows = Windows::new(lowering, node, &x.dims[2..], &sizes)?;
	lowering.count(node, &[x.dims[0], x.dims[1], windows.places.len(), sizes.iter().product()])?;
	Ok((windows, sizes.iter().product()))
}

fn shape(x: &Variable, windows: &Windows) -> Vec<usize> {
	[&x.dims[..2], windows.out.as_slice()].concat()
}

/// `MaxPool`: in the padding the first element of the window stands again, so that it makes no difference.
pub fn max(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let (value, kind) = match inputs.operand(node, 0)? {
		// The order of integers is that of what they stand for.
		Operand::Variable(
			x @ Variable {
				kind: super::Kind::Quantized { .. } | super::Kind::Integer | super::Kind::Whole(_),
				..
			},
		) => (x.clone(), x.kind.clone()),
		_ => (inputs.number(lowering, node, 0)?, super::Kind::Number),
	};
	let (windows, window) = windows(lowering, node, &value)?;
	let area: usize = value.dims[2..].iter().product();
	let columns_first = node.int("storage_order", 0) != 0;
	let mut picks = Vec::new();
	for channel in 0..value.dims[0] * value.dims[1] {
		for places in &windows.places {
			let Some(first) = places.iter().flatten().next() else {
				return Err(node.error("windows that hold an element", "one in the padding alone"));
			};
			picks.extend(places.iter().map(|place| channel * area + place.unwrap_or(*first)));
		}
	}
	let len = picks.len() / window;
	let gathered = lowering.gather(node, value.value, picks.iter().copied().map(Some))?;
	let dims = shape(&value, &windows);
	if node.wanted.get(1) != Some(&true) {
		let value = lowering.push(node, &[gathered], len, FloatOp::ReduceMax(window))?;
		return Ok(vec![Operand::Variable(Variable { value, dims, kind })]);
	}
	// What is put in order serves both outputs. Where an element stands several times it is the first of
	// these that is found, so that it is told from all others by its place.
	let mut found = |places| {
		let op = FloatOp::TopK(TopK { size: window, count: 1, places });
		lowering.push(node, &[gathered], len, op)
	};
	let (largest, place) = (found(false)?, found(true)?);
	if columns_first {
		let turned = columns_of(&value.dims[2..]);
		picks.iter_mut().for_each(|place| *place = *place / area * area + turned[*place % area]);
	}
	let indices = unpool::named(&mut Compose { lowering, node }, place, window, picks)?;
	Ok(vec![
		Operand::Variable(Variable { value: largest, dims: dims.clone(), kind }),
		Operand::Variable(Variable { value: indices, dims, kind: super::Kind::Whole(INT64) }),
	])
}

/// For each element of a tensor of these sizes, row by row, where it stands if the first axis is the innermost.
fn columns_of(sizes: &[usize]) -> Vec<usize> {
	let place = |place: usize| {
		let index = unravel(place, sizes).into_iter().zip(sizes);
		index.rev().fold(0, |place, (index, size)| place * size + index)
	};
	(0..sizes.iter().product()).map(place).collect()
}

/// `AveragePool`: one divisor for all windows is a factor of totals. If windows differ, each position
/// has a matrix of its own, a row of equal weights.
pub fn average(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (windows, window) = windows(lowering, node, &x)?;
	let padding = node.int("count_include_pad", 0) != 0;
	let divisors: Vec<usize> = windows
		.places
		.iter()
		.zip(&windows.counted)
		.map(|(places, counted)| if padding { *counted } else { places.iter().flatten().count() })
		.collect();
	if divisors.contains(&0) {
		return Err(node.error("windows that hold an element", "one in the padding alone"));
	}
	// Those of all images of the batch.
	let (channels, area) = (x.dims[0] * x.dims[1], x.dims[2..].iter().product::<usize>());
	let places = &windows.places;
	let picks = (0..channels)
		.flat_map(|channel| places.iter().flatten().map(move |p| p.map(|p| channel * area + p)));
	let gathered = lowering.gather(node, x.value, picks)?;
	let dims = shape(&x, &windows);
	let len = channels * places.len();
	let value = if divisors.iter().all(|divisor| *divisor == divisors[0]) {
		let total = lowering.push(node, &[gathered], len, FloatOp::ReduceSum(window))?;
		lowering.affine(node, total, 1.0 / divisors[0] as f32, vec![0.0])?
	} else {
		let weights = divisors.iter().flat_map(|d| vec![1.0 / *d as f32; window]).collect();
		let dense = FloatMatMul {
			rows: channels,
			groups: places.len(),
			inputs: window,
			outputs: 1,
			weights,
			bias: vec![0.0; places.len()],
			units: None,
			tensors: ["divisors", "bias"].map(|part| format!("{part} of {}", node.name)),
			windows: None,
		};
		lowering.push(node, &[gathered], len, FloatOp::MatMul(dense))?
	};
	Ok(vec![Operand::number(value, dims)])
}
