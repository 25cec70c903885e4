//! What older operator sets, training and odd types say is taken into account or refused by name.

use std::path::Path;

use crate::onnx::{float, floats, gives, imported, int, ints, says, text, Onnx};
use zkml_graph::import::import_bytes;
use zkml_onnx::{AttributeProto, TensorProto};

#[track_caller]
fn refused(model: Onnx, set: i64, words: &[&str]) {
	says(imported(&model.encoded(set)), words);
}

/// 0, 1, 2, ..
fn counting(count: usize) -> Vec<f32> {
	(0..count).map(|i| i as f32).collect()
}

#[test]
fn a_second_input_of_older_sets_stands_where_axis_says() {
	let model = |op: &str, attributes: &[AttributeProto]| {
		Onnx::new(&[1, 2, 2, 2]).floats("b", &[2], &[10.0, 20.0]).node(op, &["b"], attributes)
	};
	let x = counting(8);
	let at = |f: &dyn Fn(usize, f32) -> f32| -> Vec<f32> {
		x.iter().enumerate().map(|(i, x)| f(i, *x)).collect()
	};
	let both = |axis| [int("broadcast", 1), int("axis", axis)];
	let channels = [10.0, 20.0];
	for set in [1, 6] {
		assert_eq!(gives(model("Add", &both(1)), set, &x), at(&|i, x| x + channels[i / 4]));
		assert_eq!(gives(model("Sub", &both(2)), set, &x), at(&|i, x| x - channels[i / 2 % 2]));
		assert_eq!(gives(model("Mul", &both(1)), set, &x), at(&|i, x| x * channels[i / 4]));
		// Without an axis it stands at the end.
		let last = [int("broadcast", 1)];
		assert_eq!(gives(model("Add", &last), set, &x), at(&|i, x| x + channels[i % 2]));
		refused(model("Add", &[]), set, &["Add", "broadcast 1"]);
		refused(model("Div", &both(3)[1..]), set, &["Div", "broadcast 1"]);
		refused(model("Add", &both(4)), set, &["attribute axis"]);
		refused(model("Add", &both(-1)), set, &["attribute axis"]);
	}
	refused(model("Add", &both(1)), 7, &["Add", "no attribute", "broadcast"]);
	let whole = Onnx::new(&[1, 2]).floats("b", &[1, 2], &[1.0, 2.0]).node("Add", &["b"], &[]);
	assert_eq!(gives(whole, 6, &[1.0, 1.0]), [2.0, 3.0]);
}

#[test]
fn slopes_are_repeated_to_the_input_and_belong_to_channels_at_first() {
	let model = |dims: &[i64], slopes: &[f32]| {
		Onnx::new(&[1, 2, 2, 2]).floats("s", dims, slopes).node("PRelu", &["s"], &[])
	};
	let x = vec![-1.0; 8];
	let by_channel = [-2.0, -2.0, -2.0, -2.0, -3.0, -3.0, -3.0, -3.0];
	assert_eq!(gives(model(&[2, 1, 1], &[2.0, 3.0]), 16, &x), by_channel);
	assert_eq!(gives(model(&[2], &[2.0, 3.0]), 6, &x), by_channel);
	assert_eq!(gives(model(&[2], &[2.0, 3.0]), 1, &x), by_channel);
	let by_column = [-2.0, -3.0, -2.0, -3.0, -2.0, -3.0, -2.0, -3.0];
	assert_eq!(gives(model(&[2], &[2.0, 3.0]), 7, &x), by_column);
	refused(model(&[2, 1, 2, 2, 2], &[1.0; 16]), 9, &["PRelu", "slopes for [1, 2, 2, 2]"]);
	refused(model(&[2, 1, 1], &[2.0, 3.0]), 6, &["PRelu", "slopes for"]);
}

#[test]
fn truth_values_of_older_sets_stand_where_axis_says() {
	let model = |attributes: &[AttributeProto]| {
		let bits = TensorProto {
			name: "b".into(),
			dims: vec![2],
			data_type: 9,
			int32_data: vec![0, 1],
			..TensorProto::default()
		};
		Onnx::new(&[1, 2, 2])
			.scalar("limit", 0.5)
			.tensor(bits)
			.node("Greater", &["limit"], &[int("broadcast", 1)])
			.node("Xor", &["b"], attributes)
	};
	let x = [0.0, 1.0, 1.0, 0.0];
	let both = |axis| [int("broadcast", 1), int("axis", axis)];
	assert_eq!(gives(model(&both(1)), 6, &x), [0.0, 1.0, 0.0, 1.0]);
	assert_eq!(gives(model(&both(2)), 6, &x), [0.0, 0.0, 1.0, 1.0]);
	assert_eq!(gives(model(&both(2)[..1]), 1, &x), [0.0, 0.0, 1.0, 1.0]);
	refused(model(&[]), 6, &["Xor", "broadcast 1"]);
	// Constants alone are computed before, as truth values.
	let constant = Onnx::new(&[1, 2])
		.truth("a", true)
		.truth("b", true)
		.step("Xor", &["a", "b"], &["c"], &[])
		.floats("k", &[2], &[5.0, 6.0])
		.step("Where", &["c", "k", "x"], &["y"], &[]);
	assert_eq!(gives(constant, 22, &[3.0, 4.0]), [3.0, 4.0]);
}

/// A normalisation of four channels with these attributes and outputs.
fn normalised(attributes: &[AttributeProto], outputs: &[&str]) -> Onnx {
	Onnx::new(&[1, 4]).floats("s", &[4], &[1.0; 4]).floats("v", &[4], &[3.0; 4]).step(
		"BatchNormalization",
		&["x", "s", "s", "s", "v"],
		outputs,
		attributes,
	)
}

#[test]
fn statistics_of_a_batch_are_refused_in_every_set() {
	let training = [int("training_mode", 1)];
	for set in [14, 15, 22] {
		refused(normalised(&training, &["y"]), set, &["attribute training_mode 0", "got 1"]);
		let outputs = ["y", "m", "v2"];
		refused(normalised(&training, &outputs), set, &["training_mode"]);
		refused(normalised(&[], &outputs), set, &["not those of training", "running_mean"]);
		imported(&normalised(&[int("training_mode", 0)], &["y"]).encoded(set)).unwrap();
	}
	for set in [7, 9] {
		let outputs = ["y", "m", "v2", "sm", "sv"];
		refused(normalised(&[], &outputs), set, &["not those of training", "mean"]);
		imported(&normalised(&[float("momentum", 0.5)], &["y"]).encoded(set)).unwrap();
	}
	let test = int("is_test", 1);
	imported(&normalised(std::slice::from_ref(&test), &["y"]).encoded(6)).unwrap();
	refused(normalised(&[], &["y"]), 6, &["attribute is_test 1", "got none, which is 0"]);
	refused(normalised(&[test, int("spatial", 0)], &["y"]), 6, &["attribute spatial 1", "got 0"]);
}

#[test]
fn what_drops_is_refused_in_every_set() {
	let dropout =
		|attributes: &[AttributeProto]| Onnx::new(&[1, 4]).node("Dropout", &[], attributes);
	for set in [1, 6] {
		refused(dropout(&[]), set, &["Dropout", "attribute is_test 1"]);
		refused(dropout(&[int("is_test", 0)]), set, &["attribute is_test 1", "got 0"]);
		imported(&dropout(&[int("is_test", 1), float("ratio", 0.3)]).encoded(set)).unwrap();
	}
	imported(&dropout(&[float("ratio", 0.3)]).encoded(10)).unwrap();
	refused(dropout(&[float("ratio", 0.3)]), 12, &["Dropout", "ratio too"]);
	let mode = |mode: i32| {
		let start = Onnx::new(&[1, 4]).scalar("r", 0.5).truth("t", mode != 0);
		start.node("Dropout", &["r", "t"], &[int("seed", 1)])
	};
	imported(&mode(0).encoded(13)).unwrap();
	refused(mode(1), 13, &["Dropout", "training_mode false", "got true"]);
	let mask = Onnx::new(&[1, 4]).step("Dropout", &["x"], &["y", "mask"], &[]);
	imported(&mask.encoded(13)).unwrap();
}

#[test]
fn an_operator_set_is_imported_once_and_known() {
	let model = || Onnx::new(&[1, 4]).node("Relu", &[], &[]);
	let read = |sets: &[(&str, i64)]| imported(&model().encoded_in(sets));
	says(read(&[]), &["relu0 (Relu)", "an import of operator set ai.onnx", "none"]);
	says(read(&[("", 29)]), &["operator set ai.onnx from 1 to 28", "got 29"]);
	says(read(&[("", 0)]), &["operator set ai.onnx from 1 to 28", "got 0"]);
	says(read(&[("", 12), ("ai.onnx", 13)]), &["one version of operator set ai.onnx"]);
	read(&[("ai.onnx", 13)]).unwrap();
	// As scikit-learn's exporter writes it.
	read(&[("", 13), ("ai.onnx.ml", 1), ("", 13)]).unwrap();
	let gelu = Onnx::new(&[1, 4]).node("Gelu", &[], &[]);
	refused(gelu, 19, &["Gelu", "operator set ai.onnx 20 or newer", "got 19"]);
	// Another domain's operator is none of ONNX's.
	let other = Onnx::new(&[1, 4]).step("ai.onnx.ml:Relu", &["x"], &["y"], &[]);
	refused(other, 13, &["ai.onnx.ml.Relu"]);
	let conv = Onnx::new(&[1, 4]).step("com.microsoft:Add", &["x", "x"], &["y"], &[]);
	refused(conv, 13, &["com.microsoft.Add"]);
}

#[test]
fn attributes_of_another_type_or_twice_are_refused() {
	let relu =
		|attributes: &[AttributeProto]| Onnx::new(&[1, 4]).node("LeakyRelu", &[], attributes);
	refused(relu(&[int("alpha", 1)]), 13, &["a number as attribute alpha", "another type"]);
	refused(relu(&[floats("alpha", &[1.0])]), 13, &["attribute alpha", "another type"]);
	let twice = [float("alpha", 0.1), float("alpha", 0.2)];
	refused(relu(&twice), 13, &["one attribute alpha", "two"]);
	let untyped = AttributeProto { r#type: 0, ..float("alpha", 0.5) };
	assert_eq!(gives(relu(&[untyped]), 13, &[-1.0; 4]), [-0.5; 4]);
	let referred = AttributeProto { ref_attr_name: "slope".into(), ..float("alpha", 0.5) };
	refused(relu(&[referred]), 13, &["attribute alpha", "slope"]);
}

#[test]
fn inputs_and_outputs_beyond_those_of_the_set_are_refused() {
	let clip = || Onnx::new(&[1, 4]).scalar("l", 0.0).node("Clip", &["l"], &[]);
	refused(clip(), 6, &["Clip", "at most 1 inputs"]);
	imported(&clip().encoded(11)).unwrap();
	let relu = Onnx::new(&[1, 4]).step("Relu", &["x"], &["y", "z"], &[]);
	refused(relu, 13, &["Relu", "at most 1 outputs", "z"]);
	let clip = |attributes: &[AttributeProto]| Onnx::new(&[1, 4]).node("Clip", &[], attributes);
	assert_eq!(gives(clip(&[float("max", 1.0)]), 6, &[-1.0, 0.5, 2.0, 3.0]), [-1.0, 0.5, 1.0, 1.0]);
	refused(clip(&[float("max", 1.0)]), 11, &["Clip", "max too"]);
}

#[test]
fn casts_cut_numbers_off_or_are_refused() {
	let cast = |to: AttributeProto| Onnx::new(&[1, 4]).node("Cast", &[], &[to]);
	let numbers = [-1.5, -0.5, 0.0, 2.75];
	assert_eq!(gives(cast(int("to", 7)), 13, &numbers), [-1.0, 0.0, 0.0, 2.0]);
	assert_eq!(gives(cast(int("to", 9)), 13, &numbers), [1.0, 1.0, 0.0, 1.0]);
	refused(cast(int("to", 3)), 13, &["Cast", "got to INT8"]);
	assert_eq!(gives(cast(int("to", 16)), 13, &numbers), numbers);
	assert_eq!(gives(cast(text("to", "INT32")), 1, &numbers), [-1.0, 0.0, 0.0, 2.0]);
	refused(cast(int("to", 99)), 13, &["Cast", "a type of ONNX"]);
	assert_eq!(gives(cast(text("to", "DOUBLE")), 1, &[0.5; 4]), [0.5; 4]);
	let saturate = [int("to", 1), int("saturate", 0)];
	imported(&Onnx::new(&[1, 4]).node("Cast", &[], &saturate).encoded(19)).unwrap();
	// A label is an index, and stays one.
	let label = |to| {
		Onnx::new(&[1, 4]).node("ArgMax", &[], &[int("axis", 1)]).node(
			"Cast",
			&[],
			&[int("to", to)],
		)
	};
	for to in [7, 16] {
		imported(&label(to).encoded(13)).unwrap();
	}
	refused(label(9), 13, &["Cast", "got to BOOL"]);
	refused(label(3), 13, &["Cast", "got to INT8"]);
}

#[test]
fn integers_are_folded_as_onnx_divides_them() {
	// The result is where the input is cut.
	let cut = |op: &str, a: i64, b: i64, attributes: &[AttributeProto]| {
		let model = Onnx::new(&[1, 8])
			.ints("a", &[a])
			.ints("b", &[b])
			.ints("zero", &[0])
			.ints("one", &[1])
			.step(op, &["a", "b"], &["end"], attributes)
			.step("Slice", &["x", "zero", "end", "one"], &["y"], &[]);
		imported(&model.encoded(13)).unwrap().outputs[0].dims[1]
	};
	let from_end = |end: usize| 8 - end;
	assert_eq!(cut("Mod", 7, 3, &[]), 1);
	assert_eq!(cut("Mod", -7, 3, &[]), 2);
	assert_eq!(cut("Mod", 7, -3, &[]), from_end(2));
	assert_eq!(cut("Mod", -7, -3, &[]), from_end(1));
	let fmod = [int("fmod", 1)];
	assert_eq!(cut("Mod", -7, 3, &fmod), from_end(1));
	assert_eq!(cut("Mod", 7, -3, &fmod), 1);
	// Towards zero.
	assert_eq!(cut("Div", -7, 3, &[]), from_end(2));
	assert_eq!(cut("Div", 7, 2, &[]), 3);
	let none =
		Onnx::new(&[1, 8]).ints("a", &[1]).ints("b", &[0]).step("Div", &["a", "b"], &["c"], &[]);
	refused(none.step("Add", &["x", "c"], &["y"], &[]), 13, &["Div", "integers from"]);
	// What leaves its type would come back at the other end.
	let narrow = Onnx::new(&[1, 8])
		.bytes("a", &[1], false, &[3])
		.bytes("b", &[1], false, &[5])
		.step("Sub", &["a", "b"], &["c"], &[])
		.step("Cast", &["c"], &["d"], &[int("to", 1)])
		.step("Add", &["x", "d"], &["y"], &[]);
	refused(narrow, 14, &["Sub", "integers from 0 to 255"]);
	let mean = |values: &[i64]| {
		let start = Onnx::new(&[1, 8]).ints("a", values).step("ReduceMean", &["a"], &["m"], &[]);
		start.step("Slice", &["x", "m", "m"], &["y"], &[])
	};
	refused(mean(&[1, 2]), 13, &["ReduceMean", "integers"]);
	// A product along one axis is none of all.
	let product = Onnx::new(&[1, 6])
		.shaped_ints("a", &[2, 2], &[1, 2, 3, 3])
		.step("ReduceProd", &["a"], &["p"], &[ints("axes", &[1]), int("keepdims", 0)])
		.step("Reshape", &["x", "p"], &["y"], &[]);
	refused(product, 13, &["Reshape", "[2, 9]"]);
}

#[test]
fn softmax_takes_the_axis_of_its_set() {
	let sums = |set: i64, attributes: &[AttributeProto]| {
		let softmax = Onnx::new(&[1, 2, 3]).node("Softmax", &[], attributes);
		let shares = gives(softmax, set, &counting(6));
		// Of all, of the first row, and of the first column.
		[shares.iter().sum(), shares[..3].iter().sum::<f32>(), shares[0] + shares[3]]
	};
	let is_one = |sum: f32| (sum - 1.0).abs() < 1e-6;
	// All axes from the given one on are one, later it is alone.
	assert!(is_one(sums(12, &[])[0]));
	assert!(is_one(sums(12, &[int("axis", 2)])[1]));
	assert!(is_one(sums(13, &[])[1]));
	assert!(is_one(sums(13, &[int("axis", 1)])[2]));
}

#[test]
fn the_rest_of_older_forms_is_read() {
	let x = counting(6);
	let reshape = Onnx::new(&[1, 6]).node("Reshape", &[], &[ints("shape", &[1, 2, 3])]);
	assert_eq!(imported(&reshape.encoded(1)).unwrap().outputs[0].dims, [1, 2, 3]);
	let pad = |name: &str| Onnx::new(&[1, 6]).node("Pad", &[], &[ints(name, &[0, 1, 0, 0])]);
	assert_eq!(gives(pad("paddings"), 1, &x), [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
	assert_eq!(gives(pad("pads"), 2, &x), [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
	refused(pad("pads"), 11, &["Pad", "pads too"]);
	let one = Onnx::new(&[1, 1]).ints("p", &[0, 1, 0, 0]);
	refused(one.node("Pad", &["p"], &[text("mode", "reflect")]), 11, &["two elements", "[1, 1]"]);
	let twice = [ints("starts", &[0, 0]), ints("ends", &[1, 1]), ints("axes", &[1, -1])];
	refused(Onnx::new(&[1, 6]).node("Slice", &[], &twice), 1, &["Slice", "different axes"]);
	let slice = [ints("starts", &[2]), ints("ends", &[4]), ints("axes", &[1])];
	assert_eq!(gives(Onnx::new(&[1, 6]).node("Slice", &[], &slice), 1, &x), [2.0, 3.0]);
	let tile = Onnx::new(&[1, 2]).scalar("t", 2.0).scalar("a", 1.0).node("Tile", &["t", "a"], &[]);
	assert_eq!(gives(tile, 1, &[1.0, 2.0]), [1.0, 2.0, 1.0, 2.0]);
	let split = |set: i64, attributes: &[AttributeProto]| {
		let axis = [&[int("axis", 1)], attributes].concat();
		imported(&Onnx::new(&[1, 5]).step("Split", &["x"], &["a", "b"], &axis).encoded(set))
	};
	says(split(13, &[]), &["Split", "2 equal parts", "got 5"]);
	assert_eq!(split(18, &[int("num_outputs", 2)]).unwrap().outputs[0].dims, [1, 3]);
	says(split(18, &[int("num_outputs", 3)]), &["num_outputs 2"]);
	assert_eq!(split(11, &[ints("split", &[4, 1])]).unwrap().outputs[0].dims, [1, 4]);
	let sum = Onnx::new(&[1, 6]).ints("a", &[1]).node("ReduceSum", &["a"], &[]);
	assert_eq!(gives(sum, 13, &x), [15.0]);
	let sum = Onnx::new(&[1, 6]).ints("a", &[1]).node("ReduceSum", &["a"], &[]);
	refused(sum, 11, &["ReduceSum", "at most 1 inputs"]);
	let gemm = |broadcast: &[AttributeProto]| {
		let start = Onnx::new(&[1, 2]).floats("w", &[2, 2], &[1.0, 0.0, 0.0, 1.0]);
		start.floats("c", &[2], &[10.0, 20.0]).node("Gemm", &["w", "c"], broadcast)
	};
	assert_eq!(gives(gemm(&[int("broadcast", 1)]), 6, &[1.0, 2.0]), [11.0, 22.0]);
	refused(gemm(&[]), 6, &["Gemm", "a C for [1, 2]"]);
	assert_eq!(gives(gemm(&[]), 7, &[1.0, 2.0]), [11.0, 22.0]);
	let selu = || Onnx::new(&[1, 1]).node("Selu", &[], &[]);
	assert!((gives(selu(), 1, &[1.0])[0] - 1.0507).abs() < 1e-7);
	assert!((gives(selu(), 6, &[1.0])[0] - 1.050_701).abs() < 1e-7);
}

#[test]
fn attributes_that_change_what_is_quantised_are_refused() {
	let model = |attributes: &[AttributeProto]| {
		Onnx::new(&[1, 4])
			.scalar("s", 0.1)
			.bytes("z", &[], true, &[0])
			.node("QuantizeLinear", &["s", "z"], attributes)
			.node("DequantizeLinear", &["s", "z"], &[])
	};
	refused(model(&[int("block_size", 2)]), 21, &["scales for blocks of 2"]);
	refused(model(&[int("output_dtype", 2)]), 21, &["output_dtype", "got 2"]);
	refused(model(&[int("precision", 10)]), 23, &["attribute precision 0 or 1", "got 10"]);
	imported(&model(&[int("output_dtype", 3)]).encoded(21)).unwrap();
	// Without a zero point it says the type: below zero nothing is left of UINT8.
	let typed = |kind| {
		Onnx::new(&[1, 1])
			.scalar("s", 1.0)
			.bytes("z", &[], kind == 3, &[0])
			.step("QuantizeLinear", &["x", "s"], &["q"], &[int("output_dtype", kind)])
			.step("DequantizeLinear", &["q", "s", "z"], &["y"], &[])
	};
	assert_eq!(gives(typed(3), 21, &[-5.0]), [-5.0]);
	assert_eq!(gives(typed(2), 21, &[-5.0]), [0.0]);
	// Four scales for four rows, but of blocks: nothing says so but their shape.
	let blocks = Onnx::new(&[1, 4])
		.bytes("w", &[4, 2], true, &[1; 8])
		.floats("s", &[2, 2], &[1.0, 2.0, 3.0, 4.0])
		.step("DequantizeLinear", &["w", "s"], &["d"], &[int("axis", 0)])
		.step("MatMul", &["x", "d"], &["y"], &[]);
	refused(blocks, 21, &["DequantizeLinear", "scales of one dimension", "[2, 2]"]);
	let norm = |norm: &[AttributeProto]| {
		Onnx::new(&[1, 3]).step("ai.onnx.ml:Normalizer", &["x"], &["n"], norm).step(
			"ArgMax",
			&["n"],
			&["y"],
			&[int("axis", 1)],
		)
	};
	imported(&norm(&[text("norm", "L1")]).encoded(13)).unwrap();
	imported(&norm(&[]).encoded(13)).unwrap();
	refused(norm(&[text("norm", "L3")]), 13, &["attribute norm L1 or L2 or MAX", "got L3"]);
	let targets = Onnx::new(&[1, 2]).step(
		"ai.onnx.ml:LinearRegressor",
		&["x"],
		&["y"],
		&[floats("coefficients", &[1.0; 4])],
	);
	refused(targets, 13, &["coefficients for 1 targets", "for 2"]);
}

#[test]
fn the_larger_window_of_a_pool_is_asked_for() {
	let pool = |op: &str, set: i64, attributes: &[AttributeProto]| {
		let all = [&[ints("kernel_shape", &[2])], attributes].concat();
		imported(&Onnx::new(&[1, 1, 5]).node(op, &[], &all).encoded(set))
	};
	says(pool("MaxPool", 1, &[ints("dilations", &[2])]), &["MaxPool", "dilations too"]);
	says(pool("AveragePool", 11, &[ints("dilations", &[2])]), &["AveragePool", "dilations too"]);
	assert_eq!(pool("MaxPool", 10, &[ints("dilations", &[2])]).unwrap().outputs[0].dims, [1, 1, 3]);
	assert_eq!(
		pool("AveragePool", 19, &[ints("dilations", &[2])]).unwrap().outputs[0].dims,
		[1, 1, 3]
	);
	let both = [text("auto_pad", "SAME_UPPER"), ints("pads", &[1, 0])];
	says(pool("MaxPool", 12, &both), &["pads or auto_pad", "both"]);
	pool("MaxPool", 12, &[int("storage_order", 1)]).unwrap();
	says(pool("MaxPool", 1, &[int("storage_order", 1)]), &["MaxPool", "storage_order too"]);
	let places = |set| {
		let kernel = [ints("kernel_shape", &[2])];
		let model = Onnx::new(&[1, 1, 4]).step("MaxPool", &["x"], &["y", "places"], &kernel);
		import_bytes(Path::new("x"), &model.encoded(set), Some("places"))
	};
	says(places(7), &["MaxPool", "at most 1 outputs", "places too"]);
	assert_eq!(places(8).unwrap().outputs[0].dims, [1, 1, 3]);
}

#[test]
fn every_fixed_shape_is_a_shape() {
	let many = |dims: &[i64]| Onnx::new(dims).floats("w", &[1, 1, 2], &[1.0, 10.0]);
	let conv = many(&[2, 1, 3]).node("Conv", &["w"], &[]);
	let x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
	assert_eq!(gives(conv, 13, &x), [10.0, 21.0, 43.0, 54.0]);
	let kernel = [ints("kernel_shape", &[2])];
	assert_eq!(gives(many(&[2, 1, 3]).node("MaxPool", &[], &kernel), 13, &x), [1.0, 2.0, 4.0, 5.0]);
	let mean = gives(many(&[2, 1, 3]).node("AveragePool", &[], &kernel), 13, &x);
	assert_eq!(mean, [0.5, 1.5, 3.5, 4.5]);
	let global = gives(many(&[2, 1, 3]).node("GlobalMaxPool", &[], &[]), 13, &x);
	assert_eq!(global, [2.0, 5.0]);
	let cube = Onnx::new(&[2, 1, 2, 2, 2]).floats("k", &[1, 1, 2, 2, 2], &[1.0; 8]);
	assert_eq!(gives(cube.node("Conv", &["k"], &[]), 13, &counting(16)), [28.0, 92.0]);
	let six = Onnx::new(&[2, 1, 1, 1, 1, 2]).node("Transpose", &[], &[]);
	assert_eq!(gives(six, 13, &counting(4)), [0.0, 2.0, 1.0, 3.0]);
	let seven = Onnx::new(&[1; 7]).node("Relu", &[], &[]);
	refused(seven, 13, &["at most 6 dimensions", "7"]);
	let seventh = Onnx::new(&[1; 6]).ints("a", &[0]).node("Unsqueeze", &["a"], &[]);
	refused(seventh, 13, &["at most 6 dimensions", "7"]);
	let rows = Onnx::new(&[2, 3]).node("ArgMax", &[], &[int("axis", 1)]);
	assert_eq!(gives(rows, 13, &[0.0, 2.0, 1.0, 5.0, 3.0, 4.0]), [1.0, 0.0]);
	let rows = Onnx::new(&[2, 2]).step(
		"ai.onnx.ml:LinearRegressor",
		&["x"],
		&["y"],
		&[floats("coefficients", &[1.0; 2])],
	);
	refused(rows, 13, &["a single row of features", "[2, 2]"]);
}
