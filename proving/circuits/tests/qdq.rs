//! Quantised models: the integers are ONNX Runtime's, bit for bit.
//!
//! `qdq-corpus/corpus.bin` holds random models and ONNX Runtime's answers; `qdq-corpus/make.py` says how it
//! was made and what its fields are.

use std::path::Path;

use crate::{
	common::{agrees, rng, Single},
	corpus::Reader,
	onnx::{self, Onnx},
};
use zkml_circuits::{
	compile_float,
	graph::{Channel, Op, Ties},
	import_bytes, CompileOptions, CompiledModel, InputRange, Widths,
};
use zkml_primitives::Visibility;

/// A model with inputs and answers.
struct Case {
	name: String,
	model: Vec<u8>,
	range: InputRange,
	/// Whether ONNX Runtime has another answer if it does not fuse operators.
	otherwise_unfused: bool,
	/// Whether the answers are those without fusion: a bias is left in floats, or a clamp in the way.
	real: bool,
	answers: Vec<(Vec<f32>, Vec<f32>)>,
}

/// Takes a case from what is left of the corpus.
fn case(reader: &mut Reader) -> Case {
	let (name, model) = (reader.text(), reader.bytes());
	let range = InputRange { min: reader.float(), max: reader.float() };
	let otherwise_unfused = reader.take(1) == [1];
	let real = reader.take(1) == [1];
	Case { name, model, range, otherwise_unfused, real, answers: reader.answers() }
}

fn corpus() -> Vec<Case> {
	let bytes = include_bytes!("qdq-corpus/corpus.bin");
	let mut reader = Reader(bytes);
	let mut cases = Vec::new();
	while !reader.0.is_empty() {
		cases.push(case(&mut reader));
	}
	cases
}

/// The files of all models.
pub fn files() -> Vec<Vec<u8>> {
	corpus().into_iter().map(|case| case.model).collect()
}

impl Case {
	fn compiled(&self, options: CompileOptions) -> Result<CompiledModel, String> {
		let path = Path::new(&self.name);
		let float = import_bytes(path, &self.model, None).map_err(|error| error.to_string())?;
		// Inputs of floats were drawn on this grid.
		let InputRange { min, max } = self.range;
		let whole = float.inputs[0].elements == zkml_circuits::import::Elements::Integers
			|| min >= 0.0 && max - min >= 15.0 && max.fract() == 0.0;
		let input_step = (!whole).then_some((max - min) / 255.0);
		let options = CompileOptions { input: vec![self.range], input_step, ..options };
		compile_float(&float, &options, &mut rng(1)).map_err(|error| error.to_string())
	}

	/// The first answer that is another.
	fn wrong(&self, model: &CompiledModel) -> Option<String> {
		for (input, answer) in &self.answers {
			let integers = model.quantize_input(input).unwrap();
			let output = model.evaluate(&integers).unwrap().remove(0);
			let scale = model.output().scale(0).unwrap();
			let unit = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
			let got: Vec<f32> = output.iter().map(|q| (f64::from(*q) * unit) as f32).collect();
			if got != *answer {
				return Some(format!("expected {answer:?}, got {got:?}"));
			}
		}
		None
	}
}

fn private() -> CompileOptions {
	CompileOptions { visibility: Visibility::Private, ..CompileOptions::default() }
}

/// Every model of the corpus under these options; what is wrong or refused is told.
fn all_are_exact(options: &CompileOptions) {
	let (mut wrong, mut count, mut kernels) = (Vec::new(), 0, 0);
	let hidden = options.visibility == Visibility::Private;
	// A private bias is rounded, for what is left of it would be a constant of the circuit.
	for case in corpus().into_iter().filter(|case| !(hidden && case.real)) {
		count += 1;
		kernels += usize::from(case.otherwise_unfused);
		let words = match case.compiled(options.clone()) {
			Ok(model) => case.wrong(&model),
			Err(error) => Some(error),
		};
		wrong.extend(words.map(|words| format!("{}: {words}", case.name)));
	}
	// Some tell apart what a fused kernel does from what the operators in it do.
	assert!(count >= 300 && kernels > 0, "{count} models, {kernels} of them with two answers");
	assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn public_models_answer_as_onnx_runtime_does() {
	all_are_exact(&CompileOptions::default());
}

#[test]
fn private_models_answer_as_onnx_runtime_does() {
	all_are_exact(&private());
}

/// Narrow activations are for models that are quantised here.
#[test]
fn options_for_floats_change_no_quantised_model() {
	all_are_exact(&CompileOptions {
		widths: Widths { weight_bits: 2, activation_bits: 4, table_bits: 10 },
		..CompileOptions::default()
	});
}

#[test]
fn circuits_of_quantised_models_hold() {
	for case in corpus().iter().step_by(23) {
		for (options, lookups) in [(CompileOptions::default(), false), (private(), true)] {
			let model = case.compiled(CompileOptions { lookups, ..options }).unwrap();
			if model.cost().counts.constraints > 40_000 {
				continue;
			}
			for (input, _) in case.answers.iter().take(2) {
				agrees(&model, &model.quantize_input(input).unwrap(), 3);
			}
		}
	}
}

/// Compiles bytes of a public model.
fn compiled(model: &[u8], range: [f32; 2]) -> Result<CompiledModel, String> {
	compiled_as(Visibility::Public, model, range)
}

fn compiled_as(
	visibility: Visibility,
	model: &[u8],
	range: [f32; 2],
) -> Result<CompiledModel, String> {
	let [min, max] = range;
	let (name, model, range) = ("test".into(), model.to_vec(), InputRange { min, max });
	let case =
		Case { name, model, range, otherwise_unfused: false, real: false, answers: Vec::new() };
	case.compiled(CompileOptions { visibility, ..CompileOptions::default() })
}

/// The rounding constants of a graph.
fn channels(model: &CompiledModel) -> Vec<Channel> {
	let of = |op: &Op| match op {
		Op::Requantize(rescale) => rescale.channels.clone(),
		_ => Vec::new(),
	};
	model.graph().nodes.iter().flat_map(|node| of(&node.op)).collect()
}

/// `x / scale`, quantised with this zero point and back.
fn there_and_back(scale: f32, zero: i32, signed: bool) -> Vec<u8> {
	Onnx::new(&[1, 8])
		.scalar("scale", scale)
		.bytes("zero", &[], signed, &[zero])
		.node("QuantizeLinear", &["scale", "zero"], &[])
		.node("DequantizeLinear", &["scale", "zero"], &[])
		.encoded(13)
}

#[test]
fn every_half_goes_to_the_even_multiple() {
	let odd = [1.0, 3.0, 5.0, 7.0, 9.0, 251.0, 253.0, 255.0f32];
	let even = [0, 4, 4, 8, 8, 252, 252, 256];
	let signed = [-1.0, -3.0, -5.0, -7.0, 1.0, 3.0, 5.0, 7.0f32];
	let both = [0, -4, -4, -8, 0, 4, 4, 8];
	for (zero, is_signed, range, inputs, answers) in [
		(0, false, [0.0, 255.0], odd, even),
		(-3, true, [0.0, 255.0], odd, even),
		(-3, true, [-127.5, 127.5], signed, both),
		(128, false, [-127.5, 127.5], signed, both),
	] {
		let model = compiled(&there_and_back(2.0, zero, is_signed), range).unwrap();
		let integers = model.quantize_input(&inputs).unwrap();
		let output = model.evaluate(&integers).unwrap().remove(0);
		let output: Vec<i32> = output.into_iter().map(|q| q * 2).collect();
		assert_eq!(output, answers, "zero point {zero}");
		agrees(&model, &integers, 4);
	}
}

/// Two constraints are paid for halves only where there are some.
#[test]
fn only_scales_with_halves_have_a_rule_for_them() {
	let halves = compiled(&there_and_back(4.0, 0, false), [0.0, 255.0]).unwrap();
	assert_eq!(channels(&halves), [Channel { ties: Ties::Even, ..Channel::new(1, 2) }]);
	let none = compiled(&there_and_back(3.0, 0, false), [0.0, 255.0]).unwrap();
	let [channel] = channels(&none)[..] else { panic!("one rescaling") };
	assert_eq!(channel.ties, Ties::Up);
	assert!(channel.shift < 12, "{channel:?}");
	// Integers of the input's own scale are themselves.
	assert_eq!(channels(&compiled(&there_and_back(1.0, 0, false), [0.0, 255.0]).unwrap()), []);
}

/// Of the sum of a product and an odd zero point the half becomes even.
#[test]
fn a_sum_s_zero_point_is_added_before_it_is_rounded() {
	let sum = |zero: i32| {
		let model = Onnx::new(&[1, 2])
			.scalar("one", 1.0)
			.scalar("two", 2.0)
			.bytes("none", &[], false, &[0])
			.bytes("zero", &[], false, &[zero])
			.bytes("c", &[], false, &[1])
			.step("QuantizeLinear", &["x", "one", "none"], &["q"], &[])
			.step(
				"com.microsoft:QLinearAdd",
				&["q", "one", "none", "c", "one", "none", "two", "zero"],
				&["s"],
				&[],
			)
			.step("DequantizeLinear", &["s", "two", "zero"], &["y"], &[]);
		let model = compiled(&model.encoded(13), [0.0, 255.0]).unwrap();
		model.evaluate(&model.quantize_input(&[4.0, 6.0]).unwrap()).unwrap().remove(0)
	};
	// 5 / 2 and 7 / 2.
	assert_eq!((sum(0), sum(10), sum(11)), (vec![2, 4], vec![2, 4], vec![3, 3]));
}

#[test]
fn what_cannot_be_exact_is_refused_by_name() {
	let gemm = |alpha: f32| {
		Onnx::new(&[1, 2])
			.scalar("s", 0.3)
			.bytes("z", &[], false, &[0])
			.bytes("w", &[2, 1], true, &[1, -2])
			.bytes("wz", &[], true, &[0])
			.step("QuantizeLinear", &["x", "s", "z"], &["q"], &[])
			.step(
				"com.microsoft:QGemm",
				&["q", "s", "z", "w", "s", "wz", "", "s", "z"],
				&["y"],
				&[onnx::float("alpha", alpha)],
			)
			.encoded(13)
	};
	assert!(compiled(&gemm(0.5), [0.0, 255.0]).is_ok());
	let error = compiled(&gemm(0.7), [0.0, 255.0]).unwrap_err();
	let expected = "expected an alpha of 1 or another power of two, got 0.7";
	assert!(error.contains(expected), "{error}");
	let words = there_and_back(1e12, 0, false);
	let error = compiled(&words, [0.0, 255.0]).unwrap_err();
	assert!(error.starts_with("scale of the output: expected a number"), "{error}");
}

/// Scales are architecture; integers, biases and constants are what is hidden.
#[test]
fn a_private_model_s_circuit_tells_no_integer_of_it() {
	let model = |weights: [i32; 4], bias: [f32; 2], constant: [i32; 2]| {
		let model = Onnx::new(&[1, 2])
			.scalar("s", 0.5)
			.scalar("t", 3.0)
			.bytes("z", &[], false, &[9])
			.bytes("w", &[2, 2], true, &weights)
			.bytes("wz", &[], true, &[0])
			.floats("b", &[2], &bias)
			.bytes("c", &[1, 2], false, &constant)
			.step("QuantizeLinear", &["x", "s", "z"], &["q"], &[])
			.step("DequantizeLinear", &["q", "s", "z"], &["f"], &[])
			.step("DequantizeLinear", &["w", "s", "wz"], &["v"], &[])
			.step("Gemm", &["f", "v", "b"], &["g"], &[])
			.step("QuantizeLinear", &["g", "t", "z"], &["h"], &[])
			.step(
				"com.microsoft:QLinearAdd",
				&["h", "t", "z", "c", "s", "z", "s", "z"],
				&["a"],
				&[],
			)
			.step("DequantizeLinear", &["a", "s", "z"], &["y"], &[]);
		compiled_as(Visibility::Private, &model.encoded(13), [0.0, 15.0]).unwrap()
	};
	let one = model([1, -2, 3, 4], [0.3, 7.1], [10, 200]);
	let other = model([4, 3, 2, -100], [1.9, -0.2], [0, 255]);
	assert_eq!(one.settings_hash(), other.settings_hash());
	assert_ne!(one.params_commitment(), other.params_commitment());
	for model in [one, other] {
		let input = model.quantize_input(&[3.0, 14.0]).unwrap();
		agrees(&model, &input, 5);
	}
}

/// A function of two features whose ranges, and so steps, are far apart: each is rounded by its own.
#[test]
fn a_function_of_features_with_steps_of_their_own_is_rounded_for_each() {
	for (op, function) in [("Sigmoid", sigmoid as fn(f32) -> f32), ("Relu", |x: f32| x.max(0.0))] {
		let bytes = Onnx::new(&[1, 2])
			.scalar("scale", 1.0 / 128.0)
			.bytes("zero", &[], true, &[0])
			.node(op, &[], &[])
			.node("QuantizeLinear", &["scale", "zero"], &[])
			.node("DequantizeLinear", &["scale", "zero"], &[])
			.encoded(13);
		let float = import_bytes(Path::new(op), &bytes, None).unwrap();
		let range = |end: f32| InputRange { min: -end, max: end };
		let input = vec![range(0.5), range(64.0)];
		for options in [CompileOptions::default(), private()] {
			let options = CompileOptions { input: input.clone(), ..options };
			let model = compile_float(&float, &options, &mut rng(1)).unwrap();
			for reals in [[0.25, 0.25], [-0.5, 0.5], [0.125, -2.0], [0.4375, 0.75]] {
				let integers = model.quantize_input(&reals).unwrap();
				agrees(&model, &integers, 1);
				let scale = model.output().scale(0).unwrap();
				let unit = scale.mantissa as f32 * (-f32::from(scale.shift)).exp2();
				let got = model.evaluate(&integers).unwrap().remove(0);
				for (x, got) in reals.into_iter().zip(got) {
					let expected = function(x).min(127.0 / 128.0);
					let got = got as f32 * unit;
					assert!((got - expected).abs() < 0.02, "{op} of {x}: {got}");
				}
			}
		}
	}
}

fn sigmoid(x: f32) -> f32 {
	1.0 / (1.0 + (-x).exp())
}

/// Scales along an axis of an input, of real numbers and of integers.
#[test]
fn scales_of_each_feature_are_used() {
	let there = |shape: &[i64]| {
		Onnx::new(shape).floats("scales", &[2], &[0.5, 0.0625]).bytes(
			"zeros",
			&[2],
			false,
			&[10, 200],
		)
	};
	let both = there(&[1, 2])
		.node("QuantizeLinear", &["scales", "zeros"], &[onnx::int("axis", 1)])
		.node("DequantizeLinear", &["scales", "zeros"], &[onnx::int("axis", 1)]);
	let float = import_bytes(Path::new("axis"), &both.encoded(13), None).unwrap();
	let input = vec![InputRange { min: -4.0, max: 4.0 }];
	// A half may go the other way, which is a step of 16.
	let (input_step, max_error) = (Some(0.0625), 0.1);
	let options = CompileOptions { input, input_step, max_error, ..CompileOptions::default() };
	let model = compile_float(&float, &options, &mut rng(1)).unwrap();
	let integers = model.quantize_input(&[3.0, -3.0]).unwrap();
	agrees(&model, &integers, 1);
	let scale = model.output().scale(0).unwrap();
	let unit = scale.mantissa as f32 * (-f32::from(scale.shift)).exp2();
	let got = model.evaluate(&integers).unwrap().remove(0);
	// The second type ends at 255, 55 above its zero point.
	let got: Vec<f32> = got.iter().map(|q| *q as f32 * unit).collect();
	assert_eq!(got, [3.0, -3.0]);
	let above = model.quantize_input(&[-4.0, 3.9375]).unwrap();
	let got = model.evaluate(&above).unwrap().remove(0);
	let got: Vec<f32> = got.iter().map(|q| *q as f32 * unit).collect();
	assert_eq!(got, [-4.0, 3.4375]);
}
