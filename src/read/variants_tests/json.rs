//! Pages of the admin API and lines of JSON.

use serde_json::{Map, Value};

use super::*;

/// A JSON value with every object and number changed.
fn reshaped(
    value: &Value,
    object: &impl Fn(Map<String, Value>) -> Map<String, Value>,
    number: &impl Fn(&str, &str) -> Value,
    key: &str,
) -> Value {
    match value {
        Value::Object(map) => {
            let inner = map.iter().map(|(key, value)| (key.clone(), reshaped(value, object, number, key)));
            Value::Object(object(inner.collect()))
        }
        Value::Array(list) => Value::Array(list.iter().map(|value| reshaped(value, object, number, key)).collect()),
        Value::Number(found) => number(key, &found.to_string()),
        other => other.clone(),
    }
}

fn as_number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter().map(Result::unwrap).collect()
}

/// All other ways to write the same values, one behind the other.
fn json_variants(values: &[Value]) -> Vec<(&'static str, Vec<Value>)> {
    let each = |object: &dyn Fn(Map<String, Value>) -> Map<String, Value>, number: &dyn Fn(&str, &str) -> Value| {
        values.iter().map(|value| reshaped(value, &object, &number, "")).collect::<Vec<_>>()
    };
    let same = |map: Map<String, Value>| map;
    let kept = |_: &str, text: &str| as_number(text);
    let exact = |key: &str| key == "value" || key == "quantity";
    vec![
        ("keys reversed", each(&|map| map.into_iter().rev().collect(), &kept)),
        (
            "keys between",
            each(
                &|mut map| {
                    map.insert("unknown".to_owned(), serde_json::json!({"value": [1, null, "}"]}));
                    map.insert("nothing".to_owned(), Value::Null);
                    map
                },
                &kept,
            ),
        ),
        ("nulls left out", each(&|map| map.into_iter().filter(|(_, value)| !value.is_null()).collect(), &kept)),
        ("numbers as texts", each(&same, &|_, text| Value::String(text.to_owned()))),
        (
            "forty digits",
            each(&same, &|key, text| if exact(key) { as_number(&forty_digits(text)) } else { as_number(text) }),
        ),
    ]
}

/// Texts under `value` as numbers: the API has had both.
fn unquoted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let inner = |(key, value): (&String, &Value)| match value {
                Value::String(text) if key == "value" => (key.clone(), as_number(text)),
                value => (key.clone(), unquoted(value)),
            };
            Value::Object(map.iter().map(inner).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(unquoted).collect()),
        other => other.clone(),
    }
}

#[test]
fn pages_are_understood_alike_however_they_are_written() {
    for sample in &PAGES {
        let whole = read(sample, sample.text).unwrap();
        let (expect, cut_short) = (told(&whole), whole.0.coverage[0].cut_short);
        let values = documents(sample.text);
        let mut all = json_variants(&values);
        all.push(("amounts as numbers", values.iter().map(unquoted).collect()));
        all.push(("as they are", values));
        for (variant, values) in all {
            let lines = values.iter().map(Value::to_string).collect::<Vec<_>>();
            let pretty = values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect::<Vec<_>>();
            let texts = [
                lines.join("\n"),
                format!("\u{FEFF}{}\r\n", pretty.join("\r\n").replace('\n', "\r\n")),
                format!("[{}]", lines.join(",")),
                format!("[\n{}\n]\n", pretty.join(",\n")),
            ];
            for text in texts {
                let found = read(sample, &text).unwrap_or_else(|error| panic!("{}, {variant}: {error}", sample.name));
                assert_eq!(found.0.bad_rows, [], "{}, {variant}", sample.name);
                assert_eq!(told(&found), expect, "{}, {variant}", sample.name);
                assert_eq!(found.0.coverage[0].cut_short, cut_short, "{}, {variant}", sample.name);
            }
        }
    }
}

#[test]
fn lines_of_json_are_understood_alike_however_they_are_written() {
    for sample in &OBJECTS {
        let expect = told(&read(sample, sample.text).unwrap());
        let values = documents(sample.text);
        for (variant, values) in json_variants(&values) {
            // The counts of a rollout are written by one program, as numbers.
            if sample.format == "codex-rollout" && variant == "numbers as texts" {
                continue;
            }
            let lines = values.iter().map(Value::to_string).collect::<Vec<_>>();
            for text in [lines.join("\n"), format!("\u{FEFF}\r\n{}\r\n\r\n", lines.join("\r\n"))] {
                let found = read(sample, &text).unwrap_or_else(|error| panic!("{}, {variant}: {error}", sample.name));
                assert_eq!(found.0.bad_rows, [], "{}, {variant}", sample.name);
                assert_eq!(told(&found), expect, "{}, {variant}", sample.name);
            }
        }
    }
}
