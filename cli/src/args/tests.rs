use super::*;
use clap::CommandFactory;

fn read(line: &str) -> Result<Cli, String> {
	Cli::try_parse_from(line.split(' ')).map_err(|error| mistake::mistake(&error))
}

#[test]
fn the_definition_is_sound() {
	Cli::command().debug_assert();
}

#[test]
fn every_file_has_a_name_of_its_own_when_none_is_given() {
	let Verb::Prove(prove) = read("zkml prove").unwrap().verb else { panic!() };
	assert_eq!(prove.workbench.model, PathBuf::from("model.zkml"));
	assert_eq!(prove.workbench.proving_key, PathBuf::from("proving.key"));
	assert_eq!(prove.input.input, PathBuf::from("input.json"));
	assert_eq!(prove.proof, PathBuf::from("proof.json"));
	let Verb::Verify(verify) = read("zkml verify").unwrap().verb else { panic!() };
	assert_eq!(verify.verifying_key, PathBuf::from("verifying.key"));
	let Verb::Submit(submit) = read("zkml submit --from").unwrap().verb else { panic!() };
	assert_eq!(submit.from, Some(vec![PathBuf::from("proof.json")]));
	let Verb::Inspect(inspect) = read("zkml inspect --json").unwrap().verb else { panic!() };
	assert_eq!(inspect.onnx, PathBuf::from("model.onnx"));
}

#[test]
fn amounts_and_waiting_times_are_read() {
	let Verb::Request(request) = read("zkml request 0x01 --price 1.5").unwrap().verb else {
		panic!()
	};
	assert_eq!(request.price, Amount(1_500_000_000_000));
	let Verb::Result(result) = read("zkml result 7 --wait").unwrap().verb else { panic!() };
	assert_eq!((result.request, result.wait), (Some(7), Some(600)));
	let Verb::Result(result) = read("zkml result 7 --wait 5").unwrap().verb else { panic!() };
	assert_eq!(result.wait, Some(5));
}

#[test]
fn mistakes_are_one_line() {
	let whole = "a whole number that is not too large";
	for (line, words) in [
		("prove --nonsense", "expected the arguments of this verb, got --nonsense"),
		("prove --modle x", "expected an argument such as --model, got --modle"),
		("proof", "expected a verb, got \"proof\""),
		("model shwo", "expected a verb, got \"shwo\""),
		("request 0x01", "expected --price <AMOUNT>, got none"),
		("request 0x01 --price", "--price <AMOUNT>: expected a value, got none"),
		(
			"request 0x01 --price much",
			"expected an amount of ZKML such as 1.5, at most 12 decimals",
		),
		("result", "expected <REQUEST>, got none"),
		("result seven", &format!("[REQUEST]: expected {whole}, got \"seven\"")),
		("result 18446744073709551616", &format!("expected {whole}, got \"18446744073709551616\"")),
		("model deprecate 0x01 4294967296", "<VERSION>: expected a whole number in 0..=4294967295"),
		("compile --weight-bits 256", "expected a whole number in 0..=255, got \"256\""),
		("compile --input-min low --input-max 1", "expected a number, got \"low\""),
		("submit", "expected --model-id <HEX>, got none"),
		("submit --from p --private-input", "expected at most one of"),
		(
			"prove --ctx 00 --model-id 00",
			"expected at most one of --ctx <HEX> and --model-id <HEX>",
		),
		("serve --listen everywhere", "expected an address and a port such as 127.0.0.1:9977, got"),
	] {
		let error = read(&format!("zkml {line}")).unwrap_err();
		assert_eq!(error.lines().count(), 1, "{error}");
		assert!(error.contains(words), "{words:?} not in {error:?}");
		assert!(error.ends_with("(see --help)"), "{error}");
	}
}
