//! `zkml ceremony`

use std::path::Path;

use rand::rngs::OsRng;
use serde_json::{json, Value};
use zkml_circuits::{
	ceremony::{self, write_powers, Origin, PowersSecrets, Verified},
	CompileError, CompiledModel, Estimate,
};
use zkml_client::{
	files::{self, Over},
	hex, text,
};
use zkml_primitives::Visibility;

use super::params;
use crate::{
	args::{Beacon, Begin, Ceremony, Contribute, Finish, Origins, Powers, VerifyCeremony},
	error::CliError,
	output::{self, Output, Progress},
};

/// Makes powers, begins, contributes, ends, verifies, finishes.
pub fn run(args: Ceremony, out: &Output) -> Result<(), CliError> {
	match args {
		Ceremony::Powers(args) => powers(args, out),
		Ceremony::New(args) => begin(args, out),
		Ceremony::Contribute(args) => contribute(args, out),
		Ceremony::Beacon(args) => beacon(args, out),
		Ceremony::Verify(args) => verify(args, out),
		Ceremony::Finish(args) => finish(args, out),
	}
}

fn powers(args: Powers, out: &Output) -> Result<(), CliError> {
	out.say(format_args!("powers up to 2^{}, for a rehearsal", args.power));
	files::check_places(&[(&args.output, Over::Nothing.forced(args.force))])?;
	let progress = Progress::start("making powers");
	let report = |stage: &str, done, total| progress.update(stage, done, total);
	write_powers(&args.output, args.power, &PowersSecrets::draw(&mut OsRng), &report)?;
	let took = progress.finish();
	out.field("powers", args.output.display());
	out.field("trust", "this process knew their secrets; registering as a ceremony is refused");
	let cost = output::cost(out, took);
	out.finish(json!({
		"powers": args.output.display().to_string(),
		"power": args.power,
		"rehearsal": true,
		"cost": cost,
	}));
	Ok(())
}

/// Gives what a ceremony starts from to `work`, with a progress bar.
fn with_origins<T>(
	args: &Origins,
	out: &Output,
	work: impl FnOnce(&ceremony::Origins<'_>, &dyn Fn(&str, u64, u64)) -> Result<T, CliError>,
) -> Result<(T, Value), CliError> {
	let model = CompiledModel::load(&args.model)?;
	let estimate = model.estimate();
	let range = model.range_circuit();
	let range_estimate = model.range_estimate();
	for line in estimate.to_string().lines() {
		out.say(format_args!("  {line}"));
	}
	if let Some(Estimate { constraints, domain, .. }) = &range_estimate {
		out.say(format_args!("  range circuit  {constraints:>12}, domain {domain}"));
	}
	let wait = ceremony::estimate_ms(&estimate, range_estimate.as_ref());
	out.say(format_args!("  powers to key  {wait:>9} ms"));
	let progress = Progress::start("reading the powers");
	let report = |stage: &str, done, total| progress.update(stage, done, total);
	let system = model.circuit();
	let range = range.map(|circuit| circuit.build());
	let systems = [&system].into_iter().chain(&range);
	let powers = ceremony::Powers::load(&args.powers, systems, &mut OsRng, &report)?;
	let origins = ceremony::Origins {
		settings: model.settings_hash(),
		system: &system,
		range: range.as_ref(),
		powers: &powers,
	};
	let result = work(&origins, &report)?;
	let took = progress.finish();
	let digest = hex::show(&powers.digest());
	out.field("powers", format_args!("{}, b2sum {}", args.powers.display(), &digest[2..]));
	let count = powers.contributions();
	let words = match count < ceremony::LEAST_PEOPLE as u32 {
		true => "for a rehearsal: whoever made them can forge",
		false => "by their own account; compare the b2sum with the published one",
	};
	out.field("phase 1", format_args!("{count} contributions, {words}"));
	let cost = output::cost(out, took);
	let about = json!({
		"powers": args.powers.display().to_string(),
		"powers_b2sum": &digest[2..],
		"powers_contributions": count,
		"estimate": estimate,
		"range_estimate": range_estimate,
		"cost": cost,
	});
	Ok((result, about))
}

fn begin(args: Begin, out: &Output) -> Result<(), CliError> {
	out.say(format_args!("a ceremony for {}", args.origins.model.display()));
	let over = Over::Nothing.forced(args.force);
	let mut places = vec![(&*args.output, over)];
	places.extend(args.stand_in.as_deref().map(|path| (path, over)));
	files::check_places(&places)?;
	let mut stand_in = None;
	if let Some(path) = &args.stand_in {
		let model = CompiledModel::load(&args.origins.model)?;
		if model.visibility() == Visibility::Public {
			let got = "a public one, which can be published itself";
			return Err(CliError::mismatch("--stand-in", "a private model", got));
		}
		stand_in = Some((model.stand_in(&mut OsRng).map_err(CompileError::from)?, path));
	}
	let (ceremony, about) = with_origins(&args.origins, out, |origins, report| {
		let ceremony = ceremony::Ceremony::new(origins, report)?;
		ceremony.save(&args.output)?;
		if let Some((model, path)) = &stand_in {
			model.save(path)?;
		}
		Ok(ceremony)
	})?;
	let mut object = describe(&args.output, &ceremony, out);
	object["origins"] = about;
	object["stand_in"] = args.stand_in.as_ref().map(|path| path.display().to_string()).into();
	if let Some(path) = &args.stand_in {
		let words = "to be published, so that others can verify without the private model";
		out.field("stand-in", format_args!("{}, {words}", path.display()));
	}
	out.finish(object);
	Ok(())
}

/// Says what there is of a ceremony.
fn describe(path: &Path, ceremony: &ceremony::Ceremony, out: &Output) -> Value {
	out.field("ceremony", path.display());
	let list: Vec<Value> = ceremony
		.contributions()
		.enumerate()
		.map(|(index, (contribution, hash))| {
			let name = &contribution.name;
			let hash = hex::show(&hash);
			let (words, beacon) = match &contribution.origin {
				Origin::Person => (text::quoted(name), Value::Null),
				Origin::Beacon { value, doublings } => {
					let value = hex::show(value);
					let words =
						format!("{} (beacon {value}, 2^{doublings} hashes)", text::quoted(name));
					(words, json!({ "value": value, "doublings": doublings }))
				}
			};
			out.field(&format!("contribution {}", index + 1), format_args!("{hash} {words}"));
			json!({ "name": name, "hash": hash, "beacon": beacon })
		})
		.collect();
	let transcript = hex::show(&ceremony.transcript());
	out.field("transcript", &transcript);
	json!({
		"ceremony": path.display().to_string(),
		"contributions": list,
		"people": ceremony.people(),
		"rehearsal": ceremony.is_rehearsal(),
		"transcript": transcript,
	})
}

fn contribute(args: Contribute, out: &Output) -> Result<(), CliError> {
	extend(&args.ceremony, (args.output.as_deref(), args.force), out, |ceremony, report| {
		Ok(ceremony.contribute(&args.name, &mut OsRng, report)?)
	})
}

fn beacon(args: Beacon, out: &Output) -> Result<(), CliError> {
	let value = hex::read::<32>("--value", &args.value)?;
	extend(&args.ceremony, (args.output.as_deref(), args.force), out, |ceremony, report| {
		Ok(ceremony.contribute_beacon(&args.name, value, args.doublings, report)?)
	})
}

fn extend(
	from: &Path,
	(to, force): (Option<&Path>, bool),
	out: &Output,
	work: impl FnOnce(&mut ceremony::Ceremony, &dyn Fn(&str, u64, u64)) -> Result<(), CliError>,
) -> Result<(), CliError> {
	let mut ceremony = ceremony::Ceremony::load(from)?;
	// In its own place the ceremony goes on, and nothing of it is lost.
	let (to, over) = match to {
		Some(to) if to != from => (to, Over::Nothing.forced(force)),
		_ => (from, Over::Anything),
	};
	files::check_places(&[(to, over)])?;
	out.say(format_args!(
		"contribution {} to {}",
		ceremony.contributions().count() + 1,
		from.display()
	));
	let progress = Progress::start("contributing");
	let report = |stage: &str, done, total| progress.update(stage, done, total);
	work(&mut ceremony, &report)?;
	ceremony.save(to)?;
	let took = progress.finish();
	let mut object = describe(to, &ceremony, out);
	out.field("keep", "your contribution's hash: it must be in the finished ceremony's list");
	object["cost"] = output::cost(out, took);
	out.finish(object);
	Ok(())
}

/// A ceremony that holds, what is known of it, and for programs.
fn verified(
	args: &VerifyCeremony,
	out: &Output,
) -> Result<(ceremony::Ceremony, Verified, Value), CliError> {
	let ceremony = ceremony::Ceremony::load(&args.ceremony)?;
	let (verified, about) = with_origins(&args.origins, out, |origins, report| {
		Ok(ceremony.verify(origins, &mut OsRng, report)?)
	})?;
	let mut object = describe(&args.ceremony, &ceremony, out);
	object["origins"] = about;
	Ok((ceremony, verified, object))
}

fn verify(args: VerifyCeremony, out: &Output) -> Result<(), CliError> {
	out.say(format_args!("verifying {}", args.ceremony.display()));
	let (ceremony, verified, mut object) = verified(&args, out)?;
	object["valid"] = true.into();
	object["circuit"] = Value::Null;
	if ceremony.people() >= ceremony::LEAST_PEOPLE {
		let circuit = hex::show(&verified.finish()?.0.circuit_hash().0);
		out.field("circuit", format_args!("{circuit}, if it is finished here"));
		object["circuit"] = circuit.into();
	}
	out.say("valid");
	out.finish(object);
	Ok(())
}

fn finish(args: Finish, out: &Output) -> Result<(), CliError> {
	out.say(format_args!("finishing {}", args.verify.ceremony.display()));
	let model = CompiledModel::load(&args.verify.origins.model)?;
	// Said before the key is computed from the powers.
	let got = ceremony::Ceremony::load(&args.verify.ceremony)?.people();
	if got < ceremony::LEAST_PEOPLE {
		return Err(ceremony::CeremonyError::TooFew { got }.into());
	}
	let private = model.visibility() == Visibility::Private;
	let range_key = match (&args.range_key, model.range_circuit()) {
		(given, Some(_)) => {
			let beside = || files::default::range_key(&args.proving_key);
			Some(given.clone().unwrap_or_else(beside))
		}
		(None, None) => None,
		(Some(_), None) => return Err(params::no_ranges("--range-key", &model)),
	};
	let over = Over::Nothing.forced(args.force);
	let places = [Some(&args.proving_key), Some(&args.verifying_key), range_key.as_ref()];
	let places: Vec<_> = places.into_iter().flatten().map(|path| (path.as_path(), over)).collect();
	files::check_places(&places)?;
	let (ceremony, verified, mut object) = verified(&args.verify, out)?;
	let (key, ranges) = verified.finish()?;
	key.save(&args.proving_key, private)?;
	zkml_circuits::save_verifying_key(&key, &args.verifying_key)?;
	if let (Some(ranges), Some(path)) = (&ranges, &range_key) {
		ranges.save(path, private)?;
	}
	let circuit = hex::show(&key.circuit_hash().0);
	out.field("circuit", &circuit);
	let size = output::bytes(key.byte_len());
	out.field("proving key", format_args!("{}, {size}", args.proving_key.display()));
	out.field("verifying key", args.verifying_key.display());
	if let Some(path) = &range_key {
		out.field("range key", path.display());
	}
	let trust = match ceremony.is_rehearsal() {
		true => "a rehearsal: whoever made the powers can forge",
		false => "nobody can forge if one contributor of each phase forgot their secrets",
	};
	out.field("trust", trust);
	object["circuit"] = circuit.into();
	object["proving_key"] = args.proving_key.display().to_string().into();
	object["proving_key_bytes"] = key.byte_len().into();
	object["proving_key_hash"] = hex::show(&key.content_hash()).into();
	object["verifying_key"] = args.verifying_key.display().to_string().into();
	object["range_key"] = range_key.map(|path| path.display().to_string()).into();
	object["setup"] = if ceremony.is_rehearsal() { "rehearsal" } else { "ceremony" }.into();
	out.finish(object);
	Ok(())
}
