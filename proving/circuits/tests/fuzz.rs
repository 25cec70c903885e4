//! Hostile bytes for the importer and every file format: a refusal in one line, or something that
//! keeps its promises; never a panic, and little time and memory whatever is asked for.

mod ceremonies;
mod importer;
mod keys;
mod models;
mod zkeys;

use std::{
	path::{Path, PathBuf},
	sync::{
		atomic::{AtomicU32, Ordering},
		OnceLock,
	},
};

use crate::{
	common::{self, Shape},
	onnx::Folder,
};
use zkml_circuits::CompiledModel;
use zkml_fuzz::Fuzz;
use zkml_primitives::{blake2_256, Visibility};

/// What precedes a file's payload: magic, kind, version, settings hash, length, checksum.
const HEADER: usize = 78;

/// A file's kind in its header.
#[derive(Clone, Copy)]
enum Kind {
	Model = 1,
	ProvingKey = 2,
	VerifyingKey = 3,
	Ceremony = 4,
	RangeKey = 5,
}

/// A file with this payload, and length and checksum that fit.
fn file(kind: Kind, settings: [u8; 32], payload: &[u8]) -> Vec<u8> {
	let mut bytes = b"zkml".to_vec();
	bytes.extend_from_slice(&[kind as u8, 6]);
	bytes.extend_from_slice(&settings);
	bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
	bytes.extend_from_slice(&blake2_256(payload));
	bytes.extend_from_slice(payload);
	bytes
}

/// Calls a reader of files with these bytes.
fn with_file<T>(bytes: &[u8], read: impl FnOnce(&Path) -> T) -> T {
	static FOLDER: OnceLock<PathBuf> = OnceLock::new();
	let folder = FOLDER.get_or_init(|| {
		let folder = Folder::new();
		let path = folder.0.clone();
		// For all tests of the process, in a place of its own.
		std::mem::forget(folder);
		path
	});
	static COUNT: AtomicU32 = AtomicU32::new(0);
	let path = folder.join(COUNT.fetch_add(1, Ordering::Relaxed).to_string());
	std::fs::write(&path, bytes).unwrap();
	let result = read(&path);
	std::fs::remove_file(path).unwrap();
	result
}

/// A file as it is saved.
fn saved(save: impl FnOnce(&Path)) -> Vec<u8> {
	let folder = Folder::new();
	let path = folder.file("good");
	save(&path);
	std::fs::read(path).unwrap()
}

fn fuzz(name: &str, good: Vec<Vec<u8>>, cases: u32) -> Fuzz {
	Fuzz::new(env!("CARGO_MANIFEST_DIR"), name, good, cases)
}

/// Small models of all kinds, public and private.
fn small_models() -> Vec<CompiledModel> {
	let shape = Shape {
		sizes: vec![3, 4, 3],
		argmax: true,
		rectify: true,
		bits: 6,
		input: (0, 16),
		seed: 1,
	};
	let [public, private] = [Visibility::Public, Visibility::Private]
		.map(|visibility| common::model(&shape, visibility));
	let committed = private.clone().with_committed_params().unwrap();
	vec![public.clone().with_lookups(), public, private.clone().with_lookups(), private, committed]
}
