//! Measures setup and proving of an ONNX model: `measure MODEL.onnx INPUT_MIN INPUT_MAX [PROOFS]`.
//!
//! The constants of `Estimate` come from here.

use std::{path::Path, time::Instant};

use rand::SeedableRng;
use zkml_circuits::{
	compile, random_salt, setup, Binding, CompileOptions, InputRange, Prover, Salts,
};
use zkml_primitives::{Scalar, Visibility};

fn main() -> Result<(), Box<dyn std::error::Error>> {
	let arguments: Vec<String> = std::env::args().skip(1).collect();
	let [path, min, max, rest @ ..] = arguments.as_slice() else {
		return Err("expected MODEL.onnx INPUT_MIN INPUT_MAX [PROOFS]".into());
	};
	let proofs: u32 = rest.first().map_or(Ok(10), |n| n.parse())?;
	let input = Some(InputRange { min: min.parse()?, max: max.parse()? });
	let rng = &mut rand_chacha::ChaCha20Rng::from_entropy();
	for (visibility, lookups) in [
		(Visibility::Public, false),
		(Visibility::Public, true),
		(Visibility::Private, false),
		(Visibility::Private, true),
	] {
		let options = CompileOptions { visibility, lookups, input, ..CompileOptions::default() };
		let model = compile(Path::new(path), &options, rng)?;
		println!("{visibility:?} model, {:?}\n{}", model.checks(), model.estimate());
		let start = Instant::now();
		let key = setup(&model, rng, &|_, _, _| ())?;
		println!("setup          {:>9} ms", start.elapsed().as_millis());
		println!("key file       {:>9} bytes", key.byte_len());
		let start = Instant::now();
		let prover = Prover::new(model, key)?;
		println!("load           {:>9} ms", start.elapsed().as_millis());
		let spec = prover.model().input();
		let values = vec![spec.max; spec.len() as usize];
		let salts = Salts { input: random_salt(rng), output: random_salt(rng) };
		let mut times = Vec::new();
		let mut witness = 0;
		for _ in 0..proofs {
			let proved = prover.prove(&values, salts, Binding::bare(Scalar::ZERO), rng)?;
			times.push(proved.prove_ms);
			witness += proved.witness_ms;
		}
		times.sort_unstable();
		let [best, median] = [0, times.len() / 2].map(|i| times.get(i).copied().unwrap_or(0));
		println!("witness        {:>9} ms", witness / proofs.max(1));
		println!("prove          {best:>9} ms at best, {median} ms median of {proofs}\n");
	}
	Ok(())
}
