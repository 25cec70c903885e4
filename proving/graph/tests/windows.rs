//! Convolutions as polynomials: the coefficients are the results, and a geometry that is not there is
//! refused.

mod geometry;
mod products;

use std::path::Path;

use crate::onnx::{imported, int, ints, randoms, text, Onnx};
use geometry::{axis, dense, plain, spec, value, Convolution};
use products::{agrees, agrees_on, convolution, multiplied, repacked};
use proptest::prelude::*;
use rand::{seq::SliceRandom, Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use zkml_graph::{
	evaluate::evaluate,
	graph::{Axis, GraphError, IntGraph, MatMul, Node, Op, Windows, NONE},
	import::{import, FloatGraph},
	plan::Plan,
	quantize, CompileOptions, InputRange, Quantized,
};
use zkml_primitives::Visibility;

fn axes() -> impl Strategy<Value = Vec<Axis>> {
	let one = |sizes: std::ops::Range<u32>, kernels: std::ops::RangeInclusive<u32>| {
		let pads = prop::array::uniform2(0u32..5);
		(sizes, kernels, 1u32..=3, 1u32..=3, pads).prop_map(
			|(input, kernel, stride, dilation, pads)| axis(input, kernel, stride, dilation, pads),
		)
	};
	prop_oneof![
		prop::collection::vec(one(1..20, 1..=5), 1),
		prop::collection::vec(one(1..9, 1..=5), 2),
		prop::collection::vec(one(1..5, 1..=3), 3),
	]
}

prop_compose! {
	/// Depthwise ones among them, with a channel in a group.
	fn convolutions()(
		axes in axes(),
		images in 1usize..3,
		groups in 1usize..4,
		channels in 1usize..3,
		outputs in 1usize..3,
	) -> Convolution {
		Convolution { images, groups, channels, outputs, axes }
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(400))]

	#[test]
	fn coefficients_are_the_results_of_any_convolution(conv in convolutions(), seed: u64) {
		let graph = conv.in_order();
		Plan::new(&graph, None).unwrap();
		prop_assert!(agrees(&graph, convolution, seed));
		prop_assert!(agrees(&graph, MatMul::sequence, seed));
	}

	/// Behind another convolution channels are innermost; behind a concatenation they come from
	/// anywhere, and behind a Pad some are nothing.
	#[test]
	fn a_source_may_be_in_any_order(conv in convolutions(), seed: u64) {
		let rng = &mut ChaCha20Rng::seed_from_u64(seed);
		let mut order: Vec<u32> = (0..conv.source() as u32).collect();
		order.shuffle(rng);
		let nothing = rng.gen_range(0..order.len());
		order[nothing] = NONE;
		let graph = conv.graph(&order);
		Plan::new(&graph, None).unwrap();
		prop_assert!(agrees(&graph, convolution, seed));
	}

	/// The padding is nothing, and an element is one wherever it is seen.
	#[test]
	fn a_pick_that_is_another_is_refused(conv in convolutions(), seed: u64) {
		let rng = &mut ChaCha20Rng::seed_from_u64(seed);
		let mut graph = conv.in_order();
		let Op::Gather(picks) = &mut graph.nodes[0].op else { panic!() };
		let index = rng.gen_range(0..picks.len());
		let (was, other) = (picks[index], rng.gen_range(0..conv.source() as u32));
		let alone = picks.iter().filter(|pick| **pick == was).count() == 1;
		picks[index] = if rng.gen() { other } else { NONE };
		let same = picks[index] == was || alone && was != NONE;
		prop_assert_eq!(Plan::new(&graph, None).is_ok(), same);
	}
}

#[test]
fn a_margin_less_by_one_mixes_positions() {
	// Axes, and one more than the farthest that products are from positions along the inner one.
	for (outer, inner, radix) in [
		(axis(6, 3, 1, 1, [0, 0]), axis(7, 3, 1, 1, [0, 0]), 7),
		(axis(6, 3, 1, 1, [1, 1]), axis(7, 3, 1, 1, [1, 1]), 8),
		(axis(6, 3, 1, 1, [1, 1]), axis(7, 3, 1, 1, [2, 2]), 9),
		(axis(9, 2, 2, 1, [0, 0]), axis(9, 2, 2, 1, [0, 0]), 4),
		(axis(9, 3, 1, 2, [0, 0]), axis(9, 3, 1, 2, [0, 0]), 9),
	] {
		let graph = plain(2, &[outer.clone(), inner.clone()]).in_order();
		// The first position of the second row.
		let outputs = convolution(dense(&graph), 0).outputs;
		assert_eq!(outputs[inner.output as usize] - outputs[0], radix, "{inner:?}");
		let with =
			|to| move |dense: &MatMul, group| repacked(&convolution(dense, group), radix, to);
		assert!(agrees(&graph, with(radix), 3));
		assert!(agrees(&graph, with(radix + 1), 3));
		let known =
			vec![vec![1; graph.parameter_specs().next().unwrap().1.len() as usize], vec![0; 2]];
		let input = vec![1; graph.input_len() as usize];
		let trace = evaluate(&graph, &known, &[input]).unwrap();
		let layout = with(radix - 1)(dense(&graph), 0);
		let sum = multiplied(&layout, &trace.values[1], &known[0]);
		let mixed = |(row, at): (usize, &u32)| sum[*at as usize] != trace.values[2][2 * row];
		assert!(layout.outputs.iter().enumerate().any(mixed), "{inner:?}");
	}
}

#[test]
fn layouts_have_the_sizes_that_they_should() {
	// Exponents are places in an image of 7 columns.
	let graph = plain(3, &[axis(6, 3, 1, 1, [0, 0]), axis(7, 2, 1, 1, [0, 0])]).in_order();
	let layout = convolution(dense(&graph), 0);
	assert_eq!(layout.channels.len(), 3);
	let inputs = &layout.channels[0].inputs;
	assert!(inputs.iter().map(|(_, e)| *e).eq(0..42));
	assert_eq!(
		layout.channels[1].weights.iter().map(|w| w.1).collect::<Vec<_>>(),
		[0, 1, 7, 8, 14, 15]
	);
	// The last of the kernel comes first.
	assert_eq!(
		layout.channels[1].weights.iter().map(|w| w.0).collect::<Vec<_>>(),
		[11, 10, 9, 8, 7, 6]
	);
	assert_eq!((layout.outputs[0], layout.coefficients), (15, 41 + 15 + 1));
	assert_eq!(layout.cost(1), 3 * 41 + 3 * 6 + 57);
	assert_eq!(layout.cost(2), 3 * 41 + 2 * (3 * 6 + 57));

	// Two phases along each axis, of which the middle of the kernel has one alone.
	let graph = plain(1, &[axis(8, 3, 2, 1, [0, 0]), axis(8, 3, 2, 1, [0, 0])]).in_order();
	let layout = convolution(dense(&graph), 0);
	let mut weights: Vec<_> = layout.channels.iter().map(|c| c.weights.len()).collect();
	weights.sort_unstable();
	assert_eq!(weights, [1, 2, 2, 4]);

	// One row is a sum of products; pixels that no window has are not there.
	let graph = plain(2, &[axis(5, 2, 3, 3, [0, 0])]).in_order();
	assert_eq!((dense(&graph).rows, dense(&graph).sequence(0).cost(1)), (1, 4 + 1));
	assert!(convolution(dense(&graph), 0).channels.iter().all(|c| c.inputs.len() <= 2));
}

fn words(graph: &IntGraph) -> String {
	match Plan::new(graph, None) {
		Err(error @ GraphError::Node { .. }) => error.to_string(),
		other => panic!("{other:?}"),
	}
}

#[test]
fn a_geometry_that_is_not_there_is_refused() {
	let mut conv = plain(4, &[axis(7, 3, 2, 1, [1, 1]), axis(7, 3, 2, 1, [1, 1])]);
	conv.groups = 2;
	let good = conv.in_order();
	Plan::new(&good, None).unwrap();
	let changed = |change: &dyn Fn(&mut Windows)| {
		let mut graph = good.clone();
		let Op::MatMul(dense) = &mut graph.nodes[1].op else { panic!() };
		change(dense.windows.as_mut().unwrap());
		words(&graph)
	};
	let says = |words: String, part: &str| assert!(words.contains(part), "{words}");
	// Sizes that do not fit each other.
	says(changed(&|w| w.axes[0].stride = 1), "windows at 7 positions, got at 4");
	says(changed(&|w| w.axes[1].pads = [0, 0]), "windows at 3 positions, got at 4");
	says(changed(&|w| w.axes[1].dilation = 2), "windows at 3 positions, got at 4");
	says(changed(&|w| w.axes[0].output = 2), "windows at 4 positions, got at 2");
	says(changed(&|w| w.axes[0].output = 3), "a number of positions that divides 16");
	says(changed(&|w| w.axes[0].kernel = 2), "windows of 36 elements for each of 2 groups");
	says(changed(&|w| w.channels = 7), "windows of 36 elements for each of 2 groups");
	says(changed(&|w| w.axes[0].stride = 0), "sizes above 0");
	says(changed(&|w| w.axes = vec![]), "along 1 to 3 axes, got 0");
	says(changed(&|w| w.axes = vec![w.axes[0].clone(); 4]), "along 1 to 3 axes, got 4");
	says(changed(&|w| w.axes[0].input = u32::MAX), "windows at");
	// Sizes that do, of other windows: stride, pads, dilation.
	let other = |axis: Axis| changed(&|w| w.axes[0] = axis.clone());
	says(other(axis(4, 3, 1, 1, [1, 1])), "windows that pick element 0 again, got element 7");
	says(other(axis(7, 3, 2, 1, [0, 2])), "windows that pick");
	says(other(axis(7, 3, 2, 1, [2, 0])), "got element");
	says(other(axis(9, 3, 2, 2, [1, 1])), "windows that pick");
	// An element less is nothing in the padding.
	says(
		other(axis(6, 3, 2, 1, [1, 2])),
		"nothing in the padding or where nothing was, got element",
	);

	// Picks of another tensor: the model's first input beside a function of it.
	let mut graph = good.clone();
	graph.nodes.insert(0, Node { name: "twice".into(), inputs: vec![0, 0], op: Op::Mul });
	graph.nodes[1].inputs = vec![0, 1];
	graph.nodes[2].inputs = vec![2];
	graph.nodes[3].inputs = vec![3];
	graph.outputs[0].value = 4;
	Plan::new(&graph, None).unwrap();
	let Op::Gather(picks) = &mut graph.nodes[1].op else { panic!() };
	let again = |i: &usize| picks[*i] != NONE && picks[..*i].contains(&picks[*i]);
	let index = (0..picks.len()).rev().find(again).unwrap();
	picks[index] += good.input_len() as u32;
	says(words(&graph), "again, got element");

	// Nothing picked at all: elements of the model's input, or of a function of the windows.
	let mut graph = good.clone();
	graph.nodes.remove(0);
	graph.nodes[0].inputs = vec![0];
	graph.inputs = vec![value(spec(&[16 * 72], 8))].try_into().unwrap();
	graph.outputs[0].value = 2;
	says(words(&graph), "windows that a Gather picks, got another input");
	let mut graph = good.clone();
	graph.nodes.insert(1, Node { name: "twice".into(), inputs: vec![1, 1], op: Op::Mul });
	graph.nodes[2].inputs = vec![2];
	says(words(&graph), "windows that a Gather picks, got another input");
}

/// A geometry of a few bytes must not take much time, or overflow.
#[test]
fn sizes_without_end_are_refused() {
	let far = |axes: &[Axis]| {
		let mut graph = plain(1, &[axis(1, 1, 1, 1, [0, 0])]).in_order();
		let rows = axes.iter().map(|a| a.output).product::<u32>();
		let kernel = axes.iter().map(|a| a.kernel).product::<u32>();
		graph.nodes[0].op = Op::Gather(vec![NONE; (rows * kernel) as usize]);
		let Op::MatMul(dense) = &mut graph.nodes[1].op else { panic!() };
		dense.rows = rows;
		dense.weights = spec(&[2, kernel as usize], 8);
		dense.windows.as_mut().unwrap().axes = axes.to_vec();
		Plan::new(&graph, None).map(|_| convolution(graph.dense().next().unwrap().1, 0))
	};
	let most = u32::MAX;
	let one = |pads: [u32; 2], stride| {
		let room = u64::from(most) + u64::from(pads[0]) + u64::from(pads[1]) - 1;
		let output = (room / u64::from(stride) + 1) as u32;
		Axis { input: most, kernel: 1, stride, dilation: most, pads, output }
	};
	let axis = one([most, most], most);
	assert!(axis.output <= 4);
	far(&[axis.clone(), axis.clone(), axis.clone()]).unwrap();
	// Places far from positions along each axis.
	let wide = Axis { pads: [most, 0], stride: 1 << 22, ..axis };
	let wide = Axis { output: ((u64::from(most) * 2 - 1) / (1 << 22) + 1) as u32, ..wide };
	let small = Axis { input: 2, kernel: 1, stride: 1, dilation: 1, pads: [0, 0], output: 2 };
	far(&[small, wide.clone()]).unwrap();
	let all = 1 << 31;
	let ends =
		Axis { input: all, kernel: 2, stride: 1, dilation: all - 1, pads: [0, 0], output: 1 };
	assert_eq!(far(std::slice::from_ref(&ends)).unwrap().coefficients, most);
	for count in 2..=3 {
		let error = far(&vec![ends.clone(); count]).map(|_| ()).unwrap_err().to_string();
		assert!(error.contains("windows in a smaller source"), "{error}");
	}
}

/// Which matrices have windows; coefficients are the results of those and of others.
fn known(float: &FloatGraph, max: f32) -> Vec<bool> {
	let [public, private] = [Visibility::Public, Visibility::Private].map(|visibility| {
		let input = vec![InputRange { min: 0.0, max }];
		let options = CompileOptions { visibility, input, max_error: 50.0, ..Default::default() };
		let Quantized { graph, parameters, .. } = quantize(float, &options).unwrap();
		let layout = |dense: &MatMul, group| {
			dense.convolution(group).unwrap_or_else(|| dense.sequence(group))
		};
		assert!(agrees_on(&graph, &parameters, layout, 4));
		graph.dense().map(|(_, dense)| dense.windows.is_some()).collect::<Vec<_>>()
	});
	assert_eq!(public, private);
	public
}

#[test]
fn real_models_have_windows() {
	let windows = |name: &str, max: f32| {
		let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name);
		let float = import(&folder.join(format!("{name}.onnx")), None).unwrap();
		known(&float, max)
	};
	assert_eq!(windows("lenet5-mnist", 255.0), [true, true, false, false, false]);
	// The third has a kernel of 1 and is on the second's results as they are.
	assert_eq!(windows("cnn-digits", 16.0), [true, true, false, true, false]);
	assert_eq!(windows("mlp-mnist", 255.0), [false, false]);
}

#[test]
fn convolutions_of_files_have_windows_whatever_is_before_them() {
	let has = |model: Onnx| known(&imported(&model.encoded(13)).unwrap(), 1.0);
	let image = |channels| {
		let kernel = [4, channels, 3, 3];
		let count = kernel.iter().product::<i64>() as usize;
		Onnx::new(&[1, channels, 6, 5]).floats("w", &kernel, &randoms(1, count))
	};
	// Strides, dilations, uneven pads.
	let attributes =
		[ints("strides", &[2, 1]), ints("dilations", &[1, 2]), ints("pads", &[1, 0, 2, 1])];
	assert_eq!(has(image(2).node("Conv", &["w"], &attributes)), [true]);
	assert_eq!(has(image(1).node("Conv", &["w"], &[text("auto_pad", "SAME_UPPER")])), [true]);
	// By groups, and a channel in each.
	let groups = Onnx::new(&[1, 4, 5, 5]).floats("w", &[6, 2, 3, 3], &randoms(2, 108)).node(
		"Conv",
		&["w"],
		&[int("group", 2)],
	);
	assert_eq!(has(groups), [true]);
	let depthwise = Onnx::new(&[1, 3, 5, 5]).floats("w", &[3, 1, 3, 3], &randoms(3, 27)).node(
		"Conv",
		&["w"],
		&[int("group", 3)],
	);
	assert_eq!(has(depthwise), [true]);
	// One axis, and three.
	let sequence = Onnx::new(&[1, 2, 9]).floats("w", &[2, 2, 3], &randoms(4, 12));
	assert_eq!(has(sequence.node("Conv", &["w"], &[])), [true]);
	let cube = Onnx::new(&[1, 1, 3, 4, 3]).floats("w", &[2, 1, 2, 2, 2], &randoms(5, 16));
	assert_eq!(has(cube.node("Conv", &["w"], &[])), [true]);
	let four = Onnx::new(&[1, 1, 3, 3, 2, 2]).floats("w", &[2, 1, 2, 2, 2, 2], &randoms(5, 32));
	assert_eq!(has(four.node("Conv", &["w"], &[])), [false]);
	// Behind another, where channels are innermost; behind a Pad; behind a concatenation.
	let two = image(2)
		.floats("v", &[3, 4, 2, 2], &randoms(6, 48))
		.node("Conv", &["w"], &[])
		.node("Relu", &[], &[])
		.node("Conv", &["v"], &[ints("pads", &[1, 1, 1, 1])]);
	assert_eq!(has(two), [true, true]);
	let padded = image(1).ints("p", &[0, 0, 1, 1, 0, 0, 1, 1]).node("Pad", &["p"], &[]).node(
		"Conv",
		&["w"],
		&[],
	);
	assert_eq!(has(padded), [true]);
	let both = image(2)
		.floats("u", &[1, 1, 3, 3], &randoms(7, 9))
		.step("Relu", &["x"], &["r"], &[])
		.step("Concat", &["x", "r"], &["c"], &[int("axis", 1)])
		.floats("v", &[2, 4, 3, 3], &randoms(8, 72))
		.step("Conv", &["c", "v"], &["y"], &[]);
	assert_eq!(has(both), [true]);
	// The source itself is no windows, and no loss.
	let pointwise = Onnx::new(&[1, 1, 4, 4]).floats("w", &[2, 1, 1, 1], &randoms(9, 2));
	assert_eq!(has(pointwise.node("Conv", &["w"], &[])), [false]);
	let transposed = Onnx::new(&[1, 1, 4, 4]).floats("w", &[1, 2, 3, 3], &randoms(9, 18));
	assert_eq!(has(transposed.node("ConvTranspose", &["w"], &[])), [false]);
}

#[test]
fn quantised_convolutions_have_windows() {
	let model = Onnx::new(&[1, 1, 5, 5])
		.scalar("s", 0.25)
		.bytes("z", &[], false, &[0])
		.bytes("w", &[2, 1, 3, 3], true, &(-9..9).collect::<Vec<_>>())
		.bytes("t", &[], true, &[0])
		.node("QuantizeLinear", &["s", "z"], &[])
		.node("QLinearConv", &["s", "z", "w", "s", "t", "s", "z"], &[ints("pads", &[1, 1, 1, 1])])
		.node("DequantizeLinear", &["s", "z"], &[]);
	let float = imported(&model.encoded(13)).unwrap();
	assert_eq!(known(&float, 8.0), [true]);
}
