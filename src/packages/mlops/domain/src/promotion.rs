use crate::ModelVersion;

/// Whether a newly trained version becomes the champion, and why, in a plain sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// It becomes the champion.
    Promote(String),
    /// The champion stays.
    Keep(String),
}

/// The promotion policy: the version trained on the newest data watches.
///
/// A model of anomalies has no labels to be compared by, so data that passed the gate and are
/// newer than the champion's are reason enough; a version of older data (an event that was parked
/// and requeued later) is registered, and the champion stays. Comparing champion and challenger
/// on the same hold-out comes later and replaces this function.
pub fn decide_promotion(newcomer: &ModelVersion, champion: Option<&ModelVersion>) -> Promotion {
    let learned_from = newcomer.lineage.dataset.version;
    let Some(champion) = champion else {
        return Promotion::Promote("the first version of the model".to_owned());
    };
    let champions = champion.lineage.dataset.version;
    if learned_from > champions {
        return Promotion::Promote(format!(
            "learned from dataset version {learned_from}, newer than the champion's {champions}"
        ));
    }
    Promotion::Keep(format!(
        "learned from dataset version {learned_from}, older than the champion's {champions}"
    ))
}

#[cfg(test)]
mod tests {
    use shared_kernel_domain::clock::Timestamp;

    use super::*;
    use crate::testing::version;

    #[test]
    fn the_first_version_is_promoted() {
        let (first, _) = version(1, 1, Timestamp::UNIX_EPOCH);
        assert!(matches!(decide_promotion(&first, None), Promotion::Promote(_)));
    }

    #[test]
    fn newer_data_are_promoted_and_older_data_are_not() {
        let (first, _) = version(1, 1, Timestamp::UNIX_EPOCH);
        let (second, _) = version(1, 2, Timestamp::UNIX_EPOCH);
        assert_eq!(
            decide_promotion(&second, Some(&first)),
            Promotion::Promote(
                "learned from dataset version 2, newer than the champion's 1".to_owned()
            )
        );
        assert_eq!(
            decide_promotion(&first, Some(&second)),
            Promotion::Keep(
                "learned from dataset version 1, older than the champion's 2".to_owned()
            )
        );
    }
}
