use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::identity::{ModelId, ModelVersionId};

/// The alias of the version that watches the dataset.
pub const CHAMPION: &str = "champion";

/// An alias was given to a version. Changes are only ever appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AliasChange {
    /// The model.
    pub model_id: ModelId,
    /// The alias, such as [`CHAMPION`].
    pub alias: String,
    /// The version that has it from now on.
    pub model_version_id: ModelVersionId,
    /// That version's number.
    pub model_version: u32,
    /// When it got it.
    #[schemars(with = "String")]
    pub changed_at: Timestamp,
    /// Who gave it: a user, or a consumer group.
    pub actor: String,
    /// Why, in a plain sentence.
    pub reason: String,
}

/// The last change of `alias` no later than `at`: who had it then. `history` is in the order of
/// recording, which decides when the clock was set back in between.
pub fn holder_at<'a>(
    history: &'a [AliasChange],
    alias: &str,
    at: Timestamp,
) -> Option<&'a AliasChange> {
    history.iter().rfind(|change| change.alias == alias && change.changed_at <= at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared_kernel_domain::identity::ModelId;

    use super::*;

    fn change(number: u32, second: i64) -> AliasChange {
        let id = format!("00000000-0000-7000-8000-{number:012}").parse().unwrap();
        AliasChange {
            model_id: "00000000-0000-7000-8000-000000000000".parse::<ModelId>().unwrap(),
            alias: CHAMPION.to_owned(),
            model_version_id: id,
            model_version: number,
            changed_at: at(second),
            actor: "mlops.train".to_owned(),
            reason: "the newest version".to_owned(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_holder_changes_at_the_moment_of_the_change() {
        let history = [change(1, 100), change(2, 200)];
        let number =
            |second| holder_at(&history, CHAMPION, at(second)).map(|change| change.model_version);
        assert_eq!(
            [99, 100, 199, 200, 900].map(number),
            [None, Some(1), Some(1), Some(2), Some(2)]
        );
        assert_eq!(holder_at(&history, "challenger", at(900)), None);
    }

    proptest! {
        #[test]
        fn with_an_honest_clock_the_holder_is_the_latest_before(
            mut seconds in proptest::collection::vec(0i64..1000, 0..20),
            asked in 0i64..1000,
        ) {
            seconds.sort_unstable();
            let history: Vec<AliasChange> =
                (1..).zip(&seconds).map(|(number, &second)| change(number, second)).collect();
            let expected = seconds.iter().filter(|&&second| second <= asked).count();
            let found = holder_at(&history, CHAMPION, at(asked)).map_or(0, |it| it.model_version);
            prop_assert_eq!(found as usize, expected);
        }
    }
}
