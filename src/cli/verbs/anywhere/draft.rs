//! The text of a new recipe.

use std::fmt::Write;

use crate::base::{BundleName, Handle};
use crate::model::{Mode, Release};

/// What a new recipe says.
pub struct Draft {
    /// The bundle's name.
    pub name: BundleName,
    /// Identities, in the order in which they are to be written.
    pub identities: Vec<(Handle, Mode)>,
}

/// What a file beside the recipe keeps out of version control.
pub const IGNORED: [&str; 2] = ["labels.toml", "*.key"];

impl Draft {
    /// The recipe.
    pub fn to_text(&self) -> String {
        let mut text = head(&self.name, self.identities.len());
        for (handle, mode) in &self.identities {
            text.push_str(&identity(handle, *mode));
        }
        text.push_str(PACKAGES);
        text
    }

    /// The list of what version control is to leave alone.
    pub fn ignored() -> String {
        format!("# Who is behind the handles, and secret keys: for nobody else.\n{}\n", IGNORED.join("\n"))
    }
}

fn head(name: &BundleName, identities: usize) -> String {
    let releases = Release::ALL.map(|release| format!("\"{release}\"")).join(", ");
    let summary = crate::cli::counted(identities, "identity, kept apart", "identities, each kept apart from the others");
    format!(
        r#"# A recipe for halite. It is data, and all of it, comments included, is packed into the bundle; who an identity really is stands in
# `labels.toml` beside it, which is never packed. docs/recipes.md describes every key.
#
# Nothing moves between identities: file copies, the clipboard and "open in another qube" stay inside one. Upstreams, labels and memory
# are the usual ones; change what does not fit.

[bundle]
name = "{name}"
serial = 1 # one more for each bundle that you give away
summary = "{summary}"
releases = [{releases}]
"#
    )
}

/// What the mode means, in a sentence.
fn meaning(mode: Mode) -> &'static str {
    match mode {
        Mode::Anonymous => "Nobody learns who you are: post to a forum, blow a whistle, read in peace.",
        Mode::KnownRecipient => "You and your contact know each other and both use Tor; nobody else learns that you talk.",
        Mode::NonAnonymousOverTor => "The service knows who you are, but not where: webmail or a messenger under a known name.",
        Mode::NonAnonymous => "Ordinary browsing. Everybody can learn who and where you are.",
    }
}

fn label(mode: Mode) -> &'static str {
    match mode {
        Mode::Anonymous => "red",
        Mode::KnownRecipient => "purple",
        Mode::NonAnonymousOverTor => "blue",
        Mode::NonAnonymous => "orange",
    }
}

/// An identity and its qubes. Memory is that of the shipped recipe for the four modes.
fn identity(handle: &Handle, mode: Mode) -> String {
    let (number, label) = (mode.number(), label(mode));
    let mut text = format!("\n# Mode {number}: {}.\n# {}\n", mode.description(), meaning(mode));
    let mut line = |line: &str| writeln!(text, "{line}").expect("writing to a string");
    line(&format!("\n[identity.{handle}]\nmode = {number}"));
    let template = if mode.over_tor() {
        line(&format!("gateway = \"{handle}-gateway\" # its own: qubes behind one gateway could be linked by it"));
        let (keyboard, audio) = if mode.is_anonymous() { ("us++", false) } else { ("dom0", true) };
        line(&format!(
            "keyboard = \"{keyboard}\" # `dom0`: yours, which tells something about you; `us++`: what most people have"
        ));
        line(&format!("audio = {audio}"));
        line(&format!("\n[gateway.{handle}-gateway]"));
        line("upstream = \"sys-firewall\" # or a VPN's qube, for Tor through a VPN");
        line("memory = 500 # MiB, here and below");
        "whonix-workstation"
    } else {
        line("upstream = \"sys-firewall\"");
        "debian"
    };
    line(&format!("\n[workstation.{handle}]\nidentity = \"{handle}\"\ntemplate = \"{template}\"\nlabel = \"{label}\""));
    line(if mode.over_tor() { "memory = 1500\nmaxmem = 4000" } else { "memory = 1000\nmaxmem = 4000" });
    if mode == Mode::Anonymous {
        line(&format!("disposables = \"{handle}-dvm\""));
        line(&format!("\n# What is opened in a disposable stays in this identity.\n[disposable.{handle}-dvm]"));
        line(&format!("identity = \"{handle}\"\ntemplate = \"{template}\"\nlabel = \"{label}\"\nmemory = 1000\nmaxmem = 3000"));
    }
    text
}

const PACKAGES: &str = r#"
# Is a package missing in a stock template? Declare a clone with it, and name that as a workstation's `template`:
#
# [template.chat]
# base = "whonix-workstation"
# packages = ["hexchat"]
"#;
