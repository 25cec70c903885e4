//! `zkml model list`

use serde_json::{json, Value};
use zkml_client::{chain::AccountId, hex, parse, text};
use zkml_primitives::{Model, ModelId, Status, MAX_PAGE};

use super::{super::node, labels};
use crate::{
	args::ModelList,
	error::CliError,
	output::{Output, Progress},
	verbs::{params, requests},
};

/// Labels that a line of the table has room for.
const LABELS: usize = 4;

/// Lists models: those that anybody may ask, and the others.
pub async fn run(args: ModelList, out: &Output) -> Result<(), CliError> {
	let mut after = args.after.as_deref().map(parse::model).transpose()?;
	let chain = node::connect(&args.node.url).await?;
	let progress = Progress::start("reading models");
	let (mut found, mut more) = (Vec::new(), false);
	while found.len() < args.limit as usize {
		let left = args.limit.saturating_sub(found.len() as u32);
		let page = chain.models(after, left.min(MAX_PAGE)).await?;
		let Some(last) = page.last() else { break };
		after = Some(*last);
		for id in page {
			// One that is removed meanwhile is no longer in the list.
			if let Some(model) = chain.model(id).await? {
				found.push((id, model));
			}
			progress.update("reading models", found.len() as u64, 0);
		}
	}
	if let Some(last) = after {
		more = !chain.models(Some(last), 1).await?.is_empty();
	}
	progress.finish();
	if found.is_empty() {
		out.say("no models");
	} else {
		out.say(line([
			"model", "latest", "status", "weights", "ranges", "share", "owner", "labels",
		]));
	}
	for (id, model) in &found {
		let cells = row(*id, model);
		out.say(line(cells.each_ref().map(String::as_str)));
	}
	let next = after.filter(|_| more).map(|id| hex::show(&id.0));
	if let Some(next) = &next {
		out.say(format_args!("more: --after {next}"));
	}
	let list: Vec<Value> = found.iter().map(|(id, model)| object(*id, model)).collect();
	out.finish(json!({ "models": list, "next": next }));
	Ok(())
}

fn line(cells: [&str; 8]) -> String {
	let [id, latest, status, weights, ranges, share, owner, labels] = cells;
	format!(
		"{id:<66} {latest:<6} {status:<10} {weights:<7} {ranges:<10} {share:<8} {owner:<48} {labels}"
	)
	.trim_end()
	.to_owned()
}

fn status(status: Status) -> &'static str {
	match status {
		Status::Active => "active",
		Status::Deprecated => "deprecated",
	}
}

fn row(id: ModelId, model: &Model<AccountId>) -> [String; 8] {
	let latest = model.versions.last();
	let of = |words: Option<&str>| words.unwrap_or("-").to_owned();
	[
		hex::show(&id.0),
		latest.map_or("-".into(), |version| version.number.to_string()),
		of(latest.map(|version| status(version.status))),
		of(latest.map(|version| requests::name(version.description.visibility))),
		of(latest.map(|version| params::short_range(&version.description, version.params_range))),
		parse::show_share(model.owner_share),
		model.owner.to_string(),
		latest.map_or_else(String::new, |version| few(&labels(&version.description))),
	]
}

/// The first labels, in the owner's words.
fn few(labels: &[String]) -> String {
	let mut words: Vec<String> =
		labels.iter().take(LABELS).map(|label| text::quoted(label)).collect();
	if let Some(more @ 1..) = labels.len().checked_sub(LABELS) {
		words.push(format!("{more} more"));
	}
	words.join(", ")
}

fn object(id: ModelId, model: &Model<AccountId>) -> Value {
	let latest = model.versions.last();
	json!({
		"model": hex::show(&id.0),
		"owner": model.owner.to_string(),
		"owner_share_millionths": model.owner_share.0,
		"versions": model.versions.len(),
		"latest": latest.map(|version| json!({
			"version": version.number,
			"status": status(version.status),
			"visibility": requests::name(version.description.visibility),
			"params": hex::show(&version.description.params.scalar().0),
			"params_kind": params::kind(version.description.params.kind()),
			"params_range": params::range(version.params_range),
			"labels": labels(&version.description),
		})),
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn labels_are_the_owners_words_and_few() {
		let labels = |count: usize| (0..count).map(|i| format!("l{i}\"")).collect::<Vec<_>>();
		assert_eq!(few(&labels(0)), "");
		assert_eq!(few(&labels(1)), "\"l0\\\"\"");
		assert!(few(&labels(4)).ends_with("\"l3\\\"\""));
		assert!(few(&labels(10)).ends_with(", 6 more"));
	}
}
