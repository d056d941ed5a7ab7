//! Columns of times, and columns that count.

use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::Cell;
use testkit::{Cells, MemoryTable};

use super::{NEW_YEAR, options, structure, structure_in_batches};
use crate::figure::Figure;
use crate::structure::{SequenceColumn, StructureOptions, TimeColumn, ValueOrder};

const HOUR: i64 = 3_600;

fn times(seconds: impl IntoIterator<Item = i64>) -> MemoryTable {
    let seconds = seconds.into_iter().map(Some).collect();
    MemoryTable::new([("at", Cells::Timestamp(seconds))])
}

fn time(table: &MemoryTable) -> TimeColumn {
    structure(table).times.remove(0)
}

fn sequence(values: impl IntoIterator<Item = i64>) -> Option<SequenceColumn> {
    structure(&MemoryTable::new([("n", Cells::integers(values))])).sequences.pop()
}

#[test]
fn an_even_series_has_a_cadence_and_no_gap() {
    let found = time(&times((0..100).map(|row| NEW_YEAR + 900 * row)));
    let cadence = found.cadence.value().unwrap();
    assert_eq!((cadence.seconds, cadence.share), (900.0, 1.0));
    assert_eq!(found.gaps, Figure::exact(0));
    assert_eq!(found.repeated, Measured::exact(0));
    assert_eq!(found.order, ValueOrder::StrictlyAscending);
    assert_eq!(found.earliest, Cell::Text("2024-01-01T00:00:00".to_owned()));
    assert_eq!(found.future, None);
}

#[test]
fn gaps_and_repetitions_are_counted_and_the_longest_is_shown() {
    let hours = (0..60).filter(|hour| !(20..23).contains(hour) && *hour != 40);
    let mut seconds: Vec<i64> = hours.map(|hour| NEW_YEAR + HOUR * hour).collect();
    seconds.insert(5, seconds[5]);
    let found = time(&times(seconds));
    assert_eq!(found.gaps, Figure::exact(2));
    assert_eq!(found.repeated, Measured::exact(1));
    let longest = found.longest_step.value().unwrap();
    assert_eq!(longest.seconds, 4.0 * 3_600.0);
    assert_eq!(longest.from, Cell::Text("2024-01-01T19:00:00".to_owned()));
    assert_eq!(longest.row, Some(20));
}

#[test]
fn the_cadence_of_times_in_no_order_is_that_of_the_sorted_ones() {
    let shuffled = (0..101).map(|row| NEW_YEAR + HOUR * (row * 37 % 101));
    let found = time(&times(shuffled));
    assert_eq!(found.order, ValueOrder::Unordered);
    assert_eq!(found.cadence.value().unwrap().seconds, 3_600.0);
    assert_eq!(found.gaps, Figure::exact(0));
}

#[test]
fn local_times_betray_daylight_saving() {
    // Europe, 2024: 31 March has no hour from two to three, 27 October has it twice.
    let of_day = |day: i64, hours: &[i64]| -> Vec<i64> {
        hours.iter().map(|hour| NEW_YEAR + 86_400 * day + HOUR * hour).collect()
    };
    let whole: Vec<i64> = (0..24).collect();
    let seconds = (80..310).flat_map(|day| match day {
        90 => of_day(day, &[&whole[..2], &whole[3..]].concat()),
        300 => of_day(day, &[&whole[..3], &whole[2..]].concat()),
        _ => of_day(day, &whole),
    });
    let found = time(&times(seconds)).daylight_saving.unwrap();
    assert_eq!(found.short_days, ["2024-03-31"]);
    assert_eq!(found.long_days, ["2024-10-27"]);
    // An hour that is missing at noon has another cause.
    let noon = (80..310).flat_map(|day| {
        let hours: Vec<i64> = (0..24).filter(|&hour| day != 90 || hour != 12).collect();
        of_day(day, &hours)
    });
    assert_eq!(time(&times(noon)).daylight_saving, None);
}

#[test]
fn what_lies_in_the_future_depends_on_what_now_is() {
    let table = times((0..10).map(|day| NEW_YEAR + 86_400 * day));
    let options = StructureOptions { as_of: Some(NEW_YEAR + 86_400 * 4), ..options() };
    let found = structure_in_batches(&table, 3, options).times.remove(0);
    // One day more may be today somewhere on earth.
    assert_eq!(found.future, Some(5));
}

#[test]
fn days_that_stand_for_none_are_pointed_out() {
    let days = (0..50).map(|row| Some(if row % 10 == 0 { 0 } else { 19_723 + row % 7 }));
    let found =
        structure(&MemoryTable::new([("day", Cells::Date(days.collect()))])).times.remove(0);
    let [default] = found.default_dates.as_slice() else { panic!("{:?}", found.default_dates) };
    assert_eq!((default.date.as_str(), default.count, default.is_extreme), ("1970-01-01", 5, true));
}

#[test]
fn a_sequence_counts_with_gaps_and_repetitions() {
    let found = sequence((1..100).filter(|number| ![40, 41, 70].contains(number))).unwrap();
    assert_eq!((found.step, found.first, found.last), (1, 1, 99));
    assert_eq!((found.gaps, found.left_out_numbers, found.repeats, found.steps_back), (2, 3, 0, 0));
    let down = sequence((0..30).map(|row| 500 - 5 * row)).unwrap();
    assert_eq!((down.step, down.order), (-5, ValueOrder::StrictlyDescending));
    let back = sequence((0..40).map(|row| if row == 20 { 3 } else { row })).unwrap();
    assert_eq!(back.steps_back, 1);
    assert_eq!(sequence((0..60).map(|row| row * row)), None);
    assert_eq!(sequence([1, 2, 3]), None);
    assert_eq!(sequence([i64::MIN, i64::MAX, i64::MIN, i64::MAX, 0, 1]), None);
}
