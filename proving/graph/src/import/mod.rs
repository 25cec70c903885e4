//! From an ONNX file to a graph of float operations.
//!
//! The file is parsed by the types of `zkml-onnx`. Which nodes the output needs is found first, and every
//! one of them that cannot be proved is named at once. Each is then lowered to a few kinds of operation
//! ([`FloatOp`]), and the graph made of these is rewritten into one that is cheaper to prove.

mod ends;
mod evaluate;
mod external;
mod float;
mod function;
mod functions;
mod gradient;
mod lower;
mod node;
mod rewrite;
mod source;
mod walk;

use std::{io, path::Path, path::PathBuf};

use serde::Serialize;
use thiserror::Error;
use zkml_onnx::{GraphProto, Message, ModelProto};

use zkml_primitives::one_line;

pub use float::{FloatGraph, FloatMatMul, FloatNode, FloatOp, Quantize, Units};
pub use function::Function;
pub use lower::{
	Attribute, Form, Input, Number, Operator, Output, Setting, Usage, Version, NEWEST,
};

/// Operators that can be proved, and those that are computed from constants, with everything that each
/// version of them has and what becomes of it.
pub fn operators() -> impl Iterator<Item = &'static Operator> {
	lower::TABLE.iter().copied().flatten()
}

/// Names of all [`operators`].
pub fn supported() -> impl Iterator<Item = &'static str> {
	operators().map(|operator| operator.name)
}

/// Why a file was not imported.
#[derive(Debug, Error)]
pub enum ImportError {
	/// The operating system said no.
	#[error("{}: expected to read it, got: {error}", path.display())]
	Io {
		/// The file that was to be read.
		path: PathBuf,
		/// What the operating system said.
		error: io::Error,
	},
	/// The file is no ONNX model, or not a whole one.
	#[error("{}: expected an ONNX model, got {got}", path.display())]
	NotOnnx {
		/// The file that was read.
		path: PathBuf,
		/// What it is instead.
		got: String,
	},
	/// Nodes with operators that cannot be proved, all of them: name and operator. Those that can are
	/// [`supported`].
	#[error("expected operators that can be proved, got {}", list(.0))]
	Unsupported(Vec<(String, String)>),
	/// A node uses a supported operator in an unsupported way.
	#[error("node {node} ({operator}): expected {expected}, got {got}")]
	Node {
		/// The name of the node.
		node: String,
		/// The name of its operator.
		operator: String,
		/// What can be proved.
		expected: String,
		/// What the file has instead.
		got: String,
	},
	/// A node's operator is none of the operator set that the file imports, or the set is not known.
	#[error("node {node} ({operator}): expected {}, got {got}", sets(.domain, *.oldest, *.newest))]
	OperatorSet {
		/// The name of the node.
		node: String,
		/// The name of its operator.
		operator: String,
		/// The set's domain; `ai.onnx` is ONNX's own.
		domain: String,
		/// The oldest version in which there is such an operator.
		oldest: i64,
		/// The newest version that is known, if the file's is not.
		newest: Option<i64>,
		/// The version that the file imports.
		got: i64,
	},
	/// A constant tensor cannot be read.
	#[error("tensor {tensor}: expected {expected}, got {got}")]
	Tensor {
		/// The name of the tensor.
		tensor: String,
		/// What can be read.
		expected: String,
		/// What the file has instead.
		got: String,
	},
	/// The graph's inputs and outputs.
	#[error("graph: expected {expected}, got {got}")]
	Graph {
		/// What can be proved.
		expected: String,
		/// What the file has instead.
		got: String,
	},
}

impl ImportError {
	/// The same with the file's own words in one line.
	fn in_one_line(mut self) -> Self {
		let clean = |words: &mut String| *words = one_line(words);
		match &mut self {
			Self::Io { .. } => {}
			Self::NotOnnx { got, .. } => clean(got),
			Self::Unsupported(nodes) => {
				// A few of many are enough to see what is missing.
				const LISTED: usize = 64;
				let more = nodes.len().saturating_sub(LISTED);
				nodes.truncate(LISTED);
				nodes
					.iter_mut()
					.for_each(|(name, operator)| [name, operator].into_iter().for_each(clean));
				if more > 0 {
					nodes.push((format!("of {more} more"), "others".into()));
				}
			}
			Self::Node { node, operator, expected, got } => {
				[node, operator, expected, got].into_iter().for_each(clean);
			}
			Self::OperatorSet { node, operator, domain, .. } => {
				[node, operator, domain].into_iter().for_each(clean);
			}
			Self::Tensor { tensor, expected, got } => {
				[tensor, expected, got].into_iter().for_each(clean);
			}
			Self::Graph { expected, got } => [expected, got].into_iter().for_each(clean),
		}
		self
	}
}

fn list(nodes: &[(String, String)]) -> String {
	let nodes: Vec<_> =
		nodes.iter().map(|(name, operator)| format!("{operator} ({name})")).collect();
	nodes.join(", ")
}

/// The versions of an operator set that would do, in words.
fn sets(domain: &str, oldest: i64, newest: Option<i64>) -> String {
	match newest {
		Some(newest) => format!("an operator set {domain} from {oldest} to {newest}"),
		None => format!("operator set {domain} {oldest} or newer"),
	}
}

/// A node of an ONNX file.
#[derive(Clone, Debug, Serialize)]
pub struct NodeInfo {
	/// Its name, or its first output's if it has none; no two nodes share one.
	pub name: String,
	/// The name of its operator.
	pub operator: String,
	/// Shape of its first result, if the output needs it and it is known.
	pub shape: Option<Vec<usize>>,
	/// Number of parameters it brings in.
	pub parameters: usize,
	/// Constraints with default options and public weights, if it compiles.
	pub constraints: Option<u64>,
	/// Why it cannot be proved, if so.
	pub refused: Option<String>,
}

/// What an ONNX file holds.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
	/// Its nodes, in order.
	pub nodes: Vec<NodeInfo>,
	/// Shape of its input.
	pub input: Vec<usize>,
	/// Shape of its output, if all that it needs can be proved.
	pub output: Option<Vec<usize>>,
	/// Number of all parameters.
	pub parameters: usize,
	/// Why it does not compile with the options given.
	pub refused: Option<String>,
	/// Constraints of the circuit that shows once for each version that private parameters are within
	/// their widths, if there is one. Whoever knows circuits says it.
	pub range_constraints: Option<u64>,
}

/// Reads an ONNX file, and the files in its folder that hold data of its tensors.
///
/// `output` names the tensor that is to be the output, any that a node computes; without it the file
/// must have one output, or be a classifier's with a label among them.
///
/// # Errors
///
/// If the file cannot be read, is no ONNX model, or holds what cannot be proved; see [`ImportError`].
pub fn import(path: &Path, output: Option<&str>) -> Result<FloatGraph, ImportError> {
	let bytes = contents(path)?;
	graph(path, &bytes, output, Some(&folder(path)))
}

/// Like [`import`], from a file's contents, which must be whole; `path` is for messages alone.
///
/// # Errors
///
/// As [`import`], but for those of reading.
pub fn import_bytes(
	path: &Path,
	bytes: &[u8],
	output: Option<&str>,
) -> Result<FloatGraph, ImportError> {
	graph(path, bytes, output, None)
}

/// The nodes of a file that may hold some that cannot be proved, and the shape of its input: each node
/// with the reason, and with its shape as far as that is known without them.
///
/// # Errors
///
/// If there is no whole ONNX model, or its input or a constant cannot be read.
pub fn survey(
	path: &Path,
	output: Option<&str>,
) -> Result<(Vec<NodeInfo>, Vec<usize>), ImportError> {
	let (model, graph) = model(path, &contents(path)?)?;
	let folder = folder(path);
	let folder = external::Folder { model: path, path: Some(&folder) };
	walk::survey(&model, &graph, output, folder).map_err(ImportError::in_one_line)
}

fn contents(path: &Path) -> Result<Vec<u8>, ImportError> {
	std::fs::read(path).map_err(|error| ImportError::Io { path: path.to_owned(), error })
}

/// The folder that a file is in.
fn folder(path: &Path) -> PathBuf {
	match path.parent() {
		Some(parent) if parent != Path::new("") => parent.to_owned(),
		_ => PathBuf::from("."),
	}
}

/// The model in a file's bytes, and its graph, which has nodes.
fn model(path: &Path, bytes: &[u8]) -> Result<(ModelProto, GraphProto), ImportError> {
	let not_onnx = |got: &str| ImportError::NotOnnx { path: path.to_owned(), got: got.into() };
	if bytes.is_empty() {
		return Err(not_onnx("an empty file"));
	}
	let mut model = ModelProto::decode(bytes)
		.map_err(|_| not_onnx("a file that is cut off or something else"))?;
	match model.graph.take() {
		None => Err(not_onnx("a file without a graph")),
		Some(graph) if graph.node.is_empty() => Err(not_onnx("a graph without nodes")),
		Some(graph) => Ok((model, graph)),
	}
}

fn graph(
	path: &Path,
	bytes: &[u8],
	output: Option<&str>,
	folder: Option<&Path>,
) -> Result<FloatGraph, ImportError> {
	let (model, graph) = model(path, bytes)?;
	let folder = external::Folder { model: path, path: folder };
	let mut float = walk::read(&model, &graph, output, folder).map_err(ImportError::in_one_line)?;
	rewrite::rewrite(&mut float).map_err(ImportError::in_one_line)?;
	for node in &mut float.ops {
		if let FloatOp::MatMul(dense) = &mut node.op {
			dense.tensors.iter_mut().for_each(|name| *name = one_line(name));
		}
	}
	Ok(float)
}
