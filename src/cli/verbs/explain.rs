//! `explain`, in both programs.

use clap::Args;

use crate::check::{Code, Excuse};
use crate::cli::{Failure, Output};

/// Explain a check: what it demands, why, and what to do
///
/// Without a code, all checks are listed.
#[derive(Debug, Args)]
pub struct Explain {
    /// The check, as in H0201
    code: Option<Code>,
    /// Print all of them as the document docs/checks.md
    #[arg(long, conflicts_with = "code")]
    markdown: bool,
}

impl Explain {
    /// Runs the verb.
    ///
    /// # Errors
    /// None so far.
    pub fn run(self) -> Result<Output, Failure> {
        let text = match self.code {
            Some(code) => page(code),
            None if self.markdown => document(),
            None => Code::ALL.iter().map(|code| format!("{code}  {:<7}  {}\n", code.level().to_string(), code.title())).collect(),
        };
        Ok(Output::text(text))
    }
}

fn page(code: Code) -> String {
    let (level, title, why, advice) = (code.level(), code.title(), code.why(), code.advice());
    let wrapped = |text: &str| textwrap::fill(text, WIDTH);
    format!("{code} ({level}): {title}\n\n{}\n\n{}\n\n{}\n", wrapped(why), wrapped(advice), wrapped(&excuse(code)))
}

/// Characters of a line; what is read in one go is not wider.
const WIDTH: usize = 80;

fn excuse(code: Code) -> String {
    match code.excuse() {
        Excuse::Never => "It cannot be excused.".to_owned(),
        Excuse::Reason => format!(
            "It can be excused: an [exception.NAME] with code = \"{code}\", the place, and a reason, which is shown from then on."
        ),
    }
}

/// The whole table.
fn document() -> String {
    let mut text = "# Checks\n\n\
        Every rule that halite holds a recipe and a bundle to. `halite-dom0` runs those from H0101 on again, on what it imports and on what it\n\
        switches to, and believes no verdict that came along. `halite explain CODE` prints a page of this; this document is what\n\
        `halite explain --markdown` prints.\n\n\
        An error stops everything; a warning is said. Some findings can be excused by an exception of the recipe; the reason is then shown\n\
        by every command that would have shown the finding.\n\n\
        | code | level | rule | can be excused |\n|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        let excuse = if code.excuse() == Excuse::Reason { "yes" } else { "" };
        text.push_str(&format!(
            "| [{code}](#{}) | {} | {} | {excuse} |\n",
            code.as_str().to_lowercase(),
            code.level(),
            code.title()
        ));
    }
    for code in Code::ALL {
        let (level, title, why, advice) = (code.level(), code.title(), code.why(), code.advice());
        text.push_str(&format!("\n## {code}\n\n**{level}: {title}.**\n\n{why}\n\n{advice}\n\n{}\n", excuse(*code)));
    }
    text
}
