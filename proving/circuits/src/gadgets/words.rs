//! Private parameters as words that are committed to once: of several outputs the weights of one input, or
//! the biases, packed as digits.
//!
//! A word is a wire of the commitment, in the form in which its layer uses it. The inference's circuit takes
//! it as it is: whatever field element it holds, it is the same in every proof under one commitment. That
//! its digits are within their width is shown once, by a circuit of its own ([`digits`]) over the same words.
//!
//! With one row and several packs a product serves two inputs (Winograd, IEEE Trans. Computers C-17, 1968):
//! `P_1 x_1 + P_2 x_2 = (x_1 + P_2) (x_2 + P_1) - x_1 x_2 - P_1 P_2`. The last term is the parameters' alone: its
//! sum is in the word of the biases, [`paired`] says when.
//!
//! Cost: none in an inference; in the range circuit a query for each limb of each digit, a row for each word,
//! and one for each product of two words.
//!
//! Soundness of the range circuit: each digit is a wire of the round in `[0, 2^b)`, and each word equals, by a
//! row of its own, the sum of integers `2^(s j) (d_j - 2^(b-1))`, one for each output; a word of biases
//! that less the products, which are of such sums.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{
	packing::Packing,
	range::{self, Checks},
	Backend, FieldElement, Integer, Reader,
};
use crate::{graph::MatMul, r1cs::field};

/// The words of some outputs: one for each input, and their biases'.
#[derive(Clone, Debug)]
pub struct Pack<F> {
	/// For each input the word of its weights.
	pub weights: Vec<F>,
	/// The word of the biases.
	pub bias: F,
}

/// Packs of a group.
pub fn packs(dense: &MatMul, packing: &Packing) -> usize {
	dense.outputs().div_ceil(packing.size)
}

/// For each word of a dense operation in order, group by group and pack by pack, input by input and then
/// the biases: its digits, the lowest first, and whether they are biases.
fn split<'a>(
	dense: &'a MatMul,
	packing: &'a Packing,
	[weights, bias]: [&'a [i32]; 2],
) -> impl Iterator<Item = (Vec<i32>, bool)> + 'a {
	let (inputs, outputs) = (dense.inputs(), dense.outputs());
	let first = move |group: u32, pack: usize| group as usize * outputs + pack * packing.size;
	let all = (0..dense.groups).flat_map(move |g| (0..packs(dense, packing)).map(move |p| (g, p)));
	all.flat_map(move |(group, pack)| {
		let first = first(group, pack);
		let rows = first..(first + packing.size).min((group as usize + 1) * outputs);
		let weight = move |k: usize| rows.clone().map(|row| weights[row * inputs + k]).collect();
		let rows = first..(first + packing.size).min((group as usize + 1) * outputs);
		let biases = (bias[rows].to_vec(), true);
		(0..inputs).map(move |k| (weight(k), false)).chain([biases])
	})
}

/// Whether two inputs share a product.
pub fn paired(dense: &MatMul, packing: &Packing) -> bool {
	dense.rows == 1 && packs(dense, packing) > 1
}

/// The values of the words of a dense operation, in order.
pub fn values(dense: &MatMul, packing: &Packing, parameters: [&[i32]; 2]) -> Vec<Fr> {
	let base = packing.base();
	let word = |digits: Vec<i32>| {
		digits.iter().rev().fold(Fr::ZERO, |acc, digit| acc * base + field((*digit).into()))
	};
	let mut words: Vec<Fr> =
		split(dense, packing, parameters).map(|(digits, _)| word(digits)).collect();
	if paired(dense, packing) {
		for pack in words.chunks_exact_mut(dense.inputs() + 1) {
			let (weights, bias) = pack.split_at_mut(dense.inputs());
			let products = weights.as_chunks::<2>().0.iter().map(|[one, two]| *one * two);
			bias[0] -= products.sum::<Fr>();
		}
	}
	words
}

/// Words of a dense operation.
pub fn count(dense: &MatMul, packing: &Packing) -> usize {
	dense.groups as usize * packs(dense, packing) * (dense.inputs() + 1)
}

/// The words of a dense operation on new wires, pack by pack of each group; the prover has their values, of
/// which the first is that of this index.
pub fn fresh<B: Backend>(
	b: &mut B,
	dense: &MatMul,
	packing: &Packing,
	first: usize,
	values: &B::Known<&[Fr]>,
) -> Vec<Pack<B::Field>> {
	let mut next = first..;
	let mut word = |b: &mut B| {
		let at = next.next().unwrap_or_default();
		b.field_wire(|of| of.known(values)[at])
	};
	let count = dense.groups as usize * packs(dense, packing);
	(0..count)
		.map(|_| {
			let weights = (0..dense.inputs()).map(|_| word(b)).collect();
			Pack { weights, bias: word(b) }
		})
		.collect()
}

/// That the digits of a dense operation's words are within their widths; the prover has the parameters.
pub fn digits<B: Backend>(
	b: &mut B,
	checks: &Checks,
	dense: &MatMul,
	packing: &Packing,
	words: &[Pack<B::Field>],
	parameters: &B::Known<[&[i32]; 2]>,
) {
	let digits = b.know(|of| {
		let all = split(dense, packing, *of.known(parameters));
		all.map(|(digits, _)| digits).collect::<Vec<_>>()
	});
	let (outputs, base) = (dense.outputs(), packing.base());
	let one = || B::Field::constant(Fr::ONE);
	for (index, pack) in words.iter().enumerate() {
		let first = index * (dense.inputs() + 1);
		let number = index % packs(dense, packing);
		let count = packing.size.min(outputs - number * packing.size);
		let packed = |b: &mut B, k: usize, bits: u8| {
			let half = 1i64 << (bits - 1);
			let digit = |j| {
				let above = |of: &B::Reader| i64::from(of.known(&digits)[first + k][j]) + half;
				range::fresh(b, checks, 1 << bits, above).offset(-half).into()
			};
			let all: Vec<B::Field> = (0..count).map(digit).collect();
			B::Field::packed(base, &all)
		};
		let mut sums = Vec::with_capacity(dense.inputs());
		for (k, word) in pack.weights.iter().enumerate() {
			let sum = packed(b, k, dense.weights.bits);
			b.group("words.weights", |g| g.enforce(sum.clone(), one(), word.clone()));
			sums.push(sum);
		}
		let mut bias = packed(b, dense.inputs(), dense.bias.bits);
		if paired(dense, packing) {
			let product = |[left, right]: &[B::Field; 2]| {
				let product = b.field_wire(|of| of.field(left) * of.field(right));
				b.group("words.product", |g| {
					g.enforce(left.clone(), right.clone(), product.clone());
				});
				product
			};
			let products: Vec<B::Field> = sums.as_chunks::<2>().0.iter().map(product).collect();
			bias = bias.minus(&B::Field::sum(products.iter().map(|product| (Fr::ONE, product))));
		}
		b.group("words.bias", |g| g.enforce(bias, one(), pack.bias.clone()));
	}
}
