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
//! The integer graph is the model: interpreter and circuit agree on every input. Floating point
//! occurs in `import` and `quantize` alone. Nothing here knows of a chain.

pub mod calibrate;
pub mod ceremony;
pub mod circom;
pub mod circuit;
mod compile;
mod estimate;
pub mod evaluate;
pub mod fft;
mod files;
pub mod gadgets;
pub mod graph;
pub mod guard;
pub mod import;
mod keys;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod model;
pub mod msm;
pub mod nodes;
pub mod plan;
pub mod prove;
pub mod qap;
mod quantize;
pub mod r1cs;
pub mod report;
pub mod setup;
mod tables;
mod text;

pub use circuit::Cost;
pub use compile::{
	compile, compile_float, inspect, CompileError, CompileOptions, InputRange, Widths,
};
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
