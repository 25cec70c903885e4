//! A machine-learning model as a circuit: ONNX file, integer graph, constraints, keys, proof.
//!
//! ```text
//! ONNX --import--> float graph --quantize--> integer graph + parameters   (CompiledModel)
//!      --circuit--> constraints --setup--> keys                           (ProvingKeyFile)
//!      --evaluate, assign--> witness --prove--> proof                     (Prover, Proved)
//! ```
//!
//! [`ceremony`] makes keys by several people, where [`setup()`] makes them alone; [`circom`] takes those
//! of snarkjs's ceremonies.
//!
//! The integer graph, which `zkml-graph` makes, is the model: interpreter and circuit agree on every
//! input. Nothing here knows of a chain.

pub mod calibrate;
pub mod ceremony;
pub mod circom;
pub mod circuit;
mod compile;
mod estimate;
pub mod fft;
mod files;
pub mod gadgets;
mod keys;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod model;
pub mod msm;
pub mod nodes;
pub mod prove;
pub mod qap;
pub mod r1cs;
pub mod setup;
mod tables;

// What makes the integer graph knows no curve, and is a crate of its own.
use zkml_graph::text;
pub use zkml_graph::{evaluate, graph, guard, import, plan, report};
pub use zkml_graph::{CompileError, CompileOptions, InputRange, Widths};

pub use circuit::Cost;
pub use compile::{compile, compile_float, inspect};
pub use estimate::Estimate;
pub use evaluate::{InputError, Trace};
pub use files::{write as write_file, FileError};
pub use gadgets::range::Checks;
pub use graph::{GraphError, IntGraph};
pub use import::{import, import_bytes, ImportError, Inspection, NodeInfo};
pub use keys::ProvingKey;
pub use keys::{load_verifying_key, save_verifying_key, ProvingKeyFile};
pub use model::{random_salt, CompiledModel};
pub use prove::{Binding, ProveError, Proved, Prover, ProverError, Salts};
pub use setup::{setup, SetupError};
