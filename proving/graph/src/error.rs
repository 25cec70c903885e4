//! Why a model is not compiled.

use thiserror::Error;

use crate::{graph::GraphError, import::ImportError, options::CompileOptions, report::Report};

/// Why a model was not compiled.
#[derive(Debug, Error)]
pub enum CompileError {
	/// The file was not imported.
	#[error(transparent)]
	Import(#[from] ImportError),
	/// An option is out of its range, or does not fit the model.
	#[error("{option}: expected {expected}, got {got}")]
	Option {
		/// The option's name, in words.
		option: &'static str,
		/// What the option may be, in words.
		expected: String,
		/// What was given in its place.
		got: String,
	},
	/// A private parameter that the architecture has no room for.
	#[error("tensor {tensor}: expected values from -{limit} to {limit}, got {got} at {index} (a smaller --weight-shift or more --weight-bits give more room; with --like it is the earlier model that is to be compiled anew with them, which takes new keys)")]
	Weight {
		/// The name of the tensor in the ONNX file.
		tensor: String,
		/// Index of the value in the tensor, row-major.
		index: usize,
		/// Largest absolute value that there is room for.
		limit: f64,
		/// The value of the file.
		got: f32,
	},
	/// It cannot have the circuit of the model that it is to be like.
	#[error("{what}: expected {expected}, as in the earlier model, got {got}")]
	Unlike {
		/// What differs, in words.
		what: String,
		/// What the earlier model has.
		expected: String,
		/// What this one has.
		got: String,
	},
	/// The integer graph cannot be proved.
	#[error(transparent)]
	Graph(#[from] GraphError),
	/// The integers are not close enough to the floats.
	#[error(
		"expected an error of at most {allowed} % of an element's span or size, got {error:.2} %{agreement} \
		 on {inputs} inputs: node {node} loses most (more bits give less error; samples of real inputs \
		 may ask for less than the whole range)"
	)]
	Inaccurate {
		/// Largest error in per cent.
		error: f64,
		/// What is allowed, in per cent.
		allowed: f64,
		/// How many labels are the same, in words.
		agreement: String,
		/// Inputs that both were run on.
		inputs: usize,
		/// The node that adds most to the error.
		node: String,
		/// All that was measured.
		report: Box<Report>,
	},
	/// An input in the range is clamped inside, and its answer is another.
	#[error(
		"node {node}: expected values within its integers for every input in the declared range, got \
		 {times:.1} times their end on one, which changes an output by {error:.1} % of its span or size \
		 ({allowed} % is allowed; saturation can be allowed)"
	)]
	Saturates {
		/// Its name in the ONNX file.
		node: String,
		/// How far beyond: the value and the end it is clamped to.
		times: f64,
		/// Largest error of an output in per cent.
		error: f64,
		/// What is allowed, in per cent.
		allowed: f64,
	},
}

impl CompileError {
	/// For what was measured.
	pub fn inaccurate(report: &Report, options: &CompileOptions) -> Self {
		let agreement = report.judged();
		Self::Inaccurate {
			error: report.max_error * 100.0,
			allowed: options.max_error * 100.0,
			agreement: agreement
				.map_or(String::new(), |share| format!(" and {:.1} % of labels", share * 100.0)),
			inputs: report.inputs,
			node: report.nodes.first().map_or("the input".into(), |node| match &node.operator {
				Some(operator) => format!("{} ({operator})", node.node),
				None => node.node.clone(),
			}),
			report: Box::new(report.clone()),
		}
	}
}
