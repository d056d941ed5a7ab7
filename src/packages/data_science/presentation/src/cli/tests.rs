use clap::Parser;
use shared_kernel_presentation::cli::{Console, ConsoleSettings, Format, Palette};

use super::*;

#[derive(Parser)]
enum Program {
    #[command(subcommand)]
    Dataset(dataset::Command),
    Detect(detect::Command),
    #[command(subcommand)]
    Detector(detector::Command),
    #[command(subcommand)]
    Pipeline(pipeline::Command),
    #[command(subcommand)]
    Feedback(feedback::Command),
}

fn parse(arguments: &[&str]) -> Result<Program, String> {
    let all = ["pynomaly"].iter().chain(arguments);
    Program::try_parse_from(all).map_err(|error| error.to_string())
}

fn detector_text(command: &detector::Command, format: Option<Format>) -> String {
    let settings = ConsoleSettings { format, ..ConsoleSettings::plain() };
    let (console, captured) = Console::captured(settings);
    detector::run(command, &console).unwrap();
    captured.results()
}

#[test]
fn the_commands_of_the_specification_are_understood() {
    for line in [
        "dataset upload flights.csv --name f --label odd --detector ecod --copy",
        "dataset list",
        "dataset show f",
        "dataset versions f",
        "dataset delete f",
        "detect flights.csv --detector ecod --label odd --budget 5 --explain",
        "detect flights.csv --contamination 0.05 --seed 3 --top 9 --input-format csv",
        "detect flights.csv --pipeline f",
        "detect flights.csv --fdr 0.05",
        "detect flights.csv --pot 0.0001",
        "detect flights.csv --time time_hour",
        "detect w.csv --time t --by origin --column a --column b --detector matrix_profile --window 9",
        "detect w.csv --time t --period 24 --budget 3",
        "detector list",
        "detector show ecod",
        "pipeline list",
        "pipeline show f",
        "pipeline history f",
        "pipeline export f --to onnx --revision 2",
        "pipeline export f --to sql --table shop.f",
        "feedback confirm f --row 3 --row 4 --version 2 --reason late",
        "feedback dismiss f --row 0 --dry-run",
        "feedback list f",
        "feedback withdraw f --row 3 --version 1 --dry-run",
    ] {
        let words: Vec<_> = line.split(' ').collect();
        assert!(parse(&words).is_ok(), "{line}: {}", parse(&words).err().unwrap());
    }
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    for line in [
        "detect x --detector ecod --pipeline f",
        "detect x --budget 5 --contamination 0.1",
        "detect x --fdr 0.1 --pot 0.001",
        "detect x --pipeline f --seed 3",
        "detect x --pipeline f --time t",
    ] {
        let words: Vec<_> = line.split(' ').collect();
        assert!(parse(&words).is_err_and(|error| error.contains("cannot be used with")), "{line}");
    }
}

#[test]
fn detectors_are_listed_with_the_default_marked() {
    let text = detector_text(&detector::Command::List, None);
    assert!(text.contains("isolation_forest (default)") && text.contains("ecod"), "{text}");
    // the column is narrow
    assert!(text.contains("seasonal_residual (default with"), "{text}");
}

#[test]
fn a_detector_is_shown_with_parameters_cost_and_paper() {
    let show =
        |name: &str| detector::Command::Show(detector::ShowArguments { name: name.to_owned() });
    let text = detector_text(&show("isolation_forest"), None);
    for expected in ["trees", "100", "256", "Liu, Ting, Zhou", "taken when none is named"] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    let json = detector_text(&show("ecod"), Some(Format::Json));
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["schema"], "pynomaly.detector/1");
    assert_eq!(document["detector"]["name"], "ecod");

    let (console, _) = Console::captured(ConsoleSettings::plain());
    let error = detector::run(&show("random_guess"), &console).unwrap_err();
    assert!(
        error.hint_text().unwrap().contains("isolation_forest, extended_isolation_forest"),
        "{error}"
    );
}

#[test]
fn anomalies_are_a_table_with_the_heaviest_reason() {
    let report = crate::web::tests::report();
    let text = anomalies_text(&report.anomalies, 1, 120, Palette::default());
    assert!(text.contains("dep <delay> is 1301 (usually -20 to 16, here about -2)"), "{text}");
    assert!(text.contains("no column stands out"), "{text}");
}
