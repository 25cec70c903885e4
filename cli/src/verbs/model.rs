//! `zkml model`

mod list;
mod show;

use rand::rngs::OsRng;
use serde_json::{json, Value};
use zkml_circuits::{ceremony::Ceremony, Prover, ProvingKeyFile, Salts};
use zkml_client::{
	chain::{self, calls::models, AccountId, Chain, ChainError},
	hex, parse, text,
};
use zkml_primitives::{
	is_plain, Action, Content, Context, Label, ModelId, ModelVersion, ParamsCommitment, Possession,
	RegistryItem, SetupClaim, SetupLevel, Share, Shown, VersionInfo, MAX_CLAIM,
};

use super::{
	circuit::setup_claim,
	shared::{self, Session, Takes},
};
use crate::{
	args::{Deprecate, Describe, Model, Publish, Register},
	error::CliError,
	output::{Output, Progress},
};

/// What an accuracy claim is called: nothing proves it.
const OWNERS_WORD: &str = "the owner's word";

/// Registers, publishes, deprecates, shows, lists.
pub async fn run(args: Model, out: &Output) -> Result<(), CliError> {
	match args {
		Model::Register(args) => register(args, out).await,
		Model::Publish(args) => publish(args, out).await,
		Model::Deprecate(args) => deprecate(args, out).await,
		Model::Show(args) => show::run(args, out).await,
		Model::List(args) => list::run(args, out).await,
	}
}

async fn register(args: Register, out: &Output) -> Result<(), CliError> {
	let share = parse::share(&args.share)?;
	out.say("registering a model");
	let Opened { session, prover, version, setup } = open(&args.describe, out).await?;
	let circuit = add_circuit(&session, &prover, out).await?;
	let id = ModelId::derive(
		&session.account,
		prover.circuit_hash(),
		prover.model().params_commitment(),
	);
	if session.chain.model(id).await?.is_some() {
		let expected = "a model that is not registered yet (a new version is published)";
		return Err(CliError::mismatch("the model", expected, hex::show(&id.0)));
	}
	let possession =
		possession(&session, &prover, (Action::Register, id, 1), args.describe.blocks).await?;
	let call = models::register(&version, share, &possession);
	let takes = [
		Takes::note("owner's share", parse::show_share(share)),
		session
			.deposit(
				&[RegistryItem::Model, RegistryItem::Version(version.clone())],
				"the model is removed",
			)
			.await?,
	];
	let (_, report) = session.act(&call, &takes, out).await?;
	out.say(format_args!("model {}", hex::show(&id.0)));
	out.field(
		"trust",
		match setup.level {
			SetupLevel::SingleParty => {
				"single-party setup: you can forge every output, and readers see that"
			}
			SetupLevel::Ceremony(_) => {
				"a ceremony: keep model, powers and transcript where readers find them"
			}
		},
	);
	out.finish(described((id, 1, share), &prover, &setup, [circuit, report]));
	Ok(())
}

async fn publish(args: Publish, out: &Output) -> Result<(), CliError> {
	let id = parse::model(&args.model_id)?;
	out.say("publishing a version");
	let Opened { session, prover, version, setup } = open(&args.describe, out).await?;
	let model = session.chain.known_model(id).await?;
	if model.owner != session.account {
		return Err(CliError::mismatch("the signing key", model.owner, session.account));
	}
	let number = model.versions.last().map_or(1, |version| version.number.saturating_add(1));
	let circuit = add_circuit(&session, &prover, out).await?;
	let possession =
		possession(&session, &prover, (Action::Publish, id, number), args.describe.blocks).await?;
	let call = models::publish(id, &version, &possession);
	let takes = [
		Takes::note("version", number.to_string()),
		session.deposit(&[RegistryItem::Version(version.clone())], "the model is removed").await?,
	];
	let (_, report) = session.act(&call, &takes, out).await?;
	out.say(format_args!("model {} version {number}", hex::show(&id.0)));
	let name = (id, number, model.owner_share);
	out.finish(described(name, &prover, &setup, [circuit, report]));
	Ok(())
}

fn described(
	(id, version, share): (ModelId, u32, Share),
	prover: &Prover,
	setup: &SetupClaim<AccountId>,
	[circuit, transaction]: [Value; 2],
) -> Value {
	json!({
		"model": hex::show(&id.0),
		"version": version,
		"circuit": hex::show(&prover.circuit_hash().0),
		"params": hex::show(&prover.model().params_commitment().0),
		"owner_share_millionths": share.0,
		"constraints": prover.model().estimate().constraints,
		"setup": setup_claim(setup).1,
		"register_circuit": circuit,
		"transaction": transaction,
	})
}

/// Key and node, prover, and what the registry is told of version and circuit.
struct Opened {
	session: Session,
	prover: Prover,
	version: ModelVersion,
	setup: SetupClaim<AccountId>,
}

async fn open(args: &Describe, out: &Output) -> Result<Opened, CliError> {
	let session = Session::open(&args.send).await?;
	let prover = shared::prover(&args.workbench, out)?;
	let key = ProvingKeyFile::load(&args.workbench.proving_key)?;
	let key_hash = key.content_hash();
	let level = match &args.ceremony {
		None => SetupLevel::SingleParty,
		Some(path) => SetupLevel::Ceremony(Ceremony::load(path)?.vouch(&key)?),
	};
	let setup = SetupClaim { level, by: session.account };
	drop(key);
	let model = prover.model();
	let labels: Result<Vec<Label>, CliError> =
		model.labels().iter().map(|label| line("a label", label, 32)).collect();
	let many = |_| CliError::mismatch("labels", "at most 64", model.labels().len());
	let version = ModelVersion {
		circuit: prover.circuit_hash(),
		setup: level,
		params: ParamsCommitment::Poseidon(model.params_commitment()),
		visibility: model.visibility(),
		input: model.input().clone(),
		output: model.output().clone(),
		labels: labels?.try_into().map_err(many)?,
		accuracy: line("accuracy claim", model.accuracy_claim(), MAX_CLAIM)?,
		content: Content {
			model: model.content_hash(),
			proving_key: key_hash,
			uri: uri(&args.uri)?,
		},
	};
	out.field("setup", setup_claim(&setup).0);
	if !model.accuracy_claim().is_empty() {
		out.field(
			"accuracy",
			format_args!("{} ({OWNERS_WORD})", text::quoted(model.accuracy_claim())),
		);
	}
	Ok(Opened { session, prover, version, setup })
}

/// Words as the chain keeps them: one plain line of at most so many bytes for whoever reads it.
fn line<T: TryFrom<Vec<u8>>>(what: &str, words: &str, most: u32) -> Result<T, CliError> {
	if let Some(character) = words.chars().find(|character| !is_plain(*character)) {
		let expected = "one line without control characters or marks of direction";
		return Err(CliError::mismatch(what, expected, format!("{character:?} in {words:?}")));
	}
	let (expected, got) = (format!("at most {most} bytes"), format!("{} bytes", words.len()));
	T::try_from(words.as_bytes().to_vec()).map_err(|_| CliError::mismatch(what, expected, got))
}

/// Where files are. A password in it would be on chain for everybody and for ever.
fn uri<T: TryFrom<Vec<u8>>>(words: &str) -> Result<T, CliError> {
	match text::without_passwords(words) {
		shown if shown == words => line("--uri", words, 256),
		shown => Err(CliError::mismatch("--uri", "one without name and password", shown)),
	}
}

/// Registers the circuit unless somebody did.
async fn add_circuit(session: &Session, prover: &Prover, out: &Output) -> Result<Value, CliError> {
	let hash = prover.circuit_hash();
	if session.chain.circuit(hash).await?.is_some() {
		out.field("circuit", format_args!("{}, registered already", hex::show(&hash.0)));
		return Ok(Value::Null);
	}
	let key = prover.circuit_key();
	let call = models::register_circuit(key);
	let takes = [
		Takes::note("circuit", hex::show(&hash.0)),
		session
			.deposit(
				&[RegistryItem::Circuit(key.clone())],
				"no version uses the circuit and it is removed",
			)
			.await?,
	];
	Ok(session.act(&call, &takes, out).await?.1)
}

/// Proves that the sender can prove with this model: any inference will do, so it is one on the
/// values nearest to zero, and salts hide even that.
async fn possession(
	session: &Session,
	prover: &Prover,
	(action, model, version): (Action, ModelId, u32),
	blocks: u32,
) -> Result<Possession, CliError> {
	let expiry = session.chain.height().await?.saturating_add(blocks);
	let context = Context {
		genesis: session.chain.genesis(),
		action,
		model,
		version,
		beneficiary: session.account,
		expiry,
		shown: Shown::NOTHING,
	};
	let spec = prover.model().input();
	let input = vec![0.clamp(spec.min, spec.max); spec.len() as usize];
	let salts = Salts {
		input: zkml_circuits::random_salt(&mut OsRng),
		output: zkml_circuits::random_salt(&mut OsRng),
	};
	let progress = Progress::start("proving possession");
	let proved = prover.prove(&input, salts, shared::binding(&context), &mut OsRng)?;
	drop(progress);
	Ok(Possession {
		input: proved.statement.input,
		output: proved.statement.output,
		expiry,
		proof: proved.proof,
	})
}

async fn deprecate(args: Deprecate, out: &Output) -> Result<(), CliError> {
	let id = parse::model(&args.model_id)?;
	let session = Session::open(&args.send).await?;
	let call = models::deprecate(id, args.version);
	let takes = [Takes::note("effect", "no new requests; open ones may still be answered")];
	let (_, report) = session.act(&call, &takes, out).await?;
	out.finish(json!({
		"model": hex::show(&id.0),
		"version": args.version,
		"transaction": report,
	}));
	Ok(())
}

/// The labels of a version as text, in the order of the classes; what is not UTF-8 is replaced.
pub fn labels(version: &ModelVersion) -> Vec<String> {
	version.labels.iter().map(|label| String::from_utf8_lossy(label).into_owned()).collect()
}

/// For verbs that need one version of a model.
pub async fn version(
	chain: &Chain,
	id: ModelId,
	number: Option<u32>,
) -> Result<VersionInfo<AccountId>, CliError> {
	let model = chain.known_model(id).await?;
	chain::version_of(&model, number).cloned().ok_or_else(|| {
		let what = format!("version {} of the model", number.unwrap_or(1));
		ChainError::missing(what).into()
	})
}
