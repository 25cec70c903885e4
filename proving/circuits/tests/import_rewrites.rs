//! What is left of a file's operations after rewriting, and that it still computes the same.

#[path = "common/onnx.rs"]
mod onnx;
#[path = "common/oracle.rs"]
mod oracle;

use onnx::{int, ints, text, texts, Onnx};
use oracle::{agrees, imported, randoms};
use zkml_circuits::import::{FloatGraph, FloatOp};

fn kinds(graph: &FloatGraph) -> Vec<String> {
	let kind = |op: &FloatOp| match op {
		FloatOp::Dense(_) => "Dense".into(),
		FloatOp::Gather(_) => "Gather".into(),
		FloatOp::Sum { .. } => "Sum".into(),
		FloatOp::Step(_) => "Step".into(),
		FloatOp::Unary(function) => function.name().into(),
		FloatOp::Clamp { .. } => "Clamp".into(),
		FloatOp::Quantize { .. } => "Quantize".into(),
		other => format!("{other:?}"),
	};
	graph.ops.iter().map(|node| kind(&node.op)).collect()
}

/// The operations left, of a model that tract computes too.
#[track_caller]
fn left(build: impl Fn() -> Onnx, expected: &[&str]) -> FloatGraph {
	agrees(build());
	let graph = imported(&build().encoded(13)).unwrap();
	assert_eq!(kinds(&graph), expected);
	graph
}

#[test]
fn everything_affine_about_a_convolution_is_in_its_matrix() {
	let build = || {
		Onnx::new(&[1, 2, 4, 4])
			.floats("mean", &[2, 1, 1], &[0.5, -0.5])
			.scalar("deviation", 0.25)
			.node("Sub", &["mean"], &[])
			.node("Div", &["deviation"], &[])
			.floats("w", &[3, 2, 2, 2], &randoms(1, 24))
			.node("Conv", &["w"], &[])
			.floats("s", &[3], &[1.0, 0.5, 2.0])
			.floats("b", &[3], &randoms(2, 3))
			.floats("v", &[3], &[1.0, 2.0, 3.0])
			.node("BatchNormalization", &["s", "b", "b", "v"], &[])
			.floats("c", &[1, 3, 1, 1], &randoms(3, 3))
			.node("Add", &["c"], &[])
			.node("Relu", &[], &[])
	};
	left(build, &["Gather", "Dense", "Clamp", "Gather"]);
}

#[test]
fn an_offset_before_padding_stays_before_it() {
	let build = || {
		Onnx::new(&[1, 1, 4, 4])
			.scalar("one", 1.0)
			.node("Add", &["one"], &[])
			.floats("w", &[1, 1, 3, 3], &randoms(1, 9))
			.node("Conv", &["w"], &[ints("pads", &[1, 1, 1, 1])])
	};
	left(build, &["Sum", "Gather", "Dense"]);
}

#[test]
fn a_result_that_others_see_is_not_scaled_for_them() {
	let build = || {
		Onnx::new(&[1, 3])
			.floats("w", &[3, 3], &randoms(1, 9))
			.step("MatMul", &["x", "w"], &["a"], &[])
			.scalar("two", 2.0)
			.step("Mul", &["a", "two"], &["b"], &[])
			.step("Relu", &["b"], &["r"], &[])
			.step("Concat", &["r", "a"], &["y"], &[int("axis", 1)])
	};
	left(build, &["Dense", "Sum", "Clamp", "Gather"]);
}

#[test]
fn clamps_come_behind_the_maximum_of_a_pool() {
	let build = || {
		Onnx::new(&[1, 1, 6, 6])
			.floats("w", &[2, 1, 3, 3], &randoms(1, 18))
			.node("Conv", &["w"], &[])
			.node("Relu", &[], &[])
			.node("MaxPool", &[], &[ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])])
			.node("Flatten", &[], &[])
			.floats("f", &[8, 2], &randoms(2, 16))
			.node("MatMul", &["f"], &[])
	};
	left(build, &["Gather", "Dense", "Gather", "Max(4)", "Clamp", "Dense"]);
}

#[test]
fn moves_of_elements_become_one() {
	let build = || {
		Onnx::new(&[1, 2, 3])
			.node("Transpose", &[], &[])
			.ints("s", &[2, 3])
			.node("Reshape", &["s"], &[])
			.node("Transpose", &[], &[])
			.step("Concat", &["transpose2_out", "transpose2_out"], &["y"], &[int("axis", 0)])
	};
	left(build, &["Gather"]);
	let there_and_back =
		|| Onnx::new(&[1, 2, 3]).node("Transpose", &[], &[]).node("Transpose", &[], &[]);
	left(there_and_back, &[]);
}

#[test]
fn functions_of_several_nodes_are_one_but_those_of_two_numbers() {
	let build = || {
		Onnx::new(&[1, 4])
			.floats("w", &[4, 4], &randoms(1, 16))
			.step("MatMul", &["x", "w"], &["a"], &[])
			.step("Sigmoid", &["a"], &["s"], &[])
			.step("Mul", &["a", "s"], &["y"], &[])
	};
	left(build, &["Dense", "Sigmoid Mul"]);
	let build = || {
		Onnx::new(&[1, 4])
			.floats("w", &[4, 4], &randoms(1, 16))
			.step("MatMul", &["x", "w"], &["a"], &[])
			.step("Sigmoid", &["a"], &["s"], &[])
			.step("Tanh", &["x"], &["t"], &[])
			.step("Mul", &["t", "s"], &["y"], &[])
	};
	left(build, &["Dense", "Sigmoid", "Tanh", "Product"]);
	let build = || {
		Onnx::new(&[1, 4])
			.floats("w", &[4, 4], &randoms(1, 16))
			.step("MatMul", &["x", "w"], &["a"], &[])
			.step("Div", &["a", "x"], &["y"], &[])
	};
	left(build, &["Dense", "Div", "Product"]);
}

#[test]
fn clamps_and_roundings_are_done_once() {
	let build = || {
		Onnx::new(&[1, 4])
			.scalar("min", 0.0)
			.scalar("max", 0.5)
			.node("Relu", &[], &[])
			.node("Clip", &["min", "max"], &[])
			.node("Relu", &[], &[])
	};
	left(build, &["Clamp"]);
	let build = || {
		let parameters: &[&str] = &["scale", "zero"];
		Onnx::new(&[1, 4])
			.scalar("scale", 0.25)
			.bytes("zero", &[], false, &[0])
			.node("Relu", &[], &[])
			.node("QuantizeLinear", parameters, &[])
			.node("DequantizeLinear", parameters, &[])
			.node("QuantizeLinear", parameters, &[])
			.node("DequantizeLinear", parameters, &[])
	};
	let graph = left(build, &["Quantize"]);
	assert_eq!(graph.evaluate(&[0.3, -1.0, 90.0, 0.375])[1], [0.25, 0.0, 63.75, 0.5]);
}

#[test]
fn the_largest_is_found_before_functions_that_keep_the_order() {
	let build = || {
		Onnx::new(&[1, 4]).node("Sigmoid", &[], &[]).node("Softmax", &[], &[int("axis", 1)]).node(
			"ArgMax",
			&[],
			&[int("axis", 1)],
		)
	};
	left(build, &["ArgMax"]);
}

#[test]
fn a_classifier_of_two_classes_asks_for_a_sign() {
	// As scikit-learn's exporter writes a perceptron of two classes.
	let classifier = Onnx::new(&[-1, 3])
		.floats("w", &[3, 1], &[1.0, -1.0, 0.5])
		.scalar("one", 1.0)
		.ints("classes", &[0, 1])
		.ints("flat", &[-1])
		.step("MatMul", &["x", "w"], &["a"], &[])
		.step("Sigmoid", &["a"], &["p"], &[])
		.step("Sub", &["one", "p"], &["q"], &[])
		.step("Concat", &["q", "p"], &["both"], &[int("axis", 1)])
		.step("ArgMax", &["both"], &["index"], &[int("axis", 1)])
		.step("ai.onnx.ml:ArrayFeatureExtractor", &["classes", "index"], &["class"], &[])
		.step("Cast", &["class"], &["cast"], &[int("to", 7)])
		.step("Reshape", &["cast", "flat"], &["label"], &[])
		.output("label", 7)
		.output("both", 1);
	let graph = imported(&classifier.encoded(13)).unwrap();
	assert_eq!(kinds(&graph), ["Dense", "Step"]);
	assert_eq!(graph.output, [1]);
	assert_eq!(graph.evaluate(&[1.0, 0.5, 0.0])[graph.result], [1.0]);
	assert_eq!(graph.evaluate(&[0.5, 1.0, 0.0])[graph.result], [0.0]);
}

#[test]
fn weights_that_were_quantised_keep_their_units() {
	let build = || {
		Onnx::new(&[1, 2])
			.bytes("q", &[3, 2], true, &[1, 2, 3, 4, 5, -6])
			.floats("scales", &[3], &[0.5, 0.25, 0.125])
			.bytes("zeros", &[3], true, &[0, 0, 0])
			.step("DequantizeLinear", &["q", "scales", "zeros"], &["w"], &[int("axis", 0)])
			.step("Gemm", &["x", "w"], &["y"], &[int("transB", 1)])
			.scalar("two", -2.0)
			.node("Mul", &["two"], &[])
	};
	let graph = left(build, &["Dense"]);
	let FloatOp::Dense(dense) = &graph.ops[0].op else { panic!("{:?}", graph.ops) };
	let units = dense.units.as_ref().map(|units| units.weights.as_slice());
	assert_eq!(units, Some([1.0, 0.5, 0.25].as_slice()));
	assert_eq!(dense.weights, [-1.0, -2.0, -1.5, -2.0, -1.25, 1.5]);
}

#[test]
fn edges_are_repeated_as_the_mode_says() {
	let pad = |mode: &str| {
		let model =
			Onnx::new(&[1, 3]).ints("p", &[0, 2, 0, 3]).node("Pad", &["p"], &[text("mode", mode)]);
		let graph = imported(&model.encoded(13)).unwrap();
		graph.evaluate(&[1.0, 2.0, 3.0])[graph.result].clone()
	};
	assert_eq!(pad("edge"), [1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0]);
	assert_eq!(pad("reflect"), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0]);
	assert_eq!(pad("constant"), [0.0, 0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0]);
}

#[test]
fn labels_that_are_words_are_given_as_their_index() {
	let model = Onnx::new(&[1, 2]).step(
		"ai.onnx.ml:LinearClassifier",
		&["x"],
		&["label", "scores"],
		&[
			onnx::floats("coefficients", &[1.0, 0.0, 0.0, 1.0, -1.0, -1.0]),
			onnx::floats("intercepts", &[0.0, 0.0, 0.0]),
			texts("classlabels_strings", &["cat", "dog", "owl"]),
		],
	);
	let graph = imported(&model.output("label", 8).output("scores", 1).encoded(13)).unwrap();
	assert_eq!(graph.evaluate(&[0.0, 1.0])[graph.result], [1.0]);
	assert_eq!(graph.evaluate(&[-1.0, -1.0])[graph.result], [2.0]);
}
