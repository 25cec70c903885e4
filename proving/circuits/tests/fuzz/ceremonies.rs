//! Ceremonies and the powers they start from.

use std::{path::Path, sync::OnceLock};

use zkml_circuits::{
	ceremony::{initial_key, write_powers, Ceremony, Origins, Powers, PowersSecrets},
	r1cs::{Builder, Lc, R1cs},
};
use zkml_fuzz::check_refusal;

use super::{file, fuzz, saved, with_file, Kind, HEADER};
use crate::common::rng;

const SETTINGS: [u8; 32] = [7; 32];

fn quiet(_: &str, _: u64, _: u64) {}

/// A row, and the public inputs' own; with a commit round.
fn system() -> &'static R1cs {
	static SYSTEM: OnceLock<R1cs> = OnceLock::new();
	SYSTEM.get_or_init(|| {
		let mut builder = Builder::new(5);
		builder.group("rows");
		let first = builder.wire();
		builder.enforce(&Lc::wire(1), &Lc::wire(2), &Lc::wire(first));
		builder.close_round();
		let second = builder.wire();
		builder.enforce(&Lc::wire(first), &Lc::wire(5), &Lc::wire(second));
		builder.finish().0
	})
}

fn two_contributions() -> Vec<u8> {
	let path =
		Path::new(env!("CARGO_MANIFEST_DIR")).join("../prover/tests/powers/two-contributions.ptau");
	std::fs::read(path).unwrap()
}

/// Two that commit to the same wires: in factors, and in products.
fn pair() -> &'static [R1cs; 2] {
	static PAIR: OnceLock<[R1cs; 2]> = OnceLock::new();
	PAIR.get_or_init(|| {
		[4, 1].map(|inputs| {
			let mut builder = Builder::new(inputs);
			builder.group("rows");
			let committed = builder.wires(2);
			builder.close_committed();
			let round = builder.wires(2);
			for index in 0..2 {
				let [value, same] = [committed, round].map(|first| Lc::wire(first + index));
				let (left, product) = if inputs == 4 { (value, same) } else { (same, value) };
				builder.enforce(&left, &Lc::wire(0), &product);
			}
			builder.close_round();
			let last = builder.wire();
			builder.enforce(&Lc::wire(round), &Lc::wire(1), &Lc::wire(last));
			builder.finish().0
		})
	})
}

fn powers() -> &'static Powers {
	static POWERS: OnceLock<Powers> = OnceLock::new();
	POWERS.get_or_init(|| {
		let all = pair().iter().chain([system()]);
		let load = |path: &Path| Powers::load(path, all, &mut rng(1), &quiet);
		with_file(&two_contributions(), load).unwrap()
	})
}

/// Of one circuit, and of two.
fn origins() -> [Origins<'static>; 2] {
	let [inference, range] = pair();
	[(system(), None), (inference, Some(range))].map(|(system, range)| Origins {
		settings: SETTINGS,
		system,
		range,
		powers: powers(),
	})
}

/// One for each number of contributions, and one that a beacon ended.
fn good() -> &'static [Vec<u8>] {
	static GOOD: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
	GOOD.get_or_init(|| {
		let bytes = |ceremony: &Ceremony| saved(|path| ceremony.save(path).unwrap());
		let mut files = Vec::new();
		for origins in origins() {
			let mut ceremony = Ceremony::new(&origins, &quiet).unwrap();
			files.push(bytes(&ceremony));
			for name in ["one", "two"] {
				ceremony.contribute(name, &mut rng(name.len() as u64), &quiet).unwrap();
				files.push(bytes(&ceremony));
			}
			ceremony.contribute_beacon("beacon", [9; 32], 3, &quiet).unwrap();
			files.push(bytes(&ceremony));
		}
		files
	})
}

/// What is loaded can be saved as it was; what verifies is one that these people made, whatever else
/// its file says.
fn use_ceremony(bytes: &[u8]) {
	let ceremony = match with_file(bytes, Ceremony::load) {
		Ok(ceremony) => ceremony,
		Err(error) => return check_refusal(&error),
	};
	assert_eq!(saved(|path| ceremony.save(path).unwrap()), bytes);
	for origins in origins() {
		match ceremony.verify(&origins, &mut rng(2), &quiet) {
			Err(error) => check_refusal(&error),
			Ok(_) => assert!(good().iter().any(|good| good == bytes)),
		}
	}
}

#[test]
fn ceremonies_are_refused_or_what_they_were() {
	fuzz("ceremony-files", good().to_vec(), 60).run(use_ceremony);
	let payloads = good().iter().map(|file| file[HEADER..].to_vec()).collect();
	fuzz("ceremonies", payloads, 150).run(|payload| {
		// The header's settings hash is the subject's, which is first.
		let settings = payload.first_chunk().copied().unwrap_or(SETTINGS);
		use_ceremony(&file(Kind::Ceremony, settings, payload));
	});
}

#[test]
fn powers_are_refused_or_make_a_key() {
	let secrets = PowersSecrets::draw(&mut rng(4));
	let written = saved(|path| write_powers(path, 5, &secrets, &quiet).unwrap());
	fuzz("powers", vec![two_contributions(), written], 250).run(|bytes| {
		let load = |path: &Path| Powers::load(path, [system()], &mut rng(1), &quiet);
		match with_file(bytes, load) {
			Err(error) => check_refusal(&error),
			Ok(powers) => assert!(initial_key(system(), &powers, &quiet).is_ok()),
		}
	});
}
