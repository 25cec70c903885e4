//! The file of a compiled model, and the hashes that name what is in it.

use std::path::Path;

use codec::{DecodeAll, Encode};
use zkml_primitives::{blake2_256, Visibility, MAX_CLAIM};
use zkml_prover::files::{self, FileError, Kind};

use super::{bounded, CompiledModel, Stored};

impl CompiledModel {
	/// What may be published of the model: all of a public one, a private one without parameters
	/// and salt.
	fn description(&self) -> Vec<u8> {
		match self.stored.visibility {
			Visibility::Public => self.stored.encode(),
			Visibility::Private => {
				let Stored { visibility, labels, checks, commitment, graph, claim, .. } =
					&self.stored;
				(visibility, labels, checks, commitment, graph, claim).encode()
			}
		}
	}

	/// BLAKE2b-256 of the model's file if it is public, of its description without parameters and
	/// salt if it is private.
	pub fn content_hash(&self) -> [u8; 32] {
		match self.stored.visibility {
			Visibility::Public => blake2_256(&self.file_bytes()),
			Visibility::Private => blake2_256(&self.description()),
		}
	}

	/// Names everything the circuit depends on, and so ties keys to models: graph, visibility and
	/// kind, and the parameters of a public model. Retraining a private model does not change it.
	pub fn settings_hash(&self) -> [u8; 32] {
		let constants = match self.stored.visibility {
			Visibility::Public => Some(&self.stored.parameters),
			Visibility::Private => None,
		};
		let Stored { visibility, checks, commitment, graph, .. } = &self.stored;
		let circuit = (visibility, checks, commitment, graph, constants);
		blake2_256(&(b"zkml/settings/v7", circuit).encode())
	}

	fn file_bytes(&self) -> Vec<u8> {
		files::pack(Kind::Model, self.settings_hash(), &self.stored.encode())
	}

	/// Writes the model's file; a private model's is for its owner's eyes.
	///
	/// # Errors
	///
	/// If the file cannot be written.
	pub fn save(&self, path: &Path) -> Result<(), FileError> {
		let secret = self.stored.visibility == Visibility::Private;
		files::write(path, &self.file_bytes(), secret)
	}

	/// Reads a model's file and checks it as [`Self::new`] would.
	///
	/// # Errors
	///
	/// If the file cannot be read, is no model, or one that [`Self::new`] refuses.
	pub fn load(path: &Path) -> Result<Self, FileError> {
		let contents = files::read(path, Kind::Model)?;
		let stored = Stored::decode_all(&mut contents.payload())
			.map_err(|error| files::content(path, "a compiled model", error))?;
		if bounded(&stored.claim) != stored.claim {
			let expected = format!("an accuracy claim of one line of at most {MAX_CLAIM} bytes");
			return Err(files::content(path, expected, stored.claim));
		}
		let model = Self::from_stored(stored)
			.map_err(|error| files::content(path, "a graph that can be proved", error))?;
		if model.settings_hash() != contents.settings {
			let expected = "the model that its header names, compiled by this version (if another \
			                compiled it, compile and set up anew)";
			return Err(files::content(path, expected, "another"));
		}
		Ok(model)
	}
}
