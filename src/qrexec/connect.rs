//! What can still go wrong with a call that a rule allows, when it is carried out.
//!
//! Source: qubes-core-qrexec R4.3 and R4.2, `qrexec/policy/parser.py`, `AllowResolution.execute`.

use super::matching::Caller;
use super::refusal::{Failure, Refusal};
use super::system::{System, SystemQube, Uuid};
use super::token::DISPOSABLE_FROM;
use crate::model::Release;

/// Whether a call can go from a caller to where it was allowed to go.
///
/// # Errors
/// If it cannot.
pub fn connect(caller: &Caller, target: &str, system: &System) -> Result<(), Refusal> {
    if caller.name == target {
        return Err(Refusal::Itself);
    }
    match system.release() {
        Release::R4_2 => return Ok(()),
        Release::R4_3 if system.is_dom0(target) => return Ok(()),
        Release::R4_3 => {}
    }
    if let Some(template) = target.strip_prefix(DISPOSABLE_FROM) {
        return Ok(has_uuid(system.find(template).ok_or(Failure::BadDefaultDispvm)?)?);
    }
    let Some(qube) = system.find(target) else { return Err(Failure::NoUuid.into()) };
    if qube.class != "RemoteVM" {
        return Ok(has_uuid(qube)?);
    }
    // An empty name is as good as none.
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty()).ok_or(Refusal::NoRelay);
    let relay = given(&qube.relay)?;
    given(&qube.transport)?;
    Ok(has_uuid(system.find(&relay).ok_or(Failure::NoRelay)?)?)
}

fn has_uuid(qube: &SystemQube) -> Result<(), Failure> {
    match qube.uuid {
        Uuid::Is(_) | Uuid::Null => Ok(()),
        Uuid::Missing => Err(Failure::NoUuid),
    }
}
