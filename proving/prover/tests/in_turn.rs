//! Proofs whose key stays in its file.

mod common;

use std::path::Path;

use ark_bn254::Fr;
use ark_ff::UniformRand;
use common::{rng, Folder};
use zkml_primitives::Proof;
use zkml_prover::{
	in_turn,
	linked::generate_linked,
	prove::{commit, commit_once, prove},
	queries::{KeyInParts, Query},
	r1cs::{Builder, Lc, R1cs},
	setup_linked, FileError, RangeKeyFile,
};

/// Four public inputs; a salt and two words, each in a factor of its own; a round of one wire.
fn inference() -> R1cs {
	let mut builder = Builder::new(4);
	builder.group("words");
	let [salt, one, two] = [(); 3].map(|()| Lc::wire(builder.wire()));
	builder.close_committed();
	let y = Lc::wire(builder.wire());
	builder.close_round();
	let (x, zero) = (Lc::wire(1), Lc::default());
	builder.enforce(&salt, &zero, &zero);
	builder.enforce(&one, &x, &zero);
	builder.enforce(&two, &x, &y);
	builder.finish().0
}

/// One public input; a salt and two words, each the square of a wire of the round; a last wire.
fn ranges() -> R1cs {
	let mut builder = Builder::new(1);
	builder.group("ranges");
	let committed = builder.wires(3);
	builder.close_committed();
	let round = builder.wires(3);
	builder.close_round();
	for (word, own) in (committed..round).zip(round..) {
		builder.enforce(&Lc::wire(own), &Lc::wire(own), &Lc::wire(word));
	}
	let last = builder.wire();
	builder.enforce(&Lc::wire(round), &Lc::wire(1), &Lc::wire(last));
	builder.finish().0
}

/// An assignment of [`ranges`], and its committed wires.
fn assignment() -> (Vec<Fr>, Vec<Fr>) {
	let rng = &mut rng(3);
	let roots = [Fr::rand(rng), Fr::from(5), Fr::from(7)];
	let squares = roots.map(|root| root * root);
	let z = Fr::rand(rng);
	let wires = [&[Fr::from(1), z], &squares[..], &roots, &[roots[0] * z]].concat();
	(wires, squares.to_vec())
}

fn saved(path: &Path) -> RangeKeyFile {
	let files = setup_linked([&inference(), &ranges()], [7; 32], &mut rng(1), &|_, _, _| ());
	files.unwrap().1.save(path, true).unwrap();
	RangeKeyFile::load(path).unwrap()
}

fn in_turn(key: &KeyInParts) -> Result<Proof, FileError> {
	let ((wires, _), rng) = (assignment(), &mut rng(9));
	let round = in_turn::commit(&ranges(), key, 0, &wires, rng)?;
	Ok(in_turn::prove(ranges(), key, wires, &[round], rng)?.unwrap())
}

#[test]
fn a_key_in_its_file_gives_the_proof_that_one_in_memory_gives() {
	let folder = Folder::new();
	let path = folder.file("ranges");
	let loaded = saved(&path);
	let (wires, committed) = assignment();
	assert_eq!(ranges().first_broken(&wires), None);
	let systems = [&inference(), &ranges()];
	let (_, key, _) = generate_linked(systems, &mut rng(1), &|_, _, _| ()).unwrap();
	let once = commit_once(&ranges(), &key, &committed);
	assert_eq!(in_turn::commit_once(&loaded.key, &committed), once.point);
	let rng = &mut rng(9);
	let round = commit(&ranges(), &key, 0, &wires, rng);
	let expected = prove(&ranges(), &key, &wires, Some(&once), &[round], rng).unwrap();
	assert_eq!(in_turn(&loaded.key).unwrap(), expected);
	assert_eq!(in_turn(&key.into()).unwrap(), expected);
	// One that was loaded can be saved again, even over itself.
	let bytes = std::fs::read(&path).unwrap();
	loaded.save(&path, true).unwrap();
	assert_eq!(std::fs::read(&path).unwrap(), bytes);
	assert_eq!(in_turn(&loaded.key).unwrap(), expected);
}

#[test]
fn a_file_that_is_replaced_stays_the_one_that_was_loaded_and_one_that_is_cut_off_is_an_error() {
	let folder = Folder::new();
	let path = folder.file("ranges");
	let loaded = saved(&path);
	let expected = in_turn(&loaded.key).unwrap();
	let (other, kept) = (folder.file("other"), folder.file("kept"));
	std::fs::hard_link(&path, &kept).unwrap();
	std::fs::write(&other, b"another").unwrap();
	std::fs::rename(&other, &path).unwrap();
	assert_eq!(in_turn(&loaded.key).unwrap(), expected);
	let file = std::fs::OpenOptions::new().write(true).open(&kept).unwrap();
	file.set_len(file.metadata().unwrap().len() / 2).unwrap();
	assert!(loaded.key.last.all().is_err());
	let error = in_turn(&loaded.key).unwrap_err().to_string();
	assert!(error.starts_with(&path.display().to_string()), "{error}");
	assert!(error.contains("expected points, got what cannot be read as such"), "{error}");
}
