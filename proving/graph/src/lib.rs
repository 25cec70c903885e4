//! A machine-learning model in integers: from an ONNX file to the graph that a circuit proves.
//!
//! ```text
//! ONNX --import--> float graph --quantize--> integer graph, parameters, guards, report
//!                                            --evaluate--> every value of an inference
//! ```
//!
//! The integer graph is the model: interpreter and circuit agree on every input. Floating point
//! occurs in [`import`] and [`quantize`](mod@quantize) alone. Nothing here knows of a curve.
#![warn(clippy::missing_errors_doc)]

mod error;
pub mod evaluate;
pub mod graph;
pub mod guard;
pub mod import;
mod interval;
mod ops;
mod options;
pub mod plan;
pub mod quantize;
pub mod report;

pub use error::CompileError;
pub use ops::layout;
pub use options::{CompileOptions, InputOptions, InputRange, Widths};
pub use quantize::{quantize, quantize_inputs, quantize_like, Choices, Quantized};
