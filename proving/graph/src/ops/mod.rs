//! The operations of the integer graph: the shape, the ranges and the values of the result of each.

mod arg_max;
mod div;
mod gather;
mod greater;
pub mod layout;
mod lookup;
mod matmul;
mod mul;
mod normalize;
mod pick;
mod product;
mod reduce_max;
mod reduce_sum;
mod requantize;
mod sort;
mod split;
mod sqrt;
mod sum;
mod windows;

use crate::{
	graph::{GraphError, Node, Op},
	interval::Interval,
};

pub use arg_max::argmax;
pub use lookup::Lookup;
pub use matmul::{MatMul, MatMulParameters};
pub use pick::{Pick, Table};
pub use product::Product;
pub use requantize::{Channel, Requantize, Ties};
pub use sum::Sum;
pub use windows::{Axis, Windows, MAX_AXES};

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
	/// Whether all inputs have as many elements as the first.
	pub(crate) fn of_one_length(&self) -> bool {
		!matches!(self, Self::Gather(_) | Self::Product(_) | Self::Pick(_))
	}

	/// How many inputs it works on, where `given` are there.
	pub(crate) fn inputs(&self, given: usize) -> usize {
		match self {
			Self::Gather(_) => given.max(1),
			Self::Sum(sum) => sum.factors.len().max(1),
			Self::Mul | Self::Product(_) | Self::Div(_) => 2,
			Self::Pick(pick) => pick.inputs(),
			Self::MatMul(_)
			| Self::Requantize(_)
			| Self::ArgMax
			| Self::ReduceMax(_)
			| Self::ReduceSum(_)
			| Self::Lookup(_)
			| Self::Greater(_)
			| Self::Sqrt(_)
			| Self::Sort(_)
			| Self::Split(_)
			| Self::Normalize(_) => 1,
		}
	}

	/// Elements of the result, and products with weights and factors, for inputs of `len` elements.
	pub(crate) fn size(&self, len: u64) -> (u64, u64) {
		match self {
			Self::MatMul(matmul) => {
				let elements = u64::from(matmul.rows) * u64::from(matmul.bias.len());
				(elements, elements.saturating_mul(matmul.inputs() as u64))
			}
			Self::Product(product) => (product.lens()[2], product.products()),
			Self::Pick(pick) => (pick.elements(len), 0),
			Self::ArgMax => (1, 0),
			Self::Gather(picks) => (picks.len() as u64, 0),
			Self::ReduceMax(n) | Self::ReduceSum(n) => (len / u64::from(*n).max(1), 0),
			Self::Sum(sum) => (len, len.saturating_mul(sum.factors.len() as u64)),
			// By comparisons it takes about so many.
			Self::Sort(n) => (len, len.saturating_mul(u64::from(n.max(&1).ilog2()).pow(2))),
			Self::Split(_) | Self::Normalize(_) => (2 * len, 0),
			Self::Requantize(_)
			| Self::Mul
			| Self::Lookup(_)
			| Self::Greater(_)
			| Self::Div(_)
			| Self::Sqrt(_) => (len, 0),
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
			Op::MatMul(matmul) => matmul.ranges(name, known, x),
			Op::Requantize(requantize) => requantize.ranges(name, x),
			Op::ArgMax => Ok(arg_max::ranges(x)),
			Op::Gather(picks) => gather::ranges(name, picks, inputs),
			Op::Sum(sum) => sum.ranges(name, inputs),
			Op::Mul if self.inputs[0] == self.inputs[1] => mul::square_ranges(name, x),
			Op::Mul => mul::ranges(name, x, inputs[1]),
			Op::ReduceMax(size) => reduce_max::ranges(name, *size, x),
			Op::ReduceSum(size) => reduce_sum::ranges(name, *size, x),
			Op::Lookup(lookup) => lookup.ranges(name, x),
			Op::Greater(thresholds) => greater::ranges(name, thresholds, x),
			Op::Div(shift) => div::ranges(name, *shift, x, inputs[1]),
			Op::Sqrt(shift) => sqrt::ranges(name, *shift, x),
			Op::Sort(size) => sort::ranges(name, *size, x),
			Op::Split(divisor) => split::ranges(name, *divisor, x),
			Op::Normalize(bits) => normalize::ranges(name, *bits, x),
			Op::Product(product) => product.ranges(name, [x, inputs[1]]),
			Op::Pick(pick) => pick.ranges(name, inputs),
		}
	}

	/// Refuses a matrix with the geometry of a convolution unless its input, whose length is in order, is
	/// picked by one of the nodes before it as that says.
	pub(crate) fn check_windows(&self, nodes: &[Node]) -> Result<(), GraphError> {
		let Op::MatMul(matmul @ MatMul { windows: Some(windows), .. }) = &self.op else {
			return Ok(());
		};
		let before = self.inputs.first().and_then(|input| input.checked_sub(1));
		let checked = match before.and_then(|index| nodes.get(index as usize)).map(|node| &node.op)
		{
			Some(Op::Gather(picks)) => windows.check(matmul, picks),
			_ => Err(("windows that a Gather picks".into(), "another input".into())),
		};
		checked.map_err(|(expected, got)| {
			let node = self.name.clone();
			GraphError::Node { node, expected, got }
		})
	}

	/// The result, of inputs whose lengths and indices the plan has checked.
	pub(crate) fn evaluate(
		&self,
		inputs: &[&[i64]],
		parameters: Option<MatMulParameters>,
	) -> Vec<i64> {
		let x = inputs[0];
		match &self.op {
			Op::MatMul(matmul) => {
				let parameters = parameters.expect("there are some for every such node; qed");
				matmul.evaluate(parameters, x)
			}
			Op::Requantize(requantize) => requantize.evaluate(x),
			Op::ArgMax => vec![argmax(x) as i64],
			Op::Gather(picks) => gather::evaluate(picks, inputs),
			Op::Sum(sum) => sum.evaluate(inputs),
			Op::Mul => mul::evaluate(x, inputs[1]),
			Op::ReduceMax(size) => reduce_max::evaluate(*size, x),
			Op::ReduceSum(size) => reduce_sum::evaluate(*size, x),
			Op::Lookup(lookup) => lookup.evaluate(x),
			Op::Greater(thresholds) => greater::evaluate(thresholds, x),
			Op::Div(shift) => div::evaluate(*shift, x, inputs[1]),
			Op::Sqrt(shift) => sqrt::evaluate(*shift, x),
			Op::Sort(size) => sort::evaluate(*size, x),
			Op::Split(divisor) => split::evaluate(*divisor, x),
			Op::Normalize(bits) => normalize::evaluate(*bits, x),
			Op::Product(product) => product.evaluate([x, inputs[1]]),
			Op::Pick(pick) => pick.evaluate(inputs),
		}
	}
}
