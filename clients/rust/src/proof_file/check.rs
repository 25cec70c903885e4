//! What can be checked of a proof file without a chain, and against a version on it.

use zkml_files::{hex, tensors};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, CircuitKey, ModelVersion, ParamsCommitment, ParamsKind, Role, Scalar, Tensor,
	TensorData, TensorSpec, Visibility, G1,
};

use super::{title, Point, ProofFile, TensorFile};
use crate::Error;

impl ProofFile {
	/// Checks all that the file says against itself and a key: that it is under this key, that the values
	/// in clear and the point are those of its digests, and that the context is the one bound. The chain
	/// takes its own word for these where it can, and never sees the file's.
	///
	/// # Errors
	///
	/// If the key is another, or a value, point or context is not that of its digest.
	pub fn check_itself(&self, key: &CircuitKey) -> Result<(), Error> {
		self.check_stated(key).map(drop)
	}

	/// Checks that the file is about the circuit and the parameters of a version on chain.
	///
	/// # Errors
	///
	/// If it is about others.
	pub fn check_version(&self, number: u32, version: &ModelVersion) -> Result<(), Error> {
		let params = version.params.scalar().0;
		same(&format!("the circuit of version {number}"), &version.circuit.0, &self.circuit)?;
		same(&format!("the parameters of version {number}"), &params, &self.digests.params)
	}

	/// Checks everything that can be checked without a chain: that it is under this key, that the
	/// values in clear are those committed to, that the context is the one bound, and the proof.
	///
	/// # Errors
	///
	/// If the key is another or one that verifiers refuse, a value or digest is another than was
	/// proved, or the proof does not hold.
	pub fn verify(&self, key: &CircuitKey) -> Result<(), Error> {
		let [inputs, outputs] = self.check_stated(key)?;
		let mut prepared = zkml_groth16::prepare(key)?;
		if let Some(Point(point)) = &self.params_point {
			let params = zkml_groth16::prepare_params(&prepared, &G1(*point))?;
			prepared = prepared.with_params(params);
		}
		let proof = self.proof()?;
		let statement = self.proved_statement()?;
		let public = match key {
			CircuitKey::Plain(_) => statement.public_inputs::<Direct>().to_vec(),
			CircuitKey::Rounds(_) | CircuitKey::Committed(_) => statement.round_inputs::<Direct>(
				key.params(),
				&seen(&inputs, &self.inputs),
				&seen(&outputs, &self.outputs),
				&proof.commitments,
			),
			CircuitKey::Program(_) => return Err(no_model()),
		};
		zkml_groth16::verify(&prepared, &public, &proof)?;
		Ok(())
	}

	/// [`Self::check_itself`], and the specifications of inputs and outputs.
	fn check_stated(&self, key: &CircuitKey) -> Result<[Vec<TensorSpec>; 2], Error> {
		let expected = hex::show(&key.hash().0);
		if expected != hex::show(&self.circuit) {
			return Err(Error::mismatch(
				"the proof is under another verifying key",
				expected,
				hex::show(&self.circuit),
			));
		}
		let specs = [self.check_tensors(Role::Input, key)?, self.check_tensors(Role::Output, key)?];
		if self.context.is_some() {
			let context = self.context()?;
			for (role, shown) in
				[(Role::Input, &context.shown.inputs), (Role::Output, &context.shown.outputs)]
			{
				let clear = |file: &TensorFile| match file.values {
					Some(_) => Visibility::Public,
					None => Visibility::Private,
				};
				let got: Vec<_> = self.of(role).1.iter().map(clear).collect();
				if shown[..] != got[..] {
					let what = format!("the {}s that are public", tensors::name(role));
					let words = |all: &[Visibility]| {
						let word = |seen: &Visibility| match seen {
							Visibility::Public => "public",
							Visibility::Private => "private",
						};
						all.iter().map(word).collect::<Vec<_>>().join(", ")
					};
					return Err(Error::mismatch(what, words(shown), words(&got)));
				}
			}
			same("the context's digest", &self.digests.ctx, &context.digest().0)?;
		}
		self.check_point(key.params())?;
		Ok(specs)
	}

	/// Checks that values in clear are those of their digests; the tensors' specifications.
	fn check_tensors(&self, role: Role, key: &CircuitKey) -> Result<Vec<TensorSpec>, Error> {
		let (digests, files) = (self.stated(role)?, self.of(role).1);
		let mut specs = Vec::with_capacity(files.len());
		for (file, stated) in files.iter().zip(&digests) {
			let spec = file.spec.read()?;
			if let Some(values) = &file.values {
				let what = title(role, file);
				let found = match (key, tensors::public(&what, &spec, values)?) {
					(CircuitKey::Plain(_), _) => {
						commit::<Direct>(role, &spec, values, Scalar::ZERO)
					}
					(CircuitKey::Program(_), _) => return Err(no_model()),
					(_, TensorData::Public(bytes)) => digest(role, &spec, &bytes),
					(_, TensorData::Committed(commitment)) => commitment,
				};
				same(&format!("the digest of {what}"), &stated.0, &found.0)?;
			}
			specs.push(spec);
		}
		Ok(specs)
	}

	/// Checks that the parameters are a point where the circuit takes one, and the one that the statement
	/// is about.
	fn check_point(&self, kind: ParamsKind) -> Result<(), Error> {
		let what = "the proof's parameters";
		match (kind, &self.params_point) {
			(ParamsKind::Input, None) => Ok(()),
			(ParamsKind::Input, Some(_)) => {
				let expected = "none but their digest, under a key of this kind";
				Err(Error::mismatch(what, expected, "a point (params_point)"))
			}
			(ParamsKind::Point, None) => {
				let expected = "a point (params_point), which the key of this circuit takes";
				Err(Error::mismatch(what, expected, "none"))
			}
			(ParamsKind::Point, Some(Point(point))) => {
				let digest = ParamsCommitment::Point(G1(*point)).scalar();
				same("the digest of the parameters' point", &self.digests.params, &digest.0)
			}
		}
	}
}

/// The tensors as whoever derives the public inputs sees them.
fn seen<'a>(specs: &'a [TensorSpec], files: &'a [TensorFile]) -> Vec<Tensor<'a>> {
	let one = |(spec, file): (&'a TensorSpec, &'a TensorFile)| match &file.values {
		Some(values) => Tensor::Public(spec, values),
		None => Tensor::Committed,
	};
	specs.iter().zip(files).map(one).collect()
}

fn same(what: &str, expected: &[u8; 32], got: &[u8; 32]) -> Result<(), Error> {
	if expected == got {
		return Ok(());
	}
	Err(Error::mismatch(what, hex::show(expected), hex::show(got)))
}

fn no_model() -> Error {
	Error::mismatch("the verifying key", "one of a model", "one of another tool's program")
}
