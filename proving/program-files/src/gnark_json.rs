//! gnark's structures as Go writes them in JSON, the form that zkVerify's tools take.
//!
//! Coordinates are decimal strings, or numbers where they are small, and negative ones just below
//! the modulus. Public inputs are a list of such numbers, or an object of the circuit's public
//! variables in the order of its structure, which is what a public witness is in JSON.

use serde_json::{json, Value};
use zkml_primitives::{ProgramKey, Proof, Scalar, G1, G2};

use crate::{
	error, evm,
	gnark::{Key, Tail},
	ic_points,
	json::{self, gnark_coordinate, join, Node, KEY, PROOF},
	number::{Field, Radix},
	points::Point,
	without_rounds, FormatError,
};

/// Reads a key, which must have no commitments.
///
/// # Errors
///
/// If the file is not of this form, the key has commitments, or a point is no good.
pub fn read_key(file: &[u8]) -> Result<Key, FormatError> {
	let value = json::parse("verification key", file)?;
	let key = Node::new("verification key", &value).part("G1", &KEY)?;
	for name in ["CommitmentKeys", "PublicAndCommitmentCommitted"] {
		without_commitments("a key", key.find(name)?)?;
	}
	let (in_g1, in_g2) = (key.get("G1")?, key.get("G2")?);
	let points = in_g1.get("K")?.items()?;
	if !(1..=u64::from(zkml_primitives::MAX_PROGRAM_IC)).contains(&(points.len() as u64)) {
		return Err(error::ic_count(points.len() as u64));
	}
	let ic = points.iter().map(g1).collect::<Result<_, _>>()?;
	let maybe = |name| maybe_g1(&in_g1.get(name)?);
	Ok(Key {
		beta_g1: maybe("Beta")?,
		delta_g1: maybe("Delta")?,
		tail: Tail::Counts,
		key: ProgramKey {
			alpha: g1(&in_g1.get("Alpha")?)?,
			beta: g2(&in_g2.get("Beta")?)?,
			gamma: g2(&in_g2.get("Gamma")?)?,
			delta: g2(&in_g2.get("Delta")?)?,
			ic: ic_points(ic)?,
		},
	})
}

/// Writes a verifying key without commitments.
pub fn write_key(key: &Key) -> Value {
	let Key { key: ProgramKey { alpha, beta, gamma, delta, ic }, beta_g1, delta_g1, .. } = key;
	let maybe = |point: &Option<G1>| write_g1(&point.unwrap_or(G1::ZERO));
	json!({
		"G1": {
			"Alpha": write_g1(alpha),
			"Beta": maybe(beta_g1),
			"Delta": maybe(delta_g1),
			"K": ic.iter().map(write_g1).collect::<Vec<_>>(),
		},
		"G2": { "Beta": write_g2(beta), "Delta": write_g2(delta), "Gamma": write_g2(gamma) },
		"CommitmentKeys": [],
		"PublicAndCommitmentCommitted": [],
	})
}

/// Reads a proof, which must have no commitments.
///
/// # Errors
///
/// If the file is not of this form, the proof has commitments, or a point is no good.
pub fn read_proof(file: &[u8]) -> Result<Proof, FormatError> {
	let value = json::parse("proof", file)?;
	let proof = Node::new("proof", &value).part("Ar", &PROOF)?;
	without_commitments("a proof", proof.find("Commitments")?)?;
	if let Some(knowledge) = proof.find("CommitmentPok")? {
		if maybe_g1(&knowledge)?.is_some() {
			return Err(knowledge.refuse("zeros, since there are no commitments"));
		}
	}
	let (a, b) = (g1(&proof.get("Ar")?)?, g2(&proof.get("Bs")?)?);
	evm::checked(a, b, g1(&proof.get("Krs")?)?)
}

/// Writes a proof without commitments.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_proof(proof: &Proof) -> Result<Value, FormatError> {
	without_rounds(proof)?;
	Ok(json!({
		"Ar": write_g1(&proof.a),
		"Krs": write_g1(&proof.c),
		"Bs": write_g2(&proof.b),
		"Commitments": [],
		"CommitmentPok": write_g1(&G1::ZERO),
	}))
}

/// Reads public inputs, as a list or by their names.
///
/// # Errors
///
/// If the file is not of this form, or a number is no element of the field.
pub fn read_inputs(file: &[u8]) -> Result<Vec<Scalar>, FormatError> {
	let value = json::parse("public inputs", file)?;
	Node::new("public inputs", &value).public()?.named_inputs(Node::gnark_number)
}

/// Writes public inputs as a list of decimal numbers.
pub fn write_inputs(inputs: &[Scalar]) -> Value {
	json::inputs(inputs, Radix::Decimal)
}

/// A list that must be empty; Go writes null for some of those.
fn without_commitments(what: &'static str, list: Option<Node<'_>>) -> Result<(), FormatError> {
	let Some(list) = list.filter(|list| !list.is_null()) else { return Ok(()) };
	match list.items()?.len() {
		0 => Ok(()),
		got => Err(FormatError::Commitments { what, got }),
	}
}

/// Reads a point of G1; none is the one at infinity, which has zeros as its coordinates.
fn maybe_g1(node: &Node<'_>) -> Result<Option<G1>, FormatError> {
	let [x, y] = [coordinate(&node.get("X")?)?, coordinate(&node.get("Y")?)?];
	let point = G1(join([x, y]));
	if point == G1::ZERO {
		return Ok(None);
	}
	point.checked(&node.place).map(Some)
}

fn coordinate(node: &Node<'_>) -> Result<[u8; 32], FormatError> {
	node.gnark_number(Field::Base)
}

fn g1(node: &Node<'_>) -> Result<G1, FormatError> {
	let point = maybe_g1(node)?.unwrap_or(G1::ZERO);
	point.checked(&node.place)
}

fn g2(node: &Node<'_>) -> Result<G2, FormatError> {
	let pair = |name| {
		let pair = node.get(name)?;
		Ok([coordinate(&pair.get("A1")?)?, coordinate(&pair.get("A0")?)?])
	};
	let ([x1, x0], [y1, y0]) = (pair("X")?, pair("Y")?);
	G2(join([x1, x0, y1, y0])).checked(&node.place)
}

fn write_g1(point: &G1) -> Value {
	let (x, y) = point.0.split_at(32);
	json!({ "X": gnark_coordinate(x), "Y": gnark_coordinate(y) })
}

fn write_g2(point: &G2) -> Value {
	let pair = |bytes: &[u8]| {
		let (c1, c0) = bytes.split_at(32);
		json!({ "A0": gnark_coordinate(c0), "A1": gnark_coordinate(c1) })
	};
	let (x, y) = point.0.split_at(64);
	json!({ "X": pair(x), "Y": pair(y) })
}
