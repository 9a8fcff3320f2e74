#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What each rule of the tables lets pass, frame by frame, on the real kernel.

    judge_frames.py PREFIX PART

The namespaces are tests/system/185-frames', which loads the ruleset for PART. Prints "0 TEXT" for what held and
"1 TEXT" for what did not. IPv6 of the namespaces is off: no frame but these is there.
"""
import struct
import sys
import time

from tapped_frames import (ARP, BROADCAST, IP4, IP6, SYN, SYN_ACK, VLAN, Net, address, arp, frame, icmp4, icmp6, ip4, ip6, tcp,
                           udp)

ALL4, ALL6, NEAR6 = "255.255.255.255", "ff02::1", "ff02::1:ff00:1"
NONE4, NONE6 = "0.0.0.0", "::"
INTERNET, SERVER, OTHER_SERVER = "198.51.100.2", "10.20.0.5", "10.20.0.6"
GATEWAY = "02:00:00:00:00:fe"
HOME4, HOME6 = "10.9.0.254", "fe80::fe"        # the gateway's addresses that the daemon has told the rules,
FURTHER4, FURTHER6 = "10.9.0.253", "fe80::fd"  # and those that only the gateway itself says
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


def expect_that(text, held, got):
    print(0 if held else 1, text + ("" if held else f": {got}"))


# --- Frames ---

def says(who, sender=None, named=None, hardware=1):
    """ARP from a device: its address, and its MAC, or another's."""
    return lambda mark: frame(own_mac(who), ARP, arp(named or own_mac(who), sender or own4(who), own4("d9"),
                                                     hardware=hardware) + mark)


def data4(who, source=None, to=ALL4, ports=(4000, 4001), frame_mac=None, at=None):
    source = source or own4(who)
    return lambda mark: frame(frame_mac or own_mac(who), IP4, ip4(source, to, 17, udp(*ports, mark), mark),
                              *([at] if at else []))


def data6(who, source=None, ports=(4000, 4001), to=ALL6, at="33:33:00:00:00:01"):
    source = source or own6(who)
    return lambda mark: frame(own_mac(who), IP6, ip6(source, to, 17, udp(*ports, mark), mark), at)


def control4(who, kind):
    return lambda mark: frame(own_mac(who), IP4, ip4(own4(who), ALL4, 1, icmp4(kind, mark), mark))


def control6(who, kind, body, source=None, to=ALL6):
    source = source or own6(who)
    return lambda mark: frame(own_mac(who), IP6, ip6(source, to, 58, icmp6(source, to, kind, body, mark), mark),
                              "33:33:00:00:00:01")


def announces(who, lifetime=0, source=None, hops=64, flags=0, timers=(0, 0)):
    """A router advertisement, with the time for which it is a default router, and what hosts take from any router."""
    source, word = source or own6(who), hops << 24 | flags << 16 | lifetime
    return lambda mark: frame(own_mac(who), IP6,
                              ip6(source, ALL6, 58, icmp6(source, ALL6, 134, struct.pack("!II", *timers), mark, word), mark),
                              "33:33:00:00:00:01")


def advertises(who, target=None):
    return control6(who, 136, address(target or own6(who)))


def asks(who, source=None):
    return control6(who, 135, address("fe80::99"), source)


def tagged(make, tag, kind=VLAN):
    """The same frame with a tag: priority 5, and the VLAN's id."""
    def make_tagged(mark):
        data = make(mark)
        return data[:12] + struct.pack("!HH", kind, 5 << 13 | tag) + data[12:]
    return make_tagged


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
    is_the_gateways("that the daemon has told", HOME4, HOME6)
    own_port()
    gateway_says()
    is_the_gateways("that the gateway has said", FURTHER4, FURTHER6)
    proxied()
    expect("ARP of a device that says who it is reaches its household and the gateway", near, "d1", says("d1"))
    expect("what its neighbour sends too", ["gateway", "d1", "d4", "d5"], "d2", says("d2"))
    expect("ARP with another's MAC reaches nobody", nowhere, "d1", says("d1", named=own_mac("d2")))
    expect("ARP with another's address reaches nobody", nowhere, "d1", says("d1", own4("d2")))
    expect("a probe whether an address is free reaches its household", near, "d1", says("d1", NONE4))
    expect("ARP of another hardware reaches nobody", nowhere, "d1", says("d1", hardware=6))

    expect("what an admitted MAC sends from another port reaches nobody", nowhere, "d1",
           data4("d1", frame_mac=own_mac("d2")))
    expect("nor from the port of a device that is not admitted", nowhere, "d4", data4("d4", frame_mac=own_mac("d1")))
    expect("an ethertype beside IP and ARP reaches nobody", nowhere, "d1", other_kind("d1"))
    expect("nor does a VLAN's frame", nowhere, "d1", tagged(data4("d1"), 7))
    priority(near, gateway, nowhere)

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
    expect("a router advertisement reaches nobody", nowhere, "d1", announces("d1"))
    expect("an ICMPv6 redirect reaches nobody", nowhere, "d1", control6("d1", 137, bytes(32)))

    expect("an advertisement of what a device proved reaches its household", near, "d1", advertises("d1"))
    expect("an advertisement of another's address reaches nobody", nowhere, "d1", advertises("d1", own6("d2")))
    expect("a solicitation reaches its household", near, "d1", asks("d1"))
    expect("from another's address nobody", nowhere, "d1", asks("d1", own6("d2")))
    expect("from no address its household", near, "d1", asks("d1", NONE6))
    held()

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


def is_the_gateways(text, home4, home6):
    """No device has such an address towards its neighbours."""
    gateway = ["gateway"]
    expect(f"ARP with an address of the gateway, {text}, reaches the gateway alone", gateway, "d1", says("d1", home4))
    expect("so does IPv4 from it", gateway, "d1", data4("d1", home4))
    expect(f"so does an advertisement of one, {text}", gateway, "d1", advertises("d1", home6))
    expect("so does a solicitation from it", gateway, "d1", asks("d1", home6))
    expect("so does IPv6 from it", gateway, "d1", data6("d1", home6))


def own_port():
    """d5 has sent nothing: the bridge does not know where its MAC is, and sends what is for it to all ports."""
    expect("what is for an admitted device leaves by its own port alone", ["d5"], "d1", data4("d1", to=own4("d5"), at=own_mac("d5")))
    expect("what is for a MAC that nobody has by those of the household", ["d2", "d4", "d5"], "d1",
           data4("d1", to="10.9.0.9", at="02:00:00:00:00:09"))


def gateway_advertises(target):
    return lambda mark: frame(GATEWAY, IP6, ip6(HOME6, ALL6, 58, icmp6(HOME6, ALL6, 136, address(target), mark), mark),
                              "33:33:00:00:00:01")


def gateway_says():
    """The gateway's own ARP and neighbour discovery, by which its addresses are known."""
    ports = ["d1", "d2", "d3", "d4", "d5", "other", "t1", "t2"]
    expect("the gateway's ARP reaches all ports", ports, "gateway",
           lambda mark: frame(GATEWAY, ARP, arp(GATEWAY, FURTHER4, own4("d9")) + mark))
    expect("so does its neighbour advertisement", ports, "gateway", gateway_advertises(FURTHER6))


def proxied():
    """The gateway answers for a device, as with proxy_arp: what the device attested from stays the device's."""
    for sender, kind, make in ((own4("d1"), "ARP", lambda mark: frame(GATEWAY, ARP, arp(GATEWAY, own4("d1"), own4("d9")) + mark)),
                               (own6("d1"), "neighbour discovery", gateway_advertises(own6("d1")))):
        expect_that(f"the gateway answers for {sender}", len(net.send("gateway", make)) > 0, kind)
    expect("a device that a proxy answered for reaches its household by ARP", HOUSEHOLD, "d1", says("d1"))
    expect("and by neighbour discovery", HOUSEHOLD, "d1", advertises("d1"))


def border():
    """d1's zone has border routers, d5's and quarantine have none."""
    nowhere = []
    expect("a border router's advertisement reaches its household", HOUSEHOLD, "d1", announces("d1"))
    expect("so does one with a priority", HOUSEHOLD, "d1", tagged(announces("d1"), 0))
    expect("one from the network behind it does too", HOUSEHOLD, "d1", data6("d1", "fd99::1"))
    expect("one by which it would be the default router reaches nobody", nowhere, "d1", announces("d1", 1800))
    for hops in (0, 255):
        expect(f"one with the hop limit {hops} reaches its household", HOUSEHOLD, "d1", announces("d1", hops=hops))
    for hops in (1, 63):
        expect(f"one with the hop limit {hops} reaches nobody", nowhere, "d1", announces("d1", hops=hops))
    for timers in ((1, 0), (0, 1), (3600000, 1000)):
        expect(f"one with the timers {timers} reaches nobody", nowhere, "d1", announces("d1", timers=timers))
    expect("one with flags of DHCPv6 reaches its household", HOUSEHOLD, "d1", announces("d1", flags=0xc0))
    expect("one from a neighbour's address reaches nobody", nowhere, "d1", announces("d1", source=own6("d2")))
    expect("one from the gateway's reaches the gateway alone", ["gateway"], "d1", announces("d1", source=HOME6))
    expect("a redirect reaches nobody", nowhere, "d1", control6("d1", 137, bytes(32)))
    expect("an admitted device of another zone is no border router", nowhere, "d5", announces("d5"))
    expect("nor is a device in quarantine", nowhere, "d4", announces("d4"))
    expect("nor is who has a border router's MAC at another port", nowhere, "d4",
           lambda mark: frame(own_mac("d1"), IP6, announces("d1")(mark)[14:], "33:33:00:00:00:01"))
    expect("what else these send reaches the gateway", ["gateway"], "d5", data6("d5"))


def routes():
    """What tells of a route, from d1 and v201, which pass otherwise. The test counts what reaches the gateway itself."""
    own = {"d1": own6("d1"), "v201": "fe80::201"}
    got = net.send("d1", announces("d1"))
    expect_that("a border router's advertisement reaches its household", set(got) >= set(HOUSEHOLD), got)
    for name, source in own.items():
        net.send(name, announces(name, source=source))
        net.send(name, control6(name, 137, bytes(32), source))
        net.send(name, control6(name, 128, bytes(4), source))
    for kind in (5, 8):
        net.send("v201", lambda mark, kind=kind: frame(own_mac("v201"), IP4,
                                                       ip4(own4("v201"), "10.201.0.1", 1, icmp4(kind, mark), mark), GATEWAY))


def gateway_sends(sport):
    """From the gateway to d2's MAC, wherever the bridge learned it last."""
    return lambda mark: frame(GATEWAY, IP4, ip4(HOME4, own4("d2"), 17, udp(sport, 4000, mark), mark), own_mac("d2"))


def hello(to, at=GATEWAY):
    """From d2's MAC to the daemon."""
    if ":" in to:
        return data6("d2", to=to, ports=(4000, 5684), at=at)
    return data4("d2", to=to, ports=(4000, 5684), at=at)


def moved():
    """d2's MAC at d1's port: while d2 is heard, when it is silent, and when it is heard again."""
    nowhere, near2 = [], ["d1", "d4", "d5", "gateway"]
    expect("a device is heard on its port", near2, "d2", data4("d2"))
    expect("its ARP from another port reaches nobody", nowhere, "d1", says("d2"))
    expect("nor do its datagrams to the daemon", nowhere, "d1", hello(HOME4))
    expect("nor those over IPv6", nowhere, "d1", hello(HOME6))
    time.sleep(11)
    expect("when it is silent on its port, its ARP from another reaches the gateway alone", ["gateway"], "d1", says("d2"))
    expect("so do its datagrams to the daemon", ["gateway"], "d1", hello(HOME4))
    expect("and those over IPv6", ["gateway"], "d1", hello(HOME6))
    expect("and its question for an address", ["gateway"], "d1", data4("d2", NONE4, ports=(68, 67)))
    expect("and its neighbour solicitation", ["gateway"], "d1", asks("d2"))
    expect("but not its ARP with another's address", nowhere, "d1", says("d2", own4("d3")))
    expect("nor with another's MAC", nowhere, "d1", says("d2", named=own_mac("d3")))
    expect("nor another's neighbour advertisement", nowhere, "d1", advertises("d2", own6("d3")))
    expect("nor other packets", nowhere, "d1", data4("d2"))
    expect("nor those over IPv6", nowhere, "d1", data6("d2", to=HOME6, at=GATEWAY))
    expect("nor what would be routed", nowhere, "d1", opens(own4("d2"), INTERNET, 443, "d2"))
    expect("nor to another host's port of that number", nowhere, "d1", hello(INTERNET))
    expect("nor over IPv6", nowhere, "d1", hello("fd77::77"))
    expect("nor to an address of the gateway that nobody has said", nowhere, "d1", hello(FURTHER4))
    gateway_says()
    expect("when the gateway has said it, they reach the gateway", ["gateway"], "d1", hello(FURTHER4))
    expect("so they do over IPv6", ["gateway"], "d1", hello(FURTHER6))
    expect("the daemon's answer reaches it there", ["d1"], "gateway", gateway_sends(5684))
    expect("nothing else does", nowhere, "gateway", gateway_sends(5353))
    expect("when it is heard on its port again", near2, "d2", data4("d2"))
    expect("its ARP from another port reaches nobody", nowhere, "d1", says("d2"))
    expect("and what the gateway sends is for its port", ["d2"], "gateway", gateway_sends(5353))
    attempts()


def attempts():
    """d3 is silent from the beginning."""
    places = ["d1", "d2", "d4", "d5", "t1", "t2"]
    for i, place in enumerate(places, 1):
        expect(f"attempt {i} of six of a silent device to attest at another port reaches the gateway", ["gateway"], place, says("d3"))
    expect("the seventh reaches nobody", [], "other", says("d3"))
    expect("where an attempt has begun it goes on", ["gateway"], "d1", says("d3"))
    expect("the device itself is heard at its own port", ["gateway"], "d3", says("d3"))


def excepted():
    """Two ports without devices: other's and d5's, where a device is admitted that was there before."""
    nowhere, beside = [], ["d5", "gateway"]
    expect("what a port without devices sends reaches the other such port and the gateway", beside, "other", data4("other"))
    for text, make in (("another protocol", other_kind("other")), ("a router advertisement", announces("other", 1800)),
                       ("a redirect", control4("other", 5)), ("DHCP of a server", data4("other", ports=(67, 68)))):
        expect(f"so does {text}", beside, "other", make)
    expect("what a device sends reaches no such port", ["d2", "d4", "gateway"], "d1", data4("d1"))
    expect("an address that a device attested from reaches nobody from there", nowhere, "other", data4("other", own4("d2")))
    expect("nor does ARP with it", nowhere, "other", says("other", own4("d2")))
    expect("nor a silent device's MAC, to the daemon", nowhere, "other", hello(HOME4))
    expect("nor in ARP", nowhere, "other", says("d2"))
    expect("which is heard from the port of a device", ["gateway"], "d1", says("d2"))


def priority(near, gateway, nowhere):
    """Frames that have a priority and are in no VLAN: what is inside is judged."""
    expect("IPv4 with a priority reaches its household", near, "d1", tagged(data4("d1"), 0))
    expect("so does IPv6", near, "d1", tagged(data6("d1"), 0))
    expect("so does ARP", near, "d1", tagged(says("d1"), 0))
    expect("so does ARP with an address that nobody else has", near, "d1", tagged(says("d1", "10.9.0.99"), 0))
    expect("so does an advertisement", near, "d1", tagged(advertises("d1"), 0))
    expect("a device that is not admitted reaches the gateway alone", gateway, "d4", tagged(data4("d4"), 0))
    for text, make in (("another's MAC", data4("d1", frame_mac=own_mac("d2"))), ("another's address", data4("d1", own4("d2"))),
                       ("another's IPv6 address", data6("d1", own6("d2"))), ("ARP with another's address", says("d1", own4("d2"))),
                       ("ARP with another's MAC", says("d1", named=own_mac("d2"))),
                       ("an advertisement of another's address", advertises("d1", own6("d2"))),
                       ("a router advertisement", announces("d1")), ("a redirect", control4("d1", 5)),
                       ("an IPv6 redirect", control6("d1", 137, bytes(32))), ("DHCP of a server", data4("d1", ports=(67, 68))),
                       ("another protocol", other_kind("d1")), ("a second tag", tagged(data4("d1"), 0)),
                       ("a VLAN's tag", tagged(data4("d1"), 7))):
        expect(f"with a priority, {text} reaches nobody", nowhere, "d1", tagged(make, 0))
    expect("a priority in the tag of a provider reaches nobody", nowhere, "d1", tagged(data4("d1"), 0, 0x88A8))


def probes(who, target):
    """Questions whether an address is free: ARP, and neighbour discovery."""
    if ":" in target:
        return control6(who, 135, address(target), NONE6)
    return lambda mark: frame(own_mac(who), ARP, arp(own_mac(who), NONE4, target) + mark)


def held():
    """All addresses of a device that nobody else has: its household hears it from them, and nobody else."""
    near, near2, gateway = HOUSEHOLD, ["d1", "d4", "d5", "gateway"], ["gateway"]
    for text, own in (("a second global address", "fd77::77"), ("a third", "fd78::77"), ("a temporary one", "fd77::1234:5678"),
                      ("a link-local one", "fe80::77")):
        expect(f"an advertisement of {text} reaches the household", near, "d1", advertises("d1", own))
        expect("so does a solicitation from it", near, "d1", asks("d1", own))
        expect("and what else it sends from it", near, "d1", data6("d1", own))
        expect("an advertisement of it by a neighbour reaches the gateway alone", gateway, "d2", advertises("d2", own))
        expect("so does the neighbour's solicitation", gateway, "d2", asks("d2", own))
        expect("and what else the neighbour sends from it", gateway, "d2", data6("d2", own))
    expect("ARP with a second IPv4 address reaches the household", near, "d1", says("d1", "10.9.0.77"))
    expect("so does what it sends from it", near, "d1", data4("d1", "10.9.0.77"))
    expect("ARP with it of a neighbour reaches the gateway alone", gateway, "d2", says("d2", "10.9.0.77"))
    expect("so does what the neighbour sends from it", gateway, "d2", data4("d2", "10.9.0.77"))
    for free in ("fe80::78", "10.9.0.78"):
        claims = advertises if ":" in free else says
        expect(f"a question whether {free} is free reaches the household", near, "d1", probes("d1", free))
        expect("a neighbour who says that it is not reaches the gateway alone", gateway, "d2", claims("d2", free))
        expect("the neighbour may ask the same", near2, "d2", probes("d2", free))
        expect("the one that asked first has it", near, "d1", claims("d1", free))
    expect("one that a device attested from is not asked for in vain", near2, "d2", probes("d2", own6("d1")))
    expect("the one that attested has it", near, "d1", advertises("d1"))
    answered = [net.send("d2", advertises("d2", f"fe80::2:{i:x}")) for i in range(40)]
    reached = sum(got == near2 for got in answered)
    expect_that("a device holds no more than thirty-two such addresses at once", reached == 32, reached)
    expect("what it holds is its own still", near2, "d2", advertises("d2", "fe80::2:1"))
    expect("and what it attested from", near2, "d2", advertises("d2"))


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
    expect("and wherever a cable is now", ["gateway", "d2", "d3", "d4", "d5", "other", "t1", "t2"], "d1", data4("d2"))
    expect("what the gateway sends goes there", ["d1"], "gateway", gateway_sends(5353))


def alone():
    """vlan201, and port4 and port5 of one household, are open; their neighbours, admitted or not, stay where they are."""
    nowhere = []
    expect("an open interface passes what nobody admitted", ["inet"], "v201", opens(own4("v201"), INTERNET, 443, "v201"))
    expect("from the Internet too", ["v201"], "inet", opens(INTERNET, own4("v201"), 443, "inet"))
    expect("and from a server's network", ["v201"], "srv", opens(OTHER_SERVER, own4("v201"), 80, "srv"))
    expect("to the gateway, at each port", ["closed"], "v201",
           data4("v201", to="10.201.0.1", ports=(4000, 5355), at=GATEWAY))
    expect("not to another household", nowhere, "v201", opens(own4("v201"), own4("v101"), 80, "v201"))
    expect("nor from it", nowhere, "v101", opens(own4("v101"), own4("v201"), 80, "v101"))
    expect("nor to a port of a bridge", nowhere, "v201", opens(own4("v201"), own4("d1"), 80, "v201"))
    expect("nor to an open one", nowhere, "v201", opens(own4("v201"), own4("d4"), 80, "v201"))
    expect("nor from a neighbour's address", nowhere, "v201", opens(own4("v101"), INTERNET, 443, "v201"))
    expect("an interface beside it gets nothing that was not asked for", nowhere, "inet",
           opens(INTERNET, own4("v101"), 443, "inet"))
    expect("and no more of the gateway", nowhere, "v101",
           data4("v101", to="10.101.0.1", ports=(4000, 5355), at=GATEWAY))

    expect("an open port passes what nobody admitted", ["gateway", "inet"], "d4",
           opens(own4("d4"), INTERNET, 443, "d4"))
    expect("the answer too", ["d4"], "inet", answers(INTERNET, own4("d4"), 443, "inet"))
    expect("and what was not asked for", ["d4"], "inet", opens(INTERNET, own4("d4"), 444, "inet"))
    expect("to the gateway, at each port", ["closed", "gateway"], "d4",
           data4("d4", to="10.9.0.254", ports=(4000, 5355), at=GATEWAY))
    expect("to an open port of its household and no other", ["d5", "gateway"], "d4", data4("d4"))
    expect("and from there", ["d4", "gateway"], "d5", data4("d5"))
    expect("not to an interface", ["gateway"], "d4", opens(own4("d4"), own4("v101"), 80, "d4"))
    expect("nor to an open one", ["gateway"], "d4", opens(own4("d4"), own4("v201"), 80, "d4"))
    expect("nor with a neighbour's MAC", nowhere, "d4", data4("d4", frame_mac=own_mac("d1")))
    expect("nor with a neighbour's address", nowhere, "d4", data4("d4", own4("d1")))
    expect("nor as a router", nowhere, "d4", control6("d4", 134, bytes(8)))
    expect("a port beside it is heard where it was", HOUSEHOLD, "d1", data4("d1"))
    expect("gets nothing that was not asked for", nowhere, "inet", opens(INTERNET, own4("d1"), 444, "inet"))
    expect("is answered", ["gateway", "inet"], "d1", opens(own4("d1"), INTERNET, 443, "d1"))
    expect("as before", ["d1"], "inet", answers(INTERNET, own4("d1"), 443, "inet"))
    expect("so is another", ["gateway", "inet"], "d2", opens(own4("d2"), INTERNET, 443, "d2"))
    expect("in the same way", ["d2"], "inet", answers(INTERNET, own4("d2"), 443, "inet"))
    expect("and gets no more of the gateway", ["gateway"], "d1",
           data4("d1", to="10.9.0.254", ports=(4000, 5355), at=GATEWAY))
    expect("nor does a port of another household", ["gateway"], "d3",
           data4("d3", to="10.9.0.254", ports=(4000, 5355), at=GATEWAY))


def alone_ended():
    """port5 alone is still open: what is for port4 passes the table inet, and not the table bridge."""
    expect("a port that is closed again is limited to its zone", ["gateway"], "d4",
           opens(own4("d4"), INTERNET, 445, "d4", 40002))
    expect("gets no answer", [], "inet", answers(INTERNET, own4("d4"), 443, "inet"))
    expect("nor what was not asked for", [], "inet", opens(INTERNET, own4("d4"), 446, "inet"))
    expect("nor the gateway's services", ["gateway"], "d4",
           data4("d4", to="10.9.0.254", ports=(4000, 5355), at=GATEWAY))
    expect("nor is it heard by the open port", ["gateway"], "d4", data4("d4"))
    expect("the open port gets it all the same", ["d5"], "inet", opens(INTERNET, own4("d5"), 446, "inet"))


def alone_forged():
    """The bridge holds d2's MAC for one of the open port5."""
    expect("an answer for a neighbour does not go to an open port", [], "inet", answers(INTERNET, own4("d2"), 443, "inet"))
    expect("nor does what nobody asked for", [], "inet", opens(INTERNET, own4("d2"), 446, "inet"))
    expect("what is for its own device still does", ["d5"], "inet", opens(INTERNET, own4("d5"), 447, "inet"))


def alone_watched(asks):
    """port5 alone is open. Devices beside it are monitored: d4 by an order, or in quarantine, or d1's and d3's zone. One asks."""
    for name in ("d1", "d3", "d4"):
        net.send(name, says(name))  # the bridge knows where it is
        expect(f"{name} beside the open port gets nothing that was not asked for", [], "inet", opens(INTERNET, own4(name), 447, "inet"))
        expect("and no answer to what nobody asked", [], "inet", answers(INTERNET, own4(name), 447, "inet", 40009))
    expect("the open port gets what was not asked for", ["d5"], "inet", opens(INTERNET, own4("d5"), 447, "inet"))
    expect("a monitored device reaches the Internet", ["gateway", "inet"], asks, opens(own4(asks), INTERNET, 448, asks))
    expect("and is answered", [asks], "inet", answers(INTERNET, own4(asks), 448, "inet"))


def marked():
    """port4 is open, and the gateway only monitors: what has another's source address passes."""
    expect("from an address that is routed elsewhere", ["gateway", "inet"], "d4", opens("10.77.0.4", INTERNET, 443, "d4"))
    expect("to the gateway too", ["closed", "gateway"], "d4", data4("d4", "10.77.0.4", HOME4, (4000, 5355), at=GATEWAY))


def marked_elsewhere():
    """port4 is open, and is a port of a bridge that is not guarded."""
    expect("by another bridge", ["closed"], "d4", data4("d4", "10.11.0.4", "10.11.0.1", (4000, 5355), at=GATEWAY))


def watched():
    everybody = ["gateway", "d2", "d3", "d4", "d5", "other", "t1", "t2"]
    expect("a gateway that only monitors passes what is forged", everybody, "d1", data4("d1", own4("d2")))
    expect("and what no household may send another", everybody, "d1", data4("d1"))
    expect("and what nobody admitted", ["inet"], "v201", opens(own4("v201"), INTERNET, 443, "v201"))
    expect("and what nobody asked for", ["v201"], "inet", opens(INTERNET, own4("v201"), 443, "inet"))
    gateway_says()
    expect("and who says that it is the gateway", everybody, "d1", says("d1", FURTHER4))
    expect("and who has moved, as an enforcing one does", everybody, "d1", hello(FURTHER4, BROADCAST))
    expect("and what the gateway sends there", ["d1"], "gateway", gateway_sends(5353))


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
 "flooded": flooded, "moved": moved, "excepted": excepted, "border": border, "routes": routes, "alone": alone, "alone-ended": alone_ended,
 "alone-forged": alone_forged, "alone-watched": lambda: alone_watched("d4"),
 "marked": marked, "marked-elsewhere": marked_elsewhere, "alone-watched-zone": lambda: alone_watched("d1")}[part]()
