//! Measures a ceremony for an ONNX model: `ceremony MODEL.onnx INPUT_MIN INPUT_MAX [public|private]`, of its
//! public circuit without lookups, of its private ones, or both.
//!
//! The constants of `ceremony::estimate_ms` come from here. The powers are a rehearsal's.

use std::{path::Path, time::Instant};

use ark_ff::{BigInteger, PrimeField};
use rand::SeedableRng;
use zkml_circuits::{
	ceremony::{estimate_ms, write_powers, Ceremony, Origins, Powers, PowersSecrets},
	compile, CompileOptions, InputRange,
};
use zkml_primitives::Visibility;

fn main() -> Result<(), Box<dyn std::error::Error>> {
	let arguments: Vec<String> = std::env::args().skip(1).collect();
	let both = [(Visibility::Public, false), (Visibility::Private, true)];
	let (arguments, kinds) = match arguments.as_slice() {
		[rest @ .., only] if only == "public" => (rest, &both[..1]),
		[rest @ .., only] if only == "private" => (rest, &both[1..]),
		all => (all, &both[..]),
	};
	let [path, min, max] = arguments else {
		return Err("expected MODEL.onnx INPUT_MIN INPUT_MAX [public|private]".into());
	};
	let range = InputRange { min: min.parse()?, max: max.parse()? };
	let rng = &mut rand_chacha::ChaCha20Rng::from_entropy();
	let folder = std::env::temp_dir().join(format!("zkml-ceremony-{}", std::process::id()));
	std::fs::create_dir_all(&folder)?;
	let [phase1, file] = ["powers.ptau", "ceremony.zkc"].map(|name| folder.join(name));
	for &(visibility, lookups) in kinds {
		let options =
			CompileOptions { visibility, lookups, input: vec![range], ..CompileOptions::default() };
		let model = compile(Path::new(path), &options, rng)?;
		let estimate = model.estimate();
		println!("{visibility:?} model, {:?}\n{estimate}", model.checks());
		let system = model.circuit();
		let range = model.range_circuit();
		let range_estimate = model.range_estimate();
		if let Some(estimate) = &range_estimate {
			println!("its range circuit\n{estimate}");
		}
		let range = range.map(|circuit| circuit.build());
		let systems = || [&system].into_iter().chain(&range);
		let estimates = || [&estimate].into_iter().chain(&range_estimate);
		let wait = estimate_ms(&estimate, range_estimate.as_ref());
		println!("estimate       {wait:>9} ms");
		let matrices = [&system.a, &system.b, &system.c];
		let terms = matrices.map(|matrix| {
			let mut sizes = [0u32; 3];
			for (_, c) in (0..system.len()).flat_map(|i| matrix.row(i)) {
				let bits = c.into_bigint().num_bits().min((-c).into_bigint().num_bits());
				sizes[if bits <= 1 {
					0
				} else if bits <= 64 {
					1
				} else {
					2
				}] += 1;
			}
			sizes
		});
		println!("terms of A, B, C: [1 bit, up to 64, more] {terms:?}");
		let largest = estimates().map(|estimate| estimate.domain).max().unwrap_or(1);
		let power = largest.trailing_zeros() + 1;
		let start = Instant::now();
		let lap = |what: &str, start: &mut Instant| {
			println!("{what:<14} {:>9} ms", start.elapsed().as_millis());
			*start = Instant::now();
		};
		let start = &mut { start };
		write_powers(&phase1, power, &PowersSecrets::draw(rng), &|_, _, _| ())?;
		lap("powers", start);
		let powers = Powers::load(&phase1, systems(), rng, &|_, _, _| ())?;
		lap("check powers", start);
		let settings = model.settings_hash();
		let origins = Origins { settings, system: &system, range: range.as_ref(), powers: &powers };
		let since = Instant::now();
		let report = |stage: &str, done: u64, total: u64| {
			if done == total || done == 0 {
				println!("  {:>9} ms  {stage} {done} of {total}", since.elapsed().as_millis());
			}
		};
		let mut ceremony = Ceremony::new(&origins, &report)?;
		lap("new", start);
		ceremony.contribute("one", rng, &|_, _, _| ())?;
		lap("contribute", start);
		ceremony.contribute("two", rng, &|_, _, _| ())?;
		ceremony.save(&file)?;
		println!("file           {:>9} bytes", std::fs::metadata(&file)?.len());
		*start = Instant::now();
		let ceremony = Ceremony::load(&file)?;
		lap("load", start);
		let verified = ceremony.verify(&origins, rng, &report)?;
		lap("verify", start);
		verified.finish()?;
		lap("finish", start);
	}
	std::fs::remove_dir_all(folder)?;
	Ok(())
}
