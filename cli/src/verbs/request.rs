//! `zkml request`

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use zkml_client::{
	chain::calls::inference,
	hex,
	parse::{self, Span},
	proof_file::visibilities,
	tensors, text,
};
use zkml_primitives::{Deadline, InferenceItem, Role, Share, Status, Terms, Visibility};

use super::{
	given, model, requests as queue,
	shared::{Session, Takes},
};
use crate::{
	args::Request,
	error::CliError,
	output::{self, Output},
};

/// Time for an answer if nothing else is said: half an hour, and a second for each request that is open already. The
/// chain takes what is beyond its horizon for an error, and the request is not made.
fn usual(open: u32) -> Span {
	Span(30 * 60_000 + 1_000 * u64::from(open))
}

/// Asks for an inference.
pub async fn run(args: Request, out: &Output) -> Result<(), CliError> {
	let id = parse::model(&args.model_id)?;
	let session = Session::open(&args.send).await?;
	let version = model::version(&session.chain, id, args.model_version).await?;
	if version.status == Status::Deprecated {
		let what = format!("version {} of the model", version.number);
		return Err(CliError::mismatch(what, "an active version", "a deprecated one"));
	}
	let infos = &version.description.inputs;
	let quantize = |reals: &[Vec<f32>]| tensors::quantize_all(infos, reals);
	let values = given::read_values(&args.input.input, infos, quantize)?;
	out.say(format_args!("model {} version {}", hex::show(&id.0), version.number));
	let mut given = given::give(&args.input, infos, values)?;
	let data = given.data(infos)?;
	if given.hidden().contains(&true) {
		out.field("note", "only a prover that is given the opening can answer");
	}
	let price = args.price;
	let owner_share = session.chain.known_model(id).await?.owner_share;
	let max_owner_share = match &args.max_owner_share {
		None => owner_share,
		Some(text) => parse::share(text)?,
	};
	if owner_share.0 > max_owner_share.0 {
		let (most, got) = (parse::show_share(max_owner_share), parse::show_share(owner_share));
		return Err(CliError::mismatch("the owner's share", format!("at most {most}"), got));
	}
	let now = session.chain.now(&session.chain.best().await?).await?;
	let before = session.chain.open_count().await?;
	let deadline = deadline(now, args.blocks, args.within, usual(before));
	let results = &version.description.outputs;
	let hidden = given::hidden(Role::Output, results, args.private_output, &args.hide_output)?;
	let outputs = visibilities("the outputs", hidden.clone())?;
	let terms = Terms { price: price.0, max_owner_share, outputs: outputs.clone(), deadline };
	let private = version.description.visibility == Visibility::Private;
	let mut takes = vec![
		Takes {
			label: "price",
			words: format!("{price}, held until the answer or the refund"),
			held: price.0,
		},
		Takes::note("owner's share", share_words(owner_share, max_owner_share)),
		session
			.deposit(
				&[InferenceItem::Request { inputs: data.clone(), outputs: results.len() as u8 }],
				"the same",
			)
			.await?,
		Takes::note("parameters", if private { "private" } else { "public" }),
	];
	for (index, seen) in outputs.iter().enumerate() {
		let words = match seen {
			Visibility::Public => "public: everybody sees the answer",
			Visibility::Private => {
				"private: a commitment, whose opening is with whoever answers (zkml result --output-opening)"
			}
		};
		let words = match results.get(index).filter(|_| results.len() > 1) {
			Some(info) => format!("{}, {words}", text::quoted(&info.title())),
			None => words.to_owned(),
		};
		takes.push(Takes::note("output", words));
	}
	takes.extend([
		Takes::note("open for", queue::left(deadline, now)),
		Takes::note("open before it", format!("{before} requests, of all models")),
	]);
	let call = inference::request(id, version.number, &data, &terms);
	let ready = session.prepare(&call, &takes, out).await?;
	let unseen: Vec<String> = results
		.iter()
		.zip(&hidden)
		.filter(|(_, hidden)| **hidden)
		.map(|(info, _)| text::quoted(&info.title()))
		.collect();
	if !unseen.is_empty() && !given.hidden().contains(&true) {
		output::warn(format_args!(
			"output {} is to be hidden and no input is: any prover that keeps openings may answer, is paid, \
			 and gives you the output or not. Hide an input too (--private-input or --hide-input), and give \
			 its opening to a prover that you trust",
			unseen.join(", ")
		));
	}
	session.confirm(out)?;
	given.keep(out)?;
	let (sent, report) = session.send(ready, out).await?;
	let number = sent
		.number("Inference.Requested", "request")
		.ok_or_else(|| CliError::mismatch("the block", "an event Inference.Requested", "none"))?;
	out.say(format_args!("request {number}"));
	let each = given.values.iter().zip(given.hidden());
	let shown: Vec<_> = each.map(|(values, hidden)| (!hidden).then_some(values)).collect();
	out.finish(json!({
		"request": number as u64,
		"model": hex::show(&id.0),
		"version": version.number,
		"price": price.0.to_string(),
		"max_owner_share_millionths": max_owner_share.0,
		"output_visibilities": queue::names(&outputs),
		"deadline": queue::deadline_json(deadline),
		"open_before": before,
		"inputs": shown,
		"transaction": report,
	}));
	Ok(())
}

/// When a request closes that is made now. The chain's clock is that of its last block, which may be old
/// where blocks are made on demand: so it is this machine's if that is later.
fn deadline(now: Deadline, blocks: Option<u32>, within: Option<Span>, usual: Span) -> Deadline {
	let within = within.or_else(|| blocks.is_none().then_some(usual));
	let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
	let clock = now.moment.max(u64::try_from(since).unwrap_or(0));
	Deadline {
		block: blocks.map_or(0, |blocks| now.block.saturating_add(blocks)),
		moment: within.map_or(0, |Span(ms)| clock.saturating_add(ms)),
	}
}

/// What the owner gets, and what they could get if they changed it first.
fn share_words(now: Share, most: Share) -> String {
	let words = parse::show_share(now);
	match now == most {
		true => format!("{words} of the price; more is not accepted"),
		false => format!("{words} of the price; up to {} is accepted", parse::show_share(most)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_deadline_is_in_time_unless_blocks_are_given_alone() {
		// The chain's clock is ahead of ours here, and so it counts.
		let now = Deadline { block: 100, moment: u64::MAX / 2 };
		let after = |ms| now.moment + ms;
		for (blocks, within, block, moment) in [
			(None, None, 0, after(1_800_000)),
			(Some(5), None, 105, 0),
			(None, Some(Span(1_000)), 0, after(1_000)),
			(Some(5), Some(Span(1_000)), 105, after(1_000)),
		] {
			assert_eq!(deadline(now, blocks, within, usual(0)), Deadline { block, moment });
		}
		// A chain that stood still since 1970 takes nothing of the time away.
		let stale = deadline(Deadline { block: 1, moment: 1_000 }, None, None, usual(0));
		assert!(stale.moment > 1_700_000_000_000);
	}

	#[test]
	fn behind_a_queue_a_request_is_open_for_longer() {
		assert_eq!(usual(0).0, 30 * 60_000);
		assert_eq!(usual(10_000).0, 30 * 60_000 + 10_000_000);
		assert_eq!(usual(u32::MAX).0, 30 * 60_000 + 4_294_967_295_000);
	}
}
