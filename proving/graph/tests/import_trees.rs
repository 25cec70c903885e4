//! Trees as tensors of comparisons, gathers and matrices, and as ONNX's own newest operator.

use crate::onnx::{self, floats, gives, imported, int, ints, says, Onnx};
use zkml_graph::{
	import::{FloatGraph, FloatOp},
	quantize, CompileError, CompileOptions, InputRange, Quantized,
};
use zkml_onnx::{AttributeProto, Message, TensorProto};

fn compiled(model: Onnx) -> Result<Quantized, CompileError> {
	let graph = imported(&model.encoded(18)).unwrap();
	let input = vec![InputRange { min: -2.0, max: 2.0 }];
	quantize(&graph, &CompileOptions { input, ..CompileOptions::default() })
}

/// Three branches and four leaves as matrices, up to how many branches of a leaf are on its side.
fn counted() -> Onnx {
	Onnx::new(&[1, 3])
		.floats("limits", &[3], &[0.1, -0.3, 0.6])
		.floats("path", &[3, 4], &[1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0])
		.floats("lefts", &[4], &[2.0, 1.0, 1.0, 0.0])
		.floats("values", &[4, 1], &[0.7, -1.3, 2.9, 0.11])
		.step("LessOrEqual", &["x", "limits"], &["left"], &[])
		.step("Cast", &["left"], &["one"], &[int("to", 1)])
		.step("MatMul", &["one", "path"], &["count"], &[])
}

#[test]
fn trees_of_matrices_are_exact() {
	let model = counted()
		.step("Equal", &["count", "lefts"], &["there"], &[])
		.step("Cast", &["there"], &["leaf"], &[int("to", 1)])
		.step("MatMul", &["leaf", "values"], &["y"], &[]);
	let report = compiled(model).unwrap().report;
	// What is left is the rounding of the leaves' values.
	assert!(report.max_error < 0.02, "{}", report.max_error);
	let of_bits = |bits: Onnx| compiled(bits).unwrap().report.max_error;
	assert_eq!(of_bits(counted().step("Equal", &["count", "lefts"], &["y"], &[])), 0.0);
	assert_eq!(of_bits(counted()), 0.0);
}

#[test]
fn what_is_rounded_is_not_compared_for_equality() {
	let scores = || {
		Onnx::new(&[1, 3])
			.floats("weights", &[3, 3], &onnx::randoms(1, 9))
			.floats("half", &[1], &[0.5])
			.node("MatMul", &["weights"], &[])
			.node("Relu", &[], &[])
	};
	let refused = compiled(scores().node("Equal", &["half"], &[])).unwrap_err().to_string();
	for word in ["equal1", "whole numbers", "Round", "rounded on their way"] {
		let found = refused.contains(word) || word == "equal1" && refused.contains("equal2");
		assert!(found, "{refused}");
	}
	// Rounded to whole numbers, or compared for order, it may be; so may the input itself.
	compiled(scores().node("Greater", &["half"], &[])).unwrap();
	let inputs = Onnx::new(&[1, 3]).floats("half", &[1], &[0.5]).node("Equal", &["half"], &[]);
	assert_eq!(compiled(inputs).unwrap().report.max_error, 0.0);
}

#[test]
fn a_truth_value_beside_a_fine_number_leaves_it_fine() {
	let model = Onnx::new(&[1, 2])
		.floats("far", &[1], &[5.0])
		.floats("weights", &[2, 2], &[0.001, 0.0007, -0.0004, 0.0011])
		.step("MatMul", &["x", "weights"], &["small"], &[])
		.step("Sigmoid", &["small"], &["s"], &[])
		.step("Greater", &["x", "far"], &["above"], &[])
		.step("Cast", &["above"], &["one"], &[int("to", 1)])
		.step("Add", &["s", "one"], &["y"], &[]);
	let error = compiled(model).unwrap().report.max_error;
	assert!(error < 0.03, "{error}");
}

fn graph(model: Onnx) -> FloatGraph {
	imported(&model.encoded(18)).unwrap()
}

/// A node's feature, its threshold and one of its two children, by its number.
fn walk(compare: &str, operands: [&str; 2]) -> Onnx {
	Onnx::new(&[1, 3])
		.ints("features", &[2, 0, -2, 0])
		.floats("limits", &[4], &[0.1, -0.3, 0.6, 0.1])
		.ints("low", &[1, 3, 2, 3])
		.ints("high", &[2, 0, 1, 3])
		.shaped_ints("square", &[2], &[1, 1])
		.ints("flat", &[1])
		.ints("two", &[2])
		.step("Greater", &["x", "limits1"], &["first"], &[])
		.floats("limits1", &[1, 3], &[0.0, 0.5, 9.0])
		.step("Cast", &["first"], &["bits"], &[int("to", 7)])
		.step("ReduceSum", &["bits"], &["at"], &[int("keepdims", 0)])
		.step("Reshape", &["at", "flat"], &["node"], &[])
		.step("Gather", &["features", "node"], &["feature"], &[])
		.step("Reshape", &["feature", "square"], &["column"], &[])
		.step("GatherElements", &["x", "column"], &["cell"], &[int("axis", 1)])
		.step("Reshape", &["cell", "flat"], &["value"], &[])
		.step("Gather", &["limits", "node"], &["limit"], &[])
		.step("Gather", &["low", "node"], &["l"], &[])
		.step("Gather", &["high", "node"], &["h"], &[])
		.step(compare, &operands, &["c"], &[])
		.step("Where", &["c", "l", "h"], &["y"], &[])
}

#[test]
fn a_walk_by_numbers_of_nodes_compares_elements_with_constants() {
	let rows = [([0.0, 0.0, 0.0], 0), ([1.0, 0.0, 0.5], 1), ([1.0, 1.0, 0.5], 2)];
	for (compare, operands) in [
		("LessOrEqual", ["value", "limit"]),
		("Less", ["value", "limit"]),
		("Greater", ["limit", "value"]),
		("GreaterOrEqual", ["limit", "value"]),
	] {
		let graph = graph(walk(compare, operands));
		for (x, at) in rows {
			let below = x[[2, 0, 1][at]] < [0.1, -0.3, 0.6][at];
			let next = if below { [1, 3, 2][at] } else { [2, 0, 1][at] };
			let got = graph.evaluate(&x)[graph.outputs[0].value].clone();
			assert_eq!(got, [next as f32], "{compare} at {x:?}");
		}
		// One for each different node, of the elements themselves, and no product is left.
		let mut tests = Vec::new();
		for node in &graph.ops {
			match &node.op {
				FloatOp::Greater(thresholds) => tests.push(thresholds.len()),
				FloatOp::Mul => panic!("{:?}", graph.ops),
				_ => {}
			}
		}
		assert_eq!(tests, [3, 4]);
		let input = vec![InputRange { min: -2.0, max: 2.0 }];
		let options = CompileOptions { input, ..CompileOptions::default() };
		assert_eq!(quantize(&graph, &options).unwrap().report.max_error, 0.0, "{compare}");
	}
	// Ties are told apart.
	let tie = [1.0, 0.0, 0.0];
	let tie = |compare, operands| gives(walk(compare, operands), 18, &[-0.3 * tie[0], 0.0, 0.1]);
	assert_eq!(tie("LessOrEqual", ["value", "limit"]), [1.0]);
	assert_eq!(tie("Less", ["value", "limit"]), [2.0]);
}

#[test]
fn integers_that_are_chosen_are_integers() {
	let model = Onnx::new(&[1])
		.floats("zero", &[1], &[0.0])
		.ints("five", &[5])
		.ints("eight", &[8])
		.ints("two", &[2])
		.step("Greater", &["x", "zero"], &["c"], &[])
		.step("Where", &["c", "five", "eight"], &["i"], &[])
		.step("Div", &["i", "two"], &["y"], &[]);
	assert_eq!(gives(model.clone(), 18, &[1.0]), [2.0]);
	assert_eq!(gives(model, 18, &[-1.0]), [4.0]);
}

#[test]
fn whole_numbers_that_fit_are_cast_to_narrow_integers() {
	let cast = |factor: f32, to: i64| {
		Onnx::new(&[1, 3])
			.floats("zero", &[1], &[0.0])
			.floats("factors", &[3, 1], &[factor; 3])
			.step("Greater", &["x", "zero"], &["c"], &[])
			.step("Cast", &["c"], &["one"], &[int("to", 1)])
			.step("MatMul", &["one", "factors"], &["s"], &[])
			.step("Cast", &["s"], &["y"], &[int("to", to)])
	};
	assert_eq!(gives(cast(42.0, 3), 18, &[1.0, -1.0, 1.0]), [84.0]);
	// 3 times 43 is more than 127, and negative numbers have no sign there.
	says(imported(&cast(43.0, 3).encoded(18)), &["Cast", "INT8"]);
	says(imported(&cast(-1.0, 2).encoded(18)), &["Cast", "UINT8"]);
	says(imported(&cast(0.5, 3).encoded(18)), &["Cast", "INT8"]);
}

fn tensor(name: &str, tensor: TensorProto) -> AttributeProto {
	AttributeProto { name: name.into(), t: Some(tensor), r#type: 4, ..AttributeProto::default() }
}

fn numbers(name: &str, values: &[f32]) -> AttributeProto {
	let (dims, float_data) = (vec![values.len() as i64], values.to_vec());
	tensor(name, TensorProto { dims, data_type: 1, float_data, ..TensorProto::default() })
}

/// A tree of two nodes: of feature 0 by a mode, and of feature 1 by a set.
fn ensemble(mode: i32, changed: &[AttributeProto]) -> Onnx {
	let modes = TensorProto {
		dims: vec![2],
		data_type: 2,
		int32_data: vec![mode, 6],
		..TensorProto::default()
	};
	let mut attributes = vec![
		int("n_targets", 1),
		ints("tree_roots", &[0]),
		tensor("nodes_modes", modes),
		numbers("nodes_splits", &[1.5, 0.0]),
		ints("nodes_featureids", &[0, 1]),
		ints("nodes_trueleafs", &[1, 1]),
		ints("nodes_truenodeids", &[0, 1]),
		ints("nodes_falseleafs", &[0, 1]),
		ints("nodes_falsenodeids", &[1, 2]),
		numbers("membership_values", &[0.5, -1.0, 0.5, f32::NAN]),
		ints("leaf_targetids", &[0, 0, 0]),
		numbers("leaf_weights", &[1.0, 2.0, 4.0]),
	];
	for attribute in changed {
		attributes.retain(|other| other.name != attribute.name);
		attributes.push(attribute.clone());
	}
	Onnx::new(&[1, 2]).step("ai.onnx.ml:TreeEnsemble", &["x"], &["y"], &attributes)
}

fn read(model: Onnx) -> Result<FloatGraph, zkml_graph::import::ImportError> {
	imported(&model.model(&[("", 18), ("ai.onnx.ml", 5)]).encode_to_vec())
}

#[test]
fn every_mode_of_a_node_of_the_newest_ensembles_is_its_own() {
	let says = |mode: i32, x: [f32; 2]| {
		let graph = read(ensemble(mode, &[])).unwrap();
		graph.evaluate(&x)[graph.outputs[0].value][0]
	};
	for (mode, at) in [(0, [1.0, 1.0, 2.0]), (1, [1.0, 2.0, 2.0]), (2, [2.0, 1.0, 1.0])] {
		assert_eq!([1.0, 1.5, 2.0].map(|x| says(mode, [x, 0.5])), at, "{mode}");
	}
	for (mode, at) in [(3, [2.0, 2.0, 1.0]), (4, [2.0, 1.0, 2.0]), (5, [1.0, 2.0, 1.0])] {
		assert_eq!([1.0, 1.5, 2.0].map(|x| says(mode, [x, 0.5])), at, "{mode}");
	}
	assert_eq!([-1.0, 0.0, 0.5, 0.6].map(|x| says(0, [2.0, x])), [2.0, 4.0, 2.0, 4.0]);
}

#[test]
fn ensembles_that_are_none_are_refused() {
	let refused =
		|changed: AttributeProto, words: &[&str]| says(read(ensemble(0, &[changed])), words);
	refused(int("aggregate_function", 2), &["aggregate_function 0 (AVERAGE) or 1", "2 is MIN"]);
	refused(int("post_transform", 4), &["post_transform NONE", "PROBIT"]);
	refused(int("post_transform", 1), &["post_transform 0", "SOFTMAX", "computes LOGISTIC"]);
	refused(ints("tree_roots", &[0, 1]), &["node with two parents"]);
	refused(ints("tree_roots", &[2]), &["tree_roots below 2", "got 2"]);
	refused(ints("nodes_falsenodeids", &[0, 2]), &["two parents"]);
	refused(ints("nodes_falsenodeids", &[1, 3]), &["below 3", "got 3"]);
	refused(ints("nodes_featureids", &[0, 2]), &["one of 2 features", "got 2"]);
	refused(ints("leaf_targetids", &[0, 0, 1]), &["leaf_targetids below 1", "got 1"]);
	refused(numbers("membership_values", &[0.5]), &["end with NaN"]);
	refused(numbers("membership_values", &[f32::NAN]), &["at least one member"]);
	refused(numbers("membership_values", &[1.0, f32::NAN, 2.0, f32::NAN]), &["2 sets for 1"]);
	refused(numbers("nodes_splits", &[f32::INFINITY, 0.0]), &["finite splits", "inf"]);
	says(read(ensemble(7, &[])), &["nodes_modes of 0 to 6", "got 7"]);
	// A list where a tensor is due.
	let words = ["TreeEnsemble", "leaf_weights"];
	says(read(ensemble(0, &[floats("leaf_weights", &[1.0, 2.0, 4.0])])), &words);
}

#[test]
fn damaged_ensembles_are_read_or_refused() {
	let bytes = ensemble(0, &[]).model(&[("", 18), ("ai.onnx.ml", 5)]).encode_to_vec();
	let mut refused = 0;
	for place in 0..bytes.len() {
		for flip in [1, 0x10, 0x80, 0xff] {
			let mut damaged = bytes.clone();
			damaged[place] ^= flip;
			refused += usize::from(imported(&damaged).is_err());
		}
	}
	assert!(refused > bytes.len(), "{refused} of {}", 4 * bytes.len());
}
