//! `zkml setup`

use rand::rngs::OsRng;
use serde_json::json;
use zkml_circuits::{circom, CompiledModel, Keys, Prover};
use zkml_client::{
	files::{self, default, Over},
	hex,
};
use zkml_primitives::{ParamsCommitment, Visibility};

use super::params;

use crate::{
	args::Setup,
	error::CliError,
	output::{self, Output, Progress},
};

/// Makes the keys, or takes them from snarkjs.
pub fn run(args: Setup, out: &Output) -> Result<(), CliError> {
	let model = CompiledModel::load(&args.model)?;
	let estimate = model.estimate();
	out.say(format_args!("setup of {}", args.model.display()));
	for line in estimate.to_string().lines() {
		out.say(format_args!("  {line}"));
	}
	let once = model.range_estimate();
	if let Some(once) = &once {
		params::say_once(once, out);
	}
	let range_key = match (&once, args.range_key) {
		(Some(_), Some(path)) => Some(path),
		(Some(_), None) => Some(default::range_key(&args.proving_key)),
		(None, Some(_)) => return Err(params::no_ranges("--range-key", &model)),
		(None, None) => None,
	};
	// One key without the other is worth less than none, and neither can be made again.
	let over = Over::Nothing.forced(args.force);
	let mut places = vec![(&*args.proving_key, over), (&*args.verifying_key, over)];
	places.extend(range_key.as_deref().map(|path| (path, over)));
	files::check_places(&places)?;
	let progress = Progress::start("setup");
	let report = |stage: &str, done, total| progress.update(stage, done, total);
	let (Keys { proving: key, ranges }, snarkjs) = match &args.zkey {
		None => (zkml_circuits::setup(&model, &mut OsRng, &report)?, None),
		Some(path) => {
			let circom::Zkey { key, contributions, circuit_hash } =
				circom::import_zkey(path, &model, &mut OsRng, &report)?;
			let keys = Keys { proving: key, ranges: None };
			(keys, Some((contributions, hex::show(&circuit_hash))))
		}
	};
	progress.update("writing the keys", 0, 0);
	// Another setup may have been quicker.
	files::check_places(&places)?;
	let secret = model.visibility() == Visibility::Private;
	key.save(&args.proving_key, secret)?;
	if let (Some(key), Some(path)) = (&ranges, &range_key) {
		key.save(path, secret)?;
	}
	drop(ranges);
	zkml_circuits::save_verifying_key(&key, &args.verifying_key)?;
	let circuit = hex::show(&key.circuit_hash().0);
	let (byte_len, content_hash) = (key.byte_len(), key.content_hash());
	// A point takes the key, so that it is known from here on.
	progress.update("committing to the parameters", 0, 0);
	let commitment = match model.params_commitment() {
		Some(commitment) => ParamsCommitment::Poseidon(commitment),
		None => Prover::new(model, key)?.params(),
	};
	let took = progress.finish();

	out.field("circuit", &circuit);
	out.field("commitment", params::words(&commitment));
	let size = output::bytes(byte_len);
	out.field("proving key", format_args!("{}, {size}", args.proving_key.display()));
	out.field("verifying key", args.verifying_key.display());
	if let Some(path) = &range_key {
		let words = "for registering and publishing, not for inferences";
		out.field("range key", format_args!("{}, {words}", path.display()));
	}
	match &snarkjs {
		None => out.field("trust", "whoever ran this setup can forge proofs under these keys"),
		Some((contributions, hash)) => {
			out.field("contributions", format_args!("{contributions}, by the file's own account"));
			out.field("snarkjs circuit hash", &hash[2..]);
			out.field("trust", "who made the key, `snarkjs zkey verify` tells; run it");
		}
	}
	let cost = output::cost(out, took);
	let mut report = json!({
		"circuit": circuit,
		"proving_key": args.proving_key.display().to_string(),
		"proving_key_bytes": byte_len,
		"proving_key_hash": hex::show(&content_hash),
		"verifying_key": args.verifying_key.display().to_string(),
		"range_key": range_key.map(|path| path.display().to_string()),
		"setup": if snarkjs.is_some() { "snarkjs" } else { "single-party" },
		"contributions": snarkjs.as_ref().map(|(contributions, _)| contributions),
		"snarkjs_circuit_hash": snarkjs.as_ref().map(|(_, hash)| &hash[2..]),
		"estimate": estimate,
		"range_estimate": once,
		"cost": cost,
	});
	params::describe(&mut report, &commitment);
	out.finish(report);
	Ok(())
}
