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
	Witness,
};
use crate::r1cs::{Builder, Lc};

/// A commitment's first word.
pub(super) fn header(role: Role, spec: &TensorSpec) -> Fr {
	// Headers are 20 bytes, far below the modulus.
	to_field(&spec.header(role)).unwrap_or(Fr::ZERO)
}

/// The elements in offset binary, packed.
pub(super) fn words(spec: &TensorSpec, values: &[Lc]) -> Vec<Lc> {
	let offset = 1i64 << (spec.bits - 1);
	let base = Fr::from(2u64).pow([u64::from(spec.bits)]);
	let word = |group: &[Lc]| {
		let mut power = Fr::ONE;
		let mut shift = Fr::ZERO;
		let mut parts = Vec::with_capacity(group.len());
		for lc in group {
			parts.push((power, lc));
			shift += power * Fr::from(offset);
			power *= base;
		}
		Lc::sum(parts).plus(&Lc::constant(shift))
	};
	values.chunks(spec.per_word()).map(word).collect()
}

/// The same as values.
pub(super) fn word_values(spec: &TensorSpec, values: &[i32]) -> Vec<Fr> {
	let offset = 1i64 << (spec.bits - 1);
	let base = Fr::from(2u64).pow([u64::from(spec.bits)]);
	let element = |acc: Fr, v: &i32| acc * base + Fr::from(i64::from(*v) + offset);
	let word = |group: &[i32]| group.iter().rev().fold(Fr::ZERO, element);
	values.chunks(spec.per_word()).map(word).collect()
}

/// The commitment to `values` as a combination.
pub fn constrain(
	builder: &mut Builder,
	role: Role,
	spec: &TensorSpec,
	values: &[Lc],
	salt: Lc,
) -> Lc {
	let words: Vec<_> = words(spec, values).into_iter().map(Input::Wires).collect();
	let first = [Input::Constant(header(role, spec)), Input::Wires(salt)];
	let mut acc = poseidon::constrain(builder, &WIDTH_3, &first);
	for chunk in words.chunks(CHUNK) {
		let mut block = vec![Input::Wires(acc)];
		block.extend_from_slice(chunk);
		block.resize(CHUNK + 1, Input::Constant(Fr::ZERO));
		acc = poseidon::constrain(builder, &WIDTH_17, &block);
	}
	acc
}

/// Pushes the wires of a commitment, and gives it.
pub fn assign(
	witness: &mut Witness,
	role: Role,
	spec: &TensorSpec,
	values: &[i32],
	salt: Fr,
) -> Fr {
	let words: Vec<_> = word_values(spec, values).into_iter().map(Input::Wires).collect();
	let first = [Input::Constant(header(role, spec)), Input::Wires(salt)];
	let mut acc = poseidon::assign(witness, &WIDTH_3, &first);
	for chunk in words.chunks(CHUNK) {
		let mut block = vec![Input::Wires(acc)];
		block.extend_from_slice(chunk);
		block.resize(CHUNK + 1, Input::Constant(Fr::ZERO));
		acc = poseidon::assign(witness, &WIDTH_17, &block);
	}
	acc
}
