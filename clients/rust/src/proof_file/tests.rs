use zkml_primitives::{
	commit, Action, CircuitKey, Content, ModelVersion, Scales, Shown, TensorSpec, VerifyingKey,
	Visibility,
};

use super::*;

fn value(name: &str) -> ValueInfo {
	let dims = vec![1].try_into().unwrap();
	let tensor = TensorSpec { dims, bits: 8, min: 0, max: 9, scales: Scales::ONE };
	ValueInfo { name: name.as_bytes().to_vec().try_into().unwrap(), tensor }
}

fn list<T: std::fmt::Debug>(all: Vec<T>) -> Tensors<T> {
	all.try_into().unwrap()
}

fn file() -> ProofFile {
	let spec = value("y").tensor;
	let context = Context {
		genesis: [1; 32],
		action: Action::Submit(5),
		model: ModelId([2; 32]),
		version: 1,
		beneficiary: AccountId::from([3; 32]),
		expiry: 100,
		shown: Shown {
			inputs: list(vec![Visibility::Private; 2]),
			outputs: list(vec![Visibility::Public]),
		},
	};
	let proof = Proof {
		a: G1([1; 64]),
		b: G2([2; 128]),
		c: G1([3; 64]),
		commitments: vec![G1([4; 64])].try_into().unwrap(),
	};
	let output = commit::<Direct>(Role::Output, &spec, &[7], Scalar::ZERO).0;
	ProofFile::new(Parts {
		circuit: key().hash(),
		proof: &proof,
		digests: Digests {
			params: [1; 32],
			inputs: vec![Element([2; 32]), Element([3; 32])],
			outputs: vec![Element(output)],
			ctx: context.digest().0,
		},
		params_point: None,
		inputs: vec![TensorFile::new(&value("x"), None), TensorFile::new(&value("z"), None)],
		outputs: vec![TensorFile::new(&value("y"), Some(&[7]))],
		label: None,
		saturation: None,
		context: Some(&context),
	})
}

fn key() -> CircuitKey {
	let (g1, g2) = (G1([1; 64]), G2([1; 128]));
	let key = VerifyingKey { alpha: g1, beta: g2, gamma: g2, delta: g2, ic: [g1; 5] };
	CircuitKey::Plain(key)
}

#[test]
fn a_file_is_read_back_as_it_was_written() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("proof.json");
	let file = file();
	file.save(&path).unwrap();
	let back = ProofFile::load(&path).unwrap();
	assert_eq!(back.proof().unwrap(), file.proof().unwrap());
	assert_eq!(back.proof().unwrap().commitments.len(), 1);
	assert_eq!(back.context().unwrap().digest(), file.context().unwrap().digest());
	assert_eq!(back.statement().unwrap(), file.statement().unwrap());
	let hidden = [2, 3].map(|n| TensorData::Committed(Scalar([n; 32])));
	assert_eq!(back.tensors(Role::Input).unwrap()[..], hidden);
	let public = vec![128 + 7].try_into().unwrap();
	assert_eq!(back.tensors(Role::Output).unwrap()[..], [TensorData::Public(public)]);
}

#[test]
fn a_changed_output_beneficiary_or_key_is_named_before_the_proof_is_looked_at() {
	let mut flipped = file();
	flipped.outputs[0].values = Some(vec![8]);
	let error = flipped.verify(&key()).unwrap_err().to_string();
	assert!(error.starts_with("the digest of output y: expected 0x"), "{error}");
	let mut stolen = file();
	stolen.context.as_mut().unwrap().beneficiary = "//Bob".into();
	let error = stolen.verify(&key()).unwrap_err().to_string();
	assert!(error.starts_with("the context's digest: expected 0x"), "{error}");
	let mut foreign = file();
	foreign.circuit = [9; 32];
	let error = foreign.verify(&key()).unwrap_err().to_string();
	assert!(error.starts_with("the proof is under another verifying key"), "{error}");
	let error = file().verify(&key()).unwrap_err().to_string();
	assert!(error.starts_with("verifying key: expected one"), "{error}");
	assert!(error.contains("refused: alpha"), "{error}");
}

#[test]
fn a_file_that_says_something_else_is_named_without_its_proof() {
	assert!(file().check_itself(&key()).is_ok());
	let changes: [(&dyn Fn(&mut ProofFile), &str); 7] = [
		(&|file| file.circuit = [9; 32], "the proof is under another verifying key: expected"),
		(&|file| file.digests.outputs[0].0 = [0; 32], "the digest of output y: expected 0x0000"),
		(&|file| file.digests.ctx = [0; 32], "the context's digest: expected 0x0000"),
		(&|file| file.outputs[0].values = Some(vec![8]), "the digest of output y: expected 0x"),
		(&|file| file.params_point = Some(Point([1; 64])), "the proof's parameters: expected none"),
		(&|file| drop(file.inputs.pop()), "the digests of the proof's inputs: expected 1"),
		(&|file| file.outputs[0].values = None, "the outputs that are public: expected public"),
	];
	for (change, words) in changes {
		let mut changed = file();
		change(&mut changed);
		let error = changed.check_itself(&key()).unwrap_err().to_string();
		assert!(error.starts_with(words) && error.contains(", got "), "{error}");
	}
}

#[test]
fn a_file_is_about_the_parameters_of_the_version_on_chain_or_refused() {
	let version = |params| ModelVersion {
		circuit: key().hash(),
		setup: zkml_primitives::SetupLevel::SingleParty,
		params,
		visibility: Visibility::Private,
		inputs: list(vec![value("x"), value("z")]),
		outputs: list(vec![value("y")]),
		labels: Default::default(),
		accuracy: Default::default(),
		content: Content { model: [0; 32], proving_key: [0; 32], uri: Default::default() },
	};
	let own = version(ParamsCommitment::Poseidon(Scalar([1; 32])));
	file().check_version(2, &own).unwrap();
	let mut foreign = own.clone();
	foreign.circuit = CircuitHash([8; 32]);
	for (version, words) in [
		(version(ParamsCommitment::Poseidon(Scalar([4; 32]))), "the parameters of version 2"),
		(version(ParamsCommitment::Point(G1([4; 64]))), "the parameters of version 2"),
		(foreign, "the circuit of version 2"),
	] {
		let error = file().check_version(2, &version).unwrap_err().to_string();
		assert!(error.starts_with(&format!("{words}: expected 0x")), "{error}");
		assert!(error.contains(", got 0x"), "{error}");
	}
}
