//! `zkml audit`: what a record rests on, taken off the chain and checked without it.
//!
//! The chain is asked for data alone: the record, the model's description, the key, and the calls
//! that brought question and proof. Every hash is computed here, and the proof is verified here. Which
//! blocks are the chain's is the node's word: who does not trust it asks one of their own.

mod check;

use serde_json::{json, Value};
use zkml_client::{
	chain::{self, AccountId, Balance, Chain, ChainError, Extrinsic},
	hex,
	parse::{self, Amount},
	proof_file::show_action,
};
use zkml_primitives::{
	Action, Answer, CircuitInfo, Model, ModelId, Place, Record, RequestId, Role, StatementId,
	Submission, TensorData, Tensors, Terms, VersionInfo, Visibility,
};

use self::check::{Carried, Evidence, Found};
use super::{
	circuit::{setup_claim, AtHand},
	model, node, params, shared,
};
use crate::{
	args::Audit,
	error::CliError,
	output::{self, Output, Progress},
};

/// The fields of `Inference.Paid`: request, prover, what it got, owner, what that got.
type Paid = (RequestId, AccountId, Balance, AccountId, Balance);

/// Fetches a record and what it rests on, checks all of it here, and says in words what it means.
pub async fn run(args: Audit, out: &Output) -> Result<(), CliError> {
	let statement = parse::statement(&args.statement)?;
	let at_hand = AtHand::load(args.ceremony.as_deref())?;
	let shown = hex::show(&statement.0);
	let chain = node::connect(&args.node.url).await?;
	let progress = Progress::start("fetching the record");
	let missing = || ChainError::missing(format!("a record of statement {shown}"));
	let record = match chain.record(statement).await? {
		Some(record) => record,
		None if chain.program_record(statement).await?.is_some() => {
			let expected = "the statement of an inference";
			let got = "one of a program (zkml program record shows it)";
			return Err(CliError::mismatch(shown, expected, got));
		}
		None => return Err(missing().into()),
	};
	let proved = chain.extrinsic(record.proved).await?;
	let asked = match record.asked == record.proved {
		true => None,
		false => Some(chain.extrinsic(record.asked).await?),
	};
	let (owner, version) = described(&chain, &record).await?;
	let block = record.proved.block;
	let circuit: Option<CircuitInfo<AccountId>> =
		chain.read_since(block, "ModelRegistryApi_circuit", &record.circuit, |_| true).await?;
	let what = || format!("the circuit {}", hex::show(&record.circuit.0));
	let circuit = circuit.ok_or_else(|| ChainError::missing(what()))?;
	let evidence = Evidence {
		statement,
		genesis: chain.genesis(),
		record: &record,
		description: &version.description,
		params_range: version.params_range,
		key: &circuit.key,
		carried: carried(&record, &proved, asked.as_ref()),
	};
	progress.update("checking", 0, 0);
	// From here on nothing is asked of the chain.
	let found = check::check(&evidence)?;
	let took = progress.finish();
	let seen = agreed(&proved, statement)?;

	let mut report = show(&record, &version, &found, out);
	if let Some(at_hand) = at_hand {
		report["ceremony"] = at_hand.compare(&circuit.key, &record.setup, out);
	}
	report["owner"] = json!(owner.to_string());
	out.field("owner now", owner);
	let (words, paid) = paid(&record, &proved);
	out.field("paid", words);
	report["paid"] = paid;
	report["statement"] = json!(shown);
	report["block_hash"] = json!(hex::show(&proved.block_hash));
	report["event_seen"] = json!(seen);
	report["finalized"] = json!(proved.finalized);
	place(&record, &proved, out);
	out.say(format_args!("statement {shown} holds: every hash and the proof were checked here"));
	report["cost"] = output::cost(out, took);
	report["sound"] = json!(true);
	out.finish(report);
	Ok(())
}

/// The model's owner and the version that was run; from the block of the record if the model is gone,
/// or has another version of that number by now.
async fn described(
	chain: &Chain,
	record: &Record<AccountId, Balance>,
) -> Result<(AccountId, VersionInfo<AccountId>), CliError> {
	let (block, number) = (record.proved.block, record.version);
	let same = |model: &Model<AccountId>| {
		chain::version_of(model, Some(number))
			.is_some_and(|version| version.description.hash() == record.description)
	};
	let model: Option<Model<AccountId>> =
		chain.read_since(block, "ModelRegistryApi_model", &record.model, same).await?;
	let what = || format!("the model {}", hex::show(&record.model.0));
	let model = model.ok_or_else(|| ChainError::missing(what()))?;
	let version = chain::version_of(&model, Some(number)).cloned();
	let what = || format!("version {number} of the model");
	Ok((model.owner, version.ok_or_else(|| ChainError::missing(what()))?))
}

/// Every inference in the extrinsic that could be the record's, with every input that it could be of.
fn carried(
	record: &Record<AccountId, Balance>,
	proved: &Extrinsic,
	asked: Option<&Extrinsic>,
) -> Vec<Carried> {
	// Beside answers stands how long the public inputs are.
	type One = (Answer<AccountId>, u32);
	type Batch = (Vec<Answer<AccountId>>, u32);
	let alone = proved.arguments::<One>("Inference.answer").into_iter().map(|(answer, _)| answer);
	let batches = proved.arguments::<Batch>("Inference.answer_batch").into_iter();
	let answers = alone.chain(batches.flat_map(|(answers, _)| answers));
	let mut submissions: Vec<Submission<AccountId>> = proved.arguments("Inference.submit");
	submissions.extend(proved.arguments::<Vec<_>>("Inference.submit_batch").into_iter().flatten());
	let asked = asked.unwrap_or(proved);
	let requests: Vec<(ModelId, u32, Tensors<TensorData>, Terms<Balance>)> =
		asked.arguments("Inference.request");
	let mut found = Vec::new();
	for answer in answers {
		if record.action != Action::Answer(answer.request) {
			continue;
		}
		for (model, _, inputs, ..) in &requests {
			if *model == record.model {
				let Answer { beneficiary, outputs, ctx, proof, .. } = answer.clone();
				found.push(Carried { beneficiary, inputs: inputs.clone(), outputs, ctx, proof });
			}
		}
	}
	for submission in submissions {
		let Submission { model, version, nonce, .. } = submission;
		if (model, version, Action::Submit(nonce)) == (record.model, record.version, record.action)
		{
			let Submission { beneficiary, inputs, outputs, ctx, proof, .. } = submission;
			found.push(Carried { beneficiary, inputs, outputs, ctx, proof });
		}
	}
	found
}

/// Refuses a record of which the chain says nothing in the extrinsic that it names. Whether the events
/// could be asked: a node without that block's state has none.
fn agreed(proved: &Extrinsic, statement: StatementId) -> Result<bool, CliError> {
	match proved.events::<StatementId>("Inference.Verified") {
		Some(events) if !events.contains(&statement) => {
			let expected = format!("an event of {} in its extrinsic", hex::show(&statement.0));
			Err(CliError::mismatch("the record", expected, "none"))
		}
		events => Ok(events.is_some()),
	}
}

/// What was found, in words.
fn show(
	record: &Record<AccountId, Balance>,
	version: &VersionInfo<AccountId>,
	found: &Found,
	out: &Output,
) -> Value {
	let about = &version.description;
	let ins = shared::tensors_json(Role::Input, &found.inputs, &about.inputs, &[]);
	let labels = model::labels(about);
	let outs = shared::tensors_json(Role::Output, &record.outputs, &about.outputs, &labels);
	let (setup_words, setup) = setup_claim(&record.setup);
	let (parameters, visibility) = match about.visibility {
		Visibility::Public => ("public, in the model's file", "public"),
		Visibility::Private => ("private, known by this commitment alone", "private"),
	};
	out.say("model");
	out.field("id", format_args!("{} version {}", hex::show(&record.model.0), record.version));
	out.field("parameters", format_args!("{}, {parameters}", params::words(&about.params)));
	let range = params::ranges_of(about, record.params_range);
	match about.params.point() {
		// Each inference proves it, or the parameters are known.
		None => out.field("ranges", range),
		// Its proof is in the call that published the version, which no record names.
		Some(_) => out.field("ranges", format_args!("{range} (the chain's word)")),
	}
	out.field("circuit", format_args!("{}, hash of its key", hex::show(&record.circuit.0)));
	out.field("setup", setup_words);
	out.say("inference");
	let say = |all: Vec<(String, String, Value)>| -> Vec<Value> {
		let one = |(heading, words, value): (String, String, Value)| {
			out.field(&heading, words);
			value
		};
		all.into_iter().map(one).collect()
	};
	let (inputs, outputs) = (say(ins), say(outs));
	out.field("for", show_action(record.action));
	out.field("bound to", format_args!("context {}, as recomputed", hex::show(&record.ctx.0)));
	out.field("prover", record.beneficiary);
	let mut report = json!({
		"model": hex::show(&record.model.0),
		"version": record.version,
		"params_range": params::range(record.params_range),
		"visibility": visibility,
		"circuit": hex::show(&record.circuit.0),
		"setup": setup,
		"inputs": inputs,
		"input_digests": record.inputs.iter().map(|input| hex::show(&input.0)).collect::<Vec<_>>(),
		"outputs": outputs,
		"ctx": hex::show(&record.ctx.0),
		"action": show_action(record.action),
		"beneficiary": record.beneficiary.to_string(),
		"block": record.proved.block,
		"extrinsic": record.proved.extrinsic,
		"asked": { "block": record.asked.block, "extrinsic": record.asked.extrinsic },
		"prunable_after": record.expiry,
		"depositor": record.depositor.to_string(),
		"deposit": record.deposit.to_string(),
		"checks": found.checks,
	});
	params::describe(&mut report, &about.params);
	report
}

/// Who was paid how much, in words and for programs.
fn paid(record: &Record<AccountId, Balance>, proved: &Extrinsic) -> (String, Value) {
	let Action::Answer(request) = record.action else {
		return ("nobody: it was not asked for".into(), Value::Null);
	};
	let Some(events) = proved.events::<Paid>("Inference.Paid") else {
		let block = record.proved.block;
		let words = format!("not known here: an archive node has the events of block {block}");
		return (words, Value::Null);
	};
	let Some((_, prover, to_prover, owner, to_owner)) =
		events.into_iter().find(|(paid, ..)| *paid == request)
	else {
		return ("nobody: the extrinsic has no such event".into(), Value::Null);
	};
	let words = format!(
		"{} to the prover {prover}, {} to the owner {owner}",
		Amount(to_prover),
		Amount(to_owner)
	);
	let value = json!({
		"prover": prover.to_string(),
		"prover_amount": to_prover.to_string(),
		"owner": owner.to_string(),
		"owner_amount": to_owner.to_string(),
	});
	(words, value)
}

/// Where it all is, and for how long.
fn place(record: &Record<AccountId, Balance>, proved: &Extrinsic, out: &Output) {
	let words = |place: Place| format!("block {}, extrinsic {}", place.block, place.extrinsic);
	let last = if proved.finalized { "final" } else { "not final yet" };
	out.say("on chain");
	out.field("proof", format_args!("{}, {last}", words(record.proved)));
	if record.asked != record.proved {
		out.field("question", words(record.asked));
	}
	out.field("prunable", format_args!("after block {}, by anyone", record.expiry));
	out.field("deposit", format_args!("{} by {}", Amount(record.deposit), record.depositor));
}
