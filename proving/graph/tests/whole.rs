//! Integers that a model gives out are its own, not the nearest of some step.

use crate::onnx::{imported, int, Onnx};
use zkml_graph::{
	evaluate::evaluate, quantize, quantize_inputs, CompileOptions, InputRange, Quantized,
};
use zkml_primitives::Scale;

/// Of inputs from `-most` to `most`, with the last result as an output of 64-bit integers.
fn compiled(model: Onnx, most: f32) -> Quantized {
	let last = model.last();
	let graph = imported(&model.output(&last, 7).encoded(18)).unwrap();
	let input = vec![InputRange { min: -most, max: most }];
	quantize(&graph, &CompileOptions { input, ..CompileOptions::default() }).unwrap()
}

/// Panics unless each of the outputs is what is expected, in integers that stand for themselves.
#[track_caller]
fn gives(made: &Quantized, inputs: &[Vec<f32>], expected: &[i32]) {
	assert_eq!(made.graph.outputs[0].info.tensor.scale(0), Some(Scale::ONE));
	let integers = quantize_inputs(&made.graph.inputs, inputs).unwrap();
	let trace = evaluate(&made.graph, &made.parameters, &integers).unwrap();
	assert_eq!(trace.outputs(&made.graph)[0], expected);
}

#[test]
fn a_sum_of_large_integers_that_are_the_only_input_is_exact() {
	let sum = Onnx::new(&[1, 4]).whole().ints("axes", &[-1]).node(
		"ReduceSum",
		&["axes"],
		&[int("keepdims", 0)],
	);
	let made = compiled(sum, 100_000.0);
	gives(&made, &[vec![99_999.0, -7.0, 12_345.0, 1.0]], &[112_338]);
	gives(&made, &[vec![1.0, 0.0, 0.0, 0.0]], &[1]);
}

#[test]
fn a_matrix_of_integers_on_the_only_input_is_exact() {
	let weights = [-3, 2, 1, 0, 3, -1, 2, 2];
	let model = Onnx::new(&[1, 4]).whole().shaped_ints("w", &[4, 2], &weights);
	let made = compiled(model.node("MatMul", &["w"], &[]), 100_000.0);
	gives(&made, &[vec![99_999.0, -7.0, 12_345.0, 1.0]], &[-262_967, 187_655]);
}

#[test]
fn a_product_of_two_inputs_is_as_wide_as_their_ranges_make_it() {
	let model = Onnx::new(&[1, 2]).input("b", &[1, 2], 7).whole();
	let made = compiled(model.step("Mul", &["x", "b"], &["y"], &[]), 2000.0);
	gives(&made, &[vec![1999.0, -3.0], vec![1997.0, 7.0]], &[3_992_003, -21]);
}
