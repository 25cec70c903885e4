//! Words and their digits.

use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use zkml_circuits::{
	gadgets::{
		packing::Packing,
		words::{self, Pack},
	},
	r1cs::Place,
	setup::generate,
};
use zkml_prover::prove::commit_once;

use super::*;
use crate::common::layers::{axis, Convolution, Fill, Layers, Sizes};

const WEIGHT_BITS: u8 = 4;
const BIAS_BITS: u8 = 5;
const SLOT: u32 = 40;
const INPUTS: usize = 3;

/// Three inputs and three outputs, of which two make a pack: the first two words of each pack share a
/// product.
fn operation() -> (MatMul, Packing) {
	let (weights, bias) = (full(&[3, INPUTS as u32], WEIGHT_BITS), full(&[3], BIAS_BITS));
	let range = Interval { min: -1000, max: 1000 };
	let packing = Packing { slot: SLOT, size: 2, range, bits: SLOT };
	(MatMul { rows: 1, groups: 1, weights, bias, windows: None }, packing)
}

/// What an assignment has for a pack: words, digits of each, and the product.
#[derive(Clone)]
struct Claim {
	words: Vec<Fr>,
	digits: Vec<Vec<Fr>>,
	product: Fr,
}

impl Claim {
	/// That follows from digits.
	fn of(digits: Vec<Vec<Fr>>) -> Self {
		let (_, packing) = operation();
		let pack = |digits: &Vec<Fr>| {
			digits.iter().rev().fold(Fr::ZERO, |sum, digit| sum * packing.base() + digit)
		};
		let mut words: Vec<Fr> = digits.iter().map(pack).collect();
		let product = words[0] * words[1];
		words[INPUTS] -= product;
		Self { words, digits, product }
	}
}

fn craft(checks: &Checks, claims: &[Claim], spot: u32) -> Vec<Fr> {
	let mut craft = Craft::new(checks);
	claims.iter().flat_map(|claim| &claim.words).for_each(|word| craft.push(*word));
	for claim in claims {
		for (k, digits) in claim.digits.iter().enumerate() {
			let bits = if k < INPUTS { WEIGHT_BITS } else { BIAS_BITS };
			for digit in digits {
				craft.fresh(*digit + field(1 << (bits - 1)), 1 << bits, spot);
			}
		}
		craft.push(claim.product);
	}
	craft.wires
}

/// Whether a word is made of so many digits of a width.
fn made_of(word: Fr, count: usize, bits: u8) -> bool {
	let half = field(1 << (bits - 1));
	let base = field(1 << SLOT);
	let above = (0..count).fold(word, |word, j| word + half * base.pow([j as u64]));
	let limbs = above.into_bigint().0;
	let low = u128::from(limbs[0]) | u128::from(limbs[1]) << 64;
	let digit = |j: usize| low >> (SLOT as usize * j) & ((1 << SLOT) - 1);
	let rest = low >> (SLOT as usize * count);
	limbs[2..] == [0; 2] && rest == 0 && (0..count).all(|j| digit(j) < 1 << bits)
}

pub fn words_gadget(checks: &Checks) -> Gadget {
	let (dense, packing) = operation();
	let mut frame = Frame::new(checks);
	let b = frame.builder();
	let packs: Vec<Pack<Lc>> = words::fresh(b, &dense, &packing, 0, &());
	words::digits(b, checks, &dense, &packing, &packs, &());
	let counts = [2, 1];
	let truth = move |wires: &[Fr]| {
		packs.iter().zip(counts).all(|(pack, count)| {
			let weights: Vec<Fr> = pack.weights.iter().map(|word| word.evaluate(wires)).collect();
			let bias = pack.bias.evaluate(wires) + weights[0] * weights[1];
			weights.iter().all(|word| made_of(*word, count, WEIGHT_BITS))
				&& made_of(bias, count, BIAS_BITS)
		})
	};
	let claims = |weights: [i64; 3], bias: i64| -> [Claim; 2] {
		counts.map(|count| {
			let digits = |n: i64| vec![field(n); count];
			Claim::of(weights.into_iter().chain([bias]).map(digits).collect())
		})
	};
	let honest = [([3, -8, 7], 15), ([-8, -8, -8], -16), ([7, 7, 7], 15), ([0, 1, -1], 0)];
	let honest = honest.map(|(weights, bias)| craft(checks, &claims(weights, bias), 0)).into();
	let start = claims([3, -8, 7], 15);
	let mut attacks = Vec::new();
	let mut lie = |name: &'static str, change: &dyn Fn(&mut [Claim; 2])| {
		let mut claims = start.clone();
		change(&mut claims);
		for spot in 0..4 {
			attacks.push((name, craft(checks, &claims, spot)));
		}
	};
	// Not so large that the digits of one word make up another.
	let (half, base) = (Fr::from(2).inverse().unwrap(), field(1 << SLOT));
	for pack in 0..2 {
		for k in 0..INPUTS {
			lie("a word beside its digits", &|claims| claims[pack].words[k] += Fr::from(99));
		}
		lie("a bias beside its digits", &|claims| claims[pack].words[INPUTS] += Fr::from(99));
		lie("a product that is none", &|claims| {
			claims[pack].product += Fr::from(99);
			claims[pack].words[INPUTS] -= Fr::from(99);
		});
		for digit in [field(8), field(-9), field(16), field(-17), half, base] {
			for k in 0..=INPUTS {
				lie("a digit out of its width", &|claims| {
					let mut digits = claims[pack].digits.clone();
					digits[k][0] = digit;
					claims[pack] = Claim::of(digits);
				});
			}
		}
	}
	Gadget { frame, truth: Box::new(truth), honest, attacks }.only_lies()
}

/// Words need tables.
pub fn words_gadgets() -> Vec<Gadget> {
	ways()[1..].iter().map(words_gadget).collect()
}

#[test]
fn words_that_are_not_made_of_digits_in_their_width_are_refused() {
	words_gadgets().into_iter().for_each(|gadget| _ = gadget.check());
}

#[test]
fn the_prover_s_words_are_made_of_its_parameters() {
	let (dense, packing) = operation();
	let (weights, bias) = ([3, -8, 7, 3, -8, 7, 3, -8, 7], [15; 3]);
	let claims = [2, 1].map(|count| {
		let digits = |n: i64| vec![field(n); count];
		Claim::of([3, -8, 7, 15].map(digits).into())
	});
	let expected: Vec<Fr> = claims.iter().flat_map(|claim| claim.words.clone()).collect();
	assert_eq!(words::values(&dense, &packing, [&weights, &bias]), expected);
	for checks in &ways()[1..] {
		let mut witness = Witness::new(Craft::new(checks).wires);
		let packs = words::fresh(&mut witness, &dense, &packing, 0, &expected.as_slice());
		words::digits(&mut witness, checks, &dense, &packing, &packs, &[&weights, &bias]);
		assert_eq!(witness.wires, craft(checks, &claims, 0));
	}
}

/// A perceptron whose last layer has several packs.
pub fn committed_perceptron() -> CompiledModel {
	let mut layers = Layers::new(3, (0, 16), Fill::Random, 4);
	layers.matrix(Sizes::dense(4));
	layers.rescale();
	layers.matrix(Sizes::dense(30));
	layers.finish()
}

/// A convolution some of whose kernel meets padding alone.
pub fn padded() -> CompiledModel {
	let axes = vec![axis(6, 3, 1, 1, [1, 1]), axis(1, 3, 1, 1, [1, 1])];
	let convolution = Convolution { groups: 1, channels: 1, outputs: 1, axes };
	let mut layers = Layers::new(convolution.source(), (0, 16), Fill::Random, 4);
	layers.convolution(&convolution, 8);
	layers.finish()
}

/// What such a row is for: a point for the wire that is not infinity. Without it a salt hides nothing, and a
/// word may be another in each proof, and in the range circuit.
#[test]
fn without_their_rows_salt_and_words_are_not_in_the_commitment() {
	let rng = &mut rng(3);
	let (model, other) = (padded(), committed_perceptron());
	let ranges = other.range_circuit().unwrap().build();
	for (system, group, place) in [
		(other.circuit(), "words.salt", Place::Factors),
		(ranges, "words.salt", Place::Product),
		(model.circuit(), "polynomial.unused", Place::Factors),
	] {
		assert_eq!(system.loose_committed(place), None);
		let whole = generate(&system, rng, &|_, _, _| ()).unwrap();
		assert!(whole.committed.iter().all(|point| !point.is_zero()));
		let rest = system.without(group);
		let key = generate(&rest, rng, &|_, _, _| ()).unwrap();
		let nothing = key.committed.iter().position(|point| point.is_zero());
		assert_eq!(nothing == Some(0), group == "words.salt");
		let free = rest.loose_committed(place).unwrap();
		assert_eq!(nothing, Some(free as usize - rest.public));
		let one = vec![Fr::ONE; rest.committed];
		let mut two = one.clone();
		two[nothing.unwrap()] += Fr::ONE;
		assert_eq!(commit_once(&rest, &key, &one).point, commit_once(&rest, &key, &two).point);
		let [one, two] = [one, two].map(|words| commit_once(&system, &whole, &words).point);
		assert_ne!(one, two);
	}
}
