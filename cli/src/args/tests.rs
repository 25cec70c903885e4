use super::*;
use clap::CommandFactory;

fn read(line: &str) -> Result<Cli, String> {
	Cli::try_parse_from(line.split(' ')).map_err(|error| mistake(&error.to_string()))
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
	assert_eq!(submit.from, Some(PathBuf::from("proof.json")));
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
	for line in [
		"zkml prove --nonsense",
		"zkml request 0x01",
		"zkml request 0x01 --price much",
		"zkml result",
		"zkml submit",
		"zkml submit --from p --private-input",
		"zkml prove --ctx 00 --model-id 00",
		"zkml serve --listen everywhere",
	] {
		let error = read(line).unwrap_err();
		assert_eq!(error.lines().count(), 1, "{error}");
		assert!(error.ends_with("(see --help)"), "{error}");
	}
}
