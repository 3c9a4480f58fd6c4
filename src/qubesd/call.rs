//! One call of the Admin API and its reply, as they travel over qubesd's socket.
//!
//! Source: qubes-core-admin, `qubes/api/__init__.py` (R4.3), and the Qubes documentation, "Admin API".

use std::borrow::Cow;
use std::fmt;

use thiserror::Error;

use crate::base::QubeName;

/// The longest request that qubesd takes, `buffer_size` of its `QubesDaemonProtocol`, in bytes. It drops what is longer without a word.
pub(super) const REQUEST_MOST: usize = 65_536;

/// A call: `METHOD+ARGUMENT` at `destination`, with a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `admin.vm.List` and the like.
    pub method: Cow<'static, str>,
    /// What follows the `+`; often empty.
    pub argument: String,
    /// The qube the call is about; dom0 for global ones.
    pub destination: QubeName,
    /// Empty for most methods.
    pub payload: Vec<u8>,
}

/// What qubesd answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It did what was asked; the result.
    Ok(Vec<u8>),
    /// It refused and says why. Nothing is known of what changed before: read back.
    Exception {
        /// The class of the Python exception, `QubesVMNotFoundError` and the like.
        kind: String,
        /// The message, already formatted.
        message: String,
    },
    /// It closed the connection without a word: no such method, no permission, a bad value, or a fault of its own.
    Empty,
}

/// What a call is, without what comes with it: `METHOD+ARGUMENT`, or `METHOD` alone.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.method)?;
        if self.argument.is_empty() { Ok(()) } else { write!(f, "+{}", self.argument) }
    }
}

/// A call as it comes in at a socket: who is meant need not exist, nor have a name that a qube could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// As in [`Call`].
    pub method: String,
    /// As in [`Call`].
    pub argument: String,
    /// The qube that asks; in dom0, `dom0`.
    pub source: String,
    /// The qube that the call is about.
    pub destination: String,
    /// As in [`Call`].
    pub payload: Vec<u8>,
}

/// Why bytes are no request. qubesd closes the connection without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the request is not of the form that the Admin API documents")]
pub struct BadRequest;

impl Request {
    /// Reads what came over the socket before its writing side was shut down (`eof_received` of `QubesDaemonProtocol`).
    ///
    /// # Errors
    /// If it is no header and a zero byte, or longer than qubesd reads.
    pub fn parse(untrusted: &[u8]) -> Result<Self, BadRequest> {
        if untrusted.len() > REQUEST_MOST {
            return Err(BadRequest);
        }
        let (header, rest) = untrusted.split_at(untrusted.iter().position(|&byte| byte == 0).ok_or(BadRequest)?);
        let mut words = std::str::from_utf8(header).map_err(|_| BadRequest)?.splitn(4, ' ');
        let (Some(what), Some(source), Some(kind), Some(destination)) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(BadRequest);
        };
        let destination = match (kind, destination) {
            ("keyword", "adminvm") => "dom0",
            ("name", name) => name,
            _ => return Err(BadRequest),
        };
        let (method, argument) = what.split_once('+').unwrap_or((what, ""));
        let [method, argument, source, destination] = [method, argument, source, destination].map(str::to_owned);
        let payload = rest.get(1..).unwrap_or_default().to_vec();
        Ok(Self { method, argument, source, destination, payload })
    }
}

/// Why bytes are no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("qubesd's reply is not of the form that the Admin API documents")]
pub struct BadReply;

impl Call {
    /// A call without argument and payload.
    pub fn new(method: impl Into<Cow<'static, str>>, destination: &QubeName) -> Self {
        Self { method: method.into(), argument: String::new(), destination: destination.clone(), payload: Vec::new() }
    }

    /// The same with an argument.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.argument = argument.into();
        self
    }

    /// The same with a payload.
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.payload = payload.into();
        self
    }

    /// The bytes that go over the socket: the header, a zero byte, the payload.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}+{} dom0 name {}\0", self.method, self.argument, self.destination).into_bytes();
        bytes.extend_from_slice(&self.payload);
        bytes
    }
}

impl Reply {
    /// Reads what came over the socket: nothing, `0` and a zero byte before a result, or `2` and four and more zero-terminated
    /// texts: class, traceback, format, and what the format asks for.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn parse(untrusted: &[u8]) -> Result<Self, BadReply> {
        if untrusted.is_empty() {
            return Ok(Self::Empty);
        }
        if let Some(result) = untrusted.strip_prefix(b"0\0") {
            return Ok(Self::Ok(result.to_vec()));
        }
        let fields = untrusted.strip_prefix(b"2\0").and_then(|rest| rest.strip_suffix(b"\0")).ok_or(BadReply)?;
        let mut fields = fields.split(|&byte| byte == 0).map(|field| String::from_utf8_lossy(field).into_owned());
        let (Some(kind), Some(_traceback), Some(format)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(BadReply);
        };
        Ok(Self::Exception { kind, message: formatted(&format, fields) })
    }

    /// The bytes that go over the socket. qubesd formats the message itself, and sends no arguments.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ok(result) => [b"0\0", result.as_slice()].concat(),
            Self::Exception { kind, message } => format!("2\0{kind}\0\0{message}\0").into_bytes(),
            Self::Empty => Vec::new(),
        }
    }
}

/// Python's `format % arguments` for the only conversion that qubesd uses in what it sends, `%s` (and `%d`, `%r`, taken alike).
fn formatted(format: &str, mut arguments: impl Iterator<Item = String>) -> String {
    let mut message = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            message.push(character);
            continue;
        }
        match characters.next() {
            Some(conversion @ ('s' | 'd' | 'r')) => match arguments.next() {
                Some(argument) => message.push_str(&argument),
                None => message.extend(['%', conversion]),
            },
            Some('%') | None => message.push('%'),
            Some(other) => message.extend(['%', other]),
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_spelled_as_qubesd_reads_it() {
        let call = Call::new("admin.vm.property.Set", &"ws1".parse().unwrap()).argument("netvm").payload("gw1");
        assert_eq!(call.to_bytes(), b"admin.vm.property.Set+netvm dom0 name ws1\0gw1");
        let call = Call::new("admin.vm.List", &QubeName::dom0());
        assert_eq!(call.to_bytes(), b"admin.vm.List+ dom0 name dom0\0");
    }

    #[test]
    fn a_request_is_what_a_call_becomes() {
        let call = Call::new("admin.vm.property.Set", &"ws1".parse().unwrap()).argument("netvm").payload("g\0w1");
        let request = Request::parse(&call.to_bytes()).unwrap();
        assert_eq!(
            [&request.method, &request.argument, &request.source, &request.destination],
            ["admin.vm.property.Set", "netvm", "dom0", "ws1"]
        );
        assert_eq!(request.payload, b"g\0w1");
        let plain = Request::parse(b"admin.vm.List dom0 keyword adminvm\0").unwrap();
        assert_eq!((plain.argument.as_str(), plain.destination.as_str()), ("", "dom0"));
    }

    #[test]
    fn what_qubesd_cannot_frame_is_no_request() {
        let mut long = b"admin.vm.List+ dom0 name dom0\0".to_vec();
        long.resize(REQUEST_MOST, b'x');
        assert!(Request::parse(&long).is_ok());
        long.push(b'x');
        assert_eq!(Request::parse(&long), Err(BadRequest));
        for bad in [
            &b""[..],
            b"\0",
            b"admin.vm.List+ dom0 name dom0",
            b"admin.vm.List+ dom0 name\0",
            b"a+b c dom0 name d\0",
            b"a+ dom0 keyword dom0\0",
            b"a+\xff dom0 name d\0",
        ] {
            assert_eq!(Request::parse(bad), Err(BadRequest), "{bad:?}");
        }
    }

    #[test]
    fn replies_are_of_three_kinds() {
        assert_eq!(Reply::parse(b""), Ok(Reply::Empty));
        assert_eq!(Reply::parse(b"0\0a\0b"), Ok(Reply::Ok(b"a\0b".to_vec())));
        assert_eq!(
            Reply::parse(b"2\0QubesVMNotFoundError\0\0No such domain: %s, 100%%\0'ws2'\0"),
            Ok(Reply::Exception { kind: "QubesVMNotFoundError".to_owned(), message: "No such domain: 'ws2', 100%".to_owned() })
        );
    }

    #[test]
    fn a_reply_that_was_sent_is_read_as_it_was() {
        for reply in [
            Reply::Empty,
            Reply::Ok(b"a\0b".to_vec()),
            Reply::Exception { kind: "QubesValueError".to_owned(), message: "100 % of '%s'".to_owned() },
        ] {
            assert_eq!(Reply::parse(&reply.to_bytes()), Ok(reply));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [&b"0"[..], b"1\0", b"2\0", b"2\0a\0", b"2\0a\0b\0", b"2\0a\0b\0c", b"ok", b"\0"] {
            assert_eq!(Reply::parse(bad), Err(BadReply), "{bad:?}");
        }
    }
}
