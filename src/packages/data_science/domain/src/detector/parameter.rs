//! Parameters of detectors: what they may be, and how a user sets them.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared_kernel_domain::{Error, Result};

use super::Algorithm;

/// A parameter of a detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value when nobody says otherwise.
    pub default: Value,
    /// What it does.
    pub meaning: String,
    /// What it can be set to; null where it is told and not set.
    #[serde(default)]
    pub accepted: Option<Accepted>,
}

/// What a parameter can be set to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Accepted {
    /// A whole number within bounds, which are included.
    Whole {
        /// The least.
        minimum: u32,
        /// The most.
        maximum: u32,
    },
    /// A number within bounds, which are included.
    Number {
        /// The least.
        minimum: f64,
        /// The most.
        maximum: f64,
    },
    /// One of some words.
    OneOf {
        /// The words.
        words: Vec<String>,
    },
}

impl Accepted {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Whole { minimum, maximum } => {
                format!("a whole number from {minimum} to {maximum}")
            }
            Self::Number { minimum, maximum } => format!("a number from {minimum} to {maximum}"),
            Self::OneOf { words } => words.join(" or "),
        }
    }

    /// What a text says, if it is accepted.
    fn read(&self, text: &str) -> Option<Value> {
        match self {
            Self::Whole { minimum, maximum } => {
                let number: u32 = text.parse().ok()?;
                (*minimum..=*maximum).contains(&number).then(|| json!(number))
            }
            Self::Number { minimum, maximum } => {
                let number: f64 = text.parse().ok()?;
                (*minimum..=*maximum).contains(&number).then(|| json!(number))
            }
            Self::OneOf { words } => words.iter().any(|word| word == text).then(|| json!(text)),
        }
    }
}

impl Parameter {
    /// One that is told and cannot be set.
    pub fn told(name: &str, default: impl Into<Value>, meaning: &str) -> Self {
        let (name, meaning) = (name.to_owned(), meaning.to_owned());
        Self { name, default: default.into(), meaning, accepted: None }
    }

    /// A whole number.
    pub fn whole(name: &str, default: u32, accepted: RangeInclusive<u32>, meaning: &str) -> Self {
        let (minimum, maximum) = accepted.into_inner();
        let accepted = Some(Accepted::Whole { minimum, maximum });
        Self { accepted, ..Self::told(name, default, meaning) }
    }

    /// A number.
    pub fn number(name: &str, default: f64, accepted: RangeInclusive<f64>, meaning: &str) -> Self {
        let (minimum, maximum) = accepted.into_inner();
        let accepted = Some(Accepted::Number { minimum, maximum });
        Self { accepted, ..Self::told(name, default, meaning) }
    }

    /// One of some words.
    pub fn word(name: &str, default: impl Serialize, accepted: &[&str], meaning: &str) -> Self {
        let words = accepted.iter().map(|&word| word.to_owned()).collect();
        let accepted = Some(Accepted::OneOf { words });
        Self { accepted, ..Self::told(name, json!(default), meaning) }
    }
}

/// An algorithm that can be had with other parameters.
pub trait Configurable {
    /// The same with some parameters set to what they accept, by name.
    fn configured(&self, parameters: Vec<(String, Value)>) -> Result<Box<dyn Algorithm>>;
}

impl<T: Algorithm + Serialize + DeserializeOwned + 'static> Configurable for T {
    fn configured(&self, parameters: Vec<(String, Value)>) -> Result<Box<dyn Algorithm>> {
        let broken = |cause| {
            Error::internal(format!("{} has other parameters", self.name())).caused_by(cause)
        };
        let mut own = serde_json::to_value(self).map_err(broken)?;
        for (name, value) in parameters {
            own[name] = value;
        }
        let configured: T = serde_json::from_value(own).map_err(broken)?;
        Ok(Box::new(configured))
    }
}

/// What a text such as `neighbours=10,aggregation=mean` sets of an algorithm.
pub(super) fn read_parameters(
    algorithm: &dyn Algorithm,
    text: &str,
) -> Result<Vec<(String, Value)>> {
    let known = algorithm.describe().parameters;
    let settable = |parameter: &Parameter| {
        let accepted = parameter.accepted.as_ref()?;
        Some(format!("{} ({})", parameter.name, accepted.words()))
    };
    let all: Vec<String> = known.iter().filter_map(settable).collect();
    let hint = if all.is_empty() {
        format!("{} has no parameters", algorithm.name())
    } else {
        format!("{} takes {}", algorithm.name(), all.join(", "))
    };
    let mut read: Vec<(String, Value)> = Vec::new();
    for part in text.split(',') {
        let refused = |why: String| Error::usage(why).hint(hint.clone());
        let Some((name, value)) = part.split_once('=') else {
            return Err(refused(format!("{part:?} is not a parameter and its value, NAME=VALUE")));
        };
        let (name, value) = (name.trim(), value.trim());
        let parameter = known.iter().find(|known| known.name == name);
        let Some(accepted) = parameter.and_then(|parameter| parameter.accepted.as_ref()) else {
            return Err(refused(format!("{} has no parameter {name:?}", algorithm.name())));
        };
        let Some(value) = accepted.read(value) else {
            return Err(refused(format!("{name} cannot be {value:?}")));
        };
        if read.iter().any(|(known, _)| known == name) {
            return Err(refused(format!("{name} is set twice")));
        }
        read.push((name.to_owned(), value));
    }
    Ok(read)
}
