//! Which addresses of the network are everybody's. A server that fetches what others name must not be made to look around inside.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether keys may be fetched there: at a public address, or in one of the networks that were allowed.
pub(super) fn may_be_asked(address: IpAddr, allowed: &[IpNet]) -> bool {
    let address = address.to_canonical();
    is_public(address) || allowed.iter().any(|network| network.contains(&address))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By the registries of special addresses (RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (18..20).contains(&b);
    let protocol = a == 192 && b == 0 && c == 0;
    let relay = a == 192 && b == 88 && c == 99;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || shared
        || benchmark
        || protocol
        || relay
        || a == 0
        // Multicast, and what is kept for later.
        || a >= 224)
}

/// Global unicast (2000::/3) without what stands there for something else: documentation, tunnels, and addresses that hold an
/// IPv4 address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global = a & 0xe000 == 0x2000;
    let special = a == 0x2001 && (b < 0x200 || b == 0xdb8);
    let tunnel = a == 0x2002;
    let documentation = a == 0x3fff && b < 0x1000;
    global && !special && !tunnel && !documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_not_asked_unless_it_was_allowed() {
        for inside in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
        ] {
            let address: IpAddr = inside.parse().unwrap();
            assert!(!may_be_asked(address, &[]), "{inside}");
        }
        for outside in ["8.8.8.8", "172.32.0.1", "100.63.0.1", "20.190.128.1", "2606:4700::1", "2603:1000::1"]
        {
            assert!(may_be_asked(outside.parse().unwrap(), &[]), "{outside}");
        }
        let allowed = ["10.1.0.0/16".parse().unwrap()];
        assert!(may_be_asked("10.1.2.3".parse().unwrap(), &allowed));
        assert!(may_be_asked("::ffff:10.1.2.3".parse().unwrap(), &allowed));
        assert!(!may_be_asked("10.2.2.3".parse().unwrap(), &allowed));
    }
}
