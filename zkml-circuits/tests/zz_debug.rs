mod common;
use common::rng;
use zkml_circuits::{compile_float, import, CompileOptions, InputRange, graph::Op};
use std::path::Path;
#[test]
fn show() {
	for (name, max) in [("lenet5-mnist", 255.0), ("cnn-digits", 16.0)] {
		let float = import(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../models/{name}/{name}.onnx")), None).unwrap();
		let options = CompileOptions { lookups: true, input: vec![InputRange { min: 0.0, max }], ..CompileOptions::default() };
		let model = compile_float(&float, &options, &mut rng(1)).unwrap();
		println!("{name} {} {:?} {:?}", model.cost().counts.constraints, model.checks(), model.report().unwrap().narrow);
		for (i, (node, cost)) in model.graph().nodes.iter().zip(model.cost().nodes).enumerate() {
			let op = match &node.op { Op::Rescale(r) => format!("Rescale {}..{} x{} {:?}", r.min, r.max, r.channels.len(), r.channels[0]), Op::Table(t) => format!("Table {}", t.values.len()), other => format!("{other:?}").chars().take(12).collect() };
			let r = &model.plan().ranges[i + 1];
			let hull = zkml_circuits::plan::Interval::hull(r);
			println!("  {:14} {op:60} len {:5} range {}..{} cost {cost}", node.name, r.len(), hull.min, hull.max);
		}
	}
}
