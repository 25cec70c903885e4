//! `zkml submit`: announce a private input, prove bound to the chain, submit.

use std::{collections::BTreeSet, path::PathBuf};

use rand::{rngs::OsRng, RngCore};
use serde_json::{json, Value};
use zkml_client::{
	chain::{calls::inference, AccountId},
	hex, parse,
	proof_file::{visibilities, ProofFile},
	Offer,
};
use zkml_primitives::{
	Action, Context, InferenceItem, ModelId, Scalar, Shown, Submission, TensorData, MAX_BATCH,
};

use super::{
	given::{self, Given},
	shared::{self, Bound, Session, Takes},
};
use crate::{args::Submit, error::CliError, output::Output};

/// Proves an inference, or takes proofs made before, and sends them in one transaction.
pub async fn run(args: Submit, out: &Output) -> Result<(), CliError> {
	let model = args.model_id.as_deref().map(parse::model).transpose()?;
	let beneficiary = args.beneficiary.as_deref().map(parse::account).transpose()?;
	let made_before = match &args.from {
		Some(paths) => {
			if paths.len() > MAX_BATCH as usize {
				let expected = format!("at most {MAX_BATCH} proofs");
				return Err(CliError::mismatch("--from", expected, paths.len()));
			}
			let load = |path: &PathBuf| {
				let file = ProofFile::load(path)?;
				Ok((Offer::from_file(&file, beneficiary)?, file))
			};
			Some(paths.iter().map(load).collect::<Result<Vec<_>, CliError>>()?)
		}
		None => None,
	};
	let session = Session::open(&args.send).await?;
	let (offers, made) = match (made_before, model) {
		(Some(offers), _) => (offers, Value::Null),
		(None, Some(model)) => {
			let (file, made) = prove(&args, (model, beneficiary), &session, out).await?;
			(vec![(Offer::from_file(&file, None)?, file)], made)
		}
		(None, None) => {
			return Err(CliError::Usage("expected --model-id or --from, got neither".into()))
		}
	};
	let (offers, files): (Vec<Offer>, Vec<ProofFile>) = offers.into_iter().unzip();
	let call = Offer::call(&offers).ok_or_else(|| {
		let expected = "expected proofs that all answer requests, or none that does";
		CliError::Usage(format!("--from: {expected}, got both"))
	})?;
	let mut announced = Vec::new();
	for (offer, file) in offers.iter().zip(&files) {
		let Offer::Submission(Submission { inputs, .. }) = offer else { continue };
		let mut checked = args.no_check;
		for input in inputs {
			let TensorData::Committed(input) = input else { continue };
			// Announcing costs something.
			if !checked {
				shared::check_file(&session.chain, file).await?;
				checked = true;
			}
			announced.extend(announce(&session, *input, None, out).await?);
		}
	}
	let records: Vec<InferenceItem> = offers.iter().map(Offer::record).collect();
	let takes = [session.deposit(&records, "it is pruned").await?];
	let ready = session.prepare(&call, &takes, out).await?;
	if !args.no_check {
		let mut asked = BTreeSet::new();
		for (offer, file) in offers.iter().zip(&files) {
			let statement = session.chain.check(&session.account, offer).await?;
			if !asked.insert(statement) {
				let (expected, got) = ("proofs of different statements", "one statement twice");
				return Err(CliError::mismatch("--from", expected, got));
			}
			shared::check_file(&session.chain, file).await?;
		}
	}
	session.confirm(out)?;
	let (sent, report) = session.send(ready, out).await?;
	let statements = sent.hashes("Inference.Verified", "statement");
	let shown: Vec<String> = statements.iter().map(|id| hex::show(id)).collect();
	for statement in &shown {
		out.say(format_args!("statement {statement}"));
	}
	out.finish(json!({
		"statement": shown.first(),
		"statements": shown,
		"made": made,
		"commit_input": announced,
		"transaction": report,
	}));
	// In a batch each stands or falls alone.
	if statements.len() != offers.len() {
		let expected = format!("{} records", offers.len());
		return Err(CliError::mismatch("the block", expected, statements.len()));
	}
	Ok(())
}

/// Announces a private input, unless that was done; what opens it is kept before. What became of the
/// transaction, if there was one.
async fn announce(
	session: &Session,
	input: Scalar,
	given: Option<&mut Given>,
	out: &Output,
) -> Result<Option<Value>, CliError> {
	if session.chain.input_announced(&session.account, input).await? {
		return Ok(None);
	}
	let call = inference::commit_input(input);
	let takes = [
		Takes::note("input", hex::show(&input.0)),
		session.deposit(&[InferenceItem::Input], "the commitment is withdrawn").await?,
	];
	let ready = session.prepare(&call, &takes, out).await?;
	session.confirm(out)?;
	given.map_or(Ok(()), |given| given.keep(out))?;
	Ok(Some(session.send(ready, out).await?.1))
}

async fn prove(
	args: &Submit,
	(model, beneficiary): (ModelId, Option<AccountId>),
	session: &Session,
	out: &Output,
) -> Result<(ProofFile, Value), CliError> {
	out.say("proving");
	let prover = shared::prover(&args.workbench, out)?;
	let version =
		shared::matching_version(&session.chain, model, args.model_version, &prover).await?;
	let values = given::read_inputs(&args.input.input, prover.model())?;
	let beneficiary = beneficiary.unwrap_or(session.account);
	let mut given = given::give(&args.input, prover.model().inputs(), values)?;
	shared::check_places(&given, &args.output, &args.proof)?;
	for commitment in given.commitments() {
		announce(session, commitment, Some(&mut given), out).await?;
	}
	let shown = Shown {
		inputs: visibilities("the inputs", given.hidden())?,
		outputs: visibilities(
			"the outputs",
			shared::hidden_outputs(prover.model(), &args.output)?,
		)?,
	};
	let context = Context {
		genesis: session.chain.genesis(),
		action: Action::Submit(OsRng.next_u64()),
		model,
		version,
		beneficiary,
		expiry: session.chain.height().await?.saturating_add(args.blocks),
		shown,
	};
	let made =
		shared::prove(&prover, &mut given, &args.output, Bound::to(&context), &args.proof, out)?;
	let report = made.report(&args.proof, out);
	Ok((made.file, report))
}
