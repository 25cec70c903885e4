//! Updates at computed indices: what ONNX's attributes say, and what is refused.

use crate::onnx::{gives, imported, int, says, text, Onnx};

/// An input of indices, and a constant tensor and updates.
fn scatter(shape: &[i64], op: &str, attributes: &[zkml_onnx::AttributeProto]) -> Onnx {
	let rest = shape.iter().product::<i64>() as usize;
	let updates: Vec<f32> = (1..=rest).map(|i| 10.0 * i as f32).collect();
	Onnx::new(shape)
		.whole()
		.floats("d", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
		.floats("u", shape, &updates)
		.step(op, &["d", "x", "u"], &["y"], attributes)
}

#[test]
fn updates_go_where_indices_say_and_the_last_of_several_stays() {
	let along = |axis| scatter(&[1, 2], "ScatterElements", &[int("axis", axis)]);
	assert_eq!(gives(along(1), 18, &[2.0, 0.0]), [20.0, 2.0, 10.0, 4.0, 5.0, 6.0]);
	assert_eq!(gives(along(-1), 18, &[1.0, -2.0]), [1.0, 20.0, 3.0, 4.0, 5.0, 6.0]);
	assert_eq!(gives(along(0), 18, &[1.0, -1.0]), [1.0, 2.0, 3.0, 10.0, 20.0, 6.0]);
	// The default is the first axis, and older sets have no reduction.
	let older = || scatter(&[1, 2], "ScatterElements", &[]);
	assert_eq!(gives(older(), 11, &[1.0, 0.0]), [1.0, 20.0, 3.0, 10.0, 5.0, 6.0]);
	let first = scatter(&[1, 2], "Scatter", &[]);
	assert_eq!(gives(first, 9, &[1.0, 0.0]), [1.0, 20.0, 3.0, 10.0, 5.0, 6.0]);
}

#[test]
fn every_reduction_is_that_of_all_updates_of_an_element() {
	let by = |reduction| {
		let attributes = [int("axis", 1), text("reduction", reduction)];
		gives(scatter(&[2, 2], "ScatterElements", &attributes), 18, &[1.0, 1.0, -1.0, 0.0])
	};
	assert_eq!(by("none"), [1.0, 20.0, 3.0, 40.0, 5.0, 30.0]);
	assert_eq!(by("add"), [1.0, 32.0, 3.0, 44.0, 5.0, 36.0]);
	assert_eq!(by("mul"), [1.0, 400.0, 3.0, 160.0, 5.0, 180.0]);
	assert_eq!(by("max"), [1.0, 20.0, 3.0, 40.0, 5.0, 30.0]);
	assert_eq!(by("min"), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn blocks_go_where_rows_of_indices_say() {
	let points = |reduction| {
		let d = Onnx::new(&[2, 2]).whole().floats("d", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
		let d = d.floats("u", &[2], &[10.0, 20.0]);
		d.step("ScatterND", &["d", "x", "u"], &["y"], &[text("reduction", reduction)])
	};
	assert_eq!(gives(points("none"), 18, &[0.0, 2.0, 1.0, -3.0]), [1.0, 2.0, 10.0, 20.0, 5.0, 6.0]);
	assert_eq!(gives(points("add"), 18, &[-1.0, 0.0, 1.0, -3.0]), [1.0, 2.0, 3.0, 34.0, 5.0, 6.0]);
	let rows = Onnx::new(&[1, 1]).whole().floats("d", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
	let rows = rows.floats("u", &[1, 3], &[7.0, 8.0, 9.0]);
	let rows = rows.step("ScatterND", &["d", "x", "u"], &["y"], &[]);
	assert_eq!(gives(rows, 13, &[-1.0]), [1.0, 2.0, 3.0, 7.0, 8.0, 9.0]);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
	let refused = |model: Onnx, words: &[&str]| says(imported(&model.encoded(18)), words);
	let reduction = [text("reduction", "median")];
	for op in ["ScatterElements", "ScatterND"] {
		let wrong = scatter(&[1, 2], op, &reduction);
		let words = [op, "reduction none, add, mul, max or min", "median"];
		// Two indices name a single element of the tensor.
		match op {
			"ScatterND" => refused(wrong, &[op, "updates of [1]", "[1, 2]"]),
			_ => refused(wrong, &words),
		}
	}
	refused(scatter(&[3, 2], "ScatterElements", &[int("axis", 1)]), &["indices that fit [2, 3]"]);
	refused(scatter(&[1, 2], "ScatterElements", &[int("axis", 2)]), &["an axis of 2 dimensions"]);
	refused(scatter(&[1, 3], "ScatterND", &[]), &["ScatterND", "indices that fit [2, 3]"]);
	let floats = Onnx::new(&[1, 2]).floats("d", &[2, 3], &[0.0; 6]);
	let floats = floats.step("ScatterElements", &["d", "x", "x"], &["y"], &[]);
	refused(floats, &["ScatterElements", "indices of a type of integers"]);
	// Sums of integers of 8 bits begin again from the other end.
	let narrow = Onnx::new(&[1, 1]).whole().input("b", &[2, 3], 3).input("c", &[1, 1], 3);
	let attributes = [text("reduction", "add")];
	let narrow = narrow.step("ScatterElements", &["b", "x", "c"], &["y"], &attributes);
	refused(narrow, &["ScatterElements", "integers of up to 16 bits"]);
}

#[test]
fn integers_of_two_tensors_are_put_together_bit_by_bit() {
	let both = |op: &str, attributes: &[zkml_onnx::AttributeProto]| {
		let model = Onnx::new(&[2]).whole().input("u", &[2], 7);
		model.step(op, &["x", "u"], &["y"], attributes)
	};
	let x = [12.0, -7.0, 10.0, 3.0];
	assert_eq!(gives(both("BitwiseAnd", &[]), 18, &x), [8.0, 1.0]);
	assert_eq!(gives(both("BitwiseOr", &[]), 18, &x), [14.0, -5.0]);
	assert_eq!(gives(both("BitwiseXor", &[]), 18, &x), [6.0, -6.0]);
	assert_eq!(gives(both("Div", &[]), 18, &x), [1.0, -2.0]);
	assert_eq!(gives(both("Mod", &[]), 18, &x), [2.0, 2.0]);
	assert_eq!(gives(both("Mod", &[int("fmod", 1)]), 18, &x), [2.0, -1.0]);
	let left = both("BitShift", &[text("direction", "LEFT")]);
	assert_eq!(gives(left, 18, &[3.0, 5.0, 2.0, 0.0]), [12.0, 5.0]);
	let right = both("BitShift", &[text("direction", "RIGHT")]);
	assert_eq!(gives(right, 18, &[13.0, 5.0, 2.0, 0.0]), [3.0, 5.0]);
	// Masks may differ from element to element.
	let masks = Onnx::new(&[2]).whole().ints("m", &[6, -2]);
	let masks = masks.step("BitwiseAnd", &["x", "m"], &["y"], &[]);
	assert_eq!(gives(masks, 18, &[13.0, 7.0]), [4.0, 6.0]);
	let floats = Onnx::new(&[2]).step("BitwiseAnd", &["x", "x"], &["y"], &[]);
	says(imported(&floats.encoded(18)), &["BitwiseAnd", "integers of 32 bits or more"]);
	let aside = both("BitShift", &[text("direction", "UP")]);
	says(imported(&aside.encoded(18)), &["BitShift", "direction LEFT or RIGHT", "UP"]);
}
