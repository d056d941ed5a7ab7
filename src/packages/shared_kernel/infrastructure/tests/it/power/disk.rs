//! A disk that loses its power: what was synced is there, and of the rest anything or nothing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use testkit::syscalls::SystemCall;

use super::random::Random;

/// The least that a disk writes whole.
const SECTOR: u64 = 512;

/// The files of one folder, as the calls of a process have made them so far.
#[derive(Default)]
pub(super) struct Disk {
    folder: PathBuf,
    files: Vec<File>,
    names: HashMap<PathBuf, usize>,
    lasting_names: HashMap<PathBuf, usize>,
    /// What was named or removed since the folder was synced.
    renamed: Vec<(PathBuf, Option<usize>)>,
}

/// A file, and what was done to it since it was synced.
#[derive(Default)]
struct File {
    lasting: Vec<u8>,
    pending: Vec<(usize, Change)>,
}

enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Resize(u64),
}

impl Disk {
    pub(super) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..Self::default() }
    }

    /// Does what a call did.
    pub(super) fn see(&mut self, call: &SystemCall) {
        match call.name.as_str() {
            "openat" if call.has(2, "O_CREAT") => self.create(call.path(1)),
            "unlink" => self.remove(call.path(0)),
            "unlinkat" => self.remove(call.path(1)),
            "pwrite64" => {
                let mut bytes = call.bytes(1);
                bytes.truncate(call.result.unwrap_or_default() as usize);
                self.change(call, Change::Write { offset: call.number(3), bytes });
            }
            "ftruncate" => self.change(call, Change::Resize(call.number(1))),
            "fsync" | "fdatasync" => self.sync(call),
            _ => {}
        }
    }

    /// Writes a folder as the disk may be found after a power loss at this moment.
    pub(super) fn image(&self, random: &mut Random, into: &Path) {
        let mut names = self.lasting_names.clone();
        for (name, file) in self.renamed.iter().take(random.below(self.renamed.len() + 1)) {
            match file {
                Some(file) => drop(names.insert(name.clone(), *file)),
                None => drop(names.remove(name)),
            }
        }
        for (name, file) in names {
            let content = self.files[file].after_power_loss(random);
            std::fs::write(into.join(name.file_name().unwrap()), content).unwrap();
        }
    }

    /// Other files than the databases and their logs, and the memory that their readers share, do
    /// not count.
    fn is_ours(&self, path: &Path) -> bool {
        path.parent() == Some(&self.folder) && !path.to_string_lossy().ends_with("-shm")
    }

    fn create(&mut self, path: PathBuf) {
        if self.is_ours(&path) && !self.names.contains_key(&path) {
            self.files.push(File::default());
            let file = self.files.len() - 1;
            self.names.insert(path.clone(), file);
            self.renamed.push((path, Some(file)));
        }
    }

    fn remove(&mut self, path: PathBuf) {
        if self.names.remove(&path).is_some() {
            self.renamed.push((path, None));
        }
    }

    fn change(&mut self, call: &SystemCall, change: Change) {
        if let Some(file) = self.names.get(&call.file().1) {
            self.files[*file].pending.push((call.ended, change));
        }
    }

    fn sync(&mut self, call: &SystemCall) {
        let (_, path) = call.file();
        if path == self.folder {
            for (name, file) in self.renamed.drain(..) {
                match file {
                    Some(file) => drop(self.lasting_names.insert(name, file)),
                    None => drop(self.lasting_names.remove(&name)),
                }
            }
        } else if let Some(file) = self.names.get(&path) {
            self.files[*file].sync(call.began);
        }
    }
}

impl File {
    /// Keeps what was done before a moment.
    fn sync(&mut self, began: usize) {
        let pending = std::mem::take(&mut self.pending);
        for (ended, change) in pending {
            if ended < began {
                change.apply(&mut self.lasting);
            } else {
                self.pending.push((ended, change));
            }
        }
    }

    fn after_power_loss(&self, random: &mut Random) -> Vec<u8> {
        let mut content = self.lasting.clone();
        let reached = random.below(self.pending.len() + 1);
        let whim = random.below(5);
        for (number, (_, change)) in self.pending.iter().enumerate() {
            match whim {
                0 => break,
                1 => change.apply(&mut content),
                2 if number < reached => change.apply(&mut content),
                3 if random.below(2) == 0 => change.apply(&mut content),
                4 => change.apply_torn(&mut content, random),
                _ => {}
            }
        }
        content
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => write(content, *offset, bytes),
            Self::Resize(length) => content.resize(*length as usize, 0),
        }
    }

    /// The same, but each sector by itself is written or not.
    fn apply_torn(&self, content: &mut Vec<u8>, random: &mut Random) {
        let Self::Write { offset, bytes } = self else { return self.apply(content) };
        let (mut offset, mut rest) = (*offset, bytes.as_slice());
        while !rest.is_empty() {
            let length = rest.len().min((SECTOR - offset % SECTOR) as usize);
            let (sector, behind) = rest.split_at(length);
            if random.below(2) == 0 {
                write(content, offset, sector);
            }
            (offset, rest) = (offset + length as u64, behind);
        }
    }
}

fn write(content: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let (begin, end) = (offset as usize, offset as usize + bytes.len());
    if content.len() < end {
        content.resize(end, 0);
    }
    content[begin..end].copy_from_slice(bytes);
}
