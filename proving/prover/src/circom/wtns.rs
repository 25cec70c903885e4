//! `.wtns`: an assignment.

use std::path::Path;

use ark_bn254::Fr;
use ark_ff::PrimeField;

use super::{
	error::CircomError,
	sections::{field, put, put_integer, start, FIELD_BYTES},
};
use crate::files;

const HEADER: u32 = 1;
const VALUES: u32 = 2;

/// Writes the values of all wires (iden3's `wtns`, version 2). Private ones are in clear, so the file
/// is for its owner alone.
pub fn write_wtns(path: &Path, wires: &[Fr]) -> Result<(), CircomError> {
	let header = [field(&Fr::MODULUS), (wires.len() as u32).to_le_bytes().to_vec()].concat();
	let mut values = Vec::with_capacity(FIELD_BYTES * wires.len());
	wires.iter().for_each(|wire| put_integer(&mut values, &wire.into_bigint()));
	let mut bytes = start(b"wtns", 2, 2);
	put(&mut bytes, HEADER, &header);
	put(&mut bytes, VALUES, &values);
	Ok(files::write(path, &bytes, true)?)
}
