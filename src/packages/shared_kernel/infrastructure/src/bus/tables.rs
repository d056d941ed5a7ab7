//! The tables of the event flow, in every context's database.

use crate::store::Migration;

/// What the processes of other contexts read: how far groups are, and what was published.
pub(crate) const PUBLISHED_TABLES: &[&str] =
    &["outbox", "counter", "inbox", "inbox_position", "holder", "relay", "schema_migration"];

/// Migrations of the component `bus`.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: FLOW },
    Migration { version: 2, sql: HOLDERS },
    Migration { version: 3, sql: RELAYS },
    Migration { version: 4, sql: RETURNS },
];

const FLOW: &str = "
CREATE TABLE counter (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

CREATE TABLE outbox (
    position BIGINT PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    event_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    correlation_id TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    envelope TEXT NOT NULL,
    UNIQUE (subject, sequence)
);
CREATE INDEX outbox_by_correlation ON outbox (correlation_id);

CREATE TABLE inbox (
    group_name TEXT NOT NULL,
    event_id TEXT NOT NULL,
    arrival BIGINT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    published_at TEXT NOT NULL,
    envelope TEXT NOT NULL,
    wanted BIGINT NOT NULL,
    skippable BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    started_at TEXT,
    handled_in_ms DOUBLE PRECISION,
    PRIMARY KEY (group_name, event_id)
);
CREATE UNIQUE INDEX inbox_by_sequence ON inbox (group_name, source, subject, sequence);
CREATE INDEX inbox_by_state ON inbox (group_name, state, arrival);
CREATE INDEX inbox_by_correlation ON inbox (correlation_id);

CREATE TABLE inbox_position (
    group_name TEXT NOT NULL,
    source TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (group_name, source)
);
CREATE TABLE inbox_subject (
    group_name TEXT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    next_sequence BIGINT NOT NULL,
    PRIMARY KEY (group_name, source, subject)
);

CREATE TABLE audit (
    position BIGINT PRIMARY KEY,
    recorded_at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
";

/// Several processes may handle a group's events: who holds which, and who is alive.
const HOLDERS: &str = "
ALTER TABLE inbox ADD COLUMN holder TEXT;
CREATE TABLE holder (holder TEXT PRIMARY KEY, beat BIGINT NOT NULL);
";

/// Up to which position a broker has confirmed the events of the outbox.
const RELAYS: &str = "
CREATE TABLE relay (name TEXT PRIMARY KEY, position BIGINT NOT NULL);
";

/// Events that are handled again: how often each was given another row of attempts, whether it is
/// a replay, and whether its subject had gone past it when it was returned.
const RETURNS: &str = "
ALTER TABLE inbox ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN replay BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN returned BIGINT NOT NULL DEFAULT 0;
CREATE INDEX inbox_returned ON inbox (group_name, source, subject, sequence) WHERE returned = 1;
";
