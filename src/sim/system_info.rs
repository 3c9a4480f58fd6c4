//! What the policy daemon asks for: `internal.GetSystemInfo`.
//!
//! Source: `qubes/api/internal.py`.

use serde_json::{Map, Value as Json, json};

use super::refusal::{Outcome, Refusal};
use super::simulation::Simulation;
use super::view::View;
use crate::model::Release;

impl Simulation {
    /// The system as the policy sees it, as JSON.
    ///
    /// # Errors
    /// If a qube's label was reset: qubesd fails over that, and with it every evaluation of policy.
    pub(super) fn system_info(&self) -> Outcome<String> {
        let domains: Outcome<Map<String, Json>> =
            self.views().map(|view| Ok((view.name.to_string(), self.domain_info(&view)?))).collect();
        Ok(json!({ "domains": domains? }).to_string())
    }

    fn domain_info(&self, view: &View) -> Outcome<Json> {
        let label = self.label(view.label().ok_or(Refusal::Silence)?)?;
        let reference = |property: &str| view.refers(property).map(|view| view.name.as_str());
        let mut info = json!({
            "tags": view.qube.tags,
            "type": view.qube.class.as_str(),
            "template_for_dispvms": view.is_on("template_for_dispvms"),
            "default_dispvm": reference("default_dispvm"),
            "icon": format!("appvm-{}", label.name),
            "guivm": reference("guivm"),
            "power_state": view.power().as_str(),
        });
        if self.release >= Release::R4_3
            && let Some(info) = info.as_object_mut()
        {
            let transport = view.get("transport_rpc").map(|value| value.sent()).filter(|text| !text.is_empty());
            info.insert("internal".to_owned(), json!(view.qube.features.get("internal")));
            info.insert("label".to_owned(), json!(label.color));
            info.insert("relayvm".to_owned(), json!(reference("relayvm")));
            info.insert("transport_rpc".to_owned(), json!(transport));
            info.insert("uuid".to_owned(), json!(view.uuid()));
        }
        Ok(info)
    }
}
