/* Rows of activations as bytes, for kernels that multiply unsigned by signed bytes; and the way back to floats.

   A row is scaled by its own largest value and raised by 128; what that adds to a sum, 128 times the sum of the output's
   weights, is taken off again. A sum of 32 bits holds 60,000 inputs, which Python checks. */
#ifndef CODEX_BYTE_ROWS_H
#define CODEX_BYTE_ROWS_H

#include "vectors.h"

typedef uint8_t few __attribute__((vector_size(LANES)));

struct byte_rows {
    uint8_t *values; /* [count][stride] */
    float *scales;   /* [count] */
    int64_t stride;
};

/* Puts up to BYTE_ROWS rows into `scratch`. A row with a value that is no finite number gets a scale that is none. */
static inline struct byte_rows byte_rows_of(const float *rows, int64_t count, int64_t inputs, void *scratch) {
    struct byte_rows bytes = {.scales = scratch, .stride = rounded_up(inputs, BYTE_INPUTS)};
    bytes.values = (uint8_t *)scratch + rounded_up(BYTE_ROWS * sizeof(float), 64);
    for (int64_t row = 0; row < count; row++) {
        const float *from = rows + row * inputs;
        uint8_t *to = bytes.values + row * bytes.stride;
        floats largest = {0}, odd = {0};
        float most = 1e-12f, none = 0, parts[LANES];
        int64_t at = 0;
        for (; at + LANES <= inputs; at += LANES) {
            const floats value = load(from + at), size = (floats)((ints)value & 0x7FFFFFFF);
            largest = pick(size > largest, size, largest);
            odd += value * 0.0f;
        }
        for (; at < inputs; at++) {
            most = fabsf(from[at]) > most ? fabsf(from[at]) : most;
            none += from[at] * 0.0f;
        }
        store(parts, largest);
        for (int lane = 0; lane < LANES; lane++) most = parts[lane] > most ? parts[lane] : most;
        none += sum_of(odd);
        bytes.scales[row] = most / 127 + none;
        if (none != 0) {
            memset(to, 0, bytes.stride);
            continue;
        }
        const float factor = 127 / most;
        for (at = 0; at + LANES <= inputs; at += LANES) {
            const few some = __builtin_convertvector(__builtin_convertvector(load(from + at) * factor + 128.5f, ints), few);
            memcpy(to + at, &some, sizeof some);
        }
        for (; at < inputs; at++) to[at] = (uint8_t)(int32_t)(from[at] * factor + 128.5f);
        memset(to + inputs, 0, bytes.stride - inputs);
    }
    return bytes;
}

/* Sums of one panel, [count][16], to results[count][outputs] from output `first` on. */
static inline void finish(const struct matrix *matrix, const struct byte_rows *bytes, int64_t first, int64_t count,
                          const int32_t (*sums)[PANEL], float *results) {
    const int64_t used = matrix->outputs - first < PANEL ? matrix->outputs - first : PANEL;
    for (int64_t row = 0; row < count; row++) {
        float done[PANEL];
        for (int lane = 0; lane < PANEL; lane++)
            done[lane] = (float)(sums[row][lane] - 128 * matrix->sums[first + lane]) * bytes->scales[row] * matrix->scales[first + lane];
        if (matrix->bias)
            for (int lane = 0; lane < PANEL; lane++) done[lane] += matrix->bias[first + lane];
        memcpy(results + row * matrix->outputs + first, done, used * sizeof(float));
    }
}

#endif
