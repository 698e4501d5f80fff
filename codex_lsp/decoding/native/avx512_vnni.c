/* Products of bytes with AVX-512 VNNI: one instruction multiplies and adds 64 of them. The rest is as for AVX-512. */
#include "step.h"

#include <immintrin.h>

#include "byte_rows.h"

/* Sums of one panel for a few rows; `rows` is known when this is compiled, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void panel(int rows, const struct byte_rows *bytes, int64_t first,
                                                        const int8_t *weights, int32_t (*sums)[PANEL]) {
    const uint8_t *values = bytes->values + first * bytes->stride;
    __m512i sum[8];
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++) sum[row] = _mm512_setzero_si512();
    for (int64_t at = 0; at < bytes->stride; at += 4) {
        const __m512i weight = _mm512_loadu_si512(weights + at * PANEL);
#pragma GCC unroll 8
        for (int row = 0; row < rows; row++) {
            int32_t value;
            memcpy(&value, values + row * bytes->stride + at, sizeof value);
            sum[row] = _mm512_dpbusd_epi32(sum[row], _mm512_set1_epi32(value), weight);
        }
    }
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++) _mm512_storeu_si512(sums + first + row, sum[row]);
}

void product_avx512_vnni(const struct matrix *matrix, int64_t first, int64_t end, const float *rows, int64_t count,
                 float *results, void *scratch) {
    if (matrix->format != BYTES) {
        product_avx512(matrix, first, end, rows, count, results, scratch);
        return;
    }
    for (int64_t start = 0; start < count; start += BYTE_ROWS) {
        const int64_t some = count - start < BYTE_ROWS ? count - start : BYTE_ROWS;
        const struct byte_rows bytes = byte_rows_of(rows + start * matrix->inputs, some, matrix->inputs, scratch);
        for (int64_t at = first; at < end; at += PANEL) {
            const int8_t *weights = (const int8_t *)matrix->weights + at * bytes.stride;
            int32_t sums[BYTE_ROWS][PANEL];
            int64_t row = 0;
            for (; some - row >= 8; row += 8) panel(8, &bytes, row, weights, sums);
            for (; some - row >= 4; row += 4) panel(4, &bytes, row, weights, sums);
            for (; some - row >= 2; row += 2) panel(2, &bytes, row, weights, sums);
            for (; some - row >= 1; row += 1) panel(1, &bytes, row, weights, sums);
            finish(matrix, &bytes, at, some, (const int32_t(*)[PANEL])sums, results + start * matrix->outputs);
        }
    }
}

const struct kernels kernels_avx512_vnni = {
    .name = "avx512_vnni",
    .product = product_avx512_vnni,
    .attend = attend_avx512,
    .normalise = normalise_avx512,
    .gate = gate_avx512,
    .choose = choose_avx512,
};
