//! What answers jobs: models, openings of private inputs, and a place for those of hidden outputs.

use std::{
	collections::BTreeSet,
	path::{Path, PathBuf},
	sync::Arc,
};

use rand::rngs::OsRng;
use serde_json::{json, Value};
use zkml_circuits::{random_salt, Binding, Salts};
use zkml_files::{
	hex,
	tensors::{self, Opening, SpecFile},
	Mismatch,
};
use zkml_primitives::{
	prover_api::ProveReply, Role, Scalar, TensorData, Tensors, ValueInfo, Visibility, Work,
};

use crate::{Job, Kept, Library, Loaded, Notice, Openings, Prove, ServiceError, Tell};

/// What a job is proved with.
pub struct Service {
	/// The models that can be proved.
	pub library: Library,
	/// The private inputs that can be proved.
	pub openings: Openings,
	/// Where openings of hidden outputs go.
	pub kept: Kept,
	tell: Tell,
}

impl Service {
	/// Loads the models of a folder, looks through one of openings of inputs if it is given, and hides
	/// outputs if there is one to keep their openings in.
	///
	/// # Errors
	///
	/// If one of them is no folder, the last two are one, or nothing can be written to the last. What is in
	/// them may come later.
	pub fn open(
		models: &Path,
		openings: Option<PathBuf>,
		keep: Option<PathBuf>,
		tell: Tell,
	) -> Result<Self, ServiceError> {
		// So many files are looked at among openings of inputs, and strangers fill the other.
		let whole = |folder: &Option<PathBuf>| folder.as_ref()?.canonicalize().ok();
		if whole(&keep).is_some_and(|keep| whole(&openings) == Some(keep)) {
			let expected = "another folder than that of --openings";
			return Err(Mismatch::new("--keep", expected, "the same").into());
		}
		let kept = Kept::open(keep)?;
		let library = Library::open(models, tell)?;
		let openings = Openings::open(openings)?;
		openings.scan();
		Ok(Self { library, openings, kept, tell })
	}

	/// All that can be answered: each model on public inputs, and on private ones that were given in all
	/// ways to put them together, the first 4,096; each with all outputs in clear, and if openings of any of
	/// them can be kept with some hidden.
	pub fn work(&self) -> Vec<Work> {
		let given = self.openings.list();
		let mut all = Vec::new();
		for loaded in self.library.all() {
			let (circuit, params) = loaded.name;
			let outputs = loaded.prover.model().outputs();
			let hides = outputs.iter().any(|info| self.kept.check(info).is_ok());
			for way in ways(&loaded.inputs, &given) {
				let openings = Tensors::truncate_from(way);
				let shown = Work { circuit, params, openings, hides_outputs: false };
				let hidden = hides.then(|| Work { hides_outputs: true, ..shown.clone() });
				all.push(shown);
				all.extend(hidden);
			}
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

	/// The outputs, and how each has to be shown: in clear, or as a commitment whose opening can be kept.
	fn outputs(
		&self,
		job: &Job,
		loaded: &Loaded,
	) -> Result<Vec<(ValueInfo, Visibility)>, Mismatch> {
		let infos = loaded.prover.model().outputs();
		tensors::check_tensors(Role::Output, &infos, job.outputs.len())?;
		let all: Vec<_> = infos.into_iter().zip(job.outputs.iter().copied()).collect();
		let mut hidden = all.iter().filter(|(_, seen)| *seen == Visibility::Private);
		hidden.try_for_each(|(info, _)| self.kept.check(info))?;
		Ok(all)
	}

	/// The values of all inputs, and their salts.
	fn inputs(
		&self,
		job: &Job,
		loaded: &Loaded,
	) -> Result<(Vec<Vec<i32>>, Vec<Scalar>), ServiceError> {
		let infos = loaded.prover.model().inputs();
		tensors::check_tensors(Role::Input, infos, job.inputs.len())?;
		let one = |(info, data): (&ValueInfo, &TensorData)| match data {
			TensorData::Committed(commitment) => self.openings.find(*commitment, &info.tensor),
			TensorData::Public(bytes) => {
				let values = info.tensor.decode(bytes).map_err(|error| {
					let what = tensors::title(Role::Input, info);
					let expected = tensors::describe(&info.tensor);
					Mismatch::new(what, expected, format!("bytes of no such tensor: {error}"))
				})?;
				Ok((values, Scalar::ZERO))
			}
		};
		let all = infos.iter().zip(&job.inputs).map(one).collect::<Result<Vec<_>, _>>()?;
		Ok(all.into_iter().unzip())
	}
}

/// Most ways to put openings together that are offered of a model.
pub const MOST_WAYS: usize = 4096;

/// The lists of openings that a job with inputs of these kinds can take, each once: none, then those with
/// ever more private inputs.
fn ways(inputs: &[SpecFile], given: &[(Scalar, SpecFile)]) -> Vec<Vec<Scalar>> {
	let mut all: Vec<Vec<Scalar>> = vec![Vec::new()];
	for input in inputs {
		let fitting: Vec<Scalar> =
			given.iter().filter(|(_, spec)| spec == input).map(|(opening, _)| *opening).collect();
		let before = all.clone();
		for opening in fitting {
			let room = MOST_WAYS.saturating_sub(all.len());
			all.extend(before.iter().take(room).map(|way| [way.as_slice(), &[opening]].concat()));
		}
	}
	all.sort_by_key(Vec::len);
	let mut seen = BTreeSet::new();
	all.retain(|way| seen.insert(way.clone()));
	all
}

impl Prove for Service {
	fn check(&self, job: &Job) -> Result<(), ServiceError> {
		let loaded = self.model(job)?;
		self.outputs(job, &loaded)?;
		self.inputs(job, &loaded).map(drop)
	}

	fn prove(&self, job: &Job) -> Result<ProveReply, ServiceError> {
		let loaded = self.model(job)?;
		let (inputs, input_salts) = self.inputs(job, &loaded)?;
		let outputs = self.outputs(job, &loaded)?;
		// Fresh for each proof: the same output twice under one salt would be seen to be the same.
		let salt = |(_, seen): &(ValueInfo, Visibility)| match seen {
			Visibility::Private => random_salt(&mut OsRng),
			Visibility::Public => Scalar::ZERO,
		};
		let salts = Salts { inputs: input_salts, outputs: outputs.iter().map(salt).collect() };
		// The prover checks what it made: a proof from a damaged key would cost its sender a fee.
		let binding = Binding { model: job.model, version: job.version, ctx: job.ctx() };
		let proved = loaded.prover.prove(&inputs, salts.clone(), binding, &mut OsRng)?;
		let model = loaded.prover.model();
		let committed = |input: &TensorData| matches!(input, TensorData::Committed(_));
		let hides = job.inputs.iter().any(committed)
			|| outputs.iter().any(|(_, seen)| *seen == Visibility::Private);
		let found = model.saturations(&model.trace(&inputs)?);
		Notice::saturated(job.request, found, hides).into_iter().for_each(self.tell);
		let (mut shown, mut hidden) = (Vec::new(), Vec::new());
		let all = outputs.iter().zip(&proved.outputs).zip(salts.outputs);
		for (((info, seen), values), salt) in all {
			shown.push(match seen {
				Visibility::Public => {
					tensors::public(&tensors::title(Role::Output, info), &info.tensor, values)?
				}
				Visibility::Private => {
					let opening = Opening::new(Role::Output, info, values, salt);
					let commitment = Scalar(opening.commitment);
					hidden.push(opening);
					TensorData::Committed(commitment)
				}
			});
		}
		// Before anybody sees the proof: it is worth nothing to its requester without these.
		self.kept.put(hidden)?;
		(self.tell)(Notice::Proved { request: job.request, ms: proved.prove_ms });
		Ok(ProveReply {
			outputs: Tensors::truncate_from(shown),
			proof: proved.proof,
			prove_ms: proved.prove_ms,
		})
	}

	fn models(&self) -> Value {
		json!(self.library.list())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_primitives::{Scales, TensorSpec};

	#[test]
	fn openings_are_put_together_in_the_order_of_inputs_that_they_fit() {
		let spec = |len: u32| {
			let dims = vec![len].try_into().unwrap();
			let spec = TensorSpec { dims, bits: 8, min: 0, max: 9, scales: Scales::ONE };
			SpecFile::from(&spec)
		};
		let [a, b, c] = [1, 2, 3].map(|n| Scalar([n; 32]));
		let given = [(a, spec(1)), (b, spec(1)), (c, spec(2))];
		let all = ways(&[spec(2), spec(1)], &given);
		let expected: [&[Scalar]; 6] = [&[], &[c], &[a], &[b], &[c, a], &[c, b]];
		assert_eq!(all, expected);
		// Either of two inputs of one kind: the same work, once.
		assert_eq!(ways(&[spec(2), spec(2)], &given), [vec![], vec![c], vec![c, c]]);
		let many: Vec<_> = (0..200).map(|n| (Scalar([n; 32]), spec(1))).collect();
		assert!(ways(&[spec(1), spec(1), spec(1)], &many).len() <= MOST_WAYS);
	}
}
