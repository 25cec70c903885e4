//! A machine-learning model as a circuit: ONNX file, integer graph, constraints, proof.
//!
//! ```text
//! ONNX --import--> float graph --quantize--> integer graph + parameters   (CompiledModel)
//!      --circuit--> constraints --setup--> keys                           (ProvingKeyFile)
//!      --evaluate, assign--> witness --prove--> proof                     (Prover, Proved)
//! ```
//!
//! Constraints, keys, proofs and ceremonies are those of [`zkml_prover`], which knows no models.
//!
//! The integer graph, which `zkml-graph` makes, is the model: interpreter and circuit agree on every
//! input. Nothing here knows of a chain.

pub mod calibrate;
pub mod circom;
pub mod circuit;
mod compile;
pub mod gadgets;
mod lookup_tables;
mod model;
pub mod nodes;
pub mod prove;
pub mod setup;

// What makes the integer graph knows no curve, and is a crate of its own.
pub use zkml_graph::{evaluate, graph, guard, import, plan, report};
pub use zkml_graph::{CompileError, CompileOptions, InputRange, Widths};

pub use circuit::Cost;
pub use compile::{compile, compile_float, inspect};
pub use evaluate::{InputError, Trace};
pub use gadgets::range::Checks;
pub use graph::{GraphError, IntGraph};
pub use import::{import, import_bytes, ImportError, Inspection, NodeInfo};
pub use model::{random_salt, CompiledModel};
pub use prove::{Binding, ProveError, Proved, Prover, ProverError, Salts};
pub use setup::{setup, SetupError};
pub use zkml_prover::{
	ceremony, files::write as write_file, load_verifying_key, qap, r1cs, save_verifying_key,
	Estimate, FileError, ProvingKey, ProvingKeyFile,
};
