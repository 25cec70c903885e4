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

use zkml_primitives::{Role, TensorSpec};

use super::{commitment, Backend, FieldElement, Reader};
use crate::r1cs::Wire;

/// Ties the public input to the tensor; the prover knows whether it is the evaluation.
pub fn bind<B: Backend>(
	b: &mut B,
	(role, spec, values): (Role, &TensorSpec, &[B::Int]),
	commitment: &B::Field,
	challenge: &B::Field,
	(public, evaluated): (Wire, B::Known<bool>),
) {
	let (z, mut acc) = (challenge, challenge.offset(commitment::header(role, spec)));
	for word in commitment::words(b, spec, values) {
		let product = b.field_wire(|of| of.field(&acc) * of.field(z));
		b.group("binding.horner", |g| g.enforce(acc.clone(), z.clone(), product.clone()));
		acc = product.plus(&word);
	}
	let x = b.public(public, |of| of.field(if *of.known(&evaluated) { &acc } else { commitment }));
	b.group("binding.either", |g| g.vanish(x.minus(commitment), x.minus(&acc)));
}
