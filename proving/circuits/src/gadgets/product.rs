//! Products of two computed matrices, `Y = A C`, for each pair of a batch.
//!
//! - **At the challenge**, in circuits with a commit round: with `u_i = z^(n i)` and `v_j = z^j` for n columns,
//!   `sum_k (sum_i u_i a_ik) (sum_j v_j c_kj) = sum_ij u_i v_j y_ij`. Cost, for m rows and an inner dimension k:
//!   a wire for each result, and `k (m - 1) + k (n - 1) + k + m n - 1` constraints, one for each element of all
//!   three matrices less k and 1; and a few powers of the challenge.
//! - **One by one**, in plain circuits and where that is less: a constraint and a wire for each of `m k n` products,
//!   the results are their sums.
//!
//! Soundness: all three matrices are combinations of wires of the commit round, so they are known before the
//! challenge. As polynomials in z the two sides have the coefficients `sum_k a_ik c_kj` and `y_ij` at `z^(n i + j)`,
//! an exponent for each result. If one of them differs the two agree at no more than `m n - 1` of `2^248`
//! challenges. So `y_ij` is the one field element that it has to be, whatever the elements are, and it needs no range:
//! with elements that are integers in the plan's bounds it is the integer that the plan has bounds for, far from the
//! modulus. Each pair has an identity of its own, so that errors cannot cancel.

use super::{
	polynomial::{evaluate, times, Powers},
	range::Checks,
	Backend, FieldElement, Integer, Reader,
};
use crate::graph::Product;

/// What the challenge is to say of one pair.
pub struct Claim<B: Backend> {
	shape: Product,
	left: Vec<B::Int>,
	right: Vec<B::Int>,
	results: Vec<B::Int>,
}

/// Constraints of the identities of all pairs.
pub fn identity_cost(shape: &Product) -> u64 {
	let [left, right, results] = shape.lens();
	let batch = u64::from(shape.batch);
	(left + right + results).saturating_sub(batch * (u64::from(shape.inner) + 1))
}

/// Constraints of all pairs, but for powers of the challenge.
pub fn cost(checks: &Checks, shape: &Product) -> u64 {
	match checks {
		Checks::Bits => shape.products(),
		Checks::Tables { .. } => shape.products().min(identity_cost(shape)),
	}
}

/// The results, and what is left to say of them at the challenge; the prover knows their values.
pub fn results<B: Backend>(
	b: &mut B,
	checks: &Checks,
	shape: &Product,
	[left, right]: [&[B::Int]; 2],
	known: &B::Known<&[i64]>,
) -> (Vec<B::Int>, Vec<Claim<B>>) {
	if cost(checks, shape) == shape.products() {
		return (apart(b, shape, [left, right]), Vec::new());
	}
	let [_, _, count] = shape.lens();
	let results: Vec<B::Int> =
		(0..count as usize).map(|i| b.wire(|of| of.known(known)[i])).collect();
	let one = Product { batch: 1, ..*shape };
	let [of_left, of_right, of_results] = one.lens().map(|len| len as usize);
	let pairs = left.chunks_exact(of_left).zip(right.chunks_exact(of_right));
	let claims = pairs.zip(results.chunks_exact(of_results)).map(|((left, right), results)| {
		Claim { shape: one, left: left.to_vec(), right: right.to_vec(), results: results.to_vec() }
	});
	let claims = claims.collect();
	(results, claims)
}

/// The results, a product for each of their terms.
fn apart<B: Backend>(b: &mut B, shape: &Product, [left, right]: [&[B::Int]; 2]) -> Vec<B::Int> {
	let mut term = |(i, j): (usize, usize)| {
		let (x, y) = (&left[i], &right[j]);
		let product = b.wire(|of| of.int(x) * of.int(y));
		b.group("matrix.product", |g| g.enforce(x.clone(), y.clone(), product.clone()));
		product
	};
	let mut result = |terms: &mut dyn Iterator<Item = (usize, usize)>| {
		let products: Vec<B::Int> = terms.map(&mut term).collect();
		B::Int::sum(products.iter().map(|product| (1, product)))
	};
	shape.terms().map(|mut terms| result(&mut terms)).collect()
}

/// Constrains the results of a pair at the challenge.
pub fn constrain<B: Backend>(b: &mut B, claim: &Claim<B>, powers: &mut Powers<B>) {
	let Claim { shape, left, right, results } = claim;
	let [inner, columns] = [shape.inner, shape.columns].map(|n| n as usize);
	let exponents = |step: u64| (0..).map(move |i| i * step);
	let mut terms = Vec::with_capacity(inner);
	for k in 0..inner {
		let column = left.iter().skip(k).step_by(inner).cloned().map(B::Field::from);
		let column: Vec<_> = column.zip(exponents(columns as u64)).collect();
		let row = right[k * columns..(k + 1) * columns].iter().cloned().map(B::Field::from);
		let row: Vec<_> = row.zip(exponents(1)).collect();
		terms.push([
			evaluate(b, "matrix.left", powers, column.into_iter().rev()),
			evaluate(b, "matrix.right", powers, row.into_iter().rev()),
		]);
	}
	let all: Vec<_> = results.iter().cloned().map(B::Field::from).zip(exponents(1)).collect();
	let mut rest = evaluate(b, "matrix.result", powers, all.into_iter().rev());
	// The plan refuses matrices without elements.
	let Some(([first, second], others)) = terms.split_first() else { return };
	for [x, y] in others {
		let product = times(b, "matrix.term", x, y);
		rest = rest.minus(&product);
	}
	b.group("matrix.identity", |g| g.enforce(first.clone(), second.clone(), rest));
}
