//! Many proofs in one equation.

use alloc::{collections::BTreeMap, vec, vec::Vec};

use ark_bn254::{g1, Bn254, Fq12, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{pairing::PairingOutput, scalar_mul::glv::GLVConfig};
use ark_ff::AdditiveGroup;
use codec::{Decode, Encode};
use scale_info::TypeInfo;
use zkml_primitives::{tagged_hash, CircuitHash, Proof, Scalar, G1};

use crate::{
	miller::{lines_of_key, Lines},
	pairing,
	read::{self, Read, ReadKey},
	straus::{normalize, sum_of_halves, sum_of_products, Halves},
	verify::holds,
	PreparedKey, VerifyError,
};

/// A proof among others.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct BatchItem {
	/// Which of the batch's keys it is under; a key with other parameters is another.
	pub key: u32,
	/// Its public inputs, in the key's order.
	pub inputs: Vec<Scalar>,
	/// The proof that is to hold for these inputs.
	pub proof: Proof,
}

/// What became of a batch.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct Batch {
	/// For each item, in order, what [`crate::verify`] says of it.
	pub results: Vec<Result<(), VerifyError>>,
	/// How many equations were checked one by one, because their product did not hold.
	pub singly: u32,
}

/// Checks many proofs, under one key or several, at about a quarter of the cost of each alone.
///
/// Every proof that can be read gets a random coefficient, and the product of all equations, each to
/// the power of its coefficient, is checked in place of them (the small-exponents test: Bellare,
/// Garay, Rabin, EUROCRYPT 1998). With e(alpha, beta) known that takes one pair a proof, and for
/// each key two, one a round and one power; gamma is the generator in most keys, whose pair they share.
///
/// Every pair is of points of order r, B's subgroup being checked. So if one equation does not hold,
/// the product does for at most one in `2^128` values of its coefficient. Coefficients come from a hash of
/// all keys, commitments to parameters, inputs and proofs, so whoever tries Q batches gets a false one through with
/// probability `Q / 2^128`.
///
/// If the product does not hold, each proof is checked by itself. Those that cannot be read take no
/// part and spoil nothing.
pub fn verify_batch(keys: &[PreparedKey], items: &[BatchItem]) -> Batch {
	let named = |key: &PreparedKey| (key.key.hash(), key.params.map(|params| params.point));
	let names: Vec<(CircuitHash, Option<G1>)> = keys.iter().map(named).collect();
	verify_with(keys, items, &tagged_hash(b"zkml/batch/v2", &(names, items)))
}

/// The same with coefficients from this seed.
fn verify_with(keys: &[PreparedKey], items: &[BatchItem], seed: &[u8; 32]) -> Batch {
	let points: Vec<Option<ReadKey>> = keys.iter().map(|key| read::key(key).ok()).collect();
	let mut members = Vec::with_capacity(items.len());
	let mut results = vec![Ok(()); items.len()];
	for ((index, item), result) in items.iter().enumerate().zip(&mut results) {
		match member(keys, &points, item) {
			Ok((key, proof)) => {
				let coefficient = Coefficient::draw(seed, index as u32);
				members.push((index, Member { number: item.key, key, proof, coefficient }));
			}
			Err(error) => *result = Err(error),
		}
	}
	if product_holds(members.iter().map(|(_, member)| member)) {
		return Batch { results, singly: 0 };
	}
	for (index, member) in &members {
		results[*index] = holds(member.key, &member.proof);
	}
	Batch { results, singly: members.len() as u32 }
}

/// A proof that takes part, under the key of this number.
struct Member<'a> {
	number: u32,
	key: &'a ReadKey,
	proof: Read,
	coefficient: Coefficient,
}

fn member<'a>(
	keys: &[PreparedKey],
	points: &'a [Option<ReadKey>],
	item: &BatchItem,
) -> Result<(&'a ReadKey, Read), VerifyError> {
	let index = item.key as usize;
	let prepared = keys.get(index).ok_or(VerifyError::Key)?;
	let proof = read::proof(prepared, &item.inputs, &item.proof)?;
	let key = points.get(index).and_then(Option::as_ref).ok_or(VerifyError::Key)?;
	Ok((key, proof))
}

/// Whether the product of all equations holds, each to the power of its coefficient.
fn product_holds<'a>(members: impl Iterator<Item = &'a Member<'a>>) -> bool {
	let mut by_key: BTreeMap<u32, Vec<&Member<'_>>> = BTreeMap::new();
	for member in members {
		by_key.entry(member.number).or_default().push(member);
	}
	let mut pairs = Pairs::default();
	let mut target = PairingOutput::<Bn254>::ZERO;
	for members in by_key.values() {
		let key = members[0].key;
		let coefficients: Vec<_> = members.iter().map(|member| member.coefficient).collect();
		let mut sums = vec![Fr::ZERO; key.ic.len()];
		for member in members {
			let scalar = member.coefficient.scalar();
			sums[0] += scalar;
			for (sum, input) in sums[1..].iter_mut().zip(&member.proof.inputs) {
				*sum += scalar * input;
			}
			pairs.push(member.coefficient.times(&member.proof.a), member.proof.b.clone());
		}
		target += PairingOutput(key.alpha_beta) * sums[0];
		pairs.add(&key.gamma, -sum_of_products(&key.ic, &sums));
		let sum = |point: &dyn Fn(&Read) -> G1Affine| {
			let points: Vec<_> = members.iter().map(|member| point(&member.proof)).collect();
			Coefficient::sum(&coefficients, &points)
		};
		for (index, delta) in key.rounds.iter().enumerate() {
			pairs.add(delta, -sum(&|proof| proof.commitments[index]));
		}
		pairs.add(&key.delta, -sum(&|proof| proof.c));
	}
	pairs.product() == Some(target.0)
}

/// Pairs of points. Those of keys come first, one for each point of G2.
#[derive(Default)]
struct Pairs {
	fixed: Vec<(G1Projective, G2Affine)>,
	own: Vec<(G1Projective, Lines)>,
}

impl Pairs {
	fn push(&mut self, g1: G1Projective, g2: Lines) {
		self.own.push((g1, g2));
	}

	/// Adds to the pair with a point of a key.
	fn add(&mut self, g2: &G2Affine, g1: G1Projective) {
		match self.fixed.iter_mut().find(|(_, other)| other == g2) {
			Some((sum, _)) => *sum += g1,
			None => self.fixed.push((g1, *g2)),
		}
	}

	fn product(self) -> Option<Fq12> {
		let fixed = self.fixed.iter().map(|(g1, g2)| (*g1, lines_of_key(g2)));
		let (g1, g2): (Vec<_>, Vec<_>) = fixed.chain(self.own).unzip();
		let pairs: Vec<(G1Affine, Lines)> = normalize(&g1).into_iter().zip(g2).collect();
		pairing::product(&pairs)
	}
}

/// `low + lambda * high`, lambda being what an endomorphism of G1 multiplies by that costs one product
/// in the field. It takes half the doublings of a number of 128 bits, and is as random: different
/// pairs are different scalars, for the lattice of pairs that are 0 modulo r has no vector but 0 with both
/// parts below `2^64` (its basis, `SCALAR_DECOMP_COEFFS`, is nearly orthogonal and longer than `2^126`).
#[derive(Clone, Copy)]
struct Coefficient {
	low: u64,
	high: u64,
}

impl Coefficient {
	/// That of the item of this index.
	fn draw(seed: &[u8; 32], index: u32) -> Self {
		let hash = tagged_hash(b"zkml/batch/coefficient/v1", &(seed, index));
		let half = |at: usize| hash[at..at + 8].iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
		Self { low: half(0), high: half(8) }
	}

	fn scalar(self) -> Fr {
		Fr::from(self.low) + g1::Config::LAMBDA * Fr::from(self.high)
	}

	fn halves(self) -> Halves {
		((true, Fr::from(self.low)), (true, Fr::from(self.high)))
	}

	/// The point, times this coefficient.
	fn times(self, point: &G1Affine) -> G1Projective {
		Self::sum(&[self], &[*point])
	}

	/// The sum of the points' multiples.
	fn sum(coefficients: &[Self], points: &[G1Affine]) -> G1Projective {
		sum_of_halves(points, coefficients.iter().map(|coefficient| coefficient.halves()))
	}
}

#[cfg(test)]
mod tests {
	use ark_ec::{AffineRepr, CurveGroup};
	use ark_ff::{BigInteger, Field, PrimeField};

	use zkml_trapdoor::Trapdoor;

	use super::*;
	use crate::{prepare, prepare_params, read_g1, verify, write_g1};

	/// Proofs for two commitments, and a third one that is their average by the coefficients: whoever knew
	/// those before could register it, and record under it what holds for neither.
	#[test]
	fn coefficients_depend_on_the_parameters_that_proofs_are_verified_for() {
		let scalars = [1u8, 2].map(|n| Scalar::from_hash([n; 32]));
		let trapdoors = scalars.map(|scalar| Trapdoor::committed(1).with_params_of(scalar));
		let items: Vec<_> = (1u8..)
			.zip(&trapdoors)
			.map(|(n, trapdoor)| {
				let inputs = vec![Scalar::from_hash([n; 32]); 4];
				BatchItem { key: 0, proof: trapdoor.prove(&inputs, n.into()), inputs }
			})
			.collect();
		let key = prepare(&trapdoors[0].circuit()).unwrap();
		// What the seed would be if it did not know of W.
		let named = vec![(key.key.hash(), None::<G1>)];
		let careless = tagged_hash(b"zkml/batch/v2", &(named, &items));
		let weights = [0, 1].map(|index| Coefficient::draw(&careless, index).scalar());
		let points = trapdoors.each_ref().map(|one| read_g1(&one.params_point()).unwrap());
		let average = (points[0] * weights[0] + points[1] * weights[1])
			* (weights[0] + weights[1]).inverse().unwrap();
		let average = write_g1(&average.into_affine());
		let keys = [key.clone().with_params(prepare_params(&key, &average).unwrap())];

		let cheated = Batch { results: vec![Ok(()); 2], singly: 0 };
		assert_eq!(verify_with(&keys, &items, &careless), cheated, "the attack is real");
		let refused = Batch { results: vec![Err(VerifyError::Equation); 2], singly: 2 };
		assert_eq!(verify_batch(&keys, &items), refused);
		for item in &items {
			let alone = verify(&keys[0], &item.inputs, &item.proof);
			assert_eq!(alone, Err(VerifyError::Equation));
		}
	}

	#[test]
	fn a_coefficient_is_its_scalar() {
		let point = (G1Affine::generator() * Fr::from(77)).into_affine();
		for (low, high) in [(0, 1), (1, 0), (u64::MAX, u64::MAX), (3, 1 << 63), (1 << 63, 5)] {
			let coefficient = Coefficient { low, high };
			let expected = point * coefficient.scalar();
			assert_eq!(coefficient.times(&point), expected);
			assert_eq!(Coefficient::sum(&[coefficient], &[point]), expected);
		}
		let two = [Coefficient { low: 3, high: 4 }, Coefficient { low: 5, high: 6 }];
		let points = [point, G1Affine::generator()];
		let expected = points[0] * two[0].scalar() + points[1] * two[1].scalar();
		assert_eq!(Coefficient::sum(&two, &points), expected);
	}

	/// The claim about lambda's lattice: with a basis `(a, b), (-b', a')` whose entries are a large
	/// number and a small one, a combination with factors m and n that are not both 0 has a part of at
	/// least `max(|m|, |n|) (large - small)`.
	#[test]
	fn no_two_coefficients_are_one_scalar() {
		let [(_, first), (_, small), (_, other), (_, last)] = g1::Config::SCALAR_DECOMP_COEFFS;
		assert_eq!(small, other);
		let scalar = |number| Fr::from_bigint(number).expect("far below the order");
		let lambda = g1::Config::LAMBDA;
		assert_eq!(lambda.square() + lambda + Fr::ONE, Fr::ZERO);
		// Whichever signs: both rows of the basis are 0 modulo r.
		let zero = |a: Fr, b: Fr| a + lambda * b == Fr::ZERO || a - lambda * b == Fr::ZERO;
		assert!(zero(scalar(first), scalar(small)) || zero(scalar(small), scalar(first)));
		assert!(zero(scalar(last), scalar(small)) || zero(scalar(small), scalar(last)));
		for large in [first, last] {
			assert!(large.num_bits() > 126);
		}
		assert!(small.num_bits() <= 64);
	}
}
