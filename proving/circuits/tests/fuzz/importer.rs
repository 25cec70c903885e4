//! ONNX files: bytes, and files that say something else than was meant.

use std::{path::Path, sync::OnceLock};

use proptest::{collection::vec, prelude::*, sample::Index};
use zkml_circuits::{
	compile_float,
	import::{import_bytes, supported},
	CompileOptions, CompiledModel, InputRange,
};
use zkml_fuzz::{changed, check_refusal, Change};
use zkml_onnx::{
	tensor_shape_proto::dimension::Value as Dimension, type_proto::Value as Type, AttributeProto,
	GraphProto, Message, ModelProto,
};
use zkml_primitives::Visibility;

use super::{fuzz, models};
use crate::{
	common::rng,
	onnx::{float, floats, int, ints, text, texts, Onnx},
};

fn options(visibility: Visibility, lookups: bool) -> CompileOptions {
	let input = vec![InputRange { min: -2.0, max: 2.0 }];
	CompileOptions { visibility, lookups, input, ..CompileOptions::default() }
}

/// Numbers that are not all the same.
fn numbers(count: usize) -> Vec<f32> {
	(0..count).map(|i| ((i * 7) % 11) as f32 / 8.0 - 0.6).collect()
}

/// Small files which together have most operators.
fn small() -> Vec<Onnx> {
	let line = || Onnx::new(&[-1, 6]);
	let image = || Onnx::new(&[1, 2, 4, 4]);
	let two = |name: &str| int(name, 2);
	vec![
		line()
			.floats("w", &[6, 4], &numbers(24))
			.floats("b", &[4], &numbers(4))
			.node("Gemm", &["w", "b"], &[float("alpha", 0.5), float("beta", 2.0)])
			.node("Relu", &[], &[])
			.node("ArgMax", &[], &[int("axis", 1)]),
		image()
			.floats("w", &[2, 1, 3, 3], &numbers(18))
			.floats("s", &[2], &[0.5, 2.0])
			.step("Conv", &["x", "w", "s"], &["c"], &[two("group"), ints("pads", &[1, 1, 1, 1])])
			.step("BatchNormalization", &["c", "s", "s", "s", "s"], &["n"], &[])
			.step("LeakyRelu", &["n"], &["r"], &[float("alpha", 0.1)])
			.step(
				"MaxPool",
				&["r"],
				&["p"],
				&[ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])],
			)
			.step("Flatten", &["p"], &["f"], &[])
			.step("Softmax", &["f"], &["m"], &[int("axis", 1)])
			.step("ArgMax", &["m"], &["y"], &[int("axis", 1)]),
		image()
			.ints("p", &[0, 0, 1, 0, 0, 0, 0, 1])
			.step("Pad", &["x", "p"], &["a"], &[text("mode", "reflect")])
			.step(
				"AveragePool",
				&["a"],
				&["b"],
				&[
					ints("kernel_shape", &[3, 3]),
					ints("strides", &[2, 2]),
					ints("pads", &[1, 1, 1, 1]),
					int("ceil_mode", 1),
				],
			)
			.step("GlobalMaxPool", &["b"], &["c"], &[])
			.step("SpaceToDepth", &["x"], &["d"], &[two("blocksize")])
			.step("GlobalAveragePool", &["d"], &["e"], &[])
			.step("Concat", &["c", "e"], &["y"], &[int("axis", 1)]),
		line()
			.ints("s", &[0, 2, -1])
			.ints("i", &[1, 0, -1])
			.ints("r", &[1, 1, 2])
			.ints("start", &[0])
			.ints("end", &[2])
			.step("Reshape", &["x", "s"], &["a"], &[])
			.step("Transpose", &["a"], &["b"], &[ints("perm", &[0, 2, 1])])
			.step("Gather", &["b", "i"], &["c"], &[int("axis", 1)])
			.step("Tile", &["c", "r"], &["d"], &[])
			.step("Slice", &["d", "start", "end", "end"], &["e"], &[])
			.step("Unsqueeze", &["e", "start"], &["f"], &[])
			.step("Squeeze", &["f", "start"], &["g"], &[])
			.step("ReduceSum", &["g", "end"], &["h"], &[int("keepdims", 0)])
			.step("ReduceMax", &["h"], &["y"], &[ints("axes", &[-1])]),
		line()
			.scalar("one", 1.0)
			.scalar("three", 3.0)
			.floats("each", &[6], &numbers(6))
			.step("Pow", &["x", "three"], &["a"], &[])
			.step("Tanh", &["a"], &["b"], &[])
			.step("Sigmoid", &["x"], &["c"], &[])
			.step("Mul", &["b", "c"], &["d"], &[])
			.step("Sub", &["d", "each"], &["e"], &[])
			.step("Div", &["e", "three"], &["f"], &[])
			.step("Clip", &["f", "", "one"], &["g"], &[])
			.step("Max", &["g", "x"], &["h"], &[])
			.step("PRelu", &["h", "each"], &["y"], &[]),
		line()
			.step("Shape", &["x"], &["shape"], &[])
			.ints("zero", &[0])
			.ints("rest", &[3, 2])
			.step("Gather", &["shape", "zero"], &["batch"], &[])
			.step("Concat", &["batch", "rest"], &["target"], &[int("axis", 0)])
			.step("Reshape", &["x", "target"], &["m"], &[])
			.step("Transpose", &["m"], &["t"], &[ints("perm", &[0, 2, 1])])
			.step("MatMul", &["m", "t"], &["p"], &[])
			.step("Expand", &["p", "target"], &["y"], &[])
			.step("MatMul", &["p", "m"], &["q"], &[]),
		line()
			.scalar("scale", 0.05)
			.bytes("zero", &[], true, &[3])
			.bytes("w", &[6, 2], true, &[1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12])
			.bytes("none", &[], true, &[0])
			.step("QuantizeLinear", &["x", "scale", "zero"], &["q"], &[])
			.step("DequantizeLinear", &["q", "scale", "zero"], &["d"], &[])
			.step("DequantizeLinear", &["w", "scale", "none"], &["v"], &[])
			.step("MatMul", &["d", "v"], &["m"], &[])
			.step("QuantizeLinear", &["m", "scale", "zero"], &["n"], &[])
			.step("DequantizeLinear", &["n", "scale", "zero"], &["y"], &[]),
		line().step(
			"ai.onnx.ml:TreeEnsembleRegressor",
			&["x"],
			&["y"],
			&[
				ints("nodes_treeids", &[0, 0, 0]),
				ints("nodes_nodeids", &[0, 1, 2]),
				ints("nodes_featureids", &[2, 0, 0]),
				floats("nodes_values", &[0.3, 0.0, 0.0]),
				texts("nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF"]),
				ints("nodes_truenodeids", &[1, 0, 0]),
				ints("nodes_falsenodeids", &[2, 0, 0]),
				ints("target_treeids", &[0, 0]),
				ints("target_nodeids", &[1, 2]),
				ints("target_ids", &[0, 0]),
				floats("target_weights", &[0.5, -1.5]),
				int("n_targets", 1),
			],
		),
	]
}

/// Compiled models for those who read their files.
pub fn models() -> Vec<CompiledModel> {
	let compiled = |onnx: Onnx| {
		let float = import_bytes(Path::new("good.onnx"), &onnx.encoded(13), None).ok()?;
		compile_float(&float, &options(Visibility::Public, false), &mut rng(1)).ok()
	};
	let models: Vec<_> = small().into_iter().filter_map(compiled).collect();
	assert!(models.len() >= 5, "{}", models.len());
	models
}

fn good() -> &'static [Vec<u8>] {
	static GOOD: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
	GOOD.get_or_init(|| {
		let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
		let read = |name: &&str| std::fs::read(models.join(format!("{name}/{name}.onnx"))).unwrap();
		let real = ["credit", "digits", "forest", "cnn-digits"];
		small().into_iter().map(|o| o.encoded(13)).chain(real.iter().map(read)).collect()
	})
}

/// A file is refused, or compiles, or is refused by the compiler; in every kind.
fn use_onnx(bytes: &[u8]) {
	let float = match import_bytes(Path::new("fuzz.onnx"), bytes, None) {
		Ok(float) => float,
		Err(error) => return check_refusal(&error),
	};
	let kind = bytes.len();
	let visibility = if kind & 1 == 0 { Visibility::Public } else { Visibility::Private };
	match compile_float(&float, &options(visibility, false), &mut rng(1)) {
		Err(error) => check_refusal(&error),
		Ok(model) => {
			assert_eq!(model.graph().input_len() as usize, float.len(0));
			models::check(&model);
			let elements: usize = model.plan().ranges.iter().map(Vec::len).sum();
			if kind & 6 == 0 && elements < 500 {
				models::check(&model.with_lookups());
			}
		}
	}
}

#[test]
fn onnx_files_are_refused_or_compile() {
	fuzz("onnx", good().to_vec(), 1200).run(use_onnx);
}

/// Something else in a file that can be read. Indices are taken modulo what there is.
#[derive(Clone, Debug)]
enum Edit {
	/// A dimension of a constant.
	Dim(Index, Index, i64),
	/// A dimension of the input.
	InputDim(Index, i64),
	/// An integer of a constant of integers.
	Integer(Index, Index, i64),
	/// A number of a constant of floats.
	Float(Index, Index, f32),
	/// A constant's element type.
	DataType(Index, i32),
	/// An attribute's integer, or one of its integers.
	AttributeInt(Index, Index, Index, i64),
	/// An attribute's number, or one of its numbers.
	AttributeFloat(Index, Index, Index, f32),
	/// An attribute less.
	NoAttribute(Index, Index),
	/// An attribute of another node.
	AttributeOf(Index, Index, Index),
	/// Another operator.
	Operator(Index, Index),
	/// Another value as an input.
	Input(Index, Index, Index),
	/// A node less.
	NoNode(Index),
	/// A node again, on its own result.
	Again(Index, usize),
	/// A name with any characters, for a node or a constant.
	Name(Index, bool, String),
	/// Another operator set.
	Opset(i64),
}

fn sizes() -> impl Strategy<Value = i64> {
	let far = [i64::MIN, i64::MAX, -(1 << 31), (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32];
	let large = [1 << 16, 1 << 20, 1 << 24, 1 << 26, (1 << 26) + 1, 1000, 4096, 65_535, 100_000];
	let near = -4..10i64;
	prop_oneof![
		2 => near,
		1 => prop::sample::select(far.to_vec()),
		1 => prop::sample::select(large.to_vec()),
	]
}

fn reals() -> impl Strategy<Value = f32> {
	let far = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e30, -1e30];
	let near = [f32::MIN_POSITIVE, 1e-45, 1e-30, -1e-30, 0.0, -0.0, 1.0, -1.0, 0.1, 1e6, 3e9];
	prop::sample::select([&far[..], &near].concat())
}

fn edits() -> impl Strategy<Value = Edit> {
	let at = any::<Index>;
	prop_oneof![
		3 => (at(), at(), sizes()).prop_map(|(t, i, n)| Edit::Dim(t, i, n)),
		3 => (at(), sizes()).prop_map(|(i, n)| Edit::InputDim(i, n)),
		3 => (at(), at(), sizes()).prop_map(|(t, i, n)| Edit::Integer(t, i, n)),
		2 => (at(), at(), reals()).prop_map(|(t, i, x)| Edit::Float(t, i, x)),
		1 => (at(), -1..25i32).prop_map(|(t, kind)| Edit::DataType(t, kind)),
		5 => (at(), at(), at(), sizes()).prop_map(|(n, a, i, x)| Edit::AttributeInt(n, a, i, x)),
		2 => (at(), at(), at(), reals()).prop_map(|(n, a, i, x)| Edit::AttributeFloat(n, a, i, x)),
		1 => (at(), at()).prop_map(|(n, a)| Edit::NoAttribute(n, a)),
		2 => (at(), at(), at()).prop_map(|(n, other, a)| Edit::AttributeOf(n, other, a)),
		4 => (at(), at()).prop_map(|(n, op)| Edit::Operator(n, op)),
		4 => (at(), at(), at()).prop_map(|(n, i, from)| Edit::Input(n, i, from)),
		1 => at().prop_map(Edit::NoNode),
		2 => (at(), 1..20usize).prop_map(|(n, times)| Edit::Again(n, times)),
		1 => (at(), any::<bool>(), any::<String>()).prop_map(|(n, c, name)| Edit::Name(n, c, name)),
		1 => sizes().prop_map(Edit::Opset),
	]
}

/// The element of a slice, if it has any.
fn one<'a, T>(items: &'a mut [T], at: &Index) -> Option<&'a mut T> {
	match items.len() {
		0 => None,
		len => items.get_mut(at.index(len)),
	}
}

fn attribute<'a>(
	graph: &'a mut GraphProto,
	node: &Index,
	at: &Index,
) -> Option<&'a mut AttributeProto> {
	one(&mut one(&mut graph.node, node)?.attribute, at)
}

fn edit(model: &mut ModelProto, edit: &Edit) -> Option<()> {
	if let Edit::Opset(version) = edit {
		model.opset_import.iter_mut().for_each(|set| set.version = *version);
		return Some(());
	}
	let graph = model.graph.as_mut()?;
	match edit {
		Edit::Dim(tensor, at, size) => {
			*one(&mut one(&mut graph.initializer, tensor)?.dims, at)? = *size;
		}
		Edit::InputDim(at, size) => {
			let value = graph.input.first_mut()?.r#type.as_mut()?.value.as_mut()?;
			let Type::TensorType(tensor) = value else { return None };
			let dim = one(&mut tensor.shape.as_mut()?.dim, at)?;
			dim.value = Some(Dimension::DimValue(*size));
		}
		Edit::Integer(tensor, at, value) => {
			let tensor = one(&mut graph.initializer, tensor)?;
			match tensor.int64_data.is_empty() {
				false => *one(&mut tensor.int64_data, at)? = *value,
				true => *one(&mut tensor.int32_data, at)? = *value as i32,
			}
		}
		Edit::Float(tensor, at, value) => {
			let tensor = one(&mut graph.initializer, tensor)?;
			let numbers = tensor.raw_data.as_chunks_mut::<4>().0;
			*one(numbers, at)? = value.to_le_bytes();
		}
		Edit::DataType(tensor, kind) => one(&mut graph.initializer, tensor)?.data_type = *kind,
		Edit::AttributeInt(node, at, element, value) => {
			let attribute = attribute(graph, node, at)?;
			match one(&mut attribute.ints, element) {
				Some(number) => *number = *value,
				None => attribute.i = *value,
			}
		}
		Edit::AttributeFloat(node, at, element, value) => {
			let attribute = attribute(graph, node, at)?;
			match one(&mut attribute.floats, element) {
				Some(number) => *number = *value,
				None => attribute.f = *value,
			}
		}
		Edit::NoAttribute(node, at) => {
			let attributes = &mut one(&mut graph.node, node)?.attribute;
			if !attributes.is_empty() {
				attributes.remove(at.index(attributes.len()));
			}
		}
		Edit::AttributeOf(node, other, at) => {
			let attribute = attribute(graph, other, at)?.clone();
			one(&mut graph.node, node)?.attribute.push(attribute);
		}
		Edit::Operator(node, op) => {
			let operators: Vec<_> = supported().collect();
			one(&mut graph.node, node)?.op_type = op.get(&operators[..]).to_string();
		}
		Edit::Input(node, at, from) => {
			let nodes = graph.node.iter().flat_map(|node| &node.output);
			let constants = graph.initializer.iter().map(|tensor| &tensor.name);
			let inputs = graph.input.iter().map(|input| &input.name);
			let names: Vec<String> = inputs.chain(nodes).chain(constants).cloned().collect();
			if !names.is_empty() {
				*one(&mut one(&mut graph.node, node)?.input, at)? = from.get(&names[..]).clone();
			}
		}
		Edit::NoNode(node) => {
			if !graph.node.is_empty() {
				graph.node.remove(node.index(graph.node.len()));
			}
		}
		Edit::Again(node, times) => {
			let place = node.index(graph.node.len().max(1));
			let last = graph.node.get(place)?.clone();
			let end = last.output.first()?.clone();
			let mut name = format!("{end}'0");
			graph.node[place].output.first_mut()?.push_str("'0");
			for time in 1..=*times {
				let mut next = last.clone();
				*next.input.first_mut()? = name;
				name = if time == *times { end.clone() } else { format!("{end}'{time}") };
				*next.output.first_mut()? = name.clone();
				graph.node.insert(place + time, next);
			}
		}
		Edit::Name(node, constant, name) => {
			let old = match constant {
				true => one(&mut graph.initializer, node)?.name.clone(),
				false => one(&mut graph.node, node)?.output.first()?.clone(),
			};
			let rename = |at: &mut String| {
				if *at == old {
					at.clone_from(name);
				}
			};
			graph.initializer.iter_mut().for_each(|tensor| rename(&mut tensor.name));
			graph.output.iter_mut().for_each(|output| rename(&mut output.name));
			for node in &mut graph.node {
				node.input.iter_mut().chain(&mut node.output).for_each(rename);
			}
		}
		Edit::Opset(_) => {}
	}
	Some(())
}

fn edited() -> BoxedStrategy<Vec<u8>> {
	(any::<Index>(), vec(edits(), 1..5), vec(any::<Change>(), 0..2), 0..8u8)
		.prop_map(|(file, edits, changes, spoil)| {
			let good: &Vec<u8> = file.get(good());
			let mut model = ModelProto::decode(&good[..]).unwrap();
			for change in &edits {
				// An edit of what the file has not got does nothing.
				let _ = edit(&mut model, change);
			}
			let bytes = model.encode_to_vec();
			match spoil {
				0 => changed(&bytes, good, &changes),
				_ => bytes,
			}
		})
		.boxed()
}

#[test]
fn onnx_files_that_say_something_else_are_refused_or_compile() {
	fuzz("onnx-edited", good().to_vec(), 400).run_on(edited(), use_onnx);
}

/// Chains as long as they may be, of what is merged and of what is not, and one node more.
#[test]
fn the_longest_chains_take_little_time() {
	const NODES: usize = 1 << 12;
	let chain = |operators: &[&str], count: usize| {
		let start = Onnx::new(&[1, 4]);
		let all = operators.iter().cycle().take(count);
		all.fold(start, |onnx, op| onnx.node(op, &[], &[])).encoded(13)
	};
	let long = vec![
		chain(&["Relu"], NODES),
		chain(&["Tanh", "Neg"], NODES),
		chain(&["Transpose", "Neg"], NODES),
		chain(&["HardSigmoid", "Transpose"], NODES),
	];
	fuzz("onnx-long", long, 0).run_on(Just(Vec::new()).boxed(), use_onnx);
	let words = import_bytes(Path::new("long.onnx"), &chain(&["Relu"], NODES + 1), None);
	let words = words.unwrap_err().to_string();
	assert_eq!(words, "graph: expected at most 4096 nodes, got 4097");
}
