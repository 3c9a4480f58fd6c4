//! The files of a folder that hold states, within bounds.

use std::collections::BTreeSet;
use std::path::Path;

use super::ImportError;
use super::remarks::{About, Remarks};
use crate::base::{BundlePath, cleaned};
use crate::check::Code;
use crate::disk::{Folder, Kind};
use crate::recipe::{Fault, FileId, TextFile};

/// Most files and directories in the folder, whatever they are.
const ENTRIES_MOST: usize = 10_000;
/// Most directories below each other.
const DEEPEST: usize = 16;
/// Most files with states.
const FILES_MOST: usize = 500;
/// Most bytes of one file, and of all together. A parsed text needs up to fifty times its size.
const FILE_MOST: u64 = 256 << 10;
const TOGETHER_MOST: usize = 1 << 20;

/// Files with states and top files, each with its path in the folder.
pub struct Gathered {
    /// Their texts.
    pub files: Vec<TextFile>,
    /// Their paths, in the same order.
    pub paths: Vec<String>,
    /// The numbers of those that are no text.
    pub broken: BTreeSet<usize>,
}

/// Reads every `.sls` and `.top` below `folder`.
///
/// # Errors
/// If the folder cannot be read, or there is more in it than is read.
pub fn gather(folder: &Path, remarks: &Remarks) -> Result<Gathered, ImportError> {
    let open = Folder::open(folder)?;
    let shown = folder.display().to_string();
    let mut gathered = Gathered { files: Vec::new(), paths: Vec::new(), broken: BTreeSet::new() };
    let mut together = 0;
    for (path, kind) in open.below(ENTRIES_MOST, DEEPEST)? {
        if !path.ends_with(".sls") && !path.ends_with(".top") {
            continue;
        }
        if gathered.files.len() == FILES_MOST {
            return Err(ImportError::TooMuch(format!("more than {FILES_MOST} files in it hold states")));
        }
        let file = FileId::nth(gathered.files.len());
        let (text, fault) = match (kind, path.parse::<BundlePath>()) {
            (Kind::Link, _) => (String::new(), Some((0, "this file is a link, and no links are followed here".to_owned()))),
            (Kind::Other, _) => (String::new(), Some((0, "this is no regular file".to_owned()))),
            (Kind::File, Err(_)) => (
                String::new(),
                Some((
                    0,
                    "the name of this file has other characters than letters, digits, `.`, `_`, `+` and `-`, or is too long"
                        .to_owned(),
                )),
            ),
            (Kind::File, Ok(plain)) => {
                let bytes = open.read(&plain, FILE_MOST)?;
                together += bytes.len();
                if together > TOGETHER_MOST {
                    return Err(ImportError::TooMuch(format!(
                        "the files with states have more than {TOGETHER_MOST} bytes together"
                    )));
                }
                text(bytes)
            }
        };
        if let Some((at, message)) = fault {
            let help = "put it right, or move the file out of the folder".to_owned();
            gathered.broken.insert(file.number());
            remarks.add(About::Nothing, Fault::new(Code::SaltText, file.at(at..at + 1), message).help(Some(help)));
        }
        gathered.files.push(TextFile { shown: cleaned(&format!("{}/{path}", shown.trim_end_matches('/'))), text });
        gathered.paths.push(path);
    }
    if gathered.files.is_empty() {
        return Err(ImportError::TooMuch("no file in it is named `*.sls`".to_owned()));
    }
    Ok(gathered)
}

/// The text of a file; and where it is none.
fn text(bytes: Vec<u8>) -> (String, Option<(usize, String)>) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            (text, Some((at, "states are UTF-8 text, and here are other bytes".to_owned())))
        }
    }
}
