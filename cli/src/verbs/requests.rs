//! `zkml requests`: what is open, and until when.

use serde_json::{json, Value};
use zkml_client::{
	hex,
	parse::{self, Amount, Span},
};
use zkml_primitives::{Deadline, ModelId, RequestId, Scalar, Visibility, MAX_PAGE};

use super::node;
use crate::{
	args::Requests,
	error::CliError,
	output::{Output, Progress},
};

use zkml_client::chain::Listed as Open;

/// Lists a page of open requests as they are in one block.
pub async fn run(args: Requests, out: &Output) -> Result<(), CliError> {
	let model = args.model.as_deref().map(parse::model).transpose()?;
	let requester = args.requester.as_deref().map(parse::account).transpose()?;
	let chain = node::connect(&args.node.url).await?;
	// One block, so that no page moves below the one before.
	let at = chain.best().await?;
	let (now, open) = (chain.now(&at).await?, chain.open_count().await?);
	let wanted = |request: &Open| {
		model.is_none_or(|model| request.model == model)
			&& requester.is_none_or(|account| request.requester == account)
	};
	let (mut found, mut after, mut more) = (Vec::new(), args.after, false);
	let progress = Progress::start("reading open requests");
	'pages: loop {
		let page = chain.open_page(&at, after, MAX_PAGE).await?;
		if page.is_empty() {
			break;
		}
		for (id, request) in page {
			if !wanted(&request) {
				after = Some(id);
				continue;
			}
			if found.len() >= args.limit as usize {
				more = true;
				break 'pages;
			}
			after = Some(id);
			found.push((id, request));
		}
	}
	progress.finish();
	found.sort_by_key(|(id, _)| *id);
	out.say(format_args!("{open} open at block {}", now.block));
	if !found.is_empty() {
		out.say(line(&HEADS.map(str::to_owned)));
	}
	for (id, request) in &found {
		out.say(line(&row(*id, request, now)));
	}
	let next = after.filter(|_| more);
	if let Some(next) = next {
		out.say(format_args!("more: --after {next}"));
	}
	let list: Vec<Value> = found.iter().map(|(id, request)| object(*id, request)).collect();
	out.finish(json!({
		"open": open,
		"block": now.block,
		"moment": now.moment,
		"requests": list,
		"next": next,
	}));
	Ok(())
}

const HEADS: [&str; 7] = ["request", "price", "open for", "input", "output", "model", "requester"];
const WIDTHS: [usize; 6] = [9, 16, 24, 8, 8, 16];

fn line(cells: &[String; 7]) -> String {
	let mut line = String::new();
	for (cell, width) in cells.iter().zip(WIDTHS) {
		line.push_str(&format!("{cell:<width$} "));
	}
	line + &cells[6]
}

fn row(id: RequestId, request: &Open, now: Deadline) -> [String; 7] {
	[
		id.to_string(),
		Amount(request.price).to_string(),
		left(request.deadline, now),
		names(&request.inputs).join(","),
		names(&request.outputs).join(","),
		short(request.model, request.version),
		request.requester.to_string(),
	]
}

/// Enough of a model's id to tell it from others; `--json` has all of it.
fn short(model: ModelId, version: u32) -> String {
	let id = hex::show(&model.0);
	format!("{}.. v{version}", id.get(..10).unwrap_or(&id))
}

fn object(id: RequestId, request: &Open) -> Value {
	let commitment = |(seen, digest): (&Visibility, &Scalar)| match seen {
		Visibility::Private => Some(hex::show(&digest.0)),
		Visibility::Public => None,
	};
	let commitments: Vec<_> = request.inputs.iter().zip(&request.digests).map(commitment).collect();
	json!({
		"request": id,
		"model": hex::show(&request.model.0),
		"version": request.version,
		"circuit": hex::show(&request.circuit.0),
		"params": hex::show(&request.params.0),
		"requester": request.requester.to_string(),
		"price": request.price.to_string(),
		"owner_share_millionths": request.owner_share.0,
		"input_visibilities": names(&request.inputs),
		"input_commitments": commitments,
		"output_visibilities": names(&request.outputs),
		"deadline": deadline_json(request.deadline),
		"expiry": request.expiry,
		"opened": { "block": request.opened.block, "extrinsic": request.opened.extrinsic },
	})
}

/// A visibility in a word.
pub fn name(visibility: Visibility) -> &'static str {
	match visibility {
		Visibility::Public => "public",
		Visibility::Private => "private",
	}
}

/// Visibilities in a word each.
pub fn names(all: &[Visibility]) -> Vec<&'static str> {
	all.iter().map(|visibility| name(*visibility)).collect()
}

/// For programs; null where time or blocks do not count.
pub fn deadline_json(deadline: Deadline) -> Value {
	json!({
		"block": Some(deadline.block).filter(|block| *block > 0),
		"moment": Some(deadline.moment).filter(|moment| *moment > 0),
	})
}

/// What is left until a deadline. Both its parts must pass.
pub fn left(deadline: Deadline, now: Deadline) -> String {
	let time =
		(deadline.moment > now.moment).then(|| Span(deadline.moment - now.moment).to_string());
	let blocks = (deadline.block >= now.block).then(|| match deadline.block - now.block {
		1 => "1 block".to_owned(),
		blocks => format!("{blocks} blocks"),
	});
	match (time, blocks) {
		(None, None) => "over".into(),
		(Some(time), None) => time,
		(None, Some(blocks)) => blocks,
		(Some(time), Some(blocks)) => format!("{time} and {blocks}"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_is_left_is_what_has_not_passed() {
		let now = Deadline { block: 100, moment: 1_000_000 };
		for (block, moment, words) in [
			(0, 0, "over"),
			(99, 1_000_000, "over"),
			(100, 0, "0 blocks"),
			(101, 0, "1 block"),
			(0, 1_090_000, "1 min 30 s"),
			(120, 1_090_000, "1 min 30 s and 20 blocks"),
		] {
			assert_eq!(left(Deadline { block, moment }, now), words);
		}
	}

	#[test]
	fn a_part_of_a_deadline_that_does_not_count_is_null() {
		let object = deadline_json(Deadline { block: 7, moment: 0 });
		assert_eq!(object, json!({ "block": 7, "moment": null }));
	}
}
