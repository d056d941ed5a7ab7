use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::scan::ScanOutcome;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{ColumnType, ContentDigest, NestedSchema, TableSchema};
use shared_kernel_domain::{Error, Result};

use crate::plan::mergeable_plan;
use crate::portable_nested::NestedPart;
use crate::profile::{Profile, ProfileSubject};
use crate::state::{filled, states};

/// What every such file begins with.
const MAGIC: &[u8] = b"pynomaly profile\n";
/// The state of summaries may change with it; others are refused.
const VERSION: u8 = 1;
/// The same, followed by the nested fields of its columns: written where there are any.
const NESTED_VERSION: u8 = 2;
/// Hexadecimal digits of the digest behind the version.
const DIGEST: usize = 64;

/// A table that a merged profile is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileSource {
    /// What it is called.
    pub name: String,
    /// The digest of its values.
    pub digest: ContentDigest,
    /// Its rows.
    pub rows: u64,
}

/// A profile that can be merged with others without the data: the summaries it is made of.
///
/// As bytes: the magic, a version, the BLAKE3 digest of what follows, and the content in postcard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortableProfile {
    name: String,
    schema: TableSchema,
    rows: u64,
    sources: Vec<ProfileSource>,
    /// The states of the plan's summaries, in its order.
    summaries: Vec<Vec<u8>>,
    /// What lies within the columns.
    #[serde(skip)]
    nested: NestedSchema,
}

impl PortableProfile {
    /// What can be merged of a table's scan.
    pub fn new(
        subject: &ProfileSubject,
        schema: &TableSchema,
        nested: &NestedSchema,
        outcome: &ScanOutcome,
    ) -> Result<Self> {
        let source = ProfileSource {
            name: subject.name.clone(),
            digest: subject.digest.clone(),
            rows: outcome.rows,
        };
        // The scan may have computed more.
        let (plan, _) = mergeable_plan(schema, nested);
        let summaries = states(outcome, plan.into_items().len())?;
        Ok(Self {
            name: subject.name.clone(),
            schema: schema.clone(),
            rows: outcome.rows,
            sources: vec![source],
            summaries,
            nested: nested.clone(),
        })
    }

    /// Takes in the profile of later rows, which must have the same columns.
    pub fn append(&mut self, later: Self) -> Result<()> {
        if let Some(difference) = difference(&self.schema, &later.schema) {
            return Err(Error::input(format!(
                "{} and {} cannot be merged: {difference}",
                self.name, later.name
            ))
            .hint("merge profiles of tables with the same columns; `pynomaly profile diff` compares others"));
        }
        let (mut merged, mut within) = self.halves()?;
        let (of_columns, later_within) = later.halves()?;
        for (summary, later) in merged.iter_mut().zip(&of_columns) {
            summary.merge_bytes(&later.to_bytes()?).map_err(unreadable)?;
        }
        within.append(later_within)?;
        let all = merged.iter().chain(&within.summaries);
        let states = all.map(|it| it.to_bytes()).collect::<Result<_>>()?;
        (self.summaries, self.nested) = (states, within.schema);
        for (field, later) in self.schema.fields.iter_mut().zip(&later.schema.fields) {
            if field.column_type == ColumnType::Null {
                field.column_type = later.column_type;
            }
        }
        self.rows = self.rows.checked_add(later.rows).ok_or_else(|| damaged("too many rows"))?;
        self.sources.extend(later.sources);
        Ok(())
    }

    /// The profile itself.
    pub fn profile(&self) -> Result<Profile> {
        let (_, slots) = mergeable_plan(&self.schema, &self.nested);
        let outcome = ScanOutcome::new(self.summaries()?, self.rows);
        let subject =
            ProfileSubject { name: self.name.clone(), digest: self.digest(), dataset: None };
        let profile = Profile::from_outcome(subject, &slots, &outcome)?;
        let sources = if self.sources.len() > 1 { self.sources.clone() } else { Vec::new() };
        Ok(Profile { sources, ..profile })
    }

    /// The whole of it.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let failed = |cause| Error::internal("a profile does not serialise").caused_by(cause);
        let mut content = postcard::to_stdvec(self).map_err(failed)?;
        let mut version = VERSION;
        if self.nested != NestedSchema::default() {
            content.extend(postcard::to_stdvec(&self.nested).map_err(failed)?);
            version = NESTED_VERSION;
        }
        let digest = ArtifactDigest::of(&content);
        Ok([MAGIC, &[version], digest.as_str().as_bytes(), &content].concat())
    }

    /// Whether bytes that begin like this are one.
    pub fn is_one(head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    /// What [`Self::to_bytes`] made; `None` when the bytes are something else altogether.
    pub fn from_bytes(bytes: &[u8]) -> Result<Option<Self>> {
        let Some((version, rest)) = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first) else {
            return Ok(None);
        };
        if ![VERSION, NESTED_VERSION].contains(version) {
            return Err(Error::input(format!(
                "the profile has format {version}, this version reads formats {VERSION} and {NESTED_VERSION}"
            ))
            .hint("profile the table again with this version"));
        }
        let Some((digest, content)) = rest.split_at_checked(DIGEST) else {
            return Err(damaged("it ends too early"));
        };
        if ArtifactDigest::of(content).as_str().as_bytes() != digest {
            return Err(damaged("its digest is another one"));
        }
        let (mut portable, nested): (Self, _) =
            postcard::take_from_bytes(content).map_err(unreadable)?;
        if *version == NESTED_VERSION {
            portable.nested = postcard::from_bytes(nested).map_err(unreadable)?;
        }
        portable.summaries()?;
        Ok(Some(portable))
    }

    /// The filled summaries, in the order of the plan.
    fn summaries(&self) -> Result<Vec<Box<dyn Summary>>> {
        let (plan, _) = mergeable_plan(&self.schema, &self.nested);
        let summaries = filled(plan, &self.summaries).map_err(unreadable)?;
        summaries.ok_or_else(|| damaged("it has other figures than its columns need"))
    }

    /// The filled summaries of the columns, and of what lies within them.
    fn halves(&self) -> Result<(Vec<Box<dyn Summary>>, NestedPart)> {
        let mut of_columns = self.summaries()?;
        let (plan, _) = mergeable_plan(&self.schema, &NestedSchema::default());
        let summaries = of_columns.split_off(plan.into_items().len().min(of_columns.len()));
        Ok((of_columns, NestedPart { schema: self.nested.clone(), summaries, rows: self.rows }))
    }

    /// Of one table its own, of several a digest of theirs.
    fn digest(&self) -> ContentDigest {
        match &self.sources[..] {
            [only] => only.digest.clone(),
            all => {
                let digests: Vec<&str> = all.iter().map(|it| it.digest.as_str()).collect();
                ContentDigest::from_hex(ArtifactDigest::of(digests.join("+").as_bytes()).as_str())
            }
        }
    }
}

/// Why tables with these columns are not parts of one; a column without values has any type.
fn difference(first: &TableSchema, second: &TableSchema) -> Option<String> {
    for field in &first.fields {
        match second.field(&field.name) {
            None => return Some(format!("column {:?} is only in the first", field.name)),
            Some(other) if !fit(field.column_type, other.column_type) => {
                let (one, other) = (field.column_type.name(), other.column_type.name());
                return Some(format!(
                    "column {:?} is {one} in one, {other} in the other",
                    field.name
                ));
            }
            Some(_) => {}
        }
    }
    match second.fields.iter().find(|field| first.field(&field.name).is_none()) {
        Some(field) => Some(format!("column {:?} is only in the second", field.name)),
        None if !first.names().eq(second.names()) => {
            Some("their columns are in another order".to_owned())
        }
        None => None,
    }
}

fn fit(first: ColumnType, second: ColumnType) -> bool {
    first == second || first == ColumnType::Null || second == ColumnType::Null
}

fn damaged(why: &str) -> Error {
    Error::input(format!("the profile is damaged: {why}")).hint("profile the table again")
}

fn unreadable(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    damaged("it cannot be read").caused_by(cause)
}
