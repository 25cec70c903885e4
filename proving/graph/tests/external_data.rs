//! Data beside the model are read, and nothing else.

use std::path::Path;

use crate::onnx::{Folder, Onnx};
use zkml_graph::import::{import, import_bytes, FloatGraph, ImportError};
use zkml_onnx::{Message, StringStringEntryProto, TensorProto};

/// `x + c`, with the data of `c` where these entries say.
fn model(entries: &[(&str, &str)]) -> Vec<u8> {
	let entry = |(key, value): &(&str, &str)| StringStringEntryProto {
		key: (*key).into(),
		value: (*value).into(),
	};
	let tensor = TensorProto {
		name: "c".into(),
		dims: vec![2],
		data_type: 1,
		data_location: 1,
		external_data: entries.iter().map(entry).collect(),
		..TensorProto::default()
	};
	Onnx::new(&[1, 2]).tensor(tensor).node("Add", &["c"], &[]).encoded(13)
}

/// A folder `models` within another, with the data in it.
fn place() -> (Folder, std::path::PathBuf) {
	let folder = Folder::new();
	let models = folder.file("models");
	std::fs::create_dir_all(models.join("below")).unwrap();
	let data: Vec<u8> = [0.0f32, 1.0, 2.0, 3.0].iter().flat_map(|v| v.to_le_bytes()).collect();
	for path in ["models/model.data", "models/below/model.data", "outside.data"] {
		std::fs::write(folder.file(path), &data).unwrap();
	}
	(folder, models)
}

fn read(models: &Path, entries: &[(&str, &str)]) -> Result<FloatGraph, ImportError> {
	let path = models.join("model.onnx");
	std::fs::write(&path, model(entries)).unwrap();
	import(&path, None)
}

#[track_caller]
fn refused(models: &Path, entries: &[(&str, &str)], words: &[&str]) {
	let error = read(models, entries).map(|graph| graph.ops).unwrap_err().to_string();
	for word in words {
		assert!(error.contains(word), "{word:?} not in {error:?}");
	}
	assert!(error.contains("tensor c"), "{error}");
}

#[test]
fn data_in_the_models_folder_are_read() {
	let (_folder, models) = place();
	let gives = |entries: &[(&str, &str)]| {
		let graph = read(&models, entries).unwrap();
		graph.evaluate(&[10.0, 20.0])[graph.outputs[0].value].clone()
	};
	let all = [("location", "model.data"), ("offset", "8"), ("length", "8")];
	assert_eq!(gives(&all), [12.0, 23.0]);
	assert_eq!(gives(&[("location", "model.data"), ("length", "8")]), [10.0, 21.0]);
	assert_eq!(gives(&[("location", "./below/model.data"), ("offset", "8")]), [12.0, 23.0]);
	let sum = [("location", "model.data"), ("offset", "8"), ("checksum", "0123")];
	assert_eq!(gives(&sum), [12.0, 23.0]);
}

#[test]
fn nothing_outside_of_the_folder_is_read() {
	let (folder, models) = place();
	let inside = "a file inside of the model's folder";
	let outside = folder.file("outside.data");
	for location in ["../outside.data", "below/../../outside.data", "", outside.to_str().unwrap()] {
		refused(&models, &[("location", location), ("offset", "8")], &[inside, location]);
	}
	refused(&models, &[("location", "..\\outside.data"), ("offset", "8")], &[inside]);
	#[cfg(unix)]
	{
		std::os::unix::fs::symlink(&outside, models.join("link.data")).unwrap();
		refused(&models, &[("location", "link.data"), ("offset", "8")], &[inside, "link.data"]);
		std::os::unix::fs::symlink(&folder.0, models.join("up")).unwrap();
		refused(&models, &[("location", "up/outside.data"), ("offset", "8")], &[inside]);
		// A link to what is inside is none out of it.
		let own = models.join("model.data");
		std::os::unix::fs::symlink(own, models.join("own.data")).unwrap();
		read(&models, &[("location", "own.data"), ("offset", "8")]).unwrap();
	}
}

#[test]
fn what_is_missing_or_does_not_fit_is_named() {
	let (_folder, models) = place();
	refused(&models, &[("location", "nowhere.data")], &["nowhere.data", "No such file"]);
	refused(&models, &[("location", "below")], &["a file at", "something else"]);
	refused(&models, &[], &["a location of its data", "none"]);
	let at = |offset, length| [("location", "model.data"), ("offset", offset), ("length", length)];
	refused(&models, &at("12", "8"), &["8 bytes from 12 on", "model.data", "16 in all"]);
	refused(&models, &at("18446744073709551615", "8"), &["bytes from 18446744073709551615 on"]);
	refused(&models, &at("0", "18446744073709551615"), &["18446744073709551615 bytes from 0 on"]);
	refused(&models, &at("-8", "8"), &["a number of bytes as offset", "-8"]);
	refused(&models, &at("0", "12"), &["as many bytes as its shape has", "12"]);
	refused(&models, &at("0", "7"), &["as many bytes as its shape has", "7"]);
	refused(&models, &[("location", "model.data"), ("basepath", "/")], &["basepath too"]);
	let twice = [("location", "model.data"), ("location", "model.data")];
	refused(&models, &twice, &["one location"]);
}

#[test]
fn a_model_without_a_folder_says_how_to_have_all_in_one_file() {
	let bytes = model(&[("location", "model.data")]);
	let error = import_bytes(Path::new("sub/model.onnx"), &bytes, None).map(|graph| graph.ops);
	let expected =
		"tensor c: expected data inside the model, got data in another file, model.data: \
		put all into one by python3 -c \"import onnx; onnx.save(onnx.load('sub/model.onnx'), \
		'inline.onnx')\"";
	assert_eq!(error.unwrap_err().to_string(), expected);
}

#[test]
fn data_are_inside_or_outside_and_of_one_part() {
	let tensor = |change: fn(&mut TensorProto)| {
		let raw_data = vec![0; 8];
		let mut tensor = TensorProto {
			name: "c".into(),
			dims: vec![2],
			data_type: 1,
			raw_data,
			..Default::default()
		};
		change(&mut tensor);
		let model = Onnx::new(&[1, 2]).tensor(tensor).node("Add", &["c"], &[]);
		let model = model.model(&[("", 13)]).encode_to_vec();
		import_bytes(Path::new("x"), &model, None).map(|graph| graph.ops)
	};
	tensor(|_| {}).unwrap();
	let both = tensor(|tensor| tensor.data_location = 1).unwrap_err().to_string();
	assert!(both.contains("data inside or outside, got both"), "{both}");
	let other = tensor(|tensor| tensor.data_location = 2).unwrap_err().to_string();
	assert!(other.contains("location 2"), "{other}");
}
