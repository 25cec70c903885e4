//! Types of a file, which have ends and digits that numbers have not: what would leave them is refused.

use std::time::{Duration, Instant};

use crate::onnx::{gives, imported, int, says, text, Onnx};
use zkml_graph::{quantize, CompileOptions, InputRange, Quantized};

const FLOAT: i64 = 1;
const FLOAT16: i64 = 10;
const BFLOAT16: i64 = 16;
const INT8: i64 = 3;
const INT16: i64 = 5;
const UINT16: i64 = 4;
const BOOL: i64 = 9;
const UINT8: i32 = 2;
const INT32: i32 = 6;
const UINT32: i32 = 12;

/// A model for inputs in a range.
fn compiled(model: Onnx, min: f32, max: f32) -> Result<Quantized, String> {
	let graph = imported(&model.encoded(18)).unwrap();
	let input = vec![InputRange { min, max }];
	let options = CompileOptions { input, ..CompileOptions::default() };
	quantize(&graph, &options).map_err(|error| error.to_string())
}

/// Panics unless a model is compiled whose integers are what ONNX Runtime computes.
#[track_caller]
fn exact(model: Onnx, min: f32, max: f32) {
	let made = compiled(model, min, max).unwrap();
	assert_eq!(made.report.max_error, 0.0);
}

/// Panics unless a model is compiled whose integers are close to what ONNX Runtime computes: wide ones have a coarser
/// step.
#[track_caller]
fn close(model: Onnx, min: f32, max: f32) {
	let made = compiled(model, min, max).unwrap();
	assert!(made.report.max_error < 0.001, "{}", made.report.max_error);
}

/// Panics unless a model is refused for inputs in a range with all these words.
#[track_caller]
fn refused(model: Onnx, (min, max): (f32, f32), words: &[&str]) {
	let error = compiled(model, min, max).map(|made| made.graph).unwrap_err();
	for word in words {
		assert!(error.contains(word), "{word:?} not in {error:?}");
	}
}

fn of_type(kind: i32) -> Onnx {
	Onnx::new(&[1, 2]).typed(kind)
}

#[test]
fn a_power_that_is_beyond_whole_numbers_is_refused() {
	let power = |by: i64| of_type(7).ints("by", &[by]).node("Pow", &["by"], &[]);
	close(power(3), 0.0, 100.0);
	refused(power(4), (0.0, 2000.0), &["pow0", "1073741823", "16000000000000", "--input-range"]);
	let scaled = |op: &str| {
		Onnx::new(&[1, 2]).floats("far", &[1], &[2e9]).node("Mul", &["far"], &[]).node(op, &[], &[])
	};
	for op in ["Floor", "Ceil", "Round"] {
		refused(scaled(op), (0.0, 1.0), &["1073741823", "to make whole numbers of"]);
	}
	let cast = Onnx::new(&[1, 2]).floats("far", &[1], &[2e9]).node("Mul", &["far"], &[]).node(
		"Cast",
		&[],
		&[int("to", 7)],
	);
	refused(cast, (0.0, 1.0), &["1073741823", "to make whole numbers of"]);
}

#[test]
fn integers_that_leave_their_type_are_refused() {
	let square = |kind| of_type(kind).step("Mul", &["x", "x"], &["y"], &[]);
	close(square(INT32), -3000.0, 3000.0);
	refused(
		square(INT32),
		(0.0, 50000.0),
		&["mul", "values from -2147483648 to 2147483647", "2500000000", "--input-range"],
	);
	close(square(UINT32), 0.0, 50000.0);
	close(square(7), 0.0, 50000.0);
	// What a rewrite or a clamp behind it hides has begun again before.
	let clamped = square(INT32)
		.words("low", &[0])
		.words("high", &[9])
		.step("Max", &["y", "low"], &["z"], &[])
		.step("Min", &["z", "high"], &["w"], &[]);
	refused(clamped, (0.0, 50000.0), &["values from -2147483648 to 2147483647"]);
	let product = of_type(INT32).node("ReduceProd", &[], &[]);
	refused(product, (0.0, 60000.0), &["reduceprod0", "2147483647", "3600000000"]);
	let narrowed = square(7).node("Cast", &[], &[int("to", 6)]);
	refused(narrowed, (0.0, 50000.0), &["cast", "2147483647", "2500000000"]);
}

#[test]
fn integers_without_signs_have_no_negative_results() {
	let less = || {
		of_type(UINT32)
			.step("Gather", &["x", "at"], &["a"], &[int("axis", 1)])
			.step("Gather", &["x", "other"], &["b"], &[int("axis", 1)])
			.ints("at", &[0])
			.ints("other", &[1])
			.step("Sub", &["a", "b"], &["y"], &[])
	};
	refused(less(), (0.0, 9.0), &["sub", "values from 0 to 4294967295", "from -9 to 9"]);
	says(
		imported(&of_type(UINT32).node("BitwiseNot", &[], &[]).encoded(18)),
		&["BitwiseNot", "integers with signs", "Cast to INT64", "BitwiseAnd"],
	);
	exact(of_type(INT32).node("BitwiseNot", &[], &[]), 0.0, 9.0);
	let shifted = |by: i64| {
		let left = [text("direction", "LEFT")];
		of_type(UINT32).ints("by", &[by]).node("BitShift", &["by"], &left)
	};
	exact(shifted(8), 0.0, 1000.0);
	refused(shifted(24), (0.0, 1000.0), &["bitshift0", "4294967295", "16777216000"]);
}

#[test]
fn numbers_that_float16_changes_are_refused() {
	let there = |model: Onnx| model.node("Cast", &[], &[int("to", FLOAT16)]);
	let back = |model: Onnx| model.node("Cast", &[], &[int("to", 7)]);
	exact(back(there(of_type(INT32))), 0.0, 2048.0);
	let words = ["cast0", "from -2048 to 2048", "FLOAT16 tells apart", "2000 to 6000"];
	refused(back(there(of_type(INT32))), (2000.0, 6000.0), &words);
	// Of whole numbers that are floats on their way there, too.
	let float = of_type(INT32).node("Cast", &[], &[int("to", 1)]);
	refused(back(there(float)), (2000.0, 6000.0), &["FLOAT16 tells apart", "2000 to 6000"]);
	// Real numbers lose less there than by their quantisation.
	let real = |max| compiled(there(Onnx::new(&[1, 2])).node("Sigmoid", &[], &[]), 0.0, max);
	real(6000.0).unwrap();
	let error = real(200_000.0).map(|made| made.graph).unwrap_err();
	assert!(error.contains("from -65504 to 65504, which FLOAT16 has"), "{error}");
}

#[test]
fn numbers_that_bfloat16_changes_are_refused_or_near() {
	let there = |model: Onnx| model.node("Cast", &[], &[int("to", BFLOAT16)]);
	let back = |model: Onnx, to: i64| model.node("Cast", &[], &[int("to", to)]);
	exact(back(there(of_type(INT32)), 7), 0.0, 256.0);
	let words = ["cast0", "from -256 to 256", "BFLOAT16 tells apart", "0 to 300"];
	refused(back(there(of_type(INT32)), 7), (0.0, 300.0), &words);
	// ONNX Runtime's answers are rounded to 8 bits, which is left out here.
	let given = [1.0, 257.0 / 256.0, 314_159.0 / 100_000.0, -0.1];
	let rounded = [1.0, 1.0, 3.140_625, -0.100_097_656];
	let model = back(there(Onnx::new(&[1, 4])), 1);
	for (got, expected) in gives(model, 18, &given).into_iter().zip(rounded) {
		assert!((got - expected).abs() <= expected.abs() / 256.0, "{got} for {expected}");
	}
	// An input holds such numbers, whatever is made of them.
	let input = of_type(BFLOAT16 as i32).node("Cast", &[], &[int("to", 1)]);
	close(input.node("Relu", &[], &[]), -4.0, 4.0);
}

#[test]
fn whole_numbers_of_many_levels_are_told_in_seconds() {
	for far in [1e7, 1e9] {
		let model = Onnx::new(&[1, 2])
			.floats("far", &[1], &[far])
			.floats("near", &[1], &[1.0 / far])
			.node("Mul", &["far"], &[])
			.node("Floor", &[], &[])
			.node("Mul", &["near"], &[]);
		let start = Instant::now();
		let made = compiled(model, 0.0, 1.0).unwrap();
		assert!(made.report.max_error < 0.1, "{}", made.report.max_error);
		assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
	}
}

/// Of all weights there is one zero point, or one for each output: a column, or a kernel.
#[test]
fn products_of_integers_are_less_their_zero_points() {
	let matrix = |zeros: &[i32]| {
		let dims: &[i64] = if zeros.len() == 1 { &[] } else { &[zeros.len() as i64] };
		Onnx::new(&[1, 2])
			.typed(UINT8)
			.bytes("w", &[2, 2], false, &[1, 2, 3, 4])
			.bytes("a", &[], false, &[5])
			.bytes("b", dims, false, zeros)
			.step("MatMulInteger", &["x", "w", "a", "b"], &["y"], &[])
	};
	assert_eq!(gives(matrix(&[2]), 10, &[7.0, 9.0]), [2.0, 8.0]);
	assert_eq!(gives(matrix(&[1, 2]), 10, &[7.0, 9.0]), [8.0, 8.0]);
	let three = imported(&matrix(&[1, 2, 3]).encoded(10));
	says(three, &["MatMulInteger", "one zero point of all weights, or 2 for the outputs", "[3]"]);
	let kernels = Onnx::new(&[1, 1, 2, 2])
		.typed(UINT8)
		.bytes("w", &[2, 1, 1, 2], false, &[2, 3, 5, 1])
		.bytes("a", &[], false, &[5])
		.bytes("b", &[2], false, &[1, 3])
		.step("ConvInteger", &["x", "w", "a", "b"], &["y"], &[]);
	// Weights 1 and 2, and 2 and -2.
	assert_eq!(gives(kernels, 10, &[5.0, 6.0, 8.0, 5.0]), [2.0, 3.0, -2.0, 6.0]);
}

/// A choice by a truth value between integers that are attributes, which say nothing of a type.
fn chosen(first: i64, second: i64) -> Onnx {
	Onnx::new(&[1, 2])
		.typed(BOOL as i32)
		.step("Constant", &[], &["a"], &[int("value_int", first)])
		.step("Constant", &[], &["b"], &[int("value_int", second)])
		.step("Where", &["x", "a", "b"], &["w"], &[])
}

#[test]
fn a_choice_between_other_integers_than_0_and_1_is_no_truth_value() {
	let cast = |model: Onnx, to| model.step("Cast", &["w"], &["t"], &[int("to", to)]);
	assert_eq!(gives(cast(chosen(5, 7), BOOL), 18, &[1.0, 0.0]), [1.0, 1.0]);
	let not = cast(chosen(5, 0), BOOL).step("Not", &["t"], &["y"], &[]);
	assert_eq!(gives(not, 18, &[1.0, 0.0]), [0.0, 1.0]);
	assert_eq!(gives(cast(chosen(1, 0), INT8), 18, &[1.0, 0.0]), [1.0, 0.0]);
	// ONNX Runtime has 44 for 300.
	says(imported(&cast(chosen(300, 5), INT8).encoded(18)), &["Cast", "does not fit"]);
}

#[test]
fn a_mask_of_other_integers_than_0_and_1_is_refused() {
	let hidden = |first| {
		chosen(first, 0)
			.input("s", &[1, 2], 1)
			.scalar("one", 1.0)
			.scalar("far", -1e9)
			.step("Cast", &["w"], &["f"], &[int("to", FLOAT)])
			.step("Sub", &["one", "f"], &["l"], &[])
			.step("Mul", &["l", "far"], &["h"], &[])
			.step("Add", &["s", "h"], &["m"], &[])
			.step("Softmax", &["m"], &["y"], &[])
	};
	let made = |first| quantize(&imported(&hidden(first).encoded(18)).unwrap(), &range(-4.0, 4.0));
	made(1).unwrap();
	let error = made(2).map(|_| ()).unwrap_err().to_string();
	for words in ["softmax", "values from 0 to 1", "0 to 2"] {
		assert!(error.contains(words), "{words:?} not in {error:?}");
	}
}

fn range(min: f32, max: f32) -> CompileOptions {
	CompileOptions { input: vec![InputRange { min, max }], ..CompileOptions::default() }
}

/// Scores of which an input of truth values hides some.
fn hiding(far: f32) -> Onnx {
	Onnx::new(&[1, 3])
		.input("m", &[1, 3], BOOL as i32)
		.scalar("zero", 0.0)
		.scalar("far", far)
		.step("Where", &["m", "zero", "far"], &["h"], &[])
		.step("Add", &["x", "h"], &["s"], &[])
}

#[test]
fn truth_values_are_made_of_numbers_alone() {
	let cast = |model: Onnx, from: &str| model.step("Cast", &[from], &["t"], &[int("to", BOOL)]);
	let given = [0.0, 0.0, 3.0, 1.0, 0.0, 1.0];
	assert_eq!(gives(cast(hiding(-1e4), "s"), 18, &given), [0.0, 1.0, 1.0]);
	for far in [-1e9, f32::NEG_INFINITY] {
		let refused = imported(&cast(hiding(far), "s").encoded(18));
		says(refused, &["Cast", "far below 0", "only before Softmax"]);
	}
	let fixed = Onnx::new(&[1, 3]).floats("h", &[1, 3], &[0.0, f32::NEG_INFINITY, 0.0]);
	let fixed = fixed.step("Add", &["x", "h"], &["s"], &[]);
	says(imported(&cast(fixed, "s").encoded(18)), &["Cast", "minus infinity"]);
	let quantised = Onnx::new(&[1, 3]);
	let quantised = quantised.step("DynamicQuantizeLinear", &["x"], &["q", "scale", "z"], &[]);
	for from in ["q", "scale", "z"] {
		let refused = imported(&cast(quantised.clone(), from).encoded(18));
		says(refused, &["Cast", "what DynamicQuantizeLinear gives"]);
	}
}

#[test]
fn a_type_has_the_index_of_each_class() {
	let cast = |classes: i64, to: i64| {
		let place = Onnx::new(&[1, classes]).step("ArgMax", &["x"], &["p"], &[int("axis", 1)]);
		place.step("Cast", &["p"], &["y"], &[int("to", to)])
	};
	let refused = |classes, to| {
		let words = ["Cast", "the indices of all classes", "as FLOAT or INT64"];
		says(imported(&cast(classes, to).encoded(18)), &words);
	};
	let last = |classes: i64, to| {
		let mut x = vec![0.0; classes as usize];
		x[classes as usize - 1] = 1.0;
		assert_eq!(gives(cast(classes, to), 18, &x), [classes as f32 - 1.0]);
	};
	for (to, most) in [(FLOAT16, 2049), (BFLOAT16, 257), (INT16, 1 << 15), (UINT16, 1 << 16)] {
		last(most, to);
		refused(most + 1, to);
	}
	for to in [FLOAT, INT32.into(), 7] {
		last(70_000, to);
	}
}

#[test]
fn a_target_type_is_that_of_its_tensor() {
	let like = |model: Onnx, like: &str| model.step("CastLike", &["x", like], &["y"], &[]);
	let truth = || Onnx::new(&[1, 3]).step("Greater", &["x", "x"], &["t"], &[]);
	assert_eq!(gives(like(truth(), "t"), 18, &[2.5, 0.0, -1.0]), [1.0, 0.0, 1.0]);
	let constant = truth().scalar("c", 2.5).step("CastLike", &["c", "t"], &["d"], &[]);
	let both = constant.step("And", &["t", "d"], &["y"], &[]);
	assert_eq!(gives(both, 18, &[2.5, 0.0, -1.0]), [0.0; 3]);
	// Of an index of a class it is not known what it was cast to.
	let place = Onnx::new(&[1, 3]).step("ArgMax", &["x"], &["p"], &[int("axis", 1)]).step(
		"Cast",
		&["p"],
		&["f"],
		&[int("to", FLOAT)],
	);
	says(imported(&like(place, "f").encoded(18)), &["CastLike", "a target_type that is known"]);
}

#[test]
fn sums_of_integers_are_integers_however_large() {
	let model = Onnx::new(&[1, 3])
		.input("m", &[1, 3], 7)
		.whole()
		.ints("one", &[1])
		.ints("far", &[-1_000_000_000])
		.ints("none", &[0])
		.step("Sub", &["one", "m"], &["l"], &[])
		.step("Mul", &["l", "far"], &["h"], &[])
		.step("Add", &["x", "h"], &["s"], &[])
		.step("Max", &["s", "none"], &["y"], &[]);
	assert_eq!(gives(model, 18, &[5.0, 6.0, 7.0, 1.0, 0.0, 1.0]), [5.0, 0.0, 7.0]);
}
