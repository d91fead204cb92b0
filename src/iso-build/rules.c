/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --owner, --group, --mode: who owns what, and what may be done with it. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build.h"

static bool parse_octal(const char *s, uint32_t *ret_mode)
{
	uint32_t mode = 0;
	size_t n = strlen(s);

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '7')
			return false;
		mode = mode << 3 | (uint32_t)(s[i] - '0');
	}
	*ret_mode = mode;
	return mode <= 07777;
}

/* One clause of a symbolic mode, "go-w": changes the rule; NULL: nonsense. */
static const char *parse_clause(const char *p, struct isokit_build_rule *rule)
{
	uint32_t who = 0, bits = 0, exec = 0;
	char operation;

	for (; *p != '\0' && strchr("ugoa", *p) != NULL; p++)
		who |= *p == 'u' ? 04700u : *p == 'g' ? 02070u : *p == 'o' ? 01007u : 07777u;
	if (who == 0)
		who = 07777;
	if (*p == '\0' || strchr("+-=", *p) == NULL)
		return NULL;
	operation = *p++;
	for (; *p != '\0' && strchr("rwxXst", *p) != NULL; p++)
		switch (*p) {
		case 'r': bits |= 0444; break;
		case 'w': bits |= 0222; break;
		case 'x': bits |= 0111; break;
		case 'X': exec |= 0111; break;
		case 's': bits |= 06000; break;
		default: bits |= 01000; break;
		}
	bits &= who;
	exec &= who;
	if (operation != '+') {
		uint32_t cleared = operation == '=' ? who : bits | exec;

		rule->mode_clear |= cleared;
		rule->mode_set &= ~cleared;
		rule->mode_exec &= ~cleared;
	}
	if (operation != '-') {
		rule->mode_set |= bits;
		rule->mode_exec |= exec;
	}
	return p;
}

bool rule_parse_mode(const char *s, struct isokit_build_rule *rule)
{
	struct isokit_build_rule r = *rule;
	uint32_t mode;

	if (parse_octal(s, &mode)) {
		rule->mode_clear = 07777;
		rule->mode_set = mode;
		return true;
	}
	for (;;) {
		s = parse_clause(s, &r);
		if (s == NULL)
			return false;
		if (*s == '\0')
			break;
		if (*s++ != ',')
			return false;
	}
	*rule = r;
	return true;
}

/* Numbers only, and root: other names mean other numbers on other machines. */
static bool parse_id(const char *s, uint32_t *ret_id)
{
	unsigned long long id;
	char *end;

	if (strcmp(s, "root") == 0) {
		*ret_id = 0;
		return true;
	}
	if (*s < '0' || *s > '9')
		return false;
	id = strtoull(s, &end, 10);
	*ret_id = (uint32_t)id;
	return *end == '\0' && strlen(s) <= 10 && id <= UINT32_MAX - 1;
}

static bool parse_value(const char *s, enum rule_kind kind, struct isokit_build_rule *rule)
{
	switch (kind) {
	case RULE_OWNER:
		rule->set_uid = parse_id(s, &rule->uid);
		return rule->set_uid;
	case RULE_GROUP:
		rule->set_gid = parse_id(s, &rule->gid);
		return rule->set_gid;
	case RULE_MODE:
		return rule_parse_mode(s, rule);
	}
	return false;
}

bool rule_parse(const struct options *o, enum rule_kind kind, struct isokit_build_rule *ret_rule)
{
	struct isokit_build_rule rule = { 0 };
	const char *s = o->value, *at = s;

	/* "u=rw" is a mode although it looks like a pattern. */
	if (parse_value(s, kind, &rule)) {
		*ret_rule = rule;
		return true;
	}
	while ((at = strchr(at, '=')) != NULL) {
		at++;
		if (at - s > 1 && parse_value(at, kind, &rule)) {
			rule.pattern = strndup(s, (size_t)(at - s) - 1);
			*ret_rule = rule;
			return rule.pattern != NULL || options_refuse(o, "out of memory") == 0;
		}
	}
	options_refuse(o, kind == RULE_MODE ?
		       "not a mode such as 644, u+w,go=rX or GLOB=755" :
		       "not a number, root, or GLOB=NUMBER");
	return false;
}
