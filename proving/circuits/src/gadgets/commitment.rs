//! Tensor commitments, as `zkml_primitives::commit` computes them.
//!
//! Elements are packed in offset binary of the declared width by a linear combination; then
//! `acc = P2(header, salt)`, and `acc = P16(acc, words)` for each 15 words.
//!
//! Cost: 237 constraints and wires, and 609 a chunk of 15 words, less 3 for each word of padding.
//!
//! Soundness: elements are within their width (a range check, a parameter's bits, or bounds that
//! follow from those), so a packing has one spelling and stays below `2^248`; the rest is Poseidon.
//! The salt is free: it is the prover's.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use zkml_poseidon::{to_field, WIDTH_17, WIDTH_3};
use zkml_primitives::{Role, TensorSpec, CHUNK};

use super::{
	poseidon::{self, Input},
	Backend, FieldElement, Integer, Reader,
};

/// A commitment's first word.
pub(super) fn header(role: Role, spec: &TensorSpec) -> Fr {
	// Headers are 20 bytes, far below the modulus.
	to_field(&spec.header(role)).unwrap_or(Fr::ZERO)
}

/// The elements in offset binary, packed.
pub(super) fn words<B: Backend>(b: &B, spec: &TensorSpec, values: &[B::Int]) -> Vec<B::Field> {
	let offset = 1i64 << (spec.bits - 1);
	let base = Fr::from(2u64).pow([u64::from(spec.bits)]);
	let combination = |group: &[B::Int]| {
		let above: Vec<B::Field> = group.iter().map(|x| x.offset(offset).into()).collect();
		B::Field::packed(base, &above)
	};
	let value = |of: &B::Reader, group: &[B::Int]| {
		let element = |acc: Fr, x: &B::Int| acc * base + Fr::from(of.int(x) + offset);
		B::Field::constant(group.iter().rev().fold(Fr::ZERO, element))
	};
	let groups = || values.chunks(spec.per_word());
	b.linear(
		|| groups().map(combination).collect(),
		|of| groups().map(|group| value(of, group)).collect(),
	)
}

/// The commitment to `values`.
pub fn commit<B: Backend>(
	b: &mut B,
	role: Role,
	spec: &TensorSpec,
	values: &[B::Int],
	salt: B::Field,
) -> B::Field {
	let words: Vec<_> = words(b, spec, values).into_iter().map(Input::Wires).collect();
	let first = [Input::Constant(header(role, spec)), Input::Wires(salt)];
	let mut acc = poseidon::hash(b, &WIDTH_3, &first);
	for chunk in words.chunks(CHUNK) {
		let mut block = vec![Input::Wires(acc)];
		block.extend_from_slice(chunk);
		block.resize(CHUNK + 1, Input::Constant(Fr::ZERO));
		acc = poseidon::hash(b, &WIDTH_17, &block);
	}
	acc
}
