//! Numbers of one type as those of another.

use zkml_onnx::tensor_proto::DataType;

use super::{
	compose::{Compose, Made},
	fold::{of_constants, one},
	integers::NARROWER,
	layout::identity,
	rounding::truncated,
	signature::{
		input, int, needed, word, Attribute, Form, Input, Operator, Version, INPUT, OUTPUT,
	},
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{
	node::Node,
	source::{narrowed, small, whole, Tensor, Values},
	ImportError,
};

const SATURATE: Attribute = int("saturate", 1).idle("it is about floats of 8 bits");
const ROUND_MODE: Attribute = word("round_mode", "up").idle("it is about exponents of 8 bits");
const LIKE: &[Input] = &[input("input"), input("target_type")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"Cast",
		cast,
		&[
			Version::new(&[1], &[needed("to", Form::String)], INPUT, OUTPUT),
			Version::new(&[6, 9, 13], &[needed("to", Form::Int)], INPUT, OUTPUT),
			Version::new(&[19, 21, 23], &[SATURATE, needed("to", Form::Int)], INPUT, OUTPUT),
			Version::new(
				&[24, 25, 28],
				&[ROUND_MODE, SATURATE, needed("to", Form::Int)],
				INPUT,
				OUTPUT,
			),
		],
	)
	.folded(|n, i| of_constants(i, |[x]| converted(n, x, target(n)?))),
	Operator::new(
		"CastLike",
		cast_like,
		&[
			Version::new(&[15], &[], LIKE, OUTPUT),
			Version::new(&[19, 21, 23], &[SATURATE], LIKE, OUTPUT),
			Version::new(&[24, 25], &[ROUND_MODE, SATURATE], LIKE, OUTPUT),
		],
	)
	.folded(|n, i| {
		of_constants(i, |[x, like]| {
			let to = kind_of(n, &Operand::constant(like.clone()), Some(x))?;
			converted(n, x, to)
		})
	}),
];

/// Whole numbers that FLOAT16 tells from their neighbours, and numbers that it has.
const HALF: [(i64, i64); 2] = [(-2048, 2048), (-65504, 65504)];
/// Whole numbers that BFLOAT16 tells from their neighbours; it has all numbers that FLOAT has.
const BRAIN: (i64, i64) = (-256, 256);
/// What to do about whole numbers that these make others of, and about numbers that one makes infinite.
const APART: &str = "whole numbers that FLOAT16 tells apart (Cast to FLOAT instead)";
const FINITE: &str = "which FLOAT16 has (Cast to FLOAT instead)";
const APART_BRAIN: &str = "whole numbers that BFLOAT16 tells apart (Cast to FLOAT instead)";

/// More than there are.
const TYPES: i32 = 64;
const FLOATS: [DataType; 4] =
	[DataType::Float, DataType::Float16, DataType::Double, DataType::Bfloat16];

/// The type that `Cast` goes to, by ONNX's number.
fn target(node: &Node) -> Result<DataType, ImportError> {
	let named = node.text("to", "");
	let target = match named.as_str() {
		"" => i32::try_from(node.int("to", 0)).ok().and_then(|to| DataType::try_from(to).ok()),
		name => (0..TYPES)
			.filter_map(|number| DataType::try_from(number).ok())
			.find(|kind| kind.as_str_name() == name),
	};
	target.ok_or_else(|| node.error("a type of ONNX as attribute to", "another"))
}

/// The type of an operand, as far as it makes a difference to what `x` becomes.
fn kind_of(node: &Node, like: &Operand, x: Option<&Tensor>) -> Result<DataType, ImportError> {
	let known = |limits: (i64, i64)| {
		let types = (0..TYPES).filter_map(|number| DataType::try_from(number).ok());
		types.into_iter().find(|kind| whole(*kind) == Some(limits))
	};
	match like {
		Operand::Variable(Variable { kind: Kind::Number | Kind::Ordered { .. }, .. }) => {
			Ok(DataType::Float)
		}
		Operand::Variable(Variable { kind: Kind::Truth, .. }) => Ok(DataType::Bool),
		Operand::Variable(Variable { kind: Kind::Whole(limits), .. }) => {
			known(*limits).ok_or_else(|| node.error("a target_type that is known", "another"))
		}
		// Casts leave it the index of a class.
		Operand::Variable(Variable { kind: Kind::Label, .. }) => {
			Err(node.error("a target_type that is known", "the index of a class"))
		}
		Operand::Variable(_) => {
			Err(node.error("a target_type of 32 bits or more", "a narrower one"))
		}
		Operand::Constant(tensor) => match (&tensor.values, tensor.limits) {
			(Values::Float(_), _) => Ok(DataType::Float),
			(Values::Int(_), Some(limits)) => {
				known(limits).ok_or_else(|| node.error("a target_type that is known", "another"))
			}
			// Truth values, or integers that were computed: of 0 and 1 they are the same.
			(Values::Int(_), None) => {
				let bits = |x: &Tensor| match &x.values {
					Values::Int(values) => values.iter().all(|value| matches!(value, 0 | 1)),
					Values::Float(values) => values.iter().all(|value| [0.0, 1.0].contains(value)),
					Values::Text(_) => false,
				};
				match x.is_some_and(bits) {
					true => Ok(DataType::Int64),
					false => Err(node.error("a target_type whose type is known", "one without")),
				}
			}
			(Values::Text(_), _) => Err(node.error("a target_type of numbers", "words")),
		},
	}
}

/// `Cast` of a computed value.
fn cast(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let to = target(node)?;
	cast_to(lowering, node, inputs, to)
}

/// `CastLike` of a computed value.
fn cast_like(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let like = inputs.operand(node, 1)?;
	let constant = match inputs.operand(node, 0)? {
		Operand::Constant(x) => Some(x),
		Operand::Variable(_) => None,
	};
	let to = match like {
		// What a comparison gives is not told from numbers by its kind.
		Operand::Variable(like) if lowering.is_truth(like.value) => DataType::Bool,
		_ => kind_of(node, like, constant.map(|x| &**x))?,
	};
	match constant {
		Some(x) => Ok(one(converted(node, x, to)?)),
		None => cast_to(lowering, node, inputs, to),
	}
}

/// Whether elements of a value are 1 or 0, as those of a comparison.
fn is_truth(lowering: &Lowering, x: &Variable) -> bool {
	x.kind == Kind::Truth || lowering.is_between(x.value, (0, 1))
}

/// 1 where `x` is not 0.
fn truth(compose: &mut Compose, x: &Variable) -> Made {
	let above = compose.above(x, &[0.0])?;
	let turned = compose.affine(x, -1.0, 0.0)?;
	let below = compose.above(&turned, &[0.0])?;
	compose.sum((1.0, &above), (1.0, &below))
}

/// A computed value as one of a type, of which it is known whether it is that of truth values.
fn cast_to(lowering: &mut Lowering, node: &Node, inputs: &Inputs, to: DataType) -> Lowered {
	let mut results = changed(lowering, node, inputs, to)?;
	for result in &mut results {
		if let Operand::Variable(x) = result {
			x.value = lowering.typed(node, x.value, to == DataType::Bool)?;
		}
	}
	Ok(results)
}

fn changed(lowering: &mut Lowering, node: &Node, inputs: &Inputs, to: DataType) -> Lowered {
	let error = |expected: &str| Err(node.error(expected, format!("to {}", to.as_str_name())));
	let Operand::Variable(x) = inputs.operand(node, 0)? else {
		return identity(lowering, node, inputs);
	};
	let given = |x: Variable, kind| Ok(vec![Operand::Variable(Variable { kind, ..x })]);
	// What narrower ones round of other numbers is left out, as what all operators round is.
	let float = FLOATS.contains(&to);
	let long = matches!(to, DataType::Int32 | DataType::Int64);
	let apart = match to {
		DataType::Float16 => Some((HALF[0], APART)),
		DataType::Bfloat16 => Some((BRAIN, APART_BRAIN)),
		_ => None,
	};
	if let Some((ends, advice)) = apart {
		match x.kind {
			Kind::Integer | Kind::Whole(_) => lowering.limit(node, x.value, ends, advice),
			Kind::Number => lowering.limit_if_reached(node, x.value, (ends, true), advice),
			_ => {}
		}
	}
	if (to, &x.kind) == (DataType::Float16, &Kind::Number) {
		lowering.limit_if_reached(node, x.value, (HALF[1], false), FINITE);
	}
	let integer = Kind::of(to).unwrap_or(Kind::Number);
	let indices = apart.map(|(ends, _)| ends).or_else(|| small(to));
	match &x.kind {
		Kind::Number | Kind::Per { .. } if float => identity(lowering, node, inputs),
		// Narrower floats have no number that is so far below 0.
		Kind::Masked { .. } | Kind::Hidden(_) if matches!(to, DataType::Float | DataType::Double) => {
			identity(lowering, node, inputs)
		}
		Kind::Ordered { .. } if float => identity(lowering, node, inputs),
		// There may be more classes than it has numbers for.
		Kind::Label if indices.is_some_and(|ends| !lowering.is_between(x.value, ends)) => {
			error("attribute to a type that has the indices of all classes, as FLOAT or INT64")
		}
		Kind::Label if !float && whole(to).is_none_or(|(_, max)| max < i16::MAX.into()) => {
			error("attribute to floats or integers of 16 bits or more")
		}
		Kind::Label => identity(lowering, node, inputs),
		Kind::Word(_) if to == DataType::String => identity(lowering, node, inputs),
		// The number that a word spells is not its index.
		Kind::Word(_) => Err(node.error(
			"numbers as its input (a LabelEncoder makes numbers of words)",
			x.kind.describe(),
		)),
		Kind::Quantized { .. } => {
			Err(node.error("numbers as its input", "integers without DequantizeLinear"))
		}
		// Whole numbers that fit are those of the other type.
		Kind::Number | Kind::Integer | Kind::Whole(_)
			if !long && whole(to).is_some_and(|limits| lowering.is_between(x.value, limits)) =>
		{
			given(x.clone(), integer)
		}
		Kind::Integer | Kind::Whole(_) if float => given(x.clone(), Kind::Number),
		Kind::Integer | Kind::Whole(_) if long => {
			lowering.limit(node, x.value, whole(to).unwrap_or(INT64), NARROWER);
			given(x.clone(), integer)
		}
		_ if to == DataType::Bool => {
			let x = inputs.real(lowering, node, 0)?;
			let made = match is_truth(lowering, &x) {
				true => x,
				false => truth(&mut Compose { lowering, node }, &x)?,
			};
			Ok(vec![Operand::Variable(made)])
		}
		Kind::Number | Kind::Truth if is_truth(lowering, x) && float => given(x.plain(), Kind::Number),
		Kind::Number | Kind::Truth if is_truth(lowering, x) && whole(to).is_some() => {
			given(x.clone(), integer)
		}
		Kind::Number | Kind::Truth | Kind::Ordered { .. } if long => {
			let x = inputs.number(lowering, node, 0)?;
			given(truncated(&mut Compose { lowering, node }, &x)?, integer)
		}
		_ => error(
			"attribute to FLOAT, DOUBLE, FLOAT16, BFLOAT16, BOOL, INT32 or INT64, as of others what does not fit \
			 has no value",
		),
	}
}

/// Constants of another type.
fn converted(node: &Node, x: &Tensor, to: DataType) -> Result<Tensor, ImportError> {
	let values = match (to, &x.values) {
		(to, _) if FLOATS.contains(&to) => x.floats().and_then(|values| {
			let narrow = values.iter().map(|v| narrowed(to, *v)).collect::<Option<Vec<_>>>();
			narrow.map(Values::Float)
		}),
		(DataType::Bool, Values::Int(values)) => {
			Some(Values::Int(values.iter().map(|v| i64::from(*v != 0)).collect()))
		}
		(DataType::Bool, Values::Float(values)) => {
			Some(Values::Int(values.iter().map(|v| i64::from(*v != 0.0)).collect()))
		}
		(to, Values::Int(values)) => whole(to).and_then(|(min, max)| {
			let within = values.iter().all(|v| (min..=max).contains(v));
			within.then(|| Values::Int(values.clone()))
		}),
		(to, Values::Float(values)) => whole(to).and_then(|(min, max)| {
			// What does not fit has no value that ONNX defines.
			let cut = |v: &f32| {
				let whole = v.is_finite().then(|| v.trunc() as i128)?;
				let fits = (i128::from(min)..=i128::from(max)).contains(&whole);
				fits.then_some(whole as i64)
			};
			values.iter().map(cut).collect::<Option<Vec<_>>>().map(Values::Int)
		}),
		_ => None,
	};
	let values = values.ok_or_else(|| {
		node.error("a cast of numbers that fit", format!("to {}", to.as_str_name()))
	})?;
	Ok(Tensor {
		range: small(to),
		limits: whole(to),
		..Tensor::new(&x.name, x.dims.clone(), values)
	})
}
