//! What tract computes of a file, as the measure of what is imported.
#![allow(dead_code)]

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tract_onnx::prelude::*;
use zkml_circuits::import::{import_bytes, FloatGraph, ImportError};

use crate::onnx::Onnx;

/// Numbers from -1 to 1, the same for a seed.
pub fn randoms(seed: u64, count: usize) -> Vec<f32> {
	let mut rng = ChaCha20Rng::seed_from_u64(seed);
	(0..count).map(|_| rng.gen_range(-1.0..1.0)).collect()
}

/// What is imported.
pub fn imported(bytes: &[u8]) -> Result<FloatGraph, ImportError> {
	import_bytes(Path::new("test.onnx"), bytes, None)
}

/// What tract computes.
pub fn tract(bytes: &[u8], shape: &[usize], input: &[f32]) -> TractResult<Vec<f32>> {
	let fact = InferenceFact::dt_shape(f32::datum_type(), shape);
	let model = tract_onnx::onnx().model_for_read(&mut { bytes })?.with_input_fact(0, fact)?;
	let outputs = model.output_outlets()?.len();
	assert_eq!(outputs, 1);
	let runnable = model.into_optimized()?.into_runnable()?;
	let tensor = Tensor::from_shape(shape, input)?;
	let output = runnable.run(tvec!(tensor.into()))?;
	let output = output[0].cast_to::<f32>()?;
	let values = output.to_plain_array_view::<f32>()?.iter().copied().collect();
	Ok(values)
}

/// Panics unless both give the same numbers for random inputs; without a result of tract's there
/// must be none of ours.
fn compare(bytes: &[u8], must: bool) {
	let graph = match imported(bytes) {
		Ok(graph) => graph,
		Err(error) if must => panic!("{error}"),
		Err(_) => return,
	};
	for seed in 0..3 {
		let input: Vec<f32> = randoms(seed, graph.len(0)).iter().map(|v| 3.0 * v).collect();
		let expected = match tract(bytes, &graph.input, &input) {
			Ok(expected) => expected,
			Err(error) => panic!("tract: {error:?}, imported as {:?}", graph.ops),
		};
		let got = &graph.evaluate(&input)[graph.result];
		assert_eq!(got.len(), expected.len(), "{:?}", graph.ops);
		assert_eq!(got.len(), graph.output.iter().product::<usize>());
		for (got, expected) in got.iter().zip(&expected) {
			let tolerance = 1e-4 * expected.abs().max(1.0);
			assert!((got - expected).abs() <= tolerance, "{got} for {expected}: {:?}", graph.ops);
		}
	}
}

/// Panics unless the model is imported and both agree.
pub fn agrees(model: Onnx) {
	agrees_in(model, 13);
}

/// In another operator set.
pub fn agrees_in(model: Onnx, opset: i64) {
	compare(&model.encoded(opset), true);
}

/// For models that may be senseless, with tensors of no elements for example.
pub fn agrees_or_both_refuse(model: Onnx, opset: i64) {
	compare(&model.encoded(opset), false);
}
