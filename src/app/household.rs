//! Which addresses are one source.

use std::net::IpAddr;

/// What of an address counts. Of IPv6 the first 64 bits: the rest is the household's to choose. An IPv4 address in IPv6 is one.
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}
