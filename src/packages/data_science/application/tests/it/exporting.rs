use data_science_application::{ExportRequest, ExportTarget, Exported, export_pipeline};
use shared_kernel_domain::{ErrorKind, Result};
use testkit::MemoryTable;

use crate::updating::{handle, trained, uploaded};
use crate::world::{World, flights};

fn export(world: &World, revision: Option<u32>, target: ExportTarget) -> Result<Exported> {
    let request = ExportRequest { pipeline: "flights".to_owned(), revision, target };
    export_pipeline(&world.container, &request)
}

fn sql(table: Option<&str>) -> ExportTarget {
    ExportTarget::Sql { table: table.map(str::to_owned) }
}

#[test]
fn the_champion_of_any_revision_is_exported_and_says_where_it_is_from() {
    let world = World::new();
    handle(&world, &trained(&world, &uploaded(&world), 1, true)).unwrap();
    world.put_file("flights.csv", &flights(5));
    handle(&world, &trained(&world, &uploaded(&world), 2, true)).unwrap();
    let text = |revision: Option<u32>| {
        let exported = export(&world, revision, sql(None)).unwrap();
        (exported.revision.number, String::from_utf8(exported.bytes).unwrap())
    };
    let (number, current) = text(None);
    assert_eq!(number, 2);
    assert!(current.contains("-- Pipeline \"flights\" revision 2"), "{current}");
    assert!(current.contains("WHEN \"carrier\" = 'ZZ' THEN"), "{current}");
    assert!(current.contains("FROM \"flights\"\n"), "{current}");
    assert_eq!(text(Some(2)).1, current);
    let (number, first) = text(Some(1));
    assert!(number == 1 && first != current && first.contains("revision 1"));
    let elsewhere = export(&world, None, sql(Some("shop.orders"))).unwrap();
    let elsewhere = String::from_utf8(elsewhere.bytes).unwrap();
    assert!(elsewhere.contains("FROM \"shop\".\"orders\"\n"), "{elsewhere}");
}

#[test]
fn a_table_of_numbers_becomes_an_onnx_file() {
    let world = World::new().without_label();
    let numbers = |step: i64| (0..60).map(move |row| (row % 9 != 4).then_some(row * step % 17));
    let table = MemoryTable::default().integers("a", numbers(3)).integers("b", numbers(5));
    world.put_file("flights.csv", &table);
    handle(&world, &trained(&world, &uploaded(&world), 1, true)).unwrap();
    let exported = export(&world, None, ExportTarget::Onnx).unwrap();
    assert!(exported.bytes.starts_with(b"\x08\x07\x12\x08pynomaly"));
    assert_eq!(export(&world, None, ExportTarget::Onnx).unwrap().bytes, exported.bytes);
}

#[test]
fn what_cannot_be_said_is_refused_with_advice() {
    let world = World::new();
    assert_eq!(export(&world, None, sql(None)).unwrap_err().kind(), ErrorKind::Usage);
    handle(&world, &trained(&world, &uploaded(&world), 1, true)).unwrap();
    for (revision, target, what, hint) in [
        (None, ExportTarget::Onnx, "\"carrier\" holds texts", "--to sql"),
        (Some(9), sql(None), "no revision 9", "pipeline history flights"),
        (None, sql(Some("shop.")), "\"shop.\" is not", "shop.flights"),
    ] {
        let error = export(&world, revision, target).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        assert!(error.what().contains(what), "{error}");
        assert!(error.hint_text().unwrap().contains(hint), "{:?}", error.hint_text());
    }
}
