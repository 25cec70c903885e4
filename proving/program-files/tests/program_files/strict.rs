//! JSON is read as it is written, or refused with the place.

use serde_json::Value;
use zkml_fuzz::{check_refusal, Fuzz};
use zkml_program_files::strict::{checked, looks_like_json, parse, Tree};

use crate::vector::{all, bytes};

fn refused(file: &[u8]) -> String {
	let fault = parse(file).expect_err("a file that is no JSON");
	assert_eq!(checked(file), Err(fault.clone()));
	fault.to_string()
}

fn number(digits: &str) -> Tree {
	Tree::Number(digits.into())
}

#[test]
fn names_keep_their_order_and_numbers_their_digits() {
	let file = br#" {"z": [1, -0.50, 1e+400, 340282366920938463463374607431768211457],
		"a": {"true": true, "null": null, "": false}} "#;
	let digits = ["1", "-0.50", "1e+400", "340282366920938463463374607431768211457"];
	let inner = [("true", Tree::Bool(true)), ("null", Tree::Null), ("", Tree::Bool(false))];
	let object = |fields: Vec<(&str, Tree)>| {
		Tree::Object(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
	};
	let expected =
		object(vec![("z", Tree::List(digits.map(number).to_vec())), ("a", object(inner.to_vec()))]);
	assert_eq!(parse(file), Ok(expected));
	assert_eq!(parse(b"[]"), Ok(Tree::List(vec![])));
	assert_eq!(parse(b"{ }"), Ok(Tree::Object(vec![])));
	assert_eq!(parse(b"7"), Ok(number("7")));
	assert_eq!(parse(b"-0"), Ok(number("-0")));
}

#[test]
fn strings_are_what_their_escapes_stand_for() {
	let file = r#""a\"\\\/\b\f\n\r\t\u00e9é\ud83d\ude00""#;
	let text = "a\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{e9}\u{1f600}".to_owned();
	assert_eq!(parse(file.as_bytes()), Ok(Tree::Text(text)));
	for (wrong, words) in [
		(r#""\x""#, "with \"x\" where an escape"),
		(r#""\u12g4""#, "where an escape"),
		(r#""\ud83d""#, "half a character where"),
		(r#""\ud83dx""#, "half a character where"),
		(r#""\ude00""#, "half a character where"),
		(r#""\ud83d\u0041""#, "half a character where"),
		("\"a\nb\"", "the end of a string, or an escape belongs, at line 1, column 3"),
		("\"a", "cut off: it ends within a string"),
		("\"\\", "cut off: it ends within a string"),
	] {
		let refusal = refused(wrong.as_bytes());
		assert!(refusal.contains(words), "{wrong}: {refusal}");
	}
}

#[test]
fn an_encoding_that_is_not_utf_8_is_named_and_a_mark_of_utf_8_changes_nothing() {
	let text = r#"{"a": 1}"#;
	let wide = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
	let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
	let widest: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
	for (file, name) in [
		([&[0xff, 0xfe][..], &little].concat(), "UTF-16 (little-endian, with a byte order mark)"),
		([&[0xfe, 0xff][..], &big].concat(), "UTF-16 (big-endian, with a byte order mark)"),
		(little, "UTF-16 without a byte order mark"),
		(big, "UTF-16 without a byte order mark"),
		([&[0xff, 0xfe, 0, 0][..], &widest].concat(), "UTF-32 with a byte order mark"),
		(widest, "UTF-32 without a byte order mark"),
	] {
		let expected = format!("text in {name}, which is no UTF-8: save it as UTF-8");
		assert_eq!(refused(&file), expected);
	}
	let marked = [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat();
	assert_eq!(parse(&marked), parse(text.as_bytes()));
	assert_eq!(checked(&marked), Ok(text));
	assert!(looks_like_json(&marked));
	assert_eq!(
		refused(b"{\n\"\xe9\": 1}"),
		"bytes that are no UTF-8, the first at line 2, column 2"
	);
	// Only one mark, and only at the beginning.
	let twice = [&[0xef, 0xbb, 0xbf], &marked[..]].concat();
	assert!(refused(&twice).contains("where a value belongs, at line 1, column 1"));
}

#[test]
fn what_parsers_let_through_is_refused_with_its_place() {
	for (file, expected) in [
		("", "an empty file"),
		(" \r\n\t", "a file of blanks alone"),
		("\u{feff}", "a file of blanks alone"),
		(
			r#"{"a": 1, "b": {"a": 2}, "\u0061": 3}"#,
			r#"JSON with "a" twice in one object, again at line 1, column 25"#,
		),
		("{}\n{}", r#"JSON with more after its end: "{" at line 2, column 1"#),
		("[1] // one", r#"JSON with more after its end: "/" at line 1, column 5"#),
		("1 \0", r#"JSON with more after its end: "\0" at line 1, column 3"#),
		("[NaN]", r#"JSON with "NaN" where a value belongs, at line 1, column 2"#),
		("[-Infinity]", r#"JSON with "-Infinity" where a number as JSON has them belongs"#),
		("[Infinity]", r#"JSON with "Infinity" where a value belongs"#),
		("[+1]", r#"JSON with "+1" where a value belongs"#),
		("[01]", r#"JSON with "01" where a number as JSON has them belongs"#),
		("[1.]", r#"JSON with "1." where a number as JSON has them belongs"#),
		("[.5]", r#"JSON with ".5" where a value belongs"#),
		("[1e]", r#"JSON with "1e" where a number as JSON has them belongs"#),
		("[0x10]", r#"JSON with "0x10" where a number as JSON has them belongs"#),
		("[1_000]", r#"JSON with "1_000" where a number as JSON has them belongs"#),
		("[1,]", r#"JSON with "]" where a value belongs"#),
		("[1 2]", r#"JSON with "2" where a comma or the end of the list belongs"#),
		("[1,5, 2;3]", r#"JSON with ";" where a comma or the end of the list belongs"#),
		("{'a': 1}", r#"JSON with "'" where a name in double quotes belongs"#),
		("{\"a\" 1}", r#"JSON with "1" where a colon belongs"#),
		("{\"a\": 1,}", r#"JSON with "}" where a name in double quotes belongs"#),
		("nulls", r#"JSON with "nulls" where a value belongs"#),
		("True", r#"JSON with "True" where a value belongs"#),
		("{\"a\": [1, 2", "JSON that is cut off: it ends within a list"),
		("{\"a\"", "JSON that is cut off: it ends within an object"),
		("{\"a\": 1", "JSON that is cut off: it ends within an object"),
		("[1.", "JSON that is cut off: it ends within a number"),
		("[", "JSON that is cut off: it ends within a list or an object"),
	] {
		let refusal = refused(file.as_bytes());
		assert!(refusal.starts_with(expected), "{file:?}: {refusal}");
	}
	for open in ["[", "{\"a\":"] {
		let deep = open.repeat(200_000);
		assert_eq!(refused(deep.as_bytes()), "JSON nested deeper than 128 levels");
	}
	assert!(parse(format!("{}{}", "[".repeat(128), "]".repeat(128)).as_bytes()).is_ok());
}

/// What serde_json, which later fields win for, reads of the same file.
fn theirs(tree: &Tree) -> Value {
	match tree {
		Tree::Null => Value::Null,
		Tree::Bool(value) => Value::from(*value),
		Tree::Number(digits) => serde_json::from_str(digits).unwrap_or(Value::Null),
		Tree::Text(text) => Value::from(text.as_str()),
		Tree::List(items) => items.iter().map(theirs).collect(),
		Tree::Object(fields) => {
			fields.iter().map(|(name, value)| (name.clone(), theirs(value))).collect()
		}
	}
}

#[test]
fn what_is_read_is_what_another_parser_reads_and_nothing_that_it_refuses() {
	let good: Vec<Vec<u8>> = all().iter().map(|vector| bytes(vector.part("proof_json"))).collect();
	Fuzz::new(env!("CARGO_MANIFEST_DIR"), "strict", good, 20_000).run(|file| match parse(file) {
		Ok(tree) => {
			let text = checked(file).expect("what is parsed is text");
			match serde_json::from_str::<Value>(text) {
				Ok(value) => assert_eq!(theirs(&tree), value),
				// A number that a float cannot hold is kept in its digits here.
				Err(error) => {
					assert!(error.to_string().contains("out of range"), "{error}: {text}")
				}
			}
		}
		Err(fault) => assert!(!fault.to_string().contains('\n'), "{fault}"),
	});
	check_refusal(&zkml_program_files::snarkjs::read_key(b"{").unwrap_err());
}
