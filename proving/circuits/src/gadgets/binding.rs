//! How a public input stands for a tensor in a circuit with a challenge: by its salted commitment, or
//! by its evaluation at the challenge ([`zkml_primitives::evaluate`]), as the verifier wishes.
//!
//! `(x - commitment) * (x - evaluation) = 0` for the public input `x`.
//!
//! Cost: one constraint and wire a packed word, and one constraint.
//!
//! Soundness: tensor and salt are in the commit round, and the statement, which the challenge is drawn
//! from too, has the digest of the tensor that the verifier evaluates, or the commitment. If `x` is
//! an evaluation, the commitment was fixed before it was known and equals it at no more than
//! `words + 1` of `2^248` challenges; at the others the tensors' polynomials agree at the challenge,
//! which different tensors' do at no more than `words + 1`. If `x` is a commitment it was fixed before the challenge,
//! and the evaluation, a polynomial with leading coefficient 1, hits it at no more than
//! `words + 1` challenges.

use ark_bn254::Fr;

use super::{commitment, Witness};
use crate::r1cs::{Builder, Lc, Wire};
use zkml_primitives::{Role, TensorSpec};

/// Ties the public input to the tensor.
pub fn constrain(
	b: &mut Builder,
	role: Role,
	spec: &TensorSpec,
	values: &[Lc],
	commitment: &Lc,
	public: Wire,
	challenge: Wire,
) {
	let (z, x) = (Lc::wire(challenge), Lc::wire(public));
	b.group("binding.horner");
	let mut acc = z.plus(&Lc::constant(commitment::header(role, spec)));
	for word in commitment::words(spec, values) {
		let product = Lc::wire(b.wire());
		b.enforce(&acc, &z, &product);
		acc = product.plus(&word);
	}
	b.group("binding.either");
	b.enforce(&x.minus(commitment), &x.minus(&acc), &Lc::default());
}

/// Pushes the products, and gives the evaluation.
pub fn assign(w: &mut Witness, role: Role, spec: &TensorSpec, values: &[i32], challenge: Fr) -> Fr {
	let mut acc = challenge + commitment::header(role, spec);
	for word in commitment::word_values(spec, values) {
		let product = acc * challenge;
		w.push(product);
		acc = product + word;
	}
	acc
}
