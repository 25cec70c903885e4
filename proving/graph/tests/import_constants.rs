//! Constants of every type, and what else a graph may hold.

#[path = "common/onnx.rs"]
mod onnx;

use onnx::{float, gives, imported, says, text, texts, Onnx};
use zkml_onnx::{
	type_proto::Value, AttributeProto, Message, ModelProto, TensorAnnotation, TensorProto,
};

#[track_caller]
fn refused(model: Onnx, set: i64, words: &[&str]) {
	says(imported(&model.encoded(set)), words);
}

/// A tensor of a type in raw bytes.
fn raw(name: &str, data_type: i32, dims: &[i64], raw_data: &[u8]) -> TensorProto {
	let (name, dims, raw_data) = (name.into(), dims.to_vec(), raw_data.to_vec());
	TensorProto { name, dims, data_type, raw_data, ..TensorProto::default() }
}

/// `x + c` of one row.
fn sum(tensor: TensorProto) -> Onnx {
	let width = tensor.dims.iter().product();
	Onnx::new(&[1, width]).tensor(tensor).node("Add", &["c"], &[])
}

#[test]
fn constants_of_every_type_are_read_or_named() {
	let halves = |data_type| raw("c", data_type, &[3], &[0x7f, 0x08]);
	let dequantised = |data_type| {
		Onnx::new(&[1, 3])
			.tensor(halves(data_type))
			.scalar("s", 1.0)
			.step("DequantizeLinear", &["c", "s"], &["d"], &[])
			.step("Add", &["x", "d"], &["y"], &[])
	};
	// The lower half of a byte first.
	assert_eq!(gives(dequantised(21), 21, &[0.0; 3]), [15.0, 7.0, 8.0]);
	assert_eq!(gives(dequantised(22), 21, &[0.0; 3]), [-1.0, 7.0, -8.0]);
	for (number, name) in [
		(17, "FLOAT8E4M3FN"),
		(20, "FLOAT8E5M2FNUZ"),
		(23, "FLOAT4E2M1"),
		(24, "FLOAT8E8M0"),
		(25, "UINT2"),
		(99, "unknown"),
	] {
		refused(sum(raw("c", number, &[1], &[1])), 13, &["tensor c", name]);
	}
	refused(sum(raw("c", 14, &[1], &[0; 8])), 13, &["tensor c", "COMPLEX64"]);
	assert_eq!(gives(sum(raw("c", 16, &[1], &[0x80, 0x3f])), 13, &[0.0]), [1.0]);
	let double = |value: f64| sum(raw("c", 11, &[1], &value.to_le_bytes()));
	assert_eq!(gives(double(0.5), 13, &[0.0]), [0.5]);
	refused(double(1e300), 13, &["tensor c", "32 bits", "DOUBLE"]);
	refused(double(1e-300), 13, &["tensor c", "32 bits", "DOUBLE"]);
	refused(double(f64::NAN), 13, &["finite", "NaN"]);
	let unsigned = |value: u64| sum(raw("c", 13, &[1], &value.to_le_bytes()));
	assert_eq!(gives(unsigned(7), 13, &[0.0]), [7.0]);
	refused(unsigned(u64::MAX), 13, &["tensor c", "below 2^63"]);
	let signed = |value: i64| sum(raw("c", 7, &[1], &value.to_le_bytes()));
	assert_eq!(gives(signed(1 << 30), 13, &[0.0]), [(1 << 30) as f32]);
	refused(signed((1 << 24) + 1), 13, &["integers in c that floats do not hold"]);
	let typed = TensorProto { int32_data: vec![300], ..raw("c", 2, &[1], &[]) };
	refused(sum(typed), 13, &["tensor c", "values of its type", "300"]);
	let both = TensorProto { float_data: vec![1.0], ..raw("c", 1, &[1], &[0, 0, 0, 0]) };
	refused(sum(both), 13, &["tensor c", "values in one form", "several"]);
}

/// A file with a change.
fn changed(model: Onnx, change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
	let mut model = model.model(&[("", 13)]);
	change(&mut model);
	model.encode_to_vec()
}

#[test]
fn what_else_a_graph_may_hold_is_looked_at() {
	let model = || sum(raw("c", 1, &[2], &[0; 8]));
	let twice = changed(model(), |model| {
		let graph = model.graph.as_mut().unwrap();
		graph.initializer.push(graph.initializer[0].clone());
	});
	says(imported(&twice), &["tensor c", "one constant of its name", "two"]);
	let annotated = changed(model(), |model| {
		let tensor_name = "c".into();
		let annotation = TensorAnnotation { tensor_name, ..TensorAnnotation::default() };
		model.graph.as_mut().unwrap().quantization_annotation.push(annotation);
	});
	says(imported(&annotated), &["tensor c", "quantization_annotation"]);
	let listed = changed(model(), |model| {
		let graph = model.graph.as_mut().unwrap();
		let mut input = graph.input[0].clone();
		input.name = "c".into();
		graph.input.push(input);
	});
	imported(&listed).unwrap();
	let of_type = |number: i32| {
		changed(Onnx::new(&[1, 2]).node("Relu", &[], &[]), |model| {
			let input = &mut model.graph.as_mut().unwrap().input[0];
			match input.r#type.as_mut().unwrap().value.as_mut().unwrap() {
				Value::TensorType(tensor) => tensor.elem_type = number,
				other => panic!("{other:?}"),
			}
		})
	};
	for (number, name) in [(9, "BOOL"), (8, "STRING"), (16, "BFLOAT16"), (0, "UNDEFINED")] {
		says(imported(&of_type(number)), &["FLOAT, DOUBLE, FLOAT16 or integers", name]);
	}
	imported(&of_type(11)).unwrap();
	// Integers would be divided and cut as integers.
	says(imported(&of_type(7)), &["Relu", "integers without a Cast to FLOAT"]);
	let constant = |attribute: AttributeProto| {
		Onnx::new(&[1, 2]).step("Constant", &[], &["c"], &[attribute]).step(
			"Add",
			&["x", "c"],
			&["y"],
			&[],
		)
	};
	refused(constant(text("value_string", "a")), 13, &["no attribute value_string"]);
	refused(constant(texts("value_strings", &["a"])), 13, &["no attribute value_strings"]);
	assert_eq!(gives(constant(float("value_float", 2.0)), 13, &[1.0, 2.0]), [3.0, 4.0]);
}
