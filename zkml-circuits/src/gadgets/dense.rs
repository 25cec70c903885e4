//! Dense layers, `y = W x + b`.
//!
//! With constant weights a row of `W x + b` is a linear combination of `x`: no constraint, no wire.
//! With private weights each product `w * x` is a wire and a constraint, and the sum is free.
//!
//! Soundness: the combination is the relation itself; nothing wraps, since the plan bounds every
//! partial result far below the modulus.

use super::Witness;
use crate::r1cs::{field, Builder, Lc};

/// `W x + b` with constants, a row of `weights` per element of `bias`.
pub fn constant(weights: &[i32], bias: &[i32], x: &[Lc]) -> Vec<Lc> {
	weights
		.chunks_exact(x.len())
		.zip(bias)
		.map(|(row, bias)| {
			let terms = row.iter().zip(x).map(|(w, x)| (field(i64::from(*w)), x));
			Lc::sum(terms).offset(i64::from(*bias))
		})
		.collect()
}

/// `W x + b` with combinations, a row of `weights` per element of `bias`.
pub fn private(builder: &mut Builder, weights: &[Lc], bias: &[Lc], x: &[Lc]) -> Vec<Lc> {
	builder.group("dense.product");
	weights
		.chunks_exact(x.len())
		.zip(bias)
		.map(|(row, bias)| {
			let first = builder.wires(x.len() as u32);
			let products: Vec<Lc> = (first..).take(x.len()).map(Lc::wire).collect();
			for ((w, x), product) in row.iter().zip(x).zip(&products) {
				builder.enforce(w, x, product);
			}
			Lc::sum(products.iter().chain([bias]).map(|lc| (field(1), lc)))
		})
		.collect()
}

/// Pushes the products.
pub fn assign(witness: &mut Witness, weights: &[i32], x: &[i64]) {
	for row in weights.chunks_exact(x.len()) {
		witness.wires.extend(row.iter().zip(x).map(|(w, x)| field(i64::from(*w)) * field(*x)));
	}
}
