//! snarkjs, and circom with it: `verification_key.json`, `proof.json` and `public.json`.
//!
//! Numbers are decimal strings. Points have a third coordinate, which is one for every point that is
//! not at infinity; the real part of a pair is first. `vk_alphabeta_12` follows from the rest of a
//! key: it is written, and not read. A curve may go by any of its names, and old versions leave it
//! out: points are checked against BN254 whatever the file says.
//!
//! A file may have all three in one, under names such as `vk`, `proof` and `publicSignals`.

use ark_bn254::Bn254;
use ark_ec::pairing::Pairing;
use ark_ff::{BigInteger, PrimeField};
use serde_json::{json, Value};
use zkml_groth16::{read_g1, read_g2, PointError};
use zkml_primitives::{ProgramKey, Proof, Scalar, G1, G2};

use crate::{
	error, evm, ic_points,
	json::{self, join, Node, KEY, PROOF},
	number::{Field, Radix},
	points::{at, Point},
	without_rounds, FormatError,
};

const RADIX: Radix = Radix::Decimal;

/// Reads a `verification_key.json` of Groth16 over BN254.
///
/// # Errors
///
/// If the file is not of this form, or of another protocol or curve, or a point is no good.
pub fn read_key(file: &[u8]) -> Result<ProgramKey, FormatError> {
	let value = json::parse("verification key", file)?;
	let key = Node::new("verification key", &value).part("vk_alpha_1", &KEY)?;
	header(&key)?;
	let points = key.get("IC")?;
	let (ic, n_public) = (points.items()?, key.get("nPublic")?);
	if !(1..=u64::from(zkml_primitives::MAX_PROGRAM_IC)).contains(&(ic.len() as u64)) {
		return Err(error::ic_count(ic.len() as u64));
	}
	if n_public.count()?.checked_add(1) != Some(ic.len() as u64) {
		return Err(n_public.refuse(&format!("{}, one less than IC points", ic.len() - 1)));
	}
	Ok(ProgramKey {
		alpha: g1(&key.get("vk_alpha_1")?)?,
		beta: g2(&key.get("vk_beta_2")?)?,
		gamma: g2(&key.get("vk_gamma_2")?)?,
		delta: g2(&key.get("vk_delta_2")?)?,
		ic: ic_points(ic.iter().map(g1).collect::<Result<_, _>>()?)?,
	})
}

/// Writes a `verification_key.json` of Groth16 over BN254.
///
/// # Errors
///
/// If a point of the key is none of the group.
pub fn write_key(key: &ProgramKey) -> Result<Value, FormatError> {
	let alpha = read_g1(&key.alpha).map_err(at("alpha"))?;
	let beta = read_g2(&key.beta).map_err(at("beta"))?;
	let pairing = Bn254::pairing(alpha, beta).0;
	let pair = |two: ark_bn254::Fq2| {
		json!([two.c0, two.c1].map(|part| RADIX.write(&part.into_bigint().to_bytes_be())))
	};
	let alphabeta: Value = [pairing.c0, pairing.c1]
		.into_iter()
		.map(|six| json!([six.c0, six.c1, six.c2].map(pair)))
		.collect();
	Ok(json!({
		"protocol": "groth16",
		"curve": "bn128",
		"nPublic": key.ic.len().saturating_sub(1),
		"vk_alpha_1": write_g1(&key.alpha),
		"vk_beta_2": write_g2(&key.beta),
		"vk_gamma_2": write_g2(&key.gamma),
		"vk_delta_2": write_g2(&key.delta),
		"vk_alphabeta_12": alphabeta,
		"IC": key.ic.iter().map(write_g1).collect::<Vec<_>>(),
	}))
}

/// Reads a `proof.json` of Groth16 over BN254.
///
/// # Errors
///
/// If the file is not of this form, or of another protocol or curve, or a point is no good.
pub fn read_proof(file: &[u8]) -> Result<Proof, FormatError> {
	let value = json::parse("proof", file)?;
	let proof = Node::new("proof", &value).part("pi_a", &PROOF)?;
	header(&proof)?;
	let (a, b) = (g1(&proof.get("pi_a")?)?, g2(&proof.get("pi_b")?)?);
	evm::checked(a, b, g1(&proof.get("pi_c")?)?)
}

/// Writes a `proof.json` of Groth16 over BN254.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_proof(proof: &Proof) -> Result<Value, FormatError> {
	without_rounds(proof)?;
	Ok(json!({
		"pi_a": write_g1(&proof.a),
		"pi_b": write_g2(&proof.b),
		"pi_c": write_g1(&proof.c),
		"protocol": "groth16",
		"curve": "bn128",
	}))
}

/// Reads `public.json`, or signals by their names in the order of the file.
///
/// # Errors
///
/// If the file is not of this form, or a number is at or above the group order.
pub fn read_inputs(file: &[u8]) -> Result<Vec<Scalar>, FormatError> {
	let value = json::parse("public inputs", file)?;
	Node::new("public inputs", &value).public()?.named_inputs(Node::number)
}

/// Writes a `public.json`: a list of decimal numbers.
pub fn write_inputs(inputs: &[Scalar]) -> Value {
	json::inputs(inputs, RADIX)
}

/// Protocol and curve, before any point is looked at: those of another curve are no points of this
/// one, which says nothing of why.
fn header(file: &Node<'_>) -> Result<(), FormatError> {
	file.get("protocol")?.must_be("groth16")?;
	match file.find("curve")? {
		Some(curve) => curve.must_be_curve("bn128"),
		None => Ok(()),
	}
}

fn g1(node: &Node<'_>) -> Result<G1, FormatError> {
	let [x, y, z] = node.array()?;
	let (x, y) = (x.number(Field::Base)?, y.number(Field::Base)?);
	affine(node, &z, 1)?;
	G1(join([x, y])).checked(&node.place)
}

/// The third coordinate: 1, so that the others are the point's own. Where it is 0 the point is at
/// infinity, and no key and no proof has one.
fn affine(point: &Node<'_>, coordinate: &Node<'_>, one: u8) -> Result<(), FormatError> {
	let number = coordinate.number(Field::Base)?;
	let mut expected = [0; 32];
	expected[31] = one;
	match number {
		number if number == expected => Ok(()),
		number if one == 1 && number == [0; 32] => Err(at(&point.place)(PointError::Identity)),
		_ => Err(coordinate.refuse(&format!("\"{one}\""))),
	}
}

fn g2(node: &Node<'_>) -> Result<G2, FormatError> {
	let [x, y, z] = node.array::<3>()?;
	let [one, zero] = z.array()?;
	let pair = |node: Node<'_>| {
		let [c0, c1] = node.array()?;
		Ok([c1.number(Field::Base)?, c0.number(Field::Base)?])
	};
	let ([x1, x0], [y1, y0]) = (pair(x)?, pair(y)?);
	let third = affine(node, &zero, 0).and_then(|()| affine(node, &one, 1));
	let point = third.and_then(|()| G2(join([x1, x0, y1, y0])).checked(&node.place));
	point.map_err(|error| {
		// Contracts have the imaginary part first, and so have files that were made for them.
		match G2(join([x0, x1, y0, y1])).check() {
			Ok(()) => error::swapped(&node.place),
			Err(_) => error,
		}
	})
}

fn write_g1(point: &G1) -> Value {
	let (x, y) = point.0.split_at(32);
	json!([RADIX.write(x), RADIX.write(y), "1"])
}

fn write_g2(point: &G2) -> Value {
	let mut words = point.0.chunks_exact(32).map(|word| RADIX.write(word));
	let mut pair = || {
		let (c1, c0) = (words.next(), words.next());
		json!([c0, c1])
	};
	json!([pair(), pair(), ["1", "0"]])
}
