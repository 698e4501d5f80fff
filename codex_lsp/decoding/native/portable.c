/* The reference: plain loops over short vectors, which GCC and Clang turn into whatever the processor has. The build
   compiles this file several times, with other flags and NAME and LANES to match: for any processor, for AVX2, for AVX-512.

   A sum is always taken in the same order, whatever the number of rows: a row does not depend on the rows beside it. */
#include "vectors.h"

/* How values are kept where they are halves: lanes of 16 bits. */
enum { NARROW = BYTES + 1 };

#define SPLIT (PANEL / LANES)
#define ROWS (LANES == 16 ? 8 : LANES == 8 ? 4 : 2)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_places __attribute__((vector_size(16)));
#ifdef __clang__
#define SHUFFLE(first, second, ...) __builtin_shufflevector(first, second, __VA_ARGS__)
#else /* GCC has the other one only from 12 on. */
#define SHUFFLE(first, second, ...) __builtin_shuffle(first, second, (four_places){__VA_ARGS__})
#endif

/* One of the inputs that lie in the same words, as floats: words hold one float, two bfloat16s (the upper halves of
   floats) or four signed bytes, the first in the lowest bits. */
INLINE floats unpack(floats words, int input, int format) {
    if (format == HALVES) return input ? (floats)((ints)words & ~0xFFFF) : (floats)((ints)words << 16);
    if (format == BYTES) return __builtin_convertvector(((ints)words << (24 - 8 * input)) >> 24, floats);
    return words;
}

/* LANES bfloat16s as floats. */
INLINE floats load_narrow(const uint16_t *from) {
    typedef uint16_t shorts __attribute__((vector_size(LANES * 2)));
    shorts narrow;
    memcpy(&narrow, from, sizeof narrow);
    return (floats)(__builtin_convertvector(narrow, ints) << 16);
}

/* A panel's sums for a few rows: sums[row][16] += values[row][0..size) times weights[0..size)[16]. `rows` and `format` are
   known when this is compiled, so that the sums stay in registers. */
INLINE void panel(int rows, int format, const float *values, int64_t value_stride, const float *weights, int64_t stride,
                  int64_t size, float *sums, int64_t sum_stride) {
    const int together = format == BYTES ? 4 : format == HALVES ? 2 : 1;
    floats sum[ROWS][SPLIT];
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++)
#pragma GCC unroll 8
        for (int part = 0; part < SPLIT; part++) sum[row][part] = load(sums + row * sum_stride + part * LANES);
    for (int64_t at = 0; at < size; at += together, weights += stride) {
        floats words[SPLIT];
#pragma GCC unroll 8
        for (int part = 0; part < SPLIT; part++)
            words[part] = format == NARROW ? load_narrow((const uint16_t *)weights + part * LANES) : load(weights + part * LANES);
#pragma GCC unroll 8
        for (int input = 0; input < together; input++) {
            floats weight[SPLIT];
#pragma GCC unroll 8
            for (int part = 0; part < SPLIT; part++) weight[part] = unpack(words[part], input, format);
#pragma GCC unroll 8
            for (int row = 0; row < rows; row++)
#pragma GCC unroll 8
                for (int part = 0; part < SPLIT; part++)
                    sum[row][part] += weight[part] * values[row * value_stride + at + input];
        }
    }
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++)
#pragma GCC unroll 8
        for (int part = 0; part < SPLIT; part++) store(sums + row * sum_stride + part * LANES, sum[row][part]);
}

/* As `panel`, for any number of rows. */
INLINE void panel_of_rows(int64_t rows, int format, const float *values, int64_t value_stride, const float *weights,
                          int64_t stride, int64_t size, float *sums, int64_t sum_stride) {
    int64_t row = 0;
#define TAKE(count)                                                                                                      \
    for (; (count) <= ROWS && rows - row >= (count); row += (count))                                                     \
    panel((count) <= ROWS ? (count) : 1, format, values + row * value_stride, value_stride, weights, stride, size,       \
          sums + row * sum_stride, sum_stride)
    TAKE(8);
    TAKE(6);
    TAKE(4);
    TAKE(3);
    TAKE(2);
    TAKE(1);
#undef TAKE
}

/* One panel of a matrix for all rows, in at most 16 at a time: its weights are read from memory once. */
INLINE void panel_of_matrix(const struct matrix *matrix, int format, int64_t words, int64_t number, const float *rows,
                            int64_t count, float *results) {
    const int64_t first = number * PANEL;
    const int64_t used = matrix->outputs - first < PANEL ? matrix->outputs - first : PANEL;
    const float *weights = (const float *)matrix->weights + first * words;
    for (int64_t start = 0; start < count; start += 16) {
        const int64_t some = count - start < 16 ? count - start : 16;
        float sums[16][PANEL];
        memset(sums, 0, sizeof sums);
        panel_of_rows(some, format, rows + start * matrix->inputs, matrix->inputs, weights, PANEL, matrix->inputs,
                      sums[0], PANEL);
        for (int64_t row = 0; row < some; row++) {
            if (matrix->scales)
                for (int lane = 0; lane < PANEL; lane++) sums[row][lane] *= matrix->scales[first + lane];
            if (matrix->bias)
                for (int lane = 0; lane < PANEL; lane++) sums[row][lane] += matrix->bias[first + lane];
            memcpy(results + (start + row) * matrix->outputs + first, sums[row], used * sizeof(float));
        }
    }
}

void JOIN(product_, NAME)(const struct matrix *matrix, int64_t first, int64_t end, const float *rows, int64_t count,
                 float *results, void *scratch) {
    const int64_t panels = (end + PANEL - 1) / PANEL, inputs = matrix->inputs;
    (void)scratch;
    for (int64_t number = first / PANEL; number < panels; number++)
        if (matrix->format == FLOATS)
            panel_of_matrix(matrix, FLOATS, inputs, number, rows, count, results);
        else if (matrix->format == HALVES)
            panel_of_matrix(matrix, HALVES, inputs / 2, number, rows, count, results);
        else
            panel_of_matrix(matrix, BYTES, rounded_up(inputs, BYTE_INPUTS) / 4, number, rows, count, results);
}

void JOIN(normalise_, NAME)(const float *row, const float *weight, int64_t size, double epsilon, float *result) {
    float parts[PANEL] = {0}, squares = 0;
    int64_t at = 0;
    for (; at + PANEL <= size; at += PANEL)
        for (int lane = 0; lane < PANEL; lane++) parts[lane] += row[at + lane] * row[at + lane];
    for (; at < size; at++) squares += row[at] * row[at];
    for (int lane = 0; lane < PANEL; lane++) squares += parts[lane];
    const float factor = 1.0f / sqrtf(squares / (float)size + (float)epsilon);
    for (at = 0; at < size; at++) result[at] = row[at] * factor * weight[at];
}

/* result = silu(gate) * up */
void JOIN(gate_, NAME)(const float *gate, const float *up, int64_t size, float *result) {
    for (int64_t at = 0; at < size; at += LANES) {
        /* The last few go through memory of their own. */
        const int64_t some = size - at < LANES ? size - at : LANES;
        float in[LANES] = {0}, other[LANES] = {0}, out[LANES];
        memcpy(in, gate + at, some * sizeof(float));
        memcpy(other, up + at, some * sizeof(float));
        const floats value = load(in);
        store(out, value / (exponential(-value) + 1.0f) * load(other));
        memcpy(result + at, out, some * sizeof(float));
    }
}

/* tile[width][16] = the transpose of up to 16 keys of so many words; what is missing repeats the last one. */
INLINE void transpose(const float *keys, int64_t count, int64_t width, float *tile) {
    for (int64_t lane = 0; lane < PANEL; lane += 4) {
        const float *from[4];
        for (int key = 0; key < 4; key++) from[key] = keys + (lane + key < count ? lane + key : count - 1) * width;
        int64_t at = 0;
        for (; at + 4 <= width; at += 4) {
            four in[4], mixed[4], out[4];
            for (int key = 0; key < 4; key++) memcpy(&in[key], from[key] + at, sizeof(four));
            mixed[0] = SHUFFLE(in[0], in[1], 0, 4, 1, 5);
            mixed[1] = SHUFFLE(in[0], in[1], 2, 6, 3, 7);
            mixed[2] = SHUFFLE(in[2], in[3], 0, 4, 1, 5);
            mixed[3] = SHUFFLE(in[2], in[3], 2, 6, 3, 7);
            out[0] = SHUFFLE(mixed[0], mixed[2], 0, 1, 4, 5);
            out[1] = SHUFFLE(mixed[0], mixed[2], 2, 3, 6, 7);
            out[2] = SHUFFLE(mixed[1], mixed[3], 0, 1, 4, 5);
            out[3] = SHUFFLE(mixed[1], mixed[3], 2, 3, 6, 7);
            for (int row = 0; row < 4; row++) memcpy(tile + (at + row) * PANEL + lane, &out[row], sizeof(four));
        }
        for (; at < width; at++)
            for (int key = 0; key < 4; key++) tile[at * PANEL + lane + key] = from[key][at];
    }
}

/* Asks for what is needed soon: a processor sees a stream of rows coming later than we do. */
INLINE void expect(const float *from, int64_t count, const float *end) {
    for (int64_t at = 0; at < count && from + at < end; at += 16) __builtin_prefetch(from + at, 0, 2);
}

/* scores[rows][total] of some query rows over all parts; `kept` is known when this is compiled. */
INLINE void score(const struct attention *task, int kept, const float *queries, int64_t rows, int64_t stride) {
    const int64_t words = task->width / (kept == HALVES ? 2 : 1);
    int64_t place = 0;
    for (int64_t number = 0; number < task->parts; number++) {
        const struct part *part = task->part + number;
        const float *keys = kept_at(task, part, part->keys);
        for (int64_t at = 0; at < part->length; at += PANEL) {
            const int64_t count = part->length - at < PANEL ? part->length - at : PANEL;
            expect(keys + (at + 4 * PANEL) * words, PANEL * words, keys + part->length * words);
            transpose(keys + at * words, count, words, task->tile);
            for (int64_t row = 0; row < rows; row++) memset(task->scores + row * stride + place, 0, PANEL * sizeof(float));
            panel_of_rows(rows, kept, queries, task->width, task->tile, PANEL, task->width, task->scores + place, stride);
            place += count;
        }
    }
}

/* Scores become weights that add up to the result. */
static float soften(float *scores, int64_t size) {
    const float largest = largest_of(scores, size);
    int64_t at;
    /* Behind the last score there is room for a whole panel. */
    for (at = size; at % LANES; at++) scores[at] = -INFINITY;
    const int64_t end = at;
    floats total = {0};
    for (at = 0; at < end; at += LANES) {
        const floats weight = exponential(load(scores + at) - largest);
        store(scores + at, weight);
        total += weight;
    }
    return sum_of(total);
}

INLINE float value_at(const float *values, int64_t at, int kept) {
    if (kept == FLOATS) return values[at];
    const uint32_t bits = (uint32_t)((const uint16_t *)values)[at] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* mixed[rows][width] += scores[rows][.] times the values of all parts, a run of tokens at a time that stays in cache. */
INLINE void mix(const struct attention *task, int kept, int64_t rows, int64_t stride, float *mixed) {
    enum { RUN = 32 };
    const int format = kept == HALVES ? NARROW : FLOATS;
    const int64_t words = task->width / (kept == HALVES ? 2 : 1), places = kept == HALVES ? 2 : 1;
    const int64_t whole = task->width / PANEL * PANEL;
    int64_t place = 0;
    for (int64_t number = 0; number < task->parts; number++) {
        const struct part *part = task->part + number;
        const float *values = kept_at(task, part, part->values);
        for (int64_t at = 0; at < part->length; at += RUN) {
            const int64_t count = part->length - at < RUN ? part->length - at : RUN;
            const float *run = values + at * words, *weights = task->scores + place;
            expect(run + 2 * RUN * words, RUN * words, values + part->length * words);
            for (int64_t column = 0; column < whole; column += PANEL)
                panel_of_rows(rows, format, weights, stride, run + column / places, words, count, mixed + column, task->width);
            for (int64_t row = 0; row < rows; row++)
                for (int64_t key = 0; key < count; key++)
                    for (int64_t column = whole; column < task->width; column++)
                        mixed[row * task->width + column] += weights[row * stride + key] * value_at(run, key * task->width + column, kept);
            place += count;
        }
    }
}

INLINE void attend(const struct attention *task, int kept) {
    const int64_t stride = task->total + PANEL;
    for (int64_t start = task->from; start < task->until; start += ATTENTION_ROWS) {
        const int64_t rows = task->until - start < ATTENTION_ROWS ? task->until - start : ATTENTION_ROWS;
        float sums[ATTENTION_ROWS], *mixed = task->mixed + start * task->width;
        score(task, kept, task->queries + start * task->width, rows, stride);
        for (int64_t row = 0; row < rows; row++) {
            float *scores = task->scores + row * stride;
            const float *mask = task->mask + (start + row) / task->share * task->masked;
            for (int64_t at = 0; at < task->masked; at++) scores[task->total - task->masked + at] += mask[at];
            sums[row] = soften(scores, task->total);
        }
        memset(mixed, 0, rows * task->width * sizeof(float));
        mix(task, kept, rows, stride, mixed);
        for (int64_t row = 0; row < rows; row++)
            for (int64_t at = 0; at < task->width; at++) mixed[row * task->width + at] /= sums[row];
    }
}

void JOIN(attend_, NAME)(const struct attention *task) {
    if (task->kept == HALVES)
        attend(task, HALVES);
    else
        attend(task, FLOATS);
}

int64_t JOIN(choose_, NAME)(struct draw *, void *);

const struct kernels JOIN(kernels_, NAME) = {
    .name = TEXT(NAME),
    .product = JOIN(product_, NAME),
    .attend = JOIN(attend_, NAME),
    .normalise = JOIN(normalise_, NAME),
    .gate = JOIN(gate_, NAME),
    .choose = JOIN(choose_, NAME),
};
