/* SPDX-License-Identifier: Apache-2.0 */
/* Collects and shows findings. A failed finding makes the file invalid; else an open finding leaves the answer open. */
#include "ctl/inspect/finding.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "base/language.h"
#include "base/when.h"
#include "ctl/page.h"
#include "ctl/value.h"

#define LABEL_SIZE 64

static const char *const states[] = {
	[CHECK_FAILED] = TO_TRANSLATE("failed"),
	[CHECK_ABSENT] = TO_TRANSLATE("open"),
	[CHECK_PASSED] = TO_TRANSLATE("passed"),
};

static const char *const answers[] = {
	[CTL_YES] = TO_TRANSLATE("valid"),
	[CTL_NO] = TO_TRANSLATE("not valid"),
	[CTL_FAULT] = TO_TRANSLATE("not evaluated"),
};

void findings_init(struct findings *f, const char *path, const char *kind)
{
	*f = (struct findings){ .root = value_new(VALUE_MAP) };
	value_add_text(f->root, "file", path);
	value_add_text(f->root, "kind", kind);
	f->contents = value_add_new(f->root, "contents", VALUE_MAP);
	f->list = value_add_new(f->root, "findings", VALUE_LIST);
}

void findings_done(struct findings *f)
{
	if (f->root)
		value_free(f->root);
	*f = (struct findings){ 0 };
}

void findings_add_text(struct findings *f, const struct question *question, enum check_state state,
		       const char *sentence)
{
	struct value *finding = value_add_new(f->list, NULL, VALUE_MAP);

	f->any_failed |= state == CHECK_FAILED;
	f->any_open |= state == CHECK_ABSENT;
	value_add_text(finding, "check", question->name);
	value_add_text(finding, "state", states[state]);
	value_add_text(finding, "sentence", sentence);
	value_add_text(finding, "specification", question->specification);
}

/* A check that did not pass is shown with the sentence of what was found, and with what would pass. */
void findings_add(struct findings *f, enum hallmark_check check, struct check_result result)
{
	const struct question question = { check_name(check), check_specification(check) };

	if (result.state == CHECK_PASSED) {
		findings_add_text(f, &question, result.state, check_passes_when(check));
		return;
	}
	findings_add_text(f, &question, result.state, reason_sentence(result.reason));
	value_add_text(f->list->last, "passes_when", check_passes_when(check));
}

static bool is_time(const struct value *v)
{
	static const char *const times[] = { "issued", "valid_from", "valid_until", "supported_until", "renew_after" };

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (strcmp(v->key, times[i]) == 0)
			return true;
	return false;
}

/* In English, the label is the key with spaces instead of underscores. */
static void put_label_of(const char *key, char ret[static LABEL_SIZE])
{
	const char *label = translated(key);

	(void)snprintf(ret, LABEL_SIZE, "%s", label);
	for (char *c = label == key ? strchr(ret, '_') : NULL; c; c = strchr(c, '_'))
		*c = ' ';
}

static void show_value(const struct page *page, const struct value *v)
{
	char when[WHEN_SIZE], label[LABEL_SIZE];

	put_label_of(v->key, label);
	if (v->kind == VALUE_TEXT)
		page_item(page, label, "%s", v->text);
	else if (v->kind == VALUE_NUMBER && is_time(v))
		page_item(page, label, "%s", when_to_text(v->number, page->now_sec, when));
	else if (v->kind == VALUE_NUMBER)
		page_item(page, label, "%" PRId64, v->number);

	/* Lists contain only texts. */
	for (const struct value *member = v->first; member; member = member->next)
		page_item(page, member == v->first ? label : "", "%s", member->text);
}

static void show_finding(const struct page *page, const struct value *finding)
{
	const char *passes_when = value_text(finding, "passes_when");
	char label[32];

	(void)snprintf(label, sizeof(label), "  %s", translated(value_text(finding, "state")));
	if (passes_when[0] == '\0')
		page_item(page, label, "%s: %s (%s)", value_text(finding, "check"),
			  translated(value_text(finding, "sentence")), value_text(finding, "specification"));
	else
		page_item(page, label, "%s: %s; it passes when %s (%s)", value_text(finding, "check"),
			  translated(value_text(finding, "sentence")), translated(passes_when),
			  value_text(finding, "specification"));
}

static enum ctl_exit answer_of(const struct findings *f)
{
	if (f->any_failed)
		return CTL_NO;
	return f->any_open ? CTL_FAULT : CTL_YES;
}

enum ctl_exit findings_show(struct findings *f, const struct ctl *ctl, int64_t now_sec)
{
	const struct page page = page_open(ctl->out, now_sec);
	enum ctl_exit answer = answer_of(f);

	value_add_text(f->root, "answer", answers[answer]);
	if (ctl->json) {
		value_to_json(f->root, ctl->out);
		return answer;
	}

	page_line(&page, "kind", "%s", translated(value_text(f->root, "kind")));
	for (const struct value *v = f->contents->first; v; v = v->next)
		show_value(&page, v);
	for (const struct value *v = f->list->first; v; v = v->next)
		show_finding(&page, v);
	page_line(&page, "answer", "%s: %s", value_text(f->root, "file"), translated(answers[answer]));
	return answer;
}
