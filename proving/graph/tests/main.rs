//! What becomes of ONNX files.

mod accuracy;
mod advice;
mod classes;
mod computed;
#[path = "common/corpus.rs"]
mod corpus;
mod external_data;
mod hostile_attributes;
mod import_attributes;
mod import_bodies;
mod import_constants;
mod import_files;
mod import_functions;
mod import_masks;
mod import_operators;
mod import_picked;
mod import_places;
mod import_refusals;
mod import_rewrites;
mod import_scatter;
mod import_trees;
mod names;
mod norms;
#[path = "common/onnx.rs"]
mod onnx;
mod recurrent;
mod schema;
mod tensors;
mod types;
mod whole;
mod windows;
