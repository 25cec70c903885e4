//! Cheating, gadget by gadget.
//!
//! Each gadget comes with a table of attacks: assignments that state something false. On the whole
//! gadget every attack breaks a constraint. With any one group of constraints deleted, at least one
//! attack goes through; otherwise either the group is superfluous or the attacks are too weak. At the
//! end, whole circuits are held to the groups that were covered.

mod common;

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use common::{model, rng, Shape};
use zkml_circuits::{
	circuit::{assign, Secrets, CTX, INPUT, OUTPUT, PARAMS},
	evaluate::argmax as expected_argmax,
	gadgets::{argmax, dense, parameters, poseidon, poseidon::Input, range, rescale},
	graph::{Channel, Interval, Rescale},
	r1cs::{field, Builder, Lc, R1cs},
	CompiledModel,
};
use zkml_poseidon::{hash2, to_field, WIDTH_3};
use zkml_primitives::{Scalar, Visibility};

struct Gadget {
	system: R1cs,
	/// Whether an assignment states something true.
	truth: Box<dyn Fn(&[Fr]) -> bool>,
	honest: Vec<Vec<Fr>>,
	attacks: Vec<(&'static str, Vec<Fr>)>,
}

impl Gadget {
	/// Runs the attacks on the whole gadget and on it without each group; gives the groups.
	fn check(self) -> Vec<&'static str> {
		for wires in &self.honest {
			assert_eq!(wires.len(), self.system.wires);
			assert_eq!(self.system.first_broken(wires), None, "an honest assignment is refused");
			assert!((self.truth)(wires), "an honest assignment states something false");
		}
		for (name, wires) in &self.attacks {
			assert_eq!(wires.len(), self.system.wires, "{name}");
			assert!(!(self.truth)(wires), "{name}: states nothing false");
			assert!(self.system.first_broken(wires).is_some(), "{name}: goes through");
		}
		let used: BTreeSet<_> = self.system.group_of.iter().map(|g| usize::from(*g)).collect();
		let groups = used.into_iter().map(|g| self.system.groups[g]);
		let groups: Vec<_> = groups.filter(|g| *g != "public.binding").collect();
		for group in &groups {
			let rest = self.system.without(group);
			let through = self.attacks.iter().any(|(_, wires)| rest.first_broken(wires).is_none());
			assert!(through, "without {group} every attack is still refused");
		}
		groups
	}
}

fn bits(value: i64, count: u32) -> Vec<Fr> {
	(0..count).map(|i| field(value >> i & 1)).collect()
}

/// All of the value in the lowest bit.
fn lump(value: i64, count: u32) -> Vec<Fr> {
	lump_at(value, count, 0)
}

/// All of the value in one bit, which is then anything but a bit.
fn lump_at(value: i64, count: u32, at: u32) -> Vec<Fr> {
	let mut bits = vec![Fr::ZERO; count as usize];
	bits[at as usize] = field(value) / field(1 << at);
	bits
}

fn between(value: Fr, min: i64, max: i64) -> bool {
	(min..=max).any(|v| field(v) == value)
}

fn range_gadget() -> Gadget {
	let limits = Interval { min: 0, max: 16 };
	let mut builder = Builder::new(0);
	let x = range::constrain(&mut builder, limits) as usize;
	let honest = [0, 1, 15, 16].map(|v| {
		let mut wires = vec![Fr::ONE];
		range::assign(&mut wires, limits, v);
		wires
	});
	let craft =
		|x: i64, lower: Vec<Fr>, upper: Vec<Fr>| [vec![Fr::ONE, field(x)], lower, upper].concat();
	let each = (0..5).flat_map(|k| {
		let above = craft(17, bits(17, 5), lump_at(-1, 5, k));
		let below = craft(-1, lump_at(-1, 5, k), bits(17, 5));
		[("one above, in any one bit", above), ("one below, in any one bit", below)]
	});
	Gadget {
		system: builder.finish(),
		truth: Box::new(move |wires| between(wires[x], 0, 16)),
		honest: honest.into(),
		attacks: each
			.chain([
				("one above, a distance of -1 as a bit", craft(17, bits(17, 5), lump(-1, 5))),
				("one above, its distance a lie", craft(17, bits(17, 5), bits(0, 5))),
				("one below, -1 as a bit", craft(-1, lump(-1, 5), bits(17, 5))),
				("one below, its bits a lie", craft(-1, bits(0, 5), bits(17, 5))),
				("far above in one bit", craft(1000, lump(1000, 5), lump(-984, 5))),
			])
			.collect(),
	}
}

#[test]
fn values_out_of_range_are_refused() {
	range_gadget().check();
}

fn parameter_gadget() -> Gadget {
	let mut builder = Builder::new(0);
	let value = parameters::constrain(&mut builder, 1, 8).remove(0);
	let honest = [-128, -1, 0, 127].map(|v| {
		let mut wires = vec![Fr::ONE];
		parameters::assign(&mut wires, &[v], 8);
		wires
	});
	let craft = |value: i64, k| [vec![Fr::ONE], lump_at(value + 128, 8, k)].concat();
	let each = (0..8)
		.flat_map(|k| [("a weight above", craft(128, k)), ("a weight below", craft(-129, k))]);
	Gadget {
		system: builder.finish(),
		truth: Box::new(move |wires| between(value.evaluate(wires), -128, 127)),
		honest: honest.into(),
		attacks: each.collect(),
	}
}

#[test]
fn parameters_out_of_their_width_are_refused() {
	parameter_gadget().check();
}

fn dense_gadget() -> Gadget {
	let mut builder = Builder::new(0);
	let free = |builder: &mut Builder, count| -> Vec<Lc> {
		let first = builder.wires(count);
		(first..first + count).map(Lc::wire).collect()
	};
	let (weights, bias, x) = (free(&mut builder, 6), free(&mut builder, 2), free(&mut builder, 3));
	let y = dense::private(&mut builder, &weights, &bias, &x);
	let (integers, biases, inputs) = ([3, -4, 5, -6, 7, 8], [-100, 50], [9i64, -2, 11]);
	let mut wires = vec![Fr::ONE];
	wires.extend(integers.iter().chain(&biases).map(|v| field(i64::from(*v))));
	wires.extend(inputs.map(field));
	dense::assign(&mut wires, &integers, &inputs);
	let expected = [-100 + 3 * 9 + -4 * -2 + 5 * 11, 50 + -6 * 9 + 7 * -2 + 8 * 11];
	let mut attack = wires.clone();
	attack[12] += Fr::ONE;
	Gadget {
		system: builder.finish(),
		truth: Box::new(move |wires| {
			y.iter().zip(expected).all(|(y, e)| y.evaluate(wires) == field(e))
		}),
		honest: vec![wires],
		attacks: vec![("a product one too large", attack)],
	}
}

#[test]
fn wrong_products_are_refused() {
	dense_gadget().check();
}

/// A gadget's wires that follow from `x` and bits, except where something else is said.
#[derive(Clone, Default)]
struct Lie {
	bits: Option<Vec<Fr>>,
	flag: Option<(i64, i64)>,
	lift: Option<i64>,
	y: Option<i64>,
}

struct Requantiser {
	rescale: Rescale,
	input: Interval,
}

impl Requantiser {
	fn widths(&self) -> rescale::Widths {
		rescale::Widths::new(&self.rescale, 0, self.input)
	}

	fn offset(&self, x: i64) -> i64 {
		let channel = self.rescale.channels[0];
		x * i64::from(channel.multiplier) + channel.half() + (1 << (self.widths().total() - 1))
	}

	fn craft(&self, x: i64, lie: Lie) -> Vec<Fr> {
		let widths = self.widths();
		let (total, excess) = (widths.total() as usize, widths.excess() as usize);
		let shift = usize::from(self.rescale.channels[0].shift);
		let bits = lie.bits.unwrap_or_else(|| bits(self.offset(x), total as u32));
		let mut wires = vec![Fr::ONE, field(x)];
		wires.extend(&bits);
		if !self.rescale.rectify {
			return wires;
		}
		let sum = |bits: &[Fr]| bits.iter().rev().fold(Fr::ZERO, |n, bit| n.double() + bit);
		let low = sum(&bits[shift..total - 1 - excess]);
		let mut quotient = low;
		if excess > 0 {
			let high: Fr = bits[total - 1 - excess..total - 1].iter().sum();
			let mut flag = high;
			if excess > 1 {
				let hint = high.inverse().unwrap_or(Fr::ZERO);
				let honest = (hint, high * hint);
				let said = lie.flag.map(|(inverse, flag)| (field(inverse), field(flag)));
				let (inverse, said) = said.unwrap_or(honest);
				wires.extend([inverse, said]);
				flag = said;
			}
			let ceiling = field(self.rescale.ceiling());
			let lift = lie.lift.map_or(flag * (ceiling - low), field);
			wires.push(lift);
			quotient += lift;
		}
		wires.push(lie.y.map_or(bits[total - 1] * quotient, field));
		wires
	}

	fn gadget(self, extra: Vec<(&'static str, i64, Lie)>) -> Gadget {
		let widths = self.widths();
		let mut builder = Builder::new(0);
		let x = builder.wire();
		let y = rescale::constrain(&mut builder, &widths, &Lc::wire(x)).y;
		let (rescale, input) = (self.rescale.clone(), self.input);
		let result = move |x: i64| {
			let channel = rescale.channels[0];
			let v = (x * i64::from(channel.multiplier) + channel.half()) >> channel.shift;
			if rescale.rectify {
				v.clamp(0, rescale.ceiling())
			} else {
				v
			}
		};
		let honest = (input.min..=input.max).map(|x| {
			let mut wires = vec![Fr::ONE, field(x)];
			assert_eq!(rescale::assign(&mut wires, &widths, x), result(x));
			assert_eq!(wires, self.craft(x, Lie::default()));
			wires
		});
		let honest = honest.collect();
		let total = widths.total();
		let shift = self.rescale.channels[0].shift;
		// An input whose result is neither zero nor saturated, and not all in one bit.
		let usual = (0..=input.max).find(|x| result(*x) == 2).unwrap();
		let with = |bits: Vec<Fr>| Lie { bits: Some(bits), ..Lie::default() };
		let mut remainder = bits(self.offset(usual) - (1 << shift), total);
		remainder[0] += field(1 << shift);
		let mut attacks = vec![
			(
				"a quotient one too large",
				usual,
				with(bits(self.offset(usual) + (1 << shift), total)),
			),
			("a remainder out of range", usual, with(remainder)),
			("the wrong sign", input.min, with(bits(self.offset(-input.min), total))),
		];
		attacks.extend((0..u32::from(shift)).map(|k| {
			(
				"all of the value in one bit of the remainder",
				usual,
				with(lump_at(self.offset(usual), total, k)),
			)
		}));
		attacks.extend(extra);
		let attacks = attacks.into_iter().map(|(name, x, lie)| (name, self.craft(x, lie)));
		let attacks = attacks.collect();
		let truth = move |wires: &[Fr]| {
			let x = (input.min..=input.max).find(|v| field(*v) == wires[x as usize]);
			y.evaluate(wires) == field(result(x.unwrap()))
		};
		Gadget { system: builder.finish(), truth: Box::new(truth), honest, attacks }
	}
}

fn requantiser(rectify: bool, bits: u8, shift: u8, input: (i64, i64)) -> Requantiser {
	let channels = vec![Channel { multiplier: 3, shift }];
	let input = Interval { min: input.0, max: input.1 };
	Requantiser { rescale: Rescale { rectify, bits, channels }, input }
}

fn rescale_gadgets() -> Vec<Gadget> {
	let y = |y| Lie { y: Some(y), ..Lie::default() };
	let lift = |lift| Lie { lift: Some(lift), ..Lie::default() };
	let flag = |inverse, flag| Lie { flag: Some((inverse, flag)), ..Lie::default() };
	vec![
		// 3 * 500 >> 3 is up to 187, and 4 bits hold 15: several bits of excess.
		requantiser(true, 4, 3, (-300, 500)).gadget(vec![
			("any result", 10, y(7)),
			("a positive result of a negative value", -10, y(1)),
			("saturated without need", 10, flag(0, 1)),
			("wrapped instead of saturated", 60, flag(0, 0)),
			("half saturated", 60, lift(1)),
			("lifted without need", 10, lift(5)),
		]),
		// 3 * 80 >> 3 is up to 30, and 4 bits hold 15: one bit of excess.
		requantiser(true, 4, 3, (-80, 80))
			.gadget(vec![("any result", 10, y(7)), ("half saturated", 60, lift(1))]),
		// Nothing can saturate.
		requantiser(true, 6, 3, (-80, 80)).gadget(vec![("any result", 10, y(7))]),
		// Without ReLU.
		requantiser(false, 6, 3, (-80, 80)).gadget(vec![]),
	]
}

#[test]
fn wrong_quotients_remainders_signs_and_saturation_are_refused() {
	for gadget in rescale_gadgets() {
		gadget.check();
	}
}

fn argmax_gadget() -> Gadget {
	let ranges = [Interval { min: -10, max: 10 }; 3];
	let mut builder = Builder::new(0);
	let x = builder.wires(3);
	let values: Vec<Lc> = (x..x + 3).map(Lc::wire).collect();
	let index = argmax::constrain(&mut builder, &ranges, &values).index;
	let start = |x: [i64; 3]| [vec![Fr::ONE], x.map(field).to_vec()].concat();
	let mut honest = Vec::new();
	for a in -3..4 {
		for b in -3..4 {
			for c in -3..4 {
				let mut wires = start([a, b, c]);
				argmax::assign(&mut wires, &ranges, &[a, b, c]);
				honest.push(wires);
			}
		}
	}
	let count = argmax::width(&ranges);
	// Differences that are negative go into one bit, or are said to be zero.
	let craft = |x: [i64; 3], selectors: [i64; 3], largest: i64, lumped: Option<u32>| {
		let mut wires = start(x);
		wires.extend(selectors.map(field));
		wires.push(field(largest));
		for j in 0..3 {
			let difference = largest - x[j] - selectors[j + 1..].iter().sum::<i64>();
			wires.extend(match difference {
				0.. => bits(difference, count),
				_ => lumped.map_or(bits(0, count), |k| lump_at(difference, count, k)),
			});
		}
		wires
	};
	let truth = move |wires: &[Fr]| {
		let at = |i: usize| (-20..20).find(|v| field(*v) == wires[i]).unwrap();
		let best = expected_argmax(&[at(1), at(2), at(3)]);
		index.evaluate(wires) == field(best as i64)
	};
	let each = (0..count).flat_map(|k| {
		[
			("the first is larger, in any one bit", craft([9, 5, 1], [0, 1, 0], 5, Some(k))),
			("the middle is larger, in any one bit", craft([5, 9, 1], [1, 0, 0], 5, Some(k))),
			("the last is larger, in any one bit", craft([1, 5, 9], [0, 1, 0], 5, Some(k))),
		]
	});
	Gadget {
		system: builder.finish(),
		truth: Box::new(truth),
		honest,
		attacks: each
			.chain([
				(
					"a smaller value, its difference in one bit",
					craft([5, 9, 1], [1, 0, 0], 5, Some(0)),
				),
				("a smaller value, its difference a lie", craft([5, 9, 1], [1, 0, 0], 5, None)),
				("the later of two, the tie in one bit", craft([9, 9, 1], [0, 1, 0], 9, Some(0))),
				("the later of two, the tie a lie", craft([9, 9, 1], [0, 1, 0], 9, None)),
				("a maximum nobody has", craft([5, 9, 1], [0, 0, 1], 10, None)),
				("nothing selected", craft([5, 9, 1], [0, 0, 0], 10, None)),
				("selectors that are no bits", craft([9, 9, 1], [2, -1, 0], 9, None)),
				("selectors that are no bits", craft([1, 9, 9], [0, 2, -1], 9, None)),
				("two selected", craft([1, 9, 9], [0, 1, 1], 9, None)),
			])
			.collect(),
	}
}

#[test]
fn any_index_but_the_first_of_the_largest_is_refused() {
	argmax_gadget().check();
}

fn poseidon_gadget() -> Gadget {
	let mut builder = Builder::new(0);
	let first = builder.wires(2);
	let inputs = [first, first + 1].map(|wire| Input::Wires(Lc::wire(wire)));
	let hash = poseidon::constrain(&mut builder, &WIDTH_3, &inputs);
	let inputs = [Fr::from(1), Fr::from(2)];
	let cheat = |at: usize, which: Option<usize>| {
		let mut wires = vec![Fr::ONE, inputs[0], inputs[1]];
		let mut count = 0;
		poseidon::assign_with(&mut wires, &WIDTH_3, &inputs.map(Input::Wires), |x| {
			count += 1;
			let off = |i| if count == at + 1 && which == Some(i) { Fr::ONE } else { Fr::ZERO };
			let square = x.square() + off(0);
			let fourth = square.square() + off(1);
			[square, fourth, fourth * x + off(2)]
		});
		wires
	};
	let mut attacks = Vec::new();
	// In the first full rounds, among the partial rounds, and in the last round.
	for at in [0, 4, 30, 70, 78] {
		attacks.push(("a square that is none", cheat(at, Some(0))));
		attacks.push(("a fourth power that is none", cheat(at, Some(1))));
		attacks.push(("a fifth power that is none", cheat(at, Some(2))));
	}
	Gadget {
		system: builder.finish(),
		truth: Box::new(move |wires| hash.evaluate(wires) == hash2(inputs)),
		honest: vec![cheat(0, None)],
		attacks,
	}
}

#[test]
fn a_hash_with_any_wrong_step_is_refused() {
	poseidon_gadget().check();
}

fn honest_wires(model: &CompiledModel) -> Vec<Fr> {
	let spec = model.input();
	let trace = model.trace(&vec![spec.max; spec.len() as usize]).unwrap();
	let secrets = Secrets {
		parameters: model.parameters(),
		weights: match model.visibility() {
			Visibility::Public => None,
			Visibility::Private => Some(to_field(&model.params_salt()).unwrap()),
		},
		constant: to_field(&model.params_commitment()).unwrap(),
		input_salt: Fr::from(5),
		output_salt: Fr::from(6),
		ctx: Fr::from(7),
	};
	assign(model.graph(), model.plan(), &trace, &secrets)
}

fn small(argmax: bool, rectify: bool) -> Shape {
	Shape { sizes: vec![3, 4, 3], argmax, rectify, bits: 6, input: (0, 16), seed: 4 }
}

/// Public inputs that are not those of the witness: the groups that tie them are mutated here, all
/// others where their gadget is.
fn public_input_groups(model: &CompiledModel) -> Vec<&'static str> {
	let system = model.circuit();
	let honest = honest_wires(model);
	assert_eq!(system.first_broken(&honest), None);
	let params = match model.visibility() {
		Visibility::Public => "commitment.constant-params",
		Visibility::Private => "commitment.params",
	};
	let ties = [
		(PARAMS, params),
		(INPUT, "commitment.input"),
		(OUTPUT, "commitment.output"),
		(CTX, "ctx.square"),
	];
	for (wire, group) in ties {
		let mut attack = honest.clone();
		attack[wire as usize] += Fr::ONE;
		assert_eq!(system.first_broken(&attack), Some(group));
		assert_eq!(system.without(group).first_broken(&attack), None);
	}
	ties.map(|(_, group)| group).to_vec()
}

#[test]
fn a_witness_does_not_pass_under_other_public_inputs() {
	for visibility in [Visibility::Public, Visibility::Private] {
		public_input_groups(&model(&small(true, true), visibility));
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
	let wires = honest_wires(&retrained);
	assert_eq!(model.circuit().first_broken(&wires), None);
}

#[test]
fn no_circuit_has_a_group_that_was_not_mutated() {
	let mut covered = BTreeSet::new();
	let mut gadgets = vec![
		range_gadget(),
		parameter_gadget(),
		dense_gadget(),
		argmax_gadget(),
		poseidon_gadget(),
	];
	gadgets.extend(rescale_gadgets());
	for gadget in gadgets {
		covered.extend(gadget.check());
	}
	// These rows are satisfied by anything; `keys.rs` deletes them and changes a public input.
	covered.insert("public.binding");
	let mut models = Vec::new();
	for visibility in [Visibility::Public, Visibility::Private] {
		for (argmax, rectify) in [(true, true), (false, true), (true, false)] {
			models.push(model(&small(argmax, rectify), visibility));
		}
	}
	for model in &models {
		covered.extend(public_input_groups(model));
	}
	for model in &models {
		let system = model.circuit();
		for group in &system.group_of {
			let group = system.groups[usize::from(*group)];
			assert!(covered.contains(group), "{group} has no attacks");
		}
	}
}
