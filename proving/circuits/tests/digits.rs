//! The digits model of the repository: accuracy of the integers, and its proofs.

use std::path::{Path, PathBuf};

use crate::common::{rng, Single};
use zkml_circuits::{compile, inspect, CompileOptions, CompiledModel, InputRange};
use zkml_primitives::Visibility;

fn folder() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits")
}

fn compiled(visibility: Visibility, input: InputRange) -> CompiledModel {
	let options = CompileOptions { visibility, input: vec![input], ..CompileOptions::default() };
	compile(&folder().join("digits.onnx"), &options, &mut rng(1)).unwrap()
}

/// Images and labels of the held-out set.
fn held_out() -> Vec<(Vec<f32>, i32)> {
	let text = std::fs::read_to_string(folder().join("held_out.json")).unwrap();
	let rows: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
	let pixels = |row: &serde_json::Value| {
		row["pixels"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap() as f32).collect()
	};
	rows.iter().map(|row| (pixels(row), row["label"].as_i64().unwrap() as i32)).collect()
}

/// In hundredths of a percent.
fn accuracy(right: usize, of: usize) -> i64 {
	(right * 10_000 / of) as i64
}

fn float_figure() -> i64 {
	let text = std::fs::read_to_string(folder().join("figures.json")).unwrap();
	let figures: serde_json::Value = serde_json::from_str(&text).unwrap();
	(figures["held_out_accuracy"].as_f64().unwrap() * 100.0).round() as i64
}

#[test]
fn integers_are_as_accurate_as_floats() {
	let images = held_out();
	let ranges = [16.0, 255.0].map(|max| InputRange { min: 0.0, max });
	for visibility in [Visibility::Public, Visibility::Private] {
		for input in ranges {
			let model = compiled(visibility, input);
			let right = images.iter().filter(|(pixels, label)| {
				let input = model.quantize_input(pixels).unwrap();
				model.evaluate(&input).unwrap() == [[*label]]
			});
			let integers = accuracy(right.count(), images.len());
			let range = format!("{} to {}", input.min, input.max);
			let percent = |hundredths: i64| hundredths as f64 / 100.0;
			println!(
				"{visibility:?} model, inputs {range}: {} % right as integers, {} % as floats",
				percent(integers),
				percent(float_figure()),
			);
			assert!((integers - float_figure()).abs() <= 50, "{integers} {}", float_figure());
		}
	}
}

#[test]
fn inspection_lists_nodes_shapes_and_parameters() {
	let inspection = inspect(&folder().join("digits.onnx"), &CompileOptions::default()).unwrap();
	println!("{inspection:#?}");
	assert_eq!(inspection.parameters, 2410);
	assert_eq!(inspection.inputs[0].dims, [1, 64]);
	assert_eq!(inspection.outputs.unwrap()[0].dims, [1]);
	let operators: Vec<_> = inspection.nodes.iter().map(|n| n.operator.as_str()).collect();
	assert_eq!(operators, ["MatMul", "Add", "Relu", "MatMul", "Add", "ArgMax"]);
	assert!(inspection.nodes.iter().all(|n| n.constraints.is_some()));
}
