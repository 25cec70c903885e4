//! Keys that several people make: what comes out, and what is refused.

mod common;
#[path = "ceremony/linked.rs"]
mod linked;
#[path = "ceremony/powers.rs"]
mod phase1;

use std::path::{Path, PathBuf};

use ark_bn254::{Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, UniformRand};
use codec::{Decode, Encode};
use common::{rng, Folder};
use rand::{CryptoRng, RngCore};
use zkml_groth16::{write_g1, write_g2, KeyError, G1};
use zkml_primitives::blake2_256;
use zkml_prover::{
	ceremony::{
		initial_key, write_powers, Ceremony, CeremonyError, Circuits, Contribution, Origin,
		Origins, Powers, PowersSecrets, Subject,
	},
	queries::Query,
	r1cs::{Builder, Lc, R1cs},
	setup::{generate_from, ToxicWaste},
	ProvingKey,
};

const SETTINGS: [u8; 32] = [7; 32];
const HEADER: usize = 78;

fn quiet(_: &str, done: u64, total: u64) {
	assert!(done <= total);
}

/// A few rows, with so many commit rounds; `times` is a constant in one of them.
fn system(rounds: usize, times: u64) -> R1cs {
	let mut builder = Builder::new(4 + rounds);
	builder.group("rows");
	let mut last = 1;
	for round in 0..rounds {
		let wire = builder.wire();
		builder.enforce(&Lc::wire(last), &Lc::wire(5 + round as u32), &Lc::wire(wire));
		last = wire;
		builder.close_round();
	}
	let wire = builder.wire();
	let left = Lc::wire(last).times(Fr::from(times)).minus(&Lc::wire(2)).offset(3);
	builder.enforce(&left, &Lc::wire(3), &Lc::wire(wire).times(-Fr::from(1u64 << 40)));
	// In no row.
	builder.wire();
	builder.finish().0
}

/// So many rows of as many terms, small and large.
fn dense(size: u32) -> R1cs {
	let mut builder = Builder::new(5);
	builder.group("dense");
	let first = builder.wires(size);
	builder.close_round();
	let mut rng = rng(17);
	let mut row = || {
		let coefficients: Vec<Fr> =
			(0..size).map(|i| if i % 3 == 0 { Fr::rand(&mut rng) } else { -Fr::from(i) }).collect();
		let wires: Vec<Lc> = (first..first + size).map(Lc::wire).collect();
		Lc::sum(coefficients.into_iter().zip(&wires))
	};
	for _ in 0..size {
		let [a, b, c] = [(); 3].map(|()| row());
		builder.enforce(&a, &b, &c);
	}
	builder.finish().0
}

fn two_contributions() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/powers/two-contributions.ptau")
}

fn powers<'a>(path: &Path, systems: impl IntoIterator<Item = &'a R1cs>) -> Powers {
	Powers::load(path, systems, &mut rng(1), &quiet).unwrap()
}

/// A ceremony on a system, with what it is about.
struct Bench {
	folder: Folder,
	system: R1cs,
	range: Option<R1cs>,
	powers: Powers,
}

impl Bench {
	fn new(rounds: usize) -> Self {
		Self::of(system(rounds, 9), None)
	}

	/// A pair of circuits.
	fn linked() -> Self {
		Self::of(linked::inference(9), Some(linked::range(0, 1)))
	}

	fn of(system: R1cs, range: Option<R1cs>) -> Self {
		let powers = powers(&two_contributions(), [&system].into_iter().chain(&range));
		Self { folder: Folder::new(), system, range, powers }
	}

	fn origins(&self) -> Origins<'_> {
		let Self { system, range, powers, .. } = self;
		Origins { settings: SETTINGS, system, range: range.as_ref(), powers }
	}

	/// With a person for each of these secrets, one for each delta.
	fn with_secrets(&self, people: &[Vec<Fr>]) -> Result<Ceremony, CeremonyError> {
		let mut ceremony = Ceremony::new(&self.origins(), &quiet)?;
		for secrets in people {
			let script = secrets.iter().flat_map(|secret| secret.0 .0).collect();
			ceremony.contribute("somebody", &mut Fixed(script, 0), &quiet)?;
		}
		Ok(ceremony)
	}

	/// With so many contributors.
	fn after(&self, people: u64) -> Ceremony {
		let mut ceremony = Ceremony::new(&self.origins(), &quiet).unwrap();
		for who in 0..people {
			ceremony.contribute(&format!("person {who}"), &mut rng(100 + who), &quiet).unwrap();
		}
		ceremony
	}

	fn bytes(&self, ceremony: &Ceremony) -> Vec<u8> {
		let path = self.folder.file("ceremony.zkc");
		ceremony.save(&path).unwrap();
		std::fs::read(path).unwrap()
	}

	/// Loads a file with this payload and a checksum that fits, and verifies it.
	fn verify(&self, payload: &[u8]) -> Result<(), CeremonyError> {
		let mut bytes = b"zkml\x04".to_vec();
		bytes.push(self.bytes_version());
		bytes.extend_from_slice(&SETTINGS);
		bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
		bytes.extend_from_slice(&blake2_256(payload));
		bytes.extend_from_slice(payload);
		let path = self.folder.file("changed.zkc");
		std::fs::write(&path, bytes).unwrap();
		Ceremony::load(&path)?.verify(&self.origins(), &mut rng(3), &quiet).map(|_| ())
	}

	fn bytes_version(&self) -> u8 {
		std::fs::read(self.folder.file("ceremony.zkc")).unwrap()[5]
	}

	fn refused(&self, payload: &[u8], words: &str) {
		let error = self.verify(payload).unwrap_err().to_string();
		assert!(error.contains(words), "{words:?} not in {error:?}");
		assert!(error.contains("expected ") && error.contains("got "), "{error}");
	}
}

/// A file's parts: subject, contributions, and the points.
#[derive(Clone)]
struct Parts(Subject, Vec<Contribution>, Vec<u8>);

impl Parts {
	fn of(bytes: &[u8]) -> Self {
		let mut rest = &bytes[HEADER..];
		let subject = Subject::decode(&mut rest).unwrap();
		let contributions = Vec::decode(&mut rest).unwrap();
		Self(subject, contributions, rest.to_vec())
	}

	fn payload(&self) -> Vec<u8> {
		[(&self.0, &self.1).encode().as_slice(), &self.2].concat()
	}

	fn with(&self, change: impl FnOnce(&mut Self)) -> Vec<u8> {
		let mut changed = self.clone();
		change(&mut changed);
		changed.payload()
	}

	/// The deltas in G1, then the points of each delta.
	fn points(&self) -> Vec<Vec<G1>> {
		let mut rest = self.2.as_slice();
		let (deltas, points) = <(Vec<G1>, Vec<Vec<G1>>)>::decode(&mut rest).unwrap();
		assert!(rest.is_empty());
		[vec![deltas], points].concat()
	}

	/// The same with other points.
	fn with_points(&self, points: &[Vec<G1>]) -> Vec<u8> {
		self.with(|parts| parts.2 = (&points[0], points[1..].to_vec()).encode())
	}
}

#[test]
fn a_ceremony_vouches_for_its_key_and_for_no_other() {
	for bench in [Bench::new(0), Bench::new(1), Bench::new(2), Bench::linked()] {
		let finish = |ceremony: &Ceremony| {
			ceremony.verify(&bench.origins(), &mut rng(3), &quiet).unwrap().finish().unwrap().0
		};
		let two = bench.after(2);
		let key = finish(&two);
		assert_eq!(two.vouch(&key).unwrap(), two.transcript());
		let three = bench.after(3);
		let error = three.vouch(&key).unwrap_err().to_string();
		assert!(error.contains("one that ends in this key"), "{error}");
		assert!(three.vouch(&finish(&three)).is_ok());
		assert!(two.ends_in(key.circuit_key()) && !three.ends_in(key.circuit_key()));
		assert!(bench.after(1).check_people().is_err());
		assert!(matches!(bench.after(1).vouch(&key), Err(CeremonyError::TooFew { got: 1 })));
	}
}

#[test]
fn any_flipped_byte_is_refused() {
	for (bench, step) in [(Bench::new(0), 1), (Bench::new(2), 13), (Bench::linked(), 29)] {
		let bytes = bench.bytes(&bench.after(2));
		let payload = &bytes[HEADER..];
		assert!(bench.verify(payload).is_ok());
		// Each is one load and, if that takes it, one verification.
		for at in (0..payload.len()).step_by(step) {
			let mut changed = payload.to_vec();
			changed[at] ^= 1 << (at % 8);
			assert!(bench.verify(&changed).is_err(), "step {step}, byte {at}");
		}
		// And one that nobody bothered to seal again.
		for at in 0..HEADER + 64 {
			let mut changed = bytes.clone();
			changed[at] ^= 1;
			let path = bench.folder.file("flipped.zkc");
			std::fs::write(&path, &changed).unwrap();
			assert!(Ceremony::load(&path).is_err(), "byte {at}");
		}
	}
}

#[test]
fn truncated_files_are_refused() {
	let bench = Bench::new(1);
	let bytes = bench.bytes(&bench.after(2));
	let path = bench.folder.file("cut.zkc");
	for length in (0..bytes.len()).step_by(97) {
		std::fs::write(&path, &bytes[..length]).unwrap();
		assert!(Ceremony::load(&path).is_err(), "{length} bytes");
		if length > HEADER {
			assert!(bench.verify(&bytes[HEADER..length]).is_err(), "{length} bytes, sealed");
		}
	}
	let more = [&bytes[HEADER..], &[0]].concat();
	bench.refused(&more, "expected a ceremony");
}

#[test]
fn reordered_replayed_left_out_and_foreign_contributions_are_refused() {
	for bench in [Bench::new(0), Bench::new(1), Bench::linked()] {
		let parts = Parts::of(&bench.bytes(&bench.after(3)));
		let elsewhere = "at this place in this ceremony";
		bench.refused(&parts.with(|p| p.1.swap(0, 1)), elsewhere);
		bench.refused(&parts.with(|p| p.1.swap(1, 2)), elsewhere);
		bench.refused(&parts.with(|p| p.1.push(p.1[2].clone())), elsewhere);
		bench.refused(&parts.with(|p| p.1.insert(1, p.1[0].clone())), elsewhere);
		bench.refused(&parts.with(|p| drop(p.1.remove(0))), elsewhere);
		bench.refused(&parts.with(|p| drop(p.1.remove(1))), elsewhere);
		// The last can be left out, and the points are then of another ceremony.
		bench.refused(&parts.with(|p| drop(p.1.pop())), "that no contribution led to");

		// Of a ceremony about another model, and one on other powers.
		let foreign = Ceremony::new(&Origins { settings: [8; 32], ..bench.origins() }, &quiet);
		let mut foreign = foreign.unwrap();
		foreign.contribute("person 0", &mut rng(100), &quiet).unwrap();
		let other = foreign.contributions().next().unwrap().0.clone();
		bench.refused(&parts.with(|p| p.1[0] = other.clone()), elsewhere);
		bench.refused(&parts.with(|p| p.0.powers[0] ^= 1), elsewhere);
		bench.refused(&parts.with(|p| p.0.circuit[0] ^= 1), elsewhere);
		bench.refused(&parts.with(|p| p.0.powers_contributions += 1), elsewhere);
		bench.refused(&parts.with(|p| p.1[0].name.push('x')), elsewhere);
		let beacon = Origin::Beacon { value: [1; 32], doublings: 0 };
		bench.refused(&parts.with(|p| p.1[2].origin = beacon), elsewhere);
		// Another's factors under one's own name.
		bench.refused(&parts.with(|p| p.1[1].factors = p.1[0].factors.clone()), elsewhere);
	}
}

#[test]
fn factors_of_nothing_and_bad_points_are_refused() {
	let bench = Bench::new(1);
	let parts = Parts::of(&bench.bytes(&bench.after(2)));
	let infinity = "got one that is the point at infinity";
	for index in [0, 1] {
		let with = |change: &dyn Fn(&mut zkml_prover::ceremony::Factor)| {
			parts.with(|p| change(&mut p.1[1].factors[index]))
		};
		bench.refused(&with(&|f| f.image.0 = [0; 64]), infinity);
		bench.refused(&with(&|f| f.delta.0 = [0; 128]), infinity);
		bench.refused(&with(&|f| f.proof.0 = [0; 128]), infinity);
		let one = "leaves a delta the generator";
		let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
		bench.refused(&with(&|f| f.image = write_g1(&g1)), one);
		bench.refused(&with(&|f| f.image = write_g1(&-g1)), one);
		bench.refused(&with(&|f| f.delta = write_g2(&g2)), one);
		let off = "got one that is not on the curve";
		bench.refused(&with(&|f| f.image.0[63] ^= 1), off);
		bench.refused(&with(&|f| f.delta.0[127] ^= 1), off);
		bench.refused(&with(&|f| f.proof.0[127] ^= 1), off);
		let mut x = Fq2::from(1u64);
		let outside = loop {
			x += Fq2::ONE;
			match G2Affine::get_point_from_x_unchecked(x, true) {
				Some(point) if !point.is_in_correct_subgroup_assuming_on_curve() => break point,
				_ => (),
			}
		};
		let group = "got one that is not in the subgroup";
		bench.refused(&with(&|f| f.delta = write_g2(&outside)), group);
		bench.refused(&with(&|f| f.proof = write_g2(&outside)), group);
		bench.refused(&with(&|f| f.image.0 = [0xff; 64]), "at or above the field modulus");
		// A delta that the image does not lead to, in an honest place.
		let another = write_g2(&(g2 * Fr::from(77)).into_affine());
		bench.refused(&with(&|f| f.delta = another), "at this place in this ceremony");
	}
	let fewer = parts.with(|p| p.1[0].factors.truncate(1));
	bench.refused(&fewer, "a factor for each of 2 deltas");
	bench.refused(&parts.with(|p| p.1[0].name = "x".repeat(65)), "a name of at most 64 bytes");
	bench.refused(&parts.with(|p| p.1[0].name = "\u{7}".into()), "without control characters");
}

/// Points that are good ones, but not the ceremony's.
#[test]
fn changed_points_are_refused_wherever_they_are() {
	let rounds = ["the last wires' points", "the points of round 1", "the points of round 2"];
	for (bench, names) in
		[(Bench::new(0), &rounds[..1]), (Bench::new(2), &rounds), (Bench::linked(), &linked::NAMES)]
	{
		let parts = Parts::of(&bench.bytes(&bench.after(2)));
		let queries = parts.points();
		assert_eq!(queries.len(), 1 + names.len());
		assert!(bench.verify(&parts.with_points(&queries)).is_ok());
		let other = write_g1(&(G1Affine::generator() * Fr::rand(&mut rng(1))).into_affine());
		for (index, query) in queries.iter().enumerate() {
			let words = match index {
				0 => "that no contribution led to".into(),
				_ => format!("{}: expected those of the powers", names[index - 1]),
			};
			for at in 0..query.len() {
				for point in [other, write_g1(&G1Affine::generator()), G1([0; 64])] {
					if query[at] == point {
						continue;
					}
					let mut changed = queries.clone();
					changed[index][at] = point;
					bench.refused(&parts.with_points(&changed), &words);
				}
			}
			let mut shorter = queries.clone();
			shorter[index].pop();
			let words = if index == 0 { "another number of deltas" } else { "queries of [" };
			bench.refused(&parts.with_points(&shorter), words);
		}
	}
}

#[test]
fn another_circuit_model_or_powers_file_is_named() {
	let bench = Bench::new(1);
	let ceremony = bench.after(2);
	let refused = |origins: Origins<'_>, words: &str| {
		let error = ceremony.verify(&origins, &mut rng(3), &quiet).unwrap_err().to_string();
		assert!(error.contains(words), "{words:?} not in {error:?}");
	};
	refused(Origins { settings: [8; 32], ..bench.origins() }, "expected one for model settings");
	let coefficient = system(1, 10);
	refused(Origins { system: &coefficient, ..bench.origins() }, "expected one of constraints");
	let path = bench.folder.file("powers.ptau");
	write_powers(&path, 5, &PowersSecrets::draw(&mut rng(1)), &quiet).unwrap();
	let others = powers(&path, [&bench.system]);
	refused(Origins { powers: &others, ..bench.origins() }, "expected one on powers");
}

#[test]
fn fewer_than_two_people_make_no_key_and_nobody_follows_a_beacon() {
	let bench = Bench::new(1);
	let finish = |ceremony: &Ceremony| {
		ceremony.verify(&bench.origins(), &mut rng(3), &quiet).unwrap().finish()
	};
	assert!(matches!(finish(&bench.after(0)), Err(CeremonyError::TooFew { got: 0 })));
	let mut one = bench.after(1);
	one.contribute_beacon("", [1; 32], 3, &quiet).unwrap();
	assert!(matches!(finish(&one), Err(CeremonyError::TooFew { got: 1 })));
	let late = one.contribute("late", &mut rng(1), &quiet).unwrap_err().to_string();
	assert!(late.contains("contribution 3: expected none behind a beacon"), "{late}");
	let mut ceremony = bench.after(2);
	assert!(ceremony.contribute_beacon("", [1; 32], 31, &quiet).is_err());
	ceremony.contribute_beacon("", [1; 32], 3, &quiet).unwrap();
	finish(&ceremony).unwrap();
	// What a beacon gives follows from its value.
	let parts = Parts::of(&bench.bytes(&ceremony));
	for (value, doublings) in [([2; 32], 3), ([1; 32], 4)] {
		let origin = Origin::Beacon { value, doublings };
		bench.refused(&parts.with(|p| p.1[2].origin = origin), "contribution 3: expected ");
	}
}

/// Gives the same numbers again and again.
struct Fixed(Vec<u64>, usize);

impl RngCore for Fixed {
	fn next_u32(&mut self) -> u32 {
		self.next_u64() as u32
	}
	fn next_u64(&mut self) -> u64 {
		self.1 += 1;
		self.0[(self.1 - 1) % self.0.len()]
	}
	fn fill_bytes(&mut self, to: &mut [u8]) {
		to.chunks_mut(8).for_each(|c| c.copy_from_slice(&self.next_u64().to_le_bytes()[..c.len()]));
	}
	fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), rand::Error> {
		self.fill_bytes(to);
		Ok(())
	}
}

impl CryptoRng for Fixed {}

#[test]
fn deltas_that_end_up_equal_up_to_sign_are_refused() {
	for (bench, count) in [(Bench::new(1), 2), (Bench::linked(), 7)] {
		let secrets: Vec<Fr> = (0..count).map(|i| Fr::from(1234567u64 + i as u64)).collect();
		for (first, second) in (0..count).flat_map(|i| (0..i).map(move |j| (i, j))) {
			for equal in [secrets[second], -secrets[second]] {
				let mut one = secrets.clone();
				one[first] = equal;
				let two = vec![Fr::from(76543u64); count];
				let ceremony = bench.with_secrets(&[one, two]).unwrap();
				let verified = ceremony.verify(&bench.origins(), &mut rng(3), &quiet).unwrap();
				let error = verified.finish().unwrap_err();
				assert!(matches!(error, CeremonyError::Key(KeyError::DeltasEqual)), "{error}");
			}
		}
	}
}

#[test]
fn a_contribution_that_takes_another_back_is_refused() {
	for (bench, count) in [(Bench::new(0), 1), (Bench::linked(), 7)] {
		for index in 0..count {
			let one: Vec<Fr> = (0..count).map(|i| Fr::from(1234567u64 + i as u64)).collect();
			let mut two = one.clone();
			two[index] = one[index].inverse().unwrap();
			let error = bench.with_secrets(&[one, two]).unwrap_err().to_string();
			let words = format!("expected a secret in factor {index}, got one that leaves a delta");
			assert!(error.contains(&words), "{error}");
		}
	}
}

/// No chain is told of a ceremony but by this hash, so its bytes do not change by accident.
#[test]
fn the_transcript_begins_with_what_the_ceremony_is_about() {
	let start = |bench: &Bench, circuits: &[u8]| {
		let Bench { system, powers, .. } = bench;
		let mut bytes = [&b"zkml/ceremony/start/v1"[..], &SETTINGS, &system.digest()].concat();
		bytes.extend([&powers.digest()[..], &2u32.to_le_bytes(), circuits].concat());
		assert_eq!(bench.after(0).transcript(), blake2_256(&bytes));
	};
	for rounds in [0, 1, 2] {
		start(&Bench::new(rounds), &[1 + rounds as u8]);
	}
	let pair = Bench::linked();
	start(&pair, &[&[7][..], &pair.range.as_ref().unwrap().digest()].concat());
}

#[test]
fn the_digest_names_every_coefficient_and_not_the_groups_names() {
	let digest = system(1, 9).digest();
	assert_eq!(digest, system(1, 9).digest());
	assert_ne!(digest, system(1, 10).digest());
	assert_ne!(digest, system(2, 9).digest());
	let mut other = system(1, 9);
	other.groups.iter_mut().for_each(|name| *name = "renamed");
	assert_eq!(digest, other.digest());
}
