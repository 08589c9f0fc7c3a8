/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The filters of Liquid that reckon. Text that spells a number counts as it; other text as 0. */
#include <math.h>

#include "content/liquid_priv.h"

static struct liquid_value number_of(const struct liquid_value *v)
{
	struct liquid_value number;

	return value_number(v, &number) ? number : liquid_int(0);
}

static struct liquid_value float_of(double f)
{
	return (struct liquid_value){ .type = LIQUID_FLOAT, .f = f };
}

/* Whole numbers stay whole; one that would not fit becomes a fraction's kind. */
static enum err arithmetic(char op, const struct liquid_value *in, const struct liquid_value *arg,
	struct liquid_value *out)
{
	struct liquid_value a = number_of(in), b = number_of(arg);
	double x = value_double(&a), y = value_double(&b);
	int64_t n;

	if (a.type == LIQUID_INT && b.type == LIQUID_INT &&
		!(op == '+'         ? __builtin_add_overflow(a.n, b.n, &n)
			: op == '-' ? __builtin_sub_overflow(a.n, b.n, &n)
				    : __builtin_mul_overflow(a.n, b.n, &n)))
		*out = liquid_int(n);
	else
		*out = float_of(op == '+' ? x + y : op == '-' ? x - y : x * y);
	return ERR_NONE;
}

FILTER_FN(plus)
{
	return arithmetic('+', &in, &args[0], out);
}

FILTER_FN(minus)
{
	return arithmetic('-', &in, &args[0], out);
}

FILTER_FN(times)
{
	return arithmetic('*', &in, &args[0], out);
}

FILTER_FN(divided_by)
{
	struct liquid_value a = number_of(&in), b = number_of(&args[0]);

	/* A template that divides by nothing says nothing rather than stop a campaign. */
	*out = (struct liquid_value){ 0 };
	if (value_double(&b) == 0)
		return ERR_NONE;
	if (a.type == LIQUID_INT && b.type == LIQUID_INT && a.n != INT64_MIN) {
		int64_t q = a.n / b.n;

		*out = liquid_int(q - (a.n % b.n != 0 && (a.n < 0) != (b.n < 0)));
	} else {
		*out = float_of(value_double(&a) / value_double(&b));
	}
	return ERR_NONE;
}

FILTER_FN(modulo)
{
	struct liquid_value a = number_of(&in), b = number_of(&args[0]);
	double y = value_double(&b), m;

	*out = (struct liquid_value){ 0 };
	if (y == 0)
		return ERR_NONE;
	if (a.type == LIQUID_INT && b.type == LIQUID_INT && b.n != -1) {
		int64_t rest = a.n % b.n;

		*out = liquid_int(rest && (rest < 0) != (b.n < 0) ? rest + b.n : rest);
		return ERR_NONE;
	}
	m = fmod(value_double(&a), y);
	*out = float_of(m != 0 && (m < 0) != (y < 0) ? m + y : m);
	return ERR_NONE;
}

static struct liquid_value whole(double f)
{
	return fabs(f) < 9e15 ? liquid_int((int64_t)f) : float_of(f);
}

FILTER_FN(round)
{
	struct liquid_value v = number_of(&in);
	struct liquid_value places = n ? number_of(&args[0]) : liquid_int(0);
	int64_t digits = places.n;
	double unit = 1;

	*out = v;
	if (v.type == LIQUID_INT)
		return ERR_NONE;
	for (int64_t i = 0; i < digits && i < 12; i++)
		unit *= 10;
	*out = digits > 0 ? float_of(round(v.f * unit) / unit) : whole(round(v.f));
	return ERR_NONE;
}

FILTER_FN(floor)
{
	struct liquid_value v = number_of(&in);

	*out = v.type == LIQUID_INT ? v : whole(floor(v.f));
	return ERR_NONE;
}

FILTER_FN(ceil)
{
	struct liquid_value v = number_of(&in);

	*out = v.type == LIQUID_INT ? v : whole(ceil(v.f));
	return ERR_NONE;
}

FILTER_FN(abs)
{
	struct liquid_value v = number_of(&in);

	*out = v.type == LIQUID_FLOAT ? float_of(fabs(v.f))
				      : liquid_int(v.n < 0 && v.n != INT64_MIN ? -v.n : v.n);
	return ERR_NONE;
}

FILTER_FN(at_least)
{
	struct liquid_value a = number_of(&in), b = number_of(&args[0]);

	*out = value_double(&a) < value_double(&b) ? b : a;
	return ERR_NONE;
}

FILTER_FN(at_most)
{
	struct liquid_value a = number_of(&in), b = number_of(&args[0]);

	*out = value_double(&a) > value_double(&b) ? b : a;
	return ERR_NONE;
}
