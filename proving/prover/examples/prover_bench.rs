//! Times the prover beside arkworks', on one system of constraints and in turns:
//! `prover_bench [--log N] [--repeats N] [--json]`. With `--export FOLDER` it writes system and
//! witness instead, as `circuit.r1cs` and `witness.wtns`, for provers that read circom's formats.
//! With `ZKML_VECTORS=avx2` or `none` in the environment our proofs are made as on processors
//! that have no more.
//!
//! The system is that of dense layers with private weights and lookups, repeated until `2^N` rows
//! are full. For each output: eight products of an 8-bit weight and an 8-bit input, one row that
//! rescales their sum, and seven lookups (of two limbs, the result and four weights), whose
//! inverses are full-size; all else is a few bits wide.

use std::{fs, path::Path, process::Command, time::Instant};

use ark_bn254::{Bn254, Fr};
use ark_ff::{BigInteger, Field, PrimeField, UniformRand};
use ark_groth16::{prepare_verifying_key, r1cs_to_qap::LibsnarkReduction, Groth16, VerifyingKey};
use ark_relations::gr1cs::{
	ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::json;
use zkml_groth16::{read_g1, read_g2};
use zkml_prover::{
	circom::{write_r1cs, write_wtns},
	processor,
	prove::prove,
	r1cs::{field, Builder, Lc, Matrix, R1cs, Wire},
	setup::generate,
	ProvingKey,
};

#[path = "../tests/common/zkey.rs"]
mod zkey_form;

use zkey_form::{waste, zkey};

type Ark = Groth16<Bn254>;
type ArkKey = ark_groth16::ProvingKey<Bn254>;
type Error = Box<dyn std::error::Error>;

const PUBLIC: usize = 4;
const FAN_IN: i64 = 8;
const LOOKUPS: i64 = 7;
const ROWS: usize = (FAN_IN + 1 + LOOKUPS) as usize;

/// A system and an assignment that satisfies it.
struct Instance {
	system: R1cs,
	wires: Vec<Fr>,
}

impl Instance {
	fn new(log: u32, rng: &mut ChaCha20Rng) -> Self {
		let mut builder = Builder::new(PUBLIC);
		let z = Fr::rand(rng);
		let mut wires = vec![Fr::ONE, z, Fr::from(2), Fr::from(3), Fr::from(4)];
		let mut add = |builder: &mut Builder, value: Fr| -> Wire {
			wires.push(value);
			builder.wire()
		};
		builder.group("dense");
		let one = Lc::constant(Fr::ONE);
		let inputs: Vec<(Wire, i64)> = (0..FAN_IN)
			.map(|_| {
				let value = rng.gen_range(0..256);
				(add(&mut builder, field(value)), value)
			})
			.collect();
		for _ in 0..((1 << log) - PUBLIC - 1) / ROWS {
			let mut looked_up = Vec::new();
			let (mut sum, mut total) = (Lc::default(), 0);
			for (i, (input, x)) in inputs.iter().enumerate() {
				let w = rng.gen_range(-128..128);
				let weight = add(&mut builder, field(w));
				let product = add(&mut builder, field(w * x));
				builder.enforce(&Lc::wire(weight), &Lc::wire(*input), &Lc::wire(product));
				sum = sum.plus(&Lc::wire(product));
				total += w * x;
				if i % 2 == 0 {
					looked_up.push((Lc::wire(weight).offset(128), w + 128));
				}
			}
			let total = total + (1 << 19);
			let parts = [total >> 12, total >> 6 & 63, total & 63];
			let parts = parts.map(|value| (Lc::wire(add(&mut builder, field(value))), value));
			let limbs = Lc::sum([
				(field(1 << 12), &parts[0].0),
				(field(1 << 6), &parts[1].0),
				(Fr::ONE, &parts[2].0),
			]);
			builder.enforce(&sum.offset(1 << 19).minus(&limbs), &one, &Lc::default());
			looked_up.extend(parts);
			for (query, value) in looked_up {
				let inverse = (z - field(value)).inverse().unwrap_or_default();
				let inverse = add(&mut builder, inverse);
				builder.enforce(&Lc::wire(inverse), &Lc::wire(1).minus(&query), &one);
			}
		}
		let (system, _) = builder.finish();
		Self { system, wires }
	}

	fn matrices(&self) -> Vec<Vec<Vec<(Fr, usize)>>> {
		let rows = |matrix: &Matrix| {
			let row = |i| matrix.row(i).map(|(wire, c)| (c, wire as usize)).collect();
			(0..self.system.rows()).map(row).collect()
		};
		[&self.system.a, &self.system.b, &self.system.c].map(rows).into()
	}

	fn ours(
		&self,
		key: &ProvingKey,
		rng: &mut ChaCha20Rng,
	) -> Result<ark_groth16::Proof<Bn254>, Error> {
		let proof = prove(&self.system, key, &self.wires, None, &[], rng).ok_or("too large")?;
		let bad = |_| "a point that cannot be read";
		Ok(ark_groth16::Proof {
			a: read_g1(&proof.a).map_err(bad)?,
			b: read_g2(&proof.b).map_err(bad)?,
			c: read_g1(&proof.c).map_err(bad)?,
		})
	}

	fn export(&self, folder: &Path, rng: &mut ChaCha20Rng) -> Result<(), Error> {
		write_r1cs(&folder.join("circuit.r1cs"), &self.system)?;
		let (key, _) = zkey(&self.system, &waste(&self.system, rng));
		fs::write(folder.join("circuit.zkey"), key)?;
		Ok(write_wtns(&folder.join("witness.wtns"), &self.wires)?)
	}

	fn our_key(&self, rng: &mut ChaCha20Rng) -> Result<ProvingKey, Error> {
		Ok(generate(&self.system, rng, &|_, _, _| ())?)
	}

	fn ark_key(&self, rng: &mut ChaCha20Rng) -> Result<ArkKey, Error> {
		Ok(Ark::generate_random_parameters_with_reduction(self, rng)?)
	}

	fn ark(
		&self,
		key: &ArkKey,
		matrices: &[Vec<Vec<(Fr, usize)>>],
		rng: &mut ChaCha20Rng,
	) -> Result<ark_groth16::Proof<Bn254>, Error> {
		let (r, s) = (Fr::rand(rng), Fr::rand(rng));
		let (public, rows) = (self.system.public, self.system.rows());
		Ok(Groth16::<Bn254, LibsnarkReduction>::create_proof_with_reduction_and_matrices(
			key,
			r,
			s,
			matrices,
			public,
			rows,
			&self.wires,
		)?)
	}

	/// Shares of wires by bits, in percent: 0 and 1, to 16, to 64, more.
	fn sizes(&self) -> [f64; 4] {
		let mut counts = [0u32; 4];
		for wire in &self.wires {
			let bits = wire.into_bigint().num_bits().min((-*wire).into_bigint().num_bits());
			counts[match bits {
				0..=1 => 0,
				2..=16 => 1,
				17..=64 => 2,
				_ => 3,
			}] += 1;
		}
		counts.map(|count| (f64::from(count) * 1000.0 / self.wires.len() as f64).round() / 10.0)
	}
}

impl ConstraintSynthesizer<Fr> for &Instance {
	fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
		let mut variables = vec![Variable::One];
		for (i, value) in self.wires.iter().enumerate().skip(1) {
			variables.push(match i < self.system.public {
				true => cs.new_input_variable(|| Ok(*value))?,
				false => cs.new_witness_variable(|| Ok(*value))?,
			});
		}
		for i in 0..self.system.rows() {
			let lc = |matrix: &Matrix| {
				let terms = matrix.row(i).map(|(wire, c)| (c, variables[wire as usize]));
				LinearCombination(terms.collect())
			};
			let R1cs { a, b, c, .. } = &self.system;
			cs.enforce_r1cs_constraint(|| lc(a), || lc(b), || lc(c))?;
		}
		Ok(())
	}
}

fn median(times: &mut [f64]) -> f64 {
	times.sort_by(f64::total_cmp);
	times[times.len() / 2]
}

/// The most memory of this process since the last call, in megabytes; none where the system does
/// not tell.
fn peak() -> Option<f64> {
	let status = fs::read_to_string("/proc/self/status").ok()?;
	let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
	let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
	// What follows is counted from here.
	fs::write("/proc/self/clear_refs", "5").ok()?;
	Some((kilobytes / 102.4).round() / 10.0)
}

/// Proves in a process of its own, and says how much memory that took.
fn memory_of(log: u32, which: &str) -> Result<Option<f64>, Error> {
	let arguments = ["--log", &log.to_string(), "--repeats", "2", "--memory", which];
	let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
	Ok(String::from_utf8(output.stdout)?.trim().parse().ok())
}

/// What a call gives, and how many milliseconds it took.
fn timed<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<(T, f64), Error> {
	let start = Instant::now();
	let result = run()?;
	Ok((result, start.elapsed().as_secs_f64() * 1e3))
}

fn main() -> Result<(), Error> {
	let (mut log, mut repeats, mut as_json) = (17, 7, false);
	let (mut memory, mut export) = (None, None);
	let mut arguments = std::env::args().skip(1);
	while let Some(argument) = arguments.next() {
		let mut value = || arguments.next().ok_or(format!("expected a value for {argument}"));
		match argument.as_str() {
			"--log" => log = value()?.parse()?,
			"--repeats" => repeats = value()?.parse()?,
			"--memory" => memory = Some(value()?),
			"--export" => export = Some(value()?),
			"--json" => as_json = true,
			_ => return Err("expected [--log N] [--repeats N] [--json] [--export FOLDER]".into()),
		}
	}
	let rng = &mut ChaCha20Rng::seed_from_u64(1);
	let instance = Instance::new(log, rng);
	if let Some(folder) = export {
		return instance.export(Path::new(&folder), rng);
	}
	if let Some(which) = memory {
		if which == "ours" {
			let key = instance.our_key(rng)?;
			peak();
			for _ in 0..repeats {
				instance.ours(&key, rng)?;
			}
		} else {
			let (key, matrices) = (instance.ark_key(rng)?, instance.matrices());
			peak();
			for _ in 0..repeats {
				instance.ark(&key, &matrices, rng)?;
			}
		}
		println!("{}", peak().ok_or("no figures of memory here")?);
		return Ok(());
	}

	let (our_key, our_setup) = timed(|| instance.our_key(rng))?;
	let (ark_key, ark_setup) = timed(|| instance.ark_key(rng))?;
	let matrices = instance.matrices();
	let points = &our_key.verifying;
	let verifying = VerifyingKey::<Bn254> {
		alpha_g1: points.alpha,
		beta_g2: points.beta,
		gamma_g2: points.gamma,
		delta_g2: points.delta,
		gamma_abc_g1: points.ic.clone(),
	};
	let prepared = [verifying, ark_key.vk.clone()].map(|key| prepare_verifying_key(&key));
	let public = &instance.wires[1..instance.system.public];

	let mut times = [(); 3].map(|()| Vec::new());
	for _ in 0..repeats {
		let proofs = [
			timed(|| instance.ours(&our_key, rng))?,
			timed(|| instance.ark(&ark_key, &matrices, rng))?,
			timed(|| Ok(Ark::create_random_proof_with_reduction(&instance, &ark_key, rng)?))?,
		];
		for (i, (proof, time)) in proofs.iter().enumerate() {
			times[i].push(*time);
			if !Ark::verify_proof(&prepared[usize::from(i > 0)], proof, public)? {
				return Err("a proof does not verify".into());
			}
		}
	}
	let medians = times.each_mut().map(|times| median(times));
	let bests = times.each_ref().map(|times| times[0]);
	let ratio = |x: [f64; 3], i: usize| (x[i] / x[0] * 100.0).round() / 100.0;
	let report = json!({
		"constraints": instance.system.len(),
		"wires": instance.wires.len(),
		"wires_by_bits_percent": { "to_1": instance.sizes()[0], "to_16": instance.sizes()[1],
			"to_64": instance.sizes()[2], "more": instance.sizes()[3] },
		"kernels": processor::name(),
		"threads": rayon::current_num_threads(),
		"repeats": repeats,
		"prove_ms_median": { "ours": medians[0], "arkworks_matrices": medians[1], "arkworks": medians[2] },
		"prove_ms_best": { "ours": bests[0], "arkworks_matrices": bests[1], "arkworks": bests[2] },
		"ratio_median": { "arkworks_matrices": ratio(medians, 1), "arkworks": ratio(medians, 2) },
		"ratio_best": { "arkworks_matrices": ratio(bests, 1), "arkworks": ratio(bests, 2) },
		"setup_ms": { "ours": our_setup, "arkworks": ark_setup },
		"peak_mb_with_key": { "ours": memory_of(log, "ours")?, "arkworks_matrices": memory_of(log, "ark")? },
	});
	if as_json {
		println!("{report:#}");
		return Ok(());
	}
	println!("kernels: {}", processor::name());
	println!("{} constraints, {} wires", instance.system.len(), instance.wires.len());
	println!("wires of up to 1, 16, 64 bits, and more: {:?} %", instance.sizes());
	println!("{:>22} {:>10} {:>10} {:>7}", "", "median, ms", "best, ms", "ratio");
	for (i, name) in ["ours", "arkworks, matrices", "arkworks"].iter().enumerate() {
		let ratio = ratio(medians, i);
		println!("{name:>22} {:>10.1} {:>10.1} {ratio:>7.2}", medians[i], bests[i]);
	}
	println!("setup: {our_setup:.0} ms, arkworks {ark_setup:.0} ms");
	println!("peak memory, MB: {}", report["peak_mb_with_key"]);
	Ok(())
}
