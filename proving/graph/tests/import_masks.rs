//! Masks that are computed: what they are made of, where they go, and what is refused of them. What they hide is held
//! to ONNX Runtime's answers in `proving/circuits/tests/masks.rs`.

use std::collections::BTreeMap;

use crate::onnx::{gives, imported, int, says, Onnx};
use zkml_graph::{quantize, CompileOptions, InputOptions, InputRange, Quantized};

const BOOL: i32 = 9;
const INT64: i32 = 7;
const FLOAT: i64 = 1;
const LEAST: f32 = f32::MIN;

/// Scores and a mask that is an input of a type.
fn masked(kind: i32) -> Onnx {
	Onnx::new(&[1, 2, 3]).input("m", &[1, 3], kind)
}

/// What is added to scores by integers of 1 and 0, as Hugging Face's exports have it.
fn less(model: Onnx, far: f32) -> Onnx {
	model
		.scalar("one", 1.0)
		.scalar("far", far)
		.step("Cast", &["m"], &["f"], &[int("to", FLOAT)])
		.step("Sub", &["one", "f"], &["l"], &[])
		.step("Mul", &["l", "far"], &["h"], &[])
}

fn soft(model: Onnx, scores: &str) -> Onnx {
	model.step("Softmax", &[scores], &["y"], &[int("axis", -1)])
}

fn range(min: f32, max: f32) -> InputOptions {
	InputOptions { ranges: vec![InputRange { min, max }], step: None }
}

/// What a model is refused with whose first input is from -4 to 4.
fn refused(model: Onnx, ranges: &[(&str, f32, f32)]) -> String {
	compiled(model, ranges).map(|_| ()).unwrap_err()
}

/// A model whose first input is from -4 to 4; of the others this is said.
fn compiled(model: Onnx, ranges: &[(&str, f32, f32)]) -> Result<Quantized, String> {
	let graph = imported(&model.encoded(18)).map_err(|error| error.to_string())?;
	let mut inputs = BTreeMap::from([("x".to_owned(), range(-4.0, 4.0))]);
	for (name, min, max) in ranges {
		inputs.insert((*name).into(), range(*min, *max));
	}
	let options = CompileOptions { inputs, ..CompileOptions::default() };
	quantize(&graph, &options).map_err(|error| error.to_string())
}

fn near(got: &[f32], expected: &[f32]) {
	assert_eq!(got.len(), expected.len());
	for (got, expected) in got.iter().zip(expected) {
		assert!((got - expected).abs() < 1e-5, "{got} for {expected}");
	}
}

const SCORES: [f32; 6] = [0.0, 0.0, 3.0, 1.0, 1.0, -2.0];

fn with(mask: [f32; 3]) -> Vec<f32> {
	[&SCORES[..], &mask].concat()
}

#[test]
fn a_mask_hides_whatever_its_number_is() {
	for far in [-1e4, -65504.0, -1e9, LEAST] {
		let model = || soft(less(masked(INT64), far).step("Add", &["x", "h"], &["s"], &[]), "s");
		near(&gives(model(), 18, &with([1.0, 1.0, 0.0])), &[0.5, 0.5, 0.0, 0.5, 0.5, 0.0]);
		// Its range is known from what it is used for.
		let made = compiled(model(), &[]).unwrap();
		assert!(made.report.max_error < 0.01, "{far}: {}", made.report.max_error);
	}
}

#[test]
fn a_mask_of_a_product_of_masks_needs_no_range_either() {
	let model = Onnx::new(&[1, 2, 3])
		.input("m", &[1, 1, 3], INT64)
		.input("n", &[1, 2, 1], INT64)
		.step("Mul", &["m", "n"], &["p"], &[])
		.scalar("one", 1.0)
		.scalar("far", -1e9)
		.step("Cast", &["p"], &["f"], &[int("to", FLOAT)])
		.step("Sub", &["one", "f"], &["l"], &[])
		.step("Mul", &["l", "far"], &["h"], &[])
		.step("Add", &["h", "x"], &["s"], &[]);
	let model = soft(model, "s");
	let input = [&SCORES[..], &[1.0, 1.0, 0.0], &[1.0, 0.0]].concat();
	let third = 1.0 / 3.0;
	near(&gives(model.clone(), 18, &input), &[0.5, 0.5, 0.0, third, third, third]);
	compiled(model, &[]).unwrap();
}

#[test]
fn integers_that_are_no_mask_are_refused_with_what_to_declare() {
	let model = soft(less(masked(INT64), -1e4).step("Add", &["x", "h"], &["s"], &[]), "s");
	let error = refused(model, &[("m", 0.0, 5.0)]);
	for words in ["softmax", "values from 0 to 1", "--input-range m=0:1", "values from 0 to 5"] {
		assert!(error.contains(words), "{words:?} not in {error:?}");
	}
	// Where nothing is hidden of them they may be any.
	let model = less(masked(INT64), -1e4).step("Add", &["x", "h"], &["y"], &[]);
	compiled(model, &[("m", 0.0, 5.0)]).unwrap();
}

#[test]
fn what_is_hidden_elsewhere_than_before_a_softmax_is_its_numbers() {
	let chosen =
		|far| masked(BOOL).scalar("far", far).step("Where", &["m", "x", "far"], &["s"], &[]);
	let input = with([1.0, 0.0, 1.0]);
	let expected = [0.0, -1e5, 3.0, 1.0, -1e5, -2.0];
	near(&gives(chosen(-1e5), 18, &input), &expected);
	let joined = chosen(-1e5).step("Concat", &["s", "x"], &["y"], &[int("axis", 1)]);
	near(&gives(joined, 18, &input)[..6], &expected);
	let minus = f32::NEG_INFINITY;
	says(imported(&chosen(minus).encoded(18)), &["an output that can be proved", "minus infinity"]);
	// Beside such numbers floats have nothing of the scores.
	for far in [-1e9, minus] {
		let largest = chosen(far).step("ReduceMax", &["s"], &["y"], &[]);
		says(imported(&largest.encoded(13)), &["ReduceMax", "far below 0", "only before Softmax"]);
	}
	let infinite = chosen(minus).step("IsInf", &["s"], &["y"], &[]);
	says(imported(&infinite.encoded(18)), &["IsInf", "minus infinity"]);
	let logarithms = chosen(minus).step("LogSoftmax", &["s"], &["y"], &[int("axis", -1)]);
	says(imported(&logarithms.encoded(18)), &["LogSoftmax", "logarithms of 0"]);
	let half = chosen(minus).step("Cast", &["s"], &["y"], &[int("to", 10)]);
	says(imported(&half.encoded(18)), &["Cast", "FLOAT16"]);
}

#[test]
fn a_mask_of_another_shape_is_repeated_or_refused() {
	let sum = |shape: &[i64]| {
		let model = Onnx::new(&[1, 2, 3]).input("m", shape, BOOL).scalar("far", LEAST);
		let model = model.scalar("zero", 0.0).step("Where", &["m", "zero", "far"], &["h"], &[]);
		soft(model.step("Add", &["x", "h"], &["s"], &[]), "s")
	};
	let rows = [&SCORES[..], &[1.0, 0.0]].concat();
	let third = 1.0 / 3.0;
	let first = {
		let total = 2.0 + 3f32.exp();
		[1.0 / total, 1.0 / total, 3f32.exp() / total]
	};
	near(&gives(sum(&[2, 1]), 18, &rows), &[&first[..], &[third; 3]].concat());
	let input = [&SCORES[..], &[1.0]].concat();
	near(&gives(sum(&[1]), 18, &input)[..3], &first);
	says(imported(&sum(&[1, 4]).encoded(18)), &["Add", "a shape that fits"]);
}

#[test]
fn a_floor_below_all_scores_leaves_a_mask_as_it_is() {
	let model = masked(BOOL)
		.scalar("far", f32::NEG_INFINITY)
		.scalar("least", LEAST)
		.step("Where", &["m", "x", "far"], &["a"], &[])
		.step("Max", &["a", "least"], &["s"], &[]);
	let model = soft(model, "s");
	near(&gives(model.clone(), 18, &with([1.0, 1.0, 0.0])), &[0.5, 0.5, 0.0, 0.5, 0.5, 0.0]);
	near(&gives(model, 18, &with([0.0; 3])), &[1.0 / 3.0; 6]);
}

#[test]
fn masks_of_which_nobody_knows_which_hides_least_are_refused() {
	let sum = |numbers: &[f32]| {
		let mut model = less(masked(INT64), -1e9).step("Add", &["x", "h"], &["s0"], &[]);
		for (i, number) in numbers.iter().enumerate() {
			let name = |part: &str, i: usize| format!("{part}{i}");
			let (mask, own, next) = (name("c", i), name("s", i), name("s", i + 1));
			model = model.floats(&mask, &[3], &[0.0, *number, 0.0]);
			model = model.step("Add", &[&own, &mask], &[&next], &[]);
		}
		soft(model, &format!("s{}", numbers.len()))
	};
	let of = |numbers: &[f32]| imported(&sum(numbers).encoded(18));
	for numbers in [&[][..], &[-1e9], &[-1e4], &[LEAST]] {
		of(numbers).unwrap();
	}
	for numbers in [&[-1e9, -1e9][..], &[-1_000_001_024.0]] {
		says(of(numbers), &["Softmax", "one mask, or two of which", "And of truth values"]);
	}
}

#[test]
fn a_number_beside_which_floats_keep_some_of_the_scores_is_refused_where_it_is_added() {
	for far in [-131_072.0, -1e6, -1e8] {
		let sum = less(masked(INT64), far).step("Add", &["x", "h"], &["s"], &[]);
		says(imported(&soft(sum, "s").encoded(18)), &["Softmax", "the least number of FLOAT"]);
		// Where it is put there are no scores beside it, nor where it is all that there is.
		let put = masked(BOOL).scalar("far", far).step("Where", &["m", "x", "far"], &["s"], &[]);
		near(&gives(soft(put, "s"), 18, &with([0.0; 3])), &[1.0 / 3.0; 6]);
		imported(&soft(less(masked(INT64), far), "h").encoded(18)).unwrap();
	}
}

#[test]
fn scores_that_are_as_far_apart_as_a_mask_hides_them_are_refused() {
	let steep = |by: f32| {
		let model = masked(INT64).scalar("by", by);
		model.step("Mul", &["x", "by"], &["z"], &[])
	};
	let added =
		|by: f32, far: f32| soft(less(steep(by), far).step("Add", &["z", "h"], &["s"], &[]), "s");
	compiled(added(1000.0, -1e4), &[]).unwrap();
	let error = refused(added(2000.0, -1e4), &[]);
	for words in ["values from 0 to 9982", "10000 below", "the least number of FLOAT", "16000"] {
		assert!(error.contains(words), "{words:?} not in {error:?}");
	}
	compiled(added(2000.0, LEAST), &[]).unwrap();
	// In a row that is hidden whole floats have something left of scores of 32.
	compiled(added(7.0, -1e9), &[]).unwrap();
	let error = refused(added(9.0, -1e9), &[]);
	for words in ["values from -32 to 32", "hidden whole", "the least number of FLOAT", "36"] {
		assert!(error.contains(words), "{words:?} not in {error:?}");
	}
	let put = |by: f32, far: f32| {
		let model = steep(by).scalar("far", far);
		let model = model.step("Cast", &["m"], &["t"], &[int("to", i64::from(BOOL))]);
		soft(model.step("Where", &["t", "z", "far"], &["s"], &[]), "s")
	};
	let bits = [("m", 0.0, 1.0)];
	compiled(put(1000.0, -1e4), &bits).unwrap();
	let error = refused(put(3000.0, -1e4), &bits);
	for words in ["values of -9982 or more", "beside -10000", "the least number of FLOAT"] {
		assert!(error.contains(words), "{words:?} not in {error:?}");
	}
	compiled(put(3000.0, LEAST), &bits).unwrap();
}

/// `Attention` of three keys and two queries.
fn attention(shape: &[i64], kind: i32) -> Onnx {
	Onnx::new(&[1, 1, 2, 2])
		.input("m", shape, kind)
		.floats("k", &[1, 1, 3, 2], &[1.0, 0.0, 0.0, 1.0, 0.5, 0.5])
		.floats("v", &[1, 1, 3, 1], &[1.0, 2.0, 4.0])
}

#[test]
fn attention_takes_masks_that_are_shorter_or_repeated() {
	let model = |shape: &[i64]| {
		attention(shape, BOOL).step("Attention", &["x", "k", "v", "m"], &["y"], &[])
	};
	let zeros = [0.0; 4];
	let of = |shape: &[i64], mask: &[f32]| gives(model(shape), 23, &[&zeros[..], mask].concat());
	near(&of(&[1, 1, 1, 3], &[1.0, 1.0, 0.0]), &[1.5, 1.5]);
	near(&of(&[2, 1], &[1.0, 0.0]), &[1.0, 0.0]);
	near(&of(&[2, 2], &[1.0, 1.0, 0.0, 1.0]), &[1.5, 2.0]);
	says(imported(&model(&[2, 4]).encoded(23)), &["Attention", "a mask of 3 keys", "4"]);
	says(imported(&model(&[3, 3]).encoded(23)), &["Attention", "a mask for [1, 1, 2, 3]"]);
}

#[test]
fn attention_adds_numbers_and_hides_by_truth_values() {
	let of = |model: Onnx, mask: &[f32]| {
		let model = model.step("Attention", &["x", "k", "v", "a"], &["y"], &[]);
		imported(&model.encoded(23)).map(|graph| {
			let input = [&[0.0; 4][..], mask].concat();
			graph.evaluate(&input)[graph.outputs[0].value].clone()
		})
	};
	let cast = |kind, to| attention(&[2, 3], kind).step("Cast", &["m"], &["a"], &[int("to", to)]);
	let mask = [1.0, 1.0, 0.0, 0.0, 0.0, 1.0];
	near(&of(cast(INT64, i64::from(BOOL)), &mask).unwrap(), &[1.5, 4.0]);
	let number = of(cast(FLOAT as i32, 11), &[0.0, 0.0, -50.0, 0.0, -50.0, -50.0]).unwrap();
	near(&number, &[1.5, 1.0]);
	// Numbers of 1 and 0 would be added; who has them means truth values.
	says(of(cast(BOOL, FLOAT), &mask).map(|_| unreachable!()), &["a mask of truth values", "BOOL"]);
}
