//! Bad input is normal input: each ends in a result or a clear error with the right exit code.

use crate::pynomaly::{Pynomaly, small_table};

/// Runs `run`, `check`, `profile` and `detect` on a path; each must end with one of the codes and,
/// when it failed, say what, where and what to do.
fn ends_with(pynomaly: &Pynomaly, data: &str, codes: &[i32]) {
    for command in ["run", "check", "profile", "detect"] {
        let finished = pynomaly.run(&[command, data]);
        assert!(codes.contains(&finished.code), "{command} {data}: {finished:?}");
        if finished.code >= 2 && finished.code != 4 {
            assert!(finished.stderr.contains("error: "), "{command} {data}: {finished:?}");
        } else {
            assert!(!finished.stdout.is_empty(), "{command} {data}: {finished:?}");
        }
    }
}

#[test]
fn a_path_that_is_not_there() {
    let pynomaly = Pynomaly::new();
    ends_with(&pynomaly, "nowhere.csv", &[3]);
    ends_with(&pynomaly, "nowhere-*.parquet", &[3]);
}

#[test]
fn an_empty_file() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("empty.csv", "");
    ends_with(&pynomaly, "empty.csv", &[3]);
}

#[test]
fn a_header_only() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("header.csv", "a,b,c\n");
    // There is nothing to learn from: a clear answer, never a pass.
    for command in ["run", "check", "detect"] {
        let finished = pynomaly.run(&[command, "header.csv"]);
        assert!([1, 3, 4].contains(&finished.code), "{command}: {finished:?}");
    }
    assert_eq!(pynomaly.run(&["profile", "header.csv"]).code, 0);
}

#[test]
fn a_binary_file() {
    let pynomaly = Pynomaly::new();
    let noise: Vec<u8> =
        (0..4096_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    pynomaly.file("noise.bin", noise);
    pynomaly
        .file("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\0\0\0\x02\0\x08\x06\0\0\0");
    ends_with(&pynomaly, "noise.bin", &[3]);
    ends_with(&pynomaly, "picture.csv", &[3]);
}

#[test]
fn a_damaged_parquet_file() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("cut.parquet", b"PAR1\x15\x04\x15\x10PAR1");
    ends_with(&pynomaly, "cut.parquet", &[3]);
}

#[test]
fn latin_1_with_ragged_rows() {
    let pynomaly = Pynomaly::new();
    let mut bytes = b"id;city\n".to_vec();
    for row in 0..200 {
        bytes.extend(format!("{row};").bytes());
        bytes.extend([b"M\xfcnchen".as_slice(), b"K\xf6ln", b"S\xe3o Paulo"][row % 3]);
        bytes.push(b'\n');
    }
    bytes.extend(b"17;too;many\n");
    pynomaly.file("latin.csv", bytes);
    ends_with(&pynomaly, "latin.csv", &[0, 1]);
    let report = pynomaly.run(&["check", "latin.csv", "--format", "json"]).document();
    assert_eq!(report["ingest"]["bad_rows"], 1);
    let profile = pynomaly.json(&["profile", "latin.csv"]);
    assert!(profile.to_string().contains("München"), "{profile}");
}

#[test]
fn a_folder_of_parquet_parts() {
    // Parts are made by the product itself: scores of a small table.
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", small_table(300, 3));
    std::fs::create_dir(pynomaly.folder().join("parts")).unwrap();
    for part in ["parts/0.parquet", "parts/1.parquet"] {
        let made = pynomaly.run(&["detect", "table.csv", "--output", part]);
        assert_eq!(made.code, 0, "{made:?}");
    }
    let profile = pynomaly.json(&["profile", "parts"]);
    assert_eq!(profile.pointer("/table/rows").or(profile.get("rows")).unwrap(), 600, "{profile}");
    ends_with(&pynomaly, "parts", &[0, 1]);
    pynomaly.file("parts/2.parquet", "not parquet at all");
    ends_with(&pynomaly, "parts", &[3]);
}

/// Orders as JSON Lines, from a first to before a last.
fn orders(first: u64, last: u64) -> String {
    let line = |id: u64| {
        let lines: Vec<String> = (0..id % 3)
            .map(|line| format!(r#"{{"sku":"s{}","price":{}.5}}"#, (id + line) % 4, id % 10))
            .collect();
        let buyer =
            format!(r#"{{"mail":"buyer{id}@mail.example","since":"2024-02-{:02}"}}"#, id % 28 + 1);
        let buyer = if id % 10 == 9 { "null".to_owned() } else { buyer };
        format!("{{\"id\":{id},\"buyer\":{buyer},\"lines\":[{}]}}\n", lines.join(","))
    };
    (first..last).map(line).collect()
}

#[test]
fn what_lies_within_json_is_profiled() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("orders.jsonl", orders(0, 300));
    ends_with(&pynomaly, "orders.jsonl", &[0, 1]);
    let profile = pynomaly.json(&["profile", "orders.jsonl"]);
    let columns = profile["nested"]["columns"].as_array().unwrap();
    let told: Vec<String> = columns
        .iter()
        .map(|it| {
            let (name, of_type) =
                (it["name"].as_str().unwrap(), it["stored_type"].as_str().unwrap());
            let unit = it["within"]["unit"].as_str().unwrap();
            format!("{name} {of_type} {}/{} {unit}", it["nulls"], it["rows"])
        })
        .collect();
    assert_eq!(
        told,
        [
            "buyer.mail text 30/300 rows",
            "buyer.since date 30/300 rows",
            "lines[].sku text 0/300 items",
            "lines[].price float 0/300 items",
        ]
    );
    let lengths = &profile["nested"]["lists"][0];
    assert_eq!((&lengths["path"], &lengths["empty"]), (&"lines[]".into(), &100.into()));
    assert_eq!(profile["columns"].as_array().unwrap().len(), 3);

    // The same on one thread and on many; with exact figures; and without personal values.
    let one = pynomaly.json(&["profile", "orders.jsonl", "--threads", "1"]);
    assert_eq!(one["nested"], profile["nested"]);
    let exact = pynomaly.json(&["profile", "orders.jsonl", "--exact"]);
    assert_eq!(exact["nested"], profile["nested"]);
    let redacted = pynomaly.json(&["profile", "orders.jsonl", "--redact=personal"]);
    assert!(!redacted.to_string().contains("@mail.example"), "{redacted}");

    // Parts are merged to the whole.
    pynomaly.file("first.jsonl", orders(0, 100));
    pynomaly.file("second.jsonl", orders(100, 300));
    let merged = pynomaly.json(&["profile", "merge", "first.jsonl", "second.jsonl"]);
    assert_eq!(merged["nested"]["lists"], profile["nested"]["lists"]);
}

#[test]
fn standard_input_and_wrong_usage() {
    let pynomaly = Pynomaly::new();
    let mut command = pynomaly.command();
    let mut child = command
        .args(["profile", "-", "--format", "json"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, small_table(50, 4).as_bytes()).unwrap();
    drop(input);
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(pynomaly.run(&["run"]).code, 2);
    assert_eq!(pynomaly.run(&["profile", "-", "--format", "markdown"]).code, 2);
    assert_eq!(pynomaly.run(&["detector", "show", "crystal_ball"]).code, 2);
    assert_eq!(pynomaly.run(&["model", "show", "nobody"]).code, 2);
    assert_eq!(pynomaly.run(&["--help"]).code, 0);
    assert_eq!(pynomaly.run(&["--version"]).code, 0);
}

#[test]
fn a_home_that_cannot_be_made() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("file", "in the way");
    let finished = pynomaly.run(&["doctor", "--home", "file/home"]);
    assert_eq!(finished.code, 5, "{finished:?}");
}
