//! **matches_json_schema** (conformity, text): the text is a JSON document that satisfies `schema`, a JSON
//! Schema of any of the drafts from 4 to 2020-12. It stands in the contract as a whole: nothing is
//! fetched. Unknown where there is no text.

use super::{Arguments, Made};
use crate::expression::{Expression, JsonSchema};
use crate::problem::Problem;
use crate::verdict::Dimension;
use crate::yaml::write_json;

pub(super) fn matches_json_schema(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let Some(node) = record.get("schema") else {
        let problem = Problem::error(record.place(), "there is no schema");
        record.problems().add(problem.hint("write `schema: {type: object}`"));
        return None;
    };
    // keys with values, or JSON as a text
    let text = match node.text() {
        Some(text) => text.to_owned(),
        None => write_json(node, false),
    };
    let schema = match JsonSchema::new(&text) {
        Ok(schema) => schema,
        Err(what) => {
            record.problems().error(node.place, format!("this is no schema: {what}"));
            return None;
        }
    };
    let phrase = format!("{column} matches its JSON Schema");
    let condition = Expression::MatchesJsonSchema(Box::new(Expression::column(&column)), schema);
    Some(Made::rows("matches_json_schema", Dimension::Conformity, condition, phrase))
}
