//! circomlib's Poseidon permutation, the rounds of `zkml-poseidon`.
//!
//! Everything between two S-boxes is linear and folded into combinations, so an S-box costs three
//! constraints (`x^2`, `x^4`, `x^5`) and everything else nothing: 243 for width 3, 612 for width 17,
//! less three for each lane that goes in as a constant (the capacity, a header, padding).
//!
//! Soundness: each wire is a product of determined values, so the hash is a function of the inputs.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use zkml_poseidon::Parameters;

use super::{Backend, FieldElement, Reader};

/// An input of a permutation.
#[derive(Clone, Debug)]
pub enum Input<L> {
	/// A constant of the circuit, which costs nothing.
	Constant(Fr),
	/// A combination of wires, or its value.
	Wires(L),
}

impl<L: FieldElement> Input<L> {
	fn value(&self) -> L {
		match self {
			Self::Constant(value) => L::constant(*value),
			Self::Wires(value) => value.clone(),
		}
	}
}

fn mix<L: FieldElement>(state: &mut Vec<L>, matrix: &[Fr]) {
	*state = matrix
		.chunks_exact(state.len())
		.map(|row| L::sum(row.iter().copied().zip(state.iter())))
		.collect();
}

fn full_round<L: FieldElement>(
	state: &mut Vec<L>,
	constants: Option<&[Fr]>,
	matrix: &[Fr],
	mut sbox: impl FnMut(usize, &L) -> L,
) {
	for (i, lane) in state.iter_mut().enumerate() {
		if let Some(constants) = constants {
			*lane = lane.offset(constants[i]);
		}
		*lane = sbox(i, lane);
	}
	mix(state, matrix);
}

fn fifth_power(x: Fr) -> Fr {
	x.square().square() * x
}

/// The permutation's first lane, with an S-box of the caller's: any but that of [`hash`] breaks
/// constraints, and tests cheat that way.
pub fn permute<L: FieldElement>(
	inputs: &[Input<L>],
	p: &Parameters,
	mut sbox: impl FnMut(&L) -> L,
) -> L {
	let mut known = vec![Some(Fr::ZERO)];
	let mut state = vec![L::constant(Fr::ZERO)];
	for input in inputs {
		known.push(if let Input::Constant(value) = input { Some(*value) } else { None });
		state.push(input.value());
	}
	let rounds = p.first.chunks_exact(p.width);
	let before = rounds.len() - 1;
	for (round, constants) in rounds.enumerate() {
		let matrix = if round < before { p.mds } else { p.before_partial };
		full_round(&mut state, Some(constants), matrix, |i, x| match known[i] {
			// The first mixing leaves no lane constant.
			Some(value) if round == 0 => L::constant(fifth_power(value + constants[i])),
			_ => sbox(x),
		});
	}
	for (lane, constant) in state.iter_mut().zip(p.entry) {
		*lane = lane.offset(*constant);
	}
	for (constant, line) in p.after_sbox.iter().zip(p.sparse.chunks_exact(2 * p.width - 1)) {
		let head = sbox(&state[0]).offset(*constant);
		let (row, column) = line.split_at(p.width);
		state[0] = head.clone();
		let first = L::sum(row.iter().copied().zip(state.iter()));
		for (lane, factor) in state[1..].iter_mut().zip(column) {
			*lane = L::sum([(Fr::ONE, &*lane), (*factor, &head)]);
		}
		state[0] = first;
	}
	full_round(&mut state, None, p.mds, |_, x| sbox(x));
	for constants in p.last.chunks_exact(p.width) {
		full_round(&mut state, Some(constants), p.mds, |_, x| sbox(x));
	}
	state.swap_remove(0)
}

/// An S-box: the fifth power, with the square and the fourth on wires of their own.
fn fifth<B: Backend>(b: &mut B, x: &B::Field) -> B::Field {
	let square = b.field_wire(|of| of.field(x).square());
	let fourth = b.field_wire(|of| of.field(&square).square());
	let fifth = b.field_wire(|of| of.field(&fourth) * of.field(x));
	b.group("poseidon.square", |g| g.enforce(x.clone(), x.clone(), square.clone()));
	b.group("poseidon.fourth", |g| g.enforce(square.clone(), square.clone(), fourth.clone()));
	b.group("poseidon.fifth", |g| g.enforce(fourth.clone(), x.clone(), fifth.clone()));
	fifth
}

/// The hash of `width - 1` elements.
pub fn hash<B: Backend>(
	b: &mut B,
	parameters: &Parameters,
	inputs: &[Input<B::Field>],
) -> B::Field {
	permute(inputs, parameters, |x| fifth(b, x))
}
