//! R11: the clock, random numbers, new ids and the environment are read only in the kernel's
//! infrastructure and in `src/app`; everybody else gets them through ports and arguments.

use super::{place_of, written};
use crate::reading::Reading;
use crate::{KERNEL, Layer, Mention, Place, SourceFile, Violation};

/// What is read, by the last two segments of the path that reads it.
const CALLS: &[(&str, &str, &str)] = &[
    ("SystemTime", "now", CLOCK),
    ("SystemTime", "UNIX_EPOCH", CLOCK),
    ("time", "UNIX_EPOCH", CLOCK),
    ("Instant", "now", CLOCK),
    ("Timestamp", "now", CLOCK),
    ("Zoned", "now", CLOCK),
    ("Utc", "now", CLOCK),
    ("Local", "now", CLOCK),
    ("TimeZone", "system", ENVIRONMENT),
    ("TimeZone", "try_system", ENVIRONMENT),
    ("Uuid", "now_v1", IDS),
    ("Uuid", "now_v6", IDS),
    ("Uuid", "now_v7", IDS),
    ("Uuid", "new_v4", IDS),
    ("rand", "rng", RANDOM),
    ("rand", "thread_rng", RANDOM),
    ("rand", "make_rng", RANDOM),
    ("rand", "random", RANDOM),
    ("rand", "random_bool", RANDOM),
    ("rand", "random_iter", RANDOM),
    ("rand", "random_range", RANDOM),
    ("rand", "random_ratio", RANDOM),
    ("getrandom", "fill", RANDOM),
    ("env", "var", ENVIRONMENT),
    ("env", "var_os", ENVIRONMENT),
    ("env", "vars", ENVIRONMENT),
    ("env", "vars_os", ENVIRONMENT),
    ("env", "args", ENVIRONMENT),
    ("env", "args_os", ENVIRONMENT),
    ("env", "current_dir", ENVIRONMENT),
    ("env", "current_exe", ENVIRONMENT),
    ("env", "home_dir", ENVIRONMENT),
    ("env", "temp_dir", ENVIRONMENT),
    ("env", "set_var", ENVIRONMENT),
    ("env", "remove_var", ENVIRONMENT),
];

/// Names that read the machine's entropy wherever they stand last.
const ENTROPY: [&str; 6] =
    ["ThreadRng", "OsRng", "SysRng", "from_os_rng", "from_entropy", "try_from_os_rng"];

/// Modules whose functions lose their names in a glob import.
const GLOBS: [[&str; 3]; 1] = [["std", "env", "*"]];

const CLOCK: &str = "the clock";
const IDS: &str = "a new id";
const RANDOM: &str = "a random number";
const ENVIRONMENT: &str = "the environment";

/// Judges a file under `src/` outside the two places where it is allowed.
pub fn check(file: &SourceFile) -> Vec<Violation> {
    if !file.path.starts_with("src/") || may_read(&file.place) {
        return Vec::new();
    }
    let reading = Reading::of(file);
    let mut violations = Vec::new();
    for mention in &reading.mentions {
        if let Some(what) = reads(mention) {
            let found = format!("{what} is read: {}", written(mention));
            violations.push(Violation::new("R11", place_of(file, mention.line), found, REMEDY));
        }
    }
    for line in reading.environment_arguments {
        let found = "an argument takes its value from the environment";
        violations.push(Violation::new("R11", place_of(file, line), found, REMEDY));
    }
    violations.dedup();
    violations
}

const REMEDY: &str = "take it from the `Clock` or `IdGenerator` port, from a seed, or as an \
                      argument that src/app fills in";

fn may_read(place: &Place) -> bool {
    match place {
        Place::Room { package, layer } => package == KERNEL && *layer == Layer::Infrastructure,
        Place::CompositionRoot => true,
        _ => false,
    }
}

fn reads(mention: &Mention) -> Option<&'static str> {
    let path: Vec<&str> = mention.path.iter().map(String::as_str).collect();
    if GLOBS.iter().any(|glob| path == glob) {
        return Some(ENVIRONMENT);
    }
    let (last, before) = path.split_last()?;
    if ENTROPY.contains(last) {
        return Some(RANDOM);
    }
    let owner = before.last()?;
    CALLS.iter().find(|(module, call, _)| module == owner && call == last).map(|(_, _, what)| *what)
}
