//! The models of the repository: how close their integers are to what onnxruntime made of the floats,
//! and that they can be proved.

mod common;

use std::path::{Path, PathBuf};

use common::{agrees, rng, Single};
use serde_json::Value;
use zkml_circuits::{calibrate::mock, compile_float, import, CompileOptions, InputRange, Widths};
use zkml_primitives::Visibility;

/// Folder, largest input, output tensor if not the default, bits of a weight, largest error allowed (of
/// the scores' range), and whether weights can be private.
const MODELS: [(&str, f32, Option<&str>, u8, f64, bool); 7] = [
	("mlp-mnist", 255.0, None, 8, 0.02, true),
	("lenet5-mnist", 255.0, None, 8, 0.02, false),
	("cnn-digits", 16.0, None, 8, 0.02, false),
	("credit", 24.0, Some("add_result1"), 12, 0.02, true),
	("forest", 24.0, None, 8, 0.01, false),
	("xgboost", 24.0, None, 8, 0.01, false),
	("lightgbm", 24.0, None, 8, 0.01, false),
];

fn folder(name: &str) -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name)
}

fn numbers(value: &Value) -> Vec<f32> {
	value.as_array().unwrap().iter().map(|n| n.as_f64().unwrap() as f32).collect()
}

fn reference(name: &str) -> Vec<Value> {
	let text = std::fs::read_to_string(folder(name).join("reference.json")).unwrap();
	serde_json::from_str(&text).unwrap()
}

fn options(max: f32, tensor: Option<&str>, visibility: Visibility) -> CompileOptions {
	let input = vec![InputRange { min: 0.0, max }];
	let outputs = tensor.map(Into::into).into_iter().collect();
	CompileOptions { visibility, lookups: true, input, outputs, ..CompileOptions::default() }
}

#[test]
fn integers_are_close_to_floats_and_every_model_can_be_proved() {
	for (name, max, tensor, weight_bits, error, private) in MODELS {
		let float = import(&folder(name).join(format!("{name}.onnx")), tensor).unwrap();
		let samples: Vec<_> = reference(name).iter().map(|row| numbers(&row["input"])).collect();
		let kinds = [Some(Visibility::Public), private.then_some(Visibility::Private)];
		for visibility in kinds.into_iter().flatten() {
			let widths = Widths { weight_bits, ..CompileOptions::default().widths };
			let drawn = CompileOptions { widths, ..options(max, tensor, visibility) };
			// On the whole range and on samples.
			compile_float(&float, &drawn, &mut rng(1)).unwrap();
			let options = CompileOptions { samples: samples.clone(), ..drawn };
			let model = compile_float(&float, &options, &mut rng(1)).unwrap();
			let got = model.report().unwrap();
			let constraints = model.cost().counts.constraints;
			println!("{name}, {visibility:?}: {constraints} constraints, {}", got.claim());
			assert!(got.agreement().is_none_or(|share| share >= 0.99), "{name}: {got:?}");
			assert!(got.max_error <= error, "{name}: {got:?}");
			assert_eq!(got.narrow, [], "{name}");
			let input = model.quantize_input(&samples[0]).unwrap();
			assert_eq!(mock(&model, &input, &mut rng(2)).unwrap(), None, "{name}");
		}
	}
}

#[test]
fn the_float_graph_says_what_onnxruntime_said() {
	for (name, _, tensor, ..) in MODELS {
		let float = import(&folder(name).join(format!("{name}.onnx")), tensor).unwrap();
		for row in reference(name) {
			let got = float.evaluate(&numbers(&row["input"])).swap_remove(float.outputs[0].value);
			let expected = match tensor {
				// The probability is the score's logistic function.
				Some(_) => {
					let p = row["probability"].as_f64().unwrap();
					vec![(p / (1.0 - p)).ln() as f32]
				}
				None => numbers(&row["output"]),
			};
			let scale = expected.iter().fold(1f32, |m, v| m.max(v.abs()));
			for (got, expected) in got.iter().zip(&expected) {
				assert!((got - expected).abs() <= 1e-3 * scale, "{name}: {got} for {expected}");
			}
		}
	}
}

#[test]
fn plain_circuits_of_small_models_take_their_witness() {
	let float = import(&folder("credit").join("credit.onnx"), None).unwrap();
	let options = CompileOptions { lookups: false, ..options(24.0, None, Visibility::Public) };
	let model = compile_float(&float, &options, &mut rng(1)).unwrap();
	let input = model.quantize_input(&numbers(&reference("credit")[0]["input"])).unwrap();
	agrees(&model, &input, 3);
}
