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

mod common;
#[path = "common/craft.rs"]
mod craft;

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use common::{full, model, rng, Shape};
use craft::{integer, Craft, Frame, Gadget};
use rand::Rng;
use zkml_circuits::{
	circuit::{assign, Evaluated, Secrets, CHALLENGE, CTX, INPUT, OUTPUT, PARAMS},
	evaluate::argmax as expected_argmax,
	gadgets::{
		argmax, dense, max, parameters, poseidon,
		poseidon::Input,
		range::{self, Checks},
		rescale, step, table, Witness,
	},
	graph::{Channel, Dense, Op, Rescale, Table},
	nodes,
	plan::Interval,
	r1cs::{field, Builder, Lc, Matrix},
	CompiledModel,
};
use zkml_poseidon::{hash2, to_field, WIDTH_3};
use zkml_primitives::{Scalar, Visibility};

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
	let x = range::fresh(frame.builder(), checks, 17);
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
	let x = Lc::wire(frame.builder().wire());
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
	let value = parameters::constrain(frame.builder(), checks, 1, 8).remove(0);
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
	let op =
		Dense { rows: 1, groups: 1, weights: full(&[3, inputs as u32], 8), bias: full(&[3], 12) };
	let y = dense::private(frame.builder(), checks, &op, [&w, &b], &inputs_lc, &ranges);

	let mut start = Craft::new(checks).wires;
	start.extend(weights.iter().chain(&bias).chain(&x).map(|v| field(*v)));
	let integers: Vec<i32> = weights.iter().map(|w| *w as i32).collect();
	let mut witness = Witness::new(start.clone());
	dense::assign(&mut witness, checks, &op, &integers, &x, &ranges, &expected);
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

struct Requantiser {
	rescale: Rescale,
	input: Interval,
}

impl Requantiser {
	fn quotient(&self, x: i64) -> i64 {
		let channel = self.rescale.channels[0];
		(x * i64::from(channel.multiplier) + channel.half()) >> channel.shift
	}

	fn result(&self, x: i64) -> i64 {
		self.quotient(x).clamp(self.rescale.min, self.rescale.max)
	}

	/// Whether there are quotients below the ends, and above.
	fn beyond(&self) -> (bool, bool) {
		let below = self.quotient(self.input.min) < self.rescale.min;
		(below, self.quotient(self.input.max) > self.rescale.max)
	}

	/// The gadget's wires if the quotient is said to be `h` and the result `y`, with what is over and
	/// under the ends if it may be beyond both; values out of their range go to `spot`.
	fn craft(&self, checks: &Checks, x: i64, h: Fr, y: Fr, ends: [Fr; 2], spot: u32) -> Vec<Fr> {
		let Rescale { min: low, max: high, .. } = self.rescale;
		let channel = self.rescale.channels[0];
		let shift = u32::from(channel.shift);
		let v = x * i64::from(channel.multiplier) + channel.half();
		let left = field(v) - h * field(1 << shift);
		let (min, max) = (self.quotient(self.input.min), self.quotient(self.input.max));
		let bits = |n: i64| 64 - n.leading_zeros();
		let mut craft = Craft::new(checks);
		craft.push(field(x));
		if self.beyond() == (true, true) {
			[y, ends[0], ends[1]].into_iter().for_each(|wire| craft.push(wire));
			craft.remainder(left, shift, spot);
			craft.exact(y - field(low), (high - low) as u64 + 1, spot);
			craft.loose(ends[0] + ends[1], bits((max - high).max(low - min)), spot);
			return craft.wires;
		}
		if shift > 0 {
			craft.push(h);
			craft.remainder(left, shift, spot);
		}
		match self.beyond() {
			(true, _) => {
				craft.push(y);
				craft.loose(y + y - h - field(low), bits((max - low).max(low - min)), spot);
			}
			(_, true) => {
				craft.push(y);
				craft.loose(h + field(high) - y - y, bits((max - high).max(high - min)), spot);
			}
			_ if shift > 0 => craft.loose(h - field(min), bits(max - min), spot),
			_ => {}
		}
		craft.wires
	}

	fn honest(&self, checks: &Checks, x: i64) -> Vec<Fr> {
		let (h, y) = (self.quotient(x), self.result(x));
		let ends = [(h - y).max(0), (y - h).max(0)].map(field);
		self.craft(checks, x, field(h), field(y), ends, 0)
	}

	fn gadget(self, checks: &Checks) -> Gadget {
		let mut frame = Frame::new(checks);
		let x = frame.builder().wire();
		let element = rescale::Element::new(&self.rescale, 0, self.input);
		let y = rescale::constrain(frame.builder(), checks, &element, &Lc::wire(x));
		let honest = (self.input.min..=self.input.max).step_by(7).map(|x| {
			let wires = self.honest(checks, x);
			let mut witness = Witness::new(wires[..Craft::new(checks).wires.len() + 1].to_vec());
			assert_eq!(rescale::assign(&mut witness, checks, &element, x), self.result(x));
			assert_eq!(witness.wires, wires, "at {x}");
			wires
		});
		let honest = honest.collect();
		let mut attacks = Vec::new();
		let (floor, ceiling) = (field(self.rescale.min), field(self.rescale.max));
		let shift = u32::from(self.rescale.channels[0].shift);
		let zero = Fr::ZERO;
		for x in [self.input.min, self.input.min / 2, -1, 0, 10, self.input.max / 3, self.input.max]
		{
			if x < self.input.min {
				continue;
			}
			let (q, r) = (field(self.quotient(x)), field(self.result(x)));
			let one = Fr::ONE;
			// Quotients: one off, and the fraction that leaves another remainder in range.
			let fraction = q + field(3) / field(1 << shift);
			let saturates = self.beyond() == (true, true);
			let mut say = |name: &'static str, h: Fr, y: Fr, ends: [Fr; 2]| {
				for spot in 0..12 {
					attacks.push((name, x, self.craft(checks, x, h, y, ends, spot)));
				}
			};
			if saturates {
				let follow = |y: Fr, over: Fr, under: Fr| (y + over - under, y, [over, under]);
				for (name, (h, y, ends)) in [
					("half saturated", follow(ceiling - one, q - ceiling + one, zero)),
					("wrapped", follow(q - ceiling - one, ceiling + one, zero)),
					("lifted", follow(q + one, zero, one)),
					("above the ceiling", follow(q, zero, zero)),
					("below the floor", follow(q, zero, zero)),
					("saturated without need", follow(ceiling, q - ceiling, zero)),
					("at the floor without need", follow(floor, zero, floor - q)),
					("one too many", follow(r + one, q - r, zero)),
					("a quotient one too large", follow(q + one, zero, zero)),
					("a quotient one too small", follow(q - one, zero, zero)),
				] {
					say(name, h, y, ends);
				}
			} else {
				let of = |h: Fr, y: Fr| (h, y, [zero; 2]);
				for (name, (h, y, ends)) in [
					("a quotient one too large", of(q + one, r + one)),
					("a quotient one too small", of(q - one, r - one)),
					("a fraction as quotient", of(fraction, fraction)),
					("the quotient of a negative number", of(q, q)),
					("the floor", of(q, floor)),
					("the ceiling", of(q, ceiling)),
					("any result", of(q, field(7))),
					("any negative result", of(q, field(-7))),
				] {
					say(name, h, y, ends);
				}
			}
		}
		let truth = {
			let this = Self { rescale: self.rescale.clone(), input: self.input };
			move |wires: &[Fr]| {
				let x = integer(wires[x as usize]).unwrap();
				y.evaluate(wires) == field(this.result(x))
			}
		};
		let attacks = attacks.into_iter().map(|(name, _, wires)| (name, wires)).collect();
		Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
	}
}

fn clamp(ends: (i64, i64), shift: u8, input: (i64, i64)) -> Requantiser {
	let channels = vec![Channel { multiplier: if shift == 0 { 1 } else { 3 }, shift }];
	let input = Interval { min: input.0, max: input.1 };
	Requantiser { rescale: Rescale { min: ends.0, max: ends.1, channels }, input }
}

fn requantiser(rectify: bool, bits: u8, shift: u8, input: (i64, i64)) -> Requantiser {
	let half = 1 << (bits - 1);
	clamp(if rectify { (0, 2 * half - 1) } else { (-half, half - 1) }, shift, input)
}

fn rescale_gadgets(checks: &Checks) -> Vec<Gadget> {
	[
		// 3 * 500 >> 3 is up to 187, and 4 bits hold 15.
		requantiser(true, 4, 3, (-300, 500)),
		// No shift, and saturation.
		requantiser(true, 4, 0, (-30, 40)),
		// Nothing can saturate.
		requantiser(true, 6, 3, (-80, 80)),
		requantiser(true, 7, 0, (-80, 80)),
		// Shifts that do not fill a limb.
		requantiser(true, 6, 4, (-160, 160)),
		requantiser(true, 4, 5, (-900, 1500)),
		requantiser(false, 6, 5, (-300, 300)),
		// Nothing is negative.
		requantiser(true, 6, 3, (0, 80)),
		// Without ReLU.
		requantiser(false, 6, 3, (-80, 80)),
		// Other ends: both, the lower, the upper.
		clamp((-20, 11), 3, (-300, 500)),
		clamp((-9, 70), 0, (-30, 40)),
		clamp((-5, 200), 2, (-80, 80)),
		clamp((-300, 13), 2, (-80, 80)),
		clamp((-300, -2), 0, (-30, 40)),
	]
	.into_iter()
	.map(|requantiser| requantiser.gadget(checks))
	.collect()
}

#[test]
fn wrong_quotients_remainders_signs_and_saturation_are_refused() {
	for checks in &ways() {
		for gadget in rescale_gadgets(checks) {
			gadget.check();
		}
	}
}

#[test]
fn a_result_that_can_only_be_zero_costs_nothing() {
	for checks in &ways() {
		let element = rescale::Element::new(
			&requantiser(true, 6, 3, (-80, 0)).rescale,
			0,
			Interval { min: -80, max: 0 },
		);
		let mut builder = Builder::new(0);
		let x = Lc::wire(builder.wire());
		assert_eq!(
			rescale::constrain(&mut builder, checks, &element, &x).as_constant(),
			Some(Fr::ZERO)
		);
		assert_eq!(builder.counts().constraints, 0);
	}
}

fn argmax_gadget(checks: &Checks) -> Gadget {
	let ranges = [Interval { min: -10, max: 10 }; 3];
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(3);
	let values: Vec<Lc> = (x..x + 3).map(Lc::wire).collect();
	let index = argmax::constrain(frame.builder(), checks, &ranges, &values);
	let count = argmax::width(&ranges);
	// Differences that are negative go to a spot.
	let craft = |x: [i64; 3], selectors: [i64; 3], largest: i64, spot: u32| {
		let mut craft = Craft::new(checks);
		x.iter().chain(&selectors).chain([&largest]).for_each(|v| craft.push(field(*v)));
		for j in 0..3 {
			let difference = largest - x[j] - selectors[j + 1..].iter().sum::<i64>();
			craft.loose(field(difference), count, spot);
		}
		craft.wires
	};
	let mut honest = Vec::new();
	for a in -3..4 {
		for b in -3..4 {
			for c in -3..4 {
				let x = [a, b, c];
				let mut witness = Witness::new(Craft::new(checks).wires);
				x.iter().for_each(|v| witness.push_integer(*v));
				let best = argmax::assign(&mut witness, checks, &ranges, &x);
				let selectors = [0, 1, 2].map(|j| i64::from(j == best));
				assert_eq!(witness.wires, craft(x, selectors, x[best], 0));
				honest.push(witness.wires);
			}
		}
	}
	let truth = move |wires: &[Fr]| {
		let at = |i: u32| integer(wires[(x + i) as usize]).unwrap();
		let best = expected_argmax(&[at(0), at(1), at(2)]);
		index.evaluate(wires) == field(best as i64)
	};
	let mut attacks = Vec::new();
	for spot in 0..=count {
		attacks.extend([
			("the first is larger", craft([9, 5, 1], [0, 1, 0], 5, spot)),
			("the middle is larger", craft([5, 9, 1], [1, 0, 0], 5, spot)),
			("the last is larger", craft([1, 5, 9], [0, 1, 0], 5, spot)),
			("the later of two", craft([9, 9, 1], [0, 1, 0], 9, spot)),
			("a maximum nobody has", craft([5, 9, 1], [0, 0, 1], 10, spot)),
			("nothing selected", craft([5, 9, 1], [0, 0, 0], 10, spot)),
			("selectors that are no bits", craft([9, 9, 1], [2, -1, 0], 9, spot)),
			("selectors that are no bits", craft([1, 9, 9], [0, 2, -1], 9, spot)),
			("two selected", craft([1, 9, 9], [0, 1, 1], 9, spot)),
		]);
	}
	Gadget { frame, truth: Box::new(truth), honest, attacks }
}

#[test]
fn any_index_but_the_first_of_the_largest_is_refused() {
	for checks in &ways() {
		argmax_gadget(checks).check();
	}
}

fn max_gadget(checks: &Checks) -> Gadget {
	let ranges = [(-10, 10), (-4, 12), (-40, -11)].map(|(min, max)| Interval { min, max });
	let mut frame = Frame::new(checks);
	let x = frame.builder().wires(3);
	let values: Vec<Lc> = (x..x + 3).map(Lc::wire).collect();
	// The third is never the largest, and has no wires.
	let largest = max::constrain(frame.builder(), checks, &ranges, &values);
	let craft = |x: [i64; 3], y: Fr, spot: u32| {
		let mut craft = Craft::new(checks);
		x.iter().for_each(|v| craft.push(field(*v)));
		craft.push(y);
		craft.loose(y + y - field(x[0]) - field(x[1]), 5, spot);
		craft.wires
	};
	let mut honest = Vec::new();
	for (a, b) in [(0, 0), (-10, 12), (10, -4), (3, 2), (2, 3)] {
		let x = [a, b, -20];
		let mut witness = Witness::new(Craft::new(checks).wires);
		x.iter().for_each(|v| witness.push_integer(*v));
		assert_eq!(max::assign(&mut witness, checks, &ranges, &x), a.max(b));
		assert_eq!(witness.wires, craft(x, field(a.max(b)), 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=5 {
		for x in [[3, 9, -20], [9, 3, -20], [10, -4, -11]] {
			attacks.push(("the smaller", craft(x, field(x[0].min(x[1])), spot)));
			attacks.push(("more than both", craft(x, field(x[0].max(x[1]) + 1), spot)));
			attacks.push(("between the two", craft(x, field(7), spot)));
			attacks.push(("one that is never the largest", craft(x, field(x[2]), spot)));
		}
	}
	let truth = move |wires: &[Fr]| {
		let at = |i: u32| integer(wires[(x + i) as usize]).unwrap();
		largest.evaluate(wires) == field(at(0).max(at(1)))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

#[test]
fn anything_but_the_largest_is_refused() {
	for checks in &ways() {
		max_gadget(checks).check();
	}
}

fn step_gadget(checks: &Checks) -> Gadget {
	let (range, t) = (Interval { min: -9, max: 20 }, 4);
	let mut frame = Frame::new(checks);
	let x = frame.builder().wire();
	let y = step::constrain(frame.builder(), checks, range, t, &Lc::wire(x));
	let craft = |x: i64, y: Fr, product: Fr, spot: u32| {
		let mut craft = Craft::new(checks);
		[field(x), y, product].into_iter().for_each(|v| craft.push(v));
		craft.loose(product - field(x - t), 4, spot);
		craft.wires
	};
	let product = |x: i64, y: Fr| y * field(2 * (x - t - 1) + 1);
	let mut honest = Vec::new();
	for value in [-9, 3, 4, 5, 6, 20] {
		let mut witness = Witness::new([Craft::new(checks).wires, vec![field(value)]].concat());
		let answer = i64::from(value > t);
		assert_eq!(step::assign(&mut witness, checks, range, t, value), answer);
		assert_eq!(witness.wires, craft(value, field(answer), product(value, field(answer)), 0));
		honest.push(witness.wires);
	}
	let mut attacks = Vec::new();
	for spot in 0..=4 {
		for x in [-9, 3, 4, 5, 20] {
			let lie = field(i64::from(x <= t));
			attacks.push(("the other answer", craft(x, lie, product(x, lie), spot)));
			let truth = Fr::ONE - lie;
			attacks.push(("another product", craft(x, lie, product(x, truth), spot)));
			// What makes the range 0, whatever it takes.
			let half = field(x - t) / field(2 * (x - t - 1) + 1);
			attacks.push(("an answer that is no bit", craft(x, half, product(x, half), spot)));
		}
	}
	let truth = move |wires: &[Fr]| {
		let x = integer(wires[x as usize]).unwrap();
		y.evaluate(wires) == field(i64::from(x > t))
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

#[test]
fn a_wrong_answer_to_a_comparison_is_refused() {
	for checks in &ways() {
		step_gadget(checks).check();
	}
}

fn table_gadget(checks: &Checks) -> Gadget {
	let values = vec![100, 3, -5, 8, 90, -7, 40, 100];
	let function = Table { min: -4, values: values.clone() };
	let range = Interval { min: -3, max: 2 };
	let part = table::Part::new(checks, &function, range);
	let mut frame = Frame::new(checks);
	let x = frame.builder().wire();
	let y = table::constrain(frame.builder(), checks, &part, &Lc::wire(x));
	let first = Craft::new(checks).wires;
	let craft = |x: i64, y: Fr, selectors: [Fr; 6], spot: u32| {
		let mut craft = Craft::new(checks);
		craft.push(field(x));
		craft.push(y);
		if *checks == Checks::Bits {
			selectors.into_iter().for_each(|s| craft.push(s));
		} else {
			craft.loose(y + field(7), 7, spot);
		}
		craft.wires
	};
	let at = |x: i64| values[(x + 4) as usize];
	let select = |x: i64| [0, 1, 2, 3, 4, 5].map(|t| field(i64::from(t == x + 3)));
	let mut honest = Vec::new();
	for x in -3..=2 {
		let value = i64::from(at(x));
		let mut witness = Witness::new([first.clone(), vec![field(x)]].concat());
		assert_eq!(table::assign(&mut witness, checks, &part, x), value);
		assert_eq!(witness.wires, craft(x, field(value), select(x), 0));
		honest.push(witness.wires);
	}
	let slot = match checks {
		Checks::Bits => 0,
		Checks::Tables { .. } => checks.loose_width(7),
	};
	let mut attacks = Vec::new();
	for spot in 0..=3 {
		for x in -3..=2 {
			let value = field(at(x).into());
			let other = if x == 2 { -3 } else { x + 1 };
			let of_other = field(at(other).into());
			attacks.push(("one too much", craft(x, value + Fr::ONE, select(x), spot)));
			attacks.push(("another row's value", craft(x, of_other, select(x), spot)));
			attacks.push(("another row", craft(x, of_other, select(other), spot)));
			// The packed sum of another row.
			let packed = of_other + field((other - x) << slot);
			attacks.push(("a value that makes up for it", craft(x, packed, select(x), spot)));
			let mut two = select(x);
			two[0] += Fr::ONE;
			let sum = value + field(at(-3).into());
			attacks.push(("two rows", craft(x, sum, two, spot)));
			// Selectors that add up and point to x, but are no bits.
			let mut three = [Fr::ZERO; 6];
			let middle = (x + 3).clamp(1, 4) as usize;
			three[middle - 1] = Fr::ONE;
			three[middle + 1] = Fr::ONE;
			three[middle] = -Fr::ONE;
			let y = (0..6).map(|t| three[t] * field(at(t as i64 - 3).into())).sum();
			attacks.push(("selectors that are no bits", craft(middle as i64 - 3, y, three, spot)));
			attacks.push(("nothing selected", craft(x, Fr::ZERO, [Fr::ZERO; 6], spot)));
			// The right input by a selector of another value.
			let mut scaled = [Fr::ZERO; 6];
			scaled[0] = field(x) / field(-3);
			let y = scaled[0] * field(at(-3).into());
			attacks.push(("a part of a row", craft(x, y, scaled, spot)));
		}
		// Selecting nothing says 0, and is of use where 0 is the input.
		attacks.push(("no row at all", craft(0, Fr::ZERO, [Fr::ZERO; 6], spot)));
	}
	let truth = move |wires: &[Fr]| {
		let x = integer(wires[x as usize]).unwrap();
		y.evaluate(wires) == field(values[(x + 4) as usize].into())
	};
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

#[test]
fn a_value_that_is_not_the_function_s_is_refused() {
	for checks in &ways() {
		table_gadget(checks).check();
	}
}

fn product_gadget() -> Gadget {
	let name = |name: &str, inputs: &[u32], op| zkml_circuits::graph::Node {
		name: name.into(),
		inputs: inputs.into(),
		op,
	};
	let graph = zkml_circuits::IntGraph {
		input: common::spec(&[2], 8, -8, 8),
		nodes: vec![name("square", &[0, 0], Op::Product)],
		output: common::spec(&[2], 8, -64, 64),
	};
	let model =
		CompiledModel::new(Visibility::Public, graph, vec![], vec![], Scalar::ZERO).unwrap();
	let mut builder = Builder::new(0);
	let x = builder.wires(2);
	let values = [vec![Lc::wire(x), Lc::wire(x + 1)]];
	let ranges = [model.plan().ranges[0].clone()];
	let node = &model.graph().nodes[0];
	let operands = nodes::Operands::new(node, &ranges, &values);
	let parameters = nodes::Parameters::None;
	let y = nodes::constrain(&mut builder, model.checks(), &operands, parameters, &[]);
	let wires = |x: [i64; 2], y: [i64; 2]| {
		[1].iter().chain(&x).chain(&y).map(|v| field(*v)).collect::<Vec<Fr>>()
	};
	let truth =
		move |wires: &[Fr]| (0..2).all(|i| y[i].evaluate(wires) == wires[x as usize + i].square());
	Gadget {
		frame: Frame::plain(builder),
		truth: Box::new(truth),
		honest: vec![wires([3, -5], [9, 25])],
		attacks: vec![("another product", wires([3, -5], [9, -25]))],
	}
}

#[test]
fn a_wrong_product_is_refused() {
	product_gadget().check();
}

fn poseidon_gadget() -> Gadget {
	let mut builder = Builder::new(0);
	let first = builder.wires(2);
	let inputs = [first, first + 1].map(|wire| Input::Wires(Lc::wire(wire)));
	let hash = poseidon::constrain(&mut builder, &WIDTH_3, &inputs);
	let inputs = [Fr::from(1), Fr::from(2)];
	let cheat = |at: usize, which: Option<usize>| {
		let mut witness = Witness::new(vec![Fr::ONE, inputs[0], inputs[1]]);
		let mut count = 0;
		poseidon::assign_with(&mut witness, &WIDTH_3, &inputs.map(Input::Wires), |x| {
			count += 1;
			let off = |i| if count == at + 1 && which == Some(i) { Fr::ONE } else { Fr::ZERO };
			let square = x.square() + off(0);
			let fourth = square.square() + off(1);
			[square, fourth, fourth * x + off(2)]
		});
		witness.wires
	};
	let mut attacks = Vec::new();
	// In the first full rounds, among the partial rounds, and in the last round.
	for at in [0, 4, 30, 70, 78] {
		attacks.push(("a square that is none", cheat(at, Some(0))));
		attacks.push(("a fourth power that is none", cheat(at, Some(1))));
		attacks.push(("a fifth power that is none", cheat(at, Some(2))));
	}
	Gadget {
		frame: Frame::plain(builder),
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

fn honest_wires(model: &CompiledModel, evaluated: bool) -> Vec<Fr> {
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
	let assigned = assign(model.graph(), model.plan(), model.checks(), &trace, &secrets);
	if *model.checks() == Checks::Bits {
		return assigned.witness.wires;
	}
	let evaluated = Evaluated { input: evaluated, output: evaluated };
	assigned.complete(model.graph(), &trace, evaluated, Fr::from(DRAWN)).unwrap()
}

fn small(argmax: bool, rectify: bool) -> Shape {
	Shape { sizes: vec![3, 4, 3], argmax, rectify, bits: 6, input: (0, 16), seed: 4 }
}

/// Public inputs that are not those of the witness: the groups that tie them are mutated here, all
/// others where their gadget is.
fn public_input_groups(model: &CompiledModel) -> Vec<&'static str> {
	let system = model.circuit();
	let bits = *model.checks() == Checks::Bits;
	let params = match model.visibility() {
		Visibility::Public => "commitment.constant-params",
		Visibility::Private => "commitment.params",
	};
	let [input, output] =
		if bits { ["commitment.input", "commitment.output"] } else { ["binding.either"; 2] };
	let ties = [(PARAMS, params), (INPUT, input), (OUTPUT, output), (CTX, "ctx.square")];
	let mut groups = ties.map(|(_, group)| group).to_vec();
	for evaluated in [false, true] {
		let honest = honest_wires(model, evaluated);
		assert_eq!(system.first_broken(&honest), None);
		for (wire, group) in ties {
			let mut attack = honest.clone();
			attack[wire as usize] += Fr::ONE;
			assert_eq!(system.first_broken(&attack), Some(group));
			assert_eq!(system.without(group).first_broken(&attack), None);
		}
	}
	if bits {
		return groups;
	}
	// Another challenge than that the wires behind it were made for.
	let mut attack = honest_wires(model, false);
	attack[CHALLENGE as usize] += Fr::ONE;
	assert!(system.first_broken(&attack).is_some());
	// The evaluation of another tensor, with a product that makes it so: the last words' products,
	// which nothing but the evaluation takes.
	let words = |spec: &zkml_primitives::TensorSpec| spec.len().div_ceil(spec.per_word() as u32);
	let input = system.last().start + words(model.input()) as usize - 1;
	let output = input + words(model.output()) as usize;
	for (public, product) in [(INPUT as usize, input), (OUTPUT as usize, output)] {
		let mut attack = honest_wires(model, true);
		attack[public] += Fr::ONE;
		attack[product] += Fr::ONE;
		assert_eq!(system.first_broken(&attack), Some("binding.horner"));
		assert_eq!(system.without("binding.horner").first_broken(&attack), None);
	}
	groups.push("binding.horner");
	groups
}

#[test]
fn a_witness_does_not_pass_under_other_public_inputs() {
	for visibility in [Visibility::Public, Visibility::Private] {
		let plain = model(&small(true, true), visibility);
		public_input_groups(&plain);
		public_input_groups(&plain.with_lookups());
	}
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

#[test]
fn no_circuit_has_a_group_that_was_not_mutated() {
	let mut covered = BTreeSet::new();
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
	}
	for gadget in gadgets {
		covered.extend(gadget.check());
	}
	// These rows are satisfied by anything; `keys.rs` deletes them and changes a public input.
	covered.insert("public.binding");
	let mut models = Vec::new();
	for visibility in [Visibility::Public, Visibility::Private] {
		for (argmax, rectify) in [(true, true), (false, true), (true, false)] {
			let plain = model(&small(argmax, rectify), visibility);
			models.extend([plain.clone(), plain.with_lookups()]);
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
