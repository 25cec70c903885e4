//! Checking a verifying key once, so that proofs under it cost less.

use alloc::{vec, vec::Vec};

use ark_bn254::{Fq12, Fq2, Fq6, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::AdditiveGroup;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{CircuitKey, CommittedKey, COMMITTED_INPUTS, G2, PLAIN_INPUTS};

use crate::{
	convert::{read_fq, read_g1, read_g2, write_fq},
	miller::lines_of_key,
	pairing::product,
	Element, KeyError, PreparedParams,
};

/// e(alpha, beta), 384 bytes: the twelve coordinates over Fq, each big-endian, in the tower order
/// of arkworks (c0.c0.c0, c0.c0.c1, c0.c1.c0, ... c1.c2.c1).
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct AlphaBeta(pub [u8; 384]);

/// A key that passed [`prepare`].
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct PreparedKey {
	/// The key itself, as it was given.
	pub key: CircuitKey,
	/// The pairing that every verification under it shares.
	pub alpha_beta: AlphaBeta,
	/// The parameters that proofs are verified for, if the key's kind commits to them by a point. Without
	/// them no proof holds under such a key, and with them none under another.
	pub params: Option<PreparedParams>,
}

impl PreparedKey {
	/// The same key for these parameters.
	pub fn with_params(self, params: PreparedParams) -> Self {
		Self { params: Some(params), ..self }
	}
}

/// Refuses keys under which a proof would mean nothing, and computes e(alpha, beta).
///
/// Checked: every point (canonical, on the curve, in the subgroup, not infinity); one IC point for
/// each input and one for the constant 1, where a program's key may have any number of inputs; no
/// delta is the generator up to sign (a setup without its second phase); no delta is gamma up to
/// sign (anyone can forge: A = alpha, B = beta, C = -vk_x), and no two deltas are equal up to sign
/// (what a round committed to could be moved behind its challenge); beta is neither the generator (a
/// setup without its first phase), gamma nor a delta up to sign (anyone can forge: with beta = gamma,
/// A = vk_x + alpha, B = gamma + s delta, C = s A). gamma being the generator is what snarkjs and
/// RISC Zero do, and sound. Of a key whose parameters are a point, the deltas of both of its circuits
/// and the link's epsilon count as deltas: what one divides by must not be reached by another.
///
/// # Errors
///
/// If a point is no good, the number of points is not that of the kind, or anybody could forge under the
/// key.
pub fn prepare(key: &CircuitKey) -> Result<PreparedKey, KeyError> {
	let points = key.points();
	let rounds = points.rounds.len();
	if matches!(key, CircuitKey::Rounds(_)) && rounds == 0 {
		return Err(KeyError::NoRounds);
	}
	let expected = match key {
		CircuitKey::Plain(_) | CircuitKey::Rounds(_) => 1 + PLAIN_INPUTS + rounds,
		// A program has as many inputs as it has; its type bounds them.
		CircuitKey::Program(_) => points.ic.len().max(1),
		CircuitKey::Committed(_) => 1 + COMMITTED_INPUTS,
	};
	if points.ic.len() != expected {
		// Both are bounded by the types, far below 256.
		let (expected, got) = (expected as u8, points.ic.len() as u8);
		return Err(KeyError::IcLength { expected, got });
	}
	let g2 = |wire: &G2, element| read_g2(wire).map_err(|e| KeyError::Point(element, e));
	let alpha = read_g1(points.alpha).map_err(|e| KeyError::Point(Element::Alpha, e))?;
	let beta = g2(points.beta, Element::Beta)?;
	let gamma = g2(points.gamma, Element::Gamma)?;
	let mut deltas = vec![g2(points.delta, Element::Delta)?];
	for (index, delta) in points.rounds.iter().enumerate() {
		deltas.push(g2(delta, Element::RoundDelta(index as u8))?);
	}
	let ic = points.ic.iter().enumerate();
	let mut ic: Vec<_> = ic.map(|(index, point)| (Element::Ic(index as u8), point)).collect();
	if let CircuitKey::Committed(CommittedKey { params, range, link, .. }) = key {
		let others = [
			(Element::Params, params),
			(Element::RangeDelta, &range.delta),
			(Element::RangeRound, &range.round),
			(Element::RangeParams, &range.params),
			(Element::Link, link),
		];
		for (element, point) in others {
			deltas.push(g2(point, element)?);
		}
		ic.extend((0..).map(Element::RangeIc).zip(&range.ic));
	}
	for (element, point) in ic {
		let _ = read_g1(point).map_err(|error| KeyError::Point(element, error))?;
	}
	// Points with equal x are equal up to sign.
	let generator = G2Affine::generator();
	let others = [generator.x, gamma.x].into_iter().chain(deltas.iter().map(|delta| delta.x));
	if others.into_iter().any(|x| x == beta.x) {
		return Err(KeyError::BetaNotItsOwn);
	}
	for (index, delta) in deltas.iter().enumerate() {
		if delta.x == generator.x {
			return Err(KeyError::DeltaIsGenerator);
		}
		if delta.x == gamma.x {
			return Err(KeyError::GammaEqualsDelta);
		}
		if deltas[..index].iter().any(|other| other.x == delta.x) {
			return Err(KeyError::DeltasEqual);
		}
	}
	// A pairing is never 0; if it were, no proof would hold.
	let alpha_beta = product(&[(alpha, lines_of_key(&beta))]).unwrap_or(Fq12::ZERO);
	let alpha_beta = AlphaBeta::new(alpha_beta);
	Ok(PreparedKey { key: key.clone(), alpha_beta, params: None })
}

impl AlphaBeta {
	pub(crate) fn new(value: Fq12) -> Self {
		let mut out = [0; 384];
		let coordinates = [value.c0, value.c1]
			.into_iter()
			.flat_map(|six| [six.c0, six.c1, six.c2])
			.flat_map(|two| [two.c0, two.c1]);
		for (to, coordinate) in out.chunks_exact_mut(32).zip(coordinates) {
			to.copy_from_slice(&write_fq(coordinate));
		}
		Self(out)
	}

	pub(crate) fn read(&self) -> Option<Fq12> {
		let mut coordinates = self.0.as_chunks::<32>().0.iter().map(read_fq);
		let mut fq = || coordinates.next().flatten();
		let mut fq2 = || Some(Fq2::new(fq()?, fq()?));
		let mut fq6 = || Some(Fq6::new(fq2()?, fq2()?, fq2()?));
		Some(Fq12::new(fq6()?, fq6()?))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{write_g1, write_g2, PointError};

	use ark_bn254::{Fr, G1Affine};
	use ark_ec::CurveGroup;
	use zkml_primitives::{ProgramKey, G1};

	fn g1(scalar: u64) -> G1 {
		write_g1(&(G1Affine::generator() * Fr::from(scalar)).into_affine())
	}

	fn g2(scalar: u64) -> G2 {
		write_g2(&(G2Affine::generator() * Fr::from(scalar)).into_affine())
	}

	fn program(points: u64) -> ProgramKey {
		let ic: Vec<_> = (0..points).map(|index| g1(10 + index)).collect();
		let ic = ic.try_into().expect("no more than fit");
		ProgramKey { alpha: g1(2), beta: g2(3), gamma: g2(1), delta: g2(5), ic }
	}

	#[test]
	fn a_program_key_may_have_any_number_of_inputs() {
		for points in [1, 2, 5, 6, 65] {
			let key = CircuitKey::Program(program(points));
			assert_eq!(prepare(&key).map(|prepared| prepared.key), Ok(key));
		}
	}

	#[test]
	fn a_program_key_without_any_point_for_inputs_is_refused() {
		let refused = prepare(&CircuitKey::Program(program(0)));
		assert_eq!(refused, Err(KeyError::IcLength { expected: 1, got: 0 }));
	}

	#[test]
	fn a_program_key_is_checked_like_any_other() {
		let with = |change: &dyn Fn(&mut ProgramKey)| {
			let mut key = program(65);
			change(&mut key);
			prepare(&CircuitKey::Program(key)).map(|_| ())
		};
		let no_point = Err(KeyError::Point(Element::Ic(64), PointError::NotOnCurve));
		assert_eq!(with(&|key| key.ic[64].0[63] ^= 1), no_point);
		assert_eq!(with(&|key| key.delta = key.gamma), Err(KeyError::DeltaIsGenerator));
		assert_eq!(with(&|key| key.gamma = key.delta), Err(KeyError::GammaEqualsDelta));
		assert_eq!(with(&|key| key.beta = key.delta), Err(KeyError::BetaNotItsOwn));
	}
}
