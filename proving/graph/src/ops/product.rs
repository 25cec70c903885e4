//! Batches of products of two computed matrices.

use codec::{Decode, Encode};

use crate::{
	graph::GraphError,
	interval::{bounded, corners, Interval},
};

/// The shapes of `y[b, i, j] = sum_k x_0[b, i, k] * x_1[b, k, j]`, ONNX's MatMul of two computed tensors.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Product {
	/// Number of pairs of matrices.
	pub batch: u32,
	/// Rows of the left matrix, and of the result.
	pub rows: u32,
	/// Columns of the left matrix, and rows of the right one.
	pub inner: u32,
	/// Columns of the right matrix, and of the result.
	pub columns: u32,
}

/// Elements of a tensor of these dimensions.
fn count(dims: [u32; 3]) -> u64 {
	dims.into_iter().fold(1, |n, dim| n.saturating_mul(dim.into()))
}

impl Product {
	/// Elements of the left matrices, of the right ones, and of the results.
	pub fn lens(&self) -> [u64; 3] {
		let Self { batch, rows, inner, columns } = *self;
		[count([batch, rows, inner]), count([batch, inner, columns]), count([batch, rows, columns])]
	}

	/// Products of two elements.
	pub fn products(&self) -> u64 {
		self.lens()[2].saturating_mul(self.inner.into())
	}

	/// For each element of the result the places of the factors of its terms, in both inputs.
	pub fn terms(&self) -> impl Iterator<Item = impl Iterator<Item = (usize, usize)>> {
		let [rows, inner, columns] = [self.rows, self.inner, self.columns].map(|n| n as usize);
		(0..self.batch as usize * rows).flat_map(move |row| {
			let right = row / rows * inner * columns;
			(0..columns)
				.map(move |j| (0..inner).map(move |k| (row * inner + k, right + k * columns + j)))
		})
	}

	/// The range of each element of the result.
	pub(super) fn ranges(
		&self,
		name: &str,
		[x, y]: [&[Interval]; 2],
	) -> Result<Vec<Interval>, GraphError> {
		let [left, right, all] = self.lens();
		if all == 0 || [left, right] != [x.len() as u64, y.len() as u64] {
			let (expected, got) =
				(format!("matrices of {left} and {right} elements"), [x.len(), y.len()]);
			let got = format!("{} and {}", got[0], got[1]);
			return Err(GraphError::Node { node: name.into(), expected, got });
		}
		let element = |terms: &mut dyn Iterator<Item = (usize, usize)>| {
			let (mut min, mut max) = (0, 0);
			for (i, j) in terms {
				let ends = corners(x[i], y[j]);
				// A plain circuit has each of them on a wire.
				bounded(name, ends.0, ends.1)?;
				min += ends.0;
				max += ends.1;
			}
			bounded(name, min, max)
		};
		self.terms().map(|mut terms| element(&mut terms)).collect()
	}

	/// The results `y`, pair by pair and row-major.
	pub(super) fn evaluate(&self, [x, y]: [&[i64]; 2]) -> Vec<i64> {
		let product = |(i, j): (usize, usize)| x[i].wrapping_mul(y[j]);
		self.terms().map(|terms| terms.map(product).fold(0, i64::wrapping_add)).collect()
	}
}
