//! Recurrences: states as ONNX defines them and ONNX Runtime computes them, and one table of a function for all of
//! their steps.

use std::collections::BTreeMap;

use crate::{
	corpus,
	onnx::{float, floats, imported, int, randoms, says, texts, Onnx},
};
use zkml_graph::{
	graph::{Lookup, Op},
	import::FloatOp,
	quantize, CompileOptions, InputRange, Quantized,
};
use zkml_onnx::AttributeProto;
use zkml_primitives::Visibility;

const STEPS: usize = 6;
const WIDTH: usize = 3;
const HIDDEN: usize = 4;

/// An operator, and whether a GRU's state is multiplied before it is reset.
#[derive(Clone, Copy, Debug)]
struct Kind {
	operator: &'static str,
	gates: usize,
	before: bool,
}

const LSTM: Kind = Kind { operator: "LSTM", gates: 4, before: false };
const KINDS: [Kind; 4] = [
	LSTM,
	Kind { operator: "RNN", gates: 1, before: false },
	Kind { operator: "GRU", gates: 3, before: false },
	Kind { operator: "GRU", gates: 3, before: true },
];

/// Weights of the input, of the state, and biases, of about the same sizes in every layer.
struct Weights([Vec<f32>; 3]);

impl Weights {
	fn new(kind: Kind, width: usize, seed: u64) -> Self {
		let rows = kind.gates * HIDDEN;
		let some = |place: u64, count: usize| randoms(10 * seed + place, count);
		Self([some(0, rows * width), some(1, rows * HIDDEN), some(2, 2 * rows)])
	}
}

/// A layer of what the tensor `of` holds; its states are `result`, and the last is `result` with `_h`.
fn layer(model: Onnx, kind: Kind, width: usize, (of, result): (&str, &str), seed: u64) -> Onnx {
	let Weights([w, r, b]) = Weights::new(kind, width, seed);
	let rows = (kind.gates * HIDDEN) as i64;
	let name = |part: &str| format!("{result}_{part}");
	let mut attributes = vec![int("hidden_size", HIDDEN as i64)];
	attributes.extend(kind.before.then(|| int("linear_before_reset", 1)));
	model
		.floats(&name("w"), &[1, rows, width as i64], &w)
		.floats(&name("r"), &[1, rows, HIDDEN as i64], &r)
		.floats(&name("b"), &[1, 2 * rows], &b)
		.step(
			kind.operator,
			&[of, &name("w"), &name("r"), &name("b")],
			&[result, &name("h")],
			&attributes,
		)
}

fn input() -> Onnx {
	Onnx::new(&[STEPS as i64, 1, WIDTH as i64])
}

fn single(kind: Kind) -> Onnx {
	layer(input(), kind, WIDTH, ("x", "y"), 1)
}

fn sigmoid(x: f64) -> f64 {
	1.0 / (1.0 + (-x).exp())
}

/// The states of all steps, by the formulas of ONNX's documentation.
fn states(kind: Kind, x: &[f32]) -> Vec<f64> {
	let Weights([w, r, b]) = Weights::new(kind, WIDTH, 1);
	let dot = |weights: &[f32], row: usize, of: &[f64]| -> f64 {
		let row = &weights[row * of.len()..(row + 1) * of.len()];
		row.iter().zip(of).map(|(w, x)| f64::from(*w) * x).sum()
	};
	let (mut h, mut c) = (vec![0.0; HIDDEN], vec![0.0; HIDDEN]);
	let mut all = Vec::new();
	for x in x.chunks(WIDTH) {
		let x: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
		let of_input = |gate: usize, i: usize| {
			let row = gate * HIDDEN + i;
			dot(&w, row, &x) + f64::from(b[row])
		};
		let of_state = |gate: usize, i: usize, h: &[f64]| {
			let row = gate * HIDDEN + i;
			dot(&r, row, h) + f64::from(b[kind.gates * HIDDEN + row])
		};
		let gate = |gate: usize, i: usize, h: &[f64]| of_input(gate, i) + of_state(gate, i, h);
		let old = h.clone();
		for i in 0..HIDDEN {
			h[i] = match kind.operator {
				"RNN" => gate(0, i, &old).tanh(),
				"GRU" => {
					let reset = |i: usize| sigmoid(gate(1, i, &old));
					let other = match kind.before {
						true => reset(i) * of_state(2, i, &old),
						false => {
							let kept: Vec<_> = (0..HIDDEN).map(|j| reset(j) * old[j]).collect();
							of_state(2, i, &kept)
						}
					};
					let (update, new) =
						(sigmoid(gate(0, i, &old)), (of_input(2, i) + other).tanh());
					(1.0 - update) * new + update * old[i]
				}
				_ => {
					let [enter, leave, forget] = [0, 1, 2].map(|g| sigmoid(gate(g, i, &old)));
					c[i] = forget * c[i] + enter * gate(3, i, &old).tanh();
					leave * c[i].tanh()
				}
			};
		}
		all.extend_from_slice(&h);
	}
	all
}

#[test]
fn states_of_all_steps_are_those_of_onnx_s_formulas() {
	for kind in KINDS {
		let graph = imported(&single(kind).encoded(22)).unwrap();
		for seed in 0..4 {
			let x = randoms(100 + seed, STEPS * WIDTH);
			let got = &graph.evaluate(&x)[graph.outputs[0].value];
			let expected = states(kind, &x);
			assert_eq!(got.len(), expected.len());
			for (got, expected) in got.iter().zip(&expected) {
				assert!((f64::from(*got) - expected).abs() < 1e-5, "{kind:?}: {got}, {expected}");
			}
		}
	}
}

fn quantized(model: Onnx, visibility: Visibility) -> Quantized {
	let graph = imported(&model.encoded(22)).unwrap();
	let input = vec![InputRange { min: -2.0, max: 2.0 }];
	quantize(&graph, &CompileOptions { visibility, input, ..CompileOptions::default() }).unwrap()
}

/// How many functions are taken by tables, and the tables that differ.
fn tables(made: &Quantized) -> (usize, Vec<&Lookup>) {
	let mut different = Vec::new();
	let all = made.graph.nodes.iter().filter_map(|node| match &node.op {
		Op::Lookup(table) => Some(table),
		_ => None,
	});
	let count = all
		.inspect(|table| {
			if !different.contains(table) {
				different.push(*table);
			}
		})
		.count();
	(count, different)
}

#[test]
fn a_function_has_one_table_for_all_steps() {
	for visibility in [Visibility::Public, Visibility::Private] {
		for kind in KINDS {
			let made = quantized(single(kind), visibility);
			let (count, different) = tables(&made);
			assert!(count >= kind.gates.min(2) * STEPS, "{kind:?}: {count}");
			let functions = if kind.operator == "RNN" { 1 } else { 2 };
			assert_eq!(different.len(), functions, "{kind:?} {visibility:?}");
			assert!(made.report.max_error < 0.03, "{kind:?}: {}", made.report.max_error);
		}
	}
}

#[test]
fn two_layers_share_tables_and_a_function_behind_them_does_not() {
	let stacked = layer(input(), LSTM, WIDTH, ("x", "a"), 1).ints("axes", &[1]).step(
		"Squeeze",
		&["a", "axes"],
		&["s"],
		&[],
	);
	let stacked = layer(stacked, LSTM, HIDDEN, ("s", "y"), 2);
	let made = quantized(stacked.clone(), Visibility::Public);
	let (count, different) = tables(&made);
	assert!(count >= 8 * STEPS);
	assert_eq!(different.len(), 2);
	let made = quantized(stacked.step("Sigmoid", &["y"], &["z"], &[]), Visibility::Public);
	assert_eq!(tables(&made).1.len(), 3);
}

#[test]
fn lengths_couplings_and_activations_are_those_of_onnx_runtime() {
	let cases = corpus::recurrences();
	let mut families = BTreeMap::new();
	for case in &cases {
		*families.entry(case.family.as_str()).or_insert(0) += 1;
	}
	let families: Vec<_> = families.into_iter().collect();
	assert_eq!(families, [("activations", 90), ("coupled", 13), ("lengths", 41)]);
	let wrong = cases.iter().filter_map(|case| {
		assert!(!case.answers.is_empty());
		let words = case.wrong_by(1e-5)?;
		Some(format!("{} {}: {words}", case.family, case.name))
	});
	let wrong: Vec<_> = wrong.collect();
	assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// An LSTM of two rows with these lengths, and with these attributes beside its own.
fn two_rows(lengths: &[i32], attributes: &[AttributeProto]) -> Onnx {
	let Weights([w, r, b]) = Weights::new(LSTM, WIDTH, 1);
	let (rows, width, hidden) = ((4 * HIDDEN) as i64, WIDTH as i64, HIDDEN as i64);
	Onnx::new(&[STEPS as i64, 2, width])
		.floats("w", &[1, rows, width], &w)
		.floats("r", &[1, rows, hidden], &r)
		.floats("b", &[1, 2 * rows], &b)
		.words("lengths", lengths)
		.step("LSTM", &["x", "w", "r", "b", "lengths"], &["y", "y_h"], attributes)
}

#[test]
fn what_is_behind_the_end_of_a_row_costs_nothing() {
	let looked_up = |lengths: &[i32]| -> usize {
		let graph = imported(&two_rows(lengths, &[]).encoded(22)).unwrap();
		let functions = graph.ops.iter().filter(|node| matches!(node.op, FloatOp::Unary(_)));
		functions.map(|node| node.len).sum()
	};
	// The first step has nothing to forget.
	let of = |steps: usize| (5 * steps - 1) * HIDDEN;
	assert_eq!(looked_up(&[6, 6]), of(6) + of(6));
	assert_eq!(looked_up(&[6, 3]), of(6) + of(3));
	assert_eq!(looked_up(&[1, 4]), of(1) + of(4));
}

#[test]
fn lengths_that_no_row_can_have_are_refused() {
	let refused = |lengths: &[i32], words: &[&str]| {
		says(imported(&two_rows(lengths, &[]).encoded(22)), words);
	};
	refused(&[6, 0], &["LSTM", "sequence_lens from 1 to 6", "0 of row 1 (leave out the row"]);
	refused(&[7, 6], &["sequence_lens from 1 to 6", "7 of row 0"]);
	refused(&[6, -1], &["sequence_lens from 1 to 6", "-1 of row 1"]);
	refused(&[6], &["sequence_lens of [2]", "[1]"]);
	refused(&[6, 6, 6], &["sequence_lens of [2]", "[3]"]);
}

#[test]
fn computed_lengths_and_weights_are_refused_with_what_to_do_instead() {
	let words = ["as a constant, got a computed value"];
	let model = |computed: &str, kind: i32, dims: &[i64]| {
		let Weights([w, r, _]) = Weights::new(LSTM, WIDTH, 1);
		let (rows, width, hidden) = ((4 * HIDDEN) as i64, WIDTH as i64, HIDDEN as i64);
		let mut model = input().input(computed, dims, kind);
		if computed != "w" {
			model = model.floats("w", &[1, rows, width], &w);
		}
		if computed != "r" {
			model = model.floats("r", &[1, rows, hidden], &r);
		}
		if computed != "lens" {
			model = model.words("lens", &[6]);
		}
		let model = model.step("LSTM", &["x", "w", "r", "", "lens"], &["y"], &[]);
		imported(&model.encoded(22))
	};
	let rows = (4 * HIDDEN) as i64;
	says(model("lens", 6, &[1]), &[&words[..], &["lens", "write the lengths"]].concat());
	says(model("w", 1, &[1, rows, 3]), &[&words[..], &["w as", "a cell of MatMul"]].concat());
	says(model("r", 1, &[1, rows, 4]), &[&words[..], &["r as", "a cell of MatMul"]].concat());
}

#[test]
fn activations_without_a_number_that_runtimes_agree_on_are_refused() {
	let refused = |names: [&str; 3], alphas: &[f32], betas: &[f32], words: &[&str]| {
		let mut attributes = vec![texts("activations", &names)];
		attributes.push(floats("activation_alpha", alphas));
		attributes.push(floats("activation_beta", betas));
		says(imported(&two_rows(&[6, 6], &attributes).encoded(22)), words);
	};
	// To ONNX it is 1, to ONNX Runtime 0.
	for name in ["ThresholdedRelu", "Affine", "ScaledTanh"] {
		let words = ["activation_alpha for", name, "give it"];
		refused(["Sigmoid", name, "Tanh"], &[], &[0.5], &words);
	}
	refused(["Sigmoid", "ScaledTanh", "Tanh"], &[0.5], &[], &["activation_beta for ScaledTanh"]);
	// Whether the second number is meant or the first.
	let words = ["1 numbers in activation_alpha, one for each", "got 3"];
	refused(["Sigmoid", "Elu", "Tanh"], &[0.5, 0.25, 0.0], &[], &words);
	refused(["HardSigmoid", "Tanh", "Elu"], &[f32::NAN], &[], &["finite numbers", "NaN"]);
	refused(["Sigmoid", "Gelu", "Tanh"], &[], &[], &["activations Affine, Elu", "Gelu"]);
}

#[test]
fn activations_with_parameters_have_one_table_for_all_steps() {
	// Elu has another where its argument can be so far out that the line it ends in is taken apart.
	for (last, most) in [("Tanh", 2), ("Elu", 3)] {
		let attributes = [
			texts("activations", &["HardSigmoid", "ScaledTanh", last]),
			floats("activation_alpha", &[0.25, 1.25, 0.5][..if last == "Elu" { 3 } else { 2 }]),
			floats("activation_beta", &[0.5, 0.75]),
			int("input_forget", 1),
			float("clip", 3.0),
		];
		for visibility in [Visibility::Public, Visibility::Private] {
			let made = quantized(two_rows(&[6, 4], &attributes), visibility);
			let (count, different) = tables(&made);
			assert!(count >= 2 * STEPS, "{last}: {count}");
			assert!(different.len() <= most, "{last} {visibility:?}: {}", different.len());
			assert!(made.report.max_error < 0.03, "{}", made.report.max_error);
		}
	}
}
