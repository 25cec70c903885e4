//! Sizes of dimensions that a file leaves open.

use std::collections::{BTreeMap, BTreeSet};

use zkml_onnx::{
	tensor_shape_proto::{dimension::Value as Dimension, Dimension as Proto},
	type_proto::Value as Type,
	GraphProto, ValueInfoProto,
};

use super::{ends::error, source::LIMIT, ImportError};

/// Sizes for dimensions of inputs that a file leaves open: circuits have fixed shapes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sizes {
	/// Of the first dimension of each input; 1 if nothing is said.
	pub batch: Option<u32>,
	/// Of dimensions that have a name, by it.
	pub named: BTreeMap<String, u32>,
}

/// The dimensions of an input.
fn dims(input: &mut ValueInfoProto) -> impl Iterator<Item = (usize, &mut Proto)> {
	let shape = input.r#type.as_mut().and_then(|r#type| match &mut r#type.value {
		Some(Type::TensorType(tensor)) => tensor.shape.as_mut(),
		_ => None,
	});
	shape.into_iter().flat_map(|shape| shape.dim.iter_mut().enumerate())
}

/// Gives open dimensions of a graph's inputs their sizes.
///
/// # Errors
///
/// If a size is 0 or too large, or a name is none of the file's.
pub fn fix(graph: &mut GraphProto, sizes: &Sizes) -> Result<(), ImportError> {
	let all = sizes.batch.iter().chain(sizes.named.values());
	if let Some(bad) = all.into_iter().find(|size| !(1..=LIMIT as u32).contains(*size)) {
		return Err(error(format!("sizes of 1 to {LIMIT}"), bad.to_string()));
	}
	let mut names = BTreeSet::new();
	for (place, dim) in graph.input.iter_mut().flat_map(dims) {
		let size = match &dim.value {
			Some(Dimension::DimParam(name)) => {
				names.insert(name.clone());
				sizes.named.get(name).copied()
			}
			Some(Dimension::DimValue(size)) if *size > 0 => continue,
			_ => None,
		};
		let size = size.or(sizes.batch.filter(|_| place == 0));
		if let Some(size) = size {
			dim.value = Some(Dimension::DimValue(size.into()));
		}
	}
	match sizes.named.keys().find(|name| !names.contains(*name)) {
		None => Ok(()),
		Some(unknown) => {
			let names: Vec<_> = names.into_iter().collect();
			let expected = match names.is_empty() {
				true => "no sizes, as no dimension of an input has a name".into(),
				false => format!("sizes of dimensions of the inputs ({})", names.join(", ")),
			};
			Err(error(expected, unknown.clone()))
		}
	}
}
