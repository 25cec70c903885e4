//! A machine-learning model as a circuit: ONNX file, integer graph, constraints, proof.
//!
//! ```text
//! ONNX --import--> float graph --quantize--> integer graph + parameters   (CompiledModel)
//!      --circuit--> constraints --setup--> keys                           (ProvingKeyFile)
//!      --evaluate, assign--> witness --prove--> proof                     (Prover, Proved)
//! ```
//!
//! ```
//! use rand::rngs::OsRng;
//! use zkml_circuits::{compile, setup, Binding, CompileOptions, InputRange, Prover, Salts};
//! use zkml_primitives::Scalar;
//!
//! let onnx = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/digits/digits.onnx");
//! let range = InputRange { min: 0.0, max: 16.0 };
//! let options = CompileOptions { lookups: true, input: vec![range], ..Default::default() };
//! let model = compile(onnx.as_ref(), &options, &mut OsRng)?;
//! let keys = setup(&model, &mut OsRng, &|_, _, _| ())?;
//! let prover = Prover::new(model, keys.proving)?;
//!
//! let inputs = prover.model().quantize_inputs(&[vec![8.0; 64]])?;
//! let binding = Binding::bare(Scalar::ZERO);
//! let proved = prover.prove(&inputs, Salts::default(), binding, &mut OsRng)?;
//! assert_eq!(proved.outputs, prover.model().evaluate(&inputs)?);
//! zkml_groth16::verify(prover.prepared_key(), &proved.inputs, &proved.proof)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Constraints, keys, proofs and ceremonies are those of [`zkml_prover`], which knows no models.
//!
//! The integer graph, which `zkml-graph` makes, is the model: interpreter and circuit agree on every
//! input. Nothing here knows of a chain.
#![warn(clippy::missing_errors_doc)]

pub mod calibrate;
pub mod circom;
// How a circuit is made of gadgets, and what it is made for: for tests and benches.
#[doc(hidden)]
pub mod circuit;
mod compile;
#[doc(hidden)]
pub mod gadgets;
mod lookup_tables;
mod model;
#[doc(hidden)]
pub mod nodes;
pub mod prove;
pub mod ranges;
pub mod setup;

// What makes the integer graph knows no curve, and is a crate of its own.
pub use zkml_graph::{evaluate, graph, guard, import, report};
#[doc(hidden)]
pub use zkml_graph::{layout, plan};
pub use zkml_graph::{CompileError, CompileOptions, InputOptions, InputRange, Widths};

pub use circuit::Cost;
pub use compile::{compile, compile_float, compile_float_like, compile_like, inspect};
pub use evaluate::{InputError, Trace};
pub use gadgets::range::Checks;
pub use graph::{GraphError, IntGraph};
pub use import::{import, import_bytes, ImportError, Inspection, NodeInfo, Shape};
pub use model::{random_salt, CompiledModel};
pub use prove::{Binding, ProveError, Proved, Prover, ProverError, Salts};
pub use ranges::{Commitment, RangeCircuit};
pub use setup::{setup, Keys, SetupError};
pub use zkml_prover::{
	ceremony, load_verifying_key, save_verifying_key, Estimate, FileError, KeyedSystem,
	ProvingKeyFile, RangeKeyFile, UnreadKey,
};
#[doc(hidden)]
pub use zkml_prover::{files::write as write_file, r1cs, ProvingKey};
