//! Who is meant in a request that came over a socket, where any text may stand for a qube.
//!
//! Source: `qubes/api/__init__.py`: `AbstractQubesAPI.__init__`, and `decode_vm` (R4.3).

use super::refusal::{Exception, Outcome, enforce};
use super::setter::valid_name;
use super::simulation::Simulation;
use crate::base::QubeName;
use crate::model::Release;
use crate::qubesd::{Call, Reply, Request};

impl Simulation {
    /// The call that a request comes to.
    ///
    /// # Errors
    /// The reply, if it names no qube that is there. Only dom0 is heard: what qrexec would forbid to others is not simulated.
    pub fn understand(&self, untrusted: Request) -> Result<Call, Reply> {
        let source = self.meant(&untrusted.source)?;
        let destination = self.meant(&untrusted.destination)?;
        enforce(source == QubeName::dom0())?;
        Ok(Call { method: untrusted.method.into(), argument: untrusted.argument, destination, payload: untrusted.payload })
    }

    /// The qube that a text means: a name or, from R4.3 on, `uuid:` and a UUID.
    fn meant(&self, untrusted: &str) -> Outcome<QubeName> {
        enforce(untrusted.is_ascii())?;
        let is_r4_3 = self.release >= Release::R4_3;
        let found = match untrusted.strip_prefix("uuid:").filter(|_| is_r4_3) {
            Some(uuid) if !is_uuid(uuid) => return Err(Exception::VmInvalidUuid.of_text(uuid)),
            Some(uuid) => self.views().find(|view| view.uuid() == uuid),
            None => {
                if is_r4_3 {
                    valid_name(untrusted, self.release)?;
                }
                self.find(untrusted)
            }
        };
        found.map(|view| view.name.clone()).ok_or_else(|| Exception::VmNotFound.of_text(untrusted))
    }
}

/// Lower case, with hyphens in their places: qubesd takes no other spelling here.
fn is_uuid(text: &str) -> bool {
    let is_right = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn case(release: Release, destination: &str, reply: &str) {
        let request = Request::parse(format!("admin.vm.tag.List+ dom0 name {destination}\0").as_bytes()).unwrap();
        let shown = match Simulation::stock(release).understand(request) {
            Ok(call) => format!("at {}", call.destination),
            Err(Reply::Exception { kind, message }) => format!("{kind}: {message}"),
            Err(_) => "-".to_owned(),
        };
        assert_eq!(shown, reply, "{destination}");
    }

    #[test]
    fn names_need_not_be_names_of_qubes() {
        case(Release::R4_3, "vault", "at vault");
        case(Release::R4_3, "nosuch", "QubesVMNotFoundError: No such domain: 'nosuch'");
        case(Release::R4_3, "1st", "QubesValueError: VM name cannot start with hyphen, underscore, dot or numbers");
        case(Release::R4_2, "1st", "QubesVMNotFoundError: No such domain: '1st'");
        case(Release::R4_3, "ä", "-");
    }

    #[test]
    fn r4_3_knows_qubes_by_uuid() {
        let uuid = Simulation::stock(Release::R4_3).find("vault").unwrap().uuid();
        case(Release::R4_3, &format!("uuid:{uuid}"), "at vault");
        case(Release::R4_3, "uuid:00000000-0000-0000-0000-000000000000", "at dom0");
        case(Release::R4_3, "uuid:1", "QubesVMInvalidUUIDError: VM UUID is not valid: '1'");
        let none = "uuid:00000000-0000-0000-0000-000000000001";
        case(Release::R4_3, none, &format!("QubesVMNotFoundError: No such domain: '{none}'"));
        case(Release::R4_2, "uuid:1", "QubesVMNotFoundError: No such domain: 'uuid:1'");
    }

    #[test]
    fn only_dom0_is_heard() {
        let request = |source: &str| Request::parse(format!("admin.vm.List+ {source} name dom0\0").as_bytes()).unwrap();
        let system = Simulation::stock(Release::R4_3);
        assert!(system.understand(request("dom0")).is_ok());
        assert_eq!(system.understand(request("vault")), Err(Reply::Empty));
        assert!(matches!(system.understand(request("nosuch")), Err(Reply::Exception { .. })));
    }
}
