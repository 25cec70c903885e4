//! Arithmetic of integers of 32 bits or more: that of numbers, whose results are whole, and division, which
//! cuts off what is behind the point.
//!
//! Nothing begins again from the other end: numbers that leave 32 bits have no proof anyway.

use super::{
	compose::Compose,
	groups::grouped,
	rounding::{divided, multiple},
	Inputs, Kind, Lowered, Lowering, Operand, Variable,
};
use crate::import::{node::Node, Cut, ImportError};

/// Operators whose result is made of integers if their operands are, and is that of the numbers.
const SAME: &[&str] = &[
	"Abs",
	"Add",
	"Clip",
	"CumProd",
	"CumSum",
	"Einsum",
	"Gemm",
	"MatMul",
	"Max",
	"Min",
	"Mod",
	"Mul",
	"Neg",
	"ReduceL1",
	"ReduceMax",
	"ReduceMin",
	"ReduceProd",
	"ReduceSum",
	"ReduceSumSquare",
	"Relu",
	"ScatterElements",
	"ScatterND",
	"Sign",
	"Sub",
	"Sum",
	"Trilu",
	"Where",
	"GatherElements",
	"GatherND",
	"Compress",
	"CenterCropPad",
];
/// Operators that take computed indices as they are.
const PICKS: &[&str] = &["GatherElements", "GatherND"];
/// Operators that compare integers as the numbers they are.
const COMPARED: &[&str] =
	&["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "IsInf", "IsNaN"];

/// Operators that exporters give integers of 8 and 16 bits to, where none of the results begins again from the
/// other end.
const NARROW: &[&str] = &["Add", "Gemm", "MatMul", "Mul", "Sub"];

/// Lowers a node whose inputs are not all constant.
pub fn lower(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let name = node.op();
	let compared = COMPARED.contains(&name);
	let whole = |operand: &Operand| match operand {
		Operand::Variable(Variable { kind, .. }) => {
			matches!(kind, Kind::Whole) || compared && matches!(kind, Kind::Integer | Kind::Label)
		}
		Operand::Constant(_) => false,
	};
	let own =
		node.operator.domain.is_empty() && (inputs.peek().any(whole) || chooses(node, inputs));
	// Computed indices are integers whatever they pick from.
	let picks = PICKS.contains(&name) && matches!(inputs.get(1), Some(Operand::Variable(_)));
	let plain = inputs.numbers();
	if let Some(limits) = narrow(node, inputs) {
		let results = (node.operator.lower)(lowering, node, &plain)?;
		let fits = |result: &Operand| match result {
			Operand::Variable(x) => lowering.is_between(x.value, limits),
			Operand::Constant(_) => false,
		};
		if !results.iter().all(fits) {
			let expected = format!("results from {} to {}, which its type has", limits.0, limits.1);
			return Err(node.error(expected, "others (Cast to INT32 before it)"));
		}
		inputs.looked(&plain);
		return Ok(of_kind(results, Kind::Integer));
	}
	if !own || picks {
		return (node.operator.lower)(lowering, node, inputs);
	}
	let results = match name {
		_ if SAME.contains(&name) => integers((node.operator.lower)(lowering, node, &plain)?),
		_ if compared => (node.operator.lower)(lowering, node, &plain)?,
		"Div" => integers(vec![Operand::Variable(quotient(lowering, node, &plain)?)]),
		"Pow" => power(lowering, node, inputs, &plain)?,
		_ => return (node.operator.lower)(lowering, node, inputs),
	};
	inputs.looked(&plain);
	Ok(results)
}

/// Whether a node chooses between constants that are integers of 32 bits or more: those of fewer have limits that
/// say so, and 0 and 1 alone may be truth values.
fn chooses(node: &Node, inputs: &Inputs) -> bool {
	let wide = |operand: &Operand| match operand {
		Operand::Constant(tensor) => tensor.integers().is_some_and(|values| match tensor.limits {
			Some((_, max)) => max >= i32::MAX.into(),
			None => values.iter().any(|value| !(0..=1).contains(value)),
		}),
		Operand::Variable(_) => false,
	};
	node.op() == "Where" && inputs.peek().skip(1).any(wide)
}

/// The ends of the type of a node's operands, if these are constants and computed integers of 8 or 16 bits.
fn narrow(node: &Node, inputs: &Inputs) -> Option<(i64, i64)> {
	let computed = |operand: &Operand| match operand {
		Operand::Variable(x) => Some(x.kind == Kind::Integer),
		Operand::Constant(_) => None,
	};
	let limits = |operand: &Operand| match operand {
		Operand::Constant(tensor) => tensor.range,
		Operand::Variable(_) => None,
	};
	let own = node.operator.domain.is_empty() && NARROW.contains(&node.op());
	let all = inputs.peek().filter_map(computed).all(|integer| integer);
	// Whether they have signs only a constant says, which has the same type.
	inputs
		.peek()
		.find_map(limits)
		.filter(|_| own && all && inputs.peek().any(|o| computed(o).is_some()))
}

/// The same as integers of 32 bits or more.
fn integers(results: Vec<Operand>) -> Vec<Operand> {
	of_kind(results, Kind::Whole)
}

/// Numbers as integers of a kind.
fn of_kind(results: Vec<Operand>, kind: Kind) -> Vec<Operand> {
	let whole = |result| match result {
		Operand::Variable(x) if x.kind == Kind::Number => {
			Operand::Variable(Variable { kind: kind.clone(), ..x })
		}
		other => other,
	};
	results.into_iter().map(whole).collect()
}

/// `Div` of integers by constant ones: without what is behind the point.
fn quotient(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Variable, ImportError> {
	let inputs = super::elementwise::older(node, inputs)?;
	let x = inputs.number(lowering, node, 0)?;
	let divisors = inputs.constant(node, 1)?.clone();
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&x.dims, &divisors.dims)?;
	let x = compose.spread(&x, &dims)?;
	let each = compose.numbers(&divisors, &dims)?;
	grouped(compose, &x, &each, "divisors", divided)
}

/// `Pow` of integers by constants of 0 or more; of a constant by integers it is that of the numbers.
fn power(lowering: &mut Lowering, node: &Node, inputs: &Inputs, plain: &Inputs) -> Lowered {
	let results = (node.operator.lower)(lowering, node, plain)?;
	let Some(Operand::Variable(base)) = inputs.get(0) else { return Ok(results) };
	if base.kind != Kind::Whole {
		return Ok(results);
	}
	let exponents = inputs.floats(node, 1)?;
	if let Some(bad) = exponents.iter().find(|exponent| **exponent < 0.0) {
		return Err(node.error("exponents of 0 or more for integers", bad.to_string()));
	}
	let mut whole = Vec::new();
	for result in results {
		whole.push(match result {
			Operand::Variable(x) => {
				let compose = &mut Compose { lowering, node };
				Operand::Variable(multiple(compose, &x, 1.0, Cut::Near)?)
			}
			constant @ Operand::Constant(_) => constant,
		});
	}
	Ok(integers(whole))
}
