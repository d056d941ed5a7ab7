//! Time series from a file to scores.

use std::fmt::Write as _;

use serde_json::Value;

use crate::pynomaly::Pynomaly;

const HOURS: usize = 24 * 40;

/// Two places, hour by hour, with a season; at one of them a spike at row 500 and a step from row
/// 700 on. The second place lacks five hours. Rows are in no order of time.
fn table() -> String {
    let mut rows = Vec::new();
    for (place, level) in [("north", 10.0), ("south", 4000.0)] {
        for hour in 0..HOURS {
            if place == "south" && (100..105).contains(&hour) {
                continue;
            }
            let angle = std::f64::consts::TAU * (hour % 24) as f64 / 24.0;
            let noise = ((hour * 7_919 + 31 * level as usize) % 1_000) as f64 / 1_000.0 - 0.5;
            let mut value = level + level / 5.0 * angle.sin() + level / 40.0 * noise;
            let odd = place == "north" && hour == 500;
            value += if odd { 3.0 } else { 0.0 };
            let steady =
                50.0 + 3.0 * noise + if place == "north" && hour >= 700 { 9.0 } else { 0.0 };
            let (day, hour_of_day) = (hour / 24, hour % 24);
            let stamp =
                format!("2024-0{}-{:02} {hour_of_day:02}:00:00", 1 + day / 31, day % 31 + 1);
            rows.push(format!("{stamp},{place},{value:.4},{steady:.4},{}", u8::from(odd)));
        }
    }
    let mut text = "at,place,load,pressure,odd\n".to_owned();
    let count = rows.len();
    for row in 0..count {
        // 997 has no factor in common with the number of rows.
        writeln!(text, "{}", rows[row * 997 % count]).unwrap();
    }
    text
}

fn line_of(table: &str, row: u64) -> &str {
    table.lines().nth(row as usize + 1).unwrap()
}

fn detect(pynomaly: &Pynomaly, more: &[&str]) -> Value {
    let first = ["detect", "table.csv", "--time", "at", "--by", "place", "--label", "odd"];
    pynomaly.json(&[&first, more].concat())
}

#[test]
fn a_spike_and_a_step_are_found_among_series_and_explained() {
    let pynomaly = Pynomaly::new();
    let table = table();
    pynomaly.file("table.csv", &table);
    let found = detect(&pynomaly, &["--column", "load"]);
    assert_eq!(found["detector"], "seasonal_residual");
    let first = &found["most_anomalous"][0];
    assert!(line_of(&table, first["row"].as_u64().unwrap()).ends_with(",1"), "{first}");
    assert_eq!((&first["anomaly"], &first["cells"]["place"]), (&true.into(), &"north".into()));
    let reason = &first["reasons"][0];
    assert_eq!(reason["column"], "load");
    let high = reason["expected"]["high"].as_f64().unwrap();
    assert!(reason["value"].as_f64().unwrap() > high && high > 8.0, "{reason}");
    assert_eq!(found["evaluation"]["auroc"]["value"], 1.0);
    let series = &found["series"];
    assert_eq!((&series["series"], &series["missing_stamps"]), (&2.into(), &5.into()));
    assert_eq!(series["first"][0]["chosen"]["load"]["period"], 24);
    assert_eq!(series["first"][0]["step"], "1 hour");
    assert_eq!(found["left_out"]["odd"], "it is the label");

    let shift = ["--column", "pressure", "--detector", "level_shift", "--budget", "1"];
    let found = detect(&pynomaly, &shift);
    let first = &found["most_anomalous"][0];
    let stamp = first["cells"]["at"].as_str().unwrap().to_owned();
    assert!(stamp.starts_with("2024-01-30T04") && first["cells"]["place"] == "north", "{first}");

    let text = pynomaly.run(&["detect", "table.csv", "--time", "at", "--by", "place", "--explain"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    for expected in ["2 series by place, a step of 1 hour, 5 stamps missing", "usually ", "load: "]
    {
        assert!(text.stdout.contains(expected), "no {expected} in {}", text.stdout);
    }
}

#[test]
fn files_of_scores_hold_every_row_and_do_not_depend_on_threads() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", table());
    let rows = 2 * HOURS - 5;
    for detector in ["seasonal_residual", "level_shift", "spectral_residual", "matrix_profile"] {
        let files = ["1", "4"].map(|threads| {
            let file = format!("{detector}-{threads}.csv");
            let finished = pynomaly.run(&[
                "detect",
                "table.csv",
                "--time",
                "at",
                "--by",
                "place",
                "--detector",
                detector,
                "--explain",
                "--threads",
                threads,
                "--budget",
                "3",
                "--output",
                &file,
            ]);
            assert_eq!(finished.code, 0, "{}", finished.stderr);
            std::fs::read_to_string(pynomaly.folder().join(file)).unwrap()
        });
        assert!(files[0] == files[1], "{detector}");
        let lines: Vec<&str> = files[0].lines().skip(1).collect();
        assert_eq!(lines.len(), rows);
        assert_eq!(lines.iter().filter(|line| line.contains(",true,")).count(), 3, "{detector}");
        let numbered = lines.iter().enumerate();
        assert!(numbered.clone().all(|(row, line)| line.starts_with(&format!("{row},"))));
    }
}

#[test]
fn what_cannot_be_judged_along_time_says_why() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", table());
    let row = |at: usize| format!("2024-01-{:02},{}\n", at + 1, at % 7);
    let lines = |count: usize| (0..count).map(row).collect::<String>();
    pynomaly.file("short.csv", format!("day,x\n{}", lines(3)));
    pynomaly.file("one.csv", "day,x\n2024-01-01,1\n");
    pynomaly.file(
        "constant.csv",
        format!("day,x\n{}", lines(20).replace(|c| ('2'..='9').contains(&c), "1")),
    );
    pynomaly.file("null.csv", format!("day,x\n{}", "1,\n".repeat(20)));
    pynomaly.file("week.csv", format!("day,x\n{}", lines(28)));
    for (arguments, code, told) in [
        (&["table.csv", "--time", "when"][..], 2, "the columns are at, place"),
        (&["table.csv", "--time", "place"], 2, "of type text"),
        (&["table.csv", "--time", "at", "--by", "load"], 2, "does not name series"),
        (&["table.csv", "--time", "at", "--column", "place"], 2, "holds no numbers"),
        (&["table.csv", "--time", "at"], 3, "--by"),
        (&["table.csv", "--period", "24"], 2, "--time"),
        (&["table.csv", "--time", "at", "--detector", "ecod"], 2, "matrix_profile"),
        (&["table.csv", "--detector", "matrix_profile"], 2, "--time COLUMN"),
        (&["table.csv", "--time", "at", "--window", "9"], 2, "has no window"),
        (&["short.csv", "--time", "day"], 3, "3 rows"),
        (&["one.csv", "--time", "day"], 3, ""),
        (&["constant.csv", "--time", "day"], 3, ""),
        (&["null.csv", "--time", "day"], 3, ""),
        (&["week.csv", "--time", "day", "--period", "10"], 3, "fewer than 3 periods of 10"),
    ] {
        let finished = pynomaly.run(&[&["detect"], arguments].concat());
        assert_eq!(finished.code, code, "{arguments:?}: {} {}", finished.stdout, finished.stderr);
        assert!(finished.stderr.contains(told), "{arguments:?}: {}", finished.stderr);
    }
    let run = pynomaly.run(&["run", "table.csv", "--detector", "matrix_profile"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("detect DATA --time COLUMN --detector matrix_profile"),
        "{}",
        run.stderr
    );
    let week = pynomaly.json(&["detect", "week.csv", "--time", "day", "--period", "7"]);
    assert_eq!(week["decision"]["anomalies"]["value"], 0);
}
