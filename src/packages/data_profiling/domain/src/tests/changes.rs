use proptest::prelude::*;
use testkit::MemoryTable;

use super::profile;
use crate::{ChangeKind, ProfileChanges, compare};

fn changes(before: &MemoryTable, after: &MemoryTable) -> ProfileChanges {
    compare(&profile(before), &profile(after))
}

fn kinds(changes: &ProfileChanges) -> Vec<(ChangeKind, Option<&str>)> {
    changes.changes.iter().map(|change| (change.kind, change.column.as_deref())).collect()
}

fn base() -> MemoryTable {
    MemoryTable::named("t").integers("n", (0..100).map(|row| Some(row % 10)))
}

#[test]
fn columns_that_come_go_or_change_type_stand_first() {
    let before = base().integers("typed", (0..100).map(Some)).texts("old", [Some("a"); 100]);
    let after = MemoryTable::named("t")
        .integers("n", (0..100).map(|row| Some(row % 10 + 1)))
        .texts("typed", (0..100).map(|_| Some("x")))
        .texts("new", [Some("a"); 100]);
    let changes = changes(&before, &after);
    assert_eq!(
        kinds(&changes)[..3],
        [
            (ChangeKind::TypeChanged, Some("typed")),
            (ChangeKind::ColumnAdded, Some("new")),
            (ChangeKind::ColumnRemoved, Some("old")),
        ]
    );
    assert_eq!(changes.changes[0].sentence, "\"typed\" became text, it was integer");
}

#[test]
fn rows_nulls_means_and_ranges_that_moved_are_told() {
    let after = MemoryTable::named("t")
        .integers("n", (0..200).map(|row| (row % 4 > 0).then_some(row % 10 + 20)));
    let changes = changes(&base(), &after);
    let kinds: Vec<ChangeKind> = kinds(&changes).into_iter().map(|(kind, _)| kind).collect();
    for kind in [
        ChangeKind::Rows,
        ChangeKind::NullShare,
        ChangeKind::Mean,
        ChangeKind::Median,
        ChangeKind::Range,
    ] {
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
    }
    let nulls = changes.changes.iter().find(|change| change.kind == ChangeKind::NullShare).unwrap();
    assert_eq!(nulls.sentence, "25.0 % of \"n\" is missing, it was 0.0 %");
    assert_eq!((changes.rows_before, changes.rows_after), (100, 200));
}

#[test]
fn values_that_come_go_or_shift_are_told() {
    let carriers = |ua, b6, dl| {
        let values = std::iter::repeat_n("UA", ua)
            .chain(std::iter::repeat_n("B6", b6))
            .chain(std::iter::repeat_n("DL", dl));
        MemoryTable::named("t").texts("carrier", values.map(Some))
    };
    let changes = changes(&carriers(60, 40, 0), &carriers(30, 0, 70));
    let kinds: Vec<ChangeKind> = kinds(&changes).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [ChangeKind::NewValue, ChangeKind::VanishedValue, ChangeKind::ValueShare]);
    assert_eq!(changes.changes[0].sentence, "\"DL\" is new in \"carrier\": 70.0 % of its values");
}

#[test]
fn a_value_that_may_only_have_left_the_list_has_not_vanished() {
    // Of 40 values 20 are listed: the odd ones before, the even ones after.
    let table = |more: i64| {
        let all = (0..400).map(|row| row % 40);
        let favoured = (0..40).filter(move |value| value % 2 == more);
        MemoryTable::named("t").integers("n", all.chain(favoured).map(Some))
    };
    let changes = changes(&table(1), &table(0));
    let told = kinds(&changes);
    assert_eq!(told, []);
}

proptest! {
    #[test]
    fn sizes_go_down_and_stay_within_bounds(
        before in prop::collection::vec(prop::option::of(-9..9_i64), 1..50),
        after in prop::collection::vec(prop::option::of(-9..20_i64), 1..50),
    ) {
        let before = MemoryTable::named("t").integers("n", before);
        let after = MemoryTable::named("t").integers("n", after);
        let changes = changes(&before, &after);
        for change in &changes.changes {
            prop_assert!(change.size > 0.0 && change.size <= 1.0, "{:?}", change);
        }
        for pair in changes.changes.windows(2) {
            prop_assert!(pair[0].size >= pair[1].size);
        }
        prop_assert!(compare(&profile(&before), &profile(&before)).changes.is_empty());
    }
}
