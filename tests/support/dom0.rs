//! `halite-dom0` as dom0 gets it: built alone, from its own feature, with no C compiler.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The built program.
#[derive(Debug)]
pub struct Built {
    /// Where it is.
    pub program: PathBuf,
    /// What cargo said while building: one JSON value for each thing compiled, or found compiled already.
    pub messages: Vec<Value>,
}

/// Builds it, once for each test binary.
pub fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> Built {
    // A target directory of its own: cargo would unify the features of another build into this one.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("dom0");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--no-default-features", "--features", "dom0", "--bin", "halite-dom0"])
        .args(["--message-format", "json-render-diagnostics", "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CC", "/bin/false")
        .env("CXX", "/bin/false")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "halite-dom0 cannot be built alone and without a C compiler");
    let lines = String::from_utf8(output.stdout).unwrap();
    let messages: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let program = messages.iter().filter_map(|message| message["executable"].as_str()).next_back();
    Built { program: program.expect("cargo says where the program is").into(), messages }
}
