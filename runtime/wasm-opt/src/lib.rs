//! What substrate-wasm-builder asks of wasm-opt: a module without debug sections and without
//! instructions newer than WebAssembly 1.0.
//!
//! The crate of this name on crates.io compiles Binaryen, some four hundred C++ files: a fifth of a first
//! build's time, on one core. All that the builder has it do is to drop DWARF and to lower the instructions
//! of the sign extension proposal. Rust's target `wasm32v1-none` has none of those, so here a module that
//! has one is refused, and the others' sections are copied as they are. Names and signatures are those that
//! the builder (35.0) calls.

use std::{fs, io, path::Path};

use thiserror::Error;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// What may be in a runtime: WebAssembly 1.0 with exported mutable globals, as Rust's target has it.
const FEATURES: WasmFeatures = WasmFeatures::WASM1;

/// What Binaryen would be told. Nothing of it makes a difference here.
#[derive(Clone, Copy, Debug)]
pub struct OptimizationOptions(());

/// A pass that the builder asks for.
#[derive(Clone, Copy, Debug)]
pub enum Pass {
	/// Drops DWARF, which every run does here.
	StripDwarf,
	/// Lowers sign extension, of which there is none in a module that is accepted.
	SignextLowering,
}

/// Why a module was not written.
#[derive(Debug, Error)]
pub enum OptimizationError {
	/// A file cannot be read or written.
	#[error(transparent)]
	Io(#[from] io::Error),
	/// The file is no module of WebAssembly 1.0.
	#[error("expected a module of WebAssembly 1.0, got: {0}")]
	Module(#[from] wasmparser::BinaryReaderError),
}

impl OptimizationOptions {
	/// The options of a run that optimises nothing, as every run here.
	pub fn new_opt_level_0() -> Self {
		Self(())
	}

	/// Refuses what is newer than WebAssembly 1.0, which every run does here.
	pub fn mvp_features_only(&mut self) -> &mut Self {
		self
	}

	/// Keeps the section of names, which every run does here.
	pub fn debug_info(&mut self, _: bool) -> &mut Self {
		self
	}

	/// Asks for a pass; every run here does what each of them is for.
	pub fn add_pass(&mut self, _: Pass) -> &mut Self {
		self
	}

	/// Writes the module of one file to another, or over itself.
	///
	/// # Errors
	/// A file that cannot be read or written; a module that is not valid or uses what is newer.
	pub fn run(
		&self,
		from: impl AsRef<Path>,
		to: impl AsRef<Path>,
	) -> Result<(), OptimizationError> {
		Ok(fs::write(to, without_dwarf(&fs::read(from)?)?)?)
	}
}

/// The module without its sections of DWARF.
///
/// # Errors
/// Bytes that are no valid module of WebAssembly 1.0.
pub fn without_dwarf(module: &[u8]) -> Result<Vec<u8>, wasmparser::BinaryReaderError> {
	Validator::new_with_features(FEATURES).validate_all(module)?;
	let mut kept = Vec::with_capacity(module.len());
	// Where what is to be kept begins: a section's header is in front of the range that is told.
	let mut start = 0;
	for payload in Parser::new(0).parse_all(module) {
		let payload = payload?;
		let end = match &payload {
			Payload::Version { range, .. } => range.end,
			// The bodies of functions are in the section that was told before.
			Payload::CodeSectionEntry(_) => continue,
			other => match other.as_section() {
				Some((_, range)) => range.end,
				None => continue,
			},
		};
		let dwarf =
			matches!(&payload, Payload::CustomSection(one) if one.name().starts_with(".debug"));
		if !dwarf {
			kept.extend_from_slice(&module[start..end]);
		}
		start = end;
	}
	Ok(kept)
}
