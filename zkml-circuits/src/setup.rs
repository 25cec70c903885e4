//! Single-party setup: keys for a circuit, and trapdoors that only this process ever knew.

use ark_bn254::{Bn254, Fr, G1Projective, G2Projective};
use ark_ec::{scalar_mul::BatchMulPreprocessing, CurveGroup, PrimeGroup};
use ark_ff::{Field, UniformRand, Zero};
use ark_groth16::{ProvingKey, VerifyingKey};
use ark_poly::EvaluationDomain;
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_groth16::KeyError;
use zkml_primitives::PLAIN_INPUTS;

use crate::{keys::ProvingKeyFile, model::CompiledModel, qap, r1cs::R1cs};

/// Why there are no keys.
#[derive(Debug, Error)]
pub enum SetupError {
	/// The circuit is too large for the field's roots of unity.
	#[error("circuit: expected at most 2^27 constraints, got {constraints}")]
	TooLarge {
		/// Its constraints.
		constraints: usize,
	},
	/// The circuit is of another kind than the chain's.
	#[error("circuit: expected {PLAIN_INPUTS} public inputs, got {got}")]
	Inputs {
		/// Its public inputs.
		got: usize,
	},
	/// The key would be refused by every verifier.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	Key(KeyError),
}

/// Points per step of the progress report.
const STEP: usize = 1 << 14;

/// Makes the keys of a model's circuit. `progress` is told what is being done, and how many steps
/// of how many are.
pub fn setup(
	model: &CompiledModel,
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKeyFile, SetupError> {
	progress("building the circuit", 0, 1);
	let system = model.circuit();
	progress("building the circuit", 1, 1);
	let key = generate(&system, rng, progress)?;
	let got = key.vk.gamma_abc_g1.len() - 1;
	let file = ProvingKeyFile::new(model.settings_hash(), key).ok_or(SetupError::Inputs { got })?;
	zkml_groth16::prepare(&file.verifying_key()).map_err(SetupError::Key)?;
	Ok(file)
}

fn nonzero(rng: &mut (impl RngCore + CryptoRng)) -> Fr {
	loop {
		let value = Fr::rand(rng);
		if !value.is_zero() {
			return value;
		}
	}
}

/// Makes the key of any system (Groth16, EUROCRYPT 2016, with the quotient's points as in
/// [`qap`]).
pub fn generate(
	system: &R1cs,
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKey<Bn254>, SetupError> {
	let too_large = || SetupError::TooLarge { constraints: system.len() };
	let domain = qap::domain(system.len()).ok_or_else(too_large)?;
	let double = qap::Domain::new(2 * domain.size()).ok_or_else(too_large)?;
	let point = double.sample_element_outside_domain(rng);
	let [alpha, beta, gamma, delta] = [(); 4].map(|()| nonzero(rng));
	// Neither is zero, see `nonzero`.
	let [per_gamma, per_delta] = [gamma, delta].map(|x| x.inverse().unwrap_or_default());

	let mut at = qap::evaluate(system, &domain, &double, point);
	let mixed = |range: std::ops::Range<usize>, factor: Fr| -> Vec<Fr> {
		range.map(|i| (beta * at.a[i] + alpha * at.b[i] + at.c[i]) * factor).collect()
	};
	let inputs = mixed(0..system.public, per_gamma);
	let rest = mixed(system.public..system.wires, per_delta);
	at.h.iter_mut().for_each(|h| *h *= per_delta);

	let total = (3 * at.a.len() + at.h.len() + rest.len()) as u64;
	let done = std::cell::Cell::new(0);
	let report = |points: usize| {
		done.set(done.get() + points as u64);
		progress("making keys", done.get(), total);
	};
	let g1 = G1Projective::generator();
	let g2 = G2Projective::generator();
	let table = BatchMulPreprocessing::new(g1, total as usize);
	let multiply = |scalars: &[Fr]| {
		let mut points = Vec::with_capacity(scalars.len());
		for chunk in scalars.chunks(STEP) {
			points.extend(table.batch_mul(chunk));
			report(chunk.len());
		}
		points
	};
	let a_query = multiply(&at.a);
	let b_g1_query = multiply(&at.b);
	let h_query = multiply(&at.h);
	let l_query = multiply(&rest);
	let table_g2 = BatchMulPreprocessing::new(g2, at.b.len());
	let mut b_g2_query = Vec::with_capacity(at.b.len());
	for chunk in at.b.chunks(STEP) {
		b_g2_query.extend(table_g2.batch_mul(chunk));
		report(chunk.len());
	}
	Ok(ProvingKey {
		vk: VerifyingKey {
			alpha_g1: (g1 * alpha).into_affine(),
			beta_g2: (g2 * beta).into_affine(),
			gamma_g2: (g2 * gamma).into_affine(),
			delta_g2: (g2 * delta).into_affine(),
			gamma_abc_g1: table.batch_mul(&inputs),
		},
		beta_g1: (g1 * beta).into_affine(),
		delta_g1: (g1 * delta).into_affine(),
		a_query,
		b_g1_query,
		b_g2_query,
		h_query,
		l_query,
	})
}
