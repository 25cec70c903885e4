//! ONNX files made by tests, and folders to put them in.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use prost::Message;
use tract_onnx::pb::{
	tensor_shape_proto::{dimension::Value, Dimension},
	type_proto, AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
	TensorShapeProto, TypeProto, ValueInfoProto,
};

/// A folder of a test's own, removed with it.
pub struct Folder(pub PathBuf);

impl Folder {
	pub fn new() -> Self {
		static COUNT: AtomicU32 = AtomicU32::new(0);
		let count = COUNT.fetch_add(1, Ordering::Relaxed);
		let name = format!("zkml-circuits-{}-{count}", std::process::id());
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

	pub fn save(mut self, path: &Path) {
		self.graph.output = vec![ValueInfoProto { name: self.last, ..ValueInfoProto::default() }];
		self.graph.name = "test".into();
		let model = ModelProto {
			ir_version: 8,
			opset_import: vec![OperatorSetIdProto { version: 13, ..Default::default() }],
			graph: Some(self.graph),
			..ModelProto::default()
		};
		std::fs::write(path, model.encode_to_vec()).unwrap();
	}
}
