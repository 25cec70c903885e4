//! Recurrences: states as ONNX defines them, and one table of a function for all of their steps.

use crate::onnx::{imported, int, randoms, Onnx};
use zkml_graph::{
	graph::{Lookup, Op},
	quantize, CompileOptions, InputRange, Quantized,
};
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
