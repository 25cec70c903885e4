//! `zkml prove`

use rand::{rngs::OsRng, RngCore};
use serde_json::json;
use zkml_circuits::Prover;
use zkml_client::{
	chain::{AccountId, Chain, ChainError},
	hex, keys, parse,
	proof_file::{read_action, visibilities, ContextFile},
};
use zkml_primitives::{
	visibilities as asked_of, Action, Context, RequestId, Role, Scalar, Shown, Visibility,
};

use super::{
	given, node, requests,
	shared::{self, Bound},
};
use crate::{
	args::{Binding, Input, Prove},
	error::CliError,
	output::Output,
};

/// Blocks for which a proof is good unless something else is said: an hour.
const GOOD_FOR: u32 = 600;

/// Proves an inference and writes the proof, with the openings of what is private beside it.
pub async fn run(args: Prove, out: &Output) -> Result<(), CliError> {
	out.say("proving");
	let prover = shared::prover(&args.workbench, out)?;
	let values = given::read_inputs(&args.input.input, prover.model())?;
	let context = context(&args, &prover).await?;
	let bound = match (&context, &args.binding.ctx) {
		(Some(context), _) => Bound::to(context),
		(None, Some(text)) => Bound { ctx: shared::ctx(text)?, context: None },
		(None, None) => Bound { ctx: Scalar::ZERO, context: None },
	};
	let mut given = given::give(&args.input, prover.model().inputs(), values)?;
	let made = shared::prove(&prover, &mut given, &args.output, bound, &args.proof, out)?;
	let mut report = made.report(&args.proof, out);
	report["constraints"] = json!(prover.model().estimate().constraints);
	report["context"] = json!(context.as_ref().map(ContextFile::from));
	out.finish(report);
	Ok(())
}

/// The context from its parts; what was not given is asked from the node.
async fn context(args: &Prove, prover: &Prover) -> Result<Option<Context<AccountId>>, CliError> {
	let Binding { model_id, model_version, action, beneficiary, expiry, genesis, .. } =
		&args.binding;
	let Some(model_id) = model_id else { return Ok(None) };
	let model = parse::model(model_id)?;
	let action = match action {
		Some(text) => read_action(text)?,
		None => Action::Submit(OsRng.next_u64()),
	};
	let beneficiary = match beneficiary {
		Some(text) => parse::account(text)?,
		None => keys::account(&args.key.load()?),
	};
	let (infos, Input { private_input, hide_input, .. }) = (prover.model().inputs(), &args.input);
	let hidden = given::hidden(Role::Input, infos, *private_input, hide_input)?;
	let inputs = visibilities("the inputs", hidden)?;
	let hidden = shared::hidden_outputs(prover.model(), &args.output)?;
	let shown = Shown { inputs, outputs: visibilities("the outputs", hidden)? };
	if let (Some(version), Some(expiry), Some(genesis)) = (model_version, expiry, genesis) {
		let genesis = hex::read("--genesis", genesis)?;
		let (version, expiry) = (*version, *expiry);
		return Ok(Some(Context { genesis, action, model, version, beneficiary, expiry, shown }));
	}
	let chain = node::connect(&args.node.url).await?;
	let genesis = chain.genesis();
	// An answer's version and expiry are the request's.
	let (version, expiry) = match action {
		Action::Answer(number) => {
			let request = chain
				.request(number)
				.await?
				.ok_or_else(|| ChainError::missing(format!("the open request {number}")))?;
			agrees(number, "input", &asked_of(&request.inputs), &shown.inputs)?;
			agrees(number, "output", &request.outputs, &shown.outputs)?;
			(request.version, request.expiry)
		}
		Action::Register => (1, expiry_or_later(*expiry, &chain).await?),
		Action::Publish | Action::Submit(_) => {
			let version = shared::matching_version(&chain, model, *model_version, prover).await?;
			(version, expiry_or_later(*expiry, &chain).await?)
		}
	};
	Ok(Some(Context { genesis, action, model, version, beneficiary, expiry, shown }))
}

/// Refuses to hide what the requester pays to see, or to show what they want hidden: the chain would.
fn agrees(
	request: RequestId,
	what: &str,
	asked: &[Visibility],
	given: &[Visibility],
) -> Result<(), CliError> {
	if asked == given {
		return Ok(());
	}
	let side = |all: &[Visibility]| match all {
		[Visibility::Public] => format!("a public {what} (without --private-{what})"),
		[Visibility::Private] => format!("a private {what} (--private-{what})"),
		all => {
			let names: Vec<_> = all.iter().map(|seen| requests::name(*seen)).collect();
			format!("{what}s that are {} (--hide-{what} NAME)", names.join(", "))
		}
	};
	Err(CliError::mismatch(format!("the answer to request {request}"), side(asked), side(given)))
}

async fn expiry_or_later(expiry: Option<u32>, chain: &Chain) -> Result<u32, ChainError> {
	match expiry {
		Some(expiry) => Ok(expiry),
		None => Ok(chain.height().await?.saturating_add(GOOD_FOR)),
	}
}
