//! The table of operators against ONNX's own schemas.

use std::{collections::BTreeMap, path::Path};

use crate::onnx::Onnx;
use serde_json::Value;
use zkml_graph::import::{
	import_bytes, operators, Attribute, Form, Input, Number, Setting, Usage, NEWEST,
};
use zkml_onnx::AttributeProto;

const SCHEMA: &str = include_str!("onnx-schema/operators.json");

/// An entry of the table that can be changed.
#[derive(Clone)]
struct Entry {
	domain: &'static str,
	name: &'static str,
	forms: Vec<Listed>,
}

/// A form of an operator.
#[derive(Clone)]
struct Listed {
	since: Vec<i64>,
	attributes: Vec<Attribute>,
	inputs: Vec<Input>,
	outputs: Vec<Input>,
}

fn table() -> Vec<Entry> {
	let listed = |operator: &zkml_graph::import::Operator| Entry {
		domain: operator.domain,
		name: operator.name,
		forms: operator
			.versions
			.iter()
			.map(|version| Listed {
				since: version.since.to_vec(),
				attributes: version.attributes.to_vec(),
				inputs: version.inputs.to_vec(),
				outputs: version.outputs.to_vec(),
			})
			.collect(),
	};
	operators().map(listed).collect()
}

/// ONNX's forms of each operator by domain and name.
fn schemas() -> BTreeMap<(String, String), Value> {
	let schema: Value = serde_json::from_str(SCHEMA).unwrap();
	let operators = schema["operators"].as_array().unwrap();
	let key = |operator: &Value| {
		let text = |name: &str| operator[name].as_str().unwrap().to_owned();
		(text("domain"), text("name"))
	};
	operators.iter().map(|operator| (key(operator), operator["forms"].clone())).collect()
}

fn list(value: &Value) -> &[Value] {
	value.as_array().unwrap()
}

fn form(name: &str) -> Option<Form> {
	Some(match name {
		"FLOAT" => Form::Float,
		"INT" => Form::Int,
		"STRING" => Form::String,
		"TENSOR" => Form::Tensor,
		"GRAPH" => Form::Graph,
		"FLOATS" => Form::Floats,
		"INTS" => Form::Ints,
		"STRINGS" => Form::Strings,
		"SPARSE_TENSOR" => Form::SparseTensor,
		_ => return None,
	})
}

fn is(setting: Option<Setting>, default: &Value) -> bool {
	match setting {
		None => default.is_null(),
		Some(Setting::Int(value)) => default.as_i64() == Some(value),
		Some(Setting::Float(value)) => default.as_f64().is_some_and(|d| d as f32 == value),
		Some(Setting::Text(value)) => default.as_str() == Some(value),
		Some(Setting::Ints(values)) => *default == serde_json::json!(values),
		Some(Setting::Texts(values)) => *default == serde_json::json!(values),
	}
}

/// What of an operator's entry is not as ONNX has it.
fn faults(entry: &Entry, forms: &Value) -> Vec<String> {
	let mut faults = Vec::new();
	let mut known = Vec::new();
	for schema in list(forms) {
		for since in list(&schema["since"]).iter().map(|since| since.as_i64().unwrap()) {
			known.push(since);
			let place = format!("{}-{since}", entry.name);
			match entry.forms.iter().filter(|listed| listed.since.contains(&since)).count() {
				0 => faults.push(format!("{place} is not listed")),
				1 => {}
				_ => faults.push(format!("{place} is listed twice")),
			}
			if let Some(listed) = entry.forms.iter().find(|listed| listed.since.contains(&since)) {
				faults.extend(unlike(listed, schema).into_iter().map(|f| format!("{place}: {f}")));
			}
		}
	}
	let listed = entry.forms.iter().flat_map(|listed| &listed.since);
	let foreign = listed.filter(|since| !known.contains(since));
	faults.extend(foreign.map(|since| format!("{}-{since} is none of ONNX's", entry.name)));
	if entry.forms.windows(2).any(|two| two[0].since.last() >= two[1].since.first()) {
		faults.push(format!("{}: forms out of order", entry.name));
	}
	faults
}

fn unlike(listed: &Listed, schema: &Value) -> Vec<String> {
	let mut faults = Vec::new();
	for given in list(&schema["attributes"]) {
		let name = given[0].as_str().unwrap();
		let Some(attribute) = listed.attributes.iter().find(|a| a.name == name) else {
			faults.push(format!("attribute {name} is neither handled nor refused"));
			continue;
		};
		let allowed = match attribute.usage {
			Usage::Only(settings) => match attribute.default {
				Some(default) => settings.contains(&default),
				None => true,
			},
			_ => true,
		};
		if form(given[1].as_str().unwrap()) != Some(attribute.form) {
			faults.push(format!("attribute {name} of another type"));
		}
		if !is(attribute.default, &given[3]) {
			faults.push(format!("attribute {name} with another default than {}", given[3]));
		}
		// One that is left out has its default, which must be one that is taken.
		if attribute.required != (given[2] == true || !allowed) {
			faults.push(format!("attribute {name} required or not"));
		}
	}
	let names: Vec<_> = list(&schema["attributes"]).iter().map(|a| &a[0]).collect();
	let foreign = listed.attributes.iter().filter(|a| !names.iter().any(|name| *name == a.name));
	faults.extend(foreign.map(|a| format!("attribute {} is none of ONNX's", a.name)));
	for (what, listed) in [("inputs", &listed.inputs), ("outputs", &listed.outputs)] {
		let given: Vec<_> = list(&schema[what])
			.iter()
			.map(|given| (given[0].as_str().unwrap(), given[1].as_str().unwrap()))
			.collect();
		let listed: Vec<_> = listed
			.iter()
			.map(|listed| {
				let number = match listed.number {
					Number::One => "one",
					Number::Optional => "optional",
					Number::Variadic => "variadic",
				};
				(listed.name, number)
			})
			.collect();
		if listed != given {
			faults.push(format!("{what} {given:?}, listed {listed:?}"));
		}
	}
	faults
}

#[test]
fn every_version_attribute_and_input_of_an_operator_is_handled_or_refused() {
	let schemas = schemas();
	let mut all = Vec::new();
	for entry in table() {
		match schemas.get(&(entry.domain.into(), entry.name.into())) {
			Some(forms) => all.extend(faults(&entry, forms)),
			None => all.push(format!("{} is none of ONNX's", entry.name)),
		}
	}
	assert_eq!(all, [""; 0]);
	let schema: Value = serde_json::from_str(SCHEMA).unwrap();
	for (domain, set) in NEWEST {
		assert_eq!(schema["newest"][domain], set, "{domain}");
	}
	assert_eq!(schema["newest"].as_object().unwrap().len(), NEWEST.len());
}

#[test]
fn an_operator_is_listed_once() {
	let mut keys: Vec<_> = table().iter().map(|entry| (entry.domain, entry.name)).collect();
	let count = keys.len();
	keys.sort_unstable();
	keys.dedup();
	assert_eq!(keys.len(), count);
}

#[test]
fn the_walk_finds_every_entry_that_is_taken_away() {
	let schemas = schemas();
	let mut tried = 0;
	for entry in table() {
		let forms = &schemas[&(entry.domain.to_owned(), entry.name.to_owned())];
		let mut fails = |change: &dyn Fn(&mut Entry)| {
			let mut changed = entry.clone();
			change(&mut changed);
			tried += 1;
			assert!(!faults(&changed, forms).is_empty(), "{}: {tried}", entry.name);
		};
		for (index, listed) in entry.forms.iter().enumerate() {
			fails(&|changed| {
				changed.forms.remove(index);
			});
			for place in 0..listed.since.len() {
				fails(&|changed| {
					changed.forms[index].since.remove(place);
				});
			}
			for place in 0..listed.attributes.len() {
				fails(&|changed| {
					changed.forms[index].attributes.remove(place);
				});
			}
			for place in 0..listed.inputs.len() {
				fails(&|changed| {
					changed.forms[index].inputs.remove(place);
				});
			}
			for place in 0..listed.outputs.len() {
				fails(&|changed| {
					changed.forms[index].outputs.remove(place);
				});
			}
		}
	}
	assert!(tried > 1000, "{tried}");
}

/// A node with one more attribute in that operator set, and what becomes of it.
fn refusal(entry: &Entry, listed: &Listed, set: i64, attribute: AttributeProto) -> String {
	let mut model = Onnx::new(&[1, 4, 4, 4]);
	let mut inputs = vec!["x".to_owned()];
	for index in 1..listed.inputs.len() {
		let name = format!("c{index}");
		model = model.floats(&name, &[1], &[1.0]);
		inputs.push(name);
	}
	if listed.inputs.is_empty() {
		inputs.clear();
	}
	let inputs: Vec<_> = inputs.iter().map(String::as_str).collect();
	let op = format!("{}:{}", entry.domain, entry.name);
	let mut model = model.step(&op, &inputs, &["y"], &[attribute]);
	if inputs.is_empty() {
		model = model.step("Add", &["x", "y"], &["z"], &[]);
	}
	let bytes = model.encoded_in(&[(entry.domain, set)]);
	match import_bytes(Path::new("x"), &bytes, None) {
		Ok(_) => panic!("{op} of set {set} is taken"),
		Err(error) => error.to_string(),
	}
}

fn of_form(name: &str, form: Form) -> AttributeProto {
	let mut attribute = AttributeProto { name: name.into(), ..AttributeProto::default() };
	attribute.r#type = form as i32;
	match form {
		Form::Float => attribute.f = 77.0,
		Form::Int => attribute.i = 77,
		Form::String => attribute.s = b"unheard of".to_vec(),
		Form::Floats => attribute.floats = vec![77.0],
		Form::Ints => attribute.ints = vec![77],
		Form::Strings => attribute.strings = vec![b"unheard of".to_vec()],
		Form::Tensor | Form::SparseTensor | Form::Graph => {}
	}
	attribute
}

#[test]
fn what_is_refused_or_unknown_is_named() {
	let mut refused = 0;
	for entry in table() {
		let all: Vec<_> = entry.forms.iter().flat_map(|listed| &listed.attributes).collect();
		for listed in &entry.forms {
			let own = |name: &str| listed.attributes.iter().any(|own| own.name == name);
			let foreign = all.iter().filter(|attribute| !own(attribute.name));
			let mut named: Vec<_> = foreign.map(|a| of_form(a.name, a.form)).collect();
			named.push(of_form("unheard_of", Form::Int));
			for attribute in &listed.attributes {
				if let Usage::Only(_) = attribute.usage {
					named.push(of_form(attribute.name, attribute.form));
				}
				let other = if attribute.form == Form::Int { Form::Ints } else { Form::Int };
				named.push(of_form(attribute.name, other));
			}
			for set in &listed.since {
				for attribute in &named {
					let words = refusal(&entry, listed, *set, attribute.clone());
					assert!(words.contains(&attribute.name), "{}-{set}: {words}", entry.name);
					refused += 1;
				}
			}
		}
	}
	assert!(refused > 1000, "{refused}");
}
