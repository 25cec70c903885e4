//! Products as polynomials.

use zkml_circuits::{
	gadgets::{
		packing::Packing,
		polynomial::{self, Powers},
		words::{self, Pack},
		FieldElement, Integer,
	},
	graph::{Windows, NONE},
	r1cs::R1cs,
};

use super::*;
use crate::common::layers::{axis, Convolution};

/// An operation, and where in a source its input's elements are.
struct Product {
	dense: MatMul,
	packing: Packing,
	picks: Vec<u32>,
}

const MIN: i64 = -500;
/// Above the lower end.
const BITS: u32 = 10;

impl Product {
	fn new(checks: &Checks, dense: MatMul, size: usize, picks: Vec<u32>) -> Self {
		let range = Interval { min: MIN, max: MIN + (1 << BITS) - 1 };
		let packing = Packing { slot: checks.loose_width(BITS), size, range, bits: BITS };
		Self { dense, packing, picks }
	}

	/// A matrix in packs of this size.
	fn matrix(checks: &Checks, rows: u32, inputs: u32, outputs: u32, size: usize) -> Self {
		Self::grouped(checks, 1, [rows, inputs, outputs], size)
	}

	/// A matrix for each of several groups: rows, inputs and outputs of one.
	fn grouped(checks: &Checks, groups: u32, sizes: [u32; 3], size: usize) -> Self {
		let [rows, inputs, outputs] = sizes;
		let all = groups * outputs;
		let (weights, bias) = (full(&[all, inputs], 4), full(&[all], 5));
		let dense = MatMul { rows, groups, weights, bias, windows: None };
		Self::new(checks, dense, size, (0..rows * groups * inputs).collect())
	}

	/// A convolution along two axes with junk, whose polynomials cost less than a product for each weight.
	fn convolution(checks: &Checks) -> Self {
		let axes = vec![axis(5, 2, 1, 1, [0, 0]), axis(6, 2, 1, 1, [0, 0])];
		let convolution = Convolution { groups: 1, channels: 1, outputs: 1, axes: axes.clone() };
		let (weights, bias) = (full(&[1, 4], 4), full(&[1], 5));
		let windows = Some(Windows { channels: 1, axes });
		let dense = MatMul { rows: 20, groups: 1, weights, bias, windows };
		Self::new(checks, dense, 1, convolution.picks())
	}

	fn source(&self) -> usize {
		self.picks.iter().max().map_or(0, |last| *last as usize + 1)
	}

	fn x<N: Integer>(&self, source: &[N]) -> Vec<N> {
		let pick = |at: &u32| match *at {
			NONE => N::constant(0),
			at => source[at as usize].clone(),
		};
		self.picks.iter().map(pick).collect()
	}

	/// The results for parameters that are integers.
	fn results(&self, weights: &[i32], bias: &[i32], source: &[i64]) -> Vec<i64> {
		matmul::constant(&self.dense, weights, bias, &self.x(source))
	}

	/// Whether results are what words and source say, each in its range.
	fn holds(&self, packs: &[Pack<Fr>], source: &[Fr], y: &[Fr]) -> bool {
		let Self { dense, packing, .. } = self;
		let (inputs, outputs) = (dense.inputs(), dense.outputs());
		let above = 1i64 << packing.slot;
		let in_range = |y: &Fr| between(*y, MIN, MIN + above - 1);
		// Each row has the groups in order, each of which has packs of its own.
		let groups = packs.chunks(words::packs(dense, packing)).cycle();
		let places = self.picks.chunks(inputs).zip(y.chunks(outputs));
		y.iter().all(in_range)
			&& places.zip(groups).all(|((picks, y), packs)| {
				packs.iter().zip(y.chunks(packing.size)).all(|(pack, y)| {
					let product = |(word, at): (&Fr, &u32)| match *at {
						NONE => Fr::ZERO,
						at => *word * source[at as usize],
					};
					let sum: Fr = pack.weights.iter().zip(picks).map(product).sum();
					sum + self.bias(pack) == Fr::packed(packing.base(), y)
				})
			})
	}

	/// The packed biases.
	fn bias(&self, pack: &Pack<Fr>) -> Fr {
		let pairs = pack.weights.chunks_exact(2).map(|two| two[0] * two[1]);
		match words::paired(&self.dense, &self.packing) {
			true => pack.bias + pairs.sum::<Fr>(),
			false => pack.bias,
		}
	}

	/// The gadget's system, and its words, source and results.
	fn frame(&self, checks: &Checks) -> (Frame, Vec<Pack<Lc>>, [Vec<Lc>; 2]) {
		let Self { dense, packing, .. } = self;
		let mut frame = Frame::new(checks);
		let b = frame.builder();
		let packs: Vec<Pack<Lc>> = words::fresh(b, dense, packing, 0, &());
		let first = b.wires(self.source() as u32);
		let source: Vec<Lc> = (first..).take(self.source()).map(Lc::wire).collect();
		let x = self.x(&source);
		let (y, claims) = polynomial::results(b, checks, dense, packing, packs.clone(), &x, &());
		frame.then(move |b, z| {
			let mut powers = Powers::new(z);
			claims.iter().for_each(|claim| polynomial::constrain(b, claim, &mut powers));
		});
		(frame, packs, [source, y])
	}

	/// An honest witness for random numbers of this size.
	fn honest(&self, checks: &Checks, size: i32) -> Honest {
		let Self { dense, packing, .. } = self;
		let rng = &mut rng(17);
		let mut numbers = |n: usize, size: i32| -> Vec<i32> {
			(0..n).map(|_| rng.gen_range(-size..size)).collect()
		};
		let outputs = dense.groups as usize * dense.outputs();
		let weights = numbers(outputs * dense.inputs(), size);
		let bias = numbers(outputs, 2 * size);
		let source: Vec<i64> = numbers(self.source(), 8).into_iter().map(i64::from).collect();
		let words = words::values(dense, packing, [&weights, &bias]);
		let results = self.results(&weights, &bias, &source);
		let mut witness = Witness::new(Craft::new(checks).wires);
		let packs = words::fresh(&mut witness, dense, packing, 0, &words.as_slice());
		source.iter().for_each(|value| _ = witness.wire(|_| *value));
		let start = witness.wires.len();
		let (b, x, known) = (&mut witness, self.x(&source), results.as_slice());
		let (y, claims) = polynomial::results(b, checks, dense, packing, packs, &x, &known);
		assert_eq!(y, results);
		let front = witness.wires.len();
		let mut powers = Powers::new(witness.wires[1]);
		claims.iter().for_each(|claim| polynomial::constrain(&mut witness, claim, &mut powers));
		Honest { wires: witness.wires, start, front, results }
	}

	fn gadget(self, checks: &Checks) -> Gadget {
		let (frame, packs, [source, y]) = self.frame(checks);
		let system = self.frame(checks).0.finish().0;
		let all = [8, 1].map(|size| self.honest(checks, size));
		let Honest { wires, start, front, results } = &all[0];
		let (before, behind) = wires.split_at(*front);
		let craft_with = |bias: Fr, y: &[Fr], spot: u32| -> Vec<Fr> {
			let mut craft = Craft::new(checks);
			let bias_of_first = craft.wires.len() + self.dense.inputs();
			craft.wires = [&before[..*start], y].concat();
			craft.wires[bias_of_first] += bias;
			y.iter().for_each(|y| craft.loose(*y - field(MIN), BITS, spot));
			let junk = craft.wires.len()..;
			craft.wires.extend(&before[junk]);
			craft.wires
		};
		let craft = |y: &[Fr], spot: u32| craft_with(Fr::ZERO, y, spot);
		let results: Vec<Fr> = results.iter().map(|y| field(*y)).collect();
		assert_eq!(craft(&results, 0), before);
		let steps = Steps { system: &system, front: *front };
		let mut attacks = Vec::new();
		let (groups, outputs) = (self.dense.groups as usize, self.dense.outputs());
		// In one pack of the first row of a group, and in each of them, which have some steps in common.
		for first in (0..groups).map(|group| group * outputs) {
			for packs in [1, outputs.div_ceil(self.packing.size)] {
				let mut more = results.clone();
				(0..packs).for_each(|pack| more[first + pack * self.packing.size] += Fr::ONE);
				attacks.extend(steps.lies(&craft(&more, 0), behind));
			}
		}
		// What is one sum, of digits that are out of their range; and a bias that no result has room for.
		let slot = field(1 << checks.loose_width(BITS));
		let fraction = slot.inverse().unwrap_or_default();
		let carries = [[slot, -Fr::ONE], [-slot, Fr::ONE], [-Fr::ONE, fraction]];
		for spot in 0..4 {
			for [low, high] in carries {
				let mut carried = results.clone();
				carried[0] += low;
				carried[1] += high;
				attacks.push(("a carry", [&craft(&carried, spot), behind].concat()));
			}
			for bias in [slot, -slot, fraction] {
				let mut far = results.clone();
				far.iter_mut().step_by(groups * outputs).for_each(|y| *y += bias);
				attacks.push(("a far bias", [&craft_with(bias, &far, spot), behind].concat()));
			}
		}
		let truth = move |wires: &[Fr]| {
			let at = |lc: &Lc| lc.evaluate(wires);
			let pack = |pack: &Pack<Lc>| Pack {
				weights: pack.weights.iter().map(at).collect(),
				bias: at(&pack.bias),
			};
			let packs: Vec<_> = packs.iter().map(pack).collect();
			let [source, y] = [&source, &y].map(|all| all.iter().map(at).collect::<Vec<_>>());
			self.holds(&packs, &source, &y)
		};
		let honest = all.map(|honest| honest.wires).into();
		Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
	}
}

/// An honest witness.
struct Honest {
	wires: Vec<Fr>,
	/// Where the results begin.
	start: usize,
	/// Where the challenge is drawn.
	front: usize,
	results: Vec<i64>,
}

/// The steps behind the challenge, each a product of what is there.
pub struct Steps<'a> {
	/// Of the gadget.
	pub system: &'a R1cs,
	/// Where the challenge is drawn.
	pub front: usize,
}

/// Whether a row is a step, or an identity that they end in.
fn is_step(name: &str) -> bool {
	["polynomial.", "matrix.", "challenge."].iter().any(|start| name.starts_with(start))
}

impl Steps<'_> {
	/// The rows of steps and of the identities that they end in.
	pub fn rows(&self) -> Vec<(usize, &'static str)> {
		(0..self.system.len())
			.map(|row| (row, self.system.groups[usize::from(self.system.group_of[row])]))
			.filter(|(_, name)| is_step(name))
			.collect()
	}

	/// All steps, one of them given; and by how much each identity is off.
	pub fn follow(
		&self,
		front: &[Fr],
		behind: &[Fr],
		given: Option<(usize, Fr)>,
	) -> (Vec<Fr>, Vec<Fr>) {
		let offset = self.system.wires - front.len() - behind.len();
		let place = |wire: Wire| match wire as usize {
			wire if wire < self.front => wire,
			wire => wire - offset,
		};
		let at = |side: &Matrix, row: usize, wires: &[Fr]| -> Fr {
			side.row(row).map(|(wire, c)| wires[place(wire)] * c).sum()
		};
		let mut wires = [front, behind].concat();
		let mut gaps = Vec::new();
		for (row, name) in self.rows() {
			let [a, b] = [&self.system.a, &self.system.b].map(|side| at(side, row, &wires));
			match self.system.c.row(row).next() {
				_ if name.ends_with(".identity") => {
					gaps.push(a * b - at(&self.system.c, row, &wires));
				}
				Some((wire, _)) => {
					wires[place(wire)] = match given {
						Some((step, value)) if step == row => value,
						_ => a * b,
					};
				}
				None => {}
			}
		}
		(wires, gaps)
	}

	/// Wires of a lie about the results with what follows from them, and with each step wrong by as much as
	/// makes the rest fit.
	pub fn lies(&self, front: &[Fr], behind: &[Fr]) -> Vec<(&'static str, Vec<Fr>)> {
		let follow = |given| self.follow(front, behind, given);
		let mut lies = vec![("a result one too large", follow(None).0)];
		for (row, name) in self.rows() {
			if self.system.c.row(row).next().is_none() || name.ends_with(".identity") {
				continue;
			}
			let gap = |value: Fr| -> Vec<Fr> { follow(Some((row, value))).1 };
			let (at_0, at_1) = (gap(Fr::ZERO), gap(Fr::ONE));
			let Some(broken) = follow(None).1.iter().position(|gap| *gap != Fr::ZERO) else {
				continue;
			};
			let slope = at_0[broken] - at_1[broken];
			if slope != Fr::ZERO {
				lies.push((name, follow(Some((row, at_0[broken] / slope))).0));
			}
		}
		lies
	}
}

/// One row in several packs, several rows, several groups, and a convolution.
pub fn polynomial_gadgets() -> Vec<Gadget> {
	let products = |checks: &Checks| {
		[
			Product::matrix(checks, 1, 3, 4, 2),
			Product::matrix(checks, 1, 3, 2, 2),
			Product::matrix(checks, 3, 2, 2, 2),
			Product::grouped(checks, 2, [1, 3, 3], 2),
			Product::grouped(checks, 2, [2, 2, 2], 2),
			Product::convolution(checks),
		]
		.map(|product| product.gadget(checks))
	};
	ways()[1..].iter().flat_map(products).collect()
}

#[test]
fn wrong_results_of_words_are_refused() {
	let mut groups = BTreeSet::new();
	polynomial_gadgets().into_iter().for_each(|gadget| groups.extend(gadget.check()));
	for name in ["input", "weights", "product", "pair", "common", "result", "identity"] {
		assert!(groups.contains(format!("polynomial.{name}").as_str()), "{name}");
	}
	assert!(groups.contains("challenge.power"));
}
