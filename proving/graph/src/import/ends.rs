//! A graph's inputs and outputs.

use std::collections::BTreeSet;

use zkml_onnx::{
	tensor_proto::DataType, tensor_shape_proto::dimension::Value as Dimension,
	type_proto::Value as Type, GraphProto, ValueInfoProto,
};

use zkml_primitives::{is_plain_line, one_line, MAX_NAME, MAX_TENSORS};

use super::{
	control::captured, functions::Placed, lower::Kind, source::RANK, Elements, FloatInput,
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

/// The names of the tensors that are the outputs: those that are `wanted`, or else the file's.
pub fn chosen(
	graph: &GraphProto,
	placed: &[Placed],
	wanted: &[String],
) -> Result<Vec<String>, ImportError> {
	let outputs: Vec<_> = graph.output.iter().map(|o| o.name.as_str()).collect();
	let made = |wanted: &String| {
		let mut made = placed.iter().flat_map(|node| &node.proto.output);
		!wanted.is_empty() && made.any(|name| name == wanted)
	};
	if let Some(other) = wanted.iter().find(|name| !made(name)) {
		let list = outputs.join(", ");
		return Err(error(format!("the name of a computed tensor, such as {list}"), other));
	}
	let classifier = placed.iter().any(|node| node.proto.domain == "ai.onnx.ml");
	let labels: Vec<_> = graph.output.iter().filter(|o| is_label(o)).collect();
	let chosen: Vec<&str> = match (wanted, labels.as_slice()) {
		([], [label]) if classifier => vec![&label.name],
		([], _) => outputs,
		(wanted, _) => wanted.iter().map(String::as_str).collect(),
	};
	if let Some((index, name)) =
		chosen.iter().enumerate().find(|(index, name)| chosen[..*index].contains(name))
	{
		let got = format!("{name} as number {index} again");
		return Err(error("outputs of different names", got));
	}
	let count = chosen.len();
	match chosen.first() {
		None => Err(error("an output", "none")),
		Some(first) if count > MAX_TENSORS as usize => {
			let expected = format!(
				"at most {MAX_TENSORS} outputs, or the choice of some ({}, as often as needed)",
				advice(first)
			);
			Err(error(expected, format!("{count}: {}", chosen.join(", "))))
		}
		Some(_) => Ok(chosen.into_iter().map(str::to_owned).collect()),
	}
}

/// Names that the outputs need.
pub fn needed<'a>(nodes: &'a [Placed], outputs: &[&'a str]) -> BTreeSet<&'a str> {
	let mut needed: BTreeSet<_> = outputs.iter().copied().collect();
	for Placed { proto, .. } in nodes.iter().rev() {
		if proto.output.iter().any(|name| needed.contains(name.as_str())) {
			needed.extend(proto.input.iter().map(String::as_str));
			needed.extend(captured(proto));
		}
	}
	needed.remove("");
	needed
}

/// The inputs that are no constants and that the outputs need, each with its name in the file and what its
/// elements are.
pub fn graph_inputs(
	graph: &GraphProto,
	needed: &BTreeSet<&str>,
) -> Result<Vec<(String, FloatInput, Kind)>, ImportError> {
	// Older files list constants among their inputs; what a caller could give instead is not proved.
	let constants: BTreeSet<_> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
	let constant = |name: &String| constants.contains(name.as_str());
	let inputs: Vec<_> = graph
		.input
		.iter()
		.filter(|i| !constant(&i.name) && needed.contains(i.name.as_str()))
		.collect();
	let names: Vec<_> = inputs.iter().map(|input| input.name.as_str()).collect();
	if inputs.is_empty() {
		let got = "none: a constant, of which there is nothing to prove";
		return Err(error("outputs that depend on an input", got));
	}
	if inputs.len() > MAX_TENSORS as usize {
		let got = format!("{}: {}", names.len(), names.join(", "));
		return Err(error(format!("at most {MAX_TENSORS} inputs"), got));
	}
	let each = inputs.iter().zip(plain_names(&names));
	each.map(|(input, name)| {
		let (dims, elements, kind) = input_type(input)?;
		Ok((input.name.clone(), FloatInput { name, dims, elements }, kind))
	})
	.collect()
}

/// Shape and type of an input.
fn input_type(input: &ValueInfoProto) -> Result<(Vec<usize>, Elements, Kind), ImportError> {
	let tensor = match input.r#type.as_ref().and_then(|t| t.value.as_ref()) {
		Some(Type::TensorType(tensor)) => tensor,
		_ => return Err(error("a tensor as input", format!("{} of another type", input.name))),
	};
	let (elements, kind) = match DataType::try_from(tensor.elem_type) {
		Ok(DataType::Float | DataType::Double | DataType::Float16 | DataType::Bfloat16) => {
			(Elements::Numbers, Kind::Number)
		}
		Ok(DataType::Bool) => (Elements::Truths, Kind::Truth),
		other => match other.ok().and_then(Kind::of) {
			Some(kind) => (Elements::Integers, kind),
			None => {
				let name = other.map_or("another", |kind| kind.as_str_name());
				let expected = "an input of FLOAT, DOUBLE, FLOAT16, BFLOAT16, BOOL or integers";
				return Err(error(expected, format!("{} of type {name}", input.name)));
			}
		},
	};
	let Some(shape) = &tensor.shape else {
		return Err(error(
			"an input with a shape (export it with one)",
			format!("{} without one", input.name),
		));
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
				let expected = match &dim.value {
					Some(Dimension::DimParam(name)) => {
						// A name may be anything.
						let name = name.replace('\'', "'\\''");
						format!("an input of fixed shape (say its size: --dim '{name}=16')")
					}
					_ => "an input of fixed shape (export it with one)".into(),
				};
				return Err(error(expected, got));
			}
		}
	}
	if dims.len() > RANK {
		let got = format!("{} of {}", input.name, dims.len());
		return Err(error(format!("an input of at most {RANK} dimensions"), got));
	}
	Ok((dims, elements, kind))
}

/// Names as a chain keeps them: plain lines of 1 to [`MAX_NAME`] bytes, no two the same.
pub fn plain_names(names: &[&str]) -> Vec<String> {
	let most = MAX_NAME as usize;
	let mut plain: Vec<String> = Vec::with_capacity(names.len());
	for (index, name) in names.iter().enumerate() {
		let end = format!("#{index}");
		let line: String =
			one_line(name).chars().filter(|c| is_plain_line(c.to_string().as_bytes())).collect();
		let mut own = line[..line.floor_char_boundary(most)].to_owned();
		// There are fewer than ten: one of these is free.
		while own.is_empty() || plain.contains(&own) {
			own.truncate(own.floor_char_boundary(most - end.len()));
			own.push_str(&end);
		}
		plain.push(own);
	}
	plain
}

/// How to choose a tensor as the output, as it is typed.
pub fn advice(tensor: &str) -> String {
	typed("--output-tensor", tensor)
}

/// An option of the command with its value, as it is typed.
pub fn typed(option: &str, value: &str) -> String {
	let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:+@%=".contains(c);
	let word = match !value.is_empty() && value.chars().all(plain) {
		true => value.to_owned(),
		false => format!("'{}'", value.replace('\'', "'\\''")),
	};
	// A value that begins like an option stays one.
	let between = if value.starts_with('-') { '=' } else { ' ' };
	format!("{option}{between}{word}")
}
