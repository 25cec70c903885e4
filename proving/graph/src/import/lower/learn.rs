//! Operators of `ai.onnx.ml` but trees, as scikit-learn's exporter writes them.

use super::{
	classes::{self, Classes},
	compose::{tensor, Compose},
	linear,
	normal::{self, Norm},
	picked,
	signature::{
		free, input, int, needed, word, Attribute, Form, Operator, Output, Setting, Version, X, Y,
	},
	soft, Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{
	function::{Elementary, Function},
	node::Node,
	source::{Tensor, Values},
	FloatMatMul, FloatOp, ImportError, Threshold,
};

/// Domain of these operators.
pub const DOMAIN: &str = "ai.onnx.ml";
/// What becomes of scores.
pub const TRANSFORM: Attribute = word("post_transform", "NONE");
pub const YZ: &[Output] = &[input("Y"), input("Z")];
const NORM: Attribute =
	word("norm", "MAX").only(&[Setting::Text("L1"), Setting::Text("L2"), Setting::Text("MAX")]);
/// Why the largest of a row has to be its size, too.
const LARGEST: &str = "which the largest of a row divides (norm MAX; a Clip or Relu before it keeps \
                       them there; of others ReduceMax and Div can be written, where that is never 0)";
const INTERCEPTS: Attribute = free("intercepts", Form::Floats);

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"ArrayFeatureExtractor",
		extract,
		&[Version::new(&[1], &[], &[input("X"), input("Y")], &[input("Z")])],
	)
	.of(DOMAIN),
	Operator::new(
		"LinearClassifier",
		classifier,
		&[Version::new(
			&[1],
			&[
				free("classlabels_ints", Form::Ints),
				free("classlabels_strings", Form::Strings),
				needed("coefficients", Form::Floats),
				INTERCEPTS,
				int("multi_class", 0).idle("it says how the coefficients were found"),
				TRANSFORM,
			],
			X,
			YZ,
		)],
	)
	.of(DOMAIN),
	Operator::new(
		"LinearRegressor",
		regressor,
		&[Version::new(
			&[1],
			&[free("coefficients", Form::Floats), INTERCEPTS, TRANSFORM, int("targets", 1)],
			X,
			Y,
		)],
	)
	.of(DOMAIN),
	Operator::new("Normalizer", normalizer, &[Version::new(&[1], &[NORM], X, Y)]).of(DOMAIN),
	Operator::new(
		"Scaler",
		scaler,
		&[Version::new(&[1], &[free("offset", Form::Floats), free("scale", Form::Floats)], X, Y)],
	)
	.of(DOMAIN),
];

/// The class of the largest score; of a single score of two classes, whether it is above a threshold.
pub fn label(
	lowering: &mut Lowering,
	node: &Node,
	scores: usize,
	threshold: Option<f32>,
	classes: &Classes,
) -> Result<Operand, ImportError> {
	let above = |threshold| FloatOp::Greater(vec![Threshold::over(threshold)]);
	let op = threshold.map_or(FloatOp::ArgMax, above);
	let value = lowering.push(node, &[scores], 1, op)?;
	Ok(Operand::Variable(classes.label(lowering, node, tensor(value, vec![1]))?))
}

/// What a node with scores gives.
#[derive(Clone, Copy, PartialEq)]
pub enum Learnt {
	/// A label before its scores.
	Classifier,
	/// The scores alone.
	Regressor,
}

/// Scores behind `post_transform`, as a tensor of `[1, len]`.
pub fn transformed(
	lowering: &mut Lowering,
	node: &Node,
	learnt: Learnt,
	(scores, len): (usize, usize),
	transform: &str,
) -> Result<Operand, ImportError> {
	let dims = vec![1, len];
	let sigmoid = || FloatOp::Unary(Function::elementary("Sigmoid", Elementary::Sigmoid));
	match transform {
		// ONNX Runtime passes over it where there is one number.
		"LOGISTIC" if learnt == Learnt::Regressor => {
			Err(node.error("post_transform NONE (a Sigmoid behind it is proved)", transform))
		}
		"NONE" => Ok(Operand::number(scores, dims)),
		"LOGISTIC" => Ok(Operand::number(lowering.each(node, scores, sigmoid())?, dims)),
		"SOFTMAX" => {
			let label = match learnt {
				Learnt::Classifier => node.proto.output.first(),
				Learnt::Regressor => None,
			};
			let argument = label.cloned().unwrap_or_default();
			let x = tensor(scores, dims.clone());
			let made = soft::soft_max(&mut Compose { lowering, node }, &x, 1)?;
			let kind = Kind::Ordered {
				operator: format!("SOFTMAX ({})", node.name),
				argument,
				values: Some(made.value),
			};
			Ok(Operand::Variable(Variable { value: scores, dims, kind }))
		}
		other => Err(node.error("post_transform NONE, LOGISTIC or SOFTMAX", other)),
	}
}

/// What stands for the two classes of a single score `s`.
#[derive(Clone, Copy)]
pub enum Pair {
	/// `1 - s` and `s`: a share.
	Share,
	/// `-s` and `s`.
	Sides,
	/// 0 and `s`.
	Above,
}

/// The scores of both classes from the only one there is, by onnxruntime's rules.
pub fn pair(
	lowering: &mut Lowering,
	node: &Node,
	score: usize,
	pair: Pair,
	transform: &str,
) -> Result<Operand, ImportError> {
	let compose = &mut Compose { lowering, node };
	let s = tensor(score, vec![1, 1]);
	let first = match pair {
		Pair::Above => {
			let value = compose.lowering.gather(node, score, [None])?;
			tensor(value, vec![1, 1])
		}
		Pair::Share if transform != "LOGISTIC" => compose.affine(&s, -1.0, 1.0)?,
		Pair::Share | Pair::Sides => compose.affine(&s, -1.0, 0.0)?,
	};
	let both = compose.joined(&[first, s], 1)?;
	let own = match (pair, transform) {
		(_, "LOGISTIC") | (Pair::Above, _) => transform,
		// It is passed over there.
		(Pair::Share | Pair::Sides, "NONE" | "SOFTMAX" | "SOFTMAX_ZERO") => "NONE",
		(Pair::Share | Pair::Sides, other) => other,
	};
	transformed(lowering, node, Learnt::Classifier, (both.value, 2), own)
}

/// The features: a single row.
pub fn features(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Variable, ImportError> {
	let x = inputs.real(lowering, node, 0)?;
	match x.dims.last() == Some(&x.len()) {
		true => Ok(x),
		false => Err(node.error("a single row of features", format!("shape {:?}", x.dims))),
	}
}

/// `coefficients` and `intercepts` on the features; gives the value and its length.
fn scores(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<(usize, usize), ImportError> {
	let x = features(lowering, node, inputs)?;
	let (weights, bias) = (node.floats("coefficients")?, node.floats("intercepts")?);
	let outputs = weights.len() / x.len();
	if weights.is_empty() || outputs * x.len() != weights.len() {
		let expected = format!("coefficients for {} features", x.len());
		return Err(node.error(expected, weights.len().to_string()));
	}
	let bias = match bias.len() {
		0 => vec![0.0; outputs],
		len if len == outputs => bias,
		len => return Err(node.error(format!("{outputs} intercepts"), len.to_string())),
	};
	let dense = FloatMatMul {
		rows: 1,
		groups: 1,
		inputs: x.len(),
		outputs,
		weights,
		bias,
		units: None,
		tensors: ["coefficients", "intercepts"].map(|part| format!("{part} of {}", node.name)),
		windows: None,
	};
	Ok((lowering.push(node, &[x.value], outputs, FloatOp::MatMul(dense))?, outputs))
}

/// `LinearClassifier`: the label, and the scores if they are needed.
pub fn classifier(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let names = Classes::read(node)?;
	let classes = names.len();
	// It changes the scores alone, never the label.
	let transform = node.text(TRANSFORM.name, "NONE");
	let (scores, len) = scores(lowering, node, inputs)?;
	let single = len == 1 && classes == 2;
	if !single && len != classes {
		return Err(node.error(format!("scores for {classes} classes"), len.to_string()));
	}
	let mut results = vec![label(lowering, node, scores, single.then_some(0.0), &names)?];
	if node.wanted.get(1) == Some(&true) {
		results.push(match single {
			true => pair(lowering, node, scores, Pair::Share, &transform)?,
			false => {
				let scores = (scores, len);
				transformed(lowering, node, Learnt::Classifier, scores, &transform)?
			}
		});
	}
	Ok(results)
}

/// `LinearRegressor`: weighted sums of the features, one for each target.
pub fn regressor(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let scores = scores(lowering, node, inputs)?;
	let targets = node.int("targets", 1);
	if usize::try_from(targets) != Ok(scores.1) {
		let expected = format!("coefficients for {targets} targets");
		return Err(node.error(expected, format!("for {}", scores.1)));
	}
	let transform = node.text(TRANSFORM.name, "NONE");
	Ok(vec![transformed(lowering, node, Learnt::Regressor, scores, &transform)?])
}

/// `Scaler`: `(x - offset) * scale` for each feature.
pub fn scaler(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.real(lowering, node, 0)?;
	let Some(features) = x.dims.last().copied() else {
		return Err(node.error("features", "a single number"));
	};
	let numbers = |name: &str, default: f32| {
		let values = node.floats(name)?;
		match values.len() {
			0 => Ok(vec![default; features]),
			1 => Ok(vec![values[0]; features]),
			len if len == features => Ok(values),
			len => Err(node.error(format!("a number of {name} for each feature"), len.to_string())),
		}
	};
	let (offsets, factors) = (numbers("offset", 0.0)?, numbers("scale", 1.0)?);
	let shifts = offsets.iter().zip(&factors).map(|(offset, factor)| -offset * factor).collect();
	let axis = x.dims.len() - 1;
	Ok(vec![Operand::Variable(linear::along(lowering, node, &x, axis, factors, shifts)?)])
}

/// `Normalizer`: it divides by a positive number, which keeps the order of a single row.
pub fn normalizer(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let norm = match node.text(NORM.name, "MAX").as_str() {
		"L1" => Norm::Sizes,
		"L2" => Norm::Squares,
		"MAX" => Norm::Largest,
		other => return Err(node.error("norm L1, L2 or MAX", other)),
	};
	let x = match inputs.operand(node, 0)? {
		Operand::Constant(x) if norm == Norm::Largest => return by_largest(node, x),
		Operand::Variable(x) if matches!(x.kind, Kind::Ordered { .. }) => x.clone(),
		_ => inputs.real(lowering, node, 0)?,
	};
	let plain = x.plain();
	let values = match (&plain.kind, x.dims.len().checked_sub(1)) {
		(Kind::Number, Some(axis)) => {
			if norm == Norm::Largest {
				lowering.limit(node, plain.value, (0, i64::MAX), LARGEST);
			}
			Some(normal::divided(&mut Compose { lowering, node }, &plain, axis, norm)?.value)
		}
		_ => None,
	};
	if x.dims.last() != Some(&x.len()) || values.is_none() && norm == Norm::Largest {
		let value = values.ok_or_else(|| node.error("rows of features", x.kind.describe()))?;
		return Ok(vec![Operand::number(value, x.dims)]);
	}
	// The graph's own input is none that could be chosen.
	let argument = node.proto.input.first().filter(|_| x.value > 0).cloned().unwrap_or_default();
	let kind = Kind::Ordered { operator: format!("Normalizer ({})", node.name), argument, values };
	Ok(vec![Operand::Variable(Variable { kind, ..x })])
}

/// Constant rows divided by the largest of each, with its sign; where that is 0 they stay as they are.
fn by_largest(node: &Node, x: &Tensor) -> Lowered {
	let Some(mut values) = x.floats() else {
		return Err(node.error("numbers", x.no_floats()));
	};
	for row in values.chunks_mut(x.dims.last().copied().unwrap_or(1).max(1)) {
		let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
		if largest != 0.0 {
			row.iter_mut().for_each(|value| *value /= largest);
		}
	}
	let made = Tensor::new(node.name, x.dims.clone(), Values::Float(values));
	Ok(vec![Operand::constant(made)])
}

/// `ArrayFeatureExtractor`: columns of a tensor, at constant or computed places, or the name of a class.
pub fn extract(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	match (inputs.operand(node, 0)?, inputs.operand(node, 1)?) {
		(Operand::Constant(list), Operand::Variable(place))
			if list.dims.last() == Some(&list.values.len()) && place.kind == Kind::Label =>
		{
			match classes::taken(lowering, node, list, place)? {
				Some(label) => {
					Ok(vec![Operand::Variable(Variable { dims: vec![1, place.len()], ..label })])
				}
				None => picked::columns(lowering, node, inputs),
			}
		}
		(Operand::Variable(x), Operand::Constant(places)) => {
			let Some(size) = x.dims.last().copied() else {
				return Err(node.error("columns", "a single number"));
			};
			let columns = places.integers().unwrap_or_default().iter();
			let columns = columns.map(|c| node.axis(*c, size)).collect::<Result<Vec<_>, _>>()?;
			let outer = x.len() / size;
			lowering.count(node, &[outer, columns.len()])?;
			let x = inputs.real(lowering, node, 0)?;
			let picks = (0..outer).flat_map(|o| columns.iter().map(move |c| Some(o * size + c)));
			let value = lowering.gather(node, x.value, picks)?;
			let mut dims = x.dims;
			dims.pop();
			dims.push(columns.len());
			Ok(vec![Operand::number(value, dims)])
		}
		(_, Operand::Variable(_)) => picked::columns(lowering, node, inputs),
		_ => Err(node.error("a computed value", "constants alone")),
	}
}
