//! `[bundle]`

use serde_json::{Value, json};

use super::words::{file, list, number, table, text};
use crate::base::{BundleName, BundlePath, QubeName, Text};
use crate::model::Release;
use crate::recipe::folder_path::FolderPath;
use crate::recipe::read::MEMORY;

pub fn bundle() -> Value {
    let releases = Release::ALL.map(Release::as_str);
    let plain = BundlePath::pattern();
    let recipe = format!(r"^(\.\./){{0,{}}}{}", FolderPath::UP_MOST, plain.trim_start_matches('^'));
    table(
        "What the bundle is called.",
        &["name", "serial", "summary"],
        [
            ("name", text(&BundleName::pattern(), "The bundle's name: lower-case letters, digits and `-`, first a letter.")),
            (
                "serial",
                number(
                    &(1..=u32::MAX),
                    "Raise it with each bundle that you give away. dom0 refuses to switch to an older one, and a serial that stands for two bundles.",
                ),
            ),
            (
                "summary",
                json!({
                    "type": "string",
                    "pattern": r"\S",
                    "maxLength": Text::MOST,
                    "description": "One line for people.",
                }),
            ),
            (
                "releases",
                list(
                    json!({ "enum": releases }),
                    "The releases of Qubes OS that it can be built for; all, where nothing is said.",
                ),
            ),
            (
                "extends",
                list(
                    text(&recipe, "The path of a recipe's folder, from this recipe's folder."),
                    "Folders of other recipes that this one begins with.",
                ),
            ),
            (
                "memory",
                number(
                    &MEMORY,
                    "The memory that the computer has for qubes, in MiB: what one identity needs at once is compared with it.",
                ),
            ),
            (
                "updates",
                text(
                    &QubeName::pattern(),
                    "The gateway of dom0's that templates of modes over Tor are updated through, and that serves no identity; `sys-whonix`, where nothing is said.",
                ),
            ),
            ("include", list(file("The path of a TOML file in this recipe's folder."), "Further files of this recipe.")),
        ],
    )
}
