//! `zkml program submit`: the chain's checks here first, then the chain's own.

use serde_json::json;
use zkml_client::{
	chain::{calls::programs, AccountId, ChainError, ProgramDetails},
	hex, parse,
};
use zkml_primitives::CircuitKey;
use zkml_programs::{
	public_inputs, Bound, Claim, ClaimError, ProgramId, ProgramItem, ProgramSubmission,
};

use super::{claims, context, releases};
use crate::{
	args::ProgramSubmit,
	error::CliError,
	output::{Output, Progress},
	verbs::shared::{Session, Takes},
};

/// Checks a proof of a program here, then sends it.
pub async fn run(args: ProgramSubmit, out: &Output) -> Result<(), CliError> {
	let program = parse::program(&args.program)?;
	let beneficiary = args.beneficiary.as_deref().map(parse::account).transpose()?;
	let claims::Shown { claim, proof, guest } = claims::read(&args)?;
	let session = Session::open(&args.send).await?;
	let details = session.chain.known_program(program).await?;
	claims::check_tool(&details.kind, args.tool)?;
	claims::check_guest(&details.kind, guest)?;
	let bound = match (args.nonce, args.expiry) {
		(Some(nonce), Some(expiry)) => {
			let beneficiary = beneficiary.unwrap_or(session.account);
			Some(Bound { nonce, beneficiary, expiry })
		}
		_ => None,
	};
	let submission = ProgramSubmission { program, claim, proof, bound };
	let statement = program.statement(&submission.claim);
	out.say(format_args!("a claim of {}", details.kind.family()));
	out.field("statement", hex::show(&statement.0));
	if !args.no_check {
		check(&session, &details, &submission).await?;
		out.field("checked here", "claim, context and proof, with the chain's key");
	}
	let ProgramSubmission { claim, bound, .. } = &submission;
	let item = ProgramItem::Record { claim: claim.clone(), bound: bound.clone() };
	let until = match bound {
		Some(_) => "the claim has expired and its record is pruned",
		None => "the chain ends: a claim that is not bound could always come again",
	};
	let takes = [
		Takes::note("for", bound.as_ref().map_or("whoever brings it first".into(), whom)),
		session.deposit(&[item], until).await?,
	];
	let call = programs::submit(&submission);
	let (sent, report) = session.act(&call, &takes, out).await?;
	let event = "Programs.Verified";
	let recorded = sent
		.hash(event, "statement")
		.ok_or_else(|| CliError::mismatch("the block", format!("an event {event}"), "none"))?;
	if recorded != statement.0 {
		let [expected, got] = [statement.0, recorded].map(|id| hex::show(&id));
		return Err(CliError::mismatch("the statement on record", expected, got));
	}
	out.say(format_args!("on record: statement {}", hex::show(&statement.0)));
	out.finish(json!({
		"statement": hex::show(&statement.0),
		"program": hex::show(&program.0),
		"checked": !args.no_check,
		"transaction": report,
	}));
	Ok(())
}

/// A beneficiary in words.
fn whom(bound: &Bound<AccountId>) -> String {
	format!("{}, until block {}", bound.beneficiary, bound.expiry)
}

/// Everything that the chain would refuse for, with its key.
async fn check(
	session: &Session,
	details: &ProgramDetails,
	submission: &ProgramSubmission<AccountId>,
) -> Result<(), CliError> {
	let ProgramSubmission { program, claim, proof, bound } = submission;
	let key = session.chain.verifying_key(details.key).await?;
	let CircuitKey::Program(points) = &key else {
		let what = "a key of another tool under the program's hash";
		return Err(ChainError::missing(what).into());
	};
	let inputs = public_inputs(&details.kind, points, claim).map_err(|error| match error {
		ClaimError::Selector { expected, got } => {
			let [expected, got] = [expected, got].map(|selector| releases::shown(selector, points));
			let expected = format!("a proof with selector {expected}");
			CliError::mismatch("the release", expected, got)
		}
		other => other.into(),
	})?;
	match (details.context, bound) {
		(None, None) => {}
		(Some(place), Some(bound)) => {
			context::check(place, claim, &program.context(session.chain.genesis(), bound), bound)?;
		}
		(Some(_), None) => {
			let expected = "expected --nonce and --expiry of the bound program's context, got none";
			return Err(CliError::Usage(expected.into()));
		}
		(None, Some(_)) => {
			let expected = "expected no --nonce and --expiry, since the program is not bound";
			return Err(CliError::Usage(format!("{expected}, got them")));
		}
	}
	unrecorded(session, *program, submission).await?;
	let progress = Progress::start("verifying");
	let prepared = zkml_groth16::prepare(&key)?;
	let verified = zkml_groth16::verify(&prepared, &inputs, proof);
	drop(progress);
	verified.map_err(|error| match claim {
		// What contracts take is easily taken for what the guest wrote.
		Claim::Risc0 { journal, .. } if journal.len() == 32 => {
			let expected = "the bytes that the guest wrote, under which the proof verifies";
			let got = "32 others; if they are the journal's SHA-256, give the journal itself";
			CliError::mismatch("the journal", expected, got)
		}
		_ => error.into(),
	})
}

/// Refuses a claim that is on record: the chain would, and keep the fee.
async fn unrecorded(
	session: &Session,
	program: ProgramId,
	submission: &ProgramSubmission<AccountId>,
) -> Result<(), CliError> {
	let statement = program.statement(&submission.claim);
	match session.chain.program_record(statement).await? {
		None => Ok(()),
		Some(record) => {
			let got = format!("one of block {} by {}", record.block, record.depositor);
			let what = format!("statement {}", hex::show(&statement.0));
			Err(CliError::mismatch(what, "a claim that is not on record yet", got))
		}
	}
}
