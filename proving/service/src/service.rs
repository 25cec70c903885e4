//! What answers jobs: models, and openings of private inputs.

use std::{
	collections::BTreeSet,
	path::{Path, PathBuf},
	sync::Arc,
};

use serde_json::{json, Value};
use zkml_circuits::{Binding, Salts};
use zkml_files::{
	hex,
	tensors::{self, SpecFile},
	Mismatch,
};
use zkml_primitives::{
	prover_api::ProveReply, Role, Scalar, TensorData, Tensors, ValueInfo, Visibility, Work,
};

use crate::{Job, Library, Loaded, Notice, Openings, Prove, ServiceError, Tell};

/// What a job is proved with.
pub struct Service {
	/// The models that can be proved.
	pub library: Library,
	/// The private inputs that can be proved.
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

	/// All that can be answered: each model on public inputs, and on private ones that were given in all
	/// ways to put them together, the first 4,096. The prover shows its outputs to everybody.
	pub fn work(&self) -> Vec<Work> {
		let given = self.openings.list();
		let mut all = Vec::new();
		for loaded in self.library.all() {
			let (circuit, params) = loaded.name;
			let shown =
				loaded.prover.model().outputs().iter().map(|_| Visibility::Public).collect();
			let outputs = Tensors::truncate_from(shown);
			let ways = ways(&loaded.inputs, &given).into_iter();
			all.extend(ways.map(|openings| {
				let openings = Tensors::truncate_from(openings);
				Work { circuit, params, openings, outputs: outputs.clone() }
			}));
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
					Mismatch::new(what, expected, format!("{error:?}"))
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
		let infos = loaded.prover.model().outputs();
		tensors::check_tensors(Role::Output, &infos, job.outputs.len())?;
		let mut hidden = infos.iter().zip(&job.outputs);
		if let Some((info, _)) = hidden.find(|(_, seen)| **seen != Visibility::Public) {
			let (expected, got) = ("one that everybody sees", "one that is to be hidden");
			return Err(Mismatch::new(tensors::title(Role::Output, info), expected, got).into());
		}
		self.inputs(job, &loaded).map(drop)
	}

	fn prove(&self, job: &Job) -> Result<ProveReply, ServiceError> {
		let loaded = self.model(job)?;
		let (inputs, salts) = self.inputs(job, &loaded)?;
		let salts = Salts { inputs: salts, outputs: Vec::new() };
		// The prover checks what it made: a proof from a damaged key would cost its sender a fee.
		let binding = Binding { model: job.model, version: job.version, ctx: job.ctx() };
		let proved = loaded.prover.prove(&inputs, salts, binding, &mut rand::rngs::OsRng)?;
		let model = loaded.prover.model();
		for saturation in model.saturations(&model.trace(&inputs)?) {
			(self.tell)(Notice::Saturated { request: job.request, saturation });
		}
		(self.tell)(Notice::Proved { request: job.request, ms: proved.prove_ms });
		let public = |(info, values): (&ValueInfo, &Vec<i32>)| {
			tensors::public(&tensors::title(Role::Output, info), &info.tensor, values)
		};
		let outputs = model.outputs();
		let outputs = outputs.iter().zip(&proved.outputs).map(public).collect::<Result<_, _>>()?;
		Ok(ProveReply {
			outputs: Tensors::truncate_from(outputs),
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
