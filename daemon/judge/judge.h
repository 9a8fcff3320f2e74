/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that decodes what a device sent: a fork of a zygote (judge/zygote.h), with its trust material and one socket, to the
 * core. It decides nothing.
 */
#pragma once

struct material;

/* Answers one IPC_CASE after the other until the core closes its end. Returns 0, or a negative errno. */
int judge_serve(int ipc_fd, const struct material *material);
