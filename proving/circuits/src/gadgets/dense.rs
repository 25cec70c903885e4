//! Dense operations, `y = W x + b` for each row and group of [`Dense`].
//!
//! With constant weights a row of `W x + b` is a linear combination of `x`: no constraint, no wire.
//!
//! With private weights the weights of several outputs share a product: for a group of outputs `j`,
//! `p_i = x_i * sum_j 2^(s j) w_ji` is a wire for each input, and
//! `sum_i p_i = sum_j 2^(s j) (y_j - b_j)` takes the sums apart again, where each `y_j` is a wire
//! that is loosely in its range of at most `s` bits.
//!
//! Cost with private weights: a constraint and a wire for each input and group of `253 / s` outputs;
//! for each group one constraint, for each output a wire and a range. Where that is more than a
//! product for each weight, each weight has its product.
//!
//! Soundness: weights and inputs are integers in bounds that the plan was made for, so the true sums
//! `t_j` are in their range, from `m` up; and both `t_j - m` and `y_j - m` are in `[0, 2^s)`. Then
//! `sum 2^(s j) (t_j - m)` and `sum 2^(s j) (y_j - m)` are equal as field elements and below `2^253`, so
//! they are equal as integers, digit by digit.

use std::ops::Range;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{
	range::{self, Checks},
	Witness,
};
use crate::{
	graph::Dense,
	plan::Interval,
	r1cs::{field, Builder, Lc},
};

/// Bits that the digits of a group fill together, below the modulus.
const CAPACITY: u32 = 253;

/// How products are shared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Sharing {
	/// Width s of a digit.
	slot: u32,
	/// Outputs of a group.
	group: usize,
	/// The range of a sum, and its width.
	range: Interval,
	bits: u32,
}

impl Sharing {
	/// Nothing if a product for each weight costs no more. `ranges` are the sums'.
	fn new(checks: &Checks, inputs: usize, ranges: &[Interval]) -> Option<Self> {
		let (min, max) = (ranges.iter().map(|r| r.min).min()?, ranges.iter().map(|r| r.max).max()?);
		let bits = 64 - (max - min).leading_zeros();
		let slot = checks.loose_width(bits);
		let group = (CAPACITY / slot.max(1)) as usize;
		let groups = ranges.len().div_ceil(group.max(1));
		let cost = groups * (inputs + 1) + ranges.len() * checks.loose_cost(bits) as usize;
		let sharing = Self { slot, group, range: Interval { min, max }, bits };
		(group > 1 && cost < inputs * ranges.len()).then_some(sharing)
	}

	/// `2^(s j)`.
	fn factor(&self, digit: usize) -> Fr {
		Fr::from(2u64).pow([u64::from(self.slot) * digit as u64])
	}
}

/// The places of one product of a matrix and a vector.
struct Place {
	/// In the operation's input,
	x: Range<usize>,
	/// weights,
	weights: Range<usize>,
	/// biases,
	bias: Range<usize>,
	/// and result.
	y: Range<usize>,
}

/// Row by row, and in it group by group.
fn places(dense: &Dense) -> impl Iterator<Item = Place> {
	let (inputs, outputs) = (dense.inputs(), dense.outputs());
	let (rows, groups) = (dense.rows as usize, dense.groups as usize);
	let nth = |n: usize, size: usize| n * size..(n + 1) * size;
	(0..rows).flat_map(move |row| {
		(0..groups).map(move |group| Place {
			x: nth(row * groups + group, inputs),
			weights: nth(group, outputs * inputs),
			bias: nth(group, outputs),
			y: nth(row * groups + group, outputs),
		})
	})
}

/// With constant parameters.
pub fn constant(dense: &Dense, weights: &[i32], bias: &[i32], x: &[Lc]) -> Vec<Lc> {
	let place = |at: Place| constant_part(&weights[at.weights], &bias[at.bias], &x[at.x]);
	places(dense).flat_map(place).collect()
}

/// With parameters in the witness; `ranges` are the results'.
pub fn private(
	b: &mut Builder,
	checks: &Checks,
	dense: &Dense,
	[weights, bias]: [&[Lc]; 2],
	x: &[Lc],
	ranges: &[Interval],
) -> Vec<Lc> {
	let place = |at: Place| {
		let parameters = [&weights[at.weights], &bias[at.bias]];
		private_part(b, checks, parameters, &x[at.x], &ranges[at.y])
	};
	places(dense).flat_map(place).collect()
}

/// Pushes the wires of [`private`], given the results.
pub fn assign(
	w: &mut Witness,
	checks: &Checks,
	dense: &Dense,
	weights: &[i32],
	x: &[i64],
	ranges: &[Interval],
	results: &[i64],
) {
	for at in places(dense) {
		let (ranges, results) = (&ranges[at.y.clone()], &results[at.y]);
		assign_part(w, checks, &weights[at.weights], &x[at.x], ranges, results);
	}
}

/// `W x + b` with constants, a row of `weights` per element of `bias`.
fn constant_part(weights: &[i32], bias: &[i32], x: &[Lc]) -> Vec<Lc> {
	weights
		.chunks_exact(x.len())
		.zip(bias)
		.map(|(row, bias)| {
			let terms = row.iter().zip(x).map(|(w, x)| (field(i64::from(*w)), x));
			Lc::sum(terms).offset(i64::from(*bias))
		})
		.collect()
}

/// `W x + b` with combinations, a row of `weights` per element of `bias`; `ranges` are the results'.
fn private_part(
	b: &mut Builder,
	checks: &Checks,
	[weights, bias]: [&[Lc]; 2],
	x: &[Lc],
	ranges: &[Interval],
) -> Vec<Lc> {
	let rows: Vec<&[Lc]> = weights.chunks_exact(x.len()).collect();
	let Some(sharing) = Sharing::new(checks, x.len(), ranges) else {
		return rows.iter().zip(bias).map(|(row, bias)| apart(b, row, bias, x)).collect();
	};
	let factors: Vec<Fr> = (0..sharing.group).map(|digit| sharing.factor(digit)).collect();
	let mut results = Vec::with_capacity(bias.len());
	for (rows, bias) in rows.chunks(sharing.group).zip(bias.chunks(sharing.group)) {
		let first = b.wires(x.len() as u32);
		b.group("dense.product");
		for (i, x) in x.iter().enumerate() {
			let packed = Lc::sum(factors.iter().copied().zip(rows.iter().map(|row| &row[i])));
			b.enforce(&packed, x, &Lc::wire(first + i as u32));
		}
		let products: Vec<Lc> = (first..).take(x.len()).map(Lc::wire).collect();
		let start = b.wires(rows.len() as u32);
		let sums: Vec<Lc> = (start..).take(rows.len()).map(Lc::wire).collect();
		let unbiased: Vec<Lc> = sums.iter().zip(bias).map(|(sum, bias)| sum.minus(bias)).collect();
		b.group("dense.sum");
		let left = Lc::sum(products.iter().map(|product| (Fr::ONE, product)));
		b.equal(&left, &Lc::sum(factors.iter().copied().zip(&unbiased)));
		for sum in &sums {
			range::loose(b, checks, &sum.offset(-sharing.range.min), sharing.bits);
		}
		results.extend(sums);
	}
	results
}

/// One result, a product for each weight.
fn apart(b: &mut Builder, row: &[Lc], bias: &Lc, x: &[Lc]) -> Lc {
	b.group("dense.product");
	let first = b.wires(x.len() as u32);
	let products: Vec<Lc> = (first..).take(x.len()).map(Lc::wire).collect();
	for ((w, x), product) in row.iter().zip(x).zip(&products) {
		b.enforce(w, x, product);
	}
	Lc::sum(products.iter().chain([bias]).map(|lc| (Fr::ONE, lc)))
}

/// Pushes the wires of [`private_part`], given the results.
fn assign_part(
	w: &mut Witness,
	checks: &Checks,
	weights: &[i32],
	x: &[i64],
	ranges: &[Interval],
	results: &[i64],
) {
	let rows: Vec<&[i32]> = weights.chunks_exact(x.len()).collect();
	let Some(sharing) = Sharing::new(checks, x.len(), ranges) else {
		for row in rows {
			w.wires.extend(row.iter().zip(x).map(|(w, x)| field(i64::from(*w)) * field(*x)));
		}
		return;
	};
	let base = sharing.factor(1);
	for (rows, results) in rows.chunks(sharing.group).zip(results.chunks(sharing.group)) {
		for (i, x) in x.iter().enumerate() {
			let digit = |acc: Fr, row: &&[i32]| acc * base + field(i64::from(row[i]));
			w.push(rows.iter().rev().fold(Fr::ZERO, digit) * field(*x));
		}
		results.iter().for_each(|result| w.push_integer(*result));
		for result in results {
			range::assign_loose(w, checks, i128::from(result - sharing.range.min), sharing.bits);
		}
	}
}
