//! Dense operations, `y = W x + b` for each row and group of [`MatMul`].
//!
//! With constant weights a row of `W x + b` is a linear combination of `x`: no constraint, no wire.
//!
//! With private weights that are opened in the circuit ([`super::parameters`]; for those that are committed to once
//! see [`super::polynomial`]) the weights of several outputs share a product: for a group of outputs `j`,
//! `p_i = x_i * sum_j 2^(s j) w_ji` is a wire for each input, and
//! `sum_i p_i = sum_j 2^(s j) (y_j - b_j)` takes the sums apart again, where each `y_j` is a wire
//! that is loosely in its range of at most `s` bits.
//!
//! Cost with opened weights: a constraint and a wire for each input and group of `253 / s` outputs;
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
	packing::Packing,
	range::{self, Checks},
	Backend, FieldElement, Integer, Reader,
};
use crate::{graph::MatMul, plan::Interval, r1cs::field};

/// The packing of the results of a place; nothing if a product for each weight costs no more. `ranges` are
/// the sums'.
fn sharing(checks: &Checks, inputs: usize, ranges: &[Interval]) -> Option<Packing> {
	let packing = Packing::new(checks, ranges)?;
	let groups = ranges.len().div_ceil(packing.size);
	let cost = groups * (inputs + 1) + ranges.len() * checks.loose_cost(packing.bits) as usize;
	(packing.size > 1 && cost < inputs * ranges.len()).then_some(packing)
}

/// The places of one product of a matrix and a vector.
struct Place {
	/// The elements of the operation's input.
	x: Range<usize>,
	/// The elements of its weights.
	weights: Range<usize>,
	/// The elements of its biases.
	bias: Range<usize>,
	/// The elements of its result.
	y: Range<usize>,
}

/// Row by row, and in it group by group.
fn places(dense: &MatMul) -> impl Iterator<Item = Place> {
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

/// The result for parameters that are constants of the circuit.
pub fn constant<N: Integer>(dense: &MatMul, weights: &[i32], bias: &[i32], x: &[N]) -> Vec<N> {
	let place = move |at: Place| {
		let x = &x[at.x];
		let row = move |(row, bias): (&[i32], &i32)| {
			N::sum(row.iter().map(|w| i64::from(*w)).zip(x)).offset(i64::from(*bias))
		};
		weights[at.weights].chunks_exact(x.len()).zip(&bias[at.bias]).map(row)
	};
	places(dense).flat_map(place).collect()
}

/// With parameters on wires; `ranges` are those of the results, which the prover knows.
pub fn private<B: Backend>(
	b: &mut B,
	checks: &Checks,
	dense: &MatMul,
	[weights, bias]: [&[B::Int]; 2],
	x: &[B::Int],
	ranges: &[Interval],
	results: &B::Known<&[i64]>,
) -> Vec<B::Int> {
	let mut all = Vec::with_capacity(ranges.len());
	for at in places(dense) {
		let x = &x[at.x];
		let rows: Vec<&[B::Int]> = weights[at.weights].chunks_exact(x.len()).collect();
		let bias = &bias[at.bias];
		match sharing(checks, x.len(), &ranges[at.y]) {
			None => all.extend(rows.iter().zip(bias).map(|(row, bias)| apart(b, row, bias, x))),
			Some(sharing) => {
				for (rows, bias) in rows.chunks(sharing.size).zip(bias.chunks(sharing.size)) {
					let first = all.len();
					let result = |of: &B::Reader, j| of.known(results)[first + j];
					all.extend(shared(b, checks, &sharing, rows, bias, x, result));
				}
			}
		}
	}
	all
}

/// A group of results that share products; `result` reads one of them.
fn shared<B: Backend>(
	b: &mut B,
	checks: &Checks,
	sharing: &Packing,
	rows: &[&[B::Int]],
	bias: &[B::Int],
	x: &[B::Int],
	result: impl Fn(&B::Reader, usize) -> i64,
) -> Vec<B::Int> {
	let base = sharing.base();
	let product = |(i, x): (usize, &B::Int)| {
		let product = b.field_wire(|of| {
			let digit = |acc: Fr, row: &&[B::Int]| acc * base + field(of.int(&row[i]));
			rows.iter().rev().fold(Fr::ZERO, digit) * field(of.int(x))
		});
		b.group("dense.product", |g| {
			let digits: Vec<B::Field> = rows.iter().map(|row| row[i].clone().into()).collect();
			g.enforce(B::Field::packed(base, &digits), x.clone(), product.clone());
		});
		product
	};
	let products: Vec<B::Field> = x.iter().enumerate().map(product).collect();
	let sums: Vec<B::Int> = (0..rows.len()).map(|j| b.wire(|of| result(of, j))).collect();
	b.group("dense.sum", |g| {
		let unbiased = sums.iter().zip(bias).map(|(sum, bias)| sum.minus(bias).into());
		let unbiased: Vec<B::Field> = unbiased.collect();
		let left = B::Field::sum(products.iter().map(|product| (Fr::ONE, product)));
		g.equal(left, B::Field::packed(base, &unbiased));
	});
	for sum in &sums {
		range::loose(b, checks, &sum.offset(-sharing.range.min), sharing.bits);
	}
	sums
}

/// One result, a product for each weight. By the plan none leaves the range of the results, since weights
/// may be 0.
fn apart<B: Backend>(b: &mut B, row: &[B::Int], bias: &B::Int, x: &[B::Int]) -> B::Int {
	let product = |(w, x): (&B::Int, &B::Int)| {
		let product = b.wire(|of| of.int(w) * of.int(x));
		b.group("dense.product", |g| g.enforce(w.clone(), x.clone(), product.clone()));
		product
	};
	let products: Vec<B::Int> = row.iter().zip(x).map(product).collect();
	B::Int::sum(products.iter().chain([bias]).map(|number| (1, number)))
}
