//! Functions of a file's own stand where they are called.

use std::path::Path;

use crate::onnx::{float, int, Onnx};
use zkml_graph::import::{import_bytes, FloatGraph, ImportError};
use zkml_onnx::{AttributeProto, FunctionProto, Message, NodeProto, OperatorSetIdProto};

fn node(op: &str, inputs: &[&str], outputs: &[&str], attribute: &[AttributeProto]) -> NodeProto {
	let (domain, op) = op.split_once(':').unwrap_or(("", op));
	let strings = |names: &[&str]| names.iter().map(|n| (*n).into()).collect();
	NodeProto {
		op_type: op.into(),
		domain: domain.into(),
		input: strings(inputs),
		output: strings(outputs),
		attribute: attribute.to_vec(),
		..NodeProto::default()
	}
}

/// A function of the domain `own` with nodes of operator set 13.
fn function(name: &str, inputs: &[&str], outputs: &[&str], node: Vec<NodeProto>) -> FunctionProto {
	let strings = |names: &[&str]| names.iter().map(|n| (*n).into()).collect();
	FunctionProto {
		name: name.into(),
		domain: "own".into(),
		input: strings(inputs),
		output: strings(outputs),
		node,
		opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 13 }],
		..FunctionProto::default()
	}
}

fn referring(name: &str, to: &str) -> AttributeProto {
	let ref_attr_name = to.into();
	AttributeProto { ref_attr_name, ..float(name, 0.0) }
}

fn read(
	model: Onnx,
	functions: Vec<FunctionProto>,
	output: Option<&str>,
) -> Result<FloatGraph, ImportError> {
	let mut model = model.model(&[("", 13), ("own", 1)]);
	model.functions = functions;
	import_bytes(Path::new("model.onnx"), &model.encode_to_vec(), output)
}

#[track_caller]
fn refused(model: Onnx, functions: Vec<FunctionProto>, words: &[&str]) {
	let error = read(model, functions, None).map(|graph| graph.ops).unwrap_err().to_string();
	for word in words {
		assert!(error.contains(word), "{word:?} not in {error:?}");
	}
}

fn gives(graph: &FloatGraph, input: &[f32]) -> Vec<f32> {
	graph.evaluate(input)[graph.outputs[0].value].clone()
}

/// `max(x + b, 0)`, with a slope below 0.
fn bent() -> FunctionProto {
	let nodes = vec![
		node("Add", &["X", "B"], &["sum"], &[]),
		node("LeakyRelu", &["sum"], &["Y"], &[referring("alpha", "slope")]),
	];
	let attribute = vec!["slope".into()];
	FunctionProto { attribute, ..function("Bent", &["X", "B"], &["Y"], nodes) }
}

#[test]
fn a_function_is_its_nodes_with_the_attributes_of_each_call() {
	let model = Onnx::new(&[1, 2])
		.floats("b", &[2], &[1.0, -1.0])
		.step("own:Bent", &["x", "b"], &["a"], &[float("slope", 0.5)])
		.step("own:Bent", &["a", "b"], &["y"], &[float("slope", 0.25)]);
	let graph = read(model, vec![bent()], None).unwrap();
	// (-4, 5): (-3, 4) becomes (-1.5, 4); (-0.5, 3) becomes (-0.125, 3).
	assert_eq!(gives(&graph, &[-4.0, 5.0]), [-0.125, 3.0]);
	let names: Vec<_> = graph.nodes.iter().map(|node| node.name.as_str()).collect();
	let expected = ["bent0/Add0", "bent0/LeakyRelu1", "bent1/Add0", "bent1/LeakyRelu1"];
	assert_eq!(names, expected);
}

#[test]
fn names_inside_a_function_are_its_own() {
	// `sum` and `Y` are names of the graph too.
	let model = Onnx::new(&[1, 2])
		.floats("sum", &[2], &[1.0, -1.0])
		.step("Neg", &["x"], &["Y"], &[])
		.step("own:Bent", &["Y", "sum"], &["z"], &[float("slope", 0.0)])
		.step("Add", &["z", "Y"], &["y"], &[]);
	let graph = read(model, vec![bent()], None).unwrap();
	assert_eq!(gives(&graph, &[-4.0, 5.0]), [9.0, -5.0]);
	let inside = Onnx::new(&[1, 2]).floats("b", &[2], &[1.0, -1.0]).step(
		"own:Bent",
		&["x", "b"],
		&["y"],
		&[float("slope", 0.0)],
	);
	let graph = read(inside, vec![bent()], Some("bent0/sum")).unwrap();
	assert_eq!(gives(&graph, &[1.0, 1.0]), [2.0, 0.0]);
}

#[test]
fn a_function_comes_before_an_operator_of_its_name() {
	let negative = |domain: &str| FunctionProto {
		domain: domain.into(),
		..function("Relu", &["X"], &["Y"], vec![node("Neg", &["X"], &["Y"], &[])])
	};
	let model = |op: &str| Onnx::new(&[1, 2]).step(op, &["x"], &["y"], &[]);
	let graph = read(model("own:Relu"), vec![negative("own")], None).unwrap();
	assert_eq!(gives(&graph, &[1.0, -2.0]), [-1.0, 2.0]);
	// Runtimes take their own operator.
	refused(model("Relu"), vec![negative("ai.onnx")], &["outside of ONNX's own domain", "Relu"]);
	let graph = read(model("Relu"), vec![negative("own")], None).unwrap();
	assert_eq!(gives(&graph, &[1.0, -2.0]), [1.0, 0.0]);
	refused(model("other:Relu"), vec![negative("own")], &["other.Relu"]);
}

#[test]
fn functions_call_others_but_not_themselves() {
	let outer = function(
		"Twice",
		&["X"],
		&["Y"],
		vec![node("own:Half", &["X"], &["h"], &[]), node("Add", &["h", "h"], &["Y"], &[])],
	);
	let half = function("Half", &["X"], &["Y"], vec![node("own:Less", &["X"], &["Y"], &[])]);
	let less = function("Less", &["X"], &["Y"], vec![node("Neg", &["X"], &["Y"], &[])]);
	let model = || Onnx::new(&[1, 2]).step("own:Twice", &["x"], &["y"], &[]);
	let graph = read(model(), vec![outer.clone(), half.clone(), less], None).unwrap();
	assert_eq!(gives(&graph, &[1.0, -2.0]), [-2.0, 4.0]);
	let less = function("Less", &["X"], &["Y"], vec![node("own:Twice", &["X"], &["Y"], &[])]);
	refused(model(), vec![outer, half, less], &["function own.", "does not call itself"]);
	// Few functions that would be many nodes.
	let level = |i: usize| {
		let next = format!("own:F{}", i + 1);
		let nodes = vec![node(&next, &["X"], &["a"], &[]), node(&next, &["a"], &["Y"], &[])];
		function(&format!("F{i}"), &["X"], &["Y"], nodes)
	};
	let mut levels: Vec<_> = (0..30).map(level).collect();
	levels.push(function("F30", &["X"], &["Y"], vec![node("Neg", &["X"], &["Y"], &[])]));
	let many = Onnx::new(&[1, 2]).step("own:F0", &["x"], &["y"], &[]);
	refused(many, levels, &["at most 4096"]);
}

#[test]
fn calls_that_do_not_fit_are_refused_by_name() {
	let call = |inputs: &[&str], attributes: &[AttributeProto]| {
		Onnx::new(&[1, 2]).floats("b", &[2], &[0.0; 2]).step("own:Bent", inputs, &["y"], attributes)
	};
	let slope = [float("slope", 0.5)];
	let name = "bent0 (function own.Bent)";
	refused(call(&["x", "b", "b"], &slope), vec![bent()], &[name, "at most 2 inputs"]);
	let more = [float("slope", 0.5), int("unheard", 1)];
	refused(call(&["x", "b"], &more), vec![bent()], &[name, "slope", "unheard"]);
	// The default would be in a field that is not read.
	refused(call(&["x", "b"], &[]), vec![bent()], &["LeakyRelu", "attribute slope"]);
	refused(call(&["x", "b"], &[int("slope", 1)]), vec![bent()], &["attribute slope", "its type"]);
	refused(call(&["x", "b"], &slope), vec![bent(), bent()], &["one function Bent of own", "two"]);
	refused(call(&["x"], &slope), vec![bent()], &["bent0/Add0", "input B"]);
	let through = function("Bent", &["X"], &["X"], vec![node("Neg", &["X"], &["Y"], &[])]);
	refused(call(&["x"], &[]), vec![through], &[name, "outputs that its own nodes compute"]);
	// Runtimes take the model's operator sets.
	let old = FunctionProto {
		opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 6 }],
		..bent()
	};
	refused(call(&["x", "b"], &slope), vec![old], &["Bent of operator set 13", "got 6"]);
	let none = FunctionProto { opset_import: Vec::new(), ..bent() };
	refused(call(&["x", "b"], &slope), vec![none], &["bent0/Add0", "an import"]);
}
