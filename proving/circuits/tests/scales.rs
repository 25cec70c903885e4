//! Scales along an axis and tensors of many dimensions, from real numbers to the circuit.

use crate::{
	common::{agrees, input, inputs, model, rng, Shape, Single},
	onnx::{Folder, Onnx},
};
use zkml_circuits::{compile, CompileOptions, CompiledModel, InputRange};
use zkml_primitives::{Scalar, Scale, Scales, TensorSpec, Visibility};

fn per_axis(axis: u8, all: &[(u32, u8)]) -> Scales {
	let scale = |(mantissa, shift): &(u32, u8)| Scale { mantissa: *mantissa, shift: *shift };
	let scales = all.iter().map(scale).collect::<Vec<_>>().try_into().unwrap();
	Scales::PerAxis { axis, scales }
}

fn three_inputs() -> CompiledModel {
	let (sizes, input) = (vec![3, 2], (0, 100));
	let shape = Shape { sizes, argmax: false, rectify: false, bits: 8, input, seed: 1 };
	model(&shape, Visibility::Public)
}

fn with_input_scales(model: &CompiledModel, scales: Scales) -> Result<CompiledModel, String> {
	let mut graph = model.graph().clone();
	graph.inputs = inputs([TensorSpec { scales, ..model.input().clone() }]);
	let parameters = model.parameters().to_vec();
	let scaled = CompiledModel::new(Visibility::Public, graph, parameters, vec![], Scalar::ZERO);
	scaled.map_err(|error| error.to_string())
}

#[test]
fn an_element_is_rounded_by_its_own_scale_or_refused_with_its_own_range() {
	let plain = three_inputs();
	// A rate, a price and a count.
	let scales = per_axis(1, &[(1, 7), (1200, 0), (1, 0)]);
	let model = with_input_scales(&plain, scales).unwrap();
	assert_eq!(model.quantize_input(&[0.5, 120_000.0, 99.6]).unwrap(), [[64, 100, 100]]);
	for (reals, words) in [
		([1.0, 0.0, 0.0], "input x0, value 0: expected a number from 0 to 0.78125, got 1"),
		([0.0, 121e3, 0.0], "input x0, value 1: expected a number from 0 to 120000, got 121000"),
		([0.0, 0.0, -1.0], "input x0, value 2: expected a number from 0 to 100, got -1"),
	] {
		assert_eq!(model.quantize_input(&reals).unwrap_err().to_string(), words);
	}
	// What an integer means is no part of what is proved.
	let integers = input(&plain, 4);
	assert_eq!(model.evaluate(&integers).unwrap(), plain.evaluate(&integers).unwrap());
	assert_eq!(model.params_commitment(), plain.params_commitment());
	agrees(&model, &integers, 4);
}

#[test]
fn a_graph_with_scales_that_do_not_fit_is_refused_by_reason() {
	let plain = three_inputs();
	for (scales, reason) in [
		(per_axis(0, &[(1, 0), (1, 0), (1, 0)]), "another number of scales than the axis is long"),
		(per_axis(2, &[(1, 0)]), "scales along an axis that the tensor does not have"),
		(per_axis(1, &[(1, 0), (0, 0), (1, 0)]), "a scale of zero"),
	] {
		let error = with_input_scales(&plain, scales).unwrap_err();
		let expected = "input x0: expected a specification the chain accepts, got ";
		assert_eq!(error, format!("{expected}{reason}"));
	}
}

#[test]
fn tensors_of_six_dimensions_are_compiled_and_of_seven_refused() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	let input = vec![InputRange { min: -1.0, max: 1.0 }];
	let options = CompileOptions { input, ..CompileOptions::default() };
	for dims in [vec![1, 3, 1, 2, 2], vec![1, 1, 2, 1, 2, 2]] {
		Onnx::new(&dims).node("Relu", &[], &[]).save(&path);
		let model = compile(&path, &options, &mut rng(1)).unwrap();
		let shape: Vec<u32> = dims.iter().map(|dim| *dim as u32).collect();
		assert_eq!((&model.input().dims[..], &model.output().dims[..]), (&shape[..], &shape[..]));
		let reals: Vec<f32> = (0..model.input().len()).map(|i| i as f32 / 16.0 - 0.25).collect();
		agrees(&model, &model.quantize_input(&reals).unwrap(), 2);
	}
	Onnx::new(&[1; 7]).node("Relu", &[], &[]).save(&path);
	let error = compile(&path, &options, &mut rng(1)).unwrap_err().to_string();
	assert!(error.ends_with("expected an input of at most 6 dimensions, got x of 7"), "{error}");
}
