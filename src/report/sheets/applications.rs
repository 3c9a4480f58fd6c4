//! What is known of applications in general, whichever bundle they are in.
//!
//! No bundle can make any of it so. It is restated from the documentation that each row names, and is as true as that was of the versions
//! it was written for. Of whatever is not here, nobody knows, and the worst is to be assumed.

use std::fmt;

use serde::Serialize;

use crate::base::Handle;

/// What is known of an application.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Application {
    /// What people call it.
    pub name: &'static str,
    /// What recipes call it: neutral handles, and names of Debian packages.
    pub handles: &'static [&'static str],
    /// Whether it is of no use without a network.
    pub network: Known,
    /// Whether it takes a proxy that is set for it or for the system; else its traffic gets into Tor because the gateway lets nothing past.
    pub proxy: Known,
    /// Whether it tells anybody about its user without being asked to.
    pub telemetry: Known,
    /// Whether it keeps what tells who its user is, or with whom they talk.
    pub account: Known,
    /// Whether what it sends or saves says more than its user sees.
    pub metadata: Known,
    /// Where that is documented, by title.
    pub sources: &'static [&'static str],
}

/// An answer, and how that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The answer.
    pub answer: Answer,
    /// In a few words, with names between backticks.
    pub how: &'static str,
}

/// An answer to a question about an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the words say it all")]
pub enum Answer {
    Yes,
    Partly,
    No,
    Unknown,
}

/// What is known of the application of this handle.
pub fn known(handle: &Handle) -> Option<&'static Application> {
    APPLICATIONS.iter().find(|application| application.handles.contains(&handle.as_str()))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::No => "no",
            Self::Unknown => "unknown",
        })
    }
}

const fn yes(how: &'static str) -> Known {
    Known { answer: Answer::Yes, how }
}

const fn partly(how: &'static str) -> Known {
    Known { answer: Answer::Partly, how }
}

const fn no(how: &'static str) -> Known {
    Known { answer: Answer::No, how }
}

const UNKNOWN: Known = Known { answer: Answer::Unknown, how: "nothing is documented: assume that it does" };
const ONLINE: Known = yes("it is of no use without");
const WRAPPED: Known = yes("on Whonix, a wrapper gives it a port of Tor's of its own; elsewhere, what is set for it");
const AS_THEY_ARE: Known = partly("files are sent as they are, with whatever is in them");
const STREAM_ISOLATION: &str = "Whonix, \"Stream Isolation\"";

/// All of them, by name.
pub const APPLICATIONS: &[Application] = &[
    Application {
        name: "Chromium",
        handles: &["chromium"],
        network: ONLINE,
        proxy: yes("the system's, where one is set"),
        telemetry: partly("by default, what is typed into its address bar goes to the search engine, for suggestions"),
        account: yes("cookies, logins and history stay in its profile"),
        metadata: AS_THEY_ARE,
        sources: &["Chromium, \"Proxy support in Chrome\"", "Google, \"Google Chrome Privacy Whitepaper\""],
    },
    Application {
        name: "curl and Wget",
        handles: &["curl", "wget"],
        network: ONLINE,
        proxy: WRAPPED,
        telemetry: no("they ask for nothing but what they are told to"),
        account: partly("`.netrc` and files with cookies, where they are used"),
        metadata: partly("each request names the program and its version"),
        sources: &["curl(1)", "GNU Wget Manual", STREAM_ISOLATION],
    },
    Application {
        name: "Dino",
        handles: &["dino", "dino-im"],
        network: ONLINE,
        proxy: no("it has no setting for one; over Tor, its search for a server by SRV records fails"),
        telemetry: UNKNOWN,
        account: yes("accounts, contacts and conversations"),
        metadata: AS_THEY_ARE,
        sources: &["Dino, issues 342, 567 and 1174"],
    },
    Application {
        name: "Electrum",
        handles: &["electrum"],
        network: yes("it knows nothing of payments without; signing can be done offline"),
        proxy: partly("by a setting of its own"),
        telemetry: partly("the servers that it asks learn which addresses belong to one wallet"),
        account: yes("keys, addresses and payments"),
        metadata: no("it sends no files; the payments themselves are public for ever"),
        sources: &["Whonix, \"Electrum\" and \"ElectrumX\"", "Electrum, \"Frequently Asked Questions\""],
    },
    Application {
        name: "Firefox",
        handles: &["firefox", "firefox-esr"],
        network: ONLINE,
        proxy: yes("the system's, where one is set, or its own"),
        telemetry: yes("on by default: technical data and how it is used, with the address that it comes from"),
        account: yes("cookies, logins and history stay in its profile"),
        metadata: AS_THEY_ARE,
        sources: &["Mozilla Support, \"Telemetry collection and deletion\""],
    },
    Application {
        name: "Git",
        handles: &["git"],
        network: partly("only to fetch and to push"),
        proxy: WRAPPED,
        telemetry: no("it asks for nothing but what it is told to"),
        account: yes("a name and an address in its settings, and logins where they are stored"),
        metadata: yes("each commit has a name, an address and a time with its time zone"),
        sources: &["git-commit(1)", "gitcredentials(7)", STREAM_ISOLATION],
    },
    Application {
        name: "GnuPG",
        handles: &["gnupg", "gpg", "kleopatra"],
        network: partly("only for servers of keys and lists of revoked ones"),
        proxy: yes("`use-tor`, which Whonix sets, sends all of it through Tor"),
        telemetry: no("only a search for a key tells whose key is searched"),
        account: yes("keys, whose owners' names and addresses are part of them"),
        metadata: yes("what is encrypted says for which keys, unless their ids are left out"),
        sources: &["The GNU Privacy Guard Manual", "dirmngr(8)", "Whonix, package anon-apps-config"],
    },
    Application {
        name: "HexChat",
        handles: &["hexchat"],
        network: ONLINE,
        proxy: yes("by settings of its own, which Whonix brings"),
        telemetry: UNKNOWN,
        account: yes("nicknames, passwords and, if it is told to, logs"),
        metadata: partly("direct transfers tell an address, and answers to CTCP tell the version and the time"),
        sources: &["Whonix, \"HexChat\"", "Tor Project, \"Torifying HexChat\"", STREAM_ISOLATION],
    },
    Application {
        name: "KeePassXC",
        handles: &["keepassxc"],
        network: no("it fetches icons, and looks for leaked passwords, only when it is told to"),
        proxy: UNKNOWN,
        telemetry: UNKNOWN,
        account: yes("all of them, encrypted"),
        metadata: no("it sends no files"),
        sources: &["KeePassXC, \"User Guide\""],
    },
    Application {
        name: "LibreOffice",
        handles: &["libreoffice", "libreoffice-writer", "libreoffice-calc"],
        network: partly("only for what a document links to, such as pictures"),
        proxy: yes("the system's by default, where one is set"),
        telemetry: UNKNOWN,
        account: yes("the name of its user data, and a list of recent documents"),
        metadata: yes("author, times and changes, unless `Remove personal information on saving` is set"),
        sources: &["LibreOffice Help, \"Security Options and Warnings\" and \"Proxy\""],
    },
    Application {
        name: "mat2",
        handles: &["mat2"],
        network: no("it works on files alone"),
        proxy: no("there is nothing to send"),
        telemetry: no("there is nothing to send"),
        account: no("it keeps nothing"),
        metadata: partly("it removes what it knows of, and may miss what it does not; what a picture shows stays"),
        sources: &["mat2(1)"],
    },
    Application {
        name: "OnionShare",
        handles: &["onionshare", "onionshare-cli"],
        network: ONLINE,
        proxy: yes("it makes onion services by Tor's control port, which the gateway opens only when it is told to"),
        telemetry: no("nobody but those who know the address learns of what is shared"),
        account: partly("addresses that are to last, with their keys"),
        metadata: AS_THEY_ARE,
        sources: &["OnionShare, \"Security Design\"", "Whonix, \"OnionShare\""],
    },
    Application {
        name: "OpenSSH",
        handles: &["ssh", "openssh-client"],
        network: ONLINE,
        proxy: WRAPPED,
        telemetry: no("it talks to nobody but the server"),
        account: yes("keys, and in `known_hosts` the servers that were visited"),
        metadata: partly("the server sees which keys are offered, and the local user's name where no other is given"),
        sources: &["ssh(1)", STREAM_ISOLATION],
    },
    Application {
        name: "Pidgin",
        handles: &["pidgin"],
        network: ONLINE,
        proxy: partly("by a setting of each account, `Tor/Privacy (SOCKS5)`"),
        telemetry: UNKNOWN,
        account: yes("accounts, contacts and conversations; passwords, where they are saved, in clear"),
        metadata: AS_THEY_ARE,
        sources: &["Pidgin, \"Plain Text Passwords\" and \"Using Pidgin\""],
    },
    Application {
        name: "Python",
        handles: &["python", "python3", "python3-requests"],
        network: partly("as the program wants it"),
        proxy: partly(
            "as the program wants it: `urllib` and `requests` take it from the environment, and `socks5h` lets Tor resolve names",
        ),
        telemetry: partly("not Python itself, but a library may"),
        account: partly("as the program wants it"),
        metadata: partly("each request names the library and its version, unless the program says otherwise"),
        sources: &["Python, \"urllib.request\"", "Requests, \"Advanced Usage\"", "torsocks(1)"],
    },
    Application {
        name: "Signal",
        handles: &["signal", "signal-desktop"],
        network: ONLINE,
        proxy: no("through the gateway's transparent proxy; calls need UDP, which Tor does not carry"),
        telemetry: no("the service keeps a telephone number, when it was registered, and when it was last used"),
        account: yes("a telephone number, contacts and conversations"),
        metadata: partly("documents are sent as they are"),
        sources: &["Signal, \"Terms & Privacy Policy\"", "Whonix, \"Tunnel UDP over Tor\""],
    },
    Application {
        name: "Thunderbird",
        handles: &["thunderbird"],
        network: ONLINE,
        proxy: yes("by settings of its own, which Whonix brings"),
        telemetry: yes("on by default: technical data and how it is used, with the address that it comes from"),
        account: yes("addresses, passwords, contacts and mail"),
        metadata: yes("each mail tells every provider its sender, its recipients, its time and mostly its subject"),
        sources: &["Mozilla Support, \"Thunderbird Telemetry\"", "Whonix, package anon-apps-config"],
    },
    Application {
        name: "Tor Browser",
        handles: &["tor-browser", "torbrowser", "torbrowser-launcher"],
        network: ONLINE,
        proxy: yes("by settings of its own; each site gets a way of its own through Tor"),
        telemetry: no("it is switched off; only updates are asked for"),
        account: partly("a session's are gone when it ends; bookmarks and what is saved stay"),
        metadata: partly("uploads go as they are, and documents that are opened outside may fetch things by themselves"),
        sources: &[
            "Tor Project, \"The Design and Implementation of the Tor Browser\"",
            "Tor Project, \"Tor Browser User Manual\"",
        ],
    },
    Application {
        name: "VLC",
        handles: &["vlc"],
        network: partly("only for streams; it plays files without"),
        proxy: partly("by settings of its own, or from the environment"),
        telemetry: partly("it looks for covers of what is played, unless that is turned off"),
        account: partly("a list of what was played"),
        metadata: no("it sends no files"),
        sources: &["VideoLAN Wiki, \"VLC command-line help\"", "VideoLAN Forums, topic 114542"],
    },
    Application {
        name: "yt-dlp",
        handles: &["yt-dlp"],
        network: ONLINE,
        proxy: partly("`--proxy`, or from the environment"),
        telemetry: no("it asks for nothing but what it is told to; for updates, not by itself"),
        account: partly("cookies and `.netrc`, where it is told to use them"),
        metadata: partly("a file can tell when it was fetched, and from where"),
        sources: &["yt-dlp(1)"],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_handle_finds_its_application_and_no_other() {
        let of = |handle: &str| known(&handle.parse().unwrap()).map(|application| application.name);
        assert_eq!(of("firefox-esr"), Some("Firefox"));
        assert_eq!(of("signal"), Some("Signal"));
        assert_eq!(of("fire"), None);
        let handles: Vec<&str> = APPLICATIONS.iter().flat_map(|application| application.handles).copied().collect();
        assert_eq!(handles.iter().collect::<BTreeSet<_>>().len(), handles.len());
        handles.iter().for_each(|handle| assert!(handle.parse::<Handle>().is_ok(), "{handle}"));
    }

    #[test]
    fn the_table_is_sorted_and_says_where_it_comes_from() {
        assert!(APPLICATIONS.is_sorted_by_key(|application| application.name.to_lowercase()));
        for Application { name, network, proxy, telemetry, account, metadata, sources, .. } in APPLICATIONS {
            assert!(!sources.is_empty(), "{name}");
            for Known { how, .. } in [network, proxy, telemetry, account, metadata] {
                assert!(!how.is_empty() && !how.ends_with('.') && how.matches('`').count() % 2 == 0, "{name}: {how}");
            }
        }
    }
}
