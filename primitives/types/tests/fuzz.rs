//! Hostile bytes for every type that crosses the wire: what is read is written again byte by byte, is
//! within its bound, and what its methods promise holds.

use std::fmt::Debug;

use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use zkml_fuzz::Fuzz;
use zkml_primitives::{
	coefficients, commit, digest,
	prover_api::{JobState, Now, Offers, ProveJob, ProveReply, Question, Taken},
	prover_policy::Aside,
	Action, Activity, Answer, CircuitHash, CircuitInfo, CircuitKey, CommittedKey, Content, Context,
	Deadline, Model, ModelId, ModelVersion, ParamsCommitment, ParamsKind, ParamsRange, Place,
	Poseidon, Possession, Proof, RangeKey, RangeProof, Rank, Record, Refusal, Request, Role,
	RoundsKey, Scalar, Scale, Scales, SetupClaim, SetupLevel, Share, Shown, Statement, Status,
	Submission, TensorData, TensorError, TensorSpec, Tensors, Terms, ValueInfo, VerifyingKey,
	VersionInfo, Visibility, Work, G1, G2, MAX_TENSOR_ELEMENTS, STRIDE,
};

type Account = [u8; 32];

/// The type's number in a target's first byte, then SCALE. Unknown numbers are taken modulo.
macro_rules! types {
	($($type:ty),+ $(,)?) => {
		const READERS: &[fn(&[u8])] = &[$(again::<$type>),+];
	};
}

types!(
	Scalar,
	TensorSpec,
	TensorData,
	Proof,
	VerifyingKey,
	RoundsKey,
	CommittedKey,
	CircuitKey,
	CircuitKey,
	RangeProof,
	ParamsKind,
	ParamsRange,
	Statement,
	Action,
	Place,
	Request<Account, u128>,
	Answer<Account>,
	Submission<Account>,
	Record<Account, u128>,
	Refusal,
	Activity,
	SetupLevel,
	SetupClaim<Account>,
	Deadline,
	Terms<u128>,
	Work,
	Rank,
	ParamsCommitment,
	ParamsCommitment,
	Share,
	Content,
	ModelVersion,
	Possession,
	CircuitInfo<Account>,
	VersionInfo<Account>,
	Model<Account>,
	ProveJob<Account>,
	JobState,
	ProveReply,
	Offers,
	Question,
	Taken,
	Aside,
);

/// One spelling: what is read is written as it was.
fn again<T: Decode + Encode + Debug + PartialEq>(bytes: &[u8]) {
	let mut rest = bytes;
	if let Ok(value) = T::decode(&mut rest) {
		let read = &bytes[..bytes.len() - rest.len()];
		assert_eq!(value.encode(), read, "{value:?}");
		assert_eq!(T::decode_all(&mut &read[..]).unwrap(), value);
	}
}

/// What is kept on chain or comes in an extrinsic is within the bound that its weight and deposit are
/// made for, and counts its memory.
fn bounded<T: DecodeWithMemTracking + MaxEncodedLen + Encode>(bytes: &[u8]) {
	if let Ok(value) = T::decode(&mut &bytes[..]) {
		assert!(value.encoded_size() <= T::max_encoded_len());
	}
}

fn spec() -> TensorSpec {
	let dims = vec![1, 2, 3].try_into().unwrap();
	let scales = vec![Scale { mantissa: 3, shift: 7 }, Scale::ONE].try_into().unwrap();
	let scales = Scales::PerAxis { axis: 1, scales };
	TensorSpec { dims, bits: 9, min: -200, max: 100, scales }
}

fn proof(commitments: usize) -> Proof {
	let commitments = vec![G1([4; 64]); commitments].try_into().unwrap();
	Proof { a: G1([1; 64]), b: G2([2; 128]), c: G1([3; 64]), commitments }
}

fn plain_key() -> VerifyingKey {
	let (g1, g2) = (G1([5; 64]), G2([6; 128]));
	VerifyingKey { alpha: g1, beta: g2, gamma: g2, delta: g2, ic: [g1; 5] }
}

fn rounds_key() -> RoundsKey {
	let VerifyingKey { alpha, beta, gamma, delta, .. } = plain_key();
	let (rounds, ic) = (vec![delta; 2].try_into().unwrap(), vec![alpha; 7].try_into().unwrap());
	RoundsKey { alpha, beta, gamma, delta, rounds, ic }
}

fn committed_key() -> CommittedKey {
	let VerifyingKey { alpha, beta, gamma, delta, ic } = plain_key();
	let (round, params, link) = (G2([7; 128]), G2([8; 128]), G2([9; 128]));
	let range = RangeKey { delta, round, params, ic: [alpha; 2] };
	CommittedKey { alpha, beta, gamma, delta, round, params, ic, range, link }
}

fn public() -> TensorData {
	TensorData::Public(vec![128; 12].try_into().unwrap())
}

fn list<T: Debug, const N: usize>(values: [T; N]) -> Tensors<T> {
	Tensors::try_from(Vec::from(values)).unwrap()
}

fn value(name: &str) -> ValueInfo {
	ValueInfo { name: name.as_bytes().to_vec().try_into().unwrap(), tensor: spec() }
}

fn version() -> ModelVersion {
	let label = |word: &str| word.as_bytes().to_vec().try_into().unwrap();
	ModelVersion {
		circuit: CircuitHash([1; 32]),
		setup: SetupLevel::SingleParty,
		params: ParamsCommitment::Poseidon(Scalar([2; 32])),
		visibility: Visibility::Private,
		inputs: list([value("income"), value("rate")]),
		outputs: list([value("score")]),
		labels: vec![label("no"), label("yes")].try_into().unwrap(),
		accuracy: b"99 % of labels".to_vec().try_into().unwrap(),
		content: Content {
			model: [3; 32],
			proving_key: [4; 32],
			uri: b"ipfs://x".to_vec().try_into().unwrap(),
		},
	}
}

/// One good value of each type, in the order of [`READERS`].
fn good() -> Vec<Vec<u8>> {
	let (scalar, model, circuit) = (Scalar([7; 32]), ModelId([8; 32]), CircuitHash([9; 32]));
	let (account, place) = ([10; 32], Place { block: 11, extrinsic: 1 });
	let hidden = TensorData::Committed(scalar);
	let (inputs, outputs) = (list([public(), hidden.clone()]), list([hidden]));
	let (params, ctx, version_number) = (scalar, scalar, 1);
	let setup = SetupClaim { level: SetupLevel::SingleParty, by: account };
	let deadline = Deadline { block: 17, moment: 33 };
	let (status, params_range) = (Status::Active, ParamsRange::NotProved);
	let info = VersionInfo { number: 1, description: version(), status, setup, params_range };
	let reply = ProveReply { outputs: list([public()]), proof: proof(1), prove_ms: 900 };
	let request = Request::<Account, u128> {
		model,
		version: version_number,
		circuit,
		params,
		description: [13; 32],
		requester: account,
		inputs: inputs.clone(),
		digests: list([scalar, scalar]),
		outputs: list([Visibility::Public]),
		price: 14,
		owner_share: Share(15),
		deposit: 16,
		opened: place,
		deadline,
		expiry: 18,
		swept_in: 34,
	};
	let shown = list([Visibility::Private, Visibility::Public]);
	let terms = Terms { price: 14u128, max_owner_share: Share(15), outputs: shown, deadline };
	let mut aside = Aside::default();
	aside.put(27, 35);
	let values = [
		scalar.encode(),
		spec().encode(),
		public().encode(),
		proof(2).encode(),
		plain_key().encode(),
		rounds_key().encode(),
		committed_key().encode(),
		CircuitKey::Rounds(rounds_key()).encode(),
		CircuitKey::Committed(committed_key()).encode(),
		RangeProof { params: G1([1; 64]), link: G1([2; 64]), proof: proof(1) }.encode(),
		ParamsKind::Point.encode(),
		ParamsRange::NotProved.encode(),
		Statement {
			circuit,
			model,
			version: 1,
			params,
			inputs: list([scalar, scalar]),
			outputs: list([scalar]),
			ctx,
		}
		.encode(),
		Action::Answer(12).encode(),
		place.encode(),
		request.encode(),
		Answer {
			request: 1,
			beneficiary: account,
			outputs: list([public()]),
			ctx,
			proof: proof(1),
		}
		.encode(),
		Submission {
			model,
			version: version_number,
			nonce: 18,
			expiry: 19,
			beneficiary: account,
			inputs: inputs.clone(),
			outputs: outputs.clone(),
			ctx,
			proof: proof(0),
		}
		.encode(),
		Record::<Account, u128> {
			model,
			version: version_number,
			circuit,
			params,
			params_range: ParamsRange::Proved,
			description: [13; 32],
			inputs: list([scalar, scalar]),
			input_visibilities: list([Visibility::Public, Visibility::Private]),
			outputs,
			ctx,
			action: Action::Submit(20),
			beneficiary: account,
			setup,
			proved: place,
			asked: place,
			expiry: 21,
			depositor: account,
			deposit: 22,
		}
		.encode(),
		Refusal { pallet: 1, error: 2 }.encode(),
		Activity { verified: 1, refused: 2, open: 3 }.encode(),
		SetupLevel::Ceremony([36; 32]).encode(),
		setup.encode(),
		deadline.encode(),
		terms.encode(),
		request.work().encode(),
		Rank::new(14, 27).encode(),
		version().params.encode(),
		ParamsCommitment::Point(G1([3; 64])).encode(),
		Share(23).encode(),
		version().content.encode(),
		version().encode(),
		Possession {
			inputs: list([scalar, scalar]),
			outputs: list([scalar]),
			expiry: 24,
			proof: proof(1),
		}
		.encode(),
		CircuitInfo { key: CircuitKey::Plain(plain_key()), registrant: account, users: 25 }
			.encode(),
		info.encode(),
		Model { id: model, owner: account, owner_share: Share(26), versions: vec![info] }.encode(),
		ProveJob::new([9; 32], 27, request.clone(), account, 30).encode(),
		JobState::Done(reply.clone()).encode(),
		reply.encode(),
		Offers { work: vec![request.work()], more: true, folder: "models".into() }.encode(),
		Question { genesis: [9; 32], now: Now { block: 31, moment: 32 }, jobs: vec![[8; 32]] }
			.encode(),
		Taken::Refused("no".into()).encode(),
		aside.encode(),
	];
	let numbered = |(number, value): (usize, Vec<u8>)| [vec![number as u8], value].concat();
	values.into_iter().enumerate().map(numbered).collect()
}

fn fuzz(name: &str, good: Vec<Vec<u8>>, cases: u32) -> Fuzz {
	Fuzz::new(env!("CARGO_MANIFEST_DIR"), name, good, cases)
}

#[test]
fn every_type_has_one_spelling() {
	let good = good();
	assert_eq!(good.len(), READERS.len());
	for (value, read) in good.iter().zip(READERS) {
		read(&value[1..]);
	}
	fuzz("wire", good, 6000).run(|bytes| {
		if let [number, rest @ ..] = bytes {
			READERS[usize::from(*number) % READERS.len()](rest);
		}
	});
}

#[test]
fn what_is_kept_on_chain_is_within_its_bound() {
	fuzz("bounds", good(), 2000).run(|bytes| {
		let Some((_, bytes)) = bytes.split_first() else { return };
		bounded::<Proof>(bytes);
		bounded::<CircuitKey>(bytes);
		bounded::<RangeProof>(bytes);
		bounded::<Request<Account, u128>>(bytes);
		bounded::<Answer<Account>>(bytes);
		bounded::<Submission<Account>>(bytes);
		bounded::<Record<Account, u128>>(bytes);
		bounded::<ModelVersion>(bytes);
		bounded::<Possession>(bytes);
		bounded::<TensorSpec>(bytes);
		bounded::<TensorData>(bytes);
	});
}

/// Stands in for the hash; what matters is what it is given.
struct Canonical;

impl Poseidon for Canonical {
	fn hash2(inputs: &[Scalar; 2]) -> Scalar {
		assert!(inputs.iter().all(|input| input.check().is_ok()));
		Scalar::ZERO
	}

	fn hash16(inputs: &[Scalar; 16]) -> Scalar {
		assert!(inputs.iter().all(|input| input.check().is_ok()));
		Scalar::ZERO
	}
}

/// A specification, then the bytes of a tensor.
#[test]
fn a_tensor_is_read_by_its_specification_or_refused() {
	let tensor =
		[spec().encode(), spec().encode_values(&[-200, 0, 100, 1, 2, 3]).unwrap()].concat();
	let scales = Scales::PerTensor(Scale { mantissa: 5, shift: 1 });
	let wide = TensorSpec { bits: 32, min: i32::MIN, max: i32::MAX, scales, ..spec() };
	let other = [wide.encode(), wide.encode_values(&[i32::MIN, i32::MAX, 0, 1, 2, 3]).unwrap()];
	fuzz("tensor", vec![tensor, other.concat()], 4000).run(|bytes| {
		let mut rest = bytes;
		let Ok(spec) = <TensorSpec as Decode>::decode(&mut rest) else { return };
		// Sizes of any specification can be asked for.
		assert_eq!(spec.is_empty(), spec.dims.contains(&0));
		let header = spec.header(Role::Input);
		assert!(header.check().is_ok());
		let len = spec.len();
		assert_eq!(spec.scale(len as usize), None);
		if spec.check().is_err() {
			// Any element can be asked about.
			(0..len.min(300)).for_each(|index| _ = spec.scale(index as usize));
			return;
		}
		let sound = |index| spec.scale(index).is_some_and(|scale| scale.mantissa > 0);
		assert!((0..len as usize).all(sound));
		assert!(len <= MAX_TENSOR_ELEMENTS);
		let values = match spec.decode(rest) {
			Ok(values) => values,
			Err(TensorError::TooLong { .. }) => return assert!(!spec.can_be_public()),
			Err(_) => return,
		};
		assert!(values.iter().all(|value| (spec.min..=spec.max).contains(value)));
		// The offset binary of values in range has one spelling.
		assert_eq!(spec.encode_values(&values).unwrap(), rest);
		commit::<Canonical>(Role::Input, &spec, &values, Scalar::ZERO);
		assert!(coefficients(Role::Input, &spec, &values).len() < STRIDE as usize);
		assert!(digest(Role::Input, &spec, rest).check().is_ok());
	});
}

#[test]
fn contexts_that_differ_have_different_digests() {
	let good: Vec<u8> = (0..200u8).collect();
	fuzz("context", vec![good], 1000).run(|bytes| {
		// It is written and hashed, never read.
		type Shows = Tensors<Visibility>;
		type Parts = ([u8; 32], Action, ModelId, u32, Account, u32, Shows, Shows);
		let read = |bytes: &mut &[u8]| {
			let (genesis, action, model, version, beneficiary, expiry, inputs, outputs) =
				Parts::decode(bytes).ok()?;
			let shown = Shown { inputs, outputs };
			Some(Context { genesis, action, model, version, beneficiary, expiry, shown })
		};
		let mut rest = bytes;
		let Some(first) = read(&mut rest) else { return };
		assert!(first.digest().check().is_ok());
		if let Some(second) = read(&mut rest) {
			let same = first.encode() == second.encode();
			assert_eq!(first.digest() == second.digest(), same);
		}
	});
}
