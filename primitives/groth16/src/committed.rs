//! Parameters that are committed to once, and the proof that they are in range.

use ark_bn254::{Fq12, Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::PrimeField;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use zkml_primitives::{CircuitKey, CommittedKey, RangeProof, Scalar, G1};

use crate::{
	convert::{read_g1, read_g2_lines, read_g2_unchecked},
	key::AlphaBeta,
	miller::{lines_of_key, Lines},
	pairing::product,
	straus::sum_of_products,
	Element, PointError, PreparedKey, VerifyError,
};

/// A commitment to parameters, with the pairing that every verification under it starts from.
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
pub struct PreparedParams {
	/// The commitment W, of which it was examined that it is a point of the curve.
	pub point: G1,
	/// `e(alpha, beta) e(W, delta_0)`, `delta_0` being the key's delta for parameters.
	pub target: AlphaBeta,
}

/// Examines a commitment to parameters, and computes the pairing that stands for it.
///
/// # Errors
///
/// If the point is not canonical, not on the curve or infinity; if the key takes no such commitment.
pub fn prepare_params(key: &PreparedKey, point: &G1) -> Result<PreparedParams, VerifyError> {
	let CircuitKey::Committed(points) = &key.key else { return Err(VerifyError::Params) };
	let read = read_g1(point).map_err(|error| VerifyError::Point(Element::Params, error))?;
	let delta = read_g2_unchecked(&points.params).map_err(|_| VerifyError::Key)?;
	let alpha_beta = key.alpha_beta.read().ok_or(VerifyError::Key)?;
	let own = product(&[(read, lines_of_key(&delta))]).ok_or(VerifyError::Key)?;
	Ok(PreparedParams { point: *point, target: AlphaBeta::new(alpha_beta * own) })
}

/// Whether the parameters that the key comes with are within the widths that its range circuit proves:
/// with W the commitment, V the range circuit's own and K the link,
///
/// ```text
/// e(A, B) = e(alpha, beta) * e(IC_0 + z IC_1, gamma) * e(V, delta'_0) * e(D, delta'_1) * e(C, delta')
/// e(W, delta_0) * e(V, delta'_0) = e(K, epsilon)
/// ```
///
/// at the challenge z of [`RangeProof::challenge`]. Two Miller loops and final exponentiations, about 3 ms
/// on one core.
///
/// # Errors
///
/// If the key is of another kind or comes without parameters, a point of the proof is no good, or one of the
/// equations does not hold.
pub fn verify_range(key: &PreparedKey, range: &RangeProof) -> Result<(), VerifyError> {
	let (CircuitKey::Committed(points), Some(params)) = (&key.key, &key.params) else {
		return Err(VerifyError::Params);
	};
	let RangeProof { params: own, link, proof } = range;
	let [commitment] = proof.commitments[..] else {
		return Err(VerifyError::CommitmentCount {
			expected: 1,
			got: proof.commitments.len() as u8,
		});
	};
	let point = |element| move |error: PointError| VerifyError::Point(element, error);
	let a = read_g1(&proof.a).map_err(point(Element::A))?;
	let c = read_g1(&proof.c).map_err(point(Element::C))?;
	let d = read_g1(&commitment).map_err(point(Element::Commitment(0)))?;
	let v = read_g1(own).map_err(point(Element::Params))?;
	let k = read_g1(link).map_err(point(Element::Link))?;
	let b = read_g2_lines(&proof.b).map_err(point(Element::B))?;
	let w = read_g1(&params.point).map_err(|_| VerifyError::Key)?;
	let challenge = RangeProof::challenge(key.key.hash(), &params.point, own, &[commitment]);
	let keyed = Deltas::read(points).ok_or(VerifyError::Key)?;
	let inputs = keyed.inputs(challenge);
	let equation = [
		(-inputs, keyed.gamma),
		(-v, keyed.range_params.clone()),
		(-d, keyed.range_round),
		(-c, keyed.range_delta),
		(a, b),
	];
	let linked = [(w, keyed.params), (v, keyed.range_params), (-k, keyed.link)];
	let alpha_beta: Fq12 = key.alpha_beta.read().ok_or(VerifyError::Key)?;
	let holds = product(&equation) == Some(alpha_beta);
	let one = product(&linked).is_some_and(|product| product == Fq12::from(1u64));
	if holds && one {
		Ok(())
	} else {
		Err(VerifyError::Equation)
	}
}

/// The points of a key that a range proof meets.
struct Deltas {
	ic: [G1Affine; 2],
	gamma: Lines,
	params: Lines,
	range_delta: Lines,
	range_round: Lines,
	range_params: Lines,
	link: Lines,
}

impl Deltas {
	fn read(key: &CommittedKey) -> Option<Self> {
		let lines = |point| read_g2_unchecked(point).ok().map(|point| lines_of_key(&point));
		let [one, challenge] = &key.range.ic;
		Some(Self {
			ic: [read_g1(one).ok()?, read_g1(challenge).ok()?],
			gamma: lines(&key.gamma)?,
			params: lines(&key.params)?,
			range_delta: lines(&key.range.delta)?,
			range_round: lines(&key.range.round)?,
			range_params: lines(&key.range.params)?,
			link: lines(&key.link)?,
		})
	}

	fn inputs(&self, challenge: Scalar) -> G1Affine {
		// It is below the order: a hash whose top byte is zero.
		let challenge = Fr::from_be_bytes_mod_order(&challenge.0);
		(sum_of_products(&self.ic[1..], &[challenge]) + self.ic[0]).into_affine()
	}
}
