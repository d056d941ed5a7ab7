use std::fs::File;
use std::io::Read;
use std::path::Path;

use data_quality_domain::contract::{ContractFile, ContractFiles};
use shared_kernel_domain::{Error, Result};

/// No contract is larger.
const LARGEST: u64 = 16 << 20;

/// Contracts in files of this machine.
#[derive(Debug, Default)]
pub struct LocalContractFiles;

impl ContractFiles for LocalContractFiles {
    fn read(&self, path: &str) -> Result<ContractFile> {
        let cannot = |cause: std::io::Error| {
            Error::usage(format!("the contract cannot be read: {}", cause.kind()))
                .at(path)
                .hint("give the path of a YAML file that may be read")
                .caused_by(cause)
        };
        let file = File::open(path).map_err(cannot)?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.len() as u64 > LARGEST {
            return Err(Error::usage("no contract is larger than 16 MiB").at(path));
        }
        let text = String::from_utf8(bytes).map_err(|cause| {
            Error::usage("the contract is not UTF-8 text").at(path).caused_by(cause)
        })?;
        Ok(ContractFile { path: path.to_owned(), text })
    }

    fn beside(&self, contract: &str, path: &str) -> String {
        if path.contains("://") {
            return path.to_owned();
        }
        let folder = Path::new(contract).parent().unwrap_or(Path::new(""));
        folder.join(path).display().to_string()
    }
}
