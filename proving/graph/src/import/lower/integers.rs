//! Arithmetic of integers of 32 bits or more: that of numbers, whose results are whole, and division, which
//! cuts off what is behind the point.
//!
//! Nothing begins again from the other end: what leaves its type for an input in the declared range is refused,
//! when that range is known.

use super::{
	compose::Compose,
	groups::grouped,
	operator::{Growth, Integers},
	rounding::{divided, multiple},
	Inputs, Kind, Lowered, Lowering, Operand, Variable, INT64,
};
use crate::import::{node::Node, source::Tensor, Cut, Divisor, ImportError};

/// What to do about results that leave their type.
pub const NARROWER: &str =
	"which its type has (a narrower --input-range or a wider type before it keeps them there)";

/// How many integers a type has.
fn width((min, max): &(i64, i64)) -> u64 {
	max.abs_diff(*min)
}

/// The ends of the type of integers of 32 bits or more: the narrowest, as that of some is known no better than as
/// the widest.
pub fn narrowest<'a>(all: impl IntoIterator<Item = &'a Variable>) -> Option<(i64, i64)> {
	let own = |x: &Variable| match x.kind {
		Kind::Whole(limits) => Some(limits),
		_ => None,
	};
	all.into_iter().filter_map(own).min_by_key(width)
}

/// The ends of the type of 32 bits or more that a node's operands have, as far as it is known.
pub fn limits(inputs: &Inputs) -> (i64, i64) {
	let computed = |operand: &Operand| match operand {
		Operand::Variable(variable) => narrowest([variable]),
		Operand::Constant(_) => None,
	};
	let constant = |operand: &Operand| match operand {
		Operand::Constant(tensor) => tensor.limits.filter(|_| tensor.integers().is_some()),
		Operand::Variable(_) => None,
	};
	let own = inputs.peek().filter_map(computed).min_by_key(width);
	own.or_else(|| inputs.peek().find_map(constant)).unwrap_or(INT64)
}

/// Lowers a node whose inputs are not all constant.
pub fn lower(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let plain = inputs.numbers();
	let integers = node.operator.integers;
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
	if !takes(integers, inputs) {
		return (node.operator.lower)(lowering, node, inputs);
	}
	let limits = limits(inputs);
	let results = match integers {
		Integers::By(lower, _) => lower(lowering, node, inputs, &plain)?,
		Integers::Own | Integers::Compared => (node.operator.lower)(lowering, node, &plain)?,
		Integers::Same(_) | Integers::Placed(_) | Integers::Chosen => {
			of_kind((node.operator.lower)(lowering, node, &plain)?, Kind::Whole(limits))
		}
	};
	match integers.growth() {
		Some(Growth::Beyond | Growth::Narrow) => {
			for result in &results {
				if let Operand::Variable(Variable { value, kind: Kind::Whole(_), .. }) = result {
					lowering.limit(node, *value, limits, NARROWER);
				}
			}
		}
		Some(Growth::Within) | None => {}
	}
	inputs.looked(&plain);
	Ok(results)
}

/// Whether a node's inputs make it one of integers.
fn takes(integers: Integers, inputs: &Inputs) -> bool {
	let any = |is: fn(&Kind) -> bool| {
		inputs.peek().any(|operand| match operand {
			Operand::Variable(x) => is(&x.kind),
			Operand::Constant(_) => false,
		})
	};
	let whole = |kind: &Kind| matches!(kind, Kind::Whole(_));
	match integers {
		Integers::Own => false,
		Integers::Compared => {
			any(|kind| matches!(kind, Kind::Whole(_) | Kind::Integer | Kind::Label))
		}
		Integers::Same(_) | Integers::By(..) => any(whole),
		// Computed indices are integers whatever they pick from.
		Integers::Placed(_) => any(whole) && !computed(inputs),
		Integers::Chosen => any(whole) || chooses(inputs),
	}
}

/// Whether a condition chooses between constants that are integers of 32 bits or more: those of fewer have limits
/// that say so, and 0 and 1 alone may be truth values.
fn chooses(inputs: &Inputs) -> bool {
	let wide = |operand: &Operand| match operand {
		Operand::Constant(tensor) => tensor.integers().is_some_and(|values| match tensor.limits {
			Some((_, max)) => max >= i32::MAX.into(),
			None => values.iter().any(|value| !(0..=1).contains(value)),
		}),
		Operand::Variable(_) => false,
	};
	inputs.peek().skip(1).any(wide)
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
	let own = node.operator.integers.growth() == Some(Growth::Narrow);
	let all = inputs.peek().filter_map(computed).all(|integer| integer);
	// Whether they have signs only a constant says, which has the same type.
	inputs
		.peek()
		.find_map(limits)
		.filter(|_| own && all && inputs.peek().any(|o| computed(o).is_some()))
}

/// Numbers as integers of a kind.
fn of_kind(results: Vec<Operand>, kind: Kind) -> Vec<Operand> {
	let whole = |result| match result {
		Operand::Variable(x) => match x.plain() {
			x @ Variable { kind: Kind::Number, .. } => {
				Operand::Variable(Variable { kind: kind.clone(), ..x })
			}
			_ => Operand::Variable(x),
		},
		other => other,
	};
	results.into_iter().map(whole).collect()
}

/// Whether the second input is computed.
fn computed(inputs: &Inputs) -> bool {
	matches!(inputs.peek().nth(1), Some(Operand::Variable(_)))
}

/// Constant integers beside computed ones, whose integers are worth as much.
pub fn beside(
	lowering: &mut Lowering,
	node: &Node,
	constant: &Tensor,
	other: &Variable,
) -> Result<Variable, ImportError> {
	let numbers = constant.floats().filter(|_| constant.integers().is_some());
	let Some(numbers) = numbers else {
		return Err(node.error("integers on both sides", format!("floats in {}", constant.name)));
	};
	lowering.count(node, &constant.dims)?;
	let zeros = lowering.gather(node, other.value, vec![None; numbers.len()])?;
	let value = lowering.affine(node, zeros, 1.0, numbers)?;
	Ok(Variable { value, dims: constant.dims.clone(), kind: Kind::Number })
}

/// Both inputs as whole numbers of one shape; the second is computed.
fn both(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<[Variable; 2], ImportError> {
	let y = inputs.number(lowering, node, 1)?;
	let x = match inputs.operand(node, 0)? {
		Operand::Constant(constant) => beside(lowering, node, constant, &y)?,
		Operand::Variable(_) => inputs.number(lowering, node, 0)?,
	};
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&x.dims, &y.dims)?;
	Ok([compose.spread(&x, &dims)?, compose.spread(&y, &dims)?])
}

/// Numbers as integers of the type of a node's operands.
fn whole(inputs: &Inputs, results: Vec<Operand>) -> Vec<Operand> {
	of_kind(results, Kind::Whole(limits(inputs)))
}

/// `Mod` of integers; by computed ones with the divisor's sign, or with `fmod` the dividend's.
pub fn remainder(lowering: &mut Lowering, node: &Node, inputs: &Inputs, plain: &Inputs) -> Lowered {
	if !computed(plain) {
		return Ok(whole(inputs, (node.operator.lower)(lowering, node, plain)?));
	}
	let [x, y] = both(lowering, node, plain)?;
	let divisor = match node.int("fmod", 0) != 0 {
		true => Divisor::Truncated,
		false => Divisor::Floored,
	};
	let compose = &mut Compose { lowering, node };
	let quotient = compose.quotient(&x, &y, divisor)?;
	let multiple = compose.product(&quotient, &y)?;
	let made = compose.sum((1.0, &x), (-1.0, &multiple))?;
	Ok(whole(inputs, vec![Operand::Variable(made)]))
}

/// `Div` of integers: without what is behind the point.
pub fn quotient(lowering: &mut Lowering, node: &Node, inputs: &Inputs, plain: &Inputs) -> Lowered {
	let plain = super::elementwise::older(node, plain)?;
	if computed(&plain) {
		let [x, y] = both(lowering, node, &plain)?;
		let made = Compose { lowering, node }.quotient(&x, &y, Divisor::Truncated)?;
		return Ok(whole(inputs, vec![Operand::Variable(made)]));
	}
	let x = plain.number(lowering, node, 0)?;
	let divisors = plain.constant(node, 1)?.clone();
	let compose = &mut Compose { lowering, node };
	let dims = compose.common(&x.dims, &divisors.dims)?;
	let x = compose.spread(&x, &dims)?;
	let each = compose.numbers(&divisors, &dims)?;
	let made = grouped(compose, &x, &each, "divisors", divided)?;
	Ok(whole(inputs, vec![Operand::Variable(made)]))
}

/// `Pow` of integers by constants of 0 or more; of a constant by integers it is that of the numbers.
pub fn power(lowering: &mut Lowering, node: &Node, inputs: &Inputs, plain: &Inputs) -> Lowered {
	let results = (node.operator.lower)(lowering, node, plain)?;
	let Some(Operand::Variable(base)) = inputs.get(0) else { return Ok(results) };
	let Kind::Whole(_) = base.kind else { return Ok(results) };
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
	Ok(of_kind(whole, base.kind.clone()))
}
