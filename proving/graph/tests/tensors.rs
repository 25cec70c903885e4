//! Files with several inputs and outputs: what is imported of them, and what becomes of it in integers.

use std::collections::BTreeMap;

use crate::onnx::{imported, int, says, Onnx};
use zkml_graph::{
	evaluate::evaluate, import::Elements, quantize, quantize_inputs, CompileOptions, InputOptions,
	InputRange, Quantized,
};
use zkml_primitives::{Visibility, MAX_TENSORS};

/// Of an income and a rate, `income * rate` and a class.
fn two() -> Onnx {
	Onnx::new(&[1, 3])
		.input("rate", &[1, 3], 1)
		.step("Mul", &["x", "rate"], &["product"], &[])
		.step("Add", &["product", "x"], &["sum"], &[])
		.step("ArgMax", &["sum"], &["best"], &[int("axis", 1)])
		.output("sum", 1)
		.output("best", 7)
}

fn range(min: f32, max: f32) -> InputOptions {
	InputOptions { ranges: vec![InputRange { min, max }], step: None }
}

fn options() -> CompileOptions {
	let inputs = [("x".into(), range(0.0, 1000.0)), ("rate".into(), range(-0.5, 0.5))];
	CompileOptions { inputs: BTreeMap::from(inputs), ..CompileOptions::default() }
}

#[test]
fn all_inputs_and_outputs_of_a_file_are_taken_in_its_order() {
	let graph = imported(&two().encoded(13)).unwrap();
	let inputs: Vec<_> = graph.inputs.iter().map(|i| (i.name.as_str(), &i.dims[..])).collect();
	assert_eq!(inputs, [("x", &[1, 3][..]), ("rate", &[1, 3])]);
	let outputs: Vec<_> = graph.outputs.iter().map(|o| (o.name.as_str(), &o.dims[..])).collect();
	assert_eq!(outputs, [("sum", &[1, 3][..]), ("best", &[1, 1])]);
	let values = graph.evaluate(&[10.0, 20.0, 30.0, 0.1, 0.2, -0.9]);
	let sum: Vec<f32> = values[graph.outputs[0].value].iter().map(|x| x.round()).collect();
	assert_eq!(sum, [11.0, 24.0, 3.0]);
	assert_eq!(values[graph.outputs[1].value], [1.0]);
}

#[test]
fn each_input_has_its_own_range_and_scale() {
	let graph = imported(&two().encoded(13)).unwrap();
	for visibility in [Visibility::Public, Visibility::Private] {
		let options = CompileOptions { visibility, ..options() };
		let Quantized { graph: integers, parameters, report, .. } =
			quantize(&graph, &options).unwrap();
		let [x, rate] = &integers.inputs[..] else { panic!("{:?}", integers.inputs) };
		assert_eq!((x.title(), rate.title()), ("x".into(), "rate".into()));
		assert_eq!((x.tensor.min, x.tensor.max), (0, 1000));
		assert_eq!((rate.tensor.min, rate.tensor.max), (-2048, 2048));
		assert_eq!(report.outputs.len(), 2);
		assert_eq!(report.outputs[0].elements.len(), 3);
		assert!(report.max_error < 0.02, "{report:?}");
		assert_eq!((report.outputs[0].labelled, report.outputs[1].labelled), (false, true));
		assert_eq!(integers.classes(), Some(3));
		let reals = [vec![10.0, 20.0, 30.0], vec![0.125, 0.25, -0.5]];
		let values = quantize_inputs(&integers.inputs, &reals).unwrap();
		assert_eq!(values, [[10, 20, 30], [512, 1024, -2048]]);
		let trace = evaluate(&integers, &parameters, &values).unwrap();
		let outputs = trace.outputs(&integers);
		let scale = integers.outputs[0].info.tensor.scale(0).unwrap();
		let unit = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
		for (got, expected) in outputs[0].iter().zip([11.25, 25.0, 15.0]) {
			assert!((f64::from(*got) * unit - expected).abs() < 15.0, "{got} for {expected}");
		}
		assert_eq!(trace.inputs(&integers), values);
	}
}

#[test]
fn ranges_of_inputs_that_are_not_there_or_not_given_are_told_by_name() {
	let graph = imported(&two().encoded(13)).unwrap();
	let error = |options: CompileOptions| quantize(&graph, &options).unwrap_err().to_string();
	let mut inputs = options().inputs;
	inputs.insert("price".into(), range(0.0, 1.0));
	let words = "input range: expected a name among x, rate, got price";
	assert_eq!(error(CompileOptions { inputs, ..options() }), words);
	let mut inputs = options().inputs;
	inputs.remove("rate");
	let words = error(CompileOptions { inputs, ..options() });
	assert!(words.ends_with("got none for rate"), "{words}");
	let both = CompileOptions {
		input: vec![InputRange { min: 0.0, max: 100.0 }],
		..CompileOptions::default()
	};
	let made = quantize(&graph, &both).unwrap();
	assert_eq!(made.graph.inputs[0].tensor, made.graph.inputs[1].tensor);
}

#[test]
fn what_samples_hold_is_each_inputs_range() {
	let graph = imported(&two().encoded(13)).unwrap();
	let samples = vec![vec![0.0, 50.0, 90.0, 0.0, 0.25, 0.5], vec![100.0, 5.0, 9.0, 0.5, 0.0, 0.5]];
	let options = CompileOptions { samples, max_error: 1.0, ..CompileOptions::default() };
	let made = quantize(&graph, &options).unwrap();
	let [x, rate] = &made.graph.inputs[..] else { panic!("{:?}", made.graph.inputs) };
	assert_eq!((x.tensor.min, x.tensor.max), (0, 100));
	assert_eq!((rate.tensor.min, rate.tensor.max), (0, 4096));
}

#[test]
fn an_input_of_truth_values_is_0_or_1_whatever_others_are() {
	let model = Onnx::new(&[1, 3])
		.input("choice", &[1, 3], 9)
		.input("token", &[1, 3], 7)
		.step("Neg", &["x"], &["minus"], &[])
		.step("Where", &["choice", "x", "minus"], &["chosen"], &[])
		.step("Cast", &["token"], &["number"], &[int("to", 1)])
		.step("Add", &["chosen", "number"], &["y"], &[]);
	let graph = imported(&model.encoded(13)).unwrap();
	let elements: Vec<_> = graph.inputs.iter().map(|input| input.elements).collect();
	assert_eq!(elements, [Elements::Numbers, Elements::Truths, Elements::Integers]);
	let range = InputRange { min: -1.0, max: 60.0 };
	let options = CompileOptions { input: vec![range], ..CompileOptions::default() };
	let made = quantize(&graph, &options).unwrap().graph;
	let ends: Vec<_> = made.inputs.iter().map(|i| (i.tensor.min, i.tensor.max)).collect();
	assert_eq!(ends[1..], [(0, 1), (-1, 60)]);
	let own = InputOptions { ranges: vec![InputRange { min: 0.0, max: 2.0 }], step: None };
	let inputs = BTreeMap::from([("choice".into(), own)]);
	let error = quantize(&graph, &CompileOptions { inputs, ..options }).unwrap_err().to_string();
	assert!(error.contains("0 to 1 for choice, whose type is BOOL"), "{error}");
}

#[test]
fn an_input_that_is_an_output_and_one_value_as_two_outputs_are_what_they_are() {
	let model = Onnx::new(&[1, 2])
		.input("state", &[1, 2], 1)
		.step("Add", &["x", "state"], &["y"], &[])
		.step("Identity", &["y"], &["again"], &[])
		.step("Identity", &["state"], &["same"], &[])
		.output("y", 1)
		.output("again", 1)
		.output("same", 1);
	let graph = imported(&model.encoded(13)).unwrap();
	assert_eq!(graph.outputs[0].value, graph.outputs[1].value);
	let input = vec![InputRange { min: 0.0, max: 15.0 }];
	let made = quantize(&graph, &CompileOptions { input, ..CompileOptions::default() }).unwrap();
	let values = [vec![1, 2], vec![3, 4]];
	let trace = evaluate(&made.graph, &made.parameters, &values).unwrap();
	assert_eq!(trace.outputs(&made.graph), [[4, 6], [4, 6], [3, 4]]);
}

#[test]
fn models_of_no_input_of_too_many_and_with_constants_among_outputs_are_refused_by_name() {
	let refused = |model: Onnx, words: &[&str]| says(imported(&model.encoded(13)), words);
	let mut wide = Onnx::new(&[1, 2]);
	let mut last = "x".to_owned();
	for i in 0..MAX_TENSORS {
		let (input, sum) = (format!("i{i}"), format!("s{i}"));
		wide = wide.input(&input, &[1, 2], 1).step("Add", &[&last, &input], &[&sum], &[]);
		last = sum;
	}
	refused(wide, &["at most 8 inputs", "9: x, i0, i1"]);
	let mut many = Onnx::new(&[1, 2]);
	for i in 0..=MAX_TENSORS {
		let name = format!("y{i}");
		many = many.step("Relu", &["x"], &[&name], &[]).output(&name, 1);
	}
	refused(many, &["at most 8 outputs", "--output-tensor y0", "9: y0, y1"]);
	let constant = || {
		Onnx::new(&[1, 2])
			.floats("w", &[2], &[1.0, 2.0])
			.step("Relu", &["x"], &["y"], &[])
			.step("Neg", &["w"], &["c"], &[])
			.output("y", 1)
			.output("c", 1)
	};
	refused(constant(), &["choose these: --output-tensor y", "got constant c"]);
	let none = Onnx::new(&[1, 2]).floats("w", &[2], &[1.0, 2.0]).step("Neg", &["w"], &["c"], &[]);
	refused(none, &["outputs that depend on an input", "a constant, of which there is nothing"]);
	let twice = Onnx::new(&[1, 2]).step("Relu", &["x"], &["y"], &[]).output("y", 1).output("y", 1);
	refused(twice, &["outputs of different names", "got y"]);
}

#[test]
fn names_are_plain_short_and_different() {
	let long = "n".repeat(80);
	let lines = "a\nb\u{202e}";
	let model = Onnx::new(&[1, 2])
		.input(&long, &[1, 2], 1)
		.input(lines, &[1, 2], 1)
		.step("Add", &["x", &long], &["s"], &[])
		.step("Add", &["s", lines], &["a b"], &[])
		.step("Neg", &["a b"], &["a\tb"], &[])
		.output("a b", 1)
		.output("a\tb", 1);
	let graph = imported(&model.encoded(13)).unwrap();
	let inputs: Vec<_> = graph.inputs.iter().map(|input| input.name.clone()).collect();
	assert_eq!(inputs, ["x".to_owned(), "n".repeat(64), "a b".to_owned()]);
	let outputs: Vec<_> = graph.outputs.iter().map(|output| output.name.as_str()).collect();
	assert_eq!(outputs, ["a b", "a b#1"]);
}
