//! Cheating, gadget by gadget.
//!
//! Each gadget comes with a table of attacks: assignments that state something false. On the whole
//! gadget every attack breaks a constraint. With any one group of constraints deleted, at least one
//! attack goes through; otherwise either the group is superfluous or the attacks are too weak. At the
//! end, whole circuits are held to the groups that were covered.
//!
//! Ranges are proved by bits or by lookups, and every gadget is attacked with both. With lookups an
//! attack chooses all wires of the commit round; what comes after the challenge is then completed in
//! three ways, each of which breaks one part of the lookup argument.

mod choices;
mod clamps;
#[path = "common/craft.rs"]
mod craft;
mod groups;
mod picks;
#[path = "gadgets/polynomial.rs"]
mod polynomials;
mod products;
mod relative;
#[path = "gadgets/requantize.rs"]
mod requantizing;
mod shared;
mod ties;
#[path = "gadgets/words.rs"]
mod wording;

use std::collections::BTreeSet;

use crate::common::{self, full, model, rng, Shape, Single};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use choices::{argmax_gadget, max_gadget, product_gadget, step_gadget, table_gadget};
use craft::{integer, Craft, Frame, Gadget};
use groups::honest_wires;
use picks::pick_gadgets;
use polynomials::polynomial_gadgets;
use products::matrix_gadgets;
use rand::Rng;
use relative::relative_gadgets;
use requantizing::rescale_gadgets;
use ties::tie_gadgets;
use wording::{committed_perceptron, padded, words_gadgets};
use zkml_circuits::{
	circuit::{Evaluated, Secrets},
	evaluate::argmax as expected_argmax,
	gadgets::{
		arg_max, greater, logup, lookup, matmul, parameters, poseidon,
		poseidon::Input,
		range::{self, Checks},
		reduce_max, requantize, Backend, Constraints, Witness,
	},
	graph::{Channel, Lookup, MatMul, Op, Requantize},
	nodes,
	plan::Interval,
	r1cs::{field, Lc, Matrix, R1cs, Wire},
	CompiledModel,
};
use zkml_poseidon::{hash2, to_field, WIDTH_3};
use zkml_primitives::{blake2_256, ParamsKind, Scalar, Visibility};

/// Bits; narrow limbs, so that most values have several; limbs and tables of their own.
fn ways() -> [Checks; 3] {
	[
		Checks::Bits,
		Checks::Tables { limb: 3, exact: vec![] },
		Checks::Tables { limb: 3, exact: vec![16, 17, 256] },
	]
}

fn between(value: Fr, min: i64, max: i64) -> bool {
	integer(value).is_some_and(|v| (min..=max).contains(&v))
}

fn range_gadget(checks: &Checks) -> Gadget {
	let mut frame = Frame::new(checks);
	let x = range::fresh(frame.builder(), checks, 17, |nobody| match *nobody {});
	let craft = |value: i64, spot| {
		let mut craft = Craft::new(checks);
		craft.fresh(field(value), 17, spot);
		craft.wires
	};
	Gadget {
		frame,
		truth: Box::new(move |wires| between(x.evaluate(wires), 0, 16)),
		honest: [0, 1, 15, 16].map(|v| craft(v, 0)).into(),
		attacks: (0..=6)
			.flat_map(|spot| [17, -1, 1000, 31].map(|v| ("out of range", craft(v, spot))))
			.collect(),
	}
	// By bits a value has no wire of its own, and a lie about it may end in a truth.
	.only_lies()
}

/// A value that must be 0 since nothing is left of its range.
fn zero_gadget(checks: &Checks) -> Gadget {
	let mut frame = Frame::new(checks);
	let x = Lc::wire(frame.builder().wires(1));
	range::loose(frame.builder(), checks, &x, 0);
	let craft = |value: i64| {
		let mut craft = Craft::new(checks);
		craft.push(field(value));
		craft.loose(field(value), 0, 0);
		craft.wires
	};
	Gadget {
		frame,
		truth: Box::new(move |wires| between(x.evaluate(wires), 0, 0)),
		honest: vec![craft(0)],
		attacks: [1, -1, 8].map(|v| ("not zero", craft(v))).into(),
	}
}

#[test]
fn values_out_of_range_are_refused() {
	for checks in &ways() {
		range_gadget(checks).check();
		zero_gadget(checks).check();
	}
}

fn parameter_gadget(checks: &Checks) -> Gadget {
	let mut frame = Frame::new(checks);
	let value = parameters::fresh(frame.builder(), checks, 1, 8, &()).remove(0);
	let craft = |value: i64, spot| {
		let mut craft = Craft::new(checks);
		craft.fresh(field(value + 128), 256, spot);
		craft.wires
	};
	Gadget {
		frame,
		truth: Box::new(move |wires| between(value.evaluate(wires), -128, 127)),
		honest: [-128, -1, 0, 127].map(|v| craft(v, 0)).into(),
		attacks: (0..8)
			.flat_map(|spot| [128, -129].map(|v| ("a weight out of range", craft(v, spot))))
			.collect(),
	}
	.only_lies()
}

#[test]
fn parameters_out_of_their_width_are_refused() {
	for checks in &ways() {
		parameter_gadget(checks).check();
	}
}

/// Three outputs of many inputs, whose weights share products, or of few, whose weights do not.
fn dense_gadget(checks: &Checks, inputs: usize) -> Gadget {
	let rng = &mut rng(21);
	let mut numbers = |count: usize, size: i64| -> Vec<i64> {
		(0..count).map(|_| rng.gen_range(-size..size)).collect()
	};
	let (weights, bias, x) = (numbers(3 * inputs, 8), numbers(3, 100), numbers(inputs, 16));
	let largest = 8 * 16 * inputs as i64 + 100;
	let ranges = [Interval { min: -largest, max: largest }; 3];
	let result = |(row, bias): (&[i64], &i64)| -> i64 {
		row.iter().zip(&x).map(|(w, x)| w * x).sum::<i64>() + bias
	};
	let expected: Vec<i64> = weights.chunks(inputs).zip(&bias).map(result).collect();

	let mut frame = Frame::new(checks);
	let mut free = |count: usize| -> Vec<Lc> {
		let first = frame.builder().wires(count as u32);
		(first..).take(count).map(Lc::wire).collect()
	};
	let (w, b, inputs_lc) = (free(3 * inputs), free(3), free(inputs));
	let op = MatMul {
		rows: 1,
		groups: 1,
		weights: full(&[3, inputs as u32], 8),
		bias: full(&[3], 12),
		windows: None,
	};
	let y = matmul::private(frame.builder(), checks, &op, [&w, &b], &inputs_lc, &ranges, &());

	let mut start = Craft::new(checks).wires;
	start.extend(weights.iter().chain(&bias).chain(&x).map(|v| field(*v)));
	let mut witness = Witness::new(start.clone());
	let parameters = [&weights[..], &bias];
	let known = expected.as_slice();
	let results = matmul::private(&mut witness, checks, &op, parameters, &x, &ranges, &known);
	assert_eq!(results, expected);
	let honest = witness.wires;
	let products = &honest[start.len()..start.len() + inputs];
	let sums: Vec<Fr> = expected.iter().map(|v| field(*v)).collect();
	let bits = 64 - (2 * largest).leading_zeros();
	let craft = |products: &[Fr], sums: &[Fr], spot| {
		let mut craft = Craft::new(checks);
		craft.wires = [&start, products, sums].concat();
		sums.iter().for_each(|sum| craft.loose(*sum + field(largest), bits, spot));
		craft.wires
	};
	let mut attacks = Vec::new();
	if inputs < 10 {
		let mut attack = honest.clone();
		attack[start.len()] += Fr::ONE;
		attacks.push(("a product one too large", attack));
	} else {
		assert_eq!(craft(products, &sums, 0), honest);
		let one = Fr::ONE;
		let slot = field(1 << checks.loose_width(bits));
		let more = [&[products[0] + one], &products[1..]].concat();
		let with = |change: [Fr; 3]| -> Vec<Fr> {
			sums.iter().zip(change).map(|(sum, change)| *sum + change).collect()
		};
		let zero = Fr::ZERO;
		attacks.push(("a product one too large", craft(&more, &with([one, zero, zero]), 0)));
		attacks.push(("a sum one too large", craft(products, &with([one, zero, zero]), 0)));
		for spot in 0..=bits {
			for (name, change) in [
				("a carry kept back", [slot, -one, zero]),
				("a carry from nowhere", [-slot, one, zero]),
				("a fraction of the next digit", [-one, slot.inverse().unwrap(), zero]),
				("a carry over two digits", [slot * slot, zero, -one]),
			] {
				attacks.push((name, craft(products, &with(change), spot)));
			}
		}
	}
	let truth =
		move |wires: &[Fr]| y.iter().zip(&expected).all(|(y, e)| y.evaluate(wires) == field(*e));
	Gadget { frame, truth: Box::new(truth), honest: vec![honest], attacks }
}

#[test]
fn wrong_products_and_sums_are_refused() {
	for checks in &ways() {
		dense_gadget(checks, 3).check();
		dense_gadget(checks, 60).check();
	}
}

fn poseidon_gadget() -> Gadget {
	let mut constraints = Constraints::new(0);
	let first = constraints.wires(2);
	let inputs = [first, first + 1].map(|wire| Input::Wires(Lc::wire(wire)));
	let hash = poseidon::hash(&mut constraints, &WIDTH_3, &inputs);
	let inputs = [Fr::from(1), Fr::from(2)];
	let cheat = |at: usize, which: Option<usize>| {
		let mut wires = vec![Fr::ONE, inputs[0], inputs[1]];
		let mut count = 0;
		poseidon::permute(&inputs.map(Input::Wires), &WIDTH_3, |x: &Fr| {
			count += 1;
			let off = |i| if count == at + 1 && which == Some(i) { Fr::ONE } else { Fr::ZERO };
			let square = x.square() + off(0);
			let fourth = square.square() + off(1);
			let fifth = fourth * x + off(2);
			wires.extend([square, fourth, fifth]);
			fifth
		});
		wires
	};
	let mut witness = Witness::new(vec![Fr::ONE, inputs[0], inputs[1]]);
	let honest = poseidon::hash(&mut witness, &WIDTH_3, &inputs.map(Input::Wires));
	assert_eq!((honest, &witness.wires), (hash2(inputs), &cheat(0, None)));
	let mut attacks = Vec::new();
	// In the first full rounds, among the partial rounds, and in the last round.
	for at in [0, 4, 30, 70, 78] {
		attacks.push(("a square that is none", cheat(at, Some(0))));
		attacks.push(("a fourth power that is none", cheat(at, Some(1))));
		attacks.push(("a fifth power that is none", cheat(at, Some(2))));
	}
	Gadget {
		frame: Frame::plain(constraints),
		truth: Box::new(move |wires| hash.evaluate(wires) == hash2(inputs)),
		honest: vec![cheat(0, None)],
		attacks,
	}
}

#[test]
fn a_hash_with_any_wrong_step_is_refused() {
	poseidon_gadget().check();
}

/// A challenge; with all of the commit round fixed before, any will do.
const DRAWN: u64 = 0x1234_5678_9abc_def1;

fn small(argmax: bool, rectify: bool) -> Shape {
	Shape { sizes: vec![3, 4, 3], argmax, rectify, bits: 6, input: (0, 16), seed: 4 }
}

/// What a challenge is to test is there before it is drawn.
#[test]
fn nothing_but_the_lookup_and_binding_arguments_is_behind_the_challenge() {
	for visibility in [Visibility::Public, Visibility::Private] {
		let model = model(&small(true, true), visibility).with_lookups();
		let system = model.circuit();
		let start = system.rounds[0];
		let early = |side: &Matrix, row| side.row(row).all(|(wire, _)| (wire as usize) < start);
		let (mut queries, mut rows) = (0, 0);
		for (i, group) in system.group_of.iter().enumerate() {
			let sides = [&system.a, &system.b, &system.c];
			let [a, b, c] = sides.map(|side| early(side, i));
			match system.groups[usize::from(*group)] {
				"lookup.query" => {
					queries += 1;
					assert!(b && c, "a value that is looked up is chosen late");
				}
				"lookup.row" => {
					rows += 1;
					assert!(b && c, "a multiplicity is chosen late");
				}
				"lookup.sum" | "binding.horner" | "binding.either" => {}
				name => assert!(a && b && c, "{name} has a wire that is chosen late"),
			}
		}
		let words = |spec: &zkml_primitives::TensorSpec| {
			spec.len().div_ceil(spec.per_word() as u32) as usize
		};
		let horner = words(model.input()) + words(model.output());
		assert_eq!(system.last().len(), queries + rows + horner);
	}
}

#[test]
fn a_public_model_with_other_parameters_has_another_circuit() {
	let shape = small(true, true);
	let (one, other) =
		(model(&shape, Visibility::Public), model(&Shape { seed: 6, ..shape }, Visibility::Public));
	assert_ne!(one.params_commitment(), other.params_commitment());
	assert_ne!(one.settings_hash(), other.settings_hash());
	assert_eq!(one.params_salt(), Scalar::ZERO);
}

#[test]
fn a_private_model_keeps_its_circuit_when_retrained() {
	let model = model(&small(true, true), Visibility::Private);
	let mut parameters = model.parameters().to_vec();
	parameters[0][0] ^= 1;
	let salt = zkml_circuits::random_salt(&mut rng(5));
	let graph = model.graph().clone();
	let retrained =
		CompiledModel::new(Visibility::Private, graph, parameters, vec![], salt).unwrap();
	assert_ne!(model.params_commitment(), retrained.params_commitment());
	assert_eq!(model.settings_hash(), retrained.settings_hash());
	assert_eq!(model.content_hash(), retrained.content_hash());
	let wires = honest_wires(&retrained, false);
	assert_eq!(model.circuit().first_broken(&wires), None);
}

/// Every gadget in all ways.
fn all_gadgets() -> Vec<Gadget> {
	let mut gadgets = vec![poseidon_gadget(), product_gadget()];
	for checks in &ways() {
		gadgets.extend([
			dense_gadget(checks, 3),
			dense_gadget(checks, 60),
			range_gadget(checks),
			zero_gadget(checks),
			parameter_gadget(checks),
			argmax_gadget(checks),
			max_gadget(checks),
			step_gadget(checks),
			table_gadget(checks),
		]);
		gadgets.extend(rescale_gadgets(checks));
		gadgets.extend(tie_gadgets(checks));
	}
	gadgets
}

/// Keys are made for constraints as they are, so these never change: not one coefficient, nor the order
/// of wires.
#[test]
fn gadgets_have_the_constraints_that_they_always_had() {
	let digests = all_gadgets().into_iter().map(|gadget| gadget.frame.finish().0.digest());
	let all = blake2_256(&digests.flatten().collect::<Vec<u8>>());
	let all: String = all.iter().map(|byte| format!("{byte:02x}")).collect();
	assert_eq!(all, "11945b0d75c4e7f66b1c558ab9b1b9bba606015821550c1385b1149f5439de4c");
}
