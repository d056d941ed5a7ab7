use std::fmt::Write as _;

use super::*;

fn refusal(text: &str) -> String {
    let problem = read(text).unwrap_err();
    format!("{}: {}", problem.place, problem.what)
}

#[test]
fn every_value_knows_its_place() {
    let document = read("a: 1\nlist:\n  - x\n  - 'y z'\nempty:\n").unwrap();
    assert_eq!(document.get("a").unwrap().place, Place { line: 1, column: 4 });
    let items = document.get("list").unwrap().items().unwrap();
    assert_eq!(items[1].place, Place { line: 4, column: 5 });
    assert_eq!(items[1].text(), Some("y z"));
    assert!(document.get("empty").unwrap().is_null());
    assert_eq!(document.entries().unwrap()[1].place, Place { line: 2, column: 1 });
}

#[test]
fn plain_values_mean_what_the_core_schema_says() {
    let document = read("[1, -2.5, 1e3, true, ~, text, '1', !!str 7, 1.2.3, .inf]").unwrap();
    let values: Vec<ScalarValue> =
        document.items().unwrap().iter().map(|item| item.scalar().unwrap()).collect();
    let text = |text: &str| ScalarValue::Text(text.to_owned());
    let number = |text: &str| ScalarValue::Number(text.to_owned());
    assert_eq!(
        values,
        [
            number("1"),
            number("-2.5"),
            number("1e3"),
            ScalarValue::Boolean(true),
            ScalarValue::Null,
            text("text"),
            text("1"),
            text("7"),
            text("1.2.3"),
            text(".inf")
        ]
    );
}

#[test]
fn aliases_are_written_out() {
    let document = read("a: &x {k: v}\nb: *x\n").unwrap();
    assert_eq!(document.get("b").unwrap().get("k").unwrap().text(), Some("v"));
    assert_eq!(document.get("b").unwrap().place, Place { line: 2, column: 4 });
}

#[test]
fn hostile_documents_are_refused_at_once() {
    assert!(read(&"[".repeat(100_000)).is_err());
    let deep = format!("{}{}", "[".repeat(90), "]".repeat(90));
    assert!(refusal(&deep).contains("nested more than 64 deep"));
    assert!(refusal(&format!("{}{}", "- ".repeat(90), "x")).contains("nested more than 64 deep"));
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{aliases}]");
    }
    assert!(refusal(&bomb).contains("more than 500000 values"));
    assert!(refusal("a: &a [*a]").contains("alias"));
    assert_eq!(refusal("a: 1\nb: 2\na: 3\n"), "line 3, column 1: the key a stands here twice");
    assert!(refusal("? [a]\n: b").contains("a key is text, and not a list"));
    assert!(refusal("a: 1\n---\nb: 2\n").contains("a second document"));
    assert_eq!(refusal(""), "line 1, column 1: there is nothing in it");
    assert!(refusal("a: 'open").starts_with("line"));
    assert!(refusal("a: *unknown").contains("not YAML"));
}

#[test]
fn large_documents_are_read_or_refused_in_little_time() {
    let long = "x".repeat(10 << 20);
    assert_eq!(read(&format!("a: {long}")).unwrap().get("a").unwrap().text(), Some(long.as_str()));
    assert!(refusal(&"- x\n".repeat(600_000)).contains("more than 500000 values"));
}
