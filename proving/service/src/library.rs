//! The models this service can prove.

use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
	sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
	time::{Duration, Instant, SystemTime},
};

use serde::Serialize;
use zkml_circuits::{CompiledModel, Prover, UnreadKey};
use zkml_files::{
	files::{default, FileProblem},
	hex,
	tensors::SpecFile,
};
use zkml_primitives::{CircuitHash, Scalar};

use crate::{Notice, ServiceError, Tell};

/// Two looks at the folder are at least this far apart, whatever is asked for.
const REST: Duration = Duration::from_secs(2);

/// Circuit, and what stands for the parameters in statements.
pub type Name = (CircuitHash, Scalar);

/// A prover and how it is shown.
pub struct Loaded {
	/// Model, checked key and cached matrices.
	pub prover: Prover,
	/// What jobs call it.
	pub name: Name,
	/// What an opening of each of its inputs has to say of itself.
	pub inputs: Vec<SpecFile>,
	/// For people and the status page.
	pub about: About,
}

/// A loaded model as the status page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct About {
	/// Hash of its circuit.
	pub circuit: String,
	/// What stands for its parameters in statements.
	pub params: String,
	/// Size of the circuit.
	pub constraints: u64,
	/// Name of its folder.
	pub folder: String,
}

/// All models under one folder. Folders that come later are found when a job asks for a model that
/// is not there yet.
pub struct Library {
	folder: PathBuf,
	models: RwLock<BTreeMap<Name, Arc<Loaded>>>,
	tried: Mutex<TriedFolders>,
	tell: Tell,
}

#[derive(Default)]
struct TriedFolders {
	/// Folders that were tried, with the time stamps of their files, so that a folder that failed
	/// is tried again only once it changed.
	stamps: BTreeMap<PathBuf, Stamp>,
	last: Option<Instant>,
}

type Stamp = [Option<SystemTime>; 2];

impl Library {
	/// Loads what is there. A folder that cannot be loaded is told of and left out: the other models
	/// should be proved all the same.
	///
	/// # Errors
	///
	/// If `folder` is none.
	pub fn open(folder: &Path, tell: Tell) -> Result<Self, ServiceError> {
		if !folder.is_dir() {
			let expected = "a folder of models";
			return Err(FileProblem::content(folder, expected, "no such folder").into());
		}
		let (models, tried) = (RwLock::default(), Mutex::default());
		let library = Self { folder: folder.into(), models, tried, tell };
		library.scan();
		if library.list().is_empty() {
			tell(Notice::NoModels { folder: folder.into() });
		}
		Ok(library)
	}

	/// The folder of models, as a whole path if it exists.
	pub fn folder(&self) -> String {
		let whole = self.folder.canonicalize();
		whole.as_deref().unwrap_or(&self.folder).display().to_string()
	}

	/// The model a job names; looks at the folder again if it is unknown.
	pub fn find(&self, circuit: CircuitHash, params: Scalar) -> Option<Arc<Loaded>> {
		let get = || {
			let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
			models.get(&(circuit, params)).cloned()
		};
		get().or_else(|| {
			self.scan();
			get()
		})
	}

	/// All that is loaded.
	pub fn all(&self) -> Vec<Arc<Loaded>> {
		let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
		models.values().cloned().collect()
	}

	/// Looks whether a folder came or changed, unless that was done just now or is going on.
	pub fn look(&self) {
		if let Ok(tried) = self.tried.try_lock() {
			self.scan_with(tried);
		}
	}

	/// What there is to say of each model that is loaded.
	pub fn list(&self) -> Vec<About> {
		let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
		models.values().map(|loaded| loaded.about.clone()).collect()
	}

	fn scan(&self) {
		self.scan_with(self.tried.lock().unwrap_or_else(PoisonError::into_inner));
	}

	fn scan_with(&self, mut tried: MutexGuard<'_, TriedFolders>) {
		if tried.last.is_some_and(|last| last.elapsed() < REST) {
			return;
		}
		for folder in self.candidates() {
			let stamp = [default::MODEL, default::PROVING_KEY]
				.map(|name| std::fs::metadata(folder.join(name)).and_then(|m| m.modified()).ok());
			if stamp.contains(&None) || tried.stamps.get(&folder) == Some(&stamp) {
				continue;
			}
			tried.stamps.insert(folder.clone(), stamp);
			match load(&folder, &self.all()) {
				Ok(loaded) => {
					let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
					models.insert(loaded.name, Arc::new(loaded));
				}
				Err(error) => (self.tell)(Notice::Unusable { folder, error }),
			}
		}
		tried.last = Some(Instant::now());
	}

	/// The folder itself and the folders in it, in the order of their names.
	fn candidates(&self) -> Vec<PathBuf> {
		let inside = std::fs::read_dir(&self.folder).into_iter().flatten();
		let mut folders: Vec<PathBuf> = inside
			.filter_map(|entry| Some(entry.ok()?.path()))
			.filter(|path| path.is_dir())
			.collect();
		folders.push(self.folder.clone());
		folders.sort();
		folders
	}
}

/// Reads a folder. A key that is byte by byte the one of another folder is in memory once: versions that were
/// retrained have it in common.
fn load(folder: &Path, others: &[Arc<Loaded>]) -> Result<Loaded, ServiceError> {
	let model = CompiledModel::load(&folder.join(default::MODEL))?;
	let key = UnreadKey::open(&folder.join(default::PROVING_KEY))?;
	let mut known = others.iter().map(|other| other.prover.keyed());
	let prover = match known.find(|keyed| keyed.content_hash() == key.content_hash()) {
		Some(keyed) => Prover::sharing(model, keyed.clone())?,
		None => Prover::new(model, key.read()?)?,
	};
	let constraints = prover.keyed().system().len() as u64;
	let name = (prover.circuit_hash(), prover.params().scalar());
	let about = About {
		circuit: hex::show(&name.0 .0),
		params: hex::show(&name.1 .0),
		constraints,
		folder: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
	};
	let inputs = prover.model().inputs().iter().map(|info| (&info.tensor).into()).collect();
	Ok(Loaded { prover, name, inputs, about })
}

#[cfg(test)]
mod tests {
	use super::*;
	use zkml_circuits::{
		compile, compile_like, setup, Binding, CompileOptions, InputRange, ProvingKeyFile, Salts,
		Widths,
	};
	use zkml_primitives::Visibility;

	#[test]
	fn a_broken_folder_stops_nothing_and_is_not_listed() {
		let folder = tempfile::tempdir().unwrap();
		let broken = folder.path().join("broken");
		std::fs::create_dir(&broken).unwrap();
		std::fs::write(broken.join(default::MODEL), b"no model").unwrap();
		std::fs::write(broken.join(default::PROVING_KEY), b"").unwrap();
		let library = Library::open(folder.path(), drop).unwrap();
		assert!(library.list().is_empty());
		assert!(library.find(CircuitHash([1; 32]), Scalar::ZERO).is_none());
	}

	/// Puts a model and a copy of a key into a folder of their own.
	fn put(folder: &Path, model: &CompiledModel, key: &ProvingKeyFile) {
		std::fs::create_dir(folder).unwrap();
		model.save(&folder.join(default::MODEL)).unwrap();
		key.save(&folder.join(default::PROVING_KEY), true).unwrap();
	}

	#[test]
	fn versions_that_were_retrained_share_one_key() {
		let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits");
		let input = vec![InputRange { min: 0.0, max: 16.0 }];
		let visibility = Visibility::Private;
		let private = CompileOptions { visibility, lookups: true, input, ..Default::default() };
		let rng = &mut rand::rngs::OsRng;
		let first = compile(&models.join("digits.onnx"), &private, rng).unwrap();
		let retrained = models.join("digits-retrained.onnx");
		let options = CompileOptions::default();
		let second = compile_like(&retrained, &first, &options, rng).unwrap();
		let [key, other] = [(); 2].map(|()| setup(&first, rng, &|_, _, _| ()).unwrap().proving);

		let folder = tempfile::tempdir().unwrap();
		put(&folder.path().join("first"), &first, &key);
		put(&folder.path().join("second"), &second, &key);
		put(&folder.path().join("third"), &second, &other);
		let library = Library::open(folder.path(), |notice| panic!("{notice:?}")).unwrap();
		let all = library.all();
		let named = |name| all.iter().find(|loaded| loaded.about.folder == name).unwrap();
		let [one, two, three] = ["first", "second", "third"].map(|name| &named(name).prover);
		assert!(Arc::ptr_eq(one.keyed(), two.keyed()) && !Arc::ptr_eq(two.keyed(), three.keyed()));
		assert_eq!(one.circuit_hash(), two.circuit_hash());
		assert_eq!(named("first").about.constraints, first.estimate().constraints);

		// Each proves its own parameters, and verifies that before it hands the proof out.
		assert_ne!(one.params(), two.params());
		for prover in [one, two] {
			let input = prover.model().quantize_inputs(&[vec![8.0; 64]]).unwrap();
			let bare = Binding::bare(Scalar::ZERO);
			let proved = prover.prove(&input, Salts::default(), bare, rng).unwrap();
			assert_eq!(proved.statement.params, prover.params().scalar());
		}
		// Whose circuit is another has no part in it.
		let widths = Widths { activation_bits: 14, ..private.widths };
		let stranger = compile(&retrained, &CompileOptions { widths, ..private }, rng).unwrap();
		assert!(Prover::sharing(stranger, one.keyed().clone()).is_err());
	}

	#[test]
	fn a_missing_folder_is_refused() {
		let error =
			Library::open(Path::new("/nonexistent/models"), drop).err().unwrap().to_string();
		assert_eq!(error, "/nonexistent/models: expected a folder of models, got no such folder");
	}
}
