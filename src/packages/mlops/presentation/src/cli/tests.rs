use clap::Parser;
use mlops_domain::testing::{InMemoryModels, alias_change, example_id, lineage, model, version};
use mlops_domain::{Registration, Run, RunStatus};
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_presentation::cli::ConsoleSettings;

use super::*;

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_785_000_000 + second).unwrap()
}

/// Two versions, then a run that was declined.
fn registry() -> InMemoryModels {
    let models = InMemoryModels::default();
    for number in [1, 2] {
        let now = at(3600 * i64::from(number));
        let (version, run) = version(1, number, now);
        let promotion = Some(alias_change(&version, now));
        let registration = Registration { model: model(1, at(0)), run, version, promotion };
        models.register(&registration, UnitOfWork::of_command()).unwrap();
    }
    let reasons = vec!["38.4 % of dep_time is missing".to_owned()];
    let declined = Run::begin(example_id(77), lineage(1, 3), at(9000))
        .ended(RunStatus::Declined { reasons }, at(9001));
    models.record_run(&declined, UnitOfWork::of_command()).unwrap();
    models
}

fn said(models: &InMemoryModels, arguments: &str, format: Format) -> Result<String> {
    let words = ["p"].into_iter().chain(arguments.split(' '));
    let command = Program::try_parse_from(words).unwrap().command;
    let settings = ConsoleSettings { format: Some(format), ..ConsoleSettings::plain() };
    let (console, captured) = Console::captured(settings);
    answer(&command, models, &console)?;
    Ok(captured.results())
}

#[test]
fn the_list_names_every_champion() {
    insta::assert_snapshot!(said(&registry(), "list", Format::Table).unwrap());
    let empty = said(&InMemoryModels::default(), "list", Format::Table).unwrap();
    assert_eq!(empty, "no models yet: `pynomaly run DATA` trains the first\n");
}

#[test]
fn a_version_is_shown_in_full() {
    insta::assert_snapshot!(said(&registry(), "show flights 1", Format::Table).unwrap());
    let champion = said(&registry(), "show flights", Format::Table).unwrap();
    assert!(champion.contains("flights v2") && champion.contains("yes, it is the champion"));
}

#[test]
fn a_history_tells_champions_and_runs() {
    insta::assert_snapshot!(said(&registry(), "history flights", Format::Table).unwrap());
}

#[test]
fn the_champion_of_a_time_is_told() {
    let models = registry();
    let ask = |time: Timestamp| {
        said(&models, &format!("history flights --at {time}"), Format::Table).unwrap()
    };
    assert!(ask(at(0)).starts_with("no version of flights was champion at 2026-07-25"));
    assert!(ask(at(3700)).starts_with("flights v1 was champion"));
    assert!(ask(at(7200)).starts_with("flights v2 was champion"));
}

#[test]
fn documents_begin_with_their_schema() {
    let models = registry();
    for (arguments, schema) in [
        ("list", "pynomaly.model_list/1"),
        ("show flights", "pynomaly.model/1"),
        ("history flights --at 2026-05-03T14:00:00Z", "pynomaly.model_history/1"),
    ] {
        let text = said(&models, arguments, Format::Json).unwrap();
        assert!(text.starts_with(&format!("{{\n  \"schema\": \"{schema}\"")), "{text}");
    }
    let text = said(&models, "history flights --at 2020-01-01T00:00:00Z", Format::Json).unwrap();
    assert!(text.contains("\"champion\": null,\n    \"reason\": \"no version was champion yet\""));
    insta::assert_snapshot!(said(&models, "show flights 2", Format::Json).unwrap());
}

#[test]
fn what_is_not_there_is_wrong_usage_with_a_hint() {
    let models = registry();
    for arguments in ["show trains", "show flights 9", "history trains"] {
        let error = said(&models, arguments, Format::Table).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{arguments}");
        assert!(error.hint_text().is_some(), "{arguments}");
    }
}
