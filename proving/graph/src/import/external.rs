//! Data of tensors that are in files beside the model.
//!
//! A model is a file of somebody else: it must not make anyone read what is not its own. So the file is
//! one in the model's folder or below, wherever links lead, and no more of it is read than the
//! tensor's share.

use std::{
	fs::File,
	io::{Read, Seek, SeekFrom},
	path::{Component, Path, PathBuf},
};

use zkml_onnx::{tensor_proto::DataLocation, StringStringEntryProto, TensorProto};

use super::{source::PARAMETERS, ImportError};

/// Most bytes of a tensor: eight for each of the most elements.
const BYTES: u64 = 8 * PARAMETERS as u64;

/// Where tensors' data may be.
#[derive(Clone, Copy, Debug)]
pub struct Folder<'a> {
	/// The model, for messages and advice.
	pub model: &'a Path,
	/// Its folder, if it was read from a file.
	pub path: Option<&'a Path>,
}

impl Folder<'_> {
	/// Puts the data of a tensor into it, if they are elsewhere.
	pub fn load(&self, tensor: &mut TensorProto) -> Result<(), ImportError> {
		match DataLocation::try_from(tensor.data_location) {
			Ok(DataLocation::Default) => return Ok(()),
			Ok(DataLocation::External) => {}
			Err(_) => {
				let got = format!("location {}", tensor.data_location);
				return Err(error(tensor, "data inside or outside", got));
			}
		}
		if !tensor.raw_data.is_empty() {
			return Err(error(tensor, "data inside or outside", "both".into()));
		}
		let (location, offset, length) = place(tensor)?;
		let path = self.find(tensor, &location)?;
		let data = read(&path, offset, length).map_err(|(expected, got)| {
			let expected = format!("{expected} {}", path.display());
			error(tensor, &expected, got)
		})?;
		tensor.raw_data = data;
		tensor.set_data_location(DataLocation::Default);
		Ok(())
	}

	/// The file of that name, which must not be outside of the folder.
	fn find(&self, tensor: &TensorProto, location: &str) -> Result<PathBuf, ImportError> {
		let Some(folder) = self.path else {
			let got = format!(
				"data in another file, {location}: put all into one by python3 -c \"import onnx; \
				 onnx.save(onnx.load('{}'), 'inline.onnx')\"",
				self.model.display()
			);
			return Err(error(tensor, "data inside the model", got));
		};
		let relative = Path::new(location);
		let inside =
			|component: Component| matches!(component, Component::Normal(_) | Component::CurDir);
		let plain = !location.is_empty()
			&& !location.contains(['\\', '\0'])
			&& relative.components().all(inside);
		let outside = || {
			error(tensor, "data in a file inside of the model's folder, or in the model itself (onnx.save without external data)", location.into())
		};
		if !plain {
			return Err(outside());
		}
		let missing = |path: &Path, error_: std::io::Error| {
			let expected = format!("data in the file {}", path.display());
			error(tensor, &expected, error_.to_string())
		};
		let root = folder.canonicalize().map_err(|error| missing(folder, error))?;
		let named = folder.join(relative);
		// Links are followed before it is looked where the file is.
		let path = named.canonicalize().map_err(|error| missing(&named, error))?;
		match path.starts_with(&root) {
			true => Ok(path),
			false => Err(outside()),
		}
	}
}

fn error(tensor: &TensorProto, expected: &str, got: String) -> ImportError {
	ImportError::Tensor { tensor: tensor.name.clone(), expected: expected.into(), got }
}

/// Name of the file, first byte, and number of bytes if the model says it.
fn place(tensor: &TensorProto) -> Result<(String, u64, Option<u64>), ImportError> {
	let (mut location, mut offset, mut length) = (None, 0, None);
	for StringStringEntryProto { key, value } in &tensor.external_data {
		let number = || {
			let expected = format!("a number of bytes as {key}");
			value.parse::<u64>().map_err(|_| error(tensor, &expected, value.clone()))
		};
		match key.as_str() {
			"location" if location.is_none() => location = Some(value.clone()),
			"offset" => offset = number()?,
			"length" => length = Some(number()?),
			// Of the whole file, by a function that is no proof of anything today.
			"checksum" => {}
			other => {
				let expected = "one location, offset and length of external data";
				return Err(error(tensor, expected, format!("{other} too")));
			}
		}
	}
	let location =
		location.ok_or_else(|| error(tensor, "a location of its data", "none".into()))?;
	Ok((location, offset, length))
}

/// Bytes of a file.
fn read(path: &Path, offset: u64, length: Option<u64>) -> Result<Vec<u8>, (String, String)> {
	let failed = |error: std::io::Error| ("to read".to_owned(), error.to_string());
	let mut file = File::open(path).map_err(failed)?;
	let facts = file.metadata().map_err(failed)?;
	if !facts.is_file() {
		return Err(("a file at".into(), "something else".into()));
	}
	let rest = facts.len().checked_sub(offset);
	let length = length.or(rest).unwrap_or(0);
	if rest.is_none_or(|rest| rest < length) {
		let expected = format!("{length} bytes from {offset} on in");
		return Err((expected, format!("{} in all", facts.len())));
	}
	if length > BYTES {
		return Err((format!("at most {BYTES} bytes in"), length.to_string()));
	}
	file.seek(SeekFrom::Start(offset)).map_err(failed)?;
	let mut data = Vec::new();
	file.take(length).read_to_end(&mut data).map_err(failed)?;
	Ok(data)
}
