//! The figures that only some ask for, in groups.

use data_profiling_domain::{
    CharacterCount, ColumnProfile, Distribution, Frequencies, NumberProfile, OrderProfile, Profile,
    SemanticProfile, SemanticVerdict, TextProfile, TextWriting, TimeProfile, TopValue,
};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::chart::{self, Part, ValueBar};
use shared_kernel_presentation::page::{self, Html};
use shared_kernel_presentation::{Tone, format};

use super::figures::{Pairs, count, number, part, share, shown, value};
use super::plot;
use crate::figure::cell;

/// Bins of histograms that are opened.
const BINS: usize = 40;
/// Of frequent values, words, patterns and the like.
const LISTED: usize = 10;
/// Characters of a value beside its bar.
const LABEL: usize = 32;

const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// All that is known of a column and not shown above.
pub(super) fn further(profile: &Profile, column: &ColumnProfile) -> Html {
    let redacted = profile.redacted_columns.contains(&column.name);
    let mut groups = Vec::new();
    let mut group = |title: &str, html: Html| {
        if !html.is_empty() {
            groups.push(Html::concat([page::small_heading(title), html]));
        }
    };
    group("Quantiles", quantiles(column));
    if let Some(numbers) = &column.numbers {
        group("Numbers", pairs(numbers_of(numbers)));
    }
    if let Some(found) = &column.distribution {
        group("Spread", pairs(spread(found)));
        if found.core_histogram.is_some()
            && let Some(whole) = &column.histogram
        {
            group("Over the whole range", plot::distribution(column, whole, "", BINS));
        }
    }
    if !redacted {
        group("Frequent values", frequent(column));
        group("Ends", ends(column));
    }
    if let Some(found) = &column.frequencies {
        group("Variety", pairs(variety(found)));
    }
    if let Some(texts) = &column.texts {
        group("Lengths", lengths(column, texts));
        group("Looks like", kinds(texts, column.values()));
        if let Some(writing) = &texts.writing {
            group("Writing", pairs(writing_of(writing)));
            group("Frequent words", words(&writing.frequent_words));
            group("Scripts", characters(&writing.scripts));
        }
    }
    if let Some(times) = &column.times {
        group("Calendar", calendar(times));
    }
    if let Some(semantic) = &column.semantic {
        group("Meaning", meaning(semantic));
    }
    if let Some(order) = &column.order {
        group("Order", pairs(order_of(order)));
    }
    groups.push(page::note(&format!(
        "{} in memory",
        column.memory_bytes.value().map_or_else(String::new, |bytes| format::bytes(*bytes))
    )));
    Html::concat(groups)
}

fn pairs(pairs: Pairs) -> Html {
    if pairs.is_empty() { Html::default() } else { page::key_values(pairs) }
}

fn quantiles(column: &ColumnProfile) -> Html {
    let named: Vec<(String, Html)> = column
        .quantiles
        .iter()
        .map(|quantile| (format::share(quantile.share), value(&quantile.value)))
        .collect();
    if named.is_empty() {
        return Html::default();
    }
    page::key_values(named.iter().map(|(name, shown)| (name.as_str(), shown.clone())))
}

fn numbers_of(numbers: &NumberProfile) -> Pairs {
    vec![
        ("sum", number(&numbers.sum)),
        ("range", number(&numbers.range)),
        ("variance", number(&numbers.variance)),
        ("skewness", number(&numbers.skewness)),
        ("kurtosis", number(&numbers.kurtosis)),
        ("std. error", number(&numbers.standard_error)),
        ("variation", number(&numbers.coefficient_of_variation)),
        ("geometric mean", number(&numbers.geometric_mean)),
        ("harmonic mean", number(&numbers.harmonic_mean)),
        ("positive", share(&numbers.positive_share)),
        ("whole", share(&numbers.whole_share)),
        ("decimals", count(&numbers.decimals)),
    ]
}

fn spread(found: &Distribution) -> Pairs {
    vec![
        ("IQR", number(&found.interquartile_range)),
        ("MAD", number(&found.median_absolute_deviation)),
        ("lower fence", number(&found.lower_fence)),
        ("upper fence", number(&found.upper_fence)),
        ("below fence", count(&found.outliers_below)),
        ("above fence", count(&found.outliers_above)),
        ("far outliers", count(&found.far_outliers)),
        ("end in 0 or 5", share(&found.rounded_share)),
    ]
}

/// Only of values that repeat, and where they are not the plot already.
fn frequent(column: &ColumnProfile) -> Html {
    let repeated = column.top_values.iter().take(LISTED).filter(|top| top.count.value > 1).count();
    if repeated == 0 || (column.histogram.is_none() && plot::is_repetitive(column)) {
        return Html::default();
    }
    plot::top_values(column, repeated)
}

fn ends(column: &ColumnProfile) -> Html {
    let listed = |cells: &[Cell]| {
        let shown: Vec<String> = cells.iter().map(|value| cell(value, LABEL)).collect();
        Html::text(&shown.join(" · "))
    };
    if column.smallest_values.len() < 2 {
        return Html::default();
    }
    page::rows([
        ("smallest", listed(&column.smallest_values)),
        ("largest", listed(&column.largest_values)),
    ])
}

fn variety(found: &Frequencies) -> Pairs {
    vec![
        ("occur once", count(&found.singletons)),
        ("distinct share", share(&found.distinct_share)),
        ("entropy", shown(&found.entropy, |bits| format!("{} bits", format::number(*bits)))),
        ("Gini impurity", number(&found.gini_impurity)),
        ("imbalance", number(&found.imbalance)),
        ("mode occurs", count(&found.mode_frequency)),
    ]
}

fn lengths(column: &ColumnProfile, texts: &TextProfile) -> Html {
    let figures = vec![
        ("mean", number(&texts.mean_length)),
        ("std. dev.", number(&texts.length_deviation)),
        ("of longest", count(&texts.of_longest_length)),
        ("total", count(&texts.total_length)),
    ];
    // Without frequent values the lengths are the plot already.
    let drawn = plot::lengths(column, BINS).filter(|_| plot::is_repetitive(column));
    let drawn = drawn.unwrap_or_default();
    Html::concat([drawn, page::key_values(figures)])
}

fn kinds(texts: &TextProfile, values: u64) -> Html {
    let mut bars: Vec<ValueBar> =
        texts.kinds.iter().map(|kind| bar(kind.kind.name().to_owned(), kind.count)).collect();
    bars.extend(
        texts
            .null_texts
            .iter()
            .take(LISTED)
            .map(|null| bar(format!("no value: {}", quoted(&null.text)), null.count)),
    );
    if bars.is_empty() {
        return Html::default();
    }
    chart::share_bars("What texts look like", &bars, values)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", format::shorten(text, LABEL))
}

fn bar(label: String, count: u64) -> ValueBar {
    ValueBar { label, count, tone: Tone::Neutral }
}

fn writing_of(writing: &TextWriting) -> Pairs {
    let cases = &writing.cases;
    let mut pairs = vec![
        ("words", count(&writing.words)),
        ("words a text", number(&writing.words_per_text)),
        ("characters", count(&writing.characters)),
        ("different ones", count(&writing.distinct_characters)),
        ("ASCII", share(&writing.ascii_share)),
    ];
    for (name, figure) in [
        ("UPPER CASE", &cases.upper),
        ("lower case", &cases.lower),
        ("Title Case", &cases.title),
        ("mIxed case", &cases.mixed),
        ("without case", &cases.none),
    ] {
        if figure.value().is_some_and(|&count| count > 0) {
            pairs.push((name, count(figure)));
        }
    }
    for (name, of) in [
        ("blank before", writing.leading_blanks),
        ("blank after", writing.trailing_blanks),
        ("line breaks", writing.line_breaks),
        ("controls", writing.control_characters),
        ("invisible", writing.invisible_characters),
    ] {
        if of > 0 {
            pairs.push((name, Html::text(&format::count(of))));
        }
    }
    pairs
}

/// Words that occur more than once.
fn words(frequent: &[TopValue]) -> Html {
    let bars: Vec<ValueBar> = frequent
        .iter()
        .filter(|word| word.count.value > 1)
        .take(LISTED)
        .map(|word| bar(format::shorten(&format::cell(&word.value), LABEL), word.count.value))
        .collect();
    if bars.is_empty() {
        return Html::default();
    }
    let total = bars.iter().map(|bar| bar.count).max().unwrap_or(1);
    let words = frequent.first().map_or(total, |first| {
        (first.count.value as f64 / first.share.max(f64::MIN_POSITIVE)).round() as u64
    });
    chart::value_bars("Frequent words", &bars, words)
}

/// Of one script there is nothing to tell but its name.
fn characters(scripts: &[CharacterCount]) -> Html {
    let total: u64 = scripts.iter().map(|script| script.count.value).sum();
    let bars: Vec<ValueBar> = scripts
        .iter()
        .take(LISTED)
        .map(|script| bar(script.name.clone(), script.count.value))
        .collect();
    if bars.is_empty() {
        return Html::default();
    }
    chart::share_bars("Characters by script", &bars, total)
}

fn calendar(times: &TimeProfile) -> Html {
    let parts = |names: &[&str], counts: &[u64]| -> Vec<Part> {
        let named = names.iter().zip(counts);
        named.map(|(name, &count)| Part { label: (*name).to_owned(), count }).collect()
    };
    let hours: Vec<String> = (0..24).map(|hour| format!("{hour}:00")).collect();
    let hours: Vec<&str> = hours.iter().map(String::as_str).collect();
    let midnight = times.midnight_share.as_ref().map_or_else(Html::default, |midnights| {
        page::key_values([("at midnight", share(midnights))])
    });
    Html::concat([
        chart::strip("Days of the week", &parts(&WEEKDAYS, &times.weekdays)),
        chart::strip("Months", &parts(&MONTHS, &times.months)),
        chart::strip("Hours", &parts(&hours, &times.hours)),
        midnight,
    ])
}

fn meaning(semantic: &SemanticProfile) -> Html {
    let mut rows: Vec<(&str, Html)> = Vec::new();
    match &semantic.verdict {
        SemanticVerdict::Kind(kind) => {
            let share = format::measured(&kind.share, |share| format::share(*share));
            rows.push(("kind", Html::text(&format!("{} ({share})", kind.kind.name()))));
            rows.push(("confidence", Html::text(&format!("{:.2}", kind.confidence))));
        }
        SemanticVerdict::CannotTell { reason } => {
            rows.push(("kind", Html::text(&format!("cannot tell: {reason}"))));
        }
    }
    for other in &semantic.runners_up {
        let share = format::measured(&other.share, |share| format::share(*share));
        rows.push(("or", Html::text(&format!("{} ({share})", other.kind.name()))));
    }
    if semantic.personal {
        rows.push(("personal", Html::text("yes")));
    }
    if semantic.emails_inside > 0 {
        rows.push(("with e-mail", part(semantic.emails_inside, semantic.examined.rows)));
    }
    let patterns = semantic.patterns.iter().take(LISTED).map(|pattern| {
        let shape = if pattern.pattern.is_empty() { "(empty)" } else { &pattern.pattern };
        let share = page::measured(&pattern.share, |share| format::share(*share));
        Html::concat([page::code(&format::shorten(shape, LABEL)), Html::text(" "), share])
    });
    let patterns: Vec<Html> = patterns.collect();
    let shapes = if patterns.is_empty() {
        Html::default()
    } else {
        Html::concat([page::small_heading("Shapes"), page::list("shapes", patterns)])
    };
    Html::concat([page::rows(rows), shapes])
}

fn order_of(order: &OrderProfile) -> Pairs {
    let way = match (order.ascending, order.descending) {
        (true, true) => "all equal",
        (true, false) if order.strictly_ascending => "ascending, none twice",
        (true, false) => "ascending",
        (false, true) if order.strictly_descending => "descending, none twice",
        (false, true) => "descending",
        (false, false) => "none",
    };
    vec![
        ("order", Html::text(way)),
        ("steps up", share(&order.rising_share)),
        ("steps down", share(&order.falling_share)),
    ]
}
