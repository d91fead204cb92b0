/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times as xorriso takes them. */
#include "mkisofs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool only_digits(const char *s, size_t n)
{
	return strspn(s, "0123456789") == n;
}

static int number(const char *s, size_t n)
{
	int value = 0;

	while (n--)
		value = value * 10 + (*s++ - '0');
	return value;
}

/* Seconds since 1970 of a broken down time, which must be one of the calendar. */
static bool calendar(const struct tm *given, bool local, int64_t *ret)
{
	struct tm tm = *given;
	time_t t;

	tm.tm_isdst = -1;
	t = local ? mktime(&tm) : timegm(&tm);
	*ret = t;
	return tm.tm_mon == given->tm_mon && tm.tm_mday == given->tm_mday &&
	       tm.tm_hour == given->tm_hour && tm.tm_min == given->tm_min;
}

/* YYYYMMDDhhmmss[cc], GMT */
static bool take_volume_date(const char *s, int64_t *ret)
{
	size_t n = strlen(s);
	struct tm tm = { 0 };

	if ((n != 14 && n != 16) || !only_digits(s, n))
		return false;
	tm.tm_year = number(s, 4) - 1900;
	tm.tm_mon = number(s + 4, 2) - 1;
	tm.tm_mday = number(s + 6, 2);
	tm.tm_hour = number(s + 8, 2);
	tm.tm_min = number(s + 10, 2);
	tm.tm_sec = number(s + 12, 2);
	return calendar(&tm, false, ret);
}

/* MMDDhhmm[[CC]YY][.ss], as date and touch have it, local time */
static bool take_touch_date(const char *s, int64_t *ret)
{
	size_t n = strcspn(s, ".");
	struct tm tm = { 0 }, now;
	time_t t = time(NULL);

	if (!only_digits(s, n) || (n != 8 && n != 10 && n != 12))
		return false;
	if (s[n] == '.' && (!only_digits(s + n + 1, 2) || s[n + 3] != '\0'))
		return false;
	tm.tm_mon = number(s, 2) - 1;
	tm.tm_mday = number(s + 2, 2);
	tm.tm_hour = number(s + 4, 2);
	tm.tm_min = number(s + 6, 2);
	if (n == 8)
		tm.tm_year = localtime_r(&t, &now) != NULL ? now.tm_year : 70;
	else if (n == 12)
		tm.tm_year = number(s + 8, 4) - 1900;
	else
		tm.tm_year = number(s + 8, 2) + (number(s + 8, 2) < 70 ? 100 : 0);
	if (s[n] == '.')
		tm.tm_sec = number(s + n + 1, 2);
	return calendar(&tm, true, ret);
}

/* "Nov 8 14:51:13 CET 2007", with or without the name of the day, as date prints it */
static bool take_printed_date(const char *s, int64_t *ret)
{
	static const char *const formats[] = {
		"%b %d %H:%M:%S %Z %Y", "%a %b %d %H:%M:%S %Z %Y",
		"%b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Y",
		"%Y-%m-%d %H:%M:%S", "%Y.%m.%d.%H%M%S",
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(s, formats[i], &tm);
		bool utc = strstr(s, " UTC ") != NULL || strstr(s, " GMT ") != NULL;

		if (end != NULL && *end == '\0')
			return calendar(&tm, !utc, ret);
	}
	return false;
}

/* "=SECONDS", "+3600", "-1d": seconds of the epoch, or from now */
static bool take_seconds(const char *s, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { '\0', 1 }, { 's', 1 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	char *end;
	long long n;

	if (strchr("=+-", s[0]) == NULL || s[0] == '\0' || strspn(s + 1, "0123456789") == 0)
		return false;
	n = strtoll(s + 1, &end, 10);
	if (n > INT32_MAX * 10ll)
		return false;
	if (s[0] == '=') {
		*ret = n;
		return *end == '\0';
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*end != units[i].unit || (*end != '\0' && end[1] != '\0'))
			continue;
		*ret = (int64_t)time(NULL) + (s[0] == '-' ? -n : n) * units[i].seconds;
		return true;
	}
	return false;
}

bool mkisofs_file_date(struct mkisofs *m, const char *value)
{
	struct isokit_build_options *lib = &m->opt->lib;

	/* Access and change times are those of modification in any case. */
	lib->has_file_date = false;
	if (value[0] == '\0' || strcmp(value, "default") == 0 || strcmp(value, "set_to_mtime") == 0)
		return true;
	lib->has_file_date = take_volume_date(value, &lib->file_date) ||
			     take_touch_date(value, &lib->file_date) ||
			     take_seconds(value, &lib->file_date) ||
			     take_printed_date(value, &lib->file_date);
	return lib->has_file_date ||
	       mkisofs_refuse(m, "not a time such as 2007110814511300, 110814512007.13, "
			      "=1194533473 or 'Nov 8 14:51:13 CET 2007'");
}
