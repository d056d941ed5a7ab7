//! Where results go: standard output, or a file that appears only when it is complete.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, ConsoleSettings, GlobalArgs, ResultWriter};
use tempfile::NamedTempFile;

/// The console of a command.
pub(crate) fn console(arguments: &GlobalArgs) -> Result<Console> {
    let settings = ConsoleSettings::detect(arguments);
    Ok(match &arguments.output {
        None => Console::standard(settings),
        Some(path) => {
            let file = Box::new(AtomicFile::create(path)?);
            Console::new(settings, file, Box::new(std::io::stderr()))
        }
    })
}

/// Writes a file at once: nothing half-written is ever seen under its name.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    ResultWriter::write(&mut file, bytes)
        .and_then(|()| file.finish())
        .map_err(|cause| cannot_write(path, cause))
}

struct AtomicFile {
    path: PathBuf,
    temporary: Option<NamedTempFile>,
}

impl AtomicFile {
    fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let temporary = tempfile::Builder::new()
            .prefix(".pynomaly-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|cause| cannot_write(path, cause))?;
        Ok(Self { path: path.to_owned(), temporary: Some(temporary) })
    }
}

impl ResultWriter for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.temporary {
            Some(file) => file.write_all(bytes),
            None => Err(io::Error::other("written after the end")),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(file) = self.temporary.take() else { return Ok(()) };
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|failed| failed.error)?;
        Ok(())
    }
}

fn cannot_write(path: &Path, cause: io::Error) -> Error {
    // The kind alone: the cause names a temporary file nobody asked for.
    Error::unavailable(format!("the output file cannot be written: {}", cause.kind()))
        .at(path.display().to_string())
        .hint("check that the folder exists, can be written and has room")
        .caused_by(cause)
}
