//! What is chosen when: words before any proof, junk and results before the challenge.

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use zkml_circuits::{
	gadgets::{Backend, Constraints, FieldElement},
	r1cs::{field, Lc, Matrix, Wire},
	CompiledModel,
};
use zkml_prover::prove::commit;

use super::keyed::{challenge, digest, Keyed, CTX, REFUSED};
use crate::common::layers::{axis, Convolution, Fill, Layers, Sizes};

/// A convolution with junk.
pub fn convolution() -> CompiledModel {
	let axes = vec![axis(5, 3, 1, 1, [0, 0]), axis(5, 3, 1, 1, [0, 0])];
	let convolution = Convolution { groups: 1, channels: 1, outputs: 1, axes };
	let mut layers = Layers::new(convolution.source(), (0, 15), Fill::Random, 5);
	layers.convolution(&convolution, 8);
	layers.bare()
}

/// The wires of the junk: in the round, and alone in a coefficient.
fn junk(keyed: &Keyed) -> Vec<Wire> {
	let system = &keyed.system;
	let range =
		|range: std::ops::Range<usize>| move |wire: &Wire| range.contains(&(*wire as usize));
	let (word, in_round) = (range(system.committed()), range(system.round(0)));
	let mut junk = Vec::new();
	for row in rows(keyed, "polynomial.result") {
		let wires: Vec<Wire> = system.a.row(row).map(|(wire, _)| wire).collect();
		// The others have a bias.
		if !wires.iter().any(&word) {
			junk.extend(wires.into_iter().filter(&in_round));
		}
	}
	junk
}

fn rows<'a>(keyed: &'a Keyed, group: &'a str) -> impl Iterator<Item = usize> + 'a {
	let system = &keyed.system;
	(0..system.len()).filter(move |i| system.groups[usize::from(system.group_of[*i])] == group)
}

/// With z in view one of the junk makes up for any lie; with the lie in D_1 it is too late.
#[test]
fn junk_behind_the_challenge_would_absorb_any_lie() {
	let mut keyed = Keyed::new(convolution());
	let words = keyed.words();
	let (point, mut lie) = (keyed.point(&words), keyed.trace(3));
	lie.values[2][1] += 1;
	let assigned = keyed.assign(&words, &lie, CTX);
	let statement = keyed.statement(&assigned, digest(point));
	let commitment = keyed.commit(&assigned);
	let z = challenge(&statement, commitment.wire());
	let wires = keyed.complete(assigned, z);
	assert_eq!(keyed.system.first_broken(&wires), Some("polynomial.identity"));
	let proof = keyed.prove(&wires, commitment);
	assert_eq!(keyed.verify(point, &statement, &proof), REFUSED);

	// What is missing at z, put on a wire of the junk, with all that follows from it.
	let all = junk(&keyed);
	assert!(!all.is_empty());
	for wire in [all[0], all[all.len() - 1]] {
		let mut fitted = wires.clone();
		let broken = |wires: &[Fr]| keyed.system.first_broken(wires);
		// The identity is linear in the junk: two tries say by how much.
		let gap = |fitted: &mut Vec<Fr>, value: Fr| {
			fitted[wire as usize] = value;
			follow(&keyed, fitted);
			let row = rows(&keyed, "polynomial.identity").next().unwrap();
			keyed.system.a.row(row).map(|(wire, c)| fitted[wire as usize] * c).sum::<Fr>()
		};
		let (at_0, at_1) = (gap(&mut fitted, Fr::ZERO), gap(&mut fitted, Fr::ONE));
		let value = at_0 / (at_0 - at_1);
		assert_eq!(gap(&mut fitted, value), Fr::ZERO);
		assert_eq!(broken(&fitted), None, "behind the challenge the lie would pass");
		// It is in D_1: with the old one nothing holds, and with its own z is another.
		let proof = keyed.prove(&fitted, commitment);
		assert_eq!(keyed.verify(point, &statement, &proof), REFUSED);
		let fresh = commit(&keyed.system, &keyed.key, 0, &fitted, &mut keyed.rng);
		let proof = keyed.prove(&fitted, fresh);
		assert_eq!(keyed.verify(point, &statement, &proof), REFUSED);
	}
}

/// Works out again what is behind the challenge in the sums of polynomials.
fn follow(keyed: &Keyed, wires: &mut [Fr]) {
	let system = &keyed.system;
	for row in rows(keyed, "polynomial.result") {
		let at = |side: &Matrix| side.row(row).map(|(w, c)| wires[w as usize] * c).sum::<Fr>();
		let product = at(&system.a) * at(&system.b);
		let (result, _) = system.c.row(row).next().unwrap();
		wires[result as usize] = product;
	}
}

/// A convolution, a matrix of two rows and one of several packs.
pub fn network() -> CompiledModel {
	let mut layers = Layers::new(16, (0, 15), Fill::Random, 5);
	let axes = vec![axis(4, 3, 1, 1, [1, 1]), axis(4, 3, 2, 1, [1, 1])];
	layers.convolution(&Convolution { groups: 1, channels: 1, outputs: 3, axes }, 8);
	layers.rescale();
	layers.matrix(Sizes { rows: 2, ..Sizes::dense(3) });
	layers.rescale();
	layers.matrix(Sizes::dense(30));
	layers.finish()
}

/// Whatever stands behind the challenge follows from what is before it, by a row each: there is no other
/// choice.
#[test]
fn nothing_is_free_behind_the_challenge() {
	let model = network();
	let circuit = model.circuit();
	let ranges = model.range_circuit().unwrap().build();
	let mut seen = BTreeSet::new();
	for system in [&circuit, &ranges] {
		let last = system.last();
		let mut given: BTreeSet<Wire> = (0..last.start as Wire).collect();
		let mut made = 0;
		for (row, group) in system.group_of.iter().enumerate() {
			let sides = [&system.a, &system.b, &system.c];
			let late = sides.map(|side| -> Vec<Wire> {
				let wires = side.row(row).map(|(wire, _)| wire);
				wires.filter(|wire| last.contains(&(*wire as usize))).collect()
			});
			let name = system.groups[usize::from(*group)];
			let [a, b, c] = &late;
			let free = |wires: &Vec<Wire>| wires.iter().all(|wire| given.contains(wire));
			match name {
				// The product of what is given.
				"polynomial.input" | "polynomial.weights" | "polynomial.product"
				| "polynomial.pair" | "polynomial.common" | "polynomial.result"
				| "challenge.power" | "binding.horner" => {
					assert!(free(a) && free(b), "{name}");
					let [wire] = c[..] else { panic!("{name} makes one wire") };
					assert_eq!(system.c.row(row).count(), 1, "{name}");
					assert!(given.insert(wire), "{name} makes a wire that there is");
					made += 1;
				}
				// The inverse, or the quotient, of what is given.
				"lookup.query" | "lookup.row" => {
					assert!(b.is_empty() && c.is_empty(), "{name}");
					let [wire] = a[..] else { panic!("{name} makes one wire") };
					assert_eq!(system.a.row(row).count(), 1, "{name}");
					assert!(given.insert(wire), "{name} makes a wire that there is");
					made += 1;
				}
				// Tests of what is given.
				_ => assert!(free(a) && free(b) && free(c), "{name}"),
			}
			seen.insert(name);
		}
		assert_eq!(made, last.len());
	}
	for name in ["polynomial.input", "polynomial.weights", "polynomial.product", "polynomial.pair"]
	{
		assert!(seen.contains(name), "{name}");
	}
	for name in ["polynomial.common", "polynomial.result", "challenge.power", "lookup.row"] {
		assert!(seen.contains(name), "{name}");
	}
}

/// Why a layer takes words as they are. Here it takes digits that are wires of each proof, and nothing says
/// that they are in range: one word, and one answer for each choice of digits.
#[test]
fn digits_that_are_later_wires_are_the_prover_s_choice() {
	let mut constraints = Constraints::new(2);
	let b = &mut constraints;
	let base = Fr::from(1u64 << 20);
	let word = Lc::wire(b.wires(1));
	b.close_committed();
	let first = b.wires(2);
	let digits = [Lc::wire(first), Lc::wire(first + 1)];
	b.group("unpack", |g| g.equal(Lc::packed(base, &digits), word));
	// The result of each is the digit times the input.
	let results = b.wires(2);
	for (digit, result) in digits.into_iter().zip(results..) {
		b.group("product", |g| g.enforce(digit, Lc::wire(1), Lc::wire(result)));
	}
	let system = constraints.finish().0;
	let x = Fr::from(3);
	let word = field(5) + base * field(-7);
	let with = |low: Fr| {
		let high = (word - low) / base;
		vec![Fr::ONE, x, Fr::ZERO, word, low, high, low * x, high * x]
	};
	let honest = with(field(5));
	assert_eq!(honest[5], field(-7));
	let mut answers = BTreeSet::new();
	for low in [field(5), field(6), field(-100), base, Fr::from(2).inverse().unwrap()] {
		assert_eq!(system.first_broken(&with(low)), None);
		answers.insert(with(low)[6].to_string());
	}
	assert_eq!(answers.len(), 5);

	// Ours: one product for both, and results in their range.
	let mut layers = Layers::new(1, (0, 15), Fill::Random, 5);
	layers.matrix(Sizes { bias_bits: 1, ..Sizes::dense(2) });
	let mut keyed = Keyed::new(layers.bare());
	let (words, honest) = (keyed.words(), keyed.trace(3));
	assert_eq!(words.len(), 3, "both outputs are in one word");
	let truth = honest.values[1].clone();
	let [min, max] = [keyed.model.plan().ranges[1][0]].map(|r| [r.min, r.max])[0];
	let near = |n: i64| (n - 2..=n + 2).chain([min, 0, max]);
	for low in near(truth[0]) {
		for high in near(truth[1]) {
			let mut trace = honest.clone();
			trace.values[1] = vec![low, high];
			let assigned = keyed.assign(&words, &trace, CTX);
			let wires = keyed.complete(assigned, Fr::from(1u64 << 40));
			let passes = keyed.system.first_broken(&wires).is_none();
			assert_eq!(passes, trace == honest);
		}
	}
}
