//! Databases copied from any kind to any: every value arrives or is told, all contexts stand at one
//! moment, nothing is ever half there.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::bus::EventLog;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{InProcess, Stores};
use shared_kernel_infrastructure::store::{
    Copied, Location, Migration, Row, Signal, Snapshots, Store, TableDigest, Value,
};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};

use testkit::servers::StorePlace;

use crate::world::{Counting, Home, Patient, in_order};

/// Tables of every kind of value; one comes before what it refers to.
const HARD: &[Migration] = &[Migration {
    version: 1,
    sql: "CREATE TABLE thing (
              name TEXT NOT NULL PRIMARY KEY, number BIGINT, small INTEGER,
              measure DOUBLE PRECISION, words TEXT, bytes BYTEA
          );
          CREATE TABLE part (
              thing TEXT NOT NULL REFERENCES thing (name), place BIGINT NOT NULL,
              PRIMARY KEY (thing, place)
          );",
}];

/// Names that a language sorts in another order than their bytes stand in.
const NAMES: [&str; 12] = ["a", "B", "b", "Z", "ä", "é", "e\u{301}", "-x", "_", "x y", "Ω", "😀"];
const WORDS: [&str; 6] =
    ["", "'quoted' \"twice\" $1 ? \\", "line\nline\r\n\t", "Ελληνικά العربية 日本語", "👩‍🚀", "null"];
const NUMBERS: [i64; 5] = [i64::MIN, -1, 0, 1, i64::MAX];
const MEASURES: [f64; 8] =
    [0.1, 5.0, -1e300, f64::MAX, f64::MIN_POSITIVE, 5e-324, f64::INFINITY, f64::NEG_INFINITY];
const CONTEXTS: [Context; 2] = [Context::DataScience, Context::DataQuality];
const ROWS: usize = 10_000;

/// The databases of two contexts, which go with this.
struct Databases {
    stores: Stores,
    _place: StorePlace,
}

impl Deref for Databases {
    type Target = Stores;

    fn deref(&self) -> &Stores {
        &self.stores
    }
}

fn files() -> Databases {
    open(StorePlace::on_sqlite(), HARD)
}

fn server() -> Databases {
    open(StorePlace::on_postgres(), HARD)
}

fn open(place: StorePlace, migrations: &'static [Migration]) -> Databases {
    let open = |context| {
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(UuidGenerator));
        let activity = Arc::new(Signal::default());
        let location = Location::parse(&place.of(context)).unwrap();
        (context, Store::open(&location, context, migrations, clock, ids, activity).unwrap())
    };
    Databases { stores: CONTEXTS.into_iter().map(open).collect(), _place: place }
}

fn execute(store: &Store, statements: Vec<(String, Vec<Value>)>) {
    let written = store.commit(UnitOfWork::of_command(), move |transaction| {
        for (sql, values) in &statements {
            transaction.execute(sql, values)?;
        }
        Ok(())
    });
    written.unwrap();
}

fn rows(store: &Store, sql: &str) -> Vec<Row> {
    store.read(|transaction| transaction.query(sql, &[])).unwrap()
}

fn copy(from: &Stores, to: &Stores) -> shared_kernel_domain::Result<Copied> {
    Snapshots::take(from).unwrap().copy_into(to, &Cancellation::default())
}

fn digests(stores: &Stores) -> Vec<TableDigest> {
    Snapshots::take(stores).unwrap().digests(&Cancellation::default()).unwrap()
}

/// Some rows of every hard value, and many with some of them.
fn fill(store: &Store) {
    let add = "INSERT INTO thing (name, number, small, measure, words, bytes)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let thing = |row: usize, name: String| {
        let values = vec![
            name.into(),
            NUMBERS[row % NUMBERS.len()].into(),
            i32::try_from(row).unwrap().into(),
            MEASURES[row % MEASURES.len()].into(),
            WORDS[row % WORDS.len()].into(),
            vec![0, 255, (row % 256) as u8].into(),
        ];
        (add.to_owned(), values)
    };
    let mut statements: Vec<_> =
        (0..ROWS).map(|row| thing(row, format!("{} {row}", NAMES[row % NAMES.len()]))).collect();
    let nulls = [vec!["nothing".into()], vec![Value::Null; 5]].concat();
    statements.push((add.to_owned(), nulls));
    for (place, name) in ["B 1", "a 0", "ä 4"].into_iter().enumerate() {
        let add = "INSERT INTO part (thing, place) VALUES ($1, $2)".to_owned();
        statements.push((add, vec![name.into(), place.into()]));
    }
    execute(store, statements);
}

#[test]
fn every_value_comes_to_postgres_and_back() {
    let (first, middle, last) = (files(), server(), files());
    fill(&first[&Context::DataScience]);
    let there = copy(&first, &middle).unwrap();
    assert_eq!(there.altered_values, 0);
    assert_eq!(there.tables, digests(&first), "what came is what was");
    assert_eq!(there.tables, digests(&middle), "and a reading says the same");
    let count = |context, table: &str| {
        let mut tables = there.tables.iter();
        tables.find(|it| it.context == context && it.table == table).unwrap().rows
    };
    assert_eq!(count(Context::DataScience, "thing"), ROWS as u64 + 1);
    assert_eq!(count(Context::DataScience, "part"), 3);
    assert_eq!(count(Context::DataQuality, "thing"), 0);
    let back = copy(&middle, &last).unwrap();
    assert_eq!(back, there);
    let all = "SELECT * FROM thing ORDER BY name";
    let (sent, came) = (&first[&Context::DataScience], &last[&Context::DataScience]);
    assert!(rows(sent, all) == rows(came, all), "no digest is needed to see it");
    assert_eq!(back, copy(&last, &files()).unwrap(), "and among files");
}

#[test]
fn what_a_database_cannot_keep_is_told() {
    let (files, server) = (self::files(), self::server());
    let add = |value: &str| format!("INSERT INTO thing (name, {value}) VALUES ('x', $1)");
    let science = Context::DataScience;
    execute(&files[&science], vec![(add("words"), vec!["zero \0 byte".into()])]);
    assert_eq!(copy(&files, &server).unwrap().altered_values, 1);
    let words = rows(&server[&science], "SELECT words FROM thing");
    assert_eq!(words[0].text(0).unwrap(), "zero \u{fffd} byte");

    let (server, files) = (self::server(), self::files());
    execute(&server[&science], vec![(add("measure"), vec![(-0.0).into()])]);
    assert_eq!(copy(&server, &files).unwrap().altered_values, 1);
    let measure = rows(&files[&science], "SELECT measure FROM thing");
    assert_eq!(measure[0].real(0).unwrap(), 0.0);
}

#[test]
fn a_row_that_was_changed_is_found() {
    let (from, to) = (files(), server());
    let science = Context::DataScience;
    fill(&from[&science]);
    let copied = copy(&from, &to).unwrap().tables;
    let compare = |what: &str| TableDigest::compare(&copied, &digests(&to), what);
    compare("the target").unwrap();
    let change = |sql: &str| execute(&to[&science], vec![(sql.to_owned(), Vec::new())]);
    change("UPDATE thing SET small = small + 1 WHERE name = 'b 1214'");
    let error = compare("the target").unwrap_err();
    assert_eq!(error.what(), "the target is not what it should be: a row in it was changed");
    assert_eq!(error.location(), Some("data_science.thing"));
    change("UPDATE thing SET small = small - 1 WHERE name = 'b 1214'");
    compare("the target").unwrap();
    change("DELETE FROM part WHERE place = 2");
    let error = compare("the target").unwrap_err();
    assert!(error.what().ends_with("it has 2 rows, and should have 3"), "{error}");
}

/// The second context's target spoils what it is given; so the first one's is given back too.
#[test]
fn a_target_that_alters_what_it_is_given_is_left_empty() {
    let (from, to) = (files(), files());
    fill(&from[&Context::DataScience]);
    fill(&from[&Context::DataQuality]);
    let spoil = "CREATE TRIGGER spoil AFTER INSERT ON thing WHEN NEW.name = 'b 1214'
                 BEGIN UPDATE thing SET words = 'spoiled' WHERE name = NEW.name; END";
    execute(&to[&Context::DataQuality], vec![(spoil.to_owned(), Vec::new())]);
    let error = copy(&from, &to).unwrap_err();
    assert_eq!(error.what(), "the copy is not what it should be: a row in it was changed");
    assert_eq!(error.location(), Some("data_quality.thing"));
    Snapshots::take(&to).unwrap().must_be_empty().unwrap();
}

#[test]
fn a_target_with_data_is_refused_and_stays_as_it_is() {
    let (from, to) = (files(), server());
    fill(&from[&Context::DataScience]);
    let quality = &to[&Context::DataQuality];
    execute(quality, vec![("INSERT INTO thing (name) VALUES ('theirs')".to_owned(), Vec::new())]);
    let before = digests(&to);
    let error = copy(&from, &to).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.location(), Some("data_quality.thing"));
    assert_eq!(digests(&to), before);
    let error = Snapshots::take(&to).unwrap().must_be_empty().unwrap_err();
    assert_eq!(error.location(), Some("data_quality.thing"));
}

#[test]
fn a_target_of_another_schema_is_refused() {
    const OTHER: &[Migration] =
        &[Migration { version: 1, sql: "CREATE TABLE thing (name TEXT NOT NULL PRIMARY KEY)" }];
    let error = copy(&files(), &open(StorePlace::on_postgres(), OTHER)).unwrap_err();
    assert_eq!(error.location(), Some("data_science.thing"));
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn an_interrupted_copy_leaves_nothing() {
    let (from, to) = (files(), server());
    fill(&from[&Context::DataScience]);
    let cancelled = Cancellation::default();
    cancelled.cancel();
    let error = Snapshots::take(&from).unwrap().copy_into(&to, &cancelled).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    Snapshots::take(&to).unwrap().must_be_empty().unwrap();
}

#[test]
fn what_is_being_handled_is_ready_in_the_copy() {
    for (home, place) in [
        (Home::on_sqlite(), StorePlace::on_postgres()),
        (Home::on_postgres(), StorePlace::on_sqlite()),
    ] {
        home.publish("x");
        let patient = Arc::new(Patient(Signal::default()));
        let seen = patient.0.seen();
        let bus = home.start(patient.clone(), InProcess);
        patient.0.wait_beyond(seen, Duration::from_mins(1));
        let copy = Home::at(Arc::new(place));
        Snapshots::take(&home.stores)
            .unwrap()
            .copy_into(&copy.stores, &Cancellation::default())
            .unwrap();
        bus.stop(Duration::from_secs(5));
        let inbox = "SELECT state, holder, attempts FROM inbox";
        let copied = rows(&copy.store(Context::DataQuality), inbox);
        assert_eq!(copied[0].text(0).unwrap(), "ready");
        assert_eq!(copied[0].opt_text(1).unwrap(), None);
        assert_eq!(copied[0].integer(2).unwrap(), 1);
        assert_eq!(rows(&copy.store(Context::DataQuality), "SELECT * FROM holder"), []);
        let bus = copy.start(Counting::new(&copy), InProcess);
        copy.wait_until("it is handled there", || copy.effects().len() == 1);
        bus.stop(Duration::from_secs(5));
    }
}

const SUBJECTS: usize = 5;
const MOMENTS: usize = 6;

/// While events flow: no inbox is ahead of its outbox, and a copy of any moment goes on from there
/// to the same end (F25).
/// Published at most while copies are taken; a multiple of the subjects.
const FLOOD: usize = 100 * SUBJECTS;

#[test]
fn a_copy_of_a_moment_goes_on_from_there() {
    for (home, place) in [
        (Home::on_sqlite(), StorePlace::on_postgres()),
        (Home::on_postgres(), StorePlace::on_sqlite()),
    ] {
        let bus = home.start(Counting::new(&home), InProcess);
        let is_over = AtomicBool::new(false);
        let copy = std::thread::scope(|scope| {
            let publishing = scope.spawn(|| {
                let mut events = 0;
                while events < FLOOD && (!is_over.load(Ordering::Relaxed) || events % SUBJECTS > 0)
                {
                    home.publish(&(events % SUBJECTS).to_string());
                    events += 1;
                }
            });
            for _ in 0..MOMENTS {
                let snapshots = Snapshots::take(&home.stores).unwrap();
                let moment = Home::on_sqlite();
                snapshots.copy_into(&moment.stores, &Cancellation::default()).unwrap();
                consistent(&moment);
            }
            let copy = Home::at(Arc::new(place));
            let snapshots = Snapshots::take(&home.stores).unwrap();
            snapshots.copy_into(&copy.stores, &Cancellation::default()).unwrap();
            is_over.store(true, Ordering::Relaxed);
            publishing.join().unwrap();
            copy
        });
        bus.stop(Duration::from_secs(5));
        consistent(&copy);
        let published = newest(&copy, Context::DataScience);
        assert!(published > 0);
        let bus = copy.start(Counting::new(&copy), InProcess);
        copy.wait_until("the chains complete", || copy.effects().len() as i64 >= published);
        bus.stop(Duration::from_secs(5));
        let effects = copy.effects();
        assert_eq!(effects.len() as i64, published, "no effect twice");
        let complete = published / SUBJECTS as i64;
        let mut of_complete_rounds = effects;
        of_complete_rounds.retain(|(_, sequence)| *sequence <= complete);
        in_order(&of_complete_rounds, SUBJECTS, complete);
        assert_eq!(newest(&copy, Context::DataQuality), published, "each published once");
        assert_eq!(copy.log().status().unwrap()[0].parked, 0);
    }
}

fn newest(home: &Home, context: Context) -> i64 {
    let newest = "SELECT COALESCE(MAX(position), 0) FROM outbox";
    rows(&home.store(context), newest)[0].integer(0).unwrap()
}

fn consistent(moment: &Home) {
    let quality = moment.store(Context::DataQuality);
    let one = |sql: &str| rows(&quality, sql)[0].integer(0).unwrap();
    let received = one("SELECT COALESCE(MAX(position), 0) FROM inbox_position");
    let published = newest(moment, Context::DataScience);
    assert!(received <= published, "{received} received of {published}");
    let done = one("SELECT COUNT(*) FROM inbox WHERE state = 'done'");
    assert_eq!(done, moment.effects().len() as i64);
    assert_eq!(done, newest(moment, Context::DataQuality));
}
