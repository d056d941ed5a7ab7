use shared_kernel_infrastructure::store::Migration;

/// The context's schema, from the first version on. A released migration is never edited.
pub fn migrations() -> &'static [Migration] {
    MIGRATIONS
}

const MIGRATIONS: &[Migration] = &[Migration { version: 1, sql: REGISTRY }];

const REGISTRY: &str = "
CREATE TABLE model (
    model_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    dataset_id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
);
CREATE TABLE run (
    run_id TEXT NOT NULL PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    dataset_name TEXT NOT NULL,
    dataset_version_id TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX run_by_dataset_version ON run (dataset_version_id, run_id);
CREATE INDEX run_by_dataset_name ON run (dataset_name, run_id);
CREATE TABLE model_version (
    model_version_id TEXT NOT NULL PRIMARY KEY,
    model_id TEXT NOT NULL REFERENCES model (model_id),
    version_number BIGINT NOT NULL,
    dataset_version_id TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (model_id, version_number)
);
CREATE INDEX model_version_by_dataset_version
    ON model_version (dataset_version_id, version_number);
CREATE TABLE alias_change (
    model_id TEXT NOT NULL REFERENCES model (model_id),
    change_number BIGINT NOT NULL,
    alias TEXT NOT NULL,
    model_version_id TEXT NOT NULL REFERENCES model_version (model_version_id),
    document TEXT NOT NULL,
    PRIMARY KEY (model_id, change_number)
);
";
