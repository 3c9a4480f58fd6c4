//! What moves when a service is called.

/// What a call carries from its caller to its target, or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carries {
    /// Anything the caller's user, or the caller itself, chooses to send.
    Data,
    /// Anything the target chooses to send back.
    Answer,
    /// Commands: the target does what the caller says.
    Control,
    /// A way to the network.
    Network,
    /// The time of day.
    Time,
    /// How somebody is: little, but enough to link two qubes.
    Status,
    /// Something for dom0 alone, which keeps it to itself.
    ToDom0,
}

/// A service, or all that begin with a text that ends in `.`; what its calls carry; and how that is known.
type Row = (&'static str, &'static [Carries], &'static str);

/// What is known of services.
const SERVICES: &[Row] = {
    use Carries::{Answer, Control, Data, Network, Status, Time, ToDom0};
    &[
        ("admin.", &[Answer, Control], "qubes-core-admin, Admin API"),
        ("ctap.", &[Answer, Data], "qubes-app-u2f: what is to be signed, and the signature"),
        ("policy.", &[Answer, Control], "qubes-core-qrexec, policy API"),
        ("qubes.ClipboardPaste", &[Data], "qubes-gui-daemon"),
        ("qubes.ConnectTCP", &[Network], "qubes-core-admin, qubes-rpc/: to a TCP port"),
        ("qubes.FeaturesRequest", &[ToDom0], "qubes-core-admin, qubes-rpc/ and qubes/ext/core_features.py"),
        ("qubes.Filecopy", &[Data], "qubes-core-agent-linux, qubes-rpc/"),
        ("qubes.GetDate", &[Time], "qubes-core-admin, qubes-rpc/"),
        ("qubes.GetImageRGBA", &[Answer, Data], "qubes-core-agent-linux, qubes-rpc/: the picture comes back"),
        ("qubes.GetRandomizedTime", &[Time], "qubes-core-admin, qubes-rpc/; Whonix's clock"),
        ("qubes.Gpg", &[Answer, Data], "qubes-app-linux-split-gpg"),
        ("qubes.GpgImportKey", &[Data], "qubes-app-linux-split-gpg"),
        ("qubes.Notifications", &[ToDom0], "qubes-notification-proxy"),
        ("qubes.NotifyTools", &[ToDom0], "qubes-core-admin, qubes-rpc/"),
        ("qubes.NotifyUpdates", &[ToDom0], "qubes-core-admin, qubes-rpc/"),
        ("qubes.OpenInVM", &[Answer, Data], "qubes-core-agent-linux, qubes-rpc/: the file goes there, and may come back changed"),
        ("qubes.OpenURL", &[Data], "qubes-core-agent-linux, qubes-rpc/"),
        ("qubes.ReceiveUpdates", &[ToDom0], "qubes-core-admin-linux, dom0-updates/"),
        (
            "qubes.RestoreById",
            &[Answer, Control, Data],
            "qubes-core-agent-linux, qubes-rpc/: runs a command that was registered before",
        ),
        ("qubes.StartApp", &[Control, Data], "qubes-core-agent-linux, qubes-rpc/: the caller chooses the application"),
        ("qubes.SyncAppMenus", &[ToDom0], "qubes-desktop-linux-common, qubesappmenus/"),
        ("qubes.UpdatesProxy", &[Network], "qubes-core-agent-linux, qubes-rpc/"),
        ("qubes.VMExec", &[Answer, Control, Data], "qubes-core-agent-linux"),
        ("qubes.VMExecGUI", &[Answer, Control, Data], "qubes-core-agent-linux"),
        ("qubes.VMRootExec", &[Answer, Control, Data], "qubes-core-agent-linux, qubes-rpc/"),
        ("qubes.VMRootShell", &[Answer, Control, Data], "qubes-core-agent-linux, qubes-rpc/"),
        ("qubes.VMShell", &[Answer, Control, Data], "qubes-core-agent-linux, qubes-rpc/"),
        ("qubes.WindowIconUpdater", &[ToDom0], "qubes-gui-daemon, window-icon-updater/"),
        ("qvc.ScreenShare", &[Answer, Data], "qubes-video-companion, qubes-rpc/: the target's screen comes back"),
        ("qvc.Webcam", &[Answer, Data], "qubes-video-companion, qubes-rpc/: the picture comes back"),
        ("sdwdate-gui.", &[Status], "sdwdate-gui of Whonix 18"),
        ("sdwdate.", &[Status], "sdwdate of Whonix 18"),
        ("u2f.", &[Answer, Data], "qubes-app-u2f"),
        ("whonix.GatewayCommand", &[Control], "sdwdate-gui: restart, stop, show the log"),
        ("whonix.NewStatus", &[Status], "sdwdate-gui"),
        ("whonix.SdwdateStatus", &[Status], "sdwdate-gui"),
    ]
};

/// The row of the table that a service is in.
fn row(service: &str) -> Option<&'static Row> {
    // The table is sorted, and no row stands between the beginning of services and any of these.
    let after = SERVICES.partition_point(|(known, _, _)| *known <= service);
    let row @ (known, _, _) = SERVICES.get(after.checked_sub(1)?)?;
    let is_meant = if known.ends_with('.') { service.starts_with(known) } else { service == *known };
    is_meant.then_some(row)
}

/// The service, if it is known; or what it begins with, up to a `.`, where that is what is known of it.
pub fn known_service(service: &str) -> Option<&'static str> {
    row(service).map(|(known, _, _)| *known)
}

/// What calls of a service carry. Of one that nobody knows, the worst is assumed; `None` stands for every service that no rule names.
pub fn carries(service: Option<&str>) -> &'static [Carries] {
    service.and_then(row).map_or(&[Carries::Answer, Carries::Control, Carries::Data], |(_, carries, _)| carries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Release;

    #[test]
    fn the_table_is_sorted_and_says_where_it_is_known_from() {
        assert!(SERVICES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(SERVICES.iter().all(|(_, carries, source)| !carries.is_empty() && !source.is_empty()));
        for (beginning, _, _) in SERVICES.iter().filter(|(known, _, _)| known.ends_with('.')) {
            assert!(SERVICES.iter().all(|(known, _, _)| known == beginning || !known.starts_with(beginning)), "{beginning}");
        }
    }

    #[test]
    fn every_service_of_stock_policies_is_known() {
        for release in Release::ALL {
            for rule in super::super::stock(release).rules {
                let service = rule.call.service.clone().expect("stock policies name services");
                let known = SERVICES
                    .iter()
                    .any(|(known, _, _)| *known == service || (known.ends_with('.') && service.starts_with(known)));
                assert!(known, "{service}");
            }
        }
    }

    #[test]
    fn the_unknown_may_carry_anything() {
        let anything = [Carries::Answer, Carries::Control, Carries::Data];
        assert_eq!(carries(Some("my.Service")), anything);
        assert_eq!(carries(Some("qubes.FilecopyX")), anything);
        assert_eq!(carries(None), anything);
        assert_eq!(carries(Some("admin.vm.Start")), [Carries::Answer, Carries::Control]);
    }
}
