//! How close integers come to floats: what compiling does by itself where scales, bounds or bits fall short.

use crate::onnx::{float, floats, imported, int, ints, randoms, texts, Onnx};
use zkml_graph::{
	evaluate::evaluate, import::FloatGraph, quantize, quantize_inputs, CompileError,
	CompileOptions, InputRange, Quantized, Widths,
};
use zkml_primitives::Scale;

fn options(min: f32, max: f32) -> CompileOptions {
	CompileOptions { input: vec![InputRange { min, max }], ..CompileOptions::default() }
}

/// Real numbers that the integers give.
fn reals(made: &Quantized, input: &[f32]) -> Vec<f64> {
	let integers = quantize_inputs(&made.graph.inputs, &[input.to_vec()]).unwrap();
	let trace = evaluate(&made.graph, &made.parameters, &integers).unwrap();
	let spec = &made.graph.outputs[0].info.tensor;
	let worth = |scale: Scale| f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
	let each = trace.outputs(&made.graph).swap_remove(0).into_iter().enumerate();
	each.map(|(i, v)| f64::from(v) * worth(spec.scale(i).unwrap())).collect()
}

fn float_of(graph: &FloatGraph, input: &[f32]) -> Vec<f32> {
	graph.evaluate(input)[graph.outputs[0].value].clone()
}

/// One split at a threshold: 1 or 2.
fn stump(mode: &str, at: f32) -> Onnx {
	Onnx::new(&[-1, 1]).step(
		"ai.onnx.ml:TreeEnsembleRegressor",
		&["x"],
		&["y"],
		&[
			int("n_targets", 1),
			ints("nodes_treeids", &[0, 0, 0]),
			ints("nodes_nodeids", &[0, 1, 2]),
			ints("nodes_featureids", &[0, 0, 0]),
			floats("nodes_values", &[at, 0.0, 0.0]),
			texts("nodes_modes", &[mode, "LEAF", "LEAF"]),
			ints("nodes_truenodeids", &[1, 0, 0]),
			ints("nodes_falsenodeids", &[2, 0, 0]),
			ints("target_treeids", &[0, 0]),
			ints("target_nodeids", &[1, 2]),
			ints("target_ids", &[0, 0]),
			floats("target_weights", &[1.0, 2.0]),
		],
	)
}

#[test]
fn an_input_equal_to_a_threshold_is_told_right_on_a_grid_that_was_made_up() {
	for mode in ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE"] {
		// Tenths lie on either side of their nearest numbers of the grid.
		for tenth in 1..70 {
			let at = tenth as f32 / 10.0;
			let graph = imported(&stump(mode, at).encoded(13)).unwrap();
			let made = quantize(&graph, &options(0.0, 7.3)).unwrap();
			for x in [at, at - 0.05, at + 0.05] {
				let want = f64::from(float_of(&graph, &[x])[0]);
				assert!((reals(&made, &[x])[0] - want).abs() < 0.1, "{mode} {at}: {x}");
			}
		}
	}
}

#[test]
fn thresholds_of_a_grid_that_was_given_are_compared_as_floats_compare_them() {
	let graph = imported(&stump("BRANCH_LEQ", 0.2).encoded(13)).unwrap();
	let made =
		quantize(&graph, &CompileOptions { input_step: Some(0.25), ..options(0.0, 8.0) }).unwrap();
	// Next to 0.2 on the grid, and above it.
	assert!((reals(&made, &[0.25])[0] - 2.0).abs() < 0.1);
	assert!((reals(&made, &[0.0])[0] - 1.0).abs() < 0.1);
}

#[test]
fn decimals_are_compared_with_thresholds_as_the_numbers_that_they_are() {
	for (step, parts) in [(0.1f32, 10.0f32), (0.01, 100.0), (0.05, 20.0), (0.3, 10.0 / 3.0)] {
		for place in (1..260).step_by(3) {
			// The float next to the decimal number, as files and data have it.
			let at = (f64::from(place) / f64::from(parts)) as f32;
			let at = if step == 0.3 { (f64::from(place) * 3.0 / 10.0) as f32 } else { at };
			for mode in ["BRANCH_LEQ", "BRANCH_LT"] {
				let graph = imported(&stump(mode, at).encoded(13)).unwrap();
				let with = CompileOptions {
					input_step: Some(step),
					..options(0.0, (300.0 * step).round())
				};
				let made = quantize(&graph, &with).unwrap();
				for x in [at, at - step, at + step] {
					let want = f64::from(float_of(&graph, &[x])[0]);
					assert!((reals(&made, &[x])[0] - want).abs() < 0.1, "{mode} {at}: {x}");
				}
			}
		}
	}
}

#[test]
fn a_linear_model_of_decimals_is_off_by_the_rounding_of_its_weights_alone() {
	let weights = [0.5, -0.25, 2.0];
	let model = Onnx::new(&[1, 3]).floats("w", &[3, 1], &weights).node("MatMul", &["w"], &[]);
	let graph = imported(&model.encoded(13)).unwrap();
	let with = CompileOptions { input_step: Some(0.1), ..options(-20.0, 20.0) };
	let made = quantize(&graph, &with).unwrap();
	for x in [[0.1f32, 0.2, 0.3], [19.9, -20.0, 0.7], [3.1, 2.3, -12.5]] {
		let want: f64 = x.iter().zip(weights).map(|(x, w)| f64::from(*x) * f64::from(w)).sum();
		// Weights of 8 bits, the largest of which is 2.
		let allowed: f64 = x.iter().map(|x| f64::from(x.abs()) * 1.01 / 127.0).sum();
		assert!((reals(&made, &x)[0] - want).abs() <= allowed, "{x:?}");
	}
}

#[test]
fn comparisons_behind_a_matrix_that_picks_are_told_right_too() {
	// As trees are written as matrices: both features, and the second with its sign turned.
	let at = [3.1f32, 2.3, -2.3];
	let model = Onnx::new(&[1, 2])
		.floats("picks", &[2, 3], &[1.0, 0.0, 0.0, 0.0, 1.0, -1.0])
		.floats("at", &[1, 3], &at)
		.step("MatMul", &["x", "picks"], &["picked"], &[])
		.step("LessOrEqual", &["picked", "at"], &["below"], &[])
		.step("Cast", &["below"], &["y"], &[int("to", 1)]);
	let graph = imported(&model.encoded(16)).unwrap();
	let made = quantize(&graph, &options(0.0, 7.3)).unwrap();
	for x in [[3.1, 2.3], [3.05, 2.25], [3.15, 2.35]] {
		let want: Vec<f64> = float_of(&graph, &x).into_iter().map(f64::from).collect();
		assert_eq!(reals(&made, &x), want, "{x:?}");
	}
}

/// Two dense layers.
fn layers() -> Onnx {
	Onnx::new(&[1, 16])
		.floats("a", &[16, 32], &randoms(1, 512))
		.node("MatMul", &["a"], &[])
		.node("Tanh", &[], &[])
		.floats("b", &[32, 4], &randoms(2, 128))
		.node("MatMul", &["b"], &[])
}

#[test]
fn an_output_that_could_be_wider_than_it_may_is_rescaled() {
	let graph = imported(&layers().encoded(13)).unwrap();
	let widths = Widths { weight_bits: 16, activation_bits: 20, table_bits: 14 };
	let made = quantize(&graph, &CompileOptions { widths, ..options(-1.0, 1.0) }).unwrap();
	assert!(made.report.max_error < 0.002, "{}", made.report.max_error);
	assert!(made.graph.outputs[0].info.tensor.bits <= 32);
}

#[test]
fn bits_are_searched_where_those_that_were_asked_for_are_too_few() {
	let graph = imported(&layers().encoded(13)).unwrap();
	let widths = Widths { weight_bits: 4, activation_bits: 6, table_bits: 6 };
	let coarse = CompileOptions { widths, ..options(-1.0, 1.0) };
	let fixed = CompileOptions { search: false, ..coarse.clone() };
	assert!(matches!(quantize(&graph, &fixed), Err(CompileError::Inaccurate { .. })));
	let made = quantize(&graph, &coarse).unwrap();
	assert!(made.report.max_error <= coarse.max_error);
	assert!(!made.report.widths.is_empty());
	// What was reported gives the same graph when it is asked for.
	let told = CompileOptions { node_widths: made.report.widths.clone(), ..fixed };
	let again = quantize(&graph, &told).unwrap();
	assert_eq!(again.graph, made.graph);
	assert!(again.report.widths.is_empty());
}

#[test]
fn an_error_that_no_bits_make_less_is_refused_with_the_least() {
	let graph = imported(&layers().encoded(13)).unwrap();
	let options = CompileOptions { max_error: 1e-9, ..options(-1.0, 1.0) };
	let Err(CompileError::Inaccurate { error, .. }) = quantize(&graph, &options) else {
		panic!("expected a refusal")
	};
	assert!(error < 0.2, "{error}");
}

#[test]
fn what_is_less_than_the_largest_has_an_exponential_below_1() {
	let model = Onnx::new(&[1, 4])
		.step("ReduceLogSumExp", &["x"], &["sum"], &[ints("axes", &[1])])
		.step("Sub", &["x", "sum"], &["rest"], &[])
		.step("Exp", &["rest"], &["y"], &[]);
	let graph = imported(&model.encoded(13)).unwrap();
	let made = quantize(&graph, &options(-40.0, 40.0)).unwrap();
	assert!(made.report.narrow.is_empty(), "{:?}", made.report.narrow);
	let spec = &made.graph.outputs[0].info.tensor;
	let scale = spec.scale(0).unwrap();
	let top = f64::from(spec.max) * f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
	// The sum behind it could say more by itself: up to e^80.
	assert!(top < 2.0, "{top}");
}

#[test]
fn a_squared_distance_has_a_root() {
	let center = [0.7f32, -1.3, 2.1];
	let model = Onnx::new(&[1, 3])
		.floats("c", &[1, 3], &center)
		.floats("cc", &[1, 1], &[center.iter().map(|c| c * c).sum()])
		.step("ReduceSumSquare", &["x"], &["xx"], &[ints("axes", &[1])])
		.step("Gemm", &["x", "c"], &["xc"], &[float("alpha", -2.0), int("transB", 1)])
		.step("Add", &["xx", "xc"], &["sum"], &[])
		.step("Add", &["sum", "cc"], &["square"], &[])
		.step("Sqrt", &["square"], &["y"], &[]);
	let graph = imported(&model.encoded(13)).unwrap();
	let made = quantize(&graph, &options(-3.0, 3.0)).unwrap();
	for x in [[0.7f32, -1.3, 2.0], [3.0, 3.0, -3.0], [1.0, -1.0, 2.0]] {
		let want = center.iter().zip(x).map(|(c, x)| f64::from(x - c).powi(2)).sum::<f64>().sqrt();
		// The square is what is left of numbers of up to 50, and the root of little is steep.
		let got = reals(&made, &x)[0];
		assert!((got - want).abs() < 0.2, "{x:?}: expected {want}, got {got}");
	}
}

#[test]
fn a_norm_far_below_its_bounds_keeps_its_precision() {
	let mut model = Onnx::new(&[1, 24]);
	for (layer, name) in ["a", "b", "c", "d", "e", "f", "g", "h"].into_iter().enumerate() {
		let weights: Vec<f32> = randoms(layer as u64, 576).into_iter().map(|w| w * 0.35).collect();
		model = model.floats(name, &[24, 24], &weights).node("MatMul", &[name], &[]).node(
			"LeakyRelu",
			&[],
			&[float("alpha", 0.3)],
		);
	}
	let model = model.floats("one", &[24], &[1.0; 24]).node(
		"LayerNormalization",
		&["one"],
		&[float("epsilon", 1e-5)],
	);
	let graph = imported(&model.encoded(17)).unwrap();
	let made = quantize(&graph, &options(0.5, 1.5)).unwrap();
	assert!(made.report.max_error <= 0.05);
}

/// An input times constants, one for each element, plus others.
fn line(factors: [f32; 2], offsets: [f32; 2]) -> FloatGraph {
	let model = Onnx::new(&[1, 2])
		.floats("factors", &[1, 2], &factors)
		.node("Mul", &["factors"], &[])
		.floats("offsets", &[1, 2], &offsets)
		.node("Add", &["offsets"], &[]);
	imported(&model.encoded(13)).unwrap()
}

fn ranges(made: &Quantized) -> Vec<f64> {
	made.report.outputs[0].elements.iter().map(|element| element.range).collect()
}

#[track_caller]
fn near(got: &[f64], want: &[f64]) {
	let near = |(got, want): (&f64, &f64)| (got - want).abs() < 1e-3 * want.abs();
	assert!(got.len() == want.len() && got.iter().zip(want).all(near), "{got:?}, {want:?}");
}

#[test]
fn an_element_s_errors_are_shares_of_its_own_range_or_of_its_size_beside_others() {
	// A score beside a box is small, and looked at by itself.
	let made = quantize(&line([640.0, 0.1], [0.0, 0.0]), &options(0.0, 1.0)).unwrap();
	near(&ranges(&made), &[640.0, 0.1]);
	// One that hardly varies is 3, within what both span.
	let made = quantize(&line([8.0, 0.001], [0.0, 3.0]), &options(0.0, 1.0)).unwrap();
	near(&ranges(&made), &[8.0, 3.001]);
	// One without others has its range alone, however large it is.
	let model = Onnx::new(&[1, 1]).floats("o", &[1], &[500.0]).node("Add", &["o"], &[]);
	let made = quantize(&imported(&model.encoded(13)).unwrap(), &options(0.0, 4.0)).unwrap();
	near(&ranges(&made), &[4.0]);
}

#[test]
fn pixels_are_judged_by_their_channels() {
	// Of two channels of two pixels each the last pixel hardly varies.
	let model = Onnx::new(&[1, 2, 1, 2])
		.floats("f", &[1, 2, 1, 2], &[100.0, 100.0, 1.0, 0.001])
		.node("Mul", &["f"], &[]);
	let made = quantize(&imported(&model.encoded(13)).unwrap(), &options(0.0, 1.0)).unwrap();
	near(&ranges(&made), &[100.0, 100.0, 1.0, 1.0]);
}

#[test]
fn a_single_sample_is_judged_by_what_the_output_spans() {
	let samples = vec![vec![0.0001, 0.5]];
	let options = CompileOptions { samples, ..CompileOptions::default() };
	let made = quantize(&line([1.0, 1.0], [0.0, 0.0]), &options).unwrap();
	near(&ranges(&made), &[0.4999, 0.4999]);
}

#[test]
fn an_element_whose_integers_cannot_tell_its_numbers_apart_is_named() {
	// 300 + u^2, which is 300 to 301, beside 100000 v^2.
	let model = Onnx::new(&[1, 2])
		.floats("w", &[2, 2], &[1.0, 0.0, 0.0, 1e5f32.sqrt()])
		.floats("o", &[1, 2], &[300.0, 0.0])
		.step("MatMul", &["x", "w"], &["z"], &[])
		.step("Mul", &["z", "z"], &["s"], &[])
		.step("Add", &["s", "o"], &["y"], &[]);
	let graph = imported(&model.encoded(18)).unwrap();
	let samples = randoms(3, 40).chunks(2).map(<[f32]>::to_vec).collect();
	let own = CompileOptions { samples, ..options(-1.0, 1.0) };
	for options in [options(-1.0, 1.0), own] {
		let report = quantize(&graph, &options).unwrap().report;
		let still = &report.still[..];
		let [still] = still else { panic!("expected element 0, got {still:?}") };
		assert_eq!((still.output.as_str(), still.element), ("y", 0));
		assert!(still.low >= 300.0 && still.high <= 301.0 && still.high - still.low < still.step);
		assert!(still.to_string().starts_with("y, element 0: was 300."));
		assert!(report.claim().contains("some never move"), "{}", report.claim());
	}
	let report = quantize(&line([640.0, 0.1], [0.0, 0.0]), &options(0.0, 1.0)).unwrap().report;
	assert_eq!(report.still, []);
	assert!(!report.claim().contains("never move"));
}

#[test]
fn what_was_measured_on_a_single_sample_says_so() {
	let of = |count: usize| {
		let samples = vec![vec![0.25, 0.5]; count];
		let options = CompileOptions { samples, ..options(0.0, 1.0) };
		quantize(&line([1.0, 1.0], [0.0, 0.0]), &options).unwrap().report.claim()
	};
	assert!(of(1).ends_with(" of an element's span or size on 1 sample"), "{}", of(1));
	assert!(of(2).ends_with(" of an element's span or size on 2 samples"), "{}", of(2));
}

#[test]
fn a_number_that_stands_alone_in_samples_has_a_range_about_it() {
	let ends = |graph: &FloatGraph, value: f32| {
		let samples = vec![vec![value; 2]; 3];
		let options = CompileOptions { samples, ..CompileOptions::default() };
		let tensor = quantize(graph, &options).unwrap().graph.inputs[0].tensor.clone();
		let scale = tensor.scale(0).unwrap();
		let step = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
		[f64::from(tensor.min) * step, f64::from(tensor.max) * step]
	};
	let real = line([1.0, 1.0], [0.0, 0.0]);
	near(&ends(&real, 2.0), &[1.0, 3.0]);
	near(&ends(&real, -2.0), &[-3.0, -1.0]);
	assert_eq!(ends(&real, 0.0), [0.0, 1.0]);
	let whole = Onnx::new(&[1, 2]).whole().node("Neg", &[], &[]).node("Cast", &[], &[int("to", 1)]);
	let whole = imported(&whole.encoded(13)).unwrap();
	assert_eq!(ends(&whole, 7.0), [0.0, 7.0]);
	assert_eq!(ends(&whole, 0.0), [0.0, 1.0]);
}

#[test]
fn an_output_that_is_always_0_is_0() {
	let made = quantize(&line([0.0, 0.0], [0.0, 0.0]), &options(-1.0, 1.0)).unwrap();
	assert_eq!(reals(&made, &[0.5, -1.0]), [0.0, 0.0]);
}

#[test]
fn the_largest_and_smallest_of_integers_are_integers() {
	let model = Onnx::new(&[1, 6])
		.whole()
		.ints("k", &[4])
		.step("TopK", &["x", "k"], &["most", "where"], &[])
		.step("TopK", &["x", "k"], &["least", "there"], &[int("largest", 0)])
		.step("Add", &["most", "least"], &["sum"], &[])
		.step("Add", &["sum", "where"], &["y"], &[])
		.step("Cast", &["y"], &["z"], &[int("to", 1)]);
	let graph = imported(&model.encoded(14)).unwrap();
	let made = quantize(&graph, &options(0.0, 9.0)).unwrap();
	let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0];
	assert_eq!(
		float_of(&graph, &x),
		[9.0 + 1.0 + 5.0, 5.0 + 1.0 + 4.0, 4.0 + 3.0 + 2.0, 3.0 + 4.0]
	);
	assert_eq!(reals(&made, &x), [15.0, 10.0, 9.0, 7.0]);
}

/// On samples that a net is sure of, the score of the likeliest class moves by millionths, and the others by tens.
#[test]
fn scores_that_a_label_compares_are_measured_beside_each_other() {
	let model = Onnx::new(&[-1, 2])
		.floats("w", &[2, 3], &[0.1, 2.0, -2.0, -0.1, 1.3, -1.0])
		.node("MatMul", &["w"], &[])
		.node("LogSoftmax", &[], &[int("axis", 1)])
		.node("Exp", &[], &[])
		.node("ArgMax", &[], &[int("axis", 1), int("keepdims", 0)]);
	let graph = imported(&model.encoded(13)).unwrap();
	let samples = (0..24).map(|i| vec![4.0 + (i % 5) as f32 / 4.0, 3.0 + (i % 7) as f32 / 4.0]);
	let options = CompileOptions { samples: samples.collect(), ..options(0.0, 8.0) };
	let made = quantize(&graph, &options).unwrap();
	assert_eq!(made.report.outputs[0].agreement, Some(1.0));
	assert!(made.report.max_error < 0.03, "{}", made.report.max_error);
}
