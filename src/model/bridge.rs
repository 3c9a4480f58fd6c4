//! Bridges: relays that are on no public list, for gateways whose neighbourhood must not see that somebody uses Tor.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use thiserror::Error;

/// A bridge, as torrc's `Bridge` names it: `[TRANSPORT] ADDRESS:PORT [FINGERPRINT] [KEY=VALUE]…`.
///
/// Source: tor(1), `Bridge`; pluggable transports that Whonix gateways have: Whonix documentation, "Configure (Private) (Obfuscated) Tor
/// Bridges".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bridge {
    transport: Transport,
    line: String,
}

/// How the traffic to a bridge is made to look like something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// Not at all.
    Plain,
    /// obfs4.
    Obfs4,
    /// Snowflake.
    Snowflake,
}

/// Why a text is no bridge.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadBridge {
    /// It begins with torrc's keyword.
    #[error("a bridge is written without the keyword `Bridge`")]
    Keyword,
    /// A transport that a Whonix gateway does not have.
    #[error("`{0}` is no transport that halite knows; expected `obfs4`, `snowflake`, or an address")]
    Transport(String),
    /// No address with a port.
    #[error("expected an address and a port, such as `192.0.2.1:443` or `[2001:db8::1]:443`")]
    Address,
    /// No fingerprint.
    #[error("`{0}` is no fingerprint of 40 hexadecimal digits, and not of the form `key=value`")]
    Fingerprint(String),
    /// No `key=value`.
    #[error("`{0}` is not of the form `key=value`")]
    Argument(String),
    /// Characters that torrc would read as something else.
    #[error("a bridge has only visible ASCII characters, without `#`, `\"` and `\\`, one space between its parts")]
    Character,
    /// Too long.
    #[error("a bridge has at most {} characters", Bridge::MOST)]
    Long,
}

impl Transport {
    /// All but the plain one.
    pub const PLUGGABLE: [Self; 2] = [Self::Obfs4, Self::Snowflake];

    /// Its name in torrc; the plain one has none.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Obfs4 => Some("obfs4"),
            Self::Snowflake => Some("snowflake"),
        }
    }

    /// The program that speaks it, where Debian's packages of it put it.
    pub fn program(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Obfs4 => Some("/usr/bin/obfs4proxy"),
            Self::Snowflake => Some("/usr/bin/snowflake-client"),
        }
    }
}

impl Bridge {
    /// Most characters of a line; a limit of halite's own.
    pub const MOST: usize = 1000;

    /// Its transport.
    pub fn transport(&self) -> Transport {
        self.transport
    }
}

impl FromStr for Bridge {
    type Err = BadBridge;

    fn from_str(text: &str) -> Result<Self, BadBridge> {
        if text.len() > Self::MOST {
            return Err(BadBridge::Long);
        }
        if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"#\"\\".contains(&byte)) {
            return Err(BadBridge::Character);
        }
        let mut words: Vec<&str> = text.split(' ').collect();
        if words.iter().any(|word| word.is_empty()) {
            return Err(BadBridge::Character);
        }
        let first = words[0];
        if first.eq_ignore_ascii_case("bridge") {
            return Err(BadBridge::Keyword);
        }
        let named = Transport::PLUGGABLE.into_iter().find(|transport| transport.name() == Some(first));
        if named.is_none() && first.starts_with(|character: char| character.is_ascii_alphabetic()) {
            return Err(BadBridge::Transport(first.to_owned()));
        }
        if named.is_some() {
            words.remove(0);
        }
        let mut words = words.into_iter().peekable();
        let address: Option<SocketAddr> = words.next().and_then(|word| word.parse().ok());
        if address.is_none_or(|address| address.port() == 0) {
            return Err(BadBridge::Address);
        }
        if let Some(fingerprint) = words.next_if(|word| !word.contains('='))
            && (fingerprint.len() != 40 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err(BadBridge::Fingerprint(fingerprint.to_owned()));
        }
        match words.find(|word| word.split_once('=').is_none_or(|(key, value)| key.is_empty() || value.is_empty())) {
            Some(bad) => Err(BadBridge::Argument(bad.to_owned())),
            None => Ok(Self { transport: named.unwrap_or(Transport::Plain), line: text.to_owned() }),
        }
    }
}

/// The line without the keyword.
impl fmt::Display for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINGERPRINT: &str = "2B280B23E1107BB62ABFC40DDCC8824814F80A72";

    #[test]
    fn bridges_of_all_transports_are_taken() {
        for (text, transport) in [
            (format!("192.0.2.1:443 {FINGERPRINT}"), Transport::Plain),
            ("[2001:db8::1]:9001".to_owned(), Transport::Plain),
            (format!("obfs4 192.0.2.1:443 {FINGERPRINT} cert=abc/def+g iat-mode=0"), Transport::Obfs4),
            (
                format!(
                    "snowflake 192.0.2.3:80 {FINGERPRINT} fingerprint={FINGERPRINT} url=https://example.org/ ice=stun:a:1,stun:b:2"
                ),
                Transport::Snowflake,
            ),
        ] {
            let bridge: Bridge = text.parse().unwrap();
            assert_eq!((bridge.transport(), bridge.to_string()), (transport, text));
        }
    }

    #[test]
    fn what_tor_would_misread_is_refused() {
        let refusal = |text: &str| text.parse::<Bridge>().unwrap_err();
        assert_eq!(refusal("Bridge 192.0.2.1:443"), BadBridge::Keyword);
        assert_eq!(refusal("meek_lite 192.0.2.1:443"), BadBridge::Transport("meek_lite".to_owned()));
        for text in ["192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "obfs4", "obfs4 example:443", "300.0.0.1:1"] {
            assert_eq!(refusal(text), BadBridge::Address, "{text}");
        }
        assert_eq!(refusal("192.0.2.1:443 2B28"), BadBridge::Fingerprint("2B28".to_owned()));
        assert_eq!(refusal(&format!("obfs4 192.0.2.1:443 {FINGERPRINT} cert")), BadBridge::Argument("cert".to_owned()));
        assert_eq!(refusal(&format!("obfs4 192.0.2.1:443 {FINGERPRINT} =x")), BadBridge::Argument("=x".to_owned()));
        for text in [
            "",
            " ",
            "192.0.2.1:443 ",
            "192.0.2.1:443  a=b",
            "192.0.2.1:443\nExitNodes x",
            "192.0.2.1:443 a=#b",
            "obfs4\t1.1.1.1:1",
        ] {
            assert_eq!(refusal(text), BadBridge::Character, "{text:?}");
        }
        assert_eq!(refusal(&"1".repeat(1001)), BadBridge::Long);
    }
}
