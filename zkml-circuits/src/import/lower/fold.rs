//! Nodes of constants that only shapes are made of.

use super::{
	shape::{broadcast, identity, repeated},
	Inputs, Kind, Lowered, Lowering, Operand,
};
use crate::import::{
	source::{count, Node, Tensor, Values},
	ImportError,
};

/// For operators that are computed from constants, never proved.
pub fn only(_: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let variable = (0..inputs.0.len())
		.find(|i| matches!(inputs.get(*i), Some(Operand::Variable(_))))
		.and_then(|i| node.proto.input.get(i));
	match variable {
		Some(name) => Err(node.error(format!("{name} as a constant"), "a computed value")),
		None => Err(node.error("constants it can be computed from", "others")),
	}
}

/// `Cast`: between floats, or of the index of a class.
pub fn cast(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let float = matches!(node.int("to", 1), 1 | 10 | 11 | 16);
	match inputs.operand(node, 0)? {
		Operand::Variable(x) if x.kind != Kind::Label && !float => {
			Err(node.error("a cast to floats", format!("to type {}", node.int("to", 1))))
		}
		_ => identity(lowering, node, inputs),
	}
}

/// The result, if the node is one of integers and constants.
pub fn fold(node: &Node, inputs: &Inputs) -> Option<Lowered> {
	let constants: Option<Vec<&Tensor>> = inputs
		.0
		.iter()
		.flatten()
		.map(|operand| match operand {
			Operand::Constant(tensor) => Some(&**tensor),
			Operand::Variable(_) => None,
		})
		.collect();
	let first = inputs.get(0);
	let folded = match (node.op(), constants.as_deref()) {
		("Shape", _) => first.map(|x| shape(node, x.dims())),
		("Size", _) => first.map(|x| {
			Ok(Tensor::new(
				node.name,
				vec![],
				Values::Int(vec![x.dims().iter().product::<usize>() as i64]),
			))
		}),
		("Constant", _) => Some(constant(node)),
		("ConstantOfShape", Some([shape])) => Some(constant_of_shape(node, shape)),
		("Range", Some([start, limit, delta])) => Some(range(node, [start, limit, delta])),
		("Cast", Some([x])) => Some(cast_constant(node, x)),
		("ReduceProd", Some([x, ..])) => x.integers().map(|values| {
			let product = values.iter().try_fold(1i64, |n, v| n.checked_mul(*v));
			let product = product.ok_or_else(|| node.error("a product of 64 bits", "more"))?;
			let dims = if node.int("keepdims", 1) != 0 { vec![1; x.dims.len()] } else { vec![] };
			Ok(Tensor::new(node.name, dims, Values::Int(vec![product])))
		}),
		("Not" | "Floor" | "Ceil" | "Neg" | "Abs" | "Relu", Some([x])) => single(node, x).map(Ok),
		("Where", Some([condition, a, b])) => Some(select(node, condition, a, b)),
		(_, Some([a, b])) => pair(node, a, b),
		_ => None,
	};
	folded.map(|result| result.map(|tensor| vec![Operand::constant(tensor)]))
}

fn shape(node: &Node, dims: &[usize]) -> Result<Tensor, ImportError> {
	let rank = dims.len() as i64;
	let bound = |name, default| {
		let place = node.int(name, default);
		(if place < 0 { place.saturating_add(rank) } else { place }).clamp(0, rank) as usize
	};
	let (start, end) = (bound("start", 0), bound("end", rank));
	let kept = dims.get(start..end).unwrap_or_default();
	Ok(Tensor::ints(node.name, kept.iter().map(|d| *d as i64).collect()))
}

fn constant(node: &Node) -> Result<Tensor, ImportError> {
	let Some(attribute) = node.proto.attribute.first() else {
		return Err(node.error("a value", "none"));
	};
	let one = |values| Ok(Tensor::new(node.name, vec![], values));
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

fn range(node: &Node, bounds: [&Tensor; 3]) -> Result<Tensor, ImportError> {
	let single = |tensor: &Tensor| match tensor.integers() {
		Some([value]) => Some(*value),
		_ => None,
	};
	let [Some(start), Some(limit), Some(delta)] = bounds.map(single) else {
		return Err(node.error("single integers", "others"));
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

fn cast_constant(node: &Node, x: &Tensor) -> Result<Tensor, ImportError> {
	let values = match (node.int("to", 1), &x.values) {
		(1 | 10 | 11 | 16, _) => x.floats().map(Values::Float),
		(9, Values::Int(values)) => {
			Some(Values::Int(values.iter().map(|v| i64::from(*v != 0)).collect()))
		}
		(9, Values::Float(values)) => {
			Some(Values::Int(values.iter().map(|v| i64::from(*v != 0.0)).collect()))
		}
		(2..=7 | 12 | 13, Values::Int(values)) => Some(Values::Int(values.clone())),
		(2..=7 | 12 | 13, Values::Float(values)) => {
			Some(Values::Int(values.iter().map(|v| *v as i64).collect()))
		}
		_ => None,
	};
	let values = values.ok_or_else(|| {
		node.error("a cast between numbers", format!("to type {}", node.int("to", 1)))
	})?;
	Ok(Tensor { values, ..x.clone() })
}

fn single(node: &Node, x: &Tensor) -> Option<Tensor> {
	let values = match (node.op(), &x.values) {
		("Not", Values::Int(v)) => Values::Int(v.iter().map(|v| i64::from(*v == 0)).collect()),
		("Neg", Values::Int(v)) => Values::Int(v.iter().map(|v| v.wrapping_neg()).collect()),
		("Abs", Values::Int(v)) => Values::Int(v.iter().map(|v| v.wrapping_abs()).collect()),
		("Relu", Values::Int(v)) => Values::Int(v.iter().map(|v| *v.max(&0)).collect()),
		("Floor" | "Ceil", Values::Int(_)) => x.values.clone(),
		("Floor", Values::Float(v)) => Values::Float(v.iter().map(|v| v.floor()).collect()),
		("Ceil", Values::Float(v)) => Values::Float(v.iter().map(|v| v.ceil()).collect()),
		_ => return None,
	};
	Some(Tensor::new(node.name, x.dims.clone(), values))
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

/// Arithmetic and comparisons; `None` if the operator is no such, or one of floats that is lowered.
fn pair(node: &Node, a: &Tensor, b: &Tensor) -> Option<Result<Tensor, ImportError>> {
	let op = node.op();
	let logic = ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or"];
	let arithmetic = ["Add", "Sub", "Mul", "Div", "Mod", "Max", "Min", "Pow"];
	let integers = a.integers().is_some() && b.integers().is_some();
	if !(logic.contains(&op) || arithmetic.contains(&op) && integers) {
		return None;
	}
	let (dims, a, b) = match spread(node, a, b) {
		Ok(spread) => spread,
		Err(error) => return Some(Err(error)),
	};
	let values: Option<Vec<i64>> = match (&a, &b) {
		(Values::Int(a), Values::Int(b)) => {
			a.iter().zip(b).map(|(a, b)| integer(op, *a, *b)).collect()
		}
		(Values::Float(a), Values::Float(b)) => {
			let order = |(a, b): (&f32, &f32)| a.partial_cmp(b).and_then(|o| compare(op, o));
			a.iter().zip(b).map(order).collect()
		}
		_ => None,
	};
	Some(match values {
		Some(values) => Ok(Tensor::new(node.name, dims, Values::Int(values))),
		None => Err(node.error("numbers it can be computed for", "others")),
	})
}

fn compare(op: &str, order: std::cmp::Ordering) -> Option<i64> {
	Some(i64::from(match op {
		"Equal" => order.is_eq(),
		"Less" => order.is_lt(),
		"LessOrEqual" => order.is_le(),
		"Greater" => order.is_gt(),
		"GreaterOrEqual" => order.is_ge(),
		_ => return None,
	}))
}

fn integer(op: &str, a: i64, b: i64) -> Option<i64> {
	match op {
		"Add" => a.checked_add(b),
		"Sub" => a.checked_sub(b),
		"Mul" => a.checked_mul(b),
		"Div" => a.checked_div(b),
		"Mod" => a.checked_rem_euclid(b),
		"Max" => Some(a.max(b)),
		"Min" => Some(a.min(b)),
		"Pow" => a.checked_pow(u32::try_from(b).ok()?),
		"And" => Some(i64::from(a != 0 && b != 0)),
		"Or" => Some(i64::from(a != 0 || b != 0)),
		_ => compare(op, a.cmp(&b)),
	}
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
