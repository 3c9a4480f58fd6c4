//! What the recordings do not show: dialogues with the simulated qubesd whose replies come from reading qubes-core-admin and
//! Whonix's extension (branches release4.2 and release4.3). Each names where it stands in the source.
//!
//! A dialogue has a line `> METHOD+ARGUMENT DESTINATION PAYLOAD` for each call and below it `< ok RESULT`, `< KIND: MESSAGE`,
//! or `< -` where qubesd says nothing. `|` stands for a line feed.

use halite::base::{PackageName, QubeName};
use halite::model::{Inside, Release};
use halite::qubesd::{Call, Qubesd, Reply};
use halite::salt::staged;
use halite::sim::Simulation;

const R4_2: Release = Release::R4_2;
const R4_3: Release = Release::R4_3;

fn name(text: &str) -> QubeName {
    text.parse().unwrap()
}

/// One call as a dialogue spells it, and its reply as a dialogue spells it.
fn ask(system: &mut Simulation, line: &str) -> String {
    let mut words = line.splitn(3, ' ');
    let (method, argument) = words.next().unwrap().split_once('+').unwrap();
    let dest = name(words.next().unwrap());
    let payload = words.next().unwrap_or_default().replace('|', "\n");
    let call = Call::new(method.to_owned(), &dest).argument(argument).payload(payload);
    match system.call(&call).unwrap() {
        Reply::Ok(result) => format!("ok {}", String::from_utf8(result).unwrap().replace('\n', "|")).trim_end().to_owned(),
        Reply::Exception { kind, message } => format!("{kind}: {message}").trim_end().to_owned(),
        Reply::Empty => "-".to_owned(),
    }
}

/// Holds a dialogue with a system, which goes through its file before each call.
#[track_caller]
fn dialogue(system: &mut Simulation, text: &str) {
    let mut question = "";
    for line in text.lines().map(str::trim) {
        if let Some(call) = line.strip_prefix("> ") {
            question = call;
        } else if let Some(reply) = line.strip_prefix("< ") {
            *system = Simulation::from_json(&system.to_json()).unwrap();
            assert_eq!(ask(system, question), reply, "{question}");
        }
    }
}

#[track_caller]
fn stock(release: Release, text: &str) -> Simulation {
    let mut system = Simulation::stock(release);
    dialogue(&mut system, text);
    system
}

/// `vm/dispvm.py`
#[test]
fn disposables_take_over_what_their_template_has() {
    stock(
        R4_3,
        "> admin.vm.property.Set+netvm default-dvm sys-whonix
         < ok
         > admin.vm.tag.Set+x-mine default-dvm
         < ok
         > admin.vm.feature.Set+service.cups default-dvm 1
         < ok
         > admin.vm.firewall.Set+ default-dvm action=drop
         < ok
         > admin.vm.Create.DispVM+default-dvm dom0 name=d1 label=purple
         < ok
         > admin.vm.property.Get+netvm d1
         < ok default=False type=vm sys-whonix
         > admin.vm.property.Get+label d1
         < ok default=False type=label purple
         > admin.vm.property.Get+default_dispvm d1
         < ok default=True type=vm default-dvm
         > admin.vm.property.Get+template_for_dispvms d1
         < QubesNoSuchPropertyError: Invalid property 'template_for_dispvms' of d1
         > admin.vm.property.Get+include_in_backups d1
         < ok default=True type=bool True
         > admin.vm.tag.List+ d1
         < ok audiovm-dom0|created-by-dom0|guivm-dom0|x-mine|
         > admin.vm.feature.List+ d1
         < ok appmenus-dispvm|service.cups|
         > admin.vm.firewall.Get+ d1
         < ok action=drop|
         > admin.vm.property.Set+template_for_dispvms default-dvm False
         < QubesVMInUseError: ('Cannot change template_for_dispvms to False while there are some disposables based on this disposable template',)
         > admin.vm.property.Reset+template d1
         < QubesValueError: Cannot unset template
         > admin.vm.property.Set+template d1 vault
         < QubesPropertyValueError: template for disposable must have template_for_dispvms=True
         > admin.vm.Create.DispVM+vault dom0 name=d2 label=red
         < QubesValueError: template for disposable (vault) needs to be an AppVM with template_for_dispvms=True
         > admin.vm.Create.TemplateVM+vault dom0 name=d2 label=red
         < QubesValueError: TemplateVM cannot be based on template
         > admin.vm.volume.Info+private d1
         < ok pool=varlibqubes|vid=appvms/d1/private|size=2147483648|usage=0|rw=True|source=appvms/default-dvm/private|path=/var/lib/qubes/appvms/d1/private-dirty.img|save_on_stop=False|snap_on_start=True|revisions_to_keep=1|ephemeral=False|is_outdated=False|",
    );
    stock(
        R4_2,
        "> admin.vm.Create.DispVM+vault dom0 name=d2 label=red
         < QubesValueError: template for DispVM (vault) needs to be an AppVM with template_for_dispvms=True",
    );
}

/// `api/admin.py`, `create_disposable`; `vm/dispvm.py`, `on_domain_shutdown`
#[test]
fn a_thrown_away_disposable_is_gone_after_its_shutdown() {
    let mut system = Simulation::stock(R4_3);
    let made = ask(&mut system, "admin.vm.CreateDisposable+ default-dvm");
    let disposable = made.strip_prefix("ok ").unwrap();
    assert!(disposable.starts_with("disp"), "{made}");
    let text = "> admin.vm.tag.List+ NAME
         < ok audiovm-dom0|created-by-dom0|disp-created-by-dom0|guivm-dom0|
         > admin.vm.property.Get+auto_cleanup NAME
         < ok default=False type=bool True
         > admin.vm.Start+ NAME
         < ok
         > admin.vm.property.Set+template default-dvm debian-13-xfce
         < QubesVMInUseError: ('Cannot change template while there are running disposables based on this disposable template',)
         > admin.vm.Shutdown+ NAME
         < ok
         > admin.vm.CurrentState+ NAME
         < QubesVMNotFoundError: No such domain: 'NAME'
         > admin.vm.property.Set+template default-dvm debian-13-xfce
         < ok
         > admin.vm.CreateDisposable+ vault
         < QubesException: Refusing to create disposable out of app qube which has template_for_dispvms=False";
    dialogue(&mut system, &text.replace("NAME", disposable));
}

/// `vm/qubesvm.py`, `start`; `vm/mix/net.py` and `ext/`, `domain-pre-shutdown`
#[test]
fn gateways_start_before_their_clients_and_stop_after_them() {
    let text = "> admin.vm.Start+ anon-whonix
         < ok
         > admin.vm.List+ sys-net
         < ok sys-net class=AppVM state=RunningUUID
         > admin.vm.Shutdown+ sys-firewall
         < IN_USE: There are other VMs connected to this VM: sys-whonix
         > admin.vm.Shutdown+force sys-firewall
         < ok
         > admin.vm.Shutdown+later sys-whonix
         < -
         > admin.vm.Kill+ sys-whonix
         < ok
         > admin.vm.Pause+ anon-whonix
         < ok
         > admin.vm.Remove+ anon-whonix
         < QubesVMNotHaltedError: Domain is not powered off: 'anon-whonix'
         > admin.vm.Unpause+ anon-whonix
         < ok
         > admin.vm.Unpause+ anon-whonix
         < QubesVMNotPausedError: Domain is not paused: 'anon-whonix'
         > admin.vm.Shutdown+wait anon-whonix
         < ok
         > admin.vm.Shutdown+ anon-whonix
         < QubesVMNotStartedError: Domain is powered off: 'anon-whonix'
         > admin.vm.Start+ dom0
         < QubesVMNotHaltedError: Cannot start Dom0 fake domain!
         > admin.vm.Shutdown+ dom0
         < -";
    stock(R4_2, &text.replace("IN_USE", "QubesVMError").replace("UUID", "|"));
    let system = Simulation::stock(R4_3);
    let uuid = ask(&mut system.clone(), "admin.vm.property.Get+uuid sys-net");
    let uuid = uuid.rsplit(' ').next().unwrap();
    stock(R4_3, &text.replace("IN_USE", "QubesVMInUseError").replace("UUID", &format!(" uuid={uuid}|")));
}

/// `vm/qubesvm.py`, `start`; R4.2 does not know the feature
#[test]
fn prohibit_start_stops_a_qube_and_all_behind_it_on_r4_3() {
    let text = "> admin.vm.feature.Set+prohibit-start sys-firewall halite
         < ok
         > admin.vm.Start+ personal
         < REPLY
         > admin.vm.feature.Set+prohibit-start sys-firewall
         < ok
         > admin.vm.Start+ personal
         < ok";
    stock(R4_3, &text.replace("REPLY", "QubesException: Qube start is prohibited. Rationale: halite"));
    stock(R4_2, &text.replace("REPLY", "ok"));
}

/// `vm/dispvm.py`, `start` and `cleanup`: on R4.3 a named disposable whose start is refused is removed
#[test]
fn a_disposable_that_may_not_start_is_removed_on_r4_3() {
    let text = "> admin.vm.Create.DispVM+default-dvm dom0 name=d1 label=red
         < ok
         > admin.vm.feature.Set+prohibit-start d1 halite
         < ok
         > admin.vm.Start+ d1
         < QubesException: Qube start is prohibited. Rationale: halite
         > admin.vm.Start+ d1
         < QubesVMNotFoundError: No such domain: 'd1'";
    stock(R4_3, text);
}

/// `vm/mix/net.py`: the setter looks at clients, and a reset has no setter
#[test]
fn provides_network_can_be_reset_while_in_use() {
    stock(
        R4_3,
        "> admin.vm.property.Set+provides_network sys-whonix False
         < QubesValueError: The qube is still used by other qubes, change theirs 'netvm' first
         > admin.vm.feature.Get+servicevm sys-whonix
         < ok 1
         > admin.vm.property.Reset+provides_network sys-whonix
         < ok
         > admin.vm.feature.Get+servicevm sys-whonix
         < QubesFeatureNotFoundError: Feature not set for domain sys-whonix: servicevm
         > admin.vm.property.Get+netvm anon-whonix
         < ok default=False type=vm sys-whonix
         > admin.vm.property.Get+icon sys-whonix
         < ok default=True type=str appvm-black
         > admin.vm.property.Set+netvm personal dom0
         < -
         > admin.vm.property.Set+netvm personal nosuch
         < QubesPropertyValueError: Can't set netvm to non-existing qube nosuch
         > admin.vm.property.Set+netvm personal 1x
         < QubesValueError: VM name cannot start with hyphen, underscore, dot or numbers",
    );
}

/// `app.py`, `_setter_default_netvm` and the handlers of `clockvm`, `default_guivm`
#[test]
fn the_systems_own_properties_have_consequences() {
    stock(
        R4_3,
        "> admin.vm.property.Reset+netvm sys-firewall
         < QubesValueError: Loops in network are unsupported
         > admin.vm.property.Set+provides_network personal True
         < ok
         > admin.property.Set+default_netvm dom0 personal
         < QubesPropertyValueError: Network loop on 'personal'
         > admin.vm.Start+ untrusted
         < ok
         > admin.property.Set+default_netvm dom0 sys-whonix
         < QubesVMNotStartedError: Cannot dynamically attach to stopped qube sys-whonix
         > admin.property.Set+default_netvm dom0
         < ok
         > admin.vm.property.Get+netvm personal
         < ok default=True type=vm
         > admin.property.Set+clockvm dom0 sys-firewall
         < ok
         > admin.vm.feature.List+ sys-firewall
         < ok servicevm|service.clocksync|
         > admin.vm.feature.List+ sys-net
         < ok servicevm|
         > admin.property.Set+default_audiovm dom0
         < ok
         > admin.vm.tag.List+ vault
         < ok created-by-dom0|guivm-dom0|
         > admin.property.Reset+default_audiovm dom0
         < ok
         > admin.vm.tag.List+ vault
         < ok created-by-dom0|guivm-dom0|
         > admin.property.Set+default_template dom0 vault
         < QubesPropertyValueError: wrong VM class: domains['vault'] is of type AppVM and not TemplateVM
         > admin.property.Set+default_pool dom0 nosuch
         < QubesPropertyValueError: No such storage pool
         > admin.property.Set+default_kernel dom0 1.0
         < QubesPropertyValueError: Kernel '1.0' not installed
         > admin.property.Get+nosuch dom0
         < QubesNoSuchPropertyError: Invalid property 'nosuch' of Qubes
         > admin.property.Get+updatevm vault
         < -
         > admin.property.GetDefault+default_pool_root dom0
         < ok type=str varlibqubes
         > admin.property.Reset+default_kernel dom0
         < ok
         > admin.property.Get+default_kernel dom0
         < ok default=True type=str",
    );
}

/// `__init__.py`, `sanitize` and `forbidden`; the setters in `vm/qubesvm.py`
#[test]
fn values_are_refused_in_qubesds_words() {
    stock(
        R4_3,
        "> admin.vm.property.Set+debug vault maybe
         < QubesValueError: Invalid literal for boolean property: 'maybe'
         > admin.vm.property.Set+maxmem vault -1
         < QubesPropertyValueError: maxmem must be positive or zero
         > admin.vm.property.Set+memory vault 1_000
         < ok
         > admin.vm.property.Get+memory vault
         < ok default=False type=int 1000
         > admin.vm.property.Set+ip vault 10.0.0.256
         < QubesValueError: Failed to parse property value as IPv4Address
         > admin.vm.property.Set+uuid vault x
         < QubesValueError: Failed to parse property value as UUID
         > admin.vm.property.Set+qid vault 99
         < -
         > admin.vm.property.Set+klass vault x
         < QubesPropertyValueError: property 'klass' on AppVM instance cannot be set
         > admin.vm.property.Reset+klass vault
         < ok
         > admin.vm.property.Set+mac vault 00:11
         < -
         > admin.vm.property.Set+virt_mode vault HVM
         < ok
         > admin.vm.property.Get+virt_mode vault
         < ok default=False type=str hvm
         > admin.vm.property.Set+kernel vault 1.0
         < QubesPropertyValueError: Kernel '1.0' not installed
         > admin.vm.property.Set+kernel vault
         < ok
         > admin.vm.property.Get+kernelopts vault
         < ok default=True type=str
         > admin.vm.property.Set+keyboard_layout vault de
         < QubesPropertyValueError: invalid number of keyboard layout parameters
         > admin.vm.property.Set+devices_denied vault u03****m******
         < ok
         > admin.vm.property.Get+devices_denied vault
         < ok default=False type=str m******u03****
         > admin.vm.property.Set+label vault 2
         < ok
         > admin.vm.property.Get+label vault
         < ok default=False type=label orange
         > admin.vm.property.GetDefault+label vault
         < ok
         > admin.vm.property.GetDefault+name vault
         < ok
         > admin.vm.property.GetDefault+memory vault
         < ok type=int 400",
    );
}

/// `vm/qubesvm.py`, `_default_with_template` and `_default_maxmem`
#[test]
fn defaults_come_from_the_template() {
    stock(
        R4_3,
        "> admin.vm.property.Set+memory fedora-42-xfce 600
         < ok
         > admin.vm.property.Get+memory personal
         < ok default=True type=int 600
         > admin.vm.property.Get+maxmem personal
         < ok default=True type=int 6000
         > admin.vm.property.Set+management_dispvm fedora-42-xfce default-dvm
         < ok
         > admin.vm.property.Get+management_dispvm personal
         < ok default=True type=vm default-dvm
         > admin.vm.Remove+ fedora-42-xfce
         < QubesVMInUseError: Domain is in use: 'fedora-42-xfce';  see 'journalctl -u qubesd -e' in dom0 for details
         > admin.vm.feature.Set+service.meminfo-writer personal
         < ok
         > admin.vm.property.Get+maxmem personal
         < ok default=False type=int 0
         > admin.vm.feature.List+ personal
         < ok
         > admin.vm.feature.CheckWithTemplate+os personal
         < ok Linux
         > admin.vm.feature.Set+service. personal 1
         < QubesValueError: Service name cannot be empty
         > admin.vm.feature.Set+preload-dispvm personal 1
         < -",
    );
}

/// `ext/admin.py`: dom0 may set such a tag, and qubesd fails only after it did
#[test]
fn a_tag_of_an_unknown_creator_stays_although_nothing_is_answered() {
    stock(
        R4_3,
        "> admin.vm.tag.Set+created-by-nobody vault
         < -
         > admin.vm.tag.Get+created-by-nobody vault
         < ok 1
         > admin.vm.feature.Set+tag-created-vm-with dom0 x-a x-b
         < ok
         > admin.vm.Create.AppVM+ dom0 label=red name=n1
         < ok
         > admin.vm.tag.List+ n1
         < ok audiovm-dom0|created-by-dom0|guivm-dom0|x-a|x-b|",
    );
}

/// `api/internal.py`: a qube without a label has no colour for it
#[test]
fn a_reset_label_takes_the_policy_away() {
    stock(
        R4_3,
        "> admin.vm.property.Reset+label vault
         < ok
         > admin.vm.property.Get+label vault
         < ok default=True type=label
         > admin.vm.property.Get+icon vault
         < ok default=True type=str
         > internal.GetSystemInfo+ dom0
         < -
         > admin.vm.property.Set+label vault black
         < ok",
    );
}

/// `api/admin.py`, `label_create` and `label_remove`
#[test]
fn labels_can_be_made() {
    stock(
        R4_3,
        "> admin.label.Create+pink dom0 0xff00ff
         < ok
         > admin.label.Index+pink dom0
         < ok 9
         > admin.label.Get+pink dom0
         < ok 0xff00ff
         > admin.label.Create+pink dom0 0xff00ff
         < QubesValueError: label already exists
         > admin.label.Get+mauve dom0
         < QubesValueError:
         > admin.vm.property.Set+label vault pink
         < ok
         > admin.label.Remove+pink dom0
         < QubesException: label still in use
         > admin.vm.property.Set+label vault black
         < ok
         > admin.label.Remove+pink dom0
         < ok
         > admin.label.Remove+red dom0
         < -",
    );
}

/// `storage/reflink.py`: no size is too small
#[test]
fn volumes_can_be_cut_off() {
    stock(
        R4_3,
        "> admin.vm.volume.Resize+private vault 1024
         < ok
         > admin.vm.volume.Resize+private vault 01024
         < -
         > admin.vm.volume.Resize+kernel vault 1024
         < -
         > admin.vm.volume.Resize+nosuch vault 1024
         < -
         > admin.vm.volume.Info+root vault
         < ok pool=varlibqubes|vid=appvms/vault/root|size=10737418240|usage=0|rw=True|source=vm-templates/fedora-42-xfce/root|path=/var/lib/qubes/appvms/vault/root-dirty.img|save_on_stop=False|snap_on_start=True|revisions_to_keep=1|ephemeral=False|is_outdated=False|",
    );
}

/// A clone by hand takes size and packages along; a volume that is not kept takes nothing.
#[test]
fn a_cloned_root_has_the_size_and_the_packages_of_its_source() {
    let mut system = stock(R4_3, "> admin.vm.volume.Resize+root debian-13-xfce 21474836480\n< ok");
    let packages = ["tor", "git"].map(|package| package.parse().unwrap()).into();
    let inside = Inside { packages, ..Inside::default() };
    system.provision(&name("debian-13-xfce"), &staged(&name("debian-13-xfce"), &inside)).unwrap();
    dialogue(&mut system, "> admin.vm.Create.TemplateVM+ dom0 name=t1 label=black\n< ok");
    let token = ask(&mut system, "admin.vm.volume.CloneFrom+root debian-13-xfce");
    let token = token.strip_prefix("ok ").unwrap();
    assert_eq!(ask(&mut system, &format!("admin.vm.volume.CloneTo+root t1 {token}")), "ok");
    assert_eq!(system.installed(&name("t1")).map(PackageName::as_str).collect::<Vec<_>>(), ["git", "tor"]);
    dialogue(&mut system, "> admin.vm.Create.AppVM+t1 dom0 name=n1 label=black\n< ok");
    assert!(ask(&mut system, "admin.vm.volume.Info+root n1").contains("size=21474836480|"));
    dialogue(&mut system, "> admin.vm.property.Set+template n1 fedora-42-xfce\n< ok");
    assert!(ask(&mut system, "admin.vm.volume.Info+root n1").contains("size=10737418240|"));
}

/// `qubeswhonix/__init__.py`, release4.3
#[test]
fn whonix_18_looks_for_the_nearest_gateway() {
    stock(
        R4_3,
        "> admin.vm.feature.Set+whonix-default-gw whonix-workstation-18 sys-gw
         < ok
         > admin.vm.Create.AppVM+whonix-gateway-18 dom0 name=sys-gw label=black
         < ok
         > admin.vm.property.Get+default_dispvm sys-gw
         < ok default=False type=vm
         > admin.vm.property.Set+provides_network sys-gw True
         < ok
         > admin.vm.Create.AppVM+whonix-workstation-18 dom0 name=w1 label=red
         < ok
         > admin.vm.property.Get+netvm w1
         < ok default=False type=vm sys-whonix
         > admin.vm.feature.Set+whonix-gw sys-gw 1
         < ok
         > admin.vm.Create.AppVM+whonix-workstation-18 dom0 name=w2 label=red
         < ok
         > admin.vm.property.Get+netvm w2
         < ok default=False type=vm sys-gw
         > admin.property.Set+default_netvm dom0
         < ok
         > admin.vm.Create.AppVM+whonix-workstation-18 dom0 name=w3 label=red
         < ok
         > admin.vm.property.Get+netvm w3
         < ok default=True type=vm",
    );
}

/// `qubeswhonix/__init__.py`, release4.3: without a template there is no `whonix-default-gw`, and tags come with a start of qubesd only.
#[test]
fn whonix_18_on_a_standalone_qube_falls_back_to_the_stock_gateway() {
    stock(
        R4_3,
        "> admin.vm.Create.StandaloneVM+ dom0 name=s1 label=red
         < ok
         > admin.vm.feature.Set+whonix-ws s1 1
         < ok
         > admin.vm.property.Get+netvm s1
         < ok default=False type=vm sys-whonix
         > admin.vm.tag.List+ s1
         < ok audiovm-dom0|created-by-dom0|guivm-dom0|",
    );
}

/// `qubeswhonix/__init__.py`, release4.2: the qube is there before the extension fails
#[test]
fn whonix_17_may_leave_half_a_qube() {
    stock(
        R4_2,
        "> admin.vm.property.Reset+provides_network sys-whonix
         < ok
         > admin.vm.Create.AppVM+whonix-workstation-17 dom0 name=w1 label=red
         < QubesValueError: The sys-whonix qube does not provide network
         > admin.vm.tag.List+ w1
         < ok anon-vm|audiovm-dom0|guivm-dom0|
         > admin.vm.property.Get+netvm w1
         < ok default=True type=vm sys-firewall",
    );
}

/// `qubeswhonix/__init__.py`, `domain-load`
#[test]
fn a_restart_brings_tags_back_and_nothing_else() {
    for (release, template, has_tag) in [(R4_3, "whonix-workstation-18", "1"), (R4_2, "whonix-workstation-17", "0")] {
        let mut system = stock(
            release,
            "> admin.vm.tag.Remove+anon-vm anon-whonix
             < ok
             > admin.vm.tag.Remove+guivm-dom0 anon-whonix
             < ok
             > admin.vm.property.Set+netvm anon-whonix sys-firewall
             < ok
             > admin.vm.property.Set+template vault debian-13-xfce
             < ok",
        );
        system.restart();
        dialogue(
            &mut system,
            &"> admin.vm.tag.Get+anon-vm anon-whonix
             < ok 1
             > admin.vm.tag.Get+guivm-dom0 anon-whonix
             < ok 1
             > admin.vm.property.Get+netvm anon-whonix
             < ok default=False type=vm sys-firewall
             > admin.vm.tag.Get+anon-vm TEMPLATE
             < ok HAS_TAG
             > admin.vm.tag.Get+anon-vm vault
             < ok 0"
                .replace("TEMPLATE", template)
                .replace("HAS_TAG", has_tag),
        );
    }
}

/// `vm/remotevm.py`, `ext/relay.py`
#[test]
fn remote_qubes_are_known_to_r4_3() {
    stock(
        R4_3,
        "> admin.vm.Create.RemoteVM+ dom0 name=far label=gray
         < ok
         > admin.vm.property.Set+relayvm far sys-net
         < ok
         > admin.vm.tag.List+ far
         < ok created-by-dom0|relayvm-sys-net|
         > admin.vm.volume.List+ far
         < ok
         > admin.vm.Start+ far
         < QubesVMNotHaltedError: Cannot start a RemoteVM.
         > admin.vm.property.Set+default_dispvm vault far
         < QubesPropertyValueError: wrong VM class: domains['far'] is of type RemoteVM and not LocalVM
         > admin.vm.Remove+ far
         < ok",
    );
    stock(R4_2, "> admin.vm.Create.RemoteVM+ dom0 name=far label=gray\n< -\n> admin.vm.notes.Get+ vault\n< -");
}

/// `api/admin.py`, `vm_notes_set`
#[test]
fn notes_are_kept() {
    stock(
        R4_3,
        "> admin.vm.notes.Set+ vault for keys|and grün
         < ok
         > admin.vm.notes.Get+ vault
         < ok for keys|and grün
         > admin.vm.notes.Get+ dom0
         < -",
    );
}

/// `vm/qubesvm.py`, `keyboard_layout`: Python looks for a keyboard until its stack is full
#[test]
fn a_loop_of_gui_qubes_cannot_be_read() {
    for release in [R4_2, R4_3] {
        stock(
            release,
            "> admin.vm.property.Set+guivm vault vault
             < ok
             > admin.vm.property.Get+keyboard_layout vault
             < -
             > admin.vm.property.GetAll+ vault
             < -
             > admin.vm.property.Set+keyboard_layout vault de++
             < -
             > admin.vm.property.Get+guivm vault
             < ok default=False type=vm vault
             > admin.vm.property.Reset+guivm vault
             < ok
             > admin.vm.property.Get+keyboard_layout vault
             < ok default=True type=str us++",
        );
    }
}

/// `app.py`: properties of the system that were reset and have no default
#[test]
fn without_a_default_kernel_or_template_qubesd_fails() {
    for release in [R4_2, R4_3] {
        stock(
            release,
            "> admin.property.Reset+default_kernel dom0
             < ok
             > admin.vm.volume.Info+kernel vault
             < -
             > admin.vm.Start+ vault
             < -
             > admin.vm.Kill+ vault
             < QubesVMNotStartedError: Domain is powered off: 'vault'
             > admin.vm.Create.DispVM+default-dvm dom0 name=d1 label=red
             < -
             > admin.vm.tag.List+ d1
             < QubesVMNotFoundError: No such domain: 'd1'
             > admin.vm.Create.AppVM+fedora-42-xfce dom0 name=n1 label=red
             < ok
             > admin.property.Reset+default_template dom0
             < ok
             > admin.vm.Create.AppVM+ dom0 name=n2 label=red
             < -
             > admin.property.Set+default_template dom0
             < ok
             > admin.vm.Create.AppVM+ dom0 name=n2 label=red
             < QubesValueError: Template for the qube not specified, nor default template set.
             > admin.vm.Create.AppVM+dom0 dom0 name=n2 label=red
             < -",
        );
    }
}

/// `ext/__init__.py`, `handler`: extensions look after local qubes only
#[test]
fn extensions_leave_qubes_of_other_computers_alone() {
    stock(
        R4_3,
        "> admin.vm.Create.RemoteVM+ dom0 name=far label=gray
         < ok
         > admin.vm.feature.Set+service. far 1
         < ok
         > admin.vm.feature.Set+vm-config.1 far 1
         < ok
         > admin.vm.tag.Set+created-by-nobody far
         < ok
         > admin.vm.Create.AppVM+far dom0 name=n1 label=red
         < -",
    );
}

/// `app.py`, `on_property_set_default_dispvm` and `vm/mix/net.py`, `on_property_set_netvm`: what was set stays although qubesd fails
#[test]
fn dom0_as_a_default_makes_qubesd_fail() {
    let text = "> admin.property.Set+default_netvm dom0 dom0
         < -
         > admin.property.Get+default_netvm dom0
         < ok default=False type=vm dom0
         > admin.property.Set+default_dispvm dom0 dom0
         < DISPOSABLES
         > admin.property.Get+default_dispvm dom0
         < ok default=False type=vm dom0";
    stock(R4_2, &text.replace("DISPOSABLES", "ok"));
    stock(R4_3, &text.replace("DISPOSABLES", "-"));
}

/// `storage/reflink.py`: what begins as a snapshot has the size of what it is one of, while it runs
#[test]
fn a_running_snapshot_has_the_size_of_its_template() {
    let size = |system: &mut Simulation| {
        let info = ask(system, "admin.vm.volume.Info+root vault");
        info.split('|').find_map(|line| line.strip_prefix("size=")).unwrap().to_owned()
    };
    let mut system = stock(R4_3, "> admin.vm.volume.Resize+root vault 5|\n< ok\n> admin.vm.Start+ vault\n< ok");
    assert_eq!(size(&mut system), "10737418240");
    dialogue(&mut system, "> admin.vm.volume.Resize+root fedora-42-xfce 21474836480\n< ok");
    assert_eq!(size(&mut system), "10737418240", "it runs on what there was");
    assert!(ask(&mut system, "admin.vm.volume.Info+root vault").ends_with("|is_outdated=True|"));
    dialogue(&mut system, "> admin.vm.volume.Resize+root vault 7\n< ok");
    assert_eq!(size(&mut system), "7");
    dialogue(&mut system, "> admin.vm.Kill+ vault\n< ok");
    assert_eq!(size(&mut system), "7");
    dialogue(&mut system, "> admin.vm.Start+ vault\n< ok");
    assert_eq!(size(&mut system), "21474836480");
}

/// `firewall.py`, `Rule.api_rule`; Python's `ipaddress` and `uuid`
#[test]
fn values_are_shown_as_python_shows_them() {
    stock(
        R4_3,
        "> admin.vm.firewall.Set+ vault action=drop expire=1000000000|action=drop expire=4102444800
         < ok
         > admin.vm.firewall.Get+ vault
         < ok action=drop expire=4102444800|
         > admin.vm.property.Set+ip6 vault ::ffff:1.2.3.4
         < ok
         > admin.vm.property.Get+ip6 vault
         < ok default=False type=str ::ffff:102:304
         > admin.vm.property.Set+ip6 vault FE80::1%eth0
         < ok
         > admin.vm.property.Get+ip6 vault
         < ok default=False type=str fe80::1%eth0
         > admin.vm.property.Set+uuid vault urn:uuid:00000000-0000-0000-0000-000000000009
         < -
         > admin.vm.property.Set+uuid vault urn:00000000
         < QubesValueError: Failed to parse property value as UUID",
    );
}

/// Thousands of calls, most of them nonsense: none panics, and the state stays one that its own audit accepts.
#[test]
fn no_conversation_breaks_the_state() {
    let methods = [
        "Create.AppVM",
        "Create.DispVM",
        "Create.StandaloneVM",
        "Create.TemplateVM",
        "Create.RemoteVM",
        "CreateDisposable",
        "Remove",
        "property.Set",
        "property.Set",
        "property.Set",
        "property.Reset",
        "property.GetAll",
        "tag.Set",
        "tag.Remove",
        "feature.Set",
        "feature.Remove",
        "firewall.Set",
        "volume.Resize",
        "volume.CloneTo",
        "Start",
        "Shutdown",
        "Kill",
        "Pause",
        "notes.Set",
    ];
    let globals = ["property.Set", "property.Set", "property.Reset", "label.Create", "label.Remove"];
    let dests =
        ["dom0", "dom0", "n1", "n2", "n3", "sys-whonix", "sys-firewall", "personal", "default-dvm", "vault", "fedora-42-xfce"];
    let arguments = [
        "",
        "netvm",
        "netvm",
        "provides_network",
        "template",
        "template_for_dispvms",
        "guivm",
        "relayvm",
        "label",
        "memory",
        "default_dispvm",
        "default_netvm",
        "default_guivm",
        "clockvm",
        "default_template",
        "autostart",
        "pink",
        "created-by-n1",
        "whonix-ws",
        "whonix-gw",
        "whonix-default-gw",
        "service.meminfo-writer",
        "root",
        "private",
        "keyboard_layout",
        "kernel",
        "default-dvm",
        "fedora-42-xfce",
        "whonix-workstation-18",
        "whonix-gateway-18",
        "auto_cleanup",
        "ip",
        "virt_mode",
        "debian-13-xfce",
        "include_in_backups",
    ];
    let payloads = [
        "",
        "",
        "True",
        "False",
        "1",
        "0",
        "n1",
        "n2",
        "sys-whonix",
        "sys-firewall",
        "default-dvm",
        "dom0",
        "fedora-42-xfce",
        "pink",
        "red",
        "name=n1 label=red",
        "name=n2 label=pink",
        "name=n3 label=black",
        "0x123456",
        "action=drop",
        "hvm",
        "us++",
        "99999999999999999999",
    ];
    for release in Release::ALL {
        let mut system = Simulation::stock(release);
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut pick = |count: usize| {
            // Xorshift: the same conversation each time.
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            usize::try_from(random >> 33).unwrap() % count
        };
        let mut answered = 0;
        for round in 0..20_000 {
            let dest = dests[pick(dests.len())];
            let is_global = dest == "dom0" && pick(2) == 0;
            let method = if is_global { globals[pick(globals.len())] } else { methods[pick(methods.len())] };
            let prefix = if is_global { "admin" } else { "admin.vm" };
            let (argument, payload) = (arguments[pick(arguments.len())], payloads[pick(payloads.len())]);
            let takes_argument = method.contains("property.") && !method.ends_with("All")
                || ["tag.", "feature.", "volume.", "label.", "Create.AppVM", "Create.DispVM"]
                    .iter()
                    .any(|part| method.contains(part));
            let argument = if takes_argument { argument } else { "" };
            let payload = if method.ends_with("Set") || method.contains("Create") { payload } else { "" };
            let line = format!("{prefix}.{method}+{argument} {dest} {payload}");
            answered += usize::from(ask(&mut system, &line).starts_with("ok"));
            if round % 20 == 0 {
                system = Simulation::from_json(&system.to_json()).unwrap_or_else(|error| panic!("after {line}: {error}"));
            }
        }
        assert!(answered > 1_500, "only {answered} calls did something");
    }
}
