//! Every operator of ONNX files, in random shapes, against what tract computes.

#[path = "common/onnx.rs"]
mod onnx;
#[path = "common/oracle.rs"]
mod oracle;

use onnx::{float, int, ints, text, Onnx};
use oracle::{agrees, agrees_in, randoms};
use proptest::prelude::*;

/// A chain of one node on a tensor.
fn one(shape: &[i64], op: &str, attributes: &[tract_onnx::pb::AttributeProto]) -> Onnx {
	Onnx::new(shape).node(op, &[], attributes)
}

fn count(dims: &[i64]) -> usize {
	dims.iter().product::<i64>() as usize
}

proptest! {
	#![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

	#[test]
	fn convolutions(
		(groups, per, out) in (1i64..4, 1i64..3, 1i64..3),
		(height, width) in (4i64..9, 4i64..9),
		(kh, kw) in (1i64..4, 1i64..4),
		strides in prop::collection::vec(1i64..3, 2),
		dilations in prop::collection::vec(1i64..3, 2),
		pads in prop::collection::vec(0i64..3, 4),
		auto in 0usize..4,
		bias: bool,
		seed: u64,
	) {
		let extent = |size: i64, kernel: i64, axis: usize| (kernel - 1) * dilations[axis] < size;
		prop_assume!(extent(height, kh, 0) && extent(width, kw, 1));
		let kernel = [groups * out, per, kh, kw];
		let weights = randoms(seed, count(&kernel));
		let start = Onnx::new(&[-1, groups * per, height, width])
			.floats("w", &kernel, &weights)
			.floats("b", &[groups * out], &randoms(seed ^ 1, (groups * out) as usize));
		let mut attributes = vec![
			int("group", groups),
			ints("strides", &strides),
			ints("dilations", &dilations),
			ints("kernel_shape", &[kh, kw]),
		];
		attributes.push(match auto {
			0 => text("auto_pad", "SAME_UPPER"),
			1 => text("auto_pad", "SAME_LOWER"),
			2 => text("auto_pad", "VALID"),
			_ => ints("pads", &pads),
		});
		let constants: &[&str] = if bias { &["w", "b"] } else { &["w"] };
		agrees(start.node("Conv", constants, &attributes).node("Relu", &[], &[]));
	}

	#[test]
	fn pools(
		(channels, height, width) in (1i64..4, 4i64..9, 4i64..9),
		(kh, kw) in (2i64..4, 2i64..4),
		strides in prop::collection::vec(1i64..4, 2),
		pads in prop::collection::vec(0i64..2, 4),
		kind in 0usize..3,
		ceil: bool,
	) {
		let start = Onnx::new(&[1, channels, height, width]);
		let mut attributes = vec![
			ints("kernel_shape", &[kh, kw]),
			ints("strides", &strides),
			ints("pads", &pads),
			int("ceil_mode", i64::from(ceil)),
		];
		let op = if kind == 0 { "MaxPool" } else { "AveragePool" };
		if kind > 0 {
			attributes.push(int("count_include_pad", kind as i64 - 1));
			// Where the window leaves the padding too, tract divides by another number than torch.
			prop_assume!(!ceil);
		} else if ceil {
			// tract keeps a last window that starts in the padding behind the tensor.
			let starts = |size: i64, kernel: i64, axis: usize| {
				let room = size + pads[axis] + pads[axis + 2] - kernel;
				(room + strides[axis] - 1) / strides[axis] * strides[axis] < size + pads[axis]
			};
			prop_assume!(starts(height, kh, 0) && starts(width, kw, 1));
		}
		agrees(start.node(op, &[], &attributes));
	}

	#[test]
	fn products_of_matrices(
		(batch, rows, inner, columns) in (1i64..3, 1i64..4, 1i64..6, 1i64..5),
		which in 0usize..6,
		seed: u64,
	) {
		let wide = [batch, inner, columns];
		let x = Onnx::new(&[1, batch, rows, inner]);
		let model = match which {
			0 => x.floats("w", &[inner, columns], &randoms(seed, (inner * columns) as usize))
				.node("MatMul", &["w"], &[]),
			1 => x.floats("w", &wide, &randoms(seed, count(&wide))).node("MatMul", &["w"], &[]),
			2 => x.floats("w", &[columns, rows], &randoms(seed, (rows * columns) as usize))
				.step("MatMul", &["w", "x"], &["y"], &[]),
			3 => x.floats("w", &[inner], &randoms(seed, inner as usize)).node("MatMul", &["w"], &[]),
			4 => x.floats("w", &[batch, columns, rows], &randoms(seed, count(&[batch, columns, rows])))
				.step("MatMul", &["w", "x"], &["y"], &[]),
			_ => x.step("Transpose", &["x"], &["t"], &[ints("perm", &[0, 1, 3, 2])])
				.step("MatMul", &["x", "t"], &["y"], &[]),
		};
		agrees(model);
	}

	#[test]
	fn gemm(
		(inner, columns) in (1i64..6, 1i64..5),
		(alpha, beta) in (-2.0f32..2.0, -2.0f32..2.0),
		turn: bool,
		bias in 0usize..4,
		seed: u64,
	) {
		let dims = if turn { [columns, inner] } else { [inner, columns] };
		let bias_dims: &[i64] = match bias { 0 => &[], 1 => &[columns], 2 => &[1, columns], _ => &[1] };
		let model = Onnx::new(&[1, inner])
			.floats("w", &dims, &randoms(seed, count(&dims)))
			.floats("b", bias_dims, &randoms(seed ^ 1, count(bias_dims)))
			.node("Gemm", &["w", "b"], &[
				float("alpha", alpha),
				float("beta", beta),
				int("transB", i64::from(turn)),
			]);
		agrees(model);
	}

	#[test]
	fn arithmetic_with_constants_of_any_shape(
		op in prop::sample::select(vec!["Add", "Sub", "Mul", "Div"]),
		ones in prop::collection::vec(any::<bool>(), 0..5),
		first: bool,
		dense: bool,
		seed: u64,
	) {
		let shape = [1, 3, 2, 4];
		let dims: Vec<i64> = ones
			.iter()
			.enumerate()
			.map(|(i, one)| if *one || i + 4 < ones.len() { 1 } else { shape[4 + i - ones.len()] })
			.collect();
		let values: Vec<f32> = randoms(seed, count(&dims)).iter().map(|v| v + 3.0).collect();
		let kernel = randoms(seed ^ 1, 9);
		let mut model = Onnx::new(&shape).floats("c", &dims, &values);
		if dense {
			model = model.floats("w", &[3, 3, 1, 1], &kernel).node("Conv", &["w"], &[]);
		}
		// A quotient by a variable is no operation of its own.
		let last = model.last();
		agrees(match first && op != "Div" {
			true => model.step(op, &["c", &last], &["y"], &[]),
			false => model.node(op, &["c"], &[]),
		});
	}

	#[test]
	fn arithmetic_of_variables(
		op in prop::sample::select(vec!["Add", "Sub", "Mul", "Max", "Min", "Sum"]),
		axis in 0i64..4,
	) {
		let model = Onnx::new(&[1, 3, 2, 4])
			.step("ReduceMean", &["x"], &["m"], &[ints("axes", &[axis])])
			.step(op, &["x", "m"], &["y"], &[])
			.step(op, &["m", "y"], &["z"], &[]);
		agrees(model);
	}

	#[test]
	fn reductions(
		op in prop::sample::select(vec!["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin"]),
		axes in prop::collection::btree_set(-4i64..0, 1..4),
		keep: bool,
	) {
		let axes: Vec<i64> = axes.into_iter().collect();
		let keep = int("keepdims", i64::from(keep));
		let shape = [1, 3, 4, 2];
		agrees_in(one(&shape, op, &[ints("axes", &axes), keep.clone()]), 11);
		if op == "ReduceSum" {
			agrees(Onnx::new(&shape).ints("axes", &axes).node(op, &["axes"], &[keep]));
		}
	}

	#[test]
	fn slices(
		start in prop::collection::vec(-6i64..6, 2),
		end in prop::collection::vec(-7i64..7, 2),
		step in prop::collection::vec(prop::sample::select(vec![-2i64, -1, 1, 2]), 2),
	) {
		let model = Onnx::new(&[1, 5, 6])
			.ints("s", &start)
			.ints("e", &end)
			.ints("a", &[1, -1])
			.ints("t", &step)
			.node("Slice", &["s", "e", "a", "t"], &[])
			.node("Relu", &[], &[]);
		oracle::agrees_or_both_refuse(model, 13);
	}

	#[test]
	fn transpositions(order in Just(vec![0i64, 1, 2, 3]).prop_shuffle()) {
		let model = Onnx::new(&[1, 2, 3, 4])
			.node("Transpose", &[], &[ints("perm", &order)])
			.node("LeakyRelu", &[], &[])
			.node("Transpose", &[], &[]);
		agrees(model);
	}

	#[test]
	fn pads(
		pads in prop::collection::vec(0i64..3, 8),
		mode in prop::sample::select(vec!["constant", "edge", "reflect"]),
		value in -1.0f32..1.0,
	) {
		let all = [&[0, 0], &pads[2..4], &[0, 0], &pads[6..8]].concat();
		let start = Onnx::new(&[1, 1, 3, 4]);
		let attributes = [text("mode", mode), ints("pads", &all), float("value", value)];
		agrees_in(start.node("Pad", &[], &attributes).node("Relu", &[], &[]), 10);
		// As an input tract reads constant padding alone.
		let start = Onnx::new(&[1, 1, 3, 4]).ints("p", &all).scalar("v", value);
		agrees(start.node("Pad", &["p", "v"], &[]).node("Relu", &[], &[]));
	}

	#[test]
	fn normalisation_after_a_layer_alone_or_with_others_that_see_it(
		before in 0usize..3,
		shared: bool,
		seed: u64,
	) {
		let numbers = |i: u64| -> Vec<f32> { randoms(seed ^ i, 3).iter().map(|v| v + 1.5).collect() };
		let mut model = Onnx::new(&[1, 3, 4, 4])
			.floats("w", &[3, 3, 2, 2], &randoms(seed, 36))
			.floats("s", &[3], &numbers(1))
			.floats("b", &[3], &randoms(seed ^ 2, 3))
			.floats("m", &[3], &randoms(seed ^ 3, 3))
			.floats("v", &[3], &numbers(4));
		match before {
			0 => {}
			1 => model = model.node("Conv", &["w"], &[]),
			_ => model = model.node("Relu", &[], &[]),
		}
		let last = model.last();
		model = model.step("BatchNormalization", &[&last, "s", "b", "m", "v"], &["n"], &[]);
		model = model.node("Relu", &[], &[]);
		if shared {
			let normal = model.last();
			model = model.step("Add", &[&normal, &last], &["y"], &[]);
		}
		agrees(model.floats("w2", &[2, 3, 3, 3], &randoms(seed ^ 5, 54)).node("Conv", &["w2"], &[]));
	}
}

#[test]
fn functions_of_one_number() {
	let functions = [
		("Sigmoid", vec![]),
		("Tanh", vec![]),
		("Erf", vec![]),
		("Exp", vec![]),
		("Softplus", vec![]),
		("Softsign", vec![]),
		("HardSwish", vec![]),
		("Mish", vec![]),
		("Elu", vec![float("alpha", 1.5)]),
		("Selu", vec![]),
		("LeakyRelu", vec![float("alpha", 0.1)]),
		("HardSigmoid", vec![float("alpha", 0.3), float("beta", 0.4)]),
		("Relu", vec![]),
		("Neg", vec![]),
		("Abs", vec![]),
		("Atan", vec![]),
		("Sin", vec![]),
		("Cos", vec![]),
		("Identity", vec![]),
		("Dropout", vec![]),
		("Cast", vec![int("to", 1)]),
	];
	for (op, attributes) in functions {
		agrees_in(one(&[1, 7], op, &attributes), 18);
	}
}

#[test]
fn moves_of_elements() {
	let x = || Onnx::new(&[1, 4, 6]);
	agrees(x().node("Flatten", &[], &[]).node("Relu", &[], &[]));
	agrees(x().ints("s", &[0, 2, -1, 3]).node("Reshape", &["s"], &[]).node("Transpose", &[], &[]));
	agrees(x().ints("i", &[2, -1, 0]).node("Gather", &["i"], &[int("axis", 2)]));
	agrees(x().ints("i", &[1]).node("Gather", &["i"], &[int("axis", 1)]).node("Relu", &[], &[]));
	agrees(x().ints("a", &[0]).node("Squeeze", &["a"], &[]).node("Relu", &[], &[]));
	agrees(x().ints("a", &[0, -1]).node("Unsqueeze", &["a"], &[]).node("Relu", &[], &[]));
	agrees(x().ints("r", &[1, 2, 3]).node("Tile", &["r"], &[]));
	agrees(x().ints("a", &[-1]).node("Unsqueeze", &["a"], &[]).ints("s", &[1, 4, 6, 3]).node(
		"Expand",
		&["s"],
		&[],
	));
	agrees(
		x().ints("n", &[1, 3])
			.step("Split", &["x", "n"], &["a", "b"], &[int("axis", 1)])
			.step("Relu", &["a"], &["r"], &[])
			.floats("c", &[1, 1, 6], &randoms(1, 6))
			.step("Concat", &["b", "c", "r"], &["y"], &[int("axis", 1)]),
	);
	let image = || Onnx::new(&[1, 8, 4, 6]);
	agrees(image().node("DepthToSpace", &[], &[int("blocksize", 2)]));
	agrees(image().node("SpaceToDepth", &[], &[int("blocksize", 2)]));
	agrees(image().node("GlobalAveragePool", &[], &[]).node("Flatten", &[], &[]));
	agrees(image().node("GlobalMaxPool", &[], &[]));
	agrees(
		Onnx::new(&[1, 3, 8])
			.floats("w", &[4, 3, 3], &randoms(2, 36))
			.node("Conv", &["w"], &[ints("pads", &[1, 1]), ints("strides", &[2])])
			.node("MaxPool", &[], &[ints("kernel_shape", &[2])]),
	);
}

#[test]
fn shapes_computed_in_the_graph() {
	// As torch exports x.view(x.size(0), -1).
	let model = Onnx::new(&[-1, 2, 3, 4])
		.step("Shape", &["x"], &["shape"], &[])
		.step("Constant", &[], &["zero"], &[int("value_int", 0)])
		.step("Gather", &["shape", "zero"], &["batch"], &[])
		.ints("front", &[0])
		.step("Unsqueeze", &["batch", "front"], &["first"], &[])
		.ints("rest", &[-1])
		.step("Concat", &["first", "rest"], &["target"], &[int("axis", 0)])
		.step("Reshape", &["x", "target"], &["flat"], &[])
		.floats("w", &[24, 3], &randoms(3, 72))
		.node("MatMul", &["w"], &[]);
	agrees(model);
	let model = Onnx::new(&[1, 2, 6])
		.step("Shape", &["x"], &["shape"], &[])
		.ints("two", &[2])
		.step("Div", &["shape", "two"], &["half"], &[])
		.step("Mul", &["half", "two"], &["even"], &[])
		.step("Cast", &["even"], &["cast"], &[int("to", 7)])
		.step("Max", &["cast", "one"], &["size"], &[])
		.step("Slice", &["x", "half", "size"], &["y"], &[])
		.ints("one", &[1]);
	oracle::agrees_or_both_refuse(model, 13);
}

#[test]
fn bounds_and_slopes() {
	let x = || Onnx::new(&[1, 3, 4]);
	let six = || x().scalar("min", 0.0).scalar("max", 0.6);
	agrees(six().node("Clip", &["min", "max"], &[]));
	agrees(six().step("Clip", &["x", "", "max"], &["y"], &[]));
	agrees_in(one(&[1, 5], "Clip", &[float("min", -0.2), float("max", 0.5)]), 10);
	agrees(x().floats("s", &[3, 1], &[0.1, 0.2, -0.3]).node("PRelu", &["s"], &[]));
	agrees(x().floats("s", &[1], &[0.1]).node("PRelu", &["s"], &[]));
	agrees(six().node("Max", &["min"], &[]).node("Min", &["max"], &[]));
}

#[test]
fn functions_written_as_several_nodes() {
	let x = || Onnx::new(&[1, 9]).scalar("half", 0.5).scalar("one", 1.0);
	let gelu = x()
		.scalar("root", std::f32::consts::SQRT_2)
		.step("Div", &["x", "root"], &["a"], &[])
		.step("Erf", &["a"], &["b"], &[])
		.step("Add", &["b", "one"], &["c"], &[])
		.step("Mul", &["x", "c"], &["d"], &[])
		.step("Mul", &["d", "half"], &["y"], &[]);
	agrees(gelu);
	let tanh = x()
		.scalar("three", 3.0)
		.scalar("small", 0.044715)
		.scalar("factor", 0.797_884_6)
		.step("Pow", &["x", "three"], &["a"], &[])
		.step("Mul", &["a", "small"], &["b"], &[])
		.step("Add", &["x", "b"], &["c"], &[])
		.step("Mul", &["c", "factor"], &["d"], &[])
		.step("Tanh", &["d"], &["e"], &[])
		.step("Add", &["e", "one"], &["f"], &[])
		.step("Mul", &["x", "half"], &["g"], &[])
		.step("Mul", &["g", "f"], &["y"], &[]);
	agrees(tanh);
	let silu = x().step("Sigmoid", &["x"], &["s"], &[]).step("Mul", &["x", "s"], &["y"], &[]);
	agrees(silu);
	let swish = x()
		.step("Neg", &["x"], &["n"], &[])
		.step("Exp", &["n"], &["e"], &[])
		.step("Add", &["e", "one"], &["d"], &[])
		.step("Div", &["x", "d"], &["y"], &[]);
	agrees(swish);
}
