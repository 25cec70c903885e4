//! Whether this machine is fast enough for a validator, by what a full block consists of here: the
//! time of one verification by host function.

use std::time::{Duration, Instant};

use codec::Decode;
use zkml_host::Groth16;
use zkml_primitives::{CircuitKey, Proof, Scalar};

/// The machine for which weights are stated.
const REFERENCE_MACHINE: &str =
	"AMD EPYC of the Zen 3 generation at 2.45 GHz, two cores, AVX2 without AVX-512";

/// What one proof with four public inputs takes the host function there.
pub const REFERENCE_VERIFICATION: Duration = Duration::from_micros(2_160);

/// A machine counts as slow from so many per cent of the reference figure on: the same machine differs
/// by a few from run to run.
const TOLERANCE_PERCENT: u128 = 110;

/// For so long a validator measures at its start.
const BUDGET: Duration = Duration::from_millis(100);

/// Key, public inputs and proof, in SCALE: Semaphore's, as published (`tests/vectors/semaphore-v4.json`).
const SAMPLE: &[u8] = include_bytes!("hardware/semaphore-v4.scale");

/// What is said of a machine.
#[derive(Debug, Eq, PartialEq)]
enum Verdict {
	Fine(String),
	Slow(String),
}

/// Measures, and says what comes of it.
pub fn report() {
	match measure().map(judge) {
		Some(Verdict::Fine(line)) => log::info!("{line}"),
		Some(Verdict::Slow(line)) => log::warn!("{line}"),
		None => log::warn!("The speed of this machine could not be measured."),
	}
}

/// What is to be said of a machine that takes so long for a verification.
fn judge(measured: Duration) -> Verdict {
	let (measured_us, reference_us) = (measured.as_micros(), REFERENCE_VERIFICATION.as_micros());
	let percent = measured_us.saturating_mul(100) / reference_us;
	let figures = format!(
		"a verification takes {} ms, on the reference machine {} ms",
		milliseconds(measured_us),
		milliseconds(reference_us)
	);
	if percent < TOLERANCE_PERCENT {
		return Verdict::Fine(format!("This machine is fast enough for a validator: {figures}."));
	}
	Verdict::Slow(format!(
		"This machine is too slow for a validator: {figures} ({REFERENCE_MACHINE}). It takes {}.{:02} \
		 times as long as weights say, so it makes and imports full blocks late, and others may go on \
		 without them. Validate on a faster machine, or leave it less to do; \
		 --no-hardware-benchmarks silences this.",
		percent / 100,
		percent % 100
	))
}

/// Microseconds as milliseconds with two decimals.
fn milliseconds(us: u128) -> String {
	format!("{}.{:02}", us / 1_000, us % 1_000 / 10)
}

/// The shortest of some verifications: what the machine can do if nothing else is going on, which at a
/// start is seldom so. Nothing if the sample is not accepted.
fn measure() -> Option<Duration> {
	let (key, inputs, proof) = sample()?;
	let key = zkml_host::Native::prepare(&key).ok()?;
	let begin = Instant::now();
	let mut shortest: Option<Duration> = None;
	while begin.elapsed() < BUDGET {
		let start = Instant::now();
		zkml_host::Native::verify(&key, &inputs, &proof).ok()?;
		let time = start.elapsed();
		shortest = Some(shortest.map_or(time, |so_far| so_far.min(time)));
	}
	shortest
}

fn sample() -> Option<(CircuitKey, Vec<Scalar>, Proof)> {
	Decode::decode(&mut &SAMPLE[..]).ok()
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use std::path::Path;
	use zkml_primitives::VerifyingKey;
	use zkml_program_files::snarkjs;

	/// The published vector in our encoding. After a change of that, write it anew with
	/// `ZKML_WRITE_VECTORS=1 cargo test -p zkml-node`.
	#[test]
	fn the_sample_is_the_published_proof() {
		let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
		let text = std::fs::read(folder.join("../tests/vectors/semaphore-v4.json")).unwrap();
		let vector: serde_json::Value = serde_json::from_slice(&text).unwrap();
		let part = |name: &str| vector["envelope"][name].to_string().into_bytes();
		let key = snarkjs::read_key(&part("verification_key_json")).unwrap();
		let key = CircuitKey::Plain(VerifyingKey {
			alpha: key.alpha,
			beta: key.beta,
			gamma: key.gamma,
			delta: key.delta,
			ic: key.ic.to_vec().try_into().unwrap(),
		});
		let inputs = snarkjs::read_inputs(&part("public_json")).unwrap();
		let proof = snarkjs::read_proof(&part("proof_json")).unwrap();
		let encoded = (key, inputs, proof).encode();
		if std::env::var_os("ZKML_WRITE_VECTORS").is_some() {
			std::fs::write(folder.join("src/hardware/semaphore-v4.scale"), &encoded).unwrap();
			return;
		}
		assert!(encoded == SAMPLE, "the sample differs from the published vector");
	}

	#[test]
	fn the_sample_is_accepted_within_the_budget() {
		let (key, inputs, proof) = sample().unwrap();
		assert_eq!(inputs.len(), 4);
		let key = zkml_host::Native::prepare(&key).unwrap();
		assert_eq!(zkml_host::Native::verify(&key, &inputs, &proof), Ok(()));
		assert!(measure().is_some());
	}

	#[test]
	fn a_slow_machine_is_told_so_with_the_factor_and_what_it_means() {
		let Verdict::Slow(line) = judge(Duration::from_micros(5_400)) else {
			panic!("2.5 times the reference is slow")
		};
		for part in ["5.40 ms", "2.16 ms", "2.50 times", "blocks late"] {
			assert!(line.contains(part), "{part} is not in: {line}");
		}
	}

	#[test]
	fn the_reference_machine_and_faster_ones_are_fine_in_one_line() {
		for us in [0, 1_500, 2_160, 2_300] {
			let Verdict::Fine(line) = judge(Duration::from_micros(us)) else {
				panic!("{us} us is fine")
			};
			assert_eq!(line.lines().count(), 1);
		}
		assert!(matches!(judge(Duration::from_micros(2_400)), Verdict::Slow(_)));
		assert!(matches!(judge(Duration::MAX), Verdict::Slow(_)));
	}
}
