/* Attention over keys and values that are bfloat16, with products of such pairs: queries and weights are rounded to
   bfloat16 too, sums are float32. Products of bytes as with VNNI, the rest as for AVX-512. */
#include "vectors.h"

#include <immintrin.h>

#define COLUMNS 32 /* bfloat16s of a register */

INLINE __m512bh pair_of(const uint16_t *from) {
    int32_t pair;
    memcpy(&pair, from, sizeof pair);
    return (__m512bh)_mm512_set1_epi32(pair);
}

/* tile[width / 2][16] = the pairs of up to 16 keys; what is missing repeats the last one. */
INLINE void transpose(const uint16_t *keys, int64_t count, int64_t width, __m512i *tile) {
    const uint16_t *from[PANEL];
    for (int64_t key = 0; key < PANEL; key++) from[key] = keys + (key < count ? key : count - 1) * width;
    for (int64_t at = 0; at < width; at += 8, tile += 4) {
        __m512i in[4];
#pragma GCC unroll 4
        for (int key = 0; key < 4; key++) {
            __m512i some = _mm512_castsi128_si512(_mm_loadu_si128((const void *)(from[key] + at)));
            some = _mm512_inserti32x4(some, _mm_loadu_si128((const void *)(from[key + 4] + at)), 1);
            some = _mm512_inserti32x4(some, _mm_loadu_si128((const void *)(from[key + 8] + at)), 2);
            in[key] = _mm512_inserti32x4(some, _mm_loadu_si128((const void *)(from[key + 12] + at)), 3);
        }
        const __m512i low = _mm512_unpacklo_epi32(in[0], in[1]), high = _mm512_unpackhi_epi32(in[0], in[1]);
        const __m512i other_low = _mm512_unpacklo_epi32(in[2], in[3]), other_high = _mm512_unpackhi_epi32(in[2], in[3]);
        tile[0] = _mm512_unpacklo_epi64(low, other_low);
        tile[1] = _mm512_unpackhi_epi64(low, other_low);
        tile[2] = _mm512_unpacklo_epi64(high, other_high);
        tile[3] = _mm512_unpackhi_epi64(high, other_high);
    }
}

/* Scores of 16 keys for a few rows; `rows` is known when this is compiled, so that the sums stay in registers. */
INLINE void score_keys(int rows, const uint16_t *queries, int64_t width, const __m512i *tile, float *scores, int64_t stride) {
    __m512 sum[12];
#pragma GCC unroll 12
    for (int row = 0; row < rows; row++) sum[row] = _mm512_setzero_ps();
    for (int64_t at = 0; at < width; at += 2, tile++) {
        const __m512bh keys = (__m512bh)*tile;
#pragma GCC unroll 12
        for (int row = 0; row < rows; row++) sum[row] = _mm512_dpbf16_ps(sum[row], keys, pair_of(queries + row * width + at));
    }
#pragma GCC unroll 12
    for (int row = 0; row < rows; row++) _mm512_storeu_ps(scores + row * stride, sum[row]);
}

/* scores[rows][total] of some query rows over all parts. */
static void score(const struct attention *task, int64_t rows, int64_t stride) {
    const int64_t width = task->width;
    float *scores = task->scores;
    for (int64_t number = 0; number < task->parts; number++) {
        const struct part *part = task->part + number;
        const uint16_t *keys = (const uint16_t *)kept_at(task, part, part->keys), *end = keys + part->length * width;
        for (int64_t at = 0; at < part->length; at += PANEL, keys += PANEL * width) {
            const int64_t count = part->length - at < PANEL ? part->length - at : PANEL;
            __m512i *tile = (__m512i *)task->tile;
            for (const uint16_t *soon = keys + 4 * PANEL * width; soon < keys + 5 * PANEL * width && soon < end; soon += COLUMNS)
                __builtin_prefetch(soon, 0, 2);
            transpose(keys, count, width, tile);
            int64_t row = 0;
#define TAKE(some)                                                                                                          \
    for (; rows - row >= (some); row += (some))                                                                             \
    score_keys((some), task->narrow + row * width, width, tile, scores + row * stride, stride)
            TAKE(12);
            TAKE(6);
            TAKE(3);
            TAKE(1);
#undef TAKE
            scores += count;
        }
    }
}

/* Scores become weights, as bfloat16s in the same memory; their sum. */
static float soften(float *scores, int64_t size) {
    const float largest = largest_of(scores, size);
    int64_t at;
    /* Behind the last score there is room for a whole panel. */
    for (at = size; at % LANES; at++) scores[at] = -INFINITY;
    const int64_t end = at;
    floats total = {0};
    for (at = 0; at < end; at += LANES) {
        const __m256i narrow = (__m256i)_mm512_cvtneps_pbh((__m512)exponential(load(scores + at) - largest));
        _mm256_storeu_si256((__m256i *)((uint16_t *)scores + at), narrow);
        total += (floats)_mm512_slli_epi32(_mm512_cvtepu16_epi32(narrow), 16);
    }
    return sum_of(total);
}

/* sums[rows][2][16] += weights[rows][0..count) times 32 columns of values; a register has every other four of them. */
INLINE void mix_columns(int rows, const uint16_t *weights, int64_t stride, const uint16_t *values, int64_t width, int64_t count,
                        __m512 (*sums)[2]) {
    __m512 sum[12][2];
#pragma GCC unroll 12
    for (int row = 0; row < rows; row++) sum[row][0] = sums[row][0], sum[row][1] = sums[row][1];
    for (int64_t key = 0; key < count; key += 2, values += 2 * width) {
        const int last = key + 1 == count;
        const __m512i one = _mm512_loadu_si512(values), other = last ? _mm512_setzero_si512() : _mm512_loadu_si512(values + width);
        const __m512bh low = (__m512bh)_mm512_unpacklo_epi16(one, other), high = (__m512bh)_mm512_unpackhi_epi16(one, other);
#pragma GCC unroll 12
        for (int row = 0; row < rows; row++) {
            const uint16_t *from = weights + row * stride + key;
            const __m512bh weight = last ? (__m512bh)_mm512_set1_epi32(*from) : pair_of(from);
            sum[row][0] = _mm512_dpbf16_ps(sum[row][0], low, weight);
            sum[row][1] = _mm512_dpbf16_ps(sum[row][1], high, weight);
        }
    }
#pragma GCC unroll 12
    for (int row = 0; row < rows; row++) sums[row][0] = sum[row][0], sums[row][1] = sum[row][1];
}

/* sums[width / 32][rows] = the weights times the values of all parts, a run of tokens at a time that stays in cache. */
static void mix(const struct attention *task, int64_t rows, int64_t stride, __m512 (*sums)[2]) {
    enum { RUN = 64 };
    const int64_t width = task->width;
    const uint16_t *weights = (const uint16_t *)task->scores;
    for (int64_t number = 0; number < task->parts; number++) {
        const struct part *part = task->part + number;
        const uint16_t *values = (const uint16_t *)kept_at(task, part, part->values), *end = values + part->length * width;
        for (int64_t at = 0; at < part->length; at += RUN, values += RUN * width) {
            const int64_t count = part->length - at < RUN ? part->length - at : RUN;
            for (const uint16_t *soon = values + RUN * width; soon < values + 2 * RUN * width && soon < end; soon += COLUMNS)
                __builtin_prefetch(soon, 0, 2);
            for (int64_t column = 0; column < width; column += COLUMNS) {
                __m512 (*mine)[2] = sums + column / COLUMNS * rows;
                int64_t row = 0;
#define TAKE(some)                                                                                                          \
    for (; rows - row >= (some); row += (some))                                                                             \
    mix_columns((some), weights + row * stride, stride, values + column, width, count, mine + row)
                TAKE(12);
                TAKE(6);
                TAKE(3);
                TAKE(1);
#undef TAKE
            }
            weights += count;
        }
    }
}

/* A row's mixed values in the order of columns, by the sum of its weights. */
static void finish(const __m512 (*sums)[2], int64_t rows, int64_t width, float sum, float *mixed) {
    const __m512i first = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i second = _mm512_setr_epi32(8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const __m512 by = _mm512_set1_ps(sum);
    for (int64_t column = 0; column < width; column += COLUMNS, sums += rows) {
        _mm512_storeu_ps(mixed + column, _mm512_permutex2var_ps((*sums)[0], first, (*sums)[1]) / by);
        _mm512_storeu_ps(mixed + column + LANES, _mm512_permutex2var_ps((*sums)[0], second, (*sums)[1]) / by);
    }
}

void attend_avx512_bf16(const struct attention *task) {
    const int64_t width = task->width, stride = task->total + PANEL;
    if (task->kept != HALVES || width % COLUMNS) {
        attend_avx512(task);
        return;
    }
    for (int64_t start = task->from; start < task->until; start += ATTENTION_ROWS) {
        const int64_t rows = task->until - start < ATTENTION_ROWS ? task->until - start : ATTENTION_ROWS;
        __m512 (*sums)[2] = (void *)task->tile;
        float weights[ATTENTION_ROWS];
        for (int64_t at = 0; at < rows * width; at += LANES)
            _mm256_storeu_si256((__m256i *)(task->narrow + at),
                                (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(task->queries + start * width + at)));
        score(task, rows, stride);
        for (int64_t row = 0; row < rows; row++) {
            float *scores = task->scores + row * stride;
            const float *mask = task->mask + (start + row) / task->share * task->masked;
            for (int64_t at = 0; at < task->masked; at++) scores[task->total - task->masked + at] += mask[at];
            weights[row] = soften(scores, task->total);
        }
        memset(sums, 0, rows * width * sizeof(float));
        mix(task, rows, 2 * stride, sums);
        for (int64_t row = 0; row < rows; row++)
            finish((const __m512 (*)[2])sums + row, rows, width, weights[row], task->mixed + (start + row) * width);
    }
}

const struct kernels kernels_avx512_bf16 = {
    .name = "avx512_bf16",
    .product = product_avx512_vnni,
    .attend = attend_avx512_bf16,
    .normalise = normalise_avx512,
    .gate = gate_avx512,
    .choose = choose_avx512,
};
