//! Hostile attributes and operands of operators by composition.

use crate::onnx::{self, floats, gives, imported, int, ints, says, text, texts, Onnx};
use zkml_graph::import::{import_sized, ImportError, Sizes};

#[track_caller]
fn refused(model: Onnx, set: i64, words: &[&str]) {
	says(imported(&model.encoded(set)), words);
}

#[test]
fn equations_that_say_nothing_are_refused() {
	let model = |equation: &str| {
		Onnx::new(&[2, 3]).floats("c", &[3, 2], &[1.0; 6]).step(
			"Einsum",
			&["x", "c"],
			&["y"],
			&[text("equation", equation)],
		)
	};
	for (equation, words) in [
		("ij->i", "an equation of 2 terms"),
		("ij,jk,kl->il", "an equation of 2 terms"),
		("ij,j->i", "a letter for each dimension"),
		("i1,1k->ik", "letters"),
		("ij,jk->ix", "different letters of the terms"),
		("ij,jk->ii", "different letters of the terms"),
		("ij,ik->jk", "one size for each letter"),
		("......ij,jk->ik", "letters"),
		("->", "an equation of 2 terms"),
		("", "an equation of 2 terms"),
	] {
		refused(model(equation), 13, &["Einsum", words]);
	}
	assert_eq!(gives(model(" i j , j k -> k "), 13, &[1.0; 6]), [6.0, 6.0]);
}

#[test]
fn what_has_no_quotient_is_refused() {
	let model =
		|op: &str, divisor: f32| Onnx::new(&[1, 2]).scalar("c", divisor).node(op, &["c"], &[]);
	refused(model("Mod", 0.0), 13, &["divisors that are not 0"]);
	refused(model("Mod", f32::NAN), 13, &["divisors that are not 0"]);
	let whole =
		|divisor: i64| {
			Onnx::new(&[1, 2])
				.step("Cast", &["x"], &["i"], &[int("to", 7)])
				.ints("c", &[divisor])
				.step("Div", &["i", "c"], &["y"], &[])
		};
	refused(whole(0), 13, &["divisors that are not 0"]);
	assert_eq!(gives(whole(49), 13, &[49.0, -50.0]), [1.0, -1.0]);
	assert_eq!(gives(whole(-7), 13, &[48.5, -50.0]), [-6.0, 7.0]);
}

#[test]
fn a_zero_of_a_shape_is_the_size_there_was_or_a_tensor_without_elements() {
	let model = |zero: i64| {
		Onnx::new(&[2, 3]).ints("s", &[0, 3]).node("Reshape", &["s"], &[int("allowzero", zero)])
	};
	let kept = imported(&model(0).encoded(14)).unwrap();
	assert_eq!(kept.outputs[0].dims, [2, 3]);
	refused(model(1), 14, &["Reshape", "a shape of 6 elements", "[0, 3]"]);
}

#[test]
fn integers_that_would_begin_again_are_refused() {
	// INT8, INT16 and their like as inputs.
	for kind in [2, 3, 4, 5] {
		let model = Onnx::new(&[1]).input("i", &[2], kind).step("Add", &["i", "i"], &["y"], &[]);
		refused(model, 13, &["up to 16 bits"]);
	}
	let casts = |to: i64| Onnx::new(&[1, 2]).step("Cast", &["x"], &["y"], &[int("to", to)]);
	for to in [2, 3, 4, 5, 12, 13] {
		refused(casts(to), 13, &["Cast", "INT32 or INT64"]);
	}
	assert_eq!(gives(casts(6), 13, &[1.75, -1.75]), [1.0, -1.0]);
	assert_eq!(gives(casts(9), 13, &[0.0, -0.25]), [0.0, 1.0]);
}

#[test]
fn a_mask_that_leaves_nothing_is_refused() {
	let masked =
		|mask: &[f32]| {
			Onnx::new(&[2, 2])
				.floats("m", &[2, 2], mask)
				.step("Add", &["x", "m"], &["s"], &[])
				.step("Softmax", &["s"], &["y"], &[])
		};
	let hidden = f32::NEG_INFINITY;
	assert_eq!(gives(masked(&[0.0, hidden, hidden, 0.0]), 13, &[1.0; 4]), [1.0, 0.0, 0.0, 1.0]);
	refused(masked(&[hidden, hidden, 0.0, 0.0]), 13, &["a row in which all is masked"]);
	let sum = Onnx::new(&[1, 2]).floats("m", &[2], &[0.0, hidden]).node("Add", &["m"], &[]);
	refused(sum.node("Relu", &[], &[]), 13, &["minus infinity"]);
	let best = Onnx::new(&[1, 2]).floats("m", &[2], &[0.0, hidden]).node("Add", &["m"], &[]);
	refused(best.node("ArgMax", &[], &[int("axis", 1)]), 13, &["minus infinity"]);
}

#[test]
fn scales_of_blocks_have_to_fit() {
	let model = |dims: &[i64], block: i64| {
		let count = dims.iter().product::<i64>() as usize;
		Onnx::new(&[2, 4])
			.floats("s", dims, &vec![0.5; count])
			.step(
				"QuantizeLinear",
				&["x", "s"],
				&["q"],
				&[int("axis", 1), int("block_size", block)],
			)
			.step(
				"DequantizeLinear",
				&["q", "s"],
				&["y"],
				&[int("axis", 1), int("block_size", block)],
			)
	};
	assert_eq!(gives(model(&[2, 2], 2), 21, &[1.0; 8]), [1.0; 8]);
	for (dims, block) in
		[(&[2, 3][..], 2), (&[2, 2], -2), (&[2, 2], 0), (&[4], 2), (&[2, 2], i64::MIN)]
	{
		refused(model(dims, block), 21, &["scales"]);
	}
}

#[test]
fn encoders_and_machines_of_unlike_lists_are_refused() {
	let encoder = |keys: &[i64], values: &[f32]| {
		Onnx::new(&[1, 2]).step("Cast", &["x"], &["i"], &[int("to", 7)]).step(
			"ai.onnx.ml:LabelEncoder",
			&["i"],
			&["y"],
			&[ints("keys_int64s", keys), floats("values_floats", values)],
		)
	};
	assert_eq!(gives(encoder(&[1, 4], &[0.5, 2.0]), 13, &[4.0, 7.0]), [2.0, 0.0]);
	refused(encoder(&[1, 4], &[0.5]), 13, &["2 keys and 1 values"]);
	refused(encoder(&[1, 1], &[0.5, 1.0]), 13, &["different keys"]);
	refused(encoder(&[1], &[f32::NAN]), 13, &["finite keys and values"]);
	let words = Onnx::new(&[1, 2]).step(
		"ai.onnx.ml:LabelEncoder",
		&["x"],
		&["y"],
		&[texts("keys_strings", &["a"]), floats("values_floats", &[1.0])],
	);
	refused(words, 13, &["words are no inputs", "number them before the model"]);
	let machine = |supports: i64, vectors: usize| {
		Onnx::new(&[1, 2]).step(
			"ai.onnx.ml:SVMRegressor",
			&["x"],
			&["y"],
			&[
				floats("coefficients", &[1.0, 2.0]),
				floats("rho", &[0.5]),
				int("n_supports", supports),
				floats("support_vectors", &vec![1.0; vectors]),
			],
		)
	};
	assert_eq!(gives(machine(2, 4), 13, &[1.0, 1.0]), [6.5]);
	for (supports, vectors) in [(2, 3), (3, 4), (-1, 4), (2, 0)] {
		refused(machine(supports, vectors), 13, &["SVMRegressor", "support vectors"]);
	}
	let depth = |depth: f32| {
		Onnx::new(&[2]).scalar("d", depth).floats("v", &[2], &[0.0, 1.0]).step(
			"OneHot",
			&["x", "d", "v"],
			&["y"],
			&[],
		)
	};
	for bad in [0.0, -1.0, 1e9, f32::NAN] {
		refused(depth(bad), 13, &["a depth of 1 to 65535"]);
	}
	assert_eq!(gives(depth(2.0), 13, &[1.0, -2.0]), [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn what_has_no_meaning_is_refused_with_what_to_do_instead() {
	for (op, words) in [
		("Bernoulli", "evaluation mode"),
		("NonMaxSuppression", "choose the tensors before it"),
		("SequenceConstruct", "use Split and Concat"),
		("BitCast", "use Cast"),
	] {
		refused(Onnx::new(&[1, 2]).node(op, &[], &[]), 18, &[op, words]);
	}
}

#[test]
fn open_dimensions_have_the_sizes_that_are_asked_for() {
	let bytes = Onnx::new(&[-1, 2]).node("Relu", &[], &[]).encoded(13);
	let folder = onnx::Folder::new();
	let path = folder.file("open.onnx");
	std::fs::write(&path, bytes).unwrap();
	let dims = |sizes: &Sizes| {
		let graph = import_sized(&path, None, sizes)?;
		Ok::<_, ImportError>(graph.inputs[0].dims.clone())
	};
	assert_eq!(dims(&Sizes::default()).unwrap(), [1, 2]);
	let batch = |batch| Sizes { batch: Some(batch), ..Sizes::default() };
	assert_eq!(dims(&batch(3)).unwrap(), [3, 2]);
	let named = |name: &str, size| {
		let named = [(name.to_owned(), size)].into();
		Sizes { named, ..batch(3) }
	};
	assert_eq!(dims(&named("batch", 5)).unwrap(), [5, 2]);
	for (sizes, words) in [
		(batch(0), "sizes of 1 to"),
		(batch(u32::MAX), "sizes of 1 to"),
		(named("length", 5), "sizes of dimensions of the inputs (batch), got length"),
	] {
		let error = dims(&sizes).unwrap_err().to_string();
		assert!(error.contains(words), "{error}");
	}
}
