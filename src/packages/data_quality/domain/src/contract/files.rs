use shared_kernel_domain::Result;

/// A contract's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractFile {
    /// The path as the user wrote it.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Where contracts are read from.
pub trait ContractFiles: Send + Sync {
    /// Reads a file of UTF-8 text.
    ///
    /// # Errors
    /// A usage error when it is not there, not text, or larger than a contract can be.
    fn read(&self, path: &str) -> Result<ContractFile>;

    /// A path that stands in a contract's file, as seen from here.
    fn beside(&self, contract: &str, path: &str) -> String;
}
