//! What is left of a file's operations after rewriting, and that it still computes the same.

use crate::{
	corpus,
	onnx::{self, gives, imported, int, says, text, texts, Onnx},
};
use zkml_graph::import::{FloatGraph, FloatOp};

fn kinds(graph: &FloatGraph) -> Vec<String> {
	let kind = |op: &FloatOp| match op {
		FloatOp::MatMul(_) => "MatMul".into(),
		FloatOp::Gather(_) => "Gather".into(),
		FloatOp::Sum { .. } => "Sum".into(),
		FloatOp::Greater(_) => "Greater".into(),
		FloatOp::Unary(function) => function.name().into(),
		FloatOp::Clip { .. } => "Clip".into(),
		FloatOp::Div(_) => "Div".into(),
		FloatOp::Quantize { .. } => "Quantize".into(),
		other => format!("{other:?}"),
	};
	graph.ops.iter().map(|node| kind(&node.op)).collect()
}

/// The operations left of a model of the corpus, which computes what ONNX Runtime does.
#[track_caller]
fn left(name: &str, expected: &[&str]) -> FloatGraph {
	let case = corpus::case("rewrites", name);
	assert_eq!(case.wrong(), None);
	let graph = case.graph().unwrap();
	assert_eq!(kinds(&graph), expected);
	graph
}

#[test]
fn everything_affine_about_a_convolution_is_in_its_matrix() {
	left("affine convolution", &["Gather", "MatMul", "Clip", "Gather"]);
}

#[test]
fn an_offset_before_padding_stays_before_it() {
	left("offset before padding", &["Sum", "Gather", "MatMul"]);
}

#[test]
fn a_result_that_others_see_is_not_scaled_for_them() {
	left("shared result", &["MatMul", "Sum", "Clip", "Gather"]);
}

#[test]
fn clamps_come_behind_the_maximum_of_a_pool() {
	left("clamp behind pool", &["Gather", "MatMul", "Gather", "ReduceMax(4)", "Clip", "MatMul"]);
}

#[test]
fn moves_of_elements_become_one() {
	left("moves", &["Gather"]);
	left("there and back", &[]);
}

#[test]
fn functions_of_several_nodes_are_one_but_those_of_two_numbers() {
	left("silu of a layer", &["MatMul", "Sigmoid Mul"]);
	left("product of functions", &["MatMul", "Sigmoid", "Tanh", "Mul"]);
	left("quotient of variables", &["MatMul", "Div"]);
}

#[test]
fn clamps_and_roundings_are_done_once() {
	left("clamps", &["Clip"]);
	let graph = left("roundings", &["Quantize"]);
	assert_eq!(graph.evaluate(&[0.3, -1.0, 90.0, 0.375])[1], [0.25, 0.0, 63.75, 0.5]);
}

#[test]
fn the_largest_is_found_before_functions_that_keep_the_order() {
	left("largest of softmax", &["ArgMax"]);
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
	assert_eq!(kinds(&graph), ["MatMul", "Greater"]);
	assert_eq!(graph.outputs[0].dims, [1]);
	assert_eq!(graph.evaluate(&[1.0, 0.5, 0.0])[graph.outputs[0].value], [1.0]);
	assert_eq!(graph.evaluate(&[0.5, 1.0, 0.0])[graph.outputs[0].value], [0.0]);
}

#[test]
fn weights_that_were_quantised_keep_their_units() {
	let graph = left("quantised weights", &["MatMul"]);
	let FloatOp::MatMul(dense) = &graph.ops[0].op else { panic!("{:?}", graph.ops) };
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
		graph.evaluate(&[1.0, 2.0, 3.0])[graph.outputs[0].value].clone()
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
	assert_eq!(graph.evaluate(&[0.0, 1.0])[graph.outputs[0].value], [1.0]);
	assert_eq!(graph.evaluate(&[-1.0, -1.0])[graph.outputs[0].value], [2.0]);
}

/// A logarithm of Softmax in several nodes, of which one is what a mask was added to: minus the other.
fn masked_logarithm(far: f32, [first, second]: [&str; 2]) -> Onnx {
	Onnx::new(&[1, 3, 1])
		.input("m", &[1, 3, 1], 9)
		.scalar("zero", 0.0)
		.scalar("far", far)
		.ints("axes", &[-1])
		.step("Where", &["m", "zero", "far"], &["h"], &[])
		.step("Add", &["x", "h"], &["masked"], &[])
		.step("ReduceLogSumExp", &["x", "axes"], &["log"], &[])
		.step("Add", &["log", "h"], &["masked log"], &[])
		.step("Sub", &[first, second], &["y"], &[])
}

/// The value of what is hidden is that of the scores themselves, which is not all there is to it.
#[test]
fn a_difference_from_what_is_masked_is_no_logarithm_of_softmax() {
	let given = [1.0, 2.0, -3.0, 1.0, 0.0, 1.0];
	for (sides, expected) in
		[(["masked", "log"], [0.0, -1e4, 0.0]), (["x", "masked log"], [0.0, 1e4, 0.0])]
	{
		let got = gives(masked_logarithm(-1e4, sides), 18, &given);
		for (got, expected) in got.into_iter().zip(expected) {
			assert!((got - expected).abs() < 0.01, "{got} for {expected} of {sides:?}");
		}
		for far in [-1e9, f32::NEG_INFINITY] {
			let refused = imported(&masked_logarithm(far, sides).encoded(18));
			says(refused, &["Sub", "far below 0", "only before Softmax"]);
		}
	}
	// A constant hides as well as what is computed.
	let constant = Onnx::new(&[1, 3, 1])
		.floats("h", &[1, 3, 1], &[0.0, f32::NEG_INFINITY, 0.0])
		.ints("axes", &[-1])
		.step("Add", &["x", "h"], &["masked"], &[])
		.step("ReduceLogSumExp", &["x", "axes"], &["log"], &[])
		.step("Sub", &["masked", "log"], &["y"], &[]);
	says(imported(&constant.encoded(18)), &["Sub", "minus infinity"]);
}
