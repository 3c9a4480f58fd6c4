//! H0305: browsers that can be told apart from all others.

use crate::base::{Handle, PackageName};

/// Browsers, by how their packages in Debian and Fedora, or in the repositories of their makers, begin, and as applications are called.
/// Tor Browser, which is not among them, is part of Whonix.
const BROWSERS: [&str; 31] = [
    "brave",
    "brave-browser",
    "chrome",
    "chromium",
    "dillo",
    "edge",
    "elinks",
    "epiphany-browser",
    "falkon",
    "firefox",
    "firefox-esr",
    "google-chrome-beta",
    "google-chrome-stable",
    "konqueror",
    "librewolf",
    "links",
    "links2",
    "luakit",
    "lynx",
    "microsoft-edge-stable",
    "midori",
    "mullvad-browser",
    "netsurf-gtk",
    "opera-stable",
    "qutebrowser",
    "safari",
    "seamonkey",
    "surf",
    "ungoogled-chromium",
    "vivaldi-stable",
    "w3m",
];

/// How packages of extensions begin: Debian's for all browsers, Debian's old ones, Fedora's.
const EXTENSIONS: [&str; 3] = ["webext-", "xul-ext-", "mozilla-"];

/// What of a browser a package is, if it is one.
pub fn of_package(package: &PackageName) -> Option<&'static str> {
    let name = package.as_str();
    // A browser's data, languages and drivers come with names of their own: `chromium-l10n`.
    let is_browser = |browser: &&str| name.strip_prefix(*browser).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    if EXTENSIONS.iter().any(|prefix| name.starts_with(prefix)) {
        Some("an extension of a browser")
    } else {
        BROWSERS.iter().any(is_browser).then_some("another browser than Tor Browser")
    }
}

/// Whether an application is a browser other than Tor Browser.
pub fn is_application(application: &Handle) -> bool {
    BROWSERS.contains(&application.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_what_belongs_to_them() {
        let of = |name: &str| of_package(&name.parse().unwrap()).is_some();
        for name in ["firefox-esr", "firefox-esr-l10n-de", "chromium", "chromium-driver", "webext-ublock-origin-firefox", "w3m"] {
            assert!(of(name), "{name}");
        }
        for name in ["thunderbird", "torbrowser-launcher", "onionshare", "linksys", "surfraw", "python3-requests"] {
            assert!(!of(name), "{name}");
        }
    }

    #[test]
    fn the_list_is_sorted() {
        assert!(BROWSERS.is_sorted());
    }
}
