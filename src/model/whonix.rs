//! Files of Whonix's own that halite writes into qubes: a gateway's bridges, and which gateway a workstation tells about its clock.

use super::{Bridge, Fact, Release, Transport};
use crate::base::{FilePath, QubeName};

/// What the files say first.
const HEADER: &str = "# Written by halite. Change the recipe, not this file.\n";

/// The gateway that every system with Whonix has. It belongs to no identity: templates are updated through it.
pub fn stock_gateway() -> QubeName {
    "sys-whonix".parse().expect("a literal in this crate")
}

/// Whether qubes on this stock template run Tor for others.
pub fn is_gateway_template(template: &QubeName) -> bool {
    template.as_str().starts_with("whonix-gateway-")
}

/// Whether qubes on this stock template are made to be behind a Whonix gateway.
pub fn is_workstation_template(template: &QubeName) -> bool {
    template.as_str().starts_with("whonix-workstation-")
}

/// What workstations ask of their gateway by themselves, again and again.
const TO_GATEWAY: [&str; 5] =
    ["sdwdate-gui.Connect", "sdwdate-gui.ConnectCheck", "sdwdate.Connect", "sdwdate.ConnectCheck", "whonix.NewStatus"];

/// What a gateway asks of its workstations by itself, with the arguments that stock policy knows.
pub const TO_WORKSTATION: [(&str, &[&str]); 2] =
    [("whonix.SdwdateStatus", &["+"]), ("whonix.GatewayCommand", &["+restart", "+stop", "+showlog"])];

/// The services that workstations ask of their gateway by themselves on this release.
pub fn to_gateway(release: Release) -> impl Iterator<Item = &'static str> {
    TO_GATEWAY.into_iter().filter(move |service| release.has(Fact::Service(service)))
}

/// Where Whonix's Tor reads what users add to its configuration (Whonix documentation, "Tor configuration").
pub fn bridges_file() -> FilePath {
    path("/usr/local/etc/torrc.d/50_user.conf")
}

/// Tor's configuration for these bridges. Not to be empty.
pub fn bridges_contents(bridges: &[Bridge]) -> String {
    let mut text = format!("{HEADER}UseBridges 1\n");
    for transport in Transport::PLUGGABLE {
        let is_used = bridges.iter().any(|bridge| bridge.transport() == transport);
        if let (true, Some(name), Some(program)) = (is_used, transport.name(), transport.program()) {
            text.push_str(&format!("ClientTransportPlugin {name} exec {program}\n"));
        }
    }
    text.extend(bridges.iter().map(|bridge| format!("Bridge {bridge}\n")));
    text
}

/// Where sdwdate-gui reads what users add to its configuration.
pub fn sdwdate_gui_file() -> FilePath {
    path("/usr/local/etc/sdwdate-gui.d/50_user.conf")
}

/// sdwdate-gui's settings of a workstation: the gateway that it tells about its clock. Without it, it would tell `sys-whonix`, which would
/// so learn its name.
pub fn sdwdate_gui_contents(gateway: &QubeName, release: Release) -> String {
    let mark = if release.has(Fact::SdwdateGuiIsQuoted) { "\"" } else { "" };
    format!("{HEADER}gateway={mark}{gateway}{mark}\n")
}

fn path(text: &str) -> FilePath {
    text.parse().expect("a literal in this crate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_transport_is_named_once_and_before_the_bridges() {
        let bridges = ["obfs4 192.0.2.1:1 cert=a", "192.0.2.2:2", "obfs4 192.0.2.3:3 cert=b"].map(|line| line.parse().unwrap());
        let text = "# Written by halite. Change the recipe, not this file.\n\
                    UseBridges 1\n\
                    ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy\n\
                    Bridge obfs4 192.0.2.1:1 cert=a\n\
                    Bridge 192.0.2.2:2\n\
                    Bridge obfs4 192.0.2.3:3 cert=b\n";
        assert_eq!(bridges_contents(&bridges), text);
    }

    #[test]
    fn sdwdate_gui_is_spelled_as_each_release_reads_it() {
        let line = |release| sdwdate_gui_contents(&"gw1".parse().unwrap(), release).lines().last().unwrap().to_owned();
        assert_eq!(line(Release::R4_2), "gateway=gw1");
        assert_eq!(line(Release::R4_3), "gateway=\"gw1\"");
    }
}
