//! What a layout says, computed, and held against the interpreter.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_graph::{
	evaluate::evaluate,
	graph::{IntGraph, MatMul, Op},
	layout::Layout,
};
use zkml_primitives::TensorSpec;

/// Coefficients of the sum of all channels' products.
pub fn multiplied(layout: &Layout, x: &[i64], weights: &[i32]) -> Vec<i64> {
	let mut sum = vec![0; layout.coefficients as usize];
	for channel in &layout.channels {
		for (place, a) in &channel.inputs {
			for (k, b) in &channel.weights {
				sum[(a + b) as usize] += x[*place as usize] * i64::from(weights[*k as usize]);
			}
		}
	}
	sum
}

/// Whether coefficients are the results of the interpreter for random numbers.
pub fn agrees(graph: &IntGraph, layout: impl Fn(&MatMul, u32) -> Layout, seed: u64) -> bool {
	let rng = &mut ChaCha20Rng::seed_from_u64(seed);
	let parameters: Vec<Vec<i32>> = graph
		.parameter_specs()
		.map(|(_, spec)| (0..spec.len()).map(|_| rng.gen_range(-100..100)).collect())
		.collect();
	agrees_on(graph, &parameters, layout, seed)
}

/// The same with weights that are given.
pub fn agrees_on(
	graph: &IntGraph,
	parameters: &[Vec<i32>],
	layout: impl Fn(&MatMul, u32) -> Layout,
	seed: u64,
) -> bool {
	let rng = &mut ChaCha20Rng::seed_from_u64(seed);
	let TensorSpec { min, max, .. } = graph.inputs[0].tensor;
	let input: Vec<i32> = (0..graph.input_len()).map(|_| rng.gen_range(min..=max)).collect();
	let trace = evaluate(graph, parameters, &[input]).unwrap();
	let mut parameters = graph.parameters_of_nodes(parameters);
	graph.nodes.iter().enumerate().all(|(index, node)| {
		let Some(known) = parameters.next().flatten() else { return true };
		let Op::MatMul(dense) = &node.op else { panic!("{node:?}") };
		let (x, y) = (&trace.values[node.inputs[0] as usize], &trace.values[index + 1]);
		let (groups, outputs) = (dense.groups as usize, dense.outputs());
		(0..groups).all(|group| {
			let layout = layout(dense, group as u32);
			sound(&layout, dense);
			(0..outputs).all(|output| {
				let own = group * outputs + output;
				let weights = &known.weights[own * dense.inputs()..][..dense.inputs()];
				let sum = multiplied(&layout, x, weights);
				layout.outputs.iter().enumerate().all(|(row, at)| {
					let result = y[(row * groups + group) * outputs + output];
					sum[*at as usize] + i64::from(known.bias[own]) == result
				})
			})
		})
	})
}

/// What the documentation says of a layout.
fn sound(layout: &Layout, dense: &MatMul) {
	let highest = |all: &[(u32, u32)]| all.last().unwrap().1;
	let products = layout.channels.iter().map(|c| highest(&c.inputs) + highest(&c.weights));
	let top = products.chain(layout.outputs.iter().copied()).max().unwrap();
	assert_eq!(layout.coefficients, top + 1);
	for channel in &layout.channels {
		assert_eq!(channel.inputs[0].1, 0);
		for all in [&channel.inputs, &channel.weights] {
			assert!(all.windows(2).all(|two| two[0].1 < two[1].1));
		}
		assert!(channel.weights.iter().all(|(k, _)| (*k as usize) < dense.inputs()));
	}
	let mut outputs = layout.outputs.clone();
	outputs.sort_unstable();
	outputs.dedup();
	assert_eq!(outputs.len(), dense.rows as usize);
}

pub fn convolution(dense: &MatMul, group: u32) -> Layout {
	dense.convolution(group).unwrap()
}

/// The same with another radix, which digits are below.
pub fn repacked(layout: &Layout, radix: u32, to: u32) -> Layout {
	let again = |e: u32| e / radix * to + e % radix;
	let all = |all: &[(u32, u32)]| all.iter().map(|(i, e)| (*i, again(*e))).collect();
	let mut layout = layout.clone();
	for channel in &mut layout.channels {
		(channel.inputs, channel.weights) = (all(&channel.inputs), all(&channel.weights));
	}
	layout.outputs.iter_mut().for_each(|e| *e = again(*e));
	let top = |all: &[(u32, u32)]| all.iter().map(|(_, e)| *e).max().unwrap();
	let products = layout.channels.iter().map(|c| top(&c.inputs) + top(&c.weights));
	layout.coefficients = products.max().unwrap() + 1;
	layout
}
