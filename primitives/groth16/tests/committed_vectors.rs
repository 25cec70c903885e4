//! `tests/vectors/committed.json`: two versions under one key whose parameters are a point, an inference
//! and a proof of range of each, for other implementations.

use std::{fmt::Write, path::Path};

use zkml_groth16::{prepare, prepare_params, verify, verify_range};
use zkml_primitives::{
	Action, CircuitKey, Context, ModelId, ParamsCommitment, RangeProof, Scalar, Shown, Statement,
	Tensors, G1,
};
use zkml_trapdoor::Trapdoor;

fn hex(bytes: &[u8]) -> String {
	bytes.iter().fold("0x".to_owned(), |mut out, byte| {
		write!(out, "{byte:02x}").expect("a string takes all");
		out
	})
}

/// One proof as an object's fields.
fn proof(proof: &zkml_primitives::Proof) -> String {
	let bytes = [&proof.a.0[..], &proof.b.0, &proof.c.0].concat();
	let commitments: Vec<_> =
		proof.commitments.iter().map(|G1(point)| format!("\"{}\"", hex(point))).collect();
	format!(r#""proof":"{}","commitments":[{}]"#, hex(&bytes), commitments.join(","))
}

fn digests(bytes: &[u8]) -> Tensors<Scalar> {
	let all: Vec<_> = bytes.iter().map(|byte| Scalar::from_hash([*byte; 32])).collect();
	all.try_into().expect("no more than a model may have")
}

fn version(number: u32) -> String {
	let trapdoor = Trapdoor::committed(41).with_params_of(Scalar::from_hash([number as u8; 32]));
	let key = trapdoor.circuit();
	let point = trapdoor.params_point();
	// The second has several of each: they are one public input.
	let (inputs, outputs) = match number {
		1 => (digests(&[0xa2]), digests(&[0xa3])),
		_ => (digests(&[0xa2, 0xa4, 0xa5]), digests(&[0xa3, 0xa6])),
	};
	let context = Context {
		genesis: [7; 32],
		action: Action::Submit(3),
		model: ModelId([3; 32]),
		version: number,
		beneficiary: [1u8; 32],
		expiry: 100,
		shown: Shown::nothing(inputs.len(), outputs.len()),
	};
	let statement = Statement {
		circuit: key.hash(),
		model: context.model,
		version: number,
		params: ParamsCommitment::Point(point).scalar(),
		inputs,
		outputs,
		ctx: context.digest(),
	};
	// They are known by their digests alone.
	let given = trapdoor.prove_statement(&statement, [&[], &[]], 5);
	let inputs = trapdoor.inputs(&statement, [&[], &[]], 5);
	let range = trapdoor.prove_range(number.into());
	let prepared = prepare(&key).expect("a good key");
	let params = prepare_params(&prepared, &point).expect("a good point");
	let prepared = prepared.with_params(params);
	assert_eq!(verify(&prepared, &inputs, &given), Ok(()));
	assert_eq!(verify_range(&prepared, &range), Ok(()));
	let challenge =
		RangeProof::challenge(key.hash(), &point, &range.params, &range.proof.commitments);
	let list = |scalars: &[Scalar]| {
		let all: Vec<_> = scalars.iter().map(|one| format!("\"{}\"", hex(&one.0))).collect();
		format!("[{}]", all.join(","))
	};
	let fields = [
		("point", hex(&point.0)),
		("params", hex(&statement.params.0)),
		("model", hex(&statement.model.0)),
		("ctx", hex(&statement.ctx.0)),
		("statement", hex(&statement.id().0)),
		("challenge", hex(&statement.challenge(&given.commitments).0)),
	]
	.map(|(name, value)| format!(r#""{name}":"{value}""#));
	format!(
		r#"{{"version":{number},{},"inputs":{},"outputs":{},"publicInputs":{},{},"range":{{"params":"{}","link":"{}","challenge":"{}",{}}}}}"#,
		fields.join(","),
		list(&statement.inputs),
		list(&statement.outputs),
		list(&inputs),
		proof(&given),
		hex(&range.params.0),
		hex(&range.link.0),
		hex(&challenge.0),
		proof(&range.proof),
	)
}

fn vectors() -> String {
	use codec::Encode;
	let key = Trapdoor::committed(41).circuit();
	let circuit = hex(&key.hash().0);
	let CircuitKey::Committed(key) = key else { unreachable!("made as one") };
	let versions = [1, 2].map(version).join(",\n");
	format!(
		"{{\"key\":\"{}\",\n\"circuit\":\"{circuit}\",\n\"versions\":[\n{versions}\n]}}\n",
		hex(&key.encode())
	)
}

/// The committed file is what this code computes. After a deliberate change of the format, write it
/// anew with `ZKML_WRITE_VECTORS=1 cargo test -p zkml-groth16 --test committed_vectors`.
#[test]
fn the_committed_vectors_are_up_to_date() {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/committed.json");
	let vectors = vectors();
	if std::env::var_os("ZKML_WRITE_VECTORS").is_some() {
		std::fs::write(&path, &vectors).expect("the folder of vectors can be written");
	}
	let committed = std::fs::read_to_string(&path).unwrap_or_default();
	assert!(
		committed == vectors,
		"tests/vectors/committed.json differs from what the code computes"
	);
}
