//! The prover service, asked as a node asks it.

use std::{
	collections::BTreeSet,
	fs,
	io::{BufRead, BufReader, Read, Write},
	net::TcpStream,
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

use crate::common::Bench;
use codec::{Decode, Encode};
use serde_json::Value;
use zkml_primitives::{
	prover_api::{JobState, Now, Offers, ProveJob, Question, Taken},
	CircuitHash, ModelId, Role, Scalar, Statement, TensorData, Visibility, Work,
};

const TOKEN: &str = "a-token-of-the-tests";

/// The service as the node runs it.
struct Service {
	child: Child,
	address: String,
}

impl Service {
	fn start(bench: &Bench, more: &str) -> Self {
		let mut child = bench
			.command(&format!(
				"serve --listen 127.0.0.1:0 --models . --json --exit-with-parent {more}"
			))
			.env("ZKML_PROVER_TOKEN", TOKEN)
			.stdin(Stdio::piped())
			.stdout(Stdio::piped())
			.stderr(Stdio::null())
			.spawn()
			.unwrap();
		let mut line = String::new();
		BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
		let hello: Value = serde_json::from_str(&line).unwrap();
		let address = hello["listening"].as_str().unwrap().strip_prefix("http://").unwrap().into();
		Self { child, address }
	}

	fn send(&self, head: &str, body: &[u8]) -> (u16, Vec<u8>) {
		let mut stream = TcpStream::connect(&self.address).unwrap();
		let length = body.len();
		let head = format!(
			"{head} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
			 Content-Length: {length}\r\n\r\n",
			self.address
		);
		stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
		let mut answer = Vec::new();
		stream.read_to_end(&mut answer).unwrap();
		let split = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
		let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
		(status, answer[split + 4..].to_vec())
	}

	fn ask<T: Decode>(&self, head: &str, body: &[u8]) -> T {
		let (status, body) = self.send(head, body);
		assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
		T::decode(&mut &body[..]).unwrap()
	}

	/// What becomes of a job that is handed in.
	fn take(&self, job: &Job) -> Taken {
		let mut taken: Vec<Taken> = self.ask("POST /jobs", &vec![job].encode());
		assert_eq!(taken.len(), 1);
		taken.remove(0)
	}

	/// Sends a job and waits for what becomes of it.
	fn prove(&self, job: &Job) -> JobState {
		assert_eq!(self.take(job), Taken::Yes);
		let question = Question { genesis: job.genesis, now: Now::default(), jobs: vec![job.id()] };
		let started = Instant::now();
		loop {
			let states: Vec<Option<JobState>> = self.ask("POST /states", &question.encode());
			let [Some(state)] = &states[..] else { panic!("the job was forgotten") };
			match state {
				JobState::Pending if started.elapsed() < Duration::from_secs(60) => {
					std::thread::sleep(Duration::from_millis(20));
				}
				state => return state.clone(),
			}
		}
	}

	/// All that it offers.
	fn offers(&self) -> Vec<Work> {
		let page: Offers = self.ask("GET /offers/0", b"");
		assert!(!page.more);
		page.work
	}

	fn ends(&mut self) -> bool {
		let started = Instant::now();
		while started.elapsed() < Duration::from_secs(20) {
			if let Some(status) = self.child.try_wait().unwrap() {
				return status.success();
			}
			std::thread::sleep(Duration::from_millis(20));
		}
		false
	}
}

impl Drop for Service {
	fn drop(&mut self) {
		let _ = self.child.kill();
		let _ = self.child.wait();
	}
}

type Job = ProveJob<[u8; 32]>;

fn job(request: u64, circuit: CircuitHash, params: Scalar, input: TensorData) -> Job {
	ProveJob {
		genesis: [6; 32],
		request,
		model: ModelId([1; 32]),
		version: 1,
		circuit,
		params,
		inputs: vec![input].try_into().unwrap(),
		beneficiary: [5; 32],
		expiry: 9,
		outputs: vec![Visibility::Public].try_into().unwrap(),
		deadline: Default::default(),
		worth: 1,
	}
}

fn scalar(value: &Value) -> Scalar {
	let digits = value.as_str().unwrap().strip_prefix("0x").unwrap();
	let byte = |i: usize| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap();
	Scalar(core::array::from_fn(byte))
}

#[test]
fn the_service_proves_public_and_private_inputs_and_ends_with_its_parent() {
	let bench = Bench::ready("service", "");
	let offline = bench.json("prove --private-input --private-output");
	let circuit = CircuitHash(scalar(&bench.json("verify")["circuit"]).0);
	let params = scalar(&offline["digests"]["params"]);
	let hidden = scalar(&offline["digests"]["inputs"][0]);
	let key = zkml_circuits::load_verifying_key(&bench.0.join("verifying.key")).unwrap();
	let key = zkml_groth16::prepare(&key).unwrap();
	let label = offline["outputs"][0]["values"][0].as_i64().unwrap();

	let mut service = Service::start(&bench, "--openings .");
	let pixels = bench.read("input.opening.json")["tensors"][0]["values"].clone();
	let bytes: Vec<u8> =
		pixels.as_array().unwrap().iter().map(|v| 128 + v.as_u64().unwrap() as u8).collect();
	let job = |request, input| job(request, circuit, params, input);
	let work = |openings: &[Scalar]| {
		let openings = openings.to_vec().try_into().unwrap();
		Work { circuit, params, openings, hides_outputs: false }
	};
	assert_eq!(service.offers(), [work(&[]), work(&[hidden])]);
	let model = zkml_circuits::CompiledModel::load(&bench.0.join("model.zkml")).unwrap();
	let (input_spec, output_spec) = (&model.inputs()[0].tensor, &model.outputs()[0].tensor);
	for (request, input) in [
		(1, TensorData::Public(bytes.clone().try_into().unwrap())),
		(2, TensorData::Committed(hidden)),
	] {
		let job = job(request, input.clone());
		let JobState::Done(reply) = service.prove(&job) else { panic!("the job failed") };
		let [TensorData::Public(shown)] = &reply.outputs[..] else { panic!("it is hidden") };
		let output = output_spec.decode(shown).unwrap();
		assert_eq!(output, [label as i32]);
		use zkml_poseidon::Direct;
		use zkml_primitives::{digest, Role, Tensor};
		let decoded;
		let (input, tensor) = match &input {
			TensorData::Committed(scalar) => (*scalar, Tensor::Committed),
			TensorData::Public(bytes) => {
				decoded = input_spec.decode(bytes).unwrap();
				let digest = digest(Role::Input, input_spec, bytes);
				(digest, Tensor::Public(input_spec, &decoded))
			}
		};
		let statement = Statement {
			circuit,
			model: job.model,
			version: 1,
			params,
			inputs: vec![input].try_into().unwrap(),
			outputs: vec![digest(Role::Output, output_spec, shown)].try_into().unwrap(),
			ctx: job.ctx(),
		};
		let shown = Tensor::Public(output_spec, &output);
		let inputs = statement.round_inputs::<Direct>(
			key.key.params(),
			&[tensor],
			&[shown],
			&reply.proof.commitments,
		);
		zkml_groth16::verify(&key, &inputs, &reply.proof).unwrap();
	}
	let refused = |job: &Job, why: &str| match service.take(job) {
		Taken::Refused(reason) => assert!(reason.starts_with(why), "{reason}"),
		other => panic!("expected a refusal, got {other:?}"),
	};
	let unknown = job(3, TensorData::Committed(params));
	refused(&unknown, "the private input: expected an opening");
	let secret = Job {
		outputs: vec![Visibility::Private].try_into().unwrap(),
		..job(3, TensorData::Committed(hidden))
	};
	refused(&secret, "output label: expected one that everybody sees, since there is no --keep");
	let mut wrong = bytes;
	wrong[0] = 255;
	let wrong = TensorData::Public(wrong.try_into().unwrap());
	refused(&job(4, wrong), "input image: ");
	let (_, page) = service.send("GET /status", b"");
	let page: Value = serde_json::from_slice(&page).unwrap();
	assert_eq!(page["proved_total"], 2);
	assert_eq!(page["models"].as_array().unwrap().len(), 1);

	drop(service.child.stdin.take());
	assert!(service.ends(), "the service outlived its parent");
}

#[test]
fn the_opening_of_a_hidden_output_is_kept_before_the_proof_is_given() {
	use std::os::unix::fs::PermissionsExt;
	let bench = Bench::ready("kept", "");
	let offline = bench.json("prove --private-input");
	let circuit = CircuitHash(scalar(&bench.json("verify")["circuit"]).0);
	let params = scalar(&offline["digests"]["params"]);
	let input = scalar(&offline["digests"]["inputs"][0]);
	let label = offline["outputs"][0]["values"][0].as_i64().unwrap() as i32;
	fs::create_dir(bench.0.join("kept")).unwrap();
	let service = Service::start(&bench, "--openings . --keep kept");
	let offers: Vec<_> = service
		.offers()
		.into_iter()
		.map(|work| (work.circuit == circuit, work.openings.to_vec(), work.hides_outputs))
		.collect();
	let ways = [vec![], vec![input]];
	let both = ways.into_iter().flat_map(|way| [(true, way.clone(), false), (true, way, true)]);
	assert_eq!(offers, both.collect::<Vec<_>>(), "two of each way to put openings together");

	let model = zkml_circuits::CompiledModel::load(&bench.0.join("model.zkml")).unwrap();
	let info = &model.outputs()[0];
	let hide = |request| Job {
		outputs: vec![Visibility::Private].try_into().unwrap(),
		..job(request, circuit, params, TensorData::Committed(input))
	};
	let mut commitments = BTreeSet::new();
	// The second is proved as if the first had never been: another request, the same output.
	for request in [1, 2] {
		let state = service.prove(&hide(request));
		let JobState::Done(reply) = state else { panic!("the job failed: {state:?}") };
		let [TensorData::Committed(commitment)] = reply.outputs[..] else { panic!("it is shown") };
		let path = bench.0.join("kept").join(format!("{}.json", hex(&commitment)));
		let mode = fs::metadata(&path).unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
		let opening =
			zkml_client::tensors::Openings::find(&path, Role::Output, commitment, &info.tensor);
		assert_eq!(opening.unwrap().values, [label]);
		let (status, body) = service.send(&format!("GET /openings/0x{}", hex(&commitment)), b"");
		assert_eq!((status, body), (200, fs::read(&path).unwrap()));
		commitments.insert(commitment.0);
	}
	assert_eq!(commitments.len(), 2, "a salt of its own for each proof");
	assert_eq!(fs::read_dir(bench.0.join("kept")).unwrap().count(), 2, "and nothing half-written");

	// In clear after all: nothing is kept.
	let shown = job(3, circuit, params, TensorData::Committed(input));
	let JobState::Done(reply) = service.prove(&shown) else { panic!("the job failed") };
	assert_eq!(reply.outputs[0].visibility(), Visibility::Public);
	assert_eq!(fs::read_dir(bench.0.join("kept")).unwrap().count(), 2);

	// An opening that cannot be kept is a proof that is not given.
	fs::remove_dir_all(bench.0.join("kept")).unwrap();
	match service.prove(&hide(4)) {
		JobState::Failed(reason) => assert!(reason.contains("expected to write it"), "{reason}"),
		other => panic!("expected a failure, got {other:?}"),
	}
}

fn hex(scalar: &Scalar) -> String {
	scalar.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_model_that_comes_late_is_found() {
	let bench = Bench::ready("late", "");
	let made = bench.json("prove");
	let circuit = CircuitHash(scalar(&bench.json("verify")["circuit"]).0);
	fs::rename(bench.0.join("proving.key"), bench.0.join("kept.key")).unwrap();
	let service = Service::start(&bench, "");
	// The service rests two seconds between looks at its folder.
	std::thread::sleep(Duration::from_millis(2_100));
	fs::rename(bench.0.join("kept.key"), bench.0.join("proving.key")).unwrap();
	let pixels = bench.read("proof.json")["inputs"][0]["values"].clone();
	let bytes: Vec<u8> =
		pixels.as_array().unwrap().iter().map(|v| 128 + v.as_u64().unwrap() as u8).collect();
	let params = scalar(&made["digests"]["params"]);
	let input = TensorData::Public(bytes.try_into().unwrap());
	let job = job(1, circuit, params, input);
	assert!(matches!(service.prove(&job), JobState::Done(_)));
}

#[test]
fn a_retrained_version_in_the_place_of_the_first_is_found_while_the_first_goes_on() {
	let bench = Bench::ready("reload", "--private");
	bench.retrained();
	let first = bench.json("prove");
	let circuit = CircuitHash(scalar(&bench.json("verify")["circuit"]).0);
	let pixels = bench.read("proof.json")["inputs"][0]["values"].clone();
	let bytes: Vec<u8> =
		pixels.as_array().unwrap().iter().map(|v| 128 + v.as_u64().unwrap() as u8).collect();
	bench.json("compile retrained.onnx --like model.zkml -o later.zkml");
	let later = bench.json("prove --model later.zkml -o later.json");
	let versions = [first, later].map(|made| scalar(&made["digests"]["params"]));
	let service = Service::start(&bench, "");
	let job = |request, params| {
		let input = TensorData::Public(bytes.clone().try_into().unwrap());
		job(request, circuit, params, input)
	};
	assert!(matches!(service.take(&job(1, versions[1])), Taken::Refused(_)));
	// The service rests two seconds between looks at its folder.
	std::thread::sleep(Duration::from_millis(2_100));
	fs::rename(bench.0.join("later.zkml"), bench.0.join("model.zkml")).unwrap();
	for (request, params) in [(2, versions[1]), (3, versions[0])] {
		assert!(matches!(service.prove(&job(request, params)), JobState::Done(_)), "{request}");
	}
	assert_eq!(service.offers().len(), 2);
}

#[test]
fn the_service_ends_on_sigterm_even_while_a_client_dawdles() {
	let bench = Bench::new("sigterm");
	let mut service = Service::start(&bench, "");
	let mut dawdler = TcpStream::connect(&service.address).unwrap();
	dawdler.write_all(b"POST /jobs HTTP/1.1\r\nHost: localhost\r\n").unwrap();
	let pid = service.child.id().to_string();
	assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
	assert!(service.ends(), "the service did not end cleanly");
}
