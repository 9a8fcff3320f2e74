/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/known_cas.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct known_ca {
	uint8_t hash[SHA256_LEN];
	X509 *certificate; /* owned; NULL: none yet */
	X509 *issuer;      /* owned: nothing else can be at its address */
};

struct known_cas {
	struct known_ca list[KNOWN_CAS_MAX];
	size_t next; /* the oldest */
};

struct known_cas *known_cas_new(void)
{
	return calloc(1, sizeof(struct known_cas));
}

void known_cas_free(struct known_cas *k)
{
	for (size_t i = 0; k && i < KNOWN_CAS_MAX; i++) {
		X509_free(k->list[i].certificate);
		X509_free(k->list[i].issuer);
	}
	free(k);
}

X509 *known_cas_find(const struct known_cas *k, const uint8_t hash[static SHA256_LEN])
{
	for (size_t i = 0; i < KNOWN_CAS_MAX && k->list[i].certificate; i++)
		if (memcmp(k->list[i].hash, hash, SHA256_LEN) == 0)
			return k->list[i].certificate;
	return NULL;
}

bool known_cas_is_signed(const struct known_cas *k, const X509 *ca, const X509 *issuer)
{
	for (size_t i = 0; i < KNOWN_CAS_MAX && k->list[i].certificate; i++)
		if (k->list[i].certificate == ca)
			return k->list[i].issuer == issuer;
	return false;
}

void known_cas_keep(struct known_cas *k, const uint8_t hash[static SHA256_LEN], X509 *ca, X509 *issuer)
{
	struct known_ca *slot = &k->list[k->next];

	if (known_cas_find(k, hash) || !X509_up_ref(ca))
		return;
	if (!X509_up_ref(issuer)) {
		X509_free(ca);
		return;
	}
	X509_free(slot->certificate);
	X509_free(slot->issuer);
	slot->certificate = ca;
	slot->issuer = issuer;
	memcpy(slot->hash, hash, SHA256_LEN);
	k->next = (k->next + 1) % KNOWN_CAS_MAX;
}
