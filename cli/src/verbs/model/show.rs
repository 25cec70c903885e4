//! `zkml model show`: what the chain knows, and what it has only the owner's word for.

use serde_json::{json, Value};
use zkml_client::{
	chain::AccountId,
	hex, parse,
	tensors::{self, ValueFile},
	text,
};
use zkml_primitives::{Role, Status, VersionInfo};

use super::{super::node, labels};
use crate::{
	args::ModelShow,
	error::CliError,
	output::Output,
	verbs::{
		circuit::{setup_claim, AtHand},
		given, params, requests,
	},
};

/// Shows a model with its versions and, if there is a ceremony at hand, whether it made their keys.
pub async fn run(args: ModelShow, out: &Output) -> Result<(), CliError> {
	let id = parse::model(&args.model_id)?;
	let at_hand = AtHand::load(args.ceremony.as_deref())?;
	let chain = node::connect(&args.node.url).await?;
	let model = chain.known_model(id).await?;
	out.say(format_args!("model {}", hex::show(&id.0)));
	out.field("owner", model.owner);
	out.field("owner's share", parse::show_share(model.owner_share));
	let mut versions = Vec::new();
	for version in &model.versions {
		let mut shown = show(version, out);
		if let Some(at_hand) = &at_hand {
			let key = chain.verifying_key(version.description.circuit).await?;
			shown["ceremony"] = at_hand.compare(&key, &version.setup, out);
		}
		versions.push(shown);
	}
	out.finish(json!({
		"model": hex::show(&id.0),
		"owner": model.owner.to_string(),
		"owner_share_millionths": model.owner_share.0,
		"versions": versions,
	}));
	Ok(())
}

fn show(version: &VersionInfo<AccountId>, out: &Output) -> Value {
	let about = &version.description;
	let visibility = requests::name(about.visibility);
	let status = match version.status {
		Status::Active => "active",
		Status::Deprecated => "deprecated",
	};
	let labels = labels(about);
	let accuracy = String::from_utf8_lossy(&about.accuracy).into_owned();
	let uri = String::from_utf8_lossy(&about.content.uri).into_owned();
	let (setup_words, setup) = setup_claim(&version.setup);
	out.say(format_args!("version {}, {status}", version.number));
	out.field("commitment", params::words(&about.params));
	out.field("ranges", params::ranges_of(about, version.params_range));
	out.field("circuit", hex::show(&about.circuit.0));
	// No proof touches the rest.
	out.say("  says the owner:");
	let said = |label: &str, words: &dyn std::fmt::Display| out.field(&format!("  {label}"), words);
	said("setup", &setup_words);
	said("parameters", &visibility);
	for (role, infos) in [(Role::Input, &about.inputs), (Role::Output, &about.outputs)] {
		for (index, info) in infos.iter().enumerate() {
			said(&given::heading(role, infos, index), &tensors::describe(&info.tensor));
		}
	}
	let quoted: Vec<String> = labels.iter().map(|label| text::quoted(label)).collect();
	for (label, words) in [
		("labels", quoted.join(", ")),
		("accuracy", if accuracy.is_empty() { String::new() } else { text::quoted(&accuracy) }),
		("files", if uri.is_empty() { String::new() } else { text::quoted(&uri) }),
	] {
		if !words.is_empty() {
			said(label, &words);
		}
	}
	let mut object = json!({
		"version": version.number,
		"status": status,
		"visibility": visibility,
		"params_range": params::range(version.params_range),
		"circuit": hex::show(&about.circuit.0),
		"setup": setup,
		"inputs": ValueFile::all(&about.inputs),
		"outputs": ValueFile::all(&about.outputs),
		"labels": labels,
		"accuracy_claim": accuracy,
		"content": {
			"model": hex::show(&about.content.model),
			"proving_key": hex::show(&about.content.proving_key),
			"uri": uri,
		},
	});
	params::describe(&mut object, &about.params);
	object
}
