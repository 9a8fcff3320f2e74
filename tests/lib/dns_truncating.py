#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A DNS server whose every answer is empty and truncated (TC), and which takes connections over TCP and says nothing there, until it is ended.

    dns_truncating.py ADDRESS
"""
import socket
import sys


def main(address):
    tcp = socket.create_server((address, 53), backlog=64)  # the kernel takes them: nobody need accept
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))
    while tcp:
        question, peer = udp.recvfrom(512)
        udp.sendto(question[:2] + b"\x86\x00" + question[4:], peer)


main(*sys.argv[1:])
