//! Two computed matrices and computed indices, from the file to the circuit.

use crate::{
	common::{self, agrees, input},
	onnx::{self, int, ints, randoms, Onnx},
};
use std::path::Path;
use zkml_circuits::{
	compile_float, compile_float_like,
	graph::{Node, Op, Product, Table},
	import::{import_bytes, FloatOp, FloatPick, FloatTable},
	CompileError, CompileOptions, CompiledModel, InputRange,
};
use zkml_primitives::{Scalar, TensorSpec, ValueInfo, Visibility};

/// Plain; rounds; with private parameters in a point and opened.
fn kinds() -> Vec<CompileOptions> {
	let public = CompileOptions::default();
	let rounds = CompileOptions { lookups: true, ..public.clone() };
	let committed = CompileOptions { visibility: Visibility::Private, ..rounds.clone() };
	let opened = CompileOptions { opened_params: true, ..committed.clone() };
	vec![public, rounds, committed, opened]
}

fn compiled(model: Onnx, options: &CompileOptions) -> Result<CompiledModel, CompileError> {
	let float = import_bytes(Path::new("test.onnx"), &model.encoded(18), None).unwrap();
	compile_float(&float, options, &mut common::rng(1))
}

/// The largest error of outputs, as a share of the largest output, and that the circuit agrees.
fn error(model: Onnx, options: &CompileOptions) -> f32 {
	let float = import_bytes(Path::new("test.onnx"), &model.encoded(18), None).unwrap();
	let model = compile_float(&float, options, &mut common::rng(1)).unwrap();
	let (mut most, mut size) = (0f32, 0f32);
	for seed in 0..4 {
		let values = input(&model, seed);
		agrees(&model, &values, seed);
		let worth = |spec: &TensorSpec, i: usize| {
			let scale = spec.scale(i).unwrap();
			scale.mantissa as f32 * (-f32::from(scale.shift)).exp2()
		};
		let (inputs, outputs) = (model.inputs(), model.outputs());
		let of = |(info, values): (&ValueInfo, &Vec<i32>)| -> Vec<f32> {
			let all = values.iter().enumerate();
			all.map(|(i, v)| *v as f32 * worth(&info.tensor, i)).collect()
		};
		let reals: Vec<f32> = inputs.iter().zip(&values).flat_map(of).collect();
		let expected = float.evaluate(&reals)[float.outputs[0].value].clone();
		let step = worth(&outputs[0].tensor, 0);
		for (got, expected) in model.evaluate(&values).unwrap()[0].iter().zip(expected) {
			most = most.max((*got as f32 * step - expected).abs());
			size = size.max(expected.abs());
		}
	}
	most / size
}

/// An embedding of tokens and a matrix behind it.
fn embedding(rows: i64, width: i64, tokens: i64) -> Onnx {
	let table = randoms(7, (rows * width) as usize);
	Onnx::new(&[1, tokens])
		.whole()
		.floats("table", &[rows, width], &table)
		.floats("weights", &[width, 3], &randoms(8, 3 * width as usize))
		.step("Gather", &["table", "x"], &["rows"], &[])
		.step("MatMul", &["rows", "weights"], &["y"], &[])
}

#[test]
fn tokens_pick_rows_of_an_embedding_in_every_kind() {
	for options in kinds() {
		let error = error(embedding(9, 4, 3), &options);
		assert!(error < 0.02, "{options:?}: {error}");
	}
}

/// Two columns of integers beside real numbers: each index has its own table's range.
#[test]
fn indices_beside_other_inputs_have_the_range_of_their_table() {
	let model = || {
		Onnx::new(&[1, 2])
			.input("user", &[1, 1], 7)
			.input("item", &[1, 2], 7)
			.floats("users", &[5, 2], &randoms(1, 10))
			.floats("items", &[7, 2], &randoms(2, 14))
			.step("Gather", &["users", "user"], &["u"], &[])
			.step("Gather", &["items", "item"], &["i"], &[])
			.step("Mul", &["u", "i"], &["m"], &[])
			.step("Add", &["m", "x"], &["y"], &[])
	};
	let input = vec![InputRange { min: -1.0, max: 1.0 }];
	for options in kinds() {
		let options = CompileOptions { input: input.clone(), ..options };
		let compiled = compiled(model(), &options).unwrap();
		let ranges: Vec<_> =
			compiled.inputs().iter().map(|i| (i.tensor.min, i.tensor.max)).collect();
		assert_eq!(ranges[1..], [(0, 4), (0, 6)]);
		let error = error(model(), &options);
		assert!(error < 0.02, "{options:?}: {error}");
	}
}

#[test]
fn the_range_of_tokens_is_the_table_s_unless_another_is_given() {
	let model = compiled(embedding(9, 4, 3), &CompileOptions::default()).unwrap();
	assert_eq!((model.inputs()[0].tensor.min, model.inputs()[0].tensor.max), (0, 8));
	let with = |min, max| {
		let input = vec![InputRange { min, max }];
		compiled(embedding(9, 4, 3), &CompileOptions { input, ..CompileOptions::default() })
	};
	let rows = |model: &CompiledModel| {
		let pick = |op: &Op| match op {
			Op::Pick(pick) => Some((pick.first, pick.rows)),
			_ => None,
		};
		model.graph().nodes.iter().find_map(|node| pick(&node.op))
	};
	// Rows that cannot be named are not there.
	assert_eq!(rows(&with(2.0, 4.0).unwrap()), Some((2, 3)));
	assert_eq!(rows(&with(-9.0, -1.0).unwrap()), Some((0, 9)));
	for (min, max) in [(0.0, 9.0), (-10.0, 3.0)] {
		let error = with(min, max).unwrap_err().to_string();
		assert!(error.contains("gather0"), "{error}");
		assert!(error.contains("indices from -9 to 8"), "{error}");
		assert!(error.contains("--input-min 0 --input-max 8"), "{error}");
	}
}

/// Another table, about as large, has the earlier one's circuit.
#[test]
fn a_retrained_embedding_is_the_same_circuit() {
	let earlier = compiled(embedding(9, 4, 3), &kinds()[2]).unwrap();
	let mut float =
		import_bytes(Path::new("test.onnx"), &embedding(9, 4, 3).encoded(18), None).unwrap();
	for node in &mut float.ops {
		if let FloatOp::Pick(FloatPick { table: FloatTable::Constant(values), .. }) = &mut node.op {
			values.rotate_right(5);
		}
	}
	let options = CompileOptions::default();
	let later = compile_float_like(&float, &earlier, &options, &mut common::rng(2)).unwrap();
	assert_eq!(later.settings_hash(), earlier.settings_hash());
	assert_ne!(later.parameters(), earlier.parameters());
	agrees(&later, &[vec![8, 0, 3]], 1);
}

#[test]
fn the_table_of_a_private_model_is_a_parameter() {
	let private = &kinds()[2];
	let model = compiled(embedding(9, 4, 3), private).unwrap();
	let tables = model.graph().nodes.iter().filter_map(|node| match &node.op {
		Op::Pick(pick) => Some(&pick.table),
		_ => None,
	});
	assert!(tables.clone().all(|table| *table == Table::OneHot));
	assert_eq!(tables.count(), 1);
	assert_eq!(model.graph().dense().count(), 2);
}

/// Queries, keys and values of the input, scores with a mask, softmax, the sum of values: as torch exports it.
fn attention(length: i64, width: i64) -> Onnx {
	let matrix = |seed| randoms(seed, (width * width) as usize);
	let mask: Vec<f32> =
		(0..length * length).map(|at| if at % length > at / length { -1e4 } else { 0.0 }).collect();
	Onnx::new(&[1, length, width])
		.floats("wq", &[width, width], &matrix(1))
		.floats("wk", &[width, width], &matrix(2))
		.floats("wv", &[width, width], &matrix(3))
		.floats("mask", &[length, length], &mask)
		.scalar("root", (width as f32).sqrt())
		.step("MatMul", &["x", "wq"], &["q"], &[])
		.step("MatMul", &["x", "wk"], &["k"], &[])
		.step("MatMul", &["x", "wv"], &["v"], &[])
		.step("Transpose", &["k"], &["t"], &[ints("perm", &[0, 2, 1])])
		.step("MatMul", &["q", "t"], &["s"], &[])
		.step("Div", &["s", "root"], &["d"], &[])
		.step("Add", &["d", "mask"], &["m"], &[])
		.step("Softmax", &["m"], &["p"], &[int("axis", -1)])
		.step("MatMul", &["p", "v"], &["y"], &[])
}

#[test]
fn products_of_computed_matrices_are_close_in_every_kind() {
	let gram =
		|| {
			Onnx::new(&[2, 3, 4])
				.step("Transpose", &["x"], &["t"], &[ints("perm", &[0, 2, 1])])
				.step("MatMul", &["x", "t"], &["y"], &[])
		};
	let input = vec![InputRange { min: -1.0, max: 1.0 }];
	for options in kinds() {
		let options = CompileOptions { input: input.clone(), ..options };
		let error = error(gram(), &options);
		assert!(error < 0.02, "{options:?}: {error}");
	}
}

#[test]
fn attention_takes_a_constraint_for_each_element_instead_of_each_product() {
	let input = vec![InputRange { min: -1.0, max: 1.0 }];
	let options =
		CompileOptions { input, lookups: true, max_error: 1.0, ..CompileOptions::default() };
	let model = compiled(attention(8, 4), &options).unwrap();
	let values = common::input(&model, 3);
	agrees(&model, &values, 3);
	let costs = model.cost().nodes;
	let products =
		model.graph().nodes.iter().zip(costs).filter_map(|(node, cost)| match &node.op {
			Op::Product(shape) => Some((shape.products(), cost)),
			_ => None,
		});
	let products: Vec<_> = products.collect();
	assert_eq!(products.len(), 2);
	for (products, cost) in products {
		assert_eq!(products, 256);
		assert!(cost < 130, "{cost}");
	}
}

/// A small file may ask for any number of constraints; what a circuit of its kind cannot have is refused first.
#[test]
fn more_products_than_a_circuit_has_room_for_are_refused_by_name() {
	let node =
		|name: &str, inputs: &[u32], op| Node { name: name.into(), inputs: inputs.into(), op };
	let shape = Product { batch: 1, rows: 300, inner: 200, columns: 300 };
	let nodes = vec![
		node("left", &[0], Op::Gather(vec![0; 60_000])),
		node("product", &[1, 1], Op::Product(shape)),
		node("end", &[2], Op::Gather(vec![0])),
	];
	let [input, output] = [common::spec(&[1], 8, 0, 3), common::spec(&[1], 16, 0, 1800)];
	let graph = common::graph(input, nodes, output);
	let plain =
		CompiledModel::new(Visibility::Public, graph, vec![], vec![], Scalar::ZERO).unwrap();
	let folder = onnx::Folder::new();
	let path = folder.file("model.zkml");
	plain.save(&path).unwrap();
	let error = CompiledModel::load(&path).unwrap_err().to_string();
	assert!(error.contains("node product"), "{error}");
	assert!(error.contains("at most 16777216 constraints for products and picks"), "{error}");
	assert!(error.contains("kind rounds takes fewer"), "{error}");
	let rounds = plain.with_lookups();
	assert!(rounds.cost().counts.constraints < 250_000);
	rounds.save(&folder.file("rounds.zkml")).unwrap();
	CompiledModel::load(&folder.file("rounds.zkml")).unwrap();
}
