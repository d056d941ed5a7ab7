//! Profiles in files, merged and compared without the data.

use data_profiling_application::{merge_profiles, portable_profile, profile_of};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
use testkit::MemoryTable;

use crate::world::World;

fn named(data: &str) -> DataRequest {
    DataRequest { data: data.to_owned(), ..DataRequest::default() }
}

fn world() -> World {
    let delays = MemoryTable::named("flights").integers("delay", (0..10).map(Some));
    World::of(vec![delays])
}

#[test]
fn tables_and_profiles_in_files_are_merged_alike() {
    let world = world();
    let (container, going_on) = (&world.container, Cancellation::default());
    let silent = |_: u64, _: Option<u64>| {};
    let one = portable_profile(container, &named("flights.csv"), &silent, &going_on).unwrap();
    world.files.write("one.profile", &one.to_bytes().unwrap());
    let sources = [named("one.profile"), named("flights.csv"), named("one.profile")];
    let merged = merge_profiles(container, &sources, &silent, &going_on).unwrap();
    let profile = merged.profile().unwrap();
    assert_eq!((profile.rows, profile.sources.len()), (30, 3));

    world.files.write("merged.profile", &merged.to_bytes().unwrap());
    let read = profile_of(container, &named("merged.profile"), &silent, &going_on).unwrap();
    assert_eq!(read, profile);
    world.files.write("merged.json", &serde_json::to_vec_pretty(&profile).unwrap());
    let read = profile_of(container, &named("merged.json"), &silent, &going_on).unwrap();
    assert_eq!(read, profile);
}

#[test]
fn a_document_is_not_merged_and_says_what_is() {
    let world = world();
    let (container, going_on) = (&world.container, Cancellation::default());
    let silent = |_: u64, _: Option<u64>| {};
    let profile = profile_of(container, &named("flights.csv"), &silent, &going_on).unwrap();
    world.files.write("flights.json", &serde_json::to_vec_pretty(&profile).unwrap());
    let sources = [named("flights.csv"), named("flights.json")];
    let refused = merge_profiles(container, &sources, &silent, &going_on).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Input);
    assert!(refused.hint_text().unwrap().contains("--format binary"), "{refused:?}");
}
