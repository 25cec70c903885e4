//! The messages of ONNX's schema: a file is a [`ModelProto`].
//!
//! `generate.sh` makes them from `onnx-ml.proto` of ONNX 1.23.2 (Apache-2.0), which is also their
//! documentation. They are read as proto3, which ONNX's schema is written for: a field that is left out has
//! the zero of its type. prost refuses messages that lie more than 100 deep in each other.

#[allow(missing_docs, reason = "onnx-ml.proto says what each field is")]
mod schema;

pub use prost::{DecodeError, Message};
pub use schema::*;
