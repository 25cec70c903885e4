//! The points that contributions change, and their wire form.

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup};
use codec::{Decode, Encode};
use rand::{CryptoRng, RngCore};
use rayon::prelude::*;
use zkml_groth16::{read_g1, write_g1, G1};

use super::{
	circuits::{Keys, Slot},
	powers,
	transcript::{Contribution, Subject},
};
use crate::msm::msm;

/// Points per step of the progress report.
const STEP: usize = 1 << 13;
/// Points of a thread's share.
const SHARE: usize = 256;

/// What contributions change for one delta.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Part {
	/// The delta in G1, if provers need it there.
	pub delta: Option<G1Affine>,
	/// The points that are divided by it.
	pub points: Vec<G1Affine>,
}

impl Part {
	/// One for each delta of a key.
	pub fn all(keys: &mut Keys) -> Vec<Self> {
		let part =
			|slot: &Slot<'_>| Self { delta: slot.g1.as_deref().copied(), points: slot.concat() };
		keys.slots().iter().map(part).collect()
	}
}

impl Slot<'_> {
	fn concat(&self) -> Vec<G1Affine> {
		self.points.iter().flat_map(|points| points.iter().copied()).collect()
	}

	/// Number of points that belong to the delta.
	pub fn size(&self) -> usize {
		self.points.iter().map(|points| points.len()).sum()
	}

	/// Whether the points of a part are these, divided by a delta; both have as many.
	pub fn leads_to(
		&self,
		part: &Part,
		delta: &G2Affine,
		rng: &mut (impl RngCore + CryptoRng),
	) -> bool {
		let coefficients = powers::random(part.points.len(), rng);
		let (now, before) = (msm(&part.points, &coefficients), msm(&self.concat(), &coefficients));
		Bn254::pairing(now, delta) == Bn254::pairing(before, G2Affine::generator())
	}

	/// Puts a part into the key, with its delta; both have as many points.
	pub fn put(&mut self, part: &Part, delta: &G2Affine) {
		*self.g2 = *delta;
		if let (Some(to), Some(from)) = (&mut self.g1, part.delta) {
			**to = from;
		}
		let to = self.points.iter_mut().flat_map(|points| points.iter_mut());
		to.zip(&part.points).for_each(|(to, from)| *to = *from);
	}
}

/// Multiplies the deltas, and divides the points that belong to them.
pub(super) fn multiply(
	parts: &mut [Part],
	secrets: &[Fr],
	inverses: &[Fr],
	progress: &dyn Fn(&str, u64, u64),
) {
	let total = parts.iter().map(|part| part.points.len()).sum::<usize>() as u64;
	let mut done = 0;
	for (part, (secret, inverse)) in parts.iter_mut().zip(secrets.iter().zip(inverses)) {
		if let Some(delta) = &mut part.delta {
			*delta = (*delta * secret).into_affine();
		}
		for chunk in part.points.chunks_mut(STEP) {
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

/// What the file holds.
#[derive(Clone, Debug, Decode, Encode)]
pub(super) struct Stored {
	/// What the ceremony is about.
	pub subject: Subject,
	/// All contributions, in their order.
	pub contributions: Vec<Contribution>,
	/// Those deltas that are in G1.
	deltas: Vec<G1>,
	/// For each delta, the points that are divided by it.
	points: Vec<Vec<G1>>,
}

impl Stored {
	/// The points in wire form.
	pub fn new(subject: &Subject, contributions: &[Contribution], parts: &[Part]) -> Self {
		let write = |part: &Part| part.points.par_iter().map(write_g1).collect();
		Self {
			subject: subject.clone(),
			contributions: contributions.to_vec(),
			deltas: parts.iter().filter_map(|part| part.delta.as_ref()).map(write_g1).collect(),
			points: parts.iter().map(write).collect(),
		}
	}

	/// The points, or what they are instead of points for the subject's deltas on the curve. Infinity is
	/// the point of a wire that is in no constraint.
	pub fn parts(&self) -> Result<Vec<Part>, &'static str> {
		let in_g1 = self.subject.circuits.in_g1();
		let count = in_g1.iter().filter(|in_g1| **in_g1).count();
		if (self.deltas.len(), self.points.len()) != (count, in_g1.len()) {
			return Err("points for another number of deltas");
		}
		let read = |points: &[G1]| -> Result<Vec<G1Affine>, &'static str> {
			let point = |wire: &G1| match wire.0 == [0; 64] {
				true => Some(G1Affine::zero()),
				false => read_g1(wire).ok(),
			};
			points.par_iter().map(point).collect::<Option<_>>().ok_or("points off the curve")
		};
		let mut deltas = read(&self.deltas)?.into_iter();
		let part = |(in_g1, points): (&bool, &Vec<G1>)| {
			let delta = if *in_g1 { deltas.next() } else { None };
			Ok(Part { delta, points: read(points)? })
		};
		in_g1.iter().zip(&self.points).map(part).collect()
	}
}
