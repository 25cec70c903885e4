//! What nobody would write as an attribute or a constant of any operator: each of a small file of every
//! operator is set in turn to what is at the ends of its type and beyond.

use std::path::Path;

use serde::Deserialize;
use zkml_fuzz::{check_refusal, kept};
use zkml_graph::{
	import::{import_bytes, operators, Form, Usage},
	quantize, CompileOptions, InputRange,
};
use zkml_onnx::{
	AttributeProto, GraphProto, Message, ModelProto, NodeProto, SparseTensorProto, TensorProto,
	ValueInfoProto,
};

use crate::onnx::{float, floats, imported, int, ints, says, Onnx};

const CASES: &str = include_str!("../../circuits/tests/operators/cases.json");

const INTS: [i64; 8] = [i64::MIN, -1, 0, 1, 7, 1 << 31, 1 << 40, i64::MAX];
const FLOATS: [f32; 6] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 0.0, 1e30];
const TENSOR: i32 = 1;

/// A file that can be proved, as it stands in the corpus of operators.
#[derive(Deserialize)]
struct Case {
	name: String,
	model: String,
}

fn bytes(hex: &str) -> Vec<u8> {
	let pair = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
	(0..hex.len()).step_by(2).map(pair).collect()
}

/// A file is refused, or is a graph that can be computed with, and that is quantised or refused.
fn use_onnx(bytes: &[u8]) {
	let graph = match import_bytes(Path::new("hostile.onnx"), bytes, None) {
		Ok(graph) => graph,
		Err(error) => return check_refusal(&error),
	};
	let len = graph.len(0);
	for input in [vec![0.0; len], (0..len).map(|i| (i % 9) as f32 / 2.0 - 2.0).collect()] {
		let values = graph.evaluate(&input);
		for (value, elements) in values.iter().enumerate() {
			assert_eq!(elements.len(), graph.len(value), "elements of value {value}");
		}
		for output in &graph.outputs {
			let elements = output.dims.iter().product::<usize>();
			assert_eq!(values[output.value].len(), elements, "elements of {:?}", output.dims);
		}
	}
	// It takes most of the time: one of three, by length.
	if !bytes.len().is_multiple_of(3) {
		return;
	}
	let input = vec![InputRange { min: -2.0, max: 2.0 }];
	if let Err(error) = quantize(&graph, &CompileOptions { input, ..CompileOptions::default() }) {
		check_refusal(&error);
	}
}

/// Calls something with each node, and with those of bodies behind the node that has them.
fn visit(graph: &mut GraphProto, call: &mut dyn FnMut(&mut NodeProto)) {
	for node in &mut graph.node {
		call(node);
		for body in node.attribute.iter_mut().filter_map(|attribute| attribute.g.as_mut()) {
			visit(body, call);
		}
	}
}

fn nodes(model: &ModelProto) -> Vec<NodeProto> {
	let mut nodes = Vec::new();
	visit(&mut model.graph.clone().unwrap(), &mut |node| nodes.push(node.clone()));
	nodes
}

/// The attributes that a node has or may have, but those of which the table says that they are no matter.
fn attributes(model: &ModelProto, node: &NodeProto) -> Vec<(&'static str, Form)> {
	let plain = |domain: &str| if domain == "ai.onnx" { String::new() } else { domain.to_owned() };
	let domain = plain(&node.domain);
	let set = model.opset_import.iter().find(|set| plain(&set.domain) == domain);
	let set = set.map_or(1, |set| set.version);
	let operator = operators().find(|o| o.name == node.op_type && o.domain == domain).unwrap();
	let newest = |since: &[i64]| since.iter().filter(|since| **since <= set).max().copied();
	let form = operator.versions.iter().max_by_key(|form| newest(form.since)).unwrap();
	let matter = form.attributes.iter().filter(|a| !matches!(a.usage, Usage::Idle(_)));
	matter.map(|attribute| (attribute.name, attribute.form)).collect()
}

/// The places of a list that are changed: its ends.
fn ends(len: usize) -> Vec<usize> {
	let mut places: Vec<_> =
		[0, 1, len.saturating_sub(1)].into_iter().filter(|p| *p < len).collect();
	places.dedup();
	places
}

/// A list with one element that is another, at its ends, and with all of them.
fn replaced<T: Clone>(given: &[T], others: &[T]) -> Vec<Vec<T>> {
	let one = |place: usize, other: &T| {
		let mut list = given.to_vec();
		list[place] = other.clone();
		list
	};
	let mut all = Vec::new();
	for other in others {
		all.extend(ends(given.len()).into_iter().map(|place| one(place, other)));
		all.push(vec![other.clone(); given.len()]);
	}
	all
}

/// Lists that are empty, long, too short or too long by one, or have another element.
fn lists<T: Clone>(given: &[T], others: &[T]) -> Vec<Vec<T>> {
	let mut all = replaced(given, others);
	all.push(Vec::new());
	all.extend(given.split_last().map(|(_, rest)| rest.to_vec()));
	for other in others {
		all.push([given, std::slice::from_ref(other)].concat());
		all.extend([1, 2, 4, 100].map(|len| vec![other.clone(); len]));
	}
	all
}

fn words() -> Vec<Vec<u8>> {
	let long = b"word".repeat(2_500);
	vec![
		Vec::new(),
		b"no such word".to_vec(),
		long,
		vec![0xff, 0xfe, 0x80],
		b"\n\0\x1b[2J".to_vec(),
	]
}

/// Tensors of other shapes, types and values.
fn tensors(given: &TensorProto) -> Vec<TensorProto> {
	let blank = || given.clone();
	let far = [
		vec![],
		vec![0],
		vec![-1],
		vec![i64::MAX],
		vec![i64::MIN],
		vec![1 << 40],
		vec![1 << 12; 2],
		vec![1 << 32; 2],
		vec![1; 100],
		vec![0, i64::MAX],
	];
	let mut dims = replaced(&given.dims, &INTS);
	dims.extend(far);
	let mut all: Vec<_> = dims.into_iter().map(|dims| TensorProto { dims, ..blank() }).collect();
	// Shapes without any data, and data of types that there are not.
	let (name, data_type) = (given.name.clone(), given.data_type);
	let empty = TensorProto { name, data_type, ..TensorProto::default() };
	all.extend(
		[vec![], vec![0], vec![1 << 40], vec![-1], vec![1 << 22]]
			.map(|dims| TensorProto { dims, ..empty.clone() }),
	);
	all.extend((-1..28).map(|data_type| TensorProto { data_type, ..blank() }));
	if let Some((_, raw_data)) = given.raw_data.split_last() {
		all.push(TensorProto { raw_data: raw_data.to_vec(), ..blank() });
	}
	let narrow = INTS.map(|int| int.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
	let int64 = replaced(&given.int64_data, &INTS).into_iter();
	all.extend(int64.map(|int64_data| TensorProto { int64_data, ..blank() }));
	let int32 = replaced(&given.int32_data, &narrow).into_iter();
	all.extend(int32.map(|int32_data| TensorProto { int32_data, ..blank() }));
	let float = replaced(&given.float_data, &FLOATS).into_iter();
	all.extend(float.map(|float_data| TensorProto { float_data, ..blank() }));
	let raw = match given.data_type {
		1 => chunks(&given.raw_data, FLOATS.map(f32::to_le_bytes)),
		6 => chunks(&given.raw_data, narrow.map(i32::to_le_bytes)),
		7 => chunks(&given.raw_data, INTS.map(i64::to_le_bytes)),
		_ => chunks(&given.raw_data, [[0x00], [0x7f], [0x80], [0xff]]),
	};
	all.extend(raw.into_iter().map(|raw_data| TensorProto { raw_data, ..blank() }));
	all
}

fn chunks<const N: usize, const M: usize>(raw: &[u8], others: [[u8; N]; M]) -> Vec<Vec<u8>> {
	let lists = replaced(raw.as_chunks::<N>().0, &others).into_iter();
	lists.map(|list| list.concat()).collect()
}

/// Bodies that have nothing, or give or take something else.
fn bodies(given: &GraphProto) -> Vec<GraphProto> {
	let mut all = vec![GraphProto::default()];
	let mut without = |change: &dyn Fn(&mut GraphProto)| {
		let mut body = given.clone();
		change(&mut body);
		all.push(body);
	};
	without(&|body| body.node.clear());
	without(&|body| body.output.clear());
	without(&|body| body.input.clear());
	without(&|body| body.output.truncate(1));
	without(&|body| body.input.truncate(1));
	without(&|body| body.output.extend(given.output.clone()));
	without(&|body| body.input.extend(given.input.clone()));
	without(&|body| body.output.iter_mut().for_each(|output| output.name = "nobody".into()));
	without(&|body| body.node.extend(given.node.clone()));
	all
}

/// Everything that an attribute is set to.
fn hostile(name: &str, form: Form, given: Option<&AttributeProto>) -> Vec<AttributeProto> {
	let (name, r#type) = (name.to_owned(), form as i32);
	let blank = AttributeProto { name, r#type, ..AttributeProto::default() };
	let given = given.unwrap_or(&blank);
	let blank = || blank.clone();
	match form {
		Form::Int => INTS.map(|i| AttributeProto { i, ..blank() }).into(),
		Form::Float => FLOATS.map(|f| AttributeProto { f, ..blank() }).into(),
		Form::String => words().into_iter().map(|s| AttributeProto { s, ..blank() }).collect(),
		Form::Ints => {
			let lists = lists(&given.ints, &INTS).into_iter();
			lists.map(|ints| AttributeProto { ints, ..blank() }).collect()
		}
		Form::Floats => {
			let lists = lists(&given.floats, &FLOATS).into_iter();
			lists.map(|floats| AttributeProto { floats, ..blank() }).collect()
		}
		Form::Strings => {
			let lists = lists(&given.strings, &words()).into_iter();
			lists.map(|strings| AttributeProto { strings, ..blank() }).collect()
		}
		Form::Tensor => {
			let one = TensorProto {
				dims: vec![1],
				data_type: TENSOR,
				float_data: vec![1.0],
				..TensorProto::default()
			};
			let tensors = tensors(given.t.as_ref().unwrap_or(&one)).into_iter();
			let none = std::iter::once(blank());
			none.chain(tensors.map(|t| AttributeProto { t: Some(t), ..blank() })).collect()
		}
		Form::Graph => {
			let graphs = bodies(&given.g.clone().unwrap_or_default()).into_iter();
			let none = std::iter::once(blank());
			none.chain(graphs.map(|g| AttributeProto { g: Some(g), ..blank() })).collect()
		}
		Form::SparseTensor => {
			let sparse_tensor = Some(SparseTensorProto::default());
			vec![AttributeProto { sparse_tensor, ..blank() }]
		}
	}
}

/// A file with a change at the end of a name, in words.
struct Changed {
	words: String,
	bytes: Vec<u8>,
}

fn changed(case: &Case) -> Vec<Changed> {
	let good = ModelProto::decode(&bytes(&case.model)[..]).unwrap();
	let mut all = Vec::new();
	let mut add = |words: String, change: &dyn Fn(&mut GraphProto)| {
		let mut model = good.clone();
		change(model.graph.as_mut().unwrap());
		let words: String = words.chars().take(300).collect();
		all.push(Changed {
			words: format!("{}: {words}", case.name),
			bytes: model.encode_to_vec(),
		});
	};
	for (index, node) in nodes(&good).iter().enumerate() {
		let mut set = |name: &str, other: Option<AttributeProto>| {
			let words = format!("{} {name} {other:?}", node.op_type);
			add(words, &|graph| {
				let mut place = 0;
				visit(graph, &mut |node| {
					if place == index {
						node.attribute.retain(|attribute| attribute.name != name);
						node.attribute.extend(other.clone());
					}
					place += 1;
				});
			});
		};
		for (name, form) in attributes(&good, node) {
			let given = node.attribute.iter().find(|attribute| attribute.name == name);
			let others = hostile(name, form, given);
			others.into_iter().for_each(|other| set(name, Some(other)));
			if given.is_some() {
				set(name, None);
			}
		}
	}
	let constants = &good.graph.as_ref().unwrap().initializer;
	for (index, constant) in constants.iter().enumerate() {
		for other in tensors(constant) {
			add(format!("{other:?}"), &|graph| graph.initializer[index] = other.clone());
		}
	}
	all
}

/// In every operator each attribute is set to what is at the ends of its type, which it is refused for in one
/// line or computed with; and so is each constant, which is what attributes became in newer versions.
#[test]
fn whatever_attributes_and_constants_say_is_computed_with_or_refused_in_a_line() {
	let cases: Vec<Case> = serde_json::from_str(CASES).unwrap();
	let (mut tried, mut broken) = (0, Vec::new());
	for Changed { words, bytes } in cases.iter().flat_map(changed) {
		tried += 1;
		if let Err(why) = kept(use_onnx, &bytes) {
			broken.push(format!("{words}: {why}"));
		}
	}
	assert!(tried > 20_000, "{tried}");
	assert_eq!(broken, [""; 0]);
}

/// A body without nodes would run as often as any number says.
#[test]
fn a_loop_that_hands_through_what_it_is_given_ends() {
	let values = |names: &[&str]| {
		let value = |name: &&str| ValueInfoProto { name: (*name).into(), ..Default::default() };
		names.iter().map(value).collect()
	};
	let body = GraphProto {
		input: values(&["at", "goes_on", "v"]),
		output: values(&["goes_on", "v"]),
		..GraphProto::default()
	};
	let body =
		AttributeProto { name: "body".into(), r#type: 5, g: Some(body), ..Default::default() };
	let times = |most: i64| {
		let inputs = ["most", "first", "x"];
		let onnx = Onnx::new(&[1, 4]).ints("most", &[most]).truth("first", true);
		let onnx = onnx.step("Loop", &inputs, &["y"], std::slice::from_ref(&body));
		imported(&onnx.step("Relu", &["y"], &["z"], &[]).encoded(13))
	};
	assert!(times(9).is_ok());
	says(times(i64::MAX), &["expected at most 4096 nodes in all bodies", "got more"]);
}

/// Each would be computed with otherwise, to something that is none of ONNX's.
#[test]
fn numbers_that_mean_nothing_are_refused_by_name() {
	let line = || Onnx::new(&[1, 4]);
	let far = [0, i64::MIN, 0, i64::MAX];
	let imputer = [ints("imputed_value_int64s", &[i64::MAX]), int("replaced_value_int64", 0)];
	let encoder = [
		ints("keys_int64s", &[1, 2]),
		ints("values_int64s", &[3, 4]),
		int("default_int64", i64::MAX),
	];
	let machine = [
		ints("classlabels_ints", &[0, 1]),
		ints("vectors_per_class", &[1, -1, 1]),
		floats("support_vectors", &[1.0; 8]),
		floats("coefficients", &[1.0; 2]),
		floats("rho", &[0.0]),
	];
	let regions =
		Onnx::new(&[1, 1, 4, 4]).floats("r", &[1, 4], &[0.0, 0.0, 3.0, 3.0]).ints("i", &[0]);
	let cell =
		Onnx::new(&[2, 1, 3]).floats("w", &[1, 2, 3], &[0.5; 6]).floats("r", &[1, 2, 2], &[0.5; 4]);
	let nan = |name: &str| float(name, f32::NAN);
	let all = [
		(line().node("Elu", &[], &[nan("alpha")]), 13, ["finite constants", "NaN"]),
		(line().node("Selu", &[], &[nan("gamma")]), 13, ["finite constants", "NaN"]),
		(line().node("Pad", &[], &[ints("pads", &far)]), 2, ["pads that leave elements", "-92"]),
		(
			line().step("ai.onnx.ml:Imputer", &["x"], &["y"], &imputer),
			13,
			["integers that floats hold", "9223372036854775807"],
		),
		(
			line().step("ai.onnx.ml:LabelEncoder", &["x"], &["y"], &encoder),
			13,
			["integers that floats hold", "9223372036854775807"],
		),
		(
			line().step("ai.onnx.ml:SVMClassifier", &["x"], &["y"], &machine),
			13,
			["2 vectors in 2 classes", "-1"],
		),
		(
			regions.step(
				"RoiAlign",
				&["x", "r", "i"],
				&["y"],
				&[nan("spatial_scale"), int("sampling_ratio", 2)],
			),
			16,
			["a finite spatial_scale", "NaN"],
		),
		(
			cell.step(
				"RNN",
				&["x", "w", "r"],
				&["y"],
				&[int("hidden_size", 2), float("clip", -1.0)],
			),
			14,
			["a clip of 0 or more", "-1"],
		),
		(
			Onnx::new(&[1, 1, 2, 4]).step("Attention", &["x"; 3], &["y"], &[nan("softcap")]),
			23,
			["a softcap of 0 or more", "NaN"],
		),
	];
	for (onnx, set, words) in all {
		says(imported(&onnx.encoded(set)), &words);
	}
}
