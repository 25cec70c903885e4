//! `zkml setup`

use rand::rngs::OsRng;
use serde_json::json;
use zkml_circuits::{circom, CompiledModel};
use zkml_client::{
	files::{self, Over},
	hex,
};
use zkml_primitives::Visibility;

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
	// One key without the other is worth less than none, and neither can be made again.
	let over = Over::Nothing.forced(args.force);
	let places = [(&*args.proving_key, over), (&*args.verifying_key, over)];
	files::check_places(&places)?;
	let progress = Progress::start("setup");
	let report = |stage: &str, done, total| progress.update(stage, done, total);
	let (key, snarkjs) = match &args.zkey {
		None => (zkml_circuits::setup(&model, &mut OsRng, &report)?, None),
		Some(path) => {
			let circom::Zkey { key, contributions, circuit_hash } =
				circom::import_zkey(path, &model, &mut OsRng, &report)?;
			(key, Some((contributions, hex::show(&circuit_hash))))
		}
	};
	progress.update("writing the keys", 0, 0);
	// Another setup may have been quicker.
	files::check_places(&places)?;
	key.save(&args.proving_key, model.visibility() == Visibility::Private)?;
	zkml_circuits::save_verifying_key(&key, &args.verifying_key)?;
	let took = progress.finish();

	let circuit = hex::show(&key.circuit_hash().0);
	out.field("circuit", &circuit);
	let size = output::bytes(key.byte_len());
	out.field("proving key", format_args!("{}, {size}", args.proving_key.display()));
	out.field("verifying key", args.verifying_key.display());
	match &snarkjs {
		None => out.field("trust", "whoever ran this setup can forge proofs under these keys"),
		Some((contributions, hash)) => {
			out.field("contributions", format_args!("{contributions}, by the file's own account"));
			out.field("snarkjs circuit hash", &hash[2..]);
			out.field("trust", "who made the key, `snarkjs zkey verify` tells; run it");
		}
	}
	let cost = output::cost(out, took);
	out.finish(json!({
		"circuit": circuit,
		"proving_key": args.proving_key.display().to_string(),
		"proving_key_bytes": key.byte_len(),
		"proving_key_hash": hex::show(&key.content_hash()),
		"verifying_key": args.verifying_key.display().to_string(),
		"setup": if snarkjs.is_some() { "snarkjs" } else { "single-party" },
		"contributions": snarkjs.as_ref().map(|(contributions, _)| contributions),
		"snarkjs_circuit_hash": snarkjs.as_ref().map(|(_, hash)| &hash[2..]),
		"estimate": estimate,
		"cost": cost,
	}));
	Ok(())
}
