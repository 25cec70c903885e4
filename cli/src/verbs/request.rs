//! `zkml request`

use codec::Encode;
use serde_json::json;
use zkml_primitives::{
	Deadline, Place, Request as Stored, Scalar, Status, TensorData, Terms, Visibility,
	REQUEST_ENTRIES,
};

use super::{
	model,
	shared::{self, Session, Takes},
};
use crate::{args::Request, chain::Call, error::CliError, hex, output::Output, parse, tensors};

/// Asks for an inference.
pub async fn run(args: Request, out: &Output) -> Result<(), CliError> {
	let id = parse::model(&args.model_id)?;
	let session = Session::open(&args.send).await?;
	let version = model::version(&session.chain, id, args.model_version).await?;
	if version.status == Status::Deprecated {
		let what = format!("version {} of the model", version.number);
		return Err(CliError::mismatch(what, "an active version", "a deprecated one"));
	}
	let spec = &version.description.input;
	let values =
		shared::read_values(&args.input.input, spec, |reals| tensors::quantize(spec, reals))?;
	out.say(format_args!("model {} version {}", hex::show(&id.0), version.number));
	let mut given = shared::give(&args.input, spec, values)?;
	let data = match &given.opening {
		Some(opening) => TensorData::Committed(Scalar(opening.commitment)),
		None => tensors::public("the input", spec, &given.values)?,
	};
	if given.opening.is_some() {
		out.field("note", "only a prover that is given the opening can answer");
	}
	let price = args.price;
	let owner_share = session.chain.known_model(id).await?.owner_share;
	let opened = session.chain.height().await?;
	let deadline = Deadline { block: opened.saturating_add(args.blocks), moment: 0 };
	let terms = Terms {
		price: price.0,
		max_owner_share: owner_share,
		output: Visibility::Public,
		deadline,
	};
	let stored = Stored {
		model: id,
		version: version.number,
		circuit: version.description.circuit,
		params: version.description.params.scalar(),
		description: [0; 32],
		requester: session.account,
		input: data.clone(),
		commitment: Scalar::ZERO,
		output: terms.output,
		price: price.0,
		owner_share,
		deposit: 0,
		opened: Place { block: opened, extrinsic: 0 },
		deadline,
		expiry: 0,
		swept_in: 0,
	};
	let bytes = stored.encoded_size() + REQUEST_ENTRIES as usize;
	let private = version.description.visibility == Visibility::Private;
	let takes = [
		Takes {
			label: "price",
			words: format!("{price}, held until the answer or the refund"),
			held: price.0,
		},
		Takes::note("owner's share", parse::show_share(owner_share)),
		session.deposit("Inference", &[bytes], "the same").await?,
		Takes::note("parameters", if private { "private" } else { "public" }),
		Takes::note("answer until", format!("block {}", deadline.block)),
	];
	let args = (id, version.number, data, terms);
	let call = Call::new("Inference", "request", &args);
	let ready = session.prepare(&call, &takes, out).await?;
	session.confirm(out)?;
	given.keep(out)?;
	let (sent, report) = session.send(ready, out).await?;
	let number = sent
		.number("Inference.Requested", "request")
		.ok_or_else(|| CliError::mismatch("the block", "an event Inference.Requested", "none"))?;
	out.say(format_args!("request {number}"));
	out.finish(json!({
		"request": number as u64,
		"model": hex::show(&id.0),
		"version": version.number,
		"price": price.0.to_string(),
		"deadline": { "block": deadline.block, "moment": deadline.moment },
		"input": given.opening.is_none().then_some(&given.values),
		"transaction": report,
	}));
	Ok(())
}
