//! What is shown of an opened bundle, in both programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{Read, Seek};

use serde::Serialize;

use crate::base::{BundleId, FilePath, cleaned};
use crate::bundle::{Bundle, Manifest};
use crate::cli::{Failure, Output};
use crate::model::{Desired, StagedFile};
use crate::salt;

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    id: BundleId,
    manifest: &'a Manifest,
}

/// The bundle as a whole, or one file of its payload.
pub fn output<R: Read + Seek>(bundle: &mut Bundle<R>, file: Option<&str>, json: bool) -> Result<Output, Failure> {
    if let Some(file) = file {
        let contents = bundle.contents(|path| path.as_str() == file)?.into_values().next();
        let contents = contents.ok_or_else(|| {
            let files: Vec<_> = bundle.manifest().files.keys().map(ToString::to_string).collect();
            Failure::new(format!("it holds no file `{}`", cleaned(file))).hint(format!("it holds: {}", files.join(", ")))
        })?;
        let text = String::from_utf8_lossy(&contents);
        return Ok(Output::text(text.split('\n').map(cleaned).collect::<Vec<_>>().join("\n")));
    }
    if json {
        return Ok(Output::json(&Json { format: 1, id: bundle.id(), manifest: bundle.manifest() }));
    }
    Ok(Output::text(text(bundle.id(), bundle.manifest())))
}

fn text(id: BundleId, manifest: &Manifest) -> String {
    let mut text = String::new();
    let Manifest { name, release, serial, summary, desired, files, .. } = manifest;
    writeln!(text, "{name} {release}, serial {serial}: {}\nid {id}\n", cleaned(summary.as_str())).expect("writing to a string");
    identities(&mut text, desired);
    writeln!(text, "templates").expect("writing to a string");
    for (name, template) in &desired.templates {
        let packages: Vec<_> = template.packages.iter().map(ToString::to_string).collect();
        writeln!(text, "  {name:<24} {} + {}", template.base, packages.join(", ")).expect("writing to a string");
        staged(&mut text, &template.files);
    }
    writeln!(text, "\nfiles").expect("writing to a string");
    for (path, file) in files {
        writeln!(text, "  {path:<40} {:>8} bytes", file.size).expect("writing to a string");
    }
    text
}

fn identities(text: &mut String, desired: &Desired) {
    for (handle, identity) in &desired.identities {
        writeln!(text, "identity {handle}: {}, {}", identity.mode, identity.mode.description()).expect("writing to a string");
        for (name, qube) in desired.qubes.iter().filter(|(_, qube)| qube.identity == *handle) {
            let netvm = qube.pref("netvm").map_or("(default)".to_owned(), ToString::to_string);
            writeln!(text, "  {name:<24} {:<20} {:<7} on {}, netvm {netvm}", qube.role, qube.label, qube.template)
                .expect("writing to a string");
            staged(text, &qube.files);
        }
        text.push('\n');
    }
}

/// Files that are put into a qube, one a line below it.
fn staged(text: &mut String, files: &BTreeMap<FilePath, StagedFile>) {
    for (path, file) in files {
        writeln!(text, "    {path} = {}", salt::contents_path(file.blake3)).expect("writing to a string");
    }
}
