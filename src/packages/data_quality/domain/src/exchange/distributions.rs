//! Distributions that columns are compared with, as Great Expectations says them.

use super::arguments::{Arguments, Reason};
use super::draft::Draft;
use crate::yaml::{Node, list, plain, text};

/// `column_kl_divergence_to_be_less_than`: the divergence from a partition, in nats, is at most a
/// threshold. Values or bins that are not in the partition make it infinite, there and here.
pub(super) fn divergence(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    arguments.know(&["bucketize_data"]);
    let partition = arguments.get("partition_object").ok_or("it has no partition_object")?;
    let threshold = arguments.number("threshold")?.ok_or("it has no threshold, and never fails")?;
    let holdout = arguments.number("tail_weight_holdout")?.map_or(0.0, |share| share.float);
    if arguments.number("internal_weight_holdout")?.is_some_and(|share| share.float != 0.0) {
        return Err("shares that are held out for empty bins are not known here".to_owned());
    }
    if !(0.0..1.0).contains(&holdout) {
        return Err("its tail_weight_holdout is no share".to_owned());
    }
    let weights = numbers(partition, "weights")?;
    let draft =
        Draft::of("distribution", [arguments.column()?]).with("distance", text("kullback_leibler"));
    let draft = match partition.get("values").and_then(Node::items) {
        Some(_) if holdout > 0.0 => {
            return Err(
                "values without a share get one of a holdout there, and none here".to_owned()
            );
        }
        Some(values) => draft
            .with("values", list(values.iter().cloned()))
            .with("shares", list(weights.iter().map(plain))),
        None => {
            let edges = numbers(partition, "bins")?;
            let (below, above) = match partition.get("tail_weights") {
                Some(_) => match numbers(partition, "tail_weights")?.as_slice() {
                    [below, above] if holdout == 0.0 => (*below, *above),
                    _ => return Err("its tail_weights are not two, or held out besides".to_owned()),
                },
                None => (holdout / 2.0, holdout / 2.0),
            };
            let between = weights.iter().map(|share| share * (1.0 - holdout));
            let shares = [below].into_iter().chain(between).chain([above]);
            draft
                .with("edges", list(edges.iter().map(plain)))
                .with("shares", list(shares.map(plain)))
        }
    };
    Ok(vec![draft.must("mustBeLessOrEqualTo", plain(threshold))])
}

fn numbers(partition: &Node, key: &str) -> Result<Vec<f64>, Reason> {
    let items = partition.get(key).and_then(Node::items);
    let items = items.ok_or(format!("its partition has no {key}"))?;
    let number = |item: &Node| crate::contract::number_of(item).map(|number| number.float);
    let numbers: Option<Vec<f64>> = items.iter().map(number).collect();
    numbers.ok_or(format!("its {key} are not all finite numbers"))
}
