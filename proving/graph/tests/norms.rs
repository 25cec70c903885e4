//! Norms that are about as small as what rounding does to them are told of: by compiling, and of an input at hand.

use crate::onnx::{float, imported, int, randoms, Onnx};
use zkml_graph::{
	evaluate::evaluate, guard::Saturation, quantize, quantize_inputs, CompileOptions, InputRange,
	Quantized,
};

/// How far a result may be off before it has to be told of, of at most 1 or so.
const TOLD: f64 = 0.1;

/// Sizes of a matrix's columns, which get steps of their own.
const COLUMNS: [f32; 4] = [1.0, 0.3, 2.0, 0.05];

/// So many whole numbers of that size.
fn samples(seed: u64, count: usize, size: f32) -> Vec<Vec<f32>> {
	let all = randoms(seed, 4 * count);
	let all: Vec<f32> = all.into_iter().map(|x| (x * size).round()).collect();
	all.chunks(4).map(<[f32]>::to_vec).collect()
}

/// Matrices, and what a norm makes of their results.
fn model(matrices: usize, norm: impl Fn(Onnx) -> Onnx) -> Onnx {
	let mut model = Onnx::new(&[1, 4]).floats("one", &[4], &[1.0; 4]);
	for (seed, name) in (1..).zip(["v", "w"]).take(matrices) {
		let weights = randoms(seed, 16).into_iter().zip(COLUMNS.into_iter().cycle());
		let weights: Vec<f32> = weights.map(|(weight, column)| weight * column).collect();
		model = model.floats(name, &[4, 4], &weights).node("MatMul", &[name], &[]);
	}
	norm(model)
}

fn options(samples: Vec<Vec<f32>>) -> CompileOptions {
	CompileOptions {
		input: vec![InputRange { min: -2048.0, max: 2048.0 }],
		input_step: Some(1.0),
		samples,
		..CompileOptions::default()
	}
}

/// The error of an input's results, and what is told of it.
fn proved(model: &Onnx, made: &Quantized, input: &[f32]) -> (f64, Vec<Saturation>) {
	let graph = imported(&model.clone().encoded(23)).unwrap();
	let floats = graph.evaluate(input).swap_remove(graph.outputs[0].value);
	let integers = quantize_inputs(&made.graph.inputs, &[input.to_vec()]).unwrap();
	let trace = evaluate(&made.graph, &made.parameters, &integers).unwrap();
	let scale = made.graph.outputs[0].info.tensor.scale(0).unwrap();
	let step = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
	let got = trace.outputs(&made.graph).swap_remove(0);
	let off = |(got, want): (&i32, f32)| (f64::from(*got) * step - f64::from(want)).abs();
	let error = got.iter().zip(floats).map(off).fold(0.0, f64::max);
	let told = made.guards.iter().filter_map(|guard| guard.check(&made.graph, &trace));
	(error, told.collect())
}

#[test]
fn a_norm_that_rounding_takes_away_is_told_of_whatever_it_is() {
	let lp = |p| move |model: Onnx| model.node("LpNormalization", &[], &[int("p", p)]);
	let root = |model: Onnx| model.node("RMSNormalization", &["one"], &[float("epsilon", 0.0)]);
	let layer = |model: Onnx| model.node("LayerNormalization", &["one"], &[float("epsilon", 0.0)]);
	let small = |model: Onnx| model.node("LayerNormalization", &["one"], &[float("epsilon", 1e-5)]);
	let norms: [(&str, &dyn Fn(Onnx) -> Onnx); 5] = [
		("L1", &lp(1)),
		("L2", &lp(2)),
		("RMS", &root),
		("layer", &layer),
		("layer with an epsilon", &small),
	];
	let mut all = 0;
	for (name, norm) in norms {
		for matrices in [1, 2] {
			let model = model(matrices, norm);
			let graph = imported(&model.clone().encoded(23)).unwrap();
			let given = samples(5, 20, 2000.0);
			let made = quantize(&graph, &options(given.clone())).unwrap();
			let mut far = 0;
			for size in [1.0, 3.0, 10.0, 30.0, 100.0] {
				for input in samples(9, 30, size) {
					let (error, told) = proved(&model, &made, &input);
					far += usize::from(error > TOLD);
					let silent = error > TOLD && told.is_empty();
					assert!(!silent, "{name} of {matrices}: {input:?} is off by {error}");
				}
			}
			println!("{name} of {matrices}: {far} inputs are far off");
			if far > 0 {
				all += 1;
				assert!(!made.report.narrow.is_empty(), "{name} of {matrices}: nothing is told");
				assert!(made.report.claim().contains("may saturate"));
			}
			// What is like the samples is not told of.
			let told = given.iter().filter(|x| !proved(&model, &made, x).1.is_empty()).count();
			assert!(told <= 1, "{name} of {matrices}: {told} samples");
		}
	}
	assert!(all > 3, "hardly anything was rounded away: {all}");
}

#[test]
fn a_norm_of_what_nothing_was_taken_away_from_is_not_told_of() {
	let model = model(0, |model| model.node("LpNormalization", &[], &[int("p", 1)]));
	let graph = imported(&model.clone().encoded(23)).unwrap();
	let made = quantize(&graph, &options(samples(5, 20, 2000.0))).unwrap();
	assert!(made.report.narrow.is_empty());
	for input in samples(9, 30, 1.0) {
		let (error, told) = proved(&model, &made, &input);
		assert!(error < TOLD && told.is_empty(), "{input:?}: {error}");
	}
}
