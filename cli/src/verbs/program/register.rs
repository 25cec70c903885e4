//! `zkml program register`

use std::path::Path;

use serde_json::{json, Value};
use zkml_client::{
	chain::{calls::programs, ChainError},
	files::FileProblem,
	formats::{self, Format},
	hex,
};
use zkml_primitives::{CircuitHash, CircuitKey, ProgramKey, SetupClaim, SetupLevel};
use zkml_program_files::{arkworks, sp1, Form, FormatError};
use zkml_programs::{key_digest, ContextPlace, ProgramId, ProgramItem, ProgramKind};

use super::{context_place, fixed, kind_json, releases, vouched};
use crate::{
	args::{ProgramRegister, Tool},
	error::CliError,
	output::Output,
	verbs::{
		circuit::setup_claim,
		shared::{Session, Takes},
	},
};

/// Registers the key unless somebody did, then the program.
pub async fn run(args: ProgramRegister, out: &Output) -> Result<(), CliError> {
	let (kind, key) = describe(&args)?;
	let inputs = key.ic.len().saturating_sub(1);
	kind.check(&key)?;
	let context = place(&args, &kind, inputs)?;
	let ceremony = args.ceremony_hash.as_deref();
	let ceremony = ceremony.map(|text| hex::read("--ceremony-hash", text)).transpose()?;
	let key = CircuitKey::Program(key);
	// Keys under which anybody can forge are refused before anything is paid.
	zkml_groth16::prepare(&key)?;
	let hash = key.hash();

	let session = Session::open(&args.send).await?;
	let id = ProgramId::derive(&session.account, hash, &kind, &context);
	if session.chain.program(id).await?.is_some() {
		let expected = "a program that is not registered yet";
		return Err(CliError::mismatch("the program", expected, hex::show(&id.0)));
	}
	out.say(format_args!("registering a program of {}, {inputs} public input(s)", kind.family()));
	let level = ceremony.map_or(SetupLevel::SingleParty, SetupLevel::Ceremony);
	let setup = SetupClaim { level, by: session.account };
	let registered = add_key(&session, (hash, &key), out).await?;
	let call = programs::register(hash, &kind, &context, &level);
	let (place_words, place) = context_place(&context);
	let mut takes: Vec<Takes> =
		fixed(&kind).into_iter().map(|(label, value)| Takes::note(label, value)).collect();
	takes.push(Takes::note("context", place_words));
	takes.push(Takes::note("setup", vouched(&setup)));
	let item = ProgramItem::Program { kind, context, setup: level };
	takes.push(session.deposit(&[item], "the program is removed").await?);
	let (_, report) = session.act(&call, &takes, out).await?;
	out.say(format_args!("program {}", hex::show(&id.0)));
	out.field("trust", vouched(&setup));
	out.finish(json!({
		"program": hex::show(&id.0),
		"key": hex::show(&hash.0),
		"kind": kind_json(&kind),
		"inputs": inputs,
		"context": place,
		"setup": setup_claim(&setup).1,
		"register_key": registered,
		"transaction": report,
	}));
	Ok(())
}

/// Registers a key unless somebody did.
async fn add_key(
	session: &Session,
	(hash, key): (CircuitHash, &CircuitKey),
	out: &Output,
) -> Result<Value, CliError> {
	let CircuitKey::Program(points) = key else {
		return Err(ChainError::missing("a form for a key of a model").into());
	};
	if session.chain.program_key(hash).await?.is_some() {
		out.field("key", format_args!("{}, registered already", hex::show(&hash.0)));
		return Ok(Value::Null);
	}
	let call = programs::register_key(points);
	let takes = [
		Takes::note("key", hex::show(&hash.0)),
		session
			.deposit(
				&[ProgramItem::Key(points.clone())],
				"no program uses the key and it is removed",
			)
			.await?,
	];
	let (_, report) = session.act(&call, &takes, out).await?;
	Ok(report)
}

/// Where the options say that the context is; refused if the program has no such place.
fn place(
	args: &ProgramRegister,
	kind: &ProgramKind,
	inputs: usize,
) -> Result<Option<ContextPlace>, CliError> {
	match (args.context_input, args.context_at, kind) {
		(None, None, _) => Ok(None),
		(Some(index), _, ProgramKind::Groth16) if usize::from(index) < inputs => {
			Ok(Some(ContextPlace::Input(index)))
		}
		(Some(index), _, ProgramKind::Groth16) => {
			let expected = format!("the index of one of {inputs} public input(s), from 0");
			Err(CliError::mismatch("--context-input", expected, index))
		}
		(_, Some(_), ProgramKind::Groth16) => {
			let expected = "--context-input, since a circuit has inputs and no bytes";
			Err(CliError::mismatch("the place of the context", expected, "--context-at"))
		}
		(_, Some(start), _) => {
			let last = zkml_programs::MAX_PUBLIC_BYTES - 32;
			if start > last {
				return Err(CliError::mismatch("--context-at", format!("0 to {last}"), start));
			}
			Ok(Some(ContextPlace::Bytes(start)))
		}
		(Some(_), ..) => {
			let expected = "--context-at, since a guest's inputs are hashes of its bytes";
			Err(CliError::mismatch("the place of the context", expected, "--context-input"))
		}
	}
}

/// What the options say of the program, and its key.
fn describe(args: &ProgramRegister) -> Result<(ProgramKind, ProgramKey), CliError> {
	if let Some(stray) = stray(args) {
		let what = format!("{stray} with this --tool");
		return Err(CliError::mismatch(what, "no such option", "one"));
	}
	let format = match args.tool {
		Tool::Risc0 => return risc0(args),
		Tool::Sp1 => return sp1(args),
		Tool::Snarkjs => Format::Snarkjs,
		Tool::Arkworks => Format::Arkworks,
		Tool::Garaga => Format::Garaga,
		Tool::Gnark => Format::Gnark,
	};
	Ok((ProgramKind::Groth16, formats::read_key(format, needed(args)?)?))
}

/// The first option that says nothing about a program of this tool.
fn stray(args: &ProgramRegister) -> Option<&'static str> {
	let (risc0, sp1) = (args.tool == Tool::Risc0, args.tool == Tool::Sp1);
	let options = [
		("--release", args.release.is_some(), risc0 || sp1),
		("--image-id", args.image_id.is_some(), risc0),
		("--control-root", args.control_root.is_some(), risc0),
		("--control-id", args.control_id.is_some(), risc0),
		("--vkey", args.vkey.is_some(), sp1),
		("--vk-root", args.vk_root.is_some(), sp1),
	];
	options.into_iter().find(|(_, given, fits)| *given && !fits).map(|(name, ..)| name)
}

fn needed(args: &ProgramRegister) -> Result<&Path, CliError> {
	let missing =
		|| CliError::Usage("expected --verifying-key FILE for this tool, got none".into());
	args.verifying_key.as_deref().ok_or_else(missing)
}

/// 32 bytes by an option that must be there.
fn word(name: &str, given: Option<&str>) -> Result<[u8; 32], CliError> {
	let missing = || CliError::Usage(format!("expected {name} HEX for this tool, got none"));
	Ok(hex::read(name, given.ok_or_else(missing)?)?)
}

/// A guest by an option: its 32 bytes, or a file of JSON that names it.
fn guest(
	name: &str,
	given: Option<&str>,
	read: impl FnOnce(&[u8]) -> Result<Option<[u8; 32]>, FormatError>,
) -> Result<[u8; 32], CliError> {
	let Some(path) = given.map(Path::new).filter(|path| path.is_file()) else {
		return word(name, given);
	};
	let file = formats::read(path)?;
	let found = read(&file).map_err(formats::at(path))?;
	found.ok_or_else(|| FileProblem::content(path, "JSON that names the guest", "none").into())
}

/// A release by its name.
fn release<'a, R>(
	table: &'a [R],
	name: impl Fn(&R) -> &str,
	wanted: &str,
) -> Result<&'a R, CliError> {
	table.iter().find(|release| name(release) == wanted).ok_or_else(|| {
		let known: Vec<&str> = table.iter().map(&name).collect();
		let got = format!("{wanted:?}");
		CliError::mismatch("--release", format!("one of {}", known.join(", ")), got)
	})
}

fn risc0(args: &ProgramRegister) -> Result<(ProgramKind, ProgramKey), CliError> {
	let image_id = guest("--image-id", args.image_id.as_deref(), |file| {
		Ok(zkml_program_files::risc0::read_file(file)?.image_id)
	})?;
	let known = arkworks::read_key(&bytes(releases::RISC0_KEY), Form::Compressed)?;
	let key = match &args.verifying_key {
		None => known,
		Some(path) => {
			let key = formats::read_key(formats::key_format(path)?, path)?;
			let [expected, got] = [&known, &key].map(|key| hex::show(&key_digest(key)));
			if expected != got {
				crate::output::warn(format_args!(
					"the key is not RISC Zero's own: expected digest {expected}, got {got}"
				));
			}
			key
		}
	};
	let (control_root, control_id) = match args.release.as_deref() {
		Some(name) => {
			let release = release(&releases::RISC0, |release| release.name, name)?;
			(
				word("the release's control root", Some(release.control_root))?,
				word("the release's control id", Some(release.control_id))?,
			)
		}
		None if args.control_root.is_none() => {
			let expected = "expected --release, or --control-root and --control-id, got none";
			return Err(CliError::Usage(expected.into()));
		}
		None => (
			word("--control-root", args.control_root.as_deref())?,
			word("--control-id", args.control_id.as_deref())?,
		),
	};
	Ok((ProgramKind::Risc0 { image_id, control_root, control_id }, key))
}

fn sp1(args: &ProgramRegister) -> Result<(ProgramKind, ProgramKey), CliError> {
	let vkey = guest("--vkey", args.vkey.as_deref(), |file| Ok(sp1::read_file(file)?.vkey))?;
	let (file, vk_root) = match (&args.release, &args.verifying_key) {
		(Some(name), _) => {
			let release = release(&releases::SP1, |release| release.name, name)?;
			(bytes(release.key), release.vk_root)
		}
		(None, Some(path)) => {
			let expected = "the release's groth16_vk.bin, or these bytes in hex";
			let file = formats::own(expected, "verification key", formats::read(path)?);
			(file.map_err(formats::at(path))?, args.vk_root.as_deref())
		}
		(None, None) => {
			let expected = "expected --release or --verifying-key, got neither";
			return Err(CliError::Usage(expected.into()));
		}
	};
	let (key, verifier_hash) =
		sp1::read_key(&file).map_err(|source| match &args.verifying_key {
			Some(path) => formats::at(path)(source),
			None => source.into(),
		})?;
	let kind = match vk_root {
		None => ProgramKind::Sp1V5 { vkey, verifier_hash },
		Some(root) => {
			let vk_root = word("--vk-root", Some(root))?;
			ProgramKind::Sp1V6 { vkey, vk_root, verifier_hash }
		}
	};
	Ok((kind, key.key))
}

/// Bytes of a constant; readers refuse what is none.
fn bytes(digits: &str) -> Vec<u8> {
	::hex::decode(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_release_has_a_key_that_verifiers_accept() {
		let risc0 = arkworks::read_key(&bytes(releases::RISC0_KEY), Form::Compressed).unwrap();
		zkml_groth16::prepare(&CircuitKey::Program(risc0)).unwrap();
		for release in &releases::SP1 {
			let (key, _) = sp1::read_key(&bytes(release.key)).unwrap();
			let inputs = if release.vk_root.is_some() { 5 } else { 2 };
			assert_eq!(key.key.ic.len(), inputs + 1, "{}", release.name);
			zkml_groth16::prepare(&CircuitKey::Program(key.key)).unwrap();
		}
	}
}
