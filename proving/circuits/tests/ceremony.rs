//! Keys that several people make: what comes out, and what is refused.

mod common;
#[path = "../../graph/tests/common/onnx.rs"]
mod onnx;

use std::path::{Path, PathBuf};

use ark_bn254::{Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, UniformRand};
use codec::{Decode, Encode};
use common::{input, model, rng, Shape};
use onnx::Folder;
use rand::{CryptoRng, RngCore};
use zkml_circuits::{
	ceremony::{
		initial_key, write_powers, Ceremony, CeremonyError, Contribution, Origin, Origins, Powers,
		PowersSecrets, Subject,
	},
	r1cs::{Builder, Lc, R1cs},
	setup::{generate_from, ToxicWaste},
	Binding, CompiledModel, Prover, ProvingKey, Salts,
};
use zkml_groth16::{verify, write_g1, write_g2, KeyError, G1};
use zkml_primitives::{blake2_256, Scalar, Visibility};

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

fn powers(path: &Path, system: &R1cs) -> Powers {
	Powers::load(path, system, &mut rng(1), &quiet).unwrap()
}

/// A ceremony on a system, with what it is about.
struct Bench {
	folder: Folder,
	system: R1cs,
	powers: Powers,
}

impl Bench {
	fn new(rounds: usize) -> Self {
		let system = system(rounds, 9);
		let powers = powers(&two_contributions(), &system);
		Self { folder: Folder::new(), system, powers }
	}

	fn origins(&self) -> Origins<'_> {
		Origins { settings: SETTINGS, system: &self.system, powers: &self.powers }
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
}

fn same_points(a: &ProvingKey, b: &ProvingKey) {
	let (v, w) = (&a.verifying, &b.verifying);
	assert_eq!((v.alpha, &v.ic, a.beta_g1, a.delta_g1), (w.alpha, &w.ic, b.beta_g1, b.delta_g1));
	assert_eq!((v.beta, v.gamma, v.delta, &v.rounds), (w.beta, w.gamma, w.delta, &w.rounds));
	assert_eq!((&a.a, &a.b_g1, &a.b_g2), (&b.a, &b.b_g1, &b.b_g2));
	assert_eq!(a.h, b.h, "the products' points");
	assert_eq!(a.last, b.last, "the last wires' points");
	assert_eq!(a.rounds.len(), b.rounds.len());
	for (a, b) in a.rounds.iter().zip(&b.rounds) {
		assert_eq!((a.delta_g1, &a.query), (b.delta_g1, &b.query));
	}
}

fn small(visibility: Visibility, lookups: bool) -> CompiledModel {
	let shape = Shape {
		sizes: vec![3, 4, 3],
		argmax: true,
		rectify: true,
		bits: 6,
		input: (0, 16),
		seed: 1,
	};
	let model = model(&shape, visibility);
	if lookups {
		model.with_lookups()
	} else {
		model
	}
}

fn power_for(system: &R1cs) -> u32 {
	system.len().next_power_of_two().trailing_zeros() + 1
}

#[test]
fn powers_of_known_secrets_give_the_key_that_a_setup_with_them_gives() {
	let (folder, rng) = (Folder::new(), &mut rng(5));
	let path = folder.file("powers.ptau");
	for system in [system(0, 9), system(1, 1), system(2, 77), dense(50)] {
		let secrets = PowersSecrets::draw(rng);
		write_powers(&path, power_for(&system), &secrets, &quiet).unwrap();
		let key = initial_key(&system, &powers(&path, &system), &quiet).unwrap();
		let (point, one) = (secrets.tau, Fr::ONE);
		let rounds = vec![one; system.rounds.len()];
		let (alpha, beta) = (secrets.alpha, secrets.beta);
		let waste = ToxicWaste { point, alpha, beta, gamma: one, delta: one, rounds };
		same_points(&key, &generate_from(&system, &waste, &quiet).unwrap());
	}
}

#[test]
fn a_phase_1_that_snarkjs_made_and_verified_is_read() {
	let system = system(2, 9);
	let powers = powers(&two_contributions(), &system);
	assert_eq!(powers.contributions(), 2);
	initial_key(&system, &powers, &quiet).unwrap();
}

#[test]
fn three_people_make_keys_that_prove_and_verify_in_both_kinds() {
	let folder = Folder::new();
	for (visibility, lookups) in [(Visibility::Public, false), (Visibility::Public, true)] {
		let model = small(visibility, lookups);
		let system = model.circuit();
		let [phase1, file] = ["powers.ptau", "ceremony.zkc"].map(|name| folder.file(name));
		let secrets = PowersSecrets::draw(&mut rng(6));
		write_powers(&phase1, power_for(&system), &secrets, &quiet).unwrap();
		let powers = powers(&phase1, &system);
		let origins = Origins { settings: model.settings_hash(), system: &system, powers: &powers };
		Ceremony::new(&origins, &quiet).unwrap().save(&file).unwrap();
		let mut hashes = Vec::new();
		for (seed, name) in [(1, "Ada"), (2, "Blaise"), (3, "")] {
			let mut ceremony = Ceremony::load(&file).unwrap();
			ceremony.contribute(name, &mut rng(seed), &quiet).unwrap();
			ceremony.save(&file).unwrap();
			hashes.push(ceremony.transcript());
		}
		let mut ceremony = Ceremony::load(&file).unwrap();
		ceremony.contribute_beacon("", [7; 32], 10, &quiet).unwrap();
		ceremony.save(&file).unwrap();
		let ceremony = Ceremony::load(&file).unwrap();
		hashes.push(ceremony.transcript());
		let listed: Vec<_> = ceremony.contributions().map(|(_, hash)| hash).collect();
		assert_eq!(listed, hashes);
		assert_eq!(ceremony.people(), 3);
		let verified = ceremony.verify(&origins, &mut rng(4), &quiet).unwrap();
		let key = verified.finish().unwrap();
		assert!(ceremony.is_rehearsal());
		assert!(matches!(ceremony.vouch(&key), Err(CeremonyError::Rehearsal { got: 0 })));

		let values = input(&model, 8);
		let prover = Prover::new(model, key).unwrap();
		let binding = Binding::bare(Scalar::from_hash([9; 32]));
		let proved = prover.prove(&values, Salts::default(), binding, &mut rng(5)).unwrap();
		assert_eq!(verify(prover.prepared_key(), &proved.inputs, &proved.proof), Ok(()));
		let mut other = proved.inputs.clone();
		other[2] = Scalar::from_hash([1; 32]);
		assert!(verify(prover.prepared_key(), &other, &proved.proof).is_err());
	}
}

#[test]
fn a_ceremony_vouches_for_its_key_and_for_no_other() {
	for rounds in [0, 1, 2] {
		let bench = Bench::new(rounds);
		let finish = |ceremony: &Ceremony| {
			ceremony.verify(&bench.origins(), &mut rng(3), &quiet).unwrap().finish().unwrap()
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
	for rounds in [0, 2] {
		let bench = Bench::new(rounds);
		let bytes = bench.bytes(&bench.after(2));
		let payload = &bytes[HEADER..];
		assert!(bench.verify(payload).is_ok());
		// Each is one load and, if that takes it, one verification.
		for at in (0..payload.len()).step_by(1 + 6 * rounds) {
			let mut changed = payload.to_vec();
			changed[at] ^= 1 << (at % 8);
			assert!(bench.verify(&changed).is_err(), "{rounds} rounds, byte {at}");
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
	for rounds in [0, 1] {
		let bench = Bench::new(rounds);
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
		let with = |change: &dyn Fn(&mut zkml_circuits::ceremony::Factor)| {
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
	for rounds in [0, 2] {
		let bench = Bench::new(rounds);
		let parts = Parts::of(&bench.bytes(&bench.after(2)));
		let mut rest = parts.2.as_slice();
		let deltas = Vec::<G1>::decode(&mut rest).unwrap();
		let (h, last, of_rounds) = <(Vec<G1>, Vec<G1>, Vec<Vec<G1>>)>::decode(&mut rest).unwrap();
		assert!(rest.is_empty());
		let queries = [vec![deltas, h, last], of_rounds].concat();
		let payload = |queries: &[Vec<G1>]| {
			let whole = (&queries[0], &queries[1], &queries[2], queries[3..].to_vec());
			parts.with(|p| p.2 = whole.encode())
		};
		assert!(bench.verify(&payload(&queries)).is_ok());
		let other = write_g1(&(G1Affine::generator() * Fr::rand(&mut rng(1))).into_affine());
		for (index, query) in queries.iter().enumerate() {
			let words = match index {
				0 => "that no contribution led to",
				1 | 2 => "the last wires' points",
				_ => "the points of round",
			};
			for at in 0..query.len() {
				for point in [other, write_g1(&G1Affine::generator()), G1([0; 64])] {
					if query[at] == point {
						continue;
					}
					let mut changed = queries.clone();
					changed[index][at] = point;
					bench.refused(&payload(&changed), words);
				}
			}
			let mut shorter = queries.clone();
			shorter[index].pop();
			let words = if index == 0 { "another number of deltas" } else { "queries of [" };
			bench.refused(&payload(&shorter), words);
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
	let others = powers(&path, &bench.system);
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
	let bench = Bench::new(1);
	let secret = Fr::from(1234567u64);
	let limbs = |value: Fr| value.0 .0.to_vec();
	for second in [secret, -secret] {
		let mut ceremony = Ceremony::new(&bench.origins(), &quiet).unwrap();
		let script = [limbs(secret), limbs(second)].concat();
		ceremony.contribute("one", &mut Fixed(script, 0), &quiet).unwrap();
		ceremony.contribute("two", &mut Fixed(limbs(secret), 0), &quiet).unwrap();
		let verified = ceremony.verify(&bench.origins(), &mut rng(3), &quiet).unwrap();
		let error = verified.finish().unwrap_err();
		assert!(matches!(error, CeremonyError::Key(KeyError::DeltasEqual)), "{error}");
	}
}

#[test]
fn a_contribution_that_takes_another_back_is_refused() {
	let bench = Bench::new(0);
	let secret = Fr::from(1234567u64);
	let limbs = |value: Fr| value.0 .0.to_vec();
	let mut ceremony = Ceremony::new(&bench.origins(), &quiet).unwrap();
	ceremony.contribute("one", &mut Fixed(limbs(secret), 0), &quiet).unwrap();
	let inverse = secret.inverse().unwrap();
	let error = ceremony.contribute("two", &mut Fixed(limbs(inverse), 0), &quiet).unwrap_err();
	assert!(error.to_string().contains("leaves a delta the generator"), "{error}");
	assert_eq!(ceremony.people(), 1);
}

#[test]
fn powers_that_are_none_are_refused_by_what_they_lack() {
	let (folder, system) = (Folder::new(), system(2, 9));
	assert!((9..=16).contains(&system.len()), "offsets below are for a domain of 16");
	let path = folder.file("powers.ptau");
	let refused = |bytes: &[u8], words: &str| {
		std::fs::write(&path, bytes).unwrap();
		let error = Powers::load(&path, &system, &mut rng(2), &quiet).unwrap_err().to_string();
		assert!(error.contains(words), "{words:?} not in {error:?}");
		assert!(error.contains("expected ") && error.contains("got "), "{error}");
	};
	let good = std::fs::read(two_contributions()).unwrap();
	for length in (0..good.len()).step_by(131) {
		refused(&good[..length], "got a file cut off");
	}
	refused(&[&good[..], &[0]].concat(), " bytes, got ");
	refused(&[b"ptax", &good[4..]].concat(), "got another file");
	let with = |at: usize, to: &[u8]| {
		let mut changed = good.clone();
		changed[at..at + to.len()].copy_from_slice(to);
		changed
	};
	refused(&with(4, &[2]), "format version 1, got 2");
	// The header's section: its entry at 12, the modulus at 28, the power at 60.
	refused(&with(28, &[0]), "powers over BN254");
	refused(&with(60, &[4]), "powers up to 2^5 or more for this circuit, got up to 2^4");
	refused(&with(60, &[6]), "bytes in section 2");
	refused(&with(60, &[29]), "powers up to 2^1 .. 2^28");

	// Sections follow each other: number, length, content.
	let mut starts = [0; 8];
	let mut at = 12;
	while at < good.len() {
		let number = u32::from_le_bytes(good[at..at + 4].try_into().unwrap()) as usize;
		let length = u64::from_le_bytes(good[at + 4..at + 12].try_into().unwrap()) as usize;
		starts[number] = at + 12;
		at += 12 + length;
	}
	let [_, _, tau_g1, tau_g2, alpha, beta, beta_g2, _] = starts;
	for (start, number) in [(tau_g1, 2), (tau_g2, 3), (alpha, 4), (beta, 5), (beta_g2, 6)] {
		let words = format!("points of the curve's group in section {number}");
		refused(&with(start, &[good[start] ^ 1]), &words);
		refused(&with(start, &[0; 64]), &words);
		refused(&with(start, &[0xff; 32]), &words);
		refused(&with(start - 12, &[number as u8 + 20]), &format!("in section {number}, got 0"));
	}
	// Good points, elsewhere: each check by itself.
	let point = |at: usize, size: usize| good[at..at + size].to_vec();
	refused(&with(tau_g1, &point(tau_g1 + 64, 64)), "the generators as powers of exponent 0");
	refused(&with(tau_g2, &point(tau_g2 + 128, 128)), "the generators as powers of exponent 0");
	refused(&with(tau_g1 + 64, &point(tau_g1, 64)), "a secret that is 1");
	refused(&with(alpha, &point(tau_g1, 64)), "a secret that is 1");
	refused(&with(beta, &point(tau_g1, 64)), "a secret that is 1");
	refused(&with(tau_g1 + 16 * 64, &point(tau_g1, 64)), "a root of unity");
	for index in [2, 3, 15, 17, 31] {
		let words = "powers of one tau in G1, got other points";
		refused(&with(tau_g1 + index * 64, &point(alpha, 64)), words);
	}
	for index in [0, 1, 15] {
		let at = alpha + index * 64;
		refused(&with(at, &point(tau_g1 + 64 * 5, 64)), "powers of tau, times alpha");
		let at = beta + index * 64;
		refused(&with(at, &point(tau_g1 + 64 * 5, 64)), "powers of tau, times beta");
	}
	for index in [2, 15] {
		let words = "powers of the same tau in G2";
		refused(&with(tau_g2 + index * 128, &point(beta_g2, 128)), words);
	}
	refused(&with(tau_g2 + 128, &point(beta_g2, 128)), "powers of one tau in G1");
	refused(&with(beta_g2, &point(tau_g2 + 128, 128)), "the same beta in G2");
	// All of another's alpha is fine: alpha is anything. All of beta is not, for beta is in G2 too.
	refused(&with(beta, &point(alpha, 64 * 32)), "the same beta in G2");
	std::fs::write(&path, &good).unwrap();
	assert!(Powers::load(&path, &system, &mut rng(2), &quiet).is_ok());
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
