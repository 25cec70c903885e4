//! Proving keys, verifying keys, prepared keys and proofs.

use std::sync::OnceLock;

use codec::{Decode, DecodeAll, Encode};
use zkml_circuits::{
	load_verifying_key, save_verifying_key, setup, Binding, CompiledModel, Prover, ProvingKeyFile,
	RangeKeyFile, Salts,
};
use zkml_fuzz::check_refusal;
use zkml_groth16::{prepare, prepare_params, verify, verify_range, PreparedKey};
use zkml_primitives::{CircuitKey, KeyPoints, Proof, Scalar};

use super::{file, fuzz, saved, small_models, with_file, Kind, HEADER};
use crate::common::{input, rng};

/// A model of each kind, and their keys' files.
fn keys() -> &'static [(CompiledModel, Vec<u8>)] {
	static KEYS: OnceLock<Vec<(CompiledModel, Vec<u8>)>> = OnceLock::new();
	KEYS.get_or_init(|| {
		let of = |model: CompiledModel| {
			let key = setup(&model, &mut rng(1), &|_, _, _| ()).unwrap().proving;
			(model, saved(|path| key.save(path, false).unwrap()))
		};
		let [rounds, plain, .., committed] = <[_; 5]>::try_from(small_models()).unwrap();
		[rounds, plain, committed].map(of).into()
	})
}

/// A proof and what it is verified against.
fn proved() -> &'static [(PreparedKey, Vec<Scalar>, Proof)] {
	static PROVED: OnceLock<Vec<(PreparedKey, Vec<Scalar>, Proof)>> = OnceLock::new();
	PROVED.get_or_init(|| {
		let prove = |(model, key): &(CompiledModel, Vec<u8>)| {
			let key = with_file(key, ProvingKeyFile::load).unwrap();
			let prover = Prover::new(model.clone(), key).unwrap();
			let (binding, values) = (Binding::bare(Scalar::ZERO), input(model, 1));
			let proved = prover.prove(&values, Salts::default(), binding, &mut rng(2)).unwrap();
			(prover.prepared_key().clone(), proved.inputs, proved.proof)
		};
		keys().iter().map(prove).collect()
	})
}

/// Proves with a key, if it is accepted for a model: what comes out verifies.
fn use_key(bytes: &[u8]) {
	let key = match with_file(bytes, ProvingKeyFile::load) {
		Ok(key) => key,
		Err(error) => return check_refusal(&error),
	};
	for (model, _) in keys() {
		match Prover::new(model.clone(), key.clone()) {
			Err(error) => check_refusal(&error),
			Ok(prover) => {
				let (binding, values) = (Binding::bare(Scalar::ZERO), input(model, 1));
				match prover.prove(&values, Salts::default(), binding, &mut rng(3)) {
					Err(error) => check_refusal(&error),
					Ok(proved) => {
						verify(prover.prepared_key(), &proved.inputs, &proved.proof).unwrap();
					}
				}
			}
		}
	}
}

#[test]
fn proving_keys_are_refused_or_give_proofs_that_verify() {
	let files: Vec<_> = keys().iter().map(|(_, file)| file.clone()).collect();
	fuzz("proving-key-files", files.clone(), 60).run(use_key);
	// The model's number, then the payload: the settings hash of the header is that model's.
	let numbered = |(number, file): (usize, &Vec<u8>)| [&[number as u8], &file[HEADER..]].concat();
	let payloads = files.iter().enumerate().map(numbered).collect();
	fuzz("proving-keys", payloads, 80).run(|bytes| {
		let [number, payload @ ..] = bytes else { return };
		let (model, _) = &keys()[usize::from(*number) % keys().len()];
		use_key(&file(Kind::ProvingKey, model.settings_hash(), payload));
	});
}

/// A model whose parameters a point commits to, with its key, and its range key's file.
fn ranged() -> &'static (Prover, Vec<u8>) {
	static RANGED: OnceLock<(Prover, Vec<u8>)> = OnceLock::new();
	RANGED.get_or_init(|| {
		let model = small_models().pop().unwrap();
		let keys = setup(&model, &mut rng(1), &|_, _, _| ()).unwrap();
		let file = saved(|path| keys.ranges.unwrap().save(path, false).unwrap());
		(Prover::new(model, keys.proving).unwrap(), file)
	})
}

/// Proves ranges with a key, if it is accepted: what comes out verifies. Its points stay in the file, which is read
/// while it is proved with.
fn use_range_key(bytes: &[u8]) {
	let (prover, _) = ranged();
	with_file(bytes, |path| match RangeKeyFile::load(path) {
		Err(error) => check_refusal(&error),
		Ok(key) => match prover.prove_ranges(&key, &mut rng(3)) {
			Err(error) => check_refusal(&error),
			Ok(proof) => verify_range(prover.prepared_key(), &proof.expect("a point")).unwrap(),
		},
	});
}

#[test]
fn range_keys_are_refused_or_give_proofs_that_verify() {
	let (prover, good) = ranged();
	let settings = prover.model().settings_hash();
	fuzz("range-key-files", vec![good.clone()], 60).run(use_range_key);
	// The model's settings hash goes before the payload.
	let whole = [&settings[..], &good[HEADER..]].concat();
	fuzz("range-keys", vec![whole], 80).run(|bytes| {
		let Some((settings, payload)) = bytes.split_first_chunk() else { return };
		use_range_key(&file(Kind::RangeKey, *settings, payload));
	});
}

/// What inferences are verified with: not the points that ranges alone are.
fn of_inferences(key: &CircuitKey) -> impl PartialEq + '_ {
	let KeyPoints { alpha, beta, gamma, delta, rounds, params, ic } = key.points();
	(alpha, beta, gamma, delta, rounds, params, ic)
}

fn use_verifying_key(bytes: &[u8]) {
	match with_file(bytes, load_verifying_key) {
		Err(error) => check_refusal(&error),
		Ok(key) => {
			let Ok(prepared) = prepare(&key) else { return };
			for (honest, inputs, proof) in proved() {
				// Parameters that are a point are a version's, not the key's.
				let prepared = match &honest.params {
					None => Ok(prepared.clone()),
					Some(of) => prepare_params(&prepared, &of.point)
						.map(|params| prepared.clone().with_params(params)),
				};
				let holds = prepared.and_then(|key| verify(&key, inputs, proof));
				assert_eq!(holds.is_ok(), of_inferences(&honest.key) == of_inferences(&key));
			}
		}
	}
}

#[test]
fn verifying_keys_are_refused_or_verify() {
	let save = |(_, key): &(CompiledModel, Vec<u8>)| {
		let key = with_file(key, ProvingKeyFile::load).unwrap();
		saved(|path| save_verifying_key(&key, path).unwrap())
	};
	let files: Vec<_> = keys().iter().map(save).collect();
	proved();
	fuzz("verifying-key-files", files.clone(), 200).run(use_verifying_key);
	let payloads = files.iter().map(|file| file[HEADER..].to_vec()).collect();
	fuzz("verifying-keys", payloads, 500).run(|payload| {
		use_verifying_key(&file(Kind::VerifyingKey, [7; 32], payload));
		// The chain reads the same bytes.
		if let Ok(key) = CircuitKey::decode_all(&mut &payload[..]) {
			assert_eq!(key.encode(), payload);
		}
	});
}

#[test]
fn no_change_of_a_proof_or_its_prepared_key_verifies() {
	let proofs = proved().iter().map(|(_, _, proof)| proof.encode()).collect();
	fuzz("proofs", proofs, 500).run(|bytes| {
		let Ok(proof) = Proof::decode_all(&mut &bytes[..]) else { return };
		for (key, inputs, honest) in proved() {
			let result = verify(key, inputs, &proof);
			assert_eq!(result.is_ok(), proof == *honest, "{result:?}");
		}
	});
	// A prepared key comes from the state; a corrupt one is an error too.
	let prepared = proved().iter().map(|(key, ..)| key.encode()).collect();
	// alpha and beta are used as their pairing, times that of the parameters if these are a point.
	fn used(key: &PreparedKey) -> impl PartialEq + '_ {
		let KeyPoints { gamma, delta, rounds, ic, .. } = key.key.points();
		(gamma, delta, rounds, ic, key.params.map_or(key.alpha_beta, |params| params.target))
	}
	fuzz("prepared-keys", prepared, 500).run(|bytes| {
		let Ok(key) = PreparedKey::decode(&mut &bytes[..]) else { return };
		for (honest, inputs, proof) in proved() {
			let result = verify(&key, inputs, proof);
			assert_eq!(result.is_ok(), used(&key) == used(honest), "{result:?}");
		}
	});
}
