//! Constants of every type, and what else a graph may hold.

use crate::onnx::{float, gives, imported, says, text, texts, Onnx};
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
	for (number, name) in [(24, "FLOAT8E8M0"), (27, "FLOAT6E2M3"), (99, "unknown")] {
		refused(sum(raw("c", number, &[1], &[1])), 13, &["tensor c", name]);
	}
	let codes = |data_type, dims: i64, bytes: &[u8]| {
		let zeros = vec![0.0; dims as usize];
		gives(sum(raw("c", data_type, &[dims], bytes)), 13, &zeros)
	};
	// E4M3: 1, 448, the smallest, and -0.5.
	assert_eq!(codes(17, 4, &[0x38, 0x7e, 0x01, 0xb0]), [1.0, 448.0, (-9f32).exp2(), -0.5]);
	assert_eq!(codes(18, 3, &[0x40, 0x7f, 0xc0]), [1.0, 240.0, -1.0]);
	assert_eq!(codes(19, 3, &[0x3c, 0x7b, 0xc0]), [1.0, 57344.0, -2.0]);
	assert_eq!(codes(20, 2, &[0x40, 0xc4]), [1.0, -2.0]);
	// E2M1, the lower half of a byte first.
	assert_eq!(codes(23, 3, &[0x71, 0x0a]), [0.5, 6.0, -1.0]);
	// Four to a byte.
	assert_eq!(codes(25, 5, &[0b11_10_01_00, 0b10]), [0.0, 1.0, 2.0, 3.0, 2.0]);
	assert_eq!(codes(26, 4, &[0b11_10_01_00]), [0.0, 1.0, -2.0, -1.0]);
	refused(sum(raw("c", 17, &[1], &[0x7f])), 13, &["finite", "NaN"]);
	refused(sum(raw("c", 25, &[5], &[0])), 13, &["bytes"]);
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
	for (number, name) in [(8, "STRING"), (14, "COMPLEX64"), (0, "UNDEFINED")] {
		let words = "FLOAT, DOUBLE, FLOAT16, BFLOAT16, BOOL or integers";
		says(imported(&of_type(number)), &[words, name]);
	}
	for number in [9, 11, 16] {
		imported(&of_type(number)).unwrap();
	}
	imported(&of_type(7)).unwrap();
	// They would begin again from the other end.
	says(imported(&of_type(3)), &["Relu", "integers of up to 16 bits without a Cast to FLOAT"]);
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
