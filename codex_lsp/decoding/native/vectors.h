/* Short vectors of floats, LANES wide, for files that are compiled for one kind of processor. */
#ifndef CODEX_VECTORS_H
#define CODEX_VECTORS_H

#include "step.h"

#include <math.h>
#include <string.h>

#ifndef NAME
#define NAME portable
#endif
#ifndef LANES
#define LANES 4
#endif
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define INLINE static inline __attribute__((always_inline))

typedef float floats __attribute__((vector_size(LANES * 4)));
typedef int32_t ints __attribute__((vector_size(LANES * 4)));

INLINE floats load(const float *from) {
    floats result;
    memcpy(&result, from, sizeof result);
    return result;
}

INLINE void store(float *to, floats value) { memcpy(to, &value, sizeof value); }

/* The first where the mask is set, else the second. */
INLINE floats pick(ints mask, floats first, floats second) {
    return (floats)(((ints)first & mask) | ((ints)second & ~mask));
}

/* e to the power of each, to a few units of the last place; 0 below -87, no number of no number. */
INLINE floats exponential(floats power) {
    const floats zero = {0};
    const floats least = zero - 87.0f, most = zero + 88.0f;
    const ints none = power < least;
    power = pick(none, least, power);
    power = pick(power > most, most, power);
    /* Adding 1.5 * 2^23 rounds to whole numbers. */
    const floats shifted = power * 1.44269504f + 12582912.0f;
    const floats whole = shifted - 12582912.0f;
    const floats rest = power - whole * 0.693359375f + whole * 2.12194440e-4f;
    floats sum = zero + 1.0f / 720;
    sum = sum * rest + 1.0f / 120;
    sum = sum * rest + 1.0f / 24;
    sum = sum * rest + 1.0f / 6;
    sum = sum * rest + 0.5f;
    sum = sum * rest + 1.0f;
    sum = sum * rest + 1.0f;
    const floats scale = (floats)(((ints)shifted - 0x4B400000 + 127) << 23);
    return (floats)((ints)(sum * scale) & ~none);
}

/* The largest of some numbers. */
INLINE float largest_of(const float *numbers, int64_t size) {
    float largest = -INFINITY, parts[LANES];
    floats most = {0}, other;
    int64_t at = 0;
    other = most -= INFINITY;
    for (; at + 2 * LANES <= size; at += 2 * LANES) {
        const floats one = load(numbers + at), two = load(numbers + at + LANES);
        most = pick(one > most, one, most);
        other = pick(two > other, two, other);
    }
    for (; at < size; at++) largest = numbers[at] > largest ? numbers[at] : largest;
    store(parts, pick(other > most, other, most));
    for (int lane = 0; lane < LANES; lane++) largest = parts[lane] > largest ? parts[lane] : largest;
    return largest;
}

INLINE float sum_of(floats numbers) {
    float parts[LANES], sum = 0;
    store(parts, numbers);
    for (int lane = 0; lane < LANES; lane++) sum += parts[lane];
    return sum;
}

#endif
