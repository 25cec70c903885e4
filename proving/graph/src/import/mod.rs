//! From an ONNX file to a graph of float operations.
//!
//! The file is parsed by the types of `zkml-onnx`. Which nodes the output needs is found first, and every
//! one of them that cannot be proved is named at once. Each is then lowered to a few kinds of operation
//! ([`FloatOp`]), and the graph made of these is rewritten into one that is cheaper to prove.

mod control;
mod ends;
mod evaluate;
mod external;
mod float;
mod function;
mod functions;
mod gradient;
mod limits;
mod links;
mod lower;
mod node;
mod picked;
mod rewrite;
mod sizes;
mod source;
mod walk;
mod whole;

use std::{io, path::Path, path::PathBuf};

use serde::Serialize;
use thiserror::Error;
use zkml_onnx::{GraphProto, Message, ModelProto};

use zkml_primitives::one_line;

pub use float::{
	Bitwise, Cut, Divisor, Elements, FloatGraph, FloatInput, FloatMatMul, FloatNode, FloatOp,
	FloatOutput, Quantize, Threshold, TopK, Units,
};
pub use function::Function;
pub use limits::{Limit, Limited};
pub use links::Link;
pub use lower::{
	Attribute, Form, Input, Number, Operator, Output, Setting, Usage, Version, NEWEST,
};
pub(crate) use picked::WHOLE;
pub use picked::{FloatPick, FloatTable, Places};
pub use sizes::Sizes;
pub(crate) use whole::whole_ends;

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
	let nodes: Vec<_> = nodes
		.iter()
		.map(|(name, operator)| format!("{operator} ({name}){}", instead(operator)))
		.collect();
	nodes.join(", ")
}

/// What to do about an operator that has no meaning on fixed shapes and integers.
fn instead(operator: &str) -> &'static str {
	match operator {
		"Bernoulli" | "Multinomial" | "RandomNormal" | "RandomNormalLike" | "RandomUniform"
		| "RandomUniformLike" => {
			": it draws at random (export in evaluation mode, or draw before and take it as an input)"
		}
		"BitCast" => ": the bits of a float have no meaning on integers (use Cast)",
		"NonMaxSuppression" => {
			": how many boxes are left depends on them (choose the tensors before it as outputs)"
		}
		"StringConcat" | "StringNormalizer" | "StringSplit" | "RegexFullMatch" | "TfIdfVectorizer"
		| "ai.onnx.ml.CategoryMapper" | "ai.onnx.ml.DictVectorizer" | "ai.onnx.ml.CastMap" => {
			": words are no inputs (number them before, and take these as the input)"
		}
		"ImageDecoder" => ": decode the image before, and take its pixels as the input",
		"SequenceAt" | "SequenceConstruct" | "SequenceEmpty" | "SequenceErase" | "SequenceInsert"
		| "SequenceLength" | "SequenceMap" | "SplitToSequence" | "ConcatFromSequence" => {
			": lists of tensors are not proved (use Split and Concat)"
		}
		"ai.onnx.preview.training.Adagrad" | "ai.onnx.preview.training.Adam"
		| "ai.onnx.preview.training.Gradient" | "ai.onnx.preview.training.Momentum" => {
			": it is a step of training (export the model for inference)"
		}
		_ => "",
	}
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

/// An input or output of an ONNX file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Shape {
	/// Its name, in one plain line.
	pub name: String,
	/// Its dimensions, all of which are known.
	pub dims: Vec<usize>,
}

/// What an ONNX file holds.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
	/// Its nodes, in order.
	pub nodes: Vec<NodeInfo>,
	/// The model's inputs, in order.
	pub inputs: Vec<Shape>,
	/// Its outputs, if all that they need can be proved.
	pub outputs: Option<Vec<Shape>>,
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
/// `outputs` names the tensors that are to be the outputs, any that nodes compute. Without names they are
/// the file's; but of a classifier of `ai.onnx.ml` with one label among them it is the label alone.
///
/// # Errors
///
/// If the file cannot be read, is no ONNX model, or holds what cannot be proved; see [`ImportError`].
pub fn import<'a>(
	path: &Path,
	outputs: impl IntoIterator<Item = &'a str>,
) -> Result<FloatGraph, ImportError> {
	import_sized(path, outputs, &Sizes::default())
}

/// Like [`import`], with sizes for dimensions that the file leaves open.
///
/// # Errors
///
/// As [`import`], and if a size is none or is that of no dimension.
pub fn import_sized<'a>(
	path: &Path,
	outputs: impl IntoIterator<Item = &'a str>,
	sizes: &Sizes,
) -> Result<FloatGraph, ImportError> {
	let bytes = contents(path)?;
	graph(path, &bytes, &names(outputs), Some(&folder(path)), sizes)
}

/// Like [`import`], from a file's contents, which must be whole; `path` is for messages alone.
///
/// # Errors
///
/// As [`import`], but for those of reading.
pub fn import_bytes<'a>(
	path: &Path,
	bytes: &[u8],
	outputs: impl IntoIterator<Item = &'a str>,
) -> Result<FloatGraph, ImportError> {
	graph(path, bytes, &names(outputs), None, &Sizes::default())
}

/// The nodes of a file that may hold some that cannot be proved, and its inputs: each node with the
/// reason, and with its shape as far as that is known without them.
///
/// # Errors
///
/// If there is no whole ONNX model, or an input or a constant cannot be read.
pub fn survey<'a>(
	path: &Path,
	outputs: impl IntoIterator<Item = &'a str>,
	sizes: &Sizes,
) -> Result<(Vec<NodeInfo>, Vec<FloatInput>), ImportError> {
	let (model, mut graph) = model(path, &contents(path)?)?;
	sizes::fix(&mut graph, sizes).map_err(ImportError::in_one_line)?;
	let folder = folder(path);
	let folder = external::Folder { model: path, path: Some(&folder) };
	walk::survey(&model, &graph, &names(outputs), folder).map_err(ImportError::in_one_line)
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
	names.into_iter().map(str::to_owned).collect()
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
	outputs: &[String],
	folder: Option<&Path>,
	sizes: &Sizes,
) -> Result<FloatGraph, ImportError> {
	let (model, mut graph) = model(path, bytes)?;
	sizes::fix(&mut graph, sizes).map_err(ImportError::in_one_line)?;
	let folder = external::Folder { model: path, path: folder };
	let mut float =
		walk::read(&model, &graph, outputs, folder).map_err(ImportError::in_one_line)?;
	rewrite::rewrite(&mut float).map_err(ImportError::in_one_line)?;
	for node in &mut float.ops {
		if let FloatOp::MatMul(dense) = &mut node.op {
			dense.tensors.iter_mut().for_each(|name| *name = one_line(name));
		}
	}
	Ok(float)
}
