//! A client of the chain in Rust: reads, calls, transactions and what became of them ([`chain`]), and
//! the files that go with it ([`proof_file`], [`formats`] of other tools, [`keys`], [`files`]).
//!
//! It prints nothing and asks nobody. `zkml`, the command for people, is built on it. `examples/ask.rs`
//! asks a model and waits for the answer.
#![warn(clippy::missing_errors_doc)]

pub mod chain;
mod error;
pub mod files;
pub mod formats;
pub mod keys;
mod offer;
pub mod parse;
pub mod proof_file;

pub use error::Error;
pub use offer::Offer;
pub use zkml_files::{hex, tensors, text, Mismatch};
