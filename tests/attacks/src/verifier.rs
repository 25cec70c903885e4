//! Attacks on whatever checks a single proof.

use zkml_primitives::{
	Action, CircuitKey, Context, ModelId, Proof, Scalar, Statement, VerifyingKey, PLAIN_INPUTS,
};
use zkml_trapdoor::{rerandomise, Trapdoor};

use crate::hostile::{plus, spoilt};

/// Something that examines keys and checks proofs. Errors are names, to be compared between back
/// ends; a panic fails the test.
pub trait Backend {
	/// Examines a key.
	fn prepare(&mut self, key: &VerifyingKey) -> Result<(), String>;
	/// Checks a proof under a key that was examined.
	fn verify(
		&mut self,
		key: &VerifyingKey,
		inputs: &[Scalar; PLAIN_INPUTS],
		proof: &Proof,
	) -> Result<(), String>;
}

/// A context like a registered model's, to be varied.
pub fn context() -> Context<[u8; 32]> {
	Context {
		genesis: [7; 32],
		action: Action::Submit(1),
		model: ModelId([3; 32]),
		version: 1,
		beneficiary: [1; 32],
		expiry: 100,
	}
}

fn statement(trapdoor: &Trapdoor, context: &Context<[u8; 32]>) -> Statement {
	Statement {
		circuit: CircuitKey::Plain(trapdoor.key()).hash(),
		model: context.model,
		version: context.version,
		params: Scalar::from_hash([0xa1; 32]),
		input: Scalar::from_hash([0xa2; 32]),
		output: Scalar::from_hash([0xa3; 32]),
		ctx: context.digest(),
	}
}

/// Everything a back end answered, so that two back ends can be compared answer by answer.
pub type Answers = Vec<(String, Result<(), String>)>;

/// Runs all attacks. Panics with the attack's name if one is not refused, or if an honest proof is.
pub fn run(backend: &mut impl Backend) -> Answers {
	let mut answers = Answers::new();
	let trapdoor = Trapdoor::new(1);
	let key = trapdoor.key();
	let honest = statement(&trapdoor, &context()).public_inputs();
	let proof = trapdoor.prove(&honest, 5);
	let mut refuse = |what: String, answer: Result<(), String>| {
		assert!(answer.is_err(), "not refused: {what}");
		answers.push((what, answer));
	};

	assert_eq!(backend.prepare(&key), Ok(()), "an honest key");
	assert_eq!(backend.verify(&key, &honest, &proof), Ok(()), "an honest proof");

	for (what, inputs) in flipped(&honest) {
		refuse(format!("T1 {what}"), backend.verify(&key, &inputs, &proof));
	}
	for (index, input) in honest.iter().enumerate() {
		// The exponent is the same, so the equation holds: only the range check refuses it.
		let mut inputs = honest;
		let alias = plus(&input.0, &Scalar::MODULUS).expect("248 bits plus r fit");
		inputs[index] = Scalar(alias);
		refuse(format!("T2 input {index} plus r"), backend.verify(&key, &inputs, &proof));
		inputs[index] = Scalar([0xff; 32]);
		refuse(format!("T2 input {index} all ones"), backend.verify(&key, &inputs, &proof));
	}
	// T4 is the reason why replay is keyed on statements: a stranger's copy is as valid.
	let copy = rerandomise(&proof, 12_345);
	assert_ne!(copy, proof);
	assert_eq!(backend.verify(&key, &honest, &copy), Ok(()), "T4 a re-randomised proof is a proof");

	for (what, context) in elsewhere() {
		let inputs = statement(&trapdoor, &context).public_inputs();
		refuse(what.to_owned(), backend.verify(&key, &inputs, &proof));
	}
	for (what, bad) in spoilt(&proof) {
		refuse(format!("T7 {what}"), backend.verify(&key, &honest, &bad));
	}

	let other = Trapdoor::new(2).key();
	assert_eq!(backend.prepare(&other), Ok(()));
	refuse("T9 a proof under another key".into(), backend.verify(&other, &honest, &proof));
	for (what, bad) in bad_keys(&trapdoor) {
		refuse(format!("T9 key with {what}"), backend.prepare(&bad));
	}
	answers
}

/// Each input with its lowest, highest and a middle bit flipped.
fn flipped(
	honest: &[Scalar; PLAIN_INPUTS],
) -> impl Iterator<Item = (String, [Scalar; PLAIN_INPUTS])> + '_ {
	(0..PLAIN_INPUTS).flat_map(move |index| {
		[(31, 1u8), (15, 16), (1, 128)].map(|(byte, bit)| {
			let mut inputs = *honest;
			inputs[index].0[byte] ^= bit;
			(format!("input {index}, byte {byte}"), inputs)
		})
	})
}

/// Contexts that differ in one thing each from [`context`].
pub fn elsewhere() -> Vec<(&'static str, Context<[u8; 32]>)> {
	let vary = |change: &dyn Fn(&mut Context<[u8; 32]>)| {
		let mut context = context();
		change(&mut context);
		context
	};
	vec![
		("T5 the next version", vary(&|c| c.version += 1)),
		("T6 another chain", vary(&|c| c.genesis = [8; 32])),
		("T6 another action", vary(&|c| c.action = Action::Answer(1))),
		("T6 another nonce", vary(&|c| c.action = Action::Submit(2))),
		("T6 another beneficiary", vary(&|c| c.beneficiary = [2; 32])),
		("T6 another expiry", vary(&|c| c.expiry += 1)),
		("T6 another model", vary(&|c| c.model = ModelId([4; 32]))),
	]
}

fn bad_keys(trapdoor: &Trapdoor) -> Vec<(String, VerifyingKey)> {
	let good = trapdoor.key();
	let vary = |change: &dyn Fn(&mut VerifyingKey)| {
		let mut key = good;
		change(&mut key);
		key
	};
	let generator = good.gamma;
	let outside = crate::hostile::outside_subgroup();
	let mut keys = vec![
		("gamma equal to delta".to_owned(), trapdoor.with_gamma_equal_to_delta().key()),
		("delta the generator".to_owned(), vary(&|k| k.delta = generator)),
		("alpha at infinity".to_owned(), vary(&|k| k.alpha.0 = [0; 64])),
		("alpha off the curve".to_owned(), vary(&|k| k.alpha.0[63] ^= 1)),
		("beta at infinity".to_owned(), vary(&|k| k.beta.0 = [0; 128])),
		("beta off the curve".to_owned(), vary(&|k| k.beta.0[127] ^= 1)),
		("beta outside the subgroup".to_owned(), vary(&|k| k.beta = outside)),
		("gamma outside the subgroup".to_owned(), vary(&|k| k.gamma = outside)),
		("delta outside the subgroup".to_owned(), vary(&|k| k.delta = outside)),
		("coordinates of all ones".to_owned(), vary(&|k| k.alpha.0 = [0xff; 64])),
	];
	for index in 0..good.ic.len() {
		keys.push((format!("IC[{index}] at infinity"), vary(&|k| k.ic[index].0 = [0; 64])));
		keys.push((format!("IC[{index}] off the curve"), vary(&|k| k.ic[index].0[63] ^= 1)));
	}
	keys
}
