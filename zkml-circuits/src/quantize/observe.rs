//! How large values get.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_primitives::TensorSpec;

use super::unit;
use crate::import::FloatGraph;

/// Made-up inputs of each kind.
const EACH: usize = 8;

/// The largest size that each value of the graph takes, on made-up inputs and on samples. The same
/// graph gives the same numbers.
pub(crate) fn peaks(float: &FloatGraph, input: &TensorSpec, samples: &[Vec<f32>]) -> Vec<f64> {
	let mut peaks = vec![0.0f64; float.ops.len() + 1];
	let mut take = |values: &[f32]| {
		for (peak, value) in peaks.iter_mut().zip(float.evaluate(values)) {
			*peak = value.iter().fold(*peak, |peak, v| peak.max(f64::from(v.abs())));
		}
	};
	let inputs = made_up(input);
	inputs.iter().chain(samples).for_each(|values| take(values));
	peaks
}

/// Noise; runs of one number after the other, as strokes in an image are; constants.
fn made_up(spec: &TensorSpec) -> Vec<Vec<f32>> {
	let mut rng = ChaCha20Rng::seed_from_u64(0);
	let reals = |values: Vec<i32>| -> Vec<f32> {
		let real = |(index, v): (usize, i32)| (f64::from(v) * unit(spec, index)) as f32;
		values.into_iter().enumerate().map(real).collect()
	};
	let len = spec.len() as usize;
	let mut inputs = Vec::new();
	for _ in 0..EACH {
		inputs.push(reals((0..len).map(|_| rng.gen_range(spec.min..=spec.max)).collect()));
	}
	for _ in 0..EACH {
		let mut values = Vec::with_capacity(len);
		let longest = rng.gen_range(2..=(len / 2).clamp(2, 24));
		while values.len() < len {
			let value = match rng.gen_range(0..4) {
				0 => spec.max,
				1 => rng.gen_range(spec.min..=spec.max),
				// Most images are mostly background.
				_ => 0i32.clamp(spec.min, spec.max),
			};
			let run = rng.gen_range(1..=longest).min(len - values.len());
			values.extend(vec![value; run]);
		}
		inputs.push(reals(values));
	}
	inputs.push(reals(vec![spec.min; len]));
	inputs.push(reals(vec![spec.max; len]));
	inputs
}
