//! What classes are called: labels are what ONNX Runtime gives, as floats and as integers.

use std::path::Path;

use crate::{
	corpus,
	onnx::{floats, gives, imported, int, ints, says, text, texts, Onnx},
};
use zkml_graph::{
	evaluate::evaluate, import::import_bytes, quantize, quantize_inputs, CompileError,
	CompileOptions, InputRange, Quantized,
};
use zkml_onnx::{AttributeProto, TensorProto};
use zkml_primitives::{Scales, Visibility};

fn options(min: f32) -> CompileOptions {
	CompileOptions { input: vec![InputRange { min, max: 3.0 }], ..CompileOptions::default() }
}

/// A linear classifier of two features whose third class has the largest score below both axes.
fn linear(names: &[AttributeProto]) -> Onnx {
	let numbers = [
		floats("coefficients", &[1.0, 0.0, 0.0, 1.0, -1.0, -1.0]),
		floats("intercepts", &[0.0; 3]),
	];
	let attributes = [&numbers, names].concat();
	Onnx::new(&[1, 2]).step("ai.onnx.ml:LinearClassifier", &["x"], &["label", "s"], &attributes)
}

fn label(names: &[AttributeProto]) -> Vec<u8> {
	linear(names).output("label", 7).encoded(13)
}

fn both(names: &[AttributeProto]) -> Vec<u8> {
	linear(names).output("s", 1).output("label", 7).encoded(13)
}

#[test]
fn names_of_classes_are_those_of_onnx_runtime() {
	let mut wrong = Vec::new();
	for case in corpus::classes() {
		let allowed = if case.family == "norms" { 1e-6 } else { 0.0 };
		if let Some(what) = case.wrong_by(allowed) {
			wrong.push(format!("{} {}: {what}", case.family, case.name));
		}
	}
	assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_integer_of_a_label_is_the_number_of_its_class() {
	let mut private = 0;
	for case in corpus::classes() {
		let labels = ["classifiers", "taken"].contains(&case.family.as_str());
		let whole = !case.name.contains("floats") || case.name.contains("as floats");
		if !labels || !whole {
			continue;
		}
		let graph = case.graph().unwrap();
		for visibility in [Visibility::Public, Visibility::Private] {
			// What few weight bits leave of kernels is another matter.
			if visibility == Visibility::Private && case.name.starts_with("machine") {
				continue;
			}
			let samples = case.answers.iter().map(|(x, _)| x.clone()).collect();
			let made = CompileOptions { visibility, samples, ..options(-2.0) };
			let made = quantize(&graph, &made);
			let made = match made {
				// Trees have thresholds, and sides of 0 are such, too.
				Err(CompileError::Option { option: "visibility", .. })
					if visibility == Visibility::Private =>
				{
					continue
				}
				Err(error) => panic!("{}: {error}", case.name),
				Ok(made) => made,
			};
			private += usize::from(visibility == Visibility::Private);
			let Quantized { graph, parameters, report, .. } = made;
			assert!(report.outputs[0].labelled, "{}", case.name);
			let spec = &graph.outputs[0].info.tensor;
			assert_eq!(spec.scales, Scales::ONE, "{}", case.name);
			for (x, answer) in &case.answers {
				let integers = quantize_inputs(&graph.inputs, std::slice::from_ref(x)).unwrap();
				let trace = evaluate(&graph, &parameters, &integers).unwrap();
				let got = trace.outputs(&graph).swap_remove(0);
				let got: Vec<f32> = got.into_iter().map(|value| value as f32).collect();
				assert_eq!(got, *answer, "{} of {x:?}, {visibility:?}", case.name);
			}
		}
	}
	assert!(private > 40, "{private} private models");
}

/// As integers of any size that 32-bit floats tell from their neighbours.
#[test]
fn integers_in_place_of_others_are_exact() {
	let cases = corpus::classes().into_iter();
	for case in cases.filter(|case| case.name.starts_with("integers to integers")) {
		let graph = case.graph().unwrap();
		let input = vec![InputRange { min: -2.0, max: 2.9 }];
		let options = CompileOptions { input, input_step: Some(0.125), ..Default::default() };
		let Quantized { graph, parameters, .. } = quantize(&graph, &options).unwrap();
		assert_eq!(graph.outputs[0].info.tensor.scales, Scales::ONE, "{}", case.name);
		for (x, answer) in &case.answers {
			let integers = quantize_inputs(&graph.inputs, std::slice::from_ref(x)).unwrap();
			// To a step, so that what is cut off may be another number near the next one.
			let near = |x: &f32| (x - x.round()).abs() < 0.07;
			if x.iter().any(near) {
				continue;
			}
			let trace = evaluate(&graph, &parameters, &integers).unwrap();
			let got = trace.outputs(&graph).swap_remove(0);
			let got: Vec<f32> = got.into_iter().map(|value| value as f32).collect();
			assert_eq!(got, *answer, "{} of {x:?}", case.name);
		}
	}
}

#[test]
fn labels_are_for_indices_and_refused_of_numbers() {
	let named = |bytes: &[u8]| {
		let labels = ["a", "b", "c"].map(String::from).to_vec();
		let graph = import_bytes(Path::new("x"), bytes, ["s", "label"]).unwrap();
		quantize(&graph, &CompileOptions { labels, ..options(-3.0) })
	};
	let words = |words: &[&str]| both(&[texts("classlabels_strings", words)]);
	named(&words(&["owl", "cat", "dog"])).unwrap();
	named(&both(&[ints("classlabels_ints", &[0, 1, 2])])).unwrap();
	// The last ones are between the same ends as indices.
	for numbers in [[1, 2, 3], [10, 20, 30], [2, 1, 0], [1, 0, 2]] {
		let error = named(&both(&[ints("classlabels_ints", &numbers)])).unwrap_err().to_string();
		let words =
			"labels: expected none: label is the number of a class itself, not its index, got 3";
		assert_eq!(error, words);
	}
}

#[test]
fn classes_that_mean_nothing_are_refused_by_name() {
	let given = |numbers: &[i64]| imported(&label(&[ints("classlabels_ints", numbers)]));
	says(given(&[1, 1, 2]), &["different classes", "1 twice"]);
	says(given(&[5, i64::MIN, 5]), &["less than 16777216 apart", "-9223372036854775808"]);
	says(given(&[i64::MIN, 0, i64::MAX]), &["less than 16777216 apart"]);
	says(given(&[0, 1, i64::MAX]), &["less than 16777216 apart", "9223372036854775807"]);
	says(given(&[0, 1, 1 << 24]), &["less than 16777216 apart"]);
	says(given(&[-(1 << 23), 0, 1 << 23]), &["less than 16777216 apart"]);
	given(&[-(1 << 23), 0, (1 << 23) - 1]).unwrap();
	says(given(&[1, 2]), &["scores for 2 classes", "got 3"]);
	says(given(&[1, 2, 3, 4]), &["scores for 4 classes", "got 3"]);
	says(given(&[7]), &["two classes or more", "[7]"]);
	says(given(&[]), &["scores for 0 classes"]);
	let words = texts("classlabels_strings", &["a", "b", "c"]);
	let two = [ints("classlabels_ints", &[1, 2, 3]), words.clone()];
	says(imported(&label(&two)), &["classes as numbers or as words", "both"]);
	let other = [ints("classlabels_int64s", &[1, 2, 3])];
	says(imported(&label(&other)), &["LinearClassifier", "classlabels_int64s too"]);
	let empty = [ints("classlabels_ints", &[]), words];
	imported(&label(&empty)).unwrap();
}

/// A word stands as its index, which nothing else may take for the word itself.
#[test]
fn words_are_no_numbers() {
	let cast = |to: i64| {
		let words = texts("classlabels_strings", &["3", "4", "5"]);
		let model = linear(&[words]).step("Cast", &["label"], &["y"], &[int("to", to)]);
		imported(&model.output("y", 7).encoded(13))
	};
	for to in [1, 6, 7, 9] {
		says(cast(to), &["Cast", "LabelEncoder", "the word for a class"]);
	}
	cast(8).unwrap();
	let words = texts("classlabels_strings", &["3", "4", "5"]);
	let same = linear(&[words]).step("Equal", &["label", "label"], &["y"], &[]);
	says(imported(&same.output("y", 9).encoded(13)), &["Equal", "the word for a class"]);
}

#[test]
fn lists_of_names_are_of_as_many_as_there_are_classes() {
	let place = || Onnx::new(&[1, 3]).step("ArgMax", &["x"], &["p"], &[int("axis", 1)]);
	let taken = |op: &str, numbers: &[i64]| {
		let inputs = ["c", "p"];
		imported(&place().ints("c", numbers).step(op, &inputs, &["y"], &[]).encoded(13))
	};
	for op in ["ai.onnx.ml:ArrayFeatureExtractor", "Gather"] {
		says(taken(op, &[5, 6]), &["names of 3 classes", "got 2"]);
		taken(op, &[5, 6, 9, i64::MAX]).unwrap();
		says(taken(op, &[5, 6, i64::MAX]), &["less than 16777216 apart"]);
		// Floats have these, but no step that fits 16 bits does.
		let even = [1 << 25, (1 << 25) + 4, (1 << 25) + 8];
		says(taken(op, &even), &["less than 16777216 apart", "33554436"]);
	}
}

#[test]
fn encoders_of_unlike_types_are_refused_by_name() {
	let encoder = |attributes: &[AttributeProto]| {
		let model = Onnx::new(&[1, 2]).step("Cast", &["x"], &["i"], &[int("to", 7)]);
		imported(&model.step("ai.onnx.ml:LabelEncoder", &["i"], &["y"], attributes).encoded(13))
	};
	let (keys, values) = (ints("keys_int64s", &[1, 2]), ints("values_int64s", &[3, 4]));
	let words = |name: &str| texts(name, &["a", "b"]);
	let advice = "words are no inputs: number them before the model";
	says(encoder(&[words("keys_strings"), values.clone()]), &[advice]);
	says(encoder(&[keys.clone(), words("values_strings")]), &[advice]);
	says(encoder(&[keys.clone(), values.clone(), words("keys_strings")]), &["LabelEncoder"]);
	says(
		encoder(&[keys.clone(), values.clone(), floats("values_floats", &[1.0, 2.0])]),
		&["LabelEncoder", "values_floats"],
	);
	says(encoder(std::slice::from_ref(&keys)), &["2 keys and 0 values"]);
	says(encoder(&[ints("keys_int64s", &[1, 1]), values.clone()]), &["different keys"]);
	says(encoder(&[floats("keys_floats", &[0.0, -0.0]), values.clone()]), &["different keys"]);
	let far = ints("values_int64s", &[i64::MIN, i64::MAX]);
	says(encoder(&[keys, far]), &["numbers as values"]);
	let far = ints("values_int64s", &[0, 1 << 25]);
	says(encoder(&[ints("keys_int64s", &[1, 2]), far]), &["less than 33554432 apart"]);
	// Of a class there is one of each that is there.
	let behind = |attributes: &[AttributeProto]| {
		let model = linear(&[ints("classlabels_ints", &[4, 5, 9])]);
		let model = model.step("ai.onnx.ml:LabelEncoder", &["label"], &["y"], attributes);
		imported(&model.output("y", 7).encoded(13))
	};
	let keys = ints("keys_int64s", &[4, 9]);
	says(behind(&[words("keys_strings"), values.clone()]), &[advice]);
	let far = ints("values_int64s", &[0, 1 << 24]);
	says(behind(&[keys.clone(), far]), &["less than 16777216 apart"]);
	says(
		behind(&[keys.clone(), values.clone(), int("default_int64", i64::MAX)]),
		&["integers that floats hold"],
	);
	behind(&[keys, values]).unwrap();
}

/// From version 4 on they may be tensors.
#[test]
fn encoders_by_tensors_have_one_default_of_their_values_type() {
	let tensor = |name: &str, values: Tensor| {
		let mut t = TensorProto { dims: vec![1], ..TensorProto::default() };
		match values {
			Tensor::Floats(values) => (t.data_type, t.float_data) = (1, values.to_vec()),
			Tensor::Ints(values) => (t.data_type, t.int64_data) = (7, values.to_vec()),
			Tensor::Words(values) => {
				t.data_type = 8;
				t.string_data = values.iter().map(|word| word.as_bytes().to_vec()).collect();
			}
		}
		t.dims = vec![t.float_data.len().max(t.int64_data.len()).max(t.string_data.len()) as i64];
		AttributeProto { name: name.into(), r#type: 4, t: Some(t), ..AttributeProto::default() }
	};
	let keys = tensor("keys_tensor", Tensor::Ints(&[9, 4]));
	let encoded = |values: Tensor, default: Option<Tensor>| {
		let mut attributes = vec![keys.clone(), tensor("values_tensor", values)];
		attributes.extend(default.map(|default| tensor("default_tensor", default)));
		let model = linear(&[ints("classlabels_ints", &[4, 5, 9])]);
		let model = model.step("ai.onnx.ml:LabelEncoder", &["label"], &["y"], &attributes);
		imported(&model.output("y", 7).encoded_in(&[("", 13), ("ai.onnx.ml", 4)]))
	};
	let all = |values: Tensor, default: Tensor| {
		let graph = encoded(values, Some(default)).unwrap();
		[[2.0, 1.0], [1.0, 2.0], [-1.0, -1.0]]
			.map(|x| graph.evaluate(&x)[graph.outputs[0].value][0])
	};
	assert_eq!(all(Tensor::Ints(&[7, -3]), Tensor::Ints(&[8])), [-3.0, 8.0, 7.0]);
	assert_eq!(all(Tensor::Floats(&[0.5, 1.5]), Tensor::Floats(&[-2.5])), [1.5, -2.5, 0.5]);
	// As the index of the class, whatever it is called.
	assert_eq!(all(Tensor::Words(&["a", "b"]), Tensor::Words(&["c"])), [0.0, 1.0, 2.0]);
	let says_of = |values, default, words: &[&str]| says(encoded(values, Some(default)), words);
	let one = "a default of the type of the values";
	says_of(Tensor::Words(&["a", "b"]), Tensor::Ints(&[1]), &[one]);
	says_of(Tensor::Floats(&[0.5, 1.5]), Tensor::Words(&["a"]), &[one]);
	says_of(Tensor::Ints(&[7, -3]), Tensor::Ints(&[1, 2]), &["one default"]);
	says_of(Tensor::Ints(&[7, -3]), Tensor::Floats(&[]), &["one default"]);
	says_of(Tensor::Ints(&[7, -3]), Tensor::Floats(&[0.5]), &["a default that is an integer"]);
	says_of(Tensor::Ints(&[7]), Tensor::Ints(&[8]), &["2 keys and 1 values"]);
}

/// What a tensor of an attribute holds.
enum Tensor {
	Floats(&'static [f32]),
	Ints(&'static [i64]),
	Words(&'static [&'static str]),
}

/// The first version of `LabelEncoder` numbers words, and has words for numbers.
#[test]
fn the_oldest_encoder_has_a_word_for_each_place() {
	let sets = [("", 13), ("ai.onnx.ml", 1)];
	let words = texts("classes_strings", &["a", "b"]);
	let place = Onnx::new(&[1, 3]).step("ArgMax", &["x"], &["p"], &[int("axis", 1)]);
	let encoded = place.step("ai.onnx.ml:LabelEncoder", &["p"], &["w"], &[words]);
	let turned = |known: &[&str]| {
		let words = texts("classes_strings", known);
		let model = encoded.clone().step("ai.onnx.ml:LabelEncoder", &["w"], &["y"], &[words]);
		let graph = import_bytes(Path::new("x"), &model.encoded_in(&sets), Some("y")).unwrap();
		[[9.0, 0.0, 1.0], [0.0, 9.0, 1.0], [0.0, 1.0, 9.0]]
			.map(|x| graph.evaluate(&x)[graph.outputs[0].value][0])
	};
	assert_eq!(turned(&["b", "_Unused", "a"]), [2.0, 0.0, 1.0]);
	assert_eq!(turned(&["a"]), [0.0, -1.0, -1.0]);
}

#[test]
fn rows_are_divided_by_their_largest_where_none_is_negative() {
	let model = Onnx::new(&[2, 3]).step("ai.onnx.ml:Normalizer", &["x"], &["y"], &[]);
	let graph = imported(&model.encoded(13)).unwrap();
	let error = quantize(&graph, &options(-0.5)).unwrap_err().to_string();
	for words in ["values of 0 or more", "norm MAX; a Clip or Relu before it", "from -0.5 to 3"] {
		assert!(error.contains(words), "{error}");
	}
	let made = quantize(&graph, &options(0.0)).unwrap();
	let real = |x: &[f32]| {
		let integers = quantize_inputs(&made.graph.inputs, &[x.to_vec()]).unwrap();
		let trace = evaluate(&made.graph, &made.parameters, &integers).unwrap();
		let scale = made.graph.outputs[0].info.tensor.scale(0).unwrap();
		let unit = f64::from(scale.mantissa) * (-f64::from(scale.shift)).exp2();
		let values = trace.outputs(&made.graph).swap_remove(0);
		values.into_iter().map(|value| f64::from(value) * unit).collect::<Vec<_>>()
	};
	let row = [1.0, 2.0, 0.5, 0.0, 0.0, 0.0];
	for (got, expected) in real(&row).into_iter().zip([0.5, 1.0, 0.25, 0.0, 0.0, 0.0]) {
		assert!((got - expected).abs() < 0.01, "{got} for {expected}");
	}
	// With a Relu before it nothing is.
	let model = Onnx::new(&[1, 3]).step("Relu", &["x"], &["r"], &[]);
	let model = model.step("ai.onnx.ml:Normalizer", &["r"], &["y"], &[text("norm", "MAX")]);
	assert_eq!(gives(model, 13, &[-1.0, 4.0, 1.0]), [0.0, 1.0, 0.25]);
	// The largest is the largest all the same, but of negative ones the smallest was.
	let largest = Onnx::new(&[1, 3]).step("ai.onnx.ml:Normalizer", &["x"], &["n"], &[]).step(
		"ArgMax",
		&["n"],
		&["y"],
		&[int("axis", 1)],
	);
	let graph = imported(&largest.encoded(13)).unwrap();
	quantize(&graph, &options(0.0)).unwrap();
	let error = quantize(&graph, &options(-1.0)).unwrap_err().to_string();
	assert!(error.contains("values of 0 or more"), "{error}");
}
