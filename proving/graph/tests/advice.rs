//! The table *What to change if it does not work* of `docs/will-my-model-work.md`: what a model is refused with is
//! what the page quotes, and what the page advises is taken.

use std::collections::BTreeMap;

use crate::onnx::{floats, imported, int, ints, randoms, text, texts, Folder, Onnx};
use zkml_graph::{
	import::{import_sized, Sizes},
	quantize, CompileError, CompileOptions, InputOptions, InputRange, Quantized, Widths,
};

const PAGE: &str = include_str!("../../../docs/will-my-model-work.md");

fn options(min: f32, max: f32) -> CompileOptions {
	CompileOptions { input: vec![InputRange { min, max }], ..CompileOptions::default() }
}

fn compiled(model: Onnx, options: &CompileOptions) -> Result<Quantized, CompileError> {
	quantize(&imported(&model.encoded(20))?, options)
}

/// Panics unless a model is refused with words that the page has.
#[track_caller]
fn refused(model: Onnx, options: &CompileOptions, words: &str) {
	let message = match compiled(model, options) {
		Ok(_) => panic!("expected {words:?}, got a model"),
		Err(error) => error.to_string(),
	};
	assert!(message.contains(words), "{message}");
	assert!(PAGE.contains(&format!("`{words}`")), "not on the page: {words}");
}

#[track_caller]
fn taken(model: Onnx, options: &CompileOptions) {
	if let Err(error) = compiled(model, options) {
		panic!("{error}");
	}
}

fn x() -> Onnx {
	Onnx::new(&[1, 4])
}

#[test]
fn an_operator_of_a_vendor_is_to_be_exported_as_onnx_s_own() {
	let own = x().step("com.acme:Gelu", &["x"], &["y"], &[]);
	refused(own, &options(-1.0, 1.0), "expected operators that can be proved, got");
	taken(x().step("Gelu", &["x"], &["y"], &[]), &options(-1.0, 1.0));
}

#[test]
fn what_draws_at_random_is_exported_in_evaluation_mode() {
	let training = x().scalar("share", 0.5).truth("on", true);
	let training = training.step("Dropout", &["x", "share", "on"], &["y"], &[]);
	refused(training, &options(-1.0, 1.0), "(export in evaluation mode)");
	taken(x().step("Dropout", &["x"], &["y"], &[]), &options(-1.0, 1.0));
}

#[test]
fn a_dimension_with_a_name_gets_its_size_by_that() {
	let open = Onnx::new(&[1, -1]).node("Relu", &[], &[]);
	refused(open.clone(), &options(-1.0, 1.0), "expected an input of fixed shape");
	let folder = Folder::new();
	let path = folder.file("open.onnx");
	open.save(&path);
	let sizes = Sizes { batch: None, named: BTreeMap::from([("batch".into(), 4)]) };
	let graph = import_sized(&path, None, &sizes).unwrap();
	assert_eq!(graph.inputs[0].dims, [1, 4]);
}

#[test]
fn indices_are_to_be_known_beforehand() {
	let slice = |model: Onnx| model.ints("end", &[4]).ints("axis", &[1]);
	let slice = |model| slice(model).step("Slice", &["x", "from", "end", "axis"], &["y"], &[]);
	let computed = slice(x().input("from", &[1], 7));
	refused(computed, &options(-1.0, 1.0), "as a constant, got a computed value");
	taken(slice(x().ints("from", &[2])), &options(-1.0, 1.0));
}

#[test]
fn lengths_of_rows_are_known_beforehand_and_computed_weights_have_a_cell() {
	let words = "as a constant, got a computed value";
	let size = options(-1.0, 1.0);
	let rows = || Onnx::new(&[3, 2, 4]).floats("r", &[1, 4, 4], &randoms(8, 16));
	let fixed = || rows().floats("w", &[1, 4, 4], &randoms(7, 16));
	let net = |model: Onnx| model.step("RNN", &["x", "w", "r", "", "lens"], &["y"], &[]);
	refused(net(fixed().input("lens", &[2], 6)), &size, words);
	taken(net(fixed().words("lens", &[3, 1])), &size);
	refused(net(rows().input("w", &[1, 4, 4], 1).words("lens", &[3, 1])), &size, words);
	let cell = x().input("w", &[4, 4], 1);
	let cell = cell.step("MatMul", &["x", "w"], &["a"], &[]).step("Tanh", &["a"], &["h"], &[]);
	let cell = cell.step("MatMul", &["h", "w"], &["b"], &[]);
	taken(cell.step("Add", &["b", "x"], &["s"], &[]).step("Tanh", &["s"], &["y"], &[]), &size);
}

#[test]
fn a_pole_is_kept_away_by_a_clip_or_by_the_range() {
	let clipped = || x().scalar("least", 0.01).step("Clip", &["x", "least"], &["c"], &[]);
	for (operator, words) in [
		("Log", "expected a finite value of"),
		("Reciprocal", "expected a divisor that is never 0"),
	] {
		let bare = x().step(operator, &["x"], &["y"], &[]);
		refused(bare.clone(), &options(-1.0, 1.0), words);
		taken(bare, &options(0.5, 1.0));
		taken(clipped().step(operator, &["c"], &["y"], &[]), &options(-1.0, 1.0));
	}
}

#[test]
fn a_mask_of_integers_is_declared_as_0_and_1_or_not_at_all() {
	let model = || {
		x().input("m", &[1, 4], 7)
			.scalar("one", 1.0)
			.scalar("far", -1e4)
			.step("Cast", &["m"], &["f"], &[int("to", 1)])
			.step("Sub", &["one", "f"], &["l"], &[])
			.step("Mul", &["l", "far"], &["h"], &[])
			.step("Add", &["x", "h"], &["s"], &[])
			.step("Softmax", &["s"], &["y"], &[])
	};
	let of = |max: f32| {
		let ranges = vec![InputRange { min: 0.0, max }];
		let inputs = BTreeMap::from([("m".into(), InputOptions { ranges, step: None })]);
		CompileOptions { inputs, ..options(-1.0, 1.0) }
	};
	refused(model(), &of(9.0), "values from 0 to 1, of which the mask is made");
	taken(model(), &of(1.0));
	taken(model(), &options(-1.0, 1.0));
}

#[test]
fn an_exponential_of_much_is_made_smaller_before_or_cut_behind() {
	let bare = x().step("Exp", &["x"], &["y"], &[]);
	refused(
		bare.clone(),
		&options(0.0, 80.0),
		"scale of the output: expected a number from 2^-231 to 2^32",
	);
	let less = x()
		.step("ReduceMax", &["x"], &["most"], &[int("keepdims", 1), ints("axes", &[1])])
		.step("Sub", &["x", "most"], &["d"], &[])
		.step("Exp", &["d"], &["y"], &[]);
	let Ok(graph) = imported(&less.encoded(13)) else { panic!("expected a graph") };
	assert!(quantize(&graph, &options(0.0, 80.0)).is_ok());
	let clip = x().scalar("least", 0.0).scalar("most", 20.0);
	let clip = clip.step("Clip", &["x", "least", "most"], &["c"], &[]);
	taken(clip.step("Exp", &["c"], &["y"], &[]), &options(0.0, 80.0));
}

#[test]
fn what_is_off_by_more_than_is_allowed_gets_bits_by_itself_or_by_the_options() {
	let model = || x().floats("w", &[4, 3], &randoms(7, 12)).node("MatMul", &["w"], &[]);
	let widths = Widths { weight_bits: 3, ..CompileOptions::default().widths };
	let few = CompileOptions { widths, search: false, ..options(-1.0, 1.0) };
	refused(model(), &few, "of an element's span or size, got");
	taken(model(), &CompileOptions { search: true, ..few });
	taken(model(), &options(-1.0, 1.0));
}

#[test]
fn an_input_without_a_range_is_asked_for_one() {
	let model = || x().node("Relu", &[], &[]);
	let none = CompileOptions::default();
	refused(model(), &none, "input range: expected --input-min and --input-max");
	let samples = vec![vec![0.25, 0.5, -1.0, 2.0], vec![1.0; 4]];
	taken(model(), &CompileOptions { samples, ..none });
}

#[test]
fn outputs_that_depend_on_no_input_have_nothing_to_prove() {
	let model = x().floats("c", &[2], &[1.0, 2.0]).step("Identity", &["c"], &["y"], &[]);
	let words = "expected outputs that depend on an input, got none";
	refused(model, &options(-1.0, 1.0), words);
}

#[test]
fn words_are_numbered_before_the_model() {
	let encoder = [texts("keys_strings", &["a", "b"]), floats("values_floats", &[0.5, 1.5])];
	let model = x().step("ai.onnx.ml:LabelEncoder", &["x"], &["e"], &encoder);
	refused(model.step("Relu", &["e"], &["y"], &[]), &options(-1.0, 1.0), "words are no inputs");
	taken(x().step("Relu", &["x"], &["y"], &[]), &options(-1.0, 1.0));
}

#[test]
fn a_label_that_is_the_number_of_a_class_has_no_other_labels() {
	let model = |classes: &[i64]| {
		let numbers = [floats("coefficients", &randoms(7, 12)), floats("intercepts", &[0.0; 3])];
		let attributes = [&numbers[..], &[ints("classlabels_ints", classes)]].concat();
		x().step("ai.onnx.ml:LinearClassifier", &["x"], &["y", "s"], &attributes)
	};
	let labels = ["a", "b", "c"].map(String::from).to_vec();
	let named = CompileOptions { labels, ..options(-1.0, 1.0) };
	refused(model(&[1, 2, 3]), &named, "is the number of a class itself, not its index");
	taken(model(&[1, 2, 3]), &options(-1.0, 1.0));
	taken(model(&[0, 1, 2]), &named);
}

#[test]
fn rows_of_negative_numbers_are_not_divided_by_their_largest() {
	let norm = |model: Onnx, of: &str| {
		model.step("ai.onnx.ml:Normalizer", &[of], &["y"], &[text("norm", "MAX")])
	};
	refused(norm(x(), "x"), &options(-1.0, 1.0), "values of 0 or more");
	taken(norm(x(), "x"), &options(0.0, 1.0));
	taken(norm(x().step("Relu", &["x"], &["r"], &[]), "r"), &options(-1.0, 1.0));
}
