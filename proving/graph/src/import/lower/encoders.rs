//! Numbers in place of others: what pipelines do before a model and after it.

use super::{
	compose::{shaped, Compose},
	learn::DOMAIN,
	one_hot::exactly,
	signature::{
		float, free, int, variadic, word, Attribute, Form, Input, Operator, Version, X, Y,
	},
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values},
	ImportError,
};

const DEFAULT_FLOAT: Attribute = float("default_float", -0.0);
const DEFAULT_INT: Attribute = int("default_int64", -1);
const DEFAULT_STRING: Attribute = word("default_string", "_Unused").idle("words are refused");
const WORDS: &str = "words are refused";
const VECTORS: &[Input] = &[variadic("X")];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"FeatureVectorizer",
		vectorizer,
		&[Version::new(&[1], &[free("inputdimensions", Form::Ints)], VECTORS, Y)],
	)
	.of(DOMAIN),
	Operator::new(
		"Imputer",
		imputer,
		&[Version::new(
			&[1],
			&[
				free("imputed_value_floats", Form::Floats),
				free("imputed_value_int64s", Form::Ints),
				float("replaced_value_float", 0.0),
				int("replaced_value_int64", 0),
			],
			X,
			Y,
		)],
	)
	.of(DOMAIN)
	.settings(),
	Operator::new(
		"LabelEncoder",
		encoder,
		&[
			Version::new(
				&[1],
				&[free("classes_strings", Form::Strings).only(&[]), DEFAULT_INT, DEFAULT_STRING],
				X,
				Y,
			),
			Version::new(
				&[2],
				&[
					DEFAULT_FLOAT,
					DEFAULT_INT,
					DEFAULT_STRING,
					free("keys_floats", Form::Floats),
					free("keys_int64s", Form::Ints),
					free("keys_strings", Form::Strings).only(&[]),
					free("values_floats", Form::Floats),
					free("values_int64s", Form::Ints),
					free("values_strings", Form::Strings).only(&[]),
				],
				X,
				Y,
			),
			Version::new(
				&[4],
				&[
					DEFAULT_FLOAT,
					DEFAULT_INT,
					DEFAULT_STRING,
					free("default_tensor", Form::Tensor),
					free("keys_floats", Form::Floats),
					free("keys_int64s", Form::Ints),
					free("keys_strings", Form::Strings).only(&[]),
					free("keys_tensor", Form::Tensor),
					free("values_floats", Form::Floats),
					free("values_int64s", Form::Ints),
					free("values_strings", Form::Strings).only(&[]),
					free("values_tensor", Form::Tensor),
				],
				X,
				Y,
			),
		],
	)
	.of(DOMAIN)
	.settings(),
];

/// Numbers of one of the attributes of that name, and whether they are integers.
fn numbers(node: &Node, name: &str) -> Result<(Vec<f32>, bool), ImportError> {
	let tensor = node.attribute(&format!("{name}_tensor")).and_then(|a| a.t.as_ref());
	let tensor = match tensor {
		Some(proto) => Some(Tensor::read(proto)?),
		None => node
			.ints(&format!("{name}_int64s"))
			.filter(|values| !values.is_empty())
			.map(|values| Tensor::ints(name, values.to_vec())),
	};
	match tensor {
		Some(tensor) => match tensor.floats() {
			Some(values) => Ok((values, tensor.integers().is_some())),
			None => Err(node.error(format!("numbers as {name} ({WORDS})"), tensor.no_floats())),
		},
		None => Ok((node.floats(&format!("{name}_floats"))?, false)),
	}
}

/// An integer as a float, if that is the same number.
fn exact(node: &Node, value: i64) -> Result<f32, ImportError> {
	let float = Tensor::ints(node.name, vec![value]).floats();
	let float = float.and_then(|floats| floats.first().copied());
	float.ok_or_else(|| node.error("integers that floats hold", value.to_string()))
}

/// A computed input as numbers: integers and classes as the numbers they are.
fn given(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Result<Variable, ImportError> {
	match inputs.operand(node, 0)? {
		Operand::Variable(x) if x.kind == Kind::Label => {
			Ok(Variable { kind: Kind::Number, ..x.clone() })
		}
		_ => inputs.real(lowering, node, 0),
	}
}

/// `LabelEncoder` from numbers to numbers: that of the key that is met, else another.
fn encoder(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let ((keys, _), (values, whole)) = (numbers(node, "keys")?, numbers(node, "values")?);
	if keys.is_empty() || keys.len() != values.len() {
		let got = format!("{} keys and {} values", keys.len(), values.len());
		return Err(node.error(format!("as many numbers as keys as values ({WORDS})"), got));
	}
	if keys.iter().chain(&values).any(|number| !number.is_finite()) {
		return Err(node.error("finite keys and values", "others"));
	}
	let mut different = keys.clone();
	different.sort_by(f32::total_cmp);
	different.dedup();
	if different.len() != keys.len() {
		return Err(node.error("different keys", "one twice"));
	}
	let (as_float, as_int) = (node.float("default_float", 0.0), node.int("default_int64", -1));
	let default = match node.attribute("default_tensor").and_then(|a| a.t.as_ref()) {
		Some(proto) => match Tensor::read(proto)?.floats().as_deref() {
			Some([default]) => *default,
			other => return Err(node.error("one default", format!("{other:?}"))),
		},
		None if whole => exact(node, as_int)?,
		None => as_float,
	};
	let x = given(lowering, node, inputs)?;
	let (count, len) = (keys.len(), x.len());
	lowering.count(node, &[len, count])?;
	let compose = &mut Compose { lowering, node };
	let to = vec![len, count];
	let spread = compose.picked(&x, (0..len * count).map(|i| i / count).collect(), to)?;
	let each: Vec<f32> = (0..len * count).map(|i| keys[i % count]).collect();
	let met = exactly(compose, &spread, &each)?;
	let steps = values.iter().map(|value| value - default).collect();
	let name = format!("values of {}", node.name);
	let made = compose.matrix(&met, 1, steps, Some(vec![default]), &name)?;
	let kind = if whole { Kind::Whole(INT64) } else { Kind::Number };
	Ok(vec![Operand::Variable(Variable { kind, ..shaped(&made, x.dims) })])
}

/// `Imputer`: another number in place of one that stands for a missing one.
fn imputer(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let whole = node.ints("imputed_value_int64s").filter(|values| !values.is_empty());
	let (floats, by_float) =
		(node.floats("imputed_value_floats")?, node.float("replaced_value_float", 0.0));
	let by_int = node.int("replaced_value_int64", 0);
	let (imputed, replaced) = match whole {
		Some(values) => {
			let imputed = values.iter().map(|value| exact(node, *value));
			(imputed.collect::<Result<Vec<_>, _>>()?, exact(node, by_int)?)
		}
		None => (floats, by_float),
	};
	let x = inputs.real(lowering, node, 0)?;
	// Inputs are numbers: none is missing.
	if replaced.is_nan() {
		return Ok(vec![Operand::Variable(x)]);
	}
	let features = x.dims.last().copied().unwrap_or(1);
	if imputed.len() != 1 && imputed.len() != features {
		let expected = format!("one imputed value, or one for each of {features} features");
		return Err(node.error(expected, imputed.len().to_string()));
	}
	let compose = &mut Compose { lowering, node };
	let there = exactly(compose, &x, &vec![replaced; x.len()])?;
	let steps: Vec<f32> = (0..x.len()).map(|i| imputed[i % imputed.len()] - replaced).collect();
	let steps = Tensor::new(node.name, x.dims.clone(), Values::Float(steps));
	let added = compose.scaled(&there, Some(&steps), None)?;
	Ok(vec![Operand::Variable(compose.sum((1.0, &x), (1.0, &added))?)])
}

/// `FeatureVectorizer`: features side by side.
fn vectorizer(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let sizes = node.ints("inputdimensions").unwrap_or_default();
	let mut parts = Vec::new();
	for index in 0..inputs.len() {
		let x = inputs.real(lowering, node, index)?;
		let (rows, features) = match x.dims.as_slice() {
			[features] => (1, *features),
			[rows, features] => (*rows, *features),
			other => return Err(node.error("rows of features", format!("{other:?}"))),
		};
		if sizes.get(index).is_some_and(|size| *size != features as i64) {
			return Err(node.error(format!("inputdimensions of {features}"), format!("{sizes:?}")));
		}
		parts.push(shaped(&x, vec![rows, features]));
	}
	if parts.iter().any(|part| part.dims[0] != parts[0].dims[0]) {
		return Err(node.error("as many rows of each input", "others"));
	}
	Ok(vec![Operand::Variable(Compose { lowering, node }.joined(&parts, 1)?)])
}
