//! A graph's input and output.

use std::collections::BTreeSet;

use zkml_onnx::{
	tensor_proto::DataType, tensor_shape_proto::dimension::Value as Dimension,
	type_proto::Value as Type, GraphProto, ValueInfoProto,
};

use super::{
	functions::Placed,
	lower::Kind,
	source::{whole, RANK},
	ImportError,
};

pub fn error(expected: impl Into<String>, got: impl Into<String>) -> ImportError {
	ImportError::Graph { expected: expected.into(), got: got.into() }
}

/// Integers or strings: a label.
fn is_label(output: &ValueInfoProto) -> bool {
	match output.r#type.as_ref().and_then(|t| t.value.as_ref()) {
		Some(Type::TensorType(tensor)) => matches!(
			DataType::try_from(tensor.elem_type),
			Ok(DataType::Int32 | DataType::Int64 | DataType::String)
		),
		_ => false,
	}
}

/// The name of the tensor that is the output.
pub fn chosen(
	graph: &GraphProto,
	placed: &[Placed],
	output: Option<&str>,
) -> Result<String, ImportError> {
	let list = |names: &[&str]| names.join(", ");
	let outputs: Vec<_> = graph.output.iter().map(|o| o.name.as_str()).collect();
	if let Some(output) = output {
		let mut made = placed.iter().flat_map(|node| &node.proto.output);
		return match made.any(|name| name == output) && !output.is_empty() {
			true => Ok(output.into()),
			false => {
				let list = list(&outputs);
				let expected = format!("the name of a computed tensor, such as {list}");
				Err(error(expected, output))
			}
		};
	}
	let labels: Vec<_> = graph.output.iter().filter(|o| is_label(o)).collect();
	let classifier = placed.iter().any(|node| node.proto.domain == "ai.onnx.ml");
	match (outputs.as_slice(), labels.as_slice()) {
		([only], _) => Ok((*only).into()),
		(_, [label]) if classifier => Ok(label.name.clone()),
		([], _) => Err(error("an output", "none")),
		([first, ..], _) => {
			let expected = format!("one output, or the choice of one ({})", advice(first));
			Err(error(expected, format!("{} outputs: {}", outputs.len(), list(&outputs))))
		}
	}
}

/// Names that the outputs need.
pub fn needed<'a>(nodes: &'a [Placed], outputs: &[&'a str]) -> BTreeSet<&'a str> {
	let mut needed: BTreeSet<_> = outputs.iter().copied().collect();
	for Placed { proto, .. } in nodes.iter().rev() {
		if proto.output.iter().any(|name| needed.contains(name.as_str())) {
			needed.extend(proto.input.iter().map(String::as_str));
		}
	}
	needed.remove("");
	needed
}

/// Name, shape and kind of the only input that is no constant and that the output needs.
pub fn graph_input(
	graph: &GraphProto,
	needed: &BTreeSet<&str>,
) -> Result<(String, Vec<usize>, Kind), ImportError> {
	// Older files list constants among their inputs; what a caller could give instead is not proved.
	let constants: BTreeSet<_> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
	let constant = |name: &String| constants.contains(name.as_str());
	let inputs: Vec<_> = graph
		.input
		.iter()
		.filter(|i| !constant(&i.name) && needed.contains(i.name.as_str()))
		.collect();
	let [input] = inputs.as_slice() else {
		let names: Vec<_> = inputs.iter().map(|input| input.name.as_str()).collect();
		let got = match names.len() {
			0 => "none".into(),
			count => format!("{count}: {}", names.join(", ")),
		};
		return Err(error("one input", got));
	};
	let tensor = match input.r#type.as_ref().and_then(|t| t.value.as_ref()) {
		Some(Type::TensorType(tensor)) => tensor,
		_ => return Err(error("a tensor as input", format!("{} of another type", input.name))),
	};
	let kind = match DataType::try_from(tensor.elem_type) {
		Ok(DataType::Float | DataType::Double | DataType::Float16) => Kind::Number,
		Ok(kind) if whole(kind).is_some() => Kind::Integer,
		other => {
			let name = other.map_or("another", |kind| kind.as_str_name());
			let expected = "an input of FLOAT, DOUBLE, FLOAT16 or integers";
			return Err(error(expected, format!("{} of type {name}", input.name)));
		}
	};
	let Some(shape) = &tensor.shape else {
		return Err(error("an input with a shape", format!("{} without one", input.name)));
	};
	let mut dims = Vec::new();
	for (index, dim) in shape.dim.iter().enumerate() {
		match dim.value {
			Some(Dimension::DimValue(value)) if value > 0 && value <= i64::from(u32::MAX) => {
				dims.push(value as usize)
			}
			// A batch of unknown size: one inference at a time is proved.
			Some(Dimension::DimParam(_)) | None if index == 0 => dims.push(1),
			Some(Dimension::DimValue(-1 | 0)) if index == 0 => dims.push(1),
			_ => {
				let got = format!("dimension {index} of {} without a size", input.name);
				return Err(error("an input of fixed shape", got));
			}
		}
	}
	if dims.len() > RANK {
		let got = format!("{} of {}", input.name, dims.len());
		return Err(error(format!("an input of at most {RANK} dimensions"), got));
	}
	Ok((input.name.clone(), dims, kind))
}

/// How to choose a tensor as the output, as it is typed.
pub fn advice(tensor: &str) -> String {
	let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:+@%".contains(c);
	let word = match !tensor.is_empty() && tensor.chars().all(plain) {
		true => tensor.to_owned(),
		false => format!("'{}'", tensor.replace('\'', "'\\''")),
	};
	// A name that begins like an option stays its value.
	let between = if tensor.starts_with('-') { '=' } else { ' ' };
	format!("--output-tensor{between}{word}")
}
