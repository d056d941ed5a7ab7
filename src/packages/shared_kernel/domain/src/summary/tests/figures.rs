//! Order, extreme values, forms of numbers, dates and texts, against plain computations of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;
use proptest::prelude::*;

use super::super::*;
use super::columns::*;
use crate::measured::Measured;
use crate::table::{Batch, Cell, TimeUnit, Values};

fn finite(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().flatten().copied().filter(|value| value.is_finite()).collect()
}

fn check_order<T: PartialOrd>(order: &RowOrder, values: &[T]) {
    let pairs = || values.windows(2);
    let rising = pairs().filter(|pair| pair[0] < pair[1]).count();
    let falling = pairs().filter(|pair| pair[0] > pair[1]).count();
    let steps = values.len().saturating_sub(1);
    let some = |is: bool| (steps > 0).then_some(is);
    assert_eq!(order.values(), values.len() as u64);
    assert_eq!(order.is_ascending(), some(falling == 0));
    assert_eq!(order.is_descending(), some(rising == 0));
    assert_eq!(order.is_strictly_ascending(), some(rising == steps));
    assert_eq!(order.is_strictly_descending(), some(falling == steps));
    let share = |part: usize| (steps > 0).then(|| Measured::exact(part as f64 / steps as f64));
    assert_eq!(order.rising_share(), share(rising));
    assert_eq!(order.falling_share(), share(falling));
}

proptest! {
    #[test]
    fn the_order_of_rows(
        floats in nullable(any_float()),
        integers in nullable(any_integer()),
        texts in nullable("[ab]{0,2}"),
        sorted in any::<bool>(),
        parts in 1..5_usize,
    ) {
        let (mut integers, mut texts) = (integers, texts);
        if sorted {
            integers.sort_unstable();
            texts.sort_unstable_by(|a, b| b.cmp(a));
        }
        let order = |column| summarize(RowOrder::new(), &column, parts, 2);
        check_order(&order(Owned::Floats(floats.clone())), &finite(&floats));
        let present: Vec<i64> = integers.iter().copied().flatten().collect();
        check_order(&order(Owned::Integers(integers)), &present);
        let present: Vec<String> = texts.iter().flatten().cloned().collect();
        check_order(&order(Owned::Texts(texts)), &present);
    }

    #[test]
    fn the_ten_smallest_and_largest_values(
        floats in nullable(any_float()),
        texts in nullable(any_text()),
        decimals in nullable(-30..30_i128),
        parts in 1..5_usize,
    ) {
        let extreme = |column| summarize(ExtremeValues::new(), &column, parts, 2);
        let mut sorted = finite(&floats);
        for value in &mut sorted {
            *value += 0.0;
        }
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let ours = extreme(Owned::Floats(floats));
        let cells = |values: Vec<f64>| values.into_iter().take(10).map(Cell::Float).collect::<Vec<_>>();
        prop_assert_eq!(ours.smallest(), cells(sorted.clone()));
        prop_assert_eq!(ours.largest(), cells(sorted.into_iter().rev().collect()));

        let set: BTreeSet<String> = texts.iter().flatten().cloned().collect();
        let ours = extreme(Owned::Texts(texts));
        let smallest: Vec<Cell> = set.iter().take(10).cloned().map(Cell::Text).collect();
        let largest: Vec<Cell> = set.iter().rev().take(10).cloned().map(Cell::Text).collect();
        prop_assert_eq!(ours.smallest(), smallest);
        prop_assert_eq!(ours.largest(), largest);

        let set: BTreeSet<i128> = decimals.iter().flatten().copied().collect();
        let ours = extreme(Owned::Decimals(decimals, 0));
        let largest: Vec<Cell> =
            set.iter().rev().take(10).map(|&value| Cell::Integer(value as i64)).collect();
        prop_assert_eq!(ours.largest(), largest);
    }

    #[test]
    fn numbers_are_written_with_as_few_digits_as_can_be(
        written in prop::collection::vec((-1_000_000_000_i64..1_000_000_000, 0..6_i32), 0..80),
        parts in 1..5_usize,
    ) {
        let values: Vec<f64> = written
            .iter()
            .map(|(number, decimals)| format!("{number}e-{decimals}").parse().unwrap())
            .collect();
        let column = Owned::Floats(values.iter().copied().map(Some).collect());
        let forms = summarize(NumberForms::new(), &column, parts, 2);
        let decimals = |value: &f64| value.to_string().split_once('.').map_or(0, |(_, digits)| digits.len());
        prop_assert_eq!(usize::from(forms.decimals()), values.iter().map(decimals).max().unwrap_or(0));
        prop_assert_eq!(forms.whole(), values.iter().filter(|value| value.fract() == 0.0).count() as u64);

        let scaled: Vec<i128> = written.iter().map(|(number, _)| i128::from(*number)).collect();
        let column = Owned::Decimals(scaled.iter().copied().map(Some).collect(), 3);
        let forms = summarize(NumberForms::new(), &column, parts, 2);
        let needed = |value: &i128| (0..=3).find(|digits| value % 10_i128.pow(3 - digits) == 0).unwrap();
        prop_assert_eq!(u32::from(forms.decimals()), scaled.iter().map(needed).max().unwrap_or(0));
        prop_assert_eq!(forms.whole(), scaled.iter().filter(|&&value| value % 1_000 == 0).count() as u64);
    }

    #[test]
    fn any_float_is_whole_or_not(values in nullable(any_float()), parts in 1..4_usize) {
        let forms = summarize(NumberForms::new(), &Owned::Floats(values.clone()), parts, 2);
        let whole = finite(&values).iter().filter(|value| value.fract() == 0.0).count();
        prop_assert_eq!(forms.whole(), whole as u64);
        prop_assert_eq!(forms.count(), finite(&values).len() as u64);
    }

    #[test]
    fn means_of_numbers_above_zero(
        values in nullable(prop_oneof![
            8 => 1e-3..1e6_f64, 1 => Just(5e-324), 1 => Just(f64::MAX), 1 => Just(f64::NAN),
        ]),
        other in prop::option::weighted(0.2, prop::sample::select(vec![0.0, -1.0])),
        parts in 1..5_usize,
    ) {
        let mut values = values;
        values.extend(other.map(Some));
        let forms = summarize(NumberForms::new(), &Owned::Floats(values.clone()), parts, 2);
        let values = finite(&values);
        if values.is_empty() || other.is_some() {
            prop_assert_eq!((forms.geometric_mean(), forms.harmonic_mean()), (None, None));
            return Ok(());
        }
        let n = values.len() as f64;
        let geometric = (values.iter().map(|value| value.ln() / n).sum::<f64>()).exp();
        assert_close("geometric mean", forms.geometric_mean(), geometric, geometric * 1e-11);
        let harmonic = n / values.iter().map(|value| 1.0 / value).sum::<f64>();
        // the reciprocals of the greatest numbers, or of their sum, may be out of range
        if harmonic == 0.0 || harmonic.is_infinite() {
            prop_assert_eq!(forms.harmonic_mean(), None);
        } else {
            assert_close("harmonic mean", forms.harmonic_mean(), harmonic, harmonic * 1e-12);
        }
    }

    #[test]
    fn dates_and_times_lie_in_the_calendar_as_jiff_says(
        days in nullable(-700_000..2_900_000_i32),
        seconds in nullable(prop_oneof![
            -60_000_000_000_i64..250_000_000_000,
            (-500_000..500_000_i64).prop_map(|day| day * 86_400),
        ]),
        parts in 1..4_usize,
    ) {
        let epoch = civil::date(1970, 1, 1);
        let dates = summarize(Calendar::new(), &Owned::Dates(days.clone()), parts, 2);
        let (mut weekdays, mut months) = ([0_u64; 7], [0_u64; 12]);
        for &day in days.iter().flatten() {
            let date = epoch + jiff::Span::new().days(day);
            weekdays[date.weekday().to_monday_zero_offset() as usize] += 1;
            months[date.month() as usize - 1] += 1;
        }
        let some = days.iter().flatten().next().is_some();
        prop_assert_eq!(dates.weekdays(), some.then_some(weekdays));
        prop_assert_eq!(dates.months(), some.then_some(months));
        prop_assert_eq!(dates.hours(), None);

        let stamps = Owned::Timestamps(
            seconds.iter().map(|second| second.map(|second| second * 1_000_000 + second % 2)).collect(),
        );
        let times = summarize(Calendar::new(), &stamps, parts, 2);
        let (mut weekdays, mut hours, mut midnights) = ([0_u64; 7], [0_u64; 24], 0);
        for &second in seconds.iter().flatten() {
            // A microsecond before the second lies in the second before.
            let micros = second * 1_000_000 + second % 2;
            let time = epoch.at(0, 0, 0, 0) + jiff::Span::new().microseconds(micros);
            weekdays[time.weekday().to_monday_zero_offset() as usize] += 1;
            hours[time.hour() as usize] += 1;
            midnights += u64::from(time.time() == civil::time(0, 0, 0, 0));
        }
        let some = seconds.iter().flatten().next().is_some();
        prop_assert_eq!(times.weekdays(), some.then_some(weekdays));
        prop_assert_eq!(times.hours(), some.then_some(hours));
        prop_assert_eq!(times.midnights(), some.then_some(midnights));
    }

    #[test]
    fn texts_by_case_words_and_characters(
        texts in nullable(prop_oneof![
            "[a-cA-C]{1,3}( [a-cA-C]{1,3}){0,2}", "[aB1 .\\n\\x07]{0,6}", "\\PC{0,8}",
            "[\\x{200b}\\x{ad}é]{0,3}",
        ]),
        parts in 1..4_usize,
    ) {
        let shapes = summarize(TextShapes::new(), &Owned::Texts(texts.clone()), parts, 2);
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        let count = |is: &dyn Fn(&str) -> bool| texts.iter().filter(|text| is(text)).count() as u64;
        prop_assert_eq!(shapes.texts(), texts.len() as u64);
        prop_assert_eq!(shapes.looked_at(), texts.len() as u64);
        prop_assert_eq!(shapes.ascii(), count(&|text| text.is_ascii()));
        prop_assert_eq!(shapes.line_breaks(), count(&|text| text.contains(['\n', '\r'])));
        prop_assert_eq!(
            shapes.controls(),
            count(&|text| text.chars().any(|c| c.is_control() && !"\t\n\r".contains(c)))
        );
        let invisible = count(&|text| text.contains(['\u{200b}', '\u{ad}']));
        prop_assert!(shapes.invisible() >= invisible);
        let upper = |text: &str| text.chars().any(char::is_uppercase);
        let lower = |text: &str| text.chars().any(char::is_lowercase);
        let cases = shapes.cases();
        prop_assert_eq!(cases.upper, count(&|text| upper(text) && !lower(text)));
        prop_assert_eq!(cases.lower, count(&|text| !upper(text) && lower(text)));
        prop_assert_eq!(cases.none, count(&|text| !upper(text) && !lower(text)));
        prop_assert_eq!(cases.title + cases.mixed, count(&|text| upper(text) && lower(text)));

        let mut characters: BTreeMap<char, u64> = BTreeMap::new();
        let mut words: BTreeMap<String, u64> = BTreeMap::new();
        let mut all_words = 0;
        for text in &texts {
            text.chars().for_each(|character| *characters.entry(character).or_default() += 1);
            for word in text.split_whitespace() {
                all_words += 1;
                let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
                if !word.is_empty() {
                    *words.entry(word).or_default() += 1;
                }
            }
        }
        prop_assert_eq!(shapes.characters().counts().collect::<BTreeMap<_, _>>(), characters);
        prop_assert_eq!(shapes.words(), all_words);
        let top: BTreeMap<String, u64> = shapes
            .frequent_words()
            .top(usize::MAX)
            .into_iter()
            .map(|top| (top.value.to_string(), top.count.value))
            .collect();
        prop_assert_eq!(top, words);
        let length = |cell: Option<Cell>| cell.map(|cell| cell.to_string().chars().count());
        prop_assert_eq!(length(shapes.shortest()), texts.iter().map(|text| text.chars().count()).min());
        prop_assert_eq!(length(shapes.longest()), texts.iter().map(|text| text.chars().count()).max());
    }

    #[test]
    fn lengths_deviate(texts in nullable("\\PC{0,12}"), parts in 1..4_usize) {
        let lengths = summarize(TextLengths::new(), &Owned::Texts(texts.clone()), parts, 2);
        let texts: Vec<f64> = texts.iter().flatten().map(|text| text.chars().count() as f64).collect();
        if texts.len() < 2 {
            prop_assert_eq!(lengths.standard_deviation(), None);
            return Ok(());
        }
        let mean = texts.iter().sum::<f64>() / texts.len() as f64;
        let squares: f64 = texts.iter().map(|length| (length - mean).powi(2)).sum();
        let expected = (squares / (texts.len() - 1) as f64).sqrt();
        assert_close("deviation", lengths.standard_deviation(), expected, 1e-9);
    }

    #[test]
    fn rows_that_lack_values(
        first in prop::collection::vec(any::<bool>(), 0..200),
        offset in 0..9_usize,
        seed in any::<u64>(),
    ) {
        let rows = first.len();
        let second: Vec<bool> = (0..rows).map(|row| seed >> (row % 64) & 1 == 1).collect();
        let values = vec![0_i64; rows];
        // The bitmaps begin within a byte, as those of sliced tables do.
        let shifted = |valid: &[bool]| bitmap([false].repeat(offset).into_iter().chain(valid.iter().copied()));
        let (first_bytes, second_bytes) = (shifted(&first), shifted(&second));
        let column = |bytes: &'_ [u8], valid: &[bool]| -> usize {
            assert!(bytes.len() * 8 >= rows + offset);
            valid.iter().filter(|&&valid| !valid).count()
        };
        let (first_nulls, second_nulls) = (column(&first_bytes, &first), column(&second_bytes, &second));
        let view = |bytes, null_count| crate::table::Column {
            values: Values::Integer(&values),
            validity: crate::table::Bits::new(bytes, offset, rows),
            len: rows,
            null_count,
        };
        let columns = [view(&first_bytes, first_nulls), view(&second_bytes, second_nulls)];
        let numbers: Vec<i64> = (0..rows as i64).collect();
        let mut missing = MissingRows::new();
        missing.update(&Batch { rows: &numbers, columns: &columns }).unwrap();
        let bytes = missing.to_bytes().unwrap();
        missing.merge_bytes(&bytes).unwrap();
        let both = || first.iter().zip(&second);
        prop_assert_eq!(missing.rows(), 2 * rows as u64);
        prop_assert_eq!(missing.any(), 2 * both().filter(|(a, b)| !*a || !*b).count() as u64);
        prop_assert_eq!(missing.all(), 2 * both().filter(|(a, b)| !*a && !*b).count() as u64);
    }

    #[test]
    fn ordered_values_have_ranks(values in nullable(any_float()), at in any_float()) {
        prop_assume!(!at.is_nan());
        let quantiles = summarize(Quantiles::new(), &Owned::Floats(values.clone()), 2, 2);
        let ordered = quantiles.ordered();
        let values = finite(&values);
        let below = values.iter().filter(|&&value| value < at).count() as u64;
        let not_above = values.iter().filter(|&&value| value <= at).count() as u64;
        prop_assert_eq!(ordered.ranks_of(at), (below, not_above));
        let weights: u64 = ordered.weighted().map(|(_, weight)| weight).sum();
        prop_assert_eq!(weights, values.len() as u64);
    }

    #[test]
    fn what_is_counted_agrees_with_what_is_taken_row_by_row(
        column in any_column(), parts in 1..5_usize,
    ) {
        let profile = summarize(ColumnProfileSummary::new(), &column, parts, 2);
        check_parts(&profile, &column);
    }

    #[test]
    fn merging_in_any_grouping_gives_the_same_bytes(
        column in any_column(), parts in 1..7_usize, batches in 1..4_usize,
    ) {
        let bytes = |parts, batches| {
            (
                summarize(RowOrder::new(), &column, parts, batches).to_bytes().unwrap(),
                summarize(ExtremeValues::new(), &column, parts, batches).to_bytes().unwrap(),
                summarize(Calendar::new(), &column, parts, batches).to_bytes().unwrap(),
                summarize(ColumnCounts::new(), &column, parts, batches).to_bytes().unwrap(),
                summarize(FrequentValues::new(), &column, parts, batches).to_bytes().unwrap(),
            )
        };
        prop_assert_eq!(bytes(parts, batches), bytes(1, 1));
        if let Owned::Texts(_) = column {
            let shapes = |parts, batches| {
                summarize(TextShapes::new(), &column, parts, batches).to_bytes().unwrap()
            };
            prop_assert_eq!(shapes(parts, batches), shapes(1, 1));
        }
    }
}

/// The figures of a profile are those of its parts on their own.
fn check_parts(profile: &ColumnProfileSummary, column: &Owned) {
    assert_eq!(
        profile.order().rising_share(),
        summarize(RowOrder::new(), column, 1, 1).rising_share()
    );
    let extremes = summarize(ExtremeValues::new(), column, 1, 1);
    let ours = profile.extreme_values();
    assert_eq!((ours.smallest(), ours.largest()), (extremes.smallest(), extremes.largest()));
    let calendar = summarize(Calendar::new(), column, 1, 1);
    let ours = profile.calendar();
    assert_eq!((ours.hours(), ours.months()), (calendar.hours(), calendar.months()));
    assert_eq!(ours.midnights(), calendar.midnights());
    let forms = summarize(NumberForms::new(), column, 1, 1);
    let ours = profile.forms();
    assert_eq!((ours.whole(), ours.decimals()), (forms.whole(), forms.decimals()));
    assert_eq!(ours.all_positive(), forms.all_positive());
    if let (Some(mean), Some(expected)) = (ours.geometric_mean(), forms.geometric_mean()) {
        assert_close("geometric mean", Some(mean), expected, expected * 1e-9);
    }
    if let Owned::Texts(_) = column {
        let shapes = summarize(TextShapes::new(), column, 1, 1);
        let ours = profile.shapes().unwrap();
        assert_eq!(ours.cases(), shapes.cases());
        assert_eq!(ours.characters(), shapes.characters());
        assert_eq!(ours.frequent_words().top(9), shapes.frequent_words().top(9));
        assert_eq!((ours.shortest(), ours.longest()), (shapes.shortest(), shapes.longest()));
    }
}

fn scattered(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(super::super::hash::hash_word)
}

#[test]
fn too_many_values_to_count_each_have_the_same_figures() {
    let rows = 20_000;
    for column in [
        Owned::Integers(scattered(rows).map(|value| Some((value >> 30) as i64 + 1)).collect()),
        Owned::Floats(
            scattered(rows).map(|value| Some((value % 9_000_000) as f64 / 1_000.0)).collect(),
        ),
        Owned::Decimals(
            scattered(rows).map(|value| Some(i128::from(value % 1_000_000) * 10)).collect(),
            3,
        ),
        Owned::Timestamps(scattered(rows).map(|value| Some((value >> 14) as i64)).collect()),
    ] {
        for parts in [1, 4] {
            let profile = summarize(ColumnProfileSummary::new(), &column, parts, 3);
            assert!(!profile.frequent().is_exact());
            check_parts(&profile, &column);
        }
    }
}

#[test]
fn too_many_texts_are_sampled_and_say_so() {
    let rows = 60_000_u64;
    let texts: Vec<Option<String>> = scattered(rows)
        .enumerate()
        .map(|(row, value)| {
            Some(match row % 100 {
                0 => format!("Grüße {value}"),
                1 => format!("tab\u{b} {value}"),
                2 => format!("zero\u{200b}width {value}"),
                _ => format!("some words {value}"),
            })
        })
        .collect();
    let column = Owned::Texts(texts);
    for parts in [1, 3] {
        let profile = summarize(ColumnProfileSummary::new(), &column, parts, 3);
        let shapes = profile.shapes().unwrap();
        // What shows at a glance is exact.
        assert_eq!(shapes.texts(), rows);
        assert_eq!((shapes.controls(), shapes.invisible()), (600, 600));
        assert_eq!(shapes.ascii(), rows - 1_200);
        // A closer look is given to some texts, which stand for all.
        assert!(shapes.looked_at() < rows);
        assert!(shapes.stands_for().abs_diff(rows) < 64 * parts as u64 + 1);
        let per_text = shapes.words() as f64 / shapes.stands_for() as f64;
        assert!((per_text - 2.97).abs() < 0.02, "{per_text}");
        let lower = shapes.cases().lower as f64 / shapes.stands_for() as f64;
        assert!((lower - 0.99).abs() < 0.02, "{lower}");
        let top = shapes.frequent_words().top(2);
        assert_eq!(top.len(), 2);
        // The order of texts without order is sampled, that of sorted ones is not.
        let rising = profile.order().rising_share().unwrap();
        assert!(!rising.is_exact() && (rising.value - 0.5).abs() < 0.05);
        assert_eq!(profile.order().is_ascending(), Some(false));
    }
    let sorted = Owned::Texts((0..rows).map(|row| Some(format!("{row:06}"))).collect());
    for parts in [1, 5] {
        let order = summarize(RowOrder::new(), &sorted, parts, 2);
        assert_eq!(order.is_strictly_ascending(), Some(true));
        assert_eq!(order.rising_share(), Some(Measured::exact(1.0)));
    }
}

#[test]
fn byte_strings_are_known_by_how_they_begin() {
    let mut profile = ColumnProfileSummary::new();
    let bytes: Vec<u8> = b"\x89PNG\r\n\x89PNG..%PDF-1".to_vec();
    let values = crate::table::TextValues { offsets: &[0, 6, 12, 18], bytes: &bytes };
    give(&mut profile, Values::Binary(values), &[true; 3]);
    let prefixes = profile.prefixes().unwrap().top(9);
    let listed: Vec<(String, u64)> =
        prefixes.into_iter().map(|top| (top.value.to_string(), top.count.value)).collect();
    assert_eq!(listed, [("0x89504e47".to_owned(), 2), ("0x25504446".to_owned(), 1)]);
    assert_eq!(profile.counts().text_bytes, 18);
    assert_eq!(profile.order().is_ascending(), None);
}

#[test]
fn the_rarest_values_are_listed_while_all_are_counted() {
    let values = [3, 1, 1, 2, 2, 2, 4].map(Some);
    let frequent = summarize(FrequentValues::new(), &Owned::Integers(values.to_vec()), 2, 1);
    let rarest: Vec<Cell> = frequent.rarest(2).unwrap().into_iter().map(|top| top.value).collect();
    assert_eq!(rarest, [Cell::Integer(3), Cell::Integer(4)]);
    let many = Owned::Integers((0..10_000).map(Some).collect());
    assert_eq!(summarize(FrequentValues::new(), &many, 1, 1).rarest(2), None);
}

#[test]
fn times_of_any_unit_have_hours() {
    for unit in [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Nanosecond] {
        let per_hour = unit.per_second() * 3_600;
        let values = [-per_hour, 0, 5 * per_hour, i64::MIN, i64::MAX];
        let mut calendar = Calendar::new();
        give(&mut calendar, Values::Timestamp { values: &values, unit }, &[true; 5]);
        let hours = calendar.hours().unwrap();
        assert_eq!(calendar.count(), 5);
        assert!(hours[23] >= 1 && hours[0] >= 1 && hours[5] >= 1);
        assert_eq!(calendar.midnights(), Some(1));
    }
}
