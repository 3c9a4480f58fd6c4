//! Recipes changed at random: whatever comes of it, reading it ends, and what is wrong with it can be shown.

use halite::compile;
use halite::recipe::{self, LoadError};

use crate::*;

/// The texts that are changed.
const TEXTS: [&str; 5] = [RECIPE, include_str!("../support/modes.toml"), MORE, FULL, SHORT];

/// A recipe with everything that the others do not have.
const MORE: &str = r#"
bundle = { name = "m", serial = 0x1, summary = '''m''', releases = ["r4.2"], include = ["a.toml"], extends = ["../b"] }
identity.a = { mode = 1, gateway = "g", accounts = ["x", "y"], applications = [] }
[gateway."g"]
upstream = "sys-net"
bridges = ["obfs4 192.0.2.1:443 2B280B23E1107BB62ABFC40DDCC8824814F80A72 cert=a", "[2001:db8::1]:443"]
files."/rw/a" = { source = "a/b", executable = true }
[workstation.w]
identity = "a"
replaces = true
template = "t"
[template.t]
base = { "r4.2" = "debian-12-xfce", "r4.3" = "debian-13-xfce" }
[template.t.files]
"/etc/ä" = "é"
"#;

/// Every table of the language in few letters, so that a change is seldom one of a comment, and often one between two tables.
const SHORT: &str = r#"
bundle = { name = "s", serial = 1, summary = "s", memory = 9000, updates = "u" }
identity.a = { mode = 1, gateway = "g", vpn = "v", keyboard = "us++", audio = false, destinations = ["d"] }
identity.b = { mode = 2, gateway = "e", keyboard = "dom0", audio = true }
identity.c = { mode = 3, gateway = "x", keyboard = "us++", audio = true }
identity.d = { mode = 4, upstream = "w" }
gateway.g = { upstream = "sys-net", bridges = ["192.0.2.1:443"], sensitive = true }
gateway.e = { external = true, template = "t" }
gateway.x = { existing = true }
vpn.v = { upstream = "g", configuration = "one", template = "t" }
vpn.w = { upstream = "sys-net", configuration = "two", template = "debian" }
disposable.p = { identity = "a", template = "whonix-workstation" }
named-disposable.n = { template = "p", features = { x-a = true }, "r4.3" = { prefs = { bootmode = "default" } } }
vault.k = { identity = "c", template = "t", firewall = ["action=drop"] }
existing.o = {}
template.t = { base = "debian", "r4.2" = { packages = ["p"] } }
flow.f = { from = "o", to = "p", services = ["qubes.Filecopy"], action = "ask", reason = "r" }
exception.q = { code = "H0114", qube = "k", reason = "r" }
"#;

/// Words that change more than letters do.
const WORDS: [&str; 46] = [
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\n",
    "\r",
    "\r\n",
    "#",
    "\\u202e",
    "\u{202e}",
    "\u{0}",
    "\u{feff}",
    "ä",
    "\u{1f9c2}",
    "\u{200b}",
    "\\",
    "1979-05-27",
    "1e400",
    "-1",
    "0x",
    "true",
    "bundle",
    "identity",
    "\"quiet\"",
    "[identity.quiet]",
    "extends = [\"../x\"]\n",
    "releases = []\n",
    "replaces = true\n",
    "a.b.c.d = 1\n",
    "{a={a={a=1}}}",
    "\t",
    "existing = true\n",
    "external = true\n",
    "vpn = \"v\"\n",
    "named-disposable",
    "\"r4.2\"",
    "{ prefs = { netvm = \"none\" } }",
];

/// xorshift64*: the same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % bound.max(1)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..(start + self.below(20)).min(length)
    }

    /// One change: of bytes, of words, or of lines.
    fn change(&mut self, text: &mut Vec<u8>) {
        let range = self.range(text.len());
        match self.below(8) {
            0 => text.truncate(range.start),
            1 => drop(text.drain(range)),
            2 => {
                let copied = text[range].to_vec();
                let at = self.below(text.len() + 1);
                text.splice(at..at, copied);
            }
            3 => {
                if let Some(byte) = text.get_mut(range.start) {
                    *byte = u8::try_from(self.below(256)).unwrap();
                }
            }
            4 | 5 => {
                let word = WORDS[self.below(WORDS.len())].as_bytes().to_vec();
                text.splice(range, word);
            }
            6 => {
                let word = WORDS[self.below(WORDS.len())].as_bytes().to_vec();
                text.splice(range.start..range.start, word);
            }
            _ => {
                let mut lines: Vec<Vec<u8>> = text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
                let (one, other) = (self.below(lines.len()), self.below(lines.len()));
                match self.below(3) {
                    0 => lines.swap(one, other),
                    1 => drop(lines.remove(one)),
                    _ => lines.insert(one, lines[other].clone()),
                }
                *text = lines.join(&b'\n');
            }
        }
    }
}

/// Reads a recipe to its end, and shows what is wrong with it.
fn read(text: &str) {
    match recipe::parse(text) {
        Err(LoadError::Faults(faults)) => {
            assert!(!faults.faults.is_empty(), "refused without a reason:\n{text}");
            let drawn = faults.draw(text.len().is_multiple_of(2));
            assert!(drawn.contains("H0"), "{drawn}");
            assert!(!drawn.contains(['\u{202e}', '\u{200b}', '\u{feff}', '\0']), "{drawn:?}");
            serde_json::to_string(&faults.to_json()).unwrap();
        }
        Err(LoadError::Disk(error)) => panic!("{error}"),
        Ok(source) => {
            for &release in &source.recipe.releases {
                let compiled = compile::desired(&source, release);
                for finding in compiled.check(release).findings {
                    source.recipe.place_of(&finding.subject, finding.part.as_ref());
                }
            }
        }
    }
}

#[test]
fn whatever_is_in_a_recipe_reading_it_ends() {
    let mut random = Random(0x0ddb_1a5e_5bad_5eed);
    for number in 0..8_000 {
        let mut text = TEXTS[number % TEXTS.len()].as_bytes().to_vec();
        for _ in 0..=random.below(6) {
            random.change(&mut text);
        }
        read(&String::from_utf8_lossy(&text));
    }
}
