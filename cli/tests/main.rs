//! The command, run without a chain.

mod bad_files;
mod bad_lines;
mod bad_proofs;
mod cases;
mod common;
mod convert;
mod json;
mod kept;
mod offline;
mod serve;
mod service;
mod several;
mod terminal;
mod urls;
mod versions;
