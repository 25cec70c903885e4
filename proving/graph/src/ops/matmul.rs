//! Rows times matrices, by groups.

use codec::{Decode, Encode};
use zkml_primitives::TensorSpec;

use super::Windows;
use crate::{
	graph::GraphError,
	interval::{bounded, corners, Interval},
};

/// The shapes and widths of a dense operation's parameters. A convolution is one, on gathered
/// windows: its rows are positions.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct MatMul {
	/// Rows that share the weights.
	pub rows: u32,
	/// Groups of inputs with outputs of their own.
	pub groups: u32,
	/// `[groups * outputs, inputs]`, inputs and outputs of a group.
	pub weights: TensorSpec,
	/// `[groups * outputs]`, a number added to each output's sum.
	pub bias: TensorSpec,
	/// What the input's elements have to do with each other, if they are the windows of a convolution.
	pub windows: Option<Windows>,
}

impl MatMul {
	/// Inputs of a group.
	pub fn inputs(&self) -> usize {
		self.weights.dims.get(1).map_or(0, |n| *n as usize)
	}

	/// Outputs of a group.
	pub fn outputs(&self) -> usize {
		self.bias.len() as usize / (self.groups.max(1) as usize)
	}

	/// That shapes and widths are in order, for an input of so many elements.
	fn check(&self, name: &str, len: usize) -> Result<(), GraphError> {
		let error = |expected: String, got: String| {
			Err(GraphError::Node { node: name.into(), expected, got })
		};
		let (inputs, outputs) = (self.inputs(), self.outputs());
		let all = self.bias.len() as usize;
		let (rows, groups) = (self.rows as usize, self.groups as usize);
		if rows == 0 || groups == 0 || outputs == 0 || groups * outputs != all {
			return error("outputs in every group".into(), format!("{all} in {groups} groups"));
		}
		let taken = rows.checked_mul(groups).and_then(|n| n.checked_mul(inputs));
		if self.weights.dims[..] != [all as u32, inputs as u32] || taken != Some(len) {
			let dims = &self.weights.dims[..];
			let expected = format!("weights of shape [{all}, {}]", len / (rows * groups).max(1));
			return error(expected, format!("{dims:?}"));
		}
		for spec in [&self.weights, &self.bias] {
			let half = 1i64 << (u32::from(spec.bits).clamp(1, 32) - 1);
			let width = Interval { min: -half, max: half - 1 };
			let range = Interval::of(spec);
			// The circuit's range check is the whole width.
			if !(1..=32).contains(&spec.bits) || range != width {
				let got = format!("{range:?} in {} bits", spec.bits);
				return error("parameters that fill their width".into(), got);
			}
		}
		Ok(())
	}

	/// The range of each element of the result, from the parameters or from their widths.
	pub(super) fn ranges(
		&self,
		name: &str,
		known: Option<MatMulParameters>,
		input: &[Interval],
	) -> Result<Vec<Interval>, GraphError> {
		self.check(name, input.len())?;
		let (inputs, outputs) = (self.inputs(), self.outputs());
		let mut ranges = Vec::with_capacity(self.rows as usize * self.bias.len() as usize);
		for row in input.chunks_exact(inputs * self.groups as usize) {
			for (group, x) in row.chunks_exact(inputs).enumerate() {
				let Some(MatMulParameters { weights, bias }) = known else {
					ranges.extend(vec![self.private_range(name, x)?; outputs]);
					continue;
				};
				let first = group * outputs;
				let rows = weights[first * inputs..].chunks_exact(inputs).take(outputs);
				for (row, bias) in rows.zip(&bias[first..]) {
					let (mut min, mut max) = (i128::from(*bias), i128::from(*bias));
					for (weight, x) in row.iter().zip(x) {
						let weight = i128::from(*weight);
						let ends = [weight * i128::from(x.min), weight * i128::from(x.max)];
						min += ends[0].min(ends[1]);
						max += ends[0].max(ends[1]);
					}
					ranges.push(bounded(name, min, max)?);
				}
			}
		}
		Ok(ranges)
	}

	/// The range of a sum whose weights may be any of their width.
	fn private_range(&self, name: &str, x: &[Interval]) -> Result<Interval, GraphError> {
		let (weight, bias) = (Interval::of(&self.weights), Interval::of(&self.bias));
		let (mut min, mut max) = (i128::from(bias.min), i128::from(bias.max));
		for x in x {
			let ends = corners(weight, *x);
			min += ends.0;
			max += ends.1;
		}
		bounded(name, min, max)
	}

	/// The results, row by row, of each the groups' outputs in order.
	pub(super) fn evaluate(&self, known: MatMulParameters, input: &[i64]) -> Vec<i64> {
		let MatMulParameters { weights, bias } = known;
		let (inputs, outputs) = (self.inputs(), self.outputs());
		let mut results = Vec::with_capacity(self.rows as usize * bias.len());
		for row in input.chunks_exact(inputs * self.groups as usize) {
			for (group, x) in row.chunks_exact(inputs).enumerate() {
				let first = group * outputs;
				let rows = weights[first * inputs..].chunks_exact(inputs).take(outputs);
				// The result is within the plan's bounds; a partial sum of a strange graph may not be,
				// and arithmetic modulo 2^64 does not mind.
				results.extend(rows.zip(&bias[first..]).map(|(row, bias)| {
					let product = |(w, x): (&i32, &i64)| i64::from(*w).wrapping_mul(*x);
					row.iter().zip(x).map(product).fold(i64::from(*bias), i64::wrapping_add)
				}));
			}
		}
		results
	}
}

/// The parameters of one such operation.
#[derive(Clone, Copy, Debug)]
pub struct MatMulParameters<'a> {
	/// `[groups * outputs, inputs]`.
	pub weights: &'a [i32],
	/// `[groups * outputs]`, row-major as well.
	pub bias: &'a [i32],
}
