//! A proof and its key, as points.

use alloc::vec::Vec;

use ark_bn254::{Fq12, Fr, G1Affine, G2Affine};
use ark_ff::PrimeField;
use zkml_primitives::{Proof, Scalar};

use crate::{
	convert::{read_g1, read_g2_lines, read_g2_unchecked},
	miller::Lines,
	Element, PreparedKey, VerifyError,
};

/// A proof that can be read, with inputs to go with it.
pub(crate) struct Read {
	pub a: G1Affine,
	pub b: Lines,
	pub c: G1Affine,
	pub commitments: Vec<G1Affine>,
	pub inputs: Vec<Fr>,
}

/// The points of a key that was examined before it was stored.
pub(crate) struct ReadKey {
	/// With the parameters' pairing, if they are a point.
	pub alpha_beta: Fq12,
	pub gamma: G2Affine,
	pub delta: G2Affine,
	pub rounds: Vec<G2Affine>,
	pub ic: Vec<G1Affine>,
}

fn count(n: usize) -> u8 {
	n.min(usize::from(u8::MAX)) as u8
}

/// Refuses what cannot be a proof under the key. Cheap refusals come first: no group operation is
/// spent on what cannot be read.
pub(crate) fn proof(
	key: &PreparedKey,
	inputs: &[Scalar],
	proof: &Proof,
) -> Result<Read, VerifyError> {
	let points = key.key.points();
	if points.params.is_some() != key.params.is_some() {
		return Err(VerifyError::Params);
	}
	if proof.commitments.len() != points.rounds.len() {
		let (expected, got) = (count(points.rounds.len()), count(proof.commitments.len()));
		return Err(VerifyError::CommitmentCount { expected, got });
	}
	if inputs.len() + 1 != points.ic.len() {
		let (expected, got) = (count(points.ic.len().saturating_sub(1)), count(inputs.len()));
		return Err(VerifyError::InputCount { expected, got });
	}
	let mut scalars = Vec::with_capacity(inputs.len());
	for (index, input) in inputs.iter().enumerate() {
		input.check().map_err(|_| VerifyError::InputNotCanonical(count(index)))?;
		scalars.push(Fr::from_be_bytes_mod_order(&input.0));
	}
	let point = |element| move |error| VerifyError::Point(element, error);
	let a = read_g1(&proof.a).map_err(point(Element::A))?;
	let c = read_g1(&proof.c).map_err(point(Element::C))?;
	let mut commitments = Vec::with_capacity(proof.commitments.len());
	for (index, commitment) in proof.commitments.iter().enumerate() {
		commitments.push(read_g1(commitment).map_err(point(Element::Commitment(count(index))))?);
	}
	let b = read_g2_lines(&proof.b).map_err(point(Element::B))?;
	Ok(Read { a, b, c, commitments, inputs: scalars })
}

/// Reads a stored key without examining it again.
pub(crate) fn key(key: &PreparedKey) -> Result<ReadKey, VerifyError> {
	let points = key.key.points();
	let corrupt = |_| VerifyError::Key;
	Ok(ReadKey {
		alpha_beta: match &key.params {
			Some(params) => params.target.read(),
			None => key.alpha_beta.read(),
		}
		.ok_or(VerifyError::Key)?,
		gamma: read_g2_unchecked(points.gamma).map_err(corrupt)?,
		delta: read_g2_unchecked(points.delta).map_err(corrupt)?,
		rounds: points
			.rounds
			.iter()
			.map(read_g2_unchecked)
			.collect::<Result<_, _>>()
			.map_err(corrupt)?,
		ic: points.ic.iter().map(read_g1).collect::<Result<_, _>>().map_err(corrupt)?,
	})
}
