//! From an ONNX file to a chain of float layers.
//!
//! The file is parsed by tract's protobuf types. Whether it can be proved is decided on the nodes
//! themselves, so that every node that cannot is named at once. What is read is a chain: each node
//! works on the result of the one before it, and on constants.

mod chain;
mod tensor;

use std::{io, path::Path, path::PathBuf};

use serde::Serialize;
use thiserror::Error;
use tract_onnx::{pb::ModelProto, prelude::Framework};

pub use chain::{FloatDense, FloatGraph, FloatOp};

/// Operators that can be proved, and `Constant`, which holds a tensor.
pub const SUPPORTED: [&str; 8] =
	["Gemm", "MatMul", "Add", "Relu", "Flatten", "Reshape", "ArgMax", "Constant"];

/// Why a file was not imported.
#[derive(Debug, Error)]
pub enum ImportError {
	/// The operating system said no.
	#[error("{}: expected to read it, got: {error}", path.display())]
	Io {
		/// The file.
		path: PathBuf,
		/// Its words.
		error: io::Error,
	},
	/// The file is no ONNX model, or not a whole one.
	#[error("{}: expected an ONNX model, got {got}", path.display())]
	NotOnnx {
		/// The file.
		path: PathBuf,
		/// What it is instead.
		got: String,
	},
	/// Nodes with operators that cannot be proved: all of them, name and operator.
	#[error("expected only {}, got {}", SUPPORTED.join(", "), list(.0))]
	Unsupported(Vec<(String, String)>),
	/// A node uses a supported operator in an unsupported way.
	#[error("node {node} ({operator}): expected {expected}, got {got}")]
	Node {
		/// Its name.
		node: String,
		/// Its operator.
		operator: String,
		/// What can be proved.
		expected: String,
		/// What is there.
		got: String,
	},
	/// A constant tensor cannot be read.
	#[error("tensor {tensor}: expected {expected}, got {got}")]
	Tensor {
		/// Its name.
		tensor: String,
		/// What can be read.
		expected: String,
		/// What is there.
		got: String,
	},
	/// The graph's inputs and outputs.
	#[error("graph: expected {expected}, got {got}")]
	Graph {
		/// What can be proved.
		expected: String,
		/// What is there.
		got: String,
	},
}

fn list(nodes: &[(String, String)]) -> String {
	let nodes: Vec<_> =
		nodes.iter().map(|(name, operator)| format!("{operator} ({name})")).collect();
	nodes.join(", ")
}

/// A node of an ONNX file.
#[derive(Clone, Debug, Serialize)]
pub struct NodeInfo {
	/// Its name, or its first output's if it has none.
	pub name: String,
	/// Its operator.
	pub operator: String,
	/// Shape of its result.
	pub shape: Vec<usize>,
	/// Number of parameters it brings in.
	pub parameters: usize,
	/// Constraints with default options and public weights, if it compiles.
	pub constraints: Option<u64>,
}

/// What an ONNX file holds.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
	/// Its nodes, in order.
	pub nodes: Vec<NodeInfo>,
	/// Shape of its input.
	pub input: Vec<usize>,
	/// Shape of its output.
	pub output: Vec<usize>,
	/// Number of all parameters.
	pub parameters: usize,
}

/// Reads an ONNX file as a chain of float layers.
pub fn import(path: &Path) -> Result<FloatGraph, ImportError> {
	let bytes =
		std::fs::read(path).map_err(|error| ImportError::Io { path: path.to_owned(), error })?;
	let not_onnx = |got: String| ImportError::NotOnnx { path: path.to_owned(), got };
	if bytes.is_empty() {
		return Err(not_onnx("an empty file".into()));
	}
	let model: ModelProto = tract_onnx::onnx()
		.proto_model_for_read(&mut bytes.as_slice())
		.map_err(|_| not_onnx("a file that is cut off or something else".into()))?;
	let graph = model.graph.ok_or_else(|| not_onnx("a file without a graph".into()))?;
	if graph.node.is_empty() {
		return Err(not_onnx("a graph without nodes".into()));
	}
	chain::read(&graph)
}
