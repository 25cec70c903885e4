//! Keys as snarkjs writes them, of secrets that the test knows.
#![allow(dead_code)]

use std::ops::Range;

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, Field, PrimeField};
use ark_poly::EvaluationDomain;
use rand_chacha::ChaCha20Rng;
use zkml_prover::{
	qap::{domain, evaluate, Domain},
	r1cs::R1cs,
	setup::{generate_from, ToxicWaste},
	ProvingKey,
};

/// Secrets of a key such as snarkjs writes.
pub fn waste(system: &R1cs, rng: &mut ChaCha20Rng) -> ToxicWaste {
	ToxicWaste::draw(system, rng).unwrap()
}

fn integer(to: &mut Vec<u8>, value: &BigInt<4>) {
	value.0.iter().for_each(|limb| to.extend(limb.to_le_bytes()));
}

fn fq(to: &mut Vec<u8>, value: &Fq) {
	integer(to, &value.0);
}

fn g1(to: &mut Vec<u8>, point: &G1Affine) {
	match point.is_zero() {
		true => to.extend([0; 64]),
		false => [point.x, point.y].iter().for_each(|c| fq(to, c)),
	}
}

fn g2(to: &mut Vec<u8>, point: &G2Affine) {
	match point.is_zero() {
		true => to.extend([0; 128]),
		false => [point.x.c0, point.x.c1, point.y.c0, point.y.c1].iter().for_each(|c| fq(to, c)),
	}
}

/// The file of a plain system's key with these secrets, and the same key in our form.
pub fn zkey(system: &R1cs, waste: &ToxicWaste) -> (Vec<u8>, ProvingKey) {
	let ours = generate_from(system, waste, &|_, _, _| ()).unwrap();
	let single = domain(system.len()).unwrap();
	let double = Domain::new(2 * single.size()).unwrap();
	let at = evaluate(system, &single, &double, waste.point);
	// Columns of C over the n-th roots alone, which is where the two forms differ.
	let swapped = R1cs { a: system.c.clone(), ..system.clone() };
	let c = evaluate(&swapped, &single, &double, waste.point).a;
	let per_delta = waste.delta.inverse().unwrap();
	let wire = |j: usize, divided: Fr| {
		let sum = waste.beta * at.a[j] + waste.alpha * at.b[j] + c[j];
		(G1Affine::generator() * (sum * divided)).into_affine()
	};
	// Where the constant is on the right of a row its point differs from ours too; gamma is 1.
	let ic: Vec<_> = (0..system.public).map(|j| wire(j, Fr::ONE)).collect();
	let last = system.last().map(|j| wire(j, per_delta));

	let mut sections: Vec<(u32, Vec<u8>)> = vec![(1, 1u32.to_le_bytes().into())];
	let mut header = Vec::new();
	for modulus in [&Fq::MODULUS, &Fr::MODULUS] {
		header.extend(32u32.to_le_bytes());
		integer(&mut header, modulus);
	}
	for count in [system.wires, system.public - 1, single.size()] {
		header.extend((count as u32).to_le_bytes());
	}
	let points = &ours.verifying;
	g1(&mut header, &points.alpha);
	g1(&mut header, &ours.beta_g1);
	g2(&mut header, &points.beta);
	g2(&mut header, &points.gamma);
	g1(&mut header, &ours.delta_g1);
	g2(&mut header, &points.delta);
	sections.push((2, header));

	let list = |points: &[G1Affine]| {
		let mut bytes = Vec::new();
		points.iter().for_each(|point| g1(&mut bytes, point));
		bytes
	};
	sections.push((3, list(&ic)));
	let mut coefficients = Vec::new();
	let mut count = 0u32;
	for row in 0..system.len() {
		for (side, matrix) in [&system.a, &system.b].into_iter().enumerate() {
			for (wire, value) in matrix.row(row) {
				for number in [side as u32, row as u32, wire] {
					coefficients.extend(number.to_le_bytes());
				}
				integer(&mut coefficients, &(value * Fr::from(2).pow([512])).into_bigint());
				count += 1;
			}
		}
	}
	sections.push((4, [&count.to_le_bytes()[..], &coefficients].concat()));
	let full = |points: &[G1Affine], wires: &[u32]| {
		let mut all = vec![G1Affine::zero(); system.wires];
		points.iter().zip(wires).for_each(|(point, wire)| all[*wire as usize] = *point);
		list(&all)
	};
	sections.push((5, full(&ours.a, &system.a_wires)));
	sections.push((6, full(&ours.b_g1, &system.b_wires)));
	let mut all = vec![G2Affine::zero(); system.wires];
	ours.b_g2.iter().zip(&system.b_wires).for_each(|(p, wire)| all[*wire as usize] = *p);
	let mut b_g2 = Vec::new();
	all.iter().for_each(|point| g2(&mut b_g2, point));
	sections.push((7, b_g2));
	sections.push((8, list(&last.collect::<Vec<_>>())));
	sections.push((9, list(&ours.h)));
	sections.push((10, [&[7; 64][..], &2u32.to_le_bytes()].concat()));

	let mut bytes = [b"zkey".as_slice(), &1u32.to_le_bytes(), &10u32.to_le_bytes()].concat();
	for (number, contents) in sections {
		bytes.extend(number.to_le_bytes());
		bytes.extend((contents.len() as u64).to_le_bytes());
		bytes.extend(contents);
	}
	(bytes, ours)
}

/// Where the contents of a section are.
pub fn section(bytes: &[u8], number: u32) -> Range<usize> {
	let mut at = 12;
	loop {
		let found = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
		let length = u64::from_le_bytes(bytes[at + 4..at + 12].try_into().unwrap()) as usize;
		let start = at + 12;
		if found == number {
			return start..start + length;
		}
		at = start + length;
	}
}
