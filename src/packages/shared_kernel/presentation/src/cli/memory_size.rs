use std::fmt;
use std::str::FromStr;

use shared_kernel_domain::Error;

/// An amount of memory in bytes, written as `512MiB`, `1GiB`, `800MB` or a bare number of bytes.
///
/// `KiB`, `MiB`, `GiB`, `TiB` are powers of 1024, `kB`, `MB`, `GB`, `TB` powers of 1000; fractions
/// such as `1.5GiB` are fine, case does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemorySize(u64);

impl MemorySize {
    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// Bytes in one of a unit, by its lower-case name.
fn unit_bytes(unit: &str) -> Option<u64> {
    Some(match unit {
        "" | "b" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "tb" | "t" => 1_000_000_000_000,
        "kib" | "ki" => 1 << 10,
        "mib" | "mi" => 1 << 20,
        "gib" | "gi" => 1 << 30,
        "tib" | "ti" => 1 << 40,
        _ => return None,
    })
}

impl FromStr for MemorySize {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |what: &str| {
            Error::usage(format!("{what}: {text:?}; expected a size such as 512MiB, 1GiB or 800MB"))
        };
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = unit_bytes(&unit.trim().to_ascii_lowercase())
            .ok_or_else(|| refuse("not a unit of memory"))?;
        let bytes = if let Ok(whole) = number.parse::<u64>() {
            whole.checked_mul(unit).ok_or_else(|| refuse("too much memory"))?
        } else {
            let number: f64 = number.parse().map_err(|_| refuse("not an amount of memory"))?;
            (number * unit as f64).round() as u64
        };
        if bytes == 0 {
            return Err(refuse("no memory at all"));
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for MemorySize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&crate::format::bytes(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> u64 {
        text.parse::<MemorySize>().unwrap().bytes()
    }

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(bytes("512MiB"), 512 << 20);
        assert_eq!(bytes("1GiB"), 1 << 30);
        assert_eq!(bytes("800MB"), 800_000_000);
        assert_eq!(bytes("1.5gib"), 3 << 29);
        assert_eq!(bytes(" 64 mib "), 64 << 20);
        assert_eq!(bytes("4096"), 4096);
        assert_eq!("2GiB".parse::<MemorySize>().unwrap().to_string(), "2 GiB");
    }

    #[test]
    fn what_is_not_a_size_is_refused_with_an_example() {
        for text in ["", "lots", "-1GiB", "1.2.3MB", "5 parsecs", "0", "0.0001b", "99999999999TiB"]
        {
            let error = text.parse::<MemorySize>().unwrap_err();
            assert!(error.what().contains("such as 512MiB"), "{text}: {error}");
        }
    }
}
