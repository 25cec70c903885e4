//! Operators with bodies, and hostile ones.

use crate::onnx::{gives, imported, int, ints, randoms, says, Onnx};
use zkml_graph::{quantize, CompileOptions, InputRange};
use zkml_onnx::{AttributeProto, GraphProto, NodeProto, ValueInfoProto};

fn node(op: &str, inputs: &[&str], outputs: &[&str], attribute: &[AttributeProto]) -> NodeProto {
	let strings = |names: &[&str]| names.iter().map(|n| (*n).into()).collect();
	NodeProto {
		op_type: op.into(),
		input: strings(inputs),
		output: strings(outputs),
		attribute: attribute.to_vec(),
		..NodeProto::default()
	}
}

fn graph(inputs: &[&str], outputs: &[&str], node: Vec<NodeProto>) -> GraphProto {
	let named = |names: &[&str]| {
		let info = |name: &&str| ValueInfoProto { name: (*name).into(), ..Default::default() };
		names.iter().map(info).collect()
	};
	GraphProto { input: named(inputs), output: named(outputs), node, ..GraphProto::default() }
}

fn body(name: &str, graph: GraphProto) -> AttributeProto {
	let g = Some(graph);
	AttributeProto { name: name.into(), g, r#type: 5, ..AttributeProto::default() }
}

/// Doubles a state.
fn doubling(condition: &str) -> GraphProto {
	let nodes = vec![
		node("Identity", &[condition], &["on"], &[]),
		node("Add", &["state", "state"], &["next"], &[]),
	];
	graph(&["i", "more", "state"], &["on", "next"], nodes)
}

fn looped(steps: i64, graph: GraphProto) -> Onnx {
	Onnx::new(&[1, 2]).shaped_ints("steps", &[], &[steps]).truth("true", true).step(
		"Loop",
		&["steps", "true", "x"],
		&["y"],
		&[body("body", graph)],
	)
}

#[test]
fn a_loop_runs_as_often_as_its_constants_say() {
	assert_eq!(gives(looped(3, doubling("more")), 13, &[1.0, -2.0]), [8.0, -16.0]);
	// It ends at once, and hands its state through.
	let ended = Onnx::new(&[1, 2]).shaped_ints("steps", &[], &[5]).truth("false", false).step(
		"Loop",
		&["steps", "false", "x"],
		&["y"],
		&[body("body", doubling("more"))],
	);
	assert_eq!(gives(ended, 13, &[1.0, -2.0]), [1.0, -2.0]);
}

#[test]
fn bodies_hide_names_around_them_and_see_the_others() {
	let inner = graph(
		&["i", "more", "state"],
		&["on", "next"],
		vec![
			node("Identity", &["more"], &["on"], &[]),
			node("Add", &["state", "around"], &["next"], &[]),
		],
	);
	let model = Onnx::new(&[1, 2])
		.shaped_ints("steps", &[], &[2])
		.truth("true", true)
		.floats("c", &[2], &[1.0, 2.0])
		.step("Mul", &["x", "c"], &["around"], &[])
		.step("Add", &["x", "c"], &["next"], &[])
		.step("Loop", &["steps", "true", "next"], &["y"], &[body("body", inner)]);
	// (x + c) + 2 x c, whatever `next` is outside.
	assert_eq!(gives(model, 13, &[1.0, 1.0]), [4.0, 7.0]);
}

#[test]
fn what_never_ends_or_is_not_known_is_refused() {
	let refused = |model: Onnx, words: &[&str]| says(imported(&model.encoded(13)), words);
	refused(looped(i64::MAX, doubling("more")), &["Loop", "at most 4096 nodes"]);
	let endless = Onnx::new(&[1, 2]).truth("true", true).step(
		"Loop",
		&["", "true", "x"],
		&["y"],
		&[body("body", doubling("more"))],
	);
	refused(endless, &["at most 4096 nodes"]);
	let computed = graph(
		&["i", "more", "state"],
		&["on", "next"],
		vec![
			node("ReduceSum", &["state"], &["sum"], &[int("keepdims", 0)]),
			node("Greater", &["sum", "zero"], &["on"], &[]),
			node("Identity", &["state"], &["next"], &[]),
		],
	);
	refused(looped(2, computed).scalar("zero", 0.0), &["condition that constants give"]);
	refused(looped(1, graph(&["i"], &["i"], vec![])), &["a body that gives a condition and 1"]);
	refused(looped(1, graph(&["i"], &["i", "i"], vec![])), &["a body of 3 inputs", "got 1"]);
	let missing = graph(&["i", "more", "state"], &["more", "nowhere"], vec![]);
	refused(looped(1, missing), &["nowhere"]);
	let unknown = graph(
		&["i", "more", "state"],
		&["more", "next"],
		vec![node("Bernoulli", &["state"], &["next"], &[])],
	);
	refused(looped(1, unknown), &["Bernoulli"]);
	// Bodies within bodies, each of which runs the next.
	let mut nested = doubling("more");
	for _ in 0..10 {
		let inner = body("body", nested);
		let nodes = vec![
			node("Identity", &["more"], &["on"], &[]),
			node("Loop", &["steps", "more", "state"], &["next"], &[inner]),
		];
		nested = graph(&["i", "more", "state"], &["on", "next"], nodes);
	}
	refused(looped(2, nested), &["at most 8 bodies within each other"]);
}

#[test]
fn both_branches_stand_for_a_computed_condition() {
	let branch = |op: &str| graph(&[], &["r"], vec![node(op, &["x", "c"], &["r"], &[])]);
	let model = |other: GraphProto| {
		Onnx::new(&[1, 2])
			.floats("c", &[2], &[3.0, 4.0])
			.scalar("zero", 0.0)
			.step("ReduceSum", &["x"], &["sum"], &[int("keepdims", 0)])
			.step("Greater", &["sum", "zero"], &["b"], &[])
			.step(
				"If",
				&["b"],
				&["y"],
				&[body("then_branch", branch("Add")), body("else_branch", other)],
			)
	};
	assert_eq!(gives(model(branch("Mul")), 13, &[1.0, 1.0]), [4.0, 5.0]);
	assert_eq!(gives(model(branch("Mul")), 13, &[-1.0, -1.0]), [-3.0, -4.0]);
	let single = graph(&[], &["r"], vec![node("ReduceMax", &["x"], &["r"], &[int("keepdims", 1)])]);
	says(imported(&model(single).encoded(13)), &["branches of one shape"]);
}

#[test]
fn a_scan_goes_along_any_axis_in_either_direction() {
	let inner = graph(
		&["sum", "next"],
		&["total", "total2"],
		vec![
			node("Add", &["sum", "next"], &["total"], &[]),
			node("Identity", &["total"], &["total2"], &[]),
		],
	);
	let model = |attributes: &[AttributeProto]| {
		let mut all = vec![body("body", inner.clone()), int("num_scan_inputs", 1)];
		all.extend(attributes.to_vec());
		Onnx::new(&[2, 3]).floats("start", &[2], &[0.0, 0.0]).step(
			"Scan",
			&["start", "x"],
			&["last", "y"],
			&all,
		)
	};
	let along = [ints("scan_input_axes", &[1]), ints("scan_output_axes", &[-1])];
	let read = |model: Onnx| {
		let graph = zkml_graph::import::import_bytes(
			std::path::Path::new("test.onnx"),
			&model.encoded(13),
			Some("y"),
		)
		.unwrap();
		graph.evaluate(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0])[graph.outputs[0].value].clone()
	};
	assert_eq!(read(model(&along)), [1.0, 3.0, 6.0, 10.0, 30.0, 60.0]);
	let mut back = along.to_vec();
	back.push(ints("scan_input_directions", &[1]));
	assert_eq!(read(model(&back)), [3.0, 5.0, 6.0, 30.0, 50.0, 60.0]);
	let refused = |model: Onnx, words: &[&str]| {
		let path = std::path::Path::new("test.onnx");
		says(zkml_graph::import::import_bytes(path, &model.encoded(13), Some("y")), words);
	};
	refused(model(&[ints("scan_input_axes", &[2])]), &["an axis of 2 dimensions"]);
	refused(model(&[ints("scan_input_axes", &[0, 1])]), &["1 numbers in scan_input_axes"]);
	let none = Onnx::new(&[2, 3]).step(
		"Scan",
		&["x"],
		&["y"],
		&[body("body", inner), int("num_scan_inputs", -1)],
	);
	refused(none, &["scan inputs"]);
}

#[test]
fn what_is_rounded_is_not_compared_for_equality_in_a_body_either() {
	let compared = |op: &str| {
		let inner = |op: &str| graph(&[], &["e"], vec![node(op, &["score", "half"], &["e"], &[])]);
		let model = Onnx::new(&[1, 3])
			.floats("weights", &[3, 3], &randoms(1, 9))
			.floats("half", &[1], &[0.5])
			.truth("true", true)
			.step("MatMul", &["x", "weights"], &["product"], &[])
			.step("Relu", &["product"], &["score"], &[])
			.step(
				"If",
				&["true"],
				&["y"],
				&[body("then_branch", inner(op)), body("else_branch", inner(op))],
			);
		let input = vec![InputRange { min: -2.0, max: 2.0 }];
		let options = CompileOptions { input, ..CompileOptions::default() };
		quantize(&imported(&model.encoded(18)).unwrap(), &options)
	};
	let refused = compared("Equal").unwrap_err().to_string();
	assert!(refused.contains("rounded on their way"), "{refused}");
	compared("Greater").unwrap();
}
