//! `.r1cs`: the constraints.

use std::path::Path;

use ark_bn254::Fr;
use ark_ff::PrimeField;

use super::{
	check_plain,
	error::CircomError,
	sections::{field, put, put_integer, start},
};
use crate::{files, r1cs::R1cs};

const HEADER: u32 = 1;
const CONSTRAINTS: u32 = 2;
const LABELS: u32 = 3;

/// Writes a plain circuit's constraints (iden3's `r1csfile`, version 1), without the rows that bind
/// the public inputs: snarkjs adds the same by itself. Public inputs are inputs, since circom's
/// outputs would come before them.
///
/// # Errors
///
/// If the system has commit rounds or the file cannot be written.
pub fn write_r1cs(path: &Path, system: &R1cs) -> Result<(), CircomError> {
	check_plain(system.committed > 0, system.rounds.len())?;
	let (wires, public, rows) = (system.wires as u32, system.public as u32 - 1, system.rows());
	let mut header = field(&Fr::MODULUS);
	// Wires; outputs, public and private inputs; labels (64 bits); rows.
	for number in [wires, 0, public, wires - public - 1, wires, 0, rows as u32] {
		header.extend_from_slice(&number.to_le_bytes());
	}
	let mut constraints = Vec::new();
	for row in 0..rows {
		for matrix in [&system.a, &system.b, &system.c] {
			let terms: Vec<_> = matrix.row(row).collect();
			constraints.extend_from_slice(&(terms.len() as u32).to_le_bytes());
			for (wire, coefficient) in terms {
				constraints.extend_from_slice(&wire.to_le_bytes());
				put_integer(&mut constraints, &coefficient.into_bigint());
			}
		}
	}
	let labels: Vec<u8> = (0..u64::from(wires)).flat_map(u64::to_le_bytes).collect();
	let mut bytes = start(b"r1cs", 1, 3);
	put(&mut bytes, HEADER, &header);
	put(&mut bytes, CONSTRAINTS, &constraints);
	put(&mut bytes, LABELS, &labels);
	Ok(files::write(path, &bytes, false)?)
}
