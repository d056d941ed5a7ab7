//! Figures of columns against slow, plain computations of them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::scan::ScanOutcome;
use shared_kernel_domain::summary::{ColumnProfileSummary, Summary};
use shared_kernel_domain::table::{
    Batch, Cell, Column, ColumnType, ContentDigest, Field, NestedSchema, TableSchema, TextValues,
    TimeUnit, Values,
};
use testkit::MemoryTable;

use super::{profile, profile_in_parts};
use crate::{
    ColumnProfile, Figure, Profile, ProfileOptions, ProfileSubject, SemanticSummary, profile_plan,
};

fn float() -> impl Strategy<Value = Option<f64>> {
    prop::option::weighted(
        0.9,
        prop_oneof![
            6 => -1e5..1e5_f64,
            4 => (-20..20_i32).prop_map(|value| f64::from(value) / 4.0),
            1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e300]),
        ],
    )
}

fn exact<T: Clone + std::fmt::Debug>(figure: &Figure<T>) -> Option<T> {
    let measured = figure.measured()?;
    assert!(measured.is_exact(), "{measured:?}");
    Some(measured.value.clone())
}

fn close(figure: &Figure<f64>, expected: Option<f64>) {
    match (exact(figure), expected.filter(|value| value.is_finite())) {
        (Some(value), Some(expected)) => {
            let tolerance = expected.abs() * 1e-9 + 1e-12;
            assert!((value - expected).abs() <= tolerance, "{value} instead of {expected}");
        }
        (value, expected) => assert_eq!(value, expected, "{figure:?}"),
    }
}

/// The quantile of sorted values, interpolated (Hyndman and Fan 1996, definition 7).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * (sorted.len().checked_sub(1)? as f64);
    let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    Some(if low == high { low } else { low * (1.0 - position.fract()) + high * position.fract() })
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn column(profile: &Profile) -> &ColumnProfile {
    &profile.columns[0]
}

proptest! {
    #[test]
    fn figures_of_numbers(values in prop::collection::vec(float(), 0..60), parts in 1..5_usize) {
        let table = MemoryTable::named("t").floats("n", values.iter().copied());
        let profile = profile_in_parts(&table, parts);
        let numbers = column(&profile).numbers.as_ref().unwrap();
        let present: Vec<f64> = values.into_iter().flatten().collect();
        let finite = sorted(present.iter().copied().filter(|value| value.is_finite()).collect());
        let count = |is: fn(&f64) -> bool| present.iter().filter(|value| is(value)).count() as f64;
        let share = |part: f64| (!present.is_empty()).then(|| part / present.len() as f64);
        close(&numbers.nan_share, share(count(|value| value.is_nan())));
        close(&numbers.infinite_share, share(count(|value| value.is_infinite())));
        close(&numbers.zero_share, share(count(|value| *value == 0.0)));
        close(&numbers.negative_share, share(count(|value| *value < 0.0)));
        close(&numbers.positive_share, share(count(|value| *value > 0.0)));
        prop_assert_eq!(exact(&numbers.positives), Some(count(|value| *value > 0.0) as u64));

        let n = finite.len() as f64;
        close(&numbers.range, finite.last().map(|last| last - finite[0]));
        let whole = finite.iter().filter(|value| value.fract() == 0.0).count() as f64;
        close(&numbers.whole_share, (n > 0.0).then(|| whole / n));
        let positive = !finite.is_empty() && finite[0] > 0.0;
        close(&numbers.harmonic_mean, positive.then(|| n / finite.iter().map(|value| 1.0 / value).sum::<f64>()));
        close(
            &numbers.geometric_mean,
            positive.then(|| (finite.iter().map(|value| value.ln()).sum::<f64>() / n).exp()),
        );
        if let (Some(spread), Some(mean)) = (exact(&numbers.standard_deviation), exact(&numbers.mean)) {
            close(&numbers.standard_error, Some(spread / n.sqrt()));
            if mean != 0.0 {
                close(&numbers.coefficient_of_variation, Some(spread / mean.abs()));
            }
        }
    }

    #[test]
    fn the_spread_of_numbers(values in prop::collection::vec(float(), 0..60), parts in 1..5_usize) {
        let table = MemoryTable::named("t").floats("n", values.iter().copied());
        let profile = profile_in_parts(&table, parts);
        let spread = column(&profile).distribution.as_ref().unwrap();
        let finite = sorted(values.into_iter().flatten().filter(|value| value.is_finite()).collect());
        for listed in &column(&profile).quantiles {
            let expected = quantile(&finite, listed.share);
            match listed.value.value() {
                Some(Cell::Float(value)) => {
                    let expected = expected.unwrap();
                    prop_assert!((value - expected).abs() <= expected.abs() * 1e-12);
                }
                other => prop_assert_eq!(other, None),
            }
        }
        let (lower, upper) = (quantile(&finite, 0.25), quantile(&finite, 0.75));
        let range = upper.zip(lower).map(|(upper, lower)| upper - lower);
        close(&spread.interquartile_range, range);
        let distances = quantile(&finite, 0.5)
            .map(|median| sorted(finite.iter().map(|value| (value - median).abs()).collect()));
        close(&spread.median_absolute_deviation, distances.and_then(|all| quantile(&all, 0.5)));
        let outside = |reach: f64| {
            let (low, high) = (lower? - reach * range?, upper? + reach * range?);
            let below = finite.iter().filter(|&&value| value < low).count() as u64;
            let above = finite.iter().filter(|&&value| value > high).count() as u64;
            Some((below, above))
        };
        prop_assert_eq!(exact(&spread.outliers_below), outside(1.5).map(|it| it.0));
        prop_assert_eq!(exact(&spread.outliers_above), outside(1.5).map(|it| it.1));
        prop_assert_eq!(exact(&spread.far_outliers), outside(3.0).map(|it| it.0 + it.1));
        for fitted in [&spread.equal_count_histogram, &spread.core_histogram].into_iter().flatten() {
            let edges = &fitted.bins.edges;
            prop_assert_eq!(fitted.exactness, Exactness::Exact);
            let last = edges.len() - 2;
            for (bin, &counted) in fitted.bins.counts.iter().enumerate() {
                let within = finite.iter().filter(|&&value| {
                    edges[bin] <= value && (value < edges[bin + 1] || (bin == last && value == edges[bin + 1]))
                });
                prop_assert_eq!(counted, within.count() as u64);
            }
            let all = fitted.below + fitted.above + fitted.bins.counts.iter().sum::<u64>();
            prop_assert_eq!(all, finite.len() as u64);
        }
        prop_assert_eq!(
            spread.core_histogram.is_some(),
            outside(3.0).is_some_and(|it| it.0 + it.1 > 0) && range.is_some_and(|range| range > 0.0)
        );
        if let Some(digits) = &spread.first_digits {
            let mut counts = [0_u64; 9];
            for value in finite.iter().filter(|&&value| value != 0.0) {
                let first = format!("{:e}", value.abs()).as_bytes()[0] - b'1';
                counts[usize::from(first)] += 1;
            }
            let total: u64 = counts.iter().sum();
            let shares: Vec<f64> = counts.iter().map(|&count| count as f64 / total as f64).collect();
            prop_assert_eq!(&digits.shares, &shares);
        } else {
            prop_assert!(finite.iter().all(|&value| value == 0.0));
        }
    }

    #[test]
    fn frequencies(values in prop::collection::vec(prop::option::weighted(0.9, 0..9_i64), 0..60), parts in 1..5_usize) {
        let table = MemoryTable::named("t").integers("n", values.iter().copied());
        let profile = profile_in_parts(&table, parts);
        let frequencies = column(&profile).frequencies.as_ref().unwrap();
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for value in values.iter().flatten() {
            *counts.entry(*value).or_default() += 1;
        }
        let n = counts.values().sum::<u64>() as f64;
        if counts.is_empty() {
            prop_assert_eq!(frequencies.entropy.reason(), Some("every value is missing"));
            return Ok(());
        }
        let singletons = counts.values().filter(|&&count| count == 1).count() as u64;
        prop_assert_eq!(exact(&frequencies.singletons), Some(singletons));
        close(&frequencies.singleton_share, Some(singletons as f64 / n));
        close(&frequencies.distinct_share, Some(counts.len() as f64 / n));
        let shares = || counts.values().map(|&count| count as f64 / n);
        let entropy: f64 = shares().map(|share| -share * share.log2()).sum();
        close(&frequencies.entropy, Some(entropy));
        let gini = 1.0 - shares().map(|share| share * share).sum::<f64>();
        close(&frequencies.gini_impurity, Some(gini));
        let pairs: f64 = counts.values().map(|&count| count as f64 * (n - count as f64)).sum();
        close(&frequencies.unalikeability, (n > 1.0).then(|| pairs / (n * n - n)));
        let most = (counts.len() as f64).log2();
        close(&frequencies.imbalance, (counts.len() > 1).then(|| 1.0 - entropy / most));
        let of = |frequency: u64| -> Vec<Cell> {
            let alike = counts.iter().filter(|&(_, &count)| count == frequency);
            alike.map(|(&value, _)| Cell::Integer(value)).collect()
        };
        let (greatest, least) = (*counts.values().max().unwrap(), *counts.values().min().unwrap());
        prop_assert_eq!(&frequencies.modes, &of(greatest));
        prop_assert_eq!(exact(&frequencies.mode_count), Some(of(greatest).len() as u64));
        prop_assert_eq!(exact(&frequencies.mode_frequency), Some(greatest));
        let antimodes = if greatest == least { Vec::new() } else { of(least) };
        prop_assert_eq!(&frequencies.antimodes, &antimodes);
        if let Some(test) = exact(&frequencies.uniformity) {
            let expected = n / counts.len() as f64;
            let statistic: f64 = counts.values().map(|&count| (count as f64 - expected).powi(2) / expected).sum();
            prop_assert!((test.statistic - statistic).abs() < 1e-9);
            prop_assert_eq!(test.degrees, counts.len() as u64 - 1);
        } else {
            prop_assert!(counts.len() < 2 || n / (counts.len() as f64) < 5.0);
        }
    }

    #[test]
    fn rows_and_columns_that_lack_values(
        rows in prop::collection::vec((prop::option::of(0..3_i64), prop::option::of("[ab]{0,9}")), 1..150),
        parts in 1..4_usize,
    ) {
        let table = MemoryTable::named("t")
            .integers("n", rows.iter().map(|(number, _)| *number))
            .texts("s", rows.iter().map(|(_, text)| text.as_deref()));
        let profile = profile_in_parts(&table, parts);
        let overview = profile.overview.as_ref().unwrap();
        let any = rows.iter().filter(|(number, text)| number.is_none() || text.is_none()).count();
        let all = rows.iter().filter(|(number, text)| number.is_none() && text.is_none()).count();
        prop_assert_eq!((overview.rows_with_missing, overview.empty_rows), (any as u64, all as u64));
        let n = rows.len() as u64;
        let gaps = |missing: bool| if missing { n.div_ceil(8) } else { 0 };
        let bytes = rows.iter().filter_map(|(_, text)| Some(text.as_ref()?.len() as u64)).sum::<u64>();
        let expected = 8 * n + gaps(rows.iter().any(|row| row.0.is_none()))
            + 4 * n + bytes + gaps(rows.iter().any(|row| row.1.is_none()));
        prop_assert_eq!(overview.memory_bytes, expected);
        close(&overview.mean_row_bytes, Some(expected as f64 / n as f64));
    }

    #[test]
    fn the_test_of_uniformity_counts_whole_numbers(low in -50..50_i64, width in 1..90_i64, each in 1..9_usize) {
        // Every whole number of a range as often: there is no deviation, wherever bins end.
        let values = (low..=low + width).flat_map(|value| std::iter::repeat_n(Some(value), each));
        let profile = profile(&MemoryTable::named("t").integers("n", values));
        if let Some(test) = exact(&column(&profile).distribution.as_ref().unwrap().uniformity) {
            prop_assert!(test.statistic.abs() < 1e-9 && test.p_value > 0.999_999);
        } else {
            prop_assert!(each * (width as usize + 1) < 40);
        }
    }
}

#[test]
fn too_many_values_to_count_stay_within_their_bounds() {
    let rows: u64 = 60_000;
    // A third are the numbers 0 to 9, the others are scattered.
    let scattered = |row: u64| (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as i64;
    let values: Vec<i64> = (0..rows)
        .map(|row| if row % 3 == 0 { (row / 3 % 10) as i64 } else { scattered(row) })
        .collect();
    let table = MemoryTable::named("t").integers("n", values.iter().copied().map(Some));
    for parts in [1, 4] {
        let profile = profile_in_parts(&table, parts);
        let column = column(&profile);
        let frequencies = column.frequencies.as_ref().unwrap();
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for value in &values {
            *counts.entry(*value).or_default() += 1;
        }
        let shares = || counts.values().map(|&count| count as f64 / rows as f64);
        let within = |figure: &Figure<f64>, truth: f64| {
            let Some(Measured { value, exactness: Exactness::Approximate { error } }) =
                figure.measured()
            else {
                panic!("{figure:?}")
            };
            assert!((value - truth).abs() <= *error, "{value} ± {error}, {truth}");
        };
        within(&frequencies.entropy, shares().map(|share| -share * share.log2()).sum());
        within(&frequencies.gini_impurity, 1.0 - shares().map(|share| share * share).sum::<f64>());
        within(&frequencies.distinct_share, counts.len() as f64 / rows as f64);
        let singletons = counts.values().filter(|&&count| count == 1).count();
        within(&frequencies.singleton_share, singletons as f64 / rows as f64);
        assert_eq!(frequencies.antimode_count.value(), None);

        let spread = column.distribution.as_ref().unwrap();
        let numbers: Vec<f64> = values.iter().map(|&value| value as f64).collect();
        let numbers = sorted(numbers);
        let Some(Measured { value, exactness: Exactness::Approximate { error } }) =
            spread.median_absolute_deviation.measured().copied()
        else {
            panic!("not approximate")
        };
        let median =
            column.median().and_then(Figure::value).unwrap().to_string().parse::<f64>().unwrap();
        // Many values may lie at the distance itself.
        let nearer = |within: &dyn Fn(f64) -> bool| {
            numbers.iter().filter(|&&number| within((number - median).abs())).count() as f64
                / rows as f64
        };
        let (low, high) =
            (nearer(&|distance| distance < value), nearer(&|distance| distance <= value));
        assert!(low - error <= 0.5 && 0.5 <= high + error, "{low} to {high} ± {error}");
        let histogram = spread.equal_count_histogram.as_ref().unwrap();
        let Exactness::Approximate { error } = histogram.exactness else {
            panic!("not approximate")
        };
        for (bin, &count) in histogram.bins.counts.iter().enumerate() {
            let edges = &histogram.bins.edges;
            let last = bin + 2 == edges.len();
            let truth = numbers
                .iter()
                .filter(|&&number| edges[bin] <= number && (number < edges[bin + 1] || last))
                .count() as f64;
            assert!((count as f64 - truth).abs() <= error, "{count} {truth} ± {error}");
        }
        assert_eq!(column.smallest_values[..3], [0, 1, 2].map(Cell::Integer));
        assert!(!column.order.as_ref().unwrap().ascending);
    }
}

#[test]
fn texts_tell_how_they_are_written() {
    let texts = ["Straße 1", " padded", "CAPITALS", "two\nlines", "zero\u{200b}width", "né\u{7}"];
    let profile = profile(&MemoryTable::named("t").texts("s", texts.map(Some)));
    let texts = column(&profile).texts.as_ref().unwrap();
    let writing = texts.writing.as_ref().unwrap();
    close(&writing.ascii_share, Some(3.0 / 6.0));
    assert_eq!((writing.leading_blanks, writing.trailing_blanks), (1, 0));
    assert_eq!((writing.control_characters, writing.line_breaks), (1, 1));
    assert_eq!(writing.invisible_characters, 1);
    assert_eq!(writing.shortest_text, Cell::Text("né\u{7}".to_owned()));
    assert_eq!(writing.longest_text, Cell::Text("zero\u{200b}width".to_owned()));
    assert_eq!((exact(&writing.cases.upper), exact(&writing.cases.title)), (Some(1), Some(1)));
    assert_eq!(exact(&writing.words), Some(8));
    let groups = |groups: &[crate::CharacterCount]| -> Vec<(String, u64)> {
        groups.iter().map(|group| (group.name.clone(), group.count.value)).collect()
    };
    assert!(groups(&writing.categories).contains(&("Uppercase Letter".to_owned(), 9)));
    assert!(groups(&writing.categories).contains(&("Format".to_owned(), 1)));
    assert!(groups(&writing.scripts).contains(&("Common".to_owned(), 6)));
    assert!(groups(&writing.blocks).contains(&("Latin-1 Supplement".to_owned(), 2)));
    assert_eq!(exact(&texts.constant_length), Some(false));
    assert_eq!(exact(&texts.of_longest_length), Some(1));
    let all: u64 = groups(&writing.categories).iter().map(|(_, count)| count).sum();
    assert_eq!((exact(&writing.characters), exact(&texts.total_length)), (Some(all), Some(all)));
}

/// The profile of one column that the table of the tests cannot hold.
fn profile_of_values(column_type: ColumnType, values: Values<'_>, as_of: Option<i64>) -> Profile {
    let field = Field { name: "c".to_owned(), column_type };
    let schema = TableSchema { fields: vec![field] };
    let (plan, slots) =
        profile_plan(&schema, &NestedSchema::default(), None, ProfileOptions { as_of });
    let len = match values {
        Values::Date(values) => values.len(),
        Values::Timestamp { values, .. } => values.len(),
        Values::Decimal { values, .. } => values.len(),
        Values::Binary(values) => values.offsets.len() - 1,
        _ => unreachable!(),
    };
    let rows: Vec<i64> = (0..len as i64).collect();
    let column = Column { values, validity: None, len, null_count: 0 };
    let mut summaries: Vec<Box<dyn Summary>> =
        plan.into_items().into_iter().map(|item| item.summary).collect();
    for summary in &mut summaries {
        summary.update(&Batch { rows: &rows, columns: &[column] }).unwrap();
    }
    let outcome = ScanOutcome::new(summaries, len as u64);
    let digest = ContentDigest::from_hex("00");
    let subject = ProfileSubject { name: "t".to_owned(), digest, dataset: None };
    Profile::from_outcome(subject, &slots, &outcome).unwrap()
}

#[test]
fn points_in_time_lie_in_week_year_and_day() {
    const DAY: i64 = 86_400;
    // 2024-02-29 was a Thursday, 19,782 days after 1970-01-01.
    let seconds = [19_782 * DAY, 19_782 * DAY + 3_600 * 13, 19_783 * DAY, 19_785 * DAY + 1];
    let values = Values::Timestamp { values: &seconds, unit: TimeUnit::Second };
    let profile = profile_of_values(ColumnType::Timestamp, values, Some(19_783 * DAY));
    let times = column(&profile).times.as_ref().unwrap();
    assert_eq!(exact(&times.range), Some("3 days 00:00:01".to_owned()));
    assert_eq!(exact(&times.range_seconds), Some((3 * DAY + 1) as f64));
    assert_eq!(times.weekdays, [0, 0, 0, 2, 1, 0, 1]);
    assert_eq!(times.months, [0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!((times.hours[0], times.hours[13]), (3, 1));
    assert_eq!(times.midnight_share, Some(Figure::exact(0.5)));
    // What lies less than the furthest zone ahead may be now somewhere.
    assert_eq!(profile.structure.as_ref().unwrap().times[0].future, Some(1));
    assert!(column(&profile).numbers.is_none());

    let days = Values::Date(&[19_782, 19_790]);
    let profile = profile_of_values(ColumnType::Date, days, None);
    let times = column(&profile).times.as_ref().unwrap();
    assert_eq!(exact(&times.range), Some("8 days".to_owned()));
    assert!(times.hours.is_empty() && times.midnight_share.is_none());
}

#[test]
fn bytes_and_decimals_have_their_figures() {
    let bytes = b"\x1f\x8b\x08\x00%PDF\x1f\x8b\x08\x00";
    let values = Values::Binary(TextValues { offsets: &[0, 4, 8, 12], bytes });
    let profile = profile_of_values(ColumnType::Binary, values, None);
    let known = &column(&profile).bytes.as_ref().unwrap().prefixes;
    assert_eq!(known[0].file_kind.as_deref(), Some("gzip"));
    assert_eq!((known[0].count, known.len()), (Measured::exact(2), 2));
    assert!(column(&profile).texts.as_ref().unwrap().writing.is_none());

    let values = Values::Decimal { values: &[1_250, 3_000, -17], scale: 2 };
    let profile = profile_of_values(ColumnType::Decimal, values, None);
    let numbers = column(&profile).numbers.as_ref().unwrap();
    assert_eq!((exact(&numbers.decimals), exact(&numbers.range)), (Some(2), Some(30.17)));
    assert_eq!(numbers.geometric_mean.reason(), Some("a value is not above zero"));
    assert_eq!(column(&profile).memory_bytes, Figure::exact(48));
}

#[test]
fn a_document_of_before_says_which_figures_it_lacks() {
    let table =
        MemoryTable::named("t").integers("n", [Some(1), Some(2)]).texts("s", [Some("a"), None]);
    let mut document = serde_json::to_value(profile(&table)).unwrap();
    // What version 0.1 wrote.
    {
        let key = "overview";
        document.as_object_mut().unwrap().remove(key);
    }
    for column in document["columns"].as_array_mut().unwrap() {
        let column = column.as_object_mut().unwrap();
        for key in [
            "frequencies",
            "order",
            "smallest_values",
            "largest_values",
            "distribution",
            "memory_bytes",
        ] {
            column.remove(key);
        }
        if let Some(numbers) = column.get_mut("numbers") {
            numbers.as_object_mut().unwrap().retain(|key, _| {
                [
                    "nan",
                    "infinite",
                    "zeros",
                    "negatives",
                    "sum",
                    "mean",
                    "standard_deviation",
                    "variance",
                    "skewness",
                    "kurtosis",
                ]
                .contains(&key.as_str())
            });
        }
    }
    let old: Profile = serde_json::from_value(document).unwrap();
    let reason = old.columns[0].numbers.as_ref().unwrap().range.reason();
    assert_eq!(reason, Some("the profile was made before there was this figure"));
    assert!(old.overview.is_none());
}

#[test]
fn a_summary_without_values_has_no_figure_but_reasons() {
    let field = Field { name: "c".to_owned(), column_type: ColumnType::Float };
    let column =
        ColumnProfile::new(&field, &ColumnProfileSummary::new(), &SemanticSummary::new()).unwrap();
    let document = serde_json::to_string(&column).unwrap();
    assert!(!document.contains("NaN") && !document.contains("inf\""));
    let spread = column.distribution.unwrap();
    assert_eq!(spread.interquartile_range.reason(), Some("every value is missing"));
    assert_eq!(spread.uniformity.reason(), Some("every value is missing"));
}
