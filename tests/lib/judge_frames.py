#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What each rule of the tables lets pass, frame by frame, on the real kernel.

    judge_frames.py PREFIX PART

The namespaces are tests/system/185-frames', which loads the ruleset for PART. Prints "0 TEXT" for what held and
"1 TEXT" for what did not. IPv6 of the namespaces is off: no frame but these is there.
"""
import struct
import sys

from tapped_frames import (ARP, BROADCAST, IP4, IP6, SYN, SYN_ACK, VLAN, Net, address, arp, frame, icmp4, icmp6, ip4, ip6, tcp,
                           udp)

ALL4, ALL6, NEAR6 = "255.255.255.255", "ff02::1", "ff02::1:ff00:1"
NONE4, NONE6 = "0.0.0.0", "::"
INTERNET, SERVER, OTHER_SERVER = "198.51.100.2", "10.20.0.5", "10.20.0.6"
GATEWAY = "02:00:00:00:00:fe"
HOUSEHOLD = ["gateway", "d2", "d4", "d5"]  # of d1: whose zone sends decides, not whose receives

prefix, part = sys.argv[1:]
net = Net({name: (f"{prefix}-{name}", "eth0")
           for name in ("d1", "d2", "d3", "d4", "d5", "t1", "t2", "other", "v101", "v102", "v201", "inet", "srv")}
          | {"gateway": (f"{prefix}-gateway", "br0"), "service": (f"{prefix}-gateway", 5353),
             "names": (f"{prefix}-gateway", 53), "closed": (f"{prefix}-gateway", 5355)})


def number(name):
    return name.lstrip("abcdefghijklmnopqrstuvwxyz") or "1"


def own_mac(name):
    kind = {"d": 0, "t": 1, "v": 2, "o": 3, "s": 4, "i": 5}[name[0]]
    return f"02:00:00:00:{kind:02}:{number(name)[-2:].zfill(2)}"


def own4(name):
    return f"10.{number(name)}.0.2" if name[0] == "v" else f"10.9.{'dto'.index(name[0])}.{number(name)}"


def own6(name):
    return f"fe80::{'dto'.index(name[0]) or ''}{number(name)}"


def expect(text, wanted, place, make):
    got = net.send(place, make)
    held = got == sorted(wanted)
    print(0 if held else 1, text + ("" if held else f": at {got}, not {sorted(wanted)}"))


# --- Frames ---

def says(who, sender=None, named=None, hardware=1):
    """ARP from a device: its address, and its MAC, or another's."""
    return lambda mark: frame(own_mac(who), ARP, arp(named or own_mac(who), sender or own4(who), own4("d9"),
                                                     hardware=hardware) + mark)


def data4(who, source=None, to=ALL4, ports=(4000, 4001), frame_mac=None, at=None):
    source = source or own4(who)
    return lambda mark: frame(frame_mac or own_mac(who), IP4, ip4(source, to, 17, udp(*ports, mark), mark),
                              *([at] if at else []))


def data6(who, source=None, ports=(4000, 4001)):
    source = source or own6(who)
    return lambda mark: frame(own_mac(who), IP6, ip6(source, ALL6, 17, udp(*ports, mark), mark), "33:33:00:00:00:01")


def control4(who, kind):
    return lambda mark: frame(own_mac(who), IP4, ip4(own4(who), ALL4, 1, icmp4(kind, mark), mark))


def control6(who, kind, body, source=None, to=ALL6):
    source = source or own6(who)
    return lambda mark: frame(own_mac(who), IP6, ip6(source, to, 58, icmp6(source, to, kind, body, mark), mark),
                              "33:33:00:00:00:01")


def advertises(who, target=None):
    return control6(who, 136, address(target or own6(who)))


def asks(who, source=None):
    return control6(who, 135, address("fe80::99"), source)


def tagged(who):
    return lambda mark: frame(own_mac(who), VLAN, struct.pack("!HH", 7, IP4)
                              + ip4(own4(who), ALL4, 17, udp(4000, 4001, mark), mark))


def other_kind(who):
    return lambda mark: frame(own_mac(who), 0x88B5, bytes(40) + mark)


def opens(source, to, port, sender, sport=40000, flags=SYN):
    """The first segment of a TCP connection, through the gateway."""
    return lambda mark: frame(own_mac(sender), IP4, ip4(source, to, 6, tcp(source, to, sport, port, flags, mark), mark),
                              GATEWAY)


def answers(source, to, port, sender, sport=40000):
    """The second one."""
    return opens(source, to, sport, sender, port, SYN_ACK)


# --- Parts ---

def layer2():
    near, gateway, nowhere = HOUSEHOLD, ["gateway"], []
    expect("ARP of a device that says who it is reaches its household and the gateway", near, "d1", says("d1"))
    expect("what its neighbour sends too", ["gateway", "d1", "d4", "d5"], "d2", says("d2"))
    expect("ARP with another's MAC reaches nobody", nowhere, "d1", says("d1", named=own_mac("d2")))
    expect("ARP with another's address reaches nobody", nowhere, "d1", says("d1", own4("d2")))
    expect("ARP with an address that nobody proved reaches the gateway alone", gateway, "d1", says("d1", "10.9.0.77"))
    expect("a probe whether an address is free reaches its household", near, "d1", says("d1", NONE4))
    expect("ARP of another hardware reaches nobody", nowhere, "d1", says("d1", hardware=6))

    expect("what an admitted MAC sends from another port reaches nobody", nowhere, "d1",
           data4("d1", frame_mac=own_mac("d2")))
    expect("nor from the port of a device that is not admitted", nowhere, "d4", data4("d4", frame_mac=own_mac("d1")))
    expect("an ethertype beside IP and ARP reaches nobody", nowhere, "d1", other_kind("d1"))
    expect("nor does a VLAN's frame", nowhere, "d1", tagged("d1"))

    expect("IPv4 reaches its household", near, "d1", data4("d1"))
    expect("IPv4 with another's address reaches nobody", nowhere, "d1", data4("d1", own4("d2")))
    expect("IPv6 reaches its household", near, "d1", data6("d1"))
    expect("IPv6 with another's address reaches nobody", nowhere, "d1", data6("d1", own6("d2")))
    expect("a request for an address reaches the gateway", near, "d1", data4("d1", NONE4, ports=(68, 67)))
    expect("a DHCP server's answer reaches nobody", nowhere, "d1", data4("d1", ports=(67, 68)))
    expect("nor one from another port", nowhere, "d1", data4("d1", ports=(4000, 68)))
    expect("a request of DHCPv6 reaches the gateway", near, "d1", data6("d1", ports=(546, 547)))
    expect("a DHCPv6 server's answer reaches nobody", nowhere, "d1", data6("d1", ports=(547, 546)))
    expect("nor one from another port", nowhere, "d1", data6("d1", ports=(4000, 546)))
    names = [BROADCAST, "01:80:c2:00:00:0e", "01:80:c2:00:00:03"]
    for at, wanted in zip(names, [["gateway", "names"], nowhere, nowhere]):
        expect(f"a question to the gateway's names, in a frame to {at}, reaches {' and '.join(wanted) or 'nobody'}", wanted, "d4",
               data4("d4", to="10.9.0.254", ports=(4000, 53), at=at))
    expect("an echo request passes", near, "d1", control4("d1", 8))
    expect("an ICMP redirect reaches nobody", nowhere, "d1", control4("d1", 5))
    expect("a router solicitation passes", near, "d1", control6("d1", 133, b""))
    expect("a router advertisement reaches nobody", nowhere, "d1", control6("d1", 134, bytes(8)))
    expect("an ICMPv6 redirect reaches nobody", nowhere, "d1", control6("d1", 137, bytes(32)))

    expect("an advertisement of what a device proved reaches its household", near, "d1", advertises("d1"))
    expect("an advertisement of another's address reaches nobody", nowhere, "d1", advertises("d1", own6("d2")))
    expect("of an address that nobody proved, the gateway alone", gateway, "d1", advertises("d1", "fe80::77"))
    expect("a solicitation reaches its household", near, "d1", asks("d1"))
    expect("from another's address nobody", nowhere, "d1", asks("d1", own6("d2")))
    expect("from an address that nobody proved the gateway alone", gateway, "d1", asks("d1", "fe80::77"))
    expect("from no address its household", near, "d1", asks("d1", NONE6))

    expect("a device that is not admitted reaches the gateway alone", gateway, "d4", data4("d4"))
    expect("with another's address nobody", nowhere, "d4", data4("d4", own4("d1")))
    expect("with ARP of another's address nobody", nowhere, "d4", says("d4", own4("d1")))
    expect("with an advertisement of it nobody", nowhere, "d4", advertises("d4", own6("d1")))
    expect("a zone that reaches no segment reaches the gateway alone", gateway, "d5", data4("d5"))
    expect("a device of another household the gateway alone", gateway, "d3", data4("d3"))
    expect("one of a household whose ports are a pattern its household", ["gateway", "t2"], "t1", data4("t1"))
    expect("a port without devices reaches no device", gateway, "other", data4("other"))
    expect("what is routed from the bridge to the bridge reaches no device", gateway, "d1",
           data4("d1", to=own4("d3"), at=GATEWAY))


def bound():
    expect("IPv4 with the proved address reaches the household", HOUSEHOLD, "d1", data4("d1"))
    expect("with one that nobody proved the gateway alone", ["gateway"], "d1", data4("d1", "10.9.0.77"))
    expect("IPv6 with the proved address reaches the household", HOUSEHOLD, "d1", data6("d1"))
    expect("with one that nobody proved the gateway alone", ["gateway"], "d1", data6("d1", "fe80::77"))
    expect("a solicitation from no address the household", HOUSEHOLD, "d1", asks("d1", NONE6))
    expect("routed, the proved address reaches the Internet", ["inet"], "v101",
           opens(own4("v101"), INTERNET, 443, "v101"))
    expect("and another does not", [], "v101", opens("10.101.0.77", INTERNET, 443, "v101"))
    expect("it reaches its household, whose interfaces are named one by one", ["v102"], "v101",
           opens(own4("v101"), own4("v102"), 80, "v101"))
    expect("and no other", [], "v101", opens(own4("v101"), own4("v201"), 80, "v101"))
    expect("the proved address reaches a service of the gateway", ["service"], "v101",
           data4("v101", to="10.101.0.1", ports=(4000, 5353), at=GATEWAY))
    expect("another does not", [], "v101", data4("v101", "10.101.0.77", "10.101.0.1", (4000, 5353), at=GATEWAY))
    expect("and reaches the pinholes all the same", ["names"], "v101",
           data4("v101", "10.101.0.77", "10.101.0.1", (4000, 53), at=GATEWAY))


def routed():
    expect("an admitted device reaches the Internet", ["inet"], "v101", opens(own4("v101"), INTERNET, 443, "v101"))
    expect("whose answer comes back", ["v101"], "inet", answers(INTERNET, own4("v101"), 443, "inet"))
    expect("and nothing that was not asked for", [], "inet", answers(INTERNET, own4("v101"), 444, "inet"))
    expect("one that is not does not", [], "v201", opens(own4("v201"), INTERNET, 443, "v201"))
    expect("one on a bridge does", ["gateway", "inet"], "d1", opens(own4("d1"), INTERNET, 443, "d1"))
    expect("not another on the same bridge", ["gateway"], "d4", opens(own4("d4"), INTERNET, 443, "d4"))
    expect("a device reaches its household behind another interface", ["v102"], "v101",
           opens(own4("v101"), own4("v102"), 80, "v101"))
    expect("and no other household", [], "v101", opens(own4("v101"), own4("v201"), 80, "v101"))
    expect("nor what is on a bridge", [], "v101", opens(own4("v101"), own4("d1"), 80, "v101"))
    expect("a service of the gateway that the zone reaches", ["service"], "v101",
           data4("v101", to="10.101.0.1", ports=(4000, 5353), at=GATEWAY))
    expect("and no other", [], "v101", data4("v101", to="10.101.0.1", ports=(4000, 5355), at=GATEWAY))
    expect("is not there for others", [], "v201", data4("v201", to="10.201.0.1", ports=(4000, 5353), at=GATEWAY))
    expect("whose pinholes are", ["names"], "v201", data4("v201", to="10.201.0.1", ports=(4000, 53), at=GATEWAY))

    expect("the server begins a flow to its household", ["v101"], "srv", opens(SERVER, own4("v101"), 443, "srv"))
    expect("not to another service", [], "srv", opens(SERVER, own4("v101"), 444, "srv"))
    expect("not to another household", [], "srv", opens(SERVER, own4("v201"), 443, "srv"))
    expect("and no other host does", [], "srv", opens(OTHER_SERVER, own4("v101"), 443, "srv"))
    expect("nor does the Internet", [], "inet", opens(SERVER, own4("v101"), 443, "inet", 40001))


def opened():
    expect("an open gateway passes what nobody admitted", ["inet"], "v201", opens(own4("v201"), INTERNET, 443, "v201"))
    expect("from the Internet too", ["v201"], "inet", opens(INTERNET, own4("v201"), 443, "inet"))
    expect("to itself, at each port", ["closed"], "v201",
           data4("v201", to="10.201.0.1", ports=(4000, 5355), at=GATEWAY))
    everybody = ["gateway", "d1", "d2", "d3", "d5", "other", "t1", "t2"]
    expect("and on its bridge, whatever it says", everybody, "d4", data4("d4", own4("d1")))


def watched():
    everybody = ["gateway", "d2", "d3", "d4", "d5", "other", "t1", "t2"]
    expect("a gateway that only monitors passes what is forged", everybody, "d1", data4("d1", own4("d2")))
    expect("and what no household may send another", everybody, "d1", data4("d1"))
    expect("and what nobody admitted", ["inet"], "v201", opens(own4("v201"), INTERNET, 443, "v201"))
    expect("and what nobody asked for", ["v201"], "inet", opens(INTERNET, own4("v201"), 443, "inet"))


def one_watched():
    expect("a monitored device passes what its zone would drop", ["inet"], "v201",
           opens(own4("v201"), INTERNET, 443, "v201"))
    expect("from port to port too", ["gateway", "d1", "d2", "d3", "d5", "other", "t1", "t2"], "d4", data4("d4"))
    expect("and does not take another's address", [], "d4", data4("d4", own4("d1")))
    expect("the device beside it is not monitored", ["gateway"], "d5", data4("d5"))


def flooded():
    """Of 200 packets at once the burst of 20 passes, and some of what the second that it took allows."""
    make = opens(own4("v101"), INTERNET, 443, "v101")
    seen = len(net.send("v101", make, 200))
    print(0 if 15 <= seen <= 40 else 1, f"of 200 packets at once a limit of 10 a second lets about 20 pass: {seen}")
    seen = len(net.send("v102", opens(own4("v102"), INTERNET, 443, "v102"), 10))
    print(0 if seen == 10 else 1, f"what another device sends has a limit of its own: {seen} of 10")


{"layer2": layer2, "bound": bound, "routed": routed, "opened": opened, "watched": watched, "one-watched": one_watched,
 "flooded": flooded}[part]()
