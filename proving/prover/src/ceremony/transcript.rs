//! Who contributed what, and why nobody can have left out, reordered or copied any of it.
//!
//! The transcript is a chain of hashes: the subject, then each contribution. A contributor has a
//! secret factor for each delta and shows for it: its image `d G1`, the new delta `d delta` in G2, and
//! `d R`, where R is a point of G2 that is hashed from the chain so far, the name and all images and
//! deltas. Whoever can make `d R` knows d (Bowe, Gabizon, Miers, eprint 2017/1050; Kohlweiss, Maller,
//! Siim, Volkhov, eprint 2021/219), and only for this place in this ceremony.

use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup};
use ark_ff::PrimeField;
use blake2::{Blake2b512, Digest};
use codec::{Decode, Encode};
use zeroize::Zeroizing;
use zkml_groth16::{read_g1, read_g2, write_g1, write_g2, G1, G2};
use zkml_primitives::blake2_256;

use super::{circuits::Circuits, error::CeremonyError};

/// Longest name, in bytes.
pub const MAX_NAME: usize = 64;
/// Most doublings of a beacon's work: about five minutes of hashing.
pub const MAX_DOUBLINGS: u8 = 30;

/// What a ceremony makes keys of.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Subject {
	/// The settings hash of the model.
	pub settings: [u8; 32],
	/// The digest of its constraints, see [`crate::r1cs::R1cs::digest`]; of two circuits, the one for
	/// inferences.
	pub circuit: [u8; 32],
	/// BLAKE2b-512 of the powers' file.
	pub powers: [u8; 64],
	/// How many contributions that file says it has; below two, this is a rehearsal.
	pub powers_contributions: u32,
	/// Which keys, and with that which deltas.
	pub circuits: Circuits,
}

/// Where a contribution's secrets are from.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Origin {
	/// Drawn by somebody, and forgotten.
	#[codec(index = 0)]
	Person,
	/// Derived from a value that nobody knew before, by `2^doublings` hashes. Anybody can repeat it,
	/// so it is no contribution of a person; it is the last of all.
	#[codec(index = 1)]
	Beacon {
		/// The value that nobody knew before.
		value: [u8; 32],
		/// The logarithm of the number of hashes.
		doublings: u8,
	},
}

/// What a contribution does to one delta.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Factor {
	/// The secret times the generator of G1.
	pub image: G1,
	/// The delta with the secret multiplied in, in G2.
	pub delta: G2,
	/// The secret times the challenge.
	pub proof: G2,
}

/// What one person, or the beacon, adds to a ceremony.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Contribution {
	/// What the contributor calls themselves; nobody checks it.
	pub name: String,
	/// Where the secrets are from.
	pub origin: Origin,
	/// What it does to each delta, in the order of the deltas.
	pub factors: Vec<Factor>,
}

/// A point in the chain: the hash of all so far, and the deltas.
#[derive(Clone, Debug)]
pub(super) struct Place {
	/// Number of contributions so far.
	pub count: usize,
	/// The hash of all contributions so far.
	pub hash: [u8; 32],
	/// The deltas in G2.
	pub deltas: Vec<G2Affine>,
	/// Whether a beacon ended it.
	pub closed: bool,
}

fn tagged(tag: &str, value: &impl Encode) -> [u8; 32] {
	let mut bytes = format!("zkml/ceremony/{tag}/v1").into_bytes();
	value.encode_to(&mut bytes);
	blake2_256(&bytes)
}

fn wide(tag: &str, value: &impl Encode) -> [u8; 64] {
	let mut hasher = Blake2b512::new();
	hasher.update(format!("zkml/ceremony/{tag}/v1"));
	hasher.update(value.encode());
	hasher.finalize().into()
}

/// A point of G2 whose logarithm nobody knows: the first x from a counter up that is on the curve,
/// times the cofactor.
fn hash_to_g2(seed: [u8; 32]) -> G2Affine {
	let mut counter = 0u32;
	loop {
		let [c0, c1, sign] = ["x0", "x1", "sign"].map(|part| wide(part, &(seed, counter)));
		let x = Fq2::new(Fq::from_le_bytes_mod_order(&c0), Fq::from_le_bytes_mod_order(&c1));
		if let Some(point) = G2Affine::get_point_from_x_unchecked(x, sign[0] & 1 == 1) {
			let point = point.mul_by_cofactor();
			if !point.is_zero() {
				return point;
			}
		}
		// Every other x is on the curve.
		counter += 1;
	}
}

impl Place {
	/// Before the first contribution: all deltas are 1.
	pub fn start(subject: &Subject) -> Self {
		let deltas = vec![G2Affine::generator(); subject.circuits.in_g1().len()];
		Self { count: 0, hash: tagged("start", subject), deltas, closed: false }
	}

	/// A challenge for each factor. It depends on everything but the proofs.
	fn challenges(&self, name: &str, origin: &Origin, images: &[(G1, G2)]) -> Vec<G2Affine> {
		let seed = tagged("proof", &(self.hash, name, origin, images));
		(0..images.len() as u32).map(|index| hash_to_g2(tagged("point", &(seed, index)))).collect()
	}

	/// A contribution with these secrets, none of which is 0, 1 or -1.
	pub fn contribute(&self, name: &str, origin: Origin, secrets: &[Fr]) -> Contribution {
		let images: Vec<(G1, G2)> = self
			.deltas
			.iter()
			.zip(secrets)
			.map(|(delta, secret)| {
				let image = (G1Affine::generator() * secret).into_affine();
				(write_g1(&image), write_g2(&(*delta * secret).into_affine()))
			})
			.collect();
		let challenges = self.challenges(name, &origin, &images);
		let factors = images.into_iter().zip(challenges).zip(secrets);
		let factors = factors
			.map(|(((image, delta), challenge), secret)| {
				let proof = write_g2(&(challenge * secret).into_affine());
				Factor { image, delta, proof }
			})
			.collect();
		Contribution { name: name.into(), origin, factors }
	}

	/// The place behind a contribution, if it is one for this place.
	///
	/// # Errors
	///
	/// If a beacon came before, the name or the beacon is none, there is not one factor for each delta, a point is
	/// no good, or a factor is not proved, leaves a delta the generator, or is not the one that it multiplies by.
	pub fn follow(&self, contribution: &Contribution) -> Result<Self, CeremonyError> {
		let Contribution { name, origin, factors } = contribution;
		let number = self.count + 1;
		let bad =
			|expected: String, got: String| CeremonyError::Contribution { number, expected, got };
		if self.closed {
			return Err(bad("none behind a beacon".into(), "one".into()));
		}
		check_name(name).map_err(|(expected, got)| bad(expected, got))?;
		if let Origin::Beacon { doublings, .. } = origin {
			check_doublings(*doublings).map_err(|(expected, got)| bad(expected, got))?;
		}
		if factors.len() != self.deltas.len() {
			let expected = format!("a factor for each of {} deltas", self.deltas.len());
			return Err(bad(expected, factors.len().to_string()));
		}
		let images: Vec<(G1, G2)> = factors.iter().map(|f| (f.image, f.delta)).collect();
		let challenges = self.challenges(name, origin, &images);
		let secrets = match origin {
			Origin::Person => None,
			Origin::Beacon { value, doublings } => {
				Some(self.beacon(value, *doublings, factors.len()))
			}
		};
		let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
		// All points are read before any is used.
		let mut points = Vec::with_capacity(factors.len());
		for (index, factor) in factors.iter().enumerate() {
			let point = |what: &str, error| {
				let expected = format!("{what} of factor {index} to be a point of its group");
				bad(expected, format!("one that {error}"))
			};
			let image = read_g1(&factor.image).map_err(|e| point("the image", e))?;
			let delta = read_g2(&factor.delta).map_err(|e| point("the delta", e))?;
			let proof = read_g2(&factor.proof).map_err(|e| point("the proof", e))?;
			// Points with equal x are equal up to sign.
			if image.x == g1.x || delta.x == g2.x {
				let got = "one that leaves a delta the generator, up to sign";
				return Err(bad(format!("a secret in factor {index}"), got.into()));
			}
			points.push((image, delta, proof));
		}
		let mut deltas = Vec::with_capacity(factors.len());
		for (index, (image, delta, proof)) in points.into_iter().enumerate() {
			if Bn254::pairing(image, challenges[index]) != Bn254::pairing(g1, proof) {
				let expected = format!("a proof for factor {index} at this place in this ceremony");
				return Err(bad(expected, "one for something else".into()));
			}
			if Bn254::pairing(image, self.deltas[index]) != Bn254::pairing(g1, delta) {
				let expected = format!("factor {index} to multiply the delta before it");
				return Err(bad(expected, "another delta".into()));
			}
			if secrets.as_ref().is_some_and(|s| (g1 * s[index]).into_affine() != image) {
				let expected = format!("factor {index} to be the beacon's");
				return Err(bad(expected, "another".into()));
			}
			deltas.push(delta);
		}
		let hash = tagged("contribution", &(self.hash, contribution));
		let closed = matches!(origin, Origin::Beacon { .. });
		Ok(Self { count: number, hash, deltas, closed })
	}

	/// The factors that follow from a beacon's value here.
	pub fn beacon(&self, value: &[u8; 32], doublings: u8, count: usize) -> Zeroizing<Vec<Fr>> {
		let mut hash = tagged("beacon", &(self.hash, value, doublings));
		for _ in 0..1u64 << doublings {
			hash = blake2_256(&hash);
		}
		let factor = |index| Fr::from_le_bytes_mod_order(&wide("beacon", &(hash, index)));
		Zeroizing::new((0..count as u32).map(factor).collect())
	}
}

/// What a name should be and is not.
pub(super) fn check_name(name: &str) -> Result<(), (String, String)> {
	if name.len() > MAX_NAME {
		let expected = format!("a name of at most {MAX_NAME} bytes");
		return Err((expected, name.len().to_string()));
	}
	match name.chars().find(|c| c.is_control()) {
		Some(c) => Err(("a name without control characters".into(), format!("{c:?}"))),
		None => Ok(()),
	}
}

/// What a beacon's work should be and is not.
pub(super) fn check_doublings(doublings: u8) -> Result<(), (String, String)> {
	if doublings > MAX_DOUBLINGS {
		let expected = format!("a beacon of at most 2^{MAX_DOUBLINGS} hashes");
		return Err((expected, format!("2^{doublings}")));
	}
	Ok(())
}
