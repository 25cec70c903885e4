//! Circuits, their proofs and files, and who tries to cheat.

mod ceremony;
mod circom;
mod circuit;
mod committed;
mod common;
mod computed;
#[path = "../../graph/tests/common/corpus.rs"]
mod corpus;
mod covered;
mod digits;
mod dynamic;
mod end_to_end;
mod files;
mod fuzz;
mod gadgets;
mod import;
mod like;
mod masks;
mod measured;
mod models;
#[path = "../../graph/tests/common/onnx.rs"]
mod onnx;
mod ops;
mod ops_families;
mod places;
mod qdq;
mod recurrent;
mod relative;
mod rounds;
mod scales;
mod scatter;
mod tensors;
mod unchanged;
#[path = "../../prover/tests/common/zkey.rs"]
mod zkey;
