//! Garaga's JSON: named points, real part first. A proof and its public inputs are one file.
//!
//! Coordinates are written in hexadecimal, and published in decimal too. One of Garaga's own files
//! spells the field of the curve with one l: it is read as well.

use serde_json::{json, Value};
use zkml_primitives::{ProgramKey, Proof, Scalar, G1, G2};

use crate::{
	error, evm, ic_points,
	json::{self, join, Node},
	number::{Field, Radix},
	points::Point,
	without_rounds, FormatError,
};

const RADIX: Radix = Radix::Hex;
const CURVE: &str = "bn254";

/// Reads a verifying key, which must be of BN254.
///
/// # Errors
///
/// If the file is not of this form or of another curve, or a point is no good.
pub fn read_key(file: &[u8]) -> Result<ProgramKey, FormatError> {
	let value = json::parse("verification key", file)?;
	let file = Node::new("verification key", &value);
	curve(&file)?;
	let key = file.get("verifying_key")?;
	let points = key.get("ic")?.items()?;
	if !(1..=u64::from(zkml_primitives::MAX_PROGRAM_IC)).contains(&(points.len() as u64)) {
		return Err(error::ic_count(points.len() as u64));
	}
	Ok(ProgramKey {
		alpha: g1(&key.get("alpha_g1")?)?,
		beta: g2(&key.get("beta_g2")?)?,
		gamma: g2(&key.get("gamma_g2")?)?,
		delta: g2(&key.get("delta_g2")?)?,
		ic: ic_points(points.iter().map(g1).collect::<Result<_, _>>()?)?,
	})
}

/// Writes a verifying key, with the curve's name.
pub fn write_key(key: &ProgramKey) -> Value {
	json!({
		"elliptic_curve_id": CURVE,
		"verifying_key": {
			"alpha_g1": write_g1(&key.alpha),
			"beta_g2": write_g2(&key.beta),
			"gamma_g2": write_g2(&key.gamma),
			"delta_g2": write_g2(&key.delta),
			"ic": key.ic.iter().map(write_g1).collect::<Vec<_>>(),
		},
	})
}

/// Reads a proof and its public inputs.
///
/// # Errors
///
/// If the file is not of this form or of another curve, or a point or number is no good.
pub fn read_proof(file: &[u8]) -> Result<(Proof, Vec<Scalar>), FormatError> {
	let value = json::parse("proof", file)?;
	let file = Node::new("proof", &value);
	curve(&file)?;
	let inputs = file.get("public_inputs")?.inputs()?;
	let proof = file.get("proof")?;
	let (a, b) = (g1(&proof.get("a")?)?, g2(&proof.get("b")?)?);
	Ok((evm::checked(a, b, g1(&proof.get("c")?)?)?, inputs))
}

/// Writes a proof and its public inputs.
///
/// # Errors
///
/// If the proof has round commitments.
pub fn write_proof(proof: &Proof, inputs: &[Scalar]) -> Result<Value, FormatError> {
	without_rounds(proof)?;
	Ok(json!({
		"elliptic_curve_id": CURVE,
		"proof": { "a": write_g1(&proof.a), "b": write_g2(&proof.b), "c": write_g1(&proof.c) },
		"public_inputs": json::inputs(inputs, RADIX),
	}))
}

fn curve(file: &Node<'_>) -> Result<(), FormatError> {
	let curve = match file.find("eliptic_curve_id")? {
		Some(curve) => curve,
		None => file.get("elliptic_curve_id")?,
	};
	curve.must_be_curve(CURVE)
}

fn g1(node: &Node<'_>) -> Result<G1, FormatError> {
	let number = |name| node.get(name)?.number(Field::Base);
	G1(join([number("x")?, number("y")?])).checked(&node.place)
}

fn g2(node: &Node<'_>) -> Result<G2, FormatError> {
	let pair = |name| {
		let [c0, c1] = node.get(name)?.array()?;
		Ok([c1.number(Field::Base)?, c0.number(Field::Base)?])
	};
	let ([x1, x0], [y1, y0]) = (pair("x")?, pair("y")?);
	G2(join([x1, x0, y1, y0])).checked(&node.place)
}

fn write_g1(point: &G1) -> Value {
	let (x, y) = point.0.split_at(32);
	json!({ "x": RADIX.write(x), "y": RADIX.write(y) })
}

fn write_g2(point: &G2) -> Value {
	let pair = |bytes: &[u8]| {
		let (c1, c0) = bytes.split_at(32);
		json!([RADIX.write(c0), RADIX.write(c1)])
	};
	let (x, y) = point.0.split_at(64);
	json!({ "x": pair(x), "y": pair(y) })
}
