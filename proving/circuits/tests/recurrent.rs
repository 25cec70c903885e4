//! Recurrences whose rows end early, whose gates are coupled and whose activations have parameters: circuits of them
//! prove what ONNX Runtime computes.

use crate::corpus;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{calibrate::mock, compile_float, CompileOptions, InputRange};
use zkml_primitives::Visibility;

/// How far off an answer may be, as a share of the largest.
const NEAR: f32 = 0.03;

const BOTH: [Visibility; 2] = [Visibility::Public, Visibility::Private];

/// Panics unless circuits prove what these models of a family give.
#[track_caller]
fn prove(family: &str, names: &[&str], visibilities: &[Visibility]) {
	let rng = &mut ChaCha20Rng::seed_from_u64(1);
	for name in names {
		let all = corpus::recurrences();
		let case = all.into_iter().find(|case| case.family == family && case.name == *name);
		let case = case.unwrap_or_else(|| panic!("no {name} among {family}"));
		let float = case.graph().unwrap();
		for visibility in visibilities.iter().copied() {
			let input = vec![InputRange { min: -1.0, max: 1.0 }];
			let options = CompileOptions { visibility, input, ..CompileOptions::default() };
			let model = compile_float(&float, &options, rng).unwrap();
			println!("{name} {visibility:?}: {}", model.cost().counts.constraints);
			for (input, expected) in &case.answers {
				let integers = model.quantize_inputs(std::slice::from_ref(input)).unwrap();
				assert_eq!(mock(&model, &integers, rng).unwrap(), None, "{name}");
				let got = model.evaluate(&integers).unwrap().remove(0);
				assert_eq!(got.len(), expected.len(), "{name}");
				let largest = expected.iter().fold(0.0f32, |size, v| size.max(v.abs()));
				for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
					let scale = model.graph().outputs[0].info.tensor.scale(i).unwrap();
					let step = scale.mantissa as f32 * (-f32::from(scale.shift)).exp2();
					let real = *got as f32 * step;
					let allowed = NEAR * largest + step;
					assert!(
						(real - expected).abs() <= allowed,
						"{name}, {i}: {real} for {expected}"
					);
				}
			}
		}
	}
}

#[test]
fn rows_end_where_constants_say() {
	let names = ["LSTM bidirectional [4, 2, 1]", "GRU reverse [1, 3, 4]", "RNN forward [3, 1, 3]"];
	prove("lengths", &names, &BOTH);
}

#[test]
fn as_much_is_forgotten_as_enters() {
	prove("coupled", &["bhcp bidirectional", "ends early"], &BOTH);
}

#[test]
fn activations_have_parameters() {
	let names = [
		"the rest by default",
		"one for each",
		"clipped",
		"LSTM Sigmoid ScaledTanh Tanh",
		"GRU Affine Tanh",
	];
	prove("activations", &names, &BOTH);
	// Its threshold is in the circuit.
	prove("activations", &["LSTM Sigmoid ThresholdedRelu Tanh"], &BOTH[..1]);
}
