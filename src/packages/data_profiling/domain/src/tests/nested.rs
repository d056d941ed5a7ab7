//! What lies within columns: profiled, merged, compared and redacted as columns of their own.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use shared_kernel_domain::scan::ScanOutcome;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{
    Batch, Bits, Column, ColumnType, ContentDigest, Field, LeftOutPath, NestedContent, NestedField,
    NestedSchema, NestedUnit, TableSchema, TextValues, Values,
};

use crate::{
    ChangeKind, FindingKind, PortableProfile, Profile, ProfileOptions, ProfileSubject, Redaction,
    compare, mergeable_plan, profile_plan,
};

/// A row of the column `v`: a record with a member `word`, and a list of numbers.
type Row = Option<(Option<String>, Option<Vec<Option<i64>>>)>;

/// Which members a table's records have.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Members {
    Both,
    OnlyWord,
    /// The list is a number here.
    Number,
}

fn field(path: &str, content: NestedContent, place: u32, list: Option<&str>) -> NestedField {
    NestedField {
        column: "v".to_owned(),
        place,
        path: path.to_owned(),
        content,
        unit: if list.is_some() { NestedUnit::Items } else { NestedUnit::Rows },
        list: list.map(str::to_owned),
    }
}

fn nested(members: Members) -> NestedSchema {
    let text = NestedContent::Values(ColumnType::Text);
    let number = NestedContent::Values(ColumnType::Integer);
    let mut fields = vec![field("v.word", text, 0, None)];
    match members {
        Members::Both => fields.extend([
            field("v.list[]", NestedContent::Lengths, 1, None),
            field("v.list[]", number, 2, Some("v.list[]")),
        ]),
        Members::OnlyWord => {}
        Members::Number => fields.push(field("v.list", number, 1, None)),
    }
    NestedSchema { fields, left_out: Vec::new() }
}

fn schema() -> TableSchema {
    TableSchema { fields: vec![Field { name: "v".to_owned(), column_type: ColumnType::Struct }] }
}

fn fill(
    summary: &mut dyn Summary,
    rows: &[i64],
    texts: Option<&[Option<String>]>,
    numbers: &[Option<i64>],
) {
    let count = rows.len();
    let is_there = |place: usize| match texts {
        Some(texts) => texts[place].is_some(),
        None => numbers[place].is_some(),
    };
    let mut valid = vec![0_u8; count.div_ceil(8)];
    (0..count).for_each(|place| valid[place / 8] |= u8::from(is_there(place)) << (place % 8));
    let whole: Vec<i64> = numbers.iter().map(|it| it.unwrap_or(99)).collect();
    let (mut offsets, mut bytes) = (vec![0_i32], Vec::new());
    for text in texts.into_iter().flatten() {
        bytes.extend(text.as_deref().unwrap_or_default().bytes());
        offsets.push(bytes.len() as i32);
    }
    let values = match texts {
        Some(_) => Values::Text(TextValues { offsets: &offsets, bytes: &bytes }),
        None => Values::Integer(&whole),
    };
    let column = Column {
        values,
        validity: Bits::new(&valid, 0, count),
        len: count,
        null_count: (0..count).filter(|&place| !is_there(place)).count(),
    };
    if count > 0 {
        summary.update(&Batch { rows, columns: &[column] }).unwrap();
    }
}

/// The outcome of a scan of these rows.
fn outcome(
    rows: &[Row],
    members: Members,
    plan: shared_kernel_domain::scan::ScanPlan,
) -> ScanOutcome {
    let schema = nested(members);
    let numbers: Vec<i64> = (0..rows.len() as i64).collect();
    let words: Vec<Option<String>> =
        rows.iter().map(|row| row.as_ref().and_then(|row| row.0.clone())).collect();
    let lists: Vec<Option<Vec<Option<i64>>>> =
        rows.iter().map(|row| row.as_ref().and_then(|row| row.1.clone())).collect();
    let whole: Vec<Option<String>> =
        rows.iter().map(|row| row.as_ref().map(|row| format!("{row:?}"))).collect();
    let summaries = plan.into_items().into_iter().map(|item| {
        let mut summary = item.summary;
        let field = item.nested.map(|place| &schema.fields[place as usize]);
        match field.map(|field| (field.content, field.list.is_some())) {
            None => fill(summary.as_mut(), &numbers, Some(&whole), &[]),
            Some((NestedContent::Lengths, _)) => {
                let lengths: Vec<Option<i64>> =
                    lists.iter().map(|list| list.as_ref().map(|it| it.len() as i64)).collect();
                fill(summary.as_mut(), &numbers, None, &lengths);
            }
            Some((NestedContent::Values(ColumnType::Text), _)) => {
                fill(summary.as_mut(), &numbers, Some(&words), &[]);
            }
            Some((NestedContent::Values(_), true)) => {
                let each = lists.iter().zip(&numbers);
                let items: Vec<(i64, Option<i64>)> = each
                    .flat_map(|(list, &row)| list.iter().flatten().map(move |&it| (row, it)))
                    .collect();
                let (rows, items): (Vec<i64>, Vec<Option<i64>>) = items.into_iter().unzip();
                fill(summary.as_mut(), &rows, None, &items);
            }
            Some((NestedContent::Values(_), false)) => {
                let first: Vec<Option<i64>> =
                    lists.iter().map(|list| list.as_ref()?.first().copied().flatten()).collect();
                fill(summary.as_mut(), &numbers, None, &first);
            }
        }
        summary
    });
    ScanOutcome::new(summaries.collect(), rows.len() as u64)
}

fn subject() -> ProfileSubject {
    ProfileSubject { name: "t".to_owned(), digest: ContentDigest::from_hex("d"), dataset: None }
}

fn profile(rows: &[Row], members: Members) -> Profile {
    let (plan, slots) = mergeable_plan(&schema(), &nested(members));
    Profile::from_outcome(subject(), &slots, &outcome(rows, members, plan)).unwrap()
}

fn portable(rows: &[Row], members: Members) -> PortableProfile {
    let nested = nested(members);
    let (plan, _) = mergeable_plan(&schema(), &nested);
    let outcome = outcome(rows, members, plan);
    PortableProfile::new(&subject(), &schema(), &nested, &outcome).unwrap()
}

fn rows() -> Vec<Row> {
    let words = ["a@mail.example", "b@mail.example", "c@mail.example"].map(str::to_owned);
    (0..30_i64)
        .map(|row| {
            let list = (row % 5 > 0).then(|| (0..row % 3).map(|it| Some(it * 100)).collect());
            (row % 10 > 0).then(|| (Some(words[row as usize % 3].clone()), list))
        })
        .collect()
}

#[test]
fn what_lies_within_is_profiled_by_path() {
    let profile = profile(&rows(), Members::Both);
    let nested = profile.nested.as_ref().unwrap();
    let names: Vec<_> = nested.columns.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["v.word", "v.list[]"]);
    let (word, items) = (&nested.columns[0], &nested.columns[1]);
    assert_eq!((word.rows, word.nulls), (30, 3));
    let list = &nested.lists[0];
    assert_eq!((list.places, list.nulls, list.items), (30, 6, items.rows));
    assert_eq!(
        list.empty,
        rows().iter().flatten().filter(|it| it.1 == Some(Vec::new())).count() as u64
    );
    assert_eq!((list.shortest.value(), list.longest.value()), (Some(&0), Some(&2)));
    let within = items.within.as_ref().unwrap();
    assert_eq!((within.unit, within.list.as_deref()), (NestedUnit::Items, Some("v.list[]")));
    // The table has the columns it had, and what is within them is no longer not looked into.
    assert_eq!(profile.columns.len(), 1);
    assert!(profile.findings.iter().all(|it| it.kind != FindingKind::Unsupported));
    assert!(
        profile
            .findings
            .iter()
            .any(|it| it.kind == FindingKind::PersonalData && it.column == "v.word")
    );
    let document = serde_json::to_string(&profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&document).unwrap(), profile);
}

#[test]
fn a_table_without_nesting_has_the_document_it_had() {
    let (plan, slots) =
        profile_plan(&schema(), &NestedSchema::default(), None, ProfileOptions::default());
    let items = plan.into_items();
    assert!(items.iter().all(|item| item.nested.is_none()));
    let outcome = ScanOutcome::new(items.into_iter().map(|it| it.summary).collect(), 0);
    let profile = Profile::from_outcome(subject(), &slots, &outcome).unwrap();
    let document = serde_json::to_string(&profile).unwrap();
    assert!(!document.contains("nested") && !document.contains("within"), "{document}");
}

#[test]
fn changes_within_are_told_by_path() {
    let before = profile(&rows(), Members::Both);
    let mut later = rows();
    later.iter_mut().flatten().for_each(|row| row.0 = None);
    let changes = compare(&before, &profile(&later, Members::Both));
    let of_word = |kind| {
        let mut of_kind = changes.changes.iter().filter(|it| it.kind == kind);
        of_kind.any(|it| it.column.as_deref() == Some("v.word"))
    };
    assert!(of_word(ChangeKind::NullShare), "{changes:?}");
    let gone = compare(&before, &profile(&rows(), Members::OnlyWord));
    let kinds: Vec<_> =
        gone.changes.iter().map(|it| (it.kind, it.column.as_deref().unwrap())).collect();
    assert_eq!(kinds, [(ChangeKind::ColumnRemoved, "v.list[]")]);
    // A profile from before there was such a thing says nothing of what is within.
    let old = Profile { nested: None, ..before.clone() };
    assert!(compare(&old, &before).changes.is_empty());
    assert!(compare(&before, &old).changes.is_empty());
}

#[test]
fn a_column_that_holds_personal_data_within_is_redacted() {
    let whole = profile(&rows(), Members::Both);
    assert!(serde_json::to_string(&whole).unwrap().contains("mail.example"));
    let redacted = whole.clone().redacted(Redaction::Personal);
    assert_eq!(redacted.redacted_columns, ["v", "v.word"]);
    let document = serde_json::to_string(&redacted).unwrap();
    assert!(!document.contains("mail.example"), "{document}");
    assert_eq!(
        redacted.nested.as_ref().unwrap().columns[1],
        whole.nested.as_ref().unwrap().columns[1]
    );
    let all = whole.redacted(Redaction::All);
    assert_eq!(all.redacted_columns, ["v", "v.word", "v.list[]"]);
}

#[test]
fn what_only_one_table_has_is_missing_in_the_other() {
    let (first, later) = (&rows()[..10], &rows()[10..]);
    for turned in [false, true] {
        let mut parts = [portable(first, Members::OnlyWord), portable(later, Members::Both)];
        if turned {
            parts.reverse();
        }
        let [mut merged, other] = parts;
        merged
            .append(PortableProfile::from_bytes(&other.to_bytes().unwrap()).unwrap().unwrap())
            .unwrap();
        let nested = merged.profile().unwrap().nested.unwrap();
        assert_eq!(nested.columns[0].rows, 30);
        let alone = profile(later, Members::Both).nested.unwrap();
        assert_eq!(nested.lists[0].places, 30);
        assert_eq!(nested.lists[0].nulls, alone.lists[0].nulls + 10);
        assert_eq!(nested.columns[1].rows, alone.columns[1].rows);
    }
}

#[test]
fn what_is_of_two_kinds_is_left_out_and_named() {
    let mut merged = portable(&rows(), Members::Both);
    merged.append(portable(&rows(), Members::Number)).unwrap();
    let nested = merged.profile().unwrap().nested.unwrap();
    let names: Vec<_> = nested.columns.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((names, nested.lists.len()), (vec!["v.word"], 0));
    let told: Vec<_> = nested
        .left_out
        .iter()
        .map(|LeftOutPath { path, reason }| (path.as_str(), reason.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("v.list", "it is integer in one table, nested in another"),
            ("v.list[]", "v.list is integer in another table"),
        ]
    );
}

proptest! {
    #[test]
    fn merged_parts_have_the_figures_of_the_whole(
        rows in vec(
            option::of((
                option::of("[a-c]{0,2}"),
                option::of(vec(option::of(-3_i64..3), 0..4)),
            )),
            0..30,
        ),
        cut in 0_usize..30,
    ) {
        let (first, later) = rows.split_at(cut.min(rows.len()));
        let mut merged = portable(first, Members::Both);
        merged.append(portable(later, Members::Both)).unwrap();
        let (merged, whole) = (merged.profile().unwrap(), portable(&rows, Members::Both).profile().unwrap());
        let (merged, whole) = (merged.nested.unwrap(), whole.nested.unwrap());
        prop_assert_eq!(&merged.lists, &whole.lists);
        for (merged, whole) in merged.columns.iter().zip(&whole.columns) {
            prop_assert_eq!((merged.rows, merged.nulls), (whole.rows, whole.nulls));
            prop_assert_eq!(&merged.distinct, &whole.distinct);
            prop_assert_eq!((&merged.minimum, &merged.maximum), (&whole.minimum, &whole.maximum));
            prop_assert_eq!(&merged.top_values, &whole.top_values);
        }
    }
}
