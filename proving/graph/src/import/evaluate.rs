//! The float graph on numbers.

use super::{FloatGraph, FloatMatMul, FloatNode, FloatOp};

impl FloatGraph {
	/// All values for inputs, which are given end to end, in their order; sums are taken in 64 bits.
	///
	/// # Panics
	///
	/// If the inputs have not as many elements as the graph says.
	pub fn evaluate(&self, input: &[f32]) -> Vec<Vec<f32>> {
		assert_eq!(input.len(), self.len(0), "elements of the inputs");
		let mut values = Vec::with_capacity(self.ops.len() + 1);
		values.push(input.to_vec());
		for node in &self.ops {
			let result = node.evaluate(&values);
			values.push(result);
		}
		values
	}
}

impl FloatNode {
	/// The result, from all values before it.
	pub(super) fn evaluate(&self, values: &[Vec<f32>]) -> Vec<f32> {
		let inputs: Vec<&[f32]> = self.inputs.iter().map(|i| values[*i].as_slice()).collect();
		let each = |f: &dyn Fn(f32) -> f32| inputs[0].iter().map(|x| f(*x)).collect();
		match &self.op {
			FloatOp::MatMul(dense) => dense.evaluate(inputs[0]),
			FloatOp::Gather(picks) => picks
				.iter()
				.map(|pick| pick.map_or(0.0, |(input, i)| inputs[input as usize][i as usize]))
				.collect(),
			FloatOp::Sum { factors, offset } => (0..self.len)
				.map(|i| {
					let terms = factors.iter().zip(&inputs);
					let sum: f64 = terms.map(|(f, x)| f64::from(*f) * f64::from(x[i])).sum();
					(sum + f64::from(offset[i % offset.len()])) as f32
				})
				.collect(),
			FloatOp::Mul => inputs[0].iter().zip(inputs[1]).map(|(a, b)| a * b).collect(),
			FloatOp::Div(divisor) => {
				inputs[0].iter().zip(inputs[1]).map(|(a, b)| divisor.quotient(*a, *b)).collect()
			}
			FloatOp::Bitwise(bits) => {
				let both = inputs[0].iter().zip(inputs[1]);
				both.map(|(a, b)| bits.of(a.round() as i64, b.round() as i64) as f32).collect()
			}
			FloatOp::TopK(top) => inputs[0]
				.chunks(top.size)
				.flat_map(|group| {
					let order = top.order(group).into_iter();
					order.map(|place| if top.places { place as f32 } else { group[place] })
				})
				.collect(),
			FloatOp::Product(product) => {
				let (x, y) = (inputs[0], inputs[1]);
				let term = |(i, j): (usize, usize)| f64::from(x[i]) * f64::from(y[j]);
				product.terms().map(|terms| terms.map(term).sum::<f64>() as f32).collect()
			}
			FloatOp::Places(places) => places.evaluate(&inputs, self.len),
			FloatOp::Pick(pick) => pick.evaluate(&inputs),
			FloatOp::ReduceMax(n) => inputs[0]
				.chunks(*n)
				.map(|chunk| chunk.iter().copied().fold(f32::NEG_INFINITY, f32::max))
				.collect(),
			FloatOp::ReduceSum(n) => inputs[0]
				.chunks(*n)
				.map(|chunk| chunk.iter().map(|x| f64::from(*x)).sum::<f64>() as f32)
				.collect(),
			FloatOp::Clip { min, max } => each(&|x| x.max(*min).min(*max)),
			FloatOp::Unary(function) => each(&|x| function.at(f64::from(x)) as f32),
			FloatOp::Greater(thresholds) => inputs[0]
				.iter()
				.zip(thresholds)
				.map(|(x, threshold)| f32::from(u8::from(threshold.is_below(*x))))
				.collect(),
			FloatOp::Quantize(to) => each(&|x| {
				// Divided in 32 bits, as ONNX does.
				let multiple = to.whole(x / to.scale).clamp(to.min.into(), to.max.into());
				(multiple as f64 * f64::from(to.scale)) as f32
			}),
			FloatOp::ArgMax => {
				let mut best = 0;
				for (i, x) in inputs[0].iter().enumerate() {
					if *x > inputs[0][best] {
						best = i;
					}
				}
				vec![best as f32]
			}
		}
	}
}

impl FloatMatMul {
	fn evaluate(&self, x: &[f32]) -> Vec<f32> {
		let mut result = Vec::with_capacity(self.rows * self.bias.len());
		for (place, x) in x.chunks(self.inputs).enumerate() {
			let group = place % self.groups;
			for output in group * self.outputs..(group + 1) * self.outputs {
				let weights = &self.weights[output * self.inputs..(output + 1) * self.inputs];
				let sum: f64 =
					weights.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
				result.push((sum + f64::from(self.bias[output])) as f32);
			}
		}
		result
	}
}
