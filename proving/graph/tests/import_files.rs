//! ONNX files that are refused, and in which words; and files that are no files.

use std::path::Path;

use crate::onnx::{float, floats, imported, int, ints, randoms, says, texts, Folder, Onnx};
use proptest::prelude::*;
use zkml_graph::{
	import::{import, import_bytes, supported, ImportError},
	quantize, CompileOptions, InputRange,
};
use zkml_onnx::{FunctionProto, Message, NodeProto};

/// One line, and the expected words in it.
#[track_caller]
fn refused(model: Onnx, words: &[&str]) {
	says(imported(&model.encoded(13)), words);
}

#[test]
fn all_unsupported_operators_are_named_at_once_but_those_nobody_needs() {
	let model = || {
		Onnx::new(&[1, 4])
			.step("Relu", &["x"], &["a"], &[])
			.step("NonMaxSuppression", &["a"], &["b"], &[])
			.step("Bernoulli", &["b"], &["c"], &[])
			.step("Hardmax", &["a"], &["d"], &[])
			.step("elsewhere:Relu", &["c"], &["e"], &[])
	};
	let bytes = model().encoded(13);
	match imported(&bytes) {
		Err(ImportError::Unsupported(nodes)) => assert_eq!(
			nodes,
			[
				("nonmaxsuppression1".into(), "NonMaxSuppression".into()),
				("bernoulli2".into(), "Bernoulli".into()),
				("relu4".into(), "elsewhere.Relu".into()),
			]
		),
		other => panic!("{other:?}"),
	}
	says(
		imported(&bytes),
		&["operators that can be proved", "Bernoulli (bernoulli2)", "elsewhere.Relu (relu4)"],
	);
	let graph = import_bytes(Path::new("x"), &bytes, Some("a")).unwrap();
	assert_eq!((graph.ops.len(), graph.nodes.len()), (1, 5));
	assert!(supported().any(|operator| operator == "Conv"));
}

#[test]
fn files_that_are_no_onnx_are_refused() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	says(import(&path, None), &["expected to read it"]);
	std::fs::write(&path, b"").unwrap();
	says(import(&path, None), &["expected an ONNX model, got an empty file"]);
	std::fs::write(&path, b"these are words, and no model\n").unwrap();
	says(import(&path, None), &["expected an ONNX model"]);
	Onnx::new(&[1, 4]).save(&path);
	says(import(&path, None), &["a graph without nodes"]);
}

#[test]
fn the_output_is_chosen_by_name() {
	let model = || {
		Onnx::new(&[1, 4])
			.step("Relu", &["x"], &["a"], &[])
			.floats("m", &[4], &[0.0, 0.0, f32::NEG_INFINITY, 0.0])
			.step("Add", &["a", "m"], &["b"], &[])
			.output("a", 1)
			.output("b", 1)
	};
	// All of them if none is chosen, of which each must be one that can be proved.
	refused(model(), &["proved as b", "minus infinity"]);
	let named = |name| import_bytes(Path::new("x"), &model().encoded(13), Some(name));
	assert_eq!(named("a").unwrap().outputs[0].dims, [1, 4]);
	says(named("b"), &["minus infinity", "only before Softmax"]);
	says(named("c"), &["the name of a computed tensor", "got c"]);
}

#[test]
fn graphs_that_cannot_be_proved_are_refused_by_node() {
	let start = || Onnx::new(&[1, 4]).floats("w", &[4, 2], &[0.5; 8]).floats("b", &[3], &[0.5; 3]);
	refused(start().node("Gemm", &["w"], &[int("transA", 1)]), &["gemm0 (Gemm)", "fits [4, 1]"]);
	refused(start().node("Gemm", &["w"], &[int("transB", 1)]), &["gemm0", "shape [2, 4]"]);
	refused(start().node("MatMul", &["w"], &[]).node("Add", &["b"], &[]), &["add1", "[1, 2]"]);
	let argmax = |axis| Onnx::new(&[1, 4]).node("ArgMax", &[], &[int("axis", axis)]);
	assert_eq!(imported(&argmax(0).encoded(13)).unwrap().outputs[0].dims, [1, 4]);
	refused(argmax(2), &["argmax0", "an axis of 2 dimensions, got 2"]);
	refused(argmax(1).node("Relu", &[], &[]), &["relu1", "the index of a class"]);
	refused(start().ints("s", &[3, -1]).node("Reshape", &["s"], &[]), &["4 elements", "[3, -1]"]);
	refused(start().node("MatMul", &["missing"], &[]), &["matmul0", "missing as a constant"]);
	let batch = Onnx::new(&[2, 4]).node("Relu", &[], &[]);
	assert_eq!(imported(&batch.encoded(13)).unwrap().outputs[0].dims, [2, 4]);
	let nan = start().floats("n", &[4, 1], &[f32::NAN; 4]);
	refused(nan.node("MatMul", &["n"], &[]), &["tensor n", "finite", "NaN"]);
	let short = start().floats("n", &[4, 2], &[0.5; 7]);
	refused(short.node("MatMul", &["n"], &[]), &["tensor n", "got 28"]);
	let huge = start().floats("n", &[1 << 40, 1 << 40], &[]);
	refused(huge.node("MatMul", &["n"], &[]), &["tensor n", "elements"]);
	let wide = start().ints("s", &[1 << 20, 1 << 20, 4]).node("Expand", &["s"], &[]);
	refused(wide, &["expand0", "a shape of few elements"]);
	let kernel = Onnx::new(&[1, 3, 4, 4]).floats("k", &[2, 2, 1, 1], &[1.0; 4]);
	refused(kernel.node("Conv", &["k"], &[]), &["conv0", "groups of [1, 3, 4, 4]", "[2, 2, 1, 1]"]);
	let zero = start().scalar("z", 0.0).node("Div", &["z"], &[]);
	refused(zero, &["div0", "finite constants", "inf"]);
	refused(
		start().step("Add", &["w", "w"], &["y"], &[]),
		&["outputs that depend on an input", "got none"],
	);
	let after = Onnx::new(&[1, 4])
		.floats("m", &[4], &[0.0, 0.0, f32::NEG_INFINITY, 0.0])
		.step("Add", &["x", "m"], &["n"], &[])
		.step("Neg", &["n"], &["y"], &[]);
	refused(after, &["neg1", "minus infinity", "only before Softmax"]);
}

#[test]
fn names_of_nodes_are_all_different() {
	let model = Onnx::new(&[1, 4]).node("Relu", &[], &[]).node("Neg", &[], &[]);
	let graph = imported(&model.encoded(13)).unwrap();
	let names: Vec<_> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
	assert_eq!(names, ["relu0", "neg1"]);
}

/// A forest of two trees on three features, and what it says.
fn forest(mode: &str, weights: [f32; 5]) -> Onnx {
	// Tree 0: x0 <= 0.5 ? leaf 1 : (x1 <= -1 ? leaf 3 : leaf 4); tree 1: x0 <= 0.5 ? leaf 1 : leaf 2.
	Onnx::new(&[-1, 3]).step(
		"ai.onnx.ml:TreeEnsembleRegressor",
		&["x"],
		&["y"],
		&[
			int("n_targets", 2),
			ints("nodes_treeids", &[0, 0, 0, 0, 0, 1, 1, 1]),
			ints("nodes_nodeids", &[0, 1, 2, 3, 4, 0, 1, 2]),
			ints("nodes_featureids", &[0, 0, 1, 0, 0, 0, 0, 0]),
			floats("nodes_values", &[0.5, 0.0, -1.0, 0.0, 0.0, 0.5, 0.0, 0.0]),
			texts("nodes_modes", &[mode, "LEAF", mode, "LEAF", "LEAF", mode, "LEAF", "LEAF"]),
			ints("nodes_truenodeids", &[1, 0, 3, 0, 0, 1, 0, 0]),
			ints("nodes_falsenodeids", &[2, 0, 4, 0, 0, 2, 0, 0]),
			ints("target_treeids", &[0, 0, 0, 1, 1]),
			ints("target_nodeids", &[1, 3, 4, 1, 2]),
			ints("target_ids", &[0, 0, 1, 1, 0]),
			floats("target_weights", &weights),
			floats("base_values", &[100.0, 200.0]),
		],
	)
}

#[test]
fn trees_send_every_input_to_one_leaf() {
	let weights = [1.0, 2.0, 4.0, 8.0, 16.0];
	let says = |mode: &str, x: [f32; 3]| {
		let graph = imported(&forest(mode, weights).encoded(13)).unwrap();
		// The same test in both trees is one.
		let steps = graph.ops.iter().find_map(|node| match &node.op {
			zkml_graph::import::FloatOp::Greater(thresholds) => Some(thresholds.len()),
			_ => None,
		});
		assert_eq!(steps, Some(2));
		graph.evaluate(&x)[graph.outputs[0].value].clone()
	};
	assert_eq!(says("BRANCH_LEQ", [0.5, 0.0, 0.0]), [101.0, 208.0]);
	assert_eq!(says("BRANCH_LT", [0.5, 0.0, 0.0]), [116.0, 204.0]);
	assert_eq!(says("BRANCH_LEQ", [0.6, -1.0, 0.0]), [118.0, 200.0]);
	assert_eq!(says("BRANCH_LT", [0.6, -1.0, 0.0]), [116.0, 204.0]);
	// The true branch is for those above.
	assert_eq!(says("BRANCH_GT", [0.6, 0.0, 0.0]), [101.0, 208.0]);
	assert_eq!(says("BRANCH_GT", [0.5, -1.0, 0.0]), [116.0, 204.0]);
	assert_eq!(says("BRANCH_GTE", [0.5, 0.0, 0.0]), [101.0, 208.0]);
	refused(forest("BRANCH_EQ", weights), &["LEAF, BRANCH_LEQ", "BRANCH_EQ"]);
	refused(forest("BRANCH_LEQ", [f32::NAN; 5]), &["weights of tree", "NaN"]);
}

/// A classifier of two classes: trees with two leaves each, or with a lone one.
fn votes(ids: [i64; 2], weights: [f32; 3], base: &[f32]) -> Onnx {
	// Tree 0: x0 <= 0.5 ? leaf 1 : leaf 2; tree 1: leaf 0.
	Onnx::new(&[-1, 1]).step(
		"ai.onnx.ml:TreeEnsembleClassifier",
		&["x"],
		&["label", "scores"],
		&[
			ints("classlabels_int64s", &[0, 1]),
			ints("nodes_treeids", &[0, 0, 0, 1]),
			ints("nodes_nodeids", &[0, 1, 2, 0]),
			ints("nodes_featureids", &[0; 4]),
			floats("nodes_values", &[0.5, 0.0, 0.0, 0.0]),
			texts("nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF", "LEAF"]),
			ints("nodes_truenodeids", &[1, 0, 0, 0]),
			ints("nodes_falsenodeids", &[2, 0, 0, 0]),
			ints("class_treeids", &[0, 0, 1]),
			ints("class_nodeids", &[1, 2, 0]),
			ints("class_ids", &[ids[0], ids[0], ids[1]]),
			floats("class_weights", &weights),
			floats("base_values", base),
		],
	)
}

#[test]
fn a_single_score_of_two_classes_is_judged_as_onnxruntime_does() {
	let label = |ids, weights, base: &[f32], x: f32| {
		let graph = imported(&votes(ids, weights, base).encoded(13)).unwrap();
		graph.evaluate(&[x])[graph.outputs[0].value][0]
	};
	// Above one half if no weight is negative, a lone leaf's among them.
	assert_eq!(label([0, 0], [0.2, 0.3, 0.25], &[], 0.0), 0.0);
	assert_eq!(label([0, 0], [0.2, 0.3, 0.25], &[], 1.0), 1.0);
	assert_eq!(label([1, 1], [0.2, 0.3, 0.25], &[], 1.0), 1.0);
	// One half is not above it.
	assert_eq!(label([0, 0], [0.25, 0.5, 0.25], &[], 0.0), 0.0);
	// Above 0 if one is.
	assert_eq!(label([0, 0], [-0.2, 0.3, 0.1], &[], 0.0), 0.0);
	assert_eq!(label([0, 0], [-0.2, 0.3, 0.1], &[], 1.0), 1.0);
	assert_eq!(label([0, 0], [0.2, 0.3, 0.1], &[0.3], 0.0), 1.0);
	assert_eq!(label([0, 0], [0.2, 0.3, 0.1], &[-0.3], 1.0), 0.0);
	// Where runtimes differ nothing is proved.
	refused(votes([0, 1], [0.7, 0.7, 0.3], &[]), &["weights for one class", "both of two"]);
	refused(votes([1, 1], [0.2, 0.3, 0.1], &[0.3]), &["no base values", "for class 1 alone"]);
}

#[test]
fn trees_that_are_lone_leaves_say_the_same_of_all() {
	let leaf = |weight: f32| {
		Onnx::new(&[-1, 2]).step(
			"ai.onnx.ml:TreeEnsembleRegressor",
			&["x"],
			&["y"],
			&[
				int("n_targets", 1),
				ints("nodes_treeids", &[0, 1]),
				ints("nodes_nodeids", &[0, 0]),
				ints("nodes_featureids", &[0, 0]),
				floats("nodes_values", &[0.0, 0.0]),
				texts("nodes_modes", &["LEAF", "LEAF"]),
				ints("nodes_truenodeids", &[0, 0]),
				ints("nodes_falsenodeids", &[0, 0]),
				ints("target_treeids", &[0, 1]),
				ints("target_nodeids", &[0, 0]),
				ints("target_ids", &[0, 0]),
				floats("target_weights", &[weight, 0.5]),
			],
		)
	};
	let graph = imported(&leaf(0.25).encoded(13)).unwrap();
	for x in [[0.0, 0.0], [1.0, -1.0]] {
		assert_eq!(graph.evaluate(&x)[graph.outputs[0].value], [0.75]);
	}
	let input = vec![InputRange { min: -1.0, max: 1.0 }];
	let options = CompileOptions { input, ..CompileOptions::default() };
	assert_eq!(quantize(&graph, &options).unwrap().graph.outputs[0].info.tensor.len(), 1);
}

/// Files of every kind of node, to damage.
fn samples() -> Vec<Vec<u8>> {
	let convolution = Onnx::new(&[-1, 2, 6, 6])
		.floats("w", &[4, 1, 3, 3], &randoms(1, 36))
		.floats("b", &[4], &randoms(2, 4))
		.node("Conv", &["w", "b"], &[int("group", 2), ints("pads", &[1, 1, 1, 1])])
		.node("BatchNormalization", &["b", "b", "b", "v"], &[])
		.floats("v", &[4], &[1.0; 4])
		.node("LeakyRelu", &[], &[float("alpha", 0.1)])
		.node("MaxPool", &[], &[ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])])
		.node("AveragePool", &[], &[ints("kernel_shape", &[2, 2]), ints("pads", &[1, 0, 0, 1])])
		.node("Flatten", &[], &[])
		.floats("f", &[36, 3], &randoms(3, 108))
		.node("MatMul", &["f"], &[])
		.node("Softmax", &[], &[])
		.node("ArgMax", &[], &[int("axis", 1)]);
	let moves = Onnx::new(&[1, 4, 6])
		.ints("i", &[1, 2])
		.ints("j", &[3, 4])
		.ints("p", &[0, 1, 0, 0, 0, 2])
		.ints("s", &[1, -1, 2])
		.node("Slice", &["i", "j", "i"], &[])
		.node("Pad", &["p"], &[])
		.node("Reshape", &["s"], &[])
		.node("Transpose", &[], &[ints("perm", &[2, 0, 1])])
		.node("Gather", &["i"], &[int("axis", 2)])
		.node("Unsqueeze", &["i"], &[])
		.node("ReduceMean", &[], &[ints("axes", &[1])])
		.node("Tile", &["t"], &[])
		.ints("t", &[1, 2, 1, 1, 1])
		.node("Sigmoid", &[], &[]);
	let quantized = Onnx::new(&[1, 3])
		.scalar("s", 0.1)
		.bytes("z", &[], false, &[7])
		.bytes("w", &[3, 2], true, &[1, -2, 3, 4, 5, 6])
		.bytes("wz", &[], true, &[0])
		.words("b", &[7, 8])
		.node("QuantizeLinear", &["s", "z"], &[])
		.step(
			"com.microsoft:QGemm",
			&["quantizelinear0_out", "s", "z", "w", "s", "wz", "b", "s", "z"],
			&["y"],
			&[],
		)
		.node("DequantizeLinear", &["s", "z"], &[]);
	let trees = forest("BRANCH_LEQ", [1.0; 5]);
	let mut samples = Vec::from([convolution, moves, quantized, trees].map(|m| m.encoded(13)));
	// With functions of its own, one within the other.
	let called = Onnx::new(&[1, 2]).step("own:Outer", &["x"], &["y"], &[]);
	let mut model = called.model(&[("", 13), ("own", 1)]);
	let function = |name: &str, op: &str, domain: &str| FunctionProto {
		name: name.into(),
		domain: "own".into(),
		input: vec!["X".into()],
		output: vec!["Y".into()],
		node: vec![NodeProto {
			op_type: op.into(),
			domain: domain.into(),
			input: vec!["X".into()],
			output: vec!["Y".into()],
			..NodeProto::default()
		}],
		opset_import: model.opset_import.clone(),
		..FunctionProto::default()
	};
	model.functions = vec![function("Outer", "Inner", "own"), function("Inner", "Neg", "")];
	samples.push(model.encode_to_vec());
	samples
}

#[test]
fn the_samples_are_models() {
	for bytes in samples() {
		imported(&bytes).unwrap();
	}
}

/// A result or a line of words; a graph that is read can be evaluated.
fn survives(bytes: &[u8]) {
	match imported(bytes) {
		Ok(graph) => {
			let values = graph.evaluate(&vec![0.5; graph.len(0)]);
			assert_eq!(
				values[graph.outputs[0].value].len(),
				graph.outputs[0].dims.iter().product::<usize>()
			);
		}
		Err(error) => assert_eq!(error.to_string().lines().count(), 1, "{error}"),
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		failure_persistence: None,
		..ProptestConfig::with_cases(1000)
	})]

	#[test]
	fn noise_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
		survives(&bytes);
	}

	#[test]
	fn damaged_files_are_survived(
		which in 0usize..5,
		changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0usize..4), 1..6),
	) {
		let mut bytes = samples().swap_remove(which);
		for (place, byte, kind) in changes {
			let at = place.index(bytes.len());
			match kind {
				0 => bytes[at] = byte,
				1 => bytes[at] ^= 1 << (byte % 8),
				2 => bytes.insert(at, byte),
				_ if byte < 16 => bytes.truncate(at.max(1)),
				_ => bytes[at] = bytes[at].wrapping_add(1),
			}
		}
		survives(&bytes);
	}
}
