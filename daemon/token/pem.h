/* SPDX-License-Identifier: Apache-2.0 */
/* Why a PEM file is not what belongs in its place: for the message, after a decoder has refused it. */
#pragma once

#include "base/bytes.h"

enum pem_wanted {
	PEM_PUBLIC_KEY, /* or a certificate with it */
	PEM_PRIVATE_KEY,
	PEM_CERTIFICATE, /* with its chain */
	PEM_CA,          /* one or more */
	_PEM_WANTED_MAX,
};

/*
 * Returns what the file holds instead, and the remedy, as "it is a public key; …". Returns `otherwise` when nothing of that
 * kind is wrong with it.
 */
const char *pem_fault(struct bytes pem, enum pem_wanted wanted, const char *otherwise);
