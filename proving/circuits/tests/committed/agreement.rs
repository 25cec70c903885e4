//! Circuits and interpreter agree on models with committed parameters, at both ends of all ranges.

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rand::Rng;
use zkml_circuits::{
	graph::{Axis, Op},
	CompiledModel,
};

use crate::{
	common::layers::{axis, ranges_agree, Convolution, Fill, Layers, Sizes},
	common::{agrees, edges, input},
};

/// On random inputs, at both ends, and with one end beside the other.
fn check(model: &CompiledModel, seed: u64) {
	ranges_agree(model, seed);
	let [low, high] = edges(model);
	let turns = (0..low[0].len()).map(|i| if i % 2 == 0 { low[0][i] } else { high[0][i] });
	let turns = vec![turns.collect()];
	for values in [input(model, seed), low, high, turns] {
		agrees(model, &values, seed);
	}
}

fn fills() -> impl Strategy<Value = Fill> {
	prop_oneof![
		3 => Just(Fill::Random),
		1 => Just(Fill::Lowest),
		1 => Just(Fill::Highest),
		1 => Just(Fill::Ends),
	]
}

fn ranges() -> impl Strategy<Value = (i32, i32)> {
	prop_oneof![
		Just((0, 255)),
		Just((-128, 127)),
		Just((-32768, 32767)),
		(-30i32..10, 0i32..60).prop_map(|(min, span)| (min, min + span)),
	]
}

fn axes() -> impl Strategy<Value = Axis> {
	let sizes = (1u32..6, 1u32..4, 1u32..4, 1u32..3, [0u32..3, 0u32..3]);
	sizes.prop_map(|(input, kernel, stride, dilation, pads)| {
		axis(input, kernel, stride, dilation, pads)
	})
}

/// Inputs, rows, groups and outputs of a matrix.
fn matrices() -> impl Strategy<Value = (u32, u32, u32, u32)> {
	(1u32..8, 1u32..4, 1u32..4, 1u32..24)
}

fn convolutions() -> impl Strategy<Value = Convolution> {
	(1u32..4, 1u32..3, 1u32..5, prop::collection::vec(axes(), 1..3)).prop_map(
		|(groups, channels, outputs, axes)| Convolution { groups, channels, outputs, axes },
	)
}

fn matrix(len: u32, range: (i32, i32), sizes: Sizes, fill: Fill, seed: u64) -> CompiledModel {
	let mut layers = Layers::new(len * sizes.rows * sizes.groups, range, fill, seed);
	layers.matrix(sizes);
	layers.finish()
}

/// Packs of a group, by the number of words that there are beside the salt.
fn words(model: &CompiledModel) -> usize {
	model.circuit().committed - 1
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(12))]

	#[test]
	fn matrices_agree(
		(inputs, rows, groups, outputs) in matrices(),
		(weight_bits, bias_bits) in (1u8..17, 1u8..20),
		range in ranges(),
		fill in fills(),
		seed in any::<u64>(),
	) {
		let sizes = Sizes { rows, groups, outputs, weight_bits, bias_bits };
		check(&matrix(inputs, range, sizes, fill, seed), seed);
	}

	#[test]
	fn convolutions_agree(
		convolution in convolutions(),
		weight_bits in 2u8..13,
		range in ranges(),
		fill in fills(),
		seed in any::<u64>(),
	) {
		let mut layers = Layers::new(convolution.source(), range, fill, seed);
		layers.convolution(&convolution, weight_bits);
		check(&layers.finish(), seed);
	}

	#[test]
	fn networks_with_a_residual_agree(
		channels in 1u32..3,
		size in 3u32..5,
		classes in 2u32..16,
		fill in fills(),
		seed in any::<u64>(),
	) {
		let same = || axis(size, 3, 1, 1, [1, 1]);
		let whole = Convolution { groups: 1, channels, outputs: channels, axes: vec![same(), same()] };
		let depthwise = Convolution { groups: channels, channels: 1, outputs: 1, ..whole.clone() };
		let mut layers = Layers::new(whole.source(), (0, 255), fill, seed);
		layers.convolution(&whole, 8);
		layers.rescale();
		let first = layers.last();
		layers.convolution(&depthwise, 8);
		layers.rescale();
		layers.add(first);
		layers.matrix(Sizes::dense(classes));
		layers.rescale();
		let argmax = layers.rng.gen();
		if argmax {
			layers.push(&[layers.last()], Op::ArgMax);
		}
		check(&layers.finish(), seed);
	}
}

/// How the rows of a model's operation are told apart in its circuit, if there are several: by a coefficient
/// each, by a convolution whose other coefficients are junk; and whether two inputs of one row share a product.
fn layout(model: &CompiledModel) -> &'static str {
	let system = model.circuit();
	let (mut pairs, mut rows, mut junk) = (false, false, false);
	for (row, group) in system.group_of.iter().enumerate() {
		match system.groups[usize::from(*group)] {
			"polynomial.pair" => pairs = true,
			// The coefficient of a row has its biases, which are a word.
			"polynomial.result" => {
				let words = system.committed();
				match system.a.row(row).any(|(wire, _)| words.contains(&(wire as usize))) {
					true => rows = true,
					false => junk = true,
				}
			}
			_ => {}
		}
	}
	match (pairs, rows, junk) {
		(true, false, false) => "pairs",
		(false, _, true) => "convolution",
		(false, true, false) => "sequence",
		(false, false, false) => "one row in one pack",
		_ => panic!("one row that is told apart from others"),
	}
}

/// Else what agrees above would say nothing of those that never come up.
#[test]
fn matrices_and_convolutions_are_drawn_in_each_layout() {
	let runner = &mut TestRunner::deterministic();
	let mut layouts = BTreeSet::new();
	for seed in 0..24 {
		let (inputs, rows, groups, outputs) = matrices().new_tree(runner).unwrap().current();
		let sizes = Sizes { rows, groups, outputs, weight_bits: 8, bias_bits: 12 };
		layouts.insert(layout(&matrix(inputs, (0, 255), sizes, Fill::Random, seed)));
		let convolution = convolutions().new_tree(runner).unwrap().current();
		let mut layers = Layers::new(convolution.source(), (0, 255), Fill::Random, seed);
		layers.convolution(&convolution, 8);
		layouts.insert(layout(&layers.finish()));
	}
	let all = ["convolution", "one row in one pack", "pairs", "sequence"];
	assert_eq!(layouts, BTreeSet::from(all));
}

/// Which of them have pairs, and which a word left over, depends on sizes alone.
#[test]
fn one_row_in_one_pack_or_several_of_odd_and_even_inputs_agrees() {
	let mut packs = Vec::new();
	for (inputs, outputs, fill) in [
		(1, 3, Fill::Random),
		(4, 3, Fill::Highest),
		(1, 40, Fill::Lowest),
		(2, 40, Fill::Highest),
		(5, 40, Fill::Lowest),
		(6, 61, Fill::Ends),
	] {
		let model = matrix(inputs, (-128, 127), Sizes::dense(outputs), fill, 7);
		check(&model, 8);
		packs.push(words(&model) / (inputs as usize + 1));
	}
	assert!(packs.contains(&1) && packs.iter().any(|packs| *packs > 2), "{packs:?}");
}

/// Of one position of a convolution some of the kernel may meet padding alone, which its polynomials leave out;
/// words share products in the order of the kernel all the same.
#[test]
fn one_position_whose_window_is_padded_agrees() {
	for (kernel, stride, pads) in [(3, 1, [1, 1]), (3, 3, [1, 0]), (5, 1, [3, 0]), (5, 5, [3, 1])] {
		let along = Axis {
			input: kernel - pads[0] - pads[1],
			kernel,
			stride,
			dilation: 1,
			pads,
			output: 1,
		};
		let convolution = Convolution { groups: 1, channels: 2, outputs: 40, axes: vec![along] };
		let mut layers = Layers::new(convolution.source(), (0, 255), Fill::Random, 9);
		layers.convolution(&convolution, 8);
		check(&layers.finish(), 10);
	}
}
