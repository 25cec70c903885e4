//! `zkml model`

mod list;
mod show;

use rand::rngs::OsRng;
use serde_json::{json, Value};
use zkml_circuits::{
	ceremony::Ceremony, CompiledModel, Prover, ProvingKeyFile, RangeKeyFile, Salts,
};
use zkml_client::{
	chain::{self, calls::models, AccountId, Chain, ChainError},
	files::{default, FileProblem},
	hex, parse, text,
};
use zkml_primitives::{
	is_plain, Action, Content, Context, Label, Model as OnChain, ModelId, ModelVersion,
	ParamsRange, Possession, RangeProof, RegistryItem, SetupClaim, SetupLevel, Share, Shown,
	VersionInfo, Visibility, MAX_CLAIM,
};

use super::{
	circuit::setup_claim,
	given, params,
	shared::{self, Session, Takes},
};
use crate::{
	args::{Deprecate, Describe, Model, Publish, Register},
	error::CliError,
	output::{self, Output, Progress},
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
	let opened = open(&args.describe, out).await?;
	let Opened { session, prover, .. } = &opened;
	let id = ModelId::derive(&session.account, prover.circuit_hash(), prover.params().scalar());
	if session.chain.model(id).await?.is_some() {
		let expected = "a model that is not registered yet (a new version is published)";
		return Err(CliError::mismatch("the model", expected, hex::show(&id.0)));
	}
	let (version, range) = opened.describe(&args.describe, out)?;
	let Opened { session, prover, setup, .. } = opened;
	let circuit = add_circuit(&session, &prover, out).await?;
	let possession =
		possession(&session, &prover, (Action::Register, id, 1), args.describe.blocks).await?;
	let call = models::register(&version, share, &possession, &range);
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
	out.finish(described((id, 1, share), &prover, &range, &setup, [circuit, report]));
	Ok(())
}

async fn publish(args: Publish, out: &Output) -> Result<(), CliError> {
	let id = parse::model(&args.model_id)?;
	out.say("publishing a version");
	let opened = open(&args.describe, out).await?;
	let model = opened.session.chain.known_model(id).await?;
	if model.owner != opened.session.account {
		return Err(CliError::mismatch("the signing key", model.owner, opened.session.account));
	}
	opened.not_published(&model, &args.describe)?;
	let (version, range) = opened.describe(&args.describe, out)?;
	let Opened { session, prover, setup, .. } = opened;
	let number = model.versions.last().map_or(1, |version| version.number.saturating_add(1));
	let circuit = add_circuit(&session, &prover, out).await?;
	let possession =
		possession(&session, &prover, (Action::Publish, id, number), args.describe.blocks).await?;
	let call = models::publish(id, &version, &possession, &range);
	let takes = [
		Takes::note("version", number.to_string()),
		session.deposit(&[RegistryItem::Version(version.clone())], "the model is removed").await?,
	];
	let (_, report) = session.act(&call, &takes, out).await?;
	out.say(format_args!("model {} version {number}", hex::show(&id.0)));
	let name = (id, number, model.owner_share);
	out.finish(described(name, &prover, &range, &setup, [circuit, report]));
	Ok(())
}

fn described(
	(id, version, share): (ModelId, u32, Share),
	prover: &Prover,
	range: &Option<RangeProof>,
	setup: &SetupClaim<AccountId>,
	[circuit, transaction]: [Value; 2],
) -> Value {
	let mut object = json!({
		"model": hex::show(&id.0),
		"version": version,
		"circuit": hex::show(&prover.circuit_hash().0),
		"params_range": params::range(known_range(prover, range)),
		"owner_share_millionths": share.0,
		"constraints": prover.model().estimate().constraints,
		"setup": setup_claim(setup).1,
		"register_circuit": circuit,
		"transaction": transaction,
	});
	params::describe(&mut object, &prover.params());
	object
}

/// What readers will be told of the parameters' ranges.
fn known_range(prover: &Prover, range: &Option<RangeProof>) -> ParamsRange {
	match prover.params().point().is_some() && range.is_none() {
		true => ParamsRange::NotProved,
		false => ParamsRange::Proved,
	}
}

/// The key that shows that a model's parameters are within their widths, if the model has one and
/// nobody renounces it. Found before the node is asked and before anything is paid.
fn range_key(args: &Describe, model: &CompiledModel) -> Result<Option<RangeKeyFile>, CliError> {
	if model.range_circuit().is_none() {
		return match (&args.range_key, args.no_range_proof) {
			(Some(_), _) => Err(params::no_ranges("--range-key", model)),
			(None, true) => Err(params::no_ranges("--no-range-proof", model)),
			(None, false) => Ok(None),
		};
	}
	if args.no_range_proof {
		return Ok(None);
	}
	let beside = || default::range_key(&args.workbench.proving_key);
	let path = args.range_key.clone().unwrap_or_else(beside);
	if !path.exists() {
		return Err(params::missing_key(&path));
	}
	let key = RangeKeyFile::load(&path)?;
	if key.settings_hash() != model.settings_hash() {
		let expected = format!("the range key of {}", args.workbench.model.display());
		return Err(FileProblem::content(&path, expected, "that of another circuit").into());
	}
	Ok(Some(key))
}

/// Proves that the parameters are within their widths, and says what readers will be told.
fn prove_ranges(
	prover: &Prover,
	key: &Option<RangeKeyFile>,
	out: &Output,
) -> Result<Option<RangeProof>, CliError> {
	let range = match key {
		None => None,
		Some(key) => {
			let progress = Progress::start("proving the parameters' ranges");
			let range = prover.prove_ranges(key, &mut OsRng)?;
			out.field("ranges proved in", output::seconds(progress.finish()));
			range
		}
	};
	let known = known_range(prover, &range);
	out.field("parameters", params::words(&prover.params()));
	let public = prover.model().visibility() == Visibility::Public;
	let words = params::ranges(public, prover.params().kind(), known);
	out.field("readers see", format_args!("parameters {words}"));
	Ok(range)
}

/// Key and node, prover, and what is known before anything is proved.
struct Opened {
	session: Session,
	prover: Prover,
	range_key: Option<RangeKeyFile>,
	setup: SetupClaim<AccountId>,
	key_hash: [u8; 32],
}

/// All that can be refused by the files alone is, before the node is asked.
async fn open(args: &Describe, out: &Output) -> Result<Opened, CliError> {
	let signer = Session::signer(&args.send)?;
	let bench = &args.workbench;
	let model = CompiledModel::load(&bench.model)?;
	let key = ProvingKeyFile::load(&bench.proving_key)?;
	if key.settings_hash() != model.settings_hash() {
		let expected = format!("the proving key of {}", bench.model.display());
		let got = "that of another circuit";
		return Err(FileProblem::content(&bench.proving_key, expected, got).into());
	}
	let range_key = range_key(args, &model)?;
	let level = match &args.ceremony {
		None => SetupLevel::SingleParty,
		Some(path) => SetupLevel::Ceremony(Ceremony::load(path)?.vouch(&key)?),
	};
	let key_hash = key.content_hash();
	drop((model, key));
	let session = Session::of(signer, &args.send).await?;
	let prover = shared::prover(bench, out)?;
	let setup = SetupClaim { level, by: session.account };
	Ok(Opened { session, prover, range_key, setup, key_hash })
}

impl Opened {
	/// Refuses parameters that are a version already: a point is stored once for each circuit.
	fn not_published(&self, model: &OnChain<AccountId>, args: &Describe) -> Result<(), CliError> {
		let own = self.prover.params();
		let same = |version: &&VersionInfo<AccountId>| {
			version.description.circuit == self.prover.circuit_hash()
				&& version.description.params == own
		};
		match model.versions.iter().find(same) {
			Some(version) if own.point().is_some() => {
				let file = args.workbench.model.display();
				let expected = "one that is not registered yet";
				let got = format!(
					"that of version {}, the same commitment: zkml compile MODEL.onnx --like {file} -o \
					 new.zkml draws a new salt, and needs no new keys",
					version.number
				);
				let what = format!("the commitment to the parameters of {file}");
				Err(CliError::mismatch(what, expected, got))
			}
			_ => Ok(()),
		}
	}

	/// What the registry is told of the version, and the proof of the parameters' ranges, which takes a
	/// while.
	fn describe(
		&self,
		args: &Describe,
		out: &Output,
	) -> Result<(ModelVersion, Option<RangeProof>), CliError> {
		let model = self.prover.model();
		let labels: Result<Vec<Label>, CliError> =
			model.labels().iter().map(|label| line("a label", label, 32)).collect();
		let many = |_| CliError::mismatch("labels", "at most 64", model.labels().len());
		let version = ModelVersion {
			circuit: self.prover.circuit_hash(),
			setup: self.setup.level,
			params: self.prover.params(),
			visibility: model.visibility(),
			inputs: model.inputs().clone(),
			outputs: model.outputs(),
			labels: labels?.try_into().map_err(many)?,
			accuracy: line("accuracy claim", model.accuracy_claim(), MAX_CLAIM)?,
			content: Content {
				model: model.content_hash(),
				proving_key: self.key_hash,
				uri: uri(&args.uri)?,
			},
		};
		let range = prove_ranges(&self.prover, &self.range_key, out)?;
		out.field("setup", setup_claim(&self.setup).0);
		if !model.accuracy_claim().is_empty() {
			out.field(
				"accuracy",
				format_args!("{} ({OWNERS_WORD})", text::quoted(model.accuracy_claim())),
			);
		}
		Ok((version, range))
	}
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
		shown: Shown::nothing(prover.model().inputs().len(), prover.model().outputs().len()),
	};
	let infos = prover.model().inputs().iter();
	let inputs: Vec<_> = infos.map(|info| given::near_zero(&info.tensor)).collect();
	let salts = Salts::random(prover.model(), &mut OsRng);
	let progress = Progress::start("proving possession");
	let proved = prover.prove(&inputs, salts, shared::binding(&context), &mut OsRng)?;
	drop(progress);
	Ok(Possession {
		inputs: proved.statement.inputs,
		outputs: proved.statement.outputs,
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
