//! The points that contributions change, and their wire form.

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use codec::{Decode, Encode};
use rayon::prelude::*;
use zkml_groth16::{read_g1, write_g1, G1};

use super::transcript::{Contribution, Subject};
use crate::keys::{ProvingKey, Round};

/// Points per step of the progress report.
const STEP: usize = 1 << 13;
/// Points of a thread's share.
const SHARE: usize = 256;

/// The points that belong to a delta, and the deltas.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Points {
	/// In G1: the last wires', then one for each round.
	pub deltas: Vec<G1Affine>,
	/// For the products' values.
	pub h: Vec<G1Affine>,
	/// For the last wires.
	pub last: Vec<G1Affine>,
	/// For the wires of each round.
	pub rounds: Vec<Vec<G1Affine>>,
}

impl Points {
	/// Takes them out of a key.
	pub fn of(key: ProvingKey) -> Self {
		let deltas = key.rounds.iter().map(|round| round.delta_g1);
		Self {
			deltas: [key.delta_g1].into_iter().chain(deltas).collect(),
			h: key.h,
			last: key.last,
			rounds: key.rounds.into_iter().map(|round| round.query).collect(),
		}
	}

	/// Puts them into a key of the same circuit, with the deltas in G2.
	pub fn put(self, key: &mut ProvingKey, deltas: &[G2Affine]) {
		let Self { deltas: in_g1, h, last, rounds } = self;
		key.delta_g1 = in_g1[0];
		key.verifying.delta = deltas[0];
		key.verifying.rounds = deltas[1..].to_vec();
		let rounds = rounds.into_iter().zip(&in_g1[1..]);
		key.rounds = rounds.map(|(query, delta)| Round { delta_g1: *delta, query }).collect();
		key.h = h;
		key.last = last;
	}

	/// Numbers of points.
	pub fn sizes(&self) -> Vec<usize> {
		let rounds = self.rounds.iter().map(Vec::len);
		[self.h.len(), self.last.len()].into_iter().chain(rounds).collect()
	}

	/// For each delta, the points that are divided by it.
	pub fn queries(&self) -> impl Iterator<Item = Vec<G1Affine>> + '_ {
		let last = [self.h.as_slice(), &self.last].concat();
		[last].into_iter().chain(self.rounds.iter().cloned())
	}

	/// Multiplies the deltas, and divides the points that belong to them.
	pub fn multiply(&mut self, secrets: &[Fr], inverses: &[Fr], progress: &dyn Fn(&str, u64, u64)) {
		let total = self.sizes().into_iter().sum::<usize>() as u64;
		let mut done = 0;
		for (delta, secret) in self.deltas.iter_mut().zip(secrets) {
			*delta = (*delta * secret).into_affine();
		}
		let [of_last, of_rounds @ ..] = inverses else { return };
		let last = [(&mut self.h, of_last), (&mut self.last, of_last)];
		for (points, inverse) in last.into_iter().chain(self.rounds.iter_mut().zip(of_rounds)) {
			for chunk in points.chunks_mut(STEP) {
				chunk.par_chunks_mut(SHARE).for_each(|points| {
					let products: Vec<G1Projective> =
						points.iter().map(|point| *point * inverse).collect();
					points.copy_from_slice(&G1Projective::normalize_batch(&products));
				});
				done += chunk.len() as u64;
				progress("contributing", done, total);
			}
		}
	}
}

/// What the file holds.
#[derive(Clone, Debug, Decode, Encode)]
pub(super) struct Stored {
	/// See [`Subject`].
	pub subject: Subject,
	/// In their order.
	pub contributions: Vec<Contribution>,
	deltas: Vec<G1>,
	h: Vec<G1>,
	last: Vec<G1>,
	rounds: Vec<Vec<G1>>,
}

impl Stored {
	/// In wire form.
	pub fn new(subject: &Subject, contributions: &[Contribution], points: &Points) -> Self {
		let write = |points: &Vec<G1Affine>| points.par_iter().map(write_g1).collect();
		Self {
			subject: subject.clone(),
			contributions: contributions.to_vec(),
			deltas: write(&points.deltas),
			h: write(&points.h),
			last: write(&points.last),
			rounds: points.rounds.iter().map(write).collect(),
		}
	}

	/// The points, if all are on the curve. Infinity is the point of a wire that is in no constraint.
	pub fn points(&self) -> Option<Points> {
		let read = |points: &Vec<G1>| -> Option<Vec<G1Affine>> {
			let point = |wire: &G1| match wire.0 == [0; 64] {
				true => Some(G1Affine::zero()),
				false => read_g1(wire).ok(),
			};
			points.par_iter().map(point).collect()
		};
		Some(Points {
			deltas: read(&self.deltas)?,
			h: read(&self.h)?,
			last: read(&self.last)?,
			rounds: self.rounds.iter().map(read).collect::<Option<_>>()?,
		})
	}
}
