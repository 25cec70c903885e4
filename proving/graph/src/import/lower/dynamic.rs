//! Integers whose scale is computed from the numbers themselves, and products of integers.
//!
//! What `DynamicQuantizeLinear` makes is taken as the numbers that it was made of: integers, zero point
//! and scale are known to belong together, and a product of integers times the scale is that of the
//! numbers. The rounding to 8 bits on the way is left out: it is an error of that runtime, not of the model.

use std::rc::Rc;

use super::{
	linear,
	signature::{free, input, int, optional, word, Form, Input, Operator, Output, Version, Y},
	window, Inputs, Kind, Lowered, Lowering, Operand, Variable, INT32,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

const LOWER_X: &[Input] = &[input("x")];
const LOWER_Y: &[Output] = &[input("y")];
const QUANTISED: &[Output] = &[input("y"), input("y_scale"), input("y_zero_point")];
const AB: &[Input] = &[input("A"), input("B"), optional("a_zero_point"), optional("b_zero_point")];
const XW: &[Input] = &[input("x"), input("w"), optional("x_zero_point"), optional("w_zero_point")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"ConvInteger",
		|l, n, i| product(l, n, i, window::conv, Axis::First),
		&[Version::new(
			&[10],
			&[
				word("auto_pad", "NOTSET"),
				free("dilations", Form::Ints),
				int("group", 1),
				free("kernel_shape", Form::Ints),
				free("pads", Form::Ints),
				free("strides", Form::Ints),
			],
			XW,
			LOWER_Y,
		)],
	),
	Operator::new(
		"DynamicQuantizeLinear",
		quantize,
		&[Version::new(&[11], &[], LOWER_X, QUANTISED)],
	),
	Operator::new(
		"MatMulInteger",
		|l, n, i| product(l, n, i, linear::mat_mul, Axis::Last),
		&[Version::new(&[10], &[], AB, Y)],
	),
];

/// `DynamicQuantizeLinear`.
fn quantize(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let (of, value) = (x.value, x.value);
	let single = |kind| Operand::Variable(Variable { value, dims: vec![], kind });
	Ok(vec![
		Operand::Variable(Variable { kind: Kind::Per { of }, ..x.clone() }),
		single(Kind::Scale { of, by: Rc::new(vec![1.0]) }),
		single(Kind::Zero { of }),
	])
}

/// Which axis of weights has an output for each place.
#[derive(Clone, Copy)]
enum Axis {
	First,
	Last,
}

/// What each of the constant integers is less: one zero point of all, or one for each output.
fn zero_points(
	node: &Node,
	inputs: &Inputs,
	weights: &Tensor,
	axis: Axis,
) -> Result<Vec<i64>, ImportError> {
	let len = weights.values.len();
	let Some(zeros) = inputs.optional(node, 3)? else { return Ok(vec![0; len]) };
	// How many outputs there are, and how many integers one has side by side.
	let (outputs, each) = match axis {
		Axis::First => {
			let outputs = weights.dims.first().copied().unwrap_or(1);
			(outputs, len / outputs.max(1))
		}
		Axis::Last => (weights.dims.last().copied().unwrap_or(1), 1),
	};
	match zeros.integers() {
		Some([zero]) => Ok(vec![*zero; len]),
		Some(all) if all.iter().all(|zero| *zero == 0) => Ok(vec![0; len]),
		Some(all) if zeros.dims == [outputs] => {
			Ok((0..len).map(|i| all[i / each.max(1) % outputs]).collect())
		}
		_ => {
			let expected = format!("one zero point of all weights, or {outputs} for the outputs");
			Err(node.error(expected, format!("{:?}", zeros.dims)))
		}
	}
}

/// The product of a tensor of integers and constant ones, less their zero points.
fn product(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	multiply: fn(&mut Lowering, &Node, &Inputs) -> Lowered,
	axis: Axis,
) -> Lowered {
	let weights = inputs.constant(node, 1)?;
	let Some(integers) = weights.integers() else {
		return Err(node.error("integers as weights", format!("floats in {}", weights.name)));
	};
	let zeros = zero_points(node, inputs, weights, axis)?;
	let pairs = integers.iter().zip(zeros);
	let multiples: Vec<f32> = pairs.map(|(q, zero)| q.saturating_sub(zero) as f32).collect();
	let weights = Tensor::new(&weights.name, weights.dims.clone(), Values::Float(multiples));
	let Operand::Variable(x) = inputs.operand(node, 0)? else {
		return Err(node.error("a computed first input", "a constant"));
	};
	let (x, kind) = match &x.kind {
		Kind::Per { of } => {
			let same = matches!(inputs.get(2),
				Some(Operand::Variable(Variable { kind: Kind::Zero { of: zero }, .. })) if zero == of);
			if !same {
				let expected = "the zero point that DynamicQuantizeLinear gives with its integers";
				return Err(node.error(expected, "another one"));
			}
			(Variable { kind: Kind::Number, ..x.clone() }, Kind::Per { of: *of })
		}
		Kind::Integer => {
			let less = match inputs.optional(node, 2)? {
				Some(zeros) => match zeros.integers() {
					Some([zero]) => -*zero as f32,
					_ => {
						let got = format!("{:?}", zeros.dims);
						return Err(node.error("one zero point of all integers", got));
					}
				},
				None => 0.0,
			};
			let value = lowering.affine(node, x.value, 1.0, vec![less])?;
			(Variable { value, dims: x.dims.clone(), kind: Kind::Number }, Kind::Whole(INT32))
		}
		other => return Err(node.error("integers of 8 bits", other.describe())),
	};
	let both = Inputs::new(vec![Some(Operand::Variable(x)), Some(Operand::constant(weights))]);
	let results = multiply(lowering, node, &both)?;
	let kinds = results.into_iter().map(|result| match result {
		Operand::Variable(x) => Operand::Variable(Variable { kind: kind.clone(), ..x }),
		constant @ Operand::Constant(_) => constant,
	});
	Ok(kinds.collect())
}

/// A product in which a computed scale takes part; nothing if none does.
pub fn scaled(node: &Node, inputs: &Inputs) -> Result<Option<Scaled>, ImportError> {
	let (Some(a), Some(b)) = (inputs.get(0), inputs.get(1)) else { return Ok(None) };
	let [a, b] = match (a, b) {
		(_, Operand::Variable(Variable { kind: Kind::Per { .. } | Kind::Scale { .. }, .. }))
			if !matches!(a, Operand::Variable(Variable { kind: Kind::Per { .. }, .. })) =>
		{
			[b, a]
		}
		_ => [a, b],
	};
	match (a, b) {
		(
			Operand::Variable(x @ Variable { kind: Kind::Per { of }, .. }),
			Operand::Variable(Variable { kind: Kind::Scale { of: own, by }, dims, .. }),
		) if of == own => {
			let x = Variable { kind: Kind::Number, ..x.clone() };
			let by = Tensor::new(node.name, dims.clone(), Values::Float(by.to_vec()));
			let both = vec![Some(Operand::Variable(x)), Some(Operand::constant(by))];
			Ok(Some(Scaled::Numbers(Inputs::new(both))))
		}
		(
			Operand::Variable(x @ Variable { kind: Kind::Scale { of, by }, .. }),
			Operand::Constant(factor),
		) => {
			let Some(factors) = factor.floats() else {
				return Err(node.error("numbers as factors of a scale", factor.no_floats()));
			};
			let [by] = by.as_slice() else {
				return Err(
					node.error("a scale that was multiplied once", "one of several factors")
				);
			};
			let by = Rc::new(factors.iter().map(|factor| factor * by).collect());
			let kind = Kind::Scale { of: *of, by };
			let dims = factor.dims.clone();
			Ok(Some(Scaled::Scale(Operand::Variable(Variable { kind, dims, ..x.clone() }))))
		}
		_ => Ok(None),
	}
}

/// What becomes of a product with a computed scale.
pub enum Scaled {
	/// That of these.
	Numbers(Inputs),
	/// A scale itself.
	Scale(Operand),
}
