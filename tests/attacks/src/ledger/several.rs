//! Attacks on a model of three inputs and two outputs: what stands where, how many there are, and who sees
//! which is all in the statement or in the context.

use super::*;

/// The input that is private, and the output that is hidden.
const PRIVATE: usize = 1;
const HIDDEN: usize = 1;

/// What is done to a submission.
type Change<'a> = &'a dyn Fn(&mut Submission<[u8; 32]>);

/// Runs them, beside an honest submission.
pub(super) fn run(ledger: &mut impl Ledger, kind: fn(u64) -> Trapdoor) {
	let trapdoor = kind(13);
	let model = ledger.register(1, &trapdoor, PARAMS, Shape::SEVERAL);
	let [secret, kept] = [[0x61; 32], [0x62; 32]].map(Scalar::from_hash);
	ledger.commit(1, secret);
	let inputs = vec![byte(130), TensorData::Committed(secret), byte(132)];
	let outputs = vec![byte(133), TensorData::Committed(kept)];
	let mut bench = Bench { ledger, kind, trapdoor, model, run: [inputs, outputs] };

	t1_each_tensor(&mut bench);
	t2_hidden_digests(&mut bench);
	t10_swapped(&mut bench);
	t10_seen_by_others(&mut bench);
	t10_counts(&mut bench);
	t7_too_long(&mut bench);
	// Who asks announces nothing.
	if !bench.answers() {
		unannounced(&mut bench);
	}
	let honest = bench.honest(1);
	let id = bench.ledger.submit(1, honest.clone()).expect("an honest submission");
	assert!(bench.ledger.is_recorded(id, bench.model));
	let again = bench.again();
	bench.refused("T3 the same again", again, honest);
}

impl<L: Ledger> Bench<'_, L> {
	/// The change must be refused as it is, with `error`, and with the context that the chain expects of
	/// what it made of an honest submission.
	fn refused_both_ways(&mut self, what: &str, error: &str, change: Change<'_>) {
		let mut changed = self.honest(1);
		change(&mut changed);
		self.refused(what, error, changed.clone());
		changed.ctx = self.context(&changed).digest();
		self.refused(&format!("{what}, context too"), "ProofInvalid", changed);
	}
}

/// Each tensor is another, at the same place.
fn t1_each_tensor<L: Ledger>(bench: &mut Bench<'_, L>) {
	let announced = Scalar::from_hash([0x63; 32]);
	bench.ledger.commit(1, announced);
	let other = TensorData::Committed(announced);
	let changes: [(&str, Change<'_>); 5] = [
		("T1 the first input", &|s| s.inputs[0] = byte(131)),
		("T1 the private input", &|s| s.inputs[PRIVATE] = other.clone()),
		("T1 the last input", &|s| s.inputs[2] = byte(131)),
		("T1 the first output", &|s| s.outputs[0] = byte(131)),
		("T1 the hidden output", &|s| s.outputs[HIDDEN] = other.clone()),
	];
	for (what, change) in changes {
		let mut changed = bench.honest(1);
		change(&mut changed);
		bench.refused(what, "ProofInvalid", changed);
	}
}

/// Several digests are one public input, so that an alias of one would not be seen in it.
fn t2_hidden_digests<L: Ledger>(bench: &mut Bench<'_, L>) {
	for side in [0, 1] {
		let mut changed = bench.honest(1);
		let (tensors, at, error) = match side {
			0 => (&mut changed.inputs, PRIVATE, "InputNotCanonical"),
			_ => (&mut changed.outputs, HIDDEN, "OutputNotCanonical"),
		};
		let TensorData::Committed(digest) = &tensors[at] else { unreachable!("it is hidden") };
		let alias = plus(&digest.0, &Scalar::MODULUS).expect("248 bits plus r fit");
		tensors[at] = TensorData::Committed(Scalar(alias));
		bench.refused("T2 a hidden digest plus r", error, changed);
	}
}

/// Two tensors in each other's place.
fn t10_swapped<L: Ledger>(bench: &mut Bench<'_, L>) {
	let mut alike = bench.honest(1);
	alike.inputs[..].swap(0, 2);
	bench.refused("T10 two public inputs swapped", "ProofInvalid", alike);
	// Of a private one and a public one the visibilities are swapped too.
	let mixed: [(&str, Change<'_>); 3] = [
		("T10 a public input and the private one swapped", &|s| s.inputs[..].swap(0, PRIVATE)),
		("T10 the outputs swapped", &|s| s.outputs[..].swap(0, HIDDEN)),
		("T10 an input and an output swapped", &|s| {
			std::mem::swap(&mut s.inputs[0], &mut s.outputs[HIDDEN]);
		}),
	];
	let TensorData::Committed(kept) = bench.honest(1).outputs[HIDDEN].clone() else {
		unreachable!("it is hidden")
	};
	// Whoever hands an output in as an input has announced it.
	bench.ledger.commit(1, kept);
	for (what, change) in mixed {
		bench.refused_both_ways(what, "ContextMismatch", change);
	}
}

/// A tensor is seen by others than the proof says.
fn t10_seen_by_others<L: Ledger>(bench: &mut Bench<'_, L>) {
	let (key, spec) = (bench.trapdoor.circuit(), bench.ledger.spec());
	let [input, output] = [Role::Input, Role::Output].map(|role| {
		let poseidon = |value| commit::<Direct>(role, &spec, &[value], Scalar::ZERO);
		let own = |byte| public_digest(&key, role, &spec, &[byte]);
		match role {
			Role::Input => [poseidon(2), own(130)],
			_ => [poseidon(5), own(133)],
		}
	});
	for commitment in input {
		bench.ledger.commit(1, commitment);
		bench.refused_both_ways("T10 a public input hidden", "ContextMismatch", &|s| {
			s.inputs[0] = TensorData::Committed(commitment);
		});
	}
	for commitment in output {
		bench.refused_both_ways("T10 a public output hidden", "ContextMismatch", &|s| {
			s.outputs[0] = TensorData::Committed(commitment);
		});
	}
	bench.refused_both_ways("T10 the private input shown", "ContextMismatch", &|s| {
		s.inputs[PRIVATE] = byte(130);
	});
	bench.refused_both_ways("T10 the hidden output shown", "ContextMismatch", &|s| {
		s.outputs[HIDDEN] = byte(130);
	});
	// Proved with one visibility flipped, and handed in with another.
	for at in 0..Shape::SEVERAL.outputs {
		let flipped = bench.prove(1, 1, bench.model, PARAMS, |context| {
			let seen = &mut context.shown.outputs[at];
			*seen = match seen {
				Visibility::Public => Visibility::Private,
				Visibility::Private => Visibility::Public,
			};
		});
		bench.refused("T10 a proof of other visibilities", "ProofInvalid", flipped);
	}
}

/// One is left out, or there is one too many.
fn t10_counts<L: Ledger>(bench: &mut Bench<'_, L>) {
	let more = |tensors: &mut Tensors<TensorData>| {
		tensors.try_push(byte(130)).expect("there is room");
	};
	let changes: [(&str, &str, Change<'_>); 8] = [
		("T10 the first input left out", "InputCount", &|s| drop(s.inputs.remove(0))),
		("T10 the private input left out", "InputCount", &|s| drop(s.inputs.remove(PRIVATE))),
		("T10 no input", "InputCount", &|s| s.inputs = Default::default()),
		("T10 an input too many", "InputCount", &|s| more(&mut s.inputs)),
		("T10 the first output left out", "OutputCount", &|s| drop(s.outputs.remove(0))),
		("T10 the hidden output left out", "OutputCount", &|s| drop(s.outputs.remove(HIDDEN))),
		("T10 no output", "OutputCount", &|s| s.outputs = Default::default()),
		("T10 an output too many", "OutputCount", &|s| more(&mut s.outputs)),
	];
	for (what, error, change) in changes {
		let mut changed = bench.honest(1);
		change(&mut changed);
		bench.refused(what, error, changed.clone());
		// Whatever context it comes with.
		changed.ctx = bench.context(&changed).digest();
		bench.refused(what, error, changed);
	}
	// What stands for several commitments in a plain circuit stands for one as well.
	let honest = bench.honest(1);
	let both = zkml_primitives::chain::<Direct>(
		&honest.outputs.iter().map(|data| digest_of(bench, Role::Output, data)).collect::<Vec<_>>(),
	);
	let mut one = honest;
	one.outputs = list(&[TensorData::Committed(both)]);
	one.ctx = bench.context(&one).digest();
	bench.refused("T10 both outputs as one", "OutputCount", one);
}

fn digest_of<L: Ledger>(bench: &Bench<'_, L>, role: Role, data: &TensorData) -> Scalar {
	match data {
		TensorData::Committed(commitment) => *commitment,
		TensorData::Public(bytes) => {
			public_digest(&bench.trapdoor.circuit(), role, &bench.ledger.spec(), bytes)
		}
	}
}

/// All together have more bytes than may be shown, each by itself has not.
fn t7_too_long<L: Ledger>(bench: &mut Bench<'_, L>) {
	let bytes = |n: u32| TensorData::Public(vec![128; n as usize].try_into().expect("it fits"));
	let mut long = bench.honest(1);
	long.inputs[0] = bytes(MAX_TENSOR_BYTES);
	bench.refused("T7 inputs of more bytes than may be", "InputsTooLong", long.clone());
	long.inputs[0] = bytes(MAX_TENSOR_BYTES - 1);
	bench.refused("T7 inputs of as many bytes as may be", "InputLength", long);
	let mut long = bench.honest(1);
	long.outputs = list(&[bytes(MAX_TENSOR_BYTES / 2), bytes(MAX_TENSOR_BYTES / 2 + 1)]);
	bench.refused("T7 outputs of more bytes than may be", "OutputsTooLong", long.clone());
	long.outputs[1] = bytes(MAX_TENSOR_BYTES / 2);
	bench.refused("T7 outputs of as many bytes as may be", "OutputLength", long);
}

/// Each private input was announced, and not one of them.
fn unannounced<L: Ledger>(bench: &mut Bench<'_, L>) {
	let kept = bench.run.clone();
	// One that no other model's attacks have announced.
	let second = Scalar::from_hash(bench.model.0);
	bench.run[0][2] = TensorData::Committed(second);
	let two = bench.honest(1);
	bench.refused("a second private input that nobody announced", "InputNotCommitted", two.clone());
	bench.ledger.commit(1, second);
	bench.ledger.submit(1, two).expect("both are announced");
	bench.run = kept;
}
