//! circomlib's Poseidon permutation, the rounds of `zkml-poseidon`.
//!
//! Everything between two S-boxes is linear and folded into combinations, so an S-box costs three
//! constraints (`x^2`, `x^4`, `x^5`) and everything else nothing: 243 for width 3, 612 for width 17,
//! less three for each lane that goes in as a constant (the capacity, a header, padding).
//!
//! Soundness: each wire is a product of determined values, so the hash is a function of the inputs.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, One};
use zkml_poseidon::Parameters;

use super::Witness;
use crate::r1cs::{Builder, Lc};

/// What a permutation works on: combinations at setup, values at proving time.
pub trait Lane: Clone {
	/// The same everywhere.
	fn constant(value: Fr) -> Self;
	/// The sum of factors times lanes.
	fn combine<'a>(parts: impl Iterator<Item = (Fr, &'a Self)>) -> Self
	where
		Self: 'a;
	/// Adds a constant.
	fn add(&mut self, value: Fr);
}

impl Lane for Lc {
	fn constant(value: Fr) -> Self {
		Lc::constant(value)
	}
	fn combine<'a>(parts: impl Iterator<Item = (Fr, &'a Self)>) -> Self {
		Lc::sum(parts)
	}
	fn add(&mut self, value: Fr) {
		*self = self.plus(&Lc::constant(value));
	}
}

impl Lane for Fr {
	fn constant(value: Fr) -> Self {
		value
	}
	fn combine<'a>(parts: impl Iterator<Item = (Fr, &'a Self)>) -> Self {
		parts.map(|(factor, value)| if factor.is_one() { *value } else { factor * value }).sum()
	}
	fn add(&mut self, value: Fr) {
		*self += value;
	}
}

/// An input of a permutation: which lanes are constants is declared, so that both halves of the
/// gadget agree on it.
#[derive(Clone, Debug)]
pub enum Input<L> {
	/// A constant of the circuit, which costs nothing.
	Constant(Fr),
	/// A combination of wires, or its value.
	Wires(L),
}

impl<L: Lane> Input<L> {
	fn value(&self) -> L {
		match self {
			Self::Constant(value) => L::constant(*value),
			Self::Wires(value) => value.clone(),
		}
	}
}

fn mix<L: Lane>(state: &mut Vec<L>, matrix: &[Fr]) {
	*state = matrix
		.chunks_exact(state.len())
		.map(|row| L::combine(row.iter().copied().zip(state.iter())))
		.collect();
}

fn full_round<L: Lane>(
	state: &mut Vec<L>,
	constants: Option<&[Fr]>,
	matrix: &[Fr],
	mut sbox: impl FnMut(usize, &L) -> L,
) {
	for (i, lane) in state.iter_mut().enumerate() {
		if let Some(constants) = constants {
			lane.add(constants[i]);
		}
		*lane = sbox(i, lane);
	}
	mix(state, matrix);
}

fn fifth_power(x: Fr) -> Fr {
	x.square().square() * x
}

fn permute<L: Lane>(inputs: &[Input<L>], p: &Parameters, mut sbox: impl FnMut(&L) -> L) -> L {
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
		lane.add(*constant);
	}
	for (constant, line) in p.after_sbox.iter().zip(p.sparse.chunks_exact(2 * p.width - 1)) {
		let mut head = sbox(&state[0]);
		head.add(*constant);
		let (row, column) = line.split_at(p.width);
		state[0] = head.clone();
		let first = L::combine(row.iter().copied().zip(state.iter()));
		for (lane, factor) in state[1..].iter_mut().zip(column) {
			*lane = L::combine([(Fr::ONE, &*lane), (*factor, &head)].into_iter());
		}
		state[0] = first;
	}
	full_round(&mut state, None, p.mds, |_, x| sbox(x));
	for constants in p.last.chunks_exact(p.width) {
		full_round(&mut state, Some(constants), p.mds, |_, x| sbox(x));
	}
	state.swap_remove(0)
}

/// The hash of `width - 1` combinations, as a combination.
pub fn constrain(builder: &mut Builder, parameters: &Parameters, inputs: &[Input<Lc>]) -> Lc {
	permute(inputs, parameters, |x| {
		let first = builder.wires(3);
		let [square, fourth, fifth] = [first, first + 1, first + 2].map(Lc::wire);
		builder.group("poseidon.square");
		builder.enforce(x, x, &square);
		builder.group("poseidon.fourth");
		builder.enforce(&square, &square, &fourth);
		builder.group("poseidon.fifth");
		builder.enforce(&fourth, x, &fifth);
		fifth
	})
}

/// An S-box's wires for `x`: its square, fourth and fifth power.
pub fn powers(x: Fr) -> [Fr; 3] {
	let square = x.square();
	let fourth = square.square();
	[square, fourth, fourth * x]
}

/// Pushes the S-boxes' wires as `powers` makes them, and gives the hash. Any other function than
/// [`powers`] breaks constraints; tests cheat that way.
pub fn assign_with(
	witness: &mut Witness,
	parameters: &Parameters,
	inputs: &[Input<Fr>],
	mut powers: impl FnMut(Fr) -> [Fr; 3],
) -> Fr {
	permute(inputs, parameters, |x| {
		let wires = powers(*x);
		witness.wires.extend(wires);
		wires[2]
	})
}

/// Pushes the S-boxes' wires, and gives the hash.
pub fn assign(witness: &mut Witness, parameters: &Parameters, inputs: &[Input<Fr>]) -> Fr {
	assign_with(witness, parameters, inputs, powers)
}
