//! ONNX files: what is read, what is refused and in which words, and how close the integers are.

use std::path::Path;

use crate::{
	common::{agrees, rng, Single},
	corpus::{corpus, Case},
	onnx::{int, Folder, Onnx},
};
use rand::Rng;
use zkml_circuits::{
	compile, inspect, CompileError, CompileOptions, CompiledModel, InputRange, Shape, Widths,
};
use zkml_primitives::Visibility;

fn digits() -> Vec<u8> {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits/digits.onnx");
	std::fs::read(path).unwrap()
}

fn options(visibility: Visibility) -> CompileOptions {
	let input = vec![InputRange { min: -1.0, max: 1.0 }];
	CompileOptions { visibility, input, ..CompileOptions::default() }
}

fn compiled(path: &Path, visibility: Visibility) -> CompiledModel {
	compile(path, &options(visibility), &mut rng(1)).unwrap()
}

/// One line, and the expected words in it.
fn refused(path: &Path, words: &[&str]) -> String {
	let inspection = inspect(path, &zkml_circuits::CompileOptions::default());
	let message = match inspection {
		Ok(inspection) => inspection.refused.unwrap(),
		Err(error) => error.to_string(),
	};
	assert_eq!(message.lines().count(), 1, "{message}");
	for word in words {
		assert!(message.contains(word), "{word:?} not in {message:?}");
	}
	message
}

#[test]
fn integer_scores_are_close_to_onnx_runtimes_float_scores() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	let perceptrons = corpus().into_iter().filter(|case| case.family == "perceptrons");
	for Case { name, model, answers, .. } in perceptrons {
		std::fs::write(&path, model).unwrap();
		for visibility in [Visibility::Public, Visibility::Private] {
			let model = compiled(&path, visibility);
			let unit = |index| {
				let scale = model.output().scale(index).unwrap();
				f64::from(scale.mantissa) / f64::from(scale.shift).exp2()
			};
			agrees(&model, &model.quantize_input(&answers[0].0).unwrap(), 0);
			for (input, expected) in &answers {
				let integers = model.evaluate(&model.quantize_input(input).unwrap()).unwrap();
				for (index, (integer, float)) in integers[0].iter().zip(expected).enumerate() {
					let got = f64::from(*integer) * unit(index);
					// Scores are about 1 in size; private weights are multiples of 1/64.
					let tolerance = if visibility == Visibility::Public { 0.05 } else { 0.2 };
					let distance = (got - f64::from(*float)).abs();
					assert!(distance < tolerance, "{name} {visibility:?}: {got} for {float}");
				}
			}
		}
	}
}

#[test]
fn files_that_are_no_onnx_are_refused_wherever_they_are_cut() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	refused(&path, &["expected to read it"]);
	std::fs::write(&path, b"").unwrap();
	refused(&path, &["expected an ONNX model, got an empty file"]);
	std::fs::write(&path, b"these are words, and no model\n").unwrap();
	refused(&path, &["expected an ONNX model"]);
	let digits = digits();
	for length in (1..digits.len()).step_by(97) {
		std::fs::write(&path, &digits[..length]).unwrap();
		refused(&path, &["expected"]);
	}
	let mut rng = rng(5);
	for _ in 0..300 {
		let mut damaged = digits.clone();
		for _ in 0..4 {
			let at = rng.gen_range(0..damaged.len());
			damaged[at] = rng.gen();
		}
		std::fs::write(&path, damaged).unwrap();
		// It may still be a model; it must not be a panic.
		for visibility in [Visibility::Public, Visibility::Private] {
			if let Err(error) = compile(&path, &options(visibility), &mut rng) {
				assert_eq!(error.to_string().lines().count(), 1);
			}
		}
	}
}

#[test]
fn the_rest_of_a_file_is_described_beside_what_is_refused() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	let model = Onnx::new(&[1, 4])
		.step("Relu", &["x"], &["a"], &[])
		.step("NonMaxSuppression", &["a"], &["b"], &[])
		.step("Neg", &["b"], &["c"], &[])
		.step("LeakyRelu", &["c"], &["d"], &[int("beta", 1)])
		.step("Abs", &["a"], &["e"], &[])
		.step("Transpose", &["e"], &["f"], &[])
		.output("d", 1)
		.output("f", 1);
	std::fs::write(&path, model.encoded(13)).unwrap();
	let options = CompileOptions::default();
	let inspection = inspect(&path, &options).unwrap();
	let known: Vec<_> = inspection.nodes.iter().map(|node| node.shape.clone()).collect();
	let four = Some(vec![1, 4]);
	assert_eq!(known, [four.clone(), None, None, None, four, Some(vec![4, 1])]);
	let refused: Vec<_> = inspection.nodes.iter().map(|node| node.refused.as_deref()).collect();
	assert_eq!(refused[1], Some("an operator that cannot be proved"));
	assert!(refused[3].unwrap().contains("beta too"), "{refused:?}");
	assert_eq!(refused.iter().flatten().count(), 2);
	assert!(inspection.refused.unwrap().contains("NonMaxSuppression (nonmaxsuppression1)"));
	let shape = |name: &str, dims: [usize; 2]| Shape { name: name.into(), dims: dims.into() };
	assert_eq!((inspection.inputs, inspection.outputs), (vec![shape("x", [1, 4])], None));
	// Of one output only what it needs counts.
	let options = CompileOptions { outputs: vec!["d".into()], ..options };
	let inspection = inspect(&path, &options).unwrap();
	assert!(inspection.refused.unwrap().contains("NonMaxSuppression (nonmaxsuppression1)"));
	assert_eq!(inspection.nodes[5].shape, None);
	let options = CompileOptions { outputs: vec!["f".into()], ..options };
	let inspection = inspect(&path, &options).unwrap();
	let f = vec![shape("f", [4, 1])];
	assert_eq!((inspection.refused, inspection.outputs), (None, Some(f)));
}

#[test]
fn nodes_that_do_not_fit_are_refused_by_name() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	let start = || Onnx::new(&[1, 4]).floats("w", &[4, 2], &[0.5; 8]).floats("b", &[3], &[0.5; 3]);
	let cases: [(Onnx, &[&str]); 10] = [
		(start().node("Gemm", &["w"], &[int("transA", 1)]), &["gemm0 (Gemm)"]),
		(start().node("Gemm", &["w"], &[int("transB", 1)]), &["gemm0"]),
		(start().node("MatMul", &["w"], &[]).node("Add", &["b"], &[]), &["add1"]),
		(start().node("ArgMax", &[], &[int("axis", 2)]), &["argmax0"]),
		(start().node("ArgMax", &[], &[int("axis", 1)]).node("Relu", &[], &[]), &["relu1"]),
		(start().ints("s", &[3, -1]).node("Reshape", &["s"], &[]), &["reshape0"]),
		(start().node("MatMul", &["missing"], &[]), &["matmul0"]),
		(
			start().floats("n", &[4, 1], &[f32::NAN; 4]).node("MatMul", &["n"], &[]),
			&["tensor n", "finite", "NaN"],
		),
		(start().floats("n", &[4, 2], &[0.5; 7]).node("MatMul", &["n"], &[]), &["tensor n", "28"]),
		(start().node("Conv", &["w"], &[]), &["conv0 (Conv)"]),
	];
	for (onnx, words) in cases {
		onnx.save(&path);
		println!("{}", refused(&path, words));
	}
}

#[test]
fn a_private_weight_without_room_is_named_with_its_value() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	Onnx::new(&[1, 2])
		.floats("w", &[2, 2], &[0.5, 1.0, -2.5, 0.0])
		.node("MatMul", &["w"], &[])
		.save(&path);
	let narrow = CompileOptions { weight_shifts: vec![6], ..options(Visibility::Private) };
	let error = compile(&path, &narrow, &mut rng(1)).unwrap_err();
	assert!(matches!(error, CompileError::Weight { index: 1, got, .. } if got == -2.5), "{error}");
	assert!(error.to_string().contains("tensor w: expected values from -1.984375 to 1.984375"));
	let wider = CompileOptions { weight_shifts: vec![5], ..options(Visibility::Private) };
	compile(&path, &wider, &mut rng(1)).unwrap();
	compile(&path, &options(Visibility::Public), &mut rng(1)).unwrap();
}

#[test]
fn an_output_that_could_be_wider_than_32_bits_is_rescaled() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	let inputs = 4000;
	let weights = vec![1.0; inputs as usize];
	Onnx::new(&[1, inputs])
		.floats("w", &[inputs, 1], &weights)
		.node("MatMul", &["w"], &[])
		.save(&path);
	let widths = Widths { weight_bits: 16, ..CompileOptions::default().widths };
	let wide = CompileOptions { widths, ..options(Visibility::Private) };
	// An output of more bits than there may be is rescaled; nothing is lost that was seen.
	let made = compile(&path, &wide, &mut rng(1)).unwrap();
	assert!(made.outputs()[0].tensor.bits <= 32);
}

#[test]
fn options_out_of_range_are_refused_by_name() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	std::fs::write(&path, digits()).unwrap();
	let refused = |options: CompileOptions, words: &str| {
		let error = compile(&path, &options, &mut rng(1)).unwrap_err().to_string();
		assert!(error.contains(words), "{error}");
	};
	let default = CompileOptions::default;
	let widths = |widths: Widths| CompileOptions { widths, ..default() };
	let usual = default().widths;
	refused(widths(Widths { weight_bits: 1, ..usual }), "weight bits: expected 2 to 16, got 1");
	refused(widths(Widths { activation_bits: 40, ..usual }), "activation bits: expected");
	refused(widths(Widths { table_bits: 2, ..usual }), "table bits: expected 4 to 16, got 2");
	refused(default(), "input range: expected");
	let labels = vec!["one".into()];
	let input = vec![InputRange { min: 0.0, max: 16.0 }];
	refused(
		CompileOptions { labels, input, ..default() },
		"labels: expected none, or one for each of 10",
	);
	for (min, max) in [(1.0, 0.0), (f32::NAN, 1.0), (0.0, f32::INFINITY), (1e9, 1e9 + 64.0)] {
		let input = vec![InputRange { min, max }];
		refused(CompileOptions { input, ..default() }, "input range: expected");
	}
}

#[test]
fn inputs_are_rounded_into_range_or_refused_by_index() {
	let folder = Folder::new();
	let path = folder.file("model.onnx");
	std::fs::write(&path, digits()).unwrap();
	let input = vec![InputRange { min: 0.0, max: 16.0 }];
	let options = CompileOptions { input, ..CompileOptions::default() };
	let model = compile(&path, &options, &mut rng(1)).unwrap();
	let mut pixels = vec![3.0; 64];
	assert_eq!(model.quantize_input(&pixels).unwrap(), [[3; 64]]);
	for bad in [17.0, -1.0, f32::NAN, f32::INFINITY] {
		pixels[5] = bad;
		let error = model.quantize_input(&pixels).unwrap_err().to_string();
		assert!(
			error.starts_with("input image, value 5: expected a number from 0 to 16, got"),
			"{error}"
		);
	}
	let error = model.quantize_input(&pixels[1..]).unwrap_err().to_string();
	assert_eq!(error, "input image: expected 64 values, got 63");
	let error = model.evaluate(&[vec![20; 64]]).unwrap_err().to_string();
	assert_eq!(error, "input image, value 0: expected 0 to 16, got 20");
}
