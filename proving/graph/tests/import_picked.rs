//! Rows and elements at computed indices, and products of two computed matrices.

use crate::onnx::{gives, imported, int, says, Onnx};
use zkml_graph::{
	evaluate::evaluate,
	import::{FloatGraph, FloatOp},
	quantize, quantize_inputs, CompileOptions,
};
use zkml_primitives::Visibility;

fn graph(model: Onnx) -> FloatGraph {
	imported(&model.encoded(18)).unwrap()
}

/// 0, 1, 2, ..
fn counting(count: usize) -> Vec<f32> {
	(0..count).map(|i| i as f32).collect()
}

#[test]
fn rows_of_a_constant_are_picked_by_an_input_of_integers() {
	let model = || {
		let table = Onnx::new(&[1, 3]).whole().floats("table", &[4, 2], &counting(8));
		table.step("Gather", &["table", "x"], &["y"], &[])
	};
	assert_eq!(graph(model()).outputs[0].dims, [1, 3, 2]);
	// A negative index counts from the end.
	assert_eq!(gives(model(), 18, &[3.0, 0.0, -1.0]), [6.0, 7.0, 0.0, 1.0, 6.0, 7.0]);
	let columns = |axis: i64| {
		let table = Onnx::new(&[2]).whole().floats("table", &[2, 3], &counting(6));
		table.step("Gather", &["table", "x"], &["y"], &[int("axis", axis)])
	};
	assert_eq!(gives(columns(1), 18, &[2.0, 0.0]), [2.0, 0.0, 5.0, 3.0]);
	assert_eq!(gives(columns(-1), 18, &[2.0, 0.0]), [2.0, 0.0, 5.0, 3.0]);
}

#[test]
fn integers_that_a_table_would_round_are_refused() {
	let table = |far: i64| {
		let table = Onnx::new(&[2]).whole().shaped_ints("table", &[2, 2], &[far, 0, far - 4, 1]);
		imported(&table.step("Gather", &["table", "x"], &["y"], &[]).encoded(18))
	};
	for far in [1 << 24, -(1 << 24) + 4] {
		let graph = table(far).unwrap();
		let expected = [far as f32 - 4.0, 1.0, far as f32, 0.0];
		assert_eq!(graph.evaluate(&[1.0, 0.0])[graph.outputs[0].value], expected);
	}
	for far in [1 << 25, -(1 << 25)] {
		says(table(far), &["Gather", "integers of at most 16777216 from 0 in table"]);
	}
}

#[test]
fn indices_have_a_type_of_integers() {
	let table = Onnx::new(&[2]).floats("table", &[4, 2], &counting(8));
	let model = table.step("Gather", &["table", "x"], &["y"], &[]);
	says(imported(&model.encoded(18)), &["Gather", "integers"]);
}

#[test]
fn indices_are_compared_as_the_numbers_they_are() {
	let model = Onnx::new(&[3])
		.whole()
		.shaped_ints("none", &[], &[0])
		.step("Equal", &["x", "none"], &["e"], &[])
		.step("Not", &["e"], &["n"], &[])
		.step("Cast", &["n"], &["y"], &[int("to", 1)]);
	assert_eq!(gives(model, 18, &[0.0, 5.0, -1.0]), [0.0, 1.0, 1.0]);
	let label = Onnx::new(&[1, 3])
		.shaped_ints("second", &[1], &[1])
		.step("ArgMax", &["x"], &["a"], &[int("axis", 1)])
		.step("Equal", &["a", "second"], &["y"], &[]);
	assert_eq!(gives(label, 18, &[0.0, 5.0, -1.0]), [1.0]);
}

#[test]
fn rows_of_a_computed_tensor_are_picked_by_the_place_of_its_largest() {
	let model = Onnx::new(&[1, 4])
		.node("Mul", &["x"], &[])
		.node("ArgMax", &[], &[int("axis", 1), int("keepdims", 0)])
		.step("Gather", &["x", "argmax1_out"], &["y"], &[int("axis", 1)]);
	assert_eq!(gives(model, 18, &[1.0, -5.0, 3.0, 4.0]), [-5.0]);
}

#[test]
fn single_elements_and_blocks_are_picked_by_their_places() {
	let table = || Onnx::new(&[2, 2]).whole().floats("data", &[3, 2], &counting(6));
	let elements =
		|axis| table().step("GatherElements", &["data", "x"], &["y"], &[int("axis", axis)]);
	assert_eq!(gives(elements(0), 18, &[2.0, 1.0, 0.0, -1.0]), [4.0, 3.0, 0.0, 5.0]);
	assert_eq!(gives(elements(1), 18, &[1.0, 0.0, 0.0, -1.0]), [1.0, 0.0, 2.0, 3.0]);
	let points = table().step("GatherND", &["data", "x"], &["y"], &[]);
	assert_eq!(gives(points, 18, &[2.0, 1.0, 0.0, -1.0]), [5.0, 1.0]);
	let rows = Onnx::new(&[2, 1]).whole().floats("data", &[3, 2], &counting(6));
	let rows = rows.step("GatherND", &["data", "x"], &["y"], &[]);
	assert_eq!(gives(rows, 18, &[2.0, -3.0]), [4.0, 5.0, 0.0, 1.0]);
	let batches = Onnx::new(&[2, 1]).whole().floats("data", &[2, 3], &counting(6));
	let batches = batches.step("GatherND", &["data", "x"], &["y"], &[int("batch_dims", 1)]);
	assert_eq!(gives(batches, 18, &[2.0, 0.0]), [2.0, 3.0]);
	let wrong = Onnx::new(&[3, 2]).whole().floats("data", &[2, 2], &counting(4));
	let wrong = wrong.step("GatherElements", &["data", "x"], &["y"], &[int("axis", 1)]);
	says(imported(&wrong.encoded(18)), &["GatherElements", "indices that fit [2, 2]"]);
	let deep = Onnx::new(&[1, 3]).whole().floats("data", &[2, 2], &counting(4));
	let deep = deep.step("GatherND", &["data", "x"], &["y"], &[]);
	says(imported(&deep.encoded(18)), &["GatherND", "indices that fit [2, 2]"]);
}

#[test]
fn a_matrix_that_a_batch_shares_is_one_product() {
	let shapes = |x: &[i64], left: &[i64], right: &[i64]| -> Vec<[u32; 4]> {
		let model = Onnx::new(x)
			.ints("l", left)
			.ints("r", right)
			.step("Reshape", &["x", "l"], &["a"], &[])
			.step("Reshape", &["x", "r"], &["b"], &[])
			.step("MatMul", &["a", "b"], &["y"], &[]);
		let graph = graph(model);
		let product = |op: &FloatOp| match op {
			FloatOp::Product(p) => Some([p.batch, p.rows, p.inner, p.columns]),
			_ => None,
		};
		graph.ops.iter().filter_map(|node| product(&node.op)).collect()
	};
	assert_eq!(shapes(&[12], &[3, 4, 1], &[3, 1, 4]), [[3, 4, 1, 4]]);
	assert_eq!(shapes(&[12], &[3, 4, 1], &[1, 12]), [[1, 12, 1, 12]]);
	assert_eq!(shapes(&[12], &[12, 1], &[3, 1, 4]), [[1, 12, 1, 12]]);
	// Rows stay in their order.
	let x: Vec<f32> = counting(12);
	let model = |left: &[i64], right: &[i64]| {
		Onnx::new(&[12])
			.ints("l", left)
			.ints("r", right)
			.step("Reshape", &["x", "l"], &["a"], &[])
			.step("Reshape", &["x", "r"], &["b"], &[])
			.step("MatMul", &["a", "b"], &["y"], &[])
	};
	let got = gives(model(&[2, 6], &[2, 6, 1]), 18, &x);
	let dot = |i: usize, n: usize| -> f32 { (0..6).map(|k| x[6 * i + k] * x[6 * n + k]).sum() };
	assert_eq!(got, [dot(0, 0), dot(1, 0), dot(0, 1), dot(1, 1)]);
	let got = gives(model(&[2, 1, 6], &[6, 2]), 18, &x);
	let dot = |n: usize, j: usize| -> f32 { (0..6).map(|k| x[6 * n + k] * x[2 * k + j]).sum() };
	assert_eq!(got, [dot(0, 0), dot(0, 1), dot(1, 0), dot(1, 1)]);
}

#[test]
fn a_kernel_may_be_computed() {
	// The second half of the input is the kernel.
	let of = |group: i64| -> (i64, &[f32]) {
		if group == 1 {
			(2, &[1.0, -1.0])
		} else {
			(4, &[0.0; 4])
		}
	};
	let model = |group: i64| {
		let (outputs, bias) = of(group);
		Onnx::new(&[24])
			.ints("from", &[0])
			.ints("half", &[16])
			.ints("end", &[24])
			.ints("image", &[1, 2, 2, 4])
			.ints("kernel", &[outputs, 2 / group, 1, 2])
			.floats("bias", &[outputs], bias)
			.step("Slice", &["x", "from", "half"], &["a"], &[])
			.step("Slice", &["x", "half", "end"], &["b"], &[])
			.step("Reshape", &["a", "image"], &["i"], &[])
			.step("Reshape", &["b", "kernel"], &["k"], &[])
			.step("Conv", &["i", "k", "bias"], &["y"], &[int("group", group)])
	};
	let constant = |group: i64, kernel: &[f32]| {
		let (outputs, bias) = of(group);
		Onnx::new(&[1, 2, 2, 4])
			.floats("k", &[outputs, 2 / group, 1, 2], kernel)
			.floats("bias", &[outputs], bias)
			.step("Conv", &["x", "k", "bias"], &["y"], &[int("group", group)])
	};
	let x: Vec<f32> = (0..24).map(|i| (i * i % 7) as f32 - 2.0).collect();
	for group in [1, 2] {
		let expected = gives(constant(group, &x[16..]), 18, &x[..16]);
		assert_eq!(gives(model(group), 18, &x), expected);
	}
	let refused = Onnx::new(&[1, 2, 2, 4]).step("Conv", &["x", "x"], &["y"], &[int("group", 2)]);
	let refused = imported(&refused.encoded(18));
	says(refused, &["Conv", "a kernel for 2 groups", "the kernel of [1, 2, 2, 4]"]);
}

#[test]
fn integers_of_a_table_are_those_of_the_file_or_are_refused() {
	let of = |numbers: &[i64; 6], visibility| {
		let table = Onnx::new(&[2]).whole().shaped_ints("table", &[3, 2], numbers);
		let model = table.step("Gather", &["table", "x"], &["y"], &[]).output("y", 7);
		let graph = graph(model);
		let made = quantize(&graph, &CompileOptions { visibility, ..Default::default() });
		let made = made.map_err(|error| error.to_string())?;
		for (first, second) in [(0, 1), (1, 2), (2, 0)] {
			let x = vec![first as f32, second as f32];
			let integers = quantize_inputs(&made.graph.inputs, &[x]).unwrap();
			let trace = evaluate(&made.graph, &made.parameters, &integers).unwrap();
			let expected = [&numbers[2 * first..][..2], &numbers[2 * second..][..2]].concat();
			let expected: Vec<_> = expected.into_iter().map(|number| number as i32).collect();
			assert_eq!(trace.outputs(&made.graph)[0], expected, "{visibility:?}");
		}
		Ok::<_, String>(())
	};
	let small = [100, 101, 7, -127, 127, 0];
	of(&small, Visibility::Public).unwrap();
	of(&small, Visibility::Private).unwrap();
	let large = [100_000, 100_001, 7, -16_777_216, 16_777_215, 0];
	of(&large, Visibility::Public).unwrap();
	// A private one is weights, which have fewer bits.
	let error = of(&large, Visibility::Private).unwrap_err();
	assert!(error.contains("gather0 (table)") && error.contains("100000"), "{error}");
}
