//! Points and proofs that no verifier may take.

use ark_bn254::{Fq, Fq2, G2Affine};
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::{AdditiveGroup, Field};
use zkml_groth16::write_g2;
use zkml_primitives::{Proof, G1, G2};

/// The order q of the base field, big-endian.
const Q: [u8; 32] = [
	0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d,
	0x97, 0x81, 0x6a, 0x91, 0x68, 0x71, 0xca, 0x8d, 0x3c, 0x20, 0x8c, 0x16, 0xd8, 0x7c, 0xfd, 0x47,
];

/// `number + modulus`, both big-endian; `None` if it does not fit 32 bytes.
pub fn plus(number: &[u8], modulus: &[u8; 32]) -> Option<[u8; 32]> {
	let (mut out, mut carry) = ([0; 32], 0u16);
	for i in (0..32).rev() {
		let sum = u16::from(number[i]) + u16::from(modulus[i]) + carry;
		out[i] = sum as u8;
		carry = sum >> 8;
	}
	(carry == 0).then_some(out)
}

/// A point on G2's curve outside its subgroup: the first small x that has a y.
pub fn outside_subgroup() -> G2 {
	for x in 1u64.. {
		let x = Fq2::new(Fq::from(x), Fq::ZERO);
		let rhs = x.square() * x + ark_bn254::g2::Config::COEFF_B;
		if let Some(y) = rhs.sqrt() {
			let point = G2Affine::new_unchecked(x, y);
			if !point.is_in_correct_subgroup_assuming_on_curve() {
				return write_g2(&point);
			}
		}
	}
	unreachable!("half of all x have a y, and few points are in the subgroup")
}

/// Spoilt copies of a valid proof, each with what is wrong about it. Every one must be refused
/// before the pairing, or by it.
pub fn spoilt(proof: &Proof) -> Vec<(String, Proof)> {
	let mut out = Vec::new();
	let mut add = |what: &str, change: &dyn Fn(&mut Proof)| {
		let mut copy = proof.clone();
		change(&mut copy);
		assert_ne!(copy, *proof, "{what}: the change must change something");
		out.push((what.to_owned(), copy));
	};
	add("A at infinity", &|p| p.a = G1([0; 64]));
	add("B at infinity", &|p| p.b = G2([0; 128]));
	add("C at infinity", &|p| p.c = G1([0; 64]));
	add("A off the curve", &|p| p.a.0[63] ^= 1);
	add("B off the curve", &|p| p.b.0[127] ^= 1);
	add("C off the curve", &|p| p.c.0[63] ^= 1);
	add("B outside the subgroup", &|p| p.b = outside_subgroup());
	add("all ones", &|p| {
		p.a = G1([0xff; 64]);
		p.b = G2([0xff; 128]);
		p.c = G1([0xff; 64]);
	});
	for index in 0..proof.commitments.len() {
		add("a commitment at infinity", &|p| set(p, index, G1([0; 64])));
		add("a commitment off the curve", &|p| {
			let mut point = p.commitments[index];
			point.0[63] ^= 1;
			set(p, index, point);
		});
		add("a commitment negated", &|p| {
			let mut point = p.commitments[index];
			negate(&mut point);
			set(p, index, point);
		});
		add("C in a commitment's place", &|p| set(p, index, p.c));
	}
	add("A and C swapped", &|p| core::mem::swap(&mut p.a, &mut p.c));
	add("A negated", &|p| negate(&mut p.a));
	add("C negated", &|p| negate(&mut p.c));
	add("B with its parts in the other order", &|p| {
		let (x, y) = p.b.0.split_at_mut(64);
		x.rotate_left(32);
		y.rotate_left(32);
	});
	// The pairing would take these, if coordinates were reduced instead of refused.
	for index in 0..2 {
		if let Some(alias) = plus(&proof.a.0[32 * index..][..32], &Q) {
			add("a coordinate of A plus q", &|p| {
				p.a.0[32 * index..][..32].copy_from_slice(&alias);
			});
		}
	}
	for index in 0..2 {
		if let Some(alias) = plus(&proof.c.0[32 * index..][..32], &Q) {
			add("a coordinate of C plus q", &|p| {
				p.c.0[32 * index..][..32].copy_from_slice(&alias);
			});
		}
	}
	for index in 0..4 {
		if let Some(alias) = plus(&proof.b.0[32 * index..][..32], &Q) {
			add("a coordinate of B plus q", &|p| {
				p.b.0[32 * index..][..32].copy_from_slice(&alias);
			});
		}
	}
	out
}

fn set(proof: &mut Proof, index: usize, point: G1) {
	let mut commitments = proof.commitments.to_vec();
	commitments[index] = point;
	proof.commitments = commitments.try_into().expect("as many as before");
}

/// The negative of a point of G2.
pub fn negated(point: &G2) -> G2 {
	let point = zkml_groth16::read_g2(point).expect("the point is a good one");
	write_g2(&-point)
}

fn negate(point: &mut G1) {
	let y: [u8; 32] = point.0[32..].try_into().expect("a point has 64 bytes");
	let mut borrow = 0i16;
	for i in (0..32).rev() {
		let difference = i16::from(Q[i]) - i16::from(y[i]) - borrow;
		borrow = i16::from(difference < 0);
		point.0[32 + i] = difference.rem_euclid(256) as u8;
	}
}
