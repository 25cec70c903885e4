//! Operators that change no element: shapes, and nothing at all.

use super::{
	moves::{arranged, Arrangement},
	signature::{
		float, free, input, int, needed, optional, Attribute, Form, Input, Operator, Output,
		Setting, Version, CONSUMED, DATA, INPUT, OUTPUT, X,
	},
	Inputs, Lowered, Lowering,
};
use crate::import::{node::Node, source::RANK, ImportError};

const RATIO: Attribute = float("ratio", 0.5).idle("nothing is dropped but in training");
const IS_TEST: Attribute = int("is_test", 0).only(&[Setting::Int(1)]).required();
const MASK: &[Output] = &[input("output"), optional("mask").idle("it is all ones")];
const DROPOUT: &[Input] = &[
	input("data"),
	optional("ratio").idle("nothing is dropped but in training"),
	optional("training_mode"),
];
const SHAPE: &[Input] = &[input("data"), input("shape")];
const RESHAPED: &[Output] = &[input("reshaped")];
const SQUEEZED: &[Output] = &[input("squeezed")];
const EXPANDED: &[Output] = &[input("expanded")];
const LABELS: &str = "the classes' names are no part of what is proved";

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"Dropout",
		dropout,
		&[
			Version::new(&[1], &[CONSUMED, IS_TEST, RATIO], DATA, MASK),
			Version::new(&[6], &[IS_TEST, RATIO], DATA, MASK),
			Version::new(&[7, 10], &[RATIO], DATA, MASK),
			Version::new(
				&[12, 13, 22],
				&[free("seed", Form::Int).idle("nothing is drawn but in training")],
				DROPOUT,
				MASK,
			),
		],
	),
	Operator::new(
		"Flatten",
		|l, n, i| reshape(l, n, i, flattened),
		&[Version::new(&[1, 9, 11, 13, 21, 23, 24, 25], &[int("axis", 1)], INPUT, OUTPUT)],
	),
	Operator::new(
		"Identity",
		identity,
		&[Version::new(&[1, 13, 14, 16, 19, 21, 23, 24, 25], &[], INPUT, OUTPUT)],
	),
	Operator::new(
		"Reshape",
		|l, n, i| reshape(l, n, i, reshaped),
		&[
			Version::new(&[1], &[CONSUMED, free("shape", Form::Ints)], DATA, RESHAPED),
			Version::new(&[5, 13], &[], SHAPE, RESHAPED),
			Version::new(&[14, 19, 21, 23, 24, 25], &[int("allowzero", 0)], SHAPE, RESHAPED),
		],
	)
	.settings(),
	Operator::new(
		"Squeeze",
		|l, n, i| reshape(l, n, i, squeezed),
		&[
			Version::new(&[1, 11], &[free("axes", Form::Ints)], DATA, SQUEEZED),
			Version::new(&[13, 21, 23, 24, 25], &[], &[input("data"), optional("axes")], SQUEEZED),
		],
	),
	Operator::new(
		"Unsqueeze",
		|l, n, i| reshape(l, n, i, unsqueezed),
		&[
			Version::new(&[1, 11], &[needed("axes", Form::Ints)], DATA, EXPANDED),
			Version::new(&[13, 21, 23, 24, 25], &[], &[input("data"), input("axes")], EXPANDED),
		],
	),
	Operator::new(
		"ZipMap",
		identity,
		&[Version::new(
			&[1],
			&[
				free("classlabels_int64s", Form::Ints).idle(LABELS),
				free("classlabels_strings", Form::Strings).idle(LABELS),
			],
			X,
			&[input("Z")],
		)],
	)
	.of("ai.onnx.ml"),
];

/// `Identity`, and `ZipMap`, which only names what is there.
pub fn identity(_: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	Ok(vec![inputs.operand(node, 0)?.clone()])
}

/// `Dropout`, which does nothing when nothing is trained.
fn dropout(_: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	if let Some(training) = inputs.scalar(node, 2)? {
		if training != 0.0 {
			// With nothing to be dropped the two are one.
			let ratio = inputs.scalar(node, 1)?.unwrap_or(0.5);
			if ratio != 0.0 {
				return Err(
					node.error("input training_mode false (export in evaluation mode)", "true")
				);
			}
		}
	}
	Ok(vec![inputs.operand(node, 0)?.clone()])
}

/// Another shape of the same elements.
fn reshape(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	shape: fn(&Node, &Inputs, &[usize]) -> Result<Vec<usize>, ImportError>,
) -> Lowered {
	let to = shape(node, inputs, inputs.operand(node, 0)?.dims())?;
	arranged(lowering, node, inputs, vec![Arrangement::shape(to)])
}

/// Axes from an attribute or, later, from the second input.
fn axes<'a>(node: &Node<'a>, inputs: &'a Inputs) -> Result<Option<&'a [i64]>, ImportError> {
	match node.ints("axes") {
		Some(axes) => Ok(Some(axes)),
		None => inputs.get(1).map(|_| inputs.integers(node, 1)).transpose(),
	}
}

/// `Flatten`.
fn flattened(node: &Node, _: &Inputs, dims: &[usize]) -> Result<Vec<usize>, ImportError> {
	let (axis, rank) = (node.int("axis", 1), dims.len());
	let axis = if axis == rank as i64 { rank } else { node.axis(axis, rank)? };
	let (outer, inner) = dims.split_at(axis);
	Ok(vec![outer.iter().product(), inner.iter().product()])
}

/// `Squeeze`.
fn squeezed(node: &Node, inputs: &Inputs, dims: &[usize]) -> Result<Vec<usize>, ImportError> {
	let rank = dims.len();
	let axes = match axes(node, inputs)? {
		// Some runtimes take it for none, some for all.
		Some([]) if dims.contains(&1) => return Err(node.error("axes", "an empty list of them")),
		Some(axes) => axes.iter().map(|a| node.axis(*a, rank)).collect::<Result<Vec<_>, _>>()?,
		None => (0..rank).filter(|axis| dims[*axis] == 1).collect(),
	};
	if let Some(axis) = axes.iter().find(|axis| dims[**axis] != 1) {
		return Err(node.error("axes of size 1", format!("axis {axis} of {dims:?}")));
	}
	let kept = dims.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
	Ok(kept.map(|(_, d)| *d).collect())
}

/// `Unsqueeze`.
fn unsqueezed(node: &Node, inputs: &Inputs, dims: &[usize]) -> Result<Vec<usize>, ImportError> {
	let axes = axes(node, inputs)?.ok_or_else(|| node.error("axes", "none"))?;
	let whole = dims.len() + axes.len();
	if whole > RANK {
		return Err(node.error(format!("at most {RANK} dimensions"), whole.to_string()));
	}
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

/// `Reshape`, whose shape was an attribute once.
fn reshaped(node: &Node, inputs: &Inputs, dims: &[usize]) -> Result<Vec<usize>, ImportError> {
	let target = match node.ints("shape") {
		Some(target) => target,
		None => inputs.integers(node, 1)?,
	};
	let keep = node.int("allowzero", 0) == 0;
	filled(dims, target, keep).ok_or_else(|| {
		let expected = format!("a shape of {} elements", dims.iter().product::<usize>());
		node.error(expected, format!("{target:?}"))
	})
}

/// ONNX's Reshape: 0 keeps a dimension, -1 takes what is left.
fn filled(from: &[usize], target: &[i64], keep: bool) -> Option<Vec<usize>> {
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
