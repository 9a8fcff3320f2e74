/* SPDX-License-Identifier: Apache-2.0 */
/* Which class of a label the device is nearly of, for people who look why it is of none. */
#include <stdio.h>
#include <strings.h>

#include "appraise/appraise_inside.h"
#include "base/cleanup.h"
#include "base/spelling.h"
#include "token/label.h"
#include "token/names.h"

/* Weights: a class of another maker is far; a model that only looks the same is near. */
#define FAR_MAKER 16u
#define FAR_MODEL 8u
#define FAR_PART  2u
#define NEAR      1u

static bool looks_the_same(const char *a, const char *b)
{
	char plain[2][sizeof(((struct product *)0)->model)];

	(void)spelling_find(a, plain[0], sizeof(plain[0]));
	(void)spelling_find(b, plain[1], sizeof(plain[1]));
	return strcasecmp(plain[0], plain[1]) == 0;
}

/* "" in a class means any. */
static bool names_other(const char *named, const char *said)
{
	return named[0] != '\0' && strcmp(named, said) != 0;
}

static unsigned distance(const struct product *named, const struct product *said)
{
	unsigned far = names_other(named->maker, said->maker) ? FAR_MAKER : 0;

	if (names_other(named->model, said->model))
		far += looks_the_same(named->model, said->model) ? NEAR : FAR_MODEL;
	far += names_other(named->hwversion, said->hwversion) ? FAR_PART : 0;
	far += names_other(named->swname, said->swname) ? FAR_PART : 0;
	return far;
}

static void state_difference(const struct label_class *class, const struct product *said, struct label_facts *ret)
{
	const struct product *named = &class->product;
	const struct {
		enum class_difference differs;
		const char *named, *said;
	} parts[] = {
		{ CLASS_DIFFERS_MAKER, named->maker, said->maker },
		{ CLASS_DIFFERS_MODEL, named->model, said->model },
		{ CLASS_DIFFERS_HWVERSION, named->hwversion, said->hwversion },
		{ CLASS_DIFFERS_SWNAME, named->swname, said->swname },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!names_other(parts[i].named, parts[i].said))
			continue;
		ret->class_differs = (uint8_t)parts[i].differs;
		(void)snprintf(ret->class_said, sizeof(ret->class_said), "%s", parts[i].named);
		return;
	}
	if (class->version_scheme != said->swversion_scheme) {
		ret->class_differs = CLASS_DIFFERS_VERSION_SCHEME;
		(void)snprintf(ret->class_said, sizeof(ret->class_said), "%s",
			       version_scheme_text(class->version_scheme));
		return;
	}
	ret->class_differs = CLASS_DIFFERS_VERSION;
	(void)snprintf(ret->class_said, sizeof(ret->class_said), "%s to %s", class->version_from, class->version_to);
}

void class_find_nearest(const struct label *label, const struct product *product, struct label_facts *ret)
{
	const struct label_class *nearest = NULL;
	unsigned least = 0;

	for (size_t i = 0; i < label->n_classes; i++) {
		unsigned far = distance(&label->classes[i].product, product);

		if (nearest && far >= least)
			continue;
		nearest = &label->classes[i];
		least = far;
	}
	if (nearest)
		state_difference(nearest, product, ret);
}
