//! Why an object store did not do what it was asked, as a user can act on it.
//!
//! What the client library and the server say is never passed on whole: an answer to a wrong
//! signature repeats the signed headers, and a temporary key's token is one of them.

use std::error::Error as StdError;

use object_store::Error as Failure;
use object_store::client::HttpError;

/// Why, and what to do.
pub(super) struct Reason {
    /// Continues the sentence `… could not be stored: `.
    pub(super) why: String,
    /// What the user can do.
    pub(super) hint: &'static str,
    /// What the machine says, if it adds something.
    pub(super) cause: Option<String>,
}

const KEYS: &str = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary keys, \
                    AWS_SESSION_TOKEN";
const NOT_S3: &str = "check the endpoint: this is not how S3 answers";
const OTHER_REGION: &str = "the bucket is in another region";
const REGION: &str = "set the region of the bucket";
const REACH: &str = "check the endpoint and that its server runs; it was tried again for a while";

impl Reason {
    /// Reads the reason from a failure.
    pub(super) fn of(failure: &Failure) -> Self {
        let text = failure.to_string();
        // Where a machine of Amazon's finds its keys; asked when there are none elsewhere.
        if text.contains("//169.254.") {
            let why = "no keys for the object store were found".to_owned();
            return Self { why, hint: KEYS, cause: None };
        }
        if is_unreachable(failure) {
            let why = "the object store could not be reached".to_owned();
            return Self { why, hint: REACH, cause: Some(innermost(failure).to_string()) };
        }
        let Some(code) = element(&text, "Code") else { return Self::without_code(&text, failure) };
        let (why, hint) = match code {
            "NoSuchBucket" => ("its bucket does not exist", "create the bucket, or name another"),
            "AccessDenied" => (
                "the object store denies these keys the access",
                "allow them s3:GetObject, s3:PutObject and s3:ListBucket on the bucket",
            ),
            "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken" => {
                ("the object store refuses the keys", KEYS)
            }
            "AuthorizationHeaderMalformed" | "PermanentRedirect" => (OTHER_REGION, REGION),
            "InternalError" | "ServiceUnavailable" | "SlowDown" => {
                ("the object store is too busy", "try again later; it was tried for a while")
            }
            "RequestTimeTooSkewed" => ("the clocks differ too much", "set this machine's clock"),
            _ => ("the object store refused it", "see the object store's documentation"),
        };
        let said = element(&text, "Message").unwrap_or_default();
        Self { why: why.to_owned(), hint, cause: Some(format!("{code}: {said}")) }
    }

    /// Without a code the answer did not come from S3, or there is no server behind the store.
    fn without_code(text: &str, failure: &Failure) -> Self {
        if text.contains("incorrectly configured region") {
            return Self { why: OTHER_REGION.to_owned(), hint: REGION, cause: None };
        }
        if let Some(status) = status(text) {
            let why = format!("the object store answered {status}");
            return Self { why, hint: NOT_S3, cause: None };
        }
        let why = "the object store failed".to_owned();
        Self { why, hint: "check room and access", cause: Some(innermost(failure).to_string()) }
    }
}

/// Whether no answer came.
pub(super) fn is_unreachable(failure: &Failure) -> bool {
    chain(failure).any(|cause| {
        cause.is::<HttpError>()
            || cause
                .downcast_ref::<std::io::Error>()
                .is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    })
}

/// Whether a failure says that this object, and not its bucket or server, is missing.
pub(super) fn is_missing_object(failure: &Failure) -> bool {
    let text = failure.to_string();
    matches!(failure, Failure::NotFound { .. })
        && match element(&text, "Code") {
            Some(code) => code == "NoSuchKey",
            None => status(&text).is_none(),
        }
}

/// The HTTP status in the words of the client library, which keeps its type to itself.
fn status(text: &str) -> Option<&str> {
    let (_, behind) = text.split_once("status code: ")?;
    behind.split(':').next()
}

/// The text of an element of an S3 error document.
fn element<'text>(text: &'text str, name: &str) -> Option<&'text str> {
    let (_, behind) = text.split_once(&format!("<{name}>"))?;
    behind.split_once("</").map(|(content, _)| content)
}

fn chain(failure: &Failure) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let outermost: &(dyn StdError + 'static) = failure;
    std::iter::successors(Some(outermost), |cause: &&(dyn StdError + 'static)| (*cause).source())
}

fn innermost(failure: &Failure) -> &(dyn StdError + 'static) {
    chain(failure).last().unwrap_or(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(answer: &str) -> Failure {
        let path = "ab/abc".to_owned();
        Failure::PermissionDenied { path, source: answer.to_owned().into() }
    }

    #[test]
    fn an_answer_is_told_by_its_code_and_nothing_signed_is_repeated() {
        let reason = Reason::of(&denied(
            "Error performing PUT http://s3/x in 1ms - Server returned non-2xx status code: \
             403 Forbidden: <?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
             <Message>The signature does not match.</Message><CanonicalRequest>PUT\n\
             x-amz-security-token:s3cret</CanonicalRequest></Error>",
        ));
        assert_eq!(reason.why, "the object store refuses the keys");
        assert_eq!(
            reason.cause.as_deref(),
            Some("SignatureDoesNotMatch: The signature does not match.")
        );
        assert!(reason.hint.contains("AWS_SECRET_ACCESS_KEY"));
    }

    #[test]
    fn an_answer_that_is_none_of_s3_is_told_by_its_status() {
        let answer = "Server returned non-2xx status code: 404 Not Found: <html>s3cret</html>";
        let failure =
            Failure::NotFound { path: "ab/abc".to_owned(), source: answer.to_owned().into() };
        assert!(!is_missing_object(&failure));
        let reason = Reason::of(&failure);
        assert_eq!(reason.why, "the object store answered 404 Not Found");
        assert_eq!(reason.cause, None);
    }

    #[test]
    fn only_a_missing_object_is_one() {
        let missing = |code: &str| Failure::NotFound {
            path: "ab/abc".to_owned(),
            source: format!("status code: 404 Not Found: <Code>{code}</Code>").into(),
        };
        assert!(is_missing_object(&missing("NoSuchKey")));
        assert!(!is_missing_object(&missing("NoSuchBucket")));
        assert_eq!(Reason::of(&missing("NoSuchBucket")).why, "its bucket does not exist");
        assert!(!is_missing_object(&denied("<Code>NoSuchKey</Code>")));
    }

    #[test]
    fn no_keys_anywhere_are_told_as_that() {
        let error = std::io::Error::from(std::io::ErrorKind::TimedOut);
        let source = HttpError::new(object_store::client::HttpErrorKind::Connect, error);
        let unreachable = Failure::Generic { store: "S3", source: source.into() };
        assert!(is_unreachable(&unreachable));
        assert_eq!(Reason::of(&unreachable).why, "the object store could not be reached");
        let asked = "Error performing PUT http://169.254.169.254/latest/api/token in 1s";
        let asked = Reason::of(&Failure::Generic { store: "S3", source: asked.into() });
        assert_eq!(asked.why, "no keys for the object store were found");
    }
}
