//! Updates at computed indices, and arithmetic of computed integers, from the file to the circuit.

use std::path::Path;

use crate::{
	common::{self, agrees},
	onnx::{int, randoms, text, Onnx},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_circuits::{
	compile_float, graph::Op, import::import_bytes, CompileError, CompileOptions, CompiledModel,
	InputOptions, InputRange,
};
use zkml_primitives::Visibility;

/// Plain; rounds; with private parameters.
fn kinds() -> [CompileOptions; 3] {
	let public = CompileOptions::default();
	let rounds = CompileOptions { lookups: true, ..public.clone() };
	let private = CompileOptions { visibility: Visibility::Private, ..rounds.clone() };
	[public, rounds, private]
}

fn compiled(model: Onnx, options: &CompileOptions) -> Result<CompiledModel, CompileError> {
	let float = import_bytes(Path::new("test.onnx"), &model.encoded(18), None).unwrap();
	compile_float(&float, options, &mut common::rng(1))
}

/// Integers `i` scattered into integers `x` by integers `u`: all inputs, all exact.
fn elements(dims: &[i64], shape: &[i64], axis: i64, reduction: &str) -> Onnx {
	Onnx::new(dims).whole().input("i", shape, 7).input("u", shape, 7).step(
		"ScatterElements",
		&["x", "i", "u"],
		&["y"],
		&[int("axis", axis), text("reduction", reduction)],
	)
}

/// Ranges of numbers, and of indices if they are not to be those of their axis.
fn with_ranges(options: &CompileOptions, indices: Option<(f32, f32)>) -> CompileOptions {
	let own = |(min, max)| InputOptions {
		ranges: vec![InputRange { min, max }],
		..InputOptions::default()
	};
	let mut inputs: Vec<_> = ["x", "u"].map(|name| (name.to_string(), own((-5.0, 6.0)))).into();
	inputs.extend(indices.map(|range| ("i".to_string(), own(range))));
	CompileOptions { inputs: inputs.into_iter().collect(), ..options.clone() }
}

/// What is expected of a line of elements.
fn scattered(line: &mut [i64], updates: &[(i64, i64)], reduction: &str) {
	for (index, update) in updates {
		let at = index.rem_euclid(line.len() as i64) as usize;
		line[at] = match reduction {
			"none" => *update,
			"add" => line[at] + update,
			"mul" => line[at] * update,
			"max" => line[at].max(*update),
			_ => line[at].min(*update),
		};
	}
}

#[test]
fn every_reduction_is_exact_on_integers_of_any_shape_and_sign() {
	let rng = &mut ChaCha20Rng::seed_from_u64(5);
	for (round, reduction) in
		["none", "add", "mul", "max", "min"].into_iter().cycle().take(15).enumerate()
	{
		let (rows, columns) = (rng.gen_range(1..4), rng.gen_range(1..5));
		let (lines, count) = (rng.gen_range(1..=rows), rng.gen_range(1..4));
		let options =
			with_ranges(&kinds()[round % 3], Some((-columns as f32, columns as f32 - 1.0)));
		let model = elements(&[rows, columns], &[lines, count], 1, reduction);
		let model = compiled(model, &options).unwrap();
		for seed in 0..3 {
			let mut draw = |count: i64, low: i32, high: i32| -> Vec<i32> {
				(0..count).map(|_| rng.gen_range(low..=high)).collect()
			};
			let x = draw(rows * columns, -5, 6);
			let i = draw(lines * count, -columns as i32, columns as i32 - 1);
			let u = draw(lines * count, -5, 6);
			let mut expected: Vec<i64> = x.iter().map(|x| i64::from(*x)).collect();
			for line in 0..lines as usize {
				let own = line * count as usize..(line + 1) * count as usize;
				let updates: Vec<_> = own.map(|k| (i64::from(i[k]), i64::from(u[k]))).collect();
				let at = line * columns as usize;
				scattered(&mut expected[at..at + columns as usize], &updates, reduction);
			}
			let values = vec![x, i, u];
			agrees(&model, &values, seed);
			let got = model.evaluate(&values).unwrap().swap_remove(0);
			let scale = model.graph().outputs[0].info.tensor.scale(0).unwrap();
			let step = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
			let got: Vec<i64> = got.iter().map(|y| (f64::from(*y) * step).round() as i64).collect();
			assert_eq!(got, expected, "{reduction}, {values:?}");
		}
	}
}

#[test]
fn indices_have_the_range_of_their_axis_unless_another_is_given() {
	let model = || elements(&[2, 3], &[2, 2], 1, "none");
	for options in kinds() {
		let made = compiled(model(), &with_ranges(&options, None)).unwrap();
		let tensor = &made.inputs()[1].tensor;
		assert_eq!((tensor.min, tensor.max), (0, 2));
		let error = compiled(model(), &with_ranges(&options, Some((0.0, 3.0)))).unwrap_err();
		let error = error.to_string();
		assert!(error.contains("scatterelements0"), "{error}");
		assert!(error.contains("indices from -3 to 2"), "{error}");
	}
}

/// What is taken is picked from a table: no number is made of two, so that large and small ones stay what they are.
#[test]
fn blocks_of_real_numbers_are_taken_as_they_are() {
	for options in kinds() {
		let model = Onnx::new(&[3, 2])
			.input("i", &[2, 1], 7)
			.floats("d", &[4, 2], &randoms(3, 8))
			.step("Slice", &["x", "zero", "two"], &["u"], &[])
			.ints("zero", &[0])
			.ints("two", &[2])
			.step("ScatterND", &["d", "i", "u"], &["y"], &[]);
		let input = vec![InputRange { min: -1.0, max: 1.0 }];
		let model = compiled(model, &CompileOptions { input, ..options.clone() });
		let model = model.unwrap();
		let products =
			model.graph().nodes.iter().filter(|node| matches!(node.op, Op::Mul | Op::Product(_)));
		assert_eq!(products.count(), 0);
		for seed in 0..3 {
			let values = common::input(&model, seed);
			agrees(&model, &values, seed);
		}
	}
}

/// Two inputs of integers.
fn pair(op: &str, attributes: &[zkml_onnx::AttributeProto]) -> Onnx {
	let model = Onnx::new(&[4]).whole().input("u", &[4], 7);
	model.step(op, &["x", "u"], &["y"], attributes)
}

/// An operator with its attributes, ranges of both inputs, and what is expected of two numbers.
type Pair = (&'static str, &'static [(&'static str, i64)], [(i32, i32); 2], fn(i64, i64) -> i64);

#[test]
fn integers_of_any_sign_are_divided_and_put_together_bit_by_bit() {
	let wide = (-300, 299);
	let cases: [Pair; 9] = [
		("Div", &[], [wide, (1, 17)], |a, b| a / b),
		("Div", &[], [wide, (-9, -2)], |a, b| a / b),
		("Div", &[], [(-40, -3), (2, 5)], |a, b| a / b),
		("Div", &[], [(3, 40), (2, 5)], |a, b| a / b),
		("Mod", &[], [wide, (-9, -2)], |a, b| a - b * (a as f64 / b as f64).floor() as i64),
		("Mod", &[("fmod", 1)], [wide, (1, 17)], |a, b| a % b),
		("BitwiseAnd", &[], [wide, (-5, 900)], |a, b| a & b),
		("BitwiseOr", &[], [(0, 255), (0, 3)], |a, b| a | b),
		("BitwiseXor", &[], [wide, (-1, 0)], |a, b| a ^ b),
	];
	let rng = &mut ChaCha20Rng::seed_from_u64(6);
	for (round, (op, attributes, ranges, expected)) in cases.into_iter().enumerate() {
		let own = |(min, max): (i32, i32)| InputOptions {
			ranges: vec![InputRange { min: min as f32, max: max as f32 }],
			..InputOptions::default()
		};
		let inputs = ["x", "u"].into_iter().zip(ranges);
		let inputs = inputs.map(|(name, range)| (name.to_string(), own(range))).collect();
		let options = CompileOptions { inputs, ..kinds()[round % 3].clone() };
		let attributes: Vec<_> = attributes.iter().map(|(name, value)| int(name, *value)).collect();
		let model = compiled(pair(op, &attributes), &options).unwrap();
		for seed in 0..3 {
			let mut draw = |(min, max): (i32, i32)| -> Vec<i32> {
				(0..4).map(|k| if k == 0 { min } else { rng.gen_range(min..=max) }).collect()
			};
			let values = vec![draw(ranges[0]), draw(ranges[1])];
			agrees(&model, &values, seed);
			let got = model.evaluate(&values).unwrap().swap_remove(0);
			let both = values[0].iter().zip(&values[1]);
			let expected: Vec<_> =
				both.map(|(a, b)| expected((*a).into(), (*b).into()) as i32).collect();
			assert_eq!(got, expected, "{op} of {values:?}");
		}
	}
}

#[test]
fn a_divisor_that_could_be_0_is_refused_by_name() {
	for op in ["Div", "Mod"] {
		let input = vec![InputRange { min: -3.0, max: 3.0 }];
		let options = CompileOptions { input, ..CompileOptions::default() };
		let error = compiled(pair(op, &[]), &options).unwrap_err().to_string();
		let name = op.to_lowercase();
		assert!(error.contains(&name), "{error}");
		assert!(error.contains("a divisor that is never 0"), "{error}");
		assert!(error.contains("one from -3 to 3"), "{error}");
	}
}

#[test]
fn bits_are_shifted_by_computed_numbers() {
	let own = |(min, max): (f32, f32)| InputOptions {
		ranges: vec![InputRange { min, max }],
		..InputOptions::default()
	};
	let options = |most: f32| {
		let inputs = [("x", (0.0, 200.0)), ("u", (0.0, most))];
		let inputs = inputs.map(|(name, range)| (name.to_string(), own(range))).into();
		CompileOptions { inputs, ..kinds()[1].clone() }
	};
	let directions: [(&str, fn(i32, i32) -> i32); 2] =
		[("LEFT", |a, b| a << b), ("RIGHT", |a, b| a >> b)];
	for (direction, expected) in directions {
		let model = || pair("BitShift", &[text("direction", direction)]);
		let made = compiled(model(), &options(5.0)).unwrap();
		let values = vec![vec![0, 200, 77, 1], vec![5, 5, 3, 0]];
		agrees(&made, &values, 1);
		let both = values[0].iter().zip(&values[1]);
		let expected: Vec<_> = both.map(|(a, b)| expected(*a, *b)).collect();
		assert_eq!(made.evaluate(&values).unwrap()[0], expected);
		let error = compiled(model(), &options(24.0)).unwrap_err().to_string();
		assert!(error.contains("indices from 0 to 23"), "{error}");
	}
}

#[test]
fn whole_numbers_clamped_to_one_number_are_that_number() {
	// With private weights no thresholds are compared with.
	let [plain, rounds, _] = kinds();
	for (end, options) in [0, 3, 10].into_iter().flat_map(|end| [(end, &plain), (end, &rounds)]) {
		let input = vec![InputRange { min: 0.0, max: 10.0 }];
		let options = CompileOptions { input, ..options.clone() };
		let count = Onnx::new(&[1, 11])
			.scalar("five", 5.0)
			.step("Greater", &["x", "five"], &["above"], &[])
			.step("Cast", &["above"], &["each"], &[int("to", 7)])
			.ints("axes", &[1])
			.step("ReduceSum", &["each", "axes"], &["count"], &[]);
		let clip = count.shaped_ints("end", &[], &[end]);
		let clip = clip.step("Clip", &["count", "end", "end"], &["c"], &[]);
		let model = compiled(clip.step("Add", &["count", "c"], &["y"], &[]), &options).unwrap();
		for count in [0, 2, 3, 4, 11] {
			let mut values = vec![vec![0; 11]];
			values[0][..count].fill(model.inputs()[0].tensor.max);
			assert_eq!(model.evaluate(&values).unwrap(), [vec![count as i32 + end as i32]]);
			agrees(&model, &values, 3);
		}
	}
}
