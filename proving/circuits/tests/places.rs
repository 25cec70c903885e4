//! Places of the largest of windows and what is put back there, and powers of two computed numbers, from the file to
//! the circuit.

use std::path::Path;

use crate::{
	common::{self, agrees},
	onnx::{int, ints, randoms, Onnx},
};
use zkml_circuits::{
	compile_float,
	graph::Op,
	import::{import_bytes, FloatGraph},
	CompileError, CompileOptions, CompiledModel, InputOptions, InputRange,
};
use zkml_primitives::{TensorSpec, Visibility};

/// Plain; rounds; with private parameters.
fn kinds() -> [CompileOptions; 3] {
	let public = CompileOptions::default();
	let rounds = CompileOptions { lookups: true, ..public.clone() };
	let private = CompileOptions { visibility: Visibility::Private, ..rounds.clone() };
	[public, rounds, private]
}

fn with_range(options: &CompileOptions, min: f32, max: f32) -> CompileOptions {
	CompileOptions { input: vec![InputRange { min, max }], ..options.clone() }
}

/// The model in floats and in integers.
fn compiled(
	model: Onnx,
	options: &CompileOptions,
) -> (FloatGraph, Result<CompiledModel, CompileError>) {
	let float = import_bytes(Path::new("test.onnx"), &model.encoded(18), None).unwrap();
	let made = compile_float(&float, options, &mut common::rng(1));
	(float, made)
}

/// The largest error of each output, as a share of its largest element, and that the circuit agrees.
fn errors(model: Onnx, options: &CompileOptions) -> Vec<f32> {
	let (float, model) = compiled(model, options);
	let model = model.unwrap();
	let worth = |spec: &TensorSpec, i: usize| {
		let scale = spec.scale(i).unwrap();
		scale.mantissa as f32 * (-f32::from(scale.shift)).exp2()
	};
	let of = |spec: &TensorSpec, values: &[i32]| -> Vec<f32> {
		let all = values.iter().enumerate();
		all.map(|(i, v)| *v as f32 * worth(spec, i)).collect()
	};
	let mut all = vec![(0f32, 0f32); float.outputs.len()];
	for seed in 0..4 {
		let values = common::input(&model, seed);
		agrees(&model, &values, seed);
		let inputs = model.inputs().iter().zip(&values);
		let reals: Vec<f32> = inputs.flat_map(|(info, values)| of(&info.tensor, values)).collect();
		let floats = float.evaluate(&reals);
		let got = model.evaluate(&values).unwrap();
		for (index, (most, size)) in all.iter_mut().enumerate() {
			let got = of(&model.outputs()[index].tensor, &got[index]);
			let expected = &floats[float.outputs[index].value];
			assert_eq!(got.len(), expected.len());
			for (got, expected) in got.iter().zip(expected) {
				*most = most.max((got - expected).abs());
				*size = size.max(expected.abs());
			}
		}
	}
	all.into_iter().map(|(most, size)| most / size).collect()
}

#[test]
fn places_and_elements_of_windows_are_exact_on_integers_in_every_kind() {
	let kernel = |sizes: &[i64]| ints("kernel_shape", sizes);
	for (round, options) in kinds().iter().enumerate() {
		let cases = [
			(vec![1, 2, 7], vec![kernel(&[3]), ints("strides", &[2]), ints("dilations", &[2])]),
			(
				vec![1, 2, 4, 5],
				vec![kernel(&[3, 3]), ints("pads", &[1; 4]), int("storage_order", 1)],
			),
			(
				vec![2, 1, 5, 5],
				vec![kernel(&[2, 2]), ints("strides", &[2, 2]), int("ceil_mode", 1)],
			),
			(vec![1, 1, 3, 2, 3], vec![kernel(&[2, 2, 2])]),
			(vec![1, 1, 2, 3], vec![kernel(&[1, 1])]),
		];
		for (dims, attributes) in cases {
			let model = Onnx::new(&dims).whole();
			let model = model.step("MaxPool", &["x"], &["y", "i"], &attributes);
			let model = model.output("y", 7).output("i", 7);
			// Of few numbers many are equal.
			let errors = errors(model, &with_range(options, -2.0, 2.0));
			assert_eq!(errors, [0.0, 0.0], "kind {round}, {attributes:?}");
		}
	}
}

/// A pool of whole numbers, a matrix in between, what is put back where it was, and a convolution of that.
fn pair(side: i64, kernel: i64) -> Onnx {
	let attributes = [ints("kernel_shape", &[kernel; 2]), ints("strides", &[2, 2])];
	Onnx::new(&[1, 2, side, side])
		.whole()
		.floats("between", &[2, 2, 1, 1], &randoms(3, 4))
		.floats("behind", &[1, 2, 3, 3], &randoms(4, 18))
		.step("Cast", &["x"], &["f"], &[int("to", 1)])
		.step("MaxPool", &["f"], &["p", "i"], &attributes)
		.step("Conv", &["p", "between"], &["c"], &[])
		.step("MaxUnpool", &["c", "i"], &["u"], &attributes)
		.step("Conv", &["u", "behind"], &["y"], &[ints("pads", &[1; 4])])
}

#[test]
fn what_a_pool_found_goes_back_where_it_was_in_every_kind() {
	for options in kinds() {
		let options = with_range(&options, -20.0, 20.0);
		// Windows beside each other, and over each other.
		for (side, kernel) in [(4, 2), (5, 3)] {
			let error = errors(pair(side, kernel), &options)[0];
			assert!(error < 0.02, "{options:?}, {side}, {kernel}: {error}");
		}
	}
}

/// Windows that are not over each other take a product for each element, and no table of all of them.
#[test]
fn each_element_of_windows_beside_each_other_is_a_product() {
	let options = with_range(&kinds()[1], -20.0, 20.0);
	let model = compiled(pair(4, 2), &options).1.unwrap();
	let graph = model.graph();
	let tables = graph.nodes.iter().filter_map(|node| match &node.op {
		Op::Pick(pick) => Some(pick.rows),
		_ => None,
	});
	assert_eq!(tables.collect::<Vec<_>>(), [4]);
}

#[test]
fn elements_go_to_places_that_are_inputs() {
	for options in kinds() {
		let model = Onnx::new(&[1, 1, 2]).input("i", &[1, 1, 2], 7);
		let attributes = [ints("kernel_shape", &[2]), ints("strides", &[2])];
		let model = model.step("MaxUnpool", &["x", "i"], &["y"], &attributes);
		let options = with_range(&options, -1.0, 1.0);
		let made = compiled(model.clone(), &options).1.unwrap();
		let places = &made.inputs()[1].tensor;
		assert_eq!((places.min, places.max), (0, 3));
		assert!(errors(model, &options)[0] < 0.01);
	}
}

/// Two inputs in ranges of their own.
fn powers(options: &CompileOptions, base: (f32, f32)) -> CompileOptions {
	let own = |(min, max)| InputOptions {
		ranges: vec![InputRange { min, max }],
		..InputOptions::default()
	};
	let inputs = [("x".to_string(), own(base)), ("e".to_string(), own((-2.0, 3.0)))];
	CompileOptions { inputs: inputs.into_iter().collect(), ..options.clone() }
}

#[test]
fn a_power_of_two_computed_numbers_needs_a_base_above_0() {
	let model = |clip: bool| {
		let model = Onnx::new(&[6]).input("e", &[6], 1).scalar("least", 0.25);
		let base = if clip { "c" } else { "x" };
		let model = if clip { model.step("Clip", &["x", "least"], &["c"], &[]) } else { model };
		model.step("Pow", &[base, "e"], &["y"], &[])
	};
	for options in kinds() {
		for (clip, base) in [(false, (0.25, 2.0)), (true, (-1.0, 2.0))] {
			let options = powers(&options, base);
			let error = errors(model(clip), &options)[0];
			assert!(error < 0.03, "{options:?}: {error}");
		}
		for base in [(-1.0, 2.0), (-2.0, -1.0)] {
			let error = compiled(model(false), &powers(&options, base)).1.unwrap_err().to_string();
			assert!(error.contains("pow0"), "{error}");
			assert!(error.contains("Pow (Log of its base)"), "{error}");
			assert!(error.contains("a Clip before it"), "{error}");
		}
	}
}

#[test]
fn each_element_has_a_base_of_its_own() {
	for options in kinds() {
		let model = Onnx::new(&[2, 3]).floats("b", &[3], &[2.0, 0.5, 10.0]);
		let model = model.step("Pow", &["b", "x"], &["y"], &[]);
		let error = errors(model, &with_range(&options, -1.0, 1.0))[0];
		assert!(error < 0.02, "{options:?}: {error}");
	}
}
