//! What compiling states of a model holds on inputs that it has not seen, and what it cannot state it
//! refuses: random models, floats against integers.

use std::path::Path;

use crate::{
	common::{rng, Single},
	onnx::{float, int, ints, Onnx},
};
use rand::{rngs::StdRng, Rng, SeedableRng};
use zkml_circuits::{
	compile_float, import::import_bytes, CompileOptions, CompiledModel, InputRange,
};
use zkml_primitives::Visibility;

/// Models of each visibility; an environment variable makes them more.
fn count() -> u64 {
	std::env::var("ZKML_MODELS").ok().and_then(|n| n.parse().ok()).unwrap_or(150)
}

/// Inputs that each is asked about.
const INPUTS: usize = 10;

/// A random model of up to ten operators with random attributes.
fn random(rng: &mut StdRng) -> (Onnx, InputRange) {
	let image = rng.gen_bool(0.4);
	let side = rng.gen_range(3..=5);
	let channels = rng.gen_range(1..=2);
	let features = rng.gen_range(1..=12);
	let dims: Vec<i64> = if image { vec![1, channels, side, side] } else { vec![1, features] };
	let mut onnx = Onnx::new(&dims);
	let mut shape = dims;
	let mut names = 0;
	let mut constant = |onnx: Onnx, rng: &mut StdRng, dims: &[i64], size: f32| {
		names += 1;
		let name = format!("c{names}");
		let values: Vec<f32> =
			(0..dims.iter().product::<i64>()).map(|_| rng.gen_range(-size..size)).collect();
		(onnx.floats(&name, dims, &values), name)
	};
	for _ in 0..rng.gen_range(1..=10) {
		let size = [0.1f32, 1.0, 4.0][rng.gen_range(0..3)];
		match rng.gen_range(0..14) {
			0 | 1 if shape.len() == 4 => {
				let (out, kernel) = (rng.gen_range(1..=3), rng.gen_range(1..=shape[2].min(3)));
				let dims = [out, shape[1], kernel, kernel];
				let (with, name) = constant(onnx, rng, &dims, size);
				let pad = rng.gen_range(0..kernel);
				let stride = rng.gen_range(1..=2);
				onnx = with.node(
					"Conv",
					&[&name],
					&[ints("pads", &[pad; 4]), ints("strides", &[stride; 2])],
				);
				shape[1] = out;
				let sides = shape.iter_mut().skip(2);
				sides.for_each(|side| *side = (*side + 2 * pad - kernel) / stride + 1);
			}
			0 | 1 => {
				let out = rng.gen_range(1..=8);
				let (with, name) = constant(onnx, rng, &[shape[1], out], size);
				onnx = with.node("MatMul", &[&name], &[]);
				shape[1] = out;
			}
			2 => {
				let dims: Vec<i64> = if rng.gen_bool(0.5) { vec![1] } else { shape[1..].to_vec() };
				let (with, name) = constant(onnx, rng, &dims, 4.0 * size);
				onnx = with.node("Add", &[&name], &[]);
			}
			3 => {
				let dims = if rng.gen_bool(0.5) { vec![1] } else { vec![*shape.last().unwrap()] };
				let (with, name) = constant(onnx, rng, &dims, size);
				onnx = with.node("Mul", &[&name], &[]);
			}
			4 => onnx = onnx.node("Relu", &[], &[]),
			5 => onnx = onnx.node("LeakyRelu", &[], &[float("alpha", rng.gen_range(-0.5..0.9))]),
			6 => {
				let low = rng.gen_range(-3.0..0.0);
				let high = low + rng.gen_range(0.5..6.0);
				onnx = onnx.scalar(&format!("low{high}"), low).scalar(&format!("high{high}"), high);
				onnx = onnx.node("Clip", &[&format!("low{high}"), &format!("high{high}")], &[]);
			}
			7 => {
				let function =
					["Sigmoid", "Tanh", "Softplus", "Erf", "HardSwish", "Softsign", "Mish"];
				onnx = onnx.node(function[rng.gen_range(0..function.len())], &[], &[]);
			}
			8 => onnx = onnx.node("Elu", &[], &[float("alpha", rng.gen_range(0.1..2.0))]),
			9 => {
				onnx = onnx.node("HardSigmoid", &[], &[float("alpha", rng.gen_range(0.1..0.5))]);
			}
			10 => onnx = onnx.node("Abs", &[], &[]),
			11 if shape.len() == 4 && shape[2] >= 2 => {
				let operator = ["MaxPool", "AveragePool"][rng.gen_range(0..2)];
				onnx = onnx.node(operator, &[], &[ints("kernel_shape", &[2, 2])]);
				shape[2] -= 1;
				shape[3] -= 1;
			}
			11 => onnx = onnx.node("Neg", &[], &[]),
			12 if shape.len() == 4 => {
				onnx = onnx.node("GlobalAveragePool", &[], &[]);
				shape[2] = 1;
				shape[3] = 1;
			}
			12 => {
				onnx = onnx.node("ReduceMean", &[], &[ints("axes", &[1]), int("keepdims", 1)]);
				shape[1] = 1;
			}
			_ => onnx = onnx.node("Abs", &[], &[]).node("Sqrt", &[], &[]).node("Neg", &[], &[]),
		}
	}
	let low = rng.gen_range(-4.0f32..2.0);
	let high = low + [0.5f32, 2.0, 20.0][rng.gen_range(0..3)];
	(onnx, InputRange { min: low.round(), max: high.round().max(low.round() + 1.0) })
}

/// Inputs on the grid: corners, corners of single features, noise.
fn inputs(model: &CompiledModel, rng: &mut StdRng) -> Vec<Vec<i32>> {
	let spec = model.input();
	let len = spec.len() as usize;
	(0..INPUTS)
		.map(|kind| {
			let any = |rng: &mut StdRng| rng.gen_range(spec.min..=spec.max);
			match kind {
				0 => vec![spec.min; len],
				1 => vec![spec.max; len],
				2 | 3 => {
					let corner = |rng: &mut StdRng| if rng.gen() { spec.min } else { spec.max };
					(0..len).map(|_| corner(rng)).collect()
				}
				4 => {
					let mut row = vec![spec.min; len];
					row[rng.gen_range(0..len)] = spec.max;
					row
				}
				5 => vec![any(rng); len],
				_ => (0..len).map(|_| any(rng)).collect(),
			}
		})
		.collect()
}

fn stated_errors_hold(visibility: Visibility) {
	let (mut compiled, mut refused, mut wrong) = (0, 0, Vec::new());
	for seed in 0..count() {
		let random_numbers = &mut StdRng::seed_from_u64(seed);
		let (onnx, range) = random(random_numbers);
		let float = match import_bytes(Path::new("random"), &onnx.encoded(13), None) {
			Ok(float) => float,
			Err(_) => {
				refused += 1;
				continue;
			}
		};
		let options = CompileOptions {
			visibility,
			lookups: true,
			input: vec![range],
			..CompileOptions::default()
		};
		let model = match compile_float(&float, &options, &mut rng(seed)) {
			Ok(model) => model,
			Err(error) => {
				// By name, never by a panic.
				assert!(!error.to_string().is_empty());
				refused += 1;
				println!("{seed}: {error}");
				continue;
			}
		};
		compiled += 1;
		let report = model.report().unwrap();
		for integers in inputs(&model, random_numbers) {
			let step = |i: usize| {
				let scale = model.input().scale(i).unwrap();
				f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2()
			};
			let real: Vec<f32> = integers
				.iter()
				.enumerate()
				.map(|(i, v)| (f64::from(*v) * step(i)) as f32)
				.collect();
			let floats = float.evaluate(&real).swap_remove(float.outputs[0].value);
			let trace = model.trace(std::slice::from_ref(&integers)).unwrap();
			if !model.saturations(&trace).is_empty() {
				// It is said.
				continue;
			}
			for (i, (got, expected)) in
				trace.outputs(model.graph())[0].iter().zip(&floats).enumerate()
			{
				let scale = model.output().scale(i).unwrap();
				let unit = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
				let off = (f64::from(*got) * unit - f64::from(*expected)).abs();
				let output = &report.outputs[0].elements[i];
				if off > output.stated_error * output.range {
					wrong.push(format!(
						"{seed}: element {i}: off by {off}, stated {} of {}",
						output.stated_error, output.range
					));
					break;
				}
			}
		}
	}
	println!("{visibility:?}: {compiled} compiled, {refused} refused");
	assert!(wrong.is_empty(), "{} of {compiled}:\n{}", wrong.len(), wrong.join("\n"));
	assert!(compiled * 10 >= count() * 6, "{compiled} of {} compiled", count());
}

#[test]
fn no_public_model_is_further_off_than_its_report_states() {
	stated_errors_hold(Visibility::Public);
}

#[test]
fn no_private_model_is_further_off_than_its_report_states() {
	stated_errors_hold(Visibility::Private);
}
