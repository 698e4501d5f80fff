/* Rows of activations as bytes, for kernels that multiply unsigned by signed bytes; and the way back to floats.

   A row is scaled by its own largest value and raised by 128; what that adds to a sum, 128 times the sum of the output's
   weights, is taken off again. A sum of 32 bits holds 60,000 inputs, which Python checks. */
#ifndef CODEX_BYTE_ROWS_H
#define CODEX_BYTE_ROWS_H

#include "step.h"

#include <string.h>

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
        float largest[PANEL] = {0}, odd[PANEL] = {0}, most = 1e-12f, none = 0;
        int64_t at = 0;
        for (; at + PANEL <= inputs; at += PANEL)
            for (int lane = 0; lane < PANEL; lane++) {
                const float value = from[at + lane], size = value < 0 ? -value : value;
                largest[lane] = size > largest[lane] ? size : largest[lane];
                odd[lane] += value * 0.0f;
            }
        for (int lane = 0; at + lane < inputs; lane++) {
            const float value = from[at + lane], size = value < 0 ? -value : value;
            largest[lane] = size > largest[lane] ? size : largest[lane];
            odd[lane] += value * 0.0f;
        }
        for (int lane = 0; lane < PANEL; lane++) {
            most = largest[lane] > most ? largest[lane] : most;
            none += odd[lane];
        }
        bytes.scales[row] = most / 127 + none;
        const float factor = none == 0 ? 127 / most : 0;
        for (at = 0; at < inputs; at++) {
            const float raised = none == 0 ? from[at] * factor + 128.5f : 0;
            to[at] = (uint8_t)(int32_t)raised;
        }
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
