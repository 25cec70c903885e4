//! Quotients, roots and what is made of them are as exact where they are small as where they are large, and
//! so is TopK among equals: floats against integers, and the circuit with them.

use std::path::Path;

use crate::onnx::{float, int, ints, Onnx};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	calibrate::mock, compile_float, import::import_bytes, CompileOptions, CompiledModel, InputRange,
};
use zkml_primitives::Visibility;

fn rng() -> ChaCha20Rng {
	ChaCha20Rng::seed_from_u64(1)
}

/// How a model is compiled.
struct How {
	range: (f32, f32),
	step: Option<f32>,
	visibility: Visibility,
	lookups: bool,
}

const ROUNDS: How =
	How { range: (0.0, 1.0), step: None, visibility: Visibility::Public, lookups: true };

fn compiled(model: Onnx, how: &How) -> Result<CompiledModel, String> {
	let float = import_bytes(Path::new("model"), &model.encoded(23), None).unwrap();
	let options = CompileOptions {
		visibility: how.visibility,
		lookups: how.lookups,
		input: vec![InputRange { min: how.range.0, max: how.range.1 }],
		input_step: how.step,
		..CompileOptions::default()
	};
	compile_float(&float, &options, &mut rng()).map_err(|error| error.to_string())
}

/// The answers to an input in numbers, which a circuit proves.
fn answers(model: &CompiledModel, input: &[f32]) -> Vec<f64> {
	let integers = model.quantize_inputs(&[input.to_vec()]).unwrap();
	assert_eq!(mock(model, &integers, &mut rng()).unwrap(), None);
	let output = model.evaluate(&integers).unwrap().remove(0);
	let step = |i: usize| {
		let scale = model.graph().outputs[0].info.tensor.scale(i).unwrap();
		f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2()
	};
	output.iter().enumerate().map(|(i, v)| f64::from(*v) * step(i)).collect()
}

/// Panics if an answer is further off than that.
#[track_caller]
fn close(got: &[f64], expected: &[f64], allowed: f64) {
	assert_eq!(got.len(), expected.len());
	for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
		assert!((got - expected).abs() <= allowed, "{i}: {got} for {expected}");
	}
}

/// Panics if an answer is further off than that share of itself.
#[track_caller]
fn close_by_share(got: &[f64], expected: &[f64], share: f64) {
	assert_eq!(got.len(), expected.len());
	for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
		assert!((got - expected).abs() <= share * expected.abs(), "{i}: {got} for {expected}");
	}
}

fn soft_max(x: &[f32]) -> Vec<f64> {
	let largest = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
	let each: Vec<f64> = x.iter().map(|x| f64::from(x - largest).exp()).collect();
	let total: f64 = each.iter().sum();
	each.iter().map(|x| x / total).collect()
}

#[test]
fn softmax_of_logits_from_minus_50_to_50_is_within_a_hundredth() {
	let rng = &mut rng();
	for lookups in [true, false] {
		let onnx = Onnx::new(&[4, 10]).node("Softmax", &[], &[int("axis", -1)]);
		let how = How { range: (-50.0, 50.0), step: Some(0.05), lookups, ..ROUNDS };
		let model = compiled(onnx, &how).unwrap();
		println!("softmax of 4 rows of 10, lookups {lookups}: {}", model.cost().counts.constraints);
		for size in [50.0f32, 5.0, 0.5] {
			let row = |rng: &mut ChaCha20Rng| -> Vec<f32> {
				(0..10).map(|_| (rng.gen_range(-size..size) * 20.0).round() / 20.0).collect()
			};
			let rows: Vec<Vec<f32>> = (0..4).map(|_| row(rng)).collect();
			let expected: Vec<f64> = rows.iter().flat_map(|row| soft_max(row)).collect();
			close(&answers(&model, &rows.concat()), &expected, 0.01);
		}
	}
}

/// Rows of the same numbers around a level, with a deviation of that.
fn rows(deviation: f32, level: f32, step: f32, size: usize) -> Vec<f32> {
	let each = |i: usize| {
		let unit = (i as f32 * 2.0 / (size as f32 - 1.0) - 1.0) * 3f32.sqrt();
		((level + deviation * unit) / step).round() * step
	};
	(0..size).map(each).collect()
}

fn layer_norm(x: &[f32], epsilon: f64) -> Vec<f64> {
	let count = x.len() as f64;
	let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
	let variance = x.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count;
	x.iter().map(|x| (f64::from(*x) - mean) / (variance + epsilon).sqrt()).collect()
}

#[test]
fn layer_norm_is_within_a_hundredth_of_variances_from_a_ten_thousandth_to_ten_thousand() {
	const STEP: f32 = 1.0 / 1024.0;
	for visibility in [Visibility::Public, Visibility::Private] {
		let ones = [1.0f32; 16];
		let onnx = Onnx::new(&[1, 16]).floats("scale", &[16], &ones).node(
			"LayerNormalization",
			&["scale"],
			&[float("epsilon", 1e-5)],
		);
		let how = How { range: (-400.0, 400.0), step: Some(STEP), visibility, ..ROUNDS };
		let model = compiled(onnx, &how).unwrap();
		println!("layer norm of 16, {visibility:?}: {}", model.cost().counts.constraints);
		for deviation in [0.01f32, 0.03, 0.1, 1.0, 10.0, 100.0] {
			for level in [0.0f32, 3.0, -50.0] {
				let x = rows(deviation, level, STEP, 16);
				// Of a range of about 6.
				close(&answers(&model, &x), &layer_norm(&x, 1e-5), 0.03);
			}
		}
		close(&answers(&model, &[7.0; 16]), &[0.0; 16], 0.0);
	}
}

/// As exporters below operator set 17 write it.
#[test]
fn a_layer_norm_in_parts_is_as_exact_and_a_constant_row_is_0() {
	const STEP: f32 = 1.0 / 256.0;
	let onnx = Onnx::new(&[1, 8])
		.ints("axes", &[-1])
		.step("ReduceMean", &["x", "axes"], &["m"], &[])
		.step("Sub", &["x", "m"], &["d"], &[])
		.step("Mul", &["d", "d"], &["s"], &[])
		.step("ReduceMean", &["s", "axes"], &["v"], &[])
		.scalar("epsilon", 1e-5)
		.step("Add", &["v", "epsilon"], &["e"], &[])
		.step("Sqrt", &["e"], &["r"], &[])
		.step("Div", &["d", "r"], &["y"], &[]);
	let how = How { range: (-100.0, 100.0), step: Some(STEP), ..ROUNDS };
	let model = compiled(onnx, &how).unwrap();
	for deviation in [0.02f32, 0.5, 40.0] {
		let x = rows(deviation, 5.0, STEP, 8);
		close(&answers(&model, &x), &layer_norm(&x, 1e-5), 0.03);
	}
	close(&answers(&model, &[55.0; 8]), &[0.0; 8], 0.0);
}

/// The norm of that power.
fn norm(x: &[f32], p: i32) -> f64 {
	x.iter().map(|x| f64::from(x.abs()).powi(p)).sum::<f64>().powf(1.0 / f64::from(p))
}

#[test]
fn other_norms_are_exact_where_they_are_small() {
	const STEP: f32 = 1.0 / 256.0;
	let scale = [1.0f32; 8];
	let rms = Onnx::new(&[1, 8]).floats("scale", &[8], &scale).step(
		"RMSNormalization",
		&["x", "scale"],
		&["y"],
		&[float("epsilon", 1e-6)],
	);
	let length = Onnx::new(&[1, 8]).node("LpNormalization", &[], &[int("axis", -1), int("p", 2)]);
	let sizes = Onnx::new(&[1, 8]).node("LpNormalization", &[], &[int("axis", -1), int("p", 1)]);
	let how = How { range: (-100.0, 100.0), step: Some(STEP), ..ROUNDS };
	let all: [(Onnx, fn(&[f32]) -> f64, f64); 3] = [
		(rms, |x| norm(x, 2) / 8f64.sqrt(), 0.03),
		(length, |x| norm(x, 2), 0.01),
		(sizes, |x| norm(x, 1), 0.005),
	];
	for (onnx, norm, allowed) in all {
		let model = compiled(onnx, &how).unwrap();
		for size in [0.05f32, 1.0, 90.0] {
			let x = rows(size / 2.0, 0.1 * size, STEP, 8);
			let of = norm(&x);
			let expected: Vec<f64> = x.iter().map(|x| f64::from(*x) / of).collect();
			close(&answers(&model, &x), &expected, allowed);
		}
		close(&answers(&model, &[0.0; 8]), &[0.0; 8], 0.0);
	}
}

#[test]
fn quotients_of_computed_numbers_are_good_to_8_bits_where_divisors_are_small_and_where_large() {
	// (3 + sum) / (0.01 + square) of halves of the input.
	let onnx = Onnx::new(&[1, 4])
		.ints("start", &[0])
		.ints("middle", &[2])
		.ints("end", &[4])
		.ints("axis", &[1])
		.step("Slice", &["x", "start", "middle", "axis"], &["a"], &[])
		.step("Slice", &["x", "middle", "end", "axis"], &["b"], &[])
		.scalar("three", 3.0)
		.scalar("little", 0.01)
		.step("Add", &["a", "three"], &["p"], &[])
		.step("Mul", &["b", "b"], &["s"], &[])
		.step("Add", &["s", "little"], &["q"], &[])
		.step("Div", &["p", "q"], &["y"], &[]);
	for visibility in [Visibility::Public, Visibility::Private] {
		let how = How { range: (0.0, 30.0), step: Some(1.0 / 64.0), visibility, ..ROUNDS };
		let model = compiled(onnx.clone(), &how).unwrap();
		println!("2 quotients, {visibility:?}: {}", model.cost().counts.constraints);
		for b in [0.0f32, 0.125, 1.0, 10.0, 30.0] {
			for a in [0.0f32, 5.0, 29.0] {
				let one = (f64::from(a) + 3.0) / (f64::from(b).powi(2) + 0.01);
				close_by_share(&answers(&model, &[a, a, b, b]), &[one, one], 1.0 / 256.0);
			}
		}
	}
}

#[test]
fn reciprocals_and_roots_are_good_to_8_bits_over_six_orders_of_size() {
	let cases: [(Onnx, fn(f64) -> f64); 4] = [
		(Onnx::new(&[1, 2]).node("Reciprocal", &[], &[]), |x| 1.0 / x),
		(Onnx::new(&[1, 2]).node("Sqrt", &[], &[]), f64::sqrt),
		(Onnx::new(&[1, 2]).node("Sqrt", &[], &[]).node("Reciprocal", &[], &[]), |x| {
			1.0 / x.sqrt()
		}),
		(Onnx::new(&[1, 2]).scalar("p", -0.5).node("Pow", &["p"], &[]), |x| 1.0 / x.sqrt()),
	];
	for (onnx, function) in cases {
		for lookups in [true, false] {
			let step = Some(1.0 / 512.0);
			let how = How { range: (0.01, 10_000.0), step, lookups, ..ROUNDS };
			let model = compiled(onnx.clone(), &how).unwrap();
			println!("2 of one function, lookups {lookups}: {}", model.cost().counts.constraints);
			for x in [5.0f32 / 512.0, 0.1, 1.0, 33.0, 1000.0, 10_000.0] {
				let x = (x * 512.0).round() / 512.0;
				let expected = function(x.into());
				close_by_share(&answers(&model, &[x, x]), &[expected; 2], 1.0 / 256.0);
			}
		}
	}
}

#[test]
fn exponentials_and_logarithms_are_good_to_8_bits_over_many_orders_of_size() {
	let step = Some(1.0 / 256.0);
	let exp = Onnx::new(&[1, 2]).node("Exp", &[], &[]);
	let model = compiled(exp, &How { range: (-7.0, 7.0), step, ..ROUNDS }).unwrap();
	println!("2 exponentials: {}", model.cost().counts.constraints);
	for x in [-7.0f32, -5.0, -0.5, 0.0, 3.25, 6.0, 7.0] {
		close_by_share(&answers(&model, &[x, x]), &[f64::from(x).exp(); 2], 1.0 / 256.0);
	}
	for (lookups, visibility) in
		[(true, Visibility::Public), (false, Visibility::Public), (true, Visibility::Private)]
	{
		let log = Onnx::new(&[1, 2]).node("Log", &[], &[]);
		let how = How { range: (0.01, 10_000.0), step, lookups, visibility };
		let model = compiled(log, &how).unwrap();
		println!("2 logarithms, lookups {lookups}: {}", model.cost().counts.constraints);
		for x in [3.0f32, 10.0, 300.0, 2560.0, 2_560_000.0] {
			let x = x / 256.0;
			close(&answers(&model, &[x, x]), &[f64::from(x).ln(); 2], 1.0 / 256.0);
		}
	}
	let pow = Onnx::new(&[1, 2]).scalar("p", -0.75).node("Pow", &["p"], &[]);
	let model = compiled(pow, &How { range: (0.01, 10_000.0), step, ..ROUNDS }).unwrap();
	for x in [3.0f32, 10.0, 300.0, 2560.0, 2_560_000.0] {
		let x = x / 256.0;
		close_by_share(&answers(&model, &[x, x]), &[f64::from(x).powf(-0.75); 2], 1.0 / 256.0);
	}
}

/// Exponentials divided by their sum as they are: rows of small ones beside rows of large ones.
#[test]
fn softmax_in_parts_without_the_largest_taken_away_is_within_a_hundredth() {
	let onnx = Onnx::new(&[3, 4])
		.ints("axes", &[-1])
		.step("Exp", &["x"], &["e"], &[])
		.step("ReduceSum", &["e", "axes"], &["s"], &[])
		.step("Div", &["e", "s"], &["y"], &[]);
	let how = How { range: (-8.0, 8.0), step: Some(1.0 / 64.0), ..ROUNDS };
	let model = compiled(onnx, &how).unwrap();
	println!("softmax in parts of 3 rows of 4: {}", model.cost().counts.constraints);
	let rows = [[8.0f32, 7.0, -8.0, 0.0], [-8.0, -7.5, -7.0, -8.0], [0.5, 0.25, -1.0, 0.0]];
	let expected: Vec<f64> = rows.iter().flat_map(|row| soft_max(row)).collect();
	close(&answers(&model, &rows.concat()), &expected, 0.01);
}

#[test]
fn negative_divisors_are_as_good_as_positive_ones_and_those_of_both_signs_are_refused() {
	let onnx = Onnx::new(&[1, 2]).node("Reciprocal", &[], &[]);
	let how = How { range: (-1000.0, -0.5), step: Some(0.125), ..ROUNDS };
	let model = compiled(onnx.clone(), &how).unwrap();
	close_by_share(&answers(&model, &[-0.5, -1000.0]), &[-2.0, -0.001], 1.0 / 256.0);
	let how = How { range: (-1000.0, 1000.0), step: Some(0.125), ..ROUNDS };
	let refused = compiled(onnx, &how).unwrap_err();
	assert!(refused.contains("reciprocal0: expected a divisor that is never 0"), "{refused}");
	let onnx = Onnx::new(&[1, 2]).node("Sqrt", &[], &[]);
	let refused = compiled(onnx, &how).unwrap_err();
	assert!(refused.contains("sqrt0: expected a finite value of Sqrt"), "{refused}");
}

fn top_k(k: i64, axis: i64, largest: i64, output: &str) -> Onnx {
	let attributes = [int("axis", axis), int("largest", largest), int("sorted", 1)];
	Onnx::new(&[2, 5])
		.ints("k", &[k])
		.step("TopK", &["x", "k"], &["values", "indices"], &attributes)
		.output(output, if output == "values" { 1 } else { 7 })
}

#[test]
fn top_k_gives_values_and_places_and_of_equal_ones_the_first_first() {
	let x = [3.0f32, 1.0, 3.0, 2.0, 0.0, 5.0, 5.0, 5.0, 7.0, 7.0];
	// What is asked of it, and what ONNX Runtime answers: values, then places.
	let cases: [((i64, i64, i64), &[f64], &[f64]); 4] = [
		((2, -1, 1), &[3.0, 3.0, 7.0, 7.0], &[0.0, 2.0, 3.0, 4.0]),
		((3, 1, 0), &[0.0, 1.0, 2.0, 5.0, 5.0, 5.0], &[4.0, 1.0, 3.0, 0.0, 1.0, 2.0]),
		((1, 0, 1), &[5.0, 5.0, 5.0, 7.0, 7.0], &[1.0; 5]),
		(
			(5, -1, 1),
			&[3.0, 3.0, 2.0, 1.0, 0.0, 7.0, 7.0, 5.0, 5.0, 5.0],
			&[0.0, 2.0, 3.0, 1.0, 4.0, 3.0, 4.0, 0.0, 1.0, 2.0],
		),
	];
	for ((k, axis, largest), values, places) in cases {
		for (output, expected) in [("values", values), ("indices", places)] {
			for lookups in [true, false] {
				let how = How { range: (0.0, 15.0), lookups, ..ROUNDS };
				let model = compiled(top_k(k, axis, largest, output), &how).unwrap();
				assert_eq!(answers(&model, &x), expected, "{output} {k} {axis} {largest}");
			}
		}
	}
}

#[test]
fn values_and_places_of_one_top_k_are_sorted_once() {
	let both = |both: bool| {
		let onnx = Onnx::new(&[1, 16]).ints("k", &[3]);
		let onnx = onnx.step("TopK", &["x", "k"], &["values", "indices"], &[]);
		match both {
			true => onnx.step("Cast", &["indices"], &["places"], &[int("to", 1)]).step(
				"Concat",
				&["values", "places"],
				&["y"],
				&[int("axis", 1)],
			),
			false => onnx.output("values", 1),
		}
	};
	let how = How { range: (0.0, 255.0), ..ROUNDS };
	let [one, two] = [false, true].map(|of| compiled(both(of), &how).unwrap());
	let x: Vec<f32> = (0..16).map(|i| (i * 7 % 16) as f32 * 10.0).collect();
	assert_eq!(answers(&two, &x), [150.0, 140.0, 130.0, 9.0, 2.0, 11.0]);
	let [one, two] = [one, two].map(|model| model.cost().counts.constraints);
	println!("top 3 of 16: {one}, with places {two}");
	assert!(two < one + 100, "{one} {two}");
}

#[test]
fn top_k_of_more_than_there_are_is_refused() {
	let float = import_bytes(Path::new("top"), &top_k(6, 1, 1, "values").encoded(23), None);
	let refused = float.unwrap_err().to_string();
	assert!(refused.contains("(TopK): expected K of 1 to 5, got 6"), "{refused}");
}

#[test]
fn groups_of_pixels_are_normalised_as_well() {
	const STEP: f32 = 1.0 / 16.0;
	let onnx = Onnx::new(&[1, 2, 2, 2])
		.floats("scale", &[2], &[1.0, 1.0])
		.floats("bias", &[2], &[0.0, 0.0])
		.node("InstanceNormalization", &["scale", "bias"], &[float("epsilon", 1e-5)]);
	let how = How { range: (-64.0, 64.0), step: Some(STEP), ..ROUNDS };
	let model = compiled(onnx, &how).unwrap();
	let x = [1.0f32, 1.125, 1.25, 1.5, -60.0, 60.0, 0.0, 1.0];
	let expected = [layer_norm(&x[..4], 1e-5), layer_norm(&x[4..], 1e-5)].concat();
	close(&answers(&model, &x), &expected, 0.03);
	let onnx = Onnx::new(&[1, 8]).node("MeanVarianceNormalization", &[], &[ints("axes", &[1])]);
	let model = compiled(onnx, &how).unwrap();
	let x = rows(0.5, 20.0, STEP, 8);
	close(&answers(&model, &x), &layer_norm(&x, 0.0), 0.03);
}

/// Squares of 23 bits have more than a divisor is made of: that of a row of small numbers among rows of large ones
/// is rounded away, and no row of zeros is.
#[test]
fn a_norm_of_numbers_far_below_the_largest_is_told_of_and_none_of_zeros() {
	let model = Onnx::new(&[1, 4]).node("LpNormalization", &[], &[int("p", 2), int("axis", 1)]);
	let graph = import_bytes(Path::new("model"), &model.encoded(22), None).unwrap();
	let last = 8_388_607.0;
	let options = CompileOptions {
		lookups: true,
		input: vec![InputRange { min: 0.0, max: last }],
		samples: vec![vec![last, 3e6, 5e6, 0.0], vec![1e6, 2e6, 3e6, 4e6]],
		allow_saturation: true,
		..CompileOptions::default()
	};
	let model = compile_float(&graph, &options, &mut rng()).unwrap();
	let told = |input: &[f32]| {
		let integers = model.quantize_inputs(&[input.to_vec()]).unwrap();
		assert_eq!(mock(&model, &integers, &mut rng()).unwrap(), None);
		let found = model.saturations(&model.trace(&integers).unwrap());
		let words = "were so small that rounding took much of each";
		assert!(found.iter().all(|one| one.small && one.to_string().contains(words)), "{found:?}");
		found.len()
	};
	assert!(told(&[0.0, 0.0, 0.0, 1.0]) > 0);
	assert!(told(&[0.0, 2.0, 0.0, 1.0]) > 0);
	assert_eq!(told(&[0.0; 4]), 0);
	assert_eq!(told(&[1e4, 2e4, 0.0, 5e3]), 0);
	close_by_share(&answers(&model, &[1e4, 0.0, 0.0, 0.0])[..1], &[1.0], 0.01);
	// What is added to the squares before the root keeps all divisors in sight.
	let model = Onnx::new(&[1, 4]).floats("one", &[4], &[1.0; 4]);
	let model = model.node("RMSNormalization", &["one"], &[float("epsilon", 1e6)]);
	let graph = import_bytes(Path::new("model"), &model.encoded(23), None).unwrap();
	let model = compile_float(&graph, &options, &mut rng()).unwrap();
	assert_eq!(model.guards().iter().filter(|guard| guard.is_of_small()).count(), 0);
}
