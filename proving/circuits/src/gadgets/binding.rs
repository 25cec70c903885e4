//! How a public input stands for tensors.
//!
//! **In a plain circuit**, by the [chain](zkml_primitives::chain) of their commitments. Cost: 243 constraints and
//! wires for each tensor behind the first. Soundness: Poseidon's, for a number of tensors that the circuit fixes.
//!
//! **In a circuit with a challenge** z each tensor stands as a number `v`: by its salted commitment, or by its
//! evaluation at the challenge ([`zkml_primitives::coefficients`]), as the verifier wishes, and the public
//! input is `x = (v_1 y + v_2) y + v_3 ...` with `y = z^(2^14)`: [`zkml_primitives::Evaluate`].
//!
//! `(v - commitment) * (v - evaluation) = 0`, for one tensor with `v = x`. A tensor that is too long to be
//! public has no evaluation: `v = commitment`.
//!
//! Cost: one constraint and wire a packed word, and one constraint. Of several tensors one more wire for
//! each that can be public and one more constraint and wire for each but the first, one constraint, and 14
//! constraints and wires for `y`, which inputs and outputs share.
//!
//! Soundness: tensors and salts are in the commit round, and the statement, which the challenge is drawn
//! from too, has for each tensor the digest of what the verifier evaluates, or the commitment. So these are
//! fixed before the challenge: for the verifier a list of polynomials in z, each with a leading
//! coefficient 1 above the constant one, or a constant; in the circuit for each tensor such a polynomial of its
//! values and a constant, of which the prover takes one, even after the challenge. All have fewer than
//! `2^14` coefficients, so that combined `n` of them are a polynomial of degree below `n 2^14` that has their
//! coefficients apart. If any differs from the verifier's, a constant where that has a polynomial or the
//! other way round too, both sides are different polynomials and agree at fewer than `n 2^14` of `2^248`
//! challenges, for each of the `2^n` ways to take: at less than `2^25` of `2^248` for 8 tensors. For one
//! tensor these are two ways and at most `words + 1` challenges each.

use ark_bn254::Fr;
use zkml_poseidon::WIDTH_3;
use zkml_primitives::{Role, TensorSpec, STRIDE_BITS};

use super::{
	commitment,
	poseidon::{self, Input},
	Backend, FieldElement, Reader,
};
use crate::r1cs::Wire;

/// A tensor of the statement.
pub struct Bound<B: Backend> {
	/// The tensor's elements, row-major.
	pub values: Vec<B::Int>,
	/// The tensor's salted Poseidon commitment.
	pub commitment: B::Field,
	role: Role,
	spec: TensorSpec,
}

impl<B: Backend> Bound<B> {
	/// With the commitment to `values`, which have the range that `spec` declares.
	pub fn new(
		b: &mut B,
		role: Role,
		spec: &TensorSpec,
		values: Vec<B::Int>,
		salt: B::Field,
	) -> Self {
		let commitment = commitment::commit(b, role, spec, &values, salt);
		Self { values, commitment, role, spec: spec.clone() }
	}
}

/// What stands for tensors in a plain circuit.
pub fn chain<B: Backend>(b: &mut B, tensors: &[Bound<B>]) -> B::Field {
	let mut commitments = tensors.iter().map(|tensor| tensor.commitment.clone());
	// The plan refuses a model without inputs or outputs.
	let first = commitments.next().unwrap_or_else(|| B::Field::constant(Fr::from(0)));
	commitments.fold(first, |acc, next| {
		poseidon::hash(b, &WIDTH_3, &[Input::Wires(acc), Input::Wires(next)])
	})
}

/// The challenge, and its power that is between tensors once something needs it.
pub struct Stride<F> {
	challenge: F,
	power: Option<F>,
}

impl<F: FieldElement> Stride<F> {
	/// Of this challenge, with no power worked out yet.
	pub fn new(challenge: F) -> Self {
		Self { challenge, power: None }
	}

	fn power<B: Backend<Field = F>>(&mut self, b: &mut B) -> F {
		let square = |last: F, b: &mut B| {
			let square = b.field_wire(|of| of.field(&last) * of.field(&last));
			b.group("binding.stride", |g| g.enforce(last.clone(), last.clone(), square.clone()));
			square
		};
		let first = &self.challenge;
		let power = || (0..STRIDE_BITS).fold(first.clone(), |last, _| square(last, b));
		self.power.get_or_insert_with(power).clone()
	}
}

/// Ties the public input to the tensors; the prover knows of which it is the evaluation.
pub fn bind<B: Backend>(
	b: &mut B,
	tensors: &[Bound<B>],
	stride: &mut Stride<B::Field>,
	(public, evaluated): (Wire, &B::Known<Vec<bool>>),
) {
	let chosen =
		|of: &B::Reader, index: usize| of.known(evaluated).get(index).copied().unwrap_or(false);
	let z = stride.challenge.clone();
	if let [tensor] = tensors {
		let Some(evaluation) = evaluation(b, tensor, &z) else {
			let x = b.public(public, |of| of.field(&tensor.commitment));
			b.group("binding.committed", |g| g.equal(tensor.commitment.clone(), x));
			return;
		};
		let taken = |chosen| if chosen { &evaluation } else { &tensor.commitment };
		let x = b.public(public, |of| of.field(taken(chosen(of, 0))));
		either(b, &x, &tensor.commitment, &evaluation);
		return;
	}
	let mut acc: Option<B::Field> = None;
	for (index, tensor) in tensors.iter().enumerate() {
		let value = match evaluation(b, tensor, &z) {
			None => tensor.commitment.clone(),
			Some(evaluation) => {
				let taken = |chosen| if chosen { &evaluation } else { &tensor.commitment };
				let value = b.field_wire(|of| of.field(taken(chosen(of, index))));
				either(b, &value, &tensor.commitment, &evaluation);
				value
			}
		};
		acc = Some(match acc {
			None => value,
			Some(acc) => {
				let power = stride.power(b);
				let product = b.field_wire(|of| of.field(&acc) * of.field(&power));
				b.group("binding.combine", |g| g.enforce(acc, power, product.clone()));
				product.plus(&value)
			}
		});
	}
	// The plan refuses a model without inputs or outputs.
	let acc = acc.unwrap_or_else(|| B::Field::constant(Fr::from(0)));
	let x = b.public(public, |of| of.field(&acc));
	b.group("binding.all", |g| g.equal(acc.clone(), x));
}

/// A tensor's polynomial at the challenge, if it can be public.
fn evaluation<B: Backend>(b: &mut B, tensor: &Bound<B>, z: &B::Field) -> Option<B::Field> {
	let Bound { role, spec, values, .. } = tensor;
	if !spec.can_be_public() {
		return None;
	}
	let mut acc = z.offset(commitment::header(*role, spec));
	for word in commitment::words(b, spec, values) {
		let product = b.field_wire(|of| of.field(&acc) * of.field(z));
		b.group("binding.horner", |g| g.enforce(acc.clone(), z.clone(), product.clone()));
		acc = product.plus(&word);
	}
	Some(acc)
}

/// `v` is one or the other.
fn either<B: Backend>(b: &mut B, v: &B::Field, commitment: &B::Field, evaluation: &B::Field) {
	b.group("binding.either", |g| g.vanish(v.minus(commitment), v.minus(evaluation)));
}
