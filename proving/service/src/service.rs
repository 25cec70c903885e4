//! What answers jobs: models, and openings of private inputs.

use std::{
	path::{Path, PathBuf},
	sync::Arc,
};

use serde_json::{json, Value};
use zkml_circuits::{Binding, Salts};
use zkml_files::{hex, tensors, Mismatch};
use zkml_primitives::{prover_api::ProveReply, Scalar, TensorData, Visibility, Work};

use crate::{Job, Library, Loaded, Notice, Openings, Prove, ServiceError, Tell};

/// What a job is proved with.
pub struct Service {
	/// The models.
	pub library: Library,
	/// The private inputs.
	pub openings: Openings,
	tell: Tell,
}

impl Service {
	/// Loads the models of a folder, and looks through one of openings if it is given.
	///
	/// # Errors
	///
	/// If one of the two is no folder. What is in them may come later.
	pub fn open(
		models: &Path,
		openings: Option<PathBuf>,
		tell: Tell,
	) -> Result<Self, ServiceError> {
		let library = Library::open(models, tell)?;
		let openings = Openings::open(openings)?;
		openings.scan();
		Ok(Self { library, openings, tell })
	}

	/// All that can be answered: each model on public inputs, and on each private one that was given.
	/// The prover shows its outputs to everybody.
	pub fn work(&self) -> Vec<Work> {
		let models = self.library.all();
		let work = |loaded: &Loaded, opening| {
			let (circuit, params) = loaded.name;
			Work { circuit, params, opening, output: Visibility::Public }
		};
		let mut all: Vec<Work> = models.iter().map(|loaded| work(loaded, None)).collect();
		for (opening, spec) in self.openings.list() {
			let fitting = models.iter().filter(|loaded| spec == loaded.input);
			all.extend(fitting.map(|loaded| work(loaded, Some(opening))));
		}
		all
	}

	/// Looks whether models or openings came or went.
	pub fn look(&self) {
		self.openings.scan();
		self.library.look();
	}

	fn model(&self, job: &Job) -> Result<Arc<Loaded>, Mismatch> {
		self.library.find(job.circuit, job.params).ok_or_else(|| {
			Mismatch::new(
				"the model",
				format!("one that is in {}", self.library.folder()),
				format!(
					"circuit {} with parameters {}",
					hex::show(&job.circuit.0),
					hex::show(&job.params.0)
				),
			)
		})
	}

	fn input(&self, job: &Job, loaded: &Loaded) -> Result<(Vec<i32>, Scalar), ServiceError> {
		let spec = loaded.prover.model().input();
		match &job.input {
			TensorData::Committed(commitment) => self.openings.find(*commitment, spec),
			TensorData::Public(bytes) => {
				let values = spec.decode(bytes).map_err(|error| {
					let expected = tensors::describe(spec);
					Mismatch::new("the input", expected, format!("{error:?}"))
				})?;
				Ok((values, Scalar::ZERO))
			}
		}
	}
}

impl Prove for Service {
	fn check(&self, job: &Job) -> Result<(), ServiceError> {
		let loaded = self.model(job)?;
		if job.output != Visibility::Public {
			let (expected, got) = ("one that everybody sees", "one that is to be hidden");
			return Err(Mismatch::new("the output", expected, got).into());
		}
		self.input(job, &loaded).map(drop)
	}

	fn prove(&self, job: &Job) -> Result<ProveReply, ServiceError> {
		let loaded = self.model(job)?;
		let (input, salt) = self.input(job, &loaded)?;
		let salts = Salts { input: salt, output: Scalar::ZERO };
		// The prover checks what it made: a proof from a damaged key would cost its sender a fee.
		let binding = Binding { model: job.model, version: job.version, ctx: job.ctx() };
		let proved = loaded.prover.prove(&input, salts, binding, &mut rand::rngs::OsRng)?;
		let model = loaded.prover.model();
		for saturation in model.saturations(&model.trace(&input)?) {
			(self.tell)(Notice::Saturated { request: job.request, saturation });
		}
		(self.tell)(Notice::Proved { request: job.request, ms: proved.prove_ms });
		Ok(ProveReply {
			output: tensors::public("the output", loaded.prover.model().output(), &proved.output)?,
			proof: proved.proof,
			prove_ms: proved.prove_ms,
		})
	}

	fn models(&self) -> Value {
		json!(self.library.list())
	}
}
