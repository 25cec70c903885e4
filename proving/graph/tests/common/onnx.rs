//! ONNX files made by tests, and folders to put them in.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_graph::import::{import_bytes, FloatGraph, ImportError};
use zkml_onnx::{
	tensor_shape_proto::{dimension::Value, Dimension},
	type_proto, AttributeProto, GraphProto, Message, ModelProto, NodeProto, OperatorSetIdProto,
	TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
};

/// Numbers from -1 to 1, the same for a seed.
pub fn randoms(seed: u64, count: usize) -> Vec<f32> {
	let mut rng = ChaCha20Rng::seed_from_u64(seed);
	(0..count).map(|_| rng.gen_range(-1.0..1.0)).collect()
}

/// What is imported.
pub fn imported(bytes: &[u8]) -> Result<FloatGraph, ImportError> {
	import_bytes(Path::new("test.onnx"), bytes, None)
}

/// What a model of an operator set gives for an input.
pub fn gives(model: Onnx, set: i64, input: &[f32]) -> Vec<f32> {
	let graph = imported(&model.encoded(set)).unwrap();
	graph.evaluate(input)[graph.outputs[0].value].clone()
}

/// Panics unless a file is refused in one line with all these words.
#[track_caller]
pub fn says(result: Result<FloatGraph, ImportError>, words: &[&str]) {
	let message = match result {
		Ok(graph) => panic!("{:?}", graph.ops),
		Err(error) => error.to_string(),
	};
	assert_eq!(message.lines().count(), 1, "{message}");
	for word in words {
		assert!(message.contains(word), "{word:?} not in {message:?}");
	}
}

/// A folder of a test's own, removed with it.
pub struct Folder(pub PathBuf);

impl Folder {
	pub fn new() -> Self {
		static COUNT: AtomicU32 = AtomicU32::new(0);
		let count = COUNT.fetch_add(1, Ordering::Relaxed);
		let name = format!("zkml-graph-{}-{count}", std::process::id());
		let path = std::env::temp_dir().join(name);
		std::fs::create_dir_all(&path).unwrap();
		Self(path)
	}

	pub fn file(&self, name: &str) -> PathBuf {
		self.0.join(name)
	}

	pub fn names(&self) -> Vec<String> {
		let entries = std::fs::read_dir(&self.0).unwrap();
		let mut names: Vec<_> =
			entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
		names.sort();
		names
	}
}

impl Drop for Folder {
	fn drop(&mut self) {
		let _ = std::fs::remove_dir_all(&self.0);
	}
}

/// A chain of nodes: each takes the one before it and the constants named.
#[derive(Clone)]
pub struct Onnx {
	graph: GraphProto,
	last: String,
}

fn dims(dims: &[i64]) -> TypeProto {
	let dim = dims
		.iter()
		.map(|d| Dimension {
			value: Some(match d {
				0.. => Value::DimValue(*d),
				_ => Value::DimParam("batch".into()),
			}),
			..Dimension::default()
		})
		.collect();
	let tensor = type_proto::Tensor { elem_type: 1, shape: Some(TensorShapeProto { dim }) };
	TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() }
}

fn value(name: &str, shape: &[i64]) -> ValueInfoProto {
	ValueInfoProto { name: name.into(), r#type: Some(dims(shape)), ..ValueInfoProto::default() }
}

pub fn ints(name: &str, ints: &[i64]) -> AttributeProto {
	let ints = ints.to_vec();
	AttributeProto { name: name.into(), ints, r#type: 7, ..AttributeProto::default() }
}

pub fn floats(name: &str, floats: &[f32]) -> AttributeProto {
	let floats = floats.to_vec();
	AttributeProto { name: name.into(), floats, r#type: 6, ..AttributeProto::default() }
}

pub fn text(name: &str, text: &str) -> AttributeProto {
	let s = text.as_bytes().to_vec();
	AttributeProto { name: name.into(), s, r#type: 3, ..AttributeProto::default() }
}

pub fn texts(name: &str, texts: &[&str]) -> AttributeProto {
	let strings = texts.iter().map(|t| t.as_bytes().to_vec()).collect();
	AttributeProto { name: name.into(), strings, r#type: 8, ..AttributeProto::default() }
}

pub fn int(name: &str, i: i64) -> AttributeProto {
	AttributeProto { name: name.into(), i, r#type: 2, ..AttributeProto::default() }
}

pub fn float(name: &str, f: f32) -> AttributeProto {
	AttributeProto { name: name.into(), f, r#type: 1, ..AttributeProto::default() }
}

impl Onnx {
	/// A negative first dimension is a symbol.
	pub fn new(shape: &[i64]) -> Self {
		let graph = GraphProto { input: vec![value("x", shape)], ..GraphProto::default() };
		Self { graph, last: "x".into() }
	}

	/// A further input of a type.
	pub fn input(mut self, name: &str, shape: &[i64], elem_type: i32) -> Self {
		let mut input = value(name, shape);
		let r#type = input.r#type.as_mut().and_then(|r#type| r#type.value.as_mut());
		if let Some(type_proto::Value::TensorType(tensor)) = r#type {
			tensor.elem_type = elem_type;
		}
		self.graph.input.push(input);
		self
	}

	/// With an input of 64-bit integers.
	pub fn whole(self) -> Self {
		self.typed(7)
	}

	/// With all inputs so far of a type.
	pub fn typed(mut self, elem_type: i32) -> Self {
		for input in &mut self.graph.input {
			let r#type = input.r#type.as_mut().and_then(|r#type| r#type.value.as_mut());
			if let Some(type_proto::Value::TensorType(tensor)) = r#type {
				tensor.elem_type = elem_type;
			}
		}
		self
	}

	pub fn floats(mut self, name: &str, dims: &[i64], values: &[f32]) -> Self {
		let raw_data = values.iter().flat_map(|v| v.to_le_bytes()).collect();
		let (name, dims) = (name.into(), dims.to_vec());
		let tensor = TensorProto { name, dims, data_type: 1, raw_data, ..TensorProto::default() };
		self.graph.initializer.push(tensor);
		self
	}

	pub fn ints(mut self, name: &str, values: &[i64]) -> Self {
		let (name, dims) = (name.into(), vec![values.len() as i64]);
		let int64_data = values.to_vec();
		let tensor = TensorProto { name, dims, data_type: 7, int64_data, ..TensorProto::default() };
		self.graph.initializer.push(tensor);
		self
	}

	pub fn node(mut self, op: &str, constants: &[&str], attributes: &[AttributeProto]) -> Self {
		let name = format!("{}{}", op.to_lowercase(), self.graph.node.len());
		let mut input = vec![self.last.clone()];
		input.extend(constants.iter().map(|c| (*c).into()));
		let output = format!("{name}_out");
		self.graph.node.push(NodeProto {
			name,
			op_type: op.into(),
			input,
			output: vec![output.clone()],
			attribute: attributes.to_vec(),
			..NodeProto::default()
		});
		self.last = output;
		self
	}

	/// A tensor of bytes, signed or not.
	pub fn bytes(mut self, name: &str, dims: &[i64], signed: bool, values: &[i32]) -> Self {
		let (name, dims, int32_data) = (name.into(), dims.to_vec(), values.to_vec());
		let data_type = if signed { 3 } else { 2 };
		let tensor = TensorProto { name, dims, data_type, int32_data, ..TensorProto::default() };
		self.graph.initializer.push(tensor);
		self
	}

	/// A tensor of 32-bit integers.
	pub fn words(mut self, name: &str, values: &[i32]) -> Self {
		let (name, dims) = (name.into(), vec![values.len() as i64]);
		let (data_type, int32_data) = (6, values.to_vec());
		let tensor = TensorProto { name, dims, data_type, int32_data, ..TensorProto::default() };
		self.graph.initializer.push(tensor);
		self
	}

	/// Integers of 64 bits in any shape.
	pub fn shaped_ints(mut self, name: &str, dims: &[i64], values: &[i64]) -> Self {
		let (name, dims, int64_data) = (name.into(), dims.to_vec(), values.to_vec());
		let tensor = TensorProto { name, dims, data_type: 7, int64_data, ..TensorProto::default() };
		self.graph.initializer.push(tensor);
		self
	}

	/// A single truth value.
	pub fn truth(self, name: &str, value: bool) -> Self {
		let (name, int32_data) = (name.into(), vec![i32::from(value)]);
		self.tensor(TensorProto { name, data_type: 9, int32_data, ..TensorProto::default() })
	}

	/// A constant as it stands.
	pub fn tensor(mut self, tensor: TensorProto) -> Self {
		self.graph.initializer.push(tensor);
		self
	}

	/// The only number of a tensor without dimensions.
	pub fn scalar(self, name: &str, value: f32) -> Self {
		self.floats(name, &[], &[value])
	}

	/// A node of any inputs and outputs; the domain stands before a colon. The first output is what
	/// comes next in the chain.
	pub fn step(
		mut self,
		op: &str,
		inputs: &[&str],
		outputs: &[&str],
		attributes: &[AttributeProto],
	) -> Self {
		let (domain, op) = op.split_once(':').unwrap_or(("", op));
		let strings = |names: &[&str]| names.iter().map(|n| (*n).into()).collect();
		self.graph.node.push(NodeProto {
			name: format!("{}{}", op.to_lowercase(), self.graph.node.len()),
			op_type: op.into(),
			domain: domain.into(),
			input: strings(inputs),
			output: strings(outputs),
			attribute: attributes.to_vec(),
			..NodeProto::default()
		});
		self.last = outputs[0].into();
		self
	}

	/// Declares an output of a type; without any the last node's is the only one.
	pub fn output(mut self, name: &str, elem_type: i32) -> Self {
		let tensor = type_proto::Tensor { elem_type, shape: None };
		let value = Some(type_proto::Value::TensorType(tensor));
		let r#type = Some(TypeProto { value, ..TypeProto::default() });
		let output = ValueInfoProto { name: name.into(), r#type, ..ValueInfoProto::default() };
		self.graph.output.push(output);
		self
	}

	/// The name of the last node's output.
	pub fn last(&self) -> String {
		self.last.clone()
	}

	/// The file's bytes in an operator set.
	pub fn encoded(self, opset: i64) -> Vec<u8> {
		self.encoded_in(&[("", opset), ("ai.onnx.ml", 3), ("com.microsoft", 1)])
	}

	/// The file's bytes with imports of these operator sets.
	pub fn encoded_in(self, sets: &[(&str, i64)]) -> Vec<u8> {
		self.model(sets).encode_to_vec()
	}

	/// The whole model, with imports of these operator sets.
	pub fn model(mut self, sets: &[(&str, i64)]) -> ModelProto {
		if self.graph.output.is_empty() {
			let output = ValueInfoProto { name: self.last, ..ValueInfoProto::default() };
			self.graph.output = vec![output];
		}
		self.graph.name = "test".into();
		let import = |(domain, version): &(&str, i64)| OperatorSetIdProto {
			domain: (*domain).into(),
			version: *version,
		};
		ModelProto {
			ir_version: 8,
			opset_import: sets.iter().map(import).collect(),
			graph: Some(self.graph),
			..ModelProto::default()
		}
	}

	pub fn save(self, path: &Path) {
		std::fs::write(path, self.encoded(13)).unwrap();
	}
}
