//! The operations of the integer graph: the shape, the ranges and the values of the result of each.

mod add;
mod arg_max;
mod gather;
mod greater;
mod lookup;
mod matmul;
mod mul;
mod reduce_max;
mod reduce_sum;
mod requantize;

use crate::{
	graph::{GraphError, Node, Op},
	interval::Interval,
};

pub use add::Sum;
pub use arg_max::argmax;
pub use lookup::Table;
pub use matmul::{Dense, MatMulParameters};
pub use requantize::{Channel, Rescale, Ties};

/// Groups of so many consecutive elements, of which there is a whole number.
fn groups<'a>(
	name: &str,
	size: u32,
	x: &'a [Interval],
) -> Result<impl Iterator<Item = &'a [Interval]>, GraphError> {
	if size == 0 || !x.len().is_multiple_of(size as usize) {
		let (expected, got) = (format!("a multiple of {size} elements"), x.len().to_string());
		return Err(GraphError::Node { node: name.into(), expected, got });
	}
	Ok(x.chunks_exact(size as usize))
}

impl Op {
	/// How many inputs it works on, where `given` are there.
	pub(crate) fn inputs(&self, given: usize) -> usize {
		match self {
			Self::Gather(_) => given.max(1),
			Self::Sum(sum) => sum.factors.len().max(1),
			Self::Product => 2,
			Self::Dense(_)
			| Self::Rescale(_)
			| Self::ArgMax
			| Self::Max(_)
			| Self::Total(_)
			| Self::Table(_)
			| Self::Step(_) => 1,
		}
	}

	/// Elements of the result, and products with weights and factors, for inputs of `len` elements.
	pub(crate) fn size(&self, len: u64) -> (u64, u64) {
		match self {
			Self::Dense(dense) => {
				let elements = u64::from(dense.rows) * u64::from(dense.bias.len());
				(elements, elements.saturating_mul(dense.inputs() as u64))
			}
			Self::ArgMax => (1, 0),
			Self::Gather(picks) => (picks.len() as u64, 0),
			Self::Max(n) | Self::Total(n) => (len / u64::from(*n).max(1), 0),
			Self::Sum(sum) => (len, len.saturating_mul(sum.factors.len() as u64)),
			Self::Rescale(_) | Self::Product | Self::Table(_) | Self::Step(_) => (len, 0),
		}
	}
}

impl Node {
	/// The range of each element of the result, of inputs that there are as many of as
	/// [`Op::inputs`] says.
	pub(crate) fn ranges(
		&self,
		inputs: &[&[Interval]],
		known: Option<MatMulParameters>,
	) -> Result<Vec<Interval>, GraphError> {
		let (name, x) = (self.name.as_str(), inputs[0]);
		match &self.op {
			Op::Dense(dense) => dense.ranges(name, known, x),
			Op::Rescale(rescale) => rescale.ranges(name, x),
			Op::ArgMax => Ok(arg_max::ranges(x)),
			Op::Gather(picks) => gather::ranges(name, picks, inputs),
			Op::Sum(sum) => sum.ranges(name, inputs),
			Op::Product if self.inputs[0] == self.inputs[1] => mul::square_ranges(name, x),
			Op::Product => mul::ranges(name, x, inputs[1]),
			Op::Max(size) => reduce_max::ranges(name, *size, x),
			Op::Total(size) => reduce_sum::ranges(name, *size, x),
			Op::Table(table) => table.ranges(name, x),
			Op::Step(thresholds) => greater::ranges(name, thresholds, x),
		}
	}

	/// The result, of inputs whose lengths and indices the plan has checked.
	pub(crate) fn evaluate(
		&self,
		inputs: &[&[i64]],
		parameters: Option<MatMulParameters>,
	) -> Vec<i64> {
		let x = inputs[0];
		match &self.op {
			Op::Dense(dense) => {
				let parameters = parameters.expect("there are some for every dense node; qed");
				dense.evaluate(parameters, x)
			}
			Op::Rescale(rescale) => rescale.evaluate(x),
			Op::ArgMax => vec![argmax(x) as i64],
			Op::Gather(picks) => gather::evaluate(picks, inputs),
			Op::Sum(sum) => sum.evaluate(inputs),
			Op::Product => mul::evaluate(x, inputs[1]),
			Op::Max(size) => reduce_max::evaluate(*size, x),
			Op::Total(size) => reduce_sum::evaluate(*size, x),
			Op::Table(table) => table.evaluate(x),
			Op::Step(thresholds) => greater::evaluate(thresholds, x),
		}
	}
}
