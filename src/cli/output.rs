//! What a verb wants printed, and how the program ends.

use std::process::ExitCode;

use serde::Serialize;

use crate::base::visible_json;

/// How a program ends. The same in both programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it failed, or faults were found.
    Failed,
    /// 2: it was called in a wrong way.
    Usage,
    /// 3: dom0 is not as it should be, or something is pending.
    Drift,
    /// 4: not enough trusted keys vouch for it.
    NotTrusted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Drift => 3,
            Exit::NotTrusted => 4,
        })
    }
}

/// A number of things, as people say it.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What a verb wants printed.
#[derive(Debug)]
pub struct Output {
    /// Data, to stdout.
    pub data: String,
    /// Remarks for people, to stderr.
    pub remarks: String,
    /// How it ends.
    pub exit: Exit,
}

impl Output {
    /// Nothing to print.
    pub fn done() -> Self {
        Self { data: String::new(), remarks: String::new(), exit: Exit::Done }
    }

    /// Text to stdout.
    pub fn text(text: impl Into<String>) -> Self {
        Self { data: text.into(), ..Self::done() }
    }

    /// JSON to stdout, one document.
    pub fn json(value: &impl Serialize) -> Self {
        let json = serde_json::to_string_pretty(value).expect("what halite prints can be JSON");
        Self::text(visible_json(&json) + "\n")
    }

    /// The same with remarks.
    pub fn remarks(mut self, remarks: impl Into<String>) -> Self {
        self.remarks = remarks.into();
        self
    }

    /// The same, ending in another way.
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}
