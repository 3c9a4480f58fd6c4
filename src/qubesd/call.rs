//! One call of the Admin API and its reply, as they travel over qubesd's socket.
//!
//! Source: qubes-core-admin, `qubes/api/__init__.py` (R4.3), and the Qubes documentation, "Admin API".

use thiserror::Error;

use crate::base::QubeName;

/// A call: `METHOD+ARGUMENT` at `destination`, with a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `admin.vm.List` and the like.
    pub method: &'static str,
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

/// Why bytes are no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("qubesd's reply is not of the form that the Admin API documents")]
pub struct BadReply;

impl Call {
    /// A call without argument and payload.
    pub fn new(method: &'static str, destination: &QubeName) -> Self {
        Self { method, argument: String::new(), destination: destination.clone(), payload: Vec::new() }
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
            Some('s' | 'd' | 'r') => message.push_str(&arguments.next().unwrap_or_default()),
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
    fn replies_are_of_three_kinds() {
        assert_eq!(Reply::parse(b""), Ok(Reply::Empty));
        assert_eq!(Reply::parse(b"0\0a\0b"), Ok(Reply::Ok(b"a\0b".to_vec())));
        assert_eq!(
            Reply::parse(b"2\0QubesVMNotFoundError\0\0No such domain: %s, 100%%\0'ws2'\0"),
            Ok(Reply::Exception { kind: "QubesVMNotFoundError".to_owned(), message: "No such domain: 'ws2', 100%".to_owned() })
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [&b"0"[..], b"1\0", b"2\0", b"2\0a\0", b"2\0a\0b\0", b"2\0a\0b\0c", b"ok", b"\0"] {
            assert_eq!(Reply::parse(bad), Err(BadReply), "{bad:?}");
        }
    }
}
