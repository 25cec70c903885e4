//! What operators with bodies are given, and how the results of their steps are put together.

use super::{
	compose::Compose,
	fold::only,
	operator::Bodies,
	shape::{strides, walk},
	signature::{
		free, input, needed, optional, variadic, Attribute, Form, Input, Operator, Output, Version,
	},
	Inputs, Lowering, Operand,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

const BODY: Attribute = needed("body", Form::Graph);
const SCANNED: Attribute = needed("num_scan_inputs", Form::Int);
const COND: &[Input] = &[input("cond")];
const OUTPUTS: &[Output] = &[variadic("outputs")];
const LOOP: &[Input] = &[optional("M"), optional("cond"), variadic("v_initial")];
const FINAL: &[Output] = &[variadic("v_final_and_scan_outputs")];
const STATES: &[Output] = &[variadic("final_state_and_scan_outputs")];

/// They are computed where names are known; see `import/control.rs`.
pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"If",
		only,
		&[Version::new(
			&[1, 11, 13, 16, 19, 21, 23, 24, 25],
			&[needed("else_branch", Form::Graph), needed("then_branch", Form::Graph)],
			COND,
			OUTPUTS,
		)],
	)
	.bodies(Bodies::Branch),
	Operator::new(
		"Loop",
		only,
		&[Version::new(&[1, 11, 13, 16, 19, 21, 23, 24, 25], &[BODY], LOOP, FINAL)],
	)
	.bodies(Bodies::Repeat),
	Operator::new(
		"Scan",
		only,
		&[
			Version::new(
				&[8],
				&[BODY, free("directions", Form::Ints), SCANNED],
				&[optional("sequence_lens"), variadic("initial_state_and_scan_inputs")],
				STATES,
			),
			Version::new(
				&[9, 11, 16, 19, 21, 23, 24, 25],
				&[
					BODY,
					SCANNED,
					free("scan_input_axes", Form::Ints),
					free("scan_input_directions", Form::Ints),
					free("scan_output_axes", Form::Ints),
					free("scan_output_directions", Form::Ints),
				],
				&[variadic("initial_state_and_scan_inputs")],
				STATES,
			),
		],
	)
	.bodies(Bodies::Scan),
];

/// The elements at a place along an axis, without that axis.
pub fn slice(
	lowering: &mut Lowering,
	node: &Node,
	x: &Operand,
	axis: usize,
	place: usize,
) -> Result<Operand, ImportError> {
	let mut dims = x.dims().to_vec();
	let own = strides(&dims);
	dims[axis] = 1;
	let places = walk(&dims, &own, place as isize * own[axis]);
	dims.remove(axis);
	match x {
		Operand::Constant(tensor) => {
			let picks: Vec<_> = places.into_iter().map(Some).collect();
			let values = tensor.values.pick(&picks);
			let limits = tensor.limits;
			Ok(Operand::constant(Tensor { limits, ..Tensor::new(&tensor.name, dims, values) }))
		}
		Operand::Variable(x) => {
			let x = &if x.kind.is_hidden() { x.plain() } else { x.clone() };
			let moved = matches!(
				x.kind,
				super::Kind::Number
					| super::Kind::Integer
					| super::Kind::Whole(_)
					| super::Kind::Truth
					| super::Kind::Quantized { .. }
			);
			if !moved {
				return Err(node.error("numbers as its input", x.kind.describe()));
			}
			let made = Compose { lowering, node }.picked(x, places, dims)?;
			Ok(Operand::Variable(super::Variable { kind: x.kind.clone(), ..made }))
		}
	}
}

/// Tensors one after the other along an axis.
pub fn join(
	lowering: &mut Lowering,
	node: &Node,
	parts: Vec<Operand>,
	axis: usize,
) -> Result<Operand, ImportError> {
	let constants: Option<Vec<_>> = parts
		.iter()
		.map(|part| match part {
			Operand::Constant(tensor) => Some(tensor.clone()),
			Operand::Variable(_) => None,
		})
		.collect();
	if let Some(tensors) = constants {
		let Some(first) = tensors.first() else {
			return Err(node.error("something to join", "nothing"));
		};
		let mut dims = first.dims.clone();
		dims[axis] = tensors.iter().map(|tensor| tensor.dims[axis]).sum();
		let len = lowering.count(node, &dims)?;
		let outer: usize = dims[..axis].iter().product();
		let whole = tensors.iter().all(|tensor| tensor.integers().is_some());
		let mut values = if whole { Values::Int(Vec::new()) } else { Values::Float(Vec::new()) };
		for o in 0..outer {
			for tensor in &tensors {
				let chunk: usize = tensor.dims[axis..].iter().product();
				let range = o * chunk..(o + 1) * chunk;
				match (&mut values, &tensor.values) {
					(Values::Int(all), Values::Int(own)) => all.extend(&own[range]),
					(Values::Float(all), Values::Float(own)) => all.extend(&own[range]),
					_ => return Err(node.error("numbers of one type", "others")),
				}
			}
		}
		if values.len() != len {
			return Err(node.error(format!("{len} numbers"), values.len().to_string()));
		}
		return Ok(Operand::constant(Tensor::new(node.name, dims, values)));
	}
	let all = Inputs::new(parts.into_iter().map(Some).collect());
	let mut variables = Vec::new();
	for index in 0..all.len() {
		variables.push(all.real(lowering, node, index)?);
	}
	Ok(Operand::Variable(Compose { lowering, node }.joined(&variables, axis)?))
}
