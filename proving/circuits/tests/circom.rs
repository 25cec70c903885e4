//! Circom's files: what is written says what the system says, a key in snarkjs's form becomes the one
//! that our setup would have made, and anything else is refused in one line.

use std::path::Path;

use crate::{
	common::{input, model, rng, Shape},
	onnx::Folder,
	zkey::{section, waste, zkey},
};
use ark_bn254::{Fq, Fr, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, BigInteger, Field, PrimeField};
use zkml_circuits::{
	circom::{import_zkey, read_zkey, witness, write_r1cs, write_wtns, CircomError},
	compile,
	r1cs::{Builder, Lc, R1cs},
	random_salt,
	setup::ToxicWaste,
	Binding, CompileOptions, CompiledModel, InputRange, Prover, Salts,
};
use zkml_groth16::{prepare, verify};
use zkml_primitives::{Scalar, Visibility};

fn quiet(_: &str, _: u64, _: u64) {}

fn small(visibility: Visibility) -> CompiledModel {
	let sizes = vec![3, 4, 3];
	let shape = Shape { sizes, argmax: true, rectify: true, bits: 6, input: (0, 16), seed: 1 };
	model(&shape, visibility)
}

/// Reads numbers off the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
	fn bytes<const N: usize>(&mut self) -> [u8; N] {
		let (first, rest) = self.0.split_first_chunk().unwrap();
		self.0 = rest;
		*first
	}

	fn u32(&mut self) -> u32 {
		u32::from_le_bytes(self.bytes())
	}

	fn integer(&mut self) -> BigInt<4> {
		BigInt([(); 4].map(|()| u64::from_le_bytes(self.bytes())))
	}

	fn element(&mut self) -> Fr {
		Fr::from_bigint(self.integer()).expect("below the modulus")
	}

	fn is_modulus(&mut self) -> bool {
		self.u32() == 32 && self.integer() == Fr::MODULUS
	}
}

/// Rows of terms, for A, B and C.
type Rows = Vec<[Vec<(u32, Fr)>; 3]>;

/// The numbers in the header of an `.r1cs`, and its rows.
fn read_r1cs(bytes: &[u8]) -> ([u32; 7], Rows) {
	assert_eq!(bytes[..8], *b"r1cs\x01\0\0\0");
	let mut header = Reader(&bytes[section(bytes, 1)]);
	assert!(header.is_modulus());
	let numbers = [(); 7].map(|()| header.u32());
	assert!(header.0.is_empty());
	let mut body = Reader(&bytes[section(bytes, 2)]);
	let mut side = || (0..body.u32()).map(|_| (body.u32(), body.element())).collect();
	let rows = (0..numbers[6]).map(|_| [side(), side(), side()]).collect();
	assert!(body.0.is_empty());
	assert_eq!(section(bytes, 3).len(), 8 * numbers[0] as usize);
	(numbers, rows)
}

fn read_wtns(bytes: &[u8]) -> Vec<Fr> {
	assert_eq!(bytes[..8], *b"wtns\x02\0\0\0");
	let mut header = Reader(&bytes[section(bytes, 1)]);
	assert!(header.is_modulus());
	let count = header.u32();
	let mut body = Reader(&bytes[section(bytes, 2)]);
	let wires = (0..count).map(|_| body.element()).collect();
	assert!(body.0.is_empty() && header.0.is_empty());
	wires
}

#[test]
fn an_exported_circuit_is_the_system_without_its_binding_rows_and_the_witness_satisfies_it() {
	let folder = Folder::new();
	let (r1cs, wtns) = (folder.file("c.r1cs"), folder.file("w.wtns"));
	for visibility in [Visibility::Public, Visibility::Private] {
		let model = small(visibility);
		let system = model.circuit();
		write_r1cs(&r1cs, &system).unwrap();
		let (numbers, rows) = read_r1cs(&std::fs::read(&r1cs).unwrap());
		let wires = system.wires as u32;
		let constraints = system.len() as u32 - 5;
		assert_eq!(numbers, [wires, 0, 4, wires - 5, wires, 0, constraints]);
		for (index, row) in rows.iter().enumerate() {
			let expected = [&system.a, &system.b, &system.c].map(|m| m.row(index).collect());
			assert_eq!(row, &expected as &[Vec<_>; 3]);
		}

		let salts = Salts {
			inputs: vec![random_salt(&mut rng(1))],
			outputs: vec![random_salt(&mut rng(2))],
		};
		let ctx = random_salt(&mut rng(3));
		let values = witness(&model, &input(&model, 4), salts, ctx).unwrap();
		write_wtns(&wtns, &values).unwrap();
		let read = read_wtns(&std::fs::read(&wtns).unwrap());
		assert_eq!(read, values);
		assert_eq!((read.len(), read[0]), (system.wires, Fr::ONE));
		let sum = |terms: &[(u32, Fr)]| -> Fr {
			terms.iter().map(|(wire, factor)| read[*wire as usize] * factor).sum()
		};
		assert!(rows.iter().all(|[a, b, c]| sum(a) * sum(b) == sum(c)));
	}
	use std::os::unix::fs::PermissionsExt;
	let mode = std::fs::metadata(&wtns).unwrap().permissions().mode();
	assert_eq!(mode & 0o777, 0o600, "a witness is secret");
}

/// That both are the same key, point by point.
fn same(got: &zkml_circuits::ProvingKey, expected: &zkml_circuits::ProvingKey) {
	assert_eq!(got.last, expected.last);
	assert_eq!((&got.a, &got.b_g1, &got.h), (&expected.a, &expected.b_g1, &expected.h));
	assert_eq!(got.b_g2, expected.b_g2);
	assert_eq!((got.beta_g1, got.delta_g1), (expected.beta_g1, expected.delta_g1));
	assert_eq!(got.circuit_key(None), expected.circuit_key(None));
}

#[test]
fn a_key_in_snarkjs_form_becomes_the_one_that_setup_makes_of_the_same_secrets() {
	let folder = Folder::new();
	let path = folder.file("key.zkey");
	for visibility in [Visibility::Public, Visibility::Private] {
		let model = small(visibility);
		let system = model.circuit();
		let (bytes, ours) = zkey(&system, &waste(&system, &mut rng(5)));
		std::fs::write(&path, &bytes).unwrap();
		let imported = import_zkey(&path, &model, &mut rng(6), &quiet).unwrap();
		same(imported.key.key(), &ours);
		assert_eq!((imported.contributions, imported.circuit_hash), (2, [7; 64]));
		assert_eq!(imported.key.settings_hash(), model.settings_hash());

		let values = input(&model, 7);
		let prover = Prover::new(model, imported.key).unwrap();
		let binding = Binding::bare(Scalar::ZERO);
		let proved = prover.prove(&values, Salts::default(), binding, &mut rng(8)).unwrap();
		let key = prepare(&ours.circuit_key(None).unwrap()).unwrap();
		verify(&key, &proved.inputs, &proved.proof).unwrap();
	}
}

/// Says that wire 5 is the product of two inputs, and leaves wire 6 alone; the right side of another
/// row has the wire given.
fn system(product: u32) -> R1cs {
	let mut builder = Builder::new(4);
	builder.group("rows");
	let first = builder.wires(2);
	builder.enforce(&Lc::wire(1), &Lc::wire(2), &Lc::wire(first));
	builder.enforce(&Lc::wire(first), &Lc::wire(first), &Lc::wire(product));
	builder.finish().0
}

#[test]
fn a_wire_in_no_constraint_has_infinity_and_other_points_there_are_refused() {
	let folder = Folder::new();
	let path = folder.file("key.zkey");
	let system = system(5);
	let (bytes, ours) = zkey(&system, &waste(&system, &mut rng(9)));
	std::fs::write(&path, &bytes).unwrap();
	same(&read_zkey(&path, &system, &mut rng(1), &quiet).unwrap().key, &ours);
	assert!(ours.last[1].is_zero());
	let last = section(&bytes, 8);
	let mut more = bytes.clone();
	more.copy_within(last.start..last.start + 64, last.start + 64);
	std::fs::write(&path, &more).unwrap();
	let error = read_zkey(&path, &system, &mut rng(1), &quiet).unwrap_err().to_string();
	assert!(error.ends_with("expected infinity at place 1 of section 8, got a point"), "{error}");
}

#[test]
fn circuits_that_circom_formats_cannot_say_are_refused() {
	let folder = Folder::new();
	let path = folder.file("file");
	let rounds = small(Visibility::Public).with_lookups();
	let words =
		"expected a plain one, since circom's formats have no commit rounds, got one with 1";
	let has = |error: CircomError, words: &str| {
		let error = error.to_string();
		assert!(error.contains(words), "{words:?} not in {error:?}");
		assert!(!path.exists());
	};
	has(write_r1cs(&path, &rounds.circuit()).unwrap_err(), words);
	let values = input(&rounds, 1);
	has(witness(&rounds, &values, Salts::default(), Scalar::ZERO).unwrap_err(), words);
	has(import_zkey(&path, &rounds, &mut rng(1), &quiet).unwrap_err(), words);
	for wire in [0, 3] {
		let error = read_zkey(&path, &system(wire), &mut rng(1), &quiet).unwrap_err();
		has(
			error,
			&format!("expected no public wire on the right of a constraint, got wire {wire}"),
		);
	}
}

/// What the import of keys rests on.
#[test]
fn no_plain_circuit_has_a_public_wire_on_the_right_of_a_constraint() {
	let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
	for (name, max, tensor, private) in [
		("digits", 16.0, None, true),
		("cnn-digits", 16.0, None, false),
		("credit", 24.0, Some("add_result1"), true),
		("forest", 24.0, None, false),
	] {
		let kinds = [Some(Visibility::Public), private.then_some(Visibility::Private)];
		for visibility in kinds.into_iter().flatten() {
			let input = vec![InputRange { min: 0.0, max }];
			let outputs = tensor.map(Into::into).into_iter().collect();
			let lookups = false;
			let options =
				CompileOptions { visibility, lookups, input, outputs, ..CompileOptions::default() };
			let path = models.join(format!("{name}/{name}.onnx"));
			let system = compile(&path, &options, &mut rng(1)).unwrap().circuit();
			let first = system.c.wires()[0] as usize;
			assert!(first >= system.public, "{name}, {visibility:?}: wire {first}");
		}
	}
}

/// Puts bytes in place of others.
fn put(bytes: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
	let mut bytes = bytes.to_vec();
	bytes[at..at + with.len()].copy_from_slice(with);
	bytes
}

/// Changes a number of 32 bits.
fn number(bytes: &[u8], at: usize, value: u32) -> Vec<u8> {
	put(bytes, at, &value.to_le_bytes())
}

/// The first point of a section that is not infinity.
fn finite(bytes: &[u8], of: u32, size: usize) -> usize {
	let range = section(bytes, of);
	let place = bytes[range.clone()].chunks(size).position(|p| p.iter().any(|b| *b != 0));
	range.start + size * place.unwrap()
}

#[test]
fn keys_that_are_not_of_this_circuit_or_not_of_one_piece_are_refused_by_name() {
	let folder = Folder::new();
	let path = folder.file("key.zkey");
	let model = small(Visibility::Public);
	let system = model.circuit();
	let secrets = waste(&system, &mut rng(10));
	let (good, _) = zkey(&system, &secrets);
	let [header, ic, coefficients, a, last, h] =
		[2, 3, 4, 5, 8, 9].map(|number| section(&good, number).start);
	let with = |change: &dyn Fn(&mut ToxicWaste)| {
		let mut secrets = secrets.clone();
		change(&mut secrets);
		zkey(&system, &secrets).0
	};
	let other_circuit = small(Visibility::Private).circuit();
	let other = zkey(&other_circuit, &waste(&other_circuit, &mut rng(11))).0;
	let domain = system.len().next_power_of_two() as u32;
	let off_curve = [1; 32];
	let above = [0xff; 32];
	// A point of the curve over the extension that is outside the subgroup.
	let outside = outside_the_subgroup();
	// delta in G1, which no verifier sees.
	let (beta_g1, delta_g1) = (header + 84 + 64, header + 84 + 2 * 64 + 2 * 128);
	let at = |number| section(&good, number).start;
	let b_g2 = finite(&good, 7, 128);
	let whole = format!("expected {} bytes, got {}", good.len(), good.len() + 1);
	let counts = format!("expected a key for {} wires, 4 public inputs and", system.wires);
	let first_row = "this circuit's coefficients in row 0 of section 4, got those of another";
	let head = "expected points of the curve's groups in the header, got others";
	let group = "expected points of the curve's group in section";
	let none = 77;
	let table: Vec<(&str, Vec<u8>, &str)> = vec![
		("nothing", vec![], "expected a key in snarkjs's format, got a file cut off"),
		("a third", good[..good.len() / 3].to_vec(), "got a file cut off"),
		("a byte less", good[..good.len() - 1].to_vec(), "got a file cut off"),
		("a byte more", [&good[..], &[0]].concat(), &whole),
		("powers", put(&good, 0, b"ptau"), "got another file"),
		("a version", number(&good, 4, 2), "expected format version 1, got 2"),
		("PLONK", number(&good, at(1), 2), "expected a key of Groth16, protocol 1, got one of"),
		("a section twice", number(&good, ic - 12, 2), "each section once, got two of 2"),
		("no IC", number(&good, ic - 12, none), "expected 320 bytes in section 3, got 0"),
		("a field", put(&good, header + 4, &[0; 32]), "expected a key over BN254, got another"),
		("scalars", put(&good, header + 40, &[0; 32]), "expected a key over BN254, got another"),
		("a private model", other, &counts),
		("wires", number(&good, header + 72, u32::MAX), "got one for 4294967295 wires"),
		("fewer inputs", number(&good, header + 76, 3), &counts),
		("a domain", number(&good, header + 80, 2 * domain), &counts),
		("no terms", number(&good, coefficients, 0), "coefficients in section 4, got 0"),
		("a side", number(&good, coefficients + 4, 1), first_row),
		("a wire", number(&good, coefficients + 12, 77), first_row),
		("a value", put(&good, coefficients + 16, &[9]), first_row),
		("gamma", with(&|w| w.gamma = Fr::from(2)), "expected gamma to be the generator"),
		("no secret", with(&|w| w.delta = Fr::ONE), "verifying key: expected one that verifiers"),
		("alpha off the curve", put(&good, header + 84, &off_curve), head),
		("no delta", put(&good, delta_g1, &[0; 64]), head),
		("delta", put(&good, delta_g1, &good[h..h + 64]), "expected delta to be the same in G1"),
		("beta", put(&good, beta_g1, &good[h..h + 64]), "expected beta to be the same in G1"),
		("B", put(&good, finite(&good, 6, 64), &good[h..h + 64]), "points of right factors to be"),
		("B outside the subgroup", put(&good, b_g2, &outside), group),
		("A off the curve", put(&good, finite(&good, 5, 64), &off_curve), group),
		("a coordinate above q", put(&good, finite(&good, 5, 64), &above), group),
		("no A", put(&good, a, &[0; 64]), "a point at place 0 of section 5, got infinity"),
		("no H", put(&good, h, &[0; 64]), group),
		("IC at infinity", put(&good, ic + 64, &[0; 64]), group),
		("no list", number(&good, at(10) - 12, none), "expected 68 bytes in section 10, got 0"),
	];
	for (what, bytes, words) in &table {
		std::fs::write(&path, bytes).unwrap();
		let error = import_zkey(&path, &model, &mut rng(12), &quiet).map(|_| ()).unwrap_err();
		let error = error.to_string();
		assert_eq!(error.lines().count(), 1, "{what}: {error}");
		assert!(error.contains(words), "{what}: {words:?} not in {error:?}");
	}
	// Points of the right groups that are others': only a proof tells.
	for (what, bytes) in [
		("A of the other sign", put(&good, a + 32, &negated(&good[a + 32..a + 64]))),
		("a last wire's", put(&good, last, &good[h..h + 64])),
	] {
		std::fs::write(&path, &bytes).unwrap();
		let error = import_zkey(&path, &model, &mut rng(13), &quiet).map(|_| ()).unwrap_err();
		let words = "expected one under which this circuit can be proved";
		assert!(error.to_string().contains(words), "{what}: {error}");
	}
}

/// A coordinate's negative.
fn negated(bytes: &[u8]) -> Vec<u8> {
	let mut difference = Fq::MODULUS;
	difference.sub_with_borrow(&Reader(bytes).integer());
	difference.0.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

/// A point of the curve over the extension that is outside the subgroup: nearly all are.
fn outside_the_subgroup() -> [u8; 128] {
	let point = (1u64..)
		.filter_map(|x| G2Affine::get_point_from_x_unchecked(ark_bn254::Fq2::from(x), true))
		.find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
		.unwrap();
	let mut bytes = [0; 128];
	let parts = [point.x.c0, point.x.c1, point.y.c0, point.y.c1];
	for (to, part) in bytes.chunks_exact_mut(8).zip(parts.iter().flat_map(|part| part.0 .0)) {
		to.copy_from_slice(&part.to_le_bytes());
	}
	bytes
}
