//! The signature of a call: HMAC-SHA256 over id, time and body (RFC 2104, Standard Webhooks).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared_kernel_domain::{Error, Result};

/// What stands before a secret that is written in base64.
const PREFIX: &str = "whsec_";
/// A shorter secret can be guessed.
const SHORTEST: usize = 16;

/// What a call is signed with; never shown.
pub(super) struct Secret(Vec<u8>);

impl Secret {
    /// The secret in an environment variable.
    pub(super) fn of_variable(variable: &str) -> Result<Self> {
        let text = std::env::var(variable).map_err(|_| {
            Error::usage(format!("there is no secret in the environment variable {variable}"))
                .hint("set it for the process that calls webhooks, such as `pynomaly serve`")
        })?;
        Self::parse(text.trim()).map_err(|why| {
            Error::usage(format!("the secret in {variable} cannot be used: {why}"))
                .hint("make one with: echo whsec_$(openssl rand -base64 32)")
        })
    }

    fn parse(text: &str) -> std::result::Result<Self, &'static str> {
        let bytes = match text.strip_prefix(PREFIX) {
            Some(encoded) => STANDARD.decode(encoded).map_err(|_| "it is not base64")?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.len() < SHORTEST { Err("it has less than 16 bytes") } else { Ok(Self(bytes)) }
    }

    pub(super) fn signature(&self, id: &str, timestamp: &str, body: &str) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .map_err(|cause| Error::internal("a secret cannot sign").caused_by(cause))?;
        for part in [id, ".", timestamp, ".", body] {
            mac.update(part.as_bytes());
        }
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, <https://github.com/standard-webhooks/standard-webhooks>.
    #[test]
    fn it_is_the_signature_of_the_standard() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signature = secret.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused() {
        for (text, why) in [
            ("", "it has less than 16 bytes"),
            ("whsec_c2hvcnQ=", "it has less than 16 bytes"),
            ("whsec_not base64", "it is not base64"),
        ] {
            assert_eq!(Secret::parse(text).err(), Some(why));
        }
        assert!(Secret::parse("sixteen or more bytes").is_ok());
    }
}
