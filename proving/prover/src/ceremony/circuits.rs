//! Which keys a ceremony makes, and what each of its deltas divides.

use ark_bn254::{G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use codec::{Decode, Encode};

use super::{error::CeremonyError, initial::initial_key, Origins};
use crate::{
	keys::{ProvingKey, VerifyingPoints},
	linked::Link,
};

/// Which keys a ceremony makes. In the encoding the number of deltas is what tells them apart.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Circuits {
	/// That of a circuit without commit rounds.
	#[codec(index = 1)]
	Plain,
	/// That of a circuit with one.
	#[codec(index = 2)]
	OneRound,
	/// That of a circuit with two.
	#[codec(index = 3)]
	TwoRounds,
	/// Those of two circuits whose committed wires are the same, and their link.
	#[codec(index = 7)]
	Linked {
		/// The digest of the range circuit's constraints.
		range: [u8; 32],
	},
}

impl Circuits {
	/// One circuit with so many commit rounds.
	pub(super) fn with_rounds(rounds: usize) -> Option<Self> {
		[Self::Plain, Self::OneRound, Self::TwoRounds].get(rounds).copied()
	}

	/// For each delta, in the order of [`Keys::slots`], whether provers need it in G1. One that blinds nothing
	/// is in G2 alone.
	pub(super) fn in_g1(&self) -> &'static [bool] {
		match self {
			Self::Plain => &[true],
			Self::OneRound => &[true; 2],
			Self::TwoRounds => &[true; 3],
			Self::Linked { .. } => &[true, true, false, true, true, false, false],
		}
	}
}

/// The keys that a ceremony makes: of a circuit, and of the range circuit that it is linked to.
#[derive(Clone, Debug)]
pub(super) struct Keys {
	pub key: ProvingKey,
	pub linked: Option<(ProvingKey, Link)>,
}

/// A delta of a key, and where it is.
pub(super) struct Slot<'a> {
	/// What it divides, in words.
	pub what: String,
	pub g1: Option<&'a mut G1Affine>,
	pub g2: &'a mut G2Affine,
	/// What it divides, one behind the other.
	pub points: Vec<&'a mut [G1Affine]>,
}

impl Keys {
	/// Before the first contribution: with gamma, all deltas and epsilon 1.
	///
	/// # Errors
	///
	/// If a system is too large for the field or the powers.
	pub fn initial(
		origins: &Origins<'_>,
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<Self, CeremonyError> {
		let Origins { system, range, powers, .. } = origins;
		let key = initial_key(system, powers, progress)?;
		let Some(range) = range else { return Ok(Self { key, linked: None }) };
		let range = initial_key(range, powers, progress)?;
		// The salts are the first of each, and stay apart; the values are the same ones in both.
		let pairs = key.committed.iter().zip(&range.committed);
		let sums: Vec<G1Projective> = pairs.skip(1).map(|(one, other)| *one + *other).collect();
		let salts = key.committed.iter().take(1).chain(range.committed.iter().take(1)).copied();
		let query = salts.chain(G1Projective::normalize_batch(&sums)).collect();
		let link = Link { epsilon: G2Affine::generator(), query };
		Ok(Self { key, linked: Some((range, link)) })
	}

	/// All deltas, in the order of contributions' factors: of the last wires, of each round, of the committed
	/// wires if there are any; then the same of the range circuit, and of the link.
	pub fn slots(&mut self) -> Vec<Slot<'_>> {
		let mut all = of_key(&mut self.key, "");
		if let Some((range, Link { epsilon, query })) = &mut self.linked {
			all.extend(of_key(range, "range circuit's "));
			let what = "the link's points".into();
			all.push(Slot { what, g1: None, g2: epsilon, points: vec![query] });
		}
		all
	}
}

fn of_key<'a>(key: &'a mut ProvingKey, whose: &str) -> Vec<Slot<'a>> {
	let VerifyingPoints { delta, rounds, committed, .. } = &mut key.verifying;
	let mut all = vec![Slot {
		what: format!("the {whose}last wires' points"),
		g1: Some(&mut key.delta_g1),
		g2: delta,
		points: vec![&mut key.h, &mut key.last],
	}];
	for (index, (round, delta)) in key.rounds.iter_mut().zip(rounds).enumerate() {
		all.push(Slot {
			what: format!("the {whose}points of round {}", index + 1),
			g1: Some(&mut round.delta_g1),
			g2: delta,
			points: vec![&mut round.query],
		});
	}
	if let Some(delta) = committed {
		let what = format!("the {whose}committed wires' points");
		all.push(Slot { what, g1: None, g2: delta, points: vec![&mut key.committed] });
	}
	all
}
