//! Operators that give integers and truth values where all their inputs are constants, and stay what
//! they are: shapes, indices, comparisons, roundings. Where an input is computed, the lowering beside
//! it has them proved as any other; [`only`] refuses those that never are.

use super::{
	compare::{self, compare, Connective, Relation},
	elementwise::{older, AXIS, BROADCAST, C},
	operator::Integers,
	shape::{broadcast, repeated},
	signature::{
		free, input, int, needed, Attribute, Form, Input, Operator, Output, Setting, Version, AB,
		DATA, INPUT, OUTPUT, X, Y,
	},
	Inputs, Lowered, Lowering, Operand,
};
use crate::import::{
	node::Node,
	source::{count, Tensor, Values},
	ImportError,
};

const LOGIC: &[Version] =
	&[Version::new(&[1], &[AXIS, BROADCAST], AB, C), Version::new(&[7], &[], AB, C)];
const EQUAL: &[Version] =
	&[Version::new(&[1], &[AXIS, BROADCAST], AB, C), Version::new(&[7, 11, 13, 19], &[], AB, C)];
const ORDER: &[Version] =
	&[Version::new(&[1], &[AXIS, BROADCAST], AB, C), Version::new(&[7, 9, 13], &[], AB, C)];
const OR_EQUAL: &[Version] = &[Version::new(&[12, 16], &[], AB, C)];
const VALUE: Attribute = free("value", Form::Tensor);
const SPARSE: Attribute = free("sparse_value", Form::SparseTensor).only(&[]);
const RANGE: &[Input] = &[input("start"), input("limit"), input("delta")];
const SHAPE: &[Output] = &[input("shape")];
const SIZE: &[Output] = &[input("size")];

pub const OPERATORS: &[Operator] = &[
	Operator::new("And", |l, n, i| compare::logic(l, n, &older(n, i)?, Connective::And), LOGIC)
		.folded(|n, i| logic(n, i, Connective::And)),
	Operator::new(
		"Constant",
		only,
		&[
			Version::new(&[1, 9], &[needed("value", Form::Tensor)], &[], OUTPUT),
			Version::new(&[11], &[SPARSE, VALUE], &[], OUTPUT),
			Version::new(
				&[12, 13, 19, 21, 23, 24, 25],
				&[
					SPARSE,
					VALUE,
					free("value_float", Form::Float),
					free("value_floats", Form::Floats),
					free("value_int", Form::Int),
					free("value_ints", Form::Ints),
					free("value_string", Form::String).only(&[]),
					free("value_strings", Form::Strings).only(&[]),
				],
				&[],
				OUTPUT,
			),
		],
	)
	.folded(|n, _| Some(constant(n).map(one))),
	Operator::new(
		"ConstantOfShape",
		only,
		&[Version::new(&[9, 20, 21, 23, 24, 25], &[VALUE], INPUT, OUTPUT)],
	)
	.folded(|n, i| of_constants(i, |[shape]| constant_of_shape(n, shape))),
	Operator::new("Equal", |l, n, i| compare(l, n, &older(n, i)?, Relation::Equal), EQUAL)
		.folded(|n, i| comparison(n, i, Relation::Equal))
		.integers(Integers::Compared),
	Operator::new("Greater", |l, n, i| compare(l, n, &older(n, i)?, Relation::Greater), ORDER)
		.folded(|n, i| comparison(n, i, Relation::Greater))
		.integers(Integers::Compared),
	Operator::new(
		"GreaterOrEqual",
		|l, n, i| compare(l, n, &older(n, i)?, Relation::GreaterOrEqual),
		OR_EQUAL,
	)
	.folded(|n, i| comparison(n, i, Relation::GreaterOrEqual))
	.integers(Integers::Compared),
	Operator::new("Less", |l, n, i| compare(l, n, &older(n, i)?, Relation::Less), ORDER)
		.folded(|n, i| comparison(n, i, Relation::Less))
		.integers(Integers::Compared),
	Operator::new(
		"LessOrEqual",
		|l, n, i| compare(l, n, &older(n, i)?, Relation::LessOrEqual),
		OR_EQUAL,
	)
	.folded(|n, i| comparison(n, i, Relation::LessOrEqual))
	.integers(Integers::Compared),
	Operator::new("Not", compare::negation, &[Version::new(&[1], &[], X, Y)])
		.folded(|n, i| integers(n, i, |v| Some(i64::from(v == 0)))),
	Operator::new("Or", |l, n, i| compare::logic(l, n, &older(n, i)?, Connective::Or), LOGIC)
		.folded(|n, i| logic(n, i, Connective::Or)),
	Operator::new(
		"Range",
		only,
		&[
			Version::new(&[11], &[], RANGE, OUTPUT),
			Version::new(&[27], &[int("stash_type", 1).only(&[Setting::Int(1)])], RANGE, OUTPUT),
		],
	)
	.folded(|n, i| of_constants(i, |bounds| range(n, bounds))),
	Operator::new(
		"Shape",
		only,
		&[
			Version::new(&[1, 13], &[], DATA, SHAPE),
			Version::new(
				&[15, 19, 21, 23, 24, 25],
				&[free("end", Form::Int), int("start", 0)],
				DATA,
				SHAPE,
			),
		],
	)
	.folded(|n, i| i.get(0).map(|x| Ok(one(shape(n, x.dims()))))),
	Operator::new("Size", only, &[Version::new(&[1, 13, 19, 21, 23, 24, 25], &[], DATA, SIZE)])
		.folded(|n, i| i.get(0).map(|x| Ok(one(size(n, x.dims()))))),
	Operator::new(
		"Where",
		compare::choose,
		&[Version::new(&[9, 16], &[], &[input("condition"), input("X"), input("Y")], OUTPUT)],
	)
	.folded(|n, i| of_constants(i, |[condition, a, b]| select(n, condition, a, b)))
	.integers(Integers::Chosen),
	Operator::new("Xor", |l, n, i| compare::logic(l, n, &older(n, i)?, Connective::Xor), LOGIC)
		.folded(|n, i| logic(n, i, Connective::Xor)),
];

pub fn one(tensor: Tensor) -> Vec<Operand> {
	vec![Operand::constant(tensor)]
}

/// A result of so many constants; `None` if there are others.
pub fn of_constants<const N: usize>(
	inputs: &Inputs,
	result: impl FnOnce([&Tensor; N]) -> Result<Tensor, ImportError>,
) -> Option<Lowered> {
	let constants: [&Tensor; N] = inputs.constants()?.try_into().ok()?;
	Some(result(constants).map(one))
}

/// For operators that are computed from constants, never proved.
pub fn only(_: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let variable = (0..inputs.len())
		.find(|i| matches!(inputs.get(*i), Some(Operand::Variable(_))))
		.and_then(|i| node.proto.input.get(i));
	match variable {
		Some(name) => Err(node.error(format!("{name} as a constant"), "a computed value")),
		None => Err(node.error("constants it can be computed from", "others")),
	}
}

fn shape(node: &Node, dims: &[usize]) -> Tensor {
	let rank = dims.len() as i64;
	let bound = |name, default| {
		let place = node.int(name, default);
		(if place < 0 { place.saturating_add(rank) } else { place }).clamp(0, rank) as usize
	};
	let (start, end) = (bound("start", 0), bound("end", rank));
	let kept = dims.get(start..end).unwrap_or_default();
	Tensor::ints(node.name, kept.iter().map(|d| *d as i64).collect())
}

fn size(node: &Node, dims: &[usize]) -> Tensor {
	let size = dims.iter().product::<usize>() as i64;
	Tensor::new(node.name, vec![], Values::Int(vec![size]))
}

fn constant(node: &Node) -> Result<Tensor, ImportError> {
	let [attribute] = node.proto.attribute.as_slice() else {
		let got = node.proto.attribute.len().to_string();
		return Err(node.error("one value", got));
	};
	let one = |values| Ok(Tensor::new(node.name, vec![], values));
	// Asked for by its name, so that it counts as read.
	let attribute = node.attribute(&attribute.name).unwrap_or(attribute);
	match (attribute.name.as_str(), &attribute.t) {
		("value", Some(tensor)) => {
			let tensor = Tensor::read(tensor)?;
			Ok(match tensor.name.is_empty() {
				true => Tensor { name: node.name.into(), ..tensor },
				false => tensor,
			})
		}
		("value_float", _) => one(Values::Float(vec![attribute.f])),
		("value_int", _) => one(Values::Int(vec![attribute.i])),
		("value_floats", _) => {
			let values = attribute.floats.clone();
			Ok(Tensor::new(node.name, vec![values.len()], Values::Float(values)))
		}
		("value_ints", _) => Ok(Tensor::ints(node.name, attribute.ints.clone())),
		(other, _) => Err(node.error("a tensor or numbers as its value", other)),
	}
}

fn constant_of_shape(node: &Node, shape: &Tensor) -> Result<Tensor, ImportError> {
	let dims = super::shape::sizes(node, shape.integers().unwrap_or(&[-1]))?;
	let value = match node.attribute("value").and_then(|a| a.t.as_ref()) {
		Some(tensor) => Tensor::read(tensor)?.values,
		None => Values::Float(vec![0.0]),
	};
	if value.len() != 1 {
		return Err(node.error("one value", value.len().to_string()));
	}
	let len = count(&dims).unwrap_or_default();
	Ok(Tensor::new(node.name, dims, value.pick(&vec![Some(0); len])))
}

/// `Range`, of integers or of floats.
fn range(node: &Node, bounds: [&Tensor; 3]) -> Result<Tensor, ImportError> {
	let float = |tensor: &Tensor| match tensor.values {
		Values::Float(ref values) => (values.len() == 1).then(|| values[0]),
		Values::Int(_) | Values::Text(_) => None,
	};
	if let [Some(start), Some(limit), Some(delta)] = bounds.map(float) {
		return floats(node, [start, limit, delta]);
	}
	let single = |tensor: &Tensor| match tensor.integers() {
		Some([value]) => Some(*value),
		_ => None,
	};
	let [Some(start), Some(limit), Some(delta)] = bounds.map(single) else {
		return Err(node.error("single integers or single floats", "others"));
	};
	let distance = i128::from(limit) - i128::from(start);
	let steps = match delta {
		0 => return Err(node.error("a step that is not 0", "0")),
		_ => (distance + i128::from(delta) - i128::from(delta.signum())) / i128::from(delta),
	};
	match usize::try_from(steps.max(0)).ok().and_then(|len| count(&[len])) {
		Some(len) => {
			// All are between start and limit.
			let values = (0..len as i64).map(|i| start.wrapping_add(delta.wrapping_mul(i)));
			Ok(Tensor::ints(node.name, values.collect()))
		}
		None => Err(node.error("a range of few elements", steps.to_string())),
	}
}

/// Floats from the first to before the limit, a step apart.
fn floats(node: &Node, [start, limit, delta]: [f32; 3]) -> Result<Tensor, ImportError> {
	if delta == 0.0 || [start, limit, delta].iter().any(|bound| !bound.is_finite()) {
		let got = format!("{start} to {limit} by {delta}");
		return Err(node.error("finite bounds and a step that is not 0", got));
	}
	let (start, limit, delta) = (f64::from(start), f64::from(limit), f64::from(delta));
	let steps = ((limit - start) / delta).ceil().max(0.0);
	match count(&[steps as usize]) {
		Some(len) => {
			let values = (0..len).map(|i| (start + i as f64 * delta) as f32);
			Ok(Tensor::new(node.name, vec![len], Values::Float(values.collect())))
		}
		None => Err(node.error("a range of few elements", steps.to_string())),
	}
}

/// An operation on each integer of a constant; `None` for others.
pub fn integers(node: &Node, inputs: &Inputs, op: fn(i64) -> Option<i64>) -> Option<Lowered> {
	let [x] = inputs.constants()?.try_into().ok()?;
	let Values::Int(values) = &x.values else { return None };
	let values = values.iter().map(|v| op(*v)).collect::<Option<Vec<_>>>();
	Some(typed(node, x.dims.clone(), values, x.limits).map(one))
}

/// Integers of a type, which all must be there and fit: elsewhere others would start from the other end.
fn typed(
	node: &Node,
	dims: Vec<usize>,
	values: Option<Vec<i64>>,
	limits: Option<(i64, i64)>,
) -> Result<Tensor, ImportError> {
	let (min, max) = limits.unwrap_or((i64::MIN, i64::MAX));
	let fit = |values: &Vec<i64>| values.iter().all(|value| (min..=max).contains(value));
	match values.filter(fit) {
		Some(values) => Ok(Tensor { limits, ..Tensor::new(node.name, dims, Values::Int(values)) }),
		None => Err(node.error(format!("integers from {min} to {max}"), "others")),
	}
}

/// A rounding of each number of a constant, which leaves integers as they are.
pub fn rounding(node: &Node, inputs: &Inputs, op: fn(f32) -> f32) -> Option<Lowered> {
	let [x] = inputs.constants()?.try_into().ok()?;
	let values = match &x.values {
		Values::Float(values) => Values::Float(values.iter().map(|v| op(*v)).collect()),
		Values::Int(values) => Values::Int(values.clone()),
		Values::Text(_) => return None,
	};
	Some(Ok(one(Tensor::new(node.name, x.dims.clone(), values))))
}

/// Values of both, at the places of their common shape.
fn spread(
	node: &Node,
	a: &Tensor,
	b: &Tensor,
) -> Result<(Vec<usize>, Values, Values), ImportError> {
	let dims = broadcast(&a.dims, &b.dims).filter(|dims| count(dims).is_some());
	let dims = dims.ok_or_else(|| {
		node.error(format!("a shape that fits {:?}", a.dims), format!("{:?}", b.dims))
	})?;
	let at = |tensor: &Tensor| {
		let places: Vec<_> = repeated(&tensor.dims, &dims).into_iter().map(Some).collect();
		tensor.values.pick(&places)
	};
	let (a, b) = (at(a), at(b));
	Ok((dims, a, b))
}

/// Both inputs, if they are constant, by the rule of the operator set.
pub fn both(
	node: &Node,
	inputs: &Inputs,
) -> Option<Result<(Vec<usize>, Values, Values), ImportError>> {
	inputs.constants().filter(|constants| constants.len() == 2)?;
	let inputs = match older(node, inputs) {
		Ok(inputs) => inputs,
		Err(error) => return Some(Err(error)),
	};
	let [a, b] = inputs.constants()?.try_into().ok()?;
	Some(spread(node, a, b))
}

/// An operation on pairs of integers; `None` if they are no constants, or floats, which are lowered.
pub fn arithmetic(
	node: &Node,
	inputs: &Inputs,
	op: fn(i64, i64) -> Option<i64>,
) -> Option<Lowered> {
	let whole = |tensor: &&Tensor| tensor.integers().is_some();
	let constants = inputs.constants().filter(|constants| constants.iter().all(whole))?;
	// Both are of one type.
	let limits = constants.iter().find_map(|tensor| tensor.limits);
	Some(both(node, inputs)?.and_then(|(dims, a, b)| match (a, b) {
		(Values::Int(a), Values::Int(b)) => {
			let values = a.iter().zip(&b).map(|(a, b)| op(*a, *b)).collect::<Option<Vec<_>>>();
			Ok(one(typed(node, dims, values, limits)?))
		}
		_ => Err(node.error("integers", "others")),
	}))
}

/// A comparison of pairs of numbers.
fn comparison(node: &Node, inputs: &Inputs, relation: Relation) -> Option<Lowered> {
	Some(both(node, inputs)?.and_then(|(dims, a, b)| {
		let order: Option<Vec<_>> = match (&a, &b) {
			(Values::Int(a), Values::Int(b)) => {
				a.iter().zip(b).map(|(a, b)| a.partial_cmp(b)).collect()
			}
			(Values::Float(a), Values::Float(b)) => {
				a.iter().zip(b).map(|(a, b)| a.partial_cmp(b)).collect()
			}
			_ => None,
		};
		let order = order.ok_or_else(|| node.error("numbers that can be compared", "others"))?;
		let values = order.into_iter().map(|order| i64::from(relation.holds(order))).collect();
		Ok(one(Tensor::new(node.name, dims, Values::Int(values))))
	}))
}

/// An operation on pairs of truth values.
fn logic(node: &Node, inputs: &Inputs, connective: Connective) -> Option<Lowered> {
	Some(both(node, inputs)?.and_then(|(dims, a, b)| match (a, b) {
		(Values::Int(a), Values::Int(b)) => {
			let pairs = a.iter().zip(&b).map(|(a, b)| connective.of(*a != 0, *b != 0));
			let values = Values::Int(pairs.map(i64::from).collect());
			Ok(one(Tensor::new(node.name, dims, values)))
		}
		_ => Err(node.error("truth values", "others")),
	}))
}

fn select(node: &Node, condition: &Tensor, a: &Tensor, b: &Tensor) -> Result<Tensor, ImportError> {
	let (dims, first, second) = spread(node, a, b)?;
	let whole = Tensor::new(node.name, dims, first);
	let other = Tensor::new(node.name, whole.dims.clone(), second);
	let (dims, condition, first) = spread(node, condition, &whole)?;
	let (_, _, second) =
		spread(node, &Tensor::new(node.name, dims.clone(), condition.clone()), &other)?;
	let values = match (condition, first, second) {
		(Values::Int(c), Values::Int(a), Values::Int(b)) => Values::Int(
			c.iter()
				.zip(a.iter().zip(&b))
				.map(|(c, (a, b))| if *c != 0 { *a } else { *b })
				.collect(),
		),
		(Values::Int(c), Values::Float(a), Values::Float(b)) => Values::Float(
			c.iter()
				.zip(a.iter().zip(&b))
				.map(|(c, (a, b))| if *c != 0 { *a } else { *b })
				.collect(),
		),
		_ => return Err(node.error("numbers of one type", "others")),
	};
	Ok(Tensor::new(node.name, dims, values))
}
