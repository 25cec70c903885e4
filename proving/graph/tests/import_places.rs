//! Places of the largest of windows, and elements put back there; answers are ONNX Runtime's.

use std::path::Path;

use zkml_graph::import::{import_bytes, FloatGraph, FloatOp};
use zkml_onnx::AttributeProto;

use crate::onnx::{imported, int, ints, says, text, Onnx};

/// Numbers of which some are equal.
fn numbers(count: usize) -> Vec<f32> {
	(0..count).map(|i| (i * 7 % 11) as f32).collect()
}

/// A pool with both outputs.
fn pool(dims: &[i64], attributes: &[AttributeProto]) -> Onnx {
	Onnx::new(dims).step("MaxPool", &["x"], &["y", "i"], attributes)
}

/// The output of that name for an input.
fn output(model: Onnx, name: &str, input: &[f32]) -> Vec<f32> {
	let graph = import_bytes(Path::new("x"), &model.encoded(12), Some(name)).unwrap();
	graph.evaluate(input)[graph.outputs[0].value].clone()
}

#[track_caller]
fn has(dims: &[i64], attributes: &[AttributeProto], x: &[f32], y: &[f32], i: &[f32]) {
	assert_eq!(output(pool(dims, attributes), "y", x), y);
	assert_eq!(output(pool(dims, attributes), "i", x), i);
	// Both together, which come from one order.
	let both = pool(dims, attributes).output("y", 1).output("i", 7);
	let graph = imported(&both.encoded(12)).unwrap();
	let values = graph.evaluate(x);
	assert_eq!(values[graph.outputs[0].value], y);
	assert_eq!(values[graph.outputs[1].value], i);
}

#[test]
fn places_of_windows_are_those_of_the_tensor() {
	let kernel = |sizes: &[i64]| ints("kernel_shape", sizes);
	has(
		&[1, 2, 7],
		&[kernel(&[3]), ints("strides", &[2]), ints("dilations", &[2]), ints("pads", &[1, 1])],
		&numbers(14),
		&[10.0, 10.0, 10.0, 4.0, 7.0, 7.0],
		&[3.0, 3.0, 3.0, 10.0, 12.0, 12.0],
	);
	has(
		&[1, 2, 5, 4],
		&[kernel(&[2, 3]), ints("strides", &[2, 1]), ints("pads", &[1, 0, 0, 2])],
		&numbers(40),
		&[
			7.0, 10.0, 10.0, 10.0, 9.0, 9.0, 9.0, 5.0, 10.0, 10.0, 10.0, 6.0, 8.0, 7.0, 7.0, 7.0,
			10.0, 10.0, 8.0, 8.0, 10.0, 9.0, 9.0, 9.0,
		],
		&[
			1.0, 3.0, 3.0, 3.0, 6.0, 6.0, 6.0, 7.0, 14.0, 14.0, 14.0, 15.0, 20.0, 23.0, 23.0, 23.0,
			25.0, 25.0, 31.0, 31.0, 36.0, 39.0, 39.0, 39.0,
		],
	);
	let two = [kernel(&[2, 2]), ints("strides", &[2, 2])];
	let upper = (
		[9.0, 10.0, 8.0, 6.0, 9.0, 10.0, 8.0, 7.0, 3.0],
		[6.0, 3.0, 9.0, 15.0, 17.0, 14.0, 20.0, 23.0, 24.0],
	);
	let lower = (
		[0.0, 7.0, 10.0, 4.0, 9.0, 10.0, 8.0, 9.0, 7.0],
		[0.0, 1.0, 3.0, 10.0, 6.0, 14.0, 20.0, 17.0, 23.0],
	);
	for (more, (y, i)) in [
		(int("ceil_mode", 1), &upper),
		(text("auto_pad", "SAME_UPPER"), &upper),
		(text("auto_pad", "SAME_LOWER"), &lower),
	] {
		let [kernel, steps] = two.clone();
		has(&[1, 1, 5, 5], &[kernel, steps, more], &numbers(25), y, i);
	}
	has(
		&[1, 1, 2, 3],
		&[kernel(&[1, 1])],
		&numbers(6),
		&numbers(6),
		&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
	);
}

#[test]
fn places_are_counted_by_rows_or_by_columns() {
	let cube = |order| [ints("kernel_shape", &[2, 2, 2]), int("storage_order", order)];
	let y = [10.0, 10.0, 10.0, 9.0, 9.0, 8.0, 10.0, 10.0, 9.0, 9.0, 8.0, 8.0];
	let rows = [3.0, 14.0, 3.0, 17.0, 6.0, 20.0, 25.0, 14.0, 28.0, 17.0, 31.0, 20.0];
	let columns = [3.0, 25.0, 3.0, 28.0, 6.0, 31.0, 14.0, 25.0, 17.0, 28.0, 20.0, 31.0];
	for (order, i) in [(0, rows), (1, columns)] {
		has(&[1, 1, 3, 4, 3], &cube(order), &numbers(36), &y, &i);
	}
	// Of each channel by itself.
	let attributes =
		[ints("kernel_shape", &[2, 2]), ints("strides", &[1, 2]), int("storage_order", 1)];
	let y = [7.0, 10.0, 8.0, 9.0, 9.0, 10.0, 9.0, 7.0, 10.0, 8.0, 9.0, 8.0, 10.0, 9.0, 7.0, 10.0];
	let i = [
		3.0, 9.0, 5.0, 7.0, 16.0, 18.0, 16.0, 23.0, 27.0, 34.0, 25.0, 34.0, 36.0, 45.0, 41.0, 47.0,
	];
	has(&[2, 2, 3, 4], &attributes, &numbers(48), &y, &i);
}

#[test]
fn the_first_of_equal_elements_is_found_and_never_the_padding() {
	let attributes =
		[ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2]), ints("pads", &[1; 4])];
	let i = [0.0, 1.0, 3.0, 4.0];
	has(&[1, 1, 3, 3], &attributes, &[5.0; 9], &[5.0; 4], &i);
	let x = [-3.0, -1.0, -4.0, -1.0, -5.0, -9.0, -2.0, -6.0, -5.0];
	has(&[1, 1, 3, 3], &attributes, &x, &[-3.0, -1.0, -1.0, -5.0], &i);
}

#[test]
fn a_pool_whose_places_nobody_needs_looks_for_the_largest_alone() {
	let attributes = [ints("kernel_shape", &[2]), int("storage_order", 1)];
	let graph = |name| {
		import_bytes(Path::new("x"), &pool(&[1, 1, 4], &attributes).encoded(12), Some(name))
			.unwrap()
	};
	let sorts = |graph: &FloatGraph| {
		graph.ops.iter().filter(|node| matches!(node.op, FloatOp::TopK(_))).count()
	};
	assert_eq!((sorts(&graph("y")), sorts(&graph("i"))), (0, 1));
}

/// A pool, and what is put back where it found it.
fn pair(dims: &[i64], attributes: &[AttributeProto]) -> Onnx {
	pool(dims, attributes).step("MaxUnpool", &["y", "i"], &["u"], attributes)
}

#[test]
fn what_a_pool_found_is_put_back_where_it_was() {
	let two = [ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
	let mut expected = vec![0.0; 32];
	for (place, number) in
		[(1, 7.0), (3, 10.0), (9, 8.0), (14, 10.0), (17, 9.0), (23, 7.0), (25, 10.0), (31, 8.0)]
	{
		expected[place] = number;
	}
	let plain = || pair(&[1, 2, 4, 4], &two);
	assert_eq!(output(plain(), "u", &numbers(32)), expected);
	let graph = imported(&plain().encoded(12)).unwrap();
	let largest = graph.ops.iter().map(|node| node.len).max().unwrap();
	assert_eq!(largest, 32, "an element could be that of its window alone");
	// Windows over each other: of two elements at one place the last stays.
	let three = [ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2])];
	let over = |op: &str| {
		let over = pool(&[1, 1, 5, 5], &three).floats("w", &[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
		over.step(op, &["y", "w"], &["z"], &[]).step("MaxUnpool", &["z", "i"], &["u"], &three)
	};
	let mut x = numbers(25);
	let mut expected = vec![0.0; 25];
	for (place, number) in [(6, 10.0), (3, 12.0), (17, 12.0), (14, 14.0)] {
		expected[place] = number;
	}
	assert_eq!(output(over("Add"), "u", &x), expected);
	x[12] = 20.0;
	expected = vec![0.0; 25];
	expected[12] = 24.0;
	assert_eq!(output(over("Add"), "u", &x), expected);
	let padded =
		[ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2]), ints("pads", &[1, 1, 1, 1])];
	let expected =
		[0.0, 7.0, 0.0, 10.0, 6.0, 0.0, 9.0, 5.0, 0.0, 0.0, 0.0, 0.0, 7.0, 0.0, 10.0, 6.0];
	assert_eq!(output(pair(&[1, 1, 4, 4], &padded), "u", &numbers(16)), expected);
}

/// Elements and places that are inputs both.
fn unpool(shape: Option<&[i64]>) -> Onnx {
	let model = Onnx::new(&[1, 1, 2]).input("i", &[1, 1, 2], 7);
	let two = [ints("kernel_shape", &[2]), ints("strides", &[2])];
	match shape {
		Some(shape) => model.ints("s", shape).step("MaxUnpool", &["x", "i", "s"], &["u"], &two),
		None => model.step("MaxUnpool", &["x", "i"], &["u"], &two),
	}
}

#[test]
fn elements_go_to_any_computed_places() {
	for shape in [None, Some(&[1, 1, 4][..])] {
		assert_eq!(output(unpool(shape), "u", &[5.0, 6.0, 3.0, 0.0]), [6.0, 0.0, 0.0, 5.0]);
		assert_eq!(output(unpool(shape), "u", &[5.0, 6.0, 2.0, 2.0]), [0.0, 0.0, 6.0, 0.0]);
	}
	// A second image, of which there are no places.
	let more = output(unpool(Some(&[2, 1, 4])), "u", &[5.0, 6.0, 3.0, 0.0]);
	assert_eq!(more, [6.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn places_that_mean_two_things_or_none_are_refused() {
	// With rows of 5, ONNX counts in rows of 4 and ONNX Runtime in rows of 5.
	let wide = |shape: &[i64]| {
		let two = [ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
		let model = Onnx::new(&[1, 1, 2, 2]).input("i", &[1, 1, 2, 2], 7).ints("s", shape);
		model.step("MaxUnpool", &["x", "i", "s"], &["u"], &two)
	};
	imported(&wide(&[1, 1, 4, 4]).encoded(12)).unwrap();
	let words = ["MaxUnpool", "an output_shape of [1, 1, 4, 4]", "Pad behind it", "[1, 1, 5, 5]"];
	says(imported(&wide(&[1, 1, 5, 5]).encoded(12)), &words);
	says(imported(&wide(&[1, 1, 3, 4]).encoded(12)), &["at least [1, 1, 4, 4]"]);
	// What is left of 5 rows is 4.
	let two = [ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
	let words = ["MaxUnpool", "places below 16", "Pad before MaxPool"];
	says(imported(&pair(&[1, 1, 5, 5], &two).encoded(12)), &words);
	let floats = Onnx::new(&[1, 1, 2]).step("MaxUnpool", &["x", "x"], &["u"], &two[..0]);
	says(imported(&floats.encoded(12)), &["kernel_shape"]);
	let kernel = [ints("kernel_shape", &[2]), ints("strides", &[2])];
	let floats = Onnx::new(&[1, 1, 2]).step("MaxUnpool", &["x", "x"], &["u"], &kernel);
	says(imported(&floats.encoded(12)), &["MaxUnpool", "indices of a type of integers"]);
}

#[test]
fn both_sides_of_a_power_may_be_computed() {
	let close = |model: Onnx, x: &[f32], expected: &[f32]| {
		let got = output(model, "y", x);
		assert_eq!(got.len(), expected.len());
		for (got, expected) in got.iter().zip(expected) {
			assert!((got - expected).abs() <= 1e-5 * expected.abs(), "{got} for {expected}");
		}
	};
	let both = Onnx::new(&[2, 2]).input("e", &[2], 1).step("Pow", &["x", "e"], &["y"], &[]);
	close(both, &[0.5, 2.0, 4.0, 9.0, -2.0, 1.5], &[4.0, 2.828_427, 0.0625, 27.0]);
	// By computed integers too; of integers the result would be one.
	let by = |kind| Onnx::new(&[2]).typed(kind).input("e", &[2], 7);
	close(by(1).step("Pow", &["x", "e"], &["y"], &[]), &[0.5, 3.0, 2.0, -1.0], &[0.25, 1.0 / 3.0]);
	let whole = by(7).step("Pow", &["x", "e"], &["y"], &[]);
	says(imported(&whole.encoded(12)), &["Pow", "e as a constant"]);
	// Constants with a base for each element.
	let each = Onnx::new(&[2, 2]).floats("b", &[2], &[2.0, 0.25]);
	let each = each.step("Pow", &["b", "x"], &["y"], &[]);
	close(each, &[1.0, 0.5, -3.0, -1.0], &[2.0, 0.5, 0.125, 4.0]);
	for bad in [0.0, -2.0, f32::INFINITY] {
		let model = Onnx::new(&[2]).floats("b", &[2], &[2.0, bad]);
		let model = model.step("Pow", &["b", "x"], &["y"], &[]);
		says(imported(&model.encoded(12)), &["Pow", "floating-point bases above 0"]);
	}
}

#[test]
fn what_a_computed_divisor_leaves_is_refused_by_name() {
	let model = Onnx::new(&[2]).input("d", &[2], 1);
	let model = model.step("Mod", &["x", "d"], &["y"], &[int("fmod", 1)]);
	says(
		imported(&model.encoded(13)),
		&["Mod", "divisors as constants, or integers", "Floor(A / B)"],
	);
}
