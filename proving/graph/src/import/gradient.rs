//! The float graph's slopes, for finding inputs that reach far.

use super::{FloatGraph, FloatOp, FloatTable};

/// What passes through a clamp that is at its end, so that a search can leave it again.
const LEAK: f32 = 0.01;

impl FloatGraph {
	/// How an element of a value grows with each element of the inputs, where these give the values
	/// `values` (see [`Self::evaluate`]). Clamps at their ends let a hundredth pass, roundings all,
	/// comparisons and indices nothing.
	///
	/// # Panics
	///
	/// If there is no such element, or `values` are not those of this graph.
	pub fn gradient(&self, values: &[Vec<f32>], value: usize, element: usize) -> Vec<f32> {
		let mut slopes: Vec<Vec<f32>> = vec![Vec::new(); value + 1];
		slopes[value] = vec![0.0; self.len(value)];
		slopes[value][element] = 1.0;
		for at in (1..=value).rev() {
			let slope = std::mem::take(&mut slopes[at]);
			if slope.is_empty() {
				continue;
			}
			let node = &self.ops[at - 1];
			for (k, input) in node.inputs.iter().enumerate() {
				let mut own = std::mem::take(&mut slopes[*input]);
				own.resize(self.len(*input), 0.0);
				let inputs: Vec<&[f32]> = node.inputs.iter().map(|i| &values[*i][..]).collect();
				node.op.back(k, &inputs, &values[at], &slope, &mut own);
				slopes[*input] = own;
			}
		}
		let mut input = std::mem::take(&mut slopes[0]);
		input.resize(self.len(0), 0.0);
		input
	}
}

impl FloatOp {
	/// Adds to the slopes `own` of input `k` what comes from those of the result.
	fn back(&self, k: usize, inputs: &[&[f32]], result: &[f32], slope: &[f32], own: &mut [f32]) {
		let x = inputs[k];
		match self {
			Self::MatMul(dense) => {
				for (place, own) in own.chunks_mut(dense.inputs).enumerate() {
					let group = place % dense.groups;
					for output in 0..dense.outputs {
						let slope = slope[place * dense.outputs + output];
						if slope != 0.0 {
							let row = (group * dense.outputs + output) * dense.inputs;
							let weights = &dense.weights[row..row + dense.inputs];
							own.iter_mut().zip(weights).for_each(|(o, w)| *o += slope * w);
						}
					}
				}
			}
			Self::Gather(picks) => {
				for (pick, slope) in picks.iter().zip(slope) {
					if let Some((input, element)) = pick {
						if *input as usize == k {
							own[*element as usize] += slope;
						}
					}
				}
			}
			Self::Sum { factors, .. } => {
				own.iter_mut().zip(slope).for_each(|(o, s)| *o += factors[k] * s);
			}
			Self::Mul => {
				let other = inputs[1 - k];
				own.iter_mut().zip(other).zip(slope).for_each(|((o, y), s)| *o += y * s);
			}
			Self::Div(_) => {
				let (of, by) = (inputs[0], inputs[1]);
				for (i, o) in own.iter_mut().enumerate().filter(|(i, _)| by[*i] != 0.0) {
					let rise = if k == 0 { 1.0 } else { -of[i] / by[i] };
					*o += rise / by[i] * slope[i];
				}
			}
			Self::TopK(top) if !top.places => {
				for (group, x) in x.chunks(top.size).enumerate() {
					for (rank, place) in top.order(x).into_iter().enumerate() {
						own[group * top.size + place] += slope[group * top.count + rank];
					}
				}
			}
			Self::Product(product) => {
				let other = inputs[1 - k];
				for (terms, slope) in product.terms().zip(slope).filter(|(_, s)| **s != 0.0) {
					for (i, j) in terms {
						let (own_at, other_at) = if k == 0 { (i, j) } else { (j, i) };
						own[own_at] += slope * other[other_at];
					}
				}
			}
			Self::Pick(pick) if k == 1 && matches!(pick.table, FloatTable::Computed) => {
				for (place, slope) in inputs[0].iter().zip(slope.chunks(pick.width)) {
					let row = pick.row((*place).into()) * pick.width;
					own[row..].iter_mut().zip(slope).for_each(|(o, s)| *o += s);
				}
			}
			Self::ReduceMax(n) => {
				for (group, (largest, slope)) in result.iter().zip(slope).enumerate() {
					let from = group * n;
					if let Some(i) = (from..from + n).find(|i| x[*i] == *largest) {
						own[i] += slope;
					}
				}
			}
			Self::ReduceSum(n) => {
				own.iter_mut().enumerate().for_each(|(i, o)| *o += slope[i / n]);
			}
			Self::Clip { min, max } => {
				for ((o, x), s) in own.iter_mut().zip(x).zip(slope) {
					*o += if x > min && x < max { *s } else { LEAK * s };
				}
			}
			Self::Unary(function) => {
				for ((o, x), s) in own.iter_mut().zip(x).zip(slope).filter(|(_, s)| **s != 0.0) {
					let x = f64::from(*x);
					let step = 1e-4 * x.abs().max(1e-2);
					let rise = (function.at(x + step) - function.at(x - step)) / (2.0 * step);
					*o += if rise.is_finite() { rise as f32 * s } else { 0.0 };
				}
			}
			Self::Quantize(_) => own.iter_mut().zip(slope).for_each(|(o, s)| *o += s),
			Self::Greater(_)
			| Self::ArgMax
			| Self::TopK(_)
			| Self::Places(_)
			| Self::Pick(_)
			| Self::Bitwise(_) => {}
		}
	}
}
