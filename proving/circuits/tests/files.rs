//! Files: what is written is read, and anything else is refused in one line.

use std::{fmt::Debug, path::Path};

use crate::{
	common::{input, model, rng, Shape},
	onnx::Folder,
};
use codec::Encode;
use rand::Rng;
use zkml_circuits::{
	load_verifying_key, save_verifying_key, setup, Binding, CompiledModel, FileError, Prover,
	ProverError, ProvingKeyFile, Salts,
};
use zkml_primitives::{blake2_256, Scalar, Visibility};

fn shape(seed: u64) -> Shape {
	Shape { sizes: vec![3, 4, 3], argmax: true, rectify: true, bits: 6, input: (0, 16), seed }
}

fn key(model: &CompiledModel) -> ProvingKeyFile {
	setup(model, &mut rng(1), &|_, _, _| ()).unwrap().proving
}

fn binding(ctx: Scalar) -> Binding {
	Binding::bare(ctx)
}

fn refused<T: Debug>(result: Result<T, FileError>, word: &str) {
	let message = result.unwrap_err().to_string();
	assert_eq!(message.lines().count(), 1, "{message}");
	assert!(message.contains(word), "{word:?} not in {message:?}");
}

#[test]
fn what_was_saved_is_loaded_and_proves() {
	let folder = Folder::new();
	for (visibility, lookups) in [
		(Visibility::Public, false),
		(Visibility::Private, false),
		(Visibility::Public, true),
		(Visibility::Private, true),
	] {
		let (model, rng) = (model(&shape(1), visibility), &mut rng(2));
		let model = if lookups { model.with_lookups() } else { model };
		let key = key(&model);
		let paths = ["model.zkml", "proving.key", "verifying.key"].map(|name| folder.file(name));
		model.save(&paths[0]).unwrap();
		key.save(&paths[1], false).unwrap();
		save_verifying_key(&key, &paths[2]).unwrap();
		assert_eq!(folder.names(), ["model.zkml", "proving.key", "verifying.key"]);

		let loaded = CompiledModel::load(&paths[0]).unwrap();
		assert_eq!(loaded.graph(), model.graph());
		assert_eq!(loaded.params_commitment(), model.params_commitment());
		assert_eq!(loaded.content_hash(), model.content_hash());
		if visibility == Visibility::Public {
			assert_eq!(model.content_hash(), blake2_256(&std::fs::read(&paths[0]).unwrap()));
		}
		let file = std::fs::read(&paths[1]).unwrap();
		let key = ProvingKeyFile::load(&paths[1]).unwrap();
		assert_eq!((key.content_hash(), key.byte_len()), (blake2_256(&file), file.len() as u64));
		let verifying = load_verifying_key(&paths[2]).unwrap();
		assert_eq!(&verifying, key.circuit_key());
		assert_eq!(verifying.hash(), key.circuit_hash());

		let values = input(&loaded, 4);
		let prover = Prover::new(loaded.clone(), key).unwrap();
		let proved = prover.prove(&values, Salts::default(), binding(Scalar::ZERO), rng).unwrap();
		// A byte says how many commitments there are.
		let rounds = loaded.checks().rounds();
		assert_eq!(proved.proof.encoded_size(), 256 + 1 + 64 * rounds);
	}
}

#[test]
fn an_accuracy_claim_is_in_the_file_and_its_content_hash_but_no_part_of_the_circuit() {
	let folder = Folder::new();
	let path = folder.file("model.zkml");
	for visibility in [Visibility::Public, Visibility::Private] {
		let silent = model(&shape(1), visibility);
		assert_eq!(silent.accuracy_claim(), "");
		let claiming =
			silent.clone().with_accuracy_claim("error at most 0.4 %,\n99 % labels".into());
		claiming.save(&path).unwrap();
		let loaded = CompiledModel::load(&path).unwrap();
		assert_eq!(loaded.accuracy_claim(), "error at most 0.4 %, 99 % labels");
		assert_eq!(loaded.settings_hash(), silent.settings_hash());
		assert_eq!(loaded.params_commitment(), silent.params_commitment());
		assert_eq!(loaded.content_hash(), claiming.content_hash());
		assert_ne!(loaded.content_hash(), silent.content_hash());
		// A key of the one is a key of the other.
		Prover::new(loaded, key(&silent)).unwrap();
	}
}

#[test]
fn a_claim_that_the_chain_would_not_keep_ends_in_dots_and_is_refused_in_a_file() {
	let folder = Folder::new();
	let path = folder.file("model.zkml");
	// Two bytes each: the last that fits would be cut in half.
	let long = model(&shape(1), Visibility::Public).with_accuracy_claim("ü".repeat(81));
	assert_eq!(long.accuracy_claim(), format!("{}...", "ü".repeat(78)));
	let fits = long.with_accuracy_claim("x".repeat(160));
	assert_eq!(fits.accuracy_claim().len(), 160);
	fits.save(&path).unwrap();
	let whole = std::fs::read(&path).unwrap();
	for hidden in [b'\n', 0x1b, 0xff] {
		let mut forged = whole.clone();
		*forged.last_mut().unwrap() = hidden;
		repair(&mut forged);
		std::fs::write(&path, forged).unwrap();
		refused(CompiledModel::load(&path), "expected a");
	}
}

#[test]
fn estimates_of_the_key_are_close_to_the_file() {
	let plain = model(&shape(1), Visibility::Private);
	for model in [plain.clone(), plain.with_lookups()] {
		let (estimate, bytes) = (model.estimate().proving_key_bytes, key(&model).byte_len());
		assert!(estimate.abs_diff(bytes) * 50 < bytes, "{estimate} for {bytes}");
	}
}

#[cfg(unix)]
#[test]
fn a_private_model_is_readable_by_its_owner_alone() {
	use std::os::unix::fs::PermissionsExt;
	let folder = Folder::new();
	let path = folder.file("model.zkml");
	model(&shape(1), Visibility::Private).save(&path).unwrap();
	assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn other_files_are_refused_by_what_they_are() {
	let folder = Folder::new();
	let path = folder.file("file");
	refused(CompiledModel::load(&path), "expected to read it");
	for (bytes, word) in [
		(b"".as_slice(), "got an empty file"),
		(b"not a model at all", "a file of another program"),
		(&[b'x'; 200], "a file of another program"),
		(b"zkml\x01", "cut off"),
	] {
		std::fs::write(&path, bytes).unwrap();
		refused(CompiledModel::load(&path), word);
		refused(ProvingKeyFile::load(&path), word);
		refused(load_verifying_key(&path), word);
	}
	let model = model(&shape(1), Visibility::Public);
	model.save(&path).unwrap();
	refused(ProvingKeyFile::load(&path), "expected a proving key, got a compiled model");
	let mut bytes = std::fs::read(&path).unwrap();
	bytes[5] = 9;
	std::fs::write(&path, bytes).unwrap();
	refused(CompiledModel::load(&path), "expected format version 6, got 9");
}

#[test]
fn files_cut_off_or_damaged_anywhere_are_refused() {
	let folder = Folder::new();
	let path = folder.file("file");
	let model = model(&shape(1), Visibility::Private);
	key(&model).save(&path, false).unwrap();
	let whole = std::fs::read(&path).unwrap();
	let rng = &mut rng(3);
	for _ in 0..30 {
		std::fs::write(&path, &whole[..rng.gen_range(0..whole.len())]).unwrap();
		assert!(ProvingKeyFile::load(&path).is_err());
		let mut damaged = whole.clone();
		let at = rng.gen_range(38..whole.len());
		damaged[at] ^= 1 << rng.gen_range(0..8);
		std::fs::write(&path, damaged).unwrap();
		assert!(ProvingKeyFile::load(&path).is_err());
	}
}

/// Somebody who changes the payload can repair the checksum.
fn repair(bytes: &mut [u8]) {
	let length = (bytes.len() - 78) as u64;
	bytes[38..46].copy_from_slice(&length.to_le_bytes());
	let hash = blake2_256(&bytes[78..]);
	bytes[46..78].copy_from_slice(&hash);
}

#[test]
fn forged_files_with_a_right_checksum_do_no_harm() {
	let folder = Folder::new();
	let path = folder.file("file");
	let rng = &mut rng(4);
	for (visibility, lookups) in
		[(Visibility::Public, false), (Visibility::Private, false), (Visibility::Public, true)]
	{
		let honest = model(&shape(1), visibility);
		let honest = if lookups { honest.with_lookups() } else { honest };
		honest.save(&path).unwrap();
		let whole = std::fs::read(&path).unwrap();
		for _ in 0..500 {
			let mut forged = whole.clone();
			let at = rng.gen_range(78..forged.len());
			forged[at] = rng.gen();
			repair(&mut forged);
			std::fs::write(&path, forged).unwrap();
			// Its settings hash tells, unless the change was in labels or private parameters.
			if let Ok(model) = CompiledModel::load(&path) {
				model.evaluate(&input(&model, 1)).unwrap();
			}
		}
	}
	for model in
		[model(&shape(1), Visibility::Private), model(&shape(1), Visibility::Public).with_lookups()]
	{
		forge_keys(&folder, &model);
	}
}

fn forge_keys(folder: &Folder, model: &CompiledModel) {
	let (path, rng) = (folder.file("file"), &mut rng(14));
	key(model).save(&path, false).unwrap();
	let whole = std::fs::read(&path).unwrap();
	for _ in 0..25 {
		let mut forged = whole.clone();
		let at = rng.gen_range(78..forged.len());
		forged[at] ^= 1 << rng.gen_range(0..8);
		repair(&mut forged);
		std::fs::write(&path, forged).unwrap();
		let Ok(key) = ProvingKeyFile::load(&path) else { continue };
		let Ok(prover) = Prover::new(model.clone(), key) else { continue };
		let values = input(model, 1);
		// A proof that does not verify is never handed out.
		if let Ok(proved) = prover.prove(&values, Salts::default(), binding(Scalar::ZERO), rng) {
			zkml_groth16::verify(prover.prepared_key(), &proved.inputs, &proved.proof).unwrap();
		}
	}
}

#[test]
fn a_key_of_another_model_is_refused_by_name() {
	let (one, other) = (model(&shape(1), Visibility::Public), model(&shape(2), Visibility::Public));
	let error = Prover::new(one.clone(), key(&other)).unwrap_err();
	assert!(matches!(error, ProverError::Stale { .. }));
	let message = error.to_string();
	assert!(message.starts_with("proving key: expected one made for model settings"), "{message}");
	let private = model(&shape(1), Visibility::Private);
	assert!(matches!(Prover::new(one, key(&private)), Err(ProverError::Stale { .. })));
}

#[test]
fn a_write_that_fails_leaves_what_was_there() {
	let folder = Folder::new();
	let model = model(&shape(1), Visibility::Public);
	let nowhere = folder.file("no such folder/model.zkml");
	refused(model.save(&nowhere), "expected to write it");
	// A folder of that name cannot be replaced by a file.
	let taken = folder.file("taken");
	std::fs::create_dir(&taken).unwrap();
	refused(model.save(&taken), "expected to write it");
	assert_eq!(folder.names(), ["taken"], "no temporary file is left");
	assert!(Path::new(&taken).is_dir());
}

#[test]
fn scalars_at_or_above_the_modulus_are_refused() {
	let model = model(&shape(1), Visibility::Public);
	let prover = Prover::new(model.clone(), key(&model)).unwrap();
	let (values, rng, bad) = (input(&model, 1), &mut rng(5), Scalar(Scalar::MODULUS));
	let salts = Salts { inputs: vec![bad], outputs: vec![Scalar::ZERO] };
	let error = prover.prove(&values, salts, binding(Scalar::ZERO), rng).unwrap_err().to_string();
	assert!(error.starts_with("input salt: expected a number below the group order"), "{error}");
	let error = prover.prove(&values, Salts::default(), binding(bad), rng).unwrap_err().to_string();
	assert!(error.starts_with("ctx: expected"), "{error}");
}

/// The point that hides the witness is checked when a key is loaded: no verifier ever sees it.
#[test]
fn a_key_with_another_blinding_point_is_refused() {
	let folder = Folder::new();
	let path = folder.file("file");
	let plain = model(&shape(1), Visibility::Public);
	for model in [plain.clone(), plain.with_lookups()] {
		key(&model).save(&path, false).unwrap();
		let whole = std::fs::read(&path).unwrap();
		// Behind the header, the numbers of points, alpha and beta.
		let counts = 1 + 4 * (6 + model.checks().rounds());
		let delta = 78 + counts + 2 * 64;
		for other in [78 + counts, 78 + counts + 64] {
			let mut hostile = whole.clone();
			hostile.copy_within(other..other + 64, delta);
			repair(&mut hostile);
			std::fs::write(&path, hostile).unwrap();
			let error = Prover::new(model.clone(), ProvingKeyFile::load(&path).unwrap());
			assert!(matches!(error.unwrap_err(), ProverError::Blinding));
		}
	}
}

#[test]
fn a_model_of_one_possible_input_is_saved_and_loaded() {
	let folder = Folder::new();
	let path = folder.file("file");
	let model = model(&Shape { input: (3, 3), ..shape(1) }, Visibility::Public).with_lookups();
	model.save(&path).unwrap();
	assert_eq!(CompiledModel::load(&path).unwrap().checks(), model.checks());
}
